"""Killed at the worst moment: the write has happened, its answer never arrives, nobody has noted it.

Every write call of a hand-off is met once. The next run finds what is there; nothing is made a second time.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.connectors.sandbox import Fault, Faults
from tests.loop.busy import doubles
from tests.loop.test_faults import Marked, check_handed_over, newcomers, states
from tests.loop.test_kills import alert_counts, expire, killable


@pytest.mark.battery
@pytest.mark.parametrize("count", [1, 3], ids=["alone", "several"])
def test_a_kill_between_a_write_and_its_answer_leaves_one_record(tmp_path: Path, count: int) -> None:
    """One person with a named owner goes as Lead and task in one call, several go in collections."""
    url = f"sqlite:///{tmp_path}/state/syncd.db"
    with killable(tmp_path, url, seed=1, one_owner=count == 1) as (it, victim):
        for turn in range(2):  # the first run of all makes more calls than those after it
            newcomers(it, turn, count)
            it.advance(hours=1)
            calls = Marked(it=it)
            it.sandbox.faults = calls
            victim.run(it.now)
            places = calls.writing_calls(it.writes())
            it.advance(minutes=15)
            victim.run(it.now)
        to_salesforce = [number for system, number in places if system == "salesforce"]
        assert len(to_salesforce) == (1 if count == 1 else 2), places
        assert len(places) > len(to_salesforce), "and HubSpot is told"
        in_flight = 0
        for turn, (system, number) in enumerate(places, start=2):
            people = newcomers(it, turn, count)
            it.advance(hours=1)
            marked = Marked(strike=(system, number, Fault.SLOW), it=it, slow_s=1.0)
            it.sandbox.faults = marked

            fate = victim.run_until(it.now, marked.has_written)

            assert fate.was_killed
            in_flight += expire(it)
            it.sandbox.faults = Faults()
            for minutes in (0.0, 15.0):  # at once, and the second look
                it.advance(minutes=minutes)
                assert victim.run(it.now).status == "succeeded"
            for email in people:
                check_handed_over(it, email, f"killed at call {number} to {system}")
        it.advance(hours=2)  # what an open record shows is written at most hourly
        assert victim.run(it.now).status == "succeeded"
        assert in_flight >= len(places), "each kill left what it was sending behind"
        assert doubles(it.sandbox) == []
        assert {key: n for key, n in alert_counts(it).items() if n > 1} == {}
        assert set(states(it)) == {"done"}
        assert it.sandbox.salesforce.violations == []
        assert it.sandbox.hubspot.violations == []
