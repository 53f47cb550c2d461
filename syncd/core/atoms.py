"""The questions tests ask of signals and scores, one object each: what was answered, and when it ends.

Without new signals each answer changes at one second known in closed form: a satisfied count or sequence is
over when its last carrier leaves the window, idleness begins when the newest is old enough. Atoms are found
by identity: everybody who asks the same shares one, and answers are remembered by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from syncd.core.timeline import Entry, Pick, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator


class ScoreName(StrEnum):
    FIT = "fit"
    ENGAGEMENT = "engagement"
    INTENT = "intent"
    TOTAL = "total"


@dataclass(frozen=True, slots=True, eq=False)
class ScoreAtom:
    """`score >= threshold_micro`: the only way in which a test looks at a score."""

    score: ScoreName
    threshold_micro: int


@dataclass(frozen=True, slots=True, eq=False)
class CountAtom:
    """The picked signals happened at least so often within the window (whole seconds; None for ever)."""

    pick: Pick
    at_least: int
    window_s: int | None

    def holds(self, timeline: Timeline, second: int) -> bool:
        return timeline.count_within(self.pick, second, self.window_s) >= self.at_least

    def turns_at(self, timeline: Timeline, *, holds: bool) -> int | None:
        """The second of the next other answer; None while that needs a new signal."""
        if not holds or self.window_s is None or self.at_least <= 0:
            return None
        entry = timeline.nth_newest(self.pick, self.at_least)
        return None if entry is None else entry.second + self.window_s + 1

    def used(self, timeline: Timeline, second: int) -> Iterator[Entry]:
        """The newest signals that carry the answer yes."""
        missing = self.at_least
        for entry in timeline.pick(self.pick):
            if missing <= 0:
                return
            missing -= entry.weight
            yield entry

    def counted(self, timeline: Timeline, second: int) -> Iterator[Entry]:
        """All that is counted for it, newest first."""
        for entry in timeline.pick(self.pick):
            if self.window_s is not None and second - entry.second > self.window_s:
                return
            yield entry


@dataclass(frozen=True, slots=True, eq=False)
class SequenceAtom:
    """A signal of each step in this order, the first of them within the window."""

    steps: tuple[Pick, ...]
    window_s: int

    def chain(self, timeline: Timeline) -> tuple[Entry, ...]:
        """The newest such chain, last step first: the one whose first step is latest. Empty for none."""
        found: list[Entry] = []
        for pick in reversed(self.steps):
            newest = timeline.pick(pick)
            before = found[-1][:2] if found else None
            entry = next((item for item in newest if before is None or item[:2] < before), None)
            if entry is None:
                return ()
            found.append(entry)
        return tuple(found)

    def holds(self, timeline: Timeline, second: int) -> bool:
        if not self.steps:
            return True
        chain = self.chain(timeline)
        return bool(chain) and second - chain[-1].second <= self.window_s

    def turns_at(self, timeline: Timeline, *, holds: bool) -> int | None:
        """The second at which the first step is out of the window."""
        chain = self.chain(timeline) if holds else ()
        return chain[-1].second + self.window_s + 1 if chain else None

    def used(self, timeline: Timeline, second: int) -> Iterator[Entry]:
        """The signals of the chain, newest first."""
        yield from self.chain(timeline)

    counted = used


@dataclass(frozen=True, slots=True, eq=False)
class IdleAtom:
    """The picked signals happened, but not within the last so many seconds."""

    pick: Pick
    quiet_s: int

    def holds(self, timeline: Timeline, second: int) -> bool:
        newest = timeline.nth_newest(self.pick, 1)
        return newest is not None and second - newest.second > self.quiet_s

    def turns_at(self, timeline: Timeline, *, holds: bool) -> int | None:
        """The second at which it has been quiet for long enough."""
        newest = None if holds else timeline.nth_newest(self.pick, 1)
        return None if newest is None else newest.second + self.quiet_s + 1

    def used(self, timeline: Timeline, second: int) -> Iterator[Entry]:
        """Nothing: silence has no carrier."""
        yield from ()

    counted = used


SignalAtom: TypeAlias = CountAtom | SequenceAtom | IdleAtom
