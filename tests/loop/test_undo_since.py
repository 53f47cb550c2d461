"""A run taken back when the people and records it wrote have gone on: converted, deleted, merged, erased.

What is not ours to touch any more stays as it is and says why; the rest comes back as ever.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.model import Stage, System
from syncd.jobs import undo_shown
from syncd.jobs.undo_shown import Line
from syncd.store import rekey, work
from tests.loop.harness import Loop, loop
from tests.loop.test_holds import ask_for_demo
from tests.loop.test_plan import pause
from tests.loop.test_undo import WHO, contact, handed_over, lead_of, say, tasks_of

OTHER = "ines.private@example.org"


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/state/syncd.db"


def lines(it: Loop, run_id: int) -> list[Line]:
    shown = undo_shown.begun(it.store, run_id, it.now)
    assert shown is not None
    return list(shown.lines)


def notes(it: Loop, run_id: int, about: str) -> list[str]:
    """What is said of this record."""
    return [note for line in lines(it, run_id) if line.about == about for note in line.notes]


def foreseen(it: Loop, run_id: int) -> undo_shown.Shown:
    parts = it.cycle.parts
    return undo_shown.foreseen(it.store, parts.targets, parts.playbook, run_id, "Ada", it.now)


def go_on(it: Loop, leads: list[str]) -> dict[str, str]:
    """The first Lead is converted, the second deleted, the third merged into another. Returns what is said of
    each."""
    org, rep = it.sandbox.salesforce, it.sandbox.cast.org.rep_ids[0]
    org.update("Lead", leads[0], {"OwnerId": rep}, rep)
    _account, made, _deal = org.convert(leads[0], rep)
    org.delete("Lead", leads[1], rep)
    winner = org.insert("Lead", {"LastName": "Moreau", "Company": "Harbour"}, rep)
    org.merge("Lead", winner, leads[2], rep)
    return {
        f"salesforce:lead:{leads[0]}": f"left as it is: sales has converted it to contact {made} since",
        f"salesforce:lead:{leads[1]}": "left as it is: the record is deleted",
        f"salesforce:lead:{leads[2]}": f"left as it is: merged into lead {winner} since",
    }


def test_a_record_that_is_no_longer_there_is_left_and_says_what_became_of_it(tmp_path: Path) -> None:
    """Nothing is written on it, nor on what it became, foreseen and done; nobody is handed over again, and
    where sales has answered that stands."""
    with loop(tmp_path, url(tmp_path)) as it:
        it.advance(minutes=30)
        emails = [f"ann{number}@firm{number}.com" for number in range(3)]
        for email in emails:
            ask_for_demo(it, email)
        run_id = it.sync(minutes=30).run_id
        leads = [str(it.sandbox.salesforce.find("Lead", Email=email)[0]["Id"]) for email in emails]
        said = go_on(it, leads)
        it.sync(minutes=20)
        shown = {line.about: line.notes for line in foreseen(it, run_id).lines if line.about in said}
        assert shown == {about: (why,) for about, why in said.items()}
        before = len(it.sandbox.salesforce.writes)
        assert say(it, run_id)[0] == "done"
        assert {write.object for write in it.sandbox.salesforce.writes[before:]} == {"Task"}
        assert {about: notes(it, run_id, about) for about in said} == {
            about: [why] for about, why in said.items()
        }
        assert it.position(emails[0]).stage in {Stage.ACCEPTED, Stage.OPPORTUNITY}
        written = it.writes()
        it.sync(days=2)
        assert it.writes() == written
        assert it.sandbox.salesforce.violations == []


def merge_contacts(it: Loop) -> str:
    """The person's private address turns out to be theirs too. Returns the id both have become."""
    ref = it.explain(WHO).snapshot.hubspot
    other = it.sandbox.hubspot.contact_by_email(OTHER)
    assert ref is not None
    assert other is not None
    return it.sandbox.hubspot.merge("contacts", other.id, ref.id)


@pytest.mark.parametrize("is_asked_before", [False, pytest.param(True, marks=pytest.mark.battery)])
def test_a_person_merged_since_is_taken_back_under_the_record_they_became(
    tmp_path: Path, is_asked_before: bool
) -> None:
    """The Lead we made is closed and its task too; the person stands where the other record stood. The same
    when the undo was asked for before the merge, and waited."""
    with loop(tmp_path, url(tmp_path)) as it:
        it.sandbox.hubspot.create("contacts", {"email": OTHER, "firstname": "Ines", "lastname": "M."})
        it.sync(hours=1)
        run_id, lead = handed_over(it)
        ref = it.explain(WHO).snapshot.hubspot
        assert ref is not None
        if is_asked_before:
            pause(it)
            assert say(it, run_id)[0] == "done"
        made = merge_contacts(it)
        it.sync(minutes=20)
        if is_asked_before:
            with it.store.write(None) as tx:
                work.ask(tx, "resume", "Ada", {"direction": "push"}, it.now)
            it.sync(minutes=20)
        else:
            assert it.position(WHO).stage is Stage.HANDED_OFF
            assert say(it, run_id)[0] == "done"
        it.sync(minutes=20)
        assert lead_of(it, lead["Id"])["Status"] == "Unqualified"
        assert [task["Status"] for task in tasks_of(it, lead["Id"])] == ["Completed"]
        assert it.position(WHO).stage in {Stage.LEAD, Stage.MQL}
        told = notes(it, run_id, f"hubspot:contact:{ref.id}")
        assert told[0].startswith(f"on contact {made}, which it was merged into since")
        shown = {name: value for name, value in contact(it).items() if name.startswith("syncd_") and value}
        assert shown == {} or not is_asked_before
        written, stages = it.writes(), it.stages(WHO)
        it.sync(days=2)
        assert (it.writes(), it.stages(WHO)) == (written, stages)


def test_who_was_erased_is_left_out_and_named(tmp_path: Path) -> None:
    """Of two people of one run one was erased: what was written for them is not known any more, so it stays,
    and is listed; the other is taken back. Erased later, they do not spoil the list."""
    with loop(tmp_path, url(tmp_path)) as it:
        it.advance(minutes=30)
        ask_for_demo(it, OTHER)
        run_id, lead = handed_over(it)
        (erased,) = it.sandbox.salesforce.find("Lead", Email=OTHER)
        before, contact_before = dict(erased.fields), contact(it)["syncd_stage"]
        lead_id = it.lead_id(OTHER)
        with it.store.write(it.cycle.token) as tx:
            rekey.erase_leads(tx, [lead_id], rekey.Origin("", 0), it.now)
        shown = foreseen(it, run_id)
        left = {line.about for line in shown.lines if line.lead_id == lead_id}
        assert f"salesforce:lead:{erased.id}" in left
        assert {line.state for line in shown.lines if line.lead_id == lead_id} == {"left"}
        result, told = say(it, run_id)
        assert (result, "left out: 1 lead erased since" in told) == ("done", True), told
        assert lead_of(it, lead["Id"])["Status"] == "Unqualified"
        assert contact(it).get("syncd_stage") != contact_before
        assert lead_of(it, erased.id) == before
        assert {line.about for line in lines(it, run_id) if line.lead_id == lead_id} == left
        with it.store.write(it.cycle.token) as tx:
            rekey.erase_leads(tx, [it.lead_id(WHO)], rekey.Origin("", 0), it.now)
        assert {line.system for line in lines(it, run_id)} >= {System.SALESFORCE, System.NOTIFY}


@pytest.mark.battery
def test_a_run_of_erased_people_alone_cannot_be_taken_back(tmp_path: Path) -> None:
    with loop(tmp_path, url(tmp_path)) as it:
        run_id, lead = handed_over(it)
        with it.store.write(it.cycle.token) as tx:
            rekey.erase_leads(tx, [it.lead_id(WHO)], rekey.Origin("", 0), it.now)
        result, told = say(it, run_id)
        assert (result, f"syncd undo {run_id} --plan" in told) == ("refused", True)
        assert {line.state for line in foreseen(it, run_id).lines} == {"left"}
        assert lead_of(it, lead["Id"])["Status"] == lead["Status"]
