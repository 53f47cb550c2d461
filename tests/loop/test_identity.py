"""Lead or Contact, adopted or new, twins and duplicate rules: the whole product against the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.connectors.sandbox.salesforce.setup import DuplicateAction, DuplicateRule
from syncd.core.model import Stage
from syncd.jobs.evidence import evidence_of
from syncd.jobs.explain import open_cases
from syncd.store import outbox, work
from tests.loop.harness import Loop, loop

EMAIL = "ines.moreau@harbour-works.com"
ACCOUNT = {"Name": "Harbour Works", "Website": "https://harbour-works.com", "Type": "Customer - Direct"}


def ask_for_demo(it: Loop, email: str = EMAIL, **fields: str) -> str:
    """Somebody of a fitting company asks for a demo; the id of the contact."""
    hubspot = it.sandbox.hubspot
    company = hubspot.create(
        "companies", {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"}
    )
    named = {"firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"} | fields
    contact = hubspot.create("contacts", {"email": email, **named})
    hubspot.associate("contacts", contact, "companies", company)
    ask_again(it, contact, email)
    return contact


def ask_again(it: Loop, contact: str, email: str = EMAIL) -> None:
    it.sandbox.hubspot.submit_form(
        "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=contact
    )


def settle(it: Loop, use: str) -> tuple[str, str]:
    (case,) = open_cases(it.store, it.now)
    return asked(it, "resolve_hold", {"hold_id": case.hold.hold_id, "use": use})


def asked(it: Loop, verb: str, arguments: dict[str, object]) -> tuple[str, str]:
    with it.store.write(None) as tx:
        request_id = work.ask(tx, verb, "Ada", arguments, it.now)
    it.sync(minutes=5)
    with it.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def people(it: Loop) -> tuple[int, int]:
    """How many Leads and Contacts there are."""
    return len(it.sandbox.salesforce.all("Lead")), len(it.sandbox.salesforce.all("Contact"))


def handoff_note(it: Loop, email: str = EMAIL) -> str:
    with it.store.read() as tx:
        return next(e.note for e in outbox.of_lead(tx, it.lead_id(email)) if e.kind == "handoff")


# --- Lead or Contact -------------------------------------------------------------------------------------


def test_a_colleague_of_a_customer_becomes_a_contact_of_the_accounts_owner(
    tmp_path: Path, store_url: str
) -> None:
    """Not a Lead that goes to whoever is next; the task is on the Contact and the Account's owner's too."""
    with loop(tmp_path, store_url) as it:
        org = it.sandbox.salesforce
        owner = it.sandbox.cast.org.rep_ids[1]
        account = org.insert("Account", {**ACCOUNT, "OwnerId": owner})
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        (contact,) = org.find("Contact", Email=EMAIL)
        assert (contact["AccountId"], contact["OwnerId"]) == (account, owner)
        assert people(it) == (0, 1)
        (task,) = org.find("Task", WhoId=contact.id)
        assert (task["OwnerId"], task["WhatId"]) == (owner, None)
        assert it.position(EMAIL).stage is Stage.HANDED_OFF
        assert f"a Contact on {account}: the account is a customer; 96 % sure" in handoff_note(it)
        assert org.violations == []


def test_a_colleague_of_an_open_deal_becomes_a_contact(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url) as it:
        org = it.sandbox.salesforce
        account = org.insert("Account", {**ACCOUNT, "Type": "Prospect"})
        deal = {
            "Name": "Harbour",
            "AccountId": account,
            "StageName": "Prospecting",
            "CloseDate": "2026-12-01",
        }
        org.insert("Opportunity", deal)
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        assert people(it) == (0, 1)
        assert "has an open opportunity" in handoff_note(it)


def test_an_account_sales_has_nothing_with_makes_a_lead(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url) as it:
        it.sandbox.salesforce.insert("Account", {**ACCOUNT, "Type": "Prospect"})
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        assert people(it) == (1, 0)


@pytest.mark.parametrize(("rule", "leads", "held"), [("lead", 1, 0), ("hold", 0, 1)])
def test_the_playbook_chooses_otherwise(
    tmp_path: Path, store_url: str, rule: str, leads: int, held: int
) -> None:
    def prepare(folder: Path, _sandbox: object) -> None:
        page = folder / "routing.yaml"
        page.write_text(
            page.read_text().replace("customer_colleague: contact", f"customer_colleague: {rule}")
        )

    with loop(tmp_path, store_url, prepare=prepare) as it:
        it.sandbox.salesforce.insert("Account", ACCOUNT)
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        assert (people(it), len(open_cases(it.store, it.now))) == ((leads, 0), held)


def test_two_accounts_alike_are_a_question_and_the_answer_makes_the_contact(
    tmp_path: Path, store_url: str
) -> None:
    with loop(tmp_path, store_url) as it:
        org = it.sandbox.salesforce
        first = org.insert("Account", {**ACCOUNT, "Name": "Harbour Works North"})
        org.insert("Account", {**ACCOUNT, "Name": "Harbour Works South"})
        it.sync(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        (case,) = open_cases(it.store, it.now)
        assert (case.hold.kind, len(case.hold.candidates)) == ("which_account", 2)
        assert settle(it, f"salesforce:account:{first}")[0] == "done"
        it.sync(minutes=5)
        (contact,) = org.find("Contact", Email=EMAIL)
        assert contact["AccountId"] == first


def test_who_an_open_opportunity_names_gets_a_task_there(tmp_path: Path, store_url: str) -> None:
    """Known to Salesforce alone until they ask: the Contact is adopted, the task is on the opportunity and
    its owner's, and there is never a Lead."""
    with loop(tmp_path, store_url) as it:
        org = it.sandbox.salesforce
        account = org.insert("Account", {**ACCOUNT, "Type": "Prospect"})
        contact = org.insert("Contact", {"LastName": "Moreau", "Email": EMAIL, "AccountId": account})
        it.sync(minutes=30)
        ask_for_demo(it)
        deal = {
            "Name": "Harbour",
            "AccountId": account,
            "StageName": "Prospecting",
            "CloseDate": "2026-12-01",
        }
        seller = it.sandbox.cast.org.rep_ids[2]
        opportunity = org.insert("Opportunity", {**deal, "OwnerId": seller})
        org.insert("OpportunityContactRole", {"OpportunityId": opportunity, "ContactId": contact})
        it.sync(minutes=30)
        assert people(it) == (0, 1)
        (task,) = org.find("Task", WhoId=contact)
        assert (task["WhatId"], task["OwnerId"]) == (opportunity, seller)


# --- adopted ---------------------------------------------------------------------------------------------


def test_a_record_under_another_address_of_the_mailbox_is_adopted(tmp_path: Path, store_url: str) -> None:
    """Somebody entered the address with a tag: one mailbox, one person, one Lead."""
    with loop(tmp_path, store_url) as it:
        fields = {"FirstName": "Ines", "LastName": "Moreau", "Company": "Harbour Works"}
        tagged = it.sandbox.salesforce.insert(
            "Lead", {**fields, "Email": "ines.moreau+fair@harbour-works.com"}
        )
        it.sync(minutes=30)
        contact = ask_for_demo(it)
        it.sync(minutes=30)
        (lead,) = it.sandbox.salesforce.all("Lead")
        assert (lead.id, bool(lead["Syncd_Key__c"])) == (tagged, True)
        assert lead["HubSpot_Contact_ID__c"] == contact


def test_the_same_name_at_the_company_is_a_question_with_evidence(tmp_path: Path, store_url: str) -> None:
    """`new`: somebody else, and never asked again; the answer taken back is asked again only when it
    matters."""
    with loop(tmp_path, store_url) as it:
        fields = {"FirstName": "Ines", "LastName": "Moreau", "Company": "Harbour Works", "Title": "Buyer"}
        other = it.sandbox.salesforce.insert("Lead", {**fields, "Email": "i.moreau@harbour-works.com"})
        it.sync(minutes=30)
        contact = ask_for_demo(it)
        it.sync(minutes=30)
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "likely_same"
        found = evidence_of(it.store, case.hold.hold_id, it.now)
        assert found is not None
        (candidate,) = found.candidates
        assert (candidate.ref, candidate.percent, candidate.sureness) == (
            f"salesforce:lead:{other}", 80, "likely"
        )  # fmt: skip
        assert (found.person.values["Name"], candidate.values["Title"]) == ("Ines Moreau", "Buyer")
        assert candidate.url.endswith(other)
        assert settle(it, "new")[0] == "done"
        it.sync(minutes=5)
        assert people(it) == (2, 0)
        ask_again(it, contact)
        it.sync(hours=2)
        assert open_cases(it.store, it.now) == ()
        told = evidence_of(it.store, case.hold.hold_id, it.now)
        assert told is not None
        assert [(pair.says, pair.said_by) for pair in told.said] == [("different", "Ada")]
        assert asked(it, "take_back_hold", {"hold_id": case.hold.hold_id})[0] == "done"
        assert asked(it, "take_back_hold", {"hold_id": case.hold.hold_id})[0] == "refused"


def test_a_person_said_to_be_the_same_is_linked_for_good(tmp_path: Path, store_url: str) -> None:
    """The other record is stamped and goes on, also after it was merged into a third."""
    with loop(tmp_path, store_url) as it:
        org = it.sandbox.salesforce
        fields = {"FirstName": "Ines", "LastName": "Moreau", "Company": "Harbour Works"}
        other = org.insert("Lead", {**fields, "Email": "i.moreau@harbour-works.com"})
        it.sync(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        assert settle(it, f"salesforce:lead:{other}")[0] == "done"
        it.sync(minutes=5)
        assert people(it) == (1, 0)
        assert org.record("Lead", other)["Syncd_Key__c"]
        third = org.insert("Lead", {**fields, "Email": "third@harbour-works.com"})
        org.merge("Lead", third, other)
        it.sync(hours=2)
        assert people(it) == (1, 0)
        assert it.explain(EMAIL).snapshot.sales_records[0].ref.id == third


# --- twins -----------------------------------------------------------------------------------------------


def test_a_twin_made_within_the_hour_is_a_case_and_closes_when_merged(tmp_path: Path, store_url: str) -> None:
    """Another writer's Lead under a tagged address, which no key and no exact address would show."""
    with loop(tmp_path, store_url) as it:
        org = it.sandbox.salesforce
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=5)
        (ours,) = org.all("Lead")
        fields = {"FirstName": "Ines", "LastName": "Moreau", "Company": "Harbour Works"}
        twin = org.insert("Lead", {**fields, "Email": "ines.moreau+web@harbour-works.com"})
        it.sync(minutes=40)
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "twins_after_create"
        assert [item["ref"] for item in case.hold.candidates] == [
            f"salesforce:lead:{ours.id}", f"salesforce:lead:{twin}"
        ]  # fmt: skip
        assert it.position(EMAIL).stage is Stage.HANDED_OFF
        org.merge("Lead", ours.id, twin)
        it.sync(hours=1)
        it.sandbox.hubspot.update("contacts", _contact_id(it), {"jobtitle": "COO"})
        it.sync(minutes=30)
        assert open_cases(it.store, it.now) == ()


def _contact_id(it: Loop) -> str:
    found = it.explain(EMAIL).snapshot.hubspot
    assert found is not None
    return found.id


def test_a_lead_that_sales_deleted_within_the_hour_is_not_made_again(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=5)
        (ours,) = it.sandbox.salesforce.all("Lead")
        it.sandbox.salesforce.delete("Lead", ours.id)
        it.sync(hours=1)
        it.sync(hours=1)
        assert people(it) == (0, 0)


# --- duplicate rules of the org --------------------------------------------------------------------------


def rule(it: Loop, action: DuplicateAction, field: str = "Phone") -> None:
    it.sandbox.salesforce.engine.duplicate_rules.append(
        DuplicateRule("Same phone", "Lead", action, field=field)
    )


SWITCHBOARD = "+49 40 5550100"


@pytest.mark.parametrize("action", [DuplicateAction.REPORT, DuplicateAction.ALERT])
def test_a_rule_that_reports_or_alerts_lets_somebody_else_be_made(
    tmp_path: Path, store_url: str, action: DuplicateAction
) -> None:
    """The records it names are looked at first; they are other people of the same switchboard."""
    with loop(tmp_path, store_url) as it:
        rule(it, action)
        other = {"LastName": "Okafor", "Company": "Harbour Works", "Email": "o@harbour-works.com"}
        it.sandbox.salesforce.insert("Lead", {**other, "Phone": SWITCHBOARD})
        it.advance(minutes=30)
        ask_for_demo(it, phone=SWITCHBOARD)
        it.sync(minutes=30)
        assert people(it) == (2, 0)
        assert it.position(EMAIL).stage is Stage.HANDED_OFF
        assert open_cases(it.store, it.now) == ()


def test_a_rule_that_blocks_is_a_case_and_never_a_loop(tmp_path: Path, store_url: str) -> None:
    """The candidates are those the answer names. `new` tries once more, and asks again while it blocks."""
    with loop(tmp_path, store_url) as it:
        rule(it, DuplicateAction.BLOCK)
        other = {"LastName": "Okafor", "Company": "Harbour Works", "Email": "o@harbour-works.com"}
        named = it.sandbox.salesforce.insert("Lead", {**other, "Phone": SWITCHBOARD})
        it.advance(minutes=30)
        ask_for_demo(it, phone=SWITCHBOARD)
        it.sync(minutes=30)
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "duplicate_rule"
        assert [item["ref"] for item in case.hold.candidates] == [f"salesforce:lead:{named}"]
        tries = len(it.sandbox.salesforce.calls)
        it.sync(hours=6)
        assert not [
            c for c in it.sandbox.salesforce.calls[tries:] if c.method == "PATCH" and "Lead" in c.path
        ]
        assert settle(it, "new")[0] == "done"
        it.sync(minutes=5)
        (again,) = open_cases(it.store, it.now)
        assert again.hold.kind == "duplicate_rule"
        it.sandbox.salesforce.engine.duplicate_rules.clear()
        assert settle(it, "new")[0] == "done"
        it.sync(minutes=5)
        assert people(it) == (2, 0)


def test_a_rule_that_names_the_person_leads_to_the_record(tmp_path: Path, store_url: str) -> None:
    """The same name, company and phone: certain once the rule has named it, so no new Lead."""
    with loop(tmp_path, store_url) as it:
        rule(it, DuplicateAction.ALERT)
        it.advance(minutes=30)
        ask_for_demo(it, phone=SWITCHBOARD)
        fields = {"FirstName": "Ines", "LastName": "Moreau", "Company": "Harbour Works", "Phone": SWITCHBOARD}
        named = it.sandbox.salesforce.insert("Lead", {**fields, "Email": "im@harbour-works.com"})
        it.sync(minutes=30)
        (lead,) = it.sandbox.salesforce.all("Lead")
        assert (lead.id, bool(lead["Syncd_Key__c"])) == (named, True)


def test_a_lead_that_sales_converts_within_the_hour_is_no_twin_of_itself(tmp_path: Path) -> None:
    """The Contact is the same person; nothing is asked and nothing is made."""
    with loop(tmp_path, f"sqlite:///{tmp_path / 'state' / 'syncd.db'}") as it:
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=5)
        (ours,) = it.sandbox.salesforce.all("Lead")
        it.advance(minutes=2)
        rep = it.sandbox.cast.org.rep_ids[0]
        it.sandbox.salesforce.update("Lead", ours.id, {"OwnerId": rep})  # a queue's cannot be converted
        it.sandbox.salesforce.convert(ours.id, opportunity=False)
        it.sync(minutes=30)
        it.sync(hours=1)
        assert open_cases(it.store, it.now) == ()
        assert people(it) == (1, 1)
