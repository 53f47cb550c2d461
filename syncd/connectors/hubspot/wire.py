"""HubSpot's answers as far as we read them: msgspec structs, decoded to exactly these fields.

A record that does not fit never spoils its page: the page is then read again record by record, and what
cannot be read becomes a problem with the record's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import requests

from syncd.connectors.transport_failure import Call
from syncd.core.model import Ref, System
from syncd.ports import Failure, Recovery, SystemFailure


class Version(msgspec.Struct, rename="camel"):
    """One value of a property, with the way it came by (facts/hubspot.md 8.5)."""

    timestamp: datetime
    source_type: str = ""
    source_id: str | None = None
    value: str | None = None


class Row(msgspec.Struct, rename="camel"):
    """One CRM object. HubSpot sends every property value as text; blank is null or empty."""

    id: str
    properties: dict[str, str | None]
    created_at: datetime
    updated_at: datetime
    archived: bool = False
    archived_at: datetime | None = None
    properties_with_history: dict[str, list[Version]] = {}

    def text(self, name: str) -> str:
        """A property's value, empty when blank."""
        return self.properties.get(name) or ""


class _Named(msgspec.Struct):
    id: str


class Next(msgspec.Struct):
    after: str


class Paging(msgspec.Struct):
    next: Next | None = None


class ObjectPage(msgspec.Struct):
    results: list[Row]
    paging: Paging | None = None
    total: int = -1
    errors: list[object] = []


class _RawPage(msgspec.Struct):
    results: list[msgspec.Raw]
    paging: Paging | None = None
    total: int = -1
    errors: list[object] = []


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of objects: what could be read, what could not, and how it goes on.

    `ids` are those of all records in the page's own order, readable or not. `total` is -1 where the endpoint
    tells none; `after` is empty on the last page.
    """

    rows: tuple[Row, ...]
    ids: tuple[str, ...]
    after: str = ""
    total: int = -1
    problems: tuple[Failure, ...] = ()
    errors: tuple[object, ...] = ()


T = TypeVar("T")


def decode(response: requests.Response, type_: type[T], endpoint: str) -> T:
    """The answer as `type_`. Raises SystemFailure(TRANSIENT) when it has another shape."""
    try:
        return msgspec.json.decode(response.content, type=type_)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        call = Call(System.HUBSPOT, response.request.method or "", endpoint)
        where = str(error) if isinstance(error, msgspec.ValidationError) else "not JSON"
        raise SystemFailure(
            call.failure(
                Recovery.TRANSIENT,
                "unexpected_shape",
                f"answered in a shape we do not know ({where}).",
                cure="Update syncd if this lasts: HubSpot may have changed the endpoint.",
                status=response.status_code,
            )
        ) from None


def decode_rows(response: requests.Response, noun: str, endpoint: str) -> Rows:
    """A page of CRM objects of one type; `noun` is our word for it."""
    try:
        page = msgspec.json.decode(response.content, type=ObjectPage)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return _record_by_record(decode(response, _RawPage, endpoint), noun)
    return Rows(
        tuple(page.results),
        tuple(row.id for row in page.results),
        _after(page.paging),
        page.total,
        errors=tuple(page.errors),
    )


def _record_by_record(page: _RawPage, noun: str) -> Rows:
    rows: list[Row] = []
    ids: list[str] = []
    problems: list[Failure] = []
    for raw in page.results:
        try:
            row = msgspec.json.decode(raw, type=Row)
        except msgspec.ValidationError as error:
            id_ = _id_of(raw)
            ids.append(id_)
            problems.append(unreadable(noun, id_, str(error)))
            continue
        rows.append(row)
        ids.append(row.id)
    return Rows(tuple(rows), tuple(ids), _after(page.paging), page.total, tuple(problems), tuple(page.errors))


def _after(paging: Paging | None) -> str:
    return paging.next.after if paging is not None and paging.next is not None else ""


def _id_of(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=_Named).id
    except msgspec.ValidationError:
        return ""


def unreadable(noun: str, id_: str, why: str) -> Failure:
    """The problem of a record that does not fit; msgspec names the path and the types, never a value."""
    return Failure(
        Recovery.REJECTED,
        System.HUBSPOT,
        "hubspot.unreadable_record",
        f"A {noun} could not be read: {why}.",
        cure="Look at the record in HubSpot; it is read again when it changes.",
        subject=Ref(System.HUBSPOT, noun, id_),
    )


def from_ms(value: int) -> datetime:
    """The moment of epoch milliseconds."""
    return datetime.fromtimestamp(value / 1000, UTC)


def to_ms(at: datetime) -> int:
    """Epoch milliseconds of a moment, rounded down."""
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def moment(text: str) -> datetime | None:
    """A datetime property's moment: ISO 8601 as v3 sends it, or epoch milliseconds as v1 does."""
    if not text:
        return None
    if text.lstrip("-").isdigit():
        try:
            return from_ms(int(text))
        except (OverflowError, OSError, ValueError):
            return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
