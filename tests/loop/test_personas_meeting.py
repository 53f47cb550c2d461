"""Two writers meet: HubSpot's own sync makes its Lead after we looked and before we made ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.connectors.sandbox.salesforce.state import Record
from tests.loop.harness import Loop, loop

EMAIL = "runa.falk@meeting-point.example"


def asks_while_the_sync_comes_between(it: Loop) -> None:
    """She asks for a demo; our look finds nobody, and our create comes second."""
    hubspot = it.sandbox.hubspot
    given = {"firstname": "Runa", "lastname": "Falk", "jobtitle": "VP Operations", "company": "Meeting Point"}
    contact = hubspot.submit_form("Request a demo", EMAIL, given, "https://www.northwind.example/demo")
    native_sync = it.sandbox.cast.native_sync
    it.sandbox.salesforce.interrupt("Falk", lambda: native_sync.resync(contact))


def leads(it: Loop) -> list[Record]:
    return it.sandbox.salesforce.find("Lead", Email=EMAIL)


def test_the_orgs_duplicate_rule_stops_the_second_lead_and_we_take_the_first(
    tmp_path: Path, store_url: str
) -> None:
    """One Lead, with our key, our brief and its task: a refusal of a duplicate is a reason to look again."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=5)
        asks_while_the_sync_comes_between(it)
        for _look in range(3):
            it.sync(minutes=10)
        [lead] = leads(it)
        assert lead["Syncd_Key__c"]
        assert lead["CreatedById"] == it.sandbox.cast.native_sync.user_id
        assert [task["WhoId"] for task in it.sandbox.salesforce.all("Task")] == [lead.id]
        assert str(it.position(EMAIL)) == "handed_off"
        assert it.explain(EMAIL).holds == ()


def test_without_such_a_rule_both_stand_and_a_person_is_asked_once(tmp_path: Path, store_url: str) -> None:
    """Sales has our Lead and its task; the case names both, and only people merge."""
    with loop(tmp_path, store_url) as it:
        for rule in it.sandbox.salesforce.engine.duplicate_rules:
            rule.is_active = False
        it.advance(minutes=5)
        asks_while_the_sync_comes_between(it)
        for _look in range(3):
            it.sync(minutes=10)
        both = leads(it)
        assert len(both) == 2
        assert len([lead for lead in both if lead["Syncd_Key__c"]]) == 1
        assert str(it.position(EMAIL)) == "handed_off"
        [hold] = it.explain(EMAIL).holds
        assert {item["ref"].rpartition(":")[2] for item in hold.candidates} == {lead.id for lead in both}
        merged_away = next(lead for lead in both if not lead["Syncd_Key__c"])
        ours = next(lead for lead in both if lead["Syncd_Key__c"])
        it.sandbox.salesforce.merge("Lead", ours.id, merged_away.id)
        before = it.writes()
        it.sync(hours=1)
        assert str(it.position(EMAIL)) == "handed_off"
        assert it.writes() == before, "the merge settles it: nothing is left to write"
        assert it.tie_out().is_even


@pytest.mark.parametrize("winner", ["ours", "theirs"])
def test_after_a_merge_in_salesforce_what_sales_says_still_arrives(
    tmp_path: Path, store_url: str, winner: str
) -> None:
    """Whichever of the two a person keeps, it is the same person."""
    with loop(tmp_path, store_url) as it:
        for rule in it.sandbox.salesforce.engine.duplicate_rules:
            rule.is_active = False
        it.advance(minutes=5)
        asks_while_the_sync_comes_between(it)
        for _look in range(2):
            it.sync(minutes=10)
        ours, theirs = sorted(leads(it), key=lambda lead: lead["Syncd_Key__c"] is None)
        kept, gone = (ours, theirs) if winner == "ours" else (theirs, ours)
        it.sandbox.salesforce.merge("Lead", kept.id, gone.id)
        it.sync(minutes=10)
        refused = {"Status": "Unqualified", "Disqualification_Reason__c": "No Budget"}
        it.sandbox.salesforce.update("Lead", kept.id, refused)
        it.sync(minutes=10)
        assert str(it.position(EMAIL)) == "recycled"
        assert it.explain(EMAIL).decision.standing.reason == "no_budget"
