"""The year counted again by hand: from HubSpot's and Salesforce's own records and histories, and from nothing
of ours but the moments at which we looked, since what came and went between two looks nobody saw.

It shares no code with the reports. A person is known here by the smallest number their contact ever had.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.hubspot.records import Record as Contact
from syncd.connectors.sandbox.salesforce.dml import Change
from syncd.connectors.sandbox.world.marketing_team import Edit

KEY, PASS, REASON = "Syncd_Key__c", "Syncd_Pass__c", "Disqualification_Reason__c"
MAY_BE_SKIPPED = "near_sql"
REFUSED = ("Unqualified", "Nurture")
ACCEPTED = ("Accepted", "Closed - Converted")


@dataclass
class Person:
    """Somebody HubSpot knows, with what both systems hold of them."""

    key: str
    contact: Contact
    numbers: frozenset[str]
    emails: frozenset[str]
    created_at: datetime
    leads: set[str] = field(default_factory=set)
    contacts: set[str] = field(default_factory=set)
    shown: list[tuple[datetime, str]] = field(default_factory=list)  # syncd_stage, as it was written
    handed: dict[tuple[str, int], datetime] = field(default_factory=dict)  # by key at the time, and pass


@dataclass
class Record:
    """One record of Salesforce as others have changed it, and how it looked when we looked."""

    id: str
    kind: str
    changes: list[Change] = field(default_factory=list)

    def at(self, look: datetime, us: str) -> dict[str, object]:
        """What we find at this look: everything up to then, but nothing we write during it."""
        return {
            item.field: item.new
            for item in self.changes
            if item.at < look or (item.at == look and item.by != us)
        }


class Recount:
    """Both systems' histories, sorted by person."""

    def __init__(self, sandbox: Sandbox, looks: Sequence[datetime], live_at: datetime) -> None:
        self.sandbox = sandbox
        self.looks = list(looks)
        self.live_at = live_at
        self.us = sandbox.salesforce.integration_user_id
        self.records = self._records()
        self.people = self._people()
        self._by_key = {
            f"{sandbox.hubspot.portal_id}:{number}": person
            for person in self.people
            for number in person.numbers
        }
        self._by_email = {email: person for person in self.people for email in person.emails}
        self._sort_sales()
        self._sort_ours()

    # --- who there is ------------------------------------------------------------------------------------

    def _people(self) -> list[Person]:
        portal = self.sandbox.hubspot.portal_id
        found = []
        for contact in self.sandbox.hubspot.objects["contacts"].values():
            merged = contact.properties.get("hs_merged_object_ids", "").split(";")
            numbers = frozenset({contact.id, *merged} - {""})
            given = (contact.properties.get("email", ""), *self._more(contact))
            emails = frozenset(email.lower() for email in given if email)
            key = f"{portal}:{min(map(int, numbers))}"
            found.append(Person(key, contact, numbers, emails, contact.created_at))
        return found

    @staticmethod
    def _more(contact: Contact) -> list[str]:
        return contact.properties.get("hs_additional_emails", "").split(";")

    def _records(self) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for change in self.sandbox.salesforce.engine.changes:
            if change.object in {"Lead", "Contact", "Opportunity", "OpportunityContactRole", "Task"}:
                record = found.setdefault(change.record_id, Record(change.record_id, change.object))
                record.changes.append(change)
        return found

    def _sort_sales(self) -> None:
        """Leads and Contacts belong to whom they were handed over as, else to whose address they have."""
        for record in self.records.values():
            if record.kind not in {"Lead", "Contact"}:
                continue
            keys = [str(item.new) for item in record.changes if item.field == KEY and item.new]
            emails = [str(item.new).lower() for item in record.changes if item.field == "Email" and item.new]
            person = next((self._by_key[key] for key in keys if key in self._by_key), None)
            person = person or next((self._by_email[e] for e in emails if e in self._by_email), None)
            if person is not None:
                (person.leads if record.kind == "Lead" else person.contacts).add(record.id)
        for person in self.people:
            for lead in tuple(person.leads):
                became = self.sandbox.salesforce.record("Lead", lead)["ConvertedContactId"]
                if became:
                    person.contacts.add(str(became))

    def _sort_ours(self) -> None:
        """What we wrote: the stage on the contact, and the number of the pass on the record in Salesforce."""
        moved = self.sandbox.hubspot.moved["contacts"]
        by_number = {int(number): person for person in self.people for number in person.numbers}
        for write in self.sandbox.hubspot.writes:
            if write.type == "contacts" and "syncd_stage" in write.after:
                person = by_number.get(moved.get(int(write.id), int(write.id)))
                if person is not None:
                    person.shown.append((write.at, write.after["syncd_stage"]))
        for own in self.sandbox.salesforce.writes:
            if own.object not in {"Lead", "Contact"} or not own.fields.get(PASS):
                continue
            key = self._key_at(own.record_id, own.at)
            person = self._by_key.get(key)
            if person is not None:
                person.handed.setdefault((key, int(str(own.fields[PASS]).partition(".")[0])), own.at)

    def _key_at(self, record_id: str, at: datetime) -> str:
        values = [c.new for c in self.records[record_id].changes if c.field == KEY and c.at <= at and c.new]
        return str(values[-1]) if values else ""

    # --- what people did ---------------------------------------------------------------------------------

    @property
    def marketing(self) -> list[Edit]:
        """The marketing team's diary."""
        team = self.sandbox.cast.marketing
        return [] if team is None else team.deeds

    def person_of(self, number: str) -> Person | None:
        return self._by_key.get(f"{self.sandbox.hubspot.portal_id}:{number}")

    def acts(self, person: Person) -> list[datetime]:
        """When the person filled in a form, saw a page, answered, met or came, by the portal's own logs."""
        portal, number = self.sandbox.hubspot, person.contact.number
        log = portal.marketing
        found = [
            item.at for form in log.forms.values() for item in form.submissions if item.email in person.emails
        ]
        found += [item.at for item in log.page_events if item.contact == number]
        found += [item.at for item in log.participations if item.contact == number]
        found += [item.at for email in person.emails for item in log.mail_to.get(email, ())]
        for kind in ("calls", "emails", "meetings", "notes", "communications"):
            for other in portal.associations.of("contacts", number, kind):
                found.append(portal.record(kind, str(other)).created_at)
        return sorted(found)

    # --- what we could see -------------------------------------------------------------------------------

    def seen_at(self, at: datetime) -> datetime | None:
        """The first look at or after that moment; None when nobody has looked since."""
        place = bisect_left(self.looks, at)
        return self.looks[place] if place < len(self.looks) else None

    def looked_by(self, at: datetime) -> datetime:
        """The last look up to that moment: later facts are not known then."""
        return self.looks[max(0, bisect_right(self.looks, at) - 1)]

    def sights(self, record_id: str) -> Iterator[tuple[datetime, dict[str, object]]]:
        """The record as each look that saw something new of it found it."""
        record = self.records[record_id]
        others = {self.seen_at(item.at) for item in record.changes if item.by != self.us}
        for look in sorted(look for look in others if look is not None):
            yield look, record.at(look, self.us)

    # --- how far people came -----------------------------------------------------------------------------

    @property
    def newcomers(self) -> list[Person]:
        """Whom the portal has known only since we were live, if anybody looked while they were there."""
        return [
            person for person in self.people if person.created_at > self.live_at and self._was_seen(person)
        ]

    def _was_seen(self, person: Person) -> bool:
        seen_at = self.seen_at(person.created_at)
        gone_at = person.contact.archived_at
        return seen_at is not None and (gone_at is None or gone_at > seen_at)

    def reached(self) -> dict[str, set[str]]:
        """By step: the keys of the newcomers who came to it or, having jumped it, beyond."""
        direct: defaultdict[str, set[str]] = defaultdict(set)
        for person in self.newcomers:
            for step in {"lead", *self._steps(person)}:
                direct[step].add(person.key)
        ladder = ("lead", "mql", "near_sql", "sql", "handed_off", "accepted", "opportunity", "customer")
        above: set[str] = set()
        found: dict[str, set[str]] = {}
        for step in reversed(ladder):
            above = above | direct[step]
            found[step] = set(direct[step] if step == MAY_BE_SKIPPED else above)
        return found

    def _steps(self, person: Person) -> Iterator[str]:
        yield from (stage for _at, stage in person.shown)
        if person.handed:
            yield from ("sql", "handed_off")
        for lead in person.leads:
            for _look, sight in self.sights(lead):
                if not sight.get("IsDeleted") and (
                    sight.get("Status") in ACCEPTED or sight.get("IsConverted")
                ):
                    yield "accepted"
        for _look, deal in self.deals(person):
            if not deal.get("IsDeleted"):
                yield "customer" if deal.get("IsWon") else "lost" if deal.get("IsClosed") else "opportunity"

    def deals(self, person: Person) -> Iterator[tuple[datetime, dict[str, object]]]:
        """The deals of which the person is a contact, as each look found them."""
        for record in self.records.values():
            if record.kind != "OpportunityContactRole":
                continue
            values = {item.field: item.new for item in record.changes}
            if values.get("ContactId") in person.contacts:
                yield from self.sights(str(values["OpportunityId"]))
