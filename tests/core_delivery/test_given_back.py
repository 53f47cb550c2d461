"""What marketing reads of somebody sales gave back, and what HubSpot shows of final reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core import lifecycle_stage, next_step
from syncd.core.model import (
    Cause,
    FilterResult,
    Opportunity,
    Position,
    Ref,
    Stage,
    Standing,
    System,
    Transition,
)
from syncd.core.playbook import RecycleRule, WayBack
from tests.core_delivery.builders import NOW, PLAYBOOK, snapshot, verdict

BACK = Standing(
    Position(Stage.RECYCLED), NOW, 1, "no_budget", "not_now", NOW + timedelta(days=90), evidence_floor_at=NOW
)
DEAL = Opportunity(Ref(System.SALESFORCE, "opportunity", "006A"), "Proposal", is_closed=False, is_won=False)
OPTED_OUT = FilterResult("opted_out", "Opted out", True, outcome="no_nurture")


def step(fields: dict[str, str], *filters: FilterResult, deals: tuple[Opportunity, ...] = ()) -> str:
    lead = snapshot()
    lead = replace(lead, fields={**lead.fields, **fields}, opportunities=deals)
    return next_step.choose(lead, replace(verdict(), filters=filters), BACK, PLAYBOOK, None).text


def test_marketing_nurtures_until_the_day() -> None:
    said = step({})
    assert said.startswith("Marketing nurtures")
    assert "until" in said


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (step({"contact.hs_email_optout": "true"}), "opted out of marketing mail"),
        (step({"contact.lifecyclestage": "customer"}), "a customer, or in an open opportunity"),
        (step({}, deals=(DEAL,)), "a customer, or in an open opportunity"),
        (step({}, OPTED_OUT), "opted out"),
    ],
)
def test_who_is_on_no_list_is_not_said_to_be_nurtured(said: str, why: str) -> None:
    assert said.startswith(f"Not nurtured: {why}; until")


def test_who_is_no_marketing_contact_is_on_the_list_and_gets_no_mail() -> None:
    said = step({"contact.hs_marketable_status": "false"})
    assert said.startswith("Marketing nurtures")
    assert "No marketing contact in HubSpot" in said
    assert len(said) <= next_step.STEP_CHARS_MAX


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("new_evidence", "then back by new evidence only."),
        ("decisive_only", "then back by a decisive action only."),
        ("date_only", "then back among marketing's leads on that day."),
        ("never", "never back by itself."),
    ],
)
def test_the_way_back_is_said(way: WayBack, words: str) -> None:
    rule = replace(PLAYBOOK.recycle.rules["no_budget"], way_back=way)
    book = replace(PLAYBOOK, recycle=replace(PLAYBOOK.recycle, rules={"no_budget": rule}))
    assert next_step.choose(snapshot(), verdict(), BACK, book, None).text.endswith(words)


# --- final reasons ---------------------------------------------------------------------------------------

FINAL = RecycleRule("student", "Student", "", 0, is_final=True, lifecycle_stage="", lead_status="UNQUALIFIED")
OUT = Standing(Position(Stage.DISQUALIFIED), NOW, 1, "student")


@pytest.mark.parametrize(
    ("cause", "stage", "status"),
    [
        (Cause.SALES_DISQUALIFIED, "", "UNQUALIFIED"),
        (Cause.SALES_DISQUALIFIED, "subscriber", "UNQUALIFIED"),
        (Cause.CORRECTED, "", "UNQUALIFIED"),
        (Cause.FILTER, "subscriber", None),  # a filter of the same name is not sales' word
    ],
)
def test_a_final_reason_shows_its_lead_status(cause: Cause, stage: str, status: str | None) -> None:
    """And the stage it names, else the one of disqualified people."""
    rules = {**PLAYBOOK.recycle.rules, "student": replace(FINAL, lifecycle_stage=stage)}
    mapping = replace(
        PLAYBOOK.mapping,
        lifecycle={**PLAYBOOK.mapping.lifecycle, "disqualified": "other"},
        owns_lifecycle=True,
    )
    book = replace(PLAYBOOK, recycle=replace(PLAYBOOK.recycle, rules=rules), mapping=mapping)
    ended = Transition(NOW, Position(Stage.REJECTED), OUT.position, cause, "student", 1)
    shown = lifecycle_stage.intended(replace(snapshot(), history=(ended,)), OUT, book).fields
    assert shown.get("hs_lead_status") == status
    assert shown["lifecyclestage"] == (stage if stage and cause is not Cause.FILTER else "other")
