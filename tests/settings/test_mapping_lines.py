"""What people read when a line of mapping.yaml cannot work, and what a right one becomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd import settings
from syncd.core.playbook import CampaignRule, Consent, Ownership
from syncd.settings import check
from tests.settings.small import HOME, edit, only

LINE = "- {field: Syncd_Score__c, from: syncd.score}"
MISTAKES = [
    ("unknown transform", "{field: Phone, from: contact.phone, transform: fone}", "did you mean 'phone'"),
    (
        "transform of a constant",
        '{field: Rating, from: "=hot", transform: upper}',
        "a constant needs no transform",
    ),
    (
        "transform of a number",
        "{field: Title, from: syncd.pass, transform: upper}",
        "syncd.pass is a number and takes no transform 'upper'",
    ),
    (
        "a day is the end of it",
        "{field: Birthdate, from: contact.birth, transform: [date, lower]}",
        "date comes last",
    ),
    (
        "text into a day",
        "{field: Birthdate, from: contact.firstname, transform: lower}",
        "contact.firstname is a text and does not go into Birthdate, a date field",
    ),
    (
        "a box that is none",
        "{field: Title, from: syncd.opted_out, write: tick_only}",
        "tick_only is for a box, and Title is none",
    ),
    (
        "a number is no box",
        "{field: DoNotCall, from: syncd.pass, write: tick_only}",
        "tick_only is for a box, and syncd.pass is none",
    ),
    ("blank or not", "{field: Title, from: contact.jobtitle, blank: erase}", "'blank'"),
]


@pytest.mark.parametrize(
    ("line", "text"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES]
)
def test_a_line_that_cannot_work_is_named_with_the_cure(folder: Path, line: str, text: str) -> None:
    """File, line, what is wrong, what is allowed."""
    edit(folder, "mapping.yaml", LINE, f"- {line}")
    said = str(only(folder))
    assert said.startswith("mapping.yaml, line 4:"), said
    assert text in said


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("campaigns: [{campaign: Demos, status: Sent}]", "'Demos' is not the id of a Salesforce campaign"),
        ("currency: euro", "'euro' is not the code of a currency"),
    ],
)
def test_ids_and_codes_are_checked_before_the_org_refuses_them(folder: Path, block: str, text: str) -> None:
    """A name where an id belongs is the usual slip."""
    edit(folder, "mapping.yaml", "salesforce:\n", f"salesforce:\n  {block}\n")
    assert text in str(only(folder))


def test_right_lines_become_rules(folder: Path) -> None:
    """Values of ours clear, all else keeps, unless it is said."""
    lines = (
        "- {field: Phone, from: contact.phone, transform: phone}\n"
        "    - {field: FirstName, from: contact.firstname, transform: [first_name, title_case],"
        " blank: clear}\n"
        "    - {field: DoNotCall, from: syncd.do_not_call, write: tick_only}\n"
        "    - {field: Syncd_Direction__c, from: syncd.direction, blank: keep}"
    )
    edit(folder, "mapping.yaml", LINE, lines)
    block = "  currency: EUR\n  campaigns: [{campaign: 701A00000000001, status: Sent, offer: '*demo*'}]\n"
    edit(folder, "mapping.yaml", "salesforce:\n", f"salesforce:\n{block}")
    path = folder / "mapping.yaml"
    path.write_text(path.read_text() + "consent: {do_not_call: [contact.no_calls]}\n")
    assert check(folder, HOME) == ()
    playbook = settings.load(folder, HOME).playbook
    mapping = playbook.mapping
    by_name = {item.target: item for item in mapping.lead}
    assert (by_name["Phone"].transforms, by_name["Phone"].clears) == (("phone",), False)
    assert (by_name["FirstName"].transforms, by_name["FirstName"].clears) == (
        ("first_name", "title_case"),
        True,
    )
    assert by_name["DoNotCall"].ownership is Ownership.TICK_ONLY
    assert by_name["DoNotCall"].clears
    assert not by_name["Syncd_Direction__c"].clears
    assert mapping.currency == "EUR"
    assert mapping.campaigns == (CampaignRule("701A00000000001", "Sent", ("*demo*",)),)
    assert mapping.consent == Consent(
        ("contact.no_calls",),
        "contact.hs_legal_basis",
        advertising=("freely given consent*", "legitimate interest*"),
    )
    assert {"no_calls", "country", "phone"} <= playbook.fields_of("contact")
    assert "DoNotCall" in playbook.fields_of("lead")


def test_the_version_knows_what_changes_what_is_written(folder: Path) -> None:
    """Delivery only: nobody's level changes by it."""
    before = settings.load(folder, HOME).playbook
    edit(folder, "mapping.yaml", LINE, f"{LINE[:-1]}, blank: keep}}")
    after = settings.load(folder, HOME).playbook
    assert after.delivery_version != before.delivery_version
    assert after.evaluation_version == before.evaluation_version
