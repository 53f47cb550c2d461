"""Random people, edits, merges, conversions, duplicates, faults and kills through the whole loop."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.loop.handing_over import Lives

WHO = st.integers(0, 3)
NUMBER = st.integers(0, 11)
MINUTES = st.sampled_from((1, 5, 16, 40, 70))


class HandOver(RuleBasedStateMachine):
    """Every rule ends with a sync, after which everything is checked."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.lives = Lives(Path(self._folder.name))

    @rule(who=WHO, minutes=MINUTES)
    def asks(self, who: int, minutes: int) -> None:
        self.lives.asks(who)
        self.lives.goes_on(minutes)

    @rule(who=WHO, seed=st.integers(1, 1000))
    def asks_in_a_storm(self, who: int, seed: int) -> None:
        self.lives.asks(who)
        self.lives.goes_on(16, storm=seed)

    @rule(who=WHO, kill_at=st.integers(1, 60))
    def asks_and_it_is_killed(self, who: int, kill_at: int) -> None:
        self.lives.asks(who)
        self.lives.goes_on(16, kill_at=kill_at)

    @rule(who=WHO, number=NUMBER, minutes=MINUTES)
    def marketing_edits(self, who: int, number: int, minutes: int) -> None:
        self.lives.marketing_edits(who, number)
        self.lives.goes_on(minutes)

    @rule(who=WHO)
    def contacts_merge(self, who: int) -> None:
        self.lives.contacts_merge(who)
        self.lives.goes_on(16)

    @rule(who=WHO, number=NUMBER)
    def rep_enters(self, who: int, number: int) -> None:
        self.lives.rep_enters(who, number)
        self.lives.goes_on(5)

    @rule(number=NUMBER, minutes=MINUTES)
    def rep_edits(self, number: int, minutes: int) -> None:
        self.lives.rep_edits(number)
        self.lives.goes_on(minutes)

    @rule(number=NUMBER)
    def rep_converts(self, number: int) -> None:
        self.lives.rep_converts(number)
        self.lives.goes_on(5)

    @rule()
    def rep_merges(self) -> None:
        self.lives.rep_merges()
        self.lives.goes_on(5)

    @rule()
    def native_sync_runs(self) -> None:
        self.lives.native_sync_runs()
        self.lives.goes_on(16)

    @rule(number=NUMBER)
    def somebody_settles(self, number: int) -> None:
        self.lives.somebody_settles(number)
        self.lives.goes_on(5)

    @rule(who=WHO)
    def plans_and_applies(self, who: int) -> None:
        self.lives.plans_and_applies(who)

    @rule(number=NUMBER)
    def undoes(self, number: int) -> None:
        self.lives.undoes(number)
        self.lives.goes_on(5)

    def teardown(self) -> None:
        try:
            self.lives.settle()
        finally:
            self.lives.close()
        self._folder.cleanup()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("examples", "steps"),
    [
        pytest.param(3, 8, id="some"),
        pytest.param(60, 25, id="many", marks=[pytest.mark.battery, pytest.mark.timeout(7_200)]),
    ],
)
def test_whatever_happens_a_hand_over_keeps_its_promises(examples: int, steps: int) -> None:
    """One record per person, no value of a person's overwritten, no rule of a vendor broken."""
    run_state_machine_as_test(
        HandOver,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
            derandomize=examples < 10, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
