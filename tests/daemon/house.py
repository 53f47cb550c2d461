"""Real `syncd` processes on one store and one sandbox, in real time, watched by their log lines.

Nothing here sleeps: every wait is for a line of a log or for a row in the store, with a deadline.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncd import app, settings
from syncd.connectors.sandbox import Faults, Sandbox
from syncd.store import work
from syncd.store.engine import Store
from syncd.store.tables import effects, request_results, requests

TTL_S = 10.0  # the shortest lease the settings allow
POLL_S = 5
SLACK_S = 15.0  # starting Python and its libraries on a busy machine
TICK_S = 0.05


class Process:
    """One `syncd` process and what it logs."""

    def __init__(self, arguments: list[str], environ: dict[str, str]) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "syncd", *arguments],
            env=os.environ | environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._popen.stderr is not None
        for line in self._popen.stderr:
            self.log.append(line.rstrip())
            if line.startswith("{"):
                self._lines.put(json.loads(line))
        self._lines.put(None)

    def wait_for(self, event: str, timeout_s: float) -> dict[str, Any]:
        """The next line with this event. Fails when it does not come in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no {event} within {timeout_s} s; the log:\n" + "\n".join(self.log)
            if line["event"] == event:
                return line

    def signal(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def ended(self, timeout_s: float) -> int:
        """The exit code. Fails when the process does not end in time."""
        return self._popen.wait(timeout_s)

    def close(self) -> None:
        """Kill it if it still lives."""
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait(10)
        self._reader.join(10)
        assert self._popen.stderr is not None
        self._popen.stderr.close()


@dataclass
class House:
    """A sandbox in real time, a configuration, a store, and the processes started on them."""

    sandbox: Sandbox
    folder: Path
    store_url: str
    environ: dict[str, str] = field(default_factory=dict)
    running: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = self.folder / "config"
        settings.init(config)
        path = config / "connections.yaml"
        text = path.read_text()
        for old, new in (
            ("lease_ttl_s: 60", f"lease_ttl_s: {TTL_S:.0f}"),
            ("poll_seconds: 60", f"poll_seconds: {POLL_S}"),
            ("log_format: console", "log_format: json"),
        ):
            assert old in text, f"the shipped connections.yaml does not say {old}"
            text = text.replace(old, new)
        path.write_text(text)
        self.environ = {
            **app.sandbox_environ(self.sandbox, self.folder / "state"),
            "SYNCD_DATABASE_URL": self.store_url,
            "SYNCD_CONFIG_DIR": str(config),
        }
        self.store = Store(self.store_url)

    def start(self) -> Process:
        """One more daemon."""
        process = Process(["run"], self.environ)
        self.running.append(process)
        return process

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of a person, run to its end. The sandbox's clock goes on meanwhile: beside one that
        stands, ours would seem to be ahead."""
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(TICK_S):
                self.catch_up()

        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            return subprocess.run(
                [sys.executable, "-m", "syncd", *arguments],
                env=os.environ | self.environ,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            ended.set()
            ticker.join()

    def close(self) -> None:
        for process in self.running:
            process.close()
        self.store.dispose()

    # --- the world ---------------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """The sandbox's clock goes on to the present."""
        self.sandbox.advance_to(datetime.now(UTC))

    def somebody_asks(self, name: str) -> str:
        """A person of a fitting company asks for a demo, now."""
        self.catch_up()
        hubspot = self.sandbox.hubspot
        firm = {"name": name, "domain": f"{name}.com", "industry": "MACHINERY", "numberofemployees": "300"}
        person = {
            "email": f"alex@{name}.com",
            "firstname": "Alex",
            "lastname": name.title(),
            "jobtitle": "Head of Planning",
            "company": name,
            "lifecyclestage": "lead",
        }
        company, contact = hubspot.create("companies", firm), hubspot.create("contacts", person)
        hubspot.associate("contacts", contact, "companies", company)
        hubspot.submit_form("Request a demo", person["email"], {}, "https://n.example/demo", contact)
        return person["email"]

    def writes(self) -> int:
        return len(self.sandbox.hubspot.writes) + len(self.sandbox.salesforce.writes)

    def faults(self) -> Faults:
        """Faults to plan on; none is on yet."""
        self.sandbox.faults = Faults()
        return self.sandbox.faults

    # --- waiting -----------------------------------------------------------------------------------------

    def until(self, holds: Callable[[], bool], timeout_s: float, what: str) -> float:
        """Seconds until it holds, while the sandbox's clock goes on. Fails when it does not in time."""
        started_s = time.monotonic()
        blocker = threading.Event()
        while not holds():
            self.catch_up()
            logs = "\n\n".join("\n".join(process.log[-12:]) for process in self.running)
            assert time.monotonic() - started_s < timeout_s, f"not within {timeout_s} s: {what}\n{logs}"
            blocker.wait(TICK_S)
        return time.monotonic() - started_s

    def is_settled(self) -> bool:
        """Something was to be delivered, and all of it is."""
        with self.store.read() as tx:
            states = list(tx.execute(sa.select(effects.c.state)).scalars())
        return bool(states) and set(states) == {"done"}

    def go_live(self) -> None:
        """Once the first load is complete, by a request the daemon executes."""
        self.until(self._is_loaded, SLACK_S * 2, "the first load is complete")
        with self.store.write(None) as tx:
            request = work.ask(tx, "go_live", "Test", {}, datetime.now(UTC))
        self.until(lambda: self._is_answered(request), SLACK_S, "go-live is executed")

    def _is_loaded(self) -> bool:
        with self.store.read() as tx:
            return work.baseline(tx).baseline_at is not None

    def _is_answered(self, request: int) -> bool:
        with self.store.read() as tx:
            return work.answered(tx, request) is not None

    def waits_of_requests_s(self) -> list[float]:
        """How long each request of a person waited for its execution."""
        with self.store.read() as tx:
            rows = tx.execute(
                sa.select(requests.c.asked_at, request_results.c.executed_at).join(
                    request_results, request_results.c.request_id == requests.c.request_id
                )
            ).all()
        return [(executed_at - asked_at).total_seconds() for asked_at, executed_at in rows]
