"""A full pass: everybody is looked at under a new definition, from packs, in one restartable stream.

Who stays gets new numbers and a new due date; who would move, or whose pack is too old to tell, is decided in
full. Where the pass stands is kept with the tenant and moves with the numbers it has written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import sqlalchemy as sa

from syncd.core.engine import Program, Screened, Stance, program
from syncd.core.instants import to_ms
from syncd.core.playbook import Playbook
from syncd.jobs import packing
from syncd.jobs.packing import facts_of, fields_answered
from syncd.store import colleagues, packs, shapebook, work
from syncd.store.engine import Store
from syncd.store.packs import Numbers, Stored

POSITION = "full_pass"
"""Key of the tenant's settings: the version under way and the last lead done, apart by a blank."""
STEP = 8_000
"""Leads read at once."""
STANDS_REMEMBERED_MAX = 20_000


def begin(tx: sa.Connection, playbook: Playbook) -> None:
    """From now on everybody is to be looked at under this definition; a pass under way starts again."""
    work.set_meta(tx, POSITION, f"{playbook.evaluation_version} 0")


def position(tx: sa.Connection, playbook: Playbook) -> int | None:
    """The last lead done by the pass of this definition; None when there is nothing to do."""
    version, _, after = (work.get_meta(tx, POSITION) or "").partition(" ")
    return int(after) if version == playbook.evaluation_version else None


@dataclass(frozen=True, slots=True)
class Read:
    """One step of the pass as read: leads in the order of their ids, and what it takes to understand them."""

    rows: Sequence[Stored]
    fields: Mapping[int, str] = field(default_factory=dict)
    """Packed fields of those whose answers are to other questions, where they suffice for ours."""


@dataclass(slots=True)
class Looked:
    """What one step found: numbers of who stays, and who is to be decided in full."""

    now_ms: int
    numbers: list[Numbers] = field(default_factory=list)
    dues: list[tuple[int | None, int]] = field(default_factory=list)
    answers: list[tuple[bytes, str, int]] = field(default_factory=list)
    leaving: list[int] = field(default_factory=list)


_Stands = tuple[Stance, str, int | None]
"""Where a lead stands, the grade last named, and from when on its pack is old."""


class Pass:
    """One playbook ready to look everybody over: its program, and the class of every shape."""

    def __init__(self, store: Store, playbook: Playbook) -> None:
        self.store, self.playbook = store, playbook
        self.program: Program = program(playbook)
        self._classes: list[int] = []  # by the number of the shape; 0 for a number that is none
        self._known: dict[tuple[bytes, str], _Stands] = {}

    def read(self, after: int, limit: int) -> Read:
        """The next leads that were decided before and are not dirty."""
        ours = self.program.answers_version
        with self.store.read() as tx:
            self._classify(tx)
            version = packing.signals_version(self.program, colleagues.watched_days(tx))
            rows = packs.after(tx, after, limit, version, ours)
            others = {row[3] for row in rows} - {None, ""}
            known = {item for item in others if self.program.fields_tested <= fields_answered(tx, item)}
            fields = packs.fields_of(tx, [row[0] for row in rows if row[3] in known])
        return Read(rows, fields)

    def _classify(self, tx: sa.Connection) -> None:
        """The class of every shape there is; those stored since the last step are added."""
        for number, shape in shapebook.since(tx, len(self._classes)):
            self._classes += [0] * (number - len(self._classes))
            self._classes.append(self.program.class_of(shape))

    def look(self, read: Read, now: datetime, *, want_due: bool = True) -> Looked:
        """Who stays, with new numbers and due date, and who is to be decided in full. Without `want_due` due
        dates are left as they are: to measure what they cost."""
        found = Looked(to_ms(now))
        written, second = (found.now_ms, self.playbook.version), found.now_ms // 1000
        screened, classes = self.program.screened, self._classes
        for row in read.rows:
            lead_id, signals = row[0], row[1]
            stands = self._stands(row, read, found)
            if stands is None or signals is None:
                found.leaving.append(lead_id)
                continue
            stance, grade, stale_second = stands
            numbers, stays, due_second = screened(signals, classes, stance, second, want_due=want_due)
            if not stays or numbers[3] != grade:
                found.leaving.append(lead_id)
                continue
            found.numbers.append((*numbers, *written, lead_id))
            if want_due:
                due_ms = _due_ms(due_second, stale_second, row[5])
                if due_ms != row[5]:
                    found.dues.append((due_ms, lead_id))
        return found

    def screen(self, row: Stored, read: Read, found: Looked) -> Screened | None:
        """What one pack tells; None where it is too old to tell."""
        stands, signals = self._stands(row, read, found), row[1]
        if stands is None or signals is None:
            return None
        second = found.now_ms // 1000
        seen = self.program.screened(signals, self._classes, stands[0], second, want_due=True)
        numbers, stays, due_second = seen
        return Screened(*numbers, stays, due_second)

    def _stands(self, row: Stored, read: Read, found: Looked) -> _Stands | None:
        """Where a lead stands; None where its pack is too old to tell anything by."""
        lead_id, signals, packed, others, told, _due_ms = row
        if signals is None:
            return None
        if not others:
            known = self._known.get((packed, told))
            if known is None:
                known = self._known[packed, told] = self._learn(int.from_bytes(packed, "little"), told)
            stands = known
        elif lead_id in read.fields:
            stands = self._learn(self._answered_again(lead_id, read.fields[lead_id], found), told)
        else:
            return None
        stale_second = stands[2]
        if stale_second is not None and found.now_ms // 1000 >= stale_second:
            return None
        return stands

    def _learn(self, answers: int, told: str) -> _Stands:
        grade, known = facts_of(told)
        if len(self._known) >= STANDS_REMEMBERED_MAX:
            self._known.clear()
        return self.program.stance(answers, known), grade, known.stale_second

    def _answered_again(self, lead_id: int, fields: str, found: Looked) -> int:
        """The answers to our questions, worked out from packed fields and kept."""
        answers = self.program.answers_of(msgspec.json.decode(fields, type=dict[str, str]))
        found.answers.append((packing.as_bytes(answers), self.program.answers_version, lead_id))
        return answers

    def save(self, tx: sa.Connection, read: Read, found: Looked) -> None:
        """Write a step in one transaction, and that it is done."""
        first, last = read.rows[0][0], read.rows[-1][0]
        packs.renumber(tx, found.numbers, found.dues, (first, last), found.now_ms)
        packs.answer(tx, found.answers)
        work.set_meta(tx, POSITION, f"{self.playbook.evaluation_version} {last}")


def end(tx: sa.Connection) -> None:
    """Everybody was looked at."""
    work.set_meta(tx, POSITION, "")


def _due_ms(due_second: int | None, stale_second: int | None, known_ms: int | None) -> int | None:
    """When a lead that stays is due; still by when what is packed of colleagues ends, if it was."""
    ends = [] if due_second is None else [due_second * 1000]
    if stale_second is not None and known_ms == stale_second * 1000:
        ends.append(stale_second * 1000)
    return min(ends, default=None)
