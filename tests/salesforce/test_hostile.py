"""Names and addresses of strangers in queries and records: text, never a part of a query or a formula."""

from __future__ import annotations

import pytest

from syncd.connectors.salesforce import Salesforce
from syncd.core.plain import inert
from syncd.ports import Lookup, Result
from tests.salesforce.conftest import KEY, Desk, handoff

HOSTILE = (
    "o'neil",
    'say "hi"',
    "back\\slash",
    "trailing\\",
    "100%_off",
    "x' OR Name LIKE '%",
    "x') OR (Id != '",
    "x' LIMIT 1 --",
    "{!$User.Id}",
    "dana👩‍💻",
    "עדנה",
    "a\\' OR IsDeleted = true OR Name = \\'",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_look_by_hostile_text_finds_exactly_that_person(desk: Desk, sf: Salesforce, text: str) -> None:
    """By key and by address; nobody else comes along, and nothing is refused."""
    desk.lead("Bystander", Email="bystander@acme.example")
    key = f"42:{text}"[:64]
    wanted = desk.lead("Wanted", **{KEY: key})
    (found,) = sf.read([Lookup(1, "handoff", key=key, emails=(f"{text}@acme.example",), fields=("Title",))])
    assert [candidate.ref.id for candidate in found.candidates] == [wanted]


@pytest.mark.parametrize("text", [*HOSTILE, "=HYPERLINK(1)", "+2+5+cmd|' /C calc'!A0", "<b>bold</b>"])
def test_hostile_text_is_stored_as_it_was_meant(desk: Desk, sf: Salesforce, text: str) -> None:
    """A name goes through both APIs unharmed; what a spreadsheet would run has its apostrophe."""
    (outcome,) = sf.apply([handoff(1, "42:7", LastName=inert(text)[:80])])
    assert outcome.result is Result.DONE
    (record,) = desk.org.all("Lead")
    assert record["LastName"] == inert(text)
    assert not str(record["LastName"]).startswith(("=", "+", "@"))
