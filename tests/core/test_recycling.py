"""Recycling and re-entry, by hand: when somebody sales gave back returns, by what, and to where.

Every case hands somebody over on day 0 (a demo request), has sales give them back on day 3, and says where
they stand after what is done on later days. Days are counted from Monday, 5 October 2026, 09:00 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from syncd.core import recycling
from syncd.core.model import Signal, Stage
from syncd.core.playbook import Playbook, RecycleRule
from tests.core.builders import (
    Journey,
    at,
    default_playbook,
    delivered,
    demo_request,
    page,
    person,
    signal,
    status,
)

FIELD = "Follow_Up_On__c"
GIVEN_BACK_DAY = 3
RULES: Mapping[str, RecycleRule] = {
    rule.reason: rule
    for rule in (
        RecycleRule("plain", "Plain", "not_now", 60),
        RecycleRule("breakable", "Breakable", "not_now", 60, decisive_breaks=True),
        RecycleRule("decisive", "Decisive", "not_now", 60, way_back="decisive_only"),
        RecycleRule("dated", "Dated", "not_now", 60, way_back="date_only"),
        RecycleRule("dated_breakable", "Dated", "not_now", 60, True, way_back="date_only"),
        RecycleRule("never", "Never", "early_interest", 0, way_back="never"),
        RecycleRule("named", "Named", "not_now", 60, date_field=FIELD),
        RecycleRule("named_only", "Named", "not_now", 60, date_field=FIELD, way_back="date_only"),
        RecycleRule("named_breakable", "Named", "not_now", 60, True, date_field=FIELD),
        RecycleRule("final", "Final", "", 0, is_final=True, way_back="never"),
    )
}


def playbook() -> Playbook:
    """The shipped one with one rule for each way; Salesforce's values are our codes."""
    shipped = default_playbook()
    return replace(
        shipped,
        feedback=replace(shipped.feedback, reasons={code: code for code in RULES}),
        recycle=replace(shipped.recycle, rules={**shipped.recycle.rules, **RULES}),
    )


BOOK = playbook()


def given_back(reason: str, day: str = "") -> Journey:
    """Somebody handed over on day 0 and given back on day 3, with the day they named if they did."""
    lead = Journey(person(created=at(-1)), BOOK).handed_over(at(0))
    if day:
        lead.snapshot = replace(lead.snapshot, fields={**lead.snapshot.fields, f"lead.{FIELD}": day})
    lead.until(at(GIVEN_BACK_DAY), status("Unqualified", at(GIVEN_BACK_DAY), reason=reason))
    return lead


def demo(day: float) -> Signal:
    return demo_request(at(day))


def prices(day: float) -> Signal:
    return page("/pricing", at(day))


def meeting_note(day: float) -> Signal:
    return signal("hubspot.note", at(day))


class Case(NamedTuple):
    reason: str
    acts: tuple[Signal, ...]
    seen_on: float
    stage: Stage
    passes: int
    day: str = ""


def case(
    reason: str, seen_on: float, stage: Stage, passes: int = 1, acts: tuple[Signal, ...] = (), day: str = ""
) -> Any:
    what = "+".join(
        f"{item.shape.source.partition('.')[2]}@{(item.occurred_at - at(0)).days}" for item in acts
    )
    name = f"{reason}{'-' + day if day else ''}-{what or 'nothing'}-seen@{seen_on:g}"
    return pytest.param(Case(reason, acts, seen_on, stage, passes, day), id=name)


R, SQL, OUT = Stage.RECYCLED, Stage.SQL, Stage.DISQUALIFIED
CASES = [
    # A plain cool-down of 60 days: from day 3 to day 63.
    case("plain", 4, R),
    case("plain", 62.9, R),
    case("plain", 63.1, R),
    case("plain", 400, R),
    case("plain", 20, R, acts=(demo(20),)),
    case("plain", 62.9, R, acts=(demo(62.8),)),
    case("plain", 64, SQL, 2, acts=(demo(64),)),
    case("plain", 63.1, SQL, 2, acts=(demo(50),)),  # done while it cooled, after the pass: new, and due then
    case("plain", 64, R, acts=(demo(2),)),  # known late, from before the end of the pass: not new
    case("plain", 64, R, acts=(demo(3),)),  # at the very instant: not after it
    case("plain", 64, R, acts=(meeting_note(64),)),
    # A decisive action ends the cool-down where the table says so.
    case("breakable", 4, SQL, 2, acts=(demo(4),)),
    case("breakable", 20, SQL, 2, acts=(demo(20),)),
    case("breakable", 20, R, acts=(prices(20),)),
    case("breakable", 20, R, acts=(demo(1),)),
    case("breakable", 63.1, R),
    # Only a decisive action, and only after the cool-down.
    case("decisive", 20, R, acts=(demo(20),)),
    case("decisive", 64, SQL, 2, acts=(demo(64),)),
    case("decisive", 63.1, SQL, 2, acts=(demo(60),)),
    case("decisive", 70, R, acts=tuple(prices(64 + number / 10) for number in range(12))),
    case("decisive", 400, R),
    # The day alone: back among marketing's leads, never to sales without something new.
    case("dated", 20, R, acts=(demo(20),)),
    case("dated", 62.9, R),
    case("dated", 63, Stage.LEAD),
    case("dated", 63, SQL, 2, acts=(demo(40),)),
    case("dated", 80, SQL, 2, acts=(demo(79),)),
    case("dated_breakable", 20, SQL, 2, acts=(demo(20),)),
    case("dated_breakable", 20, R, acts=(prices(20),)),
    # Never, and final.
    case("never", 64, R, acts=(demo(64),)),
    case("never", 4, R, acts=(demo(4),)),
    case("never", 700, R),
    case("final", 4, OUT),
    case("final", 64, OUT, acts=(demo(64),)),
    # The day the prospect named: 1 March 2027 is day 146.6, midnight in the playbook's zone.
    case("named", 64, R, acts=(demo(64),), day="2027-03-01"),
    case("named", 146, R, acts=(demo(145),), day="2027-03-01"),
    case("named", 148, SQL, 2, acts=(demo(148),), day="2027-03-01"),
    case("named", 148, SQL, 2, acts=(demo(140),), day="2027-03-01"),
    case("named", 148, R, acts=(demo(100),), day="2027-03-01"),  # by then the request itself is old
    case("named", 148, R, day="2027-03-01"),
    case("named", 20, SQL, 2, acts=(demo(20),), day="2026-10-20"),  # sooner than the cool-down
    case("named", 10, R, acts=(demo(10),), day="2026-10-20"),
    case("named", 64, SQL, 2, acts=(demo(64),), day="2026-10-08"),  # the day it came back: no day to wait for
    case("named", 20, R, acts=(demo(20),), day="2020-01-01"),  # long past: the cool-down holds
    case("named", 64, SQL, 2, acts=(demo(64),), day="2099-01-01"),  # a slip: the cool-down holds
    case("named", 64, SQL, 2, acts=(demo(64),), day="next spring"),
    case("named", 20, R, acts=(demo(20),), day=""),
    case("named_only", 64, R, acts=(demo(64),), day="2027-03-01"),
    case("named_only", 148, Stage.LEAD, day="2027-03-01"),
    case("named_breakable", 20, SQL, 2, acts=(demo(20),), day="2027-03-01"),
    case("plain", 20, R, acts=(demo(20),), day="2026-10-20"),  # a reason that takes no date
]


def learned_in_time(item: Any) -> bool:
    """Whether all that is done lies after the refusal: only then can it be looked at when it happens."""
    (given,) = item.values
    return all(act.occurred_at > at(GIVEN_BACK_DAY) for act in given.acts)


def test_there_are_enough_cases() -> None:
    """As many as a table that is believed needs."""
    assert len(CASES) >= 40


@pytest.mark.parametrize("given", CASES)
def test_who_comes_back(given: Case) -> None:
    """Where the lead stands, and how often it was handed over, when it is looked at that day."""
    lead = given_back(given.reason, given.day)
    lead.until(at(given.seen_on), *given.acts)
    assert (lead.stage, lead.standing.pass_number) == (given.stage, given.passes), lead.path


@pytest.mark.parametrize("given", [item for item in CASES if learned_in_time(item)])
def test_however_often_it_is_looked_at(given: Case) -> None:
    """Looking often ends where looking once does, where each act is known when it happens."""
    lead = given_back(given.reason, given.day)
    moments = {at(4), at((4 + given.seen_on) / 2), at(63), at(given.seen_on)}
    moments = {moment for moment in moments if moment <= at(given.seen_on)}
    moments |= {item.occurred_at for item in given.acts if item.occurred_at <= at(given.seen_on)}
    for now in sorted(moments):
        lead.until(now, *(item for item in given.acts if item.occurred_at == now))
    once = given_back(given.reason, given.day)
    once.until(at(given.seen_on), *given.acts)
    assert once.path == lead.path


# --- the day, entered late or changed --------------------------------------------------------------------


def name_day(lead: Journey, day: str, record: str = "lead") -> None:
    lead.snapshot = replace(lead.snapshot, fields={**lead.snapshot.fields, f"{record}.{FIELD}": day})


def test_a_day_named_later_moves_the_return_and_is_a_correction_in_the_ledger() -> None:
    lead = given_back("named")
    assert lead.standing.until_at == at(63)
    name_day(lead, "2027-03-01")
    moved = lead.until(at(10))
    assert [str(item.cause) for item in moved.transitions] == ["corrected"]
    assert moved.standing.until_at is not None
    assert moved.standing.until_at.astimezone(UTC).date().isoformat() in {"2027-02-28", "2027-03-01"}
    assert moved.standing.evidence_floor_at == at(GIVEN_BACK_DAY)
    assert lead.until(at(11)).transitions == ()


def test_a_day_taken_away_changes_nothing() -> None:
    lead = given_back("named", "2027-03-01")
    before = lead.standing
    name_day(lead, "")
    lead.until(at(20))
    assert lead.standing == before


def test_the_day_may_stand_on_the_contact() -> None:
    lead = given_back("named")
    name_day(lead, "2027-03-01", "sfcontact")
    lead.until(at(10))
    assert lead.standing.until_at is not None
    assert lead.standing.until_at > at(100)


def test_a_day_that_is_over_calls_nobody_back_from_a_cool_down_that_is_over() -> None:
    lead = given_back("named")
    lead.until(at(70))
    name_day(lead, "2026-10-20")
    assert lead.until(at(71)).transitions == ()


def test_due_on_the_day() -> None:
    """The daemon looks again on the day of return by itself."""
    lead = given_back("named_only", "2027-03-01")
    assert lead.last is not None
    assert lead.last.due_at == lead.standing.until_at


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2026-10-09", ""),
        ("2026-10-09T00:00:00.000+0000", ""),
        ("2026-10-08", "not_after"),
        ("2026-10-01", "not_after"),
        ("2028-10-07", ""),
        ("2028-10-08", "too_far"),
        ("9999-12-31", "too_far"),
        ("0001-01-01", "not_after"),
        ("31.12.2026", "unreadable"),
        ("'; DROP TABLE leads", "unreadable"),
    ],
)
def test_what_is_wrong_with_a_day(value: str, said: str) -> None:
    """After the pass ended, and within the days the playbook believes."""
    ended_at = datetime(2026, 10, 8, 12, tzinfo=UTC)
    assert recycling.slip(value, ended_at, BOOK) == said


# --- no ping-pong ----------------------------------------------------------------------------------------


def test_the_pass_limit_ends_it() -> None:
    """After so many hand-offs in vain, also a decisive action waits for a person."""
    lead = Journey(person(created=at(-1)), BOOK)
    for number in range(BOOK.recycle.pass_limit):
        day = number * 10.0
        lead.until(at(day), demo(day))
        assert lead.stage is Stage.SQL
        lead.until(at(day, hours=1), delivered(at(day, hours=1)))
        lead.until(at(day + 1), status("Unqualified", at(day + 1), reason="breakable"))
    last = lead.until(at(100), demo(100))
    assert last.standing.position.stage in {Stage.RECYCLED, Stage.MQL, Stage.NEAR_SQL}
    assert last.verdict.blocked_by == "pass_limit"
    assert last.standing.pass_number == BOOK.recycle.pass_limit


def test_given_back_again_each_time_waits_from_the_newest_end() -> None:
    lead = given_back("breakable")
    lead.until(at(20), demo(20))
    lead.until(at(20, hours=1), delivered(at(20, hours=1)))
    lead.until(at(25), status("Unqualified", at(25), reason="plain"))
    assert lead.standing.until_at == at(25) + timedelta(days=60)
    assert lead.standing.pass_number == 2
