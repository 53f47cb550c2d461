"""What colleagues do: facts about the others of the company, one a day, and whom they wake."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import sqlalchemy as sa

from syncd.core import colleagues as rules
from syncd.core.colleagues import COLLEAGUES_MAX, Colleague, Day, facts, is_act
from syncd.core.model import Shape, Signal
from syncd.core.playbook import (
    AllOf,
    PatternRule,
    Playbook,
    SignalKind,
    SignalTest,
    SourceMatch,
    Test,
)
from syncd.ports import Removal, RemovalKind
from syncd.store import colleagues, snapshots, work
from syncd.store.tables import leads
from tests.core.builders import default_playbook
from tests.ingest.world import Desk, at, call, company, contact, form, hs

FIRM = hs(9, "company")


@pytest.fixture
def firm(desk: Desk) -> Desk:
    """A company of three, whose playbook looks 30 days back at colleagues."""
    with desk.store.write(None) as tx:
        work.set_meta(tx, colleagues.ACCOUNT_DAYS, "30")
    desk.take(company("9", "acme.example"))
    desk.take(
        contact(1, "ann@acme.example", company=FIRM, props={"jobtitle": "Head of Marketing"}),
        contact(2, "bob@acme.example", company=FIRM, props={"jobtitle": "Chief Executive Officer"}),
        contact(3, "cid@acme.example", company=FIRM),
        contact(4, "eve@other.example"),
    )
    desk.settle()
    return desk


def told(signals: tuple[Signal, ...]) -> list[tuple[str, str]]:
    return [(signal.shape.source, signal.shape.attributes["person"]) for signal in signals]


def test_the_first_act_of_a_day_is_told_to_the_others_and_not_to_oneself(firm: Desk) -> None:
    """Two acts on one day are one; a first act ever says that somebody joined."""
    firm.take(
        form("f1", "bob@acme.example", 2), form("f2", "bob@acme.example", 3), call("c1", hs(2), hours=30)
    )
    bob = str(firm.lead_of(hs(2)))
    seen = firm.snapshot(hs(1)).account_signals
    joined_first = sorted([(rules.ACTIVITY, bob), (rules.JOINED, bob)])
    assert sorted(told(seen)[:2]) == joined_first
    assert told(seen)[2:] == [(rules.ACTIVITY, bob)]
    assert [signal.occurred_at for signal in seen] == [at(2), at(2), at(30)]
    assert seen[0].shape.attributes["seniority"] == "c_level"
    assert firm.snapshot(hs(2)).account_signals == ()
    assert firm.snapshot(hs(4)).account_signals == ()


def test_only_the_first_act_of_a_day_wakes_the_company(firm: Desk) -> None:
    """Further acts of the day, opens and what sales does wake the person alone."""
    ann, bob, cid = (firm.lead_of(hs(number)) for number in (1, 2, 3))
    firm.take(form("f1", "bob@acme.example", 2))
    assert firm.dirty() == sorted([ann, bob, cid])
    firm.settle()
    firm.take(form("f2", "bob@acme.example", 3))
    assert firm.dirty() == [bob]
    firm.settle()
    firm.take(call("c1", hs(2), hours=50, attributes={"direction": "outbound"}))
    assert firm.dirty() == [bob]


def test_what_only_lasts_longer_wakes_nobody(firm: Desk) -> None:
    """Where everything asks who was active in the last 30 days, an act within them is no news to the others;
    the first after them is. Whoever looks for another reason sees the newest."""
    with firm.store.write(None) as tx:
        work.set_meta(tx, colleagues.NEWS_DAYS, "30")
    everybody = sorted(firm.lead_of(hs(number)) for number in (1, 2, 3))
    woken = []
    for day in (1, 12, 40, 71):
        firm.clock.moment = at(24 * day + 1)
        firm.take(form(f"f{day}", "bob@acme.example", 24 * day))
        woken.append(firm.dirty() == everybody)
        firm.settle()
    assert woken == [True, False, False, True]
    assert firm.snapshot(hs(1)).account_signals[-1].occurred_at == at(24 * 71)


def test_who_is_not_woken_is_due_when_the_old_answer_would_end(firm: Desk) -> None:
    """Without a further act it ends as foreseen, and nobody is due for it."""
    with firm.store.write(None) as tx:
        work.set_meta(tx, colleagues.NEWS_DAYS, "30")
        tx.execute(leads.update().values(reread_at=at(24 * 31), due_at=at(24 * 90)))
    firm.clock.moment = at(24 * 12 + 1)
    with firm.store.read() as tx:
        assert set(tx.execute(sa.select(leads.c.due_at)).scalars()) == {at(24 * 90)}
    firm.take(form("f1", "bob@acme.example", 24 * 2))
    firm.settle()
    firm.take(form("f2", "bob@acme.example", 24 * 12))
    with firm.store.read() as tx:
        dues = {row.lead_id: row.due_at for row in tx.execute(sa.select(leads.c.lead_id, leads.c.due_at))}
    assert dues[firm.lead_of(hs(1))] == at(24 * 31)
    assert dues[firm.lead_of(hs(4))] == at(24 * 90)


def test_nobody_is_woken_when_nothing_looks_at_colleagues(firm: Desk) -> None:
    with firm.store.write(None) as tx:
        work.set_meta(tx, colleagues.ACCOUNT_DAYS, "0")
    firm.take(form("f1", "bob@acme.example", 2))
    assert firm.dirty() == [firm.lead_of(hs(2))]
    assert firm.snapshot(hs(1)).account_signals == ()


def test_an_act_taken_back_is_told_no_longer(firm: Desk) -> None:
    """As known then it still is; whoever heard of it is woken."""
    firm.clock.moment = at(10)
    firm.take(call("c1", hs(2), hours=2))
    firm.settle()
    firm.clock.moment = at(20)
    firm.take(Removal(hs("c1", "call"), RemovalKind.DELETED, at(19)))
    assert firm.lead_of(hs(1)) in firm.dirty()
    assert firm.snapshot(hs(1)).account_signals == ()
    assert len(firm.snapshot(hs(1), known_by=at(15)).account_signals) == 2


def test_acts_before_the_window_are_not_read(firm: Desk) -> None:
    """What came before still says that nobody has joined since."""
    firm.clock.moment = at(24 * 100)
    firm.take(call("c1", hs(2), hours=2), call("c2", hs(2), hours=24 * 90))
    assert [source for source, _who in told(firm.snapshot(hs(1)).account_signals)] == [rules.ACTIVITY]
    with firm.store.read() as tx:
        lead = firm.lead_of(hs(1))
        [whole] = snapshots.load_snapshots(tx, [lead], firm.clock.now(), account_days=math.inf)
    assert len(whole.account_signals) == 3


def test_of_a_crowd_those_active_last_count() -> None:
    crowd = range(1, COLLEAGUES_MAX + 12)
    days = [Day(person, person * rules.DAY_MS, person * rules.DAY_MS) for person in crowd]
    people = {person: Colleague(person, 0) for person in crowd}
    found = {int(signal.shape.attributes["person"]) for signal in facts(5, days, people)}
    assert found == set(crowd[-COLLEAGUES_MAX:])


@pytest.mark.parametrize(
    ("source", "attributes", "expected"),
    [
        ("hubspot.form_submission", {}, True),
        ("hubspot.email_open", {}, False),
        ("hubspot.email_click", {}, False),
        ("hubspot.meeting", {"outcome": "completed"}, True),
        ("hubspot.meeting", {"outcome": "no_show"}, False),
        ("hubspot.call", {"direction": "outbound"}, False),
        ("hubspot.email", {"direction": "inbound"}, True),
        ("hubspot.email", {"direction": "inbound", "automatic": "true"}, False),
        ("salesforce.task", {}, False),
    ],
)
def test_what_a_person_does_is_an_act(
    firm: Desk, source: str, attributes: dict[str, str], expected: bool
) -> None:
    """The rule in code and the rule in the database say the same."""
    assert is_act(Shape(source, attributes)) is expected
    firm.take(replace(call("c1", hs(2)), source=source, attributes=attributes))
    assert bool(firm.snapshot(hs(1)).account_signals) is expected


def test_the_window_is_the_longest_anything_uses() -> None:
    """Nothing that looks at colleagues: nothing is read."""
    plain = replace(default_playbook(), signals=())
    assert rules.window_days(plain) == 0
    active = SignalKind("colleague_active", "A colleague", (SourceMatch(rules.ACTIVITY),))
    watching = replace(plain, signals=(active,))
    assert rules.window_days(_with_pattern(watching, SignalTest(("colleague_active",), 2, 45))) == 45
    unlimited = AllOf((SignalTest(("colleague_active",), 2, 45), SignalTest(("colleague_active",))))
    assert rules.window_days(_with_pattern(watching, unlimited)) == math.inf


def test_further_acts_are_news_only_where_acts_are_counted() -> None:
    """Who was active, asked within windows: the shortest window. Counting acts: every day."""
    active = SignalKind("colleague_active", "A colleague", (SourceMatch(rules.ACTIVITY),))
    watching = replace(default_playbook(), signals=(active,))
    who = SignalTest(("colleague_active",), 1, 45), SignalTest(("colleague_active",), 3, 60, "person")
    counted = SignalTest(("colleague_active",), 3, 60)
    news = [
        rules.news_days(_with_pattern(watching, AllOf(tests)))
        for tests in ((), who, (*who, counted), (SignalTest(("colleague_active",)),))
    ]
    assert news == [rules.NEWS_DAYS_MAX, 45, 1, rules.NEWS_DAYS_MAX]
    assert rules.news_days(replace(watching, signals=())) == 0


def test_the_shipped_definition_asks_who_and_not_how_often() -> None:
    """Else every active day of anybody would wake the whole company."""
    assert rules.news_days(default_playbook()) == 30


def _with_pattern(base: Playbook, test: Test) -> Playbook:
    model = replace(base.models[0], patterns=(PatternRule("crowd", "Several of them", test, 5),))
    return replace(base, models=(model,))
