"""Taking a run back: where a lead then stands, and which moves no longer count.

The ledger keeps what was undone and gets one reversing entry, which says how many moves it takes back. What a
pass used up stays used: its number is never given again, so that keys made from it stay unique.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from syncd.core import lifecycle
from syncd.core.lifecycle import Because, Step
from syncd.core.model import Cause, Stage, Standing, Transition

MOVES_UNDONE = "moves_undone"
"""Among the numbers of a reversing entry: how many moves before it are taken back."""

_BY_SALES = frozenset(
    {
        Cause.SALES_ACCEPTED,
        Cause.SALES_REJECTED,
        Cause.SALES_DISQUALIFIED,
        Cause.SALES_UNRESPONSIVE,
        Cause.OPPORTUNITY_OPENED,
        Cause.OPPORTUNITY_WON,
        Cause.OPPORTUNITY_LOST,
        Cause.RECYCLED,
        Cause.CORRECTED,
        Cause.MERGED,
        Cause.ERASED,
    }
)
"""Moves made by somebody else than us: they are answers, and an undo leaves the lead where they put it."""
_WITH_REASON = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED, Stage.REJECTED, Stage.LOST})


def in_force(history: Iterable[Transition]) -> tuple[Transition, ...]:
    """The moves of a lead that were not taken back, oldest first; a reversing entry is none of them."""
    found: list[Transition] = []
    for move in history:
        if move.cause is Cause.UNDONE:
            del found[max(0, len(found) - move.numbers.get(MOVES_UNDONE, 0)) :]
        else:
            found.append(move)
    return tuple(found)


def passes_counted(history: Iterable[Transition], standing: Standing) -> int:
    """How many hand-offs count against the playbook's limit: those taken back do not."""
    moves = tuple(history)
    if not any(move.cause is Cause.UNDONE for move in moves):
        return standing.pass_number
    counted = {move.pass_number for move in in_force(moves)}
    gone = {move.pass_number for move in moves} - counted
    return standing.pass_number - len(gone)


def reversal(
    history: Sequence[Transition], made_by_run: Sequence[bool], now: Standing, at: datetime, run_id: int
) -> Step | None:
    """The entry that puts a lead back where it stood before a run, or None where the lead stays.

    `made_by_run` says of each move whether the run made it; a pass whose hand-off it delivered is taken back
    from its beginning. A lead that entered with the run stays in the ledger. Sales' own answer is not undone.
    """
    first = taken_from(history, made_by_run)
    if first is None:
        return None
    before = standing_after(history[:first], now)
    because = Because(at, Cause.UNDONE, f"run:{run_id}", numbers={MOVES_UNDONE: len(history) - first})
    return lifecycle.undo(now, before, because)


def taken_from(history: Sequence[Transition], made_by_run: Sequence[bool]) -> int | None:
    """Which move of a lead is the first to be taken back with a run; None where the lead stays."""
    first = next((number for number, made in enumerate(made_by_run) if made), None)
    if first is None:
        return None
    first = max(1, _beginning(history, first))
    answers = _BY_SALES | {Cause.UNDONE}
    is_theirs = [
        move.cause in answers and not (move.cause is Cause.MERGED and made)
        for move, made in zip(history[first:], made_by_run[first:], strict=True)
    ]
    return None if not is_theirs or any(is_theirs) else first


def _beginning(history: Sequence[Transition], first: int) -> int:
    """Where the pass began that the move at `first` belongs to, if that move is its confirmed hand-off."""
    if history[first].target.stage is not Stage.HANDED_OFF or history[first].cause is Cause.MERGED:
        return first
    number = history[first].pass_number
    begun = (
        place
        for place in range(first - 1, -1, -1)
        if history[place].target.stage is Stage.SQL and history[place].pass_number == number
    )
    return next(begun, first)


def standing_after(moves: Sequence[Transition], now: Standing) -> Standing:
    """Where a lead stood after these moves. What the ledger does not hold is as it is now: the moment before
    which evidence may carry no hand-off never goes back."""
    kept = in_force(moves)
    return standing_at(kept[-1], kept, now.evidence_floor_at)


def standing_at(
    last: Transition, kept: Sequence[Transition], evidence_floor_at: datetime | None = None
) -> Standing:
    """Where a lead stands by this move, with the dates of its pass from the moves in force."""
    entered = {move.target.stage: move.effective_at for move in kept if move.pass_number == last.pass_number}
    return Standing(
        position=last.target,
        since_at=last.effective_at,
        pass_number=last.pass_number,
        reason=last.code if last.target.stage in _WITH_REASON else "",
        track=last.track,
        until_at=last.until_at,
        evidence_floor_at=evidence_floor_at,
        qualified_at=entered.get(Stage.SQL),
        handed_off_at=entered.get(Stage.HANDED_OFF),
    )
