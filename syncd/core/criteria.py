"""The playbook's tests, compiled to functions that answer true, false or unknown (None).

Kleene's logic: `all` is false as soon as one part is false, `any` true as soon as enough are true, and what
is not known stays unknown instead of passing for false. Each function asks a `View`: one lead at one instant.
Tests that would have to know their own answer are refused when the playbook is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from syncd.core import patterns
from syncd.core.atoms import CountAtom, IdleAtom, ScoreAtom, ScoreName, SequenceAtom, SignalAtom
from syncd.core.instants import days_to_s
from syncd.core.model import MICRO
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
    SignalKind,
    SignalTest,
    Test,
)
from syncd.core.timeline import Distinct, Pick

if TYPE_CHECKING:
    from syncd.core.view import View

Tri: TypeAlias = bool | None
Check: TypeAlias = Callable[["View"], Tri]


class PlaybookError(ValueError):
    """The playbook cannot be evaluated as written; settings refuse it earlier, with file and line."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldAtom:
    """A comparison of one field; what a blank field answers is unknown but for `present` and `absent`."""

    field: str
    holds: Callable[[str], Tri]
    when_blank: Tri = None


@dataclass(frozen=True, slots=True)
class NamedCheck:
    """A test people can read, with its compiled form."""

    named: Named
    check: Check


class Place(StrEnum):
    """Where a test stands. It decides what the test may look at without going in a circle."""

    MODEL = "the condition of a scoring model"
    FIT = "a fit rule"
    PATTERN = "a pattern"
    ICP = "the ICP gate"
    OTHER = "a rule"


_REFUSED: Mapping[Place, tuple[type, ...]] = {
    Place.MODEL: (ScoreTest, GradeTest, CellTest, ModelTest, IcpTest, LevelTest),
    Place.FIT: (GradeTest, CellTest, IcpTest, LevelTest),
    Place.PATTERN: (ScoreTest, GradeTest, CellTest, IcpTest, LevelTest),
    Place.ICP: (IcpTest, LevelTest),
    Place.OTHER: (),
}
_OF_KIND = frozenset({"channel", "offer", "kind"})


@dataclass(slots=True)
class Compiler:
    """Compiles the tests of one playbook: its signal kinds, `levels` numbers its MQL levels, `models` names
    its scoring models. Who asks the same gets the same atom."""

    kinds: tuple[SignalKind, ...]
    levels: Mapping[str, int]
    models: frozenset[str] = frozenset()
    _numbers: dict[str, int] = field(default_factory=dict)
    _atoms: dict[object, SignalAtom] = field(default_factory=dict)
    _scores: dict[tuple[ScoreName, int], ScoreAtom] = field(default_factory=dict)
    fields: dict[FieldTest, FieldAtom] = field(default_factory=dict)
    """Every comparison of a field, in the order of compilation."""
    attributes: set[str] = field(default_factory=set)
    """Attributes of shapes by which equals are told."""

    def __post_init__(self) -> None:
        self._numbers = {kind.id: number for number, kind in enumerate(self.kinds)}

    def named(self, items: tuple[Named, ...], place: Place = Place.OTHER) -> tuple[NamedCheck, ...]:
        return tuple(NamedCheck(item, self.check(item.test, place)) for item in items)

    def check(self, test: Test, place: Place = Place.OTHER) -> Check:
        """The compiled form of one test. Raises PlaybookError for one that cannot be answered."""
        if isinstance(test, _REFUSED[place]):
            raise PlaybookError(
                f"{place} cannot test {_WORDS[type(test)]}: the answer would depend on itself"
            )
        match test:
            case FieldTest():
                return _field_check(self.field_atom(test))
            case SignalTest() | SequenceTest() | IdleTest():
                return _signal_check(self.signal_atom(test))
            case NotOf():
                return _negated(self.check(test.item, place))
            case AllOf():
                return every(tuple(self.check(item, place) for item in test.items))
            case AnyOf():
                return _some(tuple(self.check(item, place) for item in test.items), test.at_least)
            case _:
                return self._judgement(test, place)

    def _judgement(self, test: Test, place: Place) -> Check:
        """A test of what the playbook itself makes of the lead."""
        match test:
            case ScoreTest():
                return self._score_check(test, place)
            case GradeTest():
                grades = frozenset(test.grades)
                return lambda view: view.grade in grades
            case CellTest():
                cells = frozenset(test.cells)
                return lambda view: view.cell in cells
            case ModelTest():
                return self._model_check(test)
            case IcpTest():
                return _icp_if_unknown_counts if test.unknown_counts else _icp
            case LevelTest():
                return self._level_check(test)
            case _:
                raise PlaybookError(f"{type(test).__name__} cannot be evaluated")

    def pick(self, signals: tuple[str, ...], distinct: str = "") -> Pick:
        """The pick of these kinds, unlimited. Raises PlaybookError for a kind that does not exist."""
        for kind in signals:
            if kind not in self._numbers:
                raise PlaybookError(f"no signal kind is called {kind!r}")
        numbers = tuple(sorted({self._numbers[kind] for kind in signals}))
        return Pick(numbers, distinct=self._distinct(distinct, numbers) if distinct else None)

    def _distinct(self, name: str, numbers: tuple[int, ...]) -> Distinct:
        if name not in _OF_KIND:
            self.attributes.add(name)
            return Distinct(name, ())
        kinds = ((number, self.kinds[number]) for number in numbers)
        return Distinct(
            "", tuple((number, kind.id if name == "kind" else getattr(kind, name)) for number, kind in kinds)
        )

    def signal_atom(self, test: SignalTest | SequenceTest | IdleTest) -> SignalAtom:
        """The one atom for this question."""
        atom: SignalAtom
        match test:
            case SignalTest():
                window_s = None if test.within_days is None else days_to_s(test.within_days)
                atom = CountAtom(self.pick(test.signals, test.distinct), test.at_least, window_s)
                asked: object = ("count", atom.pick, atom.at_least, window_s)
            case SequenceTest():
                steps = tuple(self.pick(step) for step in test.steps)
                atom = SequenceAtom(steps, days_to_s(test.within_days))
                asked = ("sequence", steps, atom.window_s)
            case IdleTest():
                atom = IdleAtom(self.pick(test.signals), days_to_s(test.days))
                asked = ("idle", atom.pick, atom.quiet_s)
        return self._atoms.setdefault(asked, atom)

    def field_atom(self, test: FieldTest) -> FieldAtom:
        """The one atom for this comparison."""
        if test not in self.fields:
            self.fields[test] = field_atom(test)
        return self.fields[test]

    def score_atom(self, score: ScoreName, points: float) -> ScoreAtom:
        """The one atom for this comparison."""
        asked = (score, to_micro(points))
        return self._scores.setdefault(asked, ScoreAtom(*asked))

    def _score_check(self, test: ScoreTest, place: Place) -> Check:
        name = ScoreName(test.score)
        if place is Place.FIT and name in (ScoreName.FIT, ScoreName.TOTAL):
            raise PlaybookError(f"{place} cannot test the {name} score: the answer would depend on itself")
        low = None if test.at_least is None else self.score_atom(name, test.at_least)
        high = None if test.below is None else self.score_atom(name, test.below)

        def holds(view: View) -> Tri:
            if low is not None and not view.score_holds(low):
                return False
            return high is None or not view.score_holds(high)

        return holds

    def _level_check(self, test: LevelTest) -> Check:
        if test.level not in self.levels:
            raise PlaybookError(f"no MQL level is called {test.level!r}")
        number = self.levels[test.level]
        return lambda view: view.level_entered(number)

    def _model_check(self, test: ModelTest) -> Check:
        unknown = sorted(set(test.models) - self.models)
        if unknown:
            raise PlaybookError(f"no scoring model is called {unknown[0]!r}")
        models = frozenset(test.models)
        return lambda view: view.model.model.id in models


_WORDS: Mapping[type, str] = {
    ScoreTest: "a score",
    GradeTest: "a grade",
    CellTest: "a cell of the matrix",
    ModelTest: "which model applies",
    IcpTest: "the ICP gate",
    LevelTest: "a level",
}


def leaves(test: Test) -> list[Test]:
    """Every test in a test that is no combination."""
    match test:
        case AllOf() | AnyOf():
            return [leaf for item in test.items for leaf in leaves(item)]
        case NotOf():
            return leaves(test.item)
        case _:
            return [test]


def to_micro(points: float) -> int:
    """Points as integer micro-points."""
    return round(points * MICRO)


def field_atom(test: FieldTest) -> FieldAtom:
    """How one field is compared; a blank field is unknown, except to `present` and `absent`."""
    match test.operator:
        case Operator.PRESENT:
            return FieldAtom(test.field, lambda _text: True, when_blank=False)
        case Operator.ABSENT:
            return FieldAtom(test.field, lambda _text: False, when_blank=True)
        case Operator.IS:
            return FieldAtom(test.field, patterns.equal(test.values))
        case Operator.CONTAINS:
            return FieldAtom(test.field, patterns.words(test.values))
        case Operator.MATCHES:
            return FieldAtom(test.field, _trimmed(patterns.glob(test.values)))
        case Operator.AT_LEAST:
            return FieldAtom(test.field, _compared(test, lambda value, limit: value >= limit))
        case Operator.AT_MOST:
            return FieldAtom(test.field, _compared(test, lambda value, limit: value <= limit))


def _trimmed(matches: patterns.Matcher) -> Callable[[str], Tri]:
    return lambda text: matches(text.strip())


def _compared(test: FieldTest, holds: Callable[[float, float], bool]) -> Callable[[str], Tri]:
    limit = number(test.values[0]) if test.values else None
    if limit is None:
        raise PlaybookError(f"{test.field} {test.operator} needs a number")

    def compare(text: str) -> Tri:
        value = number(text)
        return None if value is None else holds(value, limit)

    return compare


def number(text: str) -> float | None:
    """The number a field shows, or None where it shows none; text is not guessed at."""
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _field_check(atom: FieldAtom) -> Check:
    return lambda view: view.field_holds(atom)


def _signal_check(atom: SignalAtom) -> Check:
    return lambda view: view.signal_holds(atom)


def _icp(view: View) -> Tri:
    return view.icp


def _icp_if_unknown_counts(view: View) -> Tri:
    return view.icp is not False


def _negated(check: Check) -> Check:
    def negation(view: View) -> Tri:
        answer = check(view)
        return None if answer is None else not answer

    return negation


def every(checks: tuple[Check, ...]) -> Check:
    """True when all are, false when one is false, else unknown; true of nothing."""

    def conjunction(view: View) -> Tri:
        answer: Tri = True
        for check in checks:
            one = check(view)
            if one is False:
                return False
            if one is None:
                answer = None
        return answer

    return conjunction


def _some(checks: tuple[Check, ...], at_least: int) -> Check:
    def enough(view: View) -> Tri:
        met = unknown = 0
        for check in checks:
            one = check(view)
            if one:
                met += 1
                if met >= at_least:
                    return True
            elif one is None:
                unknown += 1
        if met >= at_least:
            return True
        return None if met + unknown >= at_least else False

    return enough
