"""A playbook compiled for screening whole portfolios, and one lead screened or explained from packed state.

Shapes are classified once to small numbers, field tests answered once per profile into one integer. Screening
is careful: a lead stays only where a decision could move nothing; whoever might move is to be decided with
all facts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

from syncd.core import qualify
from syncd.core.atoms import ScoreName
from syncd.core.compiled import Compiled, compiled
from syncd.core.engine import packed as blobs
from syncd.core.horizon import next_flip
from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import Decision, MachineAct, Position, Shape, Signal, Snapshot, Stage, Verdict
from syncd.core.playbook import Playbook
from syncd.core.timeline import SALES_SOURCES, Dated, Timeline
from syncd.core.view import Person, View

PROGRAMS_REMEMBERED_MAX = 4
LOOKAHEAD_MAX = 200
"""Answers that change without moving the lead, looked at for the due date, as `decide` does."""


class Held(NamedTuple):
    """What screening must know of a lead besides its signals and fields. Most leads share few of these.

    `stage` and `level` are where it stands; `earned`, `missing` and `model` what the last decision found
    (`str(Verdict.earned)`, `Verdict.missing`, `Verdict.model`). `is_plain` says that nothing of sales' side
    can move it: there is no deal, status, delivery or release among its facts. `waived` are the ids set aside
    now. `until_second` is the next second at which a waiver begins or ends or a fact already known acts: due
    by then, whatever the playbook says, and from then on the packed state is old.
    """

    stage: str
    level: str
    earned: str
    missing: tuple[str, ...] = ()
    model: str = ""
    is_plain: bool = True
    waived: frozenset[str] = frozenset()
    until_second: int | None = None


class Screened(NamedTuple):
    """What screening found at one second. `stays`: a decision on the same facts would make no move and name
    no other earned level, missing list or model. Then `due_second` is its due date (None: never); else
    `due_second` says nothing."""

    fit_micro: int
    engagement_micro: int
    intent_micro: int
    grade: str
    model: str
    cell: str
    stays: bool
    due_second: int | None


def held(snapshot: Snapshot, decision: Decision) -> Held:
    """What is to be kept of a lead just decided, for screening it later."""
    now_ms = to_ms(decision.verdict.at)
    standing, verdict = decision.standing, decision.verdict
    moments = [
        to_ms(at) for waiver in snapshot.waivers for at in (waiver.at, waiver.until_at) if at is not None
    ]
    everything = (*snapshot.signals, *snapshot.account_signals)
    moments += [max(to_ms(item.occurred_at), to_ms(item.known_at)) for item in everything]
    ahead = [moment for moment in moments if moment > now_ms]
    return Held(
        stage=str(standing.position.stage),
        level=standing.position.level,
        earned=str(verdict.earned),
        missing=verdict.missing,
        model=verdict.model,
        is_plain=not snapshot.opportunities
        and not any(item.shape.source in SALES_SOURCES for item in snapshot.signals),
        waived=snapshot.waived | Person({}, snapshot.waivers).waived(now_ms),
        until_second=-(-min(ahead) // 1000) if ahead else None,
    )


@dataclass(frozen=True, slots=True)
class _Class:
    """Shapes nobody can tell apart: the numbers of their kinds, and one of them to stand for all."""

    kinds: tuple[int, ...]
    shape: Shape


class _Answered(Person):
    """A person of whom only the answers to the field tests are known."""

    __slots__ = ("_given", "_set_aside")

    def __init__(self, book: Compiled, answers: int, waived: frozenset[str]) -> None:
        super().__init__({})
        self._set_aside = waived
        for number, atom in enumerate(book.field_atoms):
            self._answers[atom] = TRI[answers >> 2 * number & 3]

    def waived(self, at_ms: int) -> frozenset[str]:
        return self._set_aside


TRI: tuple[bool | None, ...] = (False, True, None)
"""What two bits say."""


class Program:
    """One playbook, ready to screen."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.book = compiled(playbook)
        self.fields_tested: frozenset[str] = frozenset(atom.field for atom in self.book.field_atoms)
        """Names of the fields any test reads, derived ones (`person.*`, `account.*`) among them."""
        self.answers_version: str = _digest([repr(test) for test in self.book.field_tests])
        """Changes when other questions are asked of fields: then answers are to be worked out again."""
        self.machine_version: str = _digest([repr(playbook.machine)])
        """Changes when machine clicks are told apart otherwise: then the packed state is old."""
        self._classes: list[_Class] = [_Class((), Shape(""))]
        self._by_look: dict[tuple[tuple[int, ...], bool, tuple[str, ...]], int] = {}

    # --- what is stored ----------------------------------------------------------------------------------

    def class_of(self, shape: Shape) -> int:
        """The class of a shape; 0 for what no rule or test of this playbook counts."""
        kinds = self.book.catalogue.kinds_of(shape)
        if not kinds:
            return 0
        values = tuple(shape.attributes.get(name, "") for name in self.book.attributes_compared)
        look = kinds, shape.source.startswith("account."), values
        found = self._by_look.get(look)
        if found is None:
            found = self._by_look[look] = len(self._classes)
            self._classes.append(_Class(kinds, shape))
        return found

    def answers_of(self, fields: Mapping[str, str]) -> int:
        """Every field test answered, two bits each: 0 false, 1 true, 2 unknown. `fields` are those of
        `syncd.core.lead.known_fields`, or as many of them as are in `fields_tested`."""
        person = Person(fields)
        answers = 0
        for number, atom in enumerate(self.book.field_atoms):
            answer = person.holds(atom)
            answers |= (2 if answer is None else int(answer)) << 2 * number
        return answers

    # --- screening ---------------------------------------------------------------------------------------

    def screen(
        self,
        packed: bytes,
        classes: Sequence[int] | Mapping[int, int],
        answers: int,
        held: Held,
        second: int,
        *,
        want_due: bool = False,
    ) -> Screened:
        """The numbers of one lead at `second`, and whether it stays. `classes` give the class of each shape's
        number. Only what is visible and was not made by a machine may be packed."""
        columns = blobs.unpack(packed)
        timeline = Timeline()
        for time_ms, shape, weight, key in zip(
            columns.times_ms, columns.shapes, columns.weights, columns.keys, strict=True
        ):
            like = self._classes[classes[shape]]
            signal = Signal(key, _EPOCH, _EPOCH, like.shape, weight)
            timeline.admit(Dated(time_ms, key, time_ms, like.kinds, signal))
        view = View(self.book, _Answered(self.book, answers, held.waived), timeline, second * 1000)
        stays, due = self._stays(view, held), None
        if stays and want_due:
            stays, due = self._due(view, held)
        return Screened(
            view.fit_micro,
            view.micro(ScoreName.ENGAGEMENT),
            view.micro(ScoreName.INTENT),
            view.grade,
            view.model.model.id,
            view.cell,
            stays,
            due,
        )

    def _stays(self, view: View, held: Held) -> bool:
        if held.stage not in ("lead", "mql", "near_sql") or not held.is_plain:
            return False
        if held.until_second is not None and view.second >= held.until_second:
            return False
        earned, missing = qualify.earned_position(view)
        if view.model.model.id != held.model or str(earned) != held.earned or missing != held.missing:
            return False
        claims, blocked, stage, level, _lacking = self._look(view, held)
        return not claims and not blocked and (stage, level) == (held.stage, held.level)

    def _look(self, view: View, held: Held) -> tuple[bool, bool, str, str, tuple[str, ...]]:
        """Whether it claims to be an SQL, whether a filter throws it out, and where it belongs below SQL."""
        claims = qualify.is_sql(view) or qualify.did_decisive(view)
        blocked = qualify.stopping_filter(view, qualify.BLOCKING) is not None
        where, missing = qualify.position_below_sql(view, Position(Stage(held.stage), held.level))
        return claims, blocked, str(where.stage), where.level, missing if held.stage == "near_sql" else ()

    def _due(self, view: View, held: Held) -> tuple[bool, int | None]:
        """Whether the outlook can be told without all facts, and when it changes."""
        seen, until = self._look(view, held), held.until_second
        for _answer in range(LOOKAHEAD_MAX):
            second = next_flip((view,), until)
            if second is None or (until is not None and second >= until):
                return True, until
            view = View(self.book, view.person, view.timeline, second * 1000)
            look = self._look(view, held)
            if look[0]:
                return False, None
            if look != seen:
                return True, second
        return True, view.second

    # --- explaining --------------------------------------------------------------------------------------

    def explain(
        self,
        packed: bytes,
        shapes: Mapping[int, Shape] | Sequence[Shape],
        snapshot: Snapshot,
        now: datetime,
        *,
        machine: tuple[MachineAct, ...] = (),
    ) -> Verdict:
        """The full verdict on one lead from its packed state, with every reason, criterion and filter.

        `snapshot` needs no signals; its `fields` are those of `known_fields`, or as many as are in
        `fields_tested`. `shapes` give the shape of each number in the blob. `machine` are the acts left out
        of it, as the last decision listed them.
        """
        columns = blobs.unpack(packed)
        kinds_of = self.book.catalogue.kinds_of
        prepared = []
        for time_ms, number, weight, key in zip(
            columns.times_ms, columns.shapes, columns.weights, columns.keys, strict=True
        ):
            shape = shapes[number]
            signal = Signal(key, _EPOCH, _EPOCH, shape, weight)
            prepared.append(Dated(time_ms, key, time_ms, kinds_of(shape), signal))
        lead = Lead(snapshot, self.book, prepared=prepared, fields=snapshot.fields)
        now_ms = to_ms(now)
        lead.advance(now_ms)
        verdict = qualify.judge(lead.at(now_ms), snapshot.standing)
        return replace(verdict, machine=machine) if machine else verdict


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
