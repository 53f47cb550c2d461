"""A playbook compiled for evaluation, once, and remembered for as long as it is used.

Kinds, fields, scores and signal counts become numbered atoms shared by all tests that ask the same. Compiling
refuses what settings should have refused already: unknown names and tests that run in a circle.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock

from syncd.core.atoms import CountAtom, ScoreAtom, ScoreName, SignalAtom
from syncd.core.colleagues import account_tests
from syncd.core.criteria import Check, Compiler, NamedCheck, Place, PlaybookError, Tri, every, leaves
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    Bant,
    Decisive,
    Filter,
    IdleTest,
    Level,
    LevelTest,
    Matrix,
    NotOf,
    Playbook,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.core.scoring import Scorer, compile_model
from syncd.core.signals import ACCOUNT_SOURCES, Catalogue
from syncd.core.timeline import Pick
from syncd.core.view import View

PLAYBOOKS_REMEMBERED_MAX = 8


@dataclass(frozen=True, slots=True)
class CompiledLevel:
    level: Level
    named: tuple[NamedCheck, ...]
    entered: Check
    left: Check | None


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    filter: Filter
    check: Check


@dataclass(frozen=True, slots=True)
class CompiledBant:
    letter: Bant
    confirmed: Check
    inferred: Check | None


@dataclass(frozen=True, slots=True)
class Carrying:
    """A criterion whose signals speak for the lead where it is met."""

    check: Check
    atoms: tuple[SignalAtom, ...]


class Compiled:
    """Everything evaluation needs of one playbook. Raises PlaybookError when it cannot be evaluated."""

    def __init__(self, playbook: Playbook) -> None:
        _refuse_circles(playbook.levels.mql)
        if playbook.feedback.default_reason not in playbook.recycle.rules:
            missing = playbook.feedback.default_reason
            raise PlaybookError(f"recycle has no rule for the default reason {missing!r}")
        if not playbook.models:
            raise PlaybookError("a playbook needs at least one scoring model")
        self.playbook = playbook
        self.catalogue = Catalogue(playbook.signals)
        numbers = {level.id: number for number, level in enumerate(playbook.levels.mql)}
        names = frozenset(model.id for model in playbook.models)
        self._compiler = compiler = Compiler(playbook.signals, numbers, names)
        self._parts: dict[Test, Check] = {}
        self.level_numbers = numbers
        self.models: tuple[Scorer, ...] = tuple(compile_model(model, compiler) for model in playbook.models)
        self._compile_levels(playbook, compiler)
        self.filters = tuple(CompiledFilter(item, compiler.check(item.test)) for item in playbook.filters)
        self.bant = tuple(
            CompiledBant(
                letter,
                compiler.check(letter.confirmed),
                None if letter.inferred is None else compiler.check(letter.inferred),
            )
            for letter in playbook.levels.bant
        )

        carriers = (*self.sql, *self.near, *(item for level in self.levels for item in level.named))
        self.carrying = tuple(self._carrying(item) for item in carriers)
        self.carrying_evangelist = tuple(self._carrying(item) for item in self.evangelist)
        self.account_atoms = tuple(compiler.signal_atom(test) for test in account_tests(playbook))
        self.field_tests = tuple(compiler.fields)
        self.field_atoms = tuple(compiler.fields.values())
        self.attributes_compared = tuple(sorted(compiler.attributes))

    def _compile_levels(self, playbook: Playbook, compiler: Compiler) -> None:
        levels = playbook.levels
        self.icp = compiler.named(levels.icp, Place.ICP)
        self.icp_check = every(tuple(item.check for item in self.icp))
        self.levels: tuple[CompiledLevel, ...] = tuple(_level(level, compiler) for level in levels.mql)
        self.near = compiler.named(levels.near_sql.enter)
        self.near_check = every(tuple(item.check for item in self.near))
        self.sql = compiler.named(levels.sql)
        self.sql_check = every(tuple(item.check for item in self.sql))
        self.decisive_needs = compiler.named(levels.decisive.needs)
        self.decisive = _decisive(levels.decisive, playbook, compiler)
        self.decisive_kinds = frozenset(self.decisive.pick.kinds) if self.decisive else frozenset()
        self.evangelist = compiler.named(levels.evangelist)
        self.evangelist_check = every(tuple(item.check for item in self.evangelist))
        self.confirm = () if levels.confirm is None else compiler.named(levels.confirm.who)
        self.bands = () if levels.matrix is None else _bands(levels.matrix, compiler)
        cells = () if levels.matrix is None else levels.matrix.cells
        self.cell_tracks = {cell.id: cell.track for cell in cells if cell.track}

    def _carrying(self, item: NamedCheck) -> Carrying:
        tests = [leaf for leaf in leaves(item.named.test) if isinstance(leaf, _OF_SIGNALS)]
        return Carrying(item.check, tuple(dict.fromkeys(self._compiler.signal_atom(leaf) for leaf in tests)))

    def signal_atom(self, test: SignalTest | SequenceTest | IdleTest) -> SignalAtom:
        """The atom behind one test of signals."""
        return self._compiler.signal_atom(test)

    def pick(self, signals: tuple[str, ...]) -> Pick:
        """All signals of these kinds."""
        return self._compiler.pick(signals)

    def holds(self, test: Test, view: View) -> Tri:
        """The answer to a part of a test, for those who explain the whole."""
        check = self._parts.get(test)
        if check is None:
            check = self._parts[test] = self._compiler.check(test)
        return check(view)


_OF_SIGNALS = (SignalTest, SequenceTest, IdleTest)
_remembered: deque[Compiled] = deque(maxlen=PLAYBOOKS_REMEMBERED_MAX)
_lock = Lock()


def compiled(playbook: Playbook) -> Compiled:
    """The compiled form of this very playbook object; compiled on first sight."""
    for book in tuple(_remembered):
        if book.playbook is playbook:
            return book
    with _lock:
        book = Compiled(playbook)
        _remembered.appendleft(book)
        return book


def _level(level: Level, compiler: Compiler) -> CompiledLevel:
    named = compiler.named(level.enter)
    left = None if level.leave is None else compiler.check(level.leave)
    return CompiledLevel(level, named, every(tuple(item.check for item in named)), left)


def _decisive(decisive: Decisive, playbook: Playbook, compiler: Compiler) -> CountAtom | None:
    """The question whether a decisive action happened. What a colleague does is never the person's own."""
    if not decisive.signals:
        return None
    atom = compiler.signal_atom(SignalTest(decisive.signals, 1, decisive.within_days))
    assert isinstance(atom, CountAtom), "a signal test is a count"
    for number in atom.pick.kinds:
        kind = playbook.signals[number]
        if any(match.source.startswith(ACCOUNT_SOURCES) for match in kind.sources):
            raise PlaybookError(f"{kind.id!r} is what colleagues do: it cannot be decisive for the person")
    return atom


def _bands(matrix: Matrix, compiler: Compiler) -> tuple[tuple[str, ScoreAtom], ...]:
    return tuple((name, compiler.score_atom(ScoreName(matrix.score), least)) for name, least in matrix.bands)


def _refuse_circles(levels: tuple[Level, ...]) -> None:
    """A level whose entry asks for itself, also by way of others, has no answer."""
    asks = {level.id: {name for item in level.enter for name in _levels_in(item.test)} for level in levels}
    for start, asked in asks.items():
        reached: set[str] = set()
        ahead = set(asked)
        while ahead:
            reached |= ahead
            ahead = {name for level in ahead for name in asks.get(level, ())} - reached
        if start in reached:
            raise PlaybookError(f"the MQL level {start!r} asks for itself as its own entry condition")


def _levels_in(test: Test) -> frozenset[str]:
    match test:
        case LevelTest():
            return frozenset({test.level})
        case AllOf() | AnyOf():
            return frozenset().union(*(_levels_in(item) for item in test.items))
        case NotOf():
            return _levels_in(test.item)
        case _:
            return frozenset()
