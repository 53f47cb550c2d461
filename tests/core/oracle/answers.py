"""Whether a test holds: true, false, or None for unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable

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
    Named,
    NotOf,
    Operator,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from tests.core.oracle import counting, facts, whole
from tests.core.oracle.facts import MICRO, Case

Answer = bool | None


def holds(case: Case, test: Test) -> Answer:  # noqa: C901 - one line per kind of test
    """The answer to one test."""
    match test:
        case FieldTest():
            return _field(case, test)
        case SignalTest():
            return _signal(case, test)
        case SequenceTest():
            return _sequence(case, test)
        case IdleTest():
            newest = facts.of_kinds(case, test.signals)[:1]
            return bool(newest) and not facts.is_within(case, newest[0], test.days)
        case ScoreTest():
            return _score(case, test)
        case GradeTest():
            return whole.grade(case) in test.grades
        case CellTest():
            return whole.cell(case) in test.cells
        case ModelTest():
            return case.model.id in test.models
        case IcpTest():
            met = whole.icp(case)
            return met is not False if test.unknown_counts else met
        case LevelTest():
            level = next(one for one in case.playbook.levels.mql if one.id == test.level)
            return every(case, level.enter)
        case AllOf():
            return at_least([holds(case, item) for item in test.items], len(test.items))
        case AnyOf():
            return at_least([holds(case, item) for item in test.items], test.at_least)
        case NotOf():
            answer = holds(case, test.item)
            return None if answer is None else not answer


def every(case: Case, items: Iterable[Named]) -> Answer:
    """Whether all of these named tests hold."""
    found = [holds(case, item.test) for item in items]
    return at_least(found, len(found))


def at_least(found: list[Answer], number: int) -> Answer:
    """Whether so many are true, given that the unknown ones may be either."""
    if found.count(True) >= number:
        return True
    return None if found.count(True) + found.count(None) >= number else False


# --- fields ----------------------------------------------------------------------------------------------


def _field(case: Case, test: FieldTest) -> Answer:
    text = case.world.fields.get(test.field, "").strip()
    if test.operator is Operator.PRESENT:
        return bool(text)
    if test.operator is Operator.ABSENT:
        return not text
    if not text:
        return None
    if test.operator in (Operator.AT_LEAST, Operator.AT_MOST):
        return _number(text, test)
    if test.operator is Operator.IS:
        return text.casefold() in [value.strip().casefold() for value in test.values]
    if test.operator is Operator.MATCHES:
        return any(facts.is_like(text, pattern) for pattern in test.values)
    return any(_has_word(text.casefold(), value.casefold()) for value in test.values)


def _number(text: str, test: FieldTest) -> Answer:
    try:
        value = float(text)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    limit = float(test.values[0])
    return value >= limit if test.operator is Operator.AT_LEAST else value <= limit


def _has_word(text: str, word: str) -> bool:
    """Whether the word stands in the text with no letter or digit beside it."""
    return bool(word) and any(
        text.startswith(word, start)
        and not text[start - 1 : start].isalnum()
        and not text[start + len(word) : start + len(word) + 1].isalnum()
        for start in range(len(text))
    )


# --- signals ---------------------------------------------------------------------------------------------


def _signal(case: Case, test: SignalTest) -> bool:
    inside = [
        one for one in facts.of_kinds(case, test.signals) if facts.is_within(case, one, test.within_days)
    ]
    if test.distinct:
        return len(counting.distinct(inside, test.signals, test.distinct)) >= test.at_least
    return sum(one.signal.count for one in inside) >= test.at_least


def _sequence(case: Case, test: SequenceTest) -> bool:
    """Whether a chain of signals, each later than the last, goes through all steps inside the window.

    `ends` are the positions in time order at which the steps so far can end.
    """
    in_order = list(reversed(case.facts))
    ends: list[int] = []
    for step_number, step in enumerate(test.steps):
        matching = [place for place, one in enumerate(in_order) if facts.is_of(one, step)]
        if step_number == 0:
            ends = [place for place in matching if facts.is_within(case, in_order[place], test.within_days)]
        else:
            ends = [place for place in matching if any(end < place for end in ends)]
    return bool(ends)


def _score(case: Case, test: ScoreTest) -> bool:
    points = counting.score(case, test.score)
    reaches = test.at_least is None or points >= round(test.at_least * MICRO)
    return reaches and (test.below is None or points < round(test.below * MICRO))
