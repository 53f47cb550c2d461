"""Writing: create, change, remove and restore one record, under all the platform's rules.

Writes of one act become visible together: at once, or, for an act told to commit late, at a later moment with
the earlier stamp, while its rows stay locked. That is how incremental readers lose rows in real orgs (SOAP
guide, GetUpdatedResult; facts section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce import orgs, rules
from syncd.connectors.sandbox.salesforce.errors import Refusal, deleted, no_such_column, not_found
from syncd.connectors.sandbox.salesforce.fields import ObjectType, Schema
from syncd.connectors.sandbox.salesforce.ids import full_id, make_id
from syncd.connectors.sandbox.salesforce.setup import (
    AssignmentRule,
    DuplicateRule,
    Permissions,
    Quirks,
    ValidationRule,
)
from syncd.connectors.sandbox.salesforce.table import Journal, Table
from syncd.connectors.sandbox.salesforce.values import Row, Value, accept, stamp

RULES_ON = "TRUE"
RULES_OFF = "FALSE"
ANY_TIMES = 1_000_000
STAGE_FIELDS = ("StageName", "Amount", "Probability", "CloseDate")
"""Fields whose changes the stage history keeps ("OpportunityHistory", object reference)."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who writes and how. `assign` is the assignment header; `visible_at` makes the commit late."""

    by: str
    is_api: bool = False
    assign: str = RULES_OFF
    allow_duplicates: bool = True
    visible_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record that got a new value."""

    object: str
    record_id: str
    field: str
    old: Value
    new: Value
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Write:
    """One accepted write through the API: what it made or changed, and what stood there before."""

    at: datetime
    verb: str  # create, update, delete
    object: str
    record_id: str
    fields: Mapping[str, Value]
    before: Mapping[str, Value]
    by: str


@dataclass(frozen=True, slots=True)
class Savepoint:
    journal: int
    writes: int
    changes: int


class Engine:
    """Tables, counters and locks of the org, and the verbs that change them."""

    def __init__(self, kernel: Kernel, schema: Schema, instance: str) -> None:
        self.kernel = kernel
        self.schema = schema
        self.tables = {o.name: Table(o.name, frozenset(f.name for f in o.fields.values())) for o in schema}
        self.permissions = Permissions()
        self.duplicate_rules: list[DuplicateRule] = []
        self.validation_rules: list[ValidationRule] = []
        self.quirks = Quirks()
        self.assignment_rule: AssignmentRule | None = None
        self.default_owner_id = ""
        self.writes: list[Write] = []
        self.changes: list[Change] = []
        self.duplicate_reports: list[tuple[str, str]] = []
        self.locks: dict[str, int] = {}
        self._instance = instance
        self._journal = Journal()
        self._counters: dict[str, int] = {}

    # --- whole acts ---

    def savepoint(self) -> Savepoint:
        return Savepoint(len(self._journal), len(self.writes), len(self.changes))

    def rewind(self, point: Savepoint) -> None:
        """Take back everything since, as a rolled-back transaction."""
        self._journal.rewind(point.journal)
        del self.writes[point.writes :]
        del self.changes[point.changes :]

    def forget_journal(self) -> None:
        self._journal.forget()

    # --- verbs ---

    def create(self, object_name: str, given: Mapping[str, object], act: Act) -> str:
        """The id of a new record. Raises Refusal."""
        kind = self.schema.get(object_name)
        if not kind.is_createable and act.is_api:
            raise Refusal(
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {kind.name}", ()
            )
        values = self._accepted(kind, given, act, creating=True)
        now = stamp(self.kernel.now)
        row: Row = {f.name: f.default for f in kind.fields.values()}  # type: ignore[misc]
        row.update(values, IsDeleted=False, CreatedDate=now, CreatedById=act.by)
        row["Id"] = record_id = self._next_id(kind)
        if kind.find("OwnerId"):
            row["OwnerId"] = self._assigned(kind, act, creating=True) or row.get("OwnerId") or act.by
        self._finish(kind, row, None, act, frozenset(values))
        self._commit(kind, record_id, None, row, act)
        return record_id

    def change(self, object_name: str, record_id: str, given: Mapping[str, object], act: Act) -> None:
        """Change a record. A change to what it says already still moves its stamps. Raises Refusal."""
        kind = self.schema.get(object_name)
        before = self.living(kind.name, record_id)
        self.take_lock(before)
        if before.get("IsConverted") and not self.quirks.converted_leads_take_writes:
            raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
        row = before | self._accepted(kind, given, act, creating=False)
        if owner := self._assigned(kind, act, creating=False):
            row["OwnerId"] = owner
        changed = frozenset(f for f in row if row[f] != before.get(f))
        self._finish(kind, row, before, act, changed)
        self._commit(kind, str(before["Id"]), before, row, act)

    def remove(self, object_name: str, record_id: str, act: Act) -> None:
        """Put a record, and what hangs on it, into the recycle bin. Raises Refusal."""
        kind = self.schema.get(object_name)
        if not kind.is_deletable:
            raise Refusal(
                "INSUFFICIENT_ACCESS_OR_READONLY", f"entity type cannot be deleted: {kind.name}", ()
            )
        before = self.living(kind.name, record_id)
        self.take_lock(before)
        for child, child_id in self._dependants(kind.name, str(before["Id"])):
            self.remove(child, child_id, act)
        self._commit(kind, str(before["Id"]), before, before | {"IsDeleted": True}, act)

    def restore(self, object_name: str, record_id: str, act: Act) -> None:
        """Take a record, and what went with it, out of the recycle bin. Raises Refusal."""
        kind = self.schema.get(object_name)
        before = self.tables[kind.name].get(record_id)
        if before is None:
            raise not_found()
        if not before["IsDeleted"] or before.get("MasterRecordId"):
            raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin", ())
        rules.check_unique(kind, before, record_id, self.tables[kind.name])
        self._commit(kind, record_id, before, before | {"IsDeleted": False}, act)
        for child, child_id in self._dependants(kind.name, record_id, gone_at=before["SystemModstamp"]):
            self.restore(child, child_id, act)

    def rewrite(self, object_name: str, record_id: str, values: Row, act: Act) -> None:
        """Set fields as the platform itself does (conversion, merge, roll-ups): no rule is asked."""
        kind = self.schema.get(object_name)
        before = self.tables[kind.name].rows[record_id]
        self._commit(kind, record_id, before, before | values, act)

    def plant(self, object_name: str, values: Row, by: str) -> str:
        """The id of a row put in place as set-up does, without rules, history or a lock."""
        kind = self.schema.get(object_name)
        now = stamp(self.kernel.now)
        record_id = self._next_id(kind)
        row = Row({f.name: f.default for f in kind.fields.values()})  # type: ignore[misc]
        row |= {"CreatedDate": now, "CreatedById": by, "LastModifiedDate": now, "LastModifiedById": by}
        self.tables[kind.name].put(record_id, row | values | {"Id": record_id, "SystemModstamp": now})
        return record_id

    # --- finding ---

    def living(self, object_name: str, record_id: str) -> Row:
        """The row of that id. Raises Refusal for none, or one in the recycle bin."""
        kind = self.schema.get(object_name)
        found = full_id(record_id)
        if not found or found[:3] != kind.prefix:
            raise Refusal("MALFORMED_ID", f"{kind.name} ID: id value of incorrect type: {record_id}", ("Id",))
        row = self.tables[kind.name].get(found)
        if row is None:
            raise not_found(f"Provided external ID field does not exist or is not accessible: {record_id}")
        if row.get("IsDeleted"):
            raise deleted()
        return row

    def take_lock(self, row: Row) -> None:
        """Raises Refusal UNABLE_TO_LOCK_ROW while somebody holds this record or its account; tries count."""
        for held in (row["Id"], row.get("AccountId")):
            left = self.locks.get(str(held), 0)
            if left:
                self.locks[str(held)] = left - 1
                raise Refusal(
                    "UNABLE_TO_LOCK_ROW",
                    f"unable to obtain exclusive access to this record or 1 records: {held}", (),
                )  # fmt: skip

    def _dependants(
        self, object_name: str, record_id: str, gone_at: Value = None
    ) -> Iterable[tuple[str, str]]:  # fmt: skip
        """Records that go with this one: living ones, or those that went at `gone_at`."""
        links = {
            "Lead": (("Task", "WhoId"), ("Event", "WhoId"), ("CampaignMember", "LeadId")),
            "Contact": (("OpportunityContactRole", "ContactId"), ("CampaignMember", "ContactId")),
            "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId")),
            "Opportunity": (("OpportunityContactRole", "OpportunityId"), ("Task", "WhatId")),
        }.get(object_name, ())
        return [
            (child, child_id)
            for child, item in links
            for child_id in sorted(self.tables[child].with_value(item, record_id))
            if self.tables[child].rows[child_id]["IsDeleted"] is (gone_at is not None)
            and (gone_at is None or self.tables[child].rows[child_id]["SystemModstamp"] == gone_at)
        ]

    # --- steps of a write ---

    def _accepted(self, kind: ObjectType, given: Mapping[str, object], act: Act, *, creating: bool) -> Row:
        values: Row = {}
        for name, value in given.items():
            item = self.permissions.find(kind, name) if act.is_api else kind.find(name)
            if item is None:
                path = kind.parent_path(name)
                if path and isinstance(value, dict):
                    raise Refusal(
                        "INVALID_FIELD", f"Cannot reference a foreign key field {path.relationship}."
                    )
                raise no_such_column(name, kind.name)
            if act.is_api and not self.permissions.may_write(kind.name, item, creating=creating):
                verb = "create" if creating else "update"
                raise Refusal(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    f"Unable to {verb} fields: {item.name}. Please check the security settings of this field"
                    " and verify that it is read/write for your profile or permission set.",
                    (item.name,),
                )
            values[item.name] = accept(item, value)
        return values

    def _assigned(self, kind: ObjectType, act: Act, *, creating: bool) -> str:
        """The owner the org's assignment rule gives, or an empty string where it does not run.

        With the header on,
        a rule that is not active still puts the default owner on new records (help article
        000395506).
        """
        rule = self.assignment_rule
        if kind.name != "Lead" or rule is None or act.assign.upper() == RULES_OFF:
            return ""
        if rule.is_active or act.assign == rule.id:
            return rule.owner_id
        return self.default_owner_id if creating else ""

    def _finish(
        self, kind: ObjectType, row: Row, before: Row | None, act: Act, changed: frozenset[str]
    ) -> None:
        rules.complete(kind, row, before, stamp(self.kernel.now), self.tables)
        rules.check_required(kind, row)
        orgs.check_places(kind, row)
        if "OwnerId" in row and (before is None or row["OwnerId"] != before["OwnerId"]):
            rules.check_owner(kind, row, self.tables)
        rules.check_references(kind, row, changed - {"OwnerId"}, self.tables)
        rules.check_validation(self.validation_rules, kind, row)
        record_id = str(row["Id"])
        rules.check_unique(kind, row, record_id, self.tables[kind.name])
        due = [r for r in self.duplicate_rules if before is None or row.get(r.field) != before.get(r.field)]
        reported = rules.check_duplicates(
            due, kind, row, record_id, self.tables, allow_save=act.allow_duplicates,
            detail_key="duplicateResult" if self.quirks.duplicates_spelt_right else "duplicateResut",
        )  # fmt: skip
        self.duplicate_reports += [(name, record_id) for name in reported]

    def _commit(self, kind: ObjectType, record_id: str, before: Row | None, row: Row, act: Act) -> None:
        now = stamp(self.kernel.now)
        if "LastModifiedById" in row:
            row |= {"LastModifiedDate": now, "LastModifiedById": act.by, "SystemModstamp": now}
        rows = [(self.tables[kind.name], record_id, row), *self._history(kind, record_id, before, row, act)]
        rows += self._last_activity(kind, row)
        if act.visible_at is not None and act.visible_at > self.kernel.now:
            self._commit_later(rows, act.visible_at)
        else:
            for table, row_id, new in rows:
                self._journal.write(table, row_id, new)
        self._note(kind, record_id, before, row, act)

    def _commit_later(self, rows: list[tuple[Table, str, Row]], visible_at: datetime) -> None:
        held = [row_id for _table, row_id, _row in rows]
        self.locks.update(dict.fromkeys(held, ANY_TIMES))

        def commit() -> None:
            for table, row_id, row in rows:
                table.put(row_id, row)
                self.locks.pop(row_id, None)

        self.kernel.at(visible_at, commit)

    def _history(
        self, kind: ObjectType, record_id: str, before: Row | None, row: Row, act: Act
    ) -> list[tuple[Table, str, Row]]:
        """Rows of LeadHistory: a `created` row without values, then one per tracked field that changed. Rows
        of OpportunityHistory: the present values whenever one of them changes."""
        if kind.name == "Opportunity":
            return self._stage_history(record_id, before, row, act)
        if kind.name != "Lead":
            return []
        events: list[tuple[str, Value, Value]] = [("created", None, None)] if before is None else []
        if before is not None:
            tracked = [f for f in kind.tracked if row.get(f) != before.get(f)]
            events += [("Owner" if f == "OwnerId" else f, before.get(f), row.get(f)) for f in tracked]
            if row["IsConverted"] and not before["IsConverted"]:
                events.append(("leadConverted", None, None))
        made = self.schema.get("LeadHistory")
        rows = []
        for name, old, new in events:
            history_id = self._next_id(made)
            rows.append((self.tables["LeadHistory"], history_id, Row(
                Id=history_id, IsDeleted=False, LeadId=record_id, Field=name, OldValue=old, NewValue=new,
                DataType="Text", CreatedById=act.by, CreatedDate=stamp(self.kernel.now),
            )))  # fmt: skip
        return rows

    def _stage_history(
        self, record_id: str, before: Row | None, row: Row, act: Act
    ) -> list[tuple[Table, str, Row]]:
        if before is not None and all(row.get(name) == before.get(name) for name in STAGE_FIELDS):
            return []
        history_id = self._next_id(self.schema.get("OpportunityHistory"))
        values = Row({name: row.get(name) for name in STAGE_FIELDS})
        values |= Row(
            Id=history_id, IsDeleted=False, OpportunityId=record_id, CreatedById=act.by,
            CreatedDate=stamp(self.kernel.now),
        )  # fmt: skip
        return [(self.tables["OpportunityHistory"], history_id, values)]

    def _last_activity(self, kind: ObjectType, row: Row) -> list[tuple[Table, str, Row]]:
        """The person's LastActivityDate after a finished task or an event; it moves no stamp there."""
        if kind.name not in ("Task", "Event") or row.get("IsClosed") is False or not row.get("WhoId"):
            return []
        person_id = str(row["WhoId"])
        table = self.tables["Lead" if person_id.startswith("00Q") else "Contact"]
        person, day = table.get(person_id), str(row.get("ActivityDate") or stamp(self.kernel.now)[:10])
        if person is None or str(person.get("LastActivityDate") or "") >= day:
            return []
        return [(table, person_id, person | {"LastActivityDate": day})]

    def _note(self, kind: ObjectType, record_id: str, before: Row | None, row: Row, act: Act) -> None:
        at, old = self.kernel.now, before or {}
        system = ("SystemModstamp", "LastModifiedDate", "LastModifiedById")
        names = [f for f in row if row[f] != old.get(f) and f not in system]
        self.changes += [Change(kind.name, record_id, f, old.get(f), row[f], at, act.by) for f in names]
        if act.is_api:
            verb = "create" if before is None else "delete" if row["IsDeleted"] else "update"
            new = {f: row[f] for f in names}
            self.writes.append(
                Write(at, verb, kind.name, record_id, new, {f: old.get(f) for f in names}, act.by)
            )

    def _next_id(self, kind: ObjectType) -> str:
        # Both settings objects share the prefix 01J, so their numbers come from one counter.
        number = self._counters[kind.prefix] = self._counters.get(kind.prefix, 0) + 1
        return make_id(kind.prefix, self._instance, number)
