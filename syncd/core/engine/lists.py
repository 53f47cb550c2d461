"""The lists that generated code counts, made from the columns of one lead.

Shapes nobody can tell apart share a class. A lead's signals are sorted once, by class or by the kinds they
are; each slot then takes the lists of its kinds, and few slots need more than that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from syncd.core.compiled import Compiled
from syncd.core.engine.expressions import Reader
from syncd.core.engine.primitives import NEVER, ByNumber, Plain, Weighted, at_most_plain, at_most_weighted
from syncd.core.engine.questions import Asked, Classes
from syncd.core.engine.source import Source, tuple_of
from syncd.core.model import Shape
from syncd.core.signals import SHAPES_REMEMBERED_MAX
from syncd.core.timeline import Pick

_Derived = tuple[int, int, int | None, int | None]
"""Slot, the longest list that is not cut, how many a day, how many in all."""
_Look = tuple[tuple[int, ...], tuple[str, ...]]


MANY = 100
"""From so many signals on it pays to leave out what nobody is shown."""


class Lists:
    """Classes of shapes, and which lists each of them is part of."""

    def __init__(self, book: Compiled, asked: Asked) -> None:
        self._catalogue = book.catalogue
        self._by_look: dict[_Look, int] = {}
        self._by_identity: dict[int, tuple[Shape, int]] = {}
        self._derived: dict[int, list[_Derived]] = {}
        for pick, slot in tuple(asked.slots.items()):
            if pick.per_day is not None or pick.newest is not None:
                base = asked.slot(pick._replace(per_day=None, newest=None))
                least = min(limit for limit in (pick.per_day, pick.newest) if limit is not None)
                self._derived.setdefault(base, []).append((slot, least, pick.per_day, pick.newest))
        cut = {slot for derived in self._derived.values() for slot, *_limits in derived}
        self._picks = [(slot, pick) for pick, slot in asked.slots.items() if slot not in cut]
        """Slots that are made from the signals; the others are a part of one of them."""
        picks = [pick for _slot, pick in self._picks]
        self._steps: dict[Pick, Classes] = asked.steps
        self._compared = [(pick.distinct.attribute, frozenset(pick.kinds)) for pick in picks if pick.distinct]
        self._slots_of: list[tuple[int, ...]] = [()]
        self._values_of: list[tuple[tuple[int, str], ...]] = [()]
        self._distinct_slots = [slot for slot, pick in self._picks if pick.distinct is not None]
        self._has_distinct = bool(self._distinct_slots)
        self._groups: dict[tuple[int, ...], int] = {}
        """A group is the classes of the same kinds, counted from 1: without breadth every class is one."""
        self._group_of: list[int] = [0]
        self._slots_of_group: list[tuple[int, ...]] = [()]
        self._asked = asked
        self.shown: dict[int, int] = {}
        """Slots that no rule adds up, and how many of the newest answers and evidence take from them."""
        self._groups_made = 0
        self._nothing: list[list[int] | None] = []
        self._place_of: dict[int, int] = {}

    @property
    def classes(self) -> int:
        """How many classes there are, the one that counts nowhere included."""
        return len(self._slots_of)

    # --- classes -----------------------------------------------------------------------------------------

    def class_of(self, shape: Shape) -> int:
        """The number of the shape's class; 0 for what counts nowhere."""
        seen = self._by_identity.get(id(shape))
        if seen is not None and seen[0] is shape:
            return seen[1]
        kinds = self._catalogue.kinds_of(shape)
        found = self._classified(shape, kinds) if kinds else 0
        if len(self._by_identity) >= SHAPES_REMEMBERED_MAX:
            self._by_identity.clear()
        self._by_identity[id(shape)] = shape, found
        return found

    def _classified(self, shape: Shape, kinds: tuple[int, ...]) -> int:
        shown = shape.attributes
        values = tuple(
            shown.get(name, "") if name and not those.isdisjoint(kinds) else ""
            for name, those in self._compared
        )
        look = kinds, values
        found = self._by_look.get(look)
        if found is None:
            found = self._by_look[look] = len(self._slots_of)
            self._enter(found, shape, kinds)
        return found

    def _enter(self, number: int, shape: Shape, kinds: tuple[int, ...]) -> None:
        slots, values = [], []
        for slot, pick in self._picks:
            if not set(pick.kinds).isdisjoint(kinds):
                if pick.distinct is None:
                    slots.append(slot)
                elif value := pick.distinct.value_of(shape, tuple(k for k in kinds if k in pick.kinds)):
                    values.append((slot, value))
        for pick, classes in self._steps.items():
            if not set(pick.kinds).isdisjoint(kinds):
                classes.add(number)
        self._slots_of.append(tuple(slots))
        self._values_of.append(tuple(values))
        group = self._groups.setdefault(kinds, len(self._slots_of_group))
        self._group_of.append(group)
        if group == len(self._slots_of_group):
            self._slots_of_group.append(tuple(slots))

    # --- lists -------------------------------------------------------------------------------------------

    def plain(
        self, seconds: Sequence[int], shapes: Sequence[int], classes: ByNumber, second: int
    ) -> Sequence[Plain | None]:
        """The list of each slot, in the order of slots: seconds, newest first, as far as they still matter at
        `second` or later; None where nobody has anything to read. Everything happened once."""
        if self._groups_made != len(self._slots_of_group):
            self._make()
        met = self._nothing.copy()
        if self._has_distinct:
            self._sort_out(seconds, shapes, classes, met)
        else:
            for when, shape in zip(seconds, shapes, strict=True):
                number = classes[shape]
                if (its_seconds := met[number]) is None:
                    met[number] = [when]
                else:
                    its_seconds.append(when)
        return self._listed(met, seconds, second)  # type: ignore[no-any-return]

    def _sort_out(
        self, seconds: Sequence[int], shapes: Sequence[int], classes: ByNumber, met: list[list[int] | None]
    ) -> None:
        """What was met of each group, and of each slot that counts equals once, the newest."""
        seen: set[tuple[int, str]] = set()
        for when, shape in zip(seconds, shapes, strict=True):
            number = classes[shape]
            entered = self._values_of[number]
            places = [self._place_of[slot] for slot, value in entered if (slot, value) not in seen]
            seen.update(entered)
            for place in (self._group_of[number], *places):
                its_seconds = met[place]
                if its_seconds is None:
                    met[place] = [when]
                else:
                    its_seconds.append(when)

    def _make(self) -> None:
        """Write the function `listed(B, S, s)` that makes the lists from what was met of each group; again
        whenever another group is known."""
        self._groups_made = len(self._slots_of_group)
        self._place_of = {slot: self._groups_made + at for at, slot in enumerate(self._distinct_slots)}
        self._nothing = [None] * (self._groups_made + len(self._place_of))
        source = Source({"at_most": at_most_plain})
        source.add(0, "def listed(B, S, s):")
        source.add(1, "n = len(S)")
        made: dict[tuple[int, ...], list[int]] = {}
        for slot, _pick in self._picks:
            groups = [group for group, slots in enumerate(self._slots_of_group) if slot in slots]
            places = [self._place_of[slot]] if slot in self._place_of else groups
            made.setdefault(tuple(places) if self._readers_of(slot) else (), []).append(slot)
        for its_places, reading in made.items():
            self._add_list(source, its_places, reading)
        for base, derived in self._derived.items():
            for slot, least, per_day, newest in derived:
                cut = f"at_most(p{base}, {source.bind(per_day)}, {source.bind(newest)})"
                source.add(1, f"p{slot} = p{base} if p{base} is None or len(p{base}) <= {least} else {cut}")
        source.add(1, f"return {tuple_of([f'p{slot}' for slot in range(len(self._asked.slots))])}")
        self._listed = source.run()["listed"]

    def _add_list(self, source: Source, places: tuple[int, ...], slots: Sequence[int]) -> None:
        """One list, which all these slots read."""
        names = " = ".join(f"p{slot}" for slot in slots)
        if len(places) < 2:
            source.add(1, f"{names} = {f'B[{places[0]}]' if places else None}")
            return
        readers = set[Reader]().union(*(self._readers_of(slot) for slot in slots))
        alive = sorted({_alive(source, item) for item in readers})
        source.add(1, f"{names} = None", f"if {' or '.join(alive)}:")
        if all(reader.most == 1 for reader in readers):
            self._add_newest(source, places, names)
            return
        windows = [reader.window_s for reader in readers]
        most = [reader.most for reader in readers]
        cut = "" if None in most else f"[:{max(item for item in most if item is not None)}]"
        met = "x"
        if None not in windows:
            widest = max(window for window in windows if window is not None)
            source.add(2, f"c = s - {source.bind(widest)}")
            met = "x and x[0] >= c"
        source.add(2, "m = []")
        for place in places:
            source.add(2, f"x = B[{place}]", f"if {met}: m += x{cut}")
        least = min(reader.least for reader in readers)
        source.add(2, f"if len(m) >= {least}: m.sort(reverse=True); {names} = m")

    @staticmethod
    def _add_newest(source: Source, places: tuple[int, ...], names: str) -> None:
        """A list of which nobody reads more than the newest."""
        source.add(2, f"z = {source.bind(-NEVER)}")
        for place in places:
            source.add(2, f"x = B[{place}]", "if x and x[0] > z: z = x[0]")
        source.add(2, f"if z > {source.bind(-NEVER)}: {names} = [z]")

    def _readers_of(self, slot: int) -> set[Reader]:
        """Who reads a slot, or what is cut from it."""
        readers = set(self._asked.readers.get(slot, ()))
        for its_slot, _least, per_day, newest in self._derived.get(slot, ()):
            for reader in self._asked.readers.get(its_slot, ()):
                readers.add(Reader(1, newest if per_day is None else None, reader.window_s))
        return readers

    def weighted(
        self,
        seconds: Sequence[int],
        shapes: Sequence[int],
        classes: ByNumber,
        weights: Sequence[int],
        *,
        is_shown: bool = False,
    ) -> dict[int, Weighted]:
        """The three lists of each slot: seconds, weights, places. Some happened more than once, or not at
        all. Of many signals only as many of the newest as are shown, where nothing but that `is_shown`."""
        is_plain = weights.count(1) == len(weights)
        few = self.shown if is_shown and is_plain and len(weights) > MANY else {}
        by_class = _places_by_class(shapes, classes, None if is_plain else weights)
        lists = self._by_slot(by_class, seconds, weights, few, is_plain=is_plain)
        if self._has_distinct:
            self._once_each_weighted(by_class, seconds, lists)
        for base in self._derived.keys() & lists.keys():
            chosen = lists[base]
            for slot, least, per_day, newest in self._derived[base]:
                if (len(chosen[2]) if is_plain else sum(chosen[1])) <= least:
                    lists[slot] = chosen
                elif is_plain and per_day is None:
                    lists[slot] = chosen[0][:newest], chosen[1][:newest], chosen[2][:newest]
                else:
                    lists[slot] = _three(at_most_weighted(list(zip(*chosen, strict=True)), per_day, newest))
        return lists

    def _by_slot(
        self,
        by_class: Mapping[int, list[int]],
        seconds: Sequence[int],
        weights: Sequence[int],
        few: Mapping[int, int],
        *,
        is_plain: bool,
    ) -> dict[int, Weighted]:
        """The lists of slots. Slots of one class alone share its lists; those of several are put together,
        of some of them only a few."""
        slots_of = self._slots_of
        lists: dict[int, Weighted] = {}
        mixed: dict[int, list[int]] = {}
        for number, places in by_class.items():
            shared = _listed(places, seconds, weights, is_plain=is_plain)
            for slot in slots_of[number]:
                if slot not in lists:
                    lists[slot] = shared
                    continue
                newest = places[: few[slot]] if slot in few else places
                if slot in mixed:
                    mixed[slot] += newest
                else:
                    mixed[slot] = [*lists[slot][2][: few.get(slot)], *newest]
        for slot, places in mixed.items():
            places.sort()
            lists[slot] = _listed(places, seconds, weights, is_plain=is_plain)
        return lists

    def _once_each_weighted(
        self, by_class: dict[int, list[int]], seconds: Sequence[int], lists: dict[int, Weighted]
    ) -> None:
        """Of equals the newest, which counts once."""
        seen: set[tuple[int, str]] = set()
        places_of: dict[int, list[int]] = {}
        for number, places in by_class.items():
            for entered in self._values_of[number]:
                if entered not in seen:
                    seen.add(entered)
                    places_of.setdefault(entered[0], []).append(places[0])
        for slot, places in places_of.items():
            lists[slot] = [seconds[place] for place in places], (1,) * len(places), places


def _places_by_class(
    shapes: Sequence[int], classes: ByNumber, weights: Sequence[int] | None
) -> dict[int, list[int]]:
    """Where the signals of each class are, newest first; what did not happen is left out."""
    by_class: defaultdict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(map(classes.__getitem__, shapes)):
        if weights is None or weights[place] > 0:
            by_class[number].append(place)
    by_class.pop(0, None)
    return by_class


def _listed(places: list[int], seconds: Sequence[int], weights: Sequence[int], *, is_plain: bool) -> Weighted:
    """The three lists of what is at these places."""
    counts = (1,) * len(places) if is_plain else list(map(weights.__getitem__, places))
    return list(map(seconds.__getitem__, places)), counts, places


def _three(entries: Sequence[tuple[int, int, int]]) -> Weighted:
    seconds, weights, places = zip(*entries, strict=True)
    return seconds, weights, places


def _alive(source: Source, reader: Reader) -> str:
    """Whether there is anything for this reader among all signals, the newest of which are in the window."""
    if reader.window_s is None:
        return f"n >= {reader.least}"
    return f"n >= {reader.least} and S[{reader.least - 1}] >= s - {source.bind(reader.window_s)}"


def in_slots(lists: Mapping[int, Any] | Sequence[Plain | None]) -> Mapping[int, Any]:
    """The lists that are there by slot."""
    if isinstance(lists, Mapping):
        return lists
    return {slot: its_seconds for slot, its_seconds in enumerate(lists) if its_seconds is not None}
