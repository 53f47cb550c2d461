"""Who of many waiting people fits whom: in order, as far as there is room, never a stand-in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from syncd.core.desk import Assignment, Colleague, Desk, Employer, Load, Step, short
from syncd.core.model import Position, Snapshot, Stage, Standing
from syncd.core.playbook import FieldTest, Operator, PoolMember, RoundRobin
from syncd.core.tranches import Place, places
from tests.core_delivery.builders import NOW, snapshot
from tests.core_delivery.test_routing import ADA, BEN, CY, DEE, QUEUE, USERS, book

TWO = RoundRobin((PoolMember(ADA, open_max=3), PoolMember(BEN, open_max=3)))
SQL = Standing(Position(Stage.SQL), NOW, pass_number=1)


def people(count: int, **parts: Any) -> list[Snapshot]:
    return [replace(snapshot(**parts), lead_id=number, standing=SQL) for number in range(1, count + 1)]


def desk(**parts: Any) -> Desk:
    return replace(Desk(users=USERS), **parts)


def gone(found: list[Place]) -> list[int]:
    return [place.lead_id for place in found if place.has_room]


def test_two_reps_with_room_for_three_each_take_the_first_six_of_twenty() -> None:
    """The rest waits, though a queue would take everybody."""
    found = places(people(20), book(round_robin=TWO), desk(), NOW)
    assert gone(found) == [1, 2, 3, 4, 5, 6]
    assert Counter(place.chosen.owner_id for place in found if place.has_room) == {ADA: 3, BEN: 3}
    assert {place.chosen.owner_id for place in found if not place.has_room} == {QUEUE}


def test_room_that_comes_free_is_the_next_ones() -> None:
    """Ada has ended two of hers, Ben none."""
    loads = {short(ADA): Load(1, 3, 5), short(BEN): Load(3, 3, 6)}
    found = places(people(14), book(round_robin=TWO), desk(loads=loads), NOW)
    assert gone(found) == [1, 2]
    assert {place.chosen.owner_id for place in found if place.has_room} == {ADA}


def test_what_a_day_may_bring_is_a_bound_too() -> None:
    turns = RoundRobin((PoolMember(ADA, per_day_max=2),))
    found = places(people(4), book(round_robin=turns), desk(loads={short(ADA): Load(0, 1)}), NOW)
    assert gone(found) == [1]


def test_nobody_goes_to_a_stand_in_for_want_of_room() -> None:
    """Not to the owner named for all others, not by the org's own rules, and not nowhere."""
    for parts in ({"mode": "org_rules", "queue_id": ""}, {"queue_id": ""}, {"queue_id": "", "owner_id": ""}):
        found = places(people(7), book(round_robin=TWO, order=("round_robin",), **parts), desk(), NOW)
        assert gone(found) == [1, 2, 3, 4, 5, 6], parts


def test_whom_nobody_of_the_pool_is_meant_for_goes_to_the_stand_in() -> None:
    """The desk for Germans is full of nothing: these are no Germans."""
    germans = FieldTest("contact.country", Operator.IS, ("DE",))
    turns = RoundRobin((PoolMember(ADA, open_max=1, when=germans),))
    found = places(people(3, fields={"contact.country": "FR"}), book(round_robin=turns), desk(), NOW)
    assert gone(found) == [1, 2, 3]
    assert {place.chosen.owner_id for place in found} == {QUEUE}


def test_a_colleague_of_who_is_full_waits_for_them() -> None:
    """It is theirs; somebody else would be a second voice to one company."""
    working = Employer("account:1", "Acme", (Colleague(99, ADA, NOW, "Dana"),))
    at = desk(loads={short(ADA): Load(3, 3, 1)}, employers={1: working})
    found = places(people(2), book(round_robin=TWO), at, NOW)
    assert [(place.chosen.step, place.has_room) for place in found] == [
        (Step.SAME_COMPANY, False),
        (Step.ROUND_ROBIN, True),
    ]


def test_colleagues_of_one_tranche_go_to_one() -> None:
    at = desk(employers={number: Employer("account:1", "Acme") for number in (1, 2, 3, 4)})
    found = places(people(5), book(round_robin=TWO), at, NOW)
    assert [place.chosen.owner_id for place in found if place.has_room] == [ADA, ADA, ADA, BEN]
    assert gone(found) == [1, 2, 3, 5]


def test_whom_a_person_gave_to_somebody_and_who_has_it_already_goes_all_the_same() -> None:
    loads = {short(item): Load(9, 9, 1) for item in (ADA, BEN, CY, DEE)}
    given = replace(people(1)[0], assignment=Assignment(1, ADA, Step.PERSON, NOW))
    worked = replace(people(2)[1], standing=Standing(Position(Stage.HANDED_OFF), NOW, pass_number=1))
    found = places([given, worked], book(round_robin=TWO), desk(loads=loads), NOW)
    assert gone(found) == [1, 2]
    assert found[0].chosen.owner_id == ADA
