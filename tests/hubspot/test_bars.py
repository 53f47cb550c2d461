"""The bars of the benchmark that depend on no machine: nothing lost, few calls, small pages.

2,030 changes and 12,000 equal times are held in `test_changes`; this is the rest, up to the real store.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.completeness import LIES, losses
from syncd.connectors.hubspot.changes import BATCH_ROWS, Batch
from syncd.connectors.hubspot.feeds import AHEAD_ROWS, accompanied
from syncd.connectors.hubspot.wire import Row
from syncd.jobs.pull import Ingest, pull_stream
from syncd.store.engine import Store
from syncd.store.tables import profiles
from tests.hubspot.conftest import Portal

AT = datetime(2026, 9, 1, tzinfo=UTC)


def test_nobody_is_lost_however_the_portal_moves_and_search_lies() -> None:
    """One edit per request, equal times, disorder within and across pages, short pages, withheld rows."""
    found = list(losses(1_500))
    assert [loss.lost for loss in found] == [0] * (len(LIES) + 4)
    assert max(loss.calls for loss in found) < 100


def test_a_first_load_while_people_edit_is_stored_whole(portal: Portal, tmp_path: Path) -> None:
    """What changed behind the load's back is in the poll that follows it."""
    ids = portal.contacts(2_500, jobtitle="Planner")
    store = Store(f"sqlite:///{tmp_path}/state/syncd.db")
    store.create_all()
    left = iter(ids)

    def somebody_edits() -> None:
        portal.wait(milliseconds=5)
        portal.sandbox.hubspot.update("contacts", next(left), {"jobtitle": "Head of Planning"})

    stream_of = {item.name: item for item in portal.connect().streams()}
    for guard in (somebody_edits, None):
        connector = portal.connect(guard=guard)
        pull_stream(store, connector, stream_of["contacts"], portal, None, {}, Ingest("4711"))
        portal.wait(minutes=1)

    with store.read() as tx:
        rows = tx.execute(sa.select(profiles.c.object_id, profiles.c.properties)).all()
    store.dispose()
    truth = {id_: portal.sandbox.hubspot.record("contacts", id_).properties["jobtitle"] for id_ in ids}
    assert {row.object_id: row.properties["jobtitle"] for row in rows} == truth
    assert list(truth.values()).count("Head of Planning") >= 30


def test_a_page_is_small_and_its_associations_come_with_its_neighbours(portal: Portal) -> None:
    """What is stored at once is held at once; a call for associations serves more than one page."""
    portal.contacts(1_000)
    portal.wait(minutes=30)
    mark = portal.mark
    pages = list(portal.connect().pull("contacts", None, portal.now()))
    assert max(len(page.records) for page in pages) <= BATCH_ROWS
    assert len({page.cursor for page in pages if page.records}) == 5
    asked = [call for call in portal.calls_since(mark) if "associations" in call]
    assert len(asked) == 3


def rows_alive() -> int:
    return sum(isinstance(item, Row) for item in gc.get_objects())


def test_rows_of_a_page_in_store_are_no_longer_held(portal: Portal) -> None:
    """What was read ahead is held, and no row of the page that is being stored beside its records."""
    portal.contacts(2 * AHEAD_ROWS)
    before = rows_alive()
    pages = portal.connect().pull("contacts", None, portal.now())
    first = next(iter(pages))
    assert len(first.records) >= BATCH_ROWS
    assert rows_alive() - before <= AHEAD_ROWS - BATCH_ROWS


def batch_of(numbers: range, *, is_urgent: bool = False) -> Batch:
    return Batch(tuple(Row(str(number), {}, AT, AT) for number in numbers), "", is_urgent=is_urgent)


def test_an_urgent_batch_waits_for_no_other() -> None:
    """Who asked for a demo is handed on before the next page is even read."""
    read: list[str] = []
    asked: list[int] = []

    def batches() -> Iterator[Batch]:
        for name, batch in (
            ("urgent", batch_of(range(3), is_urgent=True)),
            ("first", batch_of(range(10, 10 + AHEAD_ROWS // 2))),
            ("second", batch_of(range(1_000, 1_000 + AHEAD_ROWS // 2))),
            ("last", batch_of(range(5_000, 5_001))),
        ):
            read.append(name)
            yield batch

    def ask(ids: Sequence[str]) -> int:
        asked.append(len(ids))
        return len(ids)

    handed = accompanied(batches(), ask)
    batch, answer = next(handed)
    assert (batch.is_urgent, answer, read) == (True, 3, ["urgent"])
    assert [answer for _batch, answer in handed] == [AHEAD_ROWS, AHEAD_ROWS, 1]
    assert asked == [3, AHEAD_ROWS, 1]
