"""What the org counts: calls against the daily allowance, and writes that break the rules for integrations.

The allowance is a rolling 24 hours of the kernel's clock and is told in `Sforce-Limit-Info` on every counted
answer, errors included (REST guide, Limit Info Header). Going over is 403 REQUEST_LIMIT_EXCEEDED without
`Retry-After`.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.violations import Violations

DAY = timedelta(hours=24)
BURST_MAX = 750


class CallMade(NamedTuple):
    method: str
    path: str
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule broken, and on what. `detail` names records and fields, never values."""

    rule: str
    detail: str
    at: datetime


class Meter:
    """Counts calls and keeps the list of broken rules."""

    def __init__(self, kernel: Kernel, *, api_calls_max: int, limits: bool) -> None:
        self.kernel = kernel
        self.api_calls_max = api_calls_max
        self.limits = limits
        self.calls: list[CallMade] = []
        self.subcalls: list[CallMade] = []
        self.violations: Violations[Violation] = Violations()
        self._counted: deque[datetime] = deque()
        self._burst: tuple[int, int] = (0, 0)
        self._others = 0

    def used(self) -> int:
        """Calls of the last 24 hours, those of other integrations included."""
        horizon = self.kernel.now - DAY
        while self._counted and self._counted[0] <= horizon:
            self._counted.popleft()
        return len(self._counted) + self._others

    def spend_elsewhere(self, calls: int) -> None:
        """Let other integrations of the org stand at this many calls."""
        self._others = calls

    def count(self) -> None:
        """Count one call. Raises Refusal REQUEST_LIMIT_EXCEEDED when limits are on and the day is spent."""
        second = int(time.monotonic())
        self._burst = (second, self._burst[1] + 1 if self._burst[0] == second else 1)
        if self.limits and self.used() >= self.api_calls_max:
            raise Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
        self._counted.append(self.kernel.now)

    def header(self) -> str:
        return f"api-usage={self.used()}/{self.api_calls_max}; api-bursts={self._burst[1]}/{BURST_MAX}"

    def violate(self, rule: str, detail: str) -> None:
        self.violations.append(Violation(rule, detail, self.kernel.now))
