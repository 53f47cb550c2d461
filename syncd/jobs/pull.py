"""Pulls one stream page by page: each page's records and its cursor commit together, or not at all.

No transaction is open while the source is asked for the next page. Begun again from any stored cursor, a pull
misses nothing, and what it reads twice writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from syncd.core.model import System
from syncd.jobs.intake.activities import take_activities
from syncd.jobs.intake.companies import take_companies, take_users
from syncd.jobs.intake.deals import take_deals
from syncd.jobs.intake.page import Ingest, Intake, PullCount
from syncd.jobs.intake.people import take_people
from syncd.jobs.intake.removals import take_removals
from syncd.ports import (
    Activity,
    Clock,
    Company,
    Deal,
    Page,
    Person,
    Record,
    Removal,
    RemovalKind,
    Source,
    Stream,
    User,
)
from syncd.store import facts, work
from syncd.store.engine import Store
from syncd.store.lease import Token

__all__ = ["Ingest", "Pull", "PullCount", "pull_stream"]

ROUNDS_MAX = 8  # of people met through records that waited for people

_T = TypeVar("_T")


def pull_stream(
    store: Store,
    source: Source,
    stream: Stream,
    clock: Clock,
    token: Token | None,
    watched: Mapping[str, frozenset[str]],
    ingest: Ingest,
) -> PullCount:
    """Pull a stream to the present; returns what was done.

    Raises SystemFailure when the source gives up: what was stored before stays. Raises LeaseLost when
    another process took over; the page in hand is then not stored.
    """
    pull = Pull(store, source, stream, clock, token, watched, ingest)
    while pull.page():
        pass  # each page is stored by then
    return pull.count


class Pull:
    """One pull of one stream under way, page by page. `is_over` once nothing is left of it."""

    def __init__(
        self,
        store: Store,
        source: Source,
        stream: Stream,
        clock: Clock,
        token: Token | None,
        watched: Mapping[str, frozenset[str]],
        ingest: Ingest,
    ) -> None:
        self.store, self.stream, self.clock, self.token = store, stream, clock, token
        self.count = PullCount()
        self.is_over = False
        self._watched = watched
        self._shape_ids: dict[int, int] = {}
        with store.read() as tx:
            stored = work.cursor(tx, stream.system, stream.name)
            self._rejected = work.rejected_ids(tx, stream.system, stream.name)
            self._ingest = replace(ingest, born_after_at=work.baseline(tx).baseline_at)
        self._was_complete = stored is not None and stored.completed_at is not None
        self._pages = iter(source.pull(stream.name, stored.cursor if stored else None, clock.now()))

    def page(self, turn: AbstractContextManager[object] | None = None) -> bool:
        """Fetch and store the next page; True while there may be another.

        `turn` is held meanwhile and free between two pages, so that a poll can overtake a sweep. The source
        is asked beyond its last page too: it may have something to note then. Raises as `pull_stream` does.
        """
        if not self.is_over:
            with turn or nullcontext():
                page = next(self._pages, None)
                if page is not None:
                    self._store_page(page)
            self.is_over = page is None or bool(self.count.unavailable)
        return not self.is_over

    def _store_page(self, page: Page) -> None:
        """Everything that follows from one page, in one transaction."""
        now = self.clock.now()
        system, name = self.stream.system, self.stream.name
        with self.store.write(self.token) as tx:
            if page.unavailable:
                work.note_stream(tx, system, name, "unavailable", page.unavailable, now)
            else:
                intake = Intake(tx, now, self._ingest, self._watched, self.count, self._shape_ids)
                intake.epoch = self.token.epoch if self.token else 0
                take_records(intake, page.records)
                self._keep_problems(intake, page)
                self._was_complete = self._was_complete or page.is_complete
                work.save_cursor(
                    tx,
                    system,
                    name,
                    cursor=page.cursor,
                    state="fresh" if self._was_complete else "loading",
                    now=now,
                    completed=page.is_complete,
                    covered_until_at=page.covered_until_at,
                    records=len(page.records),
                )
        self.count.pages += 1
        self.count.records += len(page.records)
        self.count.is_complete = page.is_complete
        self.count.unavailable = page.unavailable

    def _keep_problems(self, intake: Intake, page: Page) -> None:
        """Records that could not be read are kept by name; those that read fine now are forgotten."""
        system, name = self.stream.system, self.stream.name
        mended = {record.ref.id for record in page.records} & self._rejected
        if mended:
            work.drop_rejects(intake.tx, system, name, mended)
            self._rejected -= mended
        for problem in page.problems:
            work.save_reject(intake.tx, system, name, problem, intake.now)
            self._rejected.add(problem.subject.id if problem.subject else "")
        self.count.problems += len(page.problems)


# --- one page --------------------------------------------------------------------------------------------


def take_records(intake: Intake, records: Iterable[Record]) -> None:
    """Store the records of one page, companies before people before what they did, removals last."""
    found = tuple(records)
    take_users(intake, _of(User, found))
    take_companies(intake, _of(Company, found))
    persons = _of(Person, found)
    take_people(intake, persons)
    take_deals(intake, _of(Deal, found))
    take_activities(intake, _of(Activity, found))
    intake.flush()
    archived = [_as_removal(person) for person in persons if person.is_archived]
    removals = [*archived, *_of(Removal, found)]
    if removals:
        take_removals(intake, removals)
        intake.flush()
    _take_up_waiting(intake)


def _of(kind: type[_T], records: Iterable[object]) -> list[_T]:
    return [record for record in records if isinstance(record, kind)]


def _as_removal(person: Person) -> Removal:
    kind = RemovalKind.ARCHIVED if person.ref.system is System.HUBSPOT else RemovalKind.DELETED
    return Removal(person.ref, kind, person.modified_at)


def _take_up_waiting(intake: Intake) -> None:
    """Records that named people nobody knew, now that some of them have come."""
    for _round in range(ROUNDS_MAX):
        met, intake.arrived = intake.arrived, set()
        payloads = facts.waiting_for(intake.tx, met)
        if not payloads:
            return
        take_deals(intake, [_restored(item, Deal) for item in payloads if item["kind"] == "Deal"], again=True)
        kind = Activity.__name__
        take_activities(
            intake, [_restored(item, Activity) for item in payloads if item["kind"] == kind], again=True
        )
        intake.flush()


def _restored(item: Any, kind: type[_T]) -> _T:
    return msgspec.convert(item["record"], kind)
