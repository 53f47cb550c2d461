"""Whose record is it: decides for one page which lead each person's record belongs to, and which leads merge.

In this order: the record is known; it was merged from known ones; another record names it as the same person;
it carries our key; exactly one lead has its address. Two HubSpot contacts never share a lead unless HubSpot
merged them; a lead that Salesforce alone knows is adopted by the contact that turns out to be the person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from syncd.core.model import Ref, System
from syncd.ports import Person
from syncd.store import people
from syncd.store.people import LeadRow, Link, ProfileHead

GONE = frozenset({"archived", "deleted"})


def contact_ref(contact_id: str) -> Ref:
    return Ref(System.HUBSPOT, "contact", contact_id)


@dataclass(slots=True)
class Book:
    """What is known of the people on a page, kept up while the page is decided.

    Leads that do not exist yet have negative ids until `syncd.jobs.intake.people` has made them.
    """

    portal_id: str
    links: dict[Ref, Link]
    heads: dict[Ref, ProfileHead]
    leads: dict[int, LeadRow]
    by_key: dict[str, int]
    owners: dict[str, dict[int, set[str]]]
    changed: dict[Ref, Link] = field(default_factory=dict)  # links to be written
    merges: list[tuple[int, int]] = field(default_factory=list)  # (loser, survivor), in order
    keyed: set[int] = field(default_factory=set)  # leads whose key is new
    created: list[int] = field(default_factory=list)  # negative ids, in order
    _into: dict[int, int] = field(default_factory=dict)

    # --- leads -------------------------------------------------------------------------------------------

    def root(self, lead_id: int) -> int:
        """The lead that this one was merged into, or itself."""
        while True:
            into = self._into.get(lead_id)
            if into is None and lead_id in self.leads:
                into = self.leads[lead_id].merged_into
            if into is None:
                return lead_id
            lead_id = into

    def lead_of(self, ref: Ref) -> LeadRow | None:
        """The lead a reference is linked to."""
        link = self.links.get(ref)
        return None if link is None else self.leads.get(self.root(link.lead_id))

    def _is_free(self, lead_id: int) -> bool:
        """True for a lead that Salesforce alone knows: a HubSpot contact may adopt it."""
        row = self.leads[lead_id]
        return row.external_key is None and not row.is_erased

    def _make(self) -> int:
        lead_id = -1 - len(self.created)
        self.created.append(lead_id)
        self.leads[lead_id] = LeadRow(lead_id, None, None, is_erased=False, pass_number=0)
        return lead_id

    def _merge(self, loser: int, survivor: int) -> None:
        self._into[loser] = survivor
        self.merges.append((loser, survivor))
        for owners in self.owners.values():
            if loser in owners:
                owners.setdefault(survivor, set()).update(owners.pop(loser))

    def _set_key(self, lead_id: int, numbers: Iterable[int]) -> None:
        """The key is the smallest number ever seen; once a lead was handed over under a key, it stays."""
        row = self.leads[lead_id]
        smallest = min(numbers, default=None)
        if smallest is None or (row.external_key is not None and row.pass_number > 0):
            return
        own = self._number(row.external_key)
        if own is not None and own <= smallest:
            return
        key = f"{self.portal_id}:{smallest}"
        self.leads[lead_id] = replace(row, external_key=key)
        self.by_key[key] = lead_id
        self.keyed.add(lead_id)

    def _number(self, key: str | None) -> int | None:
        """The contact number in one of our keys; None for another portal's or none."""
        portal, _, number = (key or "").partition(":")
        return int(number) if portal == self.portal_id and number.isdecimal() else None

    # --- links -------------------------------------------------------------------------------------------

    def link(self, wanted: Link) -> None:
        """Remember that this link is to be written, unless it stands so already."""
        if self.links.get(wanted.ref) != wanted:
            self.links[wanted.ref] = self.changed[wanted.ref] = wanted

    def _expect(self, ref: Ref, lead_id: int, why: str) -> None:
        """A record named by another before it was read itself: it will find its lead when it comes."""
        if ref not in self.links:
            self.link(Link(ref, lead_id, "current", why))

    # --- placing -----------------------------------------------------------------------------------------

    def place(self, person: Person, emails: Sequence[str], key: str) -> int:
        """The lead of this record. Links and merges that follow are remembered."""
        if person.ref.system is System.HUBSPOT:
            lead_id, linked_by = self._place_contact(person, emails)
        else:
            lead_id, linked_by = self._place_sales_record(person, emails, self._number(key))
        system = person.ref.system
        into = _converted_into(person)
        self.link(Link(person.ref, lead_id, "converted" if into else "current", linked_by, into))
        for merged_id in person.merged_ids:
            ref = Ref(system, person.ref.object, merged_id)
            self.link(Link(ref, lead_id, "merged", "merge", person.ref.id))
        for same in person.same_as:
            self._expect(same, lead_id, "conversion" if same.system is system else "id")
        for email in emails:
            self.owners.setdefault(email, {}).setdefault(lead_id, set()).add(system.value)
        return lead_id

    def _place_contact(self, person: Person, emails: Sequence[str]) -> tuple[int, str]:
        ids = (person.ref.id, *person.merged_ids)
        numbers = {int(item) for item in ids if item.isdecimal()}
        mine = self._own_leads(person, ids, numbers)
        for number in sorted(numbers):
            lead_id = self.by_key.get(f"{self.portal_id}:{number}")
            if lead_id is not None:
                mine.setdefault(self.root(lead_id), "key")
        for same in person.same_as:
            link = self.links.get(same)
            if link is not None and self._is_free(self.root(link.lead_id)):
                mine.setdefault(self.root(link.lead_id), "id")
        for email in emails:
            owners = {self.root(lead_id) for lead_id in self.owners.get(email, ())}
            if all(self._is_free(lead_id) or lead_id in mine for lead_id in owners):
                for lead_id in sorted(owners):
                    mine.setdefault(lead_id, "email")
        return self._settle(mine, numbers)

    def _own_leads(self, person: Person, ids: Sequence[str], numbers: set[int]) -> dict[int, str]:
        """Leads this contact and those merged into it are linked to, less those expected of others."""
        mine: dict[int, str] = {}
        for contact_id in ids:
            link = self.links.get(contact_ref(contact_id))
            if link is None:
                continue
            lead_id = self.root(link.lead_id)
            number = self._number(self.leads[lead_id].external_key)
            is_sure = link.ref in self.heads or link.state == "merged" or link.linked_by == "merge"
            if is_sure or self._is_free(lead_id) or number in numbers:
                mine.setdefault(lead_id, link.linked_by if contact_id == person.ref.id else "merge")
        return mine

    def _settle(self, mine: Mapping[int, str], numbers: set[int]) -> tuple[int, str]:
        """The one lead of a contact: with the smallest key, or the oldest; the others merge into it."""
        if not mine:
            home, linked_by = self._make(), "self"
        else:
            home = min(mine, key=self._seniority)
            linked_by = mine[home]
            for other in sorted(mine.keys() - {home}):
                self._merge(other, home)
        self._set_key(home, numbers)
        return home, linked_by

    def _seniority(self, lead_id: int) -> tuple[bool, int, bool, int]:
        number = self._number(self.leads[lead_id].external_key)
        return number is None, number or 0, lead_id < 0, abs(lead_id)

    def _place_sales_record(
        self, person: Person, emails: Sequence[str], number: int | None
    ) -> tuple[int, str]:
        found = self._named_leads(person)
        keyed = self._lead_of_key(number)
        if keyed is not None:
            found = {keyed: "key"} | found
        elif all(self._is_free(lead_id) for lead_id in found):
            found |= self._lead_of_address(emails, found)
        home = keyed
        if home is None:
            home = next((lead_id for lead_id in found if not self._is_free(lead_id)), None)
        if home is None:
            home = next(iter(found), None)
        if home is None:
            home, found = self._make(), {}
        for other in sorted(found.keys() - {home}):
            if self._is_free(other):
                self._merge(other, home)
        if number is not None:
            self._expect(contact_ref(str(number)), home, "key")
        return home, found.get(home, "self")

    def _named_leads(self, person: Person) -> dict[int, str]:
        """Leads of the record itself, of those merged into it and of those said to be the same person."""
        found: dict[int, str] = {}
        merged = [Ref(person.ref.system, person.ref.object, item) for item in person.merged_ids]
        for ref in (person.ref, *merged, *person.same_as):
            link = self.links.get(ref)
            if link is not None and not self.leads[self.root(link.lead_id)].is_erased:
                why = "merge" if ref in merged else "conversion"
                found.setdefault(self.root(link.lead_id), link.linked_by if ref == person.ref else why)
        head = self.heads.get(person.ref)
        if head is not None and self._is_free(self.root(head.lead_id)):
            found.setdefault(self.root(head.lead_id), "self")  # a delivery moved the link since it was read
        return found

    def _lead_of_key(self, number: int | None) -> int | None:
        """The lead our key on a record names, by key or by a contact since merged."""
        if number is None:
            return None
        lead_id = self.by_key.get(f"{self.portal_id}:{number}")
        if lead_id is None:
            link = self.links.get(contact_ref(str(number)))
            lead_id = None if link is None else link.lead_id
        if lead_id is None or self.leads[self.root(lead_id)].is_erased:
            return None
        return self.root(lead_id)

    def _lead_of_address(self, emails: Sequence[str], found: Collection[int]) -> dict[int, str]:
        """The one other lead that has these addresses; none when several do (a shared mailbox)."""
        owners = {self.root(lead_id) for email in emails for lead_id in self.owners.get(email, ())}
        others = owners - set(found)
        return {others.pop(): "email"} if len(others) == 1 else {}


def _converted_into(person: Person) -> str | None:
    """Id of the Contact a Salesforce Lead became."""
    if person.ref.object != "lead":
        return None
    return next((same.id for same in person.same_as if same.object == "contact"), None)


def open_book(
    tx: sa.Connection, portal_id: str, persons: Sequence[Person], emails: Iterable[str], keys: Iterable[str]
) -> Book:
    """Everything known of the people on a page, in a handful of queries.

    `keys` are the values of our key field on the page's Salesforce records.
    """
    numbers = {key.partition(":")[2] for key in keys if key.startswith(f"{portal_id}:")}
    refs = {contact_ref(number) for number in numbers if number.isdecimal()}
    contact_ids: set[str] = set(numbers)
    for person in persons:
        refs |= {person.ref, *person.same_as}
        refs |= {Ref(person.ref.system, person.ref.object, item) for item in person.merged_ids}
        if person.ref.system is System.HUBSPOT:
            contact_ids |= {person.ref.id, *person.merged_ids}
    links = people.find_links(tx, refs)
    by_key = people.leads_by_key(tx, (f"{portal_id}:{item}" for item in contact_ids if item.isdecimal()))
    owners = people.find_owners(tx, emails)
    lead_ids = {link.lead_id for link in links.values()} | set(by_key.values())
    lead_ids |= {lead_id for found in owners.values() for lead_id in found}
    heads = people.find_heads(tx, refs)
    leads = people.leads_by_id(tx, lead_ids | {head.lead_id for head in heads.values()})
    return Book(portal_id, links, heads, leads, by_key, owners)
