"""What waits is part of a plan, each with its reason: held back, parked, behind what does not go."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from syncd.connectors.sandbox.salesforce.setup import ValidationRule
from syncd.jobs.foreseen import Act
from tests.loop.harness import loop
from tests.loop.test_bulk import import_people, narrow
from tests.loop.test_holds import ask_for_demo
from tests.loop.test_plan import EMAIL, apply, ask, make, pause, steps_of


def test_what_is_held_back_waits_and_says_why(tmp_path: Path) -> None:
    """Too many at once: each write of the import is shown as waiting, and applying the plan writes none."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db", prepare=narrow) as it:
        it.advance(minutes=30)
        import_people(it, 8)
        it.sync(minutes=20)
        plan = make(it)
        steps = steps_of(it, plan.plan_id)
        waiting = [step for step in steps if step.act is Act.WAIT]
        assert {step.lead_id for step in waiting} == {it.lead_id(f"pat{n}@company-{n}.com") for n in range(8)}
        assert {(step.why, step.cure) for step in waiting} == {
            ("held back, too many at once: an import", "syncd queue list")
        }
        assert plan.summary["held_back"] == {"import": len(waiting)}
        before = it.writes()
        apply(it, plan.plan_id)
        assert it.writes() == before


def test_what_is_parked_and_what_waits_behind_it_say_why(tmp_path: Path) -> None:
    """The org refuses the record: it waits for its cause, its task for the record, and nothing else does."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        it.sandbox.salesforce.add_validation_rule(
            ValidationRule("Lead", "Nobody", lambda row: True, ("LastName",))
        )
        it.advance(minutes=30)
        ask_for_demo(it, EMAIL)
        it.sync(minutes=30)
        steps = {step.kind: step for step in steps_of(it, make(it).plan_id) if step.act is Act.WAIT}
        record, task = steps["handoff"], steps["task"]
        assert record.code
        assert record.why
        assert record.cure == f"syncd errors {record.code} --retry"
        assert task.why == "waits for the hand-off: it waits too"


@pytest.mark.battery
def test_while_writing_and_reading_are_paused_the_plan_says_so(tmp_path: Path) -> None:
    """What the pause of writing keeps is shown as what it would write; that reading stands still is said."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db") as it:
        it.advance(minutes=30)
        pause(it)
        ask_for_demo(it, EMAIL)
        it.sync(minutes=30)
        ask(it, "pause", direction="pull")
        it.sync()
        plan = make(it)
        assert (plan.summary["paused"], plan.summary["reading_paused"]) == (True, True)
        acts = Counter((step.kind, step.act) for step in steps_of(it, plan.plan_id))
        assert acts["handoff", Act.CREATE] == 1
        assert acts["task", Act.CREATE] == 1
