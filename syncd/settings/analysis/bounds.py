"""The most and the least each score of a model can be, all caps counted.

Never too tight: what cannot be worked out counts as unlimited. With `act`, for somebody who did one thing
only, just now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf

from syncd.core.playbook import BehaviourRule, FieldTest, FitRule, Model, Operator, Test

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most points of each score of one model."""

    model: Model
    ranges: Mapping[str, Range]

    def most(self, score: str) -> float:
        return self.ranges[score][1]

    def least(self, score: str) -> float:
        return self.ranges[score][0]

    def letter_range(self, letter: str) -> Range:
        """Fit points that earn the letter: from the first, up to below the second."""
        above = inf
        for index, (name, lowest) in enumerate(self.model.grades):
            if name == letter:
                return (-inf if index == len(self.model.grades) - 1 else lowest), above
            above = lowest
        return inf, -inf


def bounds_of(model: Model, can_hold: Callable[[Test], bool], act: frozenset[str] | None = None) -> Bounds:
    """`can_hold` says whether a condition can be true. `act` are the kinds of the one thing that was done."""
    ranges = {
        "fit": _fit(model, can_hold),
        "engagement": _behaviour(model, "engagement", can_hold, act),
        "intent": _behaviour(model, "intent", can_hold, act),
    }
    lows, highs = zip(*ranges.values(), strict=True)
    return Bounds(model, {**ranges, "total": (sum(lows), sum(highs))})


def rule_most(rule: BehaviourRule, *, capped: bool = True) -> float:
    """The most points a rule of behaviour gives or takes, as an amount; unlimited where nothing ends it."""
    limits = [_by_number(rule), _by_days(rule)]
    if capped and rule.cap is not None:
        limits.append(abs(rule.cap))
    return min(limits)


def _points(rule: BehaviourRule) -> float:
    """What one is worth at its freshest, as an amount."""
    return abs(rule.points) * (rule.steps[0][1] if rule.steps else 1.0)


def _by_number(rule: BehaviourRule) -> float:
    """All counted at full points, each one less than the one before where they diminish."""
    points = _points(rule)
    if rule.diminishing is None:
        return points * rule.newest if rule.newest is not None else inf
    count = rule.newest if rule.newest is not None else inf
    gone = rule.diminishing**count if count != inf else 0.0
    return points * (1 - gone) / (1 - rule.diminishing)


def _by_days(rule: BehaviourRule) -> float:
    """As many a day as count, each day worth what is left of it."""
    if rule.per_day is None:
        return inf
    a_day = _points(rule) * rule.per_day
    ends = [
        days for days in (rule.window_days, rule.steps[-1][0] if rule.steps else None) if days is not None
    ]
    limits = [a_day * (int(end) + 2) for end in ends]  # calendar days a window can touch
    if rule.half_life_days:
        limits.append(a_day * (1 + 1 / (1 - 2 ** (-1 / rule.half_life_days))))
    return min(limits, default=inf)


# --- behaviour -------------------------------------------------------------------------------------------


def _behaviour(
    model: Model, score: str, can_hold: Callable[[Test], bool], act: frozenset[str] | None
) -> Range:
    groups: dict[str, list[float]] = defaultdict(list)
    for rule in model.behaviour:
        if rule.score == score and (act is None or act & set(rule.signals)):
            most = rule_most(rule) if act is None else min(_points(rule), rule_most(rule))
            groups[rule.group].append(most if rule.points >= 0 else -most)
    for pattern in model.patterns:
        if pattern.score == score and can_hold(pattern.when):
            groups[pattern.group].append(pattern.points)
    return _summed(model, groups)


def _summed(model: Model, groups: Mapping[str, Iterable[float]]) -> Range:
    """Sums of what helps and of what harms, each group within its cap."""
    low = high = 0.0
    for group, points in groups.items():
        listed = list(points)
        gains, losses = sum(p for p in listed if p > 0), sum(p for p in listed if p < 0)
        cap = model.group_caps.get(group) if group else None
        if cap is not None:
            gains = min(gains, cap) if cap >= 0 else gains
            losses = max(losses, cap) if cap < 0 else losses
        low, high = low + losses, high + gains
    return low, high


# --- fit -------------------------------------------------------------------------------------------------


def _fit(model: Model, can_hold: Callable[[Test], bool]) -> Range:
    groups: dict[str, list[float]] = defaultdict(list)
    for group, rules in _by_group(model.fit, can_hold).items():
        for chosen in _by_field(rules):
            low, high = _of_one_field(chosen)
            groups[group] += [low, high]
    return _summed(model, groups)


def _by_group(rules: Iterable[FitRule], can_hold: Callable[[Test], bool]) -> Mapping[str, list[FitRule]]:
    found: dict[str, list[FitRule]] = defaultdict(list)
    for rule in rules:
        if can_hold(rule.when):
            found[rule.group].append(rule)
    return found


def _by_field(rules: Iterable[FitRule]) -> Iterable[list[FitRule]]:
    """Rules that read one field and nothing else together; each other rule by itself."""
    fields: dict[str, list[FitRule]] = defaultdict(list)
    for number, rule in enumerate(rules):
        test = rule.when
        is_plain = isinstance(test, FieldTest) and test.operator is Operator.IS
        fields[test.field if is_plain and isinstance(test, FieldTest) else f"#{number}"].append(rule)
    return fields.values()


def _of_one_field(rules: list[FitRule]) -> Range:
    """Least and most the rules give together: for rules `field is value`, one value at a time."""
    if len(rules) == 1:
        points = rules[0].points
        return min(points, 0.0), max(points, 0.0)
    values: dict[str, list[float]] = defaultdict(list)
    for rule in rules:
        assert isinstance(rule.when, FieldTest), "rules that share a field compare it"
        for value in {value.strip().casefold() for value in rule.when.values}:
            values[value].append(rule.points)
    gains = [sum(points) for points in values.values()]
    return min(0.0, *gains), max(0.0, *gains)
