"""The rules of the platform on one row: what it fills in by itself, and what it refuses.

Pure on rows and tables; the engine in `dml` calls them in the platform's order (field checks, automation,
required fields, owner, references, uniqueness, duplicates). Sources: object reference for Lead, Task and
Opportunity; REST guide for assignment and duplicate headers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from syncd.connectors.sandbox.salesforce.catalogue import STAGES
from syncd.connectors.sandbox.salesforce.errors import Refusal, deleted
from syncd.connectors.sandbox.salesforce.fields import FieldType, ObjectType
from syncd.connectors.sandbox.salesforce.setup import DuplicateAction, DuplicateRule, ValidationRule
from syncd.connectors.sandbox.salesforce.table import Table
from syncd.connectors.sandbox.salesforce.values import Row, moment, stamp

Tables = Mapping[str, Table]
_UNKNOWN_STAGE = (10, False, False, "Pipeline")
_STAGES = {stage[0]: stage[1:] for stage in STAGES}


def complete(kind: ObjectType, row: Row, before: Row | None, now: str, tables: Tables) -> None:
    """Fill in what the platform derives from the rest of the row."""
    if "name" in kind.fields and "lastname" in kind.fields:
        row["Name"] = " ".join(str(row[f]) for f in ("FirstName", "LastName") if row.get(f))
    if kind.name == "Opportunity":
        _complete_opportunity(row, before, now)
    elif kind.name == "Task":
        row["IsClosed"] = row.get("Status") == "Completed"
        row["IsHighPriority"] = row.get("Priority") == "High"
        if not row["IsClosed"]:
            row["CompletedDateTime"] = None
        elif not (before and before["IsClosed"]):
            row["CompletedDateTime"] = now
    elif kind.name == "Event":
        _complete_event(row)
    elif kind.name == "CampaignMember":
        row["HasResponded"] = row.get("Status") == "Responded"
        if row["HasResponded"] and not row.get("FirstRespondedDate"):
            row["FirstRespondedDate"] = now[:10]
    if kind.name in ("Task", "Event"):
        row["AccountId"] = _account_of(row, tables)


def _complete_opportunity(row: Row, before: Row | None, now: str) -> None:
    if before is not None and before["StageName"] == row["StageName"]:
        return
    probability, is_closed, is_won, category = _STAGES.get(str(row.get("StageName")), _UNKNOWN_STAGE)
    row.update(
        IsClosed=is_closed, IsWon=is_won, ForecastCategoryName=category, Probability=float(probability)
    )
    row["LastStageChangeDate"] = now if before else None


def _complete_event(row: Row) -> None:
    starts = row.get("StartDateTime") or row.get("ActivityDateTime")
    if not starts:
        return
    row["StartDateTime"] = row["ActivityDateTime"] = starts
    row["ActivityDate"] = str(starts)[:10]
    starts_at = moment(str(starts))
    if row.get("EndDateTime"):
        row["DurationInMinutes"] = int((moment(str(row["EndDateTime"])) - starts_at).total_seconds() // 60)
    elif row.get("DurationInMinutes") is not None:
        row["EndDateTime"] = stamp(starts_at + timedelta(minutes=int(row["DurationInMinutes"] or 0)))


def _account_of(row: Row, tables: Tables) -> str | None:
    """The account an activity belongs to, by what it is about and else by whom."""
    what, who = str(row.get("WhatId") or ""), str(row.get("WhoId") or "")
    if what.startswith("001"):
        return what
    for name, record_id in (("Opportunity", what), ("Contact", who)):
        found = tables[name].get(record_id)
        if found and found.get("AccountId"):
            return str(found["AccountId"])
    return None


def check_required(kind: ObjectType, row: Row) -> None:
    """Raises Refusal REQUIRED_FIELD_MISSING naming every missing field."""
    missing = [
        f.name for f in kind.fields.values()
        if f.is_required and f.is_createable and f.type is not FieldType.BOOLEAN and row.get(f.name) is None
    ]  # fmt: skip
    if kind.name == "Event" and row.get("DurationInMinutes") is None:
        missing.append("DurationInMinutes" if row.get("StartDateTime") else "ActivityDateTime")
    if missing:
        raise Refusal(
            "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", tuple(missing)
        )


def check_references(kind: ObjectType, row: Row, changed: frozenset[str], tables: Tables) -> None:
    """Every changed reference points at a living record of an allowed object."""
    for name in sorted(changed):
        item = kind.find(name)
        value = row.get(name)
        if item is None or item.type is not FieldType.REFERENCE or not value:
            continue
        target = next((tables[p].get(str(value)) for p in item.parents if tables[p].get(str(value))), None)
        if target is None:
            raise Refusal(
                "INVALID_CROSS_REFERENCE_KEY", f"{item.label}: invalid cross reference id", (item.name,)
            )
        if target.get("IsDeleted"):
            raise deleted()
        if target.get("IsConverted") and kind.name in ("Task", "Event", "CampaignMember"):
            raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", (item.name,))
    if kind.name in ("Task", "Event") and str(row.get("WhoId") or "").startswith("00Q") and row.get("WhatId"):
        raise Refusal(
            "FIELD_INTEGRITY_EXCEPTION", "Related To ID: only contacts may have a related object", ("WhatId",)
        )


def check_owner(kind: ObjectType, row: Row, tables: Tables) -> None:
    """The owner is an active user, or for Leads and Tasks a queue that takes that object."""
    owner = str(row.get("OwnerId") or "")
    user = tables["User"].get(owner)
    if user is not None:
        if not user["IsActive"]:
            raise Refusal(
                "INACTIVE_OWNER_OR_USER",
                f"Operation performed with inactive user [{owner}] as owner of {kind.name}", ("OwnerId",),
            )  # fmt: skip
        return
    item = kind.find("OwnerId")
    if item is None or "Group" not in item.parents:
        raise Refusal(
            "INVALID_CROSS_REFERENCE_KEY", f"Owner ID: id value of incorrect type: {owner}", ("OwnerId",)
        )
    rows = (tables["QueueSobject"].rows[i] for i in tables["QueueSobject"].with_value("QueueId", owner))
    if tables["Group"].get(owner) is None or not any(r["SobjectType"] == kind.name for r in rows):
        raise Refusal(
            "INVALID_CROSS_REFERENCE_KEY",
            f"Owner ID: the queue does not take {kind.name} records",
            ("OwnerId",),
        )


def check_validation(validations: list[ValidationRule], kind: ObjectType, row: Row) -> None:
    """Raises Refusal FIELD_CUSTOM_VALIDATION_EXCEPTION for the first rule of the org that fails."""
    for rule in validations:
        if rule.object == kind.name and rule.fails(row):
            raise Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, rule.fields)


def check_unique(kind: ObjectType, row: Row, record_id: str, table: Table) -> None:
    """Raises Refusal DUPLICATE_VALUE naming the record that has the value already."""
    for item in kind.fields.values():
        value = row.get(item.name)
        if not item.is_unique or value is None:
            continue
        for other in matches(table, item.name, value):
            if other["Id"] != record_id:
                raise Refusal(
                    "DUPLICATE_VALUE",
                    f"duplicate value found: {item.name} duplicates value on record with id: "
                    f"{str(other['Id'])[:15]}",
                    (),
                )


def matches(table: Table, field_name: str, value: object) -> list[Row]:
    """Living rows whose field has this value, case ignored, in order of id."""
    if table.is_indexed(field_name):
        rows = [table.rows[i] for i in sorted(table.with_value(field_name, value))]
    else:
        wanted = str(value).lower()
        rows = [r for r in table if r.get(field_name) is not None and str(r[field_name]).lower() == wanted]
    return [r for r in rows if not r.get("IsDeleted")]


def check_duplicates(
    rules: list[DuplicateRule],
    kind: ObjectType,
    row: Row,
    record_id: str,
    tables: Tables,
    *,
    allow_save: bool,
    detail_key: str,
) -> list[str]:
    """Names of rules that only report. Raises Refusal DUPLICATES_DETECTED for one that stops the save."""
    reported = []
    for rule in rules:
        if not rule.is_active or rule.object != kind.name or not row.get(rule.field):
            continue
        found = list(_twins(rule, row, record_id, tables))
        if not found:
            continue
        if rule.action is DuplicateAction.REPORT or (rule.action is DuplicateAction.ALERT and allow_save):
            reported.append(rule.name)
            continue
        raise Refusal("DUPLICATES_DETECTED", rule.message, None, details={detail_key: _detail(rule, found)})
    return reported


def _twins(rule: DuplicateRule, row: Row, record_id: str, tables: Tables) -> Iterator[tuple[str, Row]]:
    for name in rule.against:
        for other in matches(tables[name], rule.field, row[rule.field]):
            if other["Id"] != record_id and not other.get("IsConverted"):
                yield name, other


def _detail(rule: DuplicateRule, found: list[tuple[str, Row]]) -> dict[str, object]:
    """The misspelt `duplicateResut` body (REST guide, Duplicate Rule Header; SOAP guide, DuplicateResult)."""
    results = []
    for name in rule.against:
        twins = [r for kind, r in found if kind == name]
        if twins:
            records = [
                {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0,
                 "record": {"attributes": {"type": name,
                 "url": f"/services/data/v66.0/sobjects/{name}/{r['Id']}"},
                            "Id": r["Id"]}}
                for r in twins
            ]  # fmt: skip
            results.append(
                {"entityType": name, "errors": [], "matchEngine": "ExactMatchEngine", "matchRecords": records,
                 "rule": f"Standard_{name}_Match_Rule", "size": len(records), "success": True}
            )  # fmt: skip
    return {
        "allowSave": rule.action is DuplicateAction.ALERT, "duplicateRule": rule.name.replace(" ", "_"),
        "duplicateRuleEntityType": rule.object, "errorMessage": rule.message, "matchResults": results,
    }  # fmt: skip
