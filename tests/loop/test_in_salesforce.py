"""What people do with records in Salesforce beside working them: merging, deleting, moving, setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.model import Snapshot, Stage
from syncd.core.sla.clock import owner_of
from syncd.jobs import ledger as ledger_of
from syncd.jobs import sla
from syncd.jobs.status import NO_OWNER, errors_of
from syncd.jobs.timeline import timeline
from syncd.store import holds, snapshots
from tests.loop.harness import Loop, loop
from tests.loop.test_open_leads import EMAIL, hand_over, record
from tests.loop.test_owners import ask_for_demo
from tests.loop.test_owners import routing as routed
from tests.loop.test_sales_said import REASON, poll, reason_tasks, stage


def known(it: Loop, email: str = EMAIL) -> Snapshot:
    with it.store.read() as tx:
        return snapshots.load_snapshots(tx, [it.lead_id(email)], it.now)[0]


def told(it: Loop) -> list[str]:
    return [line.text for line in timeline(it.store, it.loaded.playbook, it.lead_id(EMAIL), it.now)]


def in_ledger(it: Loop, email: str = EMAIL) -> dict[str, list[dict[str, object]]]:
    made = ledger_of.entries(it.store, it.loaded.playbook, it.lead_id(email), None, it.now)
    assert isinstance(made.data, dict)
    return made.data


def test_a_deal_is_followed_through_merges_moves_the_bin_and_back(tmp_path: Path, store_url: str) -> None:
    """The account is merged into another, the contact into its twin, the deal is moved to another account,
    deleted and restored: the person stays one lead where the deal puts them, and nothing is made again."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        org, rep = it.sandbox.salesforce, str(record(it)["OwnerId"])
        account, contact, deal = org.convert(record(it).id, by=rep)
        assert deal is not None
        it.sync(minutes=20)
        assert it.stages(EMAIL)[-1] == "opportunity"

        winner = org.insert("Account", {"Name": "Harbour Works Group", "OwnerId": rep}, by=rep)
        org.merge("Account", winner, account, by=rep)
        it.sync(minutes=20)
        found = known(it)
        assert [item.ref.id for item in found.account_records] == [winner]
        assert (stage(found), found.account_open_deal) == (Stage.OPPORTUNITY, True)

        twin = org.insert("Contact", {"LastName": "Moreau", "AccountId": winner, "OwnerId": rep}, by=rep)
        org.merge("Contact", twin, contact, by=rep)
        it.sync(minutes=20)
        found = known(it)
        living = [
            item.ref.id
            for item in found.sales_records
            if not item.is_deleted and item.ref.object == "contact"
        ]
        assert (stage(found), living) == (Stage.OPPORTUNITY, [twin])
        assert [item.ref.id for item in found.opportunities] == [deal]

        other = org.insert("Account", {"Name": "Elsewhere", "OwnerId": rep}, by=rep)
        org.update("Opportunity", deal, {"AccountId": other}, by=rep)
        it.sync(minutes=20)
        found = known(it)
        assert (stage(found), found.account_open_deal) == (Stage.OPPORTUNITY, False)

        org.delete("Opportunity", deal, by=rep)
        it.sync(minutes=20)
        assert (stage(known(it)), it.stages(EMAIL)[-1]) == (Stage.ACCEPTED, "accepted")
        org.undelete("Opportunity", deal, by=rep)
        it.sync(minutes=20)
        assert stage(known(it)) is Stage.OPPORTUNITY
        it.sync(hours=3)
        assert (len(org.all("Lead")), len(org.all("Contact"))) == (1, 1)
        assert ledger_of.disagreements(it.store) == ()


def test_who_set_a_status_or_a_stage_stands_in_the_ledger_and_the_timeline(
    tmp_path: Path, store_url: str
) -> None:
    """By name: with the move it carried, or beside the moves where it carried none. What we set is not told
    as somebody's act."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        poll(it)
        org, reps = it.sandbox.salesforce, it.sandbox.cast.org.rep_ids
        names = [str(org.record("User", rep)["Name"]) for rep in reps]
        lead = record(it).id
        org.update("Lead", lead, {"Status": "Working - Contacted"}, by=reps[1])
        poll(it)
        org.update("Lead", lead, {"Status": "Accepted"}, by=reps[2])
        assert stage(poll(it)) is Stage.ACCEPTED
        _account, _contact, deal = org.convert(lead, by=reps[1])
        assert deal is not None
        poll(it)
        org.update("Opportunity", deal, {"StageName": "Closed Lost", "Loss_Reason__c": "Price"}, by=reps[0])
        assert stage(poll(it)) is Stage.RECYCLED
        found = in_ledger(it)
        by = {str(item["to"]): item["by"] for item in found["entries"]}
        assert (by["accepted"], by["opportunity"], by["lost"]) == (names[2], names[1], names[0])
        assert by["handed_off"] is None
        acts = [(item["to"], item["by"]) for item in found["beside"] if item["kind"] == "edit"]
        assert ("Working - Contacted", names[1]) in acts
        assert any(line.endswith(f"Status = Accepted, set by {names[2]}") for line in told(it))


def test_a_lost_deal_without_a_reason_is_asked_about_on_the_deal(tmp_path: Path, store_url: str) -> None:
    """One task on the opportunity for its owner, a line for the manager; the reason given then decides the
    track, and the deal is not lost a second time by it."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        org, reps = it.sandbox.salesforce, it.sandbox.cast.org.rep_ids
        _account, contact, deal = org.convert(record(it).id, by=reps[0])
        assert deal is not None
        org.update("Opportunity", deal, {"OwnerId": reps[1]}, by=reps[0])
        poll(it)
        org.update("Opportunity", deal, {"StageName": "Closed Lost"}, by=reps[1])
        found = poll(it)
        assert found.standing is not None
        assert (stage(found), found.standing.reason) == (Stage.RECYCLED, "no_reason_given")
        it.sync(hours=25)
        assert reason_tasks(it) == ["Why was this opportunity lost? Ines Moreau, Harbour Works"]
        (task,) = [item for item in org.all("Task") if str(item["Subject"]).startswith("Why was")]
        assert (task["WhatId"], task["WhoId"], task["OwnerId"]) == (deal, contact, reps[1])
        org.update("Opportunity", deal, {"Loss_Reason__c": "Price"}, by=reps[1])
        found = poll(it)
        assert found.standing is not None
        assert (found.standing.reason, found.standing.track) == ("price", "win_back")
        it.sync(hours=25)
        assert (it.stages(EMAIL).count("lost"), len(reason_tasks(it))) == (1, 1)


TURNS = """
mode: owner
owner: "{2}"
order: [last_owner, round_robin]
round_robin: {{pool: [{{user: "{0}"}}, {{user: "{1}"}}]}}
"""


@pytest.mark.battery
def test_back_with_sales_a_lead_goes_to_who_had_it_and_shows_nothing_of_the_pause(
    tmp_path: Path, store_url: str
) -> None:
    """Given back into a queue, then a second pass: the same Lead, the same rep; lead status, reason, track
    and day of the pause are gone from the contact, the dates of both passes stay."""
    email = "anna@firm0.com"
    with loop(tmp_path, store_url, prepare=routed(TURNS)) as it:
        it.advance(hours=4)
        contact = ask_for_demo(it, email)
        it.sync(minutes=1)
        org, cast = it.sandbox.salesforce, it.sandbox.cast.org
        (lead,) = org.find("Lead", Email=email)
        had = str(lead["OwnerId"])
        it.sync(minutes=20)
        given = {"Status": "Unqualified", REASON: "Bad Timing", "OwnerId": cast.queue_id}
        org.update("Lead", lead.id, given, by=had)
        it.sync(minutes=20)
        shown = it.sandbox.hubspot.record("contacts", contact).properties
        assert (shown["hs_lead_status"], shown["syncd_recycle_reason"]) == ("BAD_TIMING", "Bad timing")
        assert shown["syncd_recycle_date"]
        it.advance(days=30)
        it.sandbox.hubspot.submit_form(
            "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=contact
        )
        it.sync(minutes=1)
        it.sync(minutes=20)
        (lead,) = org.find("Lead", Email=email)
        assert (lead["OwnerId"], lead["Status"]) == (had, "New")
        shown = it.sandbox.hubspot.record("contacts", contact).properties
        for name in ("hs_lead_status", "syncd_recycle_reason", "syncd_track", "syncd_recycle_date"):
            assert not shown.get(name), name
        assert shown["syncd_first_sql_at"] < shown["syncd_last_sql_at"]
        assert "Bad timing" in shown["syncd_last_pass_summary"]


def test_who_moves_a_recycled_contact_forward_is_named_and_not_fought(tmp_path: Path, store_url: str) -> None:
    """HubSpot's own sync sets the stage of a recycled contact forward: set back once; a week later again:
    left. Both are in the timeline and in the ledger, with who it was; the lead stays where it is."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        contact = hand_over(it)
        it.sync(minutes=20)
        given = {"Status": "Unqualified", REASON: "Bad Timing"}
        it.sandbox.salesforce.update("Lead", record(it).id, given, by=str(record(it)["OwnerId"]))
        it.sync(minutes=20)
        hubspot = it.sandbox.hubspot
        assert hubspot.record("contacts", contact).properties["lifecyclestage"] == "marketingqualifiedlead"
        for after in ("written_back", "left"):
            it.advance(days=7)
            hubspot.update("contacts", contact, {"lifecyclestage": "salesqualifiedlead"}, source="sync")
            it.sync(minutes=10)
            it.sync(minutes=10)
            edits = [item for item in in_ledger(it)["beside"] if item["kind"] == "edit"]
            mine = [item for item in edits if item["field"] == "lifecyclestage"]
            assert (mine[-1]["by_kind"], mine[-1]["outcome"]) == ("native_sync", after)
            assert it.stages(EMAIL)[-1] == "recycled"
        assert hubspot.record("contacts", contact).properties["lifecyclestage"] == "salesqualifiedlead"
        assert sum("HubSpot's own Salesforce sync" in line for line in told(it)) == 2
        it.sync(days=3)
        assert hubspot.record("contacts", contact).properties["lifecyclestage"] == "salesqualifiedlead"


def test_cases_stand_in_the_ledger_and_a_lead_nobody_has_is_named(tmp_path: Path, store_url: str) -> None:
    """Who settled a case and how; and whom a rep leaves behind who is switched off."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        it.sync(minutes=20)
        rep = str(record(it)["OwnerId"])
        assert owner_of(known(it)) == rep
        assert [item for item in errors_of(it.store, it.loaded.playbook) if item.code == NO_OWNER] == []
        it.sandbox.salesforce.update("User", rep, {"IsActive": False})
        it.sync(minutes=20)
        (stuck,) = [item for item in errors_of(it.store, it.loaded.playbook) if item.code == NO_OWNER]
        assert stuck.count == 1
        assert str(it.lead_id(EMAIL)) in stuck.message
        with it.store.write(None) as tx:
            number, _is_new = holds.open_hold(tx, it.lead_id(EMAIL), "twin_records", "Which one?", [], it.now)
        it.advance(minutes=5)
        with it.store.write(None) as tx:
            holds.resolve_hold(tx, number, "new", "Ada", it.now)
        it.advance(minutes=5)
        cases = [item for item in in_ledger(it)["beside"] if item["kind"] == "case"]
        assert [(item["act"], item["said"], item["by"]) for item in cases] == [
            ("opened", "Which one?", None),
            ("settled", "new", "Ada"),
        ]


@pytest.mark.battery
def test_two_contacts_whose_leads_sales_makes_one_go_on_together(tmp_path: Path, store_url: str) -> None:
    """What sales does with the record left is about both; its clock runs once, nobody is handed over again,
    and the case is named until HubSpot has them as one."""
    email = "anna@firm0.com"
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        ask_for_demo(it, email)
        it.sync(minutes=1)
        it.sync(minutes=20)
        org, rep = it.sandbox.salesforce, str(record(it)["OwnerId"])
        (hers,) = org.find("Lead", Email=email)
        org.merge("Lead", record(it).id, hers.id, by=rep)
        it.sync(minutes=20)
        (stuck,) = [item for item in errors_of(it.store, it.loaded.playbook) if item.code == NO_OWNER]
        assert f"lead {it.lead_id(email)}" in stuck.message
        org.update("Lead", record(it).id, {"Status": "Accepted"}, by=rep)
        poll(it)
        assert [str(it.position(who)) for who in (EMAIL, email)] == ["accepted", "accepted"]
        assert sla.of_lead(it.store, it.loaded.playbook, it.lead_id(email), it.now).clocks == ()
        org.update("Lead", record(it).id, {"Status": "Unqualified", REASON: "No Budget"}, by=rep)
        poll(it)
        assert [str(it.position(who)) for who in (EMAIL, email)] == ["recycled", "recycled"]
        it.sync(hours=30)
        assert (len(org.all("Lead")), reason_tasks(it)) == (1, [])
        assert any("merged its record into that of lead" in line.text for line in timeline(
            it.store, it.loaded.playbook, it.lead_id(email), it.now))  # fmt: skip
        assert ledger_of.disagreements(it.store) == ()
