"""Turns a condition as written into the core's test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from syncd.core.playbook import (
    AllOf,
    AnyOf,
    FieldTest,
    GradeTest,
    IcpTest,
    LevelTest,
    NotOf,
    Operator,
    ScoreTest,
    SignalTest,
    Test,
)
from syncd.settings.shapes.base import Block
from syncd.settings.shapes.conditions import (
    AllCondition,
    AnyCondition,
    FieldCondition,
    GradeCondition,
    IcpCondition,
    LevelCondition,
    NotCondition,
    ScoreCondition,
    SignalCondition,
)

Lists: TypeAlias = Mapping[str, Sequence[str]]
"""The named lists of filters.yaml."""


def test_of(condition: Block, lists: Lists) -> Test:
    """The core's test that means the same."""
    match condition:
        case FieldCondition():
            return _field_test(condition, lists)
        case SignalCondition():
            return SignalTest(tuple(condition.signal), condition.at_least, condition.within_days)
        case ScoreCondition():
            return ScoreTest(condition.score, condition.at_least, condition.below)
        case GradeCondition():
            return GradeTest(tuple(condition.grade))
        case IcpCondition():
            return IcpTest(unknown_counts=condition.icp == "not_failed")
        case LevelCondition():
            return LevelTest(condition.level)
        case AllCondition():
            return AllOf(tuple(test_of(item, lists) for item in condition.all))
        case AnyCondition():
            return AnyOf(tuple(test_of(item, lists) for item in condition.any), condition.at_least)
        case NotCondition():
            return NotOf(test_of(condition.not_, lists))
        case _:
            raise AssertionError(f"no test for {type(condition).__name__}: add it here")


def _field_test(condition: FieldCondition, lists: Lists) -> FieldTest:
    if condition.present is not None:
        return FieldTest(condition.field, Operator.PRESENT if condition.present else Operator.ABSENT)
    if condition.in_list is not None:
        return FieldTest(condition.field, Operator.MATCHES, tuple(lists[condition.in_list]))
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
