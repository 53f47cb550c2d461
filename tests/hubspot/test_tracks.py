"""Changes of track at the portal: out of every other list first, whatever fails in between."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from syncd.connectors.sandbox import Fault, Faults
from syncd.ports import Outcome, Result, Write
from tests.hubspot.conftest import Portal
from tests.hubspot.test_target import contact

LISTS = tuple(
    f"syncd nurture - {name}"
    for name in ("early interest", "middle stage", "near SQL", "not now", "win back")
)


def change(effect_id: int, id_: str, to: str) -> Write:
    leave = [name for name in LISTS if name != to]
    payload = {"list": to, "member": bool(to), "leave": leave, "contact_id": id_}
    return Write(effect_id, "membership", "membership", "", contact(id_), {}, payload)


def lists_of(portal: Portal, id_: str) -> set[str]:
    return {name for name in LISTS if id_ in portal.sandbox.hubspot.members(name)}


def put(portal: Portal, id_: str, name: str) -> None:
    """As somebody in marketing does by hand."""
    lists = portal.sandbox.hubspot.lists
    lists.change(lists.named(name), [id_], [], "user")


def always_in_one(portal: Portal, begun: dict[str, set[str]]) -> None:
    """Replays what was written: nobody joined a list of ours while in another."""
    inside = {id_: set(names) for id_, names in begun.items()}
    for write in portal.sandbox.hubspot.writes:
        if write.operation not in ("list_add", "list_remove"):
            continue
        mine = inside.setdefault(write.id, set())
        if write.operation == "list_remove":
            mine.discard(write.detail)
        else:
            assert not mine, f"joined {write.detail} while in {mine}"
            mine.add(write.detail)


def test_a_change_of_track_leaves_the_old_list_and_any_other(portal: Portal) -> None:
    """Also one that somebody was put on by hand; the answer says where they were."""
    (id_,) = portal.contacts(1)
    put(portal, id_, LISTS[0])
    put(portal, id_, LISTS[3])
    (outcome,) = portal.connect().apply([change(1, id_, LISTS[1])])
    assert (outcome.result, outcome.is_created) == (Result.DONE, True)
    assert outcome.before == {"lists": [LISTS[0], LISTS[3]]}
    assert lists_of(portal, id_) == {LISTS[1]}


def test_who_is_there_already_changes_nothing(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    put(portal, id_, LISTS[1])
    (outcome,) = portal.connect().apply([change(1, id_, LISTS[1])])
    assert (outcome.result, outcome.is_created) == (Result.DONE, False)
    assert outcome.before == {"lists": [LISTS[1]]}


def test_on_no_track_is_in_no_list(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    put(portal, id_, LISTS[2])
    (outcome,) = portal.connect().apply([change(1, id_, "")])
    assert outcome.is_created
    assert lists_of(portal, id_) == set()


def test_a_list_of_another_track_that_is_missing_stops_nobody(portal: Portal) -> None:
    """`syncd doctor` names it; whoever is to be in it waits, everybody else goes on."""
    (id_,) = portal.contacts(1)
    lists = portal.sandbox.hubspot.lists
    del lists.by_id[lists.named(LISTS[4]).id]
    connector = portal.connect()
    (outcome,) = connector.apply([change(1, id_, LISTS[0])])
    assert outcome.result is Result.DONE
    (refused,) = connector.apply([change(2, id_, LISTS[4])])
    assert refused.failure is not None
    assert refused.failure.code == "hubspot.list_missing"


def test_who_cannot_leave_does_not_join(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    put(portal, id_, LISTS[0])
    portal.sandbox.faults.plan(Fault.SERVER_ERROR, path_contains="memberships/remove", times=20)
    (outcome,) = portal.connect().apply([change(1, id_, LISTS[1])])
    assert outcome.result is not Result.DONE
    assert lists_of(portal, id_) == {LISTS[0]}


def test_who_may_not_be_taken_out_is_not_said_to_be_out(portal: Portal) -> None:
    """A token without the scope for lists is configuration, not a list that holds nobody."""
    (id_,) = portal.contacts(1)
    put(portal, id_, LISTS[0])
    portal.sandbox.hubspot.scopes = portal.sandbox.hubspot.scopes - {"crm.lists.read"}
    (outcome,) = portal.connect().apply([change(1, id_, "")])
    assert outcome.failure is not None
    assert lists_of(portal, id_) == {LISTS[0]}


def test_many_change_in_one_call_per_list(portal: Portal) -> None:
    ids = portal.contacts(40)
    mark = portal.mark
    portal.connect().apply([change(n, id_, LISTS[n % 2]) for n, id_ in enumerate(ids)])
    calls = [call for call in portal.calls_since(mark) if "memberships" in call]
    assert len(calls) == 2 + len(LISTS)
    always_in_one(portal, {})


@pytest.mark.parametrize("seed", range(6))
def test_nobody_is_ever_in_two_lists_whatever_fails(portal: Portal, seed: int) -> None:
    """Random changes under random faults, each tried again until it is through: at no moment in two, and in
    the end in the right one."""
    chance = random.Random(seed)
    ids = portal.contacts(6)
    begun = {id_: {chance.choice(LISTS)} for id_ in ids if chance.random() < 0.5}
    for id_, names in begun.items():
        for name in names:
            put(portal, id_, name)
    connector = portal.connect()
    wanted: dict[str, str] = {}
    for _turn in range(4):
        wanted |= {id_: chance.choice((*LISTS, "")) for id_ in chance.sample(ids, 3)}
        portal.sandbox.faults = struck = Faults(
            rate=0.3, seed=chance.randrange(1000), systems=("hubspot",),
            kinds=(Fault.SERVER_ERROR, Fault.RESET_AFTER, Fault.RESET_BEFORE, Fault.UNAVAILABLE),
        )  # fmt: skip
        until_through(connector.apply, [change(n, id_, to) for n, (id_, to) in enumerate(wanted.items())])
        struck.rate = 0.0
        always_in_one(portal, begun)
    assert {id_: lists_of(portal, id_) for id_ in wanted} == {id_: {to} - {""} for id_, to in wanted.items()}


def until_through(apply: object, writes: list[Write]) -> None:
    """As the outbox does: what is not done is tried again."""
    for _try in range(60):
        outcomes: Iterable[Outcome] = apply(writes)  # type: ignore[operator]
        writes = [
            write
            for write, outcome in zip(writes, outcomes, strict=True)
            if outcome.result is not Result.DONE
        ]
        if not writes:
            return
    raise AssertionError("changes that never come through")
