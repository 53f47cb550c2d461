"""What generated code calls: counting within windows, and making the lists of seconds it counts.

An answer about signals is one integer, its `until`: positive while it holds, and then the second at which it
stops by time alone; negative where it does not hold but will at that second; zero where only a new signal can
make it hold. Lists are newest first and never empty. In `plain` form everything happened once and a list
holds seconds; in `weighted` form it is three lists: seconds, weights, and places among all signals.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Protocol, TypeAlias

from syncd.core.instants import DAY_S

NEVER = 1 << 62
"""Later than any second."""


class ByNumber(Protocol):
    """Whatever gives the class of a shape's number: a list, a mapping."""

    def __getitem__(self, number: int, /) -> int: ...


Plain: TypeAlias = Sequence[int]
Weighted: TypeAlias = tuple[Sequence[int], Sequence[int], Sequence[int]]


def count_plain(seconds: Plain, at_least: int, window_s: int, second: int) -> int:
    """The `until` of: happened at least so often within the window."""
    if len(seconds) < at_least:
        return 0
    until = seconds[at_least - 1] + window_s + 1
    return until if second < until else 0


def count_weighted(entries: Weighted, at_least: int, window_s: int, second: int) -> int:
    """The same where one entry may be several happenings."""
    total = 0
    for when, weight in zip(entries[0], entries[1], strict=True):
        total += weight
        if total >= at_least:
            until = when + window_s + 1
            return until if second < until else 0
    return 0


def quiet_plain(seconds: Plain, quiet_s: int, second: int) -> int:
    """The `until` of: happened, but not within the last so many seconds."""
    begins = seconds[0] + quiet_s + 1
    return NEVER if second >= begins else -begins


def quiet_weighted(entries: Weighted, quiet_s: int, second: int) -> int:
    """The same for weighted lists."""
    return quiet_plain(entries[0], quiet_s, second)


def chained(
    columns: tuple[Sequence[int], Sequence[int], ByNumber],
    steps: Sequence[Set[int]],
    window_s: int,
    second: int,
) -> int:
    """The `until` of a sequence. `columns` are seconds and shapes of all signals, newest first, and the class
    of each shape; a step is the set of classes that make it. The newest signal of the last step, then of each
    step before it."""
    seconds, shapes, classes = columns
    ahead = len(steps) - 1
    wanted = steps[ahead]
    for when, shape in zip(seconds, shapes, strict=True):
        if classes[shape] in wanted:
            if ahead == 0:
                until = when + window_s + 1
                return until if second < until else 0
            ahead -= 1
            wanted = steps[ahead]
    return 0


def at_most_plain(seconds: list[int], per_day: int | None, newest: int | None) -> list[int]:
    """At most so many of each day (UTC), then so many in all, the newest."""
    if per_day is not None and len(seconds) > per_day:
        kept: list[int] = []
        today, left = -1, 0
        for second in seconds:
            day = second // DAY_S
            if day != today:
                today, left = day, per_day
            if left > 0:
                left -= 1
                kept.append(second)
        seconds = kept
    return seconds if newest is None else seconds[:newest]


def at_most_weighted(
    entries: Sequence[tuple[int, int, int]], per_day: int | None, newest: int | None
) -> list[tuple[int, int, int]]:
    """The same for (second, weight, place): weights are cut to what still counts."""
    kept: list[tuple[int, int, int]] = []
    today, left_today = -1, 0
    left = NEVER if newest is None else newest
    for second, its_weight, place in entries:
        weight = its_weight
        if per_day is not None:
            day = second // DAY_S
            if day != today:
                today, left_today = day, per_day
            weight = min(weight, left_today)
            left_today -= weight
        weight = min(weight, left)
        left -= weight
        if weight > 0:
            kept.append((second, weight, place))
    return kept


def all_of(*answers: bool | None) -> bool | None:
    """Kleene's and."""
    if False in answers:
        return False
    return None if None in answers else True


def enough_of(at_least: int, *answers: bool | None) -> bool | None:
    """Whether at least so many are true: unknown while it can still be."""
    met = answers.count(True)
    if met >= at_least:
        return True
    return None if met + answers.count(None) >= at_least else False
