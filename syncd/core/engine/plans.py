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
from syncd.core.engine.made import quickly
from syncd.core.engine.seen import Seen, Tri
from syncd.core.model import Reason, Score
from syncd.core.playbook import SignalTest
from syncd.core.scoring import EVIDENCE_MAX, Behaviour, Block, Pattern
from syncd.core.timeline import Pick

if TYPE_CHECKING:
    from syncd.core.engine.about import Index

Given = Sequence[Sequence[tuple[int, int]]]
"""What rules gave before their caps: for each block of a score, (number of the rule in it, micro-points)."""

_reason, _score = quickly(Reason), quickly(Score)


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
        at = seen.at(newest[0]) if newest else None
        return _reason(self.id, self.label, self.points_micro, at, 1, seen.columns.keys_at(newest))


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
        # Most of telling is this loop: nothing in it is a call of ours that need not be (measured).
        reasons: list[Reason] = []
        ever = 0
        answers, lists, keys, is_weighted = iter(held), seen.lists, seen.keys, seen.is_weighted
        for (group, cap_micro, rules, patterns), points_of in zip(self.blocks, given, strict=True):
            first, total = len(reasons), 0
            for number, points in points_of:
                slot, name, label, each_micro, reach_s, is_negative, most, cap_id, cap_label = rules[number]
                seconds, weights, newest = lists[slot]
                count = len(seconds)
                ever += round(each_micro * (sum(weights) if is_weighted else count))
                if not points:
                    continue
                if reach_s is not None and seconds[-1] < (oldest := seen.second - reach_s):
                    count = bisect_right(seconds, -oldest, key=neg)
                    newest = newest[:count]
                if count > EVIDENCE_MAX:
                    newest = newest[:EVIDENCE_MAX]
                if not is_negative:
                    gaining.append(newest)
                count = sum(weights[:count]) if is_weighted else count
                at = seen.instants.get(newest[0]) or seen.at(newest[0])
                made = _reason(name, label, points, at, count, tuple(map(keys.__getitem__, newest)))
                reasons.append(made)
                total += points
                if most is not None and (points > most if most >= 0 else points < most):
                    reasons.append(_reason(cap_id, cap_label, most - points))
                    total += most - points
            for pattern in patterns:
                if next(answers) and pattern.points_micro:
                    reasons.append(pattern.reason(seen))
                    total += pattern.points_micro
            if cap_micro is not None and (total > cap_micro if cap_micro >= 0 else total < cap_micro):
                reasons += cap_reason(total, cap_micro, group, reasons[first:])
        return _score(score_micro, tuple(reasons)), ever
