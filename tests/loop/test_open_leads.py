"""A lead that sales has in hand, in the whole loop: its story kept current, news told once, no echo of ours.

The sandbox's Monday is 7 September 2026.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from syncd.connectors.marker import is_marked
from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.salesforce.state import Record
from syncd.jobs import sla
from syncd.store import outbox, snapshots, work
from tests.loop.harness import Loop, Prepare, loop

EMAIL = "ines.moreau@harbour-works.com"
PAGES = "https://www.fernhill.io"


def hand_over(it: Loop, message: str = "") -> str:
    """Ines asks for a demo and is with sales at once. Returns her contact's id."""
    it.advance(hours=3)
    hubspot = it.sandbox.hubspot
    company = hubspot.create(
        "companies", {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"}
    )
    contact = hubspot.create(
        "contacts",
        {"email": EMAIL, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations",
         "phone": "+33 1 23 45 67 89"},
    )  # fmt: skip
    hubspot.associate("contacts", contact, "companies", company)
    asks(it, "Request a demo", contact, message)
    it.cycle.once()
    assert it.stages(EMAIL)[-1] == "handed_off"
    return contact


def asks(it: Loop, form: str, contact: str, message: str = "") -> None:
    given = {"email": EMAIL, **({"message": message} if message else {})}
    it.sandbox.hubspot.submit_form(form, EMAIL, given, f"{PAGES}/demo", contact_id=contact)


def record(it: Loop) -> Record:
    [found] = it.sandbox.salesforce.find("Lead", Email=EMAIL)
    return found


def brief(it: Loop) -> str:
    return str(record(it)["Syncd_Brief__c"])


def briefs_written(it: Loop) -> int:
    """How often a brief was written to the Lead."""
    lead = record(it).id
    writes = it.sandbox.salesforce.writes
    return sum(item.record_id == lead and "Syncd_Brief__c" in item.fields for item in writes)


def news(it: Loop) -> list[str]:
    """Titles of the messages about an open lead that went out."""
    with it.store.read() as tx:
        effects = outbox.of_lead(tx, it.lead_id(EMAIL))
    told = [item for item in effects if item.kind == "alert" and ":news_" in item.target]
    return [str(item.payload["title"]) for item in told if item.state == "done"]


@pytest.fixture
def it(tmp_path: Path, store_url: str) -> Iterator[Loop]:
    with loop(tmp_path, store_url, one_owner=True) as made:
        yield made


# --- the story on the record -----------------------------------------------------------------------------


def test_the_brief_of_an_open_record_follows_the_facts_hourly_at_most(it: Loop) -> None:
    """New words reach the rep within the hour, in one write however much happened."""
    contact = hand_over(it, "We lose orders between two systems")
    assert "“We lose orders between two systems” (form Request a demo, 7 Sep 2026)" in brief(it)
    assert "Paris time, 11:00 when qualified (UTC+2)" in brief(it)
    before = briefs_written(it)
    it.sync(minutes=10)
    asks(it, "Request pricing", contact, "What does it cost for forty people?")
    it.sync(minutes=2)
    first = briefs_written(it)
    assert first - before <= 1
    for number in range(4):
        asks(it, "Contact sales", contact, f"Question number {number} about the contract")
        it.sync(minutes=10)
    assert briefs_written(it) - before <= 1
    it.sync(minutes=40)
    assert briefs_written(it) - before <= 2
    assert "Question number 3 about the contract" in brief(it)
    assert it.stages(EMAIL).count("handed_off") == 1


def test_nothing_is_written_because_days_pass(it: Loop) -> None:
    """Scores fade, the brief does not."""
    hand_over(it)
    it.sync(hours=2)
    before = briefs_written(it)
    for _day in range(12):
        it.sync(days=1)
    assert briefs_written(it) == before


@pytest.mark.parametrize("how", ["converted", "given back"])
def test_a_record_that_is_over_is_left_as_it_is(it: Loop, how: str) -> None:
    """The text changes just before sales closes it, and is due just after."""
    contact = hand_over(it)
    it.sync(minutes=20)
    asks(it, "Request pricing", contact, "What does it cost for forty people?")
    it.sync(minutes=1)
    before = briefs_written(it)
    asks(it, "Contact sales", contact, "Who can I talk to about the contract?")
    it.sync(minutes=1)
    org, lead = it.sandbox.salesforce, record(it)
    if how == "converted":
        org.convert(lead.id)
    else:
        org.update("Lead", lead.id, {"Status": "Unqualified", "Disqualification_Reason__c": "No Budget"})
    for _hour in range(3):
        it.sync(hours=1)
    assert briefs_written(it) == before


# --- news ------------------------------------------------------------------------------------------------


def test_the_owner_of_a_quiet_lead_hears_once_that_it_is_back(it: Loop) -> None:
    """One message for the pass, no second hand-off, no second task."""
    contact = hand_over(it)
    it.sync(days=9)
    asks(it, "Request pricing", contact)
    it.sync(minutes=5)
    assert news(it) == ["Your open lead is back after 9 days: Asked for a price or quote"]
    it.sync(days=9)
    asks(it, "Contact sales", contact)
    it.sync(minutes=5)
    assert len(news(it)) == 1
    assert it.stages(EMAIL).count("handed_off") == 1
    assert len(it.sandbox.salesforce.all("Task")) == 1


def test_a_lead_that_sales_is_working_is_no_news(it: Loop) -> None:
    contact = hand_over(it)
    it.sync(days=6)
    rep = str(record(it)["OwnerId"])
    call = {"WhoId": record(it).id, "Subject": "Call", "Status": "Completed", "TaskSubtype": "Call",
            "CallType": "Outbound", "CallDisposition": "Connected", "OwnerId": rep}  # fmt: skip
    it.sandbox.salesforce.insert("Task", call, by=rep)
    it.sync(days=3)
    asks(it, "Request pricing", contact)
    it.sync(minutes=5)
    assert news(it) == []


def test_the_owner_hears_that_a_colleague_joined(it: Loop) -> None:
    hand_over(it)
    it.sync(days=8)
    hubspot = it.sandbox.hubspot
    other = hubspot.create(
        "contacts", {"email": "li.wen@harbour-works.com", "firstname": "Li", "jobtitle": "Head of IT"}
    )
    hubspot.submit_form(
        "Download the ebook", "li.wen@harbour-works.com", {"email": "li.wen@harbour-works.com"},
        f"{PAGES}/ebook", contact_id=other,
    )  # fmt: skip
    for _poll in range(3):
        it.sync(minutes=10)
    assert news(it) == ["A colleague joined your open lead at Harbour Works: head, IT"]
    it.sync(hours=2)
    assert "1 colleague active" in brief(it)


# --- history, and what comes back ------------------------------------------------------------------------


def with_history(cap: int = 50) -> Prepare:
    def prepare(folder: Path, sandbox: Sandbox) -> None:
        yaml = YAML()
        told = yaml.load(folder / "mapping.yaml")
        told["salesforce"]["history"] = {"tasks": True, "events": True, "max_per_pass": cap}
        yaml.dump(told, folder / "mapping.yaml")

    return prepare


def history(it: Loop) -> list[Record]:
    return [task for task in it.sandbox.salesforce.all("Task") if ":0:did-" in str(task["Syncd_Key__c"])]


def test_the_history_goes_to_salesforce_once_dated_and_marked(tmp_path: Path, store_url: str) -> None:
    """Completed tasks by key, the newest ones, and none twice whatever happens again."""
    with loop(tmp_path, store_url, one_owner=True, prepare=with_history(cap=3)) as it:
        hubspot = it.sandbox.hubspot
        contact = hubspot.create(
            "contacts", {"email": EMAIL, "lastname": "Moreau", "jobtitle": "VP Operations"}
        )
        for page in ("pricing", "compare", "case-studies/ferry", "roi-calculator"):
            it.advance(hours=1)
            hubspot.page_view(contact, f"{PAGES}/{page}", page)
        it.sync(minutes=10)
        asks(it, "Request a demo", contact, "Before October, please")
        it.cycle.once()
        it.sync(minutes=20)  # history can wait, the hand-off cannot
        made = history(it)
        assert len(made) == 3
        assert {task["Status"] for task in made} == {"Completed"}
        assert {str(task["ActivityDate"]) for task in made} == {"2026-09-07"}
        assert all(is_marked(str(task["Description"])) for task in made)
        assert len({task["Syncd_Key__c"] for task in made}) == 3
        assert sum("Before October, please" in str(task["Description"]) for task in made) == 1
        assert {task["WhoId"] for task in made} == {record(it).id}
        for _again in range(3):
            it.sync(hours=2)
        assert len(history(it)) == 3
        [follow_up] = [task for task in it.sandbox.salesforce.all("Task") if task not in made]
        assert follow_up["Status"] == "Not Started"


def test_what_we_wrote_never_comes_back_as_evidence(tmp_path: Path, store_url: str) -> None:
    """HubSpot's own sync carries our tasks into HubSpot, done or not; a copy comes back without our key. They
    are no touch and no evidence."""
    with loop(tmp_path, store_url, native_sync=True, one_owner=True, prepare=with_history()) as it:
        it.sandbox.cast.native_sync.syncs_activities = True
        hubspot, org = it.sandbox.hubspot, it.sandbox.salesforce
        contact = hand_over(it)
        met = (it.now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        hubspot.log(
            "meetings",
            {"hs_meeting_title": "Discovery", "hs_meeting_start_time": met, "hs_timestamp": met,
             "hs_meeting_outcome": "COMPLETED"},
            [contact],
        )  # fmt: skip
        it.sync(minutes=5)
        lead = record(it)
        [event] = org.all("Event")
        assert (event["WhoId"], event["OwnerId"], event["DurationInMinutes"]) == (
            lead.id,
            lead["OwnerId"],
            30,
        )
        assert is_marked(str(event["Description"]))
        if not hubspot.record("contacts", contact).properties.get("salesforceleadid"):
            hubspot.update("contacts", contact, {"salesforceleadid": lead.id}, source="sync")
        for task in org.all("Task"):
            org.update(
                "Task",
                task.id,
                {"Status": "Completed", "TaskSubtype": "Call", "CallDisposition": "Connected"},
            )
        before = it.explain(EMAIL).decision.verdict
        for _round in range(5):
            it.sync(minutes=20)
        copied = hubspot.all("tasks")
        assert len(copied) >= 2
        assert all(is_marked(task.properties["hs_task_body"]) for task in copied)
        ours = next(task for task in org.all("Task") if ":follow_up" in str(task["Syncd_Key__c"]))
        copy = {"WhoId": lead.id, "Subject": ours["Subject"], "Description": ours["Description"],
                "Status": "Completed", "TaskSubtype": "Call", "CallDisposition": "Connected"}  # fmt: skip
        org.insert("Task", copy)
        hubspot.log("notes", {"hs_note_body": f"<p>{ours['Description']}</p>"}, [contact])
        mail = {"hs_email_subject": "Fwd", "hs_email_text": str(ours["Description"]),
                "hs_email_direction": "EMAIL", "hs_email_status": "SENT"}  # fmt: skip
        hubspot.log("emails", mail, [contact])
        for _round in range(5):
            it.sync(minutes=20)
        clock = sla.of_lead(it.store, it.loaded.playbook, it.lead_id(EMAIL), it.now).clocks[-1]
        assert clock.touch is None
        with it.store.read() as tx:
            [known] = snapshots.load_snapshots(tx, [it.lead_id(EMAIL)], it.now)
        back = {"salesforce.task", "salesforce.event", "hubspot.task", "hubspot.note", "hubspot.email"}
        assert [item for item in known.signals if item.shape.source in back] == []
        after = it.explain(EMAIL).decision.verdict
        assert after.intent.points_micro <= before.intent.points_micro
        assert it.now - known.signals[0].occurred_at > timedelta(hours=3)


def test_the_message_about_a_fresh_sql_links_its_record(tmp_path: Path, store_url: str) -> None:
    """The record exists by the time the message goes, and the org's address is known."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        with it.store.write(None) as tx:
            work.set_meta(tx, f"org_id{work.ADDRESS}", "https://acme.my.salesforce.com")
        hand_over(it)
        it.sync(minutes=5)
        told = [json.loads(line) for line in next(tmp_path.rglob("alerts.jsonl")).read_text().splitlines()]
        [sql] = [item for item in told if item["title"].startswith("Requested a demo")]
        assert sql["record_url"] == f"https://acme.my.salesforce.com/{record(it).id}"
        assert sql["body"].splitlines()[0].startswith("Phone +33 1 23 45 67 89; Paris time, ")
