"""What search sees: the portal's records as they were a while ago, and how search is known to lie.

With a delay every change shows only after that much virtual time. The other switches are off unless a test
wants them: rows unordered within a page, ids compared as text, hits that vanish and leave short or empty
pages, rows out of place across pages, rows withheld altogether (facts on peers, part 1; estuary pull
request 5180).
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from syncd.connectors.sandbox.hubspot.records import Record
from syncd.connectors.sandbox.kernel import Kernel

Key = tuple[str, int]


class Index:
    """The search index. `withheld` are ids search neither returns nor counts, `swallowed` ones it counts."""

    def __init__(self, kernel: Kernel) -> None:
        self.delay = timedelta(0)
        self.ids_as_text = False
        self.shuffles_pages = False
        self.ghost_share = 0.0  # of all hits: they fill places in a page and are not shown
        self.misplaced_share = 0.0  # of all rows: they come far from where the order would put them
        self.withheld: set[str] = set()
        self.swallowed: set[str] = set()
        self._kernel = kernel
        self._shown: dict[Key, Record | None] = {}  # what search shows instead of the present record
        self._pending: list[tuple[datetime, int, Key, Record]] = []
        self._waiting: Counter[Key] = Counter()
        self._tickets = itertools.count()

    def created(self, record: Record) -> None:
        if self.delay:
            self._shown[_key(record)] = None
            self.after(record)

    def before(self, record: Record) -> None:
        """Keep what search goes on showing; called before a record changes."""
        if self.delay:
            self._shown.setdefault(_key(record), _copy(record))

    def after(self, record: Record) -> None:
        """Note what search will show once the delay has passed; called after a record changed."""
        if self.delay:
            key = _key(record)
            visible_at = self._kernel.now + self.delay
            heapq.heappush(self._pending, (visible_at, next(self._tickets), key, _copy(record)))
            self._waiting[key] += 1

    def forget(self, record: Record) -> None:
        """A purged or merged record leaves search at once."""
        self._shown.pop(_key(record), None)

    def views(self, kind: str, objects: dict[int, Record]) -> list[Record]:
        """The records of a type as search sees them now, archived ones left out."""
        self._settle()
        living: Iterable[Record] = (item for item in objects.values() if not item.archived)
        if self._shown:
            seen = ((item, self._shown.get((kind, item.number), item)) for item in living)
            living = (view for _item, view in seen if view is not None)
        if self.withheld:
            living = (item for item in living if item.id not in self.withheld)
        return list(living)

    def _settle(self) -> None:
        while self._pending and self._pending[0][0] <= self._kernel.now:
            _at, _ticket, key, copy = heapq.heappop(self._pending)
            self._waiting[key] -= 1
            if self._waiting[key]:
                self._shown[key] = copy
            else:
                del self._waiting[key]
                self._shown.pop(key, None)


def _key(record: Record) -> Key:
    return (record.kind.name, record.number)


def _copy(record: Record) -> Record:
    copy = Record(record.kind, record.number, dict(record.properties), record.created_at, record.created_by)
    copy.modified_at, copy.modified_ms = record.modified_at, record.modified_ms
    return copy
