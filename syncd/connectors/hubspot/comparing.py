"""The rolling comparison: all contacts by listing, some pages at every sweep, again and again.

Search can hide a record altogether and not even count it; a listing is consistent with the primary store, so
whatever search withheld is among what it brings, and known content costs nothing further. A round begins an
hour after the last one at the earliest, at once when search has contradicted itself. What a step may read
grows with the time since the last step and the portal's daily limit, so that comparing takes two calls in a
hundred at most (and half a call more for associations), however often one sweeps: up to 20,000 contacts are
compared whole once an hour on the smallest tier, a million in two days, or in half a day with a million calls
a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.changes import BATCH_ROWS, Batch
from syncd.connectors.hubspot.wire import Row, Rows, from_ms, to_ms
from syncd.ports import Budget, Failure, Recovery, SystemFailure

ROUND_EVERY: Final = timedelta(hours=1)
DAY_SHARE: Final = 0.02
DAILY_LIMIT: Final = (
    250_000  # of the smallest tier (usage-guidelines), until an answer tells the portal's own
)
PAGES_MIN: Final = 20
ELAPSED_MAX: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class _Round(msgspec.Struct, omit_defaults=True):
    """When the round began and its last step was (epoch ms), and the token of the page that comes next."""

    began: int = 0
    stepped: int = 0
    after: str = ""
    is_open: bool = False


class Comparison:
    """One object type compared page by page. `is_doubted` asks for a round at once."""

    def __init__(self, api: Api, type_: str, properties: Sequence[str]) -> None:
        self._api = api
        self._type = type_
        self._properties = tuple(properties)

    def step(
        self, cursor: str | None, now: datetime, *, daily_limit: int = DAILY_LIMIT, is_doubted: bool = False
    ) -> Iterator[Batch]:
        """The next pages of the round, or nothing while it rests. The last batch ends the step; it says up
        to when all is covered when the round has ended. Raises SystemFailure."""
        state = msgspec.json.decode(cursor, type=_Round) if cursor else _Round(to_ms(now), to_ms(now))
        since = now - from_ms(state.stepped)
        if not state.is_open and (is_doubted or now - from_ms(state.began) >= ROUND_EVERY):
            state.began, state.after, state.is_open = to_ms(now), "", True
        if state.is_open:
            yield from self._pages(state, pages_of(daily_limit, since))
            state.stepped = to_ms(now)
        covered = None if state.is_open else from_ms(state.began)
        yield Batch((), _encoded(state), is_complete=True, covered_until_at=covered)

    def _pages(self, state: _Round, pages_max: int) -> Iterator[Batch]:
        rows: list[Row] = []
        problems: list[Failure] = []
        for number in range(1, pages_max + 1):
            page = self._listed(state)
            rows += page.rows
            problems += page.problems
            state.after, state.is_open = page.after, bool(page.after)
            del page
            if len(rows) >= BATCH_ROWS or not state.is_open or number == pages_max:
                batch = Batch(tuple(rows), _encoded(state), tuple(problems))
                rows.clear()  # nothing here holds on to what has been handed on
                problems.clear()
                yield batch
                del batch
            if not state.is_open:
                return

    def _listed(self, state: _Round) -> Rows:
        """The next page; from the beginning when the stored token is no longer good."""
        try:
            return self._api.list_page(self._type, self._properties, state.after)
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.REJECTED or not state.after:
                raise
            return self._api.list_page(self._type, self._properties)


def pages_of(daily_limit: int, since: timedelta) -> int:
    """How many pages a step may read so long after the last one."""
    share = min(since, ELAPSED_MAX) / _DAY * daily_limit * DAY_SHARE
    return max(PAGES_MIN, int(share))


def limit_of(budgets: Sequence[Budget]) -> int:
    """The portal's daily limit as last told, or that of the smallest tier."""
    return max((item.limit for item in budgets if item.window == "day"), default=0) or DAILY_LIMIT


def _encoded(state: _Round) -> str:
    return msgspec.json.encode(state).decode()
