# ruff: noqa: E501 - a case is a line, as far as it can be
"""Who gets a hand-off: the steps in their order, who is passed over and why, and turns that are fair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core import owner_words, routing
from syncd.core.desk import Assignment, Colleague, Desk, Employer, Load, Step, User, short
from syncd.core.model import Ref, SalesRecord, Shape, Signal, Snapshot, System
from syncd.core.playbook import (
    BusinessHours,
    FieldTest,
    Operator,
    Playbook,
    PoolMember,
    RoundRobin,
    Router,
    Routing,
    Team,
)
from tests.core_delivery.builders import BERLIN, NOW, PLAYBOOK, snapshot

ADA, BEN, CY, DEE = (f"00500000000000{number}AAA" for number in (1, 2, 3, 4))
QUEUE, ROUTED = "00G000000000001AAA", "00G000000000002AAA"
NAMES = {
    ADA: "Ada Lovelace",
    BEN: "Ben Okri",
    CY: "Cy Young",
    DEE: "Dee Dee",
    QUEUE: "Inbound",
    ROUTED: "New",
}
USERS = {short(key): User(key, name) for key, name in NAMES.items()}
ALL = ("meeting_host", "same_company", "account_owner", "territory", "round_robin", "queue")
POOL = RoundRobin((PoolMember(ADA), PoolMember(BEN), PoolMember(CY)))
GERMANS = FieldTest("contact.country", Operator.IS, ("DE",))


def book(**parts: Any) -> Playbook:
    ordered = Routing("owner", DEE, order=ALL, queue_id=QUEUE, round_robin=POOL)
    return replace(PLAYBOOK, routing=replace(ordered, **parts))


def desk(**parts: Any) -> Desk:
    return replace(Desk(users=USERS), **parts)


def meeting(host: str, *, hours: float = 24, outcome: str = "scheduled") -> Signal:
    at = NOW + timedelta(hours=hours)
    attributes = {"host": host, "outcome": outcome} if host else {"outcome": outcome}
    return Signal(int(hours * 60), at, NOW, Shape("hubspot.meeting", attributes))


def company(*owners: str) -> Mapping[int, Employer]:
    found = tuple(Colleague(100 + at, owner, NOW, f"Somebody {at}") for at, owner in enumerate(owners))
    return {7: Employer("account:1", "Acme", found)}


def account(owner: str, record_id: str = "001A") -> SalesRecord:
    return SalesRecord(Ref(System.SALESFORCE, "account", record_id), {"OwnerId": owner})


def record(owner: str, kind: str = "lead", **fields: str) -> SalesRecord:
    return SalesRecord(Ref(System.SALESFORCE, kind, f"00Q{kind}"), {"OwnerId": owner, **fields})


def gone(*ids: str, unfit: str = "") -> dict[str, User]:
    """All users, these of whom may have no Leads."""
    lost = {short(item): User(item, NAMES[item], is_active=bool(unfit), unfit=unfit) for item in ids}
    return USERS | lost


def chosen(
    person: Snapshot | None = None,
    playbook: Playbook | None = None,
    at: Desk | None = None,
    now: datetime = NOW,
) -> Assignment:
    return routing.choose(person or snapshot(), 1, playbook or book(), at or desk(), now)


def passed(found: Assignment) -> list[tuple[str, str]]:
    return [(item.step, item.code) for item in found.skipped]


CASES: list[tuple[str, Snapshot, Playbook, Desk, str, str]] = [
    # sentence, the person, the playbook, the desk, who, by which step
    ("who has the record already keeps it", snapshot(sales_records=(record(BEN),)), book(), desk(), BEN, "present"),
    ("a Contact's owner stands above a Lead's", snapshot(sales_records=(record(BEN), record(CY, "contact"))), book(),
     desk(), CY, "present"),
    ("a converted Lead's owner is past", snapshot(sales_records=(record(BEN, IsConverted="true"),)), book(), desk(),
     ADA, "round_robin"),
    ("a deleted record's owner is past", snapshot(sales_records=(replace(record(BEN), is_deleted=True),)), book(),
     desk(), ADA, "round_robin"),
    ("a queue that has the record keeps it", snapshot(sales_records=(record(QUEUE),)), book(), desk(), QUEUE, "present"),
    ("one who has left does not", snapshot(sales_records=(record(BEN),)), book(), desk(users=gone(BEN)), ADA,
     "round_robin"),
    ("the host of the booked meeting", snapshot(signals=(meeting("77"),)), book(), desk(hosts={"77": CY}), CY,
     "meeting_host"),
    ("of two meetings the next one's", snapshot(signals=(meeting("77", hours=40), meeting("78", hours=20))), book(),
     desk(hosts={"77": CY, "78": BEN}), BEN, "meeting_host"),
    ("not of a meeting called off", snapshot(signals=(meeting("77", outcome="canceled"),)), book(),
     desk(hosts={"77": CY}), ADA, "round_robin"),
    ("nor of one that is over", snapshot(signals=(meeting("77", hours=-2, outcome="completed"),)), book(),
     desk(hosts={"77": CY}), ADA, "round_robin"),
    ("nor a host without a user in Salesforce", snapshot(signals=(meeting("99"),)), book(), desk(hosts={"77": CY}), ADA,
     "round_robin"),
    ("nor a host who has left", snapshot(signals=(meeting("77"),)), book(), desk(hosts={"77": CY}, users=gone(CY)), ADA,
     "round_robin"),
    ("who has a colleague", snapshot(), book(), desk(employers=company(CY)), CY, "same_company"),
    ("the next colleague's, where the first one's has left", snapshot(), book(),
     desk(employers=company(CY, BEN), users=gone(CY)), BEN, "same_company"),
    ("not a queue a colleague waits in", snapshot(), book(), desk(employers=company(QUEUE)), ADA, "round_robin"),
    ("who has the company's open opportunity", snapshot(), book(), desk(employers={
        7: Employer("account:1", "Acme", (Colleague(0, BEN, NOW, deal="salesforce:opportunity:006A"), Colleague(3, CY, NOW)))
    }), BEN, "same_company"),
    ("the account's owner", snapshot(account_records=(account(CY),)), book(), desk(), CY, "account_owner"),
    ("the owner of another account of theirs, where one has left",
     snapshot(account_records=(account(CY), account(BEN, "001B"))), book(), desk(users=gone(CY)), BEN, "account_owner"),
    ("the territory", snapshot(fields={"contact.country": "DE"}), book(rules=((GERMANS, CY),)), desk(), CY, "territory"),
    ("not on data that is missing", snapshot(fields={}), book(rules=((GERMANS, CY),)), desk(), ADA, "round_robin"),
    ("the next rule, where the first one's owner has left", snapshot(fields={"contact.country": "DE"}),
     book(rules=((GERMANS, CY), (GERMANS, BEN))), desk(users=gone(CY)), BEN, "territory"),
    ("turns begin as the pool names them", snapshot(), book(), desk(), ADA, "round_robin"),
    ("who has waited longest", snapshot(), book(),
     desk(loads={short(ADA): Load(1, 1, 9), short(BEN): Load(5, 5, 3), short(CY): Load(0, 0, 4)}), BEN, "round_robin"),
    ("who has the fewest open", snapshot(), book(round_robin=replace(POOL, pick="lowest_load")),
     desk(loads={short(ADA): Load(3, 1, 1), short(BEN): Load(2, 5, 3), short(CY): Load(2, 0, 2)}), CY, "round_robin"),
    ("not who is full", snapshot(), book(round_robin=RoundRobin((PoolMember(ADA, open_max=2), PoolMember(BEN)))),
     desk(loads={short(ADA): Load(2), short(BEN): Load(9, 9, 9)}), BEN, "round_robin"),
    ("not who had enough today", snapshot(),
     book(round_robin=RoundRobin((PoolMember(ADA, per_day_max=2), PoolMember(BEN)))),
     desk(loads={short(ADA): Load(0, 2), short(BEN): Load(9, 9, 9)}), BEN, "round_robin"),
    ("only who takes such leads", snapshot(fields={"contact.country": "FR"}),
     book(round_robin=RoundRobin((PoolMember(ADA, when=GERMANS), PoolMember(BEN)))), desk(), BEN, "round_robin"),
    ("the queue where all are full", snapshot(), book(round_robin=RoundRobin((PoolMember(ADA, open_max=1),))),
     desk(loads={short(ADA): Load(1)}), QUEUE, "queue"),
    ("the named owner where the queue takes none", snapshot(), book(round_robin=None),
     desk(users=gone(QUEUE, unfit="empty")), DEE, "owner"),
    ("a step that is switched off is not asked", snapshot(account_records=(account(CY),)), book(order=("territory",)),
     desk(), DEE, "owner"),
    ("the order is the playbook's", snapshot(account_records=(account(CY),)), book(order=("round_robin", "account_owner")),
     desk(), ADA, "round_robin"),
    ("the org's rules have whom no step names", snapshot(), book(mode="org_rules", owner_id="", order=("territory",)),
     desk(), "", "org_rules"),
    ("but not whose colleague somebody has", snapshot(), book(mode="org_rules", owner_id="", order=("same_company",)),
     desk(employers=company(CY)), CY, "same_company"),
    ("nor a record that is there: the rules choose for new ones", snapshot(sales_records=(record(BEN),)),
     book(mode="org_rules", owner_id="", order=("territory",)), desk(users=gone(BEN)), QUEUE, "queue"),
    ("a person, where it is a Contact: no queue owns one", snapshot(sales_records=(record(BEN, "contact"),)),
     book(mode="org_rules", owner_id="", order=("round_robin", "queue")), desk(users=gone(BEN)), ADA, "round_robin"),
    ("nobody, where the org's rules had it and no queue is named", snapshot(sales_records=(record(BEN),)),
     book(mode="org_rules", owner_id="", queue_id="", order=("territory",)), desk(users=gone(BEN)), "", "nobody"),
    ("nobody but a queue, for a Contact", snapshot(sales_records=(record(BEN, "contact"),)),
     book(mode="org_rules", owner_id="", order=()), desk(users=gone(BEN)), "", "nobody"),
    ("the router comes first", snapshot(account_records=(account(CY),)), book(mode="router", router=Router(ROUTED, 15)),
     desk(), ROUTED, "router"),
    ("not where somebody has the record", snapshot(sales_records=(record(BEN),)),
     book(mode="router", router=Router(ROUTED, 15)), desk(), BEN, "present"),
    ("not for who becomes a Contact of a customer", snapshot(account_records=(account(CY),), account_is_customer=True),
     book(mode="router", router=Router(ROUTED, 15)), desk(), CY, "account_owner"),
    ("not where its queue is gone", snapshot(), book(mode="router", router=Router(ROUTED, 15)),
     desk(users=gone(ROUTED, unfit="no_leads")), ADA, "round_robin"),
    ("somebody we know nothing of is given it: Salesforce knows better", snapshot(), book(order=()), Desk(), DEE, "owner"),
    ("an id of 15 characters is the same user", snapshot(), book(order=(), owner_id=DEE[:15]), desk(), DEE, "owner"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_who_gets_it(case: tuple[str, Snapshot, Playbook, Desk, str, str]) -> None:
    """Table row 42: what the org has chosen first, then the steps in their order."""
    _sentence, person, playbook, at, who, step = case
    found = chosen(person, playbook, at)
    assert (who, step) == (found.owner_id, found.step)


def test_nobody_is_a_choice_with_reasons_never_a_blank_owner_without() -> None:
    """S68, B-68: the hand-off waits, and says for whom."""
    found = chosen(playbook=book(queue_id="", order=("round_robin",)), at=desk(users=gone(ADA, BEN, CY, DEE)))
    assert (found.owner_id, found.step) == ("", Step.NOBODY)
    assert passed(found) == [*[("round_robin", "inactive")] * 3, ("owner", "inactive")]
    said = owner_words.reason(found, NAMES)
    assert said.startswith("Nobody can have it now. Asked before: turns (Ada Lovelace is not active")


def test_the_reason_says_why_the_steps_before_gave_nobody() -> None:
    """One sentence per step, names in the place of ids."""
    person = snapshot(signals=(meeting("99"),), sales_records=(record(BEN),))
    users = USERS | gone(BEN) | {short(QUEUE): User(QUEUE, "Inbound")}
    found = chosen(person, book(), desk(users=users, employers=company(QUEUE)))
    assert owner_words.reason(found, NAMES, "Europe/Berlin") == (
        "Ada Lovelace (their turn, longest without one). Asked before: present owner (Ben Okri is not active), "
        "meeting host (the host has no Salesforce user with the same address), "
        "same company (the colleague is still in the queue Inbound), account owner (no account is known). "
        "Passed over: Ben Okri is not active"
    )
    assert len(owner_words.short_reason(found, NAMES)) <= owner_words.REASON_CHARS_MAX


def test_every_code_has_words() -> None:
    """No code of a step reaches people as it is."""
    codes = {code for case in CASES for _step, code in passed(chosen(*case[1:4]))}
    assert {"no_meeting", "inactive", "full", "full_today", "not_theirs", "in_queue", "host_unknown"} <= codes
    assert codes <= owner_words._CODES.keys()


def test_hostile_names_arrive_inert() -> None:
    """A user's name is a stranger's text too."""
    found = chosen()
    said = owner_words.reason(found, {ADA: "<b>Ada</b>\u202e {whom} %s\n=1+1"})
    assert said.startswith("Ada {whom} %s =1+1 (their turn")


# --- working hours ---------------------------------------------------------------------------------------

NEW_YORK = BusinessHours("America/New_York", (0, 1, 2, 3, 4), time(9), time(17))
TEAMS = (Team("eu", "EU", BERLIN, 8, 16), Team("us", "US", NEW_YORK, 8, 16))


def desks_of(out_of_hours: Any = "next_to_open") -> Playbook:
    turns = RoundRobin((PoolMember(ADA, "eu"), PoolMember(CY, "us")), out_of_hours=out_of_hours)
    found = book(order=("round_robin", "queue"), round_robin=turns)
    return replace(found, sla=replace(found.sla, teams=TEAMS))


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-09-03T08:00+00:00", ADA),  # Thursday morning: Berlin works, New York sleeps
        ("2026-09-03T18:00+00:00", CY),  # evening: the other way round
        ("2026-09-03T22:00+00:00", ADA),  # both closed: Berlin opens first
        ("2026-09-05T12:00+00:00", ADA),  # Saturday: Berlin's Monday begins first
    ],
)
def test_turns_go_to_who_is_at_work(when: str, who: str) -> None:
    """At night who opens next gets it, so that nobody is skipped for living elsewhere."""
    assert chosen(playbook=desks_of(), now=datetime.fromisoformat(when)).owner_id == who


def test_or_to_the_queue_while_nobody_is() -> None:
    """With `skip` a closed desk takes no turn."""
    found = chosen(playbook=desks_of("skip"), now=datetime(2026, 9, 5, 12, tzinfo=UTC))
    assert (found.owner_id, passed(found)) == (QUEUE, [("round_robin", "closed"), ("round_robin", "closed")])


# --- fairness --------------------------------------------------------------------------------------------

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
POOLS = st.lists(
    st.tuples(
        st.sampled_from(["", "eu", "us"]),
        st.one_of(st.none(), st.integers(1, 12)),
        st.one_of(st.none(), st.integers(1, 6)),
    ),
    min_size=1,
    max_size=5,
)
ARRIVALS = st.lists(st.integers(0, 7 * 24 * 60 - 1), min_size=1, max_size=80).map(sorted)
ENDED = st.lists(st.tuples(st.integers(0, 7 * 24 * 60 - 1), st.integers(0, 4)), max_size=40)


@settings(max_examples=80, deadline=None)
@given(pool=POOLS, arrivals=ARRIVALS, ended=ENDED, skip=st.booleans())
def test_turns_are_fair_over_a_week(
    pool: list[tuple[str, int | None, int | None]],
    arrivals: list[int],
    ended: list[tuple[int, int]],
    skip: bool,
) -> None:
    """Nobody is ever over capacity; while the same people are free, nobody has two turns more than another;
    and a lead waits only while nobody may have it."""
    members = tuple(
        PoolMember(f"0050000000000{number:02}AAA", team, open_max, day_max)
        for number, (team, open_max, day_max) in enumerate(pool)
    )
    turns = RoundRobin(members, out_of_hours="skip" if skip else "next_to_open")
    playbook = book(order=("round_robin",), round_robin=turns, queue_id="", owner_id="")
    playbook = replace(playbook, sla=replace(playbook.sla, teams=TEAMS))
    at, day = desk(users={}), MONDAY.date()
    together: Counter[str] = Counter()
    free_before: frozenset[str] = frozenset()
    events = sorted([*((minute, 0, -1) for minute in arrivals), *((minute, 1, who) for minute, who in ended)])
    for minute, kind, who in events:
        now = MONDAY + timedelta(minutes=minute)
        if now.date() != day:
            day, at = (
                now.date(),
                replace(at, loads={key: replace(load, today=0) for key, load in at.loads.items()}),
            )
        if kind == 1:
            at = _one_ended(at, members, who)
            continue
        found = routing.choose(snapshot(), 1, playbook, at, now)
        free = frozenset(
            member.user for member in members if not _is_full(at.load(member.user), member)
        ) - {item.whom for item in found.skipped}  # fmt: skip
        if found.step == Step.NOBODY:
            assert not free, "somebody was free"
            continue
        assert found.owner_id in free
        if free != free_before:
            free_before, together = free, Counter(dict.fromkeys(free, 0))
        together[found.owner_id] += 1
        assert max(together.values()) - min(together.values()) <= 1, "turns go round"
        at = routing.taken(at, found, 7)
        for member in members:
            load = at.load(member.user)
            assert member.open_max is None or load.open <= member.open_max
            assert member.per_day_max is None or load.today <= member.per_day_max


def _one_ended(at: Desk, members: tuple[PoolMember, ...], who: int) -> Desk:
    """Sales has ended one of the hand-overs this member has."""
    key = short(members[who % len(members)].user)
    load = at.loads.get(key)
    if load is None or not load.open:
        return at
    return replace(at, loads={**at.loads, key: replace(load, open=load.open - 1)})


def _is_full(load: Load, member: PoolMember) -> bool:
    over_open = member.open_max is not None and load.open >= member.open_max
    return over_open or (member.per_day_max is not None and load.today >= member.per_day_max)


def test_two_of_one_company_in_one_batch_go_to_one() -> None:
    """The first choice is part of the desk of the second."""
    employers = {
        7: Employer("account:1", "Acme"),
        8: Employer("account:1", "Acme"),
        9: Employer("account:2", "B"),
    }
    playbook = book(order=("same_company", "round_robin"))
    at = desk(employers=employers)
    first = chosen(playbook=playbook, at=at)
    at = routing.taken(at, first, 7, "Dana Ruiz")
    second, third = (chosen(replace(snapshot(), lead_id=lead_id), playbook, at) for lead_id in (8, 9))
    assert (first.owner_id, second.owner_id, third.owner_id) == (ADA, ADA, BEN)
    assert (second.step, second.about) == ("same_company", "7")
