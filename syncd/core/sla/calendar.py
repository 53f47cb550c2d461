"""Business time: when a number of business hours after a moment is over, and how many lie between two.

Opening hours are local clock times of one zone, turned into instants day by day, so that an hour is an hour
also on the days the clocks change. A shift may end on the next day (`closes` at or before `opens`). Holidays
and days off count nothing. Both functions look at most `DAYS_MAX` days ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.core.playbook import BusinessHours

DAYS_MAX = 3_660
"""How far either function looks. Ten years: beyond that, the opening hours are wrong, not the lead late."""


def due_at(start: datetime, hours: BusinessHours, business_hours: float) -> datetime:
    """The moment at which `business_hours` of business time since `start` have passed, in UTC.

    Outside opening hours the clock stands still. With zero hours it is the first open moment from `start` on.
    A target that ends with a day is due at that day's closing time, not at the next opening.

    Raises ValueError when no business day is found: the opening hours name no day.
    """
    left = timedelta(hours=business_hours)
    for opens, closes in _shifts(start, hours):
        begin = max(opens, start)
        if begin + left <= closes:
            return (begin + left).astimezone(UTC)
        left -= closes - begin
    raise ValueError(
        f"no {business_hours:g} business hours within {DAYS_MAX} days: "
        "name at least one working day and fewer holidays in sla.yaml"
    )


def elapsed(start: datetime, end: datetime, hours: BusinessHours) -> float:
    """Business hours between two moments; 0.0 when `end` is not after `start`."""
    total = timedelta()
    for opens, closes in _shifts(start, hours):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), timedelta())
    return total / timedelta(hours=1)


def _shifts(start: datetime, hours: BusinessHours) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing instants (UTC) of each working day that ends after `start`, in order."""
    assert start.tzinfo is not None, "times are aware"
    zone = ZoneInfo(hours.time_zone)
    # A day early, so that a night shift that began yesterday is seen.
    first = start.astimezone(zone).date() - timedelta(days=1)
    for offset in range(DAYS_MAX):
        day = first + timedelta(days=offset)
        if day.weekday() not in hours.days or day in hours.holidays:
            continue
        opens, closes = _bounds(day, hours, zone)
        if closes > max(opens, start):
            yield opens, closes


def _bounds(day: date, hours: BusinessHours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When the shift that begins on `day` opens and closes, as instants."""
    ends_on = day if hours.closes > hours.opens else day + timedelta(days=1)
    opens = datetime.combine(day, hours.opens, zone)
    closes = datetime.combine(ends_on, hours.closes, zone)
    return opens.astimezone(UTC), closes.astimezone(UTC)
