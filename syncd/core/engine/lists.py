"""The lists that generated code counts, made from the columns of one lead.

Shapes nobody can tell apart share a class. A lead's signals are sorted by class once; each slot then takes
the lists of its classes, and few slots need more than that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from syncd.core.compiled import Compiled
from syncd.core.engine.primitives import ByNumber, Plain, Weighted, at_most_plain, at_most_weighted
from syncd.core.engine.questions import Asked, Classes
from syncd.core.model import Shape
from syncd.core.signals import SHAPES_REMEMBERED_MAX
from syncd.core.timeline import Pick

_Derived = tuple[int, int, int | None, int | None]
"""Slot, the longest list that is not cut, how many a day, how many in all."""
_Look = tuple[tuple[int, ...], tuple[str, ...]]


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
        self._has_distinct = any(pick.distinct is not None for pick in picks)

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

    # --- lists -------------------------------------------------------------------------------------------

    def plain(self, seconds: Sequence[int], shapes: Sequence[int], classes: ByNumber) -> Mapping[int, Plain]:
        """The list of each slot that has one: seconds, newest first. Everything happened once."""
        by_class: dict[int, list[int]] = {}
        for second, shape in zip(seconds, shapes, strict=True):
            number = classes[shape]
            if number:
                if number in by_class:
                    by_class[number].append(second)
                else:
                    by_class[number] = [second]
        lists: dict[int, list[int]] = {}
        slots_of = self._slots_of
        if len(by_class) == 1:
            for number, its_seconds in by_class.items():
                lists = dict.fromkeys(slots_of[number], its_seconds)
        else:
            self._mix(by_class, lists)
        if self._has_distinct:
            self._once_each(by_class, lists)
        derived = self._derived
        for base in derived.keys() & lists.keys():
            chosen = lists[base]
            for slot, least, per_day, newest in derived[base]:
                few = len(chosen) <= least
                lists[slot] = chosen if few else at_most_plain(chosen, per_day, newest)
        return lists

    def _mix(self, by_class: dict[int, list[int]], lists: dict[int, list[int]]) -> None:
        """The lists of several classes, put together where a slot takes more than one."""
        mixed: dict[int, list[int]] = {}
        slots_of = self._slots_of
        for number, its_seconds in by_class.items():
            for slot in slots_of[number]:
                if slot not in lists:
                    lists[slot] = its_seconds
                elif slot in mixed:
                    mixed[slot] += its_seconds
                else:
                    lists[slot] = mixed[slot] = [*lists[slot], *its_seconds]
        for unsorted in mixed.values():
            unsorted.sort(reverse=True)

    def _once_each(self, by_class: dict[int, list[int]], lists: dict[int, list[int]]) -> None:
        """Of equals the newest. Classes come by their newest signal, so the first of equals is it."""
        seen: set[tuple[int, str]] = set()
        for number, its_seconds in by_class.items():
            for entered in self._values_of[number]:
                if entered not in seen:
                    seen.add(entered)
                    slot = entered[0]
                    if slot in lists:
                        lists[slot].append(its_seconds[0])
                    else:
                        lists[slot] = its_seconds[:1]

    def weighted(
        self,
        seconds: Sequence[int],
        shapes: Sequence[int],
        classes: ByNumber,
        weights: Sequence[int],
    ) -> dict[int, Weighted]:
        """The three lists of each slot: seconds, weights, places. Some happened more than once, or not at
        all."""
        is_plain = weights.count(1) == len(weights)
        by_class = _places_by_class(shapes, classes, None if is_plain else weights)
        slots_of = self._slots_of
        lists: dict[int, Weighted] = {}
        mixed: dict[int, list[int]] = {}
        for number, places in by_class.items():
            # Slots of one class alone share its lists; those of several are put together afterwards.
            shared = _listed(places, seconds, weights, is_plain=is_plain)
            for slot in slots_of[number]:
                if slot not in lists:
                    lists[slot] = shared
                elif slot in mixed:
                    mixed[slot] += places
                else:
                    mixed[slot] = [*lists[slot][2], *places]
        for slot, places in mixed.items():
            places.sort()
            lists[slot] = _listed(places, seconds, weights, is_plain=is_plain)
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
    counts = (1,) * len(places) if is_plain else [weights[place] for place in places]
    return [seconds[place] for place in places], counts, places


def _three(entries: Sequence[tuple[int, int, int]]) -> Weighted:
    seconds, weights, places = zip(*entries, strict=True)
    return seconds, weights, places
