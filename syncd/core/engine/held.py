"""What the store keeps of a lead for screening, and what screening says.

Small values, equal for most leads: a store keeps them as they are and gives them back.
"""

from __future__ import annotations

from typing import NamedTuple

from syncd.core.instants import to_ms
from syncd.core.model import Cause, Decision, Snapshot, Stage
from syncd.core.timeline import SALES_SOURCES
from syncd.core.view import Person

BY_FILTER = "filter"
"""The level of somebody disqualified whom a filter keeps out."""


class Held(NamedTuple):
    """What screening must know of a lead besides its signals and fields. Most leads share few of these.

    `stage` and `level` are where it stands (the level `filter`: disqualified, kept out by a filter);
    `earned`, `missing` and `model` what the last decision found (`str(Verdict.earned)`, `Verdict.missing`,
    `Verdict.model`). `is_plain` says that nothing of sales' side can move it: there is no deal, status,
    delivery or release among its facts. `waived` are the ids set aside now. `until_second` is the next second
    at which a waiver begins or ends, a fact already known acts, or a letter ends: due by then, and from then
    on the packed state is old. From `stale_second` on colleagues may have done what is not packed.
    """

    stage: str
    level: str
    earned: str
    missing: tuple[str, ...] = ()
    model: str = ""
    is_plain: bool = True
    waived: frozenset[str] = frozenset()
    until_second: int | None = None
    stale_second: int | None = None


class Screened(NamedTuple):
    """What screening found at one second. `stays`: a decision on the same facts would make no move and name
    no other earned level, missing list or model. Then `due_second` is its due date (None: never); else
    `due_second` says nothing."""

    fit_micro: int
    engagement_micro: int
    intent_micro: int
    grade: str
    model: str
    cell: str
    stays: bool
    due_second: int | None


def held(snapshot: Snapshot, decision: Decision) -> Held:
    """What is to be kept of a lead just decided, for screening it later."""
    now_ms = to_ms(decision.verdict.at)
    standing, verdict = decision.standing, decision.verdict
    moments = [
        to_ms(at) for waiver in snapshot.waivers for at in (waiver.at, waiver.until_at) if at is not None
    ]
    everything = (*snapshot.signals, *snapshot.account_signals)
    moments += [max(to_ms(item.occurred_at), to_ms(item.known_at)) for item in everything]
    if decision.letters_end_at is not None:
        moments.append(to_ms(decision.letters_end_at))
    ahead = [moment for moment in moments if moment > now_ms]
    is_out = standing.position.stage is Stage.DISQUALIFIED and _is_filtered(snapshot, decision)
    return Held(
        stage=str(standing.position.stage),
        level=BY_FILTER if is_out else standing.position.level,
        earned=str(verdict.earned),
        missing=verdict.missing,
        model=verdict.model,
        is_plain=not snapshot.opportunities
        and not any(item.shape.source in SALES_SOURCES for item in snapshot.signals),
        waived=Person({}, snapshot.waivers).waived(now_ms),
        until_second=-(-min(ahead) // 1000) if ahead else None,
        stale_second=None if decision.reread_at is None else to_ms(decision.reread_at) // 1000,
    )


def _is_filtered(snapshot: Snapshot, decision: Decision) -> bool:
    """Whether the ledger's last word on somebody disqualified is a filter."""
    moves = (*snapshot.history, *decision.transitions)
    out = [move.cause for move in moves if move.target.stage is Stage.DISQUALIFIED]
    return bool(out) and out[-1] is Cause.FILTER
