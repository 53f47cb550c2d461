"""Who set a status or a stage: as the histories tell, or as much as the record knows, and never more."""

from __future__ import annotations

import pytest

from syncd.connectors.salesforce import Salesforce
from syncd.ports import Author, Changed, SystemFailure
from tests.salesforce.conftest import Desk, ref


@pytest.fixture
def reps(desk: Desk) -> tuple[str, str]:
    return desk.org.add_user("Mara", "Lenz"), desk.org.add_user("Tom", "Reed")


def seen(desk: Desk, word: str, record_id: str, value: str) -> Changed:
    """As the pull sees it: the value, and the record's own stamp."""
    return Changed(ref(word, record_id), value, desk.now)


def test_a_status_is_set_by_whom_the_lead_history_names(
    desk: Desk, sf: Salesforce, reps: tuple[str, str]
) -> None:
    """Whoever changes other fields afterwards has not set it, nor has who set it before."""
    mara, tom = reps
    lead = desk.lead()
    desk.org.update("Lead", lead, {"Status": "Working - Contacted"}, by=tom)
    desk.later(minutes=10)
    desk.org.update("Lead", lead, {"Status": "Accepted"}, by=mara)
    changed = seen(desk, "lead", lead, "Accepted")
    desk.later(minutes=10)
    desk.org.update("Lead", lead, {"Title": "CTO"}, by=tom)
    assert sf.authors([changed]) == (Author("user", mara),)


def test_a_stage_is_set_by_whom_the_stage_history_names(
    desk: Desk, sf: Salesforce, reps: tuple[str, str]
) -> None:
    """A row for another amount repeats the stage: who entered the amount has not set it."""
    mara, tom = reps
    deal = desk.deal(desk.account())
    desk.later(minutes=10)
    desk.org.update("Opportunity", deal, {"StageName": "Negotiation/Review"}, by=mara)
    desk.later(minutes=1)
    desk.org.update("Opportunity", deal, {"Amount": 500}, by=tom)
    assert sf.authors([seen(desk, "opportunity", deal, "Negotiation/Review")]) == (Author("user", mara),)


def test_several_are_asked_at_once_and_answered_by_position(
    desk: Desk, sf: Salesforce, reps: tuple[str, str]
) -> None:
    mara, tom = reps
    leads = [desk.lead(f"Doe {number}") for number in range(3)]
    desk.later(minutes=1)
    for lead, who in zip(leads, (mara, tom, mara), strict=True):
        desk.org.update("Lead", lead, {"Status": "Accepted"}, by=who)
    deal = desk.deal(desk.account())
    calls = len(desk.org.queries)
    found = sf.authors(
        [
            *(seen(desk, "lead", lead, "Accepted") for lead in leads),
            seen(desk, "opportunity", deal, "Prospecting"),
        ]
    )
    assert [item.id for item in found[:3]] == [mara, tom, mara]
    assert found[3].kind == "user"
    assert len(desk.org.queries) - calls == 2


def test_what_we_set_ourselves_is_ours(desk: Desk, sf: Salesforce) -> None:
    lead = desk.lead()
    desk.later(minutes=1)
    desk.org.update("Lead", lead, {"Status": "Unqualified"}, by=desk.org.integration_user_id)
    assert sf.authors([seen(desk, "lead", lead, "Unqualified")])[0].kind == "us"


def test_without_a_history_it_is_who_changed_the_record_last_and_said_so(
    desk: Desk, sf: Salesforce, reps: tuple[str, str]
) -> None:
    """Histories are hidden from our user, or the field is not tracked: less is known, and no more is said."""
    mara, _tom = reps
    lead = desk.lead()
    desk.org.hide("LeadHistory")
    desk.later(minutes=1)
    desk.org.update("Lead", lead, {"Status": "Accepted"}, by=mara)
    assert sf.authors([seen(desk, "lead", lead, "Accepted")]) == (Author("last_modifier", mara),)


def test_of_a_record_that_is_gone_nobody_knows(desk: Desk, sf: Salesforce) -> None:
    deal = desk.deal(desk.account())
    desk.org.hide("OpportunityHistory")
    desk.org.delete("Opportunity", deal)
    assert sf.authors([seen(desk, "opportunity", deal, "Prospecting")]) == (Author("unknown"),)


def test_an_org_short_of_calls_is_asked_later(desk: Desk, sf: Salesforce) -> None:
    lead = desk.lead()
    desk.org.meter.spend_elsewhere(70_000)
    desk.pull(sf, "changes")
    with pytest.raises(SystemFailure) as caught:
        sf.authors([seen(desk, "lead", lead, "New")])
    assert caught.value.failure.code == "salesforce.optional_reads_paused"
