"""When a lead that stays is due: the next second at which its outlook is another.

Answers about signals turn at seconds known in closed form, and until the first of them patterns and fit stay
as they are; in between only scores move, and those are searched between bounds, to the second.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.core.engine.primitives import NEVER
from syncd.core.horizon import first_crossing
from syncd.core.scoring import Behaviour, Block, Scorer
from syncd.core.timeline import Pick

if TYPE_CHECKING:
    from syncd.core.engine.looks import Looks

LOOKAHEAD_MAX = 200
"""Answers that change without moving the lead, looked at for the due date, as `decide` does."""

Found = tuple[Any, ...]
"""What a generated look ahead gives: see `looks`."""


class Ahead:
    """The search for one scoring model."""

    def __init__(self, scorer: Scorer, slots: Mapping[Pick, int]) -> None:
        engagement, intent = _rules(scorer.engagement, slots), _rules(scorer.intent, slots)
        self._rules = engagement, intent, engagement + intent
        self._negative = tuple(
            tuple({rule.slot for rule in rules if rule.is_negative}) for rules in self._rules
        )

    def due(
        self,
        looks: Looks,
        found: Found,
        lists: Mapping[int, Any],
        second: int,
        until: int | None,
        again: Callable[[int], Found],
        outlook: Outlook,
    ) -> tuple[bool, int | None]:
        """Whether the outlook can be told without all facts, and the second at which it changes, or from
        which it cannot be told. `again` looks at the lead at a later second; by `until` it is due whatever it
        looks like."""
        seen = outlook(found)
        rising = [any(slot in lists for slot in slots) for slots in self._negative]
        search = _Search(looks, lists, self._rules, rising)
        for _answer in range(LOOKAHEAD_MAX):
            ahead = search.next_turn(found, second, NEVER if until is None else until)
            if ahead is None:
                return True, until
            second = ahead
            found = again(second)
            seen_then = outlook(found)
            if seen_then is None:
                return False, second
            if seen_then != seen:
                return True, second
        return True, second


def below_sql(found: Found) -> tuple[Any, ...] | None:
    """The outlook of an unqualified lead or an MQL: whether a filter throws it out, and where it belongs."""
    return None if found[5] else (found[6], found[7])


def near_sql(found: Found) -> tuple[Any, ...] | None:
    """The outlook of a near-SQL: also what it lacks."""
    return None if found[5] else (found[6], found[7], found[9])


def filtered(found: Found) -> tuple[Any, ...] | None:
    """The outlook of somebody a filter keeps out: whether one still does."""
    return (found[6],)


Outlook = Callable[[Found], tuple[Any, ...] | None]
"""What of a look decides about a lead that stands somewhere; None where all facts must be asked."""


class _Search:
    """The search for one lead: its lists stay the same, whatever the second."""

    def __init__(
        self,
        looks: Looks,
        lists: Mapping[int, Any],
        rules: tuple[list[_Rule], ...],
        rising: Sequence[bool],
    ) -> None:
        """`rising` says of each score whether it has losses that fade: no other score ever rises by time."""
        self._looks, self._lists, self._rules, self._rising = looks, lists, rules, rising
        self._known: dict[int, _Weighed] = {}

    def next_turn(self, found: Found, second: int, until: int) -> int | None:
        """The next second, before `until`, at which an answer turns."""
        nearest = min(found[10], until)
        for score, value in enumerate((found[1], found[2], found[0] + found[1] + found[2])):
            held, wanted = found[11 + score]
            # The highest threshold held is lost first, the lowest one wanted is reached first.
            if held > -NEVER:
                nearest = self._crossing(score, held, value, found, second, nearest, holds=True)
            if wanted < NEVER and self._rising[score]:
                nearest = self._crossing(score, wanted, value, found, second, nearest, holds=False)
        return nearest if nearest < until else None

    def _crossing(
        self, score: int, threshold: int, value: int, found: Found, second: int, nearest: int, *, holds: bool
    ) -> int:
        """The second before `nearest` at which the score crosses the threshold; else `nearest`."""
        weighed = self._known.get(score)
        if weighed is None or second >= weighed.drops_at:
            weighed = self._known[score] = self._weigh(score, second)
        end = min(weighed.settled_at, nearest - 1)
        if end <= second or self._is_far(
            weighed, threshold, value, found, score, end - second, end, holds=holds
        ):
            return nearest
        bound = self._bound(score, found)
        if weighed.losses:
            crossing = first_crossing(bound, threshold, holds, second, end)
        else:
            crossing = falls_below(lambda at: bound(at, at), threshold, (second, value), end)
        return nearest if crossing is None else crossing

    def _is_far(
        self,
        weighed: _Weighed,
        threshold: int,
        value: int,
        found: Found,
        score: int,
        span_s: int,
        end: int,
        *,
        holds: bool,
    ) -> bool:
        """Whether the score cannot cross by `end`, from what it is now: while nothing drops out of a window
        or a step, points keep at least the share that the shortest half-life leaves of them."""
        kept = 0.0 if end >= weighed.drops_at else 2.0 ** (-span_s / weighed.half_life_s)
        if not holds:
            rise = (1.0 - kept) * weighed.losses + weighed.slack
            return not weighed.losses or value + rise < threshold
        if not kept:
            return False
        fit = found[0] if score == _TOTAL else 0
        blocks = (*found[14], *found[15]) if score == _TOTAL else found[14 + score]
        taken = weighed.losses - sum(held for held in blocks if held < 0)
        return bool(fit + kept * (value - fit) - (1.0 - kept) * taken - weighed.slack >= threshold)

    def _weigh(self, score: int, second: int) -> _Weighed:
        """What bounds the score from this second on."""
        settled, losses, count, drops, half_life_s = 0, 0, 0, NEVER, math.inf
        for rule in self._rules[score]:
            if rule.slot in self._lists:
                entries = self._lists[rule.slot]
                ends, most = _measured(rule, entries)
                settled, count = max(settled, ends), count + 1
                losses += most if rule.is_negative else 0
                half_life_s = min(half_life_s, rule.half_life_s or math.inf)
                if rule.edges_s:
                    seconds = entries[0] if isinstance(entries, tuple) else entries
                    drops = min(drops, *(_drop(seconds, edge_s, second) for edge_s in rule.edges_s))
        return _Weighed(settled, losses, half_life_s, drops, 2 * count + 2)

    def _bound(self, score: int, found: Found) -> Callable[[int, int], int]:
        """The score between two seconds, gains as of the first and losses as of the second."""
        looks, lists, fit, held_e, held_i = self._looks, self._lists, found[0], found[14], found[15]
        engagement, intent = looks.engagement, looks.intent
        if score == 0:
            return lambda gains_at, losses_at: int(engagement(lists, held_e, gains_at, losses_at))
        if score == 1:
            return lambda gains_at, losses_at: int(intent(lists, held_i, gains_at, losses_at))
        return lambda gains_at, losses_at: int(
            fit + engagement(lists, held_e, gains_at, losses_at) + intent(lists, held_i, gains_at, losses_at)
        )


_TOTAL = 2


class _Weighed(NamedTuple):
    """What is known of one score of one lead: when it is settled for ever short of new signals, the most its
    losses can be, its shortest half-life, when the next signal drops out of a window or a step, and what
    rounding can amount to."""

    settled_at: int
    losses: int
    half_life_s: float
    drops_at: int
    slack: int


class _Rule(NamedTuple):
    """One behaviour rule: `edges_s` are the ages at which its points drop; points and cap without sign."""

    slot: int
    is_negative: bool
    reach_s: int | None
    half_life_s: float | None
    points: float
    cap_micro: int | None
    edges_s: tuple[int, ...]


def _rules(blocks: Sequence[Block], slots: Mapping[Pick, int]) -> list[_Rule]:
    rules: list[Behaviour] = [rule for block in blocks for rule in block.rules]
    return [
        _Rule(
            slots[rule.pick],
            rule.is_negative,
            rule.reach_s,
            rule.half_life_s,
            abs(rule.points_micro),
            None if rule.cap_micro is None else abs(rule.cap_micro),
            tuple(until_s for until_s, _share in rule.steps_s)
            + (() if rule.reach_s is None else (rule.reach_s,)),
        )
        for rule in rules
    ]


def _drop(seconds: Sequence[int], edge_s: int, second: int) -> int:
    """When the oldest signal that is not older than this age becomes so."""
    inside = bisect_right(seconds, edge_s - second, key=lambda when: -when)
    return seconds[inside - 1] + edge_s + 1 if inside else NEVER


def _measured(rule: _Rule, entries: Any) -> tuple[int, int]:
    """The second from which the rule gives the same for ever, and the most it can give, in micro-points."""
    _slot, _negative, reach_s, half_life_s, points, cap_micro, _edges = rule
    is_weighted = isinstance(entries, tuple)
    newest, times = (entries[0][0], sum(entries[1])) if is_weighted else (entries[0], len(entries))
    ends = math.inf if reach_s is None else newest + reach_s + 1
    if half_life_s is not None:
        ends = min(ends, newest + half_life_s * math.log2(4 * points * times + 2) + 1)
    most = int(points * times) + 1
    return 0 if ends == math.inf else int(ends) + 1, most if cap_micro is None else min(most, cap_micro)


def falls_below(value: Callable[[int], int], threshold: int, known: tuple[int, int], end: int) -> int | None:
    """The first second up to `end` at which a value that only falls is under the threshold.

    `known` are a second before and the value then, at least the threshold. Guesses follow a straight line
    through the logarithms, as decay does, and alternate with halving: exact all the same, since only
    neighbours end the search.
    """
    lowest = value(end)
    if lowest >= threshold:
        return None
    start, high = known
    low = lowest
    halve = False
    while end - start > 1:
        middle = (start + end) // 2
        if not halve and low > 0 and high > low:
            part = math.log(high / max(threshold, 1)) / math.log(high / low)
            middle = min(max(start + round((end - start) * part), start + 1), end - 1)
        halve = not halve
        found = value(middle)
        if found >= threshold:
            start, high = middle, found
        else:
            end, low = middle, found
    return end
