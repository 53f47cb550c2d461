"""Numbers in rules of behaviour that do nothing: caps out of reach, limits another limit comes before."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isinf

from syncd.core.playbook import BehaviourRule, Model
from syncd.settings.analysis.bounds import rule_most
from syncd.settings.analysis.possible import TINY
from syncd.settings.analysis.sites import Map, Place
from syncd.settings.problems import Problem


def rules(places: Map) -> Iterator[Problem]:
    """What a number in a rule promises and the rest of the rule never lets happen."""
    for model in places.loaded.playbook.models:
        for rule in model.behaviour:
            place = places.rule(model.id, rule.id)
            yield from _without_points(place, rule.points)
            yield from _cap(place, rule)
            yield from _newest(place, rule)
            yield from _window(place, rule)
        others = [(item.id, item.points) for item in model.fit]
        others += [(item.id, item.points) for item in model.patterns]
        for name, points in others:
            yield from _without_points(places.rule(model.id, name), points)
        yield from _group_caps(places, model)


def _without_points(place: Place, points: float) -> Iterator[Problem]:
    if points == 0:
        yield place.problem(
            "warning", f"{place.name} gives 0 points: it changes nothing; remove it or give it some"
        )


def _cap(place: Place, rule: BehaviourRule) -> Iterator[Problem]:
    if rule.cap is None:
        return
    cap, points = abs(rule.cap), abs(rule.points)
    most = rule_most(rule, capped=False)
    if cap < points:
        message = f"{place.name} gives {points:g} points for each, and never more than {cap:g} in all"
        yield place.problem("warning", message, allowed=f"points of {cap:g}, or a cap of {points:g} or more")
    elif cap > most + TINY:
        message = (
            f"the cap of {place.name} is never reached: it is {cap:g}, and the rule gives {most:.4g} at most"
        )
        yield place.problem("note", message)


def _newest(place: Place, rule: BehaviourRule) -> Iterator[Problem]:
    """More than the days of the window hold at so many a day."""
    end = _end(rule)
    if rule.newest is None or rule.per_day is None or isinf(end):
        return
    held = rule.per_day * (int(end) + 2)
    if rule.newest > held:
        message = f"{place.name} counts the newest {rule.newest}, and {end:g} days hold {held} at most"
        yield place.problem("warning", message, allowed=f"newest: {held} or less, or none")


def _window(place: Place, rule: BehaviourRule) -> Iterator[Problem]:
    if rule.steps and rule.window_days is not None and rule.window_days > rule.steps[-1][0]:
        last = rule.steps[-1][0]
        message = f"the window of {place.name} is {rule.window_days:g} days, and its steps end after {last:g}"
        yield place.problem("warning", message, allowed=f"window_days up to {last:g}, or none")
    if rule.steps and rule.window_days is not None:
        late = [age for age, _share in rule.steps[:-1] if age >= rule.window_days]
        if late:
            message = f"what {place.name} gives after {late[0]:g} days never counts: its window is"
            yield place.problem("warning", f"{message} {rule.window_days:g} days")


def _end(rule: BehaviourRule) -> float:
    ends = [rule.window_days or inf]
    if rule.steps:
        ends.append(rule.steps[-1][0])
    return min(ends)


def _group_caps(places: Map, model: Model) -> Iterator[Problem]:
    """A cap of a group that its rules together never reach."""
    for group, cap in model.group_caps.items():
        sums = {
            "engagement": 0.0,
            "intent": 0.0,
            "fit": sum(max(r.points, 0) for r in model.fit if r.group == group),
        }
        for rule in model.behaviour:
            if rule.group == group and rule.points > 0:
                sums[rule.score] += rule_most(rule)
        for pattern in model.patterns:
            if pattern.group == group and pattern.points > 0:
                sums[pattern.score] += pattern.points
        most = max(sums.values())
        if 0 <= most < cap - TINY:
            place = places.group(model.id, group)
            message = f"the cap of group '{group}' is never reached: it is {cap:g}, and its rules give"
            message += f" {most:.4g} at most"
            yield place.problem("note", message)
