"""A busy month in a small company, and what it must end in whatever happened to us on the way.

A script puts people on the calendar of an empty sandbox: most ask for a demo, others read, merge, come back
or are archived, and the scripted sales team works what it is given. The same seed gives the same month.
`ending` is what a run leaves behind in both systems and in the store, without the ids that may differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.salesforce.state import Record
from syncd.store.tables import effects, leads, transitions
from tests.loop.harness import Loop

STEP = timedelta(hours=12)
SITE = "https://www.northwind.example"
KEY = "Syncd_Key__c"
TITLES = ("Head of Planning", "VP Operations", "Supply Chain Director", "COO", "Planning Manager")
CONTACT_PROPERTIES = ("lifecyclestage", "hs_lead_status")
LEAD_FIELDS = (
    "LastName", "Company", "Title", "Status", "IsConverted", "OwnerId", "HubSpot_Contact_ID__c",
    "Syncd_Level__c", "Syncd_Grade__c", "Syncd_Score__c", "Syncd_Reason__c", "Syncd_Next_Step__c",
    "Syncd_Pass__c", "Syncd_SLA_Due__c", "Syncd_Criteria__c",
)  # fmt: skip


class Month:
    """The script of one month on one sandbox: `per_step` newcomers every twelve hours, worked by sales."""

    def __init__(self, sandbox: Sandbox, steps: int, per_step: int = 2, *, is_worked: bool = True) -> None:
        self.sandbox = sandbox
        self.hubspot, self.salesforce = sandbox.hubspot, sandbox.salesforce
        self.ids: dict[int, str] = {}
        stories = (self._buyer, self._learner, self._merged, self._buyer, self._returner, self._known,
                   self._archived, self._student)  # fmt: skip
        for number in range(steps * per_step):
            at = sandbox.now + STEP * (number // per_step) + timedelta(minutes=40 + 7 * (number % per_step))
            self._after(at, partial(self._arrives, number))
            stories[number % len(stories)](number, at)
        if is_worked:
            sandbox.cast.sales_team.start()

    def _after(self, at: datetime, act: Callable[[], object], **span: float) -> None:
        self.sandbox.kernel.at(at + timedelta(**span), act)

    # --- stories -----------------------------------------------------------------------------------------

    def _buyer(self, number: int, at: datetime) -> None:
        self._after(at, partial(self._asks, number, "Request a demo"), minutes=20)

    def _learner(self, number: int, at: datetime) -> None:
        for day, form in enumerate(("Ebook: The planner's handbook", "Webinar: Inventory", "ROI calculator")):
            self._after(at, partial(self._asks, number, form), days=2 * day + 1)
            self._after(at, partial(self._looks, number, "/pricing"), days=2 * day + 1, minutes=9)

    def _merged(self, number: int, at: datetime) -> None:
        """Somebody entered the person twice; the two are made one while sales works the first."""
        self._buyer(number, at)
        self._after(at, partial(self._merges, number), days=3)

    def _returner(self, number: int, at: datetime) -> None:
        self._buyer(number, at)
        self._after(at, partial(self._asks, number, "Contact sales"), days=11)

    def _known(self, number: int, at: datetime) -> None:
        """A rep has entered a Lead of the person the day before: it is adopted, not doubled."""
        self._after(at, partial(self._rep_enters, number), minutes=5)
        self._buyer(number, at)

    def _archived(self, number: int, at: datetime) -> None:
        self._buyer(number, at)
        self._after(at, partial(self._archives, number), days=6)

    def _student(self, number: int, at: datetime) -> None:
        self._after(at, partial(self._asks, number, "Ebook: Forecasting without tears"), minutes=20)

    # --- acts --------------------------------------------------------------------------------------------

    def email(self, number: int) -> str:
        place = "cs.stanford.edu" if number % 8 == 7 else f"plant{number}.com"
        return f"pat{number}@{place}"

    def _arrives(self, number: int) -> None:
        firm = {"name": f"Plant {number}", "domain": f"plant{number}.com", "industry": "MACHINERY"}
        company = self.hubspot.create("companies", firm | {"numberofemployees": str(80 + number)})
        person = {
            "email": self.email(number),
            "firstname": "Pat",
            "lastname": f"Number{number}",
            "jobtitle": "Student" if number % 8 == 7 else TITLES[number % len(TITLES)],
            "company": f"Plant {number}",
            "lifecyclestage": "lead",
        }
        self.ids[number] = self.hubspot.create("contacts", person)
        self.hubspot.associate("contacts", self.ids[number], "companies", company)

    def _asks(self, number: int, form: str) -> None:
        if not self.hubspot.record("contacts", self.ids[number]).archived:
            values = {"project_timeline": "Within 30 days"}
            self.hubspot.submit_form(form, self.email(number), values, f"{SITE}/form", self.ids[number])

    def _looks(self, number: int, page: str) -> None:
        self.hubspot.page_view(self.ids[number], f"{SITE}{page}", page)

    def _merges(self, number: int) -> None:
        twin = self.hubspot.create("contacts", {"email": f"pat.{number}@plant{number}.com"})
        self.ids[number] = self.hubspot.merge("contacts", self.ids[number], twin)

    def _archives(self, number: int) -> None:
        self.hubspot.archive("contacts", self.ids[number])

    def _rep_enters(self, number: int) -> None:
        lead = {"LastName": f"Number{number}", "Company": f"Plant {number}", "Email": self.email(number)}
        self.salesforce.insert("Lead", lead, by=self.sandbox.cast.org.rep_ids[0])


@dataclass(frozen=True, slots=True)
class Ending:
    """What a month has led to. Two runs of one script are right when these are equal."""

    contacts: Mapping[str, Mapping[str, str]]  # HubSpot: e-mail -> what we write there
    members: Mapping[str, tuple[str, ...]]  # HubSpot: list -> contact ids
    people: Mapping[str, tuple[str, ...]]  # Salesforce: key and object -> fields
    tasks: Mapping[str, tuple[str, ...]]  # Salesforce: key -> status, of whom
    ledger: Mapping[str, tuple[str, ...]]  # external key -> every move, in order
    outbox: Mapping[str, str]  # target -> state
    alerts: Mapping[str, int]


def ending(it: Loop, alerts: Mapping[str, int] | None = None) -> Ending:
    """Read the ending off both systems and the store."""
    sandbox = it.sandbox
    ours = {item.target for item in it.loaded.playbook.mapping.contact} | set(CONTACT_PROPERTIES)
    return Ending(
        contacts={
            record.properties["email"]: {
                name: value for name, value in sorted(record.properties.items()) if name in ours and value
            }
            for record in sandbox.hubspot.all("contacts")
        },
        members={
            item.name: tuple(sorted(sandbox.hubspot.members(item.name)))
            for item in sandbox.hubspot.lists.by_id.values()
        },
        people=_people(sandbox),
        tasks={
            str(task[KEY]): (str(task["Status"]), _whose(sandbox, task))
            for task in sandbox.salesforce.all("Task")
            if task[KEY]
        },
        ledger=_ledger(it),
        outbox={_by_key(it, name): state for name, state in _outbox(it).items()},
        alerts={_by_key(it, name): count for name, count in (alerts or {}).items()},
    )


def _people(sandbox: Sandbox) -> dict[str, tuple[str, ...]]:
    found = {}
    for kind in ("Lead", "Contact"):
        for record in sandbox.salesforce.all(kind):
            if record[KEY]:
                names = [name for name in LEAD_FIELDS if kind == "Lead" or name not in _LEAD_ONLY]
                found[f"{kind} {record[KEY]}"] = tuple(f"{name}={record[name]}" for name in names)
    return found


_LEAD_ONLY = {"Company", "Status", "IsConverted"}


def _whose(sandbox: Sandbox, task: Record) -> str:
    kind = {"00Q": "Lead", "003": "Contact"}[str(task["WhoId"])[:3]]
    return str(sandbox.salesforce.record(kind, str(task["WhoId"]))[KEY])


def _ledger(it: Loop) -> dict[str, tuple[str, ...]]:
    query = (
        sa.select(leads.c.external_key, transitions)
        .join(transitions, transitions.c.lead_id == leads.c.lead_id)
        .order_by(transitions.c.seq)
    )
    found: dict[str, list[str]] = {}
    with it.store.read() as tx:
        for row in tx.execute(query).mappings():
            target = f"{row['to_stage']}:{row['to_level']}"
            why = f"{row['cause']} {row['code']} {row['track']}"
            found.setdefault(row["external_key"] or "", []).append(
                f"{row['effective_at']:%m-%d %H:%M} {target} {why} pass {row['pass_number']}"
            )
    found[""] = sorted(found.get("", []))  # people only Salesforce knows: there is no order among them
    return {key: tuple(moves) for key, moves in found.items()}


def _by_key(it: Loop, name: str) -> str:
    """The id of an alert with the person's external key for the lead's number: a rolled back transaction
    leaves a gap in PostgreSQL's numbers."""
    head, found, rest = name.partition("alert:")
    number, _, tail = rest.partition(":")
    if not found or not number.isdigit():
        return name
    with it.store.read() as tx:
        key = tx.execute(sa.select(leads.c.external_key).where(leads.c.lead_id == int(number))).scalar()
    return f"{head}alert:{key}:{tail}"


def _outbox(it: Loop) -> dict[str, str]:
    with it.store.read() as tx:
        rows = tx.execute(sa.select(effects.c.system, effects.c.kind, effects.c.target, effects.c.state))
        return {f"{row.system} {row.kind} {row.target}": row.state for row in rows}


def doubles(sandbox: Sandbox) -> list[str]:
    """Keys of ours that more than one record carries, in the org as it stands."""
    counts = Counter(
        f"{kind} {record[KEY]}"
        for kind in ("Lead", "Contact", "Task")
        for record in sandbox.salesforce.all(kind)
        if record[KEY]
    )
    return sorted(key for key, count in counts.items() if count > 1)


def differences(wanted: Ending, found: Ending) -> list[str]:
    """Every place where two endings differ, in words."""
    lines = []
    for name in Ending.__slots__:
        left, right = getattr(wanted, name), getattr(found, name)
        for key in sorted({*left, *right}):
            if left.get(key) != right.get(key):
                lines.append(f"{name} {key}: wanted {left.get(key)}, found {right.get(key)}")
    return lines
