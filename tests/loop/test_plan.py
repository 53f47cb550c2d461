"""A plan shows what would be written, and applying it writes exactly that or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncd.connectors.sandbox import Fault, Faults
from syncd.core.model import Stage
from syncd.jobs import plan as planner
from syncd.jobs.foreseen import Act, Foreseen, of_content
from syncd.jobs.summary import Summary
from syncd.ports import Cadence
from syncd.store import plans, rekey, work
from syncd.store.plans import PlanRow
from syncd.store.tables import transitions
from tests.loop.harness import Loop, loop

EMAIL = "ines.moreau@harbour-works.com"


def ask_for_demo(it: Loop, email: str = EMAIL, **properties: str) -> str:
    """Somebody of a fitting company asks for a demo. Returns the contact's id."""
    company = it.sandbox.hubspot.create(
        "companies",
        {"name": "Harbour Works", "domain": "harbour-works.com", "numberofemployees": "400"},
    )
    given = {"email": email, "firstname": "Ines", "lastname": "Moreau", "jobtitle": "VP Operations"}
    contact = it.sandbox.hubspot.create("contacts", given | properties)
    it.sandbox.hubspot.associate("contacts", contact, "companies", company)
    it.sandbox.hubspot.submit_form(
        "Request a demo", email, {"email": email}, "https://www.fernhill.io/demo", contact_id=contact
    )
    return contact


def ask(it: Loop, verb: str, **arguments: object) -> int:
    with it.store.write(None) as tx:
        return work.ask(tx, verb, "Ada", arguments, it.now)


def answer(it: Loop, request_id: int) -> tuple[str, str]:
    with it.store.read() as tx:
        found = work.answered(tx, request_id)
    assert found is not None
    return found


def pause(it: Loop) -> None:
    ask(it, "pause", direction="push")
    it.sync()


def make(it: Loop) -> PlanRow:
    """What `syncd plan` does."""
    parts = it.cycle.parts
    return planner.make(parts.store, parts.targets, parts.playbook, parts.clock, "Ada")


def apply(it: Loop, plan_id: int) -> tuple[str, str]:
    """What `syncd apply` does without a daemon."""
    request_id = ask(it, "apply_plan", plan_id=plan_id)
    it.cycle.apply_plans()
    return answer(it, request_id)


def steps_of(it: Loop, plan_id: int) -> list[Foreseen]:
    with it.store.read() as tx:
        return [of_content(row, row["step"]) for row in plans.steps(tx, plan_id)]


def fields(steps: list[Foreseen], kind: str) -> Mapping[str, Any]:
    (step,) = [item for item in steps if item.kind == kind]
    return {change.name: change.after for change in step.changes}


def waiting(it: Loop) -> None:
    """A fresh SQL waits, because writing is paused."""
    it.advance(minutes=30)
    pause(it)
    ask_for_demo(it)
    it.sync(minutes=30)
    assert it.position(EMAIL).stage is Stage.SQL


def test_what_waits_is_shown_field_by_field(tmp_path: Path, store_url: str) -> None:
    """The record, its task, the contact and the alert, each with the rule behind every field."""
    with loop(tmp_path, store_url) as it:
        waiting(it)
        before = it.writes()
        plan = make(it)
        steps = steps_of(it, plan.plan_id)
        assert it.writes() == before
        (lead,) = [step for step in steps if step.kind == "handoff"]
        assert lead.act is Act.CREATE
        shown = {change.name: change for change in lead.changes}
        assert shown["LastName"].after == "Moreau"
        assert (shown["LastName"].before, shown["LastName"].source) == (None, "contact.lastname")
        assert all(change.rule for change in lead.changes)
        acts = plan.summary["acts"]
        assert acts["create"] == 2
        assert plan.summary["alerts"] == {"log": 1}
        assert plan.summary["writes"] == sum(step.is_leaving for step in steps)
        calls = {item["system"]: item for item in plan.summary["calls"]}
        assert calls["salesforce"]["needed"] > 0
        assert calls["salesforce"]["left"][0]["left"] > 0


def test_apply_writes_it_and_what_is_left_is_shown(tmp_path: Path, store_url: str) -> None:
    """Even while writing is paused; afterwards a plan shows what follows, and once is enough."""
    with loop(tmp_path, store_url) as it:
        waiting(it)
        plan = make(it)
        result, message = apply(it, plan.plan_id)
        assert (result, message.split(":")[0]) == ("done", f"plan {plan.plan_id} is applied")
        (lead,) = it.sandbox.salesforce.find("Lead", Email=EMAIL)
        meant = fields(steps_of(it, plan.plan_id), "handoff")
        assert {name: lead[name] for name in ("LastName", "Company", "Title")} == {
            name: meant[name] for name in ("LastName", "Company", "Title")
        }
        with it.store.read() as tx:
            (run,) = [item for item in work.last_runs(tx, 20) if item.kind == "apply"]
            kept = plans.plan(tx, plan.plan_id)
        assert kept is not None
        assert (kept.state, kept.applied_by, kept.run_id) == ("applied", "Ada", run.run_id)
        assert run.status == "succeeded"
        result, message = apply(it, plan.plan_id)
        assert (result, "by Ada" in message) == ("refused", True)
        written = it.writes()
        it.sync(minutes=5)
        assert it.writes() == written
        rest = make(it)
        assert {step.kind for step in steps_of(it, rest.plan_id) if step.is_leaving} <= {
            "contact",
            "record",
            "membership",
        }


def test_who_is_due_is_decided_for_the_plan_only(tmp_path: Path, store_url: str) -> None:
    """Nothing of it is stored before it is applied; then it becomes so as of when the plan was made."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        pause(it)
        ask_for_demo(it)
        it.advance(minutes=30)
        look = it.cycle._look(Summary())
        look.first((Cadence.HOT,))
        look.rest()
        before = ledger_size(it)
        plan = make(it)
        assert plan.summary["decided"] >= 1
        assert plan.summary["acts"]["create"] == 2
        assert ledger_size(it) == before
        it.advance(minutes=7)
        result, message = apply(it, plan.plan_id)
        assert result == "done", message
        (lead,) = it.sandbox.salesforce.find("Lead", Email=EMAIL)
        assert lead["LastName"] == "Moreau"
        assert it.stages(EMAIL)[-1] == "sql"


def ledger_size(it: Loop) -> int:
    with it.store.read() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(transitions)).scalar_one())


def _a_rep_makes_a_lead(it: Loop, _contact: str) -> None:
    it.sandbox.salesforce.insert("Lead", {"LastName": "Moreau", "Company": "Harbour", "Email": EMAIL})


def _somebody_moves_the_contact(it: Loop, contact: str) -> None:
    it.sandbox.hubspot.update("contacts", contact, {"lifecyclestage": "customer"})


def _new_facts_change_what_is_meant(it: Loop, contact: str) -> None:
    it.sandbox.hubspot.update("contacts", contact, {"jobtitle": "Chief Operating Officer"})
    it.sync(minutes=5)


def _it_is_written_by_the_ordinary_way(it: Loop, _contact: str) -> None:
    ask(it, "resume", direction="push")
    it.sync(minutes=1)


Move = Callable[[Loop, str], None]


@pytest.mark.parametrize(
    ("move", "told"),
    [
        (_a_rep_makes_a_lead, "the hand-off"),
        (_somebody_moves_the_contact, "changed there since: lifecyclestage"),
        (_new_facts_change_what_is_meant, "something else is meant by now"),
        (_it_is_written_by_the_ordinary_way, "done already"),
    ],
)
def test_nothing_is_written_when_anything_has_moved(
    tmp_path: Path, store_url: str, move: Move, told: str
) -> None:
    """Refused as a whole: not even the parts that stayed as they were."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        pause(it)
        contact = ask_for_demo(it)
        it.sync(minutes=30)
        plan = make(it)
        move(it, contact)
        before = it.writes()
        result, message = apply(it, plan.plan_id)
        assert result == "refused"
        assert told in message
        assert EMAIL not in message
        assert it.writes() == before


def test_asked_for_twice_it_is_written_once(tmp_path: Path, store_url: str) -> None:
    """Two people at two terminals: one is told that the other was first."""
    with loop(tmp_path, store_url) as it:
        waiting(it)
        plan = make(it)
        requests = [ask(it, "apply_plan", plan_id=plan.plan_id) for _time in range(2)]
        it.cycle.apply_plans()
        assert [answer(it, request_id)[0] for request_id in requests] == ["done", "refused"]
        assert len(it.sandbox.salesforce.find("Lead", Email=EMAIL)) == 1


def test_who_is_erased_leaves_the_plan(tmp_path: Path, store_url: str) -> None:
    """Values shown in a plan are people's: they go with the person, and nothing is written for them."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        pause(it)
        contact = ask_for_demo(it)
        it.sync(minutes=30)
        plan = make(it)
        assert any(step.is_leaving for step in steps_of(it, plan.plan_id))
        lead_id = it.lead_id(EMAIL)
        with it.store.write(it.cycle.token) as tx:
            rekey.erase_leads(tx, [lead_id], rekey.Origin("", 0), it.now)
        assert all(step.lead_id != lead_id for step in steps_of(it, plan.plan_id))
        before = it.writes()
        apply(it, plan.plan_id)
        assert it.writes() == before, contact


def test_a_plan_of_another_playbook_is_refused(tmp_path: Path, store_url: str) -> None:
    """What it shows was decided by other rules."""
    with loop(tmp_path, store_url) as it:
        waiting(it)
        parts = it.cycle.parts
        other = replace(parts.playbook, version="0" * 12)
        plan = planner.make(parts.store, parts.targets, other, parts.clock, "Ada")
        result, message = apply(it, plan.plan_id)
        assert (result, "000000000000" in message) == ("refused", True)


def test_only_what_the_plan_shows_is_written(tmp_path: Path, store_url: str) -> None:
    """Who qualifies after it was made waits for the next one."""
    with loop(tmp_path, store_url) as it:
        waiting(it)
        plan = make(it)
        ask_for_demo(it, "tom.webb@quayside-tools.com", firstname="Tom", lastname="Webb")
        it.sync(minutes=30)
        assert apply(it, plan.plan_id)[0] == "done"
        assert len(it.sandbox.salesforce.find("Lead", Email=EMAIL)) == 1
        assert it.sandbox.salesforce.find("Lead", Email="tom.webb@quayside-tools.com") == []
        names = {step.target for step in steps_of(it, make(it).plan_id) if step.kind == "handoff"}
        assert len(names) == 1


def test_before_go_live_it_shows_what_would_have_been_written(tmp_path: Path, store_url: str) -> None:
    """And cannot be applied, before or after."""
    with loop(tmp_path, store_url, live=False) as it:
        it.advance(minutes=30)
        ask_for_demo(it)
        it.sync(minutes=30)
        plan = make(it)
        assert not plan.is_live
        assert plan.summary["writes"] > 0
        assert apply(it, plan.plan_id)[0] == "refused"
        assert it.writes() == 0
        it.go_live()
        before = it.writes()
        result, message = apply(it, plan.plan_id)
        assert (result, "observes" in message) == ("refused", True)
        assert it.writes() == before


def test_a_system_that_is_down_is_waited_for(tmp_path: Path, store_url: str) -> None:
    """Salesforce takes nothing after the look: the plan is under way, and goes on by itself to its end."""
    with loop(tmp_path, store_url) as it:
        waiting(it)
        plan = make(it)
        it.sandbox.faults = Faults()
        for method in ("PATCH", "POST"):
            it.sandbox.faults.plan(
                Fault.UNAVAILABLE, system="salesforce", method=method, path_contains="sobjects", times=40
            )
        result, message = apply(it, plan.plan_id)
        assert (result, "under way" in message) == ("done", True), message
        assert it.sandbox.salesforce.find("Lead", Email=EMAIL) == []
        it.sandbox.faults = Faults()
        it.sync(minutes=5)
        it.sync(minutes=15)
        assert len(it.sandbox.salesforce.find("Lead", Email=EMAIL)) == 1
        with it.store.read() as tx:
            kept = plans.plan(tx, plan.plan_id)
        assert kept is not None
        assert kept.state == "applied"
        assert it.sandbox.salesforce.violations == []


def test_a_system_that_cannot_be_read_is_said(tmp_path: Path, store_url: str) -> None:
    """What goes there is left out of the plan, in so many words; the other system's part is whole."""
    with loop(tmp_path, store_url) as it:
        waiting(it)
        it.sandbox.faults = Faults(rate=1.0, kinds=(Fault.UNAVAILABLE,), systems=("salesforce",))
        plan = make(it)
        assert [item["system"] for item in plan.summary["unread"]] == ["salesforce"]
        steps = steps_of(it, plan.plan_id)
        assert {step.act for step in steps if step.system == "salesforce"} == {Act.WAIT}
        assert any(step.is_leaving for step in steps if step.system == "hubspot")


def test_a_case_for_a_person_is_shown_with_its_candidates(tmp_path: Path, store_url: str) -> None:
    """Two open Leads are this person: nothing is written on either, and the task waits for the answer."""
    with loop(tmp_path, store_url) as it:
        it.advance(minutes=30)
        pause(it)
        ask_for_demo(it)
        for _time in range(2):
            _a_rep_makes_a_lead(it, "")
        it.sync(minutes=30)
        plan = make(it)
        steps = {step.kind: step for step in steps_of(it, plan.plan_id)}
        assert steps["handoff"].act is Act.HOLD
        assert len(steps["handoff"].candidates) == 2
        assert steps["task"].act is Act.WAIT
        assert apply(it, plan.plan_id)[0] == "done"
        again = {step.kind: step for step in steps_of(it, make(it).plan_id)}
        assert (again["handoff"].act, len(again["handoff"].candidates)) == (Act.WAIT, 2)
