"""What reps do with one hand-off: the stories a Lead or a task about a known Contact can become.

Each story is put on the calendar step by step when the hand-off is seen. Every step first looks whether the
record is still there to be worked: others convert, merge and delete too.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from syncd.connectors.sandbox.salesforce.catalogue import LOSSES
from syncd.connectors.sandbox.salesforce.state import Record
from syncd.connectors.sandbox.world.org import PRODUCTS
from syncd.connectors.sandbox.world.sales_desk import Desk, Story, in_office

KEY, REASON = "Syncd_Key__c", "Disqualification_Reason__c"
WORKING = "Working - Contacted"
LEAD_STORIES = (
    Story("won", 18), Story("lost", 14), Story("open_deal", 18), Story("converted_without_deal", 8),
    Story("nurture", 9), Story("unqualified", 10), Story("unqualified_silently", 4), Story("unresponsive", 7),
    Story("untouched", 7), Story("mistake", 5),
)  # fmt: skip
CONTACT_STORIES = (
    Story("deal_won", 15),
    Story("deal_lost", 15),
    Story("call_only", 55),
    Story("untouched", 15),
)
REASONS = (
    "No Budget",
    "Bad Timing",
    "No Authority",
    "No Need",
    "Went With Competitor",
    "Not a Fit",
    "Student",
)
DEFERRALS = ("Bad Timing", "No Budget")


class LeadWork:
    """The work on one Lead in one pass. Each step first looks whether the Lead is still there to work on."""

    def __init__(self, desk: Desk, lead_id: str, pass_number: int) -> None:
        self.desk = desk
        self.salesforce = desk.salesforce
        self.lead_id = lead_id
        name = f"{self.salesforce.record('Lead', lead_id)[KEY]}:{pass_number}"
        self.story, self.chance = desk.draw(name, LEAD_STORIES)
        desk.stories[lead_id, pass_number] = self.story
        self.at = desk.kernel.now
        self.rep = ""

    def plan(self) -> None:
        """Put every step of the story on the calendar."""
        getattr(self, f"_plan_{self.story}")()

    # --- stories ---

    def _plan_won(self) -> None:
        self._deal_until("Closed Won")

    def _plan_lost(self) -> None:
        self._deal_until("Closed Lost")

    def _plan_open_deal(self) -> None:
        self._deal_until("")

    def _plan_converted_without_deal(self) -> None:
        self._begin()
        self._step(hours=(4, 30), what="convert", act=lambda: self._convert(with_deal=False))

    def _plan_nurture(self) -> None:
        self._begin()
        reason = self.chance.choice(DEFERRALS)
        self._step(
            hours=(20, 90), what="nurture", act=lambda: self._set(Status="Nurture", **{REASON: reason})
        )

    def _plan_unqualified(self) -> None:
        self._begin()
        reason = self.chance.choice(REASONS)
        self._step(
            hours=(1, 70), what="reject", act=lambda: self._set(Status="Unqualified", **{REASON: reason})
        )

    def _plan_unqualified_silently(self) -> None:
        self._begin()
        self._step(hours=(1, 50), what="reject", act=lambda: self._set(Status="Unqualified"))

    def _plan_unresponsive(self) -> None:
        self._begin(disposition="No answer")
        for _attempt in range(2):
            self._step(hours=(20, 50), what="call", act=lambda: self._call("Left voicemail"))
        give_up = {"Status": "Unqualified", REASON: "Unresponsive"}
        self._step(hours=(40, 90), what="reject", act=lambda: self._set(**give_up))

    def _plan_untouched(self) -> None:
        """Nobody acts for days, then somebody sees it."""
        self.at += timedelta(days=self.chance.randint(5, 9))
        self._begin()

    def _plan_mistake(self) -> None:
        """Rejected by a slip of the mouse, taken back, accepted."""
        self._begin()
        self._step(
            hours=(1, 4), what="reject", act=lambda: self._set(Status="Unqualified", **{REASON: "Bad Data"})
        )
        reopened = {"Status": WORKING, REASON: None}
        self._step(hours=(1, 3), what="reopen", act=lambda: self._set(**reopened))
        self._step(hours=(2, 20), what="accept", act=lambda: self._set(Status="Accepted"))

    def _deal_until(self, end: str) -> None:
        self._begin()
        self._step(hours=(2, 30), what="accept", act=lambda: self._set(Status="Accepted"))
        self._step(hours=(10, 60), what="convert", act=lambda: self._convert(with_deal=True))
        self._step(hours=(30, 90), what="advance", act=lambda: self._advance("Needs Analysis"))
        self._step(hours=(40, 120), what="advance", act=lambda: self._advance("Proposal/Price Quote"))
        if end:
            self._step(hours=(60, 200), what="close", act=lambda: self._advance(end))

    # --- steps ---

    def _begin(self, disposition: str = "Connected") -> None:
        """First touch: take the Lead, call, note what one hears."""
        minutes = self.chance.choice((8, 15, 25, 40, 60, 90, 150, 240, 400))
        self.at = in_office(self.at + timedelta(minutes=minutes))
        self._at_once("claim", self._claim)
        self._at_once("call", lambda: self._call(disposition))
        if self.chance.random() < 0.2:
            phone = f"+49 30 {self.chance.randrange(10**6, 10**7)}"
            self._step(
                hours=(1, 5), what="edit", act=lambda: self._set(Phone=phone, Title="Head of Operations")
            )

        if self.chance.random() < 0.08:
            colleague = self.chance.choice(self.desk.org.rep_ids)
            self._step(hours=(1, 8), what="reassign", act=lambda: self._reassign(colleague))

    def _reassign(self, colleague: str) -> str:
        """Give the Lead to a colleague, who goes on with it; the open tasks stay where they are."""
        lead = self._open_lead()
        if lead is None or lead["OwnerId"] == colleague:
            return ""
        self.salesforce.update("Lead", self.lead_id, {"OwnerId": colleague}, by=self.rep)
        giver, self.rep = self.rep, colleague
        return giver

    def _at_once(self, what: str, act: Callable[[], str]) -> None:
        self.desk.later(self.at, what, "Lead", self.lead_id, act)

    def _step(self, *, hours: tuple[int, int], what: str, act: Callable[[], str]) -> None:
        minutes = self.chance.randint(hours[0] * 60, hours[1] * 60)
        self.at = in_office(self.at + timedelta(minutes=minutes))
        self._at_once(what, act)

    def _open_lead(self) -> Record | None:
        lead = self.salesforce.record("Lead", self.lead_id)
        return None if lead.is_deleted or lead["IsConverted"] else lead

    def _claim(self) -> str:
        lead = self._open_lead()
        if lead is None:
            return ""
        self.rep = self.desk.rep_for(str(lead["OwnerId"]))
        fields: dict[str, object] = {"Status": WORKING, "IsUnreadByOwner": False}
        if lead["OwnerId"] != self.rep:
            fields["OwnerId"] = self.rep
        self.salesforce.update("Lead", self.lead_id, fields, by=self.rep)
        return self.rep

    def _call(self, disposition: str) -> str:
        """Log the call; the first one also ticks off the task that came with the hand-off."""
        if self._open_lead() is None:
            return ""
        today = self.desk.kernel.now.date()
        for task in self.salesforce.find("Task", WhoId=self.lead_id):
            if task[KEY] and not task["IsClosed"]:
                self.salesforce.update("Task", task.id, {"Status": "Completed"}, by=self.rep)
        self.salesforce.insert(
            "Task",
            {"Subject": "Call", "TaskSubtype": "Call", "Type": "Call", "CallType": "Outbound",
            "WhoId": self.lead_id,
             "CallDisposition": disposition,
             "CallDurationInSeconds": 40 if disposition != "Connected" else 420,
             "Status": "Completed", "ActivityDate": today, "OwnerId": self.rep},
            by=self.rep,
        )  # fmt: skip
        return self.rep

    def _set(self, **fields: object) -> str:
        if self._open_lead() is None:
            return ""
        self.salesforce.update("Lead", self.lead_id, fields, by=self.rep)
        return self.rep

    def _convert(self, *, with_deal: bool) -> str:
        """Convert into the account and the contact that are there already, where there are any."""
        lead = self._open_lead()
        if lead is None:
            return ""
        contacts = self.salesforce.find("Contact", Email=lead["Email"]) if lead["Email"] else []
        contact = contacts[0] if contacts else None
        accounts = [a.id for a in self.salesforce.find("Account", Name=lead["Company"])]
        account_id = (
            str(contact["AccountId"]) if contact and contact["AccountId"] else next(iter(accounts), None)
        )
        _account, _contact, deal = self.salesforce.convert(
            self.lead_id, by=self.rep, account_id=account_id, opportunity=with_deal,
            contact_id=contact.id if contact else None,
            opportunity_name=f"{lead['Company']} - {self.chance.choice(PRODUCTS)}",
        )  # fmt: skip
        if deal:
            amount = self.chance.randrange(6_000, 90_000, 500)
            self.salesforce.update("Opportunity", deal, {"Amount": amount}, by=self.rep)
        return self.rep

    def _advance(self, stage: str) -> str:
        deal_id = self.salesforce.record("Lead", self.lead_id)["ConvertedOpportunityId"]
        if not deal_id:
            return ""
        return move_deal(self.desk, str(deal_id), stage, self.rep, self.chance)


class ContactWork:
    """The work on one task about somebody sales knows already."""

    def __init__(self, desk: Desk, task_id: str) -> None:
        self.desk = desk
        self.salesforce = desk.salesforce
        self.task_id = task_id
        task = self.salesforce.record("Task", task_id)
        self.contact_id = str(task["WhoId"])
        self.story, self.chance = desk.draw(str(task[KEY]), CONTACT_STORIES)
        desk.stories[task_id, 0] = self.story
        self.rep = desk.rep_for(str(task["OwnerId"]))
        self.deal_id = ""

    def plan(self) -> None:
        if self.story == "untouched":
            return
        minutes = self.chance.choice((15, 30, 60, 120, 300))
        called = in_office(self.desk.kernel.now + timedelta(minutes=minutes))
        self.desk.later(called, "call", "Task", self.task_id, self._tick_off)
        if self.story == "call_only":
            return
        opened = in_office(called + timedelta(hours=self.chance.randint(4, 50)))
        self.desk.later(opened, "open deal", "Contact", self.contact_id, self._open_deal)
        closed = in_office(opened + timedelta(days=self.chance.randint(6, 16)))
        end = "Closed Won" if self.story == "deal_won" else "Closed Lost"
        self.desk.later(closed, "close", "Contact", self.contact_id, lambda: self._close(end))

    def _tick_off(self) -> str:
        task = self.salesforce.record("Task", self.task_id)
        if task.is_deleted or task["IsClosed"]:
            return ""
        done = {"Status": "Completed", "CallDisposition": "Connected"}
        self.salesforce.update("Task", self.task_id, done, by=self.rep)
        return self.rep

    def _open_deal(self) -> str:
        contact = self.salesforce.record("Contact", self.contact_id)
        if contact.is_deleted or not contact["AccountId"]:
            return ""
        closes = (self.desk.kernel.now + timedelta(days=45)).date()
        self.deal_id = self.salesforce.insert(
            "Opportunity",
            {"Name": f"{contact['LastName']} - {self.chance.choice(PRODUCTS)}",
            "AccountId": contact["AccountId"],
             "StageName": "Qualification", "CloseDate": closes, "OwnerId": self.rep,
             "Amount": self.chance.randrange(6_000, 90_000, 500)},
            by=self.rep,
        )  # fmt: skip
        role = {"OpportunityId": self.deal_id, "ContactId": self.contact_id, "IsPrimary": True}
        self.salesforce.insert("OpportunityContactRole", role, by=self.rep)
        return self.rep

    def _close(self, end: str) -> str:
        return move_deal(self.desk, self.deal_id, end, self.rep, self.chance) if self.deal_id else ""


def move_deal(desk: Desk, deal_id: str, stage: str, rep: str, chance: random.Random) -> str:
    """Move a deal that is still open; a lost one says why."""
    deal = desk.salesforce.record("Opportunity", deal_id)
    if deal.is_deleted or deal["IsClosed"]:
        return ""
    fields: dict[str, object] = {"StageName": stage}
    if stage == "Closed Lost":
        fields["Loss_Reason__c"] = chance.choice(LOSSES)
    if stage.startswith("Closed"):
        fields["CloseDate"] = desk.kernel.now.date()
    desk.salesforce.update("Opportunity", deal_id, fields, by=rep)
    return rep
