"""A plan gives the turns its delivery will give: several leads, few desks, nothing otherwise than shown."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from syncd.jobs.foreseen import Act, Foreseen
from syncd.jobs.summary import Summary
from syncd.ports import Cadence
from tests.loop.harness import Loop, loop
from tests.loop.test_owners import TURNS, ask_for_demo, firm, owner_of, routing
from tests.loop.test_plan import apply, make, pause, steps_of
from tests.loop.test_plan_equals_apply import differences, org_fills, planned, written

NOBODY_ELSE = TURNS.replace('queue: "{queue}"\n', 'owner: "{2}"\n').replace(", queue]", "]")


def read_only(it: Loop, **units: float) -> None:
    """What changed is read; nobody has decided about it yet."""
    it.advance(**units)
    look = it.cycle._look(Summary())
    look.first((Cadence.HOT,))
    look.rest()


def owners(steps: list[Foreseen]) -> Counter[str]:
    """To whom the plan gives new Leads."""
    made = [step for step in steps if step.kind == "handoff" and step.act is Act.CREATE]
    return Counter(str(next(c.after for c in step.changes if c.name == "OwnerId")) for step in made)


@pytest.mark.parametrize("text", [TURNS, pytest.param(NOBODY_ELSE, marks=pytest.mark.battery)])
def test_leads_that_share_desks_get_what_the_plan_shows(tmp_path: Path, text: str) -> None:
    """Round after round: two each, colleagues together, then the queue, or a case where nobody is left."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db", prepare=routing(text)) as it:
        it.sandbox.salesforce.update("User", it.sandbox.cast.org.rep_ids[2], {"IsActive": False})
        it.sync(hours=4)
        pause(it)
        own = org_fills(it)
        given: Counter[str] = Counter()
        for turn in range(2 if text is TURNS else 4):
            company = firm(it, f"pair{turn}.com")
            for name in ("ann", "bob"):
                ask_for_demo(it, f"{name}@pair{turn}.com", company)
            for number in range(2):
                ask_for_demo(it, f"kim{number}@single{turn}{number}.com")
            read_only(it, minutes=10)
            plan = make(it)
            steps = steps_of(it, plan.plan_id)
            assert plan.summary["decided"] >= 4
            given += owners(steps)
            before = len(it.sandbox.salesforce.writes), len(it.sandbox.hubspot.writes)
            result, message = apply(it, plan.plan_id)
            assert result == "done", message
            meant = planned(steps)
            assert differences(meant, written(it, before, own, meant)) == []
            it.sync(minutes=20)
        everybody = {*it.sandbox.cast.org.rep_ids[:2], it.sandbox.cast.org.queue_id}
        assert given.keys() == (everybody if text is TURNS else everybody - {it.sandbox.cast.org.queue_id})
        assert it.sandbox.salesforce.violations == []


@pytest.mark.battery
def test_who_takes_a_turn_and_is_not_written_still_takes_it(tmp_path: Path) -> None:
    """The first of two has two open Leads already: a person is asked, and the second gets the second turn."""
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db", prepare=routing(TURNS)) as it:
        first, second = it.sandbox.cast.org.rep_ids[:2]
        it.advance(hours=4)
        pause(it)
        for _time in range(2):
            it.sandbox.salesforce.insert(
                "Lead", {"LastName": "Moreau", "Company": "One", "Email": "anna@one.com", "OwnerId": first}
            )
        ask_for_demo(it, "anna@one.com")
        ask_for_demo(it, "ben@two.com")
        read_only(it, minutes=10)
        plan = make(it)
        acts = Counter(step.act for step in steps_of(it, plan.plan_id) if step.kind == "handoff")
        assert acts == {Act.HOLD: 1, Act.CREATE: 1}
        shown = owners(steps_of(it, plan.plan_id))
        result, message = apply(it, plan.plan_id)
        assert result == "done", message
        assert Counter({owner_of(it, "ben@two.com"): 1}) == shown
        assert shown.keys() <= {first, second}


@pytest.mark.battery
def test_more_than_one_batch_of_leads_shares_the_turns(tmp_path: Path) -> None:
    """Two hundred and fifty people at once, in the order in which an evaluation takes them."""
    many = TURNS.replace("open_limit: 2", "open_limit: 60")
    with loop(tmp_path, f"sqlite:///{tmp_path}/syncd.db", prepare=routing(many)) as it:
        first, second = it.sandbox.cast.org.rep_ids[:2]
        it.advance(hours=4)
        pause(it)
        for number in range(250):
            ask_for_demo(it, f"anna{number}@firm{number}.com")
        read_only(it, minutes=30)
        plan = make(it)
        shown = owners(steps_of(it, plan.plan_id))
        assert shown == {first: 60, second: 60, it.sandbox.cast.org.queue_id: 130}
        result, message = apply(it, plan.plan_id)
        assert result == "done", message
        leads = it.sandbox.salesforce.all("Lead")
        assert Counter(str(item["OwnerId"]) for item in leads) == shown
