"""A playbook compiled for screening whole portfolios, and one lead screened or explained from packed state.

Shapes are classified once to small numbers, field tests answered once per profile into one integer, and what
hangs on that integer alone is remembered. Screening is careful: a lead stays only where a decision could move
nothing; whoever might move is to be decided with all facts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from hashlib import blake2b
from threading import Lock
from typing import Any, NamedTuple

from syncd.core import qualify
from syncd.core.atoms import CountAtom
from syncd.core.compiled import Compiled, compiled
from syncd.core.criteria import leaves
from syncd.core.engine import packed as blobs
from syncd.core.engine.about import Index
from syncd.core.engine.ahead import Ahead, Outlook, below_sql, filtered, near_sql
from syncd.core.engine.drift import Drifts, can
from syncd.core.engine.fields import Fields
from syncd.core.engine.held import BY_FILTER, Held, Screened
from syncd.core.engine.listed import Listed
from syncd.core.engine.lists import Lists, in_slots
from syncd.core.engine.looks import Looks, chooser, generate, told_tests
from syncd.core.engine.primitives import ByNumber
from syncd.core.engine.questions import Asked
from syncd.core.engine.seen import Columns, Known
from syncd.core.engine.steady import Steady
from syncd.core.engine.telling import Decided, Teller
from syncd.core.instants import from_ms, to_ms
from syncd.core.lead import Lead
from syncd.core.model import MachineAct, Position, Shape, Snapshot, Stage, Verdict, Waiver
from syncd.core.playbook import (
    Playbook,
    SignalTest,
)
from syncd.core.scoring import EVIDENCE_MAX
from syncd.core.signals import ACCOUNT_SOURCES
from syncd.core.timeline import Pick
from syncd.core.view import Numbers, Person

PROGRAMS_REMEMBERED_MAX = 4
PROFILES_REMEMBERED_MAX = 50_000
_OUT = f"disqualified:{BY_FILTER}"
_FILTERED = -2
"""Where somebody stands whom a filter keeps out, in the numbers of a look."""


class Stance(NamedTuple):
    """What is known of a lead before anybody looks at its signals: where it is held, in the numbers of a
    look, and what its profile says (nothing where signals choose the model). Few of these differ."""

    height: int
    where: int
    earned: int
    until: int | None
    missing: tuple[str, ...]
    outlook: Outlook
    answers: int
    number: int
    known: tuple[Any, ...]
    model: str


class Program:
    """One playbook, ready to screen."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.book: Compiled = compiled(playbook)
        self.fields_tested: frozenset[str] = frozenset(atom.field for atom in self.book.field_atoms)
        """Names of the fields any test reads, derived ones (`person.*`, `account.*`) among them."""
        self._fields = Fields(self.book.field_atoms)
        self.answers_version: str = _digest([repr(test) for test in self.book.field_tests])
        """Changes when other questions are asked of fields: then answers are to be worked out again."""
        self.machine_version: str = _digest([repr(playbook.machine)])
        """Changes when machine clicks are told apart otherwise: then the packed state is old."""
        asked = Asked(self.book)
        for test in _signal_tests(self.book):
            asked.slot(self.book.pick(test.signals))
        self._choose, self.is_choice_fixed = chooser(self.book, asked, weighted=False)
        self._choose_weighted, _fixed = chooser(self.book, asked, weighted=True)
        self._plain = generate(self.book, asked, asked.slots, weighted=False)
        self._weighted = generate(self.book, asked, asked.slots, weighted=True)
        self.lists = Lists(self.book, asked)
        self._same: list[int] = []
        self._shapes = _ByShape(self.lists.class_of, {})
        self.lists.shown = self._shown(asked.slots)
        self.slots = asked.slots
        self.steps = asked.steps
        self.about = Index(self.book)
        self.levels = playbook.levels.mql
        self._newest: dict[tuple[str, ...], int] = {}
        self.teller = Teller(self)
        self._ahead = [Ahead(scorer, asked.slots) for scorer in self.book.models]
        drifts = [Drifts(self.book, scorer, asked.slots) for scorer in self.book.models]
        self._moving = [(drift.lifting(), drift.freeing()) for drift in drifts]
        self._steady = [
            Steady(self.book, scorer, asked.slots, drift)
            for scorer, drift in zip(self.book.models, drifts, strict=True)
        ]
        self._names = ["lead", *(f"mql:{level.id}" for level in playbook.levels.mql), "near_sql"]
        self._profiles: dict[int, tuple[int, tuple[Any, ...], str]] = {}
        self._other_profiles: dict[tuple[int, int], tuple[Any, ...]] = {}

    def _shown(self, slots: Mapping[Pick, int]) -> dict[int, int]:
        """For slots that no rule adds up, how many of the newest answers and evidence take."""
        picks = {
            rule.pick
            for scorer in self.book.models
            for block in (*scorer.engagement, *scorer.intent)
            for rule in block.rules
        }
        picks |= {pick._replace(per_day=None, newest=None) for pick in slots if pick.per_day or pick.newest}
        added = {slots[pick] for pick in picks}
        found = dict.fromkeys(set(slots.values()) - added, EVIDENCE_MAX)
        for looks in self._weighted:
            for atom in looks.atoms:
                if isinstance(atom, CountAtom) and (slot := slots[atom.pick]) in found:
                    found[slot] = max(found[slot], atom.at_least)
        return found

    # --- what is stored ----------------------------------------------------------------------------------

    def class_of(self, shape: Shape) -> int:
        """The class of a shape; 0 for what no rule or test of this playbook counts."""
        return self.lists.class_of(shape)

    def answers_of(self, fields: Mapping[str, str]) -> int:
        """Every field test answered, two bits each: 0 false, 1 true, 2 unknown. `fields` are those of
        `syncd.core.lead.known_fields`, or as many of them as are in `fields_tested`."""
        return self._fields.answers_of(fields)

    # --- screening ---------------------------------------------------------------------------------------

    def screen(
        self,
        packed: bytes,
        classes: ByNumber,
        answers: int,
        held: Held,
        second: int,
        *,
        want_due: bool = False,
    ) -> Screened:
        """The numbers of one lead at `second`, and whether it stays. `classes` give the class of each shape's
        number. Only what is visible and was not made by a machine may be packed.

        Where signals choose the model nobody stays: the moment at which another applies is for `decide`."""
        numbers, stays, due = self.screened(
            packed, classes, self.stance(answers, held), second, want_due=want_due
        )
        return Screened(*numbers, stays, due)

    def stance(self, answers: int, held: Held) -> Stance:
        """What is known of a lead before anybody looks at its signals."""
        height, where, earned = self._place(held)
        outlook = near_sql if held.stage == "near_sql" else filtered if where == _FILTERED else below_sql
        number, known, model = (-1, (), "")
        if self.is_choice_fixed:
            number, known, model = self._profiles.get(answers) or self._profile(answers)
        if not self.is_choice_fixed or model != held.model:
            where = -1
        until = None if held.until_second is None else held.until_second - blobs.SINCE_S
        missing = held.missing
        return Stance(height, where, earned, until, missing, outlook, answers, number, known, model)

    def screened(
        self, packed: bytes, classes: ByNumber, stance: Stance, second: int, *, want_due: bool
    ) -> tuple[tuple[int, int, int, str, str, str], bool, int | None]:
        """As `screen`: the numbers, whether it stays, and until when. Seconds within are the pack's."""
        height, where, earned, until, missing, outlook, answers, number, known, model = stance
        second -= blobs.SINCE_S
        due = None
        seconds, shapes, weights = blobs.counting(packed)
        columns = seconds, shapes, classes
        lists: Any
        if weights is None:
            made, lists = self._plain, self.lists.plain(seconds, shapes, classes, second)
        else:
            made, lists = self._weighted, self.lists.weighted(seconds, shapes, classes, weights)
        if number < 0:
            choose = self._choose if weights is None else self._choose_weighted
            number = choose(answers, lists, columns, second)
            known, model = made[number].profile(answers), self.book.models[number].model.id
        looks = made[number]
        if want_due and where in (0, _FILTERED):
            # Most leads have nothing that time alone could lift: nobody looks ahead for them.
            want_due = can(self._moving[number][where == _FILTERED], lists)
            due = until
        found = looks.look(known, lists, columns, second, height)
        stays = (
            earned == found[8]
            and found[9] == missing
            and (until is None or second < until)
            and bool(found[6] if where == _FILTERED else found[7] == where and not found[5] and not found[6])
        )
        if stays and want_due:
            stays, due = self._due(
                number, looks, (known, lists, columns), second, until, height, found, outlook
            )
        due_second = due + blobs.SINCE_S if stays and due is not None else None
        return (*found[:4], model, found[4]), stays, due_second

    def _due(
        self,
        number: int,
        looks: Looks,
        seen: tuple[Any, ...],
        second: int,
        until: int | None,
        height: int,
        found: tuple[Any, ...],
        outlook: Outlook,
    ) -> tuple[bool, int | None]:
        """Whether its outlook can be told, and until when; the quick search first, then the one for all."""
        known, lists, columns = seen
        by_slot = in_slots(lists)
        look, ahead = looks.look, looks.look_ahead
        if outlook is not filtered:
            steady = self._steady[number].due(
                found, by_slot, second, until, lambda at: look(*seen, at, height), outlook
            )
            if steady is not None:
                return steady
        asked = known, by_slot, columns
        found = ahead(*asked, second, height)
        return self._ahead[number].due(
            looks, found, by_slot, second, until, lambda at: ahead(*asked, at, height), outlook
        )

    def _profile(self, answers: int) -> tuple[int, tuple[Any, ...], str]:
        """What hangs on the answers alone: the number of the model, what its profile says, its id."""
        number = self._choose(answers)
        if len(self._profiles) >= PROFILES_REMEMBERED_MAX:
            self._profiles.clear()
        model = self.book.models[number].model.id
        found = self._profiles[answers] = number, self._plain[number].profile(answers), model
        return found

    # --- for glances -------------------------------------------------------------------------------------

    def profile(self, answers: int) -> tuple[int, tuple[Any, ...], str]:
        """The number of the model that fields choose, what its profile says, its id."""
        return self._profiles.get(answers) or self._profile(answers)

    def looks(self, number: int, *, weighted: bool) -> Looks:
        """The generated functions of one model."""
        return (self._weighted if weighted else self._plain)[number]

    def model_number(
        self, answers: int, lists: Mapping[int, Any], columns: tuple[Any, ...], second: int
    ) -> int:
        """The number of the model that applies, from weighted lists."""
        if self.is_choice_fixed:
            return self.profile(answers)[0]
        return int(self._choose_weighted(answers, lists, columns, second))

    def profile_of(self, answers: int, number: int) -> tuple[Any, ...]:
        """What the profile says under one model, whichever applies."""
        if self.is_choice_fixed and (known := self._profiles.get(answers)) is not None and known[0] == number:
            return known[1]
        found = self._other_profiles.get((answers, number))
        if found is None:
            if len(self._other_profiles) >= PROFILES_REMEMBERED_MAX:
                self._other_profiles.clear()
            found = self._other_profiles[answers, number] = self._plain[number].profile(answers)
        return found

    # --- for explanations --------------------------------------------------------------------------------

    def model_label(self, model: str) -> str:
        """The label of a scoring model."""
        return next(item.label for item in self.playbook.models if item.id == model)

    def newest_slot(self, signals: tuple[str, ...]) -> int:
        """The slot of these kinds without any limit."""
        found = self._newest.get(signals)
        if found is None:
            found = self._newest[signals] = self.slots[self.book.pick(signals)]
        return found

    def ahead(self, number: int) -> Ahead:
        """The search ahead for one model."""
        return self._ahead[number]

    def place(self, position: Position) -> tuple[int, int]:
        """A position below SQL in the numbers of a look: where it is, and the height of its level."""
        if position.stage is Stage.MQL:
            height = self.book.level_numbers.get(position.level, -1)
            return (height + 1 if height >= 0 else -1), height
        top = len(self.book.levels)
        return (top + 1, top - 1) if position.stage is Stage.NEAR_SQL else (0, -1)

    def same_classes(self) -> list[int]:
        """Every class by its own number, for columns that hold classes already."""
        count = self.lists.classes
        if len(self._same) != count:
            self._same = list(range(count))
        return self._same

    def _place(self, held: Held) -> tuple[int, int, int]:
        """Where a lead is held, in the numbers of a look: the height of its level, where it stands (-1 for
        somebody screening never lets stay), what it had earned."""
        stands = f"{held.stage}:{held.level}" if held.level else held.stage
        height = len(self.book.levels) - 1 if held.stage == "near_sql" else -1
        if held.stage == "mql":
            height = self.book.level_numbers.get(held.level, -1)
        can_stay = held.is_plain and not held.waived
        numbers = {name: number for number, name in enumerate(self._names)}
        where = numbers.get(stands, _FILTERED if stands == _OUT else -1) if can_stay else -1
        return height, where, numbers.get(held.earned, -1)

    # --- explaining --------------------------------------------------------------------------------------

    def explain(
        self,
        packed: bytes,
        shapes: Mapping[int, Shape] | Sequence[Shape],
        fields: Mapping[str, str],
        snapshot: Callable[[], Snapshot],
        now: datetime,
        *,
        waivers: tuple[Waiver, ...] = (),
        machine: tuple[MachineAct, ...] = (),
        answers: int | None = None,
    ) -> Verdict:
        """The full verdict on one lead from its packed state, with every reason, criterion and filter.

        `fields` are those of `known_fields`, or as many as are in `fields_tested`. `shapes` give the shape of
        each number in the blob. `machine` are the acts left out of it, as the last decision listed them.
        `answers` saves asking the fields where it is known. Only who claims to be an SQL is judged by more:
        then `snapshot` is asked for, which needs neither signals nor fields.
        """
        seconds, numbers, weights, rests, keys = blobs.unpack(packed)
        if self._shapes.shapes is not shapes:
            self._shapes = _ByShape(self.lists.class_of, shapes)
        classes = self._shapes
        now_ms = to_ms(now)

        def shape_of(place: int) -> Shape:
            return shapes[numbers[place]]

        def colleagues() -> Set[int]:
            return classes.colleagues_in(numbers)

        known = Known(
            Columns(seconds, numbers, classes, weights, rests, keys, shape_of, colleagues),
            self.lists.weighted(seconds, numbers, classes, weights, is_shown=True),
            weights.count(1) != len(weights),
            self.answers_of(fields) if answers is None else answers,
            fields,
            Person({}, waivers).waived(now_ms) if waivers else frozenset(),
            now_ms,
            machine,
        )

        def decided(numbers: Numbers) -> Decided:
            lists = self.lists.weighted(seconds, known.columns.shapes, classes, weights)
            timeline, whole = Listed.of(self, known.columns, lists), snapshot()
            lead = Lead(whole, self.book, timeline=timeline, fields=fields)
            return qualify.decided(lead.at(now_ms), whole.standing, numbers)

        return self.teller.tell(known, decided)

    def answers_of_lead(self, lead: Lead) -> int:
        """The answers of a lead, worked out once."""
        if lead.answers is None:
            lead.answers = self.answers_of(lead.person.fields)
        return lead.answers

    def told(self, lead: Lead, at_ms: int) -> Known:
        """What is known of a lead at one instant, its signals as they are visible by then."""
        rows = lead.timeline.rows[::-1]
        classes = [self.class_of(row[2].shape) for row in rows]
        same = self.same_classes()
        seconds = [row[0] // 1000 - blobs.SINCE_S for row in rows]
        weights = [row[2].count for row in rows]
        keys = [row[1] for row in rows]
        near = lead.timeline.colleagues
        columns = Columns(
            seconds,
            classes,
            same,
            weights,
            [row[0] % 1000 for row in rows],
            keys,
            lambda place: rows[place][2].shape,
            lambda: {place for place, key in enumerate(keys) if key in near} if near else near,
        )
        kinds = self.book.catalogue.kinds
        machine = tuple(
            MachineAct(
                item.key, from_ms(item.occurred_ms), kinds[item.kinds[0]].id if item.kinds else "", why
            )
            for item, why in lead.made_by_machine()
        )
        lists = self.lists.weighted(seconds, classes, same, weights)
        answers = self.answers_of_lead(lead)
        is_weighted = weights.count(1) != len(weights)
        fields, waived = lead.person.fields, lead.person.waived(at_ms)
        return Known(columns, lists, is_weighted, answers, fields, waived, at_ms, machine)


class _ByShape(dict[int, int]):
    """The class of each shape's number, worked out when first asked for. What a number stands for stays."""

    __slots__ = ("_class_of", "_near", "shapes")

    def __init__(
        self, class_of: Callable[[Shape], int], shapes: Mapping[int, Shape] | Sequence[Shape]
    ) -> None:
        super().__init__()
        self._class_of, self.shapes = class_of, shapes
        self._near: set[int] = set()

    def __missing__(self, number: int) -> int:
        shape = self.shapes[number]
        if shape.source.startswith(ACCOUNT_SOURCES):
            self._near.add(number)
        found = self[number] = self._class_of(shape)
        return found

    def colleagues_in(self, numbers: Sequence[int]) -> Set[int]:
        """The places of what colleagues did among these, once the class of each was asked for."""
        near = self._near
        if near.isdisjoint(numbers):
            return _NOWHERE
        return {place for place, number in enumerate(numbers) if number in near}


def _signal_tests(book: Compiled) -> list[SignalTest]:
    tests = [test for scorer in book.models for test in told_tests(book, scorer)]
    return [leaf for test in tests for leaf in leaves(test) if isinstance(leaf, SignalTest)]


_NOWHERE: Set[int] = frozenset()


def _digest(parts: list[str]) -> str:
    return blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


_remembered: deque[Program] = deque(maxlen=PROGRAMS_REMEMBERED_MAX)
_lock = Lock()


def program(playbook: Playbook) -> Program:
    """The program of this very playbook object; made on first sight."""
    for found in tuple(_remembered):
        if found.playbook is playbook:
            return found
    with _lock:
        made = Program(playbook)
        _remembered.appendleft(made)
        return made
