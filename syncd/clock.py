"""The clock of the shell: real time, or a clock somebody else turns (the sandbox's simulated weeks)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


class SystemClock:
    """Real time, aware UTC, to the millisecond the store keeps."""

    def now(self) -> datetime:
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)


class BorrowedClock:
    """Shows the time somebody else's clock shows."""

    def __init__(self, read: Callable[[], datetime]) -> None:
        self._read = read

    def now(self) -> datetime:
        return self._read()
