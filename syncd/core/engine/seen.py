"""Where the answers of one lead were seen, for people: which field, which signal and when, and until when.

A small reader of tests over the lists of one lead. It decides nothing: what it answers is what the generated
functions answer, at this second or a later one, and it is asked only about what is shown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from operator import neg
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.core.atoms import CountAtom, IdleAtom, SequenceAtom, SignalAtom
from syncd.core.engine import primitives
from syncd.core.engine.packed import SINCE_S
from syncd.core.engine.primitives import NEVER, ByNumber, Weighted
from syncd.core.instants import from_ms
from syncd.core.model import MICRO, MachineAct, Met, Shape
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

if TYPE_CHECKING:
    from syncd.core.engine.program import Program

VALUE_CHARS_MAX = 80
NOT_SEEN = "not seen"
TURNS_MAX = 50
"""Answers that turn before a criterion expires; one that still holds then is not dated."""
Tri = bool | None
_NOTHING: Weighted = ((), (), ())


class Columns(NamedTuple):
    """The signals of one lead that count, newest first: what lists are made from and reasons point at.
    Seconds are those of a pack, since `SINCE_S`, and so are all that are asked with them."""

    seconds: Sequence[int]
    shapes: Sequence[int]
    classes: ByNumber
    weights: Sequence[int]
    rests: Sequence[int]
    keys: Sequence[int]
    shape_of: Callable[[int], Shape]
    """Gives the Shape at a place."""
    colleagues: Callable[[], Set[int]]
    """Gives the places of what colleagues did."""

    @property
    def looked_at(self) -> tuple[Sequence[int], Sequence[int], ByNumber]:
        """Seconds, shapes, classes: what sequences are looked for in."""
        return self.seconds, self.shapes, self.classes

    def time_ms(self, place: int) -> int:
        return (self.seconds[place] + SINCE_S) * 1000 + self.rests[place]

    def at(self, place: int) -> datetime:
        return from_ms((self.seconds[place] + SINCE_S) * 1000 + self.rests[place])

    def keys_at(self, places: Sequence[int]) -> tuple[int, ...]:
        return tuple(map(self.keys.__getitem__, places))


class Known(NamedTuple):
    """All that is told about: one lead at one second. `machine` are the acts left out."""

    columns: Columns
    lists: Mapping[int, Weighted]
    is_weighted: bool
    """Whether something happened more than once, or not at all."""
    answers: int
    fields: Mapping[str, str]
    waived: frozenset[str]
    at_ms: int
    machine: tuple[MachineAct, ...] = ()

    @property
    def second(self) -> int:
        """The second it is told about, as columns count it."""
        return self.at_ms // 1000 - SINCE_S


def met(answer: Tri) -> Met:
    """An answer in the words of a criterion."""
    if answer is None:
        return "unknown"
    return "met" if answer else "missing"


class Seen:
    """Answers about one lead, and what they rest on."""

    __slots__ = ("_about", "_answers", "_found", "_program", "columns", "fields", "instants", "is_weighted",
                 "keys", "lists", "model", "second")  # fmt: skip

    def __init__(
        self,
        program: Program,
        known: Known,
        found: tuple[Any, ...],
        model: str,
    ) -> None:
        self._program, self._answers, self._found = program, known.answers, found
        self._about = program.about
        self.columns, self.lists, self.fields = known.columns, known.lists, known.fields
        self.keys = known.columns.keys
        self.instants: dict[int, datetime] = {}
        """When the signals told of so far happened, by place: most are told of several times."""
        self.is_weighted = known.is_weighted
        self.model, self.second = model, known.second

    def at(self, place: int) -> datetime:
        """When the signal at this place happened."""
        found = self.instants.get(place)
        if found is None:
            found = self.instants[place] = self.columns.at(place)
        return found

    # --- answers -----------------------------------------------------------------------------------------

    def until(self, atom: SignalAtom, second: int) -> int:
        """The `until` of one question about signals (see `primitives`)."""
        match atom:
            case CountAtom():
                if atom.at_least <= 0:
                    return NEVER
                entries = self.lists.get(self._program.slots[atom.pick])
                window_s = NEVER if atom.window_s is None else atom.window_s
                return primitives.count_weighted(entries, atom.at_least, window_s, second) if entries else 0
            case IdleAtom():
                entries = self.lists.get(self._program.slots[atom.pick])
                return primitives.quiet_weighted(entries, atom.quiet_s, second) if entries else 0
            case SequenceAtom():
                if not atom.steps:
                    return NEVER
                slots = self._program.slots
                if not all(slots[pick] in self.lists for pick in atom.steps):
                    return 0
                steps = [self._program.steps[pick] for pick in atom.steps]
                return primitives.chained(self.columns.looked_at, steps, atom.window_s, second)

    def answer(self, test: Test, second: int) -> Tri:
        """One test at this second or a later one. Scores and what hangs on them are those of this one."""
        match test:
            case FieldTest():
                return (False, True, None)[self._answers >> 2 * self._about.of(test).field & 3]
            case SignalTest() | SequenceTest() | IdleTest():
                return self.until(self._about.of(test).atoms[0], second) > 0
            case NotOf():
                inner = self.answer(test.item, second)
                return None if inner is None else not inner
            case AllOf():
                return primitives.all_of(*(self.answer(item, second) for item in test.items))
            case AnyOf():
                return primitives.enough_of(
                    test.at_least, *(self.answer(item, second) for item in test.items)
                )
            case _:
                return self._judged(test)

    def _judged(self, test: Test) -> Tri:
        fit, engagement, intent, grade, cell = self._found[:5]
        match test:
            case ScoreTest():
                value = {"fit": fit, "engagement": engagement, "intent": intent}.get(
                    test.score, fit + engagement + intent
                )
                low = test.at_least is None or value >= round(test.at_least * MICRO)
                return low and (test.below is None or value < round(test.below * MICRO))
            case GradeTest():
                return grade in test.grades
            case CellTest():
                return cell in test.cells
            case ModelTest():
                return self.model in test.models
            case IcpTest():
                return self._found[10] is not False if test.unknown_counts else self._found[10]
            case LevelTest():
                enter = next(item.enter for item in self._program.levels if item.id == test.level)
                return primitives.all_of(*(self.answer(item.test, self.second) for item in enter))
            case _:
                raise AssertionError(f"{type(test).__name__} is no test")

    # --- what they rest on -------------------------------------------------------------------------------

    def source(self, test: Test) -> tuple[str, datetime | None]:
        """What makes a satisfied test true, and when it was: the field with its value, the kinds, a score."""
        match test:
            case SignalTest():
                return self._of_signals(test)
            case ScoreTest():
                return self._of_score(test), None
            case AllOf() | AnyOf():
                return self._of_parts(test)
            case SequenceTest():
                return self._of_sequence(test)
            case FieldTest():
                value = self.fields.get(test.field, "").strip()
                return (
                    f"{test.field} = {value[:VALUE_CHARS_MAX]}" if value else f"{test.field} is blank"
                ), None
            case _:
                return self._shown(test), None

    def _shown(self, test: Test) -> str:
        match test:
            case IdleTest():
                return f"quiet for {test.days:g} days"
            case GradeTest():
                return f"fit {self._found[3]}"
            case CellTest():
                return f"cell {self._found[4]}"
            case ModelTest():
                return f"scoring model {self._program.model_label(self.model)}"
            case IcpTest():
                return f"ICP {met(self._found[10])}"
            case LevelTest():
                return f"level {test.level}"
            case _:
                return NOT_SEEN

    def _of_score(self, test: ScoreTest) -> str:
        fit, engagement, intent = self._found[:3]
        scores = {"fit": fit, "engagement": engagement, "intent": intent}
        return f"{test.score} {scores.get(test.score, fit + engagement + intent) / MICRO:.0f}"

    def _of_signals(self, test: SignalTest) -> tuple[str, datetime | None]:
        entries = self.lists.get(self._program.newest_slot(test.signals))
        if not entries:
            return "", None
        place = entries[2][0]
        return self._label(place, test.signals), self.at(place)

    def _label(self, place: int, among: tuple[str, ...]) -> str:
        catalogue = self._program.book.catalogue
        shape: Shape = self.columns.shape_of(place)
        kinds = (catalogue.kinds[number] for number in catalogue.kinds_of(shape))
        return next(kind.label for kind in kinds if kind.id in among)

    def _of_sequence(self, test: SequenceTest) -> tuple[str, datetime | None]:
        places = self.places(self._about.of(test).atoms[0])
        if not places:
            return "", None
        steps = zip(places, reversed(test.steps), strict=True)
        labels = dict.fromkeys(self._label(place, step) for place, step in steps)
        return " after ".join(labels), self.at(places[0])

    def _of_parts(self, test: AllOf | AnyOf) -> tuple[str, datetime | None]:
        """The parts that hold, joined; dated by the latest of them. What was not seen is worth a word only
        where nothing was."""
        parts = [self.source(item) for item in test.items if self.answer(item, self.second)]
        dates = [at for _source, at in parts if at is not None]
        said = [source for source, _at in parts if source]
        seen = [source for source in said if source != NOT_SEEN] or said[:1]
        return "; ".join(seen), max(dates, default=None)

    def expires_at(self, test: Test) -> datetime | None:
        """When a satisfied test no longer is, short of new facts. None for never, and where it hangs on a
        score: scores fade by the second, and the due date says when that matters."""
        atoms = self._about.of(test).alone
        if not atoms:
            return None
        second = self.second
        for _turn in range(TURNS_MAX):
            untils = [abs(self.until(atom, second)) for atom in atoms]
            second = min((until for until in untils if second < until < NEVER), default=NEVER)
            if second == NEVER:
                return None
            if self.answer(test, second) is not True:
                return from_ms((second + SINCE_S) * 1000)
        return None

    # --- what carries them -------------------------------------------------------------------------------

    def holds(self, atom: SignalAtom) -> bool:
        """Whether a question about signals is answered yes now."""
        return self.until(atom, self.second) > 0

    def places(self, atom: SignalAtom) -> Sequence[int]:
        """Where the signals are that a satisfied question counts, newest first."""
        match atom:
            case CountAtom():
                entries = self.lists.get(self._program.slots[atom.pick])
                if not entries:
                    return ()
                if atom.window_s is None:
                    return entries[2]
                oldest = self.second - atom.window_s
                return entries[2][: bisect_right(entries[0], -oldest, key=neg)]
            case SequenceAtom():
                return self._chain(atom)
            case IdleAtom():
                return ()

    def used(self, atom: SignalAtom) -> Sequence[int]:
        """Where the newest signals are that suffice for a satisfied question."""
        if not isinstance(atom, CountAtom):
            return self.places(atom)
        _seconds, weights, places = self.lists.get(self._program.slots[atom.pick], _NOTHING)
        if not self.is_weighted:
            return places[: max(atom.at_least, 0)]
        found, missing = [], atom.at_least
        for place, weight in zip(places, weights, strict=True):
            if missing <= 0:
                break
            missing -= weight
            found.append(place)
        return found

    def _chain(self, atom: SequenceAtom) -> list[int]:
        steps = [self._program.steps[pick] for pick in reversed(atom.steps)]
        found: list[int] = []
        classes = self.columns.classes
        for place, shape in enumerate(self.columns.shapes):
            if len(found) == len(steps):
                break
            if classes[shape] in steps[len(found)]:
                found.append(place)
        return found if len(found) == len(steps) else []
