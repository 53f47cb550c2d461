"""One person's ledger as reports count it: what was taken back left out, merged records told as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.core.model import Transition
from syncd.core.passes import Pass, passes
from syncd.core.undoing import in_force


@dataclass(frozen=True, slots=True)
class History:
    """The moves of one person that stand, oldest first, and every pass that does."""

    moves: tuple[Transition, ...] = ()
    passes: tuple[Pass, ...] = ()


def history(records: Iterable[Sequence[Transition]]) -> History:
    """The history of the person whose records these are; each is one record's whole ledger."""
    parts = [tuple(part) for part in records]
    moves = [move for part in parts for move in in_force(part)]
    made = [item for part in parts for item in passes(part) if not item.is_undone]
    if len(parts) > 1:
        moves.sort(key=lambda move: move.effective_at)
        made.sort(key=lambda item: item.qualified_at)
    return History(tuple(moves), tuple(made))
