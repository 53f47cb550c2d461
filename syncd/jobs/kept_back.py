"""Who is kept where a person's undo put them, and what is written for them meanwhile: next to nothing.

A move that rests on a newer fact, or on what sales did, ends it. Being taken off a list is never kept back:
somebody who objects must not wait for anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Cause, Decision, Intent, Snapshot
from syncd.store import holds, undos

_NO_NEWS = frozenset({Cause.FILTER, Cause.FILTER_LIFTED, Cause.MERGED, Cause.UNDONE})
"""Moves that say nothing new of the person."""


def still_undone(
    tx: sa.Connection, decisions: Sequence[tuple[Snapshot, Decision]], now: datetime
) -> frozenset[int]:
    """Those of these leads for whom nothing is to be written yet; the holds of the others are closed."""
    undone = [(snapshot, decision) for snapshot, decision in decisions if snapshot.undone_at is not None]
    moved = [
        decision.lead_id
        for _snapshot, decision in undone
        if any(move.cause not in _NO_NEWS for move in decision.transitions)
    ]
    if moved:
        holds.close_undone(tx, moved, now)
        undos.let_go(tx, moved, holds.UNDONE)
    return frozenset(decision.lead_id for _snapshot, decision in undone) - set(moved)


def intended(intents: Sequence[Intent], *, is_kept: bool) -> Sequence[Intent]:
    """What is to be stored of what follows from a decision."""
    if not is_kept:
        return intents
    return [item for item in intents if item.kind == "membership" and item.payload.get("member") is False]
