"""Lists and their members: by id or name, 250 members a page (facts sections 5 and 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer, ok
from syncd.connectors.sandbox.hubspot.records import stamp
from syncd.connectors.sandbox.hubspot.routes_objects import next_page
from syncd.connectors.sandbox.hubspot.web import Request, Route

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

MEMBERS_MAX, MEMBERS_DEFAULT, SEARCH_MAX, SEARCH_DEFAULT = 250, 100, 500, 20


def read_list(hubspot: HubSpot, request: Request) -> Answer:
    return ok({"list": hubspot.lists.get(request.parts[0]).as_json()})


def read_named(hubspot: HubSpot, request: Request) -> Answer:
    if request.parts[0] != "0-1":
        raise answers.refuse(404, "List does not exist", "OBJECT_NOT_FOUND")
    return ok({"list": hubspot.lists.named(request.parts[1]).as_json()})


def create_list(hubspot: HubSpot, request: Request) -> Answer:
    body = request.json()
    id_ = hubspot.lists.create(str(body.get("name", "")), str(body.get("processingType", "")))
    return ok({"list": hubspot.lists.get(id_).as_json()})


def search_lists(hubspot: HubSpot, request: Request) -> Answer:
    """POST search: by part of the name and by processing type."""
    body = request.json()
    text, wanted = str(body.get("query") or "").lower(), body.get("processingTypes") or []
    offset = int(body.get("offset") or 0)
    count = min(int(body.get("count") or SEARCH_DEFAULT), SEARCH_MAX)
    found = [
        item
        for item in hubspot.lists.by_id.values()
        if text in item.name.lower() and (not wanted or item.processing_type in wanted)
    ]
    shown = [item.as_json() for item in found[offset : offset + count]]
    return ok({"lists": shown, "total": len(found), "offset": offset + len(shown),
               "hasMore": offset + len(shown) < len(found)})  # fmt: skip


def read_members(hubspot: HubSpot, request: Request) -> Answer:
    """GET memberships, by record id."""
    members = hubspot.lists.get(request.parts[0]).members
    return _members_page(request, members, sorted(members))


def read_members_by_joining(hubspot: HubSpot, request: Request) -> Answer:
    """GET memberships in the order of joining, oldest first ("ordered by added to list date")."""
    members = hubspot.lists.get(request.parts[0]).members
    ordered = sorted(members, key=lambda number: (members[number], number))
    return _members_page(request, members, ordered)


def _members_page(request: Request, members: Mapping[int, datetime], ordered: Sequence[int]) -> Answer:
    limit = request.number("limit", MEMBERS_DEFAULT, MEMBERS_MAX)
    after = request.one("after", "0")
    start = int(after) if after.isdigit() else 0
    page = [
        {"recordId": str(number), "membershipTimestamp": stamp(members[number])}
        for number in ordered[start : start + limit]
    ]
    content: dict[str, object] = {"results": page, "total": len(ordered)}
    if start + limit < len(ordered):
        content["paging"] = next_page(request, str(start + limit))
    return ok(content)


def add_members(hubspot: HubSpot, request: Request) -> Answer:
    return _change(hubspot, request, _ids(request.content()), [])


def remove_members(hubspot: HubSpot, request: Request) -> Answer:
    return _change(hubspot, request, [], _ids(request.content()))


def add_and_remove(hubspot: HubSpot, request: Request) -> Answer:
    body = request.json()
    return _change(
        hubspot, request, _ids(body.get("recordIdsToAdd", [])), _ids(body.get("recordIdsToRemove", []))
    )


def lists_of_record(hubspot: HubSpot, request: Request) -> Answer:
    """GET the lists one contact is in."""
    record = hubspot.record(request.parts[0], request.parts[1])
    results = [
        {"listId": item.id, "listVersion": 1, "isPublicList": False,
         "firstAddedTimestamp": stamp(item.members[record.number]),
         "lastAddedTimestamp": stamp(item.members[record.number])}
        for item in hubspot.lists.by_id.values()
        if record.number in item.members
    ]  # fmt: skip
    return ok({"results": results, "total": len(results)})


def _change(hubspot: HubSpot, request: Request, add: list[str], remove: list[str]) -> Answer:
    list_ = hubspot.lists.get(request.parts[0])
    return ok(hubspot.lists.change(list_, add, remove, "api").as_json())


def _ids(content: object) -> list[str]:
    if not isinstance(content, list):
        raise answers.refuse(400, "validation error", errors=["The request body may not be null"])
    return [str(item) for item in content]


_READ, _WRITE = "crm.lists.read", "crm.lists.write"
_LIST = "/crm/v3/lists/{}"
ROUTES = (
    Route("POST", "/crm/v3/lists", create_list, _WRITE),
    Route("POST", "/crm/v3/lists/search", search_lists, _READ),
    Route("GET", _LIST, read_list, _READ),
    Route("GET", "/crm/v3/lists/object-type-id/{}/name/{}", read_named, _READ),
    Route("GET", "/crm/v3/lists/records/{}/{}/memberships", lists_of_record, _READ),
    Route("GET", f"{_LIST}/memberships", read_members, _READ),
    Route("GET", f"{_LIST}/memberships/join-order", read_members_by_joining, _READ),
    Route("PUT", f"{_LIST}/memberships/add", add_members, _WRITE),
    Route("PUT", f"{_LIST}/memberships/remove", remove_members, _WRITE),
    Route("PUT", f"{_LIST}/memberships/add-and-remove", add_and_remove, _WRITE),
)
