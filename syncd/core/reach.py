"""How to reach a person: the number to call, and what time it is there.

The hour is that of a fixed moment (when the lead qualified), so that the line changes with facts and never
because time passes; whoever shows it later has the zones. Where the person lives is what their own record
says, then the country code of the number, then their company's seat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.core import zones
from syncd.core.plain import plain

PHONES = (
    "contact.phone", "contact.mobilephone", "lead.Phone", "lead.MobilePhone", "sfcontact.Phone",
    "sfcontact.MobilePhone",
)  # fmt: skip
_OWN_PLACES = (
    ("contact.country", "contact.state"),
    ("lead.Country", "lead.State"),
    ("sfcontact.MailingCountry", "sfcontact.MailingState"),
)
_SEATS = (("company.country", "company.state"),)
PHONE_CHARS_MAX = 40


@dataclass(frozen=True, slots=True)
class Reach:
    """`phone` as it is stored, blank where none may be called; `zones` where the person may be, which is only
    supposed where it is their company's seat."""

    phone: str
    may_call: bool
    zones: tuple[str, ...]
    by_seat: bool = False

    def line(self, qualified_at: datetime | None) -> str:
        """The number, and the hour there when the lead qualified: `Phone +49 30 123; Berlin time, 13:00 when
        qualified (UTC+2)`."""
        if not self.may_call:
            number = "Do not call"
        else:
            number = f"Phone {self.phone}" if self.phone else "No phone number"
        there = hour(self.zones, qualified_at) if qualified_at else ""
        where = ", by the company's seat" if self.by_seat else ""
        return f"{number}; {there}{where}" if there else number


def of(fields: Mapping[str, str], *, may_call: bool = True) -> Reach:
    """How to reach the person these fields are about. A number that may not be called is not given."""
    found = next((fields[name] for name in PHONES if fields.get(name, "").strip()), "")
    phone = plain(found, PHONE_CHARS_MAX)
    where = _places(fields, _OWN_PLACES) or zones.of_phone(found)
    seat = () if where else _places(fields, _SEATS)
    return Reach(phone if may_call else "", may_call, where or seat, by_seat=bool(seat))


def _places(fields: Mapping[str, str], names: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    for country, state in names:
        if found := zones.of_place(fields.get(country, ""), fields.get(state, "")):
            return found
    return ()


def hour(names: tuple[str, ...], at: datetime) -> str:
    """What the clock shows there at `at`; where several zones are possible, from which to which."""
    if not names:
        return ""
    shown = sorted({_shown(name, at) for name in names})
    first, last = shown[0], shown[-1]
    if first[0] == last[0]:
        return f"{_city(names[0])} time, {first[1]} when qualified (UTC{_offset(first[0])})"
    return f"there {first[1]} to {last[1]} when qualified (UTC{_offset(first[0])} to UTC{_offset(last[0])})"


def _shown(name: str, at: datetime) -> tuple[timedelta, str]:
    local = at.astimezone(ZoneInfo(name))
    return local.utcoffset() or timedelta(0), f"{local:%H:%M}"


def _city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")


def _offset(value: timedelta) -> str:
    """`+2`, `-3:30`, `+0`."""
    minutes = round(value.total_seconds() / 60)
    whole, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{whole}{f':{rest:02d}' if rest else ''}"
