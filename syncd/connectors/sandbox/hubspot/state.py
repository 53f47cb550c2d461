"""The emulated portal's own state, and what people and the API can do to it.

Tests read the truth here and act as people; the routes act as the API. Every act takes the kernel's lock
and its time. Whatever changes a property moves the record's modified date; changing an association or
archiving does not. A stage set backward by anyone but a person in the portal is accepted and does nothing
(facts 8.1).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.connectors.sandbox.hubspot import answers, deals
from syncd.connectors.sandbox.hubspot.associations import Associations
from syncd.connectors.sandbox.hubspot.catalogue import definitions_of
from syncd.connectors.sandbox.hubspot.definitions import BadValue, Definition, canonical
from syncd.connectors.sandbox.hubspot.gate import Limiter
from syncd.connectors.sandbox.hubspot.index import Index
from syncd.connectors.sandbox.hubspot.journal import ApiWrite, Call
from syncd.connectors.sandbox.hubspot.kinds import KINDS, Kind, kind_of
from syncd.connectors.sandbox.hubspot.lifecycle import DEFAULT_STAGE, stage_dates, stage_write
from syncd.connectors.sandbox.hubspot.lists import Lists
from syncd.connectors.sandbox.hubspot.marketing import Marketing
from syncd.connectors.sandbox.hubspot.merging import addresses, merge
from syncd.connectors.sandbox.hubspot.records import Record, stamp
from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.violations import Violations

SCOPES = frozenset({
    "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.companies.read",
    "crm.objects.companies.write", "crm.objects.deals.read", "crm.objects.deals.write",
    "crm.objects.owners.read", "crm.lists.read", "crm.lists.write", "crm.schemas.contacts.read",
    "crm.schemas.contacts.write", "crm.schemas.companies.read", "crm.schemas.deals.read", "forms",
    "crm.objects.marketing_events.read", "sales-email-read", "content", "communication_preferences.read",
    "communication_preferences.write",
    "business-intelligence", "automation", "crm.objects.contacts.highly_sensitive.read.v2",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    created_at: datetime
    is_archived: bool = False


class HubSpot:
    """One portal. Switches for tests: `tier`, `scopes`, `limits`, `index` (delay, order, lies)."""

    def __init__(self, kernel: Kernel, *, portal_id: int = 8_842_017, tier: str = "enterprise",
                 limits: bool = False, time_zone: str = "Europe/Berlin") -> None:  # fmt: skip
        if tier not in {"enterprise", "professional"}:
            raise ValueError(f"no such tier: {tier}")
        self.kernel = kernel
        self.portal_id = portal_id
        self.tier = tier
        self.limits = limits
        self.time_zone = time_zone
        chance = kernel.random("hubspot.token")
        digits = "".join(chance.choice("0123456789abcdef") for _ in range(32))
        self.token = f"pat-eu1-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
        self.scopes: set[str] = set(SCOPES)
        self.definitions: dict[str, dict[str, Definition]] = {k.name: definitions_of(k.name) for k in KINDS}
        self.groups: dict[str, dict[str, str]] = {kind.name: {} for kind in KINDS}  # of properties, made here
        self.flows: list[dict[str, object]] = []  # workflows, as their own API tells them
        self.objects: dict[str, dict[int, Record]] = {kind.name: {} for kind in KINDS}
        self.moved: dict[str, dict[int, int]] = {kind.name: {} for kind in KINDS}
        self.by_email: dict[str, int] = {}
        self.purged: set[int] = set()
        self.required: dict[str, set[str]] = defaultdict(set)  # by kind; enforced on dated paths only
        self.owners: list[Owner] = []
        self.associations = Associations()
        self.index = Index(kernel)
        self.lists = Lists(self)
        self.marketing = Marketing(self)
        self.limiter = Limiter(self)
        self.calls: list[Call] = []
        self.writes: list[ApiWrite] = []
        self.violations: Violations[str] = Violations()
        self._numbers = {kind.name: _numbers(position) for position, kind in enumerate(KINDS)}
        self._now_text: tuple[datetime, str] = (kernel.now, stamp(kernel.now))

    # --- people's and the API's acts on records ---------------------------------------------------------

    def create(self, type_: str, properties: Mapping[str, str], source: str = "user") -> str:
        """The id of a new record. Raises Refusal: unknown property, wrong value, an e-mail already taken."""
        kind = self.kind(type_)
        with self.kernel.lock:
            values = self.checked(kind, properties, source)
            email = values.get("email", "") if kind.name == "contacts" else ""
            if email in self.by_email:
                raise answers.conflict(self.by_email[email])
            record = self.make(kind, values, source)
            if email:
                self.by_email[email] = record.number
            self.log_write("create", record, {}, values, source)
            return record.id

    def update(self, type_: str, id_: str, properties: Mapping[str, str], source: str = "user") -> str:
        """The id of the record changed, which differs from the one given after a merge. Raises Refusal."""
        kind = self.kind(type_)
        with self.kernel.lock:
            record = self.live(kind, id_)
            values = self.checked(kind, properties, source)
            email = values.get("email") if kind.name == "contacts" else None
            if email and self.by_email.get(email, record.number) != record.number:
                raise answers.conflict(self.by_email[email])
            before = {name: record.properties.get(name, "") for name in values}
            changes = {name: value for name, value in values.items() if before[name] != value}
            if email is not None and "email" in changes:
                self.by_email.pop(before["email"], None)
                if email:
                    self.by_email[email] = record.number
                changes["hs_email_domain"] = email.rpartition("@")[2]
            self.apply(record, changes, source)
            self.log_write("update", record, before, values, source)
            return record.id

    def archive(self, type_: str, id_: str, source: str = "user") -> None:
        """Put a record in the bin for 90 days: gone from search and lists of the living, no date moved."""
        kind = self.kind(type_)
        with self.kernel.lock:
            record = self.live(kind, id_)
            record.archived, record.archived_at = True, self.kernel.now
            for email in addresses(record):
                self.by_email.pop(email, None)
            self.log_write("archive", record, {}, {}, source)

    def restore(self, type_: str, id_: str) -> None:
        """Take a record out of the bin, as a person in the portal does."""
        with self.kernel.lock:
            record = self.record(type_, id_)
            record.archived, record.archived_at = False, None
            for email in addresses(record):
                self.by_email.setdefault(email, record.number)
            self.set(record, {})

    def purge(self, contact_id: str, source: str = "user") -> None:
        """Delete a contact for privacy: nothing of it remains, its old ids answer 404."""
        with self.kernel.lock:
            record = self.record("contacts", contact_id)
            for email in addresses(record):
                self.by_email.pop(email, None)
                self.marketing.forget(email)
            self.marketing.forget_contact(record.number)
            self.lists.forget(record.number)
            self.associations.drop("contacts", record.number)
            del self.objects["contacts"][record.number]
            self.index.forget(record)
            moved = self.moved["contacts"]
            gone = {old for old, new in moved.items() if new == record.number} | {record.number}
            for old in gone:
                moved.pop(old, None)
            self.purged |= gone
            self.log_write("purge", record, {}, {}, source)

    def merge(self, type_: str, primary: str, other: str, source: str = "user") -> str:
        """The id of the new record two become; both old ids go on answering, with the new one."""
        kind = self.kind(type_)
        with self.kernel.lock:
            winner, loser = self.live(kind, primary), self.live(kind, other)
            record = merge(self, winner, loser, source)
            self.log_write("merge", record, {}, {}, source, detail=f"{winner.id}+{loser.id}")
            return record.id

    def associate(self, a_type: str, a_id: str, b_type: str, b_id: str, source: str = "user") -> None:
        """Connect two records; no modified date moves. A contact's first company becomes its primary one."""
        with self.kernel.lock:
            first, second = self.live(self.kind(a_type), a_id), self.live(self.kind(b_type), b_id)
            try:
                is_new = self.associations.add(first.kind.name, first.number, second.kind.name, second.number)
            except KeyError:
                raise answers.refuse(400, f"{a_type} cannot be associated with {b_type}") from None
            if is_new:
                self._show_company(first, second)
                for deal in (item for item in (first, second) if item.kind.name == "deals"):
                    deals.settle(self, deal)
                self.log_write("associate", first, {}, {}, source, detail=f"{second.kind.name}:{second.id}")

    def dissociate(self, a_type: str, a_id: str, b_type: str, b_id: str, source: str = "user") -> None:
        """Disconnect two records; no modified date moves."""
        with self.kernel.lock:
            first, second = self.live(self.kind(a_type), a_id), self.live(self.kind(b_type), b_id)
            if self.associations.remove(first.kind.name, first.number, second.kind.name, second.number):
                self._show_company(first, second)
                self.log_write("dissociate", first, {}, {}, source, detail=f"{second.kind.name}:{second.id}")

    def define(self, type_: str, definition: Definition) -> None:
        """Add a property to an object type, as a person does in the settings."""
        with self.kernel.lock:
            self.definitions[self.kind(type_).name][definition.name] = definition

    def add_owner(self, email: str, first_name: str, last_name: str) -> str:
        """The owner id of a new portal user."""
        with self.kernel.lock:
            number = 71_000_000 + 137 * (len(self.owners) + 1)
            owner = Owner(str(number), email, first_name, last_name, number + 5, self.kernel.now)
            self.owners.append(owner)
            return owner.id

    # --- reading the truth ------------------------------------------------------------------------------

    def kind(self, word: str) -> Kind:
        """The object type of that plural, singular or type id. Raises Refusal."""
        kind = kind_of(word)
        if kind is None:
            raise answers.refuse(400, f"Unable to infer object type from: {word}", None)
        return kind

    def record(self, type_: str, id_: str) -> Record:
        """The record of that id or merged id, archived ones too. Raises Refusal when there is none."""
        kind = self.kind(type_)
        if not str(id_).isdigit():
            raise answers.bad_id(str(id_))
        number = int(id_)
        found = self.objects[kind.name].get(self.moved[kind.name].get(number, number))
        if found is None:
            raise answers.not_found_page()
        return found

    def live(self, kind: Kind, id_: str) -> Record:
        """The record of that id or merged id, unless archived. Raises Refusal when there is none."""
        record = self.record(kind.name, id_)
        if record.archived:
            raise answers.not_found_page()
        return record

    def all(self, type_: str) -> list[Record]:
        """Every record of a type that is not archived, oldest id first."""
        with self.kernel.lock:
            return [item for item in self.objects[self.kind(type_).name].values() if not item.archived]

    def contact_by_email(self, email: str) -> Record | None:
        """The living contact with that primary or additional address."""
        number = self.by_email.get(email.strip().lower())
        return None if number is None else self.objects["contacts"].get(number)

    # --- engagement: what people do on the site, in mail, on the phone ----------------------------------

    def log(self, engagement_type: str, properties: Mapping[str, str], contacts: Iterable[str] = (),
            companies: Iterable[str] = (), source: str = "user") -> str:  # fmt: skip
        """The id of a new call, email, meeting, note, task or communication; its contacts' dates move."""
        with self.kernel.lock:
            kind = self.kind(engagement_type)
            if not kind.is_activity:
                raise ValueError(f"{engagement_type} is not an engagement")
            values = {"hs_timestamp": stamp(self.kernel.now), **properties}
            id_ = self.create(kind.name, values, source)
            people = [self.live(self.kind("contacts"), contact) for contact in contacts]
            for person in people:
                self.associations.add(kind.name, int(id_), "contacts", person.number)
            for company in companies:
                firm = self.live(self.kind("companies"), company)
                self.associations.add(kind.name, int(id_), "companies", firm.number)
            self.marketing.activity_logged(self.record(kind.name, id_), people)
            return id_

    def submit_form(self, form_name: str, email: str, values: Mapping[str, str], page_url: str,
                    contact_id: str | None = None) -> str:  # fmt: skip
        """The id of the contact who submitted; made when the address is unknown and no id is given."""
        with self.kernel.lock:
            return self.marketing.submit(form_name, email, values, page_url, contact_id)

    def page_view(self, contact_id: str, url: str, title: str) -> None:
        with self.kernel.lock:
            self.marketing.view(self.live(self.kind("contacts"), contact_id), url, title)

    def email_event(self, contact_id: str, campaign: str, kind: str, url: str | None = None,
                    agent: str = "") -> None:  # fmt: skip
        """One marketing e-mail event: sent, delivered, open, click, reply, bounce or unsubscribe."""
        with self.kernel.lock:
            self.marketing.mail(self.live(self.kind("contacts"), contact_id), campaign, kind, url, agent)

    def attend(self, event_name: str, contact_id: str, state: str) -> None:
        """One participation state of a marketing event: registered, attended, no_show or cancelled."""
        with self.kernel.lock:
            self.marketing.attend(event_name, self.live(self.kind("contacts"), contact_id), state)

    def members(self, list_name: str) -> set[str]:
        """The ids of the contacts in the list of that name."""
        with self.kernel.lock:
            return self.lists.members(list_name)

    # --- how a change is made ---------------------------------------------------------------------------

    def checked(self, kind: Kind, properties: Mapping[str, str], source: str) -> dict[str, str]:
        """The values as they are stored. Raises Refusal naming every bad one at once."""
        known = self.definitions[kind.name]
        good: dict[str, str] = {}
        bad: list[BadValue] = []
        for name, value in properties.items():
            definition = known.get(name)
            if definition is None or definition.archived:
                message = f'Property "{name}" does not exist'
                bad.append(BadValue(name, "PROPERTY_DOESNT_EXIST", message))
            elif definition.is_read_only and source == "api":
                message = f'"{name}" is a read only property; its value cannot be set.'
                bad.append(BadValue(name, "READ_ONLY_VALUE", message))
            else:
                stored = canonical(definition, str(value))
                if isinstance(stored, BadValue):
                    bad.append(stored)
                else:
                    good[name] = stored
        if bad:
            raise answers.bad_values(bad, self.portal_id)
        return good

    def set(self, record: Record, changes: Mapping[str, str], source: str = "system") -> None:
        """Write values as they are, keep their history, move the modified date. The one way in."""
        now = self.kernel.now
        self.index.before(record)
        for name, value in changes.items():
            record.put(name, value, now, source)
        record.touch(now, self.now_text())
        self.index.after(record)

    def apply(self, record: Record, changes: Mapping[str, str], source: str) -> None:
        """Write values that differ, and what follows from them: a stage's dates, a deal's consequences.

        Nothing to write moves no date; nor does a backward stage, which is accepted and dropped.
        """
        written = dict(changes)
        stage = written.pop("lifecyclestage", None)
        if stage is not None:
            known = self.definitions[record.kind.name]
            move = stage_write(record, stage, source, known, self.now_text())
            written |= move.changes
            if move.is_dropped and source == "api":
                current = record.properties["lifecyclestage"]
                told = f"{record.kind.singular} {record.id}: stage {current} -> {stage} in one write"
                self.violations.append(told)
        if written:
            self.set(record, written, source)
        if record.kind.name == "deals":
            deals.settle(self, record)

    def now_text(self) -> str:
        """The present instant as a property value."""
        if self._now_text[0] != self.kernel.now:
            self._now_text = (self.kernel.now, stamp(self.kernel.now))
        return self._now_text[1]

    def log_write(self, operation: str, record: Record, before: Mapping[str, str], after: Mapping[str, str],
                  source: str, detail: str = "") -> None:  # fmt: skip
        if source == "api":
            write = ApiWrite(self.kernel.now, operation, record.kind.name, record.id, before, after, detail)
            self.writes.append(write)

    def make(self, kind: Kind, values: Mapping[str, str], source: str) -> Record:
        """A new record of these stored values, with all that the portal fills in by itself."""
        now, text, number = self.kernel.now, self.now_text(), next(self._numbers[kind.name])
        properties = {name: value for name, value in values.items() if value}
        properties |= {kind.created: text, "hs_object_id": str(number), "hs_object_source": source.upper()}
        stage = properties.get("lifecyclestage")
        if stage is None and kind.name in {"contacts", "companies"}:
            stage = properties["lifecyclestage"] = DEFAULT_STAGE
        if stage is not None:
            properties |= stage_dates(stage, self.definitions[kind.name], text)
        if kind.name == "contacts":
            properties |= {"hs_is_contact": "true", "hs_all_contact_vids": str(number)}
            if properties.get("email"):
                properties["hs_email_domain"] = properties["email"].rpartition("@")[2]
        record = Record(kind, number, properties, now, source)
        record.touch(now, text)
        self.objects[kind.name][number] = record
        self.index.created(record)
        return record

    def _show_company(self, first: Record, second: Record) -> None:
        """Keep `associatedcompanyid` true, without moving a date."""
        for record, other in ((first, second), (second, first)):
            if record.kind.name == "contacts" and other.kind.name == "companies":
                company = self.associations.primary.get(record.number)
                if company is None:
                    record.properties.pop("associatedcompanyid", None)
                else:
                    record.properties["associatedcompanyid"] = str(company)


def _numbers(position: int) -> Iterator[int]:
    """Ids of one type, rising: old ones short and of different lengths, later ones of eleven digits.

    As text they are in another order than as numbers, as in a portal of some age.
    """
    yield from (951 + 50 * n for n in range(400))
    yield from itertools.count(21_000_000_000 + 1_000_000_007 * position, 137)
