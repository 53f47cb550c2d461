"""A scripted sales team: it sees the Leads and Tasks it is given and works them as people do.

What happens to a hand-off is drawn from a stream of chance of its own, named by the record and its pass, so
the same seed gives the same story whatever else goes on. Reps act in office hours (Berlin), after believable
delays, and sometimes not at all. `deeds` is the truth the demo's summary and the tests are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from syncd.connectors.sandbox.salesforce.state import Record, Salesforce
from syncd.connectors.sandbox.world.org import Org
from syncd.connectors.sandbox.world.sales_desk import OFFICE, SATURDAY, Desk
from syncd.connectors.sandbox.world.sales_work import (
    KEY,
    REASON,
    REASONS,
    WORKING,
    ContactWork,
    LeadWork,
    move_deal,
)

LOOK_EVERY = timedelta(minutes=15)
ROUND_HOUR = 9
CLEAN_UP_DAY, CLEAN_UP_HOUR = 4, 15
"""Fridays at three, the manager merges twins."""
MERGES_A_WEEK_MAX = 2
TRY = "Syncd_Pass__c"  # counts hand-offs of one person


class SalesTeam(Desk):
    """The team of one org."""

    def __init__(self, salesforce: Salesforce, org: Org) -> None:
        super().__init__(salesforce, org)
        self._seen_until = ""
        self._began = ""

    def start(self, first_at: datetime | None = None) -> None:
        """Look at the lists every 15 minutes from `first_at` (now unless told), and clean up on Fridays."""
        begins_at = first_at or self.kernel.now
        self._began = begins_at.strftime("%Y-%m-%dT%H:%M:%S")
        self.kernel.every(LOOK_EVERY, self.look, first_at=begins_at)
        local = begins_at.astimezone(OFFICE)
        days = (CLEAN_UP_DAY - local.weekday()) % 7
        first = (local + timedelta(days=days)).replace(hour=CLEAN_UP_HOUR, minute=0, second=0, microsecond=0)
        if first <= local:
            first += timedelta(days=7)
        morning = (local + timedelta(days=1)).replace(hour=ROUND_HOUR, minute=20, second=0, microsecond=0)
        self.kernel.every(timedelta(days=1), self.work_the_old, first_at=morning.astimezone(UTC))
        self.kernel.every(timedelta(days=7), self.clean_up, first_at=first.astimezone(UTC))

    def look(self) -> None:
        """See what has been handed over since the last look and plan the work on it."""
        for row_id in sorted(self.salesforce.tables["Lead"].since(self._seen_until)):
            lead = self.salesforce.record("Lead", row_id)
            handed_over = lead[KEY] and lead[TRY] and not lead["IsConverted"] and not lead.is_deleted
            pass_number = int(lead[TRY] or 0)
            if handed_over and (lead.id, pass_number) not in self.stories:
                LeadWork(self, lead.id, pass_number).plan()
        for row_id in sorted(self.salesforce.tables["Task"].since(self._seen_until)):
            task = self.salesforce.record("Task", row_id)
            is_for_contact = str(task["WhoId"] or "").startswith("003") and task[KEY] and not task["IsClosed"]
            if is_for_contact and not task.is_deleted and (task.id, 0) not in self.stories:
                ContactWork(self, task.id).plan()
        self._seen_until = self.kernel.now.strftime("%Y-%m-%dT%H:%M:%S")

    def work_the_old(self) -> None:
        """On workdays, one open deal and one Lead from before move on, whoever gave them to sales."""
        if self.kernel.now.astimezone(OFFICE).weekday() >= SATURDAY:
            return
        chance = self.kernel.random("sales:old")
        deals = [d for d in self.salesforce.all("Opportunity") if not d["IsClosed"] and self._is_old(d)]
        leads = [r for r in self.salesforce.find("Lead", Status=WORKING) if self._is_old(r) and not r[KEY]]
        if deals:
            deal = chance.choice(deals)
            stage = chance.choice(("Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost"))
            rep = self.rep_for(str(deal["OwnerId"]))
            what = "close" if stage.startswith("Closed") else "advance"
            self.do(what, "Opportunity", deal.id, partial(move_deal, self, deal.id, stage, rep, chance))
        if leads:
            lead = chance.choice(leads)
            fields = {"Status": chance.choice(("Nurture", "Unqualified")), REASON: chance.choice(REASONS)}
            self.do("reject", "Lead", lead.id, partial(self._change, lead, fields))

    def _is_old(self, record: Record) -> bool:
        """Whether it was there before the team began; what came later has a story of its own."""
        return str(record["CreatedDate"]) < self._began

    def _change(self, lead: Record, fields: Mapping[str, object]) -> str:
        rep = self.rep_for(str(lead["OwnerId"]))
        self.salesforce.update("Lead", lead.id, fields, by=rep)
        return rep

    def clean_up(self) -> None:
        """Merge open Leads that share an address: the older one stays."""
        by_email: dict[str, list[Record]] = {}
        for lead in self.salesforce.all("Lead"):
            if lead["Email"] and not lead["IsConverted"]:
                by_email.setdefault(str(lead["Email"]).lower(), []).append(lead)
        twins = [leads for leads in by_email.values() if len(leads) > 1]
        for leads in twins[:MERGES_A_WEEK_MAX]:
            winner, loser = sorted(leads, key=lambda r: (str(r["CreatedDate"]), r.id))[:2]
            self.do("merge", "Lead", winner.id, partial(self._merge, winner.id, loser.id))

    def _merge(self, winner: str, loser: str) -> str:
        self.salesforce.merge("Lead", winner, loser, by=self.org.manager_id)
        return self.org.manager_id
