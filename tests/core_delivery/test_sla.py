"""Business time: weekends, holidays, clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import brief, sla
from syncd.core.effects import intents
from syncd.core.model import Cause, Position, Signal, Stage
from syncd.core.playbook import BusinessHours, SlaStep, SlaSteps, SourceMatch, Touches, TouchRule
from syncd.core.sla.measures import Spread, spread
from syncd.core.values import Facts, known
from tests.core_delivery.builders import (
    AS_SQL,
    BERLIN,
    NOW,
    PLAYBOOK,
    SQL_MOVE,
    demo,
    move,
    signal,
    snapshot,
    verdict,
)

ROUND_THE_CLOCK = BusinessHours("Europe/Berlin", tuple(range(7)), time(0), time(0))
NIGHTS = BusinessHours("America/New_York", (0, 1, 2, 3, 4), time(22), time(6))
HOLIDAYS = replace(BERLIN, holidays=frozenset({date(2026, 12, 25), date(2026, 12, 28)}))


MOMENTS = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds and adds the zone
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("expected", "start", "hours", "business_hours"),
    [
        # Berlin is UTC+2 in September: 9 to 17 there is 7 to 15 UTC
        (utc(2026, 9, 3, 12), utc(2026, 9, 3, 10), BERLIN, 2),
        (utc(2026, 9, 3, 15), utc(2026, 9, 3, 10), BERLIN, 5),  # exactly the rest of the day
        (utc(2026, 9, 4, 8), utc(2026, 9, 3, 10), BERLIN, 6),
        (utc(2026, 9, 4, 9), utc(2026, 9, 3, 20), BERLIN, 2),  # at night: from the next opening on
        (utc(2026, 9, 7, 8), utc(2026, 9, 4, 14), BERLIN, 2),  # Friday afternoon to Monday morning
        (utc(2026, 9, 8, 10), utc(2026, 9, 3, 10), BERLIN, 24),  # three business days, over a weekend
        (utc(2026, 9, 7, 7), utc(2026, 9, 5, 10), BERLIN, 0),  # zero hours: the first open moment
        (utc(2026, 9, 3, 10), utc(2026, 9, 3, 10), BERLIN, 0),
        # Christmas Day and the Monday after it are off; Berlin is UTC+1 in winter
        (utc(2026, 12, 29, 9), utc(2026, 12, 24, 15), HOLIDAYS, 2),
        # clocks go forward on 29 March 2026 and back on 25 October: an hour stays an hour
        (utc(2026, 3, 29, 22), utc(2026, 3, 28, 23), ROUND_THE_CLOCK, 23),
        (utc(2026, 10, 25, 23), utc(2026, 10, 24, 22), ROUND_THE_CLOCK, 25),
        (utc(2026, 3, 30, 8), utc(2026, 3, 27, 15), BERLIN, 2),  # opens an hour earlier in UTC afterwards
        (utc(2026, 10, 26, 10), utc(2026, 10, 23, 14), BERLIN, 3),
        # a night shift belongs to the day it begins on: Friday's ends on Saturday morning (New York, UTC-4)
        (utc(2026, 9, 5, 9), utc(2026, 9, 5, 8), NIGHTS, 1),
        (utc(2026, 9, 8, 3), utc(2026, 9, 5, 9), NIGHTS, 2),
        # New York goes forward at 2:00 on 8 March 2026, inside no shift; back on 1 November
        (utc(2026, 3, 10, 3), utc(2026, 3, 7, 11), NIGHTS, 1),
    ],
)
def test_due_at_counts_open_hours_only(
    expected: datetime, start: datetime, hours: BusinessHours, business_hours: float
) -> None:
    """S74 in business time: nights, weekends and holidays stop the clock."""
    assert sla.due_at(start, hours, business_hours) == expected


@pytest.mark.parametrize("hours", [BERLIN, HOLIDAYS, NIGHTS, ROUND_THE_CLOCK])
@given(
    start=MOMENTS,
    business_hours=st.integers(0, 200 * 4).map(lambda quarters: quarters / 4),
)
def test_what_is_due_after_so_many_hours_has_seen_so_many_pass(
    hours: BusinessHours, start: datetime, business_hours: float
) -> None:
    """`elapsed` undoes `due_at`, over every weekend and clock change."""
    due = sla.due_at(start, hours, business_hours)
    assert sla.elapsed(start, due, hours) == pytest.approx(business_hours, abs=1e-9)


@given(
    start=MOMENTS,
    first=st.timedeltas(timedelta(), timedelta(days=20)),
    second=st.timedeltas(timedelta(), timedelta(days=20)),
)
def test_elapsed_adds_up(start: datetime, first: timedelta, second: timedelta) -> None:
    """Two stretches one after the other are as long as both at once."""
    middle, end = start + first, start + first + second
    parts = sla.elapsed(start, middle, HOLIDAYS) + sla.elapsed(middle, end, HOLIDAYS)
    assert sla.elapsed(start, end, HOLIDAYS) == pytest.approx(parts, abs=1e-9)


def test_nothing_has_elapsed_before_the_start() -> None:
    """A touch before the hand-off is no negative time."""
    assert sla.elapsed(utc(2026, 9, 3, 12), utc(2026, 9, 3, 10), BERLIN) == 0.0


def test_opening_hours_without_a_day_are_named_as_the_fault() -> None:
    """Rather than looping for ever."""
    with pytest.raises(ValueError, match="name at least one working day"):
        sla.due_at(utc(2026, 9, 3), replace(BERLIN, days=()), 1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Spread(0, None, None)),
        ([3.0, None], Spread(1, 3.0, 3.0)),
        ([4.0, 1.0], Spread(2, 2.5, 4.0)),
        ([float(number) for number in range(1, 11)], Spread(10, 5.5, 9.0)),
        ([float(number) for number in range(1, 12)], Spread(11, 6.0, 10.0)),
    ],
)
def test_the_slow_end_is_somebody_who_waited(values: list[float | None], expected: Spread) -> None:
    """The 90th percentile is the nearest rank: a duration that was, not one in between."""
    assert spread(values) == expected


def shown(stage: Stage, at: datetime, *signals: Signal) -> dict[str, object]:
    """The values of ours about first contact, of a lead handed over an hour ago."""
    standing = replace(AS_SQL, position=Position(stage), handed_off_at=NOW - timedelta(minutes=59))
    delivered = move(Stage.HANDED_OFF, NOW - timedelta(minutes=59), cause=Cause.DELIVERED, pass_number=1)
    history = (SQL_MOVE,) if stage is Stage.SQL else (SQL_MOVE, delivered)
    lead = snapshot(signals=signals, history=history)
    playbook = replace(PLAYBOOK, sla=replace(PLAYBOOK.sla, touches=Touches((RULE,))))
    judged = verdict(at=at)
    page = brief.write(lead, judged, standing, playbook, at)
    found = known(Facts(lead, judged, standing, history, page, playbook))
    return {name.removeprefix("syncd.sla_"): found[name] for name in found if name.startswith("syncd.sla_")}


RULE = TouchRule(SourceMatch("hubspot.call"), "contact")


def test_what_is_shown_while_nobody_has_called() -> None:
    """Before the hand-off is confirmed as if it were at the moment of qualifying; no touch, no minutes."""
    waiting, handed = shown(Stage.SQL, NOW), shown(Stage.HANDED_OFF, NOW)
    assert (waiting["state"], waiting["breached"]) == ("Waiting for first contact", False)
    assert handed == {
        "due_at": "2026-09-08T11:01:00Z", "breach_at": "2026-09-11T11:01:00Z", "breached": False,
        "state": "Waiting for first contact", "team": "", "tier": "", "first_attempt_at": None,
        "first_contact_at": None, "minutes_to_attempt": None, "minutes_to_contact": None,
        "system_delay_s": 60,
    }  # fmt: skip


def test_what_is_shown_after_a_call() -> None:
    """Open minutes since the hand-off, and how it ended."""
    found = shown(Stage.HANDED_OFF, NOW, signal("hubspot.call", NOW - timedelta(minutes=29)))
    assert (found["state"], found["minutes_to_contact"]) == ("Met", 30)
    assert found["first_attempt_at"] == found["first_contact_at"] == "2026-09-03T11:31:00Z"


def test_what_is_shown_of_a_breach() -> None:
    """It stays one after a late call."""
    late = NOW + timedelta(days=12)
    assert shown(Stage.HANDED_OFF, late)["breached"] is True
    called = shown(Stage.HANDED_OFF, late, signal("hubspot.call", late - timedelta(hours=1)))
    assert (called["breached"], called["state"]) == (True, "Breached")


def test_the_task_reminds_while_somebody_is_there() -> None:
    """The reminder falls where the desk opens, never on the evening before."""
    steps = SlaSteps(remind=SlaStep(4, ("sales",)))
    playbook = replace(PLAYBOOK, sla=replace(PLAYBOOK.sla, target_hours=8, steps=steps))
    found = intents(snapshot(signals=(demo(),)), verdict(), (SQL_MOVE,), AS_SQL, playbook, NOW)
    task = next(item.payload["fields"] for item in found if item.kind == "task")
    assert isinstance(task, dict)
    # qualified on Thursday at 13:00 in Berlin, due on Friday at 13:00: four open hours before is nine
    assert (task["ActivityDate"], task["ReminderDateTime"]) == ("2026-09-04", "2026-09-04T07:00:00Z")
