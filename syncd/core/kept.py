"""What is kept current on the record of a lead that sales has in hand, and when that is over.

Only fields that are ours, and only values that change with facts: a number that fades would write for ever.
The text is written at most once an hour; a record that is closed or converted is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from syncd.core import brief_values
from syncd.core.feedback import REFUSALS, meaning_of
from syncd.core.model import Snapshot, Stage, Standing
from syncd.core.playbook import Feedback, FieldMap, Ownership

EVERY_S: Final = 3600
"""Least seconds between two writes of one record's text."""
TOLD: Final = brief_values.NAMES | {
    "syncd.brief", "syncd.line", "syncd.reason", "syncd.next_step", "syncd.next_action",
    "syncd.next_action_date", "syncd.level", "syncd.stage", "syncd.grade", "syncd.criteria",
    "syncd.last_pass_summary",
}  # fmt: skip
"""Values that tell the story. The score is not among them: it fades."""
_IN_HAND = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})


def told(maps: Iterable[FieldMap]) -> list[FieldMap]:
    """The mapped fields that are kept current."""
    return [item for item in maps if item.source in TOLD and item.ownership is Ownership.OURS]


def is_open(snapshot: Snapshot, standing: Standing, feedback: Feedback) -> bool:
    """Whether sales still works the record we handed over, as far as we know."""
    if standing.position.stage not in _IN_HAND or standing.handed_off_at is None or not standing.pass_number:
        return False
    return not any(
        is_over(item.fields, standing.handed_off_at.date(), closed(feedback))
        for item in snapshot.sales_records
        if not item.is_deleted and item.ref.object == "lead"
    )


def closed(feedback: Feedback) -> list[str]:
    """Statuses of a Lead that sales has given back."""
    return sorted(status for status in feedback.statuses if meaning_of(status, feedback) in REFUSALS)


def why_over(payload: Mapping[str, object], records: Iterable[tuple[str, Mapping[str, str]]]) -> str:
    """Why a record is not to be kept current any more, as read just before the write; blank while it is.
    `records` are object and fields of what was found."""
    since, statuses = payload.get("open_since"), payload.get("closed")
    if not isinstance(since, str) or not isinstance(statuses, list):
        return ""
    since_on = date.fromisoformat(since)
    over = any(name == "lead" and is_over(fields, since_on, statuses) for name, fields in records)
    return "the record is closed or converted" if over else ""


def is_over(fields: Mapping[str, str], since: date, closed_as: Iterable[str]) -> bool:
    """Whether a Lead shows that it was converted since it was handed over, or given back. One converted
    before that is the past of a Contact we handed over."""
    if fields.get("IsConverted", "").casefold() == "true":
        return fields.get("ConvertedDate", "")[:10] >= since.isoformat() or not fields.get("ConvertedDate")
    status = fields.get("Status", "").strip().casefold()
    return status in {item.casefold() for item in closed_as}
