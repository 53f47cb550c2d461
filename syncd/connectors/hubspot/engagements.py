"""Calls, one-to-one e-mails, meetings, notes, tasks and communications, turned into activities.

One table says per type which properties are read and what becomes of them. Bodies are read for one telling
line and let go. Names and values: docs of each engagement type, as listed in facts section 9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.connectors.hubspot.text import cut, plain, telling_line
from syncd.connectors.hubspot.wire import Row, moment
from syncd.connectors.marker import is_marked
from syncd.connectors.marks import Marks
from syncd.core.model import Ref, System
from syncd.ports import Activity

TITLE_CHARS_MAX = 200
_DIRECTIONS = {
    "INBOUND": "inbound",
    "OUTBOUND": "outbound",
    "INCOMING_EMAIL": "inbound",
    "EMAIL": "outbound",
}


DISPOSITIONS: Mapping[str, str] = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}
"""Call outcomes every portal begins with (calls guide, "disposition"); its own come from the property."""


@dataclass(frozen=True, slots=True)
class Quoting:
    """What is read of a body: whether a line of what was said is kept and how long it may be, and the marks
    by which sales settles letters of the framework."""

    keeps: bool = True
    chars_max: int = 200
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one engagement type is read. `attributes` maps shape attributes to properties; their values are
    taken in lower case. `at` are the properties that date it, the first filled one counts. `hot` tell what
    has just happened or was just booked from what an import brings of the past."""

    noun: str
    title: str
    bodies: tuple[str, ...]
    attributes: Mapping[str, str]
    at: tuple[str, ...] = ("hs_timestamp",)
    may_mark: bool = False  # sales writes it: what others write can settle nothing
    hot: tuple[str, ...] = ("hs_timestamp",)

    @property
    def properties(self) -> tuple[str, ...]:
        """Everything to ask for."""
        names = (*self.at, self.title, *self.bodies, *self.attributes.values())
        return tuple(dict.fromkeys(name for name in names if name))


READINGS: Mapping[str, Reading] = {
    "calls": Reading(
        "call",
        "hs_call_title",
        ("hs_call_body",),
        {
            "direction": "hs_call_direction",
            "status": "hs_call_status",
            "disposition": "hs_call_disposition",
        },
        may_mark=True,
    ),
    "emails": Reading(
        "email",
        "hs_email_subject",
        ("hs_email_text", "hs_email_html"),
        {"direction": "hs_email_direction", "status": "hs_email_status", "sequence": "hs_sequence_id"},
    ),
    "meetings": Reading(
        "meeting",
        "hs_meeting_title",
        ("hs_meeting_body", "hs_internal_meeting_notes"),
        {"outcome": "hs_meeting_outcome", "host": "hubspot_owner_id"},
        ("hs_meeting_start_time", "hs_timestamp"),
        may_mark=True,
        hot=("hs_createdate",),
    ),
    "notes": Reading("note", "", ("hs_note_body",), {}, may_mark=True),
    "tasks": Reading(
        "task",
        "hs_task_subject",
        ("hs_task_body",),
        {"type": "hs_task_type", "status": "hs_task_status"},
        hot=(),
    ),
    "communications": Reading(
        "communication",
        "",
        ("hs_communication_body",),
        {"channel": "hs_communication_channel_type"},
    ),
}


def activities_of(
    type_: str,
    row: Row,
    people: tuple[Ref, ...],
    quoting: Quoting,
    disposition: Callable[[str], str],
) -> Iterable[Activity]:
    """The facts of one engagement: one, and for a meeting also that it was booked."""
    reading = READINGS[type_]
    texts = [plain(row.text(name)) for name in reading.bodies]
    title = row.text(reading.title) if reading.title else ""
    is_ours = is_marked(title, *texts)
    attributes = _attributes(row, reading, disposition)
    if type_ == "emails" and _is_automatic(title, texts):
        attributes["automatic"] = "true"
    if reading.may_mark and not is_ours:
        for text in texts:
            attributes |= quoting.marks.read(text, _dated(row, reading).date())
    yield Activity(
        Ref(System.HUBSPOT, reading.noun, row.id),
        f"hubspot.{reading.noun}",
        _dated(row, reading),
        row.updated_at,
        attributes,
        people=people,
        title=cut(title, TITLE_CHARS_MAX) or None,
        quote=_quote(texts, quoting),
        is_ours=is_ours,
    )
    if type_ == "meetings":
        yield Activity(
            Ref(System.HUBSPOT, "meeting_booked", row.id),
            "hubspot.meeting_booked",
            row.created_at,
            row.updated_at,
            people=people,
            title=cut(title, TITLE_CHARS_MAX) or None,
            is_ours=is_ours,
        )


def _dated(row: Row, reading: Reading) -> datetime:
    for name in reading.at:
        at = moment(row.text(name))
        if at is not None:
            return at
    return row.created_at


def _attributes(row: Row, reading: Reading, disposition: Callable[[str], str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute, name in reading.attributes.items():
        value = row.text(name)
        if attribute == "direction":
            value = _DIRECTIONS.get(value, "")  # a forwarded e-mail has none of the two
        elif attribute == "disposition" and value:
            value = disposition(value)
        elif attribute == "sequence" and value:
            value = "true"  # which one says nothing more
        if value:
            found[attribute] = value.lower()
    return found


_AUTOMATIC = re.compile(
    r"\W*((re|aw|fw|wg): *)*"
    r"(auto(matic)?[ -]?(reply|response|antwort)|automatische antwort|auto:|out of (the )?office"
    r"|i('m| am) (currently )?out of (the )?office|abwesenheit|réponse automatique|absence du bureau"
    r"|respuesta automática|fuera de la oficina|undeliverable|delivery (status|failure)|mail delivery)",
    re.IGNORECASE,
)
"""How automatic answers begin, in the languages we read titles in. HubSpot logs them as any other e-mail."""


def _is_automatic(subject: str, texts: Iterable[str]) -> bool:
    """Whether a machine wrote this: nobody has answered then."""
    return any(_AUTOMATIC.match(cut(text, 200)) for text in (subject, *texts) if text)


def _quote(texts: Iterable[str], quoting: Quoting) -> str | None:
    if not quoting.keeps or quoting.chars_max <= 0:
        return None
    return next((line for text in texts if text and (line := telling_line(text, quoting.chars_max))), None)
