"""Single records: create, read, change, delete, and upsert by external id; and `describe`.

Upsert answers 201 for a new record, 200 for a changed one, 300 with addresses where several match (REST
guide, "Insert or Update (Upsert) a Record Using an External ID").
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd.connectors.sandbox.salesforce import policy, rules
from syncd.connectors.sandbox.salesforce.api_types import Answer, Call, method_not_allowed
from syncd.connectors.sandbox.salesforce.dml import Act
from syncd.connectors.sandbox.salesforce.errors import Refusal, not_found
from syncd.connectors.sandbox.salesforce.fields import Field, ObjectType
from syncd.connectors.sandbox.salesforce.ids import full_id
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.salesforce.values import Row


def answer(org: Salesforce, call: Call) -> Answer:
    """The answer to a call under `sobjects`. Raises Refusal."""
    parts = call.parts[1:]
    if not parts:
        return _global_describe(org, call)
    kind = visible_object(org, call, parts[0])
    if len(parts) == 1:
        return _object(org, call, kind)
    if len(parts) == 2 and parts[1] == "describe":
        return Answer(200, _describe(org, call, kind))
    if len(parts) == 2:
        return _by_id(org, call, kind, parts[1])
    if len(parts) == 3:
        return _by_external_id(org, call, kind, parts[1], parts[2])
    raise not_found()


def visible_object(org: Salesforce, call: Call, name: str) -> ObjectType:
    """The object if it exists and may be seen. Raises Refusal NOT_FOUND."""
    kind = org.schema.get(name)
    if not call.session.permissions.sees_object(kind.name):
        raise not_found()
    return kind


def external_field(call: Call, kind: ObjectType, name: str) -> Field:
    """The external id field of that name. Raises Refusal NOT_FOUND for none, no key, or a hidden one."""
    item = call.session.permissions.find(kind, name)
    if item is None or not item.is_external_id:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return item


def upsert(
    org: Salesforce, act: Act, kind: ObjectType, item: Field, value: str, values: Mapping[str, object]
) -> tuple[str, bool]:
    """The id of the record with this key, and whether it is new. Raises Refusal, also for several."""
    found = rules.matches(org.tables[kind.name], item.name, value)
    if len(found) > 1:
        raise Refusal(
            "DUPLICATE_EXTERNAL_ID", f"{item.name}: more than one record found for external id field", ()
        )
    if found:
        org.engine.change(kind.name, str(found[0]["Id"]), values, act)
        return str(found[0]["Id"]), False
    return org.engine.create(kind.name, {**values, item.name: value}, act), True


def visible_fields(call: Call, kind: ObjectType, names: str = "") -> list[Field]:
    """The named fields, or all that may be seen. Raises Refusal INVALID_FIELD."""
    if not names:
        return [f for f in kind.fields.values() if call.session.permissions.sees(kind.name, f.name)]
    found = []
    for name in names.split(","):
        item = call.session.permissions.find(kind, name.strip())
        if item is None:
            raise Refusal("INVALID_FIELD", f"No such column '{name.strip()}' on entity '{kind.name}'")
        found.append(item)
    return found


def written(call: Call, kind: ObjectType, row: Row, fields: list[Field]) -> dict[str, object]:
    url = f"/services/data/{call.session.version}/sobjects/{kind.name}/{row['Id']}"
    record: dict[str, object] = {"attributes": {"type": kind.name, "url": url}}
    return record | {"Id": row["Id"]} | {f.name: row.get(f.name) for f in fields}


# --- one object ---


def _object(org: Salesforce, call: Call, kind: ObjectType) -> Answer:
    if call.method == "GET":
        return Answer(200, {"objectDescribe": kind.describe_short(), "recentItems": []})
    if call.method != "POST":
        raise method_not_allowed(call, "GET", "POST")
    values = bare(call.object_body())
    policy.check_write(org.meter, call, kind.name, values, creating=True)
    record_id = org.engine.create(kind.name, values, call.act())
    return Answer(201, {"id": record_id, "success": True, "errors": []})


def bare(record: Mapping[str, object]) -> dict[str, object]:
    """The record without its `attributes`."""
    return {name: value for name, value in record.items() if name != "attributes"}


def _by_id(org: Salesforce, call: Call, kind: ObjectType, record_id: str) -> Answer:
    if not full_id(record_id) or record_id[:3] != kind.prefix:
        raise not_found()
    if call.method == "GET":
        row = org.engine.living(kind.name, record_id)
        return Answer(
            200, written(call, kind, row, visible_fields(call, kind, call.params.get("fields", "")))
        )
    if call.method == "PATCH":
        values = bare(call.object_body())
        policy.check_write(org.meter, call, kind.name, values, creating=False)
        org.engine.change(kind.name, record_id, values, call.act())
        return Answer(204)
    if call.method == "DELETE":
        org.engine.remove(kind.name, record_id, call.act())
        return Answer(204)
    raise method_not_allowed(call, "DELETE", "GET", "HEAD", "PATCH")


def _by_external_id(org: Salesforce, call: Call, kind: ObjectType, field_name: str, value: str) -> Answer:
    item = external_field(call, kind, field_name)
    found = rules.matches(org.tables[kind.name], item.name, value)
    if len(found) > 1:
        base = f"/services/data/{call.session.version}/sobjects/{kind.name}"
        return Answer(300, [f"{base}/{row['Id']}" for row in found])
    if call.method == "GET":
        if not found:
            raise not_found()
        fields = visible_fields(call, kind, call.params.get("fields", ""))
        return Answer(200, written(call, kind, found[0], fields))
    if call.method == "DELETE":
        if not found:
            raise not_found()
        org.engine.remove(kind.name, str(found[0]["Id"]), call.act())
        return Answer(204)
    if call.method not in ("PATCH", "POST"):
        raise method_not_allowed(call, "DELETE", "GET", "HEAD", "PATCH", "POST")
    return _upsert_one(org, call, kind, item, value, is_new=not found)


def _upsert_one(
    org: Salesforce, call: Call, kind: ObjectType, item: Field, value: str, *, is_new: bool
) -> Answer:
    values = bare(call.object_body())
    if any(name.lower() == item.name.lower() for name in values):
        raise Refusal(
            "INVALID_FIELD",
            f"The {item.name} field should not be specified in the sobject data.",
            (item.name,),
        )
    if is_new and call.params.get("updateOnly", "").lower() == "true":
        raise not_found()
    policy.check_write(org.meter, call, kind.name, values | {item.name: value}, creating=is_new)
    record_id, created = upsert(org, call.act(), kind, item, value, values)
    if not created and org.quirks.upsert_update_is_204:
        return Answer(204)
    told = {"id": record_id, "success": True, "errors": [], "created": created}
    return Answer(201 if created else 200, told)


# --- describe ---


def _global_describe(org: Salesforce, call: Call) -> Answer:
    seen = [o for o in org.schema if call.session.permissions.sees_object(o.name)]
    base = f"/services/data/{call.session.version}/sobjects"
    listed = [
        o.describe_short() | {"urls": {
            "sobject": f"{base}/{o.name}", "describe": f"{base}/{o.name}/describe",
            "rowTemplate": f"{base}/{o.name}/{{ID}}",
        }}
        for o in seen
    ]  # fmt: skip
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def _describe(org: Salesforce, call: Call, kind: ObjectType) -> dict[str, object]:
    base = f"/services/data/{call.session.version}/sobjects/{kind.name}"
    fields = []
    for item in visible_fields(call, kind):
        told = item.describe()
        for verb, creating in (("createable", True), ("updateable", False)):
            told[verb] = call.session.permissions.may_write(kind.name, item, creating=creating)
        fields.append(told)
    return kind.describe_short() | {
        "fields": fields, "childRelationships": org.schema.child_paths(kind.name), "recordTypeInfos": [],
        "actionOverrides": [], "namedLayoutInfos": [], "supportedScopes": [],
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }  # fmt: skip
