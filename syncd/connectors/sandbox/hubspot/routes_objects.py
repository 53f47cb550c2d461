"""CRM objects: list, read, search, create, update, archive, merge, privacy deletion; one at a time.

Reads follow merged ids and answer with the survivor's. A list pages by id with an absolute link; a search
page has a cursor only. Archived records answer only to those who ask for them (facts sections 5 and 6).
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer, ok
from syncd.connectors.sandbox.hubspot.kinds import KINDS, TYPE_IDS, Kind
from syncd.connectors.sandbox.hubspot.records import Record, Version, stamp
from syncd.connectors.sandbox.hubspot.search import search
from syncd.connectors.sandbox.hubspot.web import Request, Route

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

LIST_MAX, LIST_WITH_HISTORY_MAX = 100, 50
_SOURCES = {"api": "INTEGRATION", "user": "CRM_UI", "form": "FORM", "sync": "SALESFORCE", "import": "IMPORT"}


# --- what an answer shows ----------------------------------------------------------------------------------


def shown_names(hubspot: HubSpot, kind: Kind, asked: list[str]) -> list[str]:
    """The properties an answer holds: those asked for and known, and those it always holds."""
    if not asked:
        return list(kind.shown)
    known = hubspot.definitions[kind.name]
    return [
        *kind.always,
        *(name for name in dict.fromkeys(asked) if name in known and name not in kind.always),
    ]


def shown(hubspot: HubSpot, record: Record, names: list[str], with_history: list[str]) -> dict[str, object]:
    """One record as an answer holds it."""
    content = record.as_json(names)
    content["url"] = (
        f"https://app-eu1.hubspot.com/contacts/{hubspot.portal_id}/record/{record.kind.type_id}/{record.id}"
    )
    if with_history:
        content["propertiesWithHistory"] = {
            name: [_version(item) for item in reversed(record.versions(name))] for name in with_history
        }
    return content


def _version(item: Version) -> dict[str, object]:
    source = _SOURCES.get(item.source, "ANALYTICS")
    return {"value": item.value, "timestamp": stamp(item.at), "sourceType": source, "sourceId": item.source}


def _associations(hubspot: HubSpot, record: Record, words: list[str]) -> dict[str, object]:
    """The associations a list or a read shows inline, by type, in the older shape."""
    content: dict[str, object] = {}
    for word in words:
        other = hubspot.kind(word)
        base = f"{record.kind.singular}_to_{other.singular}"
        results: list[dict[str, str]] = []
        for number in hubspot.associations.of(record.kind.name, record.number, other.name):
            labels = hubspot.associations.types(record.kind.name, record.number, other.name, number)
            if len(labels) > 1:
                results.append({"id": str(number), "type": base})
            results.append({"id": str(number), "type": f"{base}_unlabeled" if labels[1:] else base})
        if results:
            content[other.name] = {"results": results}
    return content


def next_page(request: Request, after: str) -> dict[str, object]:
    """The paging part of an answer, with the absolute link the vendor gives."""
    query = {name: values for name, values in request.query.items() if name != "after"} | {"after": [after]}
    link = f"{request.base_url}{request.raw_path}?{urlencode(query, doseq=True)}"
    return {"next": {"after": after, "link": link}}


# --- reading -----------------------------------------------------------------------------------------------


def list_objects(hubspot: HubSpot, request: Request) -> Answer:
    """GET objects: a page by id."""
    kind = hubspot.kind(request.parts[0])
    with_history = request.many("propertiesWithHistory")
    limit = request.number("limit", 10, LIST_WITH_HISTORY_MAX if with_history else LIST_MAX)
    after, archived = request.one("after", "0"), request.is_true("archived")
    if not after.isdigit():
        raise answers.refuse(400, f"Invalid after {after}")
    objects = hubspot.objects[kind.name]
    numbers = list(objects)  # ids only ever rise, so the table is in order
    start = bisect_left(numbers, int(after))
    living = (
        objects[number] for number in islice(numbers, start, None) if objects[number].archived == archived
    )
    page = list(islice(living, limit + 1))
    names = shown_names(hubspot, kind, request.many("properties"))
    results = [shown(hubspot, record, names, with_history) for record in page[:limit]]
    words = request.many("associations")
    if words:
        for content, record in zip(results, page, strict=False):
            content["associations"] = _associations(hubspot, record, words)
    answer: dict[str, object] = {"results": results}
    if len(page) > limit:
        answer["paging"] = next_page(request, page[limit].id)
    return ok(answer)


def read_object(hubspot: HubSpot, request: Request) -> Answer:
    """GET one object by id, by merged id, or by a unique property."""
    kind = hubspot.kind(request.parts[0])
    record = find(hubspot, kind, request.parts[1], request.one("idProperty"))
    if record.archived != request.is_true("archived"):
        raise answers.not_found_page()
    names = shown_names(hubspot, kind, request.many("properties"))
    content = shown(hubspot, record, names, request.many("propertiesWithHistory"))
    words = request.many("associations")
    if words:
        content["associations"] = _associations(hubspot, record, words)
    return ok(content)


def find(hubspot: HubSpot, kind: Kind, id_: str, id_property: str) -> Record:
    """The record of that id, or with that value of a unique property. Raises Refusal."""
    if not id_property or id_property == "hs_object_id":
        return hubspot.record(kind.name, id_)
    if kind.name == "contacts" and id_property == "email":
        found = hubspot.contact_by_email(id_)
    else:
        definition = hubspot.definitions[kind.name].get(id_property)
        if definition is None or not definition.is_unique:
            raise answers.refuse(400, f"{id_property} is not a unique property of {kind.name}")
        records = hubspot.objects[kind.name].values()
        found = next((item for item in records if item.properties.get(id_property) == id_), None)
    if found is None:
        raise answers.not_found_page()
    return found


def search_objects(hubspot: HubSpot, request: Request) -> Answer:
    """POST search. The cursor comes without a link, and no associations come at all."""
    kind, body = hubspot.kind(request.parts[0]), request.json()
    found = search(hubspot, kind, body)
    names = shown_names(hubspot, kind, [str(name) for name in body.get("properties") or []])
    results = [shown(hubspot, record, names, []) for record in found.rows]
    answer: dict[str, object] = {"total": found.total, "results": results}
    if found.next_after is not None:
        answer["paging"] = {"next": {"after": str(found.next_after)}}
    return ok(answer)


# --- writing -----------------------------------------------------------------------------------------------


def properties_of(item: dict[str, Any]) -> dict[str, str]:
    """The properties of an input as text; null clears, as an empty text does. Raises Refusal."""
    given = item.get("properties")
    if not isinstance(given, dict):
        raise answers.refuse(400, "validation error", errors=["properties may not be null"])
    return {name: _text(value) for name, value in given.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_required(hubspot: HubSpot, kind: Kind, request: Request, properties: dict[str, str], *,
                   is_new: bool) -> None:  # fmt: skip
    """Dated paths enforce the portal's own required properties (changelog, write validation enforcement):
    a new record has them all, a change clears none."""
    given = properties if not is_new else dict.fromkeys(hubspot.required[kind.name], "") | properties
    missing = [name for name in sorted(hubspot.required[kind.name]) if given.get(name, "unchanged") == ""]
    if request.is_dated and missing:
        errors = [
            {"message": f"{name} is required", "code": "MISSING_REQUIRED_PROPERTY",
             "context": {"propertyName": [name]}}
            for name in missing
        ]  # fmt: skip
        raise answers.refuse(400, "Some required properties were not set.", errors=errors)


def create_object(hubspot: HubSpot, request: Request) -> Answer:
    kind, body = hubspot.kind(request.parts[0]), request.json()
    properties = properties_of(body)
    check_required(hubspot, kind, request, properties, is_new=True)
    record = create(hubspot, kind, properties, body.get("associations") or [])
    return ok(shown(hubspot, record, sorted(record.properties), []), 201)


def create(hubspot: HubSpot, kind: Kind, properties: dict[str, str], associations: list[Any]) -> Record:
    """A new record and its associations, as the API makes them."""
    record = hubspot.record(kind.name, hubspot.create(kind.name, properties, "api"))
    by_type = {
        (TYPE_IDS[kind.name, other.name]): other for other in KINDS if (kind.name, other.name) in TYPE_IDS
    }
    for item in associations:
        type_id = item["types"][0]["associationTypeId"]
        if type_id not in by_type:
            raise answers.refuse(400, f"{type_id} is not a valid association type of {kind.name}")
        hubspot.associate(kind.name, record.id, by_type[type_id].name, str(item["to"]["id"]), "api")
    return record


def update_object(hubspot: HubSpot, request: Request) -> Answer:
    kind = hubspot.kind(request.parts[0])
    record = find(hubspot, kind, request.parts[1], request.one("idProperty"))
    properties = properties_of(request.json())
    check_required(hubspot, kind, request, properties, is_new=False)
    hubspot.update(kind.name, record.id, properties, "api")
    names = sorted({*kind.always, *properties})
    return ok(shown(hubspot, record, names, []))


def archive_object(hubspot: HubSpot, request: Request) -> Answer:
    kind = hubspot.kind(request.parts[0])
    hubspot.archive(kind.name, request.parts[1], "api")
    return Answer(204)


def merge_objects(hubspot: HubSpot, request: Request) -> Answer:
    """POST merge: answers with the new record."""
    kind, body = hubspot.kind(request.parts[0]), request.json()
    if kind.is_activity:
        raise answers.not_found_page()
    primary, other = str(body.get("primaryObjectId", "")), str(body.get("objectIdToMerge", ""))
    record = hubspot.record(kind.name, hubspot.merge(kind.name, primary, other, "api"))
    return ok(shown(hubspot, record, sorted(record.properties), []))


def purge_contact(hubspot: HubSpot, request: Request) -> Answer:
    """POST gdpr-delete: irreversible, by id or by address; no error for one unknown."""
    kind, body = hubspot.kind(request.parts[0]), request.json()
    if kind.name != "contacts":
        raise answers.not_found_page()
    record = find(hubspot, kind, str(body.get("objectId", "")), str(body.get("idProperty") or ""))
    hubspot.purge(record.id, "api")
    return Answer(204)


_READ, _WRITE = "{}.read", "{}.write"
ROUTES = (
    Route("GET", "/crm/v3/objects/{}", list_objects, _READ),
    Route("POST", "/crm/v3/objects/{}", create_object, _WRITE),
    Route("POST", "/crm/v3/objects/{}/search", search_objects, _READ, bucket="search"),
    Route("POST", "/crm/v3/objects/{}/merge", merge_objects, _WRITE),
    Route("POST", "/crm/v3/objects/{}/gdpr-delete", purge_contact, _WRITE),
    Route("GET", "/crm/v3/objects/{}/{}", read_object, _READ),
    Route("PATCH", "/crm/v3/objects/{}/{}", update_object, _WRITE),
    Route("DELETE", "/crm/v3/objects/{}/{}", archive_object, _WRITE),
)
