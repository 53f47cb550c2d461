"""What sales wrote as the reason of a pass, and the objection the playbook makes of it."""

from __future__ import annotations

import pytest

from syncd.core import written
from syncd.core.model import Signal
from syncd.core.playbook import Objection
from syncd.core.timeline import ANSWERED
from tests.core.builders import at, deal, default_playbook, opportunity, signal, status

FEEDBACK = default_playbook().feedback
REASON = "Disqualification_Reason__c"


def reason(value: str, days: float) -> Signal:
    return signal("salesforce.lead_change", at(days), {"property": REASON, "value": value})


def answered(says: str, why: str, days: float) -> Signal:
    return signal(ANSWERED, at(days), {"says": says, "reason": why})


SAID = [
    ("beside the status", [status("Unqualified", at(1), reason="No Budget")], "No Budget"),
    ("afterwards", [status("Unqualified", at(1)), reason("Bad Timing", 2)], "Bad Timing"),
    (
        "another one afterwards",
        [status("Unqualified", at(1), reason="No Need"), reason("No Budget", 2)],
        "No Budget",
    ),
    ("taken away again", [status("Unqualified", at(1), reason="No Need"), reason("", 2)], "No Need"),
    ("none", [status("Unqualified", at(1))], ""),
    ("a reason without a no", [reason("No Budget", 1)], ""),
    ("accepted", [status("Accepted", at(1), reason="No Budget")], ""),
    ("by a link in the alert", [answered("rejected", "No Authority", 1)], "No Authority"),
    ("in the pass before", [status("Unqualified", at(-3), reason="No Budget")], ""),
    ("in the pass after", [status("Unqualified", at(1)), reason("No Budget", 9)], ""),
    ("in words nobody listed", [status("Unqualified", at(1), reason="  moved abroad ")], "moved abroad"),
    ("a second no", [status("Unqualified", at(1), reason="No Need"), status("Nurture", at(2))], ""),
]


@pytest.mark.parametrize(("facts", "expected"), [case[1:] for case in SAID], ids=[case[0] for case in SAID])
def test_the_words_on_a_lead_are_those_of_its_last_no(facts: list[Signal], expected: str) -> None:
    """From the beginning of the pass to that of the next one."""
    assert written.on_lead(facts, at(0), at(8), FEEDBACK) == expected


def test_the_words_on_a_deal_are_those_of_its_loss() -> None:
    """The newest that say anything; the record itself where no dated fact does, and not one still open."""
    assert written.on_deal([deal("lost", at(1), reason="Price")], [], at(0), None) == "Price"
    told = [deal("lost", at(1)), deal("lost", at(2), reason="Timing"), deal("open", at(3), reason="Price")]
    assert written.on_deal(told, [], at(0), None) == "Timing"
    record = opportunity(closed=True, lost_reason="Competitor")
    assert written.on_deal([], [record], at(0), None) == "Competitor"
    assert written.on_deal([], [opportunity(lost_reason="Competitor")], at(0), None) == ""
    assert written.on_deal([deal("lost", at(1))], [record], at(0), None) == ""


LIST = (
    Objection("money", "Money", ("No Budget", "*too expensive*")),
    Objection("all_money", "Anything about money", ("*expensive*",)),
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("No Budget", "money"),
        (" no budget ", "money"),
        ("way TOO EXPENSIVE for us", "money"),
        ("expensive", "all_money"),
        ("No Budgets", "written:No Budgets"),
        ("", ""),
        ("   ", ""),
        ("<b>bold</b> [red]", "written:bold [red]"),
        ("x" * 500, "written:" + "x" * 59 + "…"),
    ],
)
def test_the_first_objection_that_fits_is_the_one(words: str, expected: str) -> None:
    """What fits none stays as it was written, harmless and short; nothing written is nothing."""
    assert written.reader(LIST)(words) == expected


def test_without_a_list_every_objection_is_what_was_written() -> None:
    assert written.reader(())("No Budget") == "written:No Budget"
    assert written.label("written:No Budget", ()) == '"No Budget"'
    assert (written.label("", LIST), written.label("money", LIST)) == ("(nothing written)", "Money")
    assert written.label("gone_since", LIST) == "gone_since"


def test_the_shipped_list_reads_what_the_shipped_reasons_are_called() -> None:
    """Every objection fits words sales can choose; a word is in one objection only."""
    playbook = default_playbook()
    words = [*playbook.feedback.reasons, *playbook.feedback.lost_reasons]
    read = written.reader(playbook.objections)
    assert {item.id for item in playbook.objections} <= {read(word) for word in words}
    listed = [word for item in playbook.objections for word in item.written]
    assert len(listed) == len(set(listed))
    assert set(listed) <= set(words)
    letters = {letter.id for letter in playbook.levels.bant}
    assert {item.contradicts for item in playbook.objections} - {""} == letters
