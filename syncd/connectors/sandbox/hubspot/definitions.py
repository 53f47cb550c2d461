"""Property definitions: what a property may hold, and how a wrong value is refused.

Values are text. Numbers take no thousands separators, date-only values must be midnight UTC, enumerations
match an option's internal name exactly (changelog: property value validation). The error names are those of
recorded answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

TYPES = ("bool", "date", "datetime", "enumeration", "number", "phone_number", "string")
FIELD_TYPES = (
    "booleancheckbox", "calculation_equation", "checkbox", "date", "file", "html", "number", "phonenumber",
    "radio", "select", "text", "textarea",
)  # fmt: skip
VALUE_CHARS_MAX = 65_536
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]{2,}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?")


@dataclass(slots=True)
class Definition:
    """One property of one object type. `options` are (internal value, label) pairs of an enumeration."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: list[tuple[str, str]] = field(default_factory=list)
    is_read_only: bool = False
    is_unique: bool = False
    is_ours: bool = False  # made by the portal's people, not by the vendor
    description: str = ""
    archived: bool = False

    def as_json(self) -> dict[str, object]:
        shown = [
            {"label": label, "value": value, "displayOrder": order, "hidden": False, "description": ""}
            for order, (value, label) in enumerate(self.options)
        ]
        return {
            "name": self.name, "label": self.label, "type": self.type, "fieldType": self.field_type,
            "groupName": self.group, "description": self.description, "options": shown, "displayOrder": -1,
            "calculated": False, "externalOptions": False, "hasUniqueValue": self.is_unique, "hidden": False,
            "hubspotDefined": not self.is_ours, "formField": not self.is_read_only, "archived": self.archived,
            "dataSensitivity": "non_sensitive",
            "modificationMetadata": {
                "archivable": self.is_ours, "readOnlyDefinition": not self.is_ours,
                "readOnlyValue": self.is_read_only,
            },
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadValue:
    """One refused value, in the words of a 400 answer."""

    name: str
    code: str
    message: str


def canonical(definition: Definition, value: str) -> str | BadValue:
    """The value as it is stored, or why it is refused. An empty value clears and is always well formed."""
    if not value:
        return ""
    if len(value) > VALUE_CHARS_MAX:
        return BadValue(definition.name, "PROPERTY_VALUE_TOO_LONG", f"{definition.name} is too long")
    match definition.type:
        case "enumeration" | "bool":
            return _option(definition, value)
        case "number":
            return _number(definition, value)
        case "date" | "datetime":
            return _time(definition, value)
    if definition.name == "email":
        email = value.strip().lower()
        if not _EMAIL.fullmatch(email):
            return BadValue("email", "INVALID_EMAIL", f"Email address {value} is invalid")
        return email
    return value


def _option(definition: Definition, value: str) -> str | BadValue:
    if definition.type == "bool":
        if value.lower() in {"true", "false"}:
            return value.lower()
        allowed = ["true", "false"]
    else:
        allowed = [option for option, _label in definition.options]
        chosen = value.split(";") if definition.field_type == "checkbox" else [value]
        if all(item in allowed for item in chosen if item):
            return value
    message = f"{value} was not one of the allowed options: {allowed}"
    return BadValue(definition.name, "INVALID_OPTION", message)


def _number(definition: Definition, value: str) -> str | BadValue:
    text = value.strip()
    if _NUMBER.fullmatch(text):
        return text
    return BadValue(definition.name, "INVALID_DOUBLE", f"{value} was not a valid number.")


def _time(definition: Definition, value: str) -> str | BadValue:
    at = instant(value)
    if at is None:
        return BadValue(definition.name, "INVALID_DATE", f"{value} was not a valid date.")
    if definition.type == "datetime":
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if (at.hour, at.minute, at.second, at.microsecond) != (0, 0, 0, 0):
        message = f"{value} is at {at.hour}:{at.minute}:{at.second}.{at.microsecond} UTC, not midnight!"
        return BadValue(definition.name, "INVALID_DATE", message)
    return at.date().isoformat()


def instant(value: str) -> datetime | None:
    """The moment a text means: epoch milliseconds, an ISO date (midnight UTC) or an ISO time; else None."""
    text = value.strip()
    try:
        if text.lstrip("-").isdigit():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def options(*pairs: str) -> list[tuple[str, str]]:
    """Options from `value` or `value=Label` texts."""
    split = [pair.partition("=") for pair in pairs]
    return [(value, label or value.replace("_", " ").capitalize()) for value, _sign, label in split]
