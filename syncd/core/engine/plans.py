"""What telling needs of each score, worked out once per playbook, and its reasons for one lead.

The generated sum says what each rule gives; here it gets its words, its signals and its limits, in the order
in which the sum adds it up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import neg
from typing import TYPE_CHECKING, NamedTuple

from syncd.core.atoms import SignalAtom
from syncd.core.engine.lines import cap_reason
from syncd.core.engine.primitives import Weighted
from syncd.core.engine.seen import Seen, Tri
from syncd.core.instants import from_ms
from syncd.core.model import Reason, Score
from syncd.core.playbook import SignalTest
from syncd.core.scoring import EVIDENCE_MAX, Behaviour, Block, Pattern, capped
from syncd.core.timeline import Pick

if TYPE_CHECKING:
    from syncd.core.engine.about import Index

Given = Sequence[Sequence[tuple[int, int]]]
"""What rules gave before their caps: for each block of a score, (number of the rule in it, micro-points)."""

# Most of telling is making reasons, and what a frozen dataclass does to make one is half of that (measured).
_blank = object.__new__
_set_rule, _set_label, _set_points, _set_at, _set_count, _set_evidence = (
    Reason.__dict__[name].__set__ for name in ("rule", "label", "points_micro", "at", "count", "evidence")
)


class RulePlan(NamedTuple):
    """One behaviour rule and where its signals are listed."""

    slot: int
    id: str
    label: str
    points_micro: float
    reach_s: int | None
    is_negative: bool
    cap_micro: int | None
    cap_id: str
    cap_label: str

    @staticmethod
    def of(rule: Behaviour, slot: int) -> RulePlan:
        its = rule.rule
        cap_label = "" if its.cap is None else f"{its.label}: limit of {its.cap:g} points"
        return RulePlan(
            slot,
            its.id,
            its.label,
            rule.points_micro,
            rule.reach_s,
            rule.is_negative,
            rule.cap_micro,
            f"{its.id}.cap",
            cap_label,
        )

    def reason(self, points: int, entries: Weighted, seen: Seen, gaining: list[Sequence[int]]) -> Reason:
        """What the rule gives and by which signals. Adds the places of those that gain points."""
        _slot, name, label, _points, reach_s, is_negative, _cap, _cap_id, _cap_label = self
        seconds, weights, newest = entries
        count = len(seconds)
        if reach_s is not None and seconds[-1] < (oldest := seen.second - reach_s):
            count = bisect_right(seconds, -oldest, key=neg)
            newest = newest[:count]
        if count > EVIDENCE_MAX:
            newest = newest[:EVIDENCE_MAX]
        if not is_negative:
            gaining.append(newest)
        if seen.is_weighted:
            count = sum(weights[:count])
        keys, place = seen.keys, newest[0]
        at = from_ms(seconds[0] * 1000 + seen.rests[place])
        made = _blank(Reason)
        _set_rule(made, name)
        _set_label(made, label)
        _set_points(made, points)
        _set_at(made, at)
        _set_count(made, count)
        _set_evidence(made, tuple([keys[place] for place in newest]))
        return made


class PatternPlan(NamedTuple):
    """One pattern rule and the questions about signals it asks."""

    id: str
    label: str
    points_micro: int
    atoms: tuple[SignalAtom, ...]
    is_count: bool
    """Whether it asks one thing: how often something happened. While it holds, so does that."""

    @staticmethod
    def of(pattern: Pattern, about: Index) -> PatternPlan:
        rule = pattern.rule
        atoms, is_count = about.of(rule.when).atoms, isinstance(rule.when, SignalTest)
        return PatternPlan(rule.id, rule.label, pattern.points_micro, atoms, is_count)

    def reason(self, seen: Seen) -> Reason:
        """What the pattern gives while it holds, and the newest signals it rests on."""
        used = [seen.used(atom) for atom in self.atoms if self.is_count or seen.holds(atom)]
        newest = used[0] if len(used) == 1 else sorted(set().union(*used))
        newest = newest[:EVIDENCE_MAX]
        at = seen.columns.at(newest[0]) if newest else None
        return Reason(self.id, self.label, self.points_micro, at, 1, seen.columns.keys_at(newest))


class BlockPlan(NamedTuple):
    """What shares one cap."""

    group: str
    cap_micro: int | None
    rules: tuple[RulePlan, ...]
    patterns: tuple[PatternPlan, ...]

    @staticmethod
    def of(block: Block, slots: Mapping[Pick, int], about: Index) -> BlockPlan:
        rules = tuple(RulePlan.of(rule, slots[rule.pick]) for rule in block.rules)
        patterns = tuple(PatternPlan.of(item, about) for item in block.patterns)
        return BlockPlan(block.group, block.cap_micro, rules, patterns)


class ScorePlan(NamedTuple):
    """One score of one model. `patterns` is how many there are in all blocks."""

    blocks: tuple[BlockPlan, ...]
    patterns: int

    @staticmethod
    def of(blocks: Sequence[Block], slots: Mapping[Pick, int], about: Index) -> ScorePlan:
        found = tuple(BlockPlan.of(block, slots, about) for block in blocks)
        return ScorePlan(found, sum(len(block.patterns) for block in blocks))

    def tell(
        self, score_micro: int, given: Given, held: Iterable[Tri], seen: Seen, gaining: list[Sequence[int]]
    ) -> tuple[Score, int]:
        """The score with its reasons, and what its rules ever gave. `held` answers the patterns. Adds the
        places of the signals that gain points, rule by rule."""
        reasons: list[Reason] = []
        ever = 0
        answers, lists, is_weighted = iter(held), seen.lists, seen.is_weighted
        for (group, cap_micro, rules, patterns), points_of in zip(self.blocks, given, strict=True):
            first = len(reasons)
            for number, points in points_of:
                plan = rules[number]
                entries = lists[plan.slot]
                ever += round(plan.points_micro * (sum(entries[1]) if is_weighted else len(entries[0])))
                if points:
                    reasons.append(plan.reason(points, entries, seen, gaining))
                    if plan.cap_micro is not None and (more := points - capped(points, plan.cap_micro)):
                        reasons.append(Reason(plan.cap_id, plan.cap_label, -more))
            for pattern in patterns:
                if next(answers) and pattern.points_micro:
                    reasons.append(pattern.reason(seen))
            if cap_micro is not None and len(reasons) > first:
                mine = reasons[first:]
                total = sum([reason.points_micro for reason in mine])
                reasons += cap_reason(total, cap_micro, group, mine)
        return Score(score_micro, tuple(reasons)), ever
