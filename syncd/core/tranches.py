"""Who of many waiting people could be given out now: each by the steps of routing, as far as there is room.

Pure. A hand-off that waits is in nobody's hands and took nobody's turn. Where everybody who takes turns is
full it waits on, rather than go to whoever stands in for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from syncd.core import routing
from syncd.core.desk import Assignment, Desk, Step, short
from syncd.core.model import Snapshot, Stage
from syncd.core.playbook import Playbook

_FULL = frozenset({"full", "full_today"})
_STAND_INS = frozenset({Step.QUEUE, Step.NAMED, Step.ORG_RULES, Step.NOBODY})
"""Steps that are reached where nobody of those before can have it."""


class Place(NamedTuple):
    """Whom one hand-off would go to now, and whether they have room for it."""

    lead_id: int
    chosen: Assignment
    has_room: bool


def places(people: Sequence[Snapshot], playbook: Playbook, desk: Desk, now: datetime) -> list[Place]:
    """A place for each of these people, in this order: those who fit take up room of those after them."""
    limits, found = routing.capacities(playbook), list[Place]()
    for person in people:
        chosen = _chosen(person, playbook, desk, now)
        place = Place(person.lead_id, chosen, _is_free(person, chosen, desk, limits))
        if place.has_room:
            desk = routing.taken(desk, chosen, person.lead_id)
        found.append(place)
    return found


def _chosen(person: Snapshot, playbook: Playbook, desk: Desk, now: datetime) -> Assignment:
    """Who would get this hand-off now; whom a person named stays."""
    number = person.standing.pass_number if person.standing else 0
    named = routing.assigned(person, number)
    if named is not None and named.step == Step.PERSON:
        return named
    return routing.choose(person, number, playbook, desk, now)


def _is_free(
    person: Snapshot,
    chosen: Assignment,
    desk: Desk,
    limits: dict[str, tuple[int | None, int | None]],
) -> bool:
    is_first = person.standing is None or person.standing.position.stage is Stage.SQL
    if chosen.step == Step.PERSON or not is_first:
        return True  # somebody said so, or has it already
    if chosen.step in _STAND_INS:
        return not any(item.step == Step.ROUND_ROBIN and item.code in _FULL for item in chosen.skipped)
    load = desk.load(chosen.owner_id)
    open_max, per_day_max = limits.get(short(chosen.owner_id), (None, None))
    is_full = open_max is not None and load.open >= open_max
    return not is_full and not (per_day_max is not None and load.today >= per_day_max)
