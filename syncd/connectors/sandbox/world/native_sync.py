"""HubSpot's own Salesforce integration, as one more writer that can be switched on and off at run time.

Every 15 minutes it makes Leads of contacts at MQL or later, writes the Salesforce ids back onto the contact,
copies names and phones, and carries conversion and deals back as lifecycle stages. It finds people by e-mail
alone and takes the most recently updated match; what Salesforce refuses waits as an error
(facts/reliability.md section 2; HubSpot knowledge base, "manage Salesforce integration settings"). With
`syncs_activities` it copies tasks and events of linked people into HubSpot, and what is logged there into
Salesforce; what it copied itself it does not copy back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncd.connectors.sandbox.hubspot.records import Record as Contact
from syncd.connectors.sandbox.hubspot.records import stamp as hubspot_stamp
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.salesforce.state import Record, Salesforce
from syncd.connectors.sandbox.salesforce.values import Value, stamp

INTERVAL = timedelta(minutes=15)
INCLUDED = ("marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist")
COPIED = {"firstname": "FirstName", "lastname": "LastName", "phone": "Phone", "jobtitle": "Title"}
LEAD_STATUS = {
    "New": "NEW", "Working - Contacted": "ATTEMPTED_TO_CONTACT", "Accepted": "CONNECTED",
    "Nurture": "BAD_TIMING",
    "Unqualified": "UNQUALIFIED",
}  # fmt: skip
NO_COMPANY = "[not provided]"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class NativeSync:
    """The integration of one portal with one org.

    `errors` are the codes of what waits, by contact id, until the contact changes or somebody resyncs.
    """

    def __init__(self, hubspot: HubSpot, salesforce: Salesforce) -> None:
        self.hubspot = hubspot
        self.salesforce = salesforce
        self.is_on = False
        self.user_id = ""
        self.errors: dict[str, str] = {}
        self.leads_made: list[str] = []
        self.syncs_activities = False
        self._copies: dict[str, str] = {}  # id on one side: id on the other, both ways
        self._seen_until = _BEGINNING
        self._is_scheduled = False

    def switch_on(self) -> None:
        """Begin with everybody included, then follow changes."""
        self.is_on = True
        self._sign_in()
        if not self._is_scheduled:
            self._is_scheduled = True
            self.salesforce.kernel.every(INTERVAL, self._turn)

    def switch_off(self) -> None:
        self.is_on = False

    def _sign_in(self) -> None:
        if not self.user_id:
            self.user_id = self.salesforce.add_user("HubSpot", "Integration", title="HubSpot Salesforce sync")

    def resync(self, contact_id: str) -> None:
        """What a person presses on an error: try this contact again. Works while the sync is off."""
        with self.salesforce.kernel.lock:
            self._sign_in()
            self._send(self.hubspot.record("contacts", contact_id))

    def _turn(self) -> None:
        if self.is_on:
            self.sync_once()

    def sync_once(self) -> None:
        """One round: contacts that changed since the last one go out, then Salesforce's changes come in."""
        with self.salesforce.kernel.lock:
            since, self._seen_until = self._seen_until, self.salesforce.kernel.now
            for contact in self.hubspot.all("contacts"):
                if contact.modified_at >= since and contact.properties.get("lifecyclestage") in INCLUDED:
                    self._send(contact)
            self._bring_back(since)
            if self.syncs_activities:
                self._activities_to_hubspot(since)
                self._activities_to_salesforce(since)

    # --- activities, both ways ---

    def _activities_to_hubspot(self, since: datetime) -> None:
        """Tasks and events as tasks and meetings with their text; a later change of status follows."""
        for task in self._changed("Task", since):
            status = "COMPLETED" if task["IsClosed"] else "NOT_STARTED"
            values = {
                "hs_task_subject": str(task["Subject"] or ""), "hs_task_body": str(task["Description"] or ""),
                "hs_task_status": status, "hs_task_type": "CALL" if task["TaskSubtype"] == "Call" else "TODO",
            }  # fmt: skip
            self._copy_activity(task, "tasks", values)
        for event in self._changed("Event", since):
            values = {
                "hs_meeting_title": str(event["Subject"] or ""),
                "hs_meeting_body": str(event["Description"] or ""), "hs_meeting_outcome": "SCHEDULED",
                "hs_meeting_start_time": hubspot_stamp(self.salesforce.kernel.now),
            }  # fmt: skip
            self._copy_activity(event, "meetings", values)

    def _copy_activity(self, record: Record, kind: str, values: dict[str, str]) -> None:
        contact = self._linked_to(str(record["WhoId"] or ""))
        if contact is None:
            return
        known = self._copies.get(record.id)
        if known is None:
            made = self.hubspot.log(kind, values, [contact.id], source="sync")
            self._copies |= {record.id: made, f"{kind}:{made}": record.id}
        elif kind == "tasks" and f"tasks:{known}" in self._copies:
            self.hubspot.update(kind, known, {"hs_task_status": values["hs_task_status"]}, source="sync")

    def _activities_to_salesforce(self, since: datetime) -> None:
        """What was logged in HubSpot, as completed tasks of the linked person."""
        bodies = {"notes": "hs_note_body", "calls": "hs_call_body", "tasks": "hs_task_body"}
        for contact in self.hubspot.all("contacts"):
            who = contact.properties.get("salesforcecontactid") or contact.properties.get("salesforceleadid")
            for kind, body in bodies.items() if who else ():
                for number in sorted(self.hubspot.associations.of("contacts", contact.number, kind)):
                    logged = self.hubspot.record(kind, str(number))
                    name = f"{kind}:{logged.id}"
                    if name in self._copies or logged.modified_at < since:
                        continue
                    fields = {
                        "WhoId": who, "Subject": f"HubSpot {kind[:-1]}", "Status": "Completed",
                        "Description": logged.properties.get(body) or "",
                    }  # fmt: skip
                    made = self.salesforce.insert("Task", fields, by=self.user_id)
                    self._copies |= {name: made, made: logged.id}

    def _linked_to(self, who: str) -> Contact | None:
        names = ("salesforceleadid", "salesforcecontactid")
        return next(
            (item for item in self.hubspot.all("contacts") if who and who in map(item.properties.get, names)),
            None,
        )

    # --- to Salesforce ---

    def _send(self, contact: Contact) -> None:
        email = contact.properties.get("email", "")
        if not email:
            return
        found = self._match(email)
        try:
            if found is None:
                lead = self.salesforce.insert("Lead", self._lead(contact), by=self.user_id)
                self.leads_made.append(lead)
                self._link(contact, self.salesforce.record("Lead", lead))
            else:
                self._copy(contact, found)
                self._link(contact, found)
            self.errors.pop(contact.id, None)
        except Refusal as refusal:
            self.errors[contact.id] = refusal.code

    def _match(self, email: str) -> Record | None:
        """The living Lead or Contact with that address that was updated last, converted Leads left out."""
        leads = [r for r in self.salesforce.find("Lead", Email=email) if not r["IsConverted"]]
        found = [*leads, *self.salesforce.find("Contact", Email=email)]
        return max(found, key=lambda r: (str(r["SystemModstamp"]), r.id), default=None)

    @staticmethod
    def _lead(contact: Contact) -> dict[str, object]:
        given = contact.properties
        fields: dict[str, object] = {theirs: given.get(ours) for ours, theirs in COPIED.items()}
        return fields | {
            "Email": given["email"], "Company": given.get("company") or NO_COMPANY, "LeadSource": "Web",
            "Website": given.get("website"),
        }  # fmt: skip

    def _copy(self, contact: Contact, found: Record) -> None:
        """Fill what is blank there; two sides that differ are left as they are."""
        blank = {
            theirs: contact.properties[ours]
            for ours, theirs in COPIED.items()
            if contact.properties.get(ours) and found[theirs] is None
        }
        if blank:
            self.salesforce.update(found.object, found.id, blank, by=self.user_id)

    def _link(self, contact: Contact, found: Record) -> None:
        ids: dict[str, Value] = {"salesforceleadid": found.id}
        if found.object == "Contact":
            ids = {"salesforcecontactid": found.id, "salesforceaccountid": found["AccountId"]}
        self._write(contact, {name: str(value) for name, value in ids.items() if value})

    def _write(self, contact: Contact, wanted: dict[str, str]) -> None:
        """Write what differs; the stamp of the sync goes with a change and never alone."""
        changed = {name: value for name, value in wanted.items() if contact.properties.get(name) != value}
        if changed:
            changed["salesforcelastsynctime"] = hubspot_stamp(self.salesforce.kernel.now)
            self.hubspot.update("contacts", contact.id, changed, source="sync")

    # --- to HubSpot ---

    def _bring_back(self, since: datetime) -> None:
        """What changed since then on linked people and their deals; who is linked is learnt when needed."""
        changed = {name: self._changed(name, since) for name in ("Lead", "Contact", "Opportunity")}
        if not any(changed.values()):
            return
        linked = {
            contact.properties[name]: contact
            for contact in self.hubspot.all("contacts")
            for name in ("salesforceleadid", "salesforcecontactid")
            if contact.properties.get(name)
        }
        for record in (*changed["Lead"], *changed["Contact"]):
            if record.id in linked:
                self._write(linked[record.id], self._told(record))
        for deal in changed["Opportunity"]:
            self._tell_deal(deal, linked)

    def _changed(self, object_name: str, since: datetime) -> list[Record]:
        ids = sorted(self.salesforce.tables[object_name].since(stamp(since)))
        found = [self.salesforce.record(object_name, record_id) for record_id in ids]
        return [record for record in found if not record.is_deleted]

    @staticmethod
    def _told(record: Record) -> dict[str, str]:
        """What a Lead or Contact says about the person in HubSpot's words."""
        if record.object == "Contact":
            return {}
        if not record["IsConverted"]:
            status = LEAD_STATUS.get(str(record["Status"]))
            return {"hs_lead_status": status} if status else {}
        ids = {"salesforcecontactid": "ConvertedContactId", "salesforceaccountid": "ConvertedAccountId"}
        told = {ours: str(record[theirs]) for ours, theirs in ids.items() if record[theirs]}
        if record["ConvertedOpportunityId"]:
            told["lifecyclestage"] = "opportunity"
        return told

    def _tell_deal(self, deal: Record, linked: dict[str, Contact]) -> None:
        stage = "customer" if deal["IsWon"] else "opportunity" if not deal["IsClosed"] else ""
        for role in self.salesforce.find("OpportunityContactRole", OpportunityId=deal.id):
            contact = linked.get(str(role["ContactId"]))
            if contact is not None and stage:
                self._write(contact, {"lifecyclestage": stage})
