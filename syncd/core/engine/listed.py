"""A timeline read from the lists of a packed lead, for those who claim to be an SQL: nothing is sorted again.

What counts is what the lists say; an entry is made when somebody looks at it. It is all there from the start
and admits nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import neg
from typing import TYPE_CHECKING, overload

from syncd.core.engine.packed import SINCE_S
from syncd.core.engine.primitives import Weighted
from syncd.core.engine.seen import Columns
from syncd.core.model import Signal
from syncd.core.timeline import SALES_SOURCES, Entry, Pick, Timeline

if TYPE_CHECKING:
    from syncd.core.engine.program import Program

_NOTHING: Weighted = ((), (), ())


class Listed(Timeline):
    """The signals of one lead, by its columns and lists."""

    __slots__ = ("_columns", "_lists", "_program")

    def __init__(
        self,
        program: Program,
        columns: Columns,
        lists: Mapping[int, Weighted],
        floor_ms: int | None = None,
    ) -> None:
        super().__init__(floor_ms)
        self._program, self._columns, self._lists = program, columns, lists

    @staticmethod
    def of(program: Program, columns: Columns, lists: Mapping[int, Weighted]) -> Listed:
        """The timeline with all of these signals."""
        found = Listed(program, columns, lists)
        found.colleagues = {columns.keys[place] for place in columns.colleagues()}
        shown = dict(zip(columns.shapes, range(len(columns.shapes)), strict=True))
        if any(columns.shape_of(place).source in SALES_SOURCES for place in shown.values()):
            facts = ((columns.time_ms(n), key, found.signal(key)) for n, key in enumerate(columns.keys))
            found.sales = [fact for fact in facts if fact[2].shape.source in SALES_SOURCES][::-1]
        return found

    def signal(self, key: int) -> Signal:
        place = self._columns.keys.index(key)
        at = self._columns.at(place)
        return Signal(key, at, at, self._columns.shape_of(place), self._columns.weights[place])

    def pick(self, pick: Pick) -> Sequence[Entry]:
        entries = self._lists.get(self._program.slots[pick])
        return () if entries is None else _Entries(self._columns, entries)

    def count_within(self, pick: Pick, second: int, window_s: int | None) -> int:
        seconds, weights, _places = self._lists.get(self._program.slots[pick], _NOTHING)
        if window_s is None:
            return sum(weights)
        return sum(weights[: bisect_right(seconds, window_s - second + SINCE_S, key=neg)])

    def after(self, floor_ms: int) -> Timeline:
        columns = self._columns
        count = bisect_left(range(len(columns.keys)), -floor_ms, key=lambda place: -columns.time_ms(place))
        newer = columns._replace(
            seconds=columns.seconds[:count],
            shapes=columns.shapes[:count],
            weights=columns.weights[:count],
            keys=columns.keys[:count],
        )
        lists = self._program.lists.weighted(newer.seconds, newer.shapes, newer.classes, newer.weights)
        found = Listed(self._program, newer, lists, floor_ms)
        found.colleagues = self.colleagues
        found.sales = [fact for fact in self.sales if fact[0] > floor_ms]
        return found


class _Entries(Sequence[Entry]):
    """What a list holds, newest first."""

    __slots__ = ("_columns", "_entries")

    def __init__(self, columns: Columns, entries: Weighted) -> None:
        self._columns, self._entries = columns, entries

    def __len__(self) -> int:
        return len(self._entries[0])

    def __iter__(self) -> Iterator[Entry]:
        keys, time_ms = self._columns.keys, self._columns.time_ms
        for second, weight, place in zip(*self._entries, strict=True):
            yield Entry(time_ms(place), keys[place], second + SINCE_S, weight)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | Sequence[Entry]:
        seconds, weights, places = self._entries
        if isinstance(at, slice):
            return _Entries(self._columns, (seconds[at], weights[at], places[at]))
        place = places[at]
        return Entry(
            self._columns.time_ms(place), self._columns.keys[place], seconds[at] + SINCE_S, weights[at]
        )
