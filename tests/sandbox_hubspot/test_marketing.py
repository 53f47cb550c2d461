"""Forms, traffic, mail and events: the logs and the contact's counters never disagree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hubspot.events import ApiException

from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.hubspot.records import epoch_ms
from tests.sandbox_hubspot.conftest import Http, client_of, contact

PAGE = "https://www.northwind.example/demo"


def test_a_submission_makes_the_contact_and_counts(sandbox: Sandbox) -> None:
    """Values the portal can hold are taken over, others stay in the submission."""
    id_ = sandbox.hubspot.submit_form(
        "Request a demo", "New@firm.com",
        {"lastname": "L", "budget": "25k", "unknown": "x", "hs_email_open": "9"},
        PAGE,
    )  # fmt: skip
    properties = sandbox.hubspot.record("contacts", id_).properties
    assert (properties["email"], properties["lastname"], properties["budget"]) == ("new@firm.com", "L", "25k")
    assert "hs_email_open" not in properties
    assert properties["num_conversion_events"] == "1"
    assert properties["recent_conversion_date"] == sandbox.hubspot.now_text()
    assert properties["recent_conversion_event_name"] == "Demo: Request a demo"


def test_submissions_come_newest_first_fifty_a_page_without_a_contact_id(
    sandbox: Sandbox, http: Http
) -> None:
    """Legacy v1: match on the e-mail value (facts section 9)."""
    for n in range(60):
        sandbox.advance_to(sandbox.now + timedelta(minutes=1))
        sandbox.hubspot.submit_form("Newsletter sign-up", f"p{n}@firm.com", {}, PAGE)
    form = http.call("GET", "/marketing/v3/forms").json()["results"][0]
    path = f"/form-integrations/v1/submissions/forms/{form['id']}"
    first = http.call("GET", path, limit=50).json()
    second = http.call("GET", path, limit=50, after=first["paging"]["next"]["after"]).json()
    emails = [item["values"][0]["value"] for item in (*first["results"], *second["results"])]
    assert emails == [f"p{n}@firm.com" for n in reversed(range(60))]
    assert first["results"][0]["submittedAt"] == epoch_ms(sandbox.now)
    assert set(first["results"][0]) == {"conversionId", "submittedAt", "values", "pageUrl"}
    assert http.call("GET", path, limit=51).status_code == 400


def test_page_views_make_visits_half_an_hour_apart(sandbox: Sandbox) -> None:
    id_ = contact(sandbox, "a@firm.com")
    for minutes in (0, 5, 40):
        sandbox.advance_to(sandbox.now + timedelta(minutes=minutes))
        sandbox.hubspot.page_view(id_, "https://www.northwind.example/pricing", "Pricing")
    properties = sandbox.hubspot.record("contacts", id_).properties
    assert (properties["hs_analytics_num_page_views"], properties["hs_analytics_num_visits"]) == ("3", "2")
    assert properties["hs_analytics_last_url"].endswith("/pricing")
    assert sandbox.hubspot.record("contacts", id_).modified_at == sandbox.now


def test_page_events_are_read_by_contact_or_by_type(sandbox: Sandbox, client: Any) -> None:
    ids = [contact(sandbox, f"p{n}@firm.com") for n in range(2)]
    for id_ in (*ids, ids[0]):
        sandbox.advance_to(sandbox.now + timedelta(minutes=1))
        sandbox.hubspot.page_view(id_, "https://www.northwind.example/pricing", "Pricing")
    api = client.events.events_api
    mine = api.get_page(object_type="contact", object_id=ids[0])
    everyone = api.get_page(event_type="e_visited_page", occurred_after=sandbox.now - timedelta(minutes=1))
    assert [item.object_id for item in mine.results] == [ids[0], ids[0]]
    assert [item.object_id for item in everyone.results] == [ids[0], ids[1]]
    assert everyone.results[0].properties["hs_url"] == "https://www.northwind.example/pricing"


def test_page_events_need_the_enterprise_tier_though_their_types_are_listed() -> None:
    with Sandbox(world="empty", hubspot_tier="professional") as sandbox:
        api = client_of(sandbox).events.events_api
        assert "e_visited_page" in api.get_types().event_types
        with pytest.raises(ApiException) as refused:
            api.get_page(event_type="e_visited_page")
        assert refused.value.status == 403


def test_mail_events_are_keyed_by_address_newest_first(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    contact_b = contact(sandbox, "b@firm.com")
    for kind in ("sent", "delivered", "open", "click", "reply"):
        sandbox.advance_to(sandbox.now + timedelta(minutes=1))
        sandbox.hubspot.email_event(
            id_, "Planning notes", kind, "https://n.example" if kind == "click" else None
        )
    sandbox.hubspot.email_event(contact_b, "Planning notes", "open")
    events = http.call("GET", "/email/public/v1/events", recipient="a@firm.com", limit=1000).json()
    assert [item["type"] for item in events["events"]] == ["CLICK", "OPEN", "DELIVERED", "SENT"]
    assert (events["hasMore"], events["events"][0]["url"]) == (False, "https://n.example")
    since = epoch_ms(sandbox.now)
    recent = http.call(
        "GET", "/email/public/v1/events", startTimestamp=since, eventType="OPEN", limit=1000
    ).json()
    assert [item["recipient"] for item in recent["events"]] == ["b@firm.com"]
    campaign = http.call("GET", f"/email/public/v1/campaigns/{events['events'][0]['emailCampaignId']}").json()
    assert campaign["name"] == "Planning notes"
    properties = sandbox.hubspot.record("contacts", id_).properties
    counters = ("hs_email_delivered", "hs_email_open", "hs_email_click", "hs_email_replied")
    assert [properties[name] for name in counters] == ["1", "1", "1", "1"]


def test_opens_and_clicks_name_the_send_and_the_agent(sandbox: Sandbox, http: Http) -> None:
    """`sentBy` names the SENT event of the same e-mail and is omitted where there is none; a click shows the
    agent's words and what the portal makes of them."""
    id_ = contact(sandbox, "a@firm.com")
    sandbox.hubspot.email_event(id_, "Planning notes", "sent")
    sent_at = epoch_ms(sandbox.now)
    sandbox.advance_to(sandbox.now + timedelta(seconds=2))
    sandbox.hubspot.email_event(id_, "Planning notes", "click", "https://n.example", "Googlebot/2.1")
    sandbox.hubspot.email_event(id_, "Another mail", "open")
    events = http.call("GET", "/email/public/v1/events", limit=10).json()["events"]
    opened, clicked, sent = events
    assert ("sentBy" in opened, "sentBy" in sent, "userAgent" in opened) == (False, False, False)
    assert clicked["sentBy"] == {"id": sent["id"], "created": sent_at}
    assert (clicked["userAgent"], clicked["browser"]["type"]) == ("Googlebot/2.1", "Robot")
    assert (clicked["filteredEvent"], opened["filteredEvent"]) == (False, False)


def test_mail_events_go_by_offset_a_thousand_a_page(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    for _n in range(5):
        sandbox.hubspot.email_event(id_, "Planning notes", "open")
    first = http.call("GET", "/email/public/v1/events", limit=3).json()
    second = http.call("GET", "/email/public/v1/events", limit=3, offset=first["offset"]).json()
    assert (first["hasMore"], second["hasMore"]) == (True, False)
    assert len({item["id"] for item in (*first["events"], *second["events"])}) == 5
    assert http.call("GET", "/email/public/v1/events", limit=1_001).status_code == 400


def test_unsubscribing_and_bouncing_show_on_the_contact(sandbox: Sandbox) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.hubspot.email_event(id_, "Planning notes", "unsubscribe")
    sandbox.hubspot.email_event(id_, "Planning notes", "bounce")
    properties = sandbox.hubspot.record("contacts", id_).properties
    assert (properties["hs_email_optout"], properties["hs_email_bad_address"]) == ("true", "true")


def test_participation_is_read_by_event_and_by_contact(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.hubspot.attend("Webinar: Inventory", id_, "registered")
    sandbox.advance_to(sandbox.now + timedelta(days=2))
    sandbox.hubspot.attend("Webinar: Inventory", id_, "attended")
    event = client.marketing.events.basic_api.get_all().results[0]
    assert (event.event_name, event.registrants, event.attendees) == ("Webinar: Inventory", 1, 1)
    api = client.marketing.events.retrieve_participant_state_api
    by_event = api.get_participations_breakdown_by_marketing_event_id(event.object_id)
    by_contact = api.get_participations_breakdown_by_contact_id("a@firm.com", state="ATTENDED")
    assert [item.properties.attendance_state for item in by_event.results] == ["REGISTERED", "ATTENDED"]
    assert [item.associations.contact.contact_id for item in by_contact.results] == [id_]
    assert by_contact.results[0].properties.attendance_duration_seconds > 0


def test_what_a_merged_contact_did_is_the_survivors(sandbox: Sandbox, client: Any) -> None:
    a, b = contact(sandbox, "a@firm.com"), contact(sandbox, "b@firm.com")
    sandbox.hubspot.page_view(b, "https://www.northwind.example/pricing", "Pricing")
    sandbox.hubspot.attend("Webinar: Inventory", b, "registered")
    merged = sandbox.hubspot.merge("contacts", a, b)
    assert [item.object_id for item in client.events.events_api.get_page(object_id=merged).results] == [
        merged
    ]
    assert sandbox.hubspot.record("contacts", a).properties["hs_analytics_num_page_views"] == "1"
    assert [str(item.contact) for item in sandbox.hubspot.marketing.participations] == [merged]
