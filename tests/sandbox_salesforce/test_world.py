"""The seeded org, the sales team and HubSpot's own sync, each told by what they leave behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.world import org as world_org
from syncd.connectors.sandbox.world.native_sync import NativeSync
from syncd.connectors.sandbox.world.sales_desk import in_office
from syncd.connectors.sandbox.world.sales_team import SalesTeam

START_AT = datetime(2026, 9, 1, 6, tzinfo=UTC)  # a Tuesday


@dataclass(frozen=True)
class Firm:
    name: str
    domain: str


@dataclass(frozen=True)
class Person:
    email: str
    first_name: str
    last_name: str
    title: str
    domain: str
    stage: str


STAGES = ("lead", "marketingqualifiedlead", "customer", "opportunity", "salesqualifiedlead")
FIRMS = [Firm(f"Firm {n}", f"firm{n}.example") for n in range(120)]
PEOPLE = [
    Person(f"p{n}@firm{n % 120}.example", "Pat", f"Nr{n}", "VP Ops", f"firm{n % 120}.example", STAGES[n % 5])
    for n in range(400)
]


def build(seed: int = 3) -> tuple[Salesforce, world_org.Org]:
    salesforce = Salesforce(Kernel(seed, START_AT))
    return salesforce, world_org.build(salesforce, FIRMS, PEOPLE)


def hand_over(salesforce: Salesforce, number: int, **fields: object) -> str:
    """A Lead as an integration hands it over."""
    return salesforce.insert(
        "Lead",
        {"LastName": f"Nr{number}", "Company": f"New Firm {number}",
        "Email": f"new{number}@new{number}.example",
         "Syncd_Key__c": f"4711:{number}", "Syncd_Pass__c": 1, **fields},
        by=salesforce.integration_user_id,
    )  # fmt: skip


# --- org ---


def test_the_org_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first, _org = build(3)
    second, _org = build(3)
    other, _org = build(4)

    def seen(salesforce: Salesforce) -> list[object]:
        return [(r.id, r["Email"], r["SystemModstamp"]) for r in salesforce.all("Contact")]

    assert seen(first) == seen(second)
    assert seen(first) != seen(other)


def test_the_org_knows_customers_and_people_in_talks_by_their_deals() -> None:
    """Customers of the portal have a won deal on the company's account, people in talks an open one."""
    salesforce, org = build()
    for person in PEOPLE:
        if person.stage not in ("customer", "opportunity"):
            continue
        (contact,) = salesforce.find("Contact", Email=person.email)
        deals = salesforce.find("OpportunityContactRole", ContactId=contact.id)
        (deal,) = [salesforce.record("Opportunity", str(r["OpportunityId"])) for r in deals]
        assert contact["AccountId"] == org.accounts[person.domain]
        assert (deal["IsWon"], deal["IsClosed"]) == (person.stage == "customer",) * 2


def test_the_org_has_leads_in_every_state_made_in_the_past() -> None:
    salesforce, org = build()
    leads = salesforce.all("Lead")
    assert {"New", "Working - Contacted", "Nurture", "Unqualified"} <= {str(r["Status"]) for r in leads}
    for name in ("Account", "Contact", "Lead", "Opportunity", "Task"):
        assert max(str(r["SystemModstamp"]) for r in salesforce.all(name)) < "2026-09-01T06:00:00", name
    assert len(salesforce.all("Account")) >= world_org.ACCOUNTS
    assert salesforce.record("User", org.former_rep_id)["IsActive"] is False
    assert salesforce.kernel.now == START_AT


# --- sales team ---


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 9, 1, 9, tzinfo=UTC), datetime(2026, 9, 1, 9, tzinfo=UTC)),
        (datetime(2026, 9, 1, 3, tzinfo=UTC), datetime(2026, 9, 1, 6, 30, tzinfo=UTC)),
        (datetime(2026, 9, 4, 17, tzinfo=UTC), datetime(2026, 9, 7, 6, 30, tzinfo=UTC)),
        (datetime(2026, 9, 6, 12, 5, tzinfo=UTC), datetime(2026, 9, 7, 6, 30, tzinfo=UTC)),
    ],
    ids=["in hours", "before opening", "friday evening", "sunday"],
)
def test_reps_work_in_office_hours(at: datetime, expected: datetime) -> None:
    assert in_office(at) == expected


def test_handed_over_leads_end_as_their_story_says() -> None:
    """After eight weeks each Lead shows the end of the story it drew, and all stories have been told."""
    salesforce, org = build()
    team = SalesTeam(salesforce, org)
    team.start()
    leads = {n: hand_over(salesforce, n, OwnerId=org.rep_ids[n % 6]) for n in range(120)}
    salesforce.kernel.advance_to(START_AT + timedelta(weeks=8))
    ends = {
        "won": ("Closed - Converted", "Closed Won"), "lost": ("Closed - Converted", "Closed Lost"),
        "open_deal": ("Closed - Converted", "Proposal/Price Quote"),
        "converted_without_deal": ("Closed - Converted", ""), "nurture": ("Nurture", ""),
        "unqualified": ("Unqualified", ""), "unqualified_silently": ("Unqualified", ""),
        "unresponsive": ("Unqualified", ""), "untouched": ("Working - Contacted", ""),
        "mistake": ("Accepted", ""),
    }  # fmt: skip
    for lead_id in leads.values():
        lead = salesforce.record("Lead", lead_id)
        deal_id = lead["ConvertedOpportunityId"]
        stage = salesforce.record("Opportunity", str(deal_id))["StageName"] if deal_id else ""
        assert (lead["Status"], stage) == ends[team.stories[lead_id, 1]], team.stories[lead_id, 1]
    assert set(Counter(team.stories.values())) == set(ends)
    assert [d for d in team.deeds if d.note] == []


def test_lost_deals_and_rejections_say_why_unless_the_rep_was_silent() -> None:
    salesforce, org = build()
    team = SalesTeam(salesforce, org)
    team.start()
    for number in range(60):
        hand_over(salesforce, number)
    salesforce.kernel.advance_to(START_AT + timedelta(weeks=8))
    for (lead_id, _pass), story in team.stories.items():
        lead = salesforce.record("Lead", lead_id)
        if story in ("unqualified", "unresponsive", "nurture"):
            assert lead["Disqualification_Reason__c"]
        elif story in ("unqualified_silently", "mistake"):
            assert lead["Disqualification_Reason__c"] is None
        elif story == "lost":
            assert salesforce.record("Opportunity", str(lead["ConvertedOpportunityId"]))["Loss_Reason__c"]


def test_the_first_call_ticks_off_the_task_that_came_with_the_lead() -> None:
    salesforce, org = build()
    SalesTeam(salesforce, org).start()
    lead = hand_over(salesforce, 1, OwnerId=org.rep_ids[0])
    task = salesforce.insert(
        "Task", {"Subject": "Call", "WhoId": lead, "Syncd_Key__c": "4711:1:1:call", "OwnerId": org.rep_ids[0]}
    )
    salesforce.kernel.advance_to(START_AT + timedelta(weeks=3))
    done = salesforce.record("Task", task)
    calls = [t for t in salesforce.find("Task", CallType="Outbound") if t["CreatedById"] == org.rep_ids[0]]
    assert done["Status"] == "Completed"
    assert str(done["CompletedDateTime"]) > "2026-09-01"
    assert calls


def test_reps_leave_alone_what_somebody_else_has_taken() -> None:
    """A Lead converted, deleted or merged by somebody else is not worked, and nobody runs into an error."""
    salesforce, org = build()
    team = SalesTeam(salesforce, org)
    team.start()
    leads = [hand_over(salesforce, n) for n in range(12)]
    salesforce.kernel.advance_to(START_AT)
    for number, lead_id in enumerate(leads):
        if number % 3 == 0:
            salesforce.delete("Lead", lead_id)
        elif number % 3 == 1:
            salesforce.update("Lead", lead_id, {"OwnerId": org.manager_id})
            salesforce.convert(lead_id, opportunity=False)
        else:
            winner = salesforce.insert("Lead", {"LastName": "W", "Company": "W"})
            salesforce.merge("Lead", winner, lead_id)
    salesforce.kernel.advance_to(START_AT + timedelta(weeks=4))
    assert len(team.stories) == 12
    assert [d for d in team.deeds if d.record_id in leads or d.note] == []


def test_a_task_on_a_known_contact_is_worked_too() -> None:
    """Somewhere among forty such tasks a deal is opened and ends."""
    salesforce, org = build()
    team = SalesTeam(salesforce, org)
    team.start()
    contacts = [c.id for c in salesforce.all("Contact")[:40]]
    for number, contact in enumerate(contacts):
        salesforce.insert(
            "Task", {"Subject": "Call", "WhoId": contact, "Syncd_Key__c": f"4711:{number}:1:call"}
        )
    salesforce.kernel.advance_to(START_AT + timedelta(weeks=6))
    assert {"deal_won", "deal_lost", "call_only", "untouched"} == set(team.stories.values())
    assert {d.what for d in team.deeds} >= {"call", "open deal", "close"}


def test_the_manager_merges_twins_on_fridays() -> None:
    salesforce, org = build()
    team = SalesTeam(salesforce, org)
    team.start()
    older = salesforce.insert("Lead", {"LastName": "A", "Company": "C", "Email": "twin@c.example"})
    newer = salesforce.insert("Lead", {"LastName": "A", "Company": "C", "Email": "twin@c.example"})
    salesforce.kernel.advance_to(START_AT + timedelta(weeks=3))
    assert salesforce.record("Lead", newer)["MasterRecordId"] == older
    merges = [d for d in team.deeds if d.what == "merge"]
    assert {d.user_id for d in merges} == {org.manager_id}
    assert all(in_office(d.at) == d.at and d.at.weekday() == 4 for d in merges)
    assert len(merges) == 1 + world_org.TWINS


def test_old_leads_and_deals_move_too_on_workdays() -> None:
    """What sales does with people nobody handed over is there to be adopted and followed."""
    salesforce, org = build()
    team = SalesTeam(salesforce, org)
    team.start()
    before = {r.id for r in salesforce.all("Opportunity") if not r["IsClosed"]}
    salesforce.kernel.advance_to(START_AT + timedelta(weeks=4))
    closed = {i for i in before if salesforce.record("Opportunity", i)["IsClosed"]}
    assert closed
    assert {d.what for d in team.deeds} == {"advance", "close", "reject", "merge"}
    assert all(d.at.weekday() < 5 for d in team.deeds)
    assert [d for d in team.deeds if d.note] == []


# --- HubSpot's own sync ---


def crms() -> tuple[HubSpot, Salesforce, NativeSync]:
    kernel = Kernel(5, START_AT)
    hubspot, salesforce = HubSpot(kernel), Salesforce(kernel)
    return hubspot, salesforce, NativeSync(hubspot, salesforce)


def contact(hubspot: HubSpot, **properties: str) -> str:
    given = {"email": "dana@acme.example", "lastname": "Ruiz", "company": "Acme", **properties}
    return hubspot.create("contacts", {"lifecyclestage": "marketingqualifiedlead", **given})


def test_an_mql_becomes_a_lead_within_15_minutes_and_the_id_comes_back() -> None:
    hubspot, salesforce, sync = crms()
    sync.switch_on()
    contact_id = contact(hubspot)
    below = contact(hubspot, email="low@acme.example", lifecyclestage="lead")
    salesforce.kernel.advance_to(START_AT + timedelta(minutes=15))
    (lead,) = salesforce.all("Lead")
    assert hubspot.record("contacts", contact_id).properties["salesforceleadid"] == lead.id
    assert lead["CreatedById"] == sync.user_id
    assert "salesforceleadid" not in hubspot.record("contacts", below).properties


def test_a_quiet_round_writes_nothing() -> None:
    hubspot, salesforce, sync = crms()
    sync.switch_on()
    contact_id = contact(hubspot)
    salesforce.kernel.advance_to(START_AT + timedelta(minutes=30))
    modified = hubspot.record("contacts", contact_id).modified_at
    stamps = [r["SystemModstamp"] for r in salesforce.all("Lead")]
    salesforce.kernel.advance_to(START_AT + timedelta(hours=3))
    assert hubspot.record("contacts", contact_id).modified_at == modified
    assert [r["SystemModstamp"] for r in salesforce.all("Lead")] == stamps


def test_switched_off_it_does_nothing_and_catches_up_later() -> None:
    hubspot, salesforce, sync = crms()
    sync.switch_on()
    sync.switch_off()
    contact(hubspot)
    salesforce.kernel.advance_to(START_AT + timedelta(hours=1))
    assert salesforce.all("Lead") == []
    sync.switch_on()
    salesforce.kernel.advance_to(START_AT + timedelta(hours=2))
    assert len(salesforce.all("Lead")) == 1


def test_it_follows_the_match_that_was_updated_last() -> None:
    hubspot, salesforce, sync = crms()
    first = salesforce.insert("Lead", {"LastName": "Ruiz", "Company": "Acme", "Email": "dana@acme.example"})
    salesforce.kernel.advance_to(START_AT + timedelta(minutes=1))
    salesforce.insert("Lead", {"LastName": "Ruiz", "Company": "Acme", "Email": "DANA@acme.example"})
    salesforce.kernel.advance_to(START_AT + timedelta(minutes=2))
    salesforce.update("Lead", first, {"Rating": "Hot"})
    contact_id = contact(hubspot)
    sync.switch_on()
    sync.sync_once()
    assert hubspot.record("contacts", contact_id).properties["salesforceleadid"] == first


def test_what_salesforce_refuses_waits_until_the_contact_changes_or_someone_resyncs() -> None:
    """A cause mended on the other side is not noticed by itself."""
    hubspot, salesforce, sync = crms()
    sync.switch_on()
    contact_id = hubspot.create(
        "contacts", {"email": "x@y.example", "lifecyclestage": "marketingqualifiedlead"}
    )
    salesforce.kernel.advance_to(START_AT + timedelta(minutes=20))
    assert sync.errors == {contact_id: "REQUIRED_FIELD_MISSING"}
    salesforce.change_field("Lead", "LastName", is_required=False)
    salesforce.kernel.advance_to(START_AT + timedelta(hours=1))
    assert salesforce.all("Lead") == []
    salesforce.change_field("Lead", "LastName", is_required=True)
    hubspot.update("contacts", contact_id, {"lastname": "Nobody"})
    sync.sync_once()
    assert (sync.errors, len(salesforce.all("Lead"))) == ({}, 1)
    other = hubspot.create("contacts", {"email": "z@y.example", "lifecyclestage": "marketingqualifiedlead"})
    sync.sync_once()
    salesforce.change_field("Lead", "LastName", is_required=False)
    sync.resync(other)
    assert (sync.errors, len(salesforce.all("Lead"))) == ({}, 2)


def test_status_conversion_and_deals_come_back_as_hubspot_words() -> None:
    hubspot, salesforce, sync = crms()
    sync.switch_on()
    contact_id = contact(hubspot)
    sync.sync_once()
    (lead,) = salesforce.all("Lead")

    def seen(*names: str) -> list[str | None]:
        return [hubspot.record("contacts", contact_id).properties.get(n) for n in names]

    salesforce.update("Lead", lead.id, {"Status": "Accepted"})
    sync.sync_once()
    assert seen("hs_lead_status") == ["CONNECTED"]
    _account, made, deal = salesforce.convert(lead.id)
    sync.sync_once()
    assert seen("salesforcecontactid", "lifecyclestage") == [made, "opportunity"]
    salesforce.update("Opportunity", str(deal), {"StageName": "Closed Won"})
    sync.sync_once()
    assert seen("lifecyclestage") == ["customer"]
