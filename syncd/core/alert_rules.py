"""How people are told: who reads a channel, when nobody is to be disturbed, what goes together.

Plain data of alerts.yaml and the small sums on it; `interruptions` decides by it what happens to one alert.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

FAMILIES = (
    "sql",
    "hold",
    "divert",
    "heads_up",
    "news",
    "meeting",
    "sla_reminder",
    "sla_breach",
    "sla_reassign",
    "digest",
    "system",
    "correction",
)
"""Kinds of event, as alerts.yaml names them. `news` and `meeting` are about a lead that is with sales,
`system` about us."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_STEPS_MAX = 40
"""More quiet stretches in a row than any week has: two a day for a fortnight, and days off."""


def family_of(event: str) -> str:
    """The kind an event belongs to: `sla_reminder_2:005...` is an `sla_reminder`. Itself where none fits."""
    return next(
        (name for name in FAMILIES if event == name or event.startswith((f"{name}_", f"{name}:"))), event
    )


@dataclass(frozen=True, slots=True)
class ChannelUse:
    """What alerts.yaml says of one channel. `read_by` names its readers: of several channels with the same
    ones, an event takes the first. `to_owner`: it goes to the owner of the record."""

    read_by: str = ""
    to_owner: bool = False


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When some channels rest: every day from `begins` to `ends`, and the whole of each day off. What is in
    `let_through` is sent all the same."""

    channels: tuple[str, ...]
    time_zone: str
    begins: time
    ends: time
    days_off: tuple[str, ...] = ()
    let_through: tuple[str, ...] = ()

    def until(self, at: datetime) -> datetime | None:
        """When the rest that `at` falls into is over; None outside of any."""
        moment = at
        for _step in range(_STEPS_MAX):
            later = self._end(moment)
            if later is None:
                break
            moment = later
        return moment if moment > at else None

    def _end(self, at: datetime) -> datetime | None:
        """The end of the one stretch `at` lies in."""
        zone = ZoneInfo(self.time_zone)
        local = at.astimezone(zone)
        tomorrow = local.date() + timedelta(days=1)
        if WEEKDAYS[local.weekday()] in self.days_off:
            return datetime.combine(tomorrow, time(0), zone).astimezone(at.tzinfo)
        now = local.time().replace(fold=0)
        if self.begins <= self.ends:
            ends_on = local.date() if self.begins <= now < self.ends else None
        else:  # over midnight
            ends_on = tomorrow if now >= self.begins else local.date() if now < self.ends else None
        if ends_on is None:
            return None
        found = datetime.combine(ends_on, self.ends, zone).astimezone(at.tzinfo)
        return found if found > at else None


@dataclass(frozen=True, slots=True)
class NearDigest:
    """The daily list of people who are nearly there: where to, and when in `time_zone`."""

    channels: tuple[str, ...]
    at: time
    time_zone: str
    days: tuple[str, ...] = WEEKDAYS[:5]
    most: int = 20


@dataclass(frozen=True, slots=True)
class SystemAlarms:
    """Who hears that a system has stopped, and after how long one that does not answer counts as stopped."""

    channels: tuple[str, ...] = ()
    outage_minutes: float = 15.0
