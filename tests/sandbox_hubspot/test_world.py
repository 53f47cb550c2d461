"""The seeded company: it repeats, its logs and counters agree, and what it contains is worth a demo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncd.connectors.sandbox import START_AT, Sandbox
from syncd.connectors.sandbox.world.population import Journey, PersonKind

SIZE = 400


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """One world for tests that only read it."""
    with Sandbox(seed=3, contacts=SIZE) as running:
        yield running


def fingerprint(sandbox: Sandbox) -> list[tuple[str, dict[str, str]]]:
    return [
        (item.id, item.properties)
        for kind in ("contacts", "companies", "calls")
        for item in sandbox.hubspot.all(kind)
    ]


def test_the_same_seed_gives_the_same_world_and_another_gives_another() -> None:
    one, same, other = (Sandbox(seed=seed, contacts=60) for seed in (5, 5, 6))
    for sandbox in (one, same):
        sandbox.advance_to(START_AT + timedelta(days=20))
    assert fingerprint(one) == fingerprint(same)
    assert fingerprint(one) != fingerprint(other)


def test_counters_agree_with_the_logs(world: Sandbox) -> None:
    """Page views, opens and conversions of every contact, living and merged."""
    marketing = world.hubspot.marketing
    views = Counter(str(item.contact) for item in marketing.page_events)
    opens = Counter(item.recipient for item in marketing.mail_events if item.type == "OPEN")
    for record in world.hubspot.all("contacts"):
        shown = record.properties
        assert int(shown.get("hs_analytics_num_page_views", "0")) == views[record.id]
        assert int(shown.get("hs_email_open", "0")) == opens[shown["email"]]
        submitted = shown.get("hs_calculated_form_submissions", "")
        assert int(shown.get("num_conversion_events", "0")) == len(submitted.split(";")) * bool(submitted)


def test_no_record_was_modified_after_the_opening_day_nor_before_it_was_made(world: Sandbox) -> None:
    for kind in world.hubspot.objects:
        for record in world.hubspot.all(kind):
            assert record.created_at <= record.modified_at <= START_AT


def test_engagement_has_a_heavy_tail(world: Sandbox) -> None:
    """The busiest tenth of those who came at all account for more than a third of the views."""
    views = sorted(
        Counter(item.contact for item in world.hubspot.marketing.page_events).values(), reverse=True
    )
    assert sum(views[: len(views) // 10]) > sum(views) / 3


def test_every_kind_of_person_and_journey_is_there(world: Sandbox) -> None:
    people = world.cast.population.contacts
    assert {person.kind for person in people} == set(PersonKind)
    assert {person.journey for person in people} == set(Journey)


def test_those_sales_knows_stand_where_the_population_says(world: Sandbox) -> None:
    """So that the org made from the same population agrees with the portal."""
    for person in world.cast.population.present(START_AT):
        if person.stage in {"customer", "opportunity"} and person.kind is PersonKind.BUYER:
            shown = world.hubspot.record("contacts", person.hubspot_id).properties["lifecyclestage"]
            assert shown == person.stage


def test_weeks_to_come_bring_demo_requests_newcomers_and_returning_people() -> None:
    sandbox = Sandbox(seed=3, contacts=SIZE)
    before = len(sandbox.hubspot.all("contacts"))
    asked = sum(
        len(form.submissions)
        for name, form in sandbox.hubspot.marketing.forms.items()
        if name == "Request a demo"
    )
    sandbox.advance_to(START_AT + timedelta(days=42))
    later = sum(
        len(form.submissions)
        for name, form in sandbox.hubspot.marketing.forms.items()
        if name == "Request a demo"
    )
    assert later - asked >= 5
    assert len(sandbox.hubspot.all("contacts")) > before
    assert sandbox.hubspot.violations == []


def test_the_org_shares_people_with_the_portal(world: Sandbox) -> None:
    known = {str(record["Email"]).lower() for record in world.salesforce.all("Contact")}
    emails = {record.properties["email"] for record in world.hubspot.all("contacts")}
    assert len(known & emails) > 10
    assert known - emails


def test_addresses_are_unique_and_of_the_company(world: Sandbox) -> None:
    people = world.cast.population.contacts
    assert len({person.email for person in people}) == len(people)
    buyers = [person for person in people if person.kind is PersonKind.BUYER]
    assert all(person.email.endswith("@" + person.domain) for person in buyers)


def test_the_bulk_world_fills_sixty_properties_and_links_everything() -> None:
    sandbox = Sandbox(world="bulk", contacts=50)
    records = sandbox.hubspot.all("contacts")
    assert (len(records), len(sandbox.hubspot.all("companies"))) == (50, 10)
    assert all(len(record.properties) >= 60 for record in records)
    assert all(sandbox.hubspot.associations.of("contacts", record.number, "companies") for record in records)
    logged = sum(len(sandbox.hubspot.all(kind)) for kind in ("calls", "emails", "meetings", "notes", "tasks"))
    assert logged + len(sandbox.hubspot.all("communications")) == 50


def test_an_unknown_world_is_refused_by_naming_those_there_are() -> None:
    with pytest.raises(ValueError, match="there are company, empty"):
        Sandbox(world="mars")
