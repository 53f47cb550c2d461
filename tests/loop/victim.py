"""A warm process that forks one run of `sync --once` per order, and kills it when told: the test's victim.

Started once (`python -m tests.loop.victim CONFIG STORE_URL`), it has everything imported and only one thread,
so that a fork is a whole new process in some milliseconds. Orders come as JSON lines on its standard input:
`now`, the instant the run lives in, and `kill_after_s`, when it dies by SIGKILL (null: it lives). The answer
is one JSON line.
"""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
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
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"now": now.isoformat(), "kill_after_s": kill_after_s}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the warm process ended"
        return Fate(**json.loads(line))


def main(config_dir: str, store_url: str) -> int:
    """Serve orders until the input ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    loaded = settings.load(Path(config_dir), os.environ)
    app.close(app.build_for_sandbox(loaded, _unused_clock, store_url))  # imports what is imported late
    for line in sys.stdin:
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
    ready, _, _ = select.select([ended], [], [], RUN_MAX_S if kill_after_s is None else kill_after_s)
    if not ready:
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
