"""Which lists it takes for a test to change by time alone, and which way it can go.

Without new signals counts and sequences only end, quiet only begins, gains only fade and losses only fade; so
whoever has none of the signals that could lift a test or let it down need not be looked at again. Careful: a
test may be said to drift that never does, and never the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from syncd.core.atoms import SequenceAtom
from syncd.core.compiled import Compiled
from syncd.core.engine.looks import BLOCKING
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
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.core.scoring import Behaviour, Block, Scorer
from syncd.core.timeline import Pick

Slots = frozenset[int]
_NONE: Slots = frozenset()
ALWAYS = -1
"""The slot of what no list can rule out; see `can`."""


class Drift(NamedTuple):
    """Slots one of which must have a list for a test to rise (false, unknown, true), or a score to; and to
    fall."""

    rise: Slots = _NONE
    fall: Slots = _NONE

    def turned(self) -> Drift:
        return Drift(self.fall, self.rise)


def can(slots: Slots, lists: Mapping[int, object] | Sequence[object]) -> bool:
    """Whether a lead with these lists, by slot or in the order of slots, has what it takes."""
    if ALWAYS in slots:
        return True
    if isinstance(lists, Mapping):
        return not slots.isdisjoint(lists)
    return any(lists[slot] is not None for slot in slots)


def _all(parts: Iterable[Drift]) -> Drift:
    rise, fall = _NONE, _NONE
    for part in parts:
        rise, fall = rise | part.rise, fall | part.fall
    return Drift(rise, fall)


def ages(rule: Behaviour) -> tuple[int, ...]:
    """The ages in seconds after which a signal gives less, all at once."""
    reach = () if rule.reach_s is None else (rule.reach_s,)
    return tuple(until_s for until_s, _share in rule.steps_s) + reach


class Drifts:
    """How the tests of one scoring model drift."""

    def __init__(self, book: Compiled, scorer: Scorer, slots: Mapping[Pick, int]) -> None:
        self._book, self._scorer, self._slots = book, scorer, slots
        self._levels = {level.id: level for level in book.playbook.levels.mql}
        self.steps: list[tuple[int, tuple[int, ...]]] = []
        """Losses that keep their size up to an age: slots and those ages. No drift says what they do."""
        engagement, intent = self._score(scorer.engagement), self._score(scorer.intent)
        self._scores = {"engagement": engagement, "intent": intent}
        # Fit may ask for the other scores, never for itself.
        self._fit = _all(
            self.of(rule.when) if rule.points >= 0 else self.of(rule.when).turned()
            for rule in scorer.model.fit
        )
        self._scores |= {"fit": self._fit, "total": _all((self._fit, engagement, intent))}

    def lifting(self) -> Slots:
        """What it takes for a lead below every level to rise anywhere, claim to be an SQL or be blocked."""
        return self._stepping() | self._raised().rise

    def keeping(self) -> Slots:
        """What it takes for a lead at any level to rise at any second; `steps` say the few seconds at which
        others may."""
        leaves = [level.leave for level in self._book.playbook.levels.mql if level.leave is not None]
        return self._raised().rise | _all(self.of(leave) for leave in leaves).fall

    def freeing(self) -> Slots:
        """What it takes for somebody a filter keeps out to be let in."""
        return self._stepping() | self._blocked().fall

    def _stepping(self) -> Slots:
        return frozenset(slot for slot, _ages in self.steps)

    def _raised(self) -> Drift:
        levels = self._book.playbook.levels
        named = [*levels.near_sql.enter, *levels.sql, *(item for level in levels.mql for item in level.enter)]
        decisive = SignalTest(levels.decisive.signals, 1, levels.decisive.within_days)
        asked = self.of(decisive) if levels.decisive.signals else Drift()
        return _all((self._named(named), self._blocked(), asked))

    def _blocked(self) -> Drift:
        return _all(self.of(item.test) for item in self._book.playbook.filters if item.outcome in BLOCKING)

    def _named(self, items: Iterable[Named]) -> Drift:
        return _all(self.of(item.test) for item in items)

    def _score(self, blocks: Iterable[Block]) -> Drift:
        parts: list[Drift] = []
        for block in blocks:
            for rule in block.rules:
                number = self._slots[rule.pick]
                if not rule.is_negative:
                    parts.append(Drift(fall=frozenset({number})))
                elif rule.half_life_s is not None:
                    parts.append(Drift(rise=frozenset({number})))
                else:
                    self.steps.append((number, ages(rule)))
            for item in block.patterns:
                held = self.of(item.rule.when)
                parts.append(held if item.points_micro >= 0 else held.turned())
        return _all(parts)

    def of(self, test: Test) -> Drift:
        """How one test drifts."""
        match test:
            case FieldTest() | ModelTest():
                return Drift()
            case SignalTest() | IdleTest():
                atom = self._book.signal_atom(test)
                assert not isinstance(atom, SequenceAtom), "a count or an idle test has one pick"
                slot = frozenset({self._slots.get(atom.pick, ALWAYS)})
                return Drift(rise=slot) if isinstance(test, IdleTest) else Drift(fall=slot)
            case SequenceTest():
                return Drift(fall=frozenset({ALWAYS}))
            case NotOf():
                return self.of(test.item).turned()
            case AllOf() | AnyOf():
                return _all(self.of(item) for item in test.items)
            case _:
                return self._judged(test)

    def _judged(self, test: Test) -> Drift:
        match test:
            case ScoreTest():
                score = self._scores[test.score]
                least = score if test.at_least is not None else Drift()
                return least if test.below is None else _all((least, score.turned()))
            case IcpTest():
                return self._named(self._book.playbook.levels.icp)
            case LevelTest():
                return self._named(self._levels[test.level].enter)
            case GradeTest():
                return _all((self._fit, self._fit.turned()))
            case CellTest():
                matrix = self._book.playbook.levels.matrix
                score = self._scores[matrix.score] if matrix is not None else Drift()
                return _all((self._fit, self._fit.turned(), score, score.turned()))
            case _:
                raise AssertionError(f"{type(test).__name__} is no test")
