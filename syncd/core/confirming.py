"""Asking people whether they want to talk to sales, and reading their answer (S46, S49).

Whoever comes to stand among the levels below SQL and is borderline, or only learns, is put on the track that
asks. That move is the asking; what they do afterwards is the answer, the newest one counts, and silence for
so many days is one as well. Worked out from the ledger and the facts each time: nothing is remembered. A
machine's click answers nothing; callers leave those out of the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.core.model import Snapshot, Stage, Standing, Transition
from syncd.core.playbook import Confirm, Playbook
from syncd.core.signals import classify
from syncd.core.story import day
from syncd.core.undoing import in_force

_BELOW = frozenset({Stage.MQL, Stage.NEAR_SQL})


class State(StrEnum):
    """How an asking stands."""

    WAITING = "waiting"
    YES = "yes"
    NO = "no"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Asked:
    """The last time somebody was asked: since when, until when an answer is waited for, and the newest one.
    `label` is what the playbook calls the act that answered."""

    at: datetime
    until_at: datetime
    state: State
    answered_at: datetime | None = None
    label: str = ""


def asked(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Asked | None:
    """The last asking as it stands now; None for who was never asked. `snapshot.history` has all moves."""
    confirm = playbook.levels.confirm
    at = None if confirm is None else _asked_at(snapshot, confirm, now)
    if confirm is None or at is None:
        return None
    until_at = at + timedelta(days=confirm.wait_days)
    answer = _answer(snapshot, playbook, confirm, at, now)
    if answer is None:
        return Asked(at, until_at, State.WAITING if now < until_at else State.SILENT)
    answered_at, kind = answer
    label = next((item.label for item in playbook.signals if item.id == kind), kind)
    return Asked(at, until_at, State.YES if kind in confirm.yes else State.NO, answered_at, label)


def is_on(standing: Standing, playbook: Playbook) -> bool:
    """Whether the last move put somebody who is still below SQL on the track that asks."""
    confirm = playbook.levels.confirm
    return confirm is not None and standing.position.stage in _BELOW and standing.track == confirm.track


def was_put_on(moves: Iterable[Transition], playbook: Playbook) -> bool:
    """Whether any of these moves put somebody on the track that asks."""
    confirm = playbook.levels.confirm
    return confirm is not None and any(move.track == confirm.track for move in moves)


def ends_at(snapshot: Snapshot, playbook: Playbook, now: datetime) -> datetime | None:
    """When silence becomes the answer of somebody whose answer is waited for, wherever they stand by now."""
    found = asked(snapshot, playbook, now)
    return found.until_at if found is not None and found.state is State.WAITING else None


def track_after(found: Asked, confirm: Confirm, of_level: str) -> str:
    """The track of somebody on the track that asks: that one while the answer is waited for, then what the
    playbook says of it."""
    match found.state:
        case State.WAITING:
            return confirm.track
        case State.NO:
            return confirm.after_no or of_level
        case State.SILENT:
            return confirm.after_silence or of_level
        case State.YES:
            return of_level


def said(found: Asked, time_zone: str) -> str:
    """How an asking stands, in a sentence."""
    asked_on, until = day(found.at, time_zone), day(found.until_at, time_zone)
    text = f"Asked on {asked_on} whether they want to talk to sales"
    if found.answered_at is not None:
        return f"{text}: {found.label}, {day(found.answered_at, time_zone)}"
    if found.state is State.WAITING:
        return f"{text}: no answer yet; waited for until {until}"
    return f"{text}: no answer by {until}"


def _asked_at(snapshot: Snapshot, confirm: Confirm, now: datetime) -> datetime | None:
    """When the last asking began. A move onto the track asks, unless that was done too short a time before;
    nobody is asked before the profile is live."""
    found: datetime | None = None
    moves = in_force(snapshot.history)
    live_at = snapshot.baseline.go_live_at
    for number, move in enumerate(moves):
        if move.track != confirm.track or move.target.stage not in _BELOW:
            continue
        left_at = moves[number + 1].effective_at if number + 1 < len(moves) else now
        if live_at is not None and left_at < live_at:
            continue
        at = move.effective_at if live_at is None else max(move.effective_at, live_at)
        if found is None or at >= found + timedelta(days=confirm.again_after_days):
            found = at
    return found


def _answer(
    snapshot: Snapshot, playbook: Playbook, confirm: Confirm, since: datetime, now: datetime
) -> tuple[datetime, str] | None:
    """The newest answer since somebody was asked, and its kind."""
    wanted = frozenset((*confirm.yes, *confirm.no))
    newest: tuple[datetime, int, str] | None = None
    for signal in snapshot.signals:
        if not since <= signal.occurred_at <= now:
            continue
        kinds = [item for item in classify(signal.shape, playbook) if item in wanted]
        kind = next((item for item in kinds if item in confirm.no), next(iter(kinds), ""))  # both is no yes
        if kind and (newest is None or (signal.occurred_at, signal.key) > newest[:2]):
            newest = (signal.occurred_at, signal.key, kind)
    return None if newest is None else (newest[0], newest[2])
