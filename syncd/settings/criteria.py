"""Turns a condition as written into the core's test.

Here the sales cycle is worked in: every window grows and shrinks with it, unless `fixed` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor

from syncd.core.playbook import (
    AllOf,
    AnyOf,
    CellTest,
    FieldTest,
    GradeTest,
    IcpTest,
    IdleTest,
    LevelTest,
    ModelTest,
    NotOf,
    Operator,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.settings.shapes.base import Block
from syncd.settings.shapes.conditions import (
    AllCondition,
    AnyCondition,
    CellCondition,
    FieldCondition,
    GradeCondition,
    IcpCondition,
    IdleCondition,
    LevelCondition,
    ModelCondition,
    NotCondition,
    ScoreCondition,
    SequenceCondition,
    SignalCondition,
)

WHOLE_DAYS_FROM = 10
"""From here on scaled days are whole ones, as people say them; below, to a hundredth."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What words mean in this playbook: the named lists, what `idle: any` counts, how long the cycle is.

    `scale` is the sales cycle in the cycle the numbers were written for.
    """

    lists: Mapping[str, Sequence[str]]
    inbound: tuple[str, ...] = ()
    scale: float = 1.0

    def days(self, written: float, *, is_fixed: bool) -> float:
        """Days as they are meant in this sales cycle; never fewer than a hundredth."""
        scaled = written * self.scale
        if is_fixed or self.scale == 1.0:
            return written
        return float(floor(scaled + 0.5)) if scaled >= WHOLE_DAYS_FROM else max(round(scaled, 2), 0.01)

    def fixed(self, *, is_fixed: bool) -> Terms:
        """The same, with days as written where the whole item is fixed."""
        return replace(self, scale=1.0) if is_fixed else self


def test_of(condition: Block, terms: Terms) -> Test:
    """The core's test that means the same."""
    match condition:
        case FieldCondition():
            return _field_test(condition, terms)
        case SignalCondition():
            return _signal_test(condition, terms)
        case SequenceCondition():
            steps = tuple(tuple(step) for step in condition.sequence)
            return SequenceTest(steps, terms.days(condition.within_days, is_fixed=condition.is_fixed))
        case IdleCondition():
            signals = terms.inbound if condition.idle == "any" else tuple(condition.idle)
            return IdleTest(signals, terms.days(condition.days, is_fixed=condition.is_fixed))
        case ScoreCondition():
            return ScoreTest(condition.score, condition.at_least, condition.below)
        case GradeCondition():
            return GradeTest(tuple(condition.grade))
        case CellCondition():
            return CellTest(tuple(condition.cell))
        case ModelCondition():
            return ModelTest(tuple(condition.model))
        case IcpCondition():
            return IcpTest(unknown_counts=condition.icp == "not_failed")
        case LevelCondition():
            return LevelTest(condition.level)
        case _:
            return _joined_test(condition, terms)


def _joined_test(condition: Block, terms: Terms) -> Test:
    match condition:
        case AllCondition():
            return AllOf(tuple(test_of(item, terms) for item in condition.all))
        case AnyCondition():
            return AnyOf(tuple(test_of(item, terms) for item in condition.any), condition.at_least)
        case NotCondition():
            return NotOf(test_of(condition.not_, terms))
        case _:
            raise AssertionError(f"no test for {type(condition).__name__}: add it here")


def _signal_test(condition: SignalCondition, terms: Terms) -> SignalTest:
    within = condition.within_days
    days = None if within is None else terms.days(within, is_fixed=condition.is_fixed)
    return SignalTest(tuple(condition.signal), condition.at_least, days, condition.distinct)


def _field_test(condition: FieldCondition, terms: Terms) -> FieldTest:
    if condition.present is not None:
        return FieldTest(condition.field, Operator.PRESENT if condition.present else Operator.ABSENT)
    if condition.in_list is not None:
        return FieldTest(condition.field, Operator.MATCHES, tuple(terms.lists[condition.in_list]))
    for operator, values in (
        (Operator.IS, condition.is_),
        (Operator.CONTAINS, condition.contains),
        (Operator.MATCHES, condition.matches),
    ):
        if values is not None:
            return FieldTest(condition.field, operator, tuple(values))
    if condition.at_least is not None:
        return FieldTest(condition.field, Operator.AT_LEAST, (f"{condition.at_least:.15g}",))
    assert condition.at_most is not None, "the shape guarantees one comparison"
    return FieldTest(condition.field, Operator.AT_MOST, (f"{condition.at_most:.15g}",))
