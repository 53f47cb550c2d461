"""A plan shows what would be written, and applying it writes exactly that or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syncd.core.model import Stage
from syncd.jobs import plan as planner
from syncd.jobs.foreseen import Act, Foreseen, of_content
from syncd.store import plans, work
from syncd.store.plans import PlanRow
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
