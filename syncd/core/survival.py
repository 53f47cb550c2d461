"""How long something takes, when some of it has not happened yet: Kaplan-Meier, and an interval for a share.

Who is still open has waited at least so long, and counts among those at risk until then; leaving them out
would make every figure too fast. Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations"
(1958); Wilson, "Probable Inference" (1927).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

_ROUNDING = 1e-9  # a product of many fractions may miss one half by this much
Z_95 = 1.959963984540054
"""How many standard deviations either way hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How many days somebody was watched, and whether it happened at the end of them."""

    days: float
    happened: bool


@dataclass(frozen=True, slots=True)
class Point:
    """At `days` it happened to `events` of the `at_risk` who still waited; `waiting` is the share for whom it
    then has not happened yet."""

    days: float
    at_risk: int
    events: int
    waiting: float


def curve(waits: Iterable[Wait]) -> tuple[Point, ...]:
    """A point for every duration at which it happened, shortest first. Who stopped being watched at the very
    duration at which it happened to others was at risk then."""
    known = list(waits)
    happened = Counter(wait.days for wait in known if wait.happened)
    gone = Counter(wait.days for wait in known if not wait.happened)
    at_risk, waiting = len(known), 1.0
    points = []
    for days in sorted(happened | gone):
        events = happened[days]
        if events:
            waiting *= (at_risk - events) / at_risk
            points.append(Point(days, at_risk, events, waiting))
        at_risk -= events + gone[days]
    return tuple(points)


def days_until(points: Sequence[Point], share: float) -> float | None:
    """The first duration by which it has happened to at least this share; None while it has not."""
    return next((point.days for point in points if point.waiting <= 1 - share + _ROUNDING), None)


def happened_share(points: Sequence[Point]) -> float:
    """The share to whom it has happened within the longest time at which it did."""
    return 1 - points[-1].waiting if points else 0.0


def wilson(reached: int, base: int, z: float = Z_95) -> tuple[float, float] | None:
    """Where the true share lies with 95 % confidence, when `reached` of `base` were seen; None of nobody."""
    if not base:
        return None
    share, square = reached / base, z * z
    middle = (share + square / (2 * base)) / (1 + square / base)
    reach = z * sqrt(share * (1 - share) / base + square / (4 * base * base)) / (1 + square / base)
    return max(0.0, middle - reach), min(1.0, middle + reach)
