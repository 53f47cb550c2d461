"""When and how somebody whom sales gave back may return: the day, and the way the reason's rule leaves open.

The day is the end of the cool-down, or the day the prospect named where the reason takes one and the day
makes sense. It is read from the record as it stands, so a day named late, or another one, moves the return.
No way back ever lets evidence count twice: that is for `qualify`, by the end of the last pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from syncd.core.playbook import Playbook, RecycleRule, WayBack

RECORDS = ("lead", "sfcontact")
"""Where the day may stand: on the Lead, and on the Contact it became."""

Slip = Literal["", "unreadable", "not_after", "too_far"]
"""What is wrong with a named day; blank: nothing."""


def named_day(fields: Mapping[str, str], rule: RecycleRule) -> str:
    """The day sales entered for this reason, as Salesforce holds it; blank where there is none."""
    if not rule.date_field:
        return ""
    shown = (fields.get(f"{record}.{rule.date_field}", "").strip() for record in RECORDS)
    return next((value for value in shown if value), "")


def slip(value: str, ended_at: datetime, playbook: Playbook) -> Slip:
    """What is wrong with this day for a pass that ended at `ended_at`."""
    day = _day(value)
    if day is None:
        return "unreadable"
    ended_on = ended_at.astimezone(ZoneInfo(playbook.time_zone)).date()
    if day <= ended_on:
        return "not_after"
    return "too_far" if day - ended_on > timedelta(days=playbook.recycle.date_max_days) else ""


def named_at(
    fields: Mapping[str, str], rule: RecycleRule, ended_at: datetime, playbook: Playbook
) -> datetime | None:
    """The beginning of the day the prospect named, in the playbook's zone; None where none is to be taken."""
    value = named_day(fields, rule)
    day = None if not value or slip(value, ended_at, playbook) else _day(value)
    return None if day is None else datetime.combine(day, time(), ZoneInfo(playbook.time_zone))


def returns_at(
    fields: Mapping[str, str], rule: RecycleRule, ended_at: datetime, playbook: Playbook
) -> datetime:
    """When a pass that ended at `ended_at` for this reason may be followed by another."""
    named = named_at(fields, rule, ended_at, playbook)
    return ended_at + timedelta(days=rule.cool_down_days) if named is None else named


def lets_back(rule: RecycleRule | None, *, is_cooling: bool, is_decisive: bool) -> bool:
    """Whether the rule lets what a person did bring them back now. Without a rule of that reason any more,
    new evidence does, after the cool-down."""
    if rule is None:
        return not is_cooling
    if rule.way_back == "never":
        return False
    if is_cooling:
        return is_decisive and rule.decisive_breaks
    return is_decisive or rule.way_back != "decisive_only"


def way_words(rule: RecycleRule) -> str:
    """The way back as part of a sentence."""
    return _WAYS[rule.way_back]


_WAYS: Mapping[WayBack, str] = {
    "new_evidence": "back by new evidence only",
    "decisive_only": "back by a decisive action only",
    "date_only": "back among marketing's leads on that day",
    "never": "never back by itself",
}


def _day(value: str) -> date | None:
    """Salesforce writes days as 2027-03-01, moments with a time behind ("Date Formats", SOQL Reference)."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
