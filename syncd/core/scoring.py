"""Scores in integer micro-points, with reasons that sum to them exactly.

Order of arithmetic, fixed for ever: a rule chooses its signals (newest by (time, key), at most so many a day,
at most so many in all, inside its window), adds `weight * 2^(-age / half-life)` newest first, multiplies by
its points and rounds to micro-points; then its own cap, then the cap of its group within the same score, then
the sum. Caps are reasons of their own. Points of the current second come from the same function as points of
any other second, so evaluation early or late cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.core.criteria import Check, Compiler, Place, PlaybookError, SignalAtom, to_micro
from syncd.core.instants import DAY_S, days_to_s, from_ms
from syncd.core.model import MICRO, Reason, Score
from syncd.core.playbook import AllOf, BehaviourRule, FitRule, Model, PatternRule, SignalTest
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
    window_s: int | None
    cap_micro: int | None
    is_negative: bool

    def micro(self, entries: Sequence[Entry], second: int) -> int:
        """What the chosen entries (newest first) give at `second`, before any cap."""
        total: float = 0
        for entry in entries:
            age_s = second - entry.second
            if self.window_s is not None and age_s > self.window_s:
                break
            total += entry.weight * (1.0 if self.half_life_s is None else 2.0 ** (-age_s / self.half_life_s))
        return round(self.points_micro * total)

    def settled_at(self, entries: Sequence[Entry]) -> int:
        """The second from which the rule gives the same for ever, short of new signals."""
        if not entries:
            return 0
        newest = entries[0].second
        ends = math.inf
        if self.window_s is not None:
            ends = newest + self.window_s + 1
        if self.half_life_s is not None:
            most = abs(self.points_micro) * sum(entry.weight for entry in entries)
            ends = min(ends, newest + self.half_life_s * math.log2(4 * most + 2) + 1)
        return 0 if ends == math.inf else int(ends) + 1


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern rule: points while every need is met."""

    rule: PatternRule
    needs: tuple[SignalAtom, ...]
    points_micro: int
    is_negative: bool

    def micro(self, timeline: Timeline, second: int) -> int:
        for need in self.needs:
            if timeline.count_within(need.pick, second, need.window_s) < need.at_least:
                return 0
        return self.points_micro

    def is_possible(self, timeline: Timeline) -> bool:
        """Whether enough has happened at all, whenever it was."""
        return all(timeline.nth_newest(need.pick, need.at_least) is not None for need in self.needs)

    def settled_at(self, timeline: Timeline) -> int:
        """The second from which no need can be met any more; 0 while one is met for ever."""
        return max((over_at(need, timeline) or 0 for need in self.needs), default=0)


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
    rules: tuple[tuple[Behaviour, tuple[Entry, ...]], ...]
    patterns: tuple[Pattern, ...]

    def micro(self, timeline: Timeline, gains_at: int, losses_at: int) -> int:
        """The capped sum, gains counted as of one second and losses as of another.

        Both only fade without new signals, so two seconds give a bound for all between them.
        """
        total = 0
        for rule, entries in self.rules:
            points = rule.micro(entries, losses_at if rule.is_negative else gains_at)
            total += capped(points, rule.cap_micro)
        for pattern in self.patterns:
            total += pattern.micro(timeline, losses_at if pattern.is_negative else gains_at)
        return capped(total, self.cap_micro)

    def settled_at(self, timeline: Timeline) -> int:
        """The second from which the sum is the same for ever, short of new signals."""
        last = max((rule.settled_at(entries) for rule, entries in self.rules), default=0)
        return max((last, *(pattern.settled_at(timeline) for pattern in self.patterns)))


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


def over_at(atom: SignalAtom, timeline: Timeline) -> int | None:
    """The second at which enough is no longer within the window; None while that cannot end."""
    if atom.window_s is None or atom.at_least <= 0:
        return None
    entry = timeline.nth_newest(atom.pick, atom.at_least)
    return None if entry is None else entry.second + atom.window_s + 1


# --- the numbers alone -----------------------------------------------------------------------------------


def active(blocks: Iterable[Block], timeline: Timeline) -> tuple[Active, ...]:
    """The blocks as far as they count anything on this timeline as it is now."""
    found = (
        Active(
            block.cap_micro,
            tuple((rule, entries) for rule in block.rules if (entries := timeline.pick(rule.pick))),
            tuple(item for item in block.patterns if item.is_possible(timeline)),
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


# --- the reasons -----------------------------------------------------------------------------------------


def score_of(blocks: Sequence[Block], timeline: Timeline, second: int) -> Score:
    """Engagement or intent with its reasons."""
    reasons: list[Reason] = []
    for block in blocks:
        mine = [reason for rule in block.rules for reason in _rule_reasons(rule, timeline, second)]
        mine += [reason for item in block.patterns for reason in _pattern_reasons(item, timeline, second)]
        reasons += mine
        reasons += _cap_reason(sum(item.points_micro for item in mine), block.cap_micro, block.group)
    return _summed(reasons)


def fit_score(scorer: Scorer, view: View) -> Score:
    """Fit with its reasons."""
    reasons: list[Reason] = []
    for group, cap_micro, rules in scorer.fit:
        mine = [
            Reason(item.rule.id, item.rule.label, item.points_micro) for item in rules if item.check(view)
        ]
        reasons += mine
        reasons += _cap_reason(sum(item.points_micro for item in mine), cap_micro, group)
    return _summed(reasons)


def _summed(reasons: list[Reason]) -> Score:
    return Score(sum(reason.points_micro for reason in reasons), tuple(reasons))


def _rule_reasons(rule: Behaviour, timeline: Timeline, second: int) -> Iterator[Reason]:
    entries = timeline.pick(rule.pick)
    points = rule.micro(entries, second)
    if points == 0:
        return
    counted = [item for item in entries if rule.window_s is None or second - item.second <= rule.window_s]
    yield Reason(
        rule.rule.id,
        rule.rule.label,
        points,
        at=from_ms(counted[0].occurred_ms),
        count=sum(item.weight for item in counted),
        evidence=tuple(item.key for item in counted[:EVIDENCE_MAX]),
    )
    lost = capped(points, rule.cap_micro) - points
    if lost:
        yield Reason(f"{rule.rule.id}.cap", f"{rule.rule.label}: limit of {rule.rule.cap:g} points", lost)


def _pattern_reasons(pattern: Pattern, timeline: Timeline, second: int) -> Iterator[Reason]:
    points = pattern.micro(timeline, second)
    if points == 0:
        return
    used = sorted({entry for need in pattern.needs for entry in _newest(need, timeline)}, reverse=True)
    yield Reason(
        pattern.rule.id,
        pattern.rule.label,
        points,
        at=from_ms(used[0].occurred_ms) if used else None,
        evidence=tuple(entry.key for entry in used[:EVIDENCE_MAX]),
    )


def _newest(need: SignalAtom, timeline: Timeline) -> Iterator[Entry]:
    missing = need.at_least
    for entry in timeline.pick(need.pick):
        if missing <= 0:
            return
        missing -= entry.weight
        yield entry


def _cap_reason(total: int, cap_micro: int | None, group: str) -> Iterator[Reason]:
    lost = capped(total, cap_micro) - total
    if lost and cap_micro is not None:
        label = f"{group}: limit of {cap_micro / MICRO:g} points for the group"
        yield Reason(f"{group}.cap", label, lost)


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
    patterns = tuple(_pattern(rule, compiler) for rule in model.patterns if rule.score == score)
    groups = tuple(dict.fromkeys(item.rule.group for item in rules if item.rule.group))
    free = Block("", None, tuple(item for item in rules if not item.rule.group), patterns)
    return (
        free,
        *(
            Block(group, _group_cap(model, group), tuple(item for item in rules if item.rule.group == group))
            for group in groups
        ),
    )


def _group_cap(model: Model, group: str) -> int | None:
    return to_micro(model.group_caps[group]) if group and group in model.group_caps else None


def _behaviour(rule: BehaviourRule, compiler: Compiler) -> Behaviour:
    return Behaviour(
        rule=rule,
        pick=compiler.pick(rule.signals)._replace(per_day=rule.per_day, newest=rule.newest),
        points_micro=rule.points * MICRO,
        half_life_s=None if rule.half_life_days is None else rule.half_life_days * DAY_S,
        window_s=None if rule.window_days is None else days_to_s(rule.window_days),
        cap_micro=None if rule.cap is None else _signed(rule),
        is_negative=rule.points < 0,
    )


def _signed(rule: BehaviourRule) -> int:
    """A cap has the sign of its rule's points, however it was written."""
    cap_micro = abs(to_micro(rule.cap or 0.0))
    return -cap_micro if rule.points < 0 else cap_micro


def _pattern(rule: PatternRule, compiler: Compiler) -> Pattern:
    parts = rule.when.items if isinstance(rule.when, AllOf) else (rule.when,)
    needs = []
    for part in parts:
        if not isinstance(part, SignalTest):
            raise PlaybookError(f"the pattern {rule.id!r} can only count signals")
        needs.append(compiler.signal_atom(part.signals, part.at_least, part.within_days))
    return Pattern(rule, tuple(needs), to_micro(rule.points), rule.points < 0)
