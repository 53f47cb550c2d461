"""When a lead that stays is due: the next second at which its outlook is another.

Answers about signals turn at seconds known in closed form, and until the first of them patterns and fit stay
as they are; in between only scores move, and those are searched between bounds, to the second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
        search = _Search(looks, lists, self._rules)
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

    def __init__(self, looks: Looks, lists: Mapping[int, Any], rules: tuple[list[_Rule], ...]) -> None:
        self._looks, self._lists, self._rules = looks, lists, rules
        self._known: dict[int, tuple[int, int]] = {}

    def next_turn(self, found: Found, second: int, until: int) -> int | None:
        """The next second, before `until`, at which an answer turns."""
        nearest = min(found[10], until)
        for score, value in enumerate((found[1], found[2], found[0] + found[1] + found[2])):
            held, wanted = found[11 + score]
            # The highest threshold held is lost first, the lowest one wanted is reached first.
            if held > -NEVER:
                nearest = self._crossing(score, held, value, found, second, nearest, holds=True)
            if wanted < NEVER:
                nearest = self._crossing(score, wanted, value, found, second, nearest, holds=False)
        return nearest if nearest < until else None

    def _crossing(
        self, score: int, threshold: int, value: int, found: Found, second: int, nearest: int, *, holds: bool
    ) -> int:
        """The second before `nearest` at which the score crosses the threshold; else `nearest`."""
        settled, losses = self._known.get(score) or self._weigh(score)
        if not holds and value + losses < threshold:
            return nearest  # also without any of its losses it would not get there
        end = min(settled, nearest - 1)
        if end <= second:
            return nearest
        bound = self._bound(score, found)
        if losses:
            crossing = first_crossing(bound, threshold, holds, second, end)
        else:
            crossing = falls_below(lambda at: bound(at, at), threshold, (second, value), end)
        return nearest if crossing is None else crossing

    def _weigh(self, score: int) -> tuple[int, int]:
        """When the score is settled for ever short of new signals, and the most its losses can be."""
        settled, losses = 0, 0
        for rule in self._rules[score]:
            if rule[0] in self._lists:
                ends, most = _measured(rule, self._lists[rule[0]])
                settled = max(settled, ends)
                losses += most if rule[1] else 0
        found = self._known[score] = settled, losses
        return found

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


_Rule = tuple[int, bool, int | None, float | None, float, int | None]
"""Slot, whether it takes points away, reach, half-life, points and cap in micro-points without sign."""


def _rules(blocks: Sequence[Block], slots: Mapping[Pick, int]) -> list[_Rule]:
    rules: list[Behaviour] = [rule for block in blocks for rule in block.rules]
    return [
        (
            slots[rule.pick],
            rule.is_negative,
            rule.reach_s,
            rule.half_life_s,
            abs(rule.points_micro),
            None if rule.cap_micro is None else abs(rule.cap_micro),
        )
        for rule in rules
    ]


def _measured(rule: _Rule, entries: Any) -> tuple[int, int]:
    """The second from which the rule gives the same for ever, and the most it can give, in micro-points."""
    _slot, _negative, reach_s, half_life_s, points, cap_micro = rule
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
