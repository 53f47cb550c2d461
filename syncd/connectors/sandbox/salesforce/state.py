"""The org itself: what people do in it, what administrators set, and what tests read as the truth.

Everything here takes the kernel's lock and stamps with the kernel's clock. The REST layer writes through the
same engine, so people and programs meet the same rules; only permissions and the duplicate and assignment
headers differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce import lifecycle, rules
from syncd.connectors.sandbox.salesforce.auth import Tokens
from syncd.connectors.sandbox.salesforce.catalogue import LEAD_STATUSES, STAGES, build_schema
from syncd.connectors.sandbox.salesforce.dml import Act, Change, Engine, Write
from syncd.connectors.sandbox.salesforce.meter import CallMade, Meter, Violation
from syncd.connectors.sandbox.salesforce.setup import (
    AssignmentRule,
    DuplicateAction,
    DuplicateRule,
    Permissions,
    Quirks,
    ValidationRule,
)
from syncd.connectors.sandbox.salesforce.values import Row, Value

MAPPED = ("Syncd_Key__c", "HubSpot_Contact_ID__c", "Syncd_Level__c", "Syncd_Grade__c", "Syncd_Score__c",
          "Syncd_Reason__c", "Syncd_Brief__c", "Syncd_Next_Step__c", "Syncd_Pass__c",
          "Syncd_SLA_Due__c", "Syncd_Criteria__c")  # fmt: skip
"""Custom Lead fields whose values arrive on the Contact at conversion."""
SYSTEM_FIELDS = frozenset({"Id", "SystemModstamp", "CreatedDate", "LastModifiedDate"})
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stood when it was asked for."""

    object: str
    id: str
    fields: Mapping[str, Value]
    _changes: Sequence[Change] = field(repr=False, compare=False, default=())

    def __getitem__(self, name: str) -> Value:
        return self.fields[name]

    @property
    def history(self) -> tuple[Change, ...]:
        """Its changes up to now, oldest first."""
        return tuple(c for c in self._changes if c.record_id == self.id)

    @property
    def is_deleted(self) -> bool:
        return bool(self.fields["IsDeleted"])


class Salesforce:
    """One org. `limits` makes the daily allowance refuse; `calls`, `writes` and `queries` record traffic."""

    def __init__(
        self, kernel: Kernel, *, limits: bool = False, api_calls_max: int = 100_000, is_sandbox: bool = True,
        name: str = "Northwind Demo",
    ) -> None:  # fmt: skip
        self.kernel = kernel
        chance = kernel.random("salesforce.org")
        self.instance = "".join(chance.choices(_LETTERS, k=3))
        self.engine = Engine(kernel, build_schema(), self.instance)
        self.tables = self.engine.tables
        self.schema = self.engine.schema
        self.mapped_on_conversion: tuple[str, ...] = MAPPED
        self.queries: list[str] = []
        self.cursors: dict[str, tuple[int, list[dict[str, object]]]] = {}
        self.cursor_count = 0
        self.meter = Meter(kernel, api_calls_max=api_calls_max, limits=limits)
        self._late: timedelta | None = None
        self._interruptions: dict[bytes, Callable[[], object]] = {}
        self._settle(name, is_sandbox)
        self.tokens = Tokens(kernel, self.org_id, chance.randrange(16**12))

    def _settle(self, name: str, is_sandbox: bool) -> None:
        """What every org has on its first day: itself, its users, its statuses and stages."""
        self.org_id = self._plant(
            "Organization", Name=name, OrganizationType="Enterprise Edition", IsSandbox=is_sandbox,
            InstanceName=self.instance, TimeZoneSidKey="Europe/Berlin", DefaultLocaleSidKey="en_US",
            LanguageLocaleKey="en_US",
        )  # fmt: skip
        profiles = [self._plant("Profile", Name=p) for p in (
            "System Administrator", "Minimum Access - API Only Integrations", "Standard User")]  # fmt: skip
        self.admin_id = self._plant_user("Ada", "Admin", profiles[0])
        self.integration_user_id = self._plant_user("Syncd", "Integration", profiles[1])
        self.standard_profile_id = profiles[2]
        self.engine.default_owner_id = self.admin_id
        for order, label in enumerate(LEAD_STATUSES, 1):
            self._plant(
                "LeadStatus", ApiName=label, MasterLabel=label, SortOrder=order, IsDefault=order == 1,
                IsConverted=label == lifecycle.CONVERTED_STATUS,
            )  # fmt: skip
        for order, (label, probability, is_closed, is_won, category) in enumerate(STAGES, 1):
            self._plant(
                "OpportunityStage", ApiName=label, MasterLabel=label, SortOrder=order, IsActive=True,
                IsClosed=is_closed, IsWon=is_won, DefaultProbability=float(probability),
                ForecastCategoryName=category,
            )  # fmt: skip

    # --- what people do ---

    def insert(self, object_name: str, fields: Mapping[str, object], by: str | None = None) -> str:
        """The id of a new record made at a screen. Raises Refusal."""
        with self._whole() as act:
            return self.engine.create(object_name, fields, act(by))

    def update(
        self, object_name: str, record_id: str, fields: Mapping[str, object], by: str | None = None
    ) -> None:
        """Change a record as a person does. Raises Refusal."""
        with self._whole() as act:
            self.engine.change(object_name, record_id, fields, act(by))

    def delete(self, object_name: str, record_id: str, by: str | None = None) -> None:
        """Put a record into the recycle bin. Raises Refusal."""
        with self._whole() as act:
            self.engine.remove(object_name, record_id, act(by))

    def undelete(self, object_name: str, record_id: str, by: str | None = None) -> None:
        """Take a record out of the recycle bin. Raises Refusal."""
        with self._whole() as act:
            self.engine.restore(object_name, record_id, act(by))

    def merge(self, object_name: str, winner: str, loser: str, by: str | None = None) -> None:
        """Merge two Leads, Contacts or Accounts; the winner keeps its values. Raises Refusal."""
        with self._whole() as act:
            lifecycle.merge(self.engine, object_name, winner, loser, act(by))

    def convert(
        self, lead_id: str, by: str | None = None, account_id: str | None = None, opportunity: bool = True, *,
        contact_id: str | None = None, opportunity_name: str = "",
    ) -> tuple[str, str, str | None]:  # fmt: skip
        """Ids of the account, the contact and the opportunity (None without one). Raises Refusal."""
        with self._whole() as act:
            return lifecycle.convert(
                self.engine, lead_id, act(by), mapped=self.mapped_on_conversion, account_id=account_id,
                contact_id=contact_id, opportunity=opportunity, opportunity_name=opportunity_name,
            )  # fmt: skip

    @contextmanager
    def late_commits(self, delay: timedelta) -> Iterator[None]:
        """Writes of people inside are stamped now, seen only `delay` later, their rows locked until then."""
        before, self._late = self._late, delay
        try:
            yield
        finally:
            self._late = before

    def interrupt(self, mark: str, act: Callable[[], object]) -> None:
        """Do `act` once, just before the first call whose body holds `mark`: between its caller's look and
        its write."""
        with self.kernel.lock:
            self._interruptions[mark.encode()] = act

    def called(self, body: bytes) -> None:
        """What others do before the call with this body is carried out."""
        for mark in [mark for mark in self._interruptions if mark in body]:
            self._interruptions.pop(mark)()

    # --- what tests read ---

    def record(self, object_name: str, record_id: str) -> Record:
        """The record of that id, deleted or not. Raises KeyError."""
        with self.kernel.lock:
            row = self.tables[object_name].rows[record_id]
            return Record(object_name, record_id, row, self.engine.changes)

    def all(self, object_name: str, *, deleted: bool = False) -> list[Record]:
        """Every record of that object that is not in the recycle bin, or with `deleted` those too, by id."""
        with self.kernel.lock:
            rows = sorted(self.tables[object_name].rows.items())
            return [
                Record(object_name, i, r, self.engine.changes)
                for i, r in rows
                if deleted or not r["IsDeleted"]
            ]

    def find(self, object_name: str, **fields: Value) -> list[Record]:
        """Living records with these values, text compared without case."""
        with self.kernel.lock:
            name, value = next(iter(fields.items()))
            rows = rules.matches(self.tables[object_name], name, value)
            return [
                Record(object_name, str(r["Id"]), r, self.engine.changes)
                for r in rows
                if all(str(r.get(f)).lower() == str(v).lower() for f, v in fields.items())
            ]

    @property
    def calls(self) -> list[CallMade]:
        return self.meter.calls

    @property
    def writes(self) -> list[Write]:
        """Every accepted write through the API."""
        return self.engine.writes

    @property
    def violations(self) -> list[Violation]:
        """Writes the API took but the documented rules for integrations forbid."""
        return self.meter.violations

    def counts(self) -> dict[str, int]:
        """How many living records there are of each object."""
        with self.kernel.lock:
            found = Counter(
                {name: sum(not r["IsDeleted"] for r in table) for name, table in self.tables.items()}
            )
            return dict(sorted(found.items()))

    # --- what administrators set ---

    @property
    def permissions(self) -> Permissions:
        return self.engine.permissions

    @property
    def quirks(self) -> Quirks:
        return self.engine.quirks

    def hide(self, object_name: str, field_name: str = "") -> None:
        """Take a field, or the whole object, from the integration user's sight."""
        if field_name:
            self.permissions.hidden_fields.add((object_name.lower(), field_name.lower()))
        else:
            self.permissions.hidden_objects.add(object_name.lower())

    def show(self, object_name: str, field_name: str = "") -> None:
        """Grant it again."""
        self.permissions.hidden_fields.discard((object_name.lower(), field_name.lower()))
        if not field_name:
            self.permissions.hidden_objects.discard(object_name.lower())

    def make_read_only(self, object_name: str, field_name: str) -> None:
        self.permissions.read_only_fields.add((object_name.lower(), field_name.lower()))

    def change_field(self, object_name: str, field_name: str, **settings: Any) -> None:
        """Change how a field is made: `values`, `is_restricted`, `is_required`, `length`, `is_unique`, ..."""
        kind = self.schema.get(object_name)
        kind.add([replace(self.schema.field(object_name, field_name), **settings)])

    def drop_field(self, object_name: str, field_name: str) -> None:
        """Delete a custom field from the org."""
        self.schema.field(object_name, field_name)
        del self.schema.get(object_name).fields[field_name.lower()]

    def add_user(
        self, first: str, last: str, *, title: str = "", is_active: bool = True, email: str = ""
    ) -> str:
        return self._plant_user(
            first, last, self.standard_profile_id, title=title, is_active=is_active, email=email
        )

    def add_queue(
        self, name: str, objects: tuple[str, ...] = ("Lead",), members: tuple[str, ...] | None = None
    ) -> str:
        """The id of a queue that takes records of these objects; its members are the admin unless told."""
        queue = self._plant("Group", Name=name, DeveloperName=name.replace(" ", "_"), Type="Queue")
        for object_name in objects:
            self._plant("QueueSobject", QueueId=queue, SobjectType=object_name)
        for member in (self.admin_id,) if members is None else members:
            self._plant("GroupMember", GroupId=queue, UserOrGroupId=member)
        return queue

    def show_rights(self, readers: tuple[str, ...], others: tuple[str, ...] = ()) -> None:
        """Tell whose permission sets let them read Leads, and whose do not."""
        allowing, other = "0PS000000000001AAA", "0PS000000000002AAA"
        self._plant("ObjectPermissions", ParentId=allowing, SobjectType="Lead", PermissionsRead=True)
        given = (*((user, allowing) for user in readers), *((user, other) for user in others))
        for user, permission_set in given:
            self._plant("PermissionSetAssignment", AssigneeId=user, PermissionSetId=permission_set)

    def add_duplicate_rule(self, name: str, object_name: str, action: DuplicateAction) -> DuplicateRule:
        """An active rule that compares e-mail addresses with Leads and Contacts."""
        rule = DuplicateRule(name, object_name, action)
        self.engine.duplicate_rules.append(rule)
        self._plant(
            "DuplicateRule", DeveloperName=name.replace(" ", "_"), MasterLabel=name, SobjectType=object_name,
            IsActive=True,
        )  # fmt: skip
        return rule

    def add_validation_rule(self, rule: ValidationRule) -> None:
        """Refuse saves of its object while the rule fails; mended by taking it out of `validation_rules`."""
        self.engine.validation_rules.append(rule)

    def add_flow(self, label: str, object_name: str, trigger: str = "RecordAfterSave") -> None:
        """A flow that is told of; it does nothing."""
        self._plant(
            "FlowDefinitionView", ApiName=label.replace(" ", "_"), Label=label,
            ProcessType="AutoLaunchedFlow", TriggerType=trigger, RecordTriggerType="CreateAndUpdate",
            TriggerObjectOrEventId=object_name, IsActive=True,
        )  # fmt: skip

    def add_trigger(self, name: str, object_name: str, *, is_active: bool = True) -> None:
        """An Apex trigger that is told of; it does nothing."""
        self._plant(
            "ApexTrigger", Name=name, TableEnumOrId=object_name, Status="Active" if is_active else "Inactive",
            UsageBeforeInsert=True, UsageAfterInsert=False, UsageBeforeUpdate=True, UsageAfterUpdate=False,
        )  # fmt: skip

    def tell_validation_rule(self, name: str, object_name: str, message: str) -> None:
        """Have a validation rule told of; `add_validation_rule` makes one that refuses."""
        entity = self._plant("EntityDefinition", QualifiedApiName=object_name, DurableId=object_name)
        self._plant(
            "ValidationRule",
            ValidationName=name,
            Active=True,
            ErrorMessage=message,
            EntityDefinitionId=entity,
        )

    def set_assignment_rule(self, name: str, owner_id: str, *, is_active: bool = True) -> AssignmentRule:
        """The org's one Lead assignment rule, which gives everything to `owner_id`; earlier ones rest."""
        table = self.tables["AssignmentRule"]
        for row_id, row in list(table.rows.items()):
            table.put(row_id, {**row, "Active": False})
        rule_id = self._plant("AssignmentRule", Name=name, SobjectType="Lead", Active=is_active)
        self.engine.assignment_rule = AssignmentRule(rule_id, name, owner_id, is_active)
        return self.engine.assignment_rule

    def lock_row(self, record_id: str, refusals: int = 1) -> None:
        """Refuse the next writes to this record, or to people of this account, with UNABLE_TO_LOCK_ROW."""
        with self.kernel.lock:
            self.engine.locks[record_id] = refusals

    def refresh_sandbox(self) -> str:
        """The new org id after a sandbox refresh: the same records in what is now another org."""
        with self.kernel.lock:
            row = self.tables["Organization"].rows[self.org_id]
            self.tables["Organization"].put(self.org_id, None)
            kept = {name: value for name, value in row.items() if name not in SYSTEM_FIELDS}
            self.org_id = self._plant("Organization", **kept)
            self.tokens.move_to(self.org_id)
            return self.org_id

    def expire_tokens(self) -> None:
        """End every session: the next call of each is answered 401 INVALID_SESSION_ID."""
        self.tokens.expire()

    # --- insides ---

    @contextmanager
    def _whole(self) -> Iterator[Any]:
        """One act of a person: all of it or nothing."""

        def act(by: str | None) -> Act:
            visible_at = self.kernel.now + self._late if self._late is not None else None
            return Act(by or self.admin_id, visible_at=visible_at)

        with self.kernel.lock:
            point = self.engine.savepoint()
            try:
                yield act
            except Exception:
                self.engine.rewind(point)
                raise
            self.engine.forget_journal()

    def _plant(self, object_name: str, **fields: Value) -> str:
        """A settings row put in place without rules."""
        with self.kernel.lock:
            return self.engine.plant(object_name, Row(fields), getattr(self, "admin_id", "005"))

    def _plant_user(
        self,
        first: str,
        last: str,
        profile_id: str,
        *,
        title: str = "",
        is_active: bool = True,
        email: str = "",
    ) -> str:
        address = email or f"{first}.{last}@northwind.example".lower().replace(" ", "")
        return self._plant(
            "User", FirstName=first, LastName=last, Name=f"{first} {last}", Email=address, Username=address,
            IsActive=is_active, Title=title or None, UserType="Standard", ProfileId=profile_id,
            Alias=(first[:1] + last).lower()[:8], TimeZoneSidKey="Europe/Berlin",
        )  # fmt: skip
