"""One person's ledger as reports count it: what was taken back left out, merged records told as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from syncd.core.model import Cause, Stage, Transition
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
    made = [
        item
        for number, part in enumerate(parts)
        for item in passes([*part, *_went_on(part, [*parts[:number], *parts[number + 1 :]])])
        if not item.is_undone
    ]
    if len(parts) > 1:
        moves.sort(key=lambda move: move.effective_at)
        made.sort(key=lambda item: item.qualified_at)
    return History(tuple(moves), tuple(made))


def _went_on(part: Sequence[Transition], others: Sequence[Sequence[Transition]]) -> Iterator[Transition]:
    """What became of the last pass of a record that was merged: what the survivor's entries say of it, where
    the survivor has no pass of that number itself."""
    if not others or part[-1].cause is not Cause.MERGED:
        return
    number, at = part[-1].pass_number, part[-1].effective_at
    for other in others:
        if any(move.target.stage is Stage.SQL and move.pass_number == number for move in other):
            continue
        for move in other:
            if move.pass_number == number and move.effective_at >= at and move.cause is not Cause.MERGED:
                yield move
