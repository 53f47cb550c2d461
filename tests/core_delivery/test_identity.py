"""Which Salesforce record a hand-off goes on: a table of cases by hand, each with its outcome and reason."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from syncd.core.identity import (
    IN_DEAL,
    IS_CUSTOMER,
    OPEN_DEAL,
    Choice,
    Claim,
    Create,
    Hold,
    Seen,
    Use,
    choose,
    twins,
)
from syncd.core.likeness import Person
from syncd.core.model import Ref, System

KEY = "42:900"
DANA = Person(
    "Dana",
    "Ruiz",
    ("dana.ruiz@acme.example", "dana@oldmail.example"),
    ("+49 30 1234567",),
    ("acme.example",),
    ("Acme GmbH",),
)
CLAIM = Claim(KEY, "Syncd_Key__c", frozenset({"42:950"}), DANA)
MODIFIED_AT = datetime(2026, 9, 1, tzinfo=UTC)

NAMED = {"FirstName": "Dana", "LastName": "Ruiz"}
MAIL = "dana.ruiz@acme.example"


def seen(word: str, record_id: str, by: str = "near", key: str = "", **parts: object) -> Seen:
    is_open, moved_to = bool(parts.pop("is_open", True)), parts.pop("moved_to", None)
    assert moved_to is None or isinstance(moved_to, Ref)
    fields = {name: str(value) for name, value in parts.items()}
    if key:
        fields["Syncd_Key__c"] = key
    return Seen(ref(word, record_id), by, is_open, moved_to, fields, MODIFIED_AT)


def ref(word: str, record_id: str) -> Ref:
    return Ref(System.SALESFORCE, word, record_id)


def lead(record_id: str, by: str = "near", key: str = "", **parts: object) -> Seen:
    return seen("lead", record_id, by, key, **parts)


def contact(record_id: str, by: str = "near", key: str = "", **parts: object) -> Seen:
    return seen("contact", record_id, by, key, **parts)


LEAD_A, LEAD_B = ref("lead", "00QA"), ref("lead", "00QB")
CONTACT_A, CONTACT_B = ref("contact", "003A"), ref("contact", "003B")


@dataclass(frozen=True)
class Case:
    """What is there, and what follows: `new`, the record used with why, or the kind of case."""

    rule: str
    found: tuple[Seen, ...]
    outcome: str
    record: Ref | None = None
    person: Person = DANA
    same: frozenset[Ref] = frozenset()
    different: frozenset[Ref] = frozenset()
    besides: tuple[Ref, ...] = field(default=())


GMAIL = replace(DANA, emails=("dana.ruiz@gmail.com",), domains=(), companies=("Acme GmbH",))
ROLE = replace(DANA, emails=("info@acme.example",))
NO_COMPANY = replace(DANA, emails=("dana.ruiz@gmail.com",), domains=(), companies=())
UMLAUT = replace(DANA, first="Jürgen", last="Müller")
HYPHEN = replace(DANA, first="Anna-Maria", last="O'Neil")

CASES = (
    # --- nobody, or nobody that counts
    Case("nobody is there: a new record", (), "new"),
    Case("deleted and closed records count for nothing", (
        lead("00QA", "email", Email=MAIL, IsDeleted="true"), contact("003A", "id", is_open=False)), "new"),
    Case("records that became each other are nobody", (
        lead("00QA", "email", is_open=False, moved_to=LEAD_B),
        lead("00QB", "email", is_open=False, moved_to=LEAD_A)), "new"),
    # --- ids
    Case("our key is ours", (lead("00QA", "key", KEY),), "our_key", LEAD_A),
    Case("our key wins over whoever shares the address", (
        lead("00QB", "email", Email=MAIL), contact("003B", "email", Email=MAIL), lead("00QA", "key", KEY)),
        "our_key", LEAD_A),
    Case("our key wins over what HubSpot's own sync names", (
        lead("00QB", "native"), lead("00QA", "key", KEY)), "our_key", LEAD_A),
    Case("a key of a contact merged into ours is ours", (lead("00QA", "id", "42:950"),), "our_key", LEAD_A),
    Case("of two with our keys the surviving key goes on", (
        lead("00QB", "id", "42:950"), lead("00QA", "key", KEY)), "our_key", LEAD_A),
    Case("a Lead and a Contact with our key are twins", (
        lead("00QA", "key", KEY), contact("003A", "key", KEY)), "twins"),
    Case("a linked record is adopted", (lead("00QA", "id"),), "matched_by_id", LEAD_A),
    Case("what HubSpot's own sync made is adopted", (lead("00QA", "native"),), "matched_by_native", LEAD_A),
    Case("what HubSpot's own sync names goes before an equal address", (
        contact("003A", "native"), lead("00QB", "email", Email=MAIL)),
        "matched_by_native", CONTACT_A, besides=(LEAD_B,)),
    Case("two that HubSpot's own sync names are a case", (
        lead("00QA", "native"), contact("003A", "native")), "twins"),
    Case("a linked record with another contact's key is a case", (lead("00QA", "id", "42:77"),),
         "foreign_key"),
    # --- moves
    Case("a converted Lead is its Contact", (
        lead("00QA", "key", KEY, is_open=False, moved_to=CONTACT_A), contact("003A", "key", KEY)),
        "our_key", CONTACT_A),
    Case("a converted Lead of HubSpot's sync is its Contact", (
        lead("00QA", "native", is_open=False, moved_to=CONTACT_A), contact("003A", "native")),
        "matched_by_native", CONTACT_A),
    Case("the loser of a merge is its winner", (
        lead("00QA", "key", KEY, is_open=False, moved_to=LEAD_B, IsDeleted="true"), lead("00QB", "key")),
        "matched_by_key", LEAD_B),
    Case("converted, then merged: the Contact that is left", (
        lead("00QA", "id", is_open=False, moved_to=CONTACT_A),
        contact("003A", "id", is_open=False, moved_to=CONTACT_B), contact("003B", "id")),
        "matched_by_id", CONTACT_B),
    # --- addresses
    Case("the same address is the same person", (lead("00QA", "email", Email=MAIL),),
         "matched_by_email", LEAD_A),
    Case("a second address of the person counts like the first", (
        contact("003A", "email", Email="dana@oldmail.example"),), "matched_by_email", CONTACT_A),
    Case("the same address under another name is still the same person", (
        lead("00QA", "email", Email=MAIL, FirstName="Dana", LastName="Ruiz-Okafor"),),
        "matched_by_email", LEAD_A),
    Case("a shared mailbox under another name may be somebody else", (
        lead("00QA", "email", Email="info@acme.example", FirstName="Front", LastName="Desk"),),
        "likely_same", person=ROLE),
    Case("a shared mailbox without a name is taken", (
        lead("00QA", "email", Email="info@acme.example", LastName="[unknown]"),),
        "matched_by_email", LEAD_A, person=ROLE),
    Case("two open Leads with the address are a case", (
        lead("00QA", "email", Email=MAIL), lead("00QB", "email", Email=MAIL)), "twin_leads"),
    Case("two Contacts with the address are a case", (
        contact("003A", "email", Email=MAIL), contact("003B", "email", Email=MAIL)), "twin_contacts"),
    Case("a Lead and a Contact with the address are a case", (
        lead("00QA", "email", Email=MAIL), contact("003A", "email", Email=MAIL)), "twins"),
    Case("an equal address with another contact's key is a case", (
        lead("00QA", "email", "42:77", Email=MAIL),), "foreign_key"),
    Case("a foreign key beside an unmarked record is a case too", (
        lead("00QA", "email", "42:77", Email=MAIL), lead("00QB", "email", Email=MAIL)), "foreign_key"),
    # --- aliases
    Case("a tag after a plus sign is the same mailbox", (
        lead("00QA", Email="dana.ruiz+event@acme.example", **NAMED),), "matched_by_near", LEAD_A),
    Case("a tag with a name that contradicts is a question", (
        lead("00QA", Email="dana.ruiz+event@acme.example", FirstName="Omar", LastName="Haddad"),),
        "likely_same"),
    Case("dots do not count at Gmail", (lead("00QA", Email="danaruiz@gmail.com", **NAMED),),
         "matched_by_near", LEAD_A, person=GMAIL),
    Case("googlemail.com is Gmail", (lead("00QA", Email="d.anaruiz@googlemail.com", **NAMED),),
         "matched_by_near", LEAD_A, person=GMAIL),
    Case("dots count everywhere else", (
        lead("00QA", Email="danaruiz@acme.example", FirstName="Dan", LastName="Aruiz"),), "new"),
    # --- name and company
    Case("the same name at the same domain is a question", (
        contact("003A", Email="d.ruiz@acme.example", **NAMED),), "likely_same"),
    Case("with the same telephone it is the person", (
        contact("003A", Email="d.ruiz@acme.example", Phone="030 / 123 45 67", MobilePhone="+49301234567",
                **NAMED),), "matched_by_near", CONTACT_A),
    Case("the same name at a company of that name is a question", (
        lead("00QA", Company="ACME Gmbh.", Email="dr@private.example", **NAMED),), "likely_same"),
    Case("the account's website stands for the domain", (
        contact("003A", _account_website="https://www.acme.example/en", **NAMED),), "likely_same"),
    Case("first and last name exchanged is a question", (
        lead("00QA", Email="x@acme.example", FirstName="Ruiz", LastName="Dana"),), "likely_same"),
    Case("accents and umlauts do not part two names", (
        lead("00QA", Email="x@acme.example", FirstName="Juergen", LastName="Mueller"),),
        "likely_same", person=UMLAUT),
    Case("nor do hyphens, apostrophes and case", (
        lead("00QA", Email="x@acme.example", FirstName="anna maria", LastName="ONEIL"),),
        "likely_same", person=HYPHEN),
    Case("an initial is not guessed", (
        lead("00QA", Email="x@acme.example", FirstName="D.", LastName="Ruiz"),), "new"),
    Case("a nickname is not guessed", (
        lead("00QA", Email="x@acme.example", FirstName="Dani", LastName="Ruiz"),), "new"),
    Case("transposed letters are not guessed", (
        lead("00QA", Email="x@acme.example", FirstName="Dana", LastName="Riuz"),), "new"),
    Case("a last name alone says nothing", (
        lead("00QA", Email="x@acme.example", LastName="Ruiz"),), "new"),
    Case("the same name at free mail says nothing", (
        lead("00QA", Email="dana@gmail.com", Company="[not provided]", **NAMED),), "new", person=NO_COMPANY),
    Case("the same name at another company is somebody else", (
        lead("00QA", Email="dana.ruiz@globex.example", Company="Globex", **NAMED),), "new"),
    Case("a certain record goes before a likely one, which is noted", (
        lead("00QA", "email", Email=MAIL), contact("003A", Email="d.ruiz@acme.example", **NAMED)),
        "matched_by_email", LEAD_A, besides=(CONTACT_A,)),
    Case("a likely one with another contact's key is a question", (
        lead("00QA", key="42:77", Email="d.ruiz@acme.example", **NAMED),), "likely_same"),
    # --- Contacts of accounts
    Case("a Contact of a customer is used", (contact("003A", "email", Email=MAIL, **{IS_CUSTOMER: "true"}),),
         "matched_by_email", CONTACT_A),
    Case("a Contact an open opportunity names is used", (
        contact("003A", "email", Email=MAIL, **{OPEN_DEAL: "true", IN_DEAL: "true"}),),
        "matched_by_email", CONTACT_A),
    # --- what people said
    Case("who was said to be the person is used among twins", (
        lead("00QA", "email", Email=MAIL), lead("00QB", "email", Email=MAIL)),
        "person", LEAD_B, same=frozenset({LEAD_B})),
    Case("who was said to be the person is used though a merge moved them", (
        lead("00QA", "id", is_open=False, moved_to=LEAD_B, IsDeleted="true"), lead("00QB", "id")),
        "person", LEAD_B, same=frozenset({LEAD_A})),
    Case("who was said to be the person cannot take a key that another record keeps", (
        lead("00QA", "email", Email=MAIL), lead("00QB", "key", KEY)), "twins", same=frozenset({LEAD_A})),
    Case("nor one that a closed record keeps", (
        lead("00QA", "email", Email=MAIL), lead("00QB", "key", KEY, is_open=False)),
        "twins", same=frozenset({LEAD_A})),
    Case("a key in the bin bars nobody", (
        lead("00QA", "email", Email=MAIL), lead("00QB", "key", KEY, IsDeleted="true")),
        "person", LEAD_A, same=frozenset({LEAD_A})),
    Case("who was said to be somebody else is not asked about again", (
        contact("003A", Email="d.ruiz@acme.example", **NAMED),), "new", different=frozenset({CONTACT_A})),
    Case("nor is what they were merged into", (
        contact("003A", is_open=False, moved_to=CONTACT_B, IsDeleted="true", **NAMED),
        contact("003B", Email="d.ruiz@acme.example", **NAMED)), "new", different=frozenset({CONTACT_A})),
    Case("one who was said to be the person may be merged with one who was not", (
        contact("003A", is_open=False, moved_to=CONTACT_B, IsDeleted="true", **NAMED),
        contact("003B", Email="d.ruiz@acme.example", **NAMED)),
        "person", CONTACT_B, same=frozenset({CONTACT_B}), different=frozenset({CONTACT_A})),
    Case("somebody else is still asked about", (
        contact("003A", Email="d.ruiz@acme.example", **NAMED),
        lead("00QA", Email="dr2@acme.example", **NAMED)), "likely_same", different=frozenset({CONTACT_A})),
)  # fmt: skip


def decided(case: Case) -> Choice:
    claim = replace(CLAIM, person=case.person, same=case.same, different=case.different)
    return choose(case.found, claim)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_each_case_has_its_outcome_and_reason(case: Case) -> None:
    """Only what is certain acts; what is likely is asked; what is not is nobody."""
    found = decided(case)
    match found:
        case Create():
            assert case.outcome == "new"
        case Use():
            assert (found.why, found.ref, found.besides) == (case.outcome, case.record, case.besides)
        case Hold():
            assert found.kind == case.outcome
            assert {item.ref for item in found.candidates} <= {item.ref for item in case.found}
            assert found.candidates
            assert found.reason


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


def test_the_order_of_what_was_found_does_not_count() -> None:
    for case in CASES:
        turned = replace(case, found=tuple(reversed(case.found)))
        assert decided(turned) == decided(case), case.rule


def test_a_record_without_our_key_is_stamped() -> None:
    """From then on everything goes by the key."""
    assert choose([lead("00QA", "email", Email=MAIL)], CLAIM) == Use(LEAD_A, True, "matched_by_email")
    assert choose([lead("00QA", "id", "42:950")], CLAIM) == Use(LEAD_A, True, "our_key")
    assert choose([lead("00QA", "key", KEY)], CLAIM) == Use(LEAD_A, False, "our_key")


def test_a_candidate_says_how_sure_it_is_and_why() -> None:
    found = choose([contact("003A", Email="d.ruiz@acme.example", OwnerId="005X", **NAMED)], CLAIM)
    assert isinstance(found, Hold)
    (candidate,) = found.candidates
    assert candidate.percent == 80
    assert candidate.why == "same name, same company domain, owner 005X, modified 2026-09-01"
    assert candidate.fields["LastName"] == "Ruiz"


def test_reasons_hold_no_personal_data() -> None:
    """Holds are logged, told in alerts and shown in lists: ids only. The fields are for the terminal."""
    twin = {"Email": MAIL, "FirstName": "Dana", "LastName": "Ruiz", "Phone": "+49 30 1234567"}
    found = choose([lead("00QA", "email", **twin), lead("00QB", "email", **twin)], CLAIM)
    assert isinstance(found, Hold)
    told = f"{found.kind} {found.reason} {[(item.ref, item.why, item.url) for item in found.candidates]}"
    assert not {"dana", "ruiz", "acme", "1234567"} & set(told.lower().replace(",", " ").split())


# --- after a create --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        lead("00QB", "email", Email=MAIL),
        contact("003B", "native"),
        lead("00QB", Email="d.ruiz@acme.example", **NAMED),
    ],
)
def test_a_twin_made_in_the_same_hour_is_found_after_a_create(other: Seen) -> None:
    """The native sync, a rep or an import made theirs while ours was under way."""
    ours = lead("00QA", "key", KEY)
    found = twins(ours.ref, [other, ours], CLAIM)
    assert found is not None
    assert (found.kind, [item.ref for item in found.candidates]) == (
        "twins_after_create",
        [LEAD_A, other.ref],
    )


def test_alone_there_is_no_twin() -> None:
    """Nor are deleted records, strangers, those decided about, or a converted Lead that became ours."""
    ours = contact("003A", "key", KEY)
    converted = lead("00QA", "key", KEY, is_open=False, moved_to=CONTACT_A)
    gone = lead("00QC", "email", Email=MAIL, IsDeleted="true")
    stranger = lead("00QD", Email="omar@acme.example", FirstName="Omar", LastName="Haddad")
    decided_about = lead("00QE", "email", Email=MAIL)
    claim = replace(CLAIM, different=frozenset({decided_about.ref}))
    assert twins(CONTACT_A, [ours, converted, gone, stranger, decided_about], claim) is None
    kept = replace(CLAIM, same=frozenset({CONTACT_A}))
    assert twins(CONTACT_A, [ours, decided_about], kept) is None


def test_what_ours_became_is_no_twin() -> None:
    """Sales converted it, or merged it into another, within the hour."""
    converted = lead("00QA", "key", KEY, is_open=False, moved_to=CONTACT_A)
    assert twins(LEAD_A, [converted, contact("003A", "key", KEY)], CLAIM) is None
    merged = lead("00QA", "id", KEY, is_open=False, moved_to=LEAD_B, IsDeleted="true")
    assert twins(LEAD_A, [merged, lead("00QB", "email", Email=MAIL)], CLAIM) is None
