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

from syncd.core.engine import Program, Screened, program
from syncd.core.instants import to_ms
from syncd.core.playbook import Playbook
from syncd.jobs import packing
from syncd.store import colleagues, packs, shapebook, work
from syncd.store.engine import Store
from syncd.store.packs import Numbers, Stored

POSITION = "full_pass"
"""Key of the tenant's settings: the version under way and the last lead done, apart by a blank."""
STEP = 2_000
"""Leads read at once."""


def begin(tx: sa.Connection, playbook: Playbook) -> None:
    """From now on everybody is to be looked at under this definition; a pass under way starts again."""
    work.set_meta(tx, POSITION, f"{playbook.evaluation_version} 0")


def position(tx: sa.Connection, playbook: Playbook) -> int | None:
    """The last lead done by the pass of this definition; None when there is nothing to do."""
    version, _, after = (work.get_meta(tx, POSITION) or "").partition(" ")
    return int(after) if version == playbook.evaluation_version else None


@dataclass(frozen=True, slots=True)
class Read:
    """One step of the pass as read: leads in the order of their ids, and how to understand their packs."""

    rows: Sequence[Stored]
    fields: Mapping[str, frozenset[str]]  # by version of answers: which fields the packs hold
    signals_version: str


@dataclass(slots=True)
class Looked:
    """What one step found: numbers of who stays, and who is to be decided in full."""

    now_ms: int
    numbers: list[Numbers] = field(default_factory=list)
    dues: list[tuple[int | None, int]] = field(default_factory=list)
    answers: list[tuple[bytes, str, int]] = field(default_factory=list)
    leaving: list[int] = field(default_factory=list)


class _Classes(dict[int, int]):
    """The class of each shape by its number; one stored since is looked up when it is met."""

    def __init__(self, store: Store, made: Program) -> None:
        self._store, self._program = store, made
        with store.read() as tx:
            super().__init__((number, made.class_of(shape)) for number, shape in shapebook.every(tx))

    def __missing__(self, number: int) -> int:
        with self._store.read() as tx:
            self[number] = self._program.class_of(shapebook.read(tx, [number])[number])
        return self[number]


class Pass:
    """One playbook ready to look everybody over: its program, and the class of every shape."""

    def __init__(self, store: Store, playbook: Playbook) -> None:
        self.store, self.playbook = store, playbook
        self.program: Program = program(playbook)
        self._classes = _Classes(store, self.program)

    def read(self, after: int, limit: int) -> Read:
        """The next leads that were decided before and are not dirty."""
        with self.store.read() as tx:
            rows = [Stored._make(row) for row in packs.after(tx, after, limit)]
            versions = {row.answers_version for row in rows} - {None, self.program.answers_version}
            fields = {version: packing.fields_answered(tx, version) for version in versions if version}
            days = colleagues.watched_days(tx)
        return Read(rows, fields, packing.signals_version(self.program, days))

    def look(self, read: Read, now: datetime, *, want_due: bool = True) -> Looked:
        """Who stays, with new numbers and due date, and who is to be decided in full. Without `want_due` due
        dates are left as they are: to measure what they cost."""
        found = Looked(to_ms(now))
        version = self.playbook.version
        for row in read.rows:
            screened = self.screen(row, read, found, want_due=want_due)
            if screened is None or not screened.stays or screened.grade != packing.facts_of(row.facts)[0]:
                found.leaving.append(row.lead_id)
                continue
            numbers = (screened.fit_micro, screened.engagement_micro, screened.intent_micro, screened.grade)
            found.numbers.append(
                Numbers(*numbers, screened.model, screened.cell, found.now_ms, version, row.lead_id)
            )
            due_ms = None if screened.due_second is None else screened.due_second * 1000
            if want_due and due_ms != row.due_ms:
                found.dues.append((due_ms, row.lead_id))
        return found

    def screen(self, row: Stored, read: Read, found: Looked, *, want_due: bool = True) -> Screened | None:
        """What one pack tells; None where it is too old to tell."""
        if row.signals is None or row.signals_version != read.signals_version:
            return None
        answers = self._answers(row, read, found)
        if answers is None:
            return None
        known = packing.facts_of(row.facts)[1]
        second = found.now_ms // 1000
        return self.program.screen(row.signals, self._classes, answers, known, second, want_due=want_due)

    def _answers(self, row: Stored, read: Read, found: Looked) -> int | None:
        """The answers as packed, or worked out again from the packed fields where those suffice."""
        version = self.program.answers_version
        if row.answers_version == version:
            return int.from_bytes(row.answers, "little")
        if not self.program.fields_tested <= read.fields.get(row.answers_version, frozenset()):
            return None
        answers = self.program.answers_of(msgspec.json.decode(row.fields, type=dict[str, str]))
        found.answers.append((packing.as_bytes(answers), version, row.lead_id))
        return answers

    def save(self, tx: sa.Connection, read: Read, found: Looked) -> None:
        """Write a step in one transaction, and that it is done."""
        first, last = read.rows[0].lead_id, read.rows[-1].lead_id
        packs.renumber(tx, found.numbers, found.dues, (first, last), found.now_ms)
        packs.answer(tx, found.answers)
        work.set_meta(tx, POSITION, f"{self.playbook.evaluation_version} {last}")


def end(tx: sa.Connection) -> None:
    """Everybody was looked at."""
    work.set_meta(tx, POSITION, "")
