"""What is mapped arrives as the org takes it, stays a person's once a person changed it, and settles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.salesforce.orgs import picklists_of_places, several_currencies
from syncd.connectors.sandbox.salesforce.state import Record
from syncd.core.model import System
from syncd.jobs.status import LEFT_OUT, errors_of
from syncd.ports import Finding
from syncd.store import work
from tests.loop.harness import Loop, Prepare, loop

WHO = "ines@harbour-works.com"


def mapped(*lines: str, org: Callable[[Sandbox], None] = lambda _: None, **changed: str) -> Prepare:
    """The shipped mapping with further lines for Lead, lines changed by field, and an org prepared."""

    def prepare(folder: Path, sandbox: Sandbox) -> None:
        path = folder / "mapping.yaml"
        text = path.read_text()
        for field, line in changed.items():
            old = next(item for item in text.splitlines() if f"{{field: {field}," in item)
            text = text.replace(old, f"    - {line}", 1)
        added = "".join(f"    - {line}\n" for line in lines)
        path.write_text(text.replace("  lead:\n", f"  lead:\n{added}", 1))
        org(sandbox)

    return prepare


def ask_for_demo(it: Loop, **properties: str) -> str:
    """Somebody of a fitting company asks for a demo; the contact's id."""
    it.advance(minutes=30)
    company = it.sandbox.hubspot.create(
        "companies",
        {
            "name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400",
            "annualrevenue": "1500000",
        },
    )  # fmt: skip
    contact = it.sandbox.hubspot.create(
        "contacts",
        {"email": WHO, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations", **properties},
    )
    it.sandbox.hubspot.associate("contacts", contact, "companies", company)
    it.sandbox.hubspot.submit_form(
        "Request a demo", WHO, {"email": WHO}, "https://www.fernhill.io/demo", contact_id=contact
    )
    it.sync(minutes=30)
    return contact


def lead_of(it: Loop) -> Record:
    (lead,) = it.sandbox.salesforce.find("Lead", Email=WHO)
    return lead


def findings(it: Loop) -> list[Finding]:
    """What `syncd doctor` says of the org."""
    found = next(item for item in it.cycle.parts.connectors if item.system == System.SALESFORCE)
    return list(found.inspect(it.cycle.parts.needs[System.SALESFORCE]))


def left_out(it: Loop) -> list[str]:
    return [item.message for item in errors_of(it.store) if item.code == LEFT_OUT]


def test_places_become_codes_and_amounts_need_their_currency(tmp_path: Path, store_url: str) -> None:
    """The org has picklists of places and several currencies: nothing is refused, and what is left out is
    said once, with the cure."""

    def org(sandbox: Sandbox) -> None:
        picklists_of_places(sandbox.salesforce.schema)
        several_currencies(sandbox.salesforce.schema, "USD", ("EUR",))

    prepare = mapped(
        "{field: State, from: contact.state, write: on_create}",
        "{field: AnnualRevenue, from: company.annualrevenue, write: fill_once}",
        org=org,
    )
    with loop(tmp_path, store_url, prepare=prepare) as it:
        ask_for_demo(it, country="Deutschland", state="Bavaria")
        lead = lead_of(it)
        assert (lead["CountryCode"], lead["StateCode"], lead["Country"]) == ("DE", "BY", "Germany")
        assert lead["AnnualRevenue"] is None
        assert "salesforce.currency" in {item.code for item in findings(it)}
        (said,) = left_out(it)
        assert said.startswith("Lead.AnnualRevenue is left out on 1 record: the org has several currencies")
        assert not it.sandbox.salesforce.violations


def test_a_missing_option_is_named_once_and_heals_by_itself(tmp_path: Path, store_url: str) -> None:
    """The hand-off goes without the field; when an admin adds the value, every record gets it."""

    with loop(tmp_path, store_url) as it:
        it.sandbox.salesforce.change_field("Lead", "LeadSource", values=("Event",), is_restricted=True)
        ask_for_demo(it)  # described before: refused once, fitted anew
        it.sync(minutes=5)
        assert lead_of(it)["LeadSource"] is None
        (said,) = left_out(it)
        assert "(value: Web)" in said
        values = ("Event", "Web")
        it.sandbox.salesforce.change_field("Lead", "LeadSource", values=values, is_restricted=True)
        it.sync(hours=2)
        it.sync(minutes=20)
        assert lead_of(it)["LeadSource"] == "Web"
        assert left_out(it) == []


@pytest.mark.parametrize("is_tracked", [True, False])
def test_what_a_person_set_back_is_still_the_persons(
    tmp_path: Path, store_url: str, is_tracked: bool
) -> None:
    """By the field history where the org tracks the field, else by what was once seen there."""

    def org(sandbox: Sandbox) -> None:
        kind = sandbox.salesforce.schema.get("Lead")
        kind.tracked = (*kind.tracked, *(["Title"] if is_tracked else []))

    prepare = mapped(org=org, Title="{field: Title, from: contact.jobtitle, write: until_touched}")
    with loop(tmp_path, store_url, prepare=prepare) as it:
        contact = ask_for_demo(it)
        lead, sales = lead_of(it), it.sandbox.salesforce
        assert lead["Title"] == "VP Operations"
        sales.update("Lead", lead.id, {"Title": "Chief of Operations"})
        if not is_tracked:
            backfill(it, "Lead.Title")  # a look at it in between
            assert lead_of(it)["Title"] == "Chief of Operations"
        it.advance(minutes=5)
        sales.update("Lead", lead.id, {"Title": "VP Operations"})
        it.sandbox.hubspot.update("contacts", contact, {"jobtitle": "Head of Operations"})
        it.sync(minutes=20)
        backfill(it, "Lead.Title")
        assert lead_of(it)["Title"] == "VP Operations"


def backfill(it: Loop, field: str) -> tuple[str, str]:
    """What `syncd backfill --field` does."""
    word, _, name = field.partition(".")
    with it.store.write(None) as tx:
        arguments = {"object": word.casefold(), "field": name}
        request_id = work.ask(tx, "backfill", "Ada", arguments, it.now)
    it.sync(minutes=5)
    it.sync(minutes=5)
    with it.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def test_a_field_is_written_again_on_demand(tmp_path: Path, store_url: str) -> None:
    """What was lost comes back; what a person entered stays; asked twice it changes nothing more."""
    with loop(tmp_path, store_url) as it:
        ask_for_demo(it)
        lead, sales = lead_of(it), it.sandbox.salesforce
        sales.update("Lead", lead.id, {"Syncd_Converting_Offer__c": None, "FirstName": "Inès"})
        assert backfill(it, "Lead.Syncd_Converting_Offer__c")[0] == "done"
        assert backfill(it, "Lead.FirstName")[0] == "done"
        lead = lead_of(it)
        assert (lead["Syncd_Converting_Offer__c"], lead["FirstName"]) == ("Request a demo", "Inès")
        writes = it.writes()
        backfill(it, "Lead.FirstName")
        assert it.writes() == writes
        result, message = backfill(it, "Lead.Nowhere__c")
        assert (result, "no field" in message) == ("refused", True)


def test_an_opt_out_on_either_side_wins(tmp_path: Path, store_url: str) -> None:
    """Sales' box is never unticked by us; HubSpot's ticks it."""
    with loop(tmp_path, store_url) as it:
        contact = ask_for_demo(it)
        lead, sales, hubspot = lead_of(it), it.sandbox.salesforce, it.sandbox.hubspot
        assert (lead["HasOptedOutOfEmail"], lead["DoNotCall"]) == (False, False)
        sales.update("Lead", lead.id, {"DoNotCall": True})
        backfill(it, "Lead.DoNotCall")
        assert lead_of(it)["DoNotCall"] is True
        hubspot.set(hubspot.record("contacts", contact), {"hs_email_optout": "true"})
        it.sync(minutes=20)
        backfill(it, "Lead.HasOptedOutOfEmail")
        assert lead_of(it)["HasOptedOutOfEmail"] is True
        hubspot.set(hubspot.record("contacts", contact), {"hs_email_optout": "false"})
        it.sync(minutes=20)
        backfill(it, "Lead.HasOptedOutOfEmail")
        assert lead_of(it)["HasOptedOutOfEmail"] is True


def test_a_campaign_is_joined_once_and_its_status_is_sales(tmp_path: Path, store_url: str) -> None:
    """Nothing of ours comes back as evidence, and a status somebody chose stays."""
    found: list[str] = []

    def prepare(folder: Path, sandbox: Sandbox) -> None:
        found.append(sandbox.salesforce.insert("Campaign", {"Name": "Demos", "IsActive": True}))
        path = folder / "mapping.yaml"
        rule = f'  campaigns: [{{campaign: {found[0]}, status: Responded, offer: "*demo*"}}]\n'
        path.write_text(path.read_text().replace("salesforce:\n", f"salesforce:\n{rule}", 1))

    with loop(tmp_path, store_url, prepare=prepare) as it:
        ask_for_demo(it)
        (member,) = it.sandbox.salesforce.all("CampaignMember")
        assert (member["LeadId"], member["Status"]) == (lead_of(it).id, "Responded")
        it.sandbox.salesforce.update("CampaignMember", member.id, {"Status": "Sent"})
        it.sync(hours=2)
        (member,) = it.sandbox.salesforce.all("CampaignMember")
        assert member["Status"] == "Sent"


@pytest.mark.parametrize("native_sync", [True, False])
def test_what_we_write_settles_also_beside_another_connector(
    tmp_path: Path, store_url: str, native_sync: bool
) -> None:
    """Each reads what the other has written: after a while nobody writes any more."""
    with loop(tmp_path, store_url, native_sync=native_sync) as it:
        ask_for_demo(it, country="Germany", hs_legal_basis="Freely given consent")
        for _ in range(4):
            it.sync(minutes=20)
        writes = it.writes()
        for _ in range(3):
            it.sync(minutes=20)
        assert it.writes() == writes
