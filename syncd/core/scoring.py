"""Scores in integer micro-points.

Order of arithmetic, fixed for ever: a rule chooses its signals (of equals the newest, at most so many a day,
at most so many in all, inside its window), adds `weight * share` newest first, the share being
`2^(-age / half-life)` or that of the step, multiplies by its points and rounds to micro-points; then its own
cap, then the cap of its group within the same score, then the sum. With diminishing returns the weight of one
happening is `d^n`, n being how many newer ones count. Caps are reasons of their own. Points of the current
second come from the same function as points of any other second, so early and late cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.core.criteria import Check, Compiler, Place, PlaybookError, to_micro
from syncd.core.instants import DAY_S, days_to_s
from syncd.core.model import MICRO
from syncd.core.playbook import BehaviourRule, FitRule, Model, PatternRule
from syncd.core.timeline import Entry, Pick, Timeline

if TYPE_CHECKING:
    from syncd.core.view import View

EVIDENCE_MAX = 20
"""Signal keys kept with one reason or one transition: the newest."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A behaviour rule, ready to count."""

    rule: BehaviourRule
    pick: Pick
    points_micro: float
    half_life_s: float | None
    steps_s: tuple[tuple[int, float], ...]
    reach_s: int | None
    diminishing: float | None
    cap_micro: int | None
    is_negative: bool

    def micro(self, entries: Sequence[Entry], second: int) -> int:
        """What the chosen entries (newest first) give at `second`, before any cap."""
        total: float = 0
        place = 0
        for entry in entries:
            age_s = second - entry.second
            if self.reach_s is not None and age_s > self.reach_s:
                break
            weight: float = entry.weight
            if self.diminishing is not None:
                weight = fading(self.diminishing, place, entry.weight)
                place += entry.weight
            total += weight * self.share(age_s)
        return round(self.points_micro * total)

    def gives(self, entries: Sequence[Entry], second: int) -> bool:
        """Whether the chosen entries give any points at `second`, before any cap: shares are never negative,
        so mostly the newest says it."""
        return self.micro(entries[:1], second) != 0 or self.micro(entries, second) != 0

    def share(self, age_s: int) -> float:
        """What of its points a signal of this age still gives."""
        if self.half_life_s is not None:
            return math.pow(2.0, -age_s / self.half_life_s)
        return next((share for until_s, share in self.steps_s if age_s <= until_s), 1.0)

    def settled_at(self, entries: Sequence[Entry]) -> int:
        """The second from which the rule gives the same for ever, short of new signals."""
        if not entries:
            return 0
        newest = entries[0].second
        ends = math.inf
        if self.reach_s is not None:
            ends = newest + self.reach_s + 1
        if self.half_life_s is not None:
            most = abs(self.points_micro) * sum(entry.weight for entry in entries)
            ends = min(ends, newest + self.half_life_s * math.log2(4 * most + 2) + 1)
        return 0 if ends == math.inf else int(ends) + 1


def fading(share: float, place: int, weight: int) -> float:
    """`share^place + share^(place+1) + ...`, `weight` of them: what so many happenings count together."""
    first: float = share**place
    return first if weight == 1 else first * (1.0 - share**weight) / (1.0 - share)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern rule: points while its test holds."""

    rule: PatternRule
    check: Check
    points_micro: int


@dataclass(frozen=True, slots=True)
class Fit:
    rule: FitRule
    check: Check
    points_micro: int


@dataclass(frozen=True, slots=True)
class Block:
    """What shares one cap: the rules of one group within one score. No group, no cap."""

    group: str
    cap_micro: int | None
    rules: tuple[Behaviour, ...] = ()
    patterns: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """A block with only those rules that have something to count, and what they count."""

    cap_micro: int | None
    rules: tuple[tuple[Behaviour, Sequence[Entry]], ...]
    patterns: tuple[Pattern, ...]

    def held_micro(self, view: View) -> int:
        """What the patterns give: the same until a test of theirs answers differently."""
        return sum(item.points_micro for item in self.patterns if item.check(view))

    def micro(self, held_micro: int, gains_at: int, losses_at: int) -> int:
        """The capped sum, gains counted as of one second and losses as of another.

        Both only fade without new signals, so two seconds give a bound for all between them.
        """
        total = held_micro
        for rule, entries in self.rules:
            points = rule.micro(entries, losses_at if rule.is_negative else gains_at)
            total += capped(points, rule.cap_micro)
        return capped(total, self.cap_micro)

    def settled_at(self) -> int:
        """The second from which the sum is the same for ever, short of new signals and other patterns."""
        return max((rule.settled_at(entries) for rule, entries in self.rules), default=0)


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """One scoring model, compiled."""

    model: Model
    when: Check | None
    fit: tuple[tuple[str, int | None, tuple[Fit, ...]], ...]
    engagement: tuple[Block, ...]
    intent: tuple[Block, ...]
    grades: tuple[tuple[str, int], ...]

    def active(self, timeline: Timeline) -> tuple[tuple[Active, ...], tuple[Active, ...]]:
        """What counts for engagement and for intent on this timeline; remembered until it grows."""
        found = timeline.counted.get(self)
        if found is None:
            found = active(self.engagement, timeline), active(self.intent, timeline)
            timeline.counted[self] = found
        return found

    def grade(self, fit_micro: int) -> str:
        for letter, least in self.grades:
            if fit_micro >= least:
                return letter
        return self.grades[-1][0] if self.grades else ""


def capped(points_micro: int, cap_micro: int | None) -> int:
    """A positive cap is a ceiling, a negative one a floor."""
    if cap_micro is None:
        return points_micro
    return min(points_micro, cap_micro) if cap_micro >= 0 else max(points_micro, cap_micro)


# --- the numbers alone -----------------------------------------------------------------------------------


def active(blocks: Iterable[Block], timeline: Timeline) -> tuple[Active, ...]:
    """The blocks as far as they count anything on this timeline as it is now."""
    found = (
        Active(
            block.cap_micro,
            tuple((rule, entries) for rule in block.rules if (entries := timeline.pick(rule.pick))),
            block.patterns,
        )
        for block in blocks
    )
    return tuple(item for item in found if item.rules or item.patterns)


def fit_micro(scorer: Scorer, view: View) -> int:
    """Fit in micro-points. A blank field gives nothing here and is named as unknown in the verdict."""
    total = 0
    for _group, cap_micro, rules in scorer.fit:
        total += capped(sum(item.points_micro for item in rules if item.check(view)), cap_micro)
    return total


# --- compilation -----------------------------------------------------------------------------------------


def compile_model(model: Model, compiler: Compiler) -> Scorer:
    """One model ready to count. Raises PlaybookError for a rule that cannot be answered."""
    fit = tuple(Fit(rule, compiler.check(rule.when, Place.FIT), to_micro(rule.points)) for rule in model.fit)
    groups = tuple(dict.fromkeys(item.rule.group for item in fit))
    return Scorer(
        model=model,
        when=None if model.when is None else compiler.check(model.when, Place.MODEL),
        fit=tuple(
            (group, _group_cap(model, group), tuple(item for item in fit if item.rule.group == group))
            for group in groups
        ),
        engagement=_blocks(model, "engagement", compiler),
        intent=_blocks(model, "intent", compiler),
        grades=tuple((letter, to_micro(least)) for letter, least in model.grades),
    )


def _blocks(model: Model, score: str, compiler: Compiler) -> tuple[Block, ...]:
    rules = [_behaviour(rule, compiler) for rule in model.behaviour if rule.score == score]
    patterns = [
        Pattern(rule, compiler.check(rule.when, Place.PATTERN), to_micro(rule.points))
        for rule in model.patterns
        if rule.score == score
    ]
    groups = dict.fromkeys([*(item.rule.group for item in rules), *(item.rule.group for item in patterns)])
    return tuple(
        Block(
            group,
            _group_cap(model, group),
            tuple(item for item in rules if item.rule.group == group),
            tuple(item for item in patterns if item.rule.group == group),
        )
        for group in sorted(groups, key=bool)
    )


def _group_cap(model: Model, group: str) -> int | None:
    return to_micro(model.group_caps[group]) if group and group in model.group_caps else None


def _behaviour(rule: BehaviourRule, compiler: Compiler) -> Behaviour:
    steps_s = _steps(rule)
    ends = [days_to_s(rule.window_days)] if rule.window_days is not None else []
    ends += [steps_s[-1][0]] if steps_s else []
    pick = compiler.pick(rule.signals, rule.distinct)
    return Behaviour(
        rule=rule,
        pick=pick._replace(per_day=rule.per_day, newest=rule.newest),
        points_micro=rule.points * MICRO,
        half_life_s=None if rule.half_life_days is None else rule.half_life_days * DAY_S,
        steps_s=steps_s,
        reach_s=min(ends, default=None),
        diminishing=_diminishing(rule),
        cap_micro=None if rule.cap is None else _signed(rule),
        is_negative=rule.points < 0,
    )


def _steps(rule: BehaviourRule) -> tuple[tuple[int, float], ...]:
    """The steps in whole seconds. Points may only fade with age: the search for the next change relies on
    it."""
    if not rule.steps:
        return ()
    if rule.half_life_days is not None:
        raise PlaybookError(f"the rule {rule.id!r} decays by half-life or by steps, not by both")
    steps = tuple((days_to_s(days), share) for days, share in rule.steps)
    ages, shares = [until_s for until_s, _share in steps], [share for _until_s, share in steps]
    if ages != sorted(ages) or shares != sorted(shares, reverse=True) or shares[-1] < 0:
        raise PlaybookError(f"the steps of the rule {rule.id!r} must go down with age, to nothing at least")
    return steps


def _diminishing(rule: BehaviourRule) -> float | None:
    if rule.diminishing is None or rule.diminishing == 1:
        return None
    if not 0 <= rule.diminishing < 1:
        raise PlaybookError(f"the rule {rule.id!r} diminishes by a share from 0 to 1")
    return rule.diminishing


def _signed(rule: BehaviourRule) -> int:
    """A cap has the sign of its rule's points, however it was written."""
    cap_micro = abs(to_micro(rule.cap or 0.0))
    return -cap_micro if rule.points < 0 else cap_micro
