"""The loop: one transaction per page, cursors, problems, unavailable streams, stopping."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from syncd.core.model import System
from syncd.jobs.pull import Pull, PullCount, pull_stream
from syncd.ports import Failure, Page, Recovery, SystemFailure
from syncd.store import lease, work
from syncd.store.engine import Store
from tests.ingest.world import INGEST, STREAM, WATCHED, Desk, Hand, Pages, at, contact, hs, pages_of


def _pull(store: Store, source: Pages) -> PullCount:
    return pull_stream(store, source, STREAM, Hand(), None, WATCHED, INGEST)


def _cursor(store: Store) -> work.CursorRow:
    with store.read() as tx:
        row = work.cursor(tx, STREAM.system, STREAM.name)
    assert row is not None
    return row


def test_a_pull_ends_at_the_present_and_goes_on_from_there(desk: Desk) -> None:
    source = Pages(pages_of([contact(1)], [contact(2)]))
    count = _pull(desk.store, source)
    assert (count.pages, count.records, count.is_complete) == (2, 2, True)
    row = _cursor(desk.store)
    assert (row.cursor, row.state, row.completed_at, row.records) == ("2", "fresh", at(100), 2)
    _pull(desk.store, source)
    assert source.asked == [None, "2"]


def test_before_the_first_end_a_stream_is_loading(desk: Desk) -> None:
    _pull(desk.store, Pages(pages_of([contact(1)], [contact(2)])[:1]))
    assert (_cursor(desk.store).state, _cursor(desk.store).completed_at) == ("loading", None)


def test_the_covered_moment_moves_with_the_page_that_says_so(desk: Desk) -> None:
    [page] = pages_of([contact(1)])
    _pull(desk.store, Pages([replace(page, covered_until_at=at(99))]))
    assert _cursor(desk.store).covered_until_at == at(99)


class _Breaking(Pages):
    """Gives its first page and then fails."""

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        yield self.pages[0]
        raise SystemFailure(Failure(Recovery.TRANSIENT, System.HUBSPOT, "hubspot.unreachable", "no answer"))


def test_what_was_read_before_a_failure_stays_with_its_cursor(desk: Desk) -> None:
    pages = pages_of([contact(1)], [contact(2)])
    with pytest.raises(SystemFailure, match="unreachable"):
        _pull(desk.store, _Breaking(pages))
    assert _cursor(desk.store).cursor == "1"
    _pull(desk.store, Pages(pages))
    assert len(desk.living()) == 2


def test_a_page_that_cannot_be_stored_leaves_no_trace(desk: Desk) -> None:
    """Rows and cursor commit together or not at all."""
    broken = replace(contact(2), counters=(object(),))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        _pull(desk.store, Pages(pages_of([contact(1), broken])))
    assert desk.living() == []
    with desk.store.read() as tx:
        assert work.cursor(tx, STREAM.system, STREAM.name) is None


class _Busy(Pages):
    """Writes to the store while the next page is being fetched, as another process would."""

    def __init__(self, pages: list[Page], store: Store) -> None:
        super().__init__(pages)
        self.store = store

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        for page in self.pages:
            with self.store.write(None) as tx:
                work.set_meta(tx, "elsewhere", page.cursor)
            yield page


def test_no_transaction_is_open_while_the_source_is_asked(desk: Desk) -> None:
    """Another writer must get through: on SQLite it would wait for the lock and fail."""
    _pull(desk.store, _Busy(pages_of([contact(1)], [contact(2)]), desk.store))
    with desk.store.read() as tx:
        assert work.get_meta(tx, "elsewhere") == "2"


def test_a_holder_that_lost_its_lease_stores_nothing(desk: Desk) -> None:
    token = lease.take(desk.store, "first", 60)
    assert token is not None
    token.release()
    assert lease.take(desk.store, "second", 60) is not None
    with pytest.raises(lease.LeaseLost):
        pull_stream(desk.store, Pages(pages_of([contact(1)])), STREAM, Hand(), token, WATCHED, INGEST)
    assert desk.living() == []


def _opened(store: Store, source: Pages) -> Pull:
    return Pull(store, source, STREAM, Hand(), None, WATCHED, INGEST)


def test_a_pull_left_between_two_pages_is_taken_up_from_there(desk: Desk) -> None:
    source = Pages(pages_of([contact(1)], [contact(2)]))
    assert _opened(desk.store, source).page()
    assert (len(desk.living()), _cursor(desk.store).cursor) == (1, "1")
    _pull(desk.store, source)
    assert source.asked == [None, "1"]


def test_a_source_is_asked_beyond_its_last_page(desk: Desk) -> None:
    """It may have something to note then: that a form need not be looked at again."""
    ended: list[bool] = []

    class Noting(Pages):
        def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
            yield from super().pull(stream, cursor, now)
            ended.append(True)

    pull = _opened(desk.store, Noting(pages_of([contact(1)])))
    assert [pull.page(), pull.page(), pull.page()] == [True, False, False]
    assert (pull.is_over, ended) == (True, [True])


def test_the_turn_is_held_for_a_page_and_free_between_two(desk: Desk) -> None:
    """A poll overtakes a sweep there."""
    turn = threading.Lock()
    held: list[bool] = []

    class Watching(Pages):
        def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
            for page in super().pull(stream, cursor, now):
                held.append(turn.locked())
                yield page

    pull = _opened(desk.store, Watching(pages_of([contact(1)], [contact(2)])))
    while pull.page(turn):
        assert not turn.locked()
    assert held == [True, True]


def test_an_unavailable_stream_is_a_state_with_its_reason(desk: Desk) -> None:
    """No Enterprise tier is not a failure; a cursor from better days stays."""
    _pull(desk.store, Pages(pages_of([contact(1)])))
    gone = Page((), "", is_complete=False, unavailable="the portal has no Enterprise tier")
    count = _pull(desk.store, Pages([*pages_of([contact(1)]), gone]))
    row = _cursor(desk.store)
    assert (row.state, row.note, row.cursor) == ("unavailable", "the portal has no Enterprise tier", "1")
    assert count.unavailable == row.note


def test_a_record_that_cannot_be_read_is_kept_by_name_until_it_can(desk: Desk) -> None:
    problem = Failure(
        Recovery.REJECTED, System.HUBSPOT, "hubspot.bad_date", "no date", cure="mend it", subject=hs(7)
    )
    page = Page((contact(1),), "1", is_complete=True, problems=(problem,))
    assert _pull(desk.store, Pages([page])).problems == 1
    with desk.store.read() as tx:
        [reject] = work.all_rejects(tx)
    assert (reject.object_id, reject.code, reject.cure) == ("7", "hubspot.bad_date", "mend it")
    _pull(desk.store, Pages([page, Page((contact(7),), "2", is_complete=True)]))
    with desk.store.read() as tx:
        assert work.all_rejects(tx) == ()


def test_a_stream_that_was_complete_stays_fresh_while_it_reads_on(desk: Desk) -> None:
    _pull(desk.store, Pages(pages_of([contact(1)])))
    more = [*pages_of([contact(1)]), Page((contact(2),), "2", is_complete=False)]
    _pull(desk.store, Pages(more))
    assert (_cursor(desk.store).state, _cursor(desk.store).cursor) == ("fresh", "2")


def test_streams_of_one_name_in_two_systems_are_two(desk: Desk) -> None:
    _pull(desk.store, Pages(pages_of([contact(1)])))
    with desk.store.read() as tx:
        assert work.cursor(tx, System.SALESFORCE, STREAM.name) is None
