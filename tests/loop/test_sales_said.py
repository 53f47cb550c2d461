"""What a rep does in Salesforce is known one poll later, and what a rep does not say is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syncd.core.model import SalesRecord, Snapshot, Stage
from syncd.core.sla.touches import Depth
from syncd.jobs import sla
from syncd.jobs.status import NOT_NAMED, errors_of
from syncd.store import ledger, snapshots
from tests.loop.harness import Loop, loop
from tests.loop.test_alerts import lines
from tests.loop.test_open_leads import EMAIL, hand_over, record

REASON = "Disqualification_Reason__c"


def poll(it: Loop) -> Snapshot:
    """One hot poll a minute later, and what is known of the person then."""
    it.advance(seconds=30)
    it.cycle.poll()
    with it.store.read() as tx:
        (found,) = snapshots.load_snapshots(tx, [it.lead_id(EMAIL)], it.now)
    it.advance(seconds=30)
    return found


def stage(found: Snapshot) -> Stage:
    assert found.standing is not None
    return found.standing.position.stage


def of_object(found: Snapshot, word: str) -> SalesRecord:
    (item,) = [item for item in found.sales_records if item.ref.object == word]
    return item


def call(it: Loop, disposition: str) -> None:
    lead = record(it)
    told: dict[str, Any] = {
        "Subject": "Call",
        "TaskSubtype": "Call",
        "Status": "Completed",
        "CallType": "Outbound",
    }
    whose = {"WhoId": lead.id, "OwnerId": lead["OwnerId"], "CallDisposition": disposition}
    it.sandbox.salesforce.insert("Task", told | whose, by=str(lead["OwnerId"]))


def test_everything_a_rep_does_with_a_lead_is_known_one_poll_later(tmp_path: Path, store_url: str) -> None:
    """Owner, tries and contact, acceptance, conversion, the deal with its roles, and how it ended."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        poll(it)
        org, reps = it.sandbox.salesforce, it.sandbox.cast.org.rep_ids
        lead = record(it).id
        org.update("Lead", lead, {"OwnerId": reps[1]}, by=reps[0])
        found = poll(it)
        assert (of_object(found, "lead").fields["OwnerId"], reps[1] in found.owner_names) == (reps[1], True)
        call(it, "No answer")
        poll(it)
        call(it, "Connected")
        poll(it)
        clock = sla.of_lead(it.store, it.loaded.playbook, it.lead_id(EMAIL), it.now).clocks[-1]
        assert clock.work.attempt is not None
        assert clock.work.contact is not None
        assert clock.work.attempt.at < clock.work.contact.at
        assert clock.work.depth == (
            Depth("salesforce.task", "attempt", 1), Depth("salesforce.task", "contact", 1)
        )  # fmt: skip
        org.update("Lead", lead, {"Status": "Accepted"}, by=reps[1])
        assert stage(poll(it)) is Stage.ACCEPTED
        _account, contact, deal = org.convert(lead, by=reps[1])
        assert deal is not None
        org.update("Opportunity", deal, {"Amount": 25_000}, by=reps[1])
        found = poll(it)
        assert (stage(found), of_object(found, "contact").ref.id) == (Stage.OPPORTUNITY, contact)
        (known,) = found.opportunities
        assert (known.amount, known.is_closed, known.owner_id) == ("25000", False, reps[1])
        org.update("Opportunity", deal, {"StageName": "Proposal/Price Quote", "Amount": 40_000}, by=reps[1])
        (known,) = poll(it).opportunities
        assert (known.stage, known.amount) == ("Proposal/Price Quote", "40000")
        (role,) = org.find("OpportunityContactRole", OpportunityId=deal)
        org.delete("OpportunityContactRole", role.id, by=reps[1])
        found = poll(it)
        assert (found.opportunities, stage(found)) == ((), Stage.ACCEPTED)
        org.insert("OpportunityContactRole", {"OpportunityId": deal, "ContactId": contact}, by=reps[1])
        assert stage(poll(it)) is Stage.OPPORTUNITY
        org.update("Opportunity", deal, {"StageName": "Closed Lost", "Loss_Reason__c": "Price"}, by=reps[1])
        found = poll(it)
        assert found.standing is not None
        assert (stage(found), found.standing.reason) == (Stage.RECYCLED, "price")
        org.update("Opportunity", deal, {"StageName": "Closed Won", "Loss_Reason__c": None}, by=reps[1])
        assert stage(poll(it)) is Stage.CUSTOMER


def test_an_answer_in_the_second_of_the_hand_off_is_known_one_poll_later(
    tmp_path: Path, store_url: str
) -> None:
    """A flow of the org, or a quick rep: the Lead bears the stamp it was read with."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        lead = record(it)
        said = {"Status": "Unqualified", REASON: "No Budget"}
        it.sandbox.salesforce.update("Lead", lead.id, said, by=str(lead["OwnerId"]))
        found = poll(it)
        assert found.standing is not None
        assert (stage(found), found.standing.reason) == (Stage.RECYCLED, "no_budget")


def reason_tasks(it: Loop) -> list[str]:
    return [
        str(task["Subject"])
        for task in it.sandbox.salesforce.all("Task")
        if str(task["Syncd_Key__c"] or "").endswith(":reason")
    ]


def no_reason_lines(folder: Path) -> list[dict[str, Any]]:
    return [item for item in lines(folder, "alerts") if "without a reason" in item["title"]]


def test_a_reason_that_was_not_given_is_asked_for_and_named_to_the_manager(
    tmp_path: Path, store_url: str
) -> None:
    """One task for the owner a day later, one line on the working day, counted; the reason given then moves
    the lead to its track, and nobody is asked again, whatever is restarted."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        poll(it)
        lead = record(it)
        it.sandbox.salesforce.update("Lead", lead.id, {"Status": "Unqualified"}, by=str(lead["OwnerId"]))
        found = poll(it)
        assert (stage(found), reason_tasks(it)) == (Stage.RECYCLED, [])
        it.sync(hours=25)
        assert reason_tasks(it) == ["Why was this lead given back? Ines Moreau, Harbour Works"]
        (task,) = [
            item for item in it.sandbox.salesforce.all("Task") if str(item["Subject"]).startswith("Why was")
        ]
        assert (task["OwnerId"], task["WhoId"]) == (lead["OwnerId"], lead.id)
        it.sync(hours=22)  # Wednesday morning
        (told,) = no_reason_lines(tmp_path)
        owner = it.sandbox.salesforce.record("User", str(lead["OwnerId"]))["Name"]
        assert told["title"] == "Given back without a reason: 1 lead"
        assert told["body"] == f"{owner}: 1, the oldest 1 day ago: Ines Moreau"
        it.cycle.begin()
        it.sync(hours=24)
        assert (len(reason_tasks(it)), len(no_reason_lines(tmp_path))) == (1, 1)
        it.sandbox.salesforce.update("Lead", lead.id, {REASON: "No Budget"}, by=str(lead["OwnerId"]))
        found = poll(it)
        assert found.standing is not None
        assert (found.standing.reason, found.standing.track) == ("no_budget", "not_now")


def test_a_reason_the_playbook_does_not_name_is_told_once_with_its_cure(
    tmp_path: Path, store_url: str
) -> None:
    """It counts as the default reason; sales is not asked for what it has said."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        poll(it)
        it.sandbox.salesforce.change_field("Lead", REASON, is_restricted=False)
        given = {"Status": "Unqualified", REASON: "Moved abroad"}
        it.sandbox.salesforce.update("Lead", record(it).id, given, by=str(record(it)["OwnerId"]))
        found = poll(it)
        assert found.standing is not None
        assert found.standing.reason == "no_reason_given"
        it.sync(hours=25)
        assert reason_tasks(it) == []
        (stuck,) = [item for item in errors_of(it.store, it.loaded.playbook) if item.code == NOT_NAMED]
        assert stuck.count == 1
        assert stuck.message.startswith('Sales gave the reason "Moved abroad"')
        assert "recycle.yaml" in stuck.cure


def test_a_lead_thrown_away_is_given_back_and_comes_back_with_its_record(
    tmp_path: Path, store_url: str
) -> None:
    """A hand-off whose Lead a rep deletes is given back without a reason, and the ledger says so; nothing is
    made again. Out of the bin it goes on where it was, as the same record in the same pass."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        lead, org = record(it).id, it.sandbox.salesforce
        org.delete("Lead", lead)
        it.sync(minutes=20)
        assert it.stages(EMAIL)[-2:] == ["rejected", "recycled"]
        with it.store.read() as tx:
            rows = ledger.history(tx, [it.lead_id(EMAIL)])[it.lead_id(EMAIL)]
        assert rows[-2].transition.numbers["record_deleted"] == 1
        it.sync(hours=30)
        assert (org.find("Lead", Email=EMAIL), reason_tasks(it)) == ([], [])
        org.undelete("Lead", lead)
        it.sync(minutes=20)
        assert it.stages(EMAIL)[-1] == "handed_off"
        assert [item.id for item in org.find("Lead", Email=EMAIL)] == [lead]
        it.sync(hours=30)
        assert it.stages(EMAIL)[-1] == "handed_off"


def test_a_lead_merged_away_is_followed_to_its_winner(tmp_path: Path, store_url: str) -> None:
    """The rep merges ours into one that was there: stage and link follow, and no other Lead is made."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        hand_over(it)
        ours, org = record(it), it.sandbox.salesforce
        other = org.insert(
            "Lead", {"LastName": "Moreau", "Company": "Harbour", "OwnerId": ours["OwnerId"]},
            by=str(ours["OwnerId"]),
        )  # fmt: skip
        org.merge("Lead", other, ours.id)
        it.sync(minutes=20)
        assert it.stages(EMAIL)[-1] == "handed_off"
        org.update("Lead", other, {"Status": "Accepted"}, by=str(ours["OwnerId"]))
        assert stage(poll(it)) is Stage.ACCEPTED
        it.sync(hours=2)
        assert len(org.all("Lead")) == 1
