"""What a manager asks of the hand-offs, once, for list views, reports and the dashboard alike.

A question is left out where the mapping lacks a field it needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syncd.connectors.salesforce.sfdx.fields import (
    HAS_PERSON,
    HOURS_LEFT,
    OVERDUE,
    TIME_LEFT,
    WAITING,
    formula_names,
)
from syncd.connectors.salesforce.sfdx.org import Org
from syncd.core.values import CRITERIA_NOT_MET

OWNER, STATUS = "Owner", "Status"


@dataclass(frozen=True, slots=True)
class Question:
    """`filters` are field, operation, value; `by` is what the answers are grouped by. A field is an API name
    or one of the standard ones above. `is_list` makes a list view of it, too; `is_number` a figure that is
    to be zero."""

    name: str
    label: str
    description: str
    filters: tuple[tuple[str, str, str], ...]
    by: str
    is_list: bool = True
    is_number: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        return (*(field for field, _operation, _value in self.filters), self.by)


def questions(org: Org) -> tuple[Question, ...]:
    """Those that can be asked of this org."""
    known = {*formula_names(org), *(item.name for item in org.of("Lead")), OWNER, STATUS}
    if org.reason_field.endswith("__c"):
        known.add(org.reason_field)
    return tuple(item for item in _all(org) if set(item.fields) <= known)


def left_out(org: Org) -> tuple[Question, ...]:
    asked = {item.name for item in questions(org)}
    return tuple(item for item in _all(org) if item.name not in asked)


def columns(org: Org) -> tuple[str, ...]:
    """Our fields that every list shows, those the mapping has."""
    sources = ("syncd.reason", "syncd.next_step", "syncd.level", "syncd.grade")
    time = (HOURS_LEFT,) if HOURS_LEFT in formula_names(org) else ()
    return (*filter(None, map(org.lead_field, sources)), *time)


def _all(org: Org) -> Iterator[Question]:
    waiting = (WAITING, "equals", "1")
    yield Question(
        "Open_SQLs_by_time_left", "Open SQLs by time left",
        "Handed over and not begun, the most urgent first.", (waiting,), TIME_LEFT,
    )  # fmt: skip
    yield Question(
        "SLA_breaches", "First contact overdue", "Past the time agreed for first contact.",
        (waiting, (TIME_LEFT, "equals", OVERDUE)), OWNER, is_number=True,
    )  # fmt: skip
    yield Question(
        "SQLs_without_owner", "SQLs without an owner", "Handed over, and still with a queue.",
        (waiting, (HAS_PERSON, "equals", "0")), OWNER, is_number=True,
    )  # fmt: skip
    yield Question(
        "Rejected_by_reason", "Rejected by reason", "Given back by sales, by the reason it named.",
        (
            (org.lead_field("syncd.key"), "notEqual", ""),
            (STATUS, "equals", ",".join(_value(item) for item in org.status_of("rejected"))),
        ),
        org.reason_field, is_list=False,
    )  # fmt: skip
    yield Question(
        "Near_SQL", "Near-SQL", "Known to sales, and close to being an SQL.",
        ((org.lead_field("syncd.level"), "equals", org.near_level),), OWNER,
    )  # fmt: skip
    yield Question(
        "SQLs_not_meeting_criteria", "SQLs passed without meeting criteria",
        "Has to be 0: passed though the criteria in force were not met.",
        ((org.lead_field("syncd.criteria"), "startsWith", CRITERIA_NOT_MET),), OWNER,
        is_list=False, is_number=True,
    )  # fmt: skip


def _value(text: str) -> str:
    """A value in a list of several."""
    return f'"{text}"' if "," in text else text
