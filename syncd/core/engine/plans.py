"""What telling needs of each behaviour rule, worked out once per playbook: its list, its label, its limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from syncd.core.engine.seen import Seen
from syncd.core.model import Reason
from syncd.core.scoring import EVIDENCE_MAX, Behaviour, Block
from syncd.core.timeline import Pick


class RulePlan(NamedTuple):
    """One rule: `number` counts the rules of a score in the order in which the generated sum gives them."""

    number: int
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
    def of(rule: Behaviour, number: int, slot: int) -> RulePlan:
        its = rule.rule
        cap_label = "" if its.cap is None else f"{its.label}: limit of {its.cap:g} points"
        return RulePlan(
            number,
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

    def reason(self, points: int, seen: Seen, places: set[int]) -> Reason:
        """What the rule gives and by which signals. Adds the places of those that gain points."""
        _number, slot, name, label, _points, reach_s, is_negative, _cap, _cap_id, _cap_label = self
        seconds, weights, its_places = seen.lists[slot]
        count = len(seconds)
        if reach_s is not None:
            oldest = seen.second - reach_s
            while seconds[count - 1] < oldest:
                count -= 1
        newest = its_places[: count if count < EVIDENCE_MAX else EVIDENCE_MAX]
        if not is_negative:
            places.update(newest)
        columns = seen.columns
        keys = columns.keys
        evidence = tuple([keys[place] for place in newest])
        return Reason(name, label, points, columns.at(newest[0]), sum(weights[:count]), evidence)


BlockPlan = tuple[Block, tuple[RulePlan, ...]]


def plans(blocks: Iterable[Block], slots: Mapping[Pick, int]) -> tuple[BlockPlan, ...]:
    """The blocks of one score with the plans of their rules."""
    found: list[BlockPlan] = []
    number = 0
    for block in blocks:
        rules: list[RulePlan] = []
        for rule in block.rules:
            rules.append(RulePlan.of(rule, number, slots[rule.pick]))
            number += 1
        found.append((block, tuple(rules)))
    return tuple(found)
