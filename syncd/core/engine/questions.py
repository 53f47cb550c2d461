"""The questions generated code asks, numbered: which list a pick is, which classes make a step."""

from __future__ import annotations

from syncd.core.atoms import ScoreName, SignalAtom
from syncd.core.compiled import Compiled
from syncd.core.criteria import to_micro
from syncd.core.engine.expressions import Reader
from syncd.core.playbook import FieldTest, IdleTest, SequenceTest, SignalTest
from syncd.core.scoring import Behaviour
from syncd.core.timeline import Pick


class Classes(set[int]):
    """Classes of shapes that a pick takes. It grows as shapes are met, so it is known by identity."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


class Asked:
    """Numbers for the picks, fields and scores of one playbook. A pick gets its slot when first asked for."""

    def __init__(self, book: Compiled) -> None:
        self._book = book
        self.slots: dict[Pick, int] = {}
        self.readers: dict[int, set[Reader]] = {}
        """Who reads the list of each slot to answer questions; no other list is made for numbers."""
        self.steps: dict[Pick, Classes] = {}
        self._fields = {test: number for number, test in enumerate(book.field_tests)}
        for scorer in book.models:
            for block in (*scorer.engagement, *scorer.intent):
                for rule in block.rules:
                    self.slot(rule.pick, _reader(rule))

    def slot(self, pick: Pick, reader: Reader | None = None) -> int:
        """The number of the list of this pick, which `reader` is going to read."""
        number = self.slots.setdefault(pick, len(self.slots))
        if reader is not None:
            self.readers.setdefault(number, set()).add(reader)
        return number

    def classes(self, pick: Pick) -> Classes:
        """The classes that make a step of a sequence."""
        return self.steps.setdefault(pick, Classes())

    def atom(self, test: SignalTest | SequenceTest | IdleTest) -> SignalAtom:
        return self._book.signal_atom(test)

    def score(self, score: ScoreName, points: float) -> int:
        """The threshold in micro-points."""
        return to_micro(points)

    def field(self, test: FieldTest) -> int:
        return self._fields[test]

    def level(self, name: str) -> int:
        return self._book.level_numbers[name]


def _reader(rule: Behaviour) -> Reader:
    """What a rule reads: up to its cap, where each signal counts whole or not at all."""
    is_flat = rule.half_life_s is None and not rule.steps_s and rule.diminishing is None
    most = None
    if is_flat and rule.cap_micro is not None and rule.points_micro * rule.cap_micro > 0:
        most = int(rule.cap_micro / rule.points_micro) + 1
    return Reader(1, most, rule.reach_s)
