"""Batches of CRM objects: 100 inputs, all or nothing unless every input can be told apart.

A read or update that names unknown ids answers 207 with one error for all of them. A create, update or
upsert in which every input carries its own `objectWriteTraceId` is answered input by input; without, the
first wrong input fails the whole batch. A body without inputs is answered with success and nothing done
(facts sections 5 and 7).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer, Refusal, ok
from syncd.connectors.sandbox.hubspot.kinds import Kind
from syncd.connectors.sandbox.hubspot.records import Record
from syncd.connectors.sandbox.hubspot.routes_objects import (
    check_required,
    create,
    find,
    properties_of,
    shown,
    shown_names,
)
from syncd.connectors.sandbox.hubspot.web import Request, Route

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

BATCH_MAX = 100
Item = dict[str, Any]
Doer = Callable[[Item], dict[str, object]]


def read_batch(hubspot: HubSpot, request: Request) -> Answer:
    """POST batch/read, by id or by a unique property. Results come by id, not in the order asked."""
    kind, body = hubspot.kind(request.parts[0]), request.json()
    with_history = [str(name) for name in body.get("propertiesWithHistory") or []]
    names = shown_names(hubspot, kind, [str(name) for name in body.get("properties") or []])
    found: dict[int, Record] = {}
    missing: list[str] = []
    for item in _inputs(hubspot, request, body, "read"):
        record = _found(hubspot, kind, str(item.get("id", "")), str(body.get("idProperty") or ""))
        if record is None or record.archived != request.is_true("archived"):
            missing.append(str(item.get("id", "")))
        else:
            found[record.number] = record
    results = [shown(hubspot, found[number], names, with_history) for number in sorted(found)]
    return _batch_answer(hubspot, results, [_unknown(kind, missing)] if missing else [])


def update_batch(hubspot: HubSpot, request: Request) -> Answer:
    """POST batch/update, by record id only."""
    kind, body = hubspot.kind(request.parts[0]), request.json()
    items = _inputs(hubspot, request, body, "update")
    if any(item.get("idProperty") for item in items):
        raise answers.refuse(400, "batch update takes record ids only")
    _refuse_duplicates(hubspot, [str(item.get("id", "")) for item in items])
    known = [item for item in items if _live(hubspot, kind, str(item.get("id", ""))) is not None]
    missing = [str(item.get("id", "")) for item in items if item not in known]
    errors = [_unknown(kind, missing)] if missing else []

    def change(item: Item) -> dict[str, object]:
        properties = properties_of(item)
        record = hubspot.record(kind.name, hubspot.update(kind.name, str(item["id"]), properties, "api"))
        return shown(hubspot, record, sorted({*kind.always, *properties}), [])

    def check(item: Item) -> None:
        properties = properties_of(item)
        check_required(hubspot, kind, request, properties, is_new=False)
        hubspot.checked(kind, properties, "api")

    return _each(hubspot, known, change, check, errors)


def create_batch(hubspot: HubSpot, request: Request) -> Answer:
    kind, body = hubspot.kind(request.parts[0]), request.json()
    items = _inputs(hubspot, request, body, "create")

    def make(item: Item) -> dict[str, object]:
        record = create(hubspot, kind, properties_of(item), item.get("associations") or [])
        return shown(hubspot, record, sorted(record.properties), [])

    def check(item: Item) -> None:
        properties = properties_of(item)
        check_required(hubspot, kind, request, properties, is_new=True)
        values = hubspot.checked(kind, properties, "api")
        taken = hubspot.by_email.get(values.get("email", "")) if kind.name == "contacts" else None
        if taken is not None:
            raise answers.conflict(taken)

    return _each(hubspot, items, make, check, [], status=201)


def upsert_batch(hubspot: HubSpot, request: Request) -> Answer:
    """POST batch/upsert by e-mail or a unique property; each result says whether it is new."""
    kind, body = hubspot.kind(request.parts[0]), request.json()
    items = _inputs(hubspot, request, body, "upsert")
    _refuse_duplicates(hubspot, [str(item.get("id", "")).lower() for item in items])

    def put(item: Item) -> dict[str, object]:
        id_, id_property, properties = str(item["id"]), str(item.get("idProperty") or ""), properties_of(item)
        record = _found(hubspot, kind, id_, id_property)
        if record is None:
            record = create(hubspot, kind, {id_property: id_, **properties}, [])
            is_new = True
        else:
            hubspot.update(kind.name, record.id, properties, "api")
            is_new = False
        return shown(hubspot, record, sorted({*kind.always, *properties}), []) | {"new": is_new}

    def check(item: Item) -> None:
        id_property = str(item.get("idProperty") or "")
        if id_property:
            _found(hubspot, kind, str(item.get("id", "")), id_property)
        elif _found(hubspot, kind, str(item.get("id", "")), "") is None:
            raise answers.refuse(400, "an upsert by record id needs a record of that id")
        hubspot.checked(kind, properties_of(item), "api")

    return _each(hubspot, items, put, check, [])


def archive_batch(hubspot: HubSpot, request: Request) -> Answer:
    """POST batch/archive: always 204, unknown ids too."""
    kind, body = hubspot.kind(request.parts[0]), request.json()
    for item in _inputs(hubspot, request, body, "archive"):
        record = _live(hubspot, kind, str(item.get("id", "")))
        if record is not None:
            hubspot.archive(kind.name, record.id, "api")
    return Answer(204)


def _inputs(hubspot: HubSpot, request: Request, body: dict[str, Any], verb: str) -> list[Item]:
    items = body.get("inputs") or []
    if len(items) > BATCH_MAX:
        hubspot.violations.append(f"{request.raw_path}: {len(items)} inputs in one batch")
        raise answers.refuse(400, f"The maximum number of inputs in a batch {verb} is {BATCH_MAX}")
    if not items:
        hubspot.violations.append(f"{request.raw_path}: a batch without inputs does nothing")
    return list(items)


def _refuse_duplicates(hubspot: HubSpot, ids: Sequence[str]) -> None:
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    if twice:
        hubspot.violations.append(f"one batch names {len(twice)} records twice")
        message = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        raise answers.refuse(400, message, context={"ids": twice})


def _found(hubspot: HubSpot, kind: Kind, id_: str, id_property: str) -> Record | None:
    """The record, archived or not; None when there is none. Other refusals pass."""
    try:
        return find(hubspot, kind, id_, id_property)
    except Refusal as refusal:
        if refusal.answer.status != 404:
            raise
        return None


def _live(hubspot: HubSpot, kind: Kind, id_: str) -> Record | None:
    record = _found(hubspot, kind, id_, "")
    return None if record is None or record.archived else record


def _unknown(kind: Kind, ids: list[str]) -> dict[str, object]:
    word = kind.singular.upper()
    message = (
        f"Could not get some {word} objects, they may be deleted or not exist. Check that ids are valid."
    )
    return {"status": "error", "category": "OBJECT_NOT_FOUND", "message": message, "context": {"ids": ids}}


def _each(hubspot: HubSpot, items: list[Item], act: Doer, check: Callable[[Item], None],
          errors: list[dict[str, object]], status: int = 200) -> Answer:  # fmt: skip
    """Act on every input: one by one when each has its own trace id, otherwise all or none."""
    traces = [item.get("objectWriteTraceId") for item in items]
    if items and all(traces) and len(set(traces)) == len(traces):
        results = []
        for item in items:
            try:
                check(item)
                results.append(act(item) | {"objectWriteTraceId": item["objectWriteTraceId"]})
            except Refusal as refusal:
                errors.append(_error_of(refusal, str(item["objectWriteTraceId"])))
    else:
        for item in items:
            check(item)
        results = [act(item) for item in items]
    return _batch_answer(hubspot, results, errors, status)


def _error_of(refusal: Refusal, trace: str) -> dict[str, object]:
    """One input's error inside a 207; a conflict names the record already there."""
    body = msgspec.json.decode(refusal.answer.body)
    context: dict[str, object] = {"objectWriteTraceId": [trace]}
    existing = str(body["message"]).rpartition("Existing ID: ")
    if existing[1]:
        context["existingId"] = [existing[2]]
    shown_error = {"status": "error", "category": body.get("category"), "message": body["message"]}
    return shown_error | {"context": context, "errors": body.get("errors", [])}


def _batch_answer(hubspot: HubSpot, results: list[dict[str, object]], errors: list[dict[str, object]],
                  status: int = 200) -> Answer:  # fmt: skip
    now = hubspot.now_text()
    content: dict[str, object] = {
        "status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now,
    }  # fmt: skip
    if not errors:
        return ok(content, status)
    return ok(content | {"numErrors": len(errors), "errors": errors}, 207)


_READ, _WRITE = "{}.read", "{}.write"
ROUTES = (
    Route("POST", "/crm/v3/objects/{}/batch/read", read_batch, _READ),
    Route("POST", "/crm/v3/objects/{}/batch/update", update_batch, _WRITE),
    Route("POST", "/crm/v3/objects/{}/batch/create", create_batch, _WRITE),
    Route("POST", "/crm/v3/objects/{}/batch/upsert", upsert_batch, _WRITE),
    Route("POST", "/crm/v3/objects/{}/batch/archive", archive_batch, _WRITE),
)
