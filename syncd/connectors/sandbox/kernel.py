"""Virtual time, seeded chance and one lock: what everything in the sandbox shares.

The clock moves only when someone calls `advance_to`; scripted acts wait in a queue and run at their own
instant, in order of time and then of being scheduled. The world's past is made the same way: a kernel is
begun months before the day of interest, the past is scheduled, and the clock is advanced to that day.
Chance comes in named streams, so that one actor drawing more numbers changes nothing for the others.
"""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

Act = Callable[[], object]


class Kernel:
    """The clock `now` (aware UTC), the queue of acts, and `lock`, which guards all emulated state."""

    def __init__(self, seed: int, start_at: datetime) -> None:
        if start_at.utcoffset() != timedelta(0):
            raise ValueError("start_at must be an aware time in UTC")
        self.seed = seed
        self.now = start_at
        self.lock = threading.RLock()
        self._queue: list[tuple[datetime, int, Act]] = []
        self._tickets = itertools.count()
        self._streams: dict[str, random.Random] = {}

    def random(self, name: str) -> random.Random:
        """The stream of chance of that name: seeded by it, and going on where its last user stopped."""
        if name not in self._streams:
            self._streams[name] = random.Random(f"{self.seed}:{name}")
        return self._streams[name]

    def at(self, when: datetime, act: Act) -> None:
        """Run `act` when the clock reaches `when`; one in the past runs first on the next advance."""
        heapq.heappush(self._queue, (when, next(self._tickets), act))

    def every(self, interval: timedelta, act: Act, *, first_at: datetime | None = None) -> None:
        """Run `act` each `interval`, first at `first_at` (one interval from now unless told)."""
        if interval <= timedelta(0):
            raise ValueError("interval must be positive")
        due_at = first_at if first_at is not None else self.now + interval

        def turn() -> None:
            act()
            self.every(interval, act, first_at=self.now + interval)

        self.at(due_at, turn)

    def advance_to(self, when: datetime) -> int:
        """Run every act due up to and including `when`; the clock then stands there. Returns how many ran.

        The lock is taken for each act and not for the whole way, so that requests are served in between.
        """
        count = 0
        while True:
            with self.lock:
                if not self._queue or self._queue[0][0] > when:
                    self.now = max(self.now, when)
                    return count
                due_at, _ticket, act = heapq.heappop(self._queue)
                self.now = max(self.now, due_at)
                act()
                count += 1

    @contextmanager
    def as_of(self, when: datetime) -> Iterator[None]:
        """Let the clock show `when` inside the block: for records of the past in a new world."""
        with self.lock:
            before, self.now = self.now, when
            try:
                yield
            finally:
                self.now = before
