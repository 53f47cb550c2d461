"""What rules give: behaviour, patterns and fit, their caps, the caps of their groups, and the sums."""

from __future__ import annotations

from datetime import UTC
from typing import Literal

from syncd.core.playbook import BehaviourRule
from tests.core.oracle import answers, facts
from tests.core.oracle.facts import DAY_S, MICRO, Case, Fact

ScoreName = Literal["fit", "engagement", "intent", "total"]


def score(case: Case, name: ScoreName) -> int:
    """One score in micro-points: rules by group, each group within its cap, then the sum."""
    if name == "total":
        return score(case, "fit") + score(case, "engagement") + score(case, "intent")
    by_group: dict[str, int] = {}
    for group, points in _given(case, name):
        by_group[group] = by_group.get(group, 0) + points
    return sum(_capped(case, group, points) for group, points in by_group.items())


def _given(case: Case, name: ScoreName) -> list[tuple[str, int]]:
    """Group and points of every rule that feeds the score."""
    if name == "fit":
        return [
            (rule.group, round(rule.points * MICRO))
            for rule in case.model.fit
            if answers.holds(case, rule.when) is True
        ]
    counted = [(rule.group, rule_points(case, rule)) for rule in case.model.behaviour if rule.score == name]
    return counted + [
        (rule.group, round(rule.points * MICRO))
        for rule in case.model.patterns
        if rule.score == name and answers.holds(case, rule.when) is True
    ]


def _capped(case: Case, group: str, points: int) -> int:
    cap = case.model.group_caps.get(group) if group else None
    if cap is None:
        return points
    return max(points, round(cap * MICRO)) if cap < 0 else min(points, round(cap * MICRO))


def rule_points(case: Case, rule: BehaviourRule) -> int:
    """What one behaviour rule gives after its own cap."""
    sum_ = 0.0
    for number, fact in enumerate(happenings(case, rule)):
        if facts.is_within(case, fact, rule.window_days):
            sum_ += _diminished(rule, number) * _decayed(rule, facts.age_s(case, fact))
    points = round(sum_ * (rule.points * MICRO))
    if rule.cap is None:
        return points
    cap = round(abs(rule.cap) * MICRO)
    return max(points, -cap) if rule.points < 0 else min(points, cap)


def lifetime_points(case: Case, rule: BehaviourRule) -> int:
    """What the rule would give if nothing faded."""
    return round(rule.points * MICRO * len(happenings(case, rule)))


def happenings(case: Case, rule: BehaviourRule) -> list[Fact]:
    """What the rule counts, newest first: distinct ones, so many a day, so many in all."""
    found = [one for one in facts.of_kinds(case, rule.signals) for _time in range(one.signal.count)]
    if rule.distinct:
        found = distinct(found, rule.signals, rule.distinct)
    if rule.per_day is not None:
        days = [one.signal.occurred_at.astimezone(UTC).date() for one in found]
        found = [one for number, one in enumerate(found) if days[:number].count(days[number]) < rule.per_day]
    return found if rule.newest is None else found[: rule.newest]


def distinct(newest_first: list[Fact], names: tuple[str, ...], by: str) -> list[Fact]:
    """The newest of each value; what has none counts nothing."""
    kept: dict[str, Fact] = {}
    for one in newest_first:
        value = facts.value_of(one, names, by)
        if value and value not in kept:
            kept[value] = one
    return list(kept.values())


def _diminished(rule: BehaviourRule, number: int) -> float:
    """The share of the happening that so many newer ones came before."""
    share = 1.0
    for _newer in range(number):
        share *= 1.0 if rule.diminishing is None else rule.diminishing
    return share


def _decayed(rule: BehaviourRule, age_s: int) -> float:
    """The share left at this age."""
    if rule.half_life_days is not None:
        return float(2.0 ** (-age_s / (rule.half_life_days * DAY_S)))
    if not rule.steps:
        return 1.0
    return next((share for days, share in rule.steps if age_s <= round(days * DAY_S)), 0.0)
