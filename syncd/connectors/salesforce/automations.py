"""What an org runs when we write: flows, Apex triggers and validation rules on Lead, Contact and Task.

Flows are told by FlowDefinitionView, which the Tooling API does not have; triggers and validation rules by
the Tooling API alone. All want *View Setup and Configuration*, which the integration user can do without:
what may not be read is named, and nothing else is affected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from syncd.connectors.salesforce import soql
from syncd.connectors.salesforce.client import Client, Query, Row
from syncd.connectors.salesforce.findings import PERMISSION_SET, finding
from syncd.connectors.salesforce.options import CONTACT, LEAD, TASK
from syncd.ports import Finding, Level, SystemFailure

WRITTEN = (LEAD, CONTACT, TASK)
_SAVES = {"RecordBeforeSave": "before the save", "RecordAfterSave": "after the save"}
_USAGES = {
    "UsageBeforeInsert": "before create",
    "UsageAfterInsert": "after create",
    "UsageBeforeUpdate": "before update",
    "UsageAfterUpdate": "after update",
}
_CURE = "look whether each is meant to run when the integration user writes, and except that user where not"


def listed(client: Client) -> Iterator[Finding]:
    """A finding per flow, trigger and rule, or why a kind could not be read. Never raises."""
    kinds: tuple[tuple[str, Callable[[Client], list[Finding]]], ...] = (
        ("flows", _flows),
        ("triggers", _triggers),
        ("validation rules", _rules),
    )
    for name, read in kinds:
        try:
            found = read(client)
        except SystemFailure as error:
            yield finding(
                Level.WARNING,
                "automation_unread",
                f"{name} that our writes set off: could not be read",
                error.failure.message,
                f"to have them listed, grant View Setup and Configuration {PERMISSION_SET}; nothing else "
                "needs it",
            )
            continue
        on = ", ".join(WRITTEN)
        yield from found or (finding(Level.OK, "automation", f"no {name} that our writes set off on {on}"),)


def _flows(client: Client) -> list[Finding]:
    """Record-triggered flows; for standard objects `TriggerObjectOrEventId` is the object's own name."""
    fields = ("ApiName", "Label", "TriggerType", "TriggerObjectOrEventId")
    text = soql.Select("FlowDefinitionView", fields, soql.equals("IsActive", value=True)).text()
    rows = client.all_rows(Query(text), "query flows")
    return [
        _found("flow", str(row["Label"] or row["ApiName"]), where, _SAVES[kind])
        for row in rows
        if (where := str(row["TriggerObjectOrEventId"] or "")) in WRITTEN
        and (kind := str(row["TriggerType"] or "")) in _SAVES
    ]


def _triggers(client: Client) -> list[Finding]:
    where = soql.every(soql.equals("Status", "Active"), soql.one_of("TableEnumOrId", WRITTEN))
    text = soql.Select("ApexTrigger", ("Name", "TableEnumOrId", *_USAGES), where).text()
    rows = client.tooling(text, "query triggers")
    return [
        _found("trigger", str(row["Name"]), str(row["TableEnumOrId"]), ", ".join(used))
        for row in rows
        if (used := [word for name, word in _USAGES.items() if row.get(name)])
    ]


def _rules(client: Client) -> list[Finding]:
    entity = "EntityDefinition.QualifiedApiName"
    where = soql.every(soql.equals("Active", value=True), soql.one_of(entity, WRITTEN))
    text = soql.Select("ValidationRule", ("ValidationName", "ErrorMessage", entity), where).text()
    return [
        _found(
            "validation rule",
            str(row["ValidationName"]),
            _entity(row),
            f"refuses with: {row.get('ErrorMessage') or ''}",
        )
        for row in client.tooling(text, "query validation rules")
    ]


def _entity(row: Row) -> str:
    return str((row.get("EntityDefinition") or {}).get("QualifiedApiName") or "")


def _found(kind: str, name: str, where: str, told: str) -> Finding:
    title = f"{name}: a {kind} that our writes set off"
    return finding(Level.WARNING, "automation", title, f"on {where}, {told}", _CURE, subject=name)
