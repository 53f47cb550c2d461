"""A playbook compiled for evaluation, once, and remembered for as long as it is used.

Kinds, fields, scores and signal counts become numbered atoms shared by all tests that ask the same. Compiling
refuses what settings should have refused already: unknown names and tests that run in a circle.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock

from syncd.core.criteria import Check, Compiler, NamedCheck, Place, PlaybookError, SignalAtom, Tri, every
from syncd.core.playbook import AllOf, AnyOf, Bant, Filter, Level, LevelTest, NotOf, Playbook, Test
from syncd.core.scoring import Scorer, compile_model
from syncd.core.signals import Catalogue
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
        self._compiler = compiler = Compiler(self.catalogue.index, numbers)
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
        within = levels.decisive.within_days
        self.decisive: SignalAtom | None = (
            compiler.signal_atom(levels.decisive.signals, 1, within) if levels.decisive.signals else None
        )
        self.decisive_kinds = frozenset(self.decisive.pick.kinds) if self.decisive else frozenset()

    def holds(self, test: Test, view: View) -> Tri:
        """The answer to a part of a test, for those who explain the whole."""
        check = self._parts.get(test)
        if check is None:
            check = self._parts[test] = self._compiler.check(test)
        return check(view)


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
