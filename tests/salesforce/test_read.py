"""The fresh look before a write: who is there under our key, a known id or an address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.connectors.salesforce import Salesforce
from syncd.ports import Candidate, Recovery, SystemFailure
from tests.salesforce.conftest import KEY, Desk, look, ref


def only(sf: Salesforce, desk: Desk, *emails: str, key: str = "") -> Candidate:
    candidates = sf.read([look(1, key, *emails)])[0].candidates
    assert len(candidates) == 1
    return candidates[0]


def test_leads_and_contacts_of_a_hundred_people_are_looked_up_in_one_call(desk: Desk, sf: Salesforce) -> None:
    """By position, each with its own candidates, strangers with none."""
    ids = [desk.lead(f"Doe {n}", Email=f"p{n}@acme.example") for n in range(100)]
    sf.read([look(0, "7:0")])
    before = len(desk.org.calls)
    found = sf.read([look(n, "", f"P{n}@acme.example".lower()) for n in range(100)])
    assert desk.calls(before) == ["POST composite"]
    assert [item.candidates[0].ref for item in found] == [ref("lead", record_id) for record_id in ids]
    assert sf.read([look(1, "7:1", "nobody@acme.example")])[0].candidates == ()


def test_candidates_are_named_by_how_they_matched_the_surest_first(desk: Desk, sf: Salesforce) -> None:
    """Our key, then a linked id, then an address; a record counts once."""
    by_mail = desk.lead("Mail", Email="dana@acme.example")
    by_id = desk.lead("Linked")
    by_key = desk.contact("Key", **{KEY: "7:1"}, Email="dana@acme.example")
    lookup = look(1, "7:1", "dana@acme.example", known=(ref("lead", by_id), ref("contact", by_key)))
    found = sf.read([lookup])[0].candidates
    assert [(item.ref.id, item.matched_by) for item in found] == [
        (by_key, "key"),
        (by_id, "id"),
        (by_mail, "email"),
    ]


def test_fresh_fields_come_with_each_candidate(desk: Desk, sf: Salesforce) -> None:
    """What the caller asked for, the key, owner and status, blanks left out."""
    desk.lead(Email="dana@acme.example", Title="CTO")
    found = only(sf, desk, "dana@acme.example")
    assert (found.fields["Title"], found.fields["Status"], found.fields["IsConverted"]) == (
        "CTO",
        "New",
        "false",
    )
    assert KEY not in found.fields
    assert found.is_open
    assert found.modified_at == desk.now


def test_a_converted_lead_leads_to_its_contact(desk: Desk, sf: Salesforce) -> None:
    """Also when the address is on the Lead alone: the Contact comes along."""
    lead = desk.lead(Email="dana@acme.example")
    _, contact, _ = desk.org.convert(lead, opportunity=False)
    desk.org.update("Contact", contact, {"Email": "new@acme.example"})
    found = {item.ref: item for item in sf.read([look(1, "", "dana@acme.example")])[0].candidates}
    assert found[ref("lead", lead)].is_open is False
    assert found[ref("lead", lead)].moved_to == ref("contact", contact)
    assert found[ref("contact", contact)].is_open is True


def test_the_loser_of_a_merge_leads_to_the_winner(desk: Desk, sf: Salesforce) -> None:
    """A linked id that answers no more is asked for among the deleted."""
    winner, loser = desk.lead("Winner"), desk.lead("Loser")
    desk.org.merge("Lead", winner, loser)
    found = {item.ref: item for item in sf.read([look(1, known=(ref("lead", loser),))])[0].candidates}
    assert found[ref("lead", loser)].moved_to == ref("lead", winner)
    assert found[ref("lead", loser)].is_open is False
    assert found[ref("lead", winner)].is_open is True


def test_a_converted_lead_whose_contact_was_merged_is_followed_to_the_end(desk: Desk, sf: Salesforce) -> None:
    account = desk.account()
    lead = desk.lead()
    _, contact, _ = desk.org.convert(lead, account_id=account, opportunity=False)
    winner = desk.contact("Winner", AccountId=account)
    desk.org.merge("Contact", winner, contact)
    found = {item.ref.id: item for item in sf.read([look(1, known=(ref("lead", lead),))])[0].candidates}
    assert found[contact].moved_to == ref("contact", winner)
    assert found[winner].is_open


def test_a_deleted_record_answers_to_its_id_only(desk: Desk, sf: Salesforce) -> None:
    """It is shown as closed under the link we hold, and to nobody else."""
    lead = desk.lead(Email="dana@acme.example")
    desk.org.delete("Lead", lead)
    known, by_mail = sf.read([look(1, known=(ref("lead", lead),)), look(2, "", "dana@acme.example")])
    assert [(item.is_open, item.moved_to) for item in known.candidates] == [(False, None)]
    assert by_mail.candidates == ()


@pytest.mark.parametrize(
    ("stage", "kind", "shown"),
    [
        ("Prospecting", None, {"_account_open_deal": "true"}),
        ("Closed Won", None, {"_account_is_customer": "true"}),
        ("Closed Lost", None, {}),
        ("Closed Lost", "Customer - Direct", {"_account_is_customer": "true"}),
    ],
)
def test_a_contact_shows_what_its_account_is_to_us(
    desk: Desk, sf: Salesforce, stage: str, kind: str | None, shown: dict[str, str]
) -> None:
    """A colleague of a customer, or of somebody in a sale, is no fresh lead."""
    account = desk.account(Type=kind)
    desk.deal(account, stage)
    desk.contact(AccountId=account, Email="dana@acme.example")
    fields = only(sf, desk, "dana@acme.example").fields
    marks = {name: value for name, value in fields.items() if name.startswith("_")}
    assert marks == {**shown, "_account_name": "Acme"}


def test_a_contact_that_an_open_opportunity_names_says_so(desk: Desk, sf: Salesforce) -> None:
    """A closed one says nothing."""
    account = desk.account()
    named, other = (desk.contact(AccountId=account, Email=f"{n}@acme.example") for n in ("a", "b"))
    for person, stage in ((named, "Prospecting"), (other, "Closed Lost")):
        deal = desk.deal(account, stage)
        desk.org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": person})
    found = sf.read([look(1, "", "a@acme.example"), look(2, "", "b@acme.example")])
    assert [item.candidates[0].fields.get("_in_open_deal") for item in found] == ["true", None]


def test_other_addresses_of_the_mailbox_are_looked_up_too(desk: Desk, sf: Salesforce) -> None:
    """The plain form of each address, by equality: no pattern ever leaves for Salesforce."""
    desk.lead("Plain", Email="dana@acme.example")
    desk.lead("Dotless", Email="danaruiz@googlemail.com")
    found = sf.read([look(1, "", "dana+news@acme.example", "d.ana.ruiz+x@gmail.com")])[0].candidates
    assert {item.fields["LastName"]: item.matched_by for item in found} == {
        "Plain": "near",
        "Dotless": "near",
    }


def test_what_may_be_the_person_is_read_by_id_and_named_as_such(desk: Desk, sf: Salesforce) -> None:
    """What HubSpot's own sync names goes before what was linked, and that before what is merely near."""
    native, linked, near = (desk.lead(name) for name in ("Native", "Linked", "Near"))
    desk.contact("Stranger", Email="other@acme.example")
    lookup = look(1, "7:1", known=(ref("lead", linked),))
    lookup = replace(lookup, native=(ref("lead", native),), near=(ref("lead", near),))
    found = sf.read([lookup])[0].candidates
    assert [(item.ref.id, item.matched_by) for item in found] == [
        (native, "native"),
        (linked, "id"),
        (near, "near"),
    ]
    assert all(item.url.endswith(item.ref.id) for item in found)


def test_accounts_come_as_they_are_now(desk: Desk, sf: Salesforce) -> None:
    """Their owner, unless inactive, and what sales has with them; those that are gone do not come."""
    customer = desk.account("Customer", Type="Customer - Direct")
    selling, gone = desk.account("Selling"), desk.account("Gone")
    desk.deal(selling, "Prospecting")
    desk.org.delete("Account", gone)
    leaver = desk.org.add_user("Lea", "Leaver")
    desk.org.update("Account", selling, {"OwnerId": leaver})
    desk.org.update("User", leaver, {"IsActive": False})
    lookup = replace(look(1, "7:1"), near=tuple(ref("account", item) for item in (customer, selling, gone)))
    found = {item.ref.id: item.fields for item in sf.read([lookup])[0].accounts}
    assert set(found) == {customer, selling}
    assert (found[customer].get("_account_is_customer"), "OwnerId" in found[customer]) == ("true", True)
    assert (found[selling].get("_account_open_deal"), "OwnerId" in found[selling]) == ("true", False)


def test_hostile_and_overlong_addresses_are_looked_up_as_what_they_are(desk: Desk, sf: Salesforce) -> None:
    """Quotes are data; what no e-mail field can hold matches nobody."""
    desk.lead(Email="o'neil@acme.example")
    assert (
        only(sf, desk, "o'neil@acme.example", "x" * 90 + "@acme.example").fields["Email"]
        == "o'neil@acme.example"
    )
    assert sf.read([look(1, "') OR (Name LIKE '%")])[0].candidates == ()


@pytest.mark.parametrize(
    "email",
    ["%@acme.example", "_ana@acme.example", "d\\'ana+%@acme.example", "x' OR Email != '@acme.example",
     "\N{PARTY POPPER}@acme.example", "dana\n@acme.example", "a+' LIMIT 0 --@acme.example"],
)  # fmt: skip
def test_no_address_is_ever_a_pattern_or_a_clause(desk: Desk, sf: Salesforce, email: str) -> None:
    """Percent signs, underscores, quotes, backslashes and injections match themselves and nobody else."""
    desk.lead("Dana", Email="dana@acme.example")
    assert sf.read([look(1, "", email)])[0].candidates == ()
    assert sf.read([look(1, email)])[0].candidates == ()


def test_tasks_are_found_by_our_key(desk: Desk, sf: Salesforce) -> None:
    """The oldest first, so that an extra one from a lost answer is the one to close."""
    lead = desk.lead()
    desk.org.insert("Task", {"Subject": "Call", "WhoId": lead, KEY: "7:1:1:follow_up"})
    found = sf.read([look(1, "7:1:1:follow_up", kind="task"), look(2, "7:2:1:follow_up", kind="task")])
    assert [item.fields["Status"] for item in found[0].candidates] == ["Not Started"]
    assert found[1].candidates == ()


def test_kinds_may_be_mixed_and_keep_their_places(desk: Desk, sf: Salesforce) -> None:
    desk.lead(Email="dana@acme.example")
    lookups = [
        look(1, "7:1:1:x", kind="task"),
        look(2, "", "dana@acme.example"),
        look(3, "7:2:1:x", kind="task"),
    ]
    found = sf.read(lookups)
    assert [(item.effect_id, len(item.candidates)) for item in found] == [(1, 0), (2, 1), (3, 0)]


def test_without_the_key_field_nothing_is_read_and_the_field_is_named(desk: Desk, sf: Salesforce) -> None:
    """Guessing by address alone could write on another contact's Lead."""
    desk.org.hide("Lead", KEY)
    with pytest.raises(SystemFailure) as caught:
        sf.read([look(1, "7:1")])
    assert caught.value.failure.recovery is Recovery.CONFIGURATION
    assert caught.value.failure.fields == (f"Lead.{KEY}",)
