"""When a lead falls, where time alone can only lower it between a few known seconds.

There "the outlook is as now" holds up to one second and never after it, so two looks that differ at
neighbouring seconds prove that second. Where to look is guessed from a rough model of the scores in floating
point: a bad guess costs time and never changes what is found.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import exp
from typing import TYPE_CHECKING, Any, NamedTuple

from syncd.core.compiled import Compiled
from syncd.core.criteria import leaves, to_micro
from syncd.core.engine.drift import Drifts, Slots, can
from syncd.core.engine.primitives import NEVER
from syncd.core.playbook import IdleTest, Named, ScoreTest, SignalTest, Test
from syncd.core.scoring import Behaviour, Block, Scorer
from syncd.core.timeline import Pick

if TYPE_CHECKING:
    from syncd.core.engine.ahead import Found, Outlook

FAR_S = 1 << 40
"""Later than anything that fades or ends."""
STEPS_MAX = 200
"""Seconds looked at from which something can rise."""
GUESSES_MAX = 40
HALF_MAX_S = 1 << 26
STEP_MAX_S = 5_000
"""How far around a guess is looked at before what is left is halved."""
_TOTAL = 2
_LN2 = math.log(2.0)


class Steady:
    """The search for one scoring model."""

    def __init__(self, book: Compiled, scorer: Scorer, slots: Mapping[Pick, int], drifts: Drifts) -> None:
        self._lifting: Slots = drifts.keeping()
        self._steps = drifts.steps
        self._blocks = tuple(
            tuple(_Rough.of(block, slots, book) for block in blocks)
            for blocks in (scorer.engagement, scorer.intent)
        )
        self._thresholds = _thresholds(book)

    def due(
        self,
        found: Found,
        lists: Mapping[int, Any],
        second: int,
        until: int | None,
        again: Callable[[int], Found],
        outlook: Outlook,
    ) -> tuple[bool, int | None] | None:
        """As `Ahead.due`; None where something may rise at any second."""
        if can(self._lifting, lists):
            return None
        seen = outlook(found)
        end = NEVER if until is None else until
        steps = [step for step in self._rises(lists) if second < step < end]
        if len(steps) > STEPS_MAX:
            return None
        for rise in (*sorted(set(steps)), end):
            last = min(rise, second + FAR_S) - 1
            if found[7] and last > second:
                fallen = self._falls(found, lists, second, last, lambda at: outlook(again(at)) == seen)
                if fallen is not None:
                    return True, fallen
            if rise >= end:
                return True, until
            second, found = rise, again(rise)
            seen_then = outlook(found)
            if seen_then is None:
                return False, second
            if seen_then != seen:
                return True, second
        return True, until

    def _rises(self, lists: Mapping[int, Any]) -> Iterator[int]:
        """Every second at which a loss drops out of its window or step."""
        for slot, edges_s in self._steps:
            if slot in lists:
                for when in _seconds(lists[slot]):
                    for edge_s in edges_s:
                        yield when + edge_s + 1

    def _falls(
        self, found: Found, lists: Mapping[int, Any], start: int, end: int, same: Callable[[int], bool]
    ) -> int | None:
        """The first second in (start, end] at which it is not the same, which it is at `start`."""
        guess, step = self._guess(found, lists, start, end), 1
        low, high = start, end + 1
        while high - low > 1:
            at = min(max(guess, low + 1), high - 1)
            if same(at):
                low, guess = at, at + step
            else:
                high, guess = at, at - step
            step *= 4
            if step > STEP_MAX_S:
                guess = (low + high) // 2
        return None if high > end else high

    # --- the guess ---------------------------------------------------------------------------------------

    def _guess(self, found: Found, lists: Mapping[int, Any], start: int, end: int) -> int:
        """About when the position is lost to a falling score: `end` where none seems to be."""
        guess = end
        fit = found[0]
        for score, threshold in self._thresholds[found[7]]:
            value = fit + found[1] + found[2] if score == _TOTAL else found[1 + score]
            if value >= threshold:
                blocks = (*self._blocks[0], *self._blocks[1]) if score == _TOTAL else self._blocks[score]
                curve = _Curve(blocks, lists, start)
                now = curve.at(start)
                guess = min(guess, curve.crosses(threshold - (value - now[0]), start, guess, now))
        return guess


class _Curve:
    """About what a score is over time, from a start on."""

    def __init__(self, blocks: Sequence[_Rough], lists: Mapping[int, Any], start: int) -> None:
        self._start = start
        self.jumps: list[int] = []
        self._blocks: list[tuple[float, list[_Fading], list[_Ending]]] = []
        for rough in blocks:
            fading: list[_Fading] = []
            ending: list[_Ending] = []
            for rule in rough.rules:
                if rule.slot in lists:
                    if rule.half_life_s is not None:
                        fading.append(rule.fading(lists[rule.slot], start, rule.half_life_s))
                    else:
                        ending.append(rule.ending(lists[rule.slot], start))
            for pattern in rough.patterns:
                if pattern.slot in lists:
                    ending.append(pattern.ending(lists[pattern.slot], start))
            if fading or ending:
                for _points, ends, _count, _rest, _cap in ending:
                    self.jumps += ends
                self._blocks.append((math.inf if rough.cap is None else rough.cap, fading, ending))

    def at(self, second: int) -> tuple[float, float]:
        """The value and how fast it falls."""
        total = falls = 0.0
        age = self._start - second
        for block_cap, fading, ending in self._blocks:
            value = slope = 0.0
            for points, rate, cap in fading:
                held = points * exp(rate * age)
                if held < cap:
                    value += held
                    slope += held * rate
                else:
                    value += cap
            for points, ends, count, rest, cap in ending:
                held = points * (count - bisect_right(ends, second)) + rest if count else rest
                value += held if held < cap else cap
            if block_cap < 0:
                value = max(value, block_cap)
            elif value > block_cap:
                value, slope = block_cap, 0.0
            total += value
            falls += slope
        return total, falls

    def crosses(self, threshold: float, start: int, end: int, known: tuple[float, float]) -> int:
        """About the first second up to `end` at which it is under the threshold; `end` where it never is.
        `known` is what it is at the start."""
        jumps = sorted({jump for jump in self.jumps if start < jump < end})
        low, high = 0, len(jumps)
        value, falls = known
        # Smoothly it would last until here: the jump it is lost by is not much later.
        middle = bisect_right(jumps, start + (value - threshold) / falls) if falls else high // 2
        while low < high:
            middle = min(max(middle, low), high - 1)
            seen = self.at(jumps[middle])
            if seen[0] >= threshold:
                low, known = middle + 1, seen
            else:
                high = middle
            middle = (low + high) // 2
        if low:
            start = jumps[low - 1]
        if low < len(jumps):
            end = jumps[low]
        return self._smooth(threshold, start, end, known)

    def _smooth(self, threshold: float, start: int, end: int, known: tuple[float, float]) -> int:
        """The same where nothing jumps: Newton's steps, kept within bounds by halving. What lasts until the
        end is lost there."""
        at, (value, falls) = start, known
        for _guess in range(GUESSES_MAX):
            step = (value - threshold) / falls if falls > 0 else math.copysign(FAR_S, value - threshold)
            if -1.0 < step < 1.0:
                return min(max(math.ceil(at + step), start + 1), end)
            if at + step >= end:
                at = end - 1
            else:
                at = int(at + step) if at + step > start else min((start + end) // 2, start + HALF_MAX_S)
            if not start < at < end:
                break
            value, falls = self.at(at)
            if value >= threshold:
                start = at
            else:
                end = at
        return end


_Fading = tuple[float, float, float]
"""What a rule gives at the start, how fast it fades, its cap."""
_Ending = tuple[float, list[int], int, float, float]
"""Points for each of these seconds that is still to come, how many they are, points besides, and the cap."""


class _RoughRule(NamedTuple):
    slot: int
    points: float
    cap: float
    half_life_s: float | None
    ends_s: tuple[int, ...]

    @staticmethod
    def of(rule: Behaviour, slot: int) -> _RoughRule:
        reach = () if rule.reach_s is None else (rule.reach_s,)
        cap = math.inf if rule.cap_micro is None or rule.is_negative else float(rule.cap_micro)
        return _RoughRule(slot, rule.points_micro, cap, rule.half_life_s, reach)

    def fading(self, entries: Any, start: int, half_life_s: float) -> _Fading:
        if isinstance(entries, tuple):
            pairs = zip(entries[0], entries[1], strict=True)
            total = sum([weight * 2.0 ** ((when - start) / half_life_s) for when, weight in pairs])
        else:
            total = sum([2.0 ** ((when - start) / half_life_s) for when in entries])
        return self.points * total, _LN2 / half_life_s, self.cap

    def ending(self, entries: Any, start: int) -> _Ending:
        seconds = _seconds(entries)
        if not self.ends_s:
            return 0.0, [], 0, self.points * len(seconds), self.cap
        reach = self.ends_s[0] + 1
        oldest = start - reach
        ends = [when + reach for when in seconds if when > oldest]
        ends.reverse()
        return self.points, ends, len(ends), 0.0, self.cap


class _RoughPattern(NamedTuple):
    """A pattern that asks one question of signals."""

    slot: int
    points: float
    at_least: int
    span_s: int
    is_quiet: bool

    def ending(self, entries: Any, start: int) -> _Ending:
        """Quiet gives its points from its second on. What was before the start does not matter: the curve is
        set right by the true score there."""
        seconds = _seconds(entries)
        turns = seconds[self.at_least - 1] + self.span_s + 1 if len(seconds) >= self.at_least else start
        ends = [turns] if turns > start else []
        return -self.points if self.is_quiet else self.points, ends, len(ends), 0.0, math.inf


class _Rough(NamedTuple):
    """One block: its rules, and those of its patterns that ask one question of signals."""

    cap: float | None
    rules: tuple[_RoughRule, ...]
    patterns: tuple[_RoughPattern, ...]

    @staticmethod
    def of(block: Block, slots: Mapping[Pick, int], book: Compiled) -> _Rough:
        patterns = []
        for item in block.patterns:
            test = item.rule.when
            if isinstance(test, SignalTest | IdleTest):
                atom: Any = book.signal_atom(test)
                is_quiet = isinstance(test, IdleTest)
                span_s = atom.quiet_s if is_quiet else atom.window_s
                if atom.pick in slots and span_s is not None:
                    at_least = 1 if is_quiet else max(atom.at_least, 1)
                    patterns.append(
                        _RoughPattern(slots[atom.pick], float(item.points_micro), at_least, span_s, is_quiet)
                    )
        rules = tuple(_RoughRule.of(rule, slots[rule.pick]) for rule in block.rules)
        return _Rough(block.cap_micro, rules, tuple(patterns))


def _seconds(entries: Any) -> Sequence[int]:
    seconds: Sequence[int] = entries[0] if isinstance(entries, tuple) else entries
    return seconds


def _thresholds(book: Compiled) -> list[tuple[tuple[int, int], ...]]:
    """For each place in the numbers of a look: score and threshold under which it seems to be lost."""
    levels = book.playbook.levels
    found: list[tuple[tuple[int, int], ...]] = [()]
    for level in levels.mql:
        found.append(_asked([level.leave] if level.leave is not None else _tests(level.enter)))
    found.append(_asked([*_tests(levels.near_sql.enter), *_tests(levels.sql)]))
    return found


def _tests(items: Sequence[Named]) -> list[Test]:
    return [item.test for item in items]


def _asked(tests: Sequence[Test]) -> tuple[tuple[int, int], ...]:
    numbers = {"engagement": 0, "intent": 1, "total": _TOTAL}
    scores = [leaf for test in tests for leaf in leaves(test) if isinstance(leaf, ScoreTest)]
    asked = [(item.score, bound) for item in scores for bound in (item.at_least, item.below)]
    return tuple((numbers[score], to_micro(bound)) for score, bound in asked if score in numbers and bound)
