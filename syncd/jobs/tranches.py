"""Lets go of what is held back, the best first, as far as those it would go to have room.

To whom a hand-off goes is chosen when it is let go, in the order of the scores. A person may let everything
go at once; room is then no condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import sqlalchemy as sa

from syncd.core import routing
from syncd.core.playbook import Playbook
from syncd.core.tranches import Place, places
from syncd.jobs import evaluate
from syncd.store import assignments, desks, queue, snapshots
from syncd.store.bulk import chunks
from syncd.store.queue import Waiting

BATCH = 100
LOOKED_MAX = 1_000
"""Hand-offs of one tranche for whom an owner is looked for, the best of them; the others wait for another."""


class Fit(NamedTuple):
    """One lead held back: whom its hand-off would go to now, blank where Salesforce's own rules choose, and
    whether they have room for it. What is no hand-off needs none."""

    waiting: Waiting
    owner: str
    has_room: bool


def fits(tx: sa.Connection, playbook: Playbook, now: datetime) -> Iterator[Fit]:
    """Everybody held back, the best first, each on top of those before who fit."""
    found = queue.waiting(tx)
    if all(most is None for limits in routing.capacities(playbook).values() for most in limits):
        yield from (Fit(item, item.owner, has_room=True) for item in found)
        return
    looked = {item.lead_id for item in [one for one in found if one.has_handoff][:LOOKED_MAX]}
    given: list[Place] = []
    for part in chunks(found, BATCH):
        ids = [item.lead_id for item in part if item.lead_id in looked]
        made = {place.lead_id: place for place in _places(tx, ids, given, playbook, now)}
        given += [place for place in made.values() if place.has_room]
        for item in part:
            place = made.get(item.lead_id)
            if place is not None:
                yield Fit(item, place.chosen.owner_id, place.has_room)
            else:
                yield Fit(item, item.owner, not item.has_handoff)


def _places(
    tx: sa.Connection, lead_ids: Sequence[int], given: Sequence[Place], playbook: Playbook, now: datetime
) -> list[Place]:
    """Places for these leads, in this order, after those given already."""
    if not lead_ids:
        return []
    people = {item.lead_id: item for item in snapshots.load_snapshots(tx, lead_ids, now)}
    desk = desks.desk(tx, lead_ids, now, playbook.time_zone)
    for place in given:
        desk = routing.taken(desk, place.chosen, place.lead_id)
    return places([people[lead_id] for lead_id in lead_ids if lead_id in people], playbook, desk, now)


# --- letting go ------------------------------------------------------------------------------------------


class Went(NamedTuple):
    """How many leads and writes were let go, how many leads stay, and of those how many for want of room."""

    leads: int
    writes: int
    left: int
    without_room: int


def let_go(tx: sa.Connection, playbook: Playbook, most: int | None, now: datetime) -> Went:
    """Let the best `most` go that fit, or without a number all."""
    everybody = queue.waiting(tx)
    chosen, passed = list(everybody), list[Waiting]()
    if most is not None:
        chosen = [*islice(_with_room(fits(tx, playbook, now), passed), most)]
    ids = [item.lead_id for item in chosen]
    writes = queue.let_go(tx, ids, now)
    _choose_anew(tx, [item.lead_id for item in chosen if item.has_handoff], playbook, now)
    queue.clear_leads(tx, ids, now)  # what was intended anew on the way belongs to it
    return Went(len(chosen), writes, len(everybody) - len(chosen), len(passed))


def _with_room(looked: Iterator[Fit], passed: list[Waiting]) -> Iterator[Waiting]:
    """Those who fit; the others join `passed`."""
    for fit in looked:
        if fit.has_room:
            yield fit.waiting
        else:
            passed.append(fit.waiting)


def _choose_anew(tx: sa.Connection, lead_ids: Sequence[int], playbook: Playbook, now: datetime) -> None:
    """Decide these leads again, in this order, each with an owner of this moment."""
    if playbook.routing.round_robin is None:
        return  # the same would be chosen
    for ids in chunks(lead_ids[:LOOKED_MAX], BATCH):
        assignments.forget(tx, ids)
        evaluate.decide_within(tx, ids, playbook, now)
