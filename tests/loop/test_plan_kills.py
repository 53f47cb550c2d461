"""An apply that is killed goes on to the end of its plan by itself, never beyond it, and nothing twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Fault, Faults
from syncd.store import plans, work
from tests.loop.busy import doubles
from tests.loop.harness import Loop
from tests.loop.test_faults import newcomers
from tests.loop.test_kills import alert_counts, expire, killable
from tests.loop.test_plan import answer, ask, make, steps_of
from tests.loop.test_plan_equals_apply import differences, org_fills, planned, written
from tests.loop.victim import Victim


def state_of(it: Loop, plan_id: int) -> str:
    with it.store.read() as tx:
        found = plans.plan(tx, plan_id)
    assert found is not None
    return found.state


def waiting(it: Loop, victim: Victim, turn: int) -> list[str]:
    """Two newcomers wait, because writing is paused."""
    people = newcomers(it, turn, 2)
    it.advance(hours=1)
    victim.run(it.now)
    return people


WRITES = (
    ("salesforce", "PATCH", "composite/sobjects/Lead"),
    ("salesforce", "POST", "composite/sobjects"),
    ("hubspot", "POST", "contacts/batch/update"),
)
"""Calls that write, in the order of an apply."""


@pytest.mark.slow
@pytest.mark.battery
def test_a_killed_apply_goes_on_to_its_end_and_not_beyond(tmp_path: Path) -> None:
    """Killed between each write and its answer; somebody who qualified after the look is not written."""
    url = f"sqlite:///{tmp_path}/state/syncd.db"
    with killable(tmp_path, url, seed=1) as (it, victim):
        own = org_fills(it)
        ask(it, "pause", direction="push")
        for turn, (system, method, path) in enumerate(WRITES):
            waiting(it, victim, 2 * turn)
            plan = make(it)
            later = waiting(it, victim, 2 * turn + 1)
            before = len(it.sandbox.salesforce.writes), len(it.sandbox.hubspot.writes)
            request_id = ask(it, "apply_plan", plan_id=plan.plan_id)
            faults = Faults(slow_s=2.0)
            faults.plan(Fault.SLOW, system=system, method=method, path_contains=path)
            it.sandbox.faults = faults
            so_far = Struck(it, faults)

            fate = victim.run_until(it.now, so_far.has_written)

            why = f"killed at {method} {path}"
            assert fate.was_killed, why
            assert expire(it) > 0, "it left what it was sending behind"
            it.sandbox.faults = Faults()
            assert state_of(it, plan.plan_id) == "applying", why
            victim.run(it.now)
            assert state_of(it, plan.plan_id) == "applied", why
            assert answer(it, request_id)[0] == "done", why
            meant = planned(steps_of(it, plan.plan_id))
            assert differences(meant, written(it, before, own, meant)) == [], why
            assert [it.sandbox.salesforce.find("Lead", Email=email) for email in later] == [[], []], why
            ask(it, "apply_plan", plan_id=make(it).plan_id)
            victim.run(it.now)
        assert doubles(it.sandbox) == []
        assert {key: n for key, n in alert_counts(it).items() if n > 1} == {}
        assert it.sandbox.salesforce.violations == []
        assert it.sandbox.hubspot.violations == []
        with it.store.read() as tx:
            ended = [run.status for run in work.last_runs(tx, 200) if run.kind == "apply"]
        assert ended == ["succeeded"] * (2 * len(WRITES))


@dataclass
class Struck:
    """Whether the call that is slow has done what it was asked for."""

    it: Loop
    faults: Faults
    writes: int | None = None

    def has_written(self) -> bool:
        if not self.faults.struck:
            self.writes = self.it.writes()
        return bool(self.faults.struck) and self.writes is not None and self.it.writes() > self.writes
