"""A warm process that forks one run of `sync --once` per order, and kills it when told: the test's victim.

Started once (`python -m tests.loop.victim CONFIG STORE_URL`), it has everything imported and only one thread,
so that a fork is a whole new process in some milliseconds. Orders come as JSON lines on its standard input:
`now`, the instant the run lives in, and `kill_after_s`, when it dies by SIGKILL (null: it lives, unless an
order to kill comes). The answer is one JSON line.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

import structlog

from syncd import app, settings
from syncd.jobs.cycle import Cycle
from syncd.settings.loading import Loaded
from syncd.store import lease
from tests.loop.harness import TTL_S

RUN_MAX_S = 120.0  # a run that is not killed ends long before
MOMENT_MAX_S = 60.0


@dataclass(frozen=True, slots=True)
class Fate:
    """How one run ended. `status` is that of its summary; blank when it was killed."""

    was_killed: bool
    status: str
    lasted_s: float


class Victim:
    """The warm process, driven from a test."""

    def __init__(self, config_dir: Path, store_url: str, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.loop.victim", str(config_dir), store_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | environ,
        )

    def __enter__(self) -> Victim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def run(self, now: datetime, kill_after_s: float | None = None) -> Fate:
        """One run of everything that is due, killed so many seconds after its beginning."""
        self._order({"now": now.isoformat(), "kill_after_s": kill_after_s})
        return self._fate()

    def run_until(self, now: datetime, has_come: Callable[[], bool]) -> Fate:
        """One run, killed at the moment that has come."""
        self._order({"now": now.isoformat(), "kill_after_s": None})
        blocker, end_s = threading.Event(), time.monotonic() + MOMENT_MAX_S
        while not has_come():
            assert time.monotonic() < end_s, "the moment to kill never came"
            blocker.wait(0.002)
        self._order({"kill": True})
        return self._fate()

    def _order(self, order: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def _fate(self) -> Fate:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the warm process ended"
        return Fate(**json.loads(line))


def main(config_dir: str, store_url: str) -> int:
    """Serve orders until the input ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    loaded = settings.load(Path(config_dir), os.environ)
    app.close(app.build_for_sandbox(loaded, _unused_clock, store_url))  # imports what is imported late
    while line := sys.stdin.readline():
        order = json.loads(line)
        fate = _one(loaded, store_url, datetime.fromisoformat(order["now"]), order["kill_after_s"])
        sys.stdout.write(json.dumps(fate) + "\n")
        sys.stdout.flush()
    return 0


def _unused_clock() -> datetime:
    raise AssertionError("warming up makes no call")


def _one(loaded: Loaded, store_url: str, now: datetime, kill_after_s: float | None) -> dict[str, object]:
    """Fork, wait or kill, and tell how it went."""
    reading, writing = os.pipe()
    started_s = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(loaded, store_url, now, writing)
    os.close(writing)
    ended = os.pidfd_open(child)
    orders = [sys.stdin] if kill_after_s is None else []
    wait_s = RUN_MAX_S if kill_after_s is None else kill_after_s
    ready, _, _ = select.select([ended, *orders], [], [], wait_s)
    if sys.stdin in ready:
        sys.stdin.readline()
    if ended not in ready:
        os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    lasted_s = time.monotonic() - started_s
    os.close(ended)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    was_killed = os.WIFSIGNALED(status)
    assert was_killed or status == 0, f"the run crashed with exit status {status}"
    return {"was_killed": was_killed, "status": said, "lasted_s": lasted_s}


def _live(loaded: Loaded, store_url: str, now: datetime, writing: int) -> None:
    """The child: a whole run, as `syncd sync --once` makes it. Never returns."""
    code = 1
    try:
        parts = app.build_for_sandbox(loaded, lambda: now, store_url)
        token = lease.take(parts.store, lease.owner_name(), TTL_S)
        assert token is not None, "the lease is not free"
        cycle = Cycle(parts, token)
        cycle.begin()
        summary = cycle.once()
        os.write(writing, summary.status.encode())
        token.release()
        app.close(parts)
        code = 0
    except BaseException as error:  # a fork must not run on into its parent's code
        sys.stderr.write(f"the run failed: {type(error).__name__}: {error}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
