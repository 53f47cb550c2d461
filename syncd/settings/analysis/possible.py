"""Whether a condition can ever come out as asked in this playbook, and if not, why.

Every way the condition can hold is looked at; it is impossible only when each of them contradicts itself:
in a field, in what has happened, or in a score no model can give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from syncd.core.playbook import (
    FieldTest,
    GradeTest,
    IdleTest,
    ModelTest,
    Playbook,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.settings.analysis import fields
from syncd.settings.analysis.bounds import Bounds, bounds_of
from syncd.settings.analysis.happened import Happened, words
from syncd.settings.analysis.normal import Answer, Normal, TooMany, Way

Asked = tuple[Test, Answer]
TINY = 1e-9


@dataclass(slots=True)
class Possible:
    """What can be in one playbook. With `act`, for somebody who did one thing only: its kinds."""

    playbook: Playbook
    act: frozenset[str] | None = None
    normal: Normal = field(init=False)
    happened: Happened = field(init=False)
    bounds: tuple[Bounds, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.normal = Normal(self.playbook)
        self.happened = Happened(self.playbook, self.act)
        self.bounds = ()
        self.bounds = tuple(
            bounds_of(model, lambda test: not self.conflict((test, Answer.TRUE)), self.act)
            for model in self.playbook.models
        )

    def conflict(self, *asked: Asked) -> str:
        """Why the tests can never come out as asked together; empty when they may."""
        try:
            ways = self.normal.question(asked)
        except TooMany:
            return ""
        reason = "nothing makes it true"
        for way in ways:
            reason = self._conflict(way)
            if not reason:
                return ""
        return reason

    def implies(self, first: Iterable[Test], then: Test) -> bool:
        """True when whoever passes all of `first` passes `then`."""
        return bool(self.conflict(*((test, Answer.TRUE) for test in first), (then, Answer.NOT_TRUE)))

    def _conflict(self, way: Way) -> str:
        answers: dict[Test, set[Answer]] = defaultdict(set)
        for test, answer in way:
            answers[test].add(answer)
        for test, given in answers.items():
            if not isinstance(test, FieldTest) and {Answer.TRUE, Answer.FALSE} <= given:
                return f"{said(test)} would have to be and not to be"
        return self._in_a_field(way) or self.happened.conflict(way) or self._in_the_scores(way)

    def _in_a_field(self, way: Way) -> str:
        by_field: dict[str, list[tuple[FieldTest, Answer]]] = defaultdict(list)
        for test, answer in sorted(way, key=repr):
            if isinstance(test, FieldTest):
                by_field[test.field].append((test, answer))
        reasons = (fields.conflict(name, asked) for name, asked in by_field.items())
        return next((reason for reason in reasons if reason), "")

    def _in_the_scores(self, way: Way) -> str:
        """Empty when at least one model can give what is asked."""
        if not self.bounds:  # while the bounds themselves are worked out: conditions of facts alone
            return ""
        reasons = [self._in_model(way, bounds) for bounds in self.bounds]
        return "" if "" in reasons else max(reasons, key=len)

    def _in_model(self, way: Way, bounds: Bounds) -> str:
        model = bounds.model
        letters = {letter for letter, _lowest in model.grades}
        low: dict[str, float] = {}
        high: dict[str, float] = {}
        for test, answer in way:
            match test:
                case ModelTest() if (model.id in test.models) != (answer is Answer.TRUE):
                    return f"the scoring model would have to be {' or '.join(test.models)} and another"
                case GradeTest():
                    named = set(test.grades)
                    letters = letters & named if answer is Answer.TRUE else letters - named
                case ScoreTest(score=score, at_least=lowest, below=border):
                    low[score] = max(low.get(score, float("-inf")), _or(lowest, float("-inf")))
                    high[score] = min(high.get(score, float("inf")), _or(border, float("inf")))
        return _borders(bounds, low, high) or _letters(bounds, letters, low, high)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _borders(bounds: Bounds, low: dict[str, float], high: dict[str, float]) -> str:
    for score, lowest in low.items():
        most, border = bounds.most(score), high.get(score, float("inf"))
        if lowest >= border:
            return f"{score} would have to be at least {lowest:g} and below {border:g}"
        if lowest > most + TINY:
            return f"{score} would have to reach {lowest:g}, and all rules together give {most:g} at most"
        if border <= bounds.least(score) + TINY:
            return f"{score} would have to be below {border:g}, and it never is"
    return ""


def _letters(bounds: Bounds, letters: set[str], low: dict[str, float], high: dict[str, float]) -> str:
    """Why none of the letters left can be earned; empty when one can."""
    for letter in letters:
        first, above = bounds.letter_range(letter)
        lowest = max(first, low.get("fit", first), bounds.least("fit"))
        if lowest <= bounds.most("fit") + TINY and lowest < min(above, high.get("fit", above)):
            return ""
    return f"no fit grade is left that the rules of model '{bounds.model.id}' can give"


def said(test: Test) -> str:
    """A plain test in a few words."""
    match test:
        case SignalTest():
            return words(test)
        case SequenceTest():
            steps = ", then ".join(" or ".join(step) for step in test.steps)
            return f"{steps} within {test.within_days:g} days"
        case IdleTest():
            return f"silence for {test.days:g} days"
        case _:
            return type(test).__name__.removesuffix("Test").lower()
