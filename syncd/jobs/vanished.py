"""Notices records that are gone entirely: a privacy deletion at their source, which nothing else tells of.

HubSpot lists what was archived for 90 days and answers a merged id with the survivor; of a contact deleted
for privacy nothing is left, in search, in lists or in the bin, and only a webhook would say so. So the
contacts held as present are asked for, a part at every sweep, over and over. Who is missed once is treated as
archived, which stops everything and can be undone; who is still missed a day later is erased, which cannot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol, runtime_checkable

import msgspec

from syncd.core.instants import to_ms
from syncd.core.model import Ref, System
from syncd.logs import structlog
from syncd.ports import Cadence, Page, Removal, RemovalKind, Stream
from syncd.store import people, work
from syncd.store.engine import Store

NAME: Final = "vanished"
BATCH: Final = 100
BATCHES_MAX: Final = 20
"""Batches of one sweep: with a sweep every quarter of an hour under one call in a hundred of the smallest
tier's, and 190,000 contacts a day."""
ROUND_EVERY: Final = timedelta(hours=6)
CONFIRMED_AFTER: Final = timedelta(hours=24)
MISSING_MAX: Final = 5_000
"""Records missed and not yet confirmed; while there are so many no further ones are looked for."""
BELIEVED_MIN: Final = 10
"""When so many are asked for and not one is there, it is the answer that is wrong."""

_log = structlog.get_logger("syncd.vanished")


@runtime_checkable
class Vouching(Protocol):
    """A connector that can say which records are neither present, nor merged, nor in its bin."""

    system: System

    def vanished(self, ids: Sequence[str]) -> frozenset[str]: ...


class _State(msgspec.Struct, omit_defaults=True):
    """When the round began (epoch ms), the id it stands at, and since when each missing record is missed."""

    began: int = 0
    after: str = ""
    is_open: bool = False
    missing: dict[str, int] = {}


class Vanished:
    """A feed of removals, made of what the store holds and what its system still knows."""

    def __init__(self, store: Store, connector: Vouching) -> None:
        self._store, self._connector = store, connector
        self.system = connector.system

    def streams(self) -> tuple[Stream, ...]:
        return (Stream(self.system, NAME, Cadence.SWEEP, baseline=False),)

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        """Who is confirmed to be gone, then the next part of the round. Raises SystemFailure."""
        assert stream == NAME, f"this feed has no stream {stream}"
        state = _decoded(cursor)
        if records := self._confirmed(state, now):
            yield Page(records, _encoded(state), is_complete=False)
        if not state.is_open and to_ms(now) - state.began >= ROUND_EVERY / timedelta(milliseconds=1):
            state.began, state.after, state.is_open = to_ms(now), "", True
        for _batch in range(BATCHES_MAX):
            if not state.is_open or len(state.missing) >= MISSING_MAX:
                break
            ids = self._next(state.after)
            gone = self._connector.vanished(ids) if ids else frozenset()
            if len(ids) >= BELIEVED_MIN and len(gone) == len(ids):
                _log.warning("vanished.not_believed", count=len(ids))
                break
            state.is_open = len(ids) == BATCH
            state.after = ids[-1] if state.is_open else ""
            state.missing |= dict.fromkeys(sorted(gone), to_ms(now))
            yield Page(
                self._removals(sorted(gone), RemovalKind.ARCHIVED, now), _encoded(state), is_complete=False
            )
        yield Page((), _encoded(state), is_complete=True)

    def _confirmed(self, state: _State, now: datetime) -> tuple[Removal, ...]:
        """Those missed long enough and still missed. The others are back, or in the bin after all."""
        first = to_ms(now - CONFIRMED_AFTER)
        ripe = [id_ for id_, since in sorted(state.missing.items()) if since <= first]
        gone: set[str] = set()
        for start in range(0, len(ripe), BATCH):
            gone |= self._connector.vanished(ripe[start : start + BATCH])
        for id_ in ripe:
            del state.missing[id_]
        return self._removals(sorted(gone), RemovalKind.ERASED, now)

    def _removals(self, ids: Sequence[str], kind: RemovalKind, now: datetime) -> tuple[Removal, ...]:
        return tuple(Removal(Ref(self.system, "contact", id_), kind, now) for id_ in ids)

    def _next(self, after: str) -> list[str]:
        with self._store.read() as tx:
            return people.current_ids(tx, self.system, "contact", after, BATCH)


def awaited(store: Store) -> int:
    """How many records are missed and not yet confirmed to be gone."""
    with store.read() as tx:
        row = work.cursor(tx, System.HUBSPOT, NAME)
    return len(_decoded(row.cursor if row else None).missing)


def _decoded(cursor: str | None) -> _State:
    return msgspec.json.decode(cursor, type=_State) if cursor else _State()


def _encoded(state: _State) -> str:
    return msgspec.json.encode(state).decode()
