"""Which Salesforce record a hand-off goes on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core.identity import (
    IS_CUSTOMER,
    OPEN_DEAL,
    AccountInHand,
    Claim,
    Create,
    Hold,
    Seen,
    Use,
    choose,
    known_account,
    twins,
)
from syncd.core.model import Ref, System

KEY = "42:900"
CLAIM = Claim(KEY, "Syncd_Key__c", frozenset({"42:950"}))


def lead(record_id: str, *, by: str = "email", key: str = "", **parts: object) -> Seen:
    return _seen("lead", record_id, by, key, parts)


def contact(record_id: str, *, by: str = "email", key: str = "", **parts: object) -> Seen:
    return _seen("contact", record_id, by, key, parts)


def _seen(word: str, record_id: str, by: str, key: str, parts: dict[str, object]) -> Seen:
    is_open, moved_to = bool(parts.pop("is_open", True)), parts.pop("moved_to", None)
    assert moved_to is None or isinstance(moved_to, Ref)
    fields = {name: str(value) for name, value in parts.items()}
    if key:
        fields["Syncd_Key__c"] = key
    ref = Ref(System.SALESFORCE, word, record_id)
    return Seen(ref, by, is_open, moved_to, fields, datetime(2026, 9, 1, tzinfo=UTC))


CONTACT_REF = Ref(System.SALESFORCE, "contact", "003A")


def test_nobody_there_is_a_create() -> None:
    """The upsert by our key makes the record."""
    assert choose([], CLAIM) == Create()


def test_our_key_wins_over_everything_else_found() -> None:
    """A record that carries our key is ours, whoever shares its e-mail."""
    ours = lead("00QA", by="key", key=KEY)
    found = choose([lead("00QB"), contact("003B", **{IS_CUSTOMER: "true"}), ours], CLAIM)
    assert found == Use(ours.ref, stamp=False, why="our_key")


@pytest.mark.parametrize("by", ["id", "email"])
def test_the_only_open_record_is_adopted_and_stamped(by: str) -> None:
    """HubSpot's own sync or a rep made it: ours from now on, not a second one beside it."""
    assert choose([lead("00QA", by=by)], CLAIM) == Use(lead("00QA").ref, stamp=True, why=f"matched_by_{by}")
    assert choose([contact("003A", by=by)], CLAIM) == Use(CONTACT_REF, stamp=True, why=f"matched_by_{by}")


def test_a_converted_lead_is_followed_to_its_contact() -> None:
    """A converted Lead is a dead end (facts/salesforce.md 4.2): what we write goes on the Contact."""
    converted = lead("00QA", by="key", key=KEY, is_open=False, moved_to=CONTACT_REF)
    assert choose([converted], CLAIM) == Use(CONTACT_REF, stamp=True, why="matched_by_key")
    stamped = contact("003A", by="email", key=KEY)
    assert choose([converted, stamped], CLAIM) == Use(CONTACT_REF, stamp=False, why="our_key")


def test_a_merge_loser_is_followed_to_its_winner() -> None:
    """Also when it is deleted, as losers are."""
    winner = lead("00QB", by="id")
    loser = lead("00QA", by="key", key=KEY, is_open=False, moved_to=winner.ref, IsDeleted="true")
    assert choose([loser, winner], CLAIM) == Use(winner.ref, stamp=True, why="matched_by_id")


def test_a_circle_of_moves_ends() -> None:
    """Records that claim to have become each other are nobody."""
    first = lead("00QA", moved_to=lead("00QB").ref, is_open=False)
    second = lead("00QB", moved_to=lead("00QA").ref, is_open=False)
    assert choose([first, second], CLAIM) == Create()


def test_deleted_and_closed_records_do_not_count() -> None:
    """Nothing can be written on them."""
    assert choose([lead("00QA", IsDeleted="true"), contact("003A", is_open=False)], CLAIM) == Create()


@pytest.mark.parametrize(
    ("kind", "candidates"),
    [
        ("twin_leads", [lead("00QA"), lead("00QB")]),
        ("twin_contacts", [contact("003A"), contact("003B")]),
        ("twins", [lead("00QA"), contact("003A")]),
        ("foreign_key", [lead("00QA", key="42:77")]),
        ("foreign_key", [lead("00QA", key="42:77"), lead("00QB")]),
        ("known_contact", [contact("003A", OwnerId="005X", **{OPEN_DEAL: "true"})]),
        ("known_contact", [contact("003A", OwnerId="005X", **{IS_CUSTOMER: "True"}), lead("00QA")]),
        ("twins", [lead("00QA", by="key", key=KEY), contact("003A", key=KEY)]),
    ],
)
def test_where_a_person_must_choose_the_candidates_are_named(kind: str, candidates: list[Seen]) -> None:
    """Nothing is guessed and nothing is merged."""
    found = choose(candidates, CLAIM)
    assert isinstance(found, Hold)
    assert found.kind == kind
    assert {item.ref for item in found.candidates} <= {item.ref for item in candidates}
    assert found.candidates


def test_the_known_contact_is_named_with_its_owner() -> None:
    """A customer's colleague goes to the account's owner, not into a new Lead."""
    found = choose([contact("003A", OwnerId="005X", **{OPEN_DEAL: "true"})], CLAIM)
    assert isinstance(found, Hold)
    assert found.candidates[0].why == (
        "matched by email, account has an open opportunity, owner 005X, modified 2026-09-01"
    )


def test_a_colleague_of_customers_is_a_case_that_names_the_account_and_its_owner() -> None:
    """A new Lead would go to whoever is next, while somebody owns the account."""
    account = Ref(System.SALESFORCE, "account", "001A")
    hold = known_account([AccountInHand(account, "005000000000001AAA", is_customer=True)])
    assert hold is not None
    assert (hold.kind, [suspect.ref for suspect in hold.candidates]) == ("known_account", [account])
    assert hold.candidates[0].why == "account of the company, is a customer, owner 005000000000001AAA"


def test_a_company_sales_has_nothing_with_is_no_case() -> None:
    assert known_account([]) is None


def test_after_a_merge_the_record_of_the_surviving_key_goes_on() -> None:
    """Two handed-off contacts merged: the Lead of our key is used, the other one is a twin to report."""
    ours, other = lead("00QA", by="key", key=KEY), lead("00QB", key="42:950")
    assert choose([other, ours], CLAIM) == Use(ours.ref, stamp=False, why="our_key")
    assert choose([other], CLAIM) == Use(other.ref, stamp=True, why="our_key")
    found = twins(ours.ref, [other, ours], CLAIM)
    assert found is not None
    assert [item.ref for item in found.candidates] == [ours.ref, other.ref]


def test_a_twin_made_in_the_same_minute_is_found_after_a_create() -> None:
    """The native sync made its Lead while ours was under way."""
    ours, theirs = lead("00QA", by="key", key=KEY), lead("00QB")
    found = twins(ours.ref, [theirs, ours], CLAIM)
    assert found is not None
    assert (found.kind, found.candidates[1].ref) == ("twins_after_create", theirs.ref)


def test_alone_there_is_no_twin() -> None:
    """Nor are deleted records, nor a converted Lead that became the record we wrote."""
    converted = lead("00QA", is_open=False, moved_to=CONTACT_REF)
    assert (
        twins(CONTACT_REF, [contact("003A", key=KEY), converted, lead("00QC", IsDeleted="true")], CLAIM)
        is None
    )


def test_reasons_hold_no_personal_data() -> None:
    """Holds are logged and shown in lists: ids only."""
    found = choose([lead("00QA", Email="dana@acme.example", Name="Dana"), lead("00QB")], CLAIM)
    assert "dana" not in repr(found).lower()
