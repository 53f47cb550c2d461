"""Scores: exact sums, caps as reasons of their own, one order of arithmetic whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.compiled import compiled
from syncd.core.model import MICRO, Baseline, Signal, Snapshot, Verdict
from syncd.core.playbook import BehaviourRule, FitRule, Model, PatternRule, Playbook
from syncd.core.qualify import verdict
from tests.core import oracle, small
from tests.core.builders import BASELINE_AT, at, ordered, page, person

UNSEEN = Baseline(BASELINE_AT, None)


def judged(
    model: Model, *signals: Signal, now: datetime | None = None, fields: Mapping[str, str] | None = None
) -> Verdict:
    snapshot = person(*signals, fields=fields or {})
    return verdict(snapshot, small.playbook(model), now or at())


def engagement(model: Model, *signals: Signal, now: datetime | None = None) -> float:
    return judged(model, *signals, now=now).engagement.points


def rule(points: float = 10.0, **more: object) -> BehaviourRule:
    return replace(BehaviourRule("r", "Rule", ("k0",), points), **more)  # type: ignore[arg-type]


# --- one rule --------------------------------------------------------------------------------------------


def test_points_halve_with_every_half_life() -> None:
    """Ten points are five after one half-life and two and a half after two."""
    model = small.model([rule(half_life_days=7)])
    seen = page("/k0", at(-14))
    assert [engagement(model, seen, now=at(days)) for days in (-14, -7, 0)] == [10.0, 5.0, 2.5]


@pytest.mark.parametrize(("seconds", "points"), [(86_400, 10.0), (86_401, 0.0)])
def test_a_window_holds_to_its_last_second_and_not_longer(seconds: int, points: float) -> None:
    """Windows are inclusive in whole seconds."""
    model = small.model([rule(window_days=1)])
    assert engagement(model, page("/k0", at()), now=at(seconds=seconds)) == points


def test_milliseconds_do_not_decide_within_a_second() -> None:
    """Ages are counted between whole seconds of dates."""
    model = small.model([rule(window_days=1)])
    late_in_its_second = page("/k0", at() + timedelta(milliseconds=999))
    assert engagement(model, late_in_its_second, now=at(days=1)) == 10.0


def test_so_many_a_day_then_the_newest_then_the_cap() -> None:
    """Two a day leave four of six, the newest three give 30, and the cap leaves 25."""
    today = [page("/k0", at(hours=-hour)) for hour in (1, 2, 3)]
    yesterday = [page("/k0", at(days=-1, hours=-hour)) for hour in (1, 2, 3)]
    signals = (*today, *yesterday)
    assert engagement(small.model([rule(per_day=2)]), *signals) == 40.0
    assert engagement(small.model([rule(per_day=2, newest=3)]), *signals) == 30.0
    assert engagement(small.model([rule(per_day=2, newest=3, cap=25)]), *signals) == 25.0


def test_the_newest_count_when_only_some_may() -> None:
    """Of an old and a fresh visit the fresh one is the newest."""
    model = small.model([rule(newest=1, half_life_days=1)])
    assert engagement(model, page("/k0", at(-1)), page("/k0", at())) == 10.0


def test_a_counter_counts_as_often_as_it_says() -> None:
    """A vendor's total arrives as one signal of n."""
    visits = replace(page("/k0", at()), count=5)
    assert engagement(small.model([rule(points=2.0)]), visits) == 10.0
    assert engagement(small.model([rule(points=2.0, per_day=3)]), visits) == 6.0


def test_a_signal_of_two_kinds_counts_once_in_one_rule() -> None:
    """Kinds may overlap; a rule over both does not count the fact twice."""
    both = replace(small.kind("k0"), id="k9")
    playbook = small.playbook(small.model([rule(signals=("k0", "k9"))]))
    playbook = replace(playbook, signals=(*playbook.signals, both))
    assert verdict(person(page("/k0", at(-1))), playbook, at()).engagement.points == 10.0


def test_a_signal_from_the_future_counts_from_its_time_on() -> None:
    """A meeting booked for next week is no reason today."""
    model = small.model([rule()])
    ahead = page("/k0", at(7))
    assert [engagement(model, ahead, now=at(days)) for days in (0, 7)] == [0.0, 10.0]


def test_a_late_signal_acts_when_known_and_ages_from_its_date() -> None:
    """What came in late counts nothing before, and from then on what an undelayed one would."""
    late = replace(page("/k0", at(-7)), known_at=at(-1))
    model = small.model([rule(half_life_days=7)])
    assert engagement(model, late, now=at(-2)) == 0.0
    assert engagement(model, late) == engagement(model, page("/k0", at(-7))) == 5.0


def test_what_we_did_ourselves_never_scores() -> None:
    """A fact of ours has no kind, whatever a playbook says."""
    ours = replace(
        small.kind("k0"), sources=(replace(small.kind("k0").sources[0], source="syncd.delivered"),)
    )
    playbook = replace(small.playbook(small.model([rule()])), signals=(ours, small.kind("ask")))
    fact = page("/k0", at(-1))
    mine = replace(fact, shape=replace(fact.shape, source="syncd.delivered"))
    assert verdict(person(mine), playbook, at()).engagement.points == 0.0


# --- sums and caps ---------------------------------------------------------------------------------------


def test_a_cap_is_a_reason_of_its_own() -> None:
    """What the cap takes off is shown with a minus, and the sum is exact."""
    found = judged(small.model([rule(cap=15)]), *(page("/k0", at(-day)) for day in (1, 2)))
    assert [(item.rule, item.points_micro) for item in found.engagement.reasons] == [
        ("r", 20 * MICRO),
        ("r.cap", -5 * MICRO),
    ]


def test_a_group_cap_comes_after_the_caps_of_its_rules() -> None:
    """Rules capped at 10 and 20 give 25 under a group cap of 25; other groups are not touched."""
    first = BehaviourRule("a", "A", ("k0",), 20.0, cap=10.0, group="web")
    second = BehaviourRule("b", "B", ("k0",), 20.0, group="web")
    other = BehaviourRule("c", "C", ("k0",), 3.0)
    model = small.model([first, second, other], group_caps={"web": 25.0})
    found = judged(model, page("/k0", at(-1))).engagement
    assert found.points == 28.0
    assert {item.rule: item.points_micro for item in found.reasons}["web.cap"] == -5 * MICRO


def test_a_negative_cap_is_a_floor() -> None:
    """Careers pages take off at most twenty."""
    model = small.model([rule(points=-15.0, cap=-20.0)])
    assert engagement(model, page("/k0", at(-1)), page("/k0", at(-2))) == -20.0


def test_a_pattern_gives_its_points_while_all_of_it_is_inside_the_window() -> None:
    """S55's form: several kinds, each so often, within so many days."""
    pattern = PatternRule("p", "Both", small.needs({"k0": 2, "k1": 1}, 10.0), 20.0)
    model = small.model([], [pattern])
    signals = (page("/k0", at(-9)), page("/k0", at(-2)), page("/k1", at(-3)))
    assert engagement(model, *signals) == 20.0
    assert engagement(model, *signals[1:]) == 0.0
    assert [engagement(model, *signals, now=at(1, seconds=second)) for second in (0, 1)] == [20.0, 0.0]


def test_intent_and_engagement_are_separate_numbers() -> None:
    """A rule feeds the one it names."""
    model = small.model([rule(score="intent"), rule(points=3.0, id="e")])
    found = judged(model, page("/k0", at(-1)))
    assert (found.engagement.points, found.intent.points) == (3.0, 10.0)


def test_grades_come_from_fit() -> None:
    """The first letter whose least points are reached; below all, the last one."""
    fit = [FitRule("vp", "VP", 12.0, small.is_field("contact.role", "vp"))]
    model = small.model(fit=fit, grades=(("A", 20.0), ("B", 10.0), ("C", 5.0)))
    assert judged(model, fields={"contact.role": "VP"}).grade == "B"
    assert judged(model, fields={"contact.role": "clerk"}).grade == "C"


def test_fit_that_is_not_known_says_so() -> None:
    """A blank field costs its points in the open: the verdict lists what is unknown."""
    fit = [FitRule("vp", "Seniority", 12.0, small.is_field("contact.role", "vp"))]
    criteria = {item.id: item.state for item in judged(small.model(fit=fit)).criteria}
    assert criteria["fit.vp"] == "unknown"
    criteria = {
        item.id: item.state for item in judged(small.model(fit=fit), fields={"contact.role": "x"}).criteria
    }
    assert "fit.vp" not in criteria


def test_the_first_model_whose_condition_is_true_applies() -> None:
    """An unknown condition does not apply; the last model takes the rest."""
    big = small.model([rule(points=1.0)], id="big", when=small.is_field("contact.size", "big"))
    rest = small.model([rule(points=2.0)], id="rest")
    playbook = small.playbook(big, rest)
    shown = [
        verdict(person(page("/k0", at(-1)), fields=fields), playbook, at()).model
        for fields in ({"contact.size": "big"}, {"contact.size": "small"}, {})
    ]
    assert shown == ["big", "rest", "rest"]


# --- properties ------------------------------------------------------------------------------------------

moments = st.integers(-40 * 86_400, 2 * 86_400).map(lambda second: at(seconds=second))
paths = st.sampled_from(("/k0", "/k1", "/k2", "/k3", "/elsewhere"))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Signal, ...]:
    found = []
    for path, when, count, late in draw(
        st.lists(st.tuples(paths, moments, st.integers(1, 3), st.integers(0, 3 * 86_400)), max_size=14)
    ):
        known = when + timedelta(seconds=late if late > 86_400 else 0)
        found.append(replace(page(path, when), count=count, known_at=known))
    return tuple({item.key: item for item in found}.values())


def seen(playbook: Playbook, signals: tuple[Signal, ...], now: datetime) -> Verdict:
    snapshot: Snapshot = person(*signals, fields={"contact.role": "vp"}, baseline=UNSEEN)
    return verdict(snapshot, playbook, now)


@small.PROPERTY
@given(small.playbooks(), histories(), moments)
def test_reasons_sum_to_the_score_exactly(
    playbook: Playbook, signals: tuple[Signal, ...], now: datetime
) -> None:
    """Always, to the micro-point."""
    found = seen(playbook, signals, now)
    for score in (found.fit, found.engagement, found.intent):
        assert score.points_micro == sum(item.points_micro for item in score.reasons)


@small.PROPERTY
@given(small.playbooks(), histories(), moments)
def test_scores_equal_those_of_the_obvious_interpreter(
    playbook: Playbook, signals: tuple[Signal, ...], now: datetime
) -> None:
    """The fast way and the slow way agree on every number."""
    found = seen(playbook, signals, now)
    expected = oracle.scores(playbook, playbook.models[0], signals, now)
    assert (found.engagement.points_micro, found.intent.points_micro) == expected


@small.PROPERTY
@given(small.playbooks(), histories(), moments, st.randoms(use_true_random=False))
def test_order_and_repetition_of_arrival_change_nothing(
    playbook: Playbook, signals: tuple[Signal, ...], now: datetime, random: Random
) -> None:
    """Facts are a set."""
    shuffled = [*signals, *signals[:3]]
    random.shuffle(shuffled)
    snapshot = replace(person(fields={"contact.role": "vp"}, baseline=UNSEEN), signals=tuple(shuffled))
    assert verdict(snapshot, playbook, now) == seen(playbook, ordered(signals), now)


@small.PROPERTY
@given(small.playbooks(only_gains=True), histories(), moments, st.sampled_from(small.KINDS))
def test_one_more_signal_never_lowers_scores_or_level_when_rules_only_give(
    playbook: Playbook, signals: tuple[Signal, ...], now: datetime, name: str
) -> None:
    """With positive points and no newest-k, more is never less."""
    before = seen(playbook, signals, now)
    after = seen(playbook, (*signals, page(f"/{name}", now - timedelta(seconds=1))), now)
    assert after.engagement.points_micro >= before.engagement.points_micro
    assert after.intent.points_micro >= before.intent.points_micro
    assert height(after, playbook) >= height(before, playbook)


def height(found: Verdict, playbook: Playbook) -> tuple[int, int]:
    stages = ("lead", "mql", "near_sql", "sql")
    names = ["", *(level.id for level in playbook.levels.mql)]
    return stages.index(found.earned.stage), names.index(found.earned.level)


@small.PROPERTY
@given(small.models(only_gains=True), histories())
def test_without_new_signals_gains_only_fade(model: Model, signals: tuple[Signal, ...]) -> None:
    """What the search for the next change relies on."""
    playbook = small.playbook(model)
    assert compiled(playbook).playbook is playbook
    known = [item for item in signals if item.occurred_at <= at(5) and item.known_at <= at(5)]
    values = [
        seen(playbook, tuple(known), at(days)).engagement.points_micro for days in (5, 5.5, 6, 9, 20, 60, 400)
    ]
    assert all(later <= earlier for earlier, later in pairwise(values))
