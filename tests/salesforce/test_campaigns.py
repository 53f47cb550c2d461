"""Membership of Salesforce campaigns as a fact."""

from __future__ import annotations

from syncd.connectors.salesforce import Salesforce, SalesforceOptions
from syncd.ports import Activity, Removal
from tests.salesforce.conftest import Desk, ref


def reading(desk: Desk) -> Salesforce:
    return desk.connector(SalesforceOptions(reads_campaigns=True))


def members(desk: Desk, sf: Salesforce) -> list[Activity]:
    return [item for item in desk.records(sf, "campaigns") if isinstance(item, Activity)]


def test_a_member_is_a_fact_about_the_lead_or_contact(desk: Desk) -> None:
    """Named by the campaign, dated by the answer where there is one, else by when it was put in."""
    fair = desk.org.insert("Campaign", {"Name": "Fair 2026"})
    lead, contact = desk.lead(), desk.contact()
    desk.org.insert("CampaignMember", {"CampaignId": fair, "LeadId": lead, "Status": "Sent"})
    sent_at = desk.now
    desk.later(days=2)
    desk.org.insert("CampaignMember", {"CampaignId": fair, "ContactId": contact, "Status": "Responded"})
    invited, answered = sorted(members(desk, reading(desk)), key=lambda item: item.occurred_at)

    assert invited.attributes == {"campaign": "Fair 2026", "status": "Sent", "responded": "false"}
    assert (invited.people, invited.occurred_at) == ((ref("lead", lead),), sent_at)
    assert answered.attributes["responded"] == "true"
    assert (answered.people, answered.occurred_at.date()) == ((ref("contact", contact),), desk.now.date())


def test_an_answer_is_a_change_of_the_same_fact_and_a_removal_takes_it_back(desk: Desk) -> None:
    """Read again by its stamp; what is taken out of the campaign is a removal."""
    fair = desk.org.insert("Campaign", {"Name": "Fair 2026"})
    member = desk.org.insert("CampaignMember", {"CampaignId": fair, "LeadId": desk.lead()})
    sf = reading(desk)
    (before,) = members(desk, sf)
    desk.later(hours=1)
    desk.org.update("CampaignMember", member, {"Status": "Responded"})
    (after,) = members(desk, sf)
    assert (before.ref, after.attributes["status"]) == (after.ref, "Responded")

    desk.later(hours=1)
    desk.org.delete("CampaignMember", member)
    gone = [item for item in desk.records(sf, "campaigns") if isinstance(item, Removal)]
    assert [item.ref for item in gone] == [ref("campaign_member", member)]


def test_no_stream_and_no_call_without_a_kind_that_asks(desk: Desk, sf: Salesforce) -> None:
    """Campaign members are many: they are read where a signal is made of them."""
    assert "campaigns" not in [stream.name for stream in sf.streams()]
    assert "campaigns" in [stream.name for stream in reading(desk).streams()]
