"""Tests as generated expressions: true, false or unknown (None), by Kleene's logic.

What hangs on fields alone is worked out once per profile and found in `pr`; the rest asks the lists of this
lead, each question once, remembered in a local name. Order within `all` and `any` is ours: what is known from
the profile comes first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from syncd.core.atoms import CountAtom, IdleAtom, ScoreName, SequenceAtom, SignalAtom
from syncd.core.criteria import PlaybookError
from syncd.core.engine.source import NESTED_MAX, Source, tuple_of
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
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.core.timeline import Pick


class Reader(NamedTuple):
    """What somebody reads of a list: nothing before there are `least` signals within `window_s` (None: ever),
    and never more than the newest `most` (None: all)."""

    least: int = 1
    most: int | None = None
    window_s: int | None = None


class Lists(NamedTuple):
    """How generated code says that the list of a slot is there, and names it."""

    there: str
    named: str


BY_SLOT = Lists("{} in P", "P[{}]")
"""Lists come as a mapping by slot."""
IN_ORDER = Lists("L[{}] is not None", "L[{}]")
"""Plain lists come in the order of their slots; None for one that is not there."""

CHAIN_MAX = 8
"""Parts of a test answered one after the other; more are answered all at once."""


class Questions(Protocol):
    """What the writer of expressions must know of the playbook."""

    def slot(self, pick: Pick, reader: Reader | None) -> int: ...

    def atom(self, test: SignalTest | SequenceTest | IdleTest) -> SignalAtom: ...

    def score(self, score: ScoreName, points: float) -> int: ...

    def field(self, test: FieldTest) -> int: ...

    def level(self, name: str) -> int: ...

    def classes(self, pick: Pick) -> object: ...


@dataclass(slots=True)
class Writer:
    """Writes the tests of one scoring model. `fixed` are the kinds of test that a profile answers."""

    source: Source
    questions: Questions
    model: str
    fixed: frozenset[type]
    fixed_levels: frozenset[str]
    is_fit_fixed: bool
    is_for_profile: bool = False
    lists: Lists = BY_SLOT
    parts: list[Test] = field(default_factory=list)
    """Tests a profile answers: the n-th is found in `pr[n + OFFSET]`."""
    uses: Counter[SignalAtom] = field(default_factory=Counter)
    uses_before: Counter[SignalAtom] = field(default_factory=Counter)
    """How often each question is asked, and was when it was written before: once needs no name."""
    is_remembering: bool = False
    """Whether answers are looked at again afterwards, so that all of them need names."""
    untils: dict[SignalAtom, str] = field(default_factory=dict)
    scores: dict[tuple[ScoreName, int], str] = field(default_factory=dict)
    _temps: int = 0

    # --- what a profile answers --------------------------------------------------------------------------

    def is_fixed(self, test: Test) -> bool:
        """Whether fields alone answer it."""
        match test:
            case FieldTest() | ModelTest():
                return True
            case AllOf() | AnyOf():
                return all(self.is_fixed(item) for item in test.items)
            case NotOf():
                return self.is_fixed(test.item)
            case LevelTest():
                return test.level in self.fixed_levels
            case ScoreTest():
                return test.score == "fit" and self.is_fit_fixed
            case _:
                return type(test) in self.fixed

    # --- expressions -------------------------------------------------------------------------------------

    def tri(self, test: Test, depth: int = 0) -> str:
        """The source of one test; in parentheses, or a name."""
        if depth > NESTED_MAX:
            raise PlaybookError(f"a condition nests deeper than {NESTED_MAX} times: nobody can read it")
        if not self.is_for_profile and self.is_fixed(test):
            return self._part(test)
        match test:
            case AllOf():
                return self._all(test.items, depth)
            case AnyOf():
                return self._any(test, depth)
            case NotOf():
                name = self._temp()
                inner = self.tri(test.item, depth + 1)
                return f"(None if ({name} := {inner}) is None else not {name})"
            case SignalTest() | SequenceTest() | IdleTest():
                return self._signals(self.questions.atom(test))
            case _:
                return self._leaf(test)

    def _part(self, test: Test) -> str:
        if test not in self.parts:
            self.parts.append(test)
        return f"pr[{self.parts.index(test) + OFFSET}]"

    def _leaf(self, test: Test) -> str:
        match test:
            case FieldTest():
                return f"T[a >> {2 * self.questions.field(test)} & 3]"
            case ModelTest():
                return repr(self.model in test.models)
            case GradeTest():
                return f"(gr in {self.source.bind(frozenset(test.grades))})"
            case CellTest():
                return f"(ce in {self.source.bind(frozenset(test.cells))})"
            case IcpTest():
                return "(ic is not False)" if test.unknown_counts else "ic"
            case LevelTest():
                return f"n{self.questions.level(test.level)}"
            case ScoreTest():
                return self._score(test)
            case _:
                raise PlaybookError(f"{type(test).__name__} cannot be evaluated")

    def _all(self, items: tuple[Test, ...], depth: int) -> str:
        items = self._fixed_first(items, AllOf)
        if not items:
            return "True"
        if len(items) == 1:
            return self.tri(items[0], depth + 1)
        parts = [self.tri(item, depth + 1) for item in items]
        if all(self._is_plain(item) for item in items):
            return f"({' and '.join(parts)})"
        if len(items) > CHAIN_MAX:
            return f"all_of({', '.join(parts)})"
        names = [self._temp() for _part in parts]
        chain = "".join(
            f"False if ({name} := {part}) is False else " for name, part in zip(names, parts, strict=True)
        )
        unknown = " or ".join(f"{name} is None" for name in names)
        return f"({chain}None if {unknown} else True)"

    def _any(self, test: AnyOf, depth: int) -> str:
        items = self._fixed_first(test.items, AnyOf) if test.at_least == 1 else test.items
        parts = [self.tri(item, depth + 1) for item in items]
        if test.at_least != 1 or len(items) > CHAIN_MAX or not items:
            least = self.source.bind(test.at_least)
            return f"enough_of({', '.join([least, *parts])})"
        if all(self._is_plain(item) for item in items):
            return f"({' or '.join(parts)})"
        names = [self._temp() for _part in parts]
        chain = "".join(f"True if ({name} := {part}) else " for name, part in zip(names, parts, strict=True))
        unknown = " or ".join(f"{name} is None" for name in names)
        return f"({chain}None if {unknown} else False)"

    def _fixed_first(self, items: tuple[Test, ...], together: type[AllOf] | type[AnyOf]) -> tuple[Test, ...]:
        """What a profile answers, as one test, before the rest."""
        if self.is_for_profile:
            return items
        fixed = tuple(item for item in items if self.is_fixed(item))
        rest = tuple(item for item in items if not self.is_fixed(item))
        if not fixed:
            return rest
        return (fixed[0] if len(fixed) == 1 else together(fixed), *rest)

    def _is_plain(self, test: Test) -> bool:
        """Whether it is never unknown."""
        match test:
            case SignalTest() | SequenceTest() | IdleTest() | ScoreTest() | GradeTest() | CellTest():
                return not self.is_fixed(test)
            case AllOf():
                return not self.is_fixed(test) and all(self._is_plain(item) for item in test.items)
            case AnyOf():
                few = test.at_least == 1 and 0 < len(test.items) <= CHAIN_MAX
                return few and not self.is_fixed(test) and all(self._is_plain(item) for item in test.items)
            case _:
                return False

    def _temp(self) -> str:
        self._temps += 1
        return f"x{self._temps}"

    # --- signals and scores ------------------------------------------------------------------------------

    def _signals(self, atom: SignalAtom) -> str:
        """The source of an answer about signals: the atom's `until`, worked out where it is asked first."""
        self.uses[atom] += 1
        guard, asked = self._asked(atom)
        if self.uses_before[atom] == 1 and not self.is_remembering:
            if self.lists is IN_ORDER and isinstance(atom, CountAtom) and guard:
                return self._counted(atom)
            return f"({guard}{asked} > 0)"
        if guard:
            asked = f"{asked} if {guard.removesuffix(' and ')} else 0"
        if atom not in self.untils:
            name = self.untils[atom] = f"u{len(self.untils)}"
            return f"(({name} := {asked}) > 0)"
        name = self.untils[atom]
        return f"(({name} if {name} is not None else ({name} := {asked})) > 0)"

    def _counted(self, atom: CountAtom) -> str:
        """A count that holds, asked once of a plain list."""
        name, place = self._temp(), atom.at_least - 1
        parts = [f"({name} := {self.lists.named.format(self._slot(atom))})"]
        parts += [f"len({name}) > {place}"] * (place > 0)
        if atom.window_s is not None:
            parts.append(f"{name}[{place}] >= s - {self.source.bind(atom.window_s)}")
        return f"(True if {' and '.join(parts)} else False)"

    def _slot(self, atom: CountAtom | IdleAtom) -> int:
        return self._read(
            atom.pick,
            Reader(most=1)
            if isinstance(atom, IdleAtom)
            else Reader(atom.at_least, atom.at_least, atom.window_s),
        )

    def _read(self, pick: Pick, reader: Reader) -> int:
        """The slot of a pick. Who reads it is told of plain lists alone: no others are made to measure."""
        return self.questions.slot(pick, reader if self.lists is IN_ORDER else None)

    def _asked(self, atom: SignalAtom) -> tuple[str, str]:
        """What must be so for the question to make sense, and the question."""
        bind, there, named = self.source.bind, self.lists.there.format, self.lists.named.format
        match atom:
            case CountAtom():
                if atom.at_least <= 0:
                    return "", "NEVER"
                window = bind(atom.window_s) if atom.window_s is not None else "NEVER"
                number = self._slot(atom)
                asked = f"count({named(number)}, {bind(atom.at_least)}, {window}, s)"
                return f"{there(number)} and ", asked
            case IdleAtom():
                number = self._slot(atom)
                return f"{there(number)} and ", f"quiet({named(number)}, {bind(atom.quiet_s)}, s)"
            case SequenceAtom():
                if not atom.steps:
                    return "", "NEVER"
                steps = tuple_of([bind(self.questions.classes(pick)) for pick in atom.steps])
                numbers = [self._read(pick, Reader(most=1)) for pick in atom.steps]
                guard = "".join(f"{there(number)} and " for number in dict.fromkeys(numbers))
                return guard, f"chained(D, {steps}, {bind(atom.window_s)}, s)"

    def _score(self, test: ScoreTest) -> str:
        low = None if test.at_least is None else self._compared(ScoreName(test.score), test.at_least)
        high = None if test.below is None else f"not {self._compared(ScoreName(test.score), test.below)}"
        return f"({' and '.join(part for part in (low, high) if part) or 'True'})"

    def _compared(self, score: ScoreName, points: float) -> str:
        threshold = self.questions.score(score, points)
        number = {"fit": "f", "engagement": "e", "intent": "i", "total": "o"}[score]
        bound = self.source.bind(threshold)
        if score is ScoreName.FIT:
            return f"({number} >= {bound})"
        if not self.is_remembering:
            return f"({number} >= {bound})"
        name = self.scores.setdefault((score, threshold), f"y{len(self.scores)}")
        return f"({name} := {number} >= {bound})"


OFFSET = 3
"""A profile's memory begins with fit, grade and the ICP gate."""
