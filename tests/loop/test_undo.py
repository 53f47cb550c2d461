"""A run that a person takes back: what is still ours comes back, what others touched stays, and it rests."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from syncd.core.model import Stage, System
from syncd.jobs import undo_shown
from syncd.jobs.explain import open_cases
from syncd.jobs.undoing import NotUndone
from syncd.store import outbox, undos, work
from tests.loop.harness import Loop, loop
from tests.loop.test_holds import ask_for_demo

WHO = "ines.moreau@harbour-works.com"


def handed_over(it: Loop) -> tuple[int, dict[str, Any]]:
    """Somebody who asked for a demo: the run that handed them over, and the Lead it made."""
    it.advance(minutes=30)
    ask_for_demo(it, WHO)
    summary = it.sync(minutes=30)
    assert it.position(WHO).stage is Stage.HANDED_OFF
    (lead,) = it.sandbox.salesforce.find("Lead", Email=WHO)
    return summary.run_id, dict(lead.fields)


def say(it: Loop, run_id: int, verb: str = "undo", **more: object) -> tuple[str, str]:
    """What `syncd undo RUN --yes` does, and the deliveries after it."""
    with it.store.write(None) as tx:
        request_id = work.ask(tx, verb, "Ada", {"run_id": run_id, **more}, it.now)
    it.sync(minutes=5)
    with it.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def lead_of(it: Loop, lead_id: str) -> dict[str, Any]:
    (found,) = it.sandbox.salesforce.find("Lead", Id=lead_id)
    return dict(found.fields)


def tasks_of(it: Loop, lead_id: str) -> list[dict[str, Any]]:
    return [dict(task.fields) for task in it.sandbox.salesforce.find("Task", WhoId=lead_id)]


def contact(it: Loop) -> Mapping[str, str]:
    found = it.sandbox.hubspot.contact_by_email(WHO)
    assert found is not None
    return found.properties


def messages(folder: Path) -> list[dict[str, str]]:
    path = folder / "state" / "alerts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_hand_off_is_taken_back_whole(tmp_path: Path, store_url: str) -> None:
    """B-176: the Lead is closed and marked, its task closed, the contact as before; people are told once."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=5)
        run_id, lead = handed_over(it)
        result, message = say(it, run_id)
        assert (result, "taken back" in message) == ("done", True)
        closed = lead_of(it, lead["Id"])
        assert closed["Status"] == "Unqualified"
        assert str(closed["Syncd_Reason__c"]).startswith("Taken back: this hand-off was a mistake")
        (task,) = tasks_of(it, lead["Id"])
        assert task["Status"] == "Completed"
        assert "Ada, run" in str(task["Description"])
        corrections = [item for item in messages(tmp_path) if item["event"] == "correction"]
        assert len(corrections) == 1
        assert corrections[0]["title"].startswith("Correction: taken back by Ada")
        assert it.position(WHO).stage in {Stage.LEAD, Stage.MQL}
        (case,) = open_cases(it.store, it.now)
        assert case.hold.kind == "undone"


def test_what_was_taken_back_rests_and_is_no_answer_of_sales(tmp_path: Path, store_url: str) -> None:
    """Days later nothing was written, nobody was handed over, and nothing counts as a refusal."""
    with loop(tmp_path, store_url) as it:
        run_id, _lead = handed_over(it)
        say(it, run_id)
        before, stages = it.writes(), it.stages(WHO)
        for _day in range(3):
            it.sync(days=1)
        assert it.writes() == before
        assert it.stages(WHO) == stages
        assert "rejected" not in stages
        assert it.explain(WHO).decision.verdict.blocked_by == "undone"


def test_a_release_hands_over_again_on_the_same_record(tmp_path: Path, store_url: str) -> None:
    """Reopened, with a new task of its own; never a second Lead."""
    with loop(tmp_path, store_url) as it:
        run_id, lead = handed_over(it)
        say(it, run_id)
        assert say(it, run_id, release=True)[0] == "done"
        it.sync(hours=1)
        assert it.position(WHO).stage is Stage.HANDED_OFF
        again = lead_of(it, lead["Id"])
        assert len(it.sandbox.salesforce.find("Lead", Email=WHO)) == 1
        assert again["Status"] == "New"
        assert not str(again["Syncd_Reason__c"]).startswith("Taken back")
        assert sorted(str(task["Status"]) for task in tasks_of(it, lead["Id"])) == [
            "Completed",
            "Not Started",
        ]


def test_new_evidence_ends_the_hold_by_itself(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url) as it:
        run_id, _lead = handed_over(it)
        say(it, run_id)
        ref = it.explain(WHO).snapshot.hubspot
        assert ref is not None
        it.sandbox.hubspot.submit_form(
            "Request a demo", WHO, {"email": WHO}, "https://www.fernhill.io/demo", contact_id=ref.id
        )
        it.sync(hours=1)
        assert it.position(WHO).stage is Stage.HANDED_OFF
        assert open_cases(it.store, it.now) == ()


def test_a_record_somebody_touched_is_left_and_listed(tmp_path: Path, store_url: str) -> None:
    """A rep changed one field of the Lead: its status stays theirs; the task is still closed."""
    with loop(tmp_path, store_url) as it:
        run_id, lead = handed_over(it)
        it.sandbox.salesforce.update(
            "Lead", lead["Id"], {"Title": "Chief"}, by=it.sandbox.cast.org.rep_ids[0]
        )
        say(it, run_id)
        assert lead_of(it, lead["Id"])["Status"] == lead["Status"]
        shown = undo_shown.begun(it.store, run_id, it.now)
        assert shown is not None
        notes = [note for line in shown.lines for note in line.notes]
        assert any(note.startswith("left as it is: Title changed since") for note in notes)


def test_a_field_on_a_found_record_gets_its_old_value_back(tmp_path: Path, store_url: str) -> None:
    """A Lead sales had before: what we wrote is gone again, what a rep wrote since stays, its status too."""
    with loop(tmp_path, store_url) as it:
        made = it.sandbox.salesforce.insert(
            "Lead", {"LastName": "Moreau", "Company": "Harbour Works", "Email": WHO, "Status": "New"}
        )
        it.sync(hours=1)
        before = lead_of(it, made)
        run_id, _lead = handed_over(it)
        written = lead_of(it, made)
        rep = it.sandbox.cast.org.rep_ids[0]
        it.sandbox.salesforce.update("Lead", made, {"Syncd_Next_Step__c": "mine"}, by=rep)
        say(it, run_id)
        after = lead_of(it, made)
        changed = {name for name in written if written[name] != before.get(name)}
        ours = {name for name in changed if name.endswith("__c") or name in {"Title", "FirstName", "Website"}}
        assert {name: after[name] for name in ours - {"Syncd_Next_Step__c"}} == {
            name: before.get(name) for name in ours - {"Syncd_Next_Step__c"}
        }
        assert after["Syncd_Next_Step__c"] == "mine"
        assert after["Status"] == "New"


def test_the_preview_says_what_the_undo_does(tmp_path: Path, store_url: str) -> None:
    """The same plan: every field foreseen is what the records show afterwards."""
    with loop(tmp_path, store_url) as it:
        run_id, lead = handed_over(it)
        parts = it.cycle.parts
        found = undo_shown.foreseen(it.store, parts.targets, parts.playbook, run_id, "Ada", it.now)
        before = it.writes()
        assert {line.state for line in found.lines} == {"would"}
        assert found.unread == {}
        assert it.writes() == before
        say(it, run_id)
        for line in found.lines:
            if line.system == System.SALESFORCE and line.what == "close and mark":
                shown = lead_of(it, lead["Id"])
                assert {name: shown[name] for name in line.fields} == dict(line.fields)
            if line.system == System.HUBSPOT and line.what == "restore":
                now = contact(it)
                assert {name: now.get(name) or None for name in line.fields} == {
                    name: value or None for name, value in line.fields.items()
                }


def test_a_run_is_taken_back_once_and_an_undo_never(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url) as it:
        run_id, _lead = handed_over(it)
        assert say(it, run_id)[0] == "done"
        with it.store.read() as tx:
            newest = undos.runs_that_wrote(tx, 1)[0].run_id
        refused = say(it, run_id)
        assert refused[0] == "refused"
        assert "was taken back by Ada" in refused[1]
        answer = say(it, newest)
        assert answer[0] == "refused"
        assert "an undo cannot be undone" in answer[1]
        assert say(it, 99_999)[0] == "refused"


def test_a_restart_between_any_two_steps_ends_the_same(tmp_path: Path, store_url: str) -> None:
    """Killed after a call and before its answer was stored: the undo is finished, not done twice."""
    with loop(tmp_path, store_url) as it:
        run_id, lead = handed_over(it)
        with it.store.write(None) as tx:
            work.ask(tx, "undo", "Ada", {"run_id": run_id}, it.now)
        it.sync(minutes=5)
        with it.store.write(None) as tx:  # as a kill before the answers were stored would leave it
            for step in undos.steps_of(tx, run_id):
                tx.exec_driver_sql(
                    f"UPDATE effects SET state = 'sending' WHERE effect_id = {step['effect_id']}"
                )
        it.cycle.begin()
        it.sync(minutes=5)
        with it.store.read() as tx:
            assert {step["state"] for step in undos.steps_of(tx, run_id)} == {"done"}
        assert lead_of(it, lead["Id"])["Status"] == "Unqualified"
        (task,) = tasks_of(it, lead["Id"])
        assert str(task["Description"]).count("Ada, run") == 1
        assert "rejected" not in it.stages(WHO)


def test_nothing_in_flight_is_taken_back(tmp_path: Path, store_url: str) -> None:
    """What may or may not have arrived is settled first; the refusal says so."""
    with loop(tmp_path, store_url) as it:
        run_id, _lead = handed_over(it)
        with it.store.write(None) as tx:
            effect = next(e for e in outbox.of_lead(tx, it.lead_id(WHO)) if e.kind == "handoff")
            tx.exec_driver_sql(f"UPDATE effects SET state = 'unknown' WHERE effect_id = {effect.effect_id}")
        playbook = it.cycle.parts.playbook
        with pytest.raises(NotUndone, match="may or may not have arrived"):
            undo_shown.foreseen(it.store, {}, playbook, run_id, "Ada", it.now)


def test_a_level_shown_by_mistake_is_taken_back_with_its_list(tmp_path: Path, store_url: str) -> None:
    """An MQL: the properties are blank again, the nurture list is left, and the lead is a lead."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        ref = it.sandbox.hubspot.create(
            "contacts", {"email": WHO, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"}
        )
        company = it.sandbox.hubspot.create(
            "companies", {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"}
        )
        it.sandbox.hubspot.associate("contacts", ref, "companies", company)
        before = dict(contact(it).items())
        it.sandbox.hubspot.submit_form(
            "Start free trial", WHO, {"email": WHO}, "https://www.fernhill.io/trial", contact_id=ref
        )
        run_id = it.sync(minutes=30).run_id
        assert it.position(WHO).stage is Stage.MQL
        lists = [name for name in nurture_lists(it) if ref in it.sandbox.hubspot.members(name)]
        assert lists
        say(it, run_id)
        after = contact(it)
        ours = [name for name in after if name.startswith("syncd_")]
        assert {name: after[name] for name in ours if after[name]} == {}
        assert after["lifecyclestage"] == before.get("lifecyclestage", "lead")
        assert not [name for name in nurture_lists(it) if ref in it.sandbox.hubspot.members(name)]
        assert it.position(WHO).stage is Stage.LEAD
        it.sync(days=2)
        assert it.position(WHO).stage is Stage.LEAD


def test_a_hold_is_released_by_its_number_too(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url) as it:
        run_id, _lead = handed_over(it)
        say(it, run_id)
        (case,) = open_cases(it.store, it.now)
        with it.store.write(None) as tx:
            arguments = {"hold_id": case.hold.hold_id, "use": "release"}
            request_id = work.ask(tx, "resolve_hold", "Ada", arguments, it.now)
        it.sync(hours=1)
        with it.store.read() as tx:
            answered = work.answered(tx, request_id)
        assert answered is not None
        assert answered[0] == "done"
        assert it.position(WHO).stage is Stage.HANDED_OFF


def test_while_writing_is_paused_an_undo_waits_and_is_not_lost(tmp_path: Path, store_url: str) -> None:
    """Asked for during a pause: nothing leaves; taken back when writing goes on."""
    with loop(tmp_path, store_url) as it:
        run_id, lead = handed_over(it)
        with it.store.write(None) as tx:
            work.ask(tx, "pause", "Ada", {"direction": "push"}, it.now)
        say(it, run_id)
        assert lead_of(it, lead["Id"])["Status"] == lead["Status"]
        with it.store.write(None) as tx:
            work.ask(tx, "resume", "Ada", {"direction": "push"}, it.now)
        it.sync(minutes=5)
        assert lead_of(it, lead["Id"])["Status"] == "Unqualified"


@pytest.mark.parametrize("seed", range(3))
def test_exactly_what_is_still_ours_comes_back(tmp_path: Path, seed: int) -> None:
    """Whatever people change on Lead and contact meanwhile: theirs stays, the rest is as before the run."""
    chance = random.Random(seed)
    with loop(tmp_path, f"sqlite:///{tmp_path}/state/syncd.db", seed=seed + 1) as it:
        made = it.sandbox.salesforce.insert(
            "Lead", {"LastName": "Moreau", "Company": "Harbour Works", "Email": WHO, "Status": "New"}
        )
        it.sync(hours=1)
        record = lead_of(it, made)
        it.advance(minutes=30)
        ask_for_demo(it, WHO)
        person = dict(contact(it).items())
        run_id = it.sync(minutes=30).run_id
        texts = ["FirstName", "Title", "Syncd_Reason__c", "Syncd_Brief__c", "Syncd_Next_Step__c"]
        theirs = {name: f"{name} by hand" for name in chance.sample(texts, 2)}
        it.sandbox.salesforce.update("Lead", made, theirs, by=it.sandbox.cast.org.rep_ids[0])
        mine = dict.fromkeys(
            chance.sample(["syncd_reason", "syncd_missing", "syncd_next_action"], 1), "by hand"
        )
        ref = it.explain(WHO).snapshot.hubspot
        assert ref is not None
        it.sandbox.hubspot.update("contacts", ref.id, mine)
        written = lead_of(it, made)
        say(it, run_id)
        shown = lead_of(it, made)
        ours = [name for name in texts if name not in theirs] + ["HubSpot_Contact_ID__c", "Syncd_Level__c"]
        assert {name: shown[name] for name in ours} == {name: record[name] for name in ours}
        assert {name: shown[name] for name in theirs} == theirs
        assert written["Syncd_Level__c"] is not None
        after = contact(it)
        assert {name: after[name] for name in mine} == mine
        changed = [name for name in after if name.startswith("syncd_") and name not in mine]
        assert {name: after[name] or None for name in changed} == {
            name: person.get(name) or None for name in changed
        }


def nurture_lists(it: Loop) -> list[str]:
    return [track.list_name for track in it.cycle.parts.playbook.tracks.values() if track.list_name]
