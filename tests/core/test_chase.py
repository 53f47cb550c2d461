"""Reasons sales did not give: who owes one, when it is asked for, and what ends that."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.core import chase
from syncd.core.decide import decide
from syncd.core.model import (
    Decision,
    Intent,
    Opportunity,
    Ref,
    SalesRecord,
    Signal,
    Snapshot,
    Stage,
    System,
    Transition,
)
from tests.core.builders import (
    Journey,
    at,
    deal,
    default_playbook,
    delivered,
    demo_request,
    person,
    status,
)

LEAD = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"OwnerId": "0051", "Status": "Unqualified"})
BIN = replace(LEAD, is_deleted=True)


def walk(*steps: tuple[datetime, tuple[Signal, ...], SalesRecord]) -> tuple[Decision, tuple[Transition, ...]]:
    """Decide at each moment on what is known by then, as the loop does."""
    playbook = default_playbook()
    made: tuple[Transition, ...] = ()
    facts: tuple[Signal, ...] = ()
    found: Snapshot = person()
    decision: Decision | None = None
    for now, fresh, record in steps:
        facts = (*facts, *fresh)
        found = replace(
            found,
            signals=tuple(sorted(facts, key=lambda item: (item.occurred_at, item.key))),
            sales_records=(record,),
            standing=decision.standing if decision else None,
            evaluated_at=decision.verdict.at if decision else None,
            history=made,
        )
        decision = decide(found, playbook, now)
        made = (*made, *decision.transitions)
    assert decision is not None
    return decision, made


def asks(decision: Decision) -> list[Intent]:
    return [item for item in decision.intents if item.target.endswith(":reason")]


HANDED = (
    (at(), (demo_request(at()),), LEAD),
    (at(hours=1), (delivered(at(hours=1)),), LEAD),
)


def test_a_lead_given_back_without_a_reason_is_asked_about_a_day_later() -> None:
    """Due to the second, one task on the record with the values of the reason field, and none before."""
    early, _ = walk(*HANDED, (at(hours=3), (status("Unqualified", at(hours=2)),), LEAD))
    assert (early.standing.position.stage, asks(early)) == (Stage.RECYCLED, [])
    assert early.due_at == at(hours=26)
    late, _ = walk(
        *HANDED, (at(hours=3), (status("Unqualified", at(hours=2)),), LEAD), (at(hours=26), (), LEAD)
    )
    (task,) = asks(late)
    assert task.payload["who"] == "salesforce:lead:00Q1"
    fields = task.payload["fields"]
    assert isinstance(fields, dict)
    assert fields["Subject"] == "Why was this lead given back? Dana Ruiz, Acme"
    assert "- No Budget" in str(fields["Description"])


def test_a_reason_given_meanwhile_ends_the_question() -> None:
    """Set on the record later: the reason counts, and nobody is asked any more."""
    reason = status("No Budget", at(hours=20))
    reason = replace(
        reason,
        shape=replace(
            reason.shape, attributes={"property": "Disqualification_Reason__c", "value": "No Budget"}
        ),
    )
    found, _ = walk(
        *HANDED,
        (at(hours=3), (status("Unqualified", at(hours=2)),), LEAD),
        (at(hours=21), (reason,), LEAD),
        (at(hours=30), (), LEAD),
    )
    assert (found.standing.reason, asks(found)) == ("no_budget", [])


def test_a_reason_the_playbook_does_not_name_is_a_reason_all_the_same() -> None:
    """It counts as the default reason, and nobody is asked for what they have said."""
    said = status("Unqualified", at(hours=2), reason="Bad handwriting")
    found, made = walk(*HANDED, (at(hours=3), (said,), LEAD), (at(hours=30), (), LEAD))
    assert (found.standing.reason, asks(found)) == ("no_reason_given", [])
    assert all(chase.NO_REASON not in item.numbers for item in made)


def test_the_ledger_counts_who_gave_no_reason() -> None:
    _, made = walk(*HANDED, (at(hours=3), (status("Unqualified", at(hours=2)),), LEAD))
    (refusal,) = [item for item in made if item.target.stage is Stage.REJECTED]
    assert refusal.numbers[chase.NO_REASON] == 1


def test_a_record_thrown_away_is_a_give_back_without_a_reason_and_no_task() -> None:
    """There is nothing left to put a task on; the ledger says that the record was deleted."""
    found, made = walk(*HANDED, (at(hours=3), (), BIN), (at(hours=40), (), BIN))
    (refusal,) = [item for item in made if item.target.stage is Stage.REJECTED]
    assert (refusal.numbers[chase.DELETED], refusal.numbers[chase.NO_REASON]) == (1, 1)
    assert (found.standing.position.stage, asks(found)) == (Stage.RECYCLED, [])


def test_a_record_out_of_the_bin_goes_on_where_it_was() -> None:
    """Once, as a correction of its own, in the same pass; thrown away again it is given back again."""
    found, made = walk(*HANDED, (at(hours=3), (), BIN), (at(hours=5), (), LEAD), (at(hours=6), (), LEAD))
    assert found.standing.position.stage is Stage.HANDED_OFF
    assert (made[-1].code, made[-1].pass_number) == ("undeleted", 1)
    again, _ = walk(
        *HANDED,
        (at(hours=3), (), BIN),
        (at(hours=5), (), LEAD),
        (at(hours=6), (), BIN),
        (at(hours=7), (), BIN),
    )
    assert again.standing.position.stage is Stage.RECYCLED


def test_what_sales_says_of_a_restored_record_counts_more_than_that_it_is_back() -> None:
    """Out of the bin and disqualified in one poll: it stays out, for the reason given."""
    said = status("Unqualified", at(hours=5), reason="No Budget")
    found, _ = walk(*HANDED, (at(hours=3), (), BIN), (at(hours=6), (said,), LEAD), (at(hours=7), (), LEAD))
    assert (found.standing.position.stage, found.standing.reason) == (Stage.RECYCLED, "no_budget")


# --- lost deals ------------------------------------------------------------------------------------------

CONTACT = SalesRecord(Ref(System.SALESFORCE, "contact", "0031"), {"OwnerId": "0051"})
LOST = Opportunity(
    Ref(System.SALESFORCE, "opportunity", "006A"), "Closed Lost", is_closed=True, is_won=False,
    modified_at=at(50), owner_id="0059",
)  # fmt: skip


def lost(*, reason: str = "", record: Opportunity = LOST) -> Journey:
    """Handed over on day 0, in a deal since day 5, which sales lost on day 50."""
    lead = Journey(person()).handed_over(at())
    lead.snapshot = replace(lead.snapshot, sales_records=(CONTACT,))
    lead.until(at(5), deal("open", at(5)))
    lead.snapshot = replace(lead.snapshot, opportunities=(replace(record, lost_reason=reason or None),))
    lead.until(at(50), deal("lost", at(50), reason=reason))
    return lead


def test_who_lost_a_deal_without_a_reason_is_asked_on_the_deal_a_day_later() -> None:
    """Counted in the ledger, due to the second, one task on the opportunity with the values of its field."""
    lead = lost()
    (loss,) = [item for item in lead.snapshot.history if item.target.stage is Stage.LOST]
    assert (loss.numbers[chase.NO_REASON], lead.standing.reason) == (1, "no_reason_given")
    assert lead.last is not None
    assert (asks(lead.last), lead.last.due_at) == ([], at(51))
    (task,) = asks(lead.until(at(51)))
    fields = task.payload["fields"]
    assert isinstance(fields, dict)
    assert (task.payload["who"], fields["WhatId"]) == ("salesforce:contact:0031", "006A")
    assert fields["Subject"] == "Why was this opportunity lost? Dana Ruiz, Acme"
    assert 'set "Loss_Reason__c" on the opportunity' in str(fields["Description"])
    assert "- No Decision" in str(fields["Description"])


def test_a_loss_with_a_reason_is_asked_about_by_nobody() -> None:
    for reason in ("Price", "A word nobody listed"):
        lead = lost(reason=reason)
        assert asks(lead.until(at(60))) == []
        assert all(chase.NO_REASON not in item.numbers for item in lead.snapshot.history)


def test_a_reason_given_for_a_loss_later_is_the_reason_and_ends_the_question() -> None:
    """The pass ended when the deal was lost: the cool-down runs from there, and the reason loses it no second
    time once the person is back."""
    lead = lost()
    lead.snapshot = replace(lead.snapshot, opportunities=(replace(LOST, lost_reason="Price"),))
    found = lead.until(at(53), deal("lost", at(52), reason="Price"))
    assert (lead.standing.reason, lead.standing.track, lead.causes[-1]) == ("price", "win_back", "corrected")
    assert (lead.standing.evidence_floor_at, lead.standing.until_at) == (at(50), at(170))
    assert asks(found) == []
    lead.until(at(60), demo_request(at(60)))
    assert (lead.stage, lead.standing.pass_number) == (Stage.SQL, 2)
    lead.until(at(61))
    assert lead.stage is Stage.SQL


def test_where_the_org_has_no_field_for_it_nobody_is_asked_about_a_loss() -> None:
    shipped = default_playbook()
    book = replace(shipped, feedback=replace(shipped.feedback, lost_reason_field=""))
    lead = lost()
    assert chase.owed(lead.snapshot, lead.standing, shipped) is not None
    assert chase.owed(lead.snapshot, lead.standing, book) is None


def test_two_answers_of_one_second_end_in_one_place() -> None:
    """A Lead given back and a deal lost in the same second, each with its reason: the Lead's counts, once."""
    lead = Journey(person()).handed_over(at())
    lead.until(at(5), deal("open", at(5)))
    lead.until(
        at(50), deal("lost", at(50), reason="Price"), status("Unqualified", at(50), reason="No Budget")
    )
    assert (lead.stage, lead.standing.reason) == (Stage.RECYCLED, "no_budget")
    before = lead.path
    lead.until(at(51))
    assert lead.path == before
