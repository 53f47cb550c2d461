"""How many calls a system may get from us: burst windows of our own, and the vendor's daily meter.

Every call passes a sliding window (pyrate-limiter) of its bucket; ordinary calls pass a smaller one first, so
that a reserved share of each stays free for a fresh SQL. The vendor's headers correct the window and show the
daily meter, of which ordinary calls leave a floor. Nothing here sends or sleeps by itself.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from syncd.connectors.transport_failure import Call
from syncd.core.model import System
from syncd.ports import Budget, Recovery, SystemFailure

GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Window:
    """`calls` in any stretch of `per_s` seconds."""

    calls: int
    per_s: float


@dataclass(frozen=True, slots=True)
class Budgets:
    """What we allow ourselves. Shares and floors are parts of one.

    `general` holds until a header tells the vendor's own burst limit, of which we take `burst_share`.
    `buckets` have windows of their own and are exempt from the general one. Ordinary calls leave
    `reserve` of each window, and stop when less than `daily_floor` of the day's calls is left to everybody
    connected to the account; priority 0 goes on to `urgent_floor`.
    """

    general: Window | None = None
    buckets: Mapping[str, Window] = field(default_factory=dict)
    burst_share: float = 0.75
    reserve: float = 0.10
    daily_floor: float = 0.10
    urgent_floor: float = 0.02
    wait_max_s: float = 60.0
    look_again_s: float = 300.0
    is_enforced: bool = True


@dataclass(frozen=True, slots=True)
class Meter:
    """A vendor's own count as one answer showed it."""

    name: str
    used: int
    limit: int
    window: str


_SFORCE = re.compile(r"(?:^|[;,\s])(api-usage|api-bursts)=(\d+)/(\d+)")


def read_meters(headers: Mapping[str, str]) -> tuple[Meter, ...]:
    """Meters in an answer's headers, of either vendor; empty where it shows none.

    HubSpot: usage-guidelines, "Response headers" (search answers carry the daily pair at most).
    Salesforce: REST guide, "Limit Info Header": `api-usage=10018/100000; api-bursts=1/750`.
    """
    meters = [
        Meter(name, int(used), int(limit), "day" if name == "api-usage" else "burst")
        for name, used, limit in _SFORCE.findall(headers.get("Sforce-Limit-Info", ""))
    ]
    day = _pair(headers, "X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining")
    if day is not None:
        meters.append(Meter("daily", *day, "day"))
    burst = _pair(headers, "X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Remaining")
    if burst is not None:
        interval_ms = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "10000")
        seconds = int(interval_ms) // 1000 if interval_ms.isdigit() else 10
        meters.append(Meter("burst", *burst, f"{seconds or 10} seconds"))
    return tuple(meters)


def _pair(headers: Mapping[str, str], limit: str, remaining: str) -> tuple[int, int] | None:
    """(used, limit) from two headers that hold the limit and what remains."""
    whole, left = headers.get(limit, ""), headers.get(remaining, "")
    if not (whole.isdigit() and left.isdigit()) or int(whole) == 0:
        return None
    return max(0, int(whole) - int(left)), int(whole)


class _Sliding(InMemoryBucket):
    """pyrate-limiter's window on a clock that can be given."""

    def __init__(self, calls: int, per_s: float, monotonic: Callable[[], float]) -> None:
        super().__init__([Rate(max(1, calls), max(1, int(per_s * 1000)))])
        self._monotonic = monotonic

    def now(self) -> int:
        return int(self._monotonic() * 1000)

    def wait_s(self) -> float:
        """0 when a call was counted in; otherwise seconds until there is room."""
        now = self.now()
        self.leak(now)
        item = RateItem("call", now)
        if self.put(item):
            return 0.0
        wait_ms = self.waiting(item)
        assert isinstance(wait_ms, int), "a bucket in memory answers at once"
        return max(1, wait_ms) / 1000


class Governor:
    """Lets calls through at the pace agreed, and remembers what the vendor's meters last showed."""

    def __init__(
        self,
        system: System,
        budgets: Budgets,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._system = system
        self._budgets = budgets
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._meters: dict[str, Meter] = {}
        self._seen_at = monotonic()
        self._windows: dict[str, tuple[_Sliding, _Sliding]] = {}
        self._limits: dict[str, Window] = {}
        for name, window in budgets.buckets.items():
            self._open(name, window)
        if budgets.general is not None:
            self._open(GENERAL, budgets.general)

    def _open(self, name: str, window: Window) -> None:
        ordinary = max(1, int(window.calls * (1 - self._budgets.reserve)))
        self._limits[name] = window
        self._windows[name] = (
            _Sliding(ordinary, window.per_s, self._monotonic),
            _Sliding(window.calls, window.per_s, self._monotonic),
        )

    def admit(self, call: Call) -> None:
        """Return when the call may go. Raises SystemFailure when that would take too long, or not today."""
        if not self._budgets.is_enforced:
            return
        self._check_day(call)
        waited_s = 0.0
        for tier in (1,) if call.priority == 0 else (0, 1):
            while (wait_s := self._try(call.bucket, tier)) > 0:
                if waited_s + wait_s > self._budgets.wait_max_s:
                    raise SystemFailure(
                        call.failure(
                            Recovery.TRANSIENT,
                            "budget_spent",
                            "was not sent: our own share of calls is spent.",
                            retry_after_s=wait_s,
                        )
                    )
                self._sleep(wait_s)
                waited_s += wait_s

    def _try(self, bucket: str, tier: int) -> float:
        with self._lock:
            windows = self._windows.get(bucket)
            return 0.0 if windows is None else windows[tier].wait_s()

    def _check_day(self, call: Call) -> None:
        """Refuse below the floor; a call is let through now and then, to see whether the meter fell."""
        floor = self._budgets.urgent_floor if call.priority == 0 else self._budgets.daily_floor
        with self._lock:
            day = next((m for m in self._meters.values() if m.window == "day"), None)
            age_s = self._monotonic() - self._seen_at
            if day is None or day.limit - day.used > day.limit * floor or age_s > self._budgets.look_again_s:
                return
        raise SystemFailure(
            call.failure(
                Recovery.HALT,
                "daily_floor",
                f"was not sent: {day.used} of {day.limit} calls of the day are used by all apps together.",
                cure="Wait for the daily reset, raise the limit, or find the app that spends the calls.",
                retry_after_s=self._budgets.look_again_s,
            )
        )

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer's headers say about limits."""
        meters = read_meters(headers)
        if not meters:
            return
        with self._lock:
            self._seen_at = self._monotonic()
            for meter in meters:
                self._meters[meter.name] = meter
                if meter.name == "burst":
                    self._fit(meter)

    def _fit(self, meter: Meter) -> None:
        """Set the general window to our share of the vendor's."""
        window = Window(
            max(1, int(meter.limit * self._budgets.burst_share)), float(meter.window.partition(" ")[0])
        )
        if self._limits.get(GENERAL) != window:
            self._open(GENERAL, window)

    def budgets(self) -> tuple[Budget, ...]:
        """The vendor's meters as last seen."""
        with self._lock:
            return tuple(
                Budget(self._system, m.name, m.used, m.limit, m.window) for m in self._meters.values()
            )
