"""Associations v4: batch read of 1,000 records, one record's page, and connecting or parting pairs.

In a batch read, a record without associations comes back as an error of a 207; one with many has its own
paging (facts section 5, and peers, recorded shapes). No modified date moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer, ok
from syncd.connectors.sandbox.hubspot.kinds import TYPE_IDS, Kind
from syncd.connectors.sandbox.hubspot.routes_objects import next_page
from syncd.connectors.sandbox.hubspot.web import Request, Route

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

BATCH_READ_MAX, BATCH_WRITE_MAX, PAGE_MAX = 1_000, 2_000, 500


def read_batch(hubspot: HubSpot, request: Request) -> Answer:
    kind, other = _sides(hubspot, request.parts[0], request.parts[1])
    items = _inputs(hubspot, request, BATCH_READ_MAX)
    results: list[dict[str, object]] = []
    alone: list[str] = []
    for item in items:
        number = _number(hubspot, kind, str(item.get("id", "")))
        ends = _ends(hubspot, kind, number, other) if number is not None else []
        start = int(item.get("after") or 0)
        if not ends:
            alone.append(str(item.get("id", "")))
            continue
        page = ends[start : start + PAGE_MAX]
        shown: dict[str, object] = {
            "from": {"id": str(item["id"])},
            "to": [_end(hubspot, kind, number, other, end) for end in page if number is not None],
        }
        if start + PAGE_MAX < len(ends):
            shown["paging"] = {"next": {"after": str(start + PAGE_MAX)}}
        results.append(shown)
    now = hubspot.now_text()
    content = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if not alone:
        return ok(content)
    errors = [_alone(kind, other, id_) for id_ in alone]
    return ok(content | {"numErrors": len(errors), "errors": errors}, 207)


def read_one(hubspot: HubSpot, request: Request) -> Answer:
    """GET the associations of one record to one type."""
    kind, other = _sides(hubspot, request.parts[0], request.parts[2])
    record = hubspot.live(kind, request.parts[1])
    limit, after = request.number("limit", PAGE_MAX, PAGE_MAX), request.one("after", "0")
    start = int(after) if after.isdigit() else 0
    ends = _ends(hubspot, kind, record.number, other)
    page = [_end(hubspot, kind, record.number, other, end) for end in ends[start : start + limit]]
    content: dict[str, object] = {"results": page}
    if start + limit < len(ends):
        content["paging"] = next_page(request, str(start + limit))
    return ok(content)


def connect_default(hubspot: HubSpot, request: Request) -> Answer:
    """PUT one pair with the unlabelled type."""
    word, id_, other_word, other_id = request.parts
    kind, other = _sides(hubspot, word, other_word)
    hubspot.associate(word, id_, other_word, other_id, "api")
    now = hubspot.now_text()
    result = {
        "from": {"id": id_}, "to": {"id": other_id},
        "associationSpec": {"associationCategory": "HUBSPOT_DEFINED",
                            "associationTypeId": TYPE_IDS[kind.name, other.name]},
    }  # fmt: skip
    return ok({"status": "COMPLETE", "results": [result], "startedAt": now, "completedAt": now})


def part_one(hubspot: HubSpot, request: Request) -> Answer:
    """DELETE all associations of one pair."""
    word, id_, other_word, other_id = request.parts
    _sides(hubspot, word, other_word)
    hubspot.dissociate(word, id_, other_word, other_id, "api")
    return Answer(204)


def connect_batch(hubspot: HubSpot, request: Request) -> Answer:
    """POST batch/create: unknown ends are errors of a 207 without a context."""
    kind, other = _sides(hubspot, request.parts[0], request.parts[1])
    results: list[dict[str, object]] = []
    errors: list[dict[str, object]] = []
    for item in _inputs(hubspot, request, BATCH_WRITE_MAX):
        from_id, to_id = str(item["from"]["id"]), str(item["to"]["id"])
        numbers = _number(hubspot, kind, from_id), _number(hubspot, other, to_id)
        if None in numbers:
            wrong, text = (kind, from_id) if numbers[0] is None else (other, to_id)
            message = f"{wrong.singular.upper()}={text} is not valid"
            errors.append({"status": "error", "category": "VALIDATION_ERROR", "message": message,
                           "subCategory": "crm.associations.INVALID_IDENTIFIER"})  # fmt: skip
            continue
        hubspot.associate(kind.name, from_id, other.name, to_id, "api")
        results.append({"fromObjectTypeId": kind.type_id, "fromObjectId": numbers[0],
                        "toObjectTypeId": other.type_id, "toObjectId": numbers[1], "labels": []})  # fmt: skip
    now = hubspot.now_text()
    content = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        return ok(content | {"numErrors": len(errors), "errors": errors}, 207)
    return ok(content, 201)


def _sides(hubspot: HubSpot, word: str, other_word: str) -> tuple[Kind, Kind]:
    kind, other = hubspot.kind(word), hubspot.kind(other_word)
    if (kind.name, other.name) not in TYPE_IDS:
        raise answers.refuse(400, f"{word} cannot be associated with {other_word}")
    return kind, other


def _inputs(hubspot: HubSpot, request: Request, most: int) -> list[dict[str, Any]]:
    items = request.json().get("inputs") or []
    if len(items) > most:
        hubspot.violations.append(f"{request.raw_path}: {len(items)} inputs in one batch")
        raise answers.refuse(400, f"The maximum number of inputs is {most}")
    return list(items)


def _number(hubspot: HubSpot, kind: Kind, id_: str) -> int | None:
    """The number of the living record of that id or merged id."""
    if not id_.isdigit():
        return None
    number = hubspot.moved[kind.name].get(int(id_), int(id_))
    record = hubspot.objects[kind.name].get(number)
    return None if record is None or record.archived else number


def _ends(hubspot: HubSpot, kind: Kind, number: int, other: Kind) -> list[int]:
    """The living records of the other type connected with this one."""
    objects = hubspot.objects[other.name]
    ends = hubspot.associations.of(kind.name, number, other.name)
    return [end for end in ends if not objects[end].archived]


def _end(hubspot: HubSpot, kind: Kind, number: int | None, other: Kind, end: int) -> dict[str, object]:
    types = hubspot.associations.types(kind.name, number or 0, other.name, end)
    return {"toObjectId": end, "associationTypes": types}


def _alone(kind: Kind, other: Kind, id_: str) -> dict[str, object]:
    message = f"No {other.singular} is associated with {kind.singular} {id_}."
    context = {"fromObjectId": [id_], "fromObjectType": [kind.type_id], "toObjectType": [other.type_id]}
    return {"status": "error", "category": "OBJECT_NOT_FOUND", "message": message, "context": context,
            "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}  # fmt: skip


_READ, _WRITE = "{}.read", "{}.write"
ROUTES = (
    Route("POST", "/crm/v4/associations/{}/{}/batch/read", read_batch, _READ, bucket="none"),
    Route("POST", "/crm/v4/associations/{}/{}/batch/create", connect_batch, _WRITE, bucket="none"),
    Route("GET", "/crm/v4/objects/{}/{}/associations/{}", read_one, _READ),
    Route("PUT", "/crm/v4/objects/{}/{}/associations/default/{}/{}", connect_default, _WRITE),
    Route("DELETE", "/crm/v4/objects/{}/{}/associations/{}/{}", part_one, _WRITE),
)
