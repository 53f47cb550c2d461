"""What follows from one instant to the next, looked at again at every half second.

Only for leads that live their whole life after go-live and that sales has not touched: up to the first SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.model import Cause, Position, Snapshot, Stage
from syncd.core.playbook import Playbook
from tests.core.oracle import facts, whole
from tests.core.oracle.facts import Case, World, world_of

TICK = timedelta(milliseconds=500)
MOVES_MAX = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """One move: when, where to, and what for."""

    at: datetime
    target: Position
    cause: Cause
    code: str


def ledger(playbook: Playbook, snapshot: Snapshot, start: datetime, end: datetime) -> Iterator[Moved]:
    """Every move from the creation as a lead at `start` to `end`, or to the first SQL."""
    world = world_of(playbook, snapshot)
    position = whole.LEAD
    yield Moved(start, position, Cause.CREATED, "")
    now = start
    while now <= end and position.stage is not Stage.SQL:
        for moved in moves_at(world, now, position):
            position = moved.target
            yield moved
        now += TICK


def moves_at(world: World, now: datetime, position: Position) -> Iterator[Moved]:
    """The moves a lead that stands here makes at this instant, until it rests."""
    case = whole.driving_case(world, now)
    for _move in range(MOVES_MAX):
        moved = next_move(case, position)
        if moved is None or moved.target == position:
            return
        yield moved
        position = moved.target
        if position.stage is Stage.SQL:
            return
    raise AssertionError("moves in a circle")


def next_move(case: Case, position: Position) -> Moved | None:
    blocking = [item.id for item in whole.matching(case) if item.outcome in ("block", "stop")]
    disqualified = position.stage is Stage.DISQUALIFIED
    if blocking:
        out = Position(Stage.DISQUALIFIED)
        return None if disqualified else Moved(case.now, out, Cause.FILTER, blocking[0])
    if disqualified:
        return Moved(case.now, whole.LEAD, Cause.FILTER_LIFTED, "")
    if whole.qualifies(case) and not whole.gate(case) and not facts.is_customer(case.world):
        decisive = whole.decisive_kind(case)
        cause = Cause.DECISIVE_ACTION if decisive else Cause.THRESHOLD
        return Moved(case.now, whole.SQL, cause, decisive)
    target = whole.below_sql(case, position)
    is_up = _rank(case, target) > _rank(case, position)
    return Moved(case.now, target, Cause.CRITERIA_MET if is_up else Cause.CRITERIA_LOST, "")


def _rank(case: Case, position: Position) -> tuple[int, int]:
    ids = ["", *(level.id for level in case.playbook.levels.mql)]
    return (Stage.LEAD, Stage.MQL, Stage.NEAR_SQL).index(position.stage), ids.index(position.level)
