"""The seeded Salesforce org: its users, queue, accounts, people and deals of the past two years.

Given the population of the HubSpot portal, part of it is known here too: customers have won deals, people in
talks have open ones, some were worked as Leads before. The rest of the org HubSpot has never seen. The same
seed and population give the same org.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from syncd.connectors.sandbox.salesforce.catalogue import DISQUALIFICATIONS, INDUSTRIES, LOSSES, SOURCES
from syncd.connectors.sandbox.salesforce.setup import DuplicateAction
from syncd.connectors.sandbox.salesforce.state import Salesforce

ACCOUNTS = 150
KNOWN_ACCOUNTS = 105
"""How many of the accounts are companies HubSpot knows too, where it knows that many."""
QUEUE = "Inbound Leads"
PRODUCTS = ("Starter", "Team", "Business", "Enterprise", "Analytics add-on")
WORKED_STAGES = ("salesqualifiedlead", "marketingqualifiedlead", "lead")
MOST_EXISTING_LEADS = 140
TWINS = 4
_REPS = (("Kim", "Osei"), ("Maja", "Lindqvist"), ("Tomás", "Ferreira"), ("Priya", "Raman"), ("Jonas",
"Becker"),
         ("Aoife", "Brennan"))  # fmt: skip
_FIRST = ("Anna", "Luca", "Sofia", "Erik", "Chloé", "Marek", "Ines", "Hugo", "Yuki", "Omar", "Nina", "Pavel",
"Leah",
          "Diego", "Freya", "Samir", "Greta", "Tariq", "Elif", "Noah")  # fmt: skip
_LAST = ("Novak", "Silva", "Hansen", "Keller", "Dubois", "Moretti", "Kowalski", "Ahmed", "Tanaka", "Peeters",
"Walsh",
         "Jansen", "Costa", "Berg", "Rossi", "Lang", "Mehta", "Okafor", "Fischer", "Virtanen")  # fmt: skip
_FIRMS = ("Hollow Oak", "Brightwater", "Kestrel", "Sunfield", "Ironbridge", "Larkspur", "Meridian",
"Quarry Lane",
          "Tidewell", "Umber", "Vantage Row", "Whitestone", "Alder & Co", "Bluebell",
          "Copperline")  # fmt: skip
_KINDS = ("Logistics", "Foods", "Instruments", "Textiles", "Clinics", "Systems", "Partners", "Works",
"Supply",
          "Media")  # fmt: skip
_TITLES = ("Head of Operations", "Procurement Manager", "IT Director", "VP Finance", "Marketing Manager",
           "Chief Executive", "Sales Operations Lead")  # fmt: skip


class Firm(Protocol):
    """A company of the portal, as far as the org copies it."""

    @property
    def name(self) -> str: ...
    @property
    def domain(self) -> str: ...


class Somebody(Protocol):
    """A contact of the portal, as far as the org copies it. `domain` is the company's, blank for none."""

    @property
    def email(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def stage(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Org:
    """Who works here, and where the accounts are. `accounts` are ids by domain."""

    manager_id: str
    rep_ids: tuple[str, ...]
    former_rep_id: str
    queue_id: str
    accounts: Mapping[str, str] = field(default_factory=dict)


def add_staff(salesforce: Salesforce) -> Org:
    """The people, the queue and the rules on owners and duplicates, with no records yet."""
    manager = salesforce.add_user("Mara", "Castellan", title="Head of Sales")
    reps = tuple(salesforce.add_user(first, last, title="Account Executive") for first, last in _REPS)
    former = salesforce.add_user("Rob", "Hale", title="Account Executive", is_active=False)
    queue = salesforce.add_queue(QUEUE, ("Lead", "Task"))
    salesforce.set_assignment_rule("Inbound routing", queue)
    for name in ("Lead", "Contact"):
        salesforce.add_duplicate_rule(f"Same address {name}", name, DuplicateAction.ALERT)
    return Org(manager, reps, former, queue)


def build(
    salesforce: Salesforce, firms: Sequence[Firm] = (), people: Sequence[Somebody] = (), *,
    as_of: datetime | None = None,
) -> Org:  # fmt: skip
    """The org as it stands at `as_of` (the kernel's present unless told), with two years behind it."""
    return _Builder(salesforce, firms, people, as_of or salesforce.kernel.now).build()


class _Builder:
    def __init__(
        self, salesforce: Salesforce, firms: Sequence[Firm], people: Sequence[Somebody], as_of: datetime
    ) -> None:
        self.salesforce = salesforce
        self.chance: random.Random = salesforce.kernel.random("world.org")
        self.now = as_of.astimezone(UTC)
        self.firms = firms
        self.people = sorted(people, key=lambda p: p.email)
        self.staff = Org("", (), "", "")
        self.accounts: dict[str, str] = {}
        self.made: set[str] = set()

    def build(self) -> Org:
        with self.salesforce.kernel.as_of(self.now - timedelta(days=760)):
            self.staff = add_staff(self.salesforce)
        self._add_accounts()
        self._add_known_contacts()
        self._add_strangers()
        self._add_existing_leads()
        self._add_mess()
        staff = self.staff
        return Org(staff.manager_id, staff.rep_ids, staff.former_rep_id, staff.queue_id, self.accounts)

    def _past(self, days_min: int, days_max: int) -> datetime:
        """A working hour of a day that long ago."""
        at = self.now - timedelta(days=self.chance.randint(days_min, days_max))
        return at.replace(
            hour=self.chance.randint(7, 15), minute=self.chance.randrange(60), second=0, microsecond=0
        )

    def _insert(self, object_name: str, at: datetime, **fields: object) -> str:
        owner = str(fields.get("OwnerId") or self.staff.manager_id)
        by = owner if owner.startswith("005") else self.staff.manager_id
        with self.salesforce.kernel.as_of(at):
            return self.salesforce.insert(object_name, fields, by=by)

    def _update(self, object_name: str, record_id: str, at: datetime, **fields: object) -> None:
        with self.salesforce.kernel.as_of(at):
            self.salesforce.update(object_name, record_id, fields, by=self.staff.manager_id)

    # --- accounts and the deals on them ---

    def _add_accounts(self) -> None:
        shared = [f for f in self.firms if f.domain]
        known = self.chance.sample(shared, min(KNOWN_ACCOUNTS, len(shared)))
        named = [(f.name, f.domain) for f in known]
        for number in range(ACCOUNTS - len(named)):
            name = f"{_FIRMS[number % len(_FIRMS)]} {_KINDS[number // len(_FIRMS) % len(_KINDS)]}"
            named.append((name, f"{name.lower().replace(' & ', '').replace(' ', '')}.example"))
        for name, domain in named:
            self.accounts[domain] = self._insert(
                "Account", self._past(400, 740), Name=name[:255], Website=f"https://www.{domain}",
                Type="Prospect",
                Industry=self.chance.choice(INDUSTRIES), OwnerId=self.chance.choice(self.staff.rep_ids),
                NumberOfEmployees=self.chance.choice((12, 40, 85, 160, 420, 900, 2_400)),
            )  # fmt: skip

    def _add_deal(self, account_id: str, contact_id: str, outcome: str) -> None:
        """A deal that was won or lost in the past, or is open now."""
        account = self.salesforce.record("Account", account_id)
        began = self._past(20, 90) if outcome == "open" else self._past(150, 380)
        amount = self.chance.randrange(6_000, 90_000, 500)
        deal = self._insert(
            "Opportunity", began, Name=f"{account['Name']} - {self.chance.choice(PRODUCTS)}"[:120],
            Amount=amount,
            AccountId=account_id, StageName="Qualification", CloseDate=(began + timedelta(days=75)).date(),
            OwnerId=account["OwnerId"], LeadSource=self.chance.choice(SOURCES),
        )  # fmt: skip
        role = {"OpportunityId": deal, "ContactId": contact_id, "IsPrimary": True, "Role": "Decision Maker"}
        self._insert("OpportunityContactRole", began, **role)
        ends = {
            "won": {"StageName": "Closed Won"},
            "lost": {"StageName": "Closed Lost", "Loss_Reason__c": self.chance.choice(LOSSES)},
            "open": {"StageName": self.chance.choice(("Needs Analysis", "Value Proposition"))},
        }[outcome]
        moved = min(began + timedelta(days=self.chance.randint(10, 70)), self.now - timedelta(days=1))
        self._update("Opportunity", deal, moved, **ends)
        if outcome == "won":
            self._update("Account", account_id, began + timedelta(days=71), Type="Customer")

    # --- people ---

    def _add_known_contacts(self) -> None:
        """People of the portal who are customers or in talks are Contacts here, with a deal to show."""
        outcomes = {"customer": "won", "evangelist": "won", "opportunity": "open"}
        for person in self.people:
            account_id = self.accounts.get(person.domain)
            if person.stage not in outcomes or not person.last_name:
                continue
            if account_id is None:
                account_id = self._account_of(person)
            contact = self._add_contact(person, account_id)
            self._add_deal(account_id, contact, outcomes[person.stage])

    def _account_of(self, person: Somebody) -> str:
        domain = person.domain or person.email.rpartition("@")[2]
        name = next((f.name for f in self.firms if f.domain == domain), "") or domain
        account = self._insert(
            "Account", self._past(400, 740), Name=name[:255], Website=f"https://www.{domain}",
            Type="Prospect",
            OwnerId=self.chance.choice(self.staff.rep_ids),
        )  # fmt: skip
        self.accounts[domain] = account
        return account

    def _add_contact(self, person: Somebody, account_id: str) -> str:
        self.made.add(person.email.lower())
        return self._insert(
            "Contact", self._past(385, 395), FirstName=person.first_name[:40], LastName=person.last_name[:80],
            Email=person.email, Title=person.title[:128], AccountId=account_id,
            OwnerId=self.salesforce.record("Account", account_id)["OwnerId"],
        )  # fmt: skip

    def _add_strangers(self) -> None:
        """One to three people on every account whom HubSpot has never seen."""
        for domain, account_id in list(self.accounts.items()):
            owner = self.salesforce.record("Account", account_id)["OwnerId"]
            for number in range(self.chance.randint(1, 3)):
                first, last = self.chance.choice(_FIRST), self.chance.choice(_LAST)
                plain = f"{first}.{last}{number}".lower().replace("é", "e").replace("á", "a")
                self._insert(
                    "Contact", self._past(100, 390), FirstName=first, LastName=last,
                    Email=f"{plain}@{domain}",
                    Title=self.chance.choice(_TITLES), AccountId=account_id, OwnerId=owner,
                )  # fmt: skip

    def _add_existing_leads(self) -> None:
        """People of the portal whom sales has worked as Leads before, in every state a Lead can be in."""
        able = [
            p
            for p in self.people
            if p.stage in WORKED_STAGES and p.last_name and p.email.lower() not in self.made
        ]
        chosen = self.chance.sample(able, min(MOST_EXISTING_LEADS, len(able) // 8))
        for person in sorted(chosen, key=lambda p: p.email):
            began = self._past(30, 300)
            company = next(
                (f.name for f in self.firms if f.domain and f.domain == person.domain), "[not provided]"
            )
            lead = self._insert(
                "Lead", began, FirstName=person.first_name[:40], LastName=person.last_name[:80],
                Email=person.email,
                Company=company[:255], Title=person.title[:128], LeadSource=self.chance.choice(SOURCES),
                OwnerId=self.chance.choice((*self.staff.rep_ids, self.staff.queue_id)),
            )  # fmt: skip
            self._work_in_the_past(lead, began)

    def _add_mess(self) -> None:
        """What every org has: twins among the Leads, Leads of people who are Contacts too, one in the bin."""
        leads = [r for r in self.salesforce.all("Lead") if r["Status"] == "New" and r["Email"]]
        for twin in leads[:TWINS]:
            self._insert(
                "Lead", self._past(2, 20), LastName=twin["LastName"], Company=twin["Company"],
                Email=str(twin["Email"]).upper(), OwnerId=self.chance.choice(self.staff.rep_ids),
                LeadSource="Purchased List",
            )  # fmt: skip
        for contact in self.chance.sample(self.salesforce.all("Contact"), TWINS):
            self._insert(
                "Lead", self._past(10, 90), FirstName=contact["FirstName"], LastName=contact["LastName"],
                Email=contact["Email"], Company="[not provided]", OwnerId=self.staff.queue_id,
                LeadSource="Event",
            )  # fmt: skip
        gone = self._insert(
            "Lead", self._past(9, 12), LastName="Test", Company="Test", Email="test@test.example"
        )
        with self.salesforce.kernel.as_of(self.now - timedelta(days=3)):
            self.salesforce.delete("Lead", gone, by=self.staff.manager_id)

    def _work_in_the_past(self, lead: str, began: datetime) -> None:
        called = min(began + timedelta(hours=self.chance.randint(2, 90)), self.now - timedelta(days=1))
        state = self.chance.choices(
            ("new", "working", "nurture", "unqualified", "silent", "converted"), (15, 20, 20, 25, 10, 10)
        )[0]
        if state == "new":
            return
        rep = self.chance.choice(self.staff.rep_ids)
        self._update("Lead", lead, called, Status="Working - Contacted", OwnerId=rep)
        self._insert(
            "Task", called, Subject="Call", TaskSubtype="Call", Type="Call", CallType="Outbound", WhoId=lead,
            Status="Completed", ActivityDate=called.date(), OwnerId=rep,
            CallDisposition=self.chance.choice(("Connected", "No answer", "Left voicemail")),
        )  # fmt: skip
        later = min(called + timedelta(days=self.chance.randint(1, 20)), self.now - timedelta(hours=12))
        if state in ("nurture", "unqualified"):
            status = "Nurture" if state == "nurture" else "Unqualified"
            reason = self.chance.choice(DISQUALIFICATIONS)
            self._update("Lead", lead, later, Status=status, Disqualification_Reason__c=reason)
        elif state == "silent":
            self._update("Lead", lead, later, Status="Unqualified")
        elif state == "converted":
            with self.salesforce.kernel.as_of(later):
                self.salesforce.convert(lead, by=rep, opportunity=self.chance.random() < 0.7)
