"""What the ledger keeps of the definition's claim when a pass begins."""

from __future__ import annotations

from syncd.core import claims
from syncd.core.compiled import compiled
from syncd.core.decide import decide
from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import Signal, Stage, Transition
from tests.core.builders import (
    at,
    default_playbook,
    delivered,
    demo_request,
    form,
    person,
    status,
)


def begun(*signals: Signal) -> Transition:
    """The entry with which the pass of somebody who did this begins."""
    found = decide(person(*signals, created=at(-60)), default_playbook(), at())
    (entry,) = [item for item in found.transitions if item.target.stage is Stage.SQL]
    return entry


def test_the_letters_are_kept_as_they_were_known() -> None:
    """Said, inferred from an act, not known; the job title says that a vice-president decides."""
    told = form("Request a demo", at(-1), budget="Approved for this year")
    numbers = begun(told).numbers
    assert claims.letter(numbers, "budget") == claims.CONFIRMED
    assert claims.letter(numbers, "need") == claims.INFERRED
    assert claims.letter(numbers, "authority") == claims.CONFIRMED
    asked = begun(demo_request(at(-1))).numbers
    assert claims.letter(asked, "budget") == claims.NOT_KNOWN
    assert claims.letter(asked, "unheard_of") is None


def test_criteria_and_grade_are_kept_too() -> None:
    """One action hands over though the scores do not: the entry says which criteria did not hold."""
    numbers = begun(demo_request(at(-1))).numbers
    assert (numbers["sql.fits"], numbers["sql.interest"]) == (1, 0)
    assert claims.grade(numbers) in {"A", "B"}
    assert claims.grade({}) == ""


def test_only_the_beginning_of_a_pass_carries_a_claim() -> None:
    """An MQL, a delivery and a refusal claim nothing."""
    found = decide(
        person(demo_request(at(-9)), delivered(at(-8)), status("Unqualified", at(-7)), created=at(-60)),
        default_playbook(),
        at(),
    )
    with_claim = [item.target.stage for item in found.transitions if "letter.budget" in item.numbers]
    assert with_claim == [Stage.SQL]


def test_what_is_noted_down_does_not_decide_when_the_lead_is_looked_at_again() -> None:
    """The next look is for what was asked to decide; a claim asks nothing of that view."""
    lead = Lead(person(demo_request(at(-1))), compiled(default_playbook()))
    lead.advance(to_ms(at()))
    view = lead.at(to_ms(at())).view
    assert claims.claimed(view)
    assert not view.signal_atoms
