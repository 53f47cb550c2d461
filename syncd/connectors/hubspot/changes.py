"""What changed since: one object type read completely although search lies, lags and is capped.

A pass fixes a window of modification times up to now and walks it by object id (`hs_object_id > last`), so
neither the cap of 10,000 nor equal times nor edits during the walk can lose a row. Each answer's `total`
tells how many must still come: where fewer do, and no edits explain it, the window is split until every part
fits one page. The cursor only moves to now minus the index horizon, so what search shows late is read again.
The first load lists all objects instead. Nothing here knows what the objects are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from syncd.connectors.hubspot.api import SEARCH_PAGE, Api
from syncd.connectors.hubspot.wire import Row, Rows, from_ms, to_ms
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure

HORIZON = timedelta(minutes=5)
"""How late search may show a change (facts section 6: estuary holds back five minutes)."""

BATCH_ROWS = 200
"""Rows handed on together, to be stored in one transaction: more cost memory and save nothing (measured)."""

CALLS_MAX = 500
"""Search calls of one pass; what is left is taken up from the cursor at the next."""

EMPTY_PAGES_MAX = 10
DEPTH_MAX = 500
HOT_OVERLAP = timedelta(minutes=2)

Filter = Mapping[str, object]


class Window(msgspec.Struct, omit_defaults=True):
    """A part of a pass: modification times `low` to `high` (ms), ids beyond `beyond` and up to `upto`.

    `last` is the id reached. `total` is what the first page promised, `left` what must still come, `missing`
    how many did not. `pivot` and `pivot_at` are an id and a time from the middle of the first page, to split
    by. A window that came of a split (`depth`) is trusted only when it fits one page.
    """

    low: int
    high: int
    beyond: str = ""
    upto: str = ""
    last: str = ""
    total: int = -1
    left: int = -1
    missing: int = 0
    pivot: str = ""
    pivot_at: int = 0
    depth: int = 0
    by_text: bool = False


class Tail(msgspec.Struct):
    """What is known of the rows modified at `low` or later: enough to see that nothing came since."""

    low: int
    count: int = 0
    print: int = 0
    newest: int = 0

    def add(self, id_: str, modified: int) -> None:
        """Take one row in. The order of rows does not matter."""
        digest = hashlib.blake2b(f"{id_}:{modified}".encode(), digest_size=8).digest()
        self.count += 1
        self.print ^= int.from_bytes(digest, "big") >> 1
        self.newest = max(self.newest, modified)


class Load(msgspec.Struct):
    """A first load under way: when it began, and HubSpot's paging token."""

    began: int
    after: str = ""


class FeedCursor(msgspec.Struct, omit_defaults=True):
    """Where a feed stands: `since` is the horizon reached, `windows` what is left of the pass to `upto`."""

    load: Load | None = None
    since: int = 0
    upto: int = 0
    windows: list[Window] = []
    seen: Tail | None = None
    known: Tail | None = None
    polled: int = 0

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to hand on together, and the cursor to store with them. An urgent batch waits for no other."""

    rows: tuple[Row, ...]
    cursor: str
    problems: tuple[Failure, ...] = ()
    is_complete: bool = False
    covered_until_at: datetime | None = None
    is_urgent: bool = False


@dataclass(slots=True)
class _Pile:
    """Rows gathered for the next batch."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Failure] = field(default_factory=list)

    def take(self, state: FeedCursor) -> Batch:
        """What was gathered, as a batch up to where the feed stands. Nothing here holds on to its rows."""
        batch = Batch(tuple(self.rows), state.encode(), tuple(self.problems))
        self.rows.clear()
        self.problems.clear()
        return batch


class Feed:
    """The changes of one object type. `hot` names datetime properties whose change is worth looking at first;
    at most five (one filter group each)."""

    def __init__(
        self,
        api: Api,
        type_: str,
        properties: Sequence[str],
        *,
        hot: Sequence[str] = (),
        calls_max: int = CALLS_MAX,
    ) -> None:
        self._api = api
        self._type = type_
        self._properties = tuple(properties)
        # docs/api-reference/latest/crm/search-the-crm: contacts have another name for it, and the wrong one
        # finds nothing, without an error (airbyte PR 85019).
        self._modified = "lastmodifieddate" if type_ == "contacts" else "hs_lastmodifieddate"
        self._hot = tuple(hot)
        self._calls_max = calls_max
        self._calls = 0

    def batches(self, cursor: str | None, now: datetime) -> Iterator[Batch]:
        """First the load, if it is not done, then the changes up to `now`. Raises SystemFailure."""
        state = _decoded(cursor) or FeedCursor(load=Load(to_ms(now)))
        if state.load is not None:
            yield from self._load(state)
        yield from self._changes(state, now)

    def recent(self, cursor: str | None, since: datetime, now: datetime) -> Iterator[Batch]:
        """Everything modified since then, read before or not; a finished cursor begins anew."""
        state = _decoded(cursor)
        if state is None or not state.windows:
            state = FeedCursor(since=to_ms(since))
        yield from self._changes(state, now)

    # --- the first load ----------------------------------------------------------------------------------

    def _load(self, state: FeedCursor) -> Iterator[Batch]:
        pile = _Pile()
        while (load := state.load) is not None:
            page = self._listed(load)
            pile.rows += page.rows
            pile.problems += page.problems
            load.after = page.after
            if not page.after:
                state.load = None
                state.since = load.began - _ms(HORIZON)
            del page  # else its rows would be held until the next page is there
            if len(pile.rows) >= BATCH_ROWS or state.load is None:
                yield pile.take(state)

    def _listed(self, load: Load) -> Rows:
        """The next page; from the beginning when the stored token is no longer good."""
        try:
            return self._api.list_page(self._type, self._properties, load.after)
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.REJECTED or not load.after:
                raise
            return self._api.list_page(self._type, self._properties)

    # --- changes -----------------------------------------------------------------------------------------

    def _changes(self, state: FeedCursor, now: datetime) -> Iterator[Batch]:
        self._calls = 0
        pile = _Pile()
        if state.windows:
            yield from self._hot_batch(state, now)
        else:
            first = self._begin(state, now)
            if first is None:
                yield self._finished(state, pile)
                return
            if first.total > SEARCH_PAGE:
                yield from self._hot_batch(state, now)
            self._absorb(state, first, pile)
            del first  # else its rows would be held as long as the pass lasts
        while state.windows:
            if len(pile.rows) >= BATCH_ROWS or self._calls >= self._calls_max:
                yield pile.take(state)
                if self._calls >= self._calls_max:
                    return
            self._absorb(state, self._page(state.windows[0]), pile)
        self._close(state)
        yield self._finished(state, pile)

    def _begin(self, state: FeedCursor, now: datetime) -> Rows | None:
        """The first page of a new pass, or None when it shows nothing that is not known."""
        state.upto = max(to_ms(now), state.since)
        state.windows = [Window(state.since, state.upto)]
        state.seen = Tail(max(state.since, state.upto - _ms(HORIZON)))
        page = self._page(state.windows[0])
        known = state.known
        if len(page.ids) >= page.total and not page.after:
            whole = Tail(state.since)
            _add_all(whole, page, state.since)
            if known is None or known != whole:
                return page
            _add_all(state.seen, page, state.seen.low)
            self._close(state)
            return None
        if known is None or known.count != page.total or self._count(known.newest + 1, state.upto):
            return page
        state.windows, state.seen = [], None  # a large known tail: keep what is known of it as it is
        if known.newest < state.upto - _ms(HORIZON):
            state.since, state.known = state.upto - _ms(HORIZON), None
        return None

    def _close(self, state: FeedCursor) -> None:
        """End the pass: move to the horizon, and keep what is known beyond it."""
        assert state.seen is not None, "a pass begun has a tail"
        state.windows = []
        state.since, state.known, state.seen = state.seen.low, state.seen, None

    def _finished(self, state: FeedCursor, pile: _Pile) -> Batch:
        state.polled = state.upto
        covered = from_ms(max(state.since, state.upto - _ms(HORIZON)))
        return replace(pile.take(state), is_complete=True, covered_until_at=covered)

    def _absorb(self, state: FeedCursor, page: Rows, pile: _Pile) -> None:
        """Take a page of the first window in, and go on to the next window when it ends."""
        window = state.windows[0]
        assert state.seen is not None, "a pass under way has a tail"
        is_first = window.total < 0
        advance(window, page)
        if window.depth and is_first and (parts := halves(window)):
            state.windows[:1] = parts
            return
        _add_all(state.seen, page, state.seen.low)
        pile.rows += [row for row in page.rows if to_ms(row.updated_at) >= window.low]
        pile.problems += page.problems
        if window.left == 0:
            state.windows[:1] = self._settled(state, window, pile)

    def _settled(self, state: FeedCursor, window: Window, pile: _Pile) -> list[Window]:
        """What must be read again of a window that has ended: nothing, or its two halves.

        Rows edited since the pass began have left the window and are read by the next pass. Rows missing
        beyond that were skipped: search does not keep its order (estuary PR 5180).
        """
        if not window.missing:
            return []
        if window.missing <= self._count(state.upto + 1, None):
            return []
        parts = halves(window)
        if not parts:
            pile.problems.append(self._withheld(window))
        return parts

    def _withheld(self, window: Window) -> Failure:
        return Failure(
            Recovery.TRANSIENT,
            System.HUBSPOT,
            "hubspot.search_incomplete",
            f"Search of {self._type} counted {window.total} and withheld {window.missing} of them.",
            cure="Nothing to do: the next sweep's comparison reads what search withholds.",
        )

    # --- asking ------------------------------------------------------------------------------------------

    def _page(self, window: Window) -> Rows:
        """The next page of a window. An empty page that has a cursor is stepped over by that cursor."""
        groups = [self._filters(window)]
        page = self._search(groups)
        for _ in range(EMPTY_PAGES_MAX):
            if page.ids or not page.after or page.total <= 0:
                break
            page = self._search(groups, after=page.after)
        return page

    def _filters(self, window: Window) -> list[Filter]:
        filters = [_filter(self._modified, "GTE", window.low), _filter(self._modified, "LTE", window.high)]
        if window.last or window.beyond:
            filters.append(_filter("hs_object_id", "GT", window.last or window.beyond))
        if window.upto:
            filters.append(_filter("hs_object_id", "LTE", window.upto))
        return filters

    def _count(self, low: int, high: int | None) -> int:
        """How many rows were modified from `low` to `high` (ms)."""
        filters = [_filter(self._modified, "GTE", low)]
        if high is not None:
            filters.append(_filter(self._modified, "LTE", high))
        self._calls += 1
        return self._api.search(self._type, [filters], (), limit=1).total

    def _search(self, groups: Sequence[Sequence[Filter]], after: str = "") -> Rows:
        self._calls += 1
        return self._api.search(self._type, groups, self._properties, after=after)

    def _hot_batch(self, state: FeedCursor, now: datetime) -> Iterator[Batch]:
        """Who did something that matters since the last poll, ahead of a long pass that reads them again.

        A portal that lacks one of the properties refuses the query: then the pass alone has to do.
        """
        if not self._hot or not state.polled:
            return
        since = state.polled - _ms(HOT_OVERLAP)
        groups = [[_filter(name, "GTE", since)] for name in self._hot]
        try:
            page = self._search(groups)
            rows = {row.id: row for row in page.rows}
            if page.total > SEARCH_PAGE:  # an import moves one of them on everybody: what moved the others?
                rows |= {row.id: row for group in groups for row in self._search([group]).rows}
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.REJECTED:
                raise
            self._hot = ()
            return
        state.polled = to_ms(now)
        if rows:
            yield Batch(tuple(rows.values()), state.encode(), is_urgent=True)


def advance(window: Window, page: Rows) -> None:
    """Move a window past a page, and note how many rows the totals say were skipped."""
    count = len(page.ids)
    if window.total < 0:
        window.total = page.total
        if count:
            window.pivot = sorted(page.ids, key=_as_number)[(count - 1) // 2]
            times = sorted(to_ms(row.updated_at) for row in page.rows) or [window.low]
            window.pivot_at = times[(len(times) - 1) // 2]
    elif page.total < window.left:
        window.missing += window.left - page.total
    elif page.total > window.left:
        # Rows came again: what we took for the last id was not. Ids may be ordered as text
        # (airbyte PR 81335 suspects it).
        window.by_text = True
    window.left = max(0, page.total - count)
    if count:
        window.last = last_id(page.ids, by_text=window.by_text)
    elif window.left:
        window.missing += window.left
        window.left = 0


def last_id(ids: Sequence[str], *, by_text: bool) -> str:
    """The id to go on from. Where the page is in order it is the last one; else the greatest.

    Any id of the page is safe (what lies beyond it is asked for again), the greatest gets on fastest.
    """
    numbers = [_as_number(id_) for id_ in ids]
    if numbers == sorted(numbers) or list(ids) == sorted(ids):
        return ids[-1]
    return max(ids) if by_text else max(ids, key=_as_number)


def halves(window: Window) -> list[Window]:
    """The window in two, by time, or by id where all rows have one time; empty when it is one page."""
    if window.total <= SEARCH_PAGE or window.depth >= DEPTH_MAX:
        return []
    low, high, depth = window.low, window.high, window.depth + 1
    if low <= window.pivot_at < high:
        parts = [(low, window.pivot_at), (window.pivot_at + 1, high)]
        return [Window(a, b, window.beyond, window.upto, depth=depth) for a, b in parts]
    if not window.pivot or window.pivot in (window.upto, window.beyond):
        return []
    return [
        Window(low, high, window.beyond, window.pivot, depth=depth),
        Window(low, high, window.pivot, window.upto, depth=depth),
    ]


def _add_all(tail: Tail, page: Rows, low: int) -> None:
    """Add a page's rows modified at `low` or later; one that could not be read counts by its id alone."""
    for row in page.rows:
        modified = to_ms(row.updated_at)
        if modified >= low:
            tail.add(row.id, modified)
    for problem in page.problems:
        if problem.subject is not None:
            tail.add(problem.subject.id, 0)


def _filter(name: str, operator: str, value: int | str) -> Filter:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _as_number(id_: str) -> int:
    return int(id_) if id_.isdigit() else 0


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _decoded(cursor: str | None) -> FeedCursor | None:
    return None if cursor is None else msgspec.json.decode(cursor.encode(), type=FeedCursor)
