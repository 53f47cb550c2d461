"""A case for a person ends as the person says, and stays so."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.model import Stage
from syncd.jobs.explain import open_cases
from syncd.store import work
from tests.loop.harness import Loop, loop


def ask_for_demo(it: Loop, email: str) -> None:
    """Somebody of a fitting company asks for a demo."""
    company = it.sandbox.hubspot.create(
        "companies",
        {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"},
    )
    contact = it.sandbox.hubspot.create(
        "contacts",
        {"email": email, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"},
    )
    it.sandbox.hubspot.associate("contacts", contact, "companies", company)
    it.sandbox.hubspot.submit_form(
        "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=contact
    )


def settle(it: Loop, use: str) -> tuple[str, str]:
    """What `syncd hold resolve` does with the only open case."""
    (case,) = open_cases(it.store, it.now)
    with it.store.write(None) as tx:
        arguments = {"hold_id": case.hold.hold_id, "use": use}
        request_id = work.ask(tx, "resolve_hold", "Ada", arguments, it.now)
    it.sync(minutes=5)
    with it.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def leads_at(it: Loop, email: str) -> int:
    return len(it.sandbox.salesforce.find("Lead", Email=email))


@pytest.mark.parametrize(
    ("use", "stage", "leads"), [("hand-over", Stage.HANDED_OFF, 1), ("none", Stage.MQL, 0)]
)
def test_a_shared_mailbox_waits_for_a_person(
    tmp_path: Path, store_url: str, use: str, stage: Stage, leads: int
) -> None:
    """The filter asks; `hand-over` sets it aside for this lead, `none` keeps the lead with marketing."""
    email = "info@harbour-works.com"
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        ask_for_demo(it, email)
        it.sync(minutes=30)
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "filter:role_mailbox"
        assert leads_at(it, email) == 0
        assert settle(it, use)[0] == "done"
        it.sync(hours=1)
        assert it.position(email).stage == stage
        assert leads_at(it, email) == leads
        assert open_cases(it.store, it.now) == ()


def test_an_answer_that_settles_nothing_is_refused(tmp_path: Path, store_url: str) -> None:
    """The refusal lists what would settle it, and the case stays open."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        ask_for_demo(it, "info@harbour-works.com")
        it.sync(minutes=30)
        result, message = settle(it, "maybe")
        assert result == "refused"
        assert "hand-over, none" in message
        assert len(open_cases(it.store, it.now)) == 1


def test_a_declined_hand_off_stays_declined(tmp_path: Path, store_url: str) -> None:
    """Two Leads with one address: a person says neither; later evaluations do not ask again."""
    email = "ines.moreau@harbour-works.com"
    with loop(tmp_path, store_url) as it:
        for company in ("Harbour Works", "Harbor Works"):
            fields = {"LastName": "Moreau", "Company": company, "Email": email, "Status": "New"}
            it.sandbox.salesforce.insert("Lead", fields)
        it.sync(hours=1)
        ask_for_demo(it, email)
        it.sync(minutes=30)
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "twin_leads"
        assert settle(it, "none")[0] == "done"
        contact = it.explain(email).snapshot.hubspot
        assert contact is not None
        it.sandbox.hubspot.update("contacts", contact.id, {"jobtitle": "COO"})
        it.sync(hours=2)
        assert open_cases(it.store, it.now) == ()
        assert all(not lead["Syncd_Key__c"] for lead in it.sandbox.salesforce.find("Lead", Email=email))


@pytest.mark.parametrize(
    ("use", "stage", "leads", "contacts"),
    [
        ("new", Stage.HANDED_OFF, 1, 0),
        ("account", Stage.HANDED_OFF, 0, 1),
        ("none", Stage.SQL, 0, 0),
    ],
)
def test_where_the_playbook_asks_a_colleague_of_customers_waits_for_a_word_on_the_account(
    tmp_path: Path, store_url: str, use: str, stage: Stage, leads: int, contacts: int
) -> None:
    """`new` makes the Lead all the same, the account a Contact there."""
    email = "ines.moreau@harbour-works.com"

    def ask(folder: Path, _sandbox: object) -> None:
        page = folder / "routing.yaml"
        page.write_text(page.read_text().replace("customer_colleague: contact", "customer_colleague: hold"))

    with loop(tmp_path, store_url, prepare=ask) as it:
        account = {
            "Name": "Harbour Works",
            "Website": "https://harbour-works.com",
            "Type": "Customer - Direct",
        }
        account_id = it.sandbox.salesforce.insert("Account", account)
        it.advance(minutes=30)
        ask_for_demo(it, email)
        it.sync(minutes=30)
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "known_account"
        (candidate,) = case.hold.candidates
        assert candidate["ref"] == f"salesforce:account:{account_id}"
        assert settle(it, "maybe") == (
            "refused",
            f"'maybe' does not settle hold {case.hold.hold_id}; say one of: {candidate['ref']}, new, none",
        )
        assert settle(it, candidate["ref"] if use == "account" else use)[0] == "done"
        it.sync(hours=1)
        assert it.position(email).stage == stage
        assert leads_at(it, email) == leads
        assert len(it.sandbox.salesforce.find("Contact", Email=email)) == contacts
        assert open_cases(it.store, it.now) == ()
