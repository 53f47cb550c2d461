"""What reps and their manager do besides working hand-offs: entering people twice, taking refusals back,
correcting reasons, throwing records away and fetching them back, giving work to colleagues.

Drawn from a stream of chance of its own and written into the team's diary like its other work.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, timedelta

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.salesforce.state import Record
from syncd.connectors.sandbox.world.sales_desk import OFFICE, SATURDAY, Desk
from syncd.connectors.sandbox.world.sales_work import KEY, REASON, REASONS, WORKING

DAY = timedelta(days=1)
HOUR = 11
GIVEN_BACK = ("Nurture", "Unqualified")
REP_LEAVES_AFTER = 150  # days


class SalesSlips:
    """Slips and tidying of one team, one or two on most workdays."""

    def __init__(self, desk: Desk, hubspot: HubSpot) -> None:
        self.desk = desk
        self.salesforce = desk.salesforce
        self.hubspot = hubspot
        self._chance: random.Random = desk.kernel.random("world.slips")
        self._binned: list[str] = []
        self._days = 0
        self._acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self._enters_lead, 14), (self._enters_contact, 6), (self._takes_back, 12),
            (self._corrects_reason, 10), (self._deletes_lead, 5), (self._edits_ours, 9),
            (self._gives_away, 14), (self._reopens_deal, 7), (self._deletes_deal, 4),
            (self._loses_key, 3), (self._deletes_task, 6), (self._finishes_working, 10),
        )  # fmt: skip

    def start(self) -> None:
        """Begin tomorrow at eleven."""
        local = self.desk.kernel.now.astimezone(OFFICE) + DAY
        first = local.replace(hour=HOUR, minute=25, second=0, microsecond=0).astimezone(UTC)
        self.desk.kernel.every(DAY, self.work, first_at=first)

    def work(self) -> None:
        """What slips on one day."""
        self._days += 1
        if self._days == REP_LEAVES_AFTER:
            self._rep_leaves()
        if self.desk.kernel.now.astimezone(OFFICE).weekday() >= SATURDAY:
            return
        self._fetch_back()
        for _turn in range(self._chance.choice((0, 1, 1, 2))):
            self._chance.choices([act for act, _ in self._acts], [part for _, part in self._acts])[0]()

    def _at_once(self, what: str, record: Record, act: Callable[[], object]) -> None:
        """Do it in the name of somebody at work; a refusal ends it."""
        rep = self.desk.rep_for(str(record.fields.get("OwnerId") or ""))

        def done() -> str:
            act()
            return rep

        self.desk.do(what, record.object, record.id, done)

    def _change(self, what: str, record: Record, **fields: object) -> None:
        rep = self.desk.rep_for(str(record.fields.get("OwnerId") or ""))
        self._at_once(what, record, lambda: self.salesforce.update(record.object, record.id, fields, by=rep))

    def _leads(self, *statuses: str) -> list[Record]:
        """Open Leads that were handed over, of these statuses; of any where none is named."""
        found = [r for r in self.salesforce.all("Lead") if r[KEY] and not r["IsConverted"]]
        return [r for r in found if not statuses or r["Status"] in statuses]

    # --- people entered by hand --------------------------------------------------------------------------

    def _somebody(self) -> dict[str, object] | None:
        known = [c for c in self.hubspot.all("contacts") if c.properties.get("lastname")]
        if not known:
            return None
        given = self._chance.choice(known).properties
        return {
            "FirstName": (given.get("firstname") or None), "LastName": given["lastname"],
            "Email": given.get("email") or None,
        }  # fmt: skip

    def _enters_lead(self) -> None:
        """A rep makes a Lead of somebody marketing knows, sees the twin or not."""
        person = self._somebody()
        if person is None:
            return
        rep = self.desk.rep_for("")
        fields = person | {"Company": "[not provided]", "OwnerId": rep, "LeadSource": "Phone Inquiry"}
        self.desk.do(
            "enter", "Lead", "", lambda: self._said(rep, self.salesforce.insert("Lead", fields, by=rep))
        )

    def _enters_contact(self) -> None:
        person = self._somebody()
        accounts = self.salesforce.all("Account")
        if person is None or not accounts:
            return
        rep = self.desk.rep_for("")
        fields = person | {"AccountId": self._chance.choice(accounts).id, "OwnerId": rep}
        self.desk.do(
            "enter", "Contact", "", lambda: self._said(rep, self.salesforce.insert("Contact", fields, by=rep))
        )

    @staticmethod
    def _said(rep: str, _made: str) -> str:
        return rep

    # --- what was refused --------------------------------------------------------------------------------

    def _takes_back(self) -> None:
        """A refusal of long ago is taken back: worked again."""
        leads = self._leads(*GIVEN_BACK)
        if leads:
            self._change("reopen", self._chance.choice(leads), Status=WORKING, **{REASON: None})

    def _corrects_reason(self) -> None:
        leads = self._leads(*GIVEN_BACK)
        if leads:
            self._change("correct", self._chance.choice(leads), **{REASON: self._chance.choice(REASONS)})

    def _finishes_working(self) -> None:
        """Something left lying is ended at last."""
        leads = self._leads(WORKING)
        if leads:
            fields = {"Status": self._chance.choice(GIVEN_BACK), REASON: self._chance.choice(REASONS)}
            self._change("reject", self._chance.choice(leads), **fields)

    # --- records thrown away, and fields that are not theirs ---------------------------------------------

    def _deletes_lead(self) -> None:
        leads = self._leads()
        if leads:
            lead = self._chance.choice(leads)
            self._at_once("delete", lead, lambda: self.salesforce.delete("Lead", lead.id))
            self._binned.append(lead.id)

    def _fetch_back(self) -> None:
        if not self._binned or self._chance.random() < 0.6:
            return
        lead = self.salesforce.record("Lead", self._binned.pop(0))
        if self._chance.random() < 0.4:
            self._at_once("undelete", lead, lambda: self.salesforce.undelete("Lead", lead.id))

    def _deletes_task(self) -> None:
        tasks = [t for t in self.salesforce.all("Task") if t[KEY] and not t["IsClosed"]]
        if tasks:
            task = self._chance.choice(tasks)
            self._at_once("delete", task, lambda: self.salesforce.delete("Task", task.id))

    def _edits_ours(self) -> None:
        leads = self._leads()
        if leads:
            fields = self._chance.choice(({"Syncd_Grade__c": "A"}, {"Syncd_Reason__c": "see my notes"}))
            self._change("edit", self._chance.choice(leads), **fields)

    def _loses_key(self) -> None:
        leads = self._leads()
        if leads:
            self._change("edit", self._chance.choice(leads), **{KEY: None})

    # --- colleagues and deals ----------------------------------------------------------------------------

    def _gives_away(self) -> None:
        leads = self._leads("New", WORKING, "Accepted")
        if leads:
            to = self._chance.choice((*self.desk.org.rep_ids, self.desk.org.queue_id))
            self._change("reassign", self._chance.choice(leads), OwnerId=to)

    def _rep_leaves(self) -> None:
        """The last of the reps leaves; the manager takes over what is open, but for one that is forgotten."""
        leaver = self.desk.org.rep_ids[-1]
        for lead in self._leads("New", WORKING, "Accepted")[1:]:
            if lead["OwnerId"] == leaver:
                self._change("reassign", lead, OwnerId=self.desk.org.manager_id)
        self.salesforce.update("User", leaver, {"IsActive": False})

    def _deals(self, *stages: str) -> list[Record]:
        return [d for d in self.salesforce.all("Opportunity") if d["StageName"] in stages]

    def _reopens_deal(self) -> None:
        deals = self._deals("Closed Lost")
        if deals:
            deal = self._chance.choice(deals)
            self._change("reopen", deal, StageName="Negotiation/Review", Loss_Reason__c=None)

    def _deletes_deal(self) -> None:
        deals = self._deals("Qualification", "Prospecting", "Needs Analysis")
        if deals:
            deal = self._chance.choice(deals)
            self._at_once("delete", deal, lambda: self.salesforce.delete("Opportunity", deal.id))
