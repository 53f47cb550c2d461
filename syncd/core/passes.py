"""What the ledger of one lead says: where it stands, each pass, and when it first and last came to a step.

Derived from the entries alone. The ledger is only ever added to: a correction is an entry of its own, and so
is what a person takes back. Steps a move jumped are inferred, and marked as inferred wherever they show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from syncd.core.model import Cause, Position, Stage, Transition
from syncd.core.undoing import in_force

_LADDER: Final = (
    Stage.LEAD,
    Stage.MQL,
    Stage.SQL,
    Stage.HANDED_OFF,
    Stage.ACCEPTED,
    Stage.OPPORTUNITY,
    Stage.CUSTOMER,
)
"""Steps a lead passes on its way up. near-SQL is one it may properly do without."""
_HEIGHT: Final[Mapping[Stage, int]] = MappingProxyType({stage: place for place, stage in enumerate(_LADDER)})
_ENDS: Final = frozenset({Stage.REJECTED, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED})


# --- where it stands -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replayed:
    """Where the entries lead, and at which of them (by place, from 0) the chain is broken: an entry that
    starts elsewhere than the one before it ended."""

    position: Position | None
    since_at: datetime | None
    pass_number: int
    breaks: tuple[int, ...]


def replay(moves: Iterable[Transition]) -> Replayed:
    """The entries of one lead, in the order they were recorded, told again from the first."""
    position: Position | None = None
    since_at: datetime | None = None
    number, breaks = 0, []
    for place, move in enumerate(moves):
        if move.origin != position:
            breaks.append(place)
        position, since_at = move.target, move.effective_at
        number = max(number, move.pass_number)
    return Replayed(position, since_at, number, tuple(breaks))


# --- skips -----------------------------------------------------------------------------------------------


def skips(moves: Sequence[Transition]) -> tuple[tuple[Stage, ...], ...]:
    """For each entry, the steps it jumped that the lead had not come to before, lowest first. Nothing is
    inferred of what lies below an adopted position, nor of merges and what was taken back."""
    reached: set[Stage] = set()
    found = []
    for move in moves:
        height = _HEIGHT.get(move.target.stage)
        jumped: tuple[Stage, ...] = ()
        if height is not None:
            below = set(_LADDER[:height]) - reached
            if move.cause not in (Cause.ADOPTED, Cause.MERGED, Cause.UNDONE):
                jumped = tuple(stage for stage in _LADDER if stage in below)
            reached |= {move.target.stage, *below}
        found.append(jumped)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Reached:
    """When a lead first and last came to a step, and how often. `is_inferred`: it only ever jumped the step,
    which it passed at `first_at` by coming further; `times` is then 0."""

    stage: Stage
    first_at: datetime
    latest_at: datetime
    times: int
    is_inferred: bool = False


def reached(moves: Sequence[Transition]) -> tuple[Reached, ...]:
    """Every step the lead came to or jumped, what was taken back left out; in the order of first coming."""
    kept = [move for move in in_force(moves) if move.cause is not Cause.MERGED]
    found: dict[Stage, Reached] = {}
    for move, jumped in zip(kept, skips(kept), strict=True):
        for stage in jumped:
            found[stage] = Reached(stage, move.effective_at, move.effective_at, 0, is_inferred=True)
        stage, at = move.target.stage, move.effective_at
        known = found.get(stage)
        if known is None or known.is_inferred:
            found[stage] = Reached(stage, at, at, 1)
        else:
            found[stage] = replace(known, latest_at=at, times=known.times + 1)
    return tuple(sorted(found.values(), key=lambda item: (item.first_at, _HEIGHT.get(item.stage, 99))))


# --- passes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pass:
    """One hand-over to sales from beginning to end. `cause` and `code` say what carried it, `outcome` and
    `reason` how it ended; None and blank for what did not happen. `is_undone`: a person took it back, and its
    number stays used."""

    number: int
    qualified_at: datetime
    cause: Cause
    code: str
    evidence: tuple[int, ...]
    handed_off_at: datetime | None = None
    accepted_at: datetime | None = None
    opportunity_at: datetime | None = None
    won_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Stage | None = None
    reason: str = ""
    is_undone: bool = False


_ENTERED: Final[Mapping[Stage, str]] = MappingProxyType(
    {
        Stage.HANDED_OFF: "handed_off_at",
        Stage.ACCEPTED: "accepted_at",
        Stage.OPPORTUNITY: "opportunity_at",
        Stage.CUSTOMER: "won_at",
    }
)


def passes(moves: Sequence[Transition]) -> tuple[Pass, ...]:
    """Every pass, the first first: `[0]` is the first, `[-1]` the latest. A reason that sales gave afterwards
    is the reason; a pass that was taken up again has not ended."""
    counted = {move.pass_number for move in in_force(moves)}
    found: dict[int, Pass] = {}
    for move in moves:
        stage, number = move.target.stage, move.pass_number
        if stage is Stage.SQL and number not in found and move.cause not in (Cause.MERGED, Cause.UNDONE):
            found[number] = Pass(
                number,
                move.effective_at,
                move.cause,
                move.code,
                tuple(move.evidence),
                is_undone=number not in counted,
            )
        elif number in found and move.cause is not Cause.UNDONE:
            found[number] = _goes_on(found[number], move)
    return tuple(found[number] for number in sorted(found))


def _goes_on(known: Pass, move: Transition) -> Pass:
    stage = move.target.stage
    if stage in _ENDS:
        ended_at = known.ended_at or move.effective_at
        first = known.outcome if known.outcome in (Stage.REJECTED, Stage.LOST) else stage
        return replace(known, ended_at=ended_at, outcome=first, reason=move.code or known.reason)
    if stage in _ENTERED:
        name = _ENTERED[stage]
        entered: dict[str, Any] = {name: getattr(known, name) or move.effective_at}
        return replace(known, **entered, ended_at=None, outcome=None, reason="")
    if known.handed_off_at is None:  # withdrawn before it arrived
        return replace(known, ended_at=move.effective_at, outcome=stage, reason=move.code)
    return known


def first_and_latest(moves: Sequence[Transition], stage: Stage) -> tuple[datetime | None, datetime | None]:
    """When the lead first and last came to this step under our eyes; None for never."""
    known = next((item for item in reached(moves) if item.stage is stage and not item.is_inferred), None)
    return (None, None) if known is None else (known.first_at, known.latest_at)
