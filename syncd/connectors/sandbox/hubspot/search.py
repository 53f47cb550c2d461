"""CRM search: filters, one sort, pages by offset, 10,000 results at most.

Text compares without case, enumerations exactly; a missing property matches the negative operators and
nothing else; archived records and associations never show (facts section 6, and peers, recorded shapes).
The ways in which search lies are switches of the index.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeAlias

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.definitions import instant
from syncd.connectors.sandbox.hubspot.kinds import Kind, kind_of
from syncd.connectors.sandbox.hubspot.records import Record, epoch_ms

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

RESULTS_MAX, PAGE_MAX, PAGE_DEFAULT, BODY_CHARS_MAX = 10_000, 200, 10, 3_000
GROUPS_MAX, FILTERS_IN_GROUP_MAX, FILTERS_MAX, IN_VALUES_MAX = 5, 6, 18, 100
OPERATORS = (
    "IN", "NOT_HAS_PROPERTY", "LT", "EQ", "GT", "NOT_IN", "GTE", "CONTAINS_TOKEN", "HAS_PROPERTY", "LTE",
    "NOT_CONTAINS_TOKEN", "BETWEEN", "NEQ",
)  # fmt: skip
_WHEN_MISSING = {"NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN", "NOT_HAS_PROPERTY"}
_SEARCHED = ("email", "firstname", "lastname", "company", "phone", "name", "domain", "dealname")
_WORD = re.compile(r"[^\s,;:/()<>\"']+")

Value: TypeAlias = int | float | str
Predicate: TypeAlias = Callable[[Record], bool]
Reader: TypeAlias = Callable[[Record], Value | None]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits. `next_after` is None on the last one."""

    total: int
    rows: list[Record]
    next_after: int | None


def search(hubspot: HubSpot, kind: Kind, body: Mapping[str, Any]) -> Found:
    """The page a search asks for. Raises Refusal for whatever the vendor does not allow."""
    limit, after = _page_of(body)
    groups = _checked_groups(body.get("filterGroups") or [])
    views = hubspot.index.views(kind.name, hubspot.objects[kind.name])
    hits = _matching(hubspot, kind, groups, views)
    text = str(body.get("query") or "").lower()
    if text:
        hits = [item for item in hits if _mentions(item, text)]
    hits = _sorted(hubspot, kind, hits, body.get("sorts") or [])
    return _page(hubspot, hits, after, limit)


# --- the request -------------------------------------------------------------------------------------------


def _page_of(body: Mapping[str, Any]) -> tuple[int, int]:
    limit, after = body.get("limit", PAGE_DEFAULT), str(body.get("after") or "0")
    if not isinstance(limit, int) or not 1 <= limit <= PAGE_MAX:
        raise answers.refuse(400, f"Invalid limit {limit}: it must be between 1 and {PAGE_MAX}")
    if not after.isdigit():
        raise answers.refuse(400, f"Invalid after {after}: it must be a whole number")
    if int(after) + limit > RESULTS_MAX:
        raise answers.refuse(400, f"Paging past {RESULTS_MAX} results is not allowed")
    return limit, int(after)


def _checked_groups(groups: list[Any]) -> list[list[Mapping[str, Any]]]:
    checked = [list(group.get("filters") or []) for group in groups]
    count = sum(len(filters) for filters in checked)
    too_many = any(len(filters) > FILTERS_IN_GROUP_MAX for filters in checked)
    if len(checked) > GROUPS_MAX or too_many or count > FILTERS_MAX:
        message = (
            f"Too many filters: at most {GROUPS_MAX} groups, {FILTERS_IN_GROUP_MAX} filters in each, "
            f"{FILTERS_MAX} in all"
        )
        raise answers.refuse(400, message)
    for filters in checked:
        for item in filters:
            if item.get("operator") not in OPERATORS:
                message = (
                    f"Invalid input JSON on line 1, column 1: Cannot deserialize operator "
                    f"{item.get('operator')}. Enum type must be one of: [{', '.join(OPERATORS)}]"
                )
                raise answers.refuse(400, message)
    return checked


# --- filters -----------------------------------------------------------------------------------------------


def _matching(hubspot: HubSpot, kind: Kind, groups: list[list[Mapping[str, Any]]],
              views: list[Record]) -> list[Record]:  # fmt: skip
    if not groups:
        return views
    hits: dict[int, Record] = {}
    for filters in groups:
        left = views
        for item in sorted(filters, key=lambda item: item.get("propertyName") != kind.modified):
            test = _predicate(hubspot, kind, item)
            left = [record for record in left if test(record)]
        hits.update((record.number, record) for record in left)
    return list(hits.values())


def _predicate(hubspot: HubSpot, kind: Kind, item: Mapping[str, Any]) -> Predicate:
    name, operator = str(item.get("propertyName", "")), str(item["operator"])
    if name.startswith("associations."):
        return _association(hubspot, kind, name.removeprefix("associations."), item)
    if _is_never_filled(hubspot, kind, name):
        hubspot.violations.append(f"search of {kind.name} by {name}, which finds nothing there")
        return lambda _record: operator in _WHEN_MISSING
    definition = hubspot.definitions[kind.name].get(name)
    if definition is None:
        raise answers.refuse(400, f"There was a problem with the request: unknown property {name}")
    read, parse = _reader(hubspot, kind, name, definition.type)
    return _comparison(operator, read, parse, item)


def _is_never_filled(hubspot: HubSpot, kind: Kind, name: str) -> bool:
    """The modified date under the other types' name: known, never filled, and no error (airbyte 85019)."""
    return name in {"lastmodifieddate", "hs_lastmodifieddate"} and name != kind.modified


def _reader(hubspot: HubSpot, kind: Kind, name: str, type_: str) -> tuple[Reader, Callable[[object], Value]]:
    """How to read the property from a record, and a filter's value to compare it with."""
    if name == "hs_object_id":
        if hubspot.index.ids_as_text:
            return (lambda record: record.id), str
        return (lambda record: record.number), _as_number
    if name == kind.modified:
        return (lambda record: record.modified_ms), _as_instant_ms
    if type_ in {"date", "datetime"}:
        return (lambda record: _stored_ms(record.properties.get(name))), _as_instant_ms
    if type_ == "number":
        return (lambda record: _stored_number(record.properties.get(name))), _as_number
    if type_ in {"enumeration", "bool"}:
        return (lambda record: record.properties.get(name)), str
    return (lambda record: _folded(record.properties.get(name))), _folded_text


def _comparison(operator: str, read: Reader, parse: Callable[[object], Value],
                item: Mapping[str, Any]) -> Predicate:  # fmt: skip
    match operator:
        case "HAS_PROPERTY":
            return lambda record: read(record) is not None
        case "NOT_HAS_PROPERTY":
            return lambda record: read(record) is None
        case "IN" | "NOT_IN":
            values = item.get("values") or []
            if not 1 <= len(values) <= IN_VALUES_MAX:
                raise answers.refuse(400, f"{operator} takes 1 to {IN_VALUES_MAX} values")
            # Text must be given in lower case here: the index holds it so.
            chosen = {str(value) if parse is _folded_text else parse(value) for value in values}
            return lambda record: (read(record) in chosen) == (operator == "IN")
        case "CONTAINS_TOKEN" | "NOT_CONTAINS_TOKEN":
            pattern = str(item.get("value", "")).casefold()
            wanted = operator == "CONTAINS_TOKEN"
            return lambda record: _has_token(read(record), pattern) == wanted
    if "value" not in item:
        raise answers.refuse(400, f"{operator} needs a value")
    low = parse(item["value"])
    if operator == "BETWEEN":
        high = parse(item.get("highValue", ""))
        return lambda record: (value := read(record)) is not None and low <= value <= high  # type: ignore[operator]
    if operator == "EQ":
        return lambda record: read(record) == low
    if operator == "NEQ":
        return lambda record: read(record) != low
    return _ordering(operator, read, low)


def _ordering(operator: str, read: Reader, low: Any) -> Predicate:
    match operator:
        case "GT":
            return lambda record: (value := read(record)) is not None and value > low
        case "GTE":
            return lambda record: (value := read(record)) is not None and value >= low
        case "LT":
            return lambda record: (value := read(record)) is not None and value < low
        case _:
            return lambda record: (value := read(record)) is not None and value <= low


def _association(hubspot: HubSpot, kind: Kind, word: str, item: Mapping[str, Any]) -> Predicate:
    other = kind_of(word)
    values = [item["value"]] if item["operator"] == "EQ" else item.get("values") or []
    if other is None or item["operator"] not in {"EQ", "IN"}:
        raise answers.refuse(400, f"cannot search by associations.{word} {item['operator']}")
    numbers = {
        number
        for value in values if str(value).isdigit()
        for number in hubspot.associations.of(other.name, int(value), kind.name)
    }  # fmt: skip
    return lambda record: record.number in numbers


def _as_number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise answers.refuse(400, f"{value} is not a number") from None


def _as_instant_ms(value: object) -> int:
    at = instant(str(value))
    if at is None:
        raise answers.refuse(400, f"{value} is not a date")
    return epoch_ms(at)


def _stored_ms(value: str | None) -> int | None:
    at = None if value is None else instant(value)
    return None if at is None else epoch_ms(at)


def _stored_number(value: str | None) -> float | None:
    return None if value is None else float(value)


def _folded(value: str | None) -> str | None:
    return None if value is None else value.casefold()


def _folded_text(value: object) -> str:
    return str(value).casefold()


def _has_token(value: Value | None, pattern: str) -> bool:
    if value is None:
        return False
    words = [*_WORD.findall(str(value)), str(value)]
    return any(fnmatchcase(word, pattern) for word in words)


def _mentions(record: Record, text: str) -> bool:
    return any(text in record.properties.get(name, "").lower() for name in _SEARCHED)


# --- order and pages ---------------------------------------------------------------------------------------


def _sorted(hubspot: HubSpot, kind: Kind, hits: list[Record], sorts: list[Any]) -> list[Record]:
    if not sorts:
        return sorted(hits, key=lambda record: (record.created_at, record.number))
    if len(sorts) > 1:
        raise answers.refuse(400, "Only one sort is allowed")
    wanted = sorts[0]
    if isinstance(wanted, str):
        name, descending = wanted.removeprefix("-"), wanted.startswith("-")
    else:
        name, descending = str(wanted.get("propertyName")), wanted.get("direction") == "DESCENDING"
    definition = hubspot.definitions[kind.name].get(name)
    if definition is None:
        raise answers.refuse(400, f"There was a problem with the request: unknown property {name}")
    read, _parse = _reader(hubspot, kind, name, definition.type)
    filled = [record for record in hits if read(record) is not None]
    blank = [record for record in hits if read(record) is None]
    # Ties stay in id order: the vendor promises none.
    filled.sort(key=read, reverse=descending)  # type: ignore[arg-type]
    return filled + blank


def _page(hubspot: HubSpot, hits: list[Record], after: int, limit: int) -> Found:
    index = hubspot.index
    if index.misplaced_share:
        hits = _misplaced(hits, index.misplaced_share)
    places: list[Record | None] = list(hits)
    if index.ghost_share:
        places = _with_ghosts(hits, index.ghost_share, limit)
    window = places[after : after + limit]
    rows = [record for record in window if record is not None and record.id not in index.swallowed]
    if index.shuffles_pages:
        random.Random(len(hits) + after).shuffle(rows)
    end = after + limit
    return Found(len(hits), rows, end if end < len(places) else None)


def _misplaced(hits: list[Record], share: float) -> list[Record]:
    """The hits with some rows moved far from their place, the same ones each time."""
    stay = [record for record in hits if _draw(record) >= share]
    for record in hits:
        if _draw(record) < share:
            stay.insert(zlib.crc32(f"place:{record.id}".encode()) % (len(stay) + 1), record)
    return stay


def _with_ghosts(hits: list[Record], share: float, limit: int) -> list[Record | None]:
    """The hits with places between them that show nothing; now and then enough of them to empty a page."""
    places: list[Record | None] = []
    for record in hits:
        draw = _draw(record)
        if draw < share:
            places.extend([None] * (2 * limit if draw < share / 50 else 1))
        places.append(record)
    return places


def _draw(record: Record) -> float:
    """A number in [0, 1) that is always the same for this record."""
    return zlib.crc32(f"draw:{record.id}".encode()) / 2**32
