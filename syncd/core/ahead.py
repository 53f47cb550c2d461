"""What becomes of a lead that does nothing more: its next move, when, and what it loses then. Computed.

Walks from one due moment to the next, as the daemon would, until the lead moves. The date is exact to the
second as far as the due dates are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core.decide import decide
from syncd.core.model import Cause, Criterion, Decision, Position, Snapshot
from syncd.core.playbook import Playbook

LOOKS_MAX = 60
"""Due moments looked at. More means answers that change for months without a move: then nothing is said."""


@dataclass(frozen=True, slots=True)
class Fall:
    """The next move without new activity. `lost` are criteria met now that will not be met then."""

    at: datetime
    origin: Position
    target: Position
    cause: Cause
    code: str
    lost: tuple[Criterion, ...] = ()


def falls(
    snapshot: Snapshot, playbook: Playbook, now: datetime, decision: Decision | None = None
) -> Fall | None:
    """When this lead moves next if nothing new happens, and to where; None when it stays."""
    first = decide(snapshot, playbook, now) if decision is None else decision
    current, at = first, now
    for _look in range(LOOKS_MAX):
        if current.due_at is None or current.due_at <= at:
            return None
        at = current.due_at
        stands = replace(
            snapshot,
            standing=current.standing,
            evaluated_at=current.verdict.at,
            evaluated_version=playbook.evaluation_version,
            evaluated_model=current.verdict.model,
            history=(*snapshot.history, *first.transitions),
        )
        current = decide(stands, playbook, at)
        if current.transitions:
            move = current.transitions[0]
            origin = move.origin or first.standing.position
            last = current.transitions[-1]
            return Fall(move.effective_at, origin, last.target, move.cause, move.code, _lost(first, current))
    return None


def _lost(before: Decision, after: Decision) -> tuple[Criterion, ...]:
    later = {item.id: item.state for item in after.verdict.criteria}
    return tuple(
        item
        for item in before.verdict.criteria
        if item.state == "met" and later.get(item.id, "missing") != "met"
    )
