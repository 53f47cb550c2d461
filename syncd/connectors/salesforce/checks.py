"""What `syncd doctor` says about an org: each check with what was found and the exact cure.

Only reads. A check that cannot be made is a finding too, so nothing here raises. A missing field and one
hidden by field-level security look the same through the API: the cures name both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from syncd.connectors.salesforce import decode, owners, soql
from syncd.connectors.salesforce.client import Client, Query, Row
from syncd.connectors.salesforce.findings import (
    PERMISSION_SET,
    failed,
    finding,
    hidden_field,
    hidden_object,
    kind,
    setup,
    used,
)
from syncd.connectors.salesforce.options import CONTACT, LEAD, TASK, SalesforceOptions, api_name
from syncd.connectors.salesforce.schema import Described, Field, Schema
from syncd.core.model import System
from syncd.ports import Account, FieldNeed, Finding, Level, Needs, SystemFailure

QUOTA_LOW, QUOTA_EMPTY = 0.30, 0.15
"""Shares left of the day's calls: below the second, all but fresh SQLs stand still."""
VERSION_LIFE = 9
"""Versions are supported for three years, three releases a year ("API End-of-Life Policy", REST guide)."""

_TYPES = {
    "text": {"string", "textarea", "email", "phone", "url", "picklist", "combobox", "reference", "id"},
    "number": {"double", "currency", "percent", "int", "long"},
    "date": {"date"},
    "datetime": {"datetime"},
    "bool": {"boolean"},
    "picklist": {"picklist", "multipicklist", "combobox"},
}
_READ = ("Account", "Opportunity", "OpportunityContactRole", "User", "Event")
_WRITTEN = ((LEAD, True), (CONTACT, False), (TASK, True))
"""Objects we write, and whether we create them."""


def _no_option(need: FieldNeed) -> Level:
    """What is written without an option goes without that field; what is read with one says nothing."""
    return Level.BEFORE_GO_LIVE if need.is_written else Level.PROBLEM


class Checks:
    """The checks of one org."""

    def __init__(self, client: Client, schema: Schema, options: SalesforceOptions) -> None:
        self._client = client
        self._schema = schema
        self._options = options

    def account(self) -> Account:
        """The org that answers. Raises SystemFailure."""
        row = self._organization()
        return Account(
            System.SALESFORCE,
            id=str(row["Id"]),
            name=decode.text_of(row.get("Name")),
            time_zone=decode.text_of(row.get("TimeZoneSidKey")) or "UTC",
            is_sandbox=bool(row.get("IsSandbox")),
            url=self._client.tokens.current().instance_url,
        )

    def inspect(self, needs: Needs) -> tuple[Finding, ...]:
        """All findings, in the order a person would mend them; after a failed login nothing else is asked."""
        with self._client.transport.priority(0):  # somebody waits for the answer
            return self._inspect(needs)

    def _inspect(self, needs: Needs) -> tuple[Finding, ...]:
        try:
            first = self._login()
        except SystemFailure as error:
            if error.failure.code == "salesforce.not_offered":
                return (*self._version(), failed("login", error))
            return (failed("login", error),)
        self._schema.forget()  # a person who just granted something wants to see it
        checks: Sequence[tuple[str, Callable[[], Iterable[Finding]]]] = (
            ("API version", self._version),
            ("API quota", self._quota),
            ("objects", self._objects),
            ("key fields", self._keys),
            ("fields", lambda: self._fields(needs.fields)),
            ("Lead Status values", lambda: self._statuses(needs.lead_statuses)),
            ("required fields", lambda: self._required(needs.fields)),
            ("currencies", lambda: self._currencies(needs.fields)),
            ("owners", lambda: owners.findings(self._client, needs)),
            ("assignment rules", lambda: self._assignment(is_needed=needs.org_rules)),
            ("duplicate rules", self._duplicate_rules),
            ("visible records", self._visible),
        )
        found = [first]
        for name, check in checks:
            try:
                found.extend(check())
            except SystemFailure as error:
                found.append(failed(name, error))
        return tuple({(item.code, item.title): item for item in reversed(found)}.values())[::-1]  # once each

    # --- the org -----------------------------------------------------------------------------------------

    def _organization(self) -> Row:
        fields = ("Id", "Name", "IsSandbox", "OrganizationType", "TimeZoneSidKey")
        return self._client.query(Query(soql.Select("Organization", fields).text()), "query org").records[0]

    def _login(self) -> Finding:
        row = self._organization()
        edition = "sandbox" if row.get("IsSandbox") else "production"
        return finding(
            Level.OK,
            "login",
            f"logged in to {decode.text_of(row.get('Name'))} ({row['Id']})",
            f"{edition}, {decode.text_of(row.get('OrganizationType')) or 'edition unknown'}",
        )

    def _version(self) -> Iterator[Finding]:
        versions = self._client.versions()
        version = self._client.api_version
        if version not in versions:
            yield finding(
                Level.PROBLEM,
                "api_version",
                f"API version {version} is not offered by this org",
                f"it offers {versions[0]} to {versions[-1]}" if versions else "it names no versions",
                "set salesforce.api_version under connections to a version in this range",
            )
        elif float(versions[-1]) - float(version) > VERSION_LIFE - 3:
            yield finding(
                Level.WARNING,
                "api_version",
                f"API version {version} is near the end of its support",
                f"the org offers {versions[-1]}",
                "raise salesforce.api_version under connections after trying it in a sandbox",
            )
        else:
            yield finding(Level.OK, "api_version", f"API version {version} is supported")

    def _quota(self) -> Iterator[Finding]:
        day = self._client.limits().get("DailyApiRequests") or {}
        limit, left = int(day.get("Max") or 0), int(day.get("Remaining") or 0)
        if limit == 0:
            yield finding(Level.WARNING, "quota", "the org does not show its daily API limit")
            return
        share = left / limit
        level = Level.PROBLEM if share < QUOTA_EMPTY else Level.WARNING if share < QUOTA_LOW else Level.OK
        yield finding(
            level,
            "quota",
            f"{left:,} of {limit:,} API requests are left in the last 24 hours",
            cure="" if level is Level.OK else "find who uses them: Setup > System Overview > API Usage",
        )

    # --- objects and fields ------------------------------------------------------------------------------

    def _objects(self) -> Iterator[Finding]:
        for name, is_created in _WRITTEN:
            described = self._described(name)
            if described is None:
                yield hidden_object(
                    name, Level.PROBLEM, "read, create and edit" if is_created else "read and edit"
                )
            elif not described.is_updateable or (is_created and not described.is_createable):
                right = "create and edit" if is_created else "edit"
                yield finding(
                    Level.PROBLEM,
                    "object_read_only",
                    f"{name} may not be written by the integration user",
                    cure=f"grant {right} on {name} {PERMISSION_SET}",
                )
            else:
                yield finding(Level.OK, "object", f"{name} may be written")
        for name in _READ:
            if self._described(name) is None:
                level = Level.WARNING if name == "Event" else Level.PROBLEM
                yield hidden_object(name, level, "read")

    def _keys(self) -> Iterator[Finding]:
        for name in (LEAD, CONTACT):
            if self._described(name) is not None:  # said once, for the object
                yield self._key(name)
        described = self._described(TASK)
        if described is not None and self._options.task_key_field not in described.fields:
            yield hidden_field(
                Level.PROBLEM,
                TASK,
                self._options.task_key_field,
                "the key that keeps tasks single",
                "Text(120)",
            )

    def _key(self, name: str) -> Finding:
        described, key = self._described(name), self._options.key_field
        item = described.fields.get(key) if described is not None else None
        if item is None:
            return hidden_field(
                Level.PROBLEM, name, key, "the external id of hand-offs", "Text(64), External ID, Unique"
            )
        if not (item.is_external_id and item.is_unique):
            return finding(
                Level.PROBLEM,
                "key_not_unique",
                f"{name}.{key} is not both External ID and Unique",
                "two writes at the same moment could create two records",
                f"{setup(name, key)} > Edit: tick External ID and Unique",
            )
        return finding(Level.OK, "key", f"{name}.{key} is a unique external id")

    def _fields(self, needs: Sequence[FieldNeed]) -> Iterator[Finding]:
        good: dict[str, int] = {}
        for need in needs:
            name = api_name(need.object_type)
            described = self._described(name)
            if described is None:
                continue  # said once, for the object
            problem = self._field(name, described.fields.get(need.field), need)
            if problem is None:
                good[name] = good.get(name, 0) + 1
            else:
                yield problem
        for name, number in sorted(good.items()):
            yield finding(Level.OK, "fields", f"{number} fields of {name} are as needed")

    def _field(self, name: str, item: Field | None, need: FieldNeed) -> Finding | None:
        if item is None:
            level = Level.PROBLEM if need.is_written or need.must_be_unique else Level.WARNING
            return hidden_field(level, name, need.field, need.used_by, kind(need))
        where = f"{name}.{need.field}"
        if need.type and item.type not in _TYPES.get(need.type, {item.type}):
            return finding(
                Level.PROBLEM,
                "field_type",
                f"{where} is of type {item.type}, not {need.type}",
                used(need),
                "map another field, or create one of the right type",
            )
        if need.is_written and not (item.is_createable or item.is_updateable):
            return finding(
                Level.PROBLEM,
                "field_read_only",
                f"{where} may not be written by the integration user",
                used(need),
                f"grant edit access to the field {PERMISSION_SET}, or take it out of the mapping",
                subject=where,
            )
        if need.must_be_unique and not (item.is_unique and item.is_external_id):
            return finding(
                Level.PROBLEM,
                "key_not_unique",
                f"{where} is not both External ID and Unique",
                used(need),
                f"{setup(name, need.field)} > Edit: tick External ID and Unique",
            )
        known = () if where == "Lead.Status" else item.values  # `_statuses` compares them both ways
        absent = [value for value in need.values if known and value not in known]
        if absent:
            return finding(
                _no_option(need) if item.is_restricted else Level.WARNING,
                "picklist_value",
                f"{where} lacks {len(absent)} value{'s' if len(absent) > 1 else ''} the playbook names",
                ", ".join(absent),
                f"add them ({setup(name, need.field)} > Values), or change the playbook",
            )
        return None

    def _statuses(self, named: Sequence[str]) -> Iterator[Finding]:
        described = self._described(LEAD)
        item = described.fields.get("Status") if described is not None else None
        if item is None or not named:
            return
        absent = [value for value in named if value not in item.values]
        if absent:
            yield finding(
                Level.BEFORE_GO_LIVE,
                "lead_status",
                f"Lead Status lacks {', '.join(absent)}",
                f"it has {', '.join(item.values)}",
                "name the org's own values under feedback.statuses, or add these to the picklist",
            )
        unread = [value for value in item.values if value not in named]
        if unread:
            yield finding(
                Level.WARNING,
                "lead_status_unmapped",
                f"Lead Status has values without a meaning: {', '.join(unread)}",
                "a Lead in one of them says nothing to the loop",
                "add them under feedback.statuses",
            )
        if not absent and not unread:
            yield finding(Level.OK, "lead_status", "every Lead Status value has a meaning")

    def _currencies(self, needs: Sequence[FieldNeed]) -> Iterator[Finding]:
        """An org with several currencies needs to know what our amounts are in."""
        described, ours = self._described(LEAD), self._options.currency
        own = described.fields.get("CurrencyIsoCode") if described is not None else None
        if described is None or own is None:
            return
        amounts = [
            need.field
            for need in needs
            if need.is_written
            and api_name(need.object_type) == LEAD
            and (item := described.fields.get(need.field)) is not None
            and item.type == "currency"
        ]
        if amounts and ours not in own.values:
            yield finding(
                Level.WARNING,
                "currency",
                f"the org does not have the currency {ours}"
                if ours
                else "the org has several currencies, and the playbook does not say which one it writes",
                f"left out until then: {', '.join(f'Lead.{name}' for name in amounts)}",
                f"set `currency` under `salesforce` in mapping.yaml to one of {', '.join(own.values)}",
            )

    def _required(self, needs: Sequence[FieldNeed]) -> Iterator[Finding]:
        described = self._described(LEAD)
        if described is None:
            return
        sent = {need.field for need in needs if need.is_written and api_name(need.object_type) == LEAD}
        sent |= {self._options.key_field, "OwnerId"}
        for item in described.fields.values():
            if item.is_required and item.name not in sent and item.type != "boolean":
                yield finding(
                    Level.PROBLEM,
                    "required_field",
                    f"Lead.{item.name} is required by the org and not sent",
                    "every new Lead would be refused",
                    "map the field (a constant will do: source '=text'), or give it a default in Salesforce",
                )

    # --- people and rules --------------------------------------------------------------------------------

    def _assignment(self, *, is_needed: bool) -> Iterator[Finding]:
        if not is_needed:
            return
        where = soql.every(soql.equals("SobjectType", LEAD), soql.equals("Active", value=True))
        rules = self._client.query(
            Query(soql.Select("AssignmentRule", ("Id", "Name"), where).text()), "query assignment rules"
        )
        if rules.records:
            yield finding(Level.OK, "assignment_rule", "the org has an active assignment rule for Leads")
        else:
            yield finding(
                Level.PROBLEM,
                "assignment_rule",
                "routing asks for the org's own rules, and no assignment rule for Leads is active",
                "new Leads would go to the default owner",
                "activate a rule (Setup > Lead Assignment Rules), or name an owner under routing",
            )

    def _duplicate_rules(self) -> Iterator[Finding]:
        where = soql.every(soql.equals("IsActive", value=True), soql.one_of("SobjectType", (LEAD, CONTACT)))
        select = soql.Select("DuplicateRule", ("DeveloperName", "SobjectType"), where)
        try:
            rules = self._client.query(Query(select.text()), "query duplicate rules").records
        except SystemFailure:
            yield finding(
                Level.OK,
                "duplicate_rules",
                "duplicate rules may not be read",
                "a rule that blocks shows as salesforce.duplicates_detected on the person concerned",
            )
            return
        for rule in rules:
            yield finding(
                Level.WARNING,
                "duplicate_rule",
                f"an active duplicate rule on {rule['SobjectType']}: {rule['DeveloperName']}",
                "people it finds elsewhere are parked with the records it names",
                "leave it on, or except the integration user if it blocks records that are no duplicates",
            )

    def _visible(self) -> Iterator[Finding]:
        names = [name for name in (LEAD, CONTACT, "Opportunity") if self._described(name) is not None]
        answers = self._client.queries([Query(soql.count(name)) for name in names], "query counts")
        seen = ", ".join(f"{name} {rows.total:,}" for name, rows in zip(names, answers, strict=True))
        yield finding(
            Level.OK,
            "visible",
            f"records the integration user sees: {seen}",
            "if an admin sees more, sharing hides the rest: grant View All on Lead, Contact and Opportunity",
        )

    def _described(self, name: str) -> Described | None:
        try:
            return self._schema.of(name)
        except SystemFailure as error:
            if error.failure.code == "salesforce.object_missing":
                return None
            raise
