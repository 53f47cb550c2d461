"""Instants as the core computes with them: whole milliseconds, and whole seconds for windows and decay.

Signals act at the millisecond they are known; ages are counted in whole seconds of their dates, so a window
of W seconds still holds at `date + W` and is over one second later. Rounding is the store's, and monotone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY_S = 86_400
DAY_MS = 86_400_000
_EXACT_MS = 1 << 42
"""Up to here (the year 2109) a float of seconds is far nearer than a microsecond to its milliseconds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(value: datetime) -> int:
    """Epoch milliseconds, rounded as the store rounds them."""
    assert value.tzinfo is not None, "times are aware UTC"
    return round(value.timestamp() * 1000)


def from_ms(value: int) -> datetime:
    """The aware UTC datetime of epoch milliseconds, exact."""
    if 0 <= value < _EXACT_MS:
        return datetime.fromtimestamp(value / 1000, UTC)
    return _EPOCH + timedelta(milliseconds=value)


def days_to_s(days: float) -> int:
    """Whole seconds in so many days."""
    return round(days * DAY_S)


def days_to_ms(days: float) -> int:
    """Whole seconds in so many days, as milliseconds."""
    return days_to_s(days) * 1000
