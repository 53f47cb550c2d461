"""What the portal is and how it is set up: account, properties, owners, deal pipeline.

Account details answer any valid token; making a property whose name exists is a 409 and changes nothing,
remaking an archived one restores it (facts sections 2 and 8.6).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer, ok
from syncd.connectors.sandbox.hubspot.definitions import FIELD_TYPES, TYPES, Definition
from syncd.connectors.sandbox.hubspot.journal import ApiWrite
from syncd.connectors.sandbox.hubspot.records import stamp
from syncd.connectors.sandbox.hubspot.routes_objects import next_page
from syncd.connectors.sandbox.hubspot.web import Request, Route

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot, Owner

OWNERS_MAX, OWNERS_DEFAULT = 500, 100
FLOWS_MAX = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_CLOSED = {"closedwon": "1.0", "closedlost": "0.0"}


def read_account(hubspot: HubSpot, request: Request) -> Answer:
    return ok({
        "portalId": hubspot.portal_id, "accountType": "SANDBOX", "timeZone": hubspot.time_zone,
        "companyCurrency": "EUR", "additionalCurrencies": [], "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000, "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    })  # fmt: skip


def read_usage(hubspot: HubSpot, request: Request) -> Answer:
    """GET the daily counter of private apps."""
    limiter = hubspot.limiter
    item = {
        "name": "private-apps-api-calls-daily", "usageLimit": limiter.daily_max,
        "currentUsage": limiter.used_today, "collectedAt": hubspot.now_text(), "fetchStatus": "SUCCESS",
        "resetsAt": stamp(limiter.resets_at()),
    }  # fmt: skip
    return ok({"results": [item]})


def list_properties(hubspot: HubSpot, request: Request) -> Answer:
    known = hubspot.definitions[hubspot.kind(request.parts[0]).name].values()
    wanted = request.is_true("archived")
    return ok({"results": [item.as_json() for item in known if item.archived == wanted]})


def read_property(hubspot: HubSpot, request: Request) -> Answer:
    return ok(_property(hubspot, request).as_json())


def create_property(hubspot: HubSpot, request: Request) -> Answer:
    kind, body = hubspot.kind(request.parts[0]), request.json()
    missing = [name for name in ("name", "label", "type", "fieldType", "groupName") if not body.get(name)]
    if missing:
        raise answers.refuse(400, f"Invalid input JSON: Some required fields were not set: {missing}")
    name = str(body["name"])
    known = hubspot.definitions[kind.name]
    if name in known and not known[name].archived:
        message = f"A property named '{name}' already exists."
        raise answers.refuse(409, message, "OBJECT_ALREADY_EXISTS",
                             subCategory="Properties.PROPERTY_WITH_NAME_EXISTS")  # fmt: skip
    if name in known:
        known[name].archived = False
    else:
        known[name] = _defined(hubspot, kind.name, name, body)
    _note(hubspot, "create", "properties", name)
    return ok(known[name].as_json(), 201)


def _defined(hubspot: HubSpot, kind: str, name: str, body: dict[str, Any]) -> Definition:
    """A new property. Raises Refusal: a name or type there is not, no such group, options where none belong
    or none where they do."""
    if not _NAME.fullmatch(name):
        raise answers.refuse(400, f"Property name {name} is not valid: lower case letters, digits, _")
    type_, field_type, group = str(body["type"]), str(body["fieldType"]), str(body["groupName"])
    if type_ not in TYPES or field_type not in FIELD_TYPES:
        raise answers.refuse(400, f"{type_} with {field_type} is not a property type")
    if group not in _groups(hubspot, kind):
        raise answers.refuse(400, f"Property group {group} does not exist")
    options = _options(body)
    if (type_ in {"enumeration", "bool"}) != bool(options):
        raise answers.refuse(400, f"A property of type {type_} has options if it is a choice, else none")
    return Definition(
        name, str(body["label"]), type_, field_type, group, options, is_ours=True,
        is_unique=bool(body.get("hasUniqueValue")), description=str(body.get("description") or ""),
    )  # fmt: skip


def update_property(hubspot: HubSpot, request: Request) -> Answer:
    """PATCH: a list of options replaces the whole list."""
    definition, body = _property(hubspot, request), request.json()
    definition.label = str(body.get("label", definition.label))
    definition.description = str(body.get("description", definition.description))
    if "options" in body:
        definition.options = _options(body)
    _note(hubspot, "update", "properties", definition.name)
    return ok(definition.as_json())


def archive_property(hubspot: HubSpot, request: Request) -> Answer:
    definition = _property(hubspot, request)
    if not definition.is_ours:
        raise answers.refuse(400, f"{definition.name} is defined by the vendor and cannot be archived")
    definition.archived = True
    _note(hubspot, "archive", "properties", definition.name)
    return Answer(204)


def list_groups(hubspot: HubSpot, request: Request) -> Answer:
    groups = _groups(hubspot, hubspot.kind(request.parts[0]).name)
    return ok({"results": [_group(name, label) for name, label in groups.items()]})


def create_group(hubspot: HubSpot, request: Request) -> Answer:
    kind, body = hubspot.kind(request.parts[0]).name, request.json()
    name, label = str(body.get("name") or ""), str(body.get("label") or "")
    if not name or not label:
        raise answers.refuse(400, "Invalid input JSON: Some required fields were not set: [name, label]")
    if name in _groups(hubspot, kind):
        raise answers.refuse(409, f"A property group named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
    hubspot.groups[kind][name] = label
    _note(hubspot, "create", "property groups", name)
    return ok(_group(name, label), 201)


def archive_group(hubspot: HubSpot, request: Request) -> Answer:
    """DELETE: not while a property is in it."""
    kind, name = hubspot.kind(request.parts[0]).name, request.parts[1]
    if name not in _groups(hubspot, kind):
        raise answers.refuse(404, f"Property group '{name}' does not exist", "OBJECT_NOT_FOUND")
    if any(item.group == name and not item.archived for item in hubspot.definitions[kind].values()):
        raise answers.refuse(400, f"Property group '{name}' has active properties")
    del hubspot.groups[kind][name]
    _note(hubspot, "archive", "property groups", name)
    return Answer(204)


def _groups(hubspot: HubSpot, kind: str) -> dict[str, str]:
    """Name to label: those of the vendor, and those somebody made."""
    vendor = {item.group: item.group for item in hubspot.definitions[kind].values() if not item.archived}
    return vendor | hubspot.groups[kind]


def _group(name: str, label: str) -> dict[str, object]:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}


def _note(hubspot: HubSpot, operation: str, type_: str, name: str) -> None:
    """Changes of the set-up are writes like any other."""
    hubspot.writes.append(ApiWrite(hubspot.kernel.now, operation, type_, name))


def list_flows(hubspot: HubSpot, request: Request) -> Answer:
    """GET workflows: in short, without actions and conditions."""
    limit, after = request.number("limit", FLOWS_MAX, FLOWS_MAX), request.one("after", "0")
    start = int(after) if after.isdigit() else 0
    short = ("id", "isEnabled", "flowType", "objectTypeId", "revisionId", "createdAt", "updatedAt", "name")
    shown = [{name: flow[name] for name in short} for flow in hubspot.flows[start : start + limit]]
    content: dict[str, object] = {"results": shown}
    if start + limit < len(hubspot.flows):
        content["paging"] = next_page(request, str(start + limit))
    return ok(content)


def read_flows(hubspot: HubSpot, request: Request) -> Answer:
    """POST batch read: whole workflows of the ids asked for."""
    inputs = request.json().get("inputs")
    if not isinstance(inputs, list) or any(item.get("type") != "FLOW_ID" for item in inputs):
        raise answers.refuse(400, "Invalid input JSON: inputs need flowId and type FLOW_ID")
    wanted = [str(item["flowId"]) for item in inputs]
    found = {str(flow["id"]): flow for flow in hubspot.flows}
    return ok({"status": "COMPLETE", "results": [found[id_] for id_ in wanted if id_ in found]})


def list_owners(hubspot: HubSpot, request: Request) -> Answer:
    """GET owners, of one address or all, by page."""
    limit, after = request.number("limit", OWNERS_DEFAULT, OWNERS_MAX), request.one("after", "0")
    email, archived = request.one("email").lower(), request.is_true("archived")
    found = [
        item
        for item in hubspot.owners
        if item.is_archived == archived and (not email or item.email.lower() == email)
    ]
    start = int(after) if after.isdigit() else 0
    content: dict[str, object] = {"results": [_owner(item) for item in found[start : start + limit]]}
    if start + limit < len(found):
        content["paging"] = next_page(request, str(start + limit))
    return ok(content)


def read_owner(hubspot: HubSpot, request: Request) -> Answer:
    for item in hubspot.owners:
        if request.parts[0] in {item.id, str(item.user_id)}:
            return ok(_owner(item))
    raise answers.refuse(404, f"Owner {request.parts[0]} does not exist", "OBJECT_NOT_FOUND")


def list_pipelines(hubspot: HubSpot, request: Request) -> Answer:
    """GET pipelines: deals have one, all else none."""
    kind, now = hubspot.kind(request.parts[0]), hubspot.now_text()
    if kind.name != "deals":
        return ok({"results": []})
    stages = hubspot.definitions["deals"]["dealstage"].options
    shown = [
        {"id": value, "label": label, "displayOrder": order, "archived": False, "createdAt": now,
         "updatedAt": now,
         "metadata": {"isClosed": str(value in _CLOSED).lower(), "probability": _CLOSED.get(value, "0.5")}}
        for order, (value, label) in enumerate(stages)
    ]  # fmt: skip
    pipeline = {"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "archived": False,
                "createdAt": now, "updatedAt": now, "stages": shown}  # fmt: skip
    return ok({"results": [pipeline]})


def _property(hubspot: HubSpot, request: Request) -> Definition:
    kind, name = hubspot.kind(request.parts[0]), request.parts[1]
    found = hubspot.definitions[kind.name].get(name)
    if found is None or found.archived:
        raise answers.refuse(404, f"Property '{name}' does not exist", "OBJECT_NOT_FOUND")
    return found


def _options(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(item["value"]), str(item["label"])) for item in body.get("options") or []]


def _owner(item: Owner) -> dict[str, object]:
    return {
        "id": item.id, "email": item.email, "firstName": item.first_name, "lastName": item.last_name,
        "userId": item.user_id, "type": "PERSON", "createdAt": stamp(item.created_at),
        "updatedAt": stamp(item.created_at), "archived": item.is_archived,
    }  # fmt: skip


_SCHEMA = "crm.schemas.contacts"
ROUTES = (
    Route("GET", "/account-info/v3/details", read_account),
    Route("GET", "/account-info/v3/api-usage/daily/private-apps", read_usage),
    Route("GET", "/crm/v3/properties/{}", list_properties, _SCHEMA + ".read"),
    Route("POST", "/crm/v3/properties/{}", create_property, _SCHEMA + ".write"),
    Route("GET", "/crm/v3/properties/{}/groups", list_groups, _SCHEMA + ".read"),
    Route("POST", "/crm/v3/properties/{}/groups", create_group, _SCHEMA + ".write"),
    Route("DELETE", "/crm/v3/properties/{}/groups/{}", archive_group, _SCHEMA + ".write"),
    Route("GET", "/crm/v3/properties/{}/{}", read_property, _SCHEMA + ".read"),
    Route("PATCH", "/crm/v3/properties/{}/{}", update_property, _SCHEMA + ".write"),
    Route("DELETE", "/crm/v3/properties/{}/{}", archive_property, _SCHEMA + ".write"),
    Route("GET", "/automation/v4/flows", list_flows, "automation"),
    Route("POST", "/automation/v4/flows/batch/read", read_flows, "automation"),
    Route("GET", "/crm/v3/owners", list_owners, "crm.objects.owners.read"),
    Route("GET", "/crm/v3/owners/{}", read_owner, "crm.objects.owners.read"),
    Route("GET", "/crm/v3/pipelines/{}", list_pipelines, "crm.objects.deals.read"),
)
