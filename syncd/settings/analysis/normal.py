"""A condition as a list of ways it can come out one way: each way a set of plain tests with their answers.

A test is true, false or unknown, so there are four questions: true, false, not true, not false. Levels, cells
and the ICP gate are written out into what they stand for. Conditions with too many ways are left alone: what
is not looked at is never called impossible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from math import comb
from typing import TypeAlias

from syncd.core.playbook import (
    AllOf,
    AnyOf,
    CellTest,
    FieldTest,
    GradeTest,
    IcpTest,
    LevelTest,
    NotOf,
    Playbook,
    ScoreTest,
    Test,
)

WAYS_MAX = 2_000
"""Ways of one condition that are looked at."""

EFFORT_MAX = 20_000
"""Ways put together for one question."""

EFFORT_IN_ALL_MAX = 500_000
"""Ways put together for one playbook; what is asked after that is let pass."""


class Answer(StrEnum):
    """How a test is asked to come out."""

    TRUE = "true"
    FALSE = "false"
    NOT_TRUE = "not true"
    NOT_FALSE = "not false"


OPPOSITE: Mapping[Answer, Answer] = {
    Answer.TRUE: Answer.FALSE,
    Answer.FALSE: Answer.TRUE,
    Answer.NOT_TRUE: Answer.NOT_FALSE,
    Answer.NOT_FALSE: Answer.NOT_TRUE,
}
"""What `not` asks of its part."""

EVERY = frozenset({Answer.TRUE, Answer.NOT_FALSE})
"""Answers of `all` that ask the same of every part."""

Literal: TypeAlias = tuple[Test, Answer]
Way: TypeAlias = frozenset[Literal]


class TooMany(Exception):  # noqa: N818 - it reads as a statement
    """The condition has more ways than are looked at."""


@dataclass(slots=True)
class Normal:
    """Writes conditions of one playbook out. What was asked once is remembered."""

    playbook: Playbook
    _known: dict[tuple[Test, Answer], tuple[Way, ...] | None] = field(default_factory=dict)
    _effort: int = 0
    _effort_in_all: int = 0

    def ways(self, test: Test, answer: Answer) -> tuple[Way, ...]:
        """The ways `test` comes out as `answer`, none left out. Raises TooMany."""
        asked = (test, answer)
        if asked not in self._known:
            self._known[asked] = None  # too many, unless it comes to an end
            self._known[asked] = self._ways(test, answer)
        ways = self._known[asked]
        if ways is None:
            raise TooMany
        return ways

    def question(self, parts: Iterable[tuple[Test, Answer]]) -> tuple[Way, ...]:
        """The ways all parts come out as asked. Raises TooMany, before long."""
        self._effort = 0
        ways = self._together(parts)
        self._effort_in_all += len(ways)  # each of them is looked at
        return ways

    def _together(self, parts: Iterable[tuple[Test, Answer]]) -> tuple[Way, ...]:
        found: dict[Way, None] = {frozenset(): None}
        for test, answer in parts:
            ways = self.ways(test, answer)
            self._spend(len(found) * len(ways))
            found = {one | other: None for one in found for other in ways}
            if len(found) > WAYS_MAX:
                raise TooMany
        return tuple(found)

    def _spend(self, effort: int) -> None:
        self._effort += effort
        self._effort_in_all += effort
        if self._effort > EFFORT_MAX or self._effort_in_all > EFFORT_IN_ALL_MAX:
            raise TooMany

    def _ways(self, test: Test, answer: Answer) -> tuple[Way, ...]:
        match test:
            case NotOf():
                return self.ways(test.item, OPPOSITE[answer])
            case AllOf():
                wanted = len(test.items) if answer in EVERY else 1
                return self._some(test.items, wanted, answer)
            case AnyOf():
                missing = len(test.items) - test.at_least + 1
                return self._some(test.items, test.at_least if answer in EVERY else missing, answer)
            case LevelTest():
                return self.ways(self._level(test.level), answer)
            case CellTest():
                return self.ways(self._cells(test.cells), answer)
            case IcpTest():
                gate = AllOf(tuple(item.test for item in self.playbook.levels.icp))
                return self.ways(gate, _icp(answer, unknown_counts=test.unknown_counts))
            case ScoreTest():
                return self._score(test, answer)
            case _:
                return (frozenset({(test, _plain(test, answer))}),)

    def _some(self, items: Sequence[Test], wanted: int, answer: Answer) -> tuple[Way, ...]:
        """At least `wanted` of the items come out as `answer`."""
        if wanted <= 0:
            return (frozenset(),)
        if wanted > len(items):
            return ()
        if comb(len(items), wanted) > WAYS_MAX:
            raise TooMany
        found: dict[Way, None] = {}
        for chosen in combinations(items, wanted):
            found.update(dict.fromkeys(self._together((item, answer) for item in chosen)))
            if len(found) > WAYS_MAX:
                raise TooMany
        return tuple(found)

    def _level(self, name: str) -> Test:
        level = next(item for item in self.playbook.levels.mql if item.id == name)
        return AllOf(tuple(item.test for item in level.enter))

    def _cells(self, cells: Sequence[str]) -> Test:
        """A cell as its grade and its band; what names no cell never holds."""
        matrix = self.playbook.levels.matrix
        if matrix is None:
            return AnyOf(())
        letters = {letter for model in self.playbook.models for letter, _points in model.grades}
        found: list[Test] = []
        for index, (band, lowest) in enumerate(matrix.bands):
            is_last = index == len(matrix.bands) - 1
            reached = ScoreTest(
                matrix.score,
                at_least=None if is_last else lowest,
                below=matrix.bands[index - 1][1] if index else None,
            )
            found += [
                AllOf((GradeTest((letter,)), reached)) for letter in sorted(letters) if letter + band in cells
            ]
        return AnyOf(tuple(found))

    def _score(self, test: ScoreTest, answer: Answer) -> tuple[Way, ...]:
        """With one border each: at least the low one and below the high one, or one of the opposites."""
        low, high = test.at_least, test.below
        inside = [ScoreTest(test.score, at_least=low)] if low is not None else []
        inside += [ScoreTest(test.score, below=high)] if high is not None else []
        if answer in EVERY:
            return (frozenset((part, Answer.TRUE) for part in inside),)
        outside = [ScoreTest(test.score, below=low)] if low is not None else []
        outside += [ScoreTest(test.score, at_least=high)] if high is not None else []
        return tuple(frozenset({(part, Answer.TRUE)}) for part in outside)


def _icp(answer: Answer, *, unknown_counts: bool) -> Answer:
    """What is asked of the gate's criteria: `not_failed` is never unknown."""
    if not unknown_counts:
        return answer
    return Answer.NOT_FALSE if answer in EVERY else Answer.FALSE


def _plain(test: Test, answer: Answer) -> Answer:
    """Only a comparison of a field can be unknown; for all else not true is false."""
    if isinstance(test, FieldTest):
        return answer
    return Answer.TRUE if answer in EVERY else Answer.FALSE
