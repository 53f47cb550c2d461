"""What is to be known of each test when it is explained, found by the very test and worked out once.

Tests are deep values, and to compare them by content costs more than to answer them; the playbook they are
part of outlives them here.
"""

from __future__ import annotations

from typing import NamedTuple

from syncd.core.atoms import SignalAtom
from syncd.core.compiled import Compiled
from syncd.core.criteria import leaves
from syncd.core.playbook import (
    CellTest,
    FieldTest,
    GradeTest,
    IcpTest,
    IdleTest,
    LevelTest,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)

_OF_SIGNALS = (SignalTest, SequenceTest, IdleTest)
_JUDGED = (ScoreTest, GradeTest, CellTest, IcpTest, LevelTest)


class About(NamedTuple):
    """One test. `atoms` are all its questions about signals, `alone` the same where it hangs on signals and
    fields and nothing else; `field` is the number of a field test, -1 for others."""

    test: Test
    atoms: tuple[SignalAtom, ...]
    alone: tuple[SignalAtom, ...]
    field: int


class Index:
    """The tests of one playbook."""

    def __init__(self, book: Compiled) -> None:
        self._book = book
        self._fields = {test: number for number, test in enumerate(book.field_tests)}
        self._known: dict[int, About] = {}

    def of(self, test: Test) -> About:
        """What is known of this test, which must be a part of the playbook."""
        found = self._known.get(id(test))
        if found is None:
            found = self._known[id(test)] = self._about(test)
        return found

    def _about(self, test: Test) -> About:
        parts = leaves(test)
        asked = (self._book.signal_atom(item) for item in parts if isinstance(item, _OF_SIGNALS))
        atoms = tuple(dict.fromkeys(asked))
        hangs = any(isinstance(item, _JUDGED) for item in parts)
        field = self._fields[test] if isinstance(test, FieldTest) else -1
        return About(test, atoms, () if hangs else atoms, field)
