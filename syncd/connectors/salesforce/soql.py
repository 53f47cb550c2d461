"""SOQL text, built here and nowhere else.

Names come from a checked describe and must look like names; values are always quoted. There is no way to put
raw text into a query, so what people typed can only ever be a value. Broken names and empty lists are our own
mistakes and raise `ValueError` before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

SOQL_CHARS_MAX = 100_000
"""Longest query Salesforce takes ("SOQL and SOSL Limits", App Limits Cheatsheet)."""
VALUE_CHARS_MAX = 4_000
"""Longest string in a WHERE clause (the same page)."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,4}")

# "Quoted String Escape Sequences", SOQL and SOSL Reference.
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of a WHERE clause, already quoted. Made only by the functions of this module."""

    text: str


@dataclass(frozen=True, slots=True)
class Children:
    """A nested query of child records: `(SELECT fields FROM relationship)`."""

    relationship: str
    fields: tuple[str, ...]

    def text(self) -> str:
        columns = ", ".join(_name(field) for field in self.fields)
        return f"(SELECT {columns} FROM {_name(self.relationship)})"  # noqa: S608 - names checked


@dataclass(frozen=True, slots=True)
class Select:
    """One query. `text()` is what is sent."""

    object: str
    fields: tuple[str, ...]
    where: Condition | None = None
    children: tuple[Children, ...] = ()
    order: tuple[str, ...] = ()
    limit: int | None = None

    def text(self) -> str:
        columns = [_name(field) for field in self.fields] + [child.text() for child in self.children]
        parts = [f"SELECT {', '.join(columns)} FROM {_name(self.object)}"]  # noqa: S608 - names checked
        if self.where is not None:
            parts.append(f"WHERE {self.where.text}")
        if self.order:
            parts.append(f"ORDER BY {', '.join(_name(field) for field in self.order)}")
        if self.limit is not None:
            parts.append(f"LIMIT {int(self.limit)}")
        text = " ".join(parts)
        if len(text) > SOQL_CHARS_MAX:
            raise ValueError(f"a query on {self.object} has {len(text)} characters; send it in smaller parts")
        return text


def count(object_name: str, where: Condition | None = None) -> str:
    """The text of a query for the number of records; the answer is its `totalSize`."""
    tail = f" WHERE {where.text}" if where is not None else ""
    return f"SELECT COUNT() FROM {_name(object_name)}{tail}"  # noqa: S608 - names checked, values quoted


def quoted(value: str) -> str:
    """`value` as a SOQL string literal."""
    if len(value) > VALUE_CHARS_MAX:
        raise ValueError(f"a SOQL string may have {VALUE_CHARS_MAX} characters, this one has {len(value)}")
    return "'" + value.replace("\0", "").translate(_ESCAPES) + "'"


def instant(value: datetime) -> str:
    """`value` as a SOQL datetime literal, UTC with milliseconds. Naive times are refused."""
    if value.tzinfo is None:
        raise ValueError("a SOQL datetime needs a time zone")
    stamp = value.astimezone(UTC)
    return f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"


def equals(field: str, value: str | bool) -> Condition:
    literal = str(value).lower() if isinstance(value, bool) else quoted(value)
    return Condition(f"{_name(field)} = {literal}")


def one_of(field: str, values: Collection[str]) -> Condition:
    """`field IN (...)`, sorted so that the same question is the same text. Never for an empty list."""
    if not values:
        raise ValueError(f"{field} IN () is not SOQL")
    return Condition(f"{_name(field)} IN ({','.join(quoted(value) for value in sorted(set(values)))})")


def since(field: str, at: datetime) -> Condition:
    return Condition(f"{_name(field)} >= {instant(at)}")


def beyond(field: str, at: datetime, last_id: str) -> Condition:
    """Everything behind the position (`at`, `last_id`) in the order of `field`, Id: ties lose nothing."""
    stamp, name = instant(at), _name(field)
    return Condition(f"(({name} = {stamp} AND Id > {quoted(last_id)}) OR {name} > {stamp})")


def behind(field: str, value: str) -> Condition:
    return Condition(f"{_name(field)} > {quoted(value)}")


def every(*conditions: Condition | None) -> Condition | None:
    """All of the given conditions; None where there is none."""
    present = [item.text for item in conditions if item is not None]
    return Condition(" AND ".join(present)) if present else None


def either(*conditions: Condition | None) -> Condition | None:
    """At least one of the given conditions; None where there is none."""
    present = [item.text for item in conditions if item is not None]
    if len(present) < 2:
        return Condition(present[0]) if present else None
    return Condition("(" + " OR ".join(present) + ")")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a Salesforce object or field")
    return text
