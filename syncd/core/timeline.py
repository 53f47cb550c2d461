"""One lead's signals as evaluation sees them: sorted by kind, visible only from the moment they are known.

A signal acts at the later of its date and the time it became known, and ages from its date. A timeline only
ever grows: it admits signals in the order they act. What no rule looks at costs nothing after admission.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.core.instants import DAY_S, to_ms
from syncd.core.model import Shape, Signal
from syncd.core.signals import ACCOUNT_SOURCES, Catalogue, Kinds

if TYPE_CHECKING:
    from syncd.core.atoms import ScoreAtom
    from syncd.core.scoring import Active, Scorer

ANSWERED = "syncd.answered"
"""Sales' answer by a link in an alert: `says` accepted or rejected, `reason` as Salesforce would have it."""
SALES_SOURCES = frozenset(
    {
        ANSWERED,
        "salesforce.lead_change",
        "salesforce.deal",
        "hubspot.deal",
        "syncd.delivered",
        "syncd.released",
    }
)
TOUCH_SOURCES = frozenset(
    {
        "salesforce.task",
        "salesforce.event",
        "salesforce.lead_change",
        "hubspot.call",
        "hubspot.email",
        "hubspot.email_reply",
        "hubspot.meeting",
        "hubspot.meeting_booked",
        "hubspot.communication",
    }
)
"""Facts that show sales and the person are in contact, or that sales works the lead."""


class Entry(NamedTuple):
    """One signal as rules count it. Order is (time, key); `weight` is how many times it happened."""

    occurred_ms: int
    key: int
    second: int
    weight: int


class Dated(NamedTuple):
    """One signal, prepared: when it happened, when it acts, and the numbers of its kinds."""

    occurred_ms: int
    key: int
    acts_ms: int
    kinds: Kinds
    signal: Signal


class Distinct(NamedTuple):
    """What makes two signals equal: an attribute of the shape or, where that is blank, a word of the kind."""

    attribute: str
    by_kind: tuple[tuple[int, str], ...]

    def value_of(self, shape: Shape, kinds: Kinds) -> str:
        """Blank for a shape that has no such value. One of several kinds stands for the first of them."""
        if self.attribute:
            return shape.attributes.get(self.attribute, "")
        return next((value for number, value in self.by_kind if number in kinds), "")


class Pick(NamedTuple):
    """How a rule chooses among matching signals: which kinds, of equals the newest, at most how many a day
    and in all."""

    kinds: tuple[int, ...]
    per_day: int | None = None
    newest: int | None = None
    distinct: Distinct | None = None


class Searched(NamedTuple):
    """What is known of the seconds after `start`: up to `until` the answer stays, but for `found`."""

    start: int
    until: int
    found: int | None

    def tells(self, second: int) -> bool:
        """Whether this still holds for a search that begins at `second`."""
        return self.start <= second and (
            second < self.found if self.found is not None else second <= self.until
        )


def dated(signals: Iterable[Signal], catalogue: Catalogue) -> list[Dated]:
    """Every signal once, in the order of (time, key), whatever order and how often it was given."""
    unique: dict[int, Dated] = {}
    for signal in signals:
        if signal.key not in unique:
            occurred_ms = to_ms(signal.occurred_at)
            acts_ms = max(occurred_ms, to_ms(signal.known_at))
            kinds = catalogue.kinds_of(signal.shape)
            unique[signal.key] = Dated(occurred_ms, signal.key, acts_ms, kinds, signal)
    return sorted(unique.values(), key=lambda item: (item.occurred_ms, item.key))


_when = itemgetter(0)


def _insert(ordered: list[Any], item: Any) -> None:
    """In its place by (time, key), which mostly is the last. No two have the same."""
    if not ordered or item > ordered[-1]:
        ordered.append(item)
    else:
        insort(ordered, item)


class Timeline:
    """The signals visible now; with `floor_ms`, only those that happened after that moment. `counted` is what
    each scoring model counts of them, `searched` how far ahead its thresholds are known: both are kept until
    the next signal is admitted. `colleagues` are keys of what others of the company did. `rows` are the
    signals of some kind, oldest first, `admitted` is how many that were."""

    __slots__ = (
        "_by_kind",
        "_kinds",
        "_picked",
        "admitted",
        "colleagues",
        "counted",
        "entries",
        "floor_ms",
        "rows",
        "sales",
        "searched",
        "touches",
    )

    def __init__(self, floor_ms: int | None = None) -> None:
        self.floor_ms = floor_ms
        self.entries: dict[int, Signal] = {}
        self.rows: list[tuple[int, int, Signal]] = []
        self.admitted = 0
        self.colleagues: set[int] = set()
        self.sales: list[tuple[int, int, Signal]] = []
        self.touches: list[int] = []
        self._by_kind: dict[int, list[Entry]] = {}
        self._kinds: dict[int, Kinds] = {}
        self._picked: dict[Pick, tuple[Entry, ...]] = {}
        self.searched: dict[tuple[Scorer, ScoreAtom, tuple[int, ...]], Searched] = {}
        self.counted: dict[Scorer, tuple[tuple[Active, ...], tuple[Active, ...]]] = {}

    def admit(self, items: Iterable[Dated]) -> None:
        """Make signals visible, each in its place by (time, key)."""
        before = self.admitted
        for item in items:
            if self.floor_ms is None or item.occurred_ms > self.floor_ms:
                self._admit(item)
        if self.admitted != before:
            self._picked.clear()
            self.counted.clear()
            self.searched.clear()

    def _admit(self, item: Dated) -> None:
        occurred_ms, key, _acts_ms, kinds, signal = item
        source = signal.shape.source
        self.entries[key] = signal
        if source.startswith(ACCOUNT_SOURCES):
            self.colleagues.add(key)
        if kinds:
            _insert(self.rows, (occurred_ms, key, signal))
            self.admitted += 1
            self._kinds[key] = kinds
            entry = Entry(occurred_ms, key, occurred_ms // 1000, max(signal.count, 0))
            for kind in kinds:
                _insert(self._by_kind.setdefault(kind, []), entry)
        if source in SALES_SOURCES:
            _insert(self.sales, (occurred_ms, key, signal))
        if source in TOUCH_SOURCES:
            insort(self.touches, occurred_ms)

    def after(self, floor_ms: int) -> Timeline:
        """The visible signals that happened after this moment, as a timeline of their own."""
        found = Timeline(floor_ms)
        found.entries, found.colleagues, found._kinds = self.entries, self.colleagues, self._kinds
        found.rows = self.rows[bisect_right(self.rows, floor_ms, key=_when) :]
        found.sales = self.sales[bisect_right(self.sales, floor_ms, key=_when) :]
        found.touches = self.touches[bisect_right(self.touches, floor_ms) :]
        found.admitted = len(found.rows)
        for kind, entries in self._by_kind.items():
            if entries[-1].occurred_ms > floor_ms:
                found._by_kind[kind] = entries[bisect_right(entries, floor_ms, key=_when) :]
        return found

    def signal(self, key: int) -> Signal:
        """The signal of this key, which must be visible."""
        return self.entries[key]

    def pick(self, pick: Pick) -> Sequence[Entry]:
        """The entries a rule counts, newest first; each signal once, weights cut to what still counts."""
        found = self._picked.get(pick)
        if found is None:
            is_there = not self._by_kind.keys().isdisjoint(pick.kinds)
            found = self._picked[pick] = tuple(self._choose(pick)) if is_there else ()
        return found

    def _choose(self, pick: Pick) -> Iterable[Entry]:
        lists = [self._by_kind[kind] for kind in pick.kinds if kind in self._by_kind]
        matching = lists[0] if len(lists) == 1 else sorted({entry for one in lists for entry in one})
        left_by_day: dict[int, int] = {}
        left = pick.newest if pick.newest is not None else -1
        newest_first: Iterable[Entry] = reversed(matching)
        if pick.distinct is not None:
            newest_first = self._once_each(newest_first, pick.distinct)
        for entry in newest_first:
            weight = entry.weight
            if pick.per_day is not None:
                day = entry.second // DAY_S
                room = left_by_day.get(day, pick.per_day)
                weight = min(weight, room)
                left_by_day[day] = room - weight
            if left >= 0:
                weight = min(weight, left)
                left -= weight
            if weight > 0:
                yield entry if weight == entry.weight else entry._replace(weight=weight)

    def _once_each(self, newest_first: Iterable[Entry], distinct: Distinct) -> Iterator[Entry]:
        """The newest of equals, once; what has no value is left out."""
        seen = {""}
        for entry in newest_first:
            value = distinct.value_of(self.entries[entry.key].shape, self._kinds[entry.key])
            if value not in seen and entry.weight > 0:
                seen.add(value)
                yield entry._replace(weight=1)

    def count_within(self, pick: Pick, second: int, window_s: int | None) -> int:
        """How many times the picked kinds happened within the window that ends at `second`."""
        chosen = self.pick(pick)
        if window_s is None:
            return sum(entry.weight for entry in chosen)
        oldest = second - window_s
        total = 0
        for entry in chosen:
            if entry.second < oldest:
                break
            total += entry.weight
        return total

    def nth_newest(self, pick: Pick, number: int) -> Entry | None:
        """The entry that holds the `number`-th newest happening; None when there are fewer."""
        total = 0
        for entry in self.pick(pick):
            total += entry.weight
            if total >= number:
                return entry
        return None
