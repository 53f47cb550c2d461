"""One instant: the engine's evaluation is the slow reference's, and every number is accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from syncd.core.model import Snapshot, Verdict
from syncd.core.playbook import Playbook
from syncd.core.qualify import verdict
from tests.core.oracle import facts, whole
from tests.core.oracle.whole import Whole
from tests.properties.harness import for_all
from tests.properties.lives import MACHINES, people, tick
from tests.properties.playbooks import WINDOWS_S, playbooks

instants = st.integers(-160, 400).map(tick)
edges = st.tuples(st.integers(0, 20), st.sampled_from(WINDOWS_S), st.integers(0, 2))


def as_whole(found: Verdict) -> Whole:
    """The verdict in the reference's words."""
    icp = {"met": True, "missing": False, "unknown": None}[found.icp]
    return Whole(
        model=found.model,
        fit=found.fit.points_micro,
        engagement=found.engagement.points_micro,
        intent=found.intent.points_micro,
        lifetime={name: found.lifetime_micro[name] for name in ("engagement", "intent")},
        grade=found.grade,
        cell=found.cell,
        icp=icp,
        filters=tuple(item.id for item in found.filters if item.matched),
        earned=found.earned,
        missing=found.missing,
        decisive=found.decisive,
    )


@for_all(playbooks(), people(), instants, st.lists(edges, max_size=12), examples=120)
def test_the_evaluation_is_that_of_the_slow_reference(
    playbook: Playbook, person: Snapshot, now: datetime, ends: list[tuple[int, float, int]]
) -> None:
    """Scores, lifetime, grade, cell, model, gates, filters, level, what lacks and what decides: at any
    instant, and at those around which a window over some signal ends."""
    everything = (*person.signals, *person.account_signals)
    at_edges = [
        everything[number % len(everything)].occurred_at + timedelta(seconds=window + ticks / 2)
        for number, window, ticks in ends
        if everything
    ]
    for instant in (now, *at_edges):
        found = as_whole(verdict(person, playbook, instant))
        assert found == whole.evaluate(playbook, person, instant), instant


@for_all(playbooks(), people(machine=True), instants, examples=60)
def test_the_evaluation_leaves_out_what_machines_did(
    playbook: Playbook, person: Snapshot, now: datetime
) -> None:
    """Judged among what is visible at that instant; listed, and set aside by a person's word."""
    playbook = replace(playbook, machine=MACHINES)
    found = verdict(person, playbook, now)
    assert as_whole(found) == whole.evaluate(playbook, person, now)
    expected = facts.machine_acts(facts.world_of(playbook, person), now)
    assert {item.key: item.reason for item in found.machine} == expected


@for_all(playbooks(), people(), instants, examples=100)
def test_reasons_sum_to_the_scores_exactly(playbook: Playbook, person: Snapshot, now: datetime) -> None:
    """To the micro-point, with caps as reasons of their own."""
    found = verdict(person, playbook, now)
    for score in (found.fit, found.engagement, found.intent):
        assert score.points_micro == sum(item.points_micro for item in score.reasons)


@for_all(playbooks(), people(), instants, examples=40)
def test_hints_of_other_models_are_what_those_would_give(
    playbook: Playbook, person: Snapshot, now: datetime
) -> None:
    """Every other model's numbers, with near-SQL at most; and none of the one that drives."""
    found = verdict(person, playbook, now)
    others = [model for model in playbook.models if model.id != found.model]
    world = facts.world_of(playbook, person)
    hints = [whole.hint(facts.case_of(world, now, model)) for model in others]
    assert [
        (item.model, item.fit_micro, item.engagement_micro, item.intent_micro, item.grade, item.earned)
        for item in found.others
    ] == [(item.model, item.fit, item.engagement, item.intent, item.grade, item.earned) for item in hints]
