"""Collections: up to 200 records in one call, answered one by one in the same order.

Errors inside carry `statusCode`; `allOrNone` takes everything back and marks the innocent ones (REST guide,
"Working with sObject Collections").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from syncd.connectors.sandbox.salesforce import policy, rules
from syncd.connectors.sandbox.salesforce.api_records import (
    bare,
    external_field,
    upsert,
    visible_fields,
    visible_object,
    written,
)
from syncd.connectors.sandbox.salesforce.api_types import Answer, Call, method_not_allowed
from syncd.connectors.sandbox.salesforce.errors import Refusal, bad_json, not_found
from syncd.connectors.sandbox.salesforce.fields import Field, ObjectType
from syncd.connectors.sandbox.salesforce.ids import full_id
from syncd.connectors.sandbox.salesforce.state import Salesforce

RECORDS_MAX = 200
RETRIEVE_MAX = 2_000
ROLLED_BACK = Refusal(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header", (),
)  # fmt: skip
One = Callable[[Mapping[str, object]], dict[str, object]]


def answer(org: Salesforce, call: Call) -> Answer:
    """The answer to a call under `composite/sobjects`. Raises Refusal."""
    parts = call.parts[2:]
    if not parts:
        return _mixed(org, call)
    kind = visible_object(org, call, parts[0])
    if len(parts) == 2 and call.method == "PATCH":
        item = external_field(call, kind, parts[1])
        twice = _keys_given_twice(_records(call), item)
        return _each(org, call, _records(call), lambda record: _upsert(org, call, kind, item, record, twice))
    if len(parts) == 1 and call.method in ("GET", "POST"):
        return _retrieve(org, call, kind)
    raise method_not_allowed(call, "GET", "PATCH", "POST") if len(parts) < 3 else not_found()


def _mixed(org: Salesforce, call: Call) -> Answer:
    if call.method == "POST":
        return _each(org, call, _records(call), lambda record: _create(org, call, record))
    if call.method == "PATCH":
        return _each(org, call, _records(call), lambda record: _update(org, call, record))
    if call.method == "DELETE":
        records = [{"id": i} for i in call.params.get("ids", "").split(",") if i]
        _check_count(org, records)
        return _each(org, call, records, lambda record: _delete(org, call, record))
    raise method_not_allowed(call, "DELETE", "PATCH", "POST")


def _records(call: Call) -> list[Mapping[str, object]]:
    records = call.object_body().get("records")
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise bad_json("Cannot deserialize instance of list from the value of 'records'")
    return records


def _check_count(org: Salesforce, records: Sequence[Mapping[str, object]]) -> None:
    if not records:
        raise Refusal("REQUIRED_FIELD_MISSING", "At least 1 record is required", ())
    if len(records) > RECORDS_MAX:
        org.meter.violate("too many records", f"{len(records)} in one collection")
        message = f"record limit reached. cannot submit more than {RECORDS_MAX} records into this call"
        raise Refusal("EXCEEDED_ID_LIMIT", message, ())


def _each(org: Salesforce, call: Call, records: Sequence[Mapping[str, object]], one: One) -> Answer:
    """Each record on its own, or with `allOrNone` all of them or none."""
    _check_count(org, records)
    asked = call.body.get("allOrNone", False) if isinstance(call.body, dict) else call.params.get("allOrNone")
    whole = org.engine.savepoint()
    results: list[dict[str, object]] = []
    failed = False
    for record in records:
        point = org.engine.savepoint()
        try:
            results.append(one(record))
        except Refusal as refusal:
            org.engine.rewind(point)
            failed = True
            results.append(_in_collection(refusal).as_result(_id_of(record) or None))
    if failed and str(asked).lower() == "true":
        org.engine.rewind(whole)
        results = [ROLLED_BACK.as_result() if r["success"] else r for r in results]
    return Answer(200, results)


def _in_collection(refusal: Refusal) -> Refusal:
    """A missing record is a broken reference here, not a 404."""
    if refusal.code != "NOT_FOUND":
        return refusal
    return Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())


def _id_of(record: Mapping[str, object]) -> str:
    return full_id(str(next((v for k, v in record.items() if k.lower() == "id"), "")))


def _kind(org: Salesforce, call: Call, record: Mapping[str, object]) -> ObjectType:
    attributes = record.get("attributes")
    name = attributes.get("type", "") if isinstance(attributes, dict) else ""
    if not name:
        raise Refusal("INVALID_TYPE", "Include an attributes.type in each record", ())
    return visible_object(org, call, str(name))


def _create(org: Salesforce, call: Call, record: Mapping[str, object]) -> dict[str, object]:
    kind = _kind(org, call, record)
    values = bare(record)
    policy.check_write(org.meter, call, kind.name, values, creating=True)
    return {"id": org.engine.create(kind.name, values, call.act()), "success": True, "errors": []}


def _update(org: Salesforce, call: Call, record: Mapping[str, object]) -> dict[str, object]:
    kind = _kind(org, call, record)
    record_id = _id_of(record)
    if not record_id:
        raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call", ())
    values = {name: value for name, value in bare(record).items() if name.lower() != "id"}
    policy.check_write(org.meter, call, kind.name, values, creating=False)
    org.engine.change(kind.name, record_id, values, call.act())
    return {"id": record_id, "success": True, "errors": []}


def _delete(org: Salesforce, call: Call, record: Mapping[str, object]) -> dict[str, object]:
    record_id = _id_of(record)
    kind = org.schema.by_prefix(record_id) if record_id else None
    if kind is None:
        raise Refusal("MALFORMED_ID", f"malformed id {record['id']}", ())
    org.engine.remove(kind.name, record_id, call.act())
    return {"id": record_id, "success": True, "errors": []}


def _keys_given_twice(records: Sequence[Mapping[str, object]], item: Field) -> set[str]:
    counts = Counter(str(record.get(item.name) or "").strip().lower() for record in records)
    return {key for key, count in counts.items() if count > 1}


def _upsert(
    org: Salesforce,
    call: Call,
    kind: ObjectType,
    item: Field,
    record: Mapping[str, object],
    twice: set[str],
) -> dict[str, object]:
    if _kind(org, call, record) is not kind:
        raise Refusal("INVALID_TYPE", "All records of an upsert must be of the type in the address", ())
    values = bare(record)
    name = next((n for n in values if n.lower() == item.name.lower()), "")
    value = str(values.pop(name, "") or "").strip()
    if not value:
        raise Refusal("MISSING_ARGUMENT", f"{item.name} not specified", ())
    if value.lower() in twice:
        raise Refusal("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (item.name,))
    is_new = not rules.matches(org.tables[kind.name], item.name, value)
    policy.check_write(org.meter, call, kind.name, values | {item.name: value}, creating=is_new)
    record_id, created = upsert(org, call.act(), kind, item, value, values)
    return {"id": record_id, "success": True, "errors": [], "created": created}


def _retrieve(org: Salesforce, call: Call, kind: ObjectType) -> Answer:
    """Records by id in the order asked for, null for those that are not there."""
    body = call.body if isinstance(call.body, dict) else {}
    ids = body.get("ids") or [i for i in call.params.get("ids", "").split(",") if i]
    names = body.get("fields") or call.params.get("fields", "")
    if len(ids) > (RETRIEVE_MAX if body else RECORDS_MAX):
        raise Refusal("EXCEEDED_ID_LIMIT", "record limit reached. too many ids", ())
    fields = visible_fields(call, kind, ",".join(names) if isinstance(names, list) else names)
    rows = [org.tables[kind.name].get(full_id(str(i))) for i in ids]
    return Answer(200, [written(call, kind, r, fields) if r and not r["IsDeleted"] else None for r in rows])
