"""When a lead falls, where time alone can only lower it between a few known seconds.

There "the outlook is as now" holds up to one second and never after it, so two looks that differ at
neighbouring seconds prove that second. Where to look is guessed from a rough model of the scores in floating
point: a bad guess costs time and never changes what is found.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
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
        guess = self._guess(found, lists, start, end)
        step = 1
        while end > start:
            at = min(max(guess, start + 1), end)
            if same(at):
                start = at
                if start == end:
                    return None
                guess = at + step
            else:
                end = at
                if end - start == 1:
                    return end
                guess = at - step
            step = step * 4 if step < 1 << 14 else max(end - start, 2) // 2
        return None

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
                now, _slope = curve.at(start)
                guess = min(guess, curve.crosses(threshold - (value - now), start, guess))
        return guess


class _Curve:
    """About what a score is over time, from a start on."""

    def __init__(self, blocks: Sequence[_Rough], lists: Mapping[int, Any], start: int) -> None:
        self._start = start
        self._blocks: list[tuple[float, list[_Part]]] = []
        self.jumps: list[int] = []
        for rough in blocks:
            parts = [
                rule.part(lists[rule.slot], start, self.jumps) for rule in rough.rules if rule.slot in lists
            ]
            for slot, points, at_least, span_s, is_quiet in rough.patterns:
                if slot in lists:
                    part = _pattern(lists[slot], points, at_least, span_s, is_quiet, start)
                    if part is not None:
                        parts.append(part)
                        self.jumps += part.ends
            if parts:
                self._blocks.append((math.inf if rough.cap is None else rough.cap, parts))

    def at(self, second: int) -> tuple[float, float]:
        """The value and how fast it falls."""
        total = falls = 0.0
        age = second - self._start
        for cap, parts in self._blocks:
            value = slope = 0.0
            for part in parts:
                if part.rate:
                    share = part.points * math.exp(-part.rate * age)
                    if share >= part.cap:
                        value += part.cap
                    else:
                        value += share
                        slope += share * part.rate
                else:
                    gone = bisect_right(part.ends, second)
                    value += min(part.points * (len(part.ends) - gone) + part.rest, part.cap)
            if cap < 0:
                value = max(value, cap)
            elif value > cap:
                value, slope = cap, 0.0
            total += value
            falls += slope
        return total, falls

    def crosses(self, threshold: float, start: int, end: int) -> int:
        """About the first second up to `end` at which it is under the threshold; `end` where it never is."""
        jumps = sorted({jump for jump in self.jumps if start < jump < end})
        low, high = 0, len(jumps)
        while low < high:
            middle = (low + high) // 2
            if self.at(jumps[middle])[0] >= threshold:
                low = middle + 1
            else:
                high = middle
        if low:
            start = jumps[low - 1]
        if low < len(jumps):
            end = jumps[low]
            if self.at(end - 1)[0] >= threshold:
                return end
        return self._smooth(threshold, start, end)

    def _smooth(self, threshold: float, start: int, end: int) -> int:
        """The same where nothing jumps: Newton's steps, kept within bounds by halving."""
        at = start
        for _guess in range(GUESSES_MAX):
            value, falls = self.at(at)
            if value >= threshold:
                start = at
            else:
                end = at
            if end - start <= 1:
                break
            step = (value - threshold) / falls if falls > 0 else math.inf
            if abs(step) < 1.0:
                return math.ceil(at + step) if start < math.ceil(at + step) <= end else end
            at = int(at + step) if start < at + step < end else (start + min(end, start + (1 << 26))) // 2
            at = max(at, start + 1)
        return end


class _Part(NamedTuple):
    """One rule or pattern: it fades from `points` at `rate` a second, or gives `points` for each of the ends
    that is still to come and `rest` besides."""

    points: float
    rate: float
    cap: float
    ends: list[int]
    rest: float = 0.0


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

    def part(self, entries: Any, start: int, jumps: list[int]) -> _Part:
        is_weighted = isinstance(entries, tuple)
        seconds = entries[0] if is_weighted else entries
        if self.half_life_s is not None:
            half_life_s = self.half_life_s
            if is_weighted:
                total = sum(
                    [w * 2.0 ** ((s - start) / half_life_s) for s, w in zip(seconds, entries[1], strict=True)]
                )
            else:
                total = sum([2.0 ** ((s - start) / half_life_s) for s in seconds])
            return _Part(self.points * total, _LN2 / half_life_s, self.cap, [])
        if not self.ends_s:
            count = sum(entries[1]) if is_weighted else len(seconds)
            return _Part(0.0, 0.0, self.cap, [], self.points * count)
        reach = self.ends_s[0] + 1
        oldest = start - reach
        ends = []
        for when in seconds:
            if when <= oldest:
                break
            ends.append(when + reach)
        ends.reverse()
        jumps += ends
        return _Part(self.points, 0.0, self.cap, ends)


class _Rough(NamedTuple):
    """One block: its rules, and those of its patterns that ask one question of signals."""

    cap: float | None
    rules: tuple[_RoughRule, ...]
    patterns: tuple[tuple[int, float, int, int, bool], ...]

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
                    patterns.append((slots[atom.pick], float(item.points_micro), at_least, span_s, is_quiet))
        rules = tuple(_RoughRule.of(rule, slots[rule.pick]) for rule in block.rules)
        return _Rough(block.cap_micro, rules, tuple(patterns))


def _pattern(
    entries: Any, points: float, at_least: int, span_s: int, is_quiet: bool, start: int
) -> _Part | None:
    """What one pattern gives, and when that ends. Weights are not looked at."""
    seconds = _seconds(entries)
    if len(seconds) < at_least:
        return None
    turns = seconds[at_least - 1] + span_s + 1
    if turns <= start:
        return None
    # Quiet gives its points from then on; the constant before the start is set right by the true score.
    return (
        _Part(-points, 0.0, math.inf, [turns], points) if is_quiet else _Part(points, 0.0, math.inf, [turns])
    )


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
