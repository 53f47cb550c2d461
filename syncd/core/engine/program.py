"""A playbook compiled for screening whole portfolios, and one lead screened or explained from packed state.

Shapes are classified once to small numbers, field tests answered once per profile into one integer, and what
hangs on that integer alone is remembered. Screening is careful: a lead stays only where a decision could move
nothing; whoever might move is to be decided with all facts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from threading import Lock
from typing import Any, NamedTuple

from syncd.core import qualify
from syncd.core.compiled import Compiled, compiled
from syncd.core.engine import packed as blobs
from syncd.core.engine.ahead import Ahead
from syncd.core.engine.lists import Lists
from syncd.core.engine.looks import chooser, generate
from syncd.core.engine.questions import Asked
from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import Decision, MachineAct, Shape, Signal, Snapshot, Verdict
from syncd.core.playbook import Playbook
from syncd.core.timeline import SALES_SOURCES, Dated
from syncd.core.view import Person

PROGRAMS_REMEMBERED_MAX = 4
PROFILES_REMEMBERED_MAX = 50_000
HELD_REMEMBERED_MAX = 10_000


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


class Program:
    """One playbook, ready to screen."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.book: Compiled = compiled(playbook)
        self.fields_tested: frozenset[str] = frozenset(atom.field for atom in self.book.field_atoms)
        """Names of the fields any test reads, derived ones (`person.*`, `account.*`) among them."""
        self.answers_version: str = _digest([repr(test) for test in self.book.field_tests])
        """Changes when other questions are asked of fields: then answers are to be worked out again."""
        self.machine_version: str = _digest([repr(playbook.machine)])
        """Changes when machine clicks are told apart otherwise: then the packed state is old."""
        asked = Asked(self.book)
        self._choose, self._is_choice_fixed = chooser(self.book, asked, weighted=False)
        self._choose_weighted, _fixed = chooser(self.book, asked, weighted=True)
        self._plain = generate(self.book, asked, asked.slots, weighted=False)
        self._weighted = generate(self.book, asked, asked.slots, weighted=True)
        self._lists = Lists(self.book, asked)
        self._ahead = [Ahead(scorer, asked.slots) for scorer in self.book.models]
        self._names = ["lead", *(f"mql:{level.id}" for level in playbook.levels.mql), "near_sql"]
        self._profiles: dict[int, tuple[int, tuple[Any, ...], str]] = {}
        self._helds: dict[Held, tuple[int, int, int, int | None]] = {}

    # --- what is stored ----------------------------------------------------------------------------------

    def class_of(self, shape: Shape) -> int:
        """The class of a shape; 0 for what no rule or test of this playbook counts."""
        return self._lists.class_of(shape)

    def answers_of(self, fields: Mapping[str, str]) -> int:
        """Every field test answered, two bits each: 0 false, 1 true, 2 unknown. `fields` are those of
        `syncd.core.lead.known_fields`, or as many of them as are in `fields_tested`."""
        answers = 0
        get = fields.get
        for number, atom in enumerate(self.book.field_atoms):
            text = get(atom.field, "")
            answer = atom.holds(text) if text.strip() else atom.when_blank
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
        number. Only what is visible and was not made by a machine may be packed.

        Where signals choose the model nobody stays: the moment at which another applies is for `decide`."""
        height, where, earned, until = self._helds.get(held) or self._hold(held)
        seconds, shapes, weights = blobs.counting(packed)
        columns = seconds, shapes, classes
        lists: Mapping[int, Any]
        if weights is None:
            made, lists = self._plain, self._lists.plain(seconds, shapes, classes)
        else:
            made, lists = self._weighted, self._lists.weighted(seconds, shapes, classes, weights)
        if self._is_choice_fixed:
            number, known, model = self._profiles.get(answers) or self._profile(answers)
        else:
            choose = self._choose if weights is None else self._choose_weighted
            number, where = choose(answers, lists, columns, second), -1
            known, model = made[number].profile(answers), self.book.models[number].model.id
        looks = made[number]
        look = looks.look_ahead if want_due else looks.look
        found = look(known, lists, columns, second, height)
        stays = (
            found[7] == where
            and found[8] == earned
            and not found[5]
            and not found[6]
            and found[9] == held.missing
            and model == held.model
            and (until is None or second < until)
        )
        due = None
        if stays and want_due:
            stays, due = self._ahead[number].due(
                looks,
                found,
                lists,
                second,
                until,
                lambda at: look(known, lists, columns, at, height),
                is_near=held.stage == "near_sql",
            )
        return Screened(found[0], found[1], found[2], found[3], model, found[4], stays, due)

    def _profile(self, answers: int) -> tuple[int, tuple[Any, ...], str]:
        """What hangs on the answers alone: the number of the model, what its profile says, its id."""
        number = self._choose(answers)
        if len(self._profiles) >= PROFILES_REMEMBERED_MAX:
            self._profiles.clear()
        model = self.book.models[number].model.id
        found = self._profiles[answers] = number, self._plain[number].profile(answers), model
        return found

    def _hold(self, held: Held) -> tuple[int, int, int, int | None]:
        """Where a lead is held, in the numbers of a look: the height of its level, where it stands (-1 for
        somebody screening never lets stay), what it had earned, and until when."""
        stands = f"mql:{held.level}" if held.stage == "mql" else held.stage
        height = len(self.book.levels) - 1 if held.stage == "near_sql" else -1
        if held.stage == "mql":
            height = self.book.level_numbers.get(held.level, -1)
        can_stay = held.is_plain and not held.waived
        numbers = {name: number for number, name in enumerate(self._names)}
        where = numbers.get(stands, -1) if can_stay else -1
        if len(self._helds) >= HELD_REMEMBERED_MAX:
            self._helds.clear()
        found = self._helds[held] = height, where, numbers.get(held.earned, -1), held.until_second
        return found

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
