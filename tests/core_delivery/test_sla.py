"""Business time: weekends, holidays, clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core import sla
from syncd.core.playbook import BusinessHours
from tests.core_delivery.builders import BERLIN

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
