"""Given back in Salesforce, seen in HubSpot: whatever dies in between, the contact ends where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.connectors.sandbox import Fault, Faults
from tests.loop.busy import doubles
from tests.loop.harness import Loop, loop
from tests.loop.test_faults import Marked, newcomers, states
from tests.loop.test_kills import expire, killable
from tests.loop.victim import Victim

LIST = "syncd nurture - not now"
REFUSED = {"Status": "Unqualified", "Disqualification_Reason__c": "Bad Timing"}


def refuse(it: Loop, email: str) -> None:
    (lead,) = it.sandbox.salesforce.find("Lead", Email=email)
    it.sandbox.salesforce.update("Lead", lead.id, REFUSED)


def check_given_back(it: Loop, email: str, why: str = "") -> None:
    """Stage, lead status, reason, track, day, pass and list: all that marketing looks at."""
    hubspot = it.sandbox.hubspot
    contact = hubspot.contact_by_email(email)
    assert contact is not None
    shown = contact.properties
    assert str(it.position(email)) == "recycled", why
    assert shown["lifecyclestage"] == "marketingqualifiedlead", why
    assert shown["hs_lead_status"] == "BAD_TIMING", why
    assert (shown["syncd_recycle_reason"], shown["syncd_track"]) == ("Bad timing", "Not now"), why
    assert shown["syncd_recycle_date"], why
    assert shown["syncd_pass"] in {"1", "1.0"}, why
    assert "Bad timing" in shown["syncd_last_pass_summary"], why
    assert shown["syncd_first_sql_at"] == shown["syncd_last_sql_at"] != "", why
    assert contact.id in hubspot.members(LIST), why


def test_marketing_sees_why_and_until_when(tmp_path: Path) -> None:
    """And a new pass opens the same Lead again, with another task and what became of the first."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        (email,) = newcomers(it, 0, 1)
        it.sync(hours=1)
        it.sync(minutes=15)
        refuse(it, email)
        it.sync(hours=1)
        it.sync(minutes=15)
        check_given_back(it, email)
        it.advance(days=30)
        contact = it.sandbox.hubspot.contact_by_email(email)
        assert contact is not None
        it.sandbox.hubspot.submit_form(
            "Request a demo", email, {}, "https://www.northwind.example/demo", contact.id
        )
        it.sync(hours=1)
        it.sync(minutes=15)
        (lead,) = it.sandbox.salesforce.find("Lead", Email=email)
        assert lead["Status"] == "New", "the same Lead, open again"
        tasks = it.sandbox.salesforce.find("Task", WhoId=lead.id)
        assert sorted(str(task["Syncd_Key__c"])[-11:] for task in tasks) == ["1:follow_up", "2:follow_up"]
        assert "Bad timing" in next(
            str(task["Description"]) for task in tasks if str(task["Syncd_Key__c"]).endswith("2:follow_up")
        )
        assert contact.id not in it.sandbox.hubspot.members(LIST)
        again = it.sandbox.hubspot.contact_by_email(email)
        assert again is not None
        assert again.properties["lifecyclestage"] == "salesqualifiedlead"


@pytest.mark.battery
@pytest.mark.timeout(3_600)
@pytest.mark.slow
def test_killed_after_any_call_it_ends_right(tmp_path: Path) -> None:
    """Every call to HubSpot of the run that gives somebody back is the last of a process once."""
    with killable(tmp_path, f"sqlite:///{tmp_path}/state/syncd.db", seed=1, one_owner=True) as (it, victim):
        calls = 0
        for turn in range(3):  # the first runs make more calls than those after them
            calls = len(given_back(it, victim, turn, None).seen)
        struck = 0
        for number in range(1, calls + 1):
            marked = given_back(it, victim, 10 + number, number)
            struck += bool(marked.struck)
        assert struck >= 6, "reads, two steps and a read-back, a list"
        assert doubles(it.sandbox) == []
        assert set(states(it)) == {"done"}


def given_back(it: Loop, victim: Victim, turn: int, number: int | None) -> Marked:
    """Somebody new is handed over and given back; the run that sees it dies at this call to HubSpot."""
    (email,) = newcomers(it, turn, 1)
    for minutes in (60.0, 15.0):
        it.advance(minutes=minutes)
        assert victim.run(it.now).status == "succeeded"
    refuse(it, email)
    it.advance(hours=1)
    strike = None if number is None else ("hubspot", number, Fault.SLOW)
    marked = Marked(strike=strike, it=it, slow_s=1.0)
    it.sandbox.faults = marked
    if strike is None:
        victim.run(it.now)
    else:
        victim.run_until(it.now, lambda: bool(marked.struck) or turn_is_over(marked, number or 0))
    expire(it)
    it.sandbox.faults = Faults()
    for minutes in (0.0, 15.0, 15.0):
        it.advance(minutes=minutes)
        assert victim.run(it.now).status == "succeeded"
    check_given_back(it, email, f"killed at call {number}")
    return marked


def turn_is_over(marked: Marked, number: int) -> bool:
    """The run makes fewer calls than were counted: there is nothing to be struck."""
    return marked.counts.get("hubspot", 0) >= number
