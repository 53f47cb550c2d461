"""How soon a meeting booked in HubSpot is a Lead in Salesforce and a message to sales, during a backfill.

Run with `python -m benchmarks.speed` (some fifteen minutes, in real time, on an idle machine). The sandbox
and `syncd run` are processes of their own: default playbook, default poll, budgets in force, a store in a
file. While 100,000 imported contacts are taken in, somebody of a fitting company books a meeting every few
seconds. Each is timed from the answer to the booking, when HubSpot shows it, to the confirmed Lead and the
alert in its channel, whichever is later. The exit code is 1 when a figure is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.emulator import INPUTS_MAX, Emulator, emulator
from syncd import settings

MEDIAN_S, P95_S = 40.0, 65.0
BASE = 2_000
"""Contacts there before; the prospects come on top."""

EVERY_S = (4.0, 12.0)
TICK_S = 0.25
WAIT_S = 180.0


@dataclass
class Portal:
    """The sandbox in real time, and the people who act in it."""

    emulator: Emulator
    prospects: dict[str, str] = field(default_factory=dict)  # contact id -> address
    booked: dict[str, datetime] = field(default_factory=dict)  # address -> when HubSpot showed it

    @contextmanager
    def in_real_time(self) -> Iterator[None]:
        """Its clock is this machine's while the block lasts."""
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(TICK_S):
                self.emulator.to(datetime.now(UTC))

        self.emulator.to(datetime.now(UTC))
        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            yield
        finally:
            ended.set()
            ticker.join()

    def hire(self, count: int) -> None:
        """So many prospects, each of a fitting company of their own."""
        companies = self.emulator.made(
            "companies",
            [
                {"name": f"Prospect {n}", "domain": f"prospect{n}.example", "numberofemployees": "400"}
                for n in range(count)
            ],
        )
        people = [
            {"email": f"vp@prospect{n}.example", "firstname": "Ines", "lastname": f"Moreau {n}",
             "jobtitle": "VP Operations", "company": f"Prospect {n}"}
            for n in range(count)
        ]  # fmt: skip
        ids = self.emulator.made("contacts", people, {"companies": companies})
        self.prospects = {id_: person["email"] for id_, person in zip(ids, people, strict=True)}

    def book(self, contact_id: str) -> None:
        """This prospect books a meeting for next week."""
        at = datetime.now(UTC)
        starts_at = at + timedelta(days=7)
        meeting = {
            "hs_timestamp": starts_at.isoformat(),
            "hs_meeting_title": "Introduction",
            "hs_meeting_start_time": starts_at.isoformat(),
            "hs_meeting_outcome": "SCHEDULED",
        }
        self.emulator.made("meetings", [meeting], {"contacts": [contact_id]})
        self.booked[self.prospects[contact_id]] = datetime.now(UTC)

    def bring_in(self, count: int) -> None:
        """An import of that many contacts, as fast as the portal takes them."""
        for start in range(0, count, INPUTS_MAX):
            rows = [
                {"email": f"p{n}@plant{n % 4_000}.example", "firstname": "Kim", "lastname": f"Li {n}",
                 "jobtitle": "Head of Operations", "lifecyclestage": "lead"}
                for n in range(start, min(start + INPUTS_MAX, count))
            ]  # fmt: skip
            self.emulator.made("contacts", rows)


@dataclass
class Installation:
    """A folder with the default configuration, its store, and the daemon."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def store(self) -> Path:
        return self.folder / "state" / "syncd.db"

    def command(self, *arguments: str) -> None:
        """A command of a person; its exit code is only looked at for a wrong set-up."""
        made = subprocess.run(
            [sys.executable, "-m", "syncd", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode < 2, f"syncd {' '.join(arguments)}: {made.stdout}{made.stderr}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """The daemon at work."""
        with (
            (self.folder / "daemon.log").open("w") as log,
            subprocess.Popen(
                [sys.executable, "-m", "syncd", "run"], env=self.environ, stdout=log, stderr=log
            ) as daemon,
        ):
            try:
                yield
                assert daemon.poll() is None, f"the daemon ended: {self.folder / 'daemon.log'}"
            finally:
                daemon.send_signal(signal.SIGTERM)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=30)) as store:
            return store.execute(query).fetchall()

    def waiting(self) -> tuple[int, int]:
        """(contacts known, leads not evaluated yet)."""
        [(known,)] = self.ask(
            "SELECT count(*) FROM links WHERE system = 'hubspot' AND object_type = 'contact'"
        )
        [(dirty,)] = self.ask("SELECT count(*) FROM leads WHERE dirty_at IS NOT NULL")
        return known, dirty

    def handed_over(self) -> dict[str, tuple[datetime, datetime]]:
        """Address -> when Salesforce had confirmed, when the alert was out."""
        rows = self.ask(
            "SELECT addresses.email, hops.confirmed_at, hops.alerted_at "
            "FROM hops JOIN addresses USING (lead_id) "
            "WHERE hops.confirmed_at IS NOT NULL AND hops.alerted_at IS NOT NULL"
        )
        return {email: (_instant(confirmed), _instant(alerted)) for email, confirmed, alerted in rows}


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def measure(imported: int, seed: int, work: Path) -> int:
    """Run it once and print what came of it; the exit code."""
    chance = random.Random(seed)
    now = datetime.now(UTC)
    with emulator(BASE, start_at=now) as started:
        portal = Portal(started)
        with portal.in_real_time():
            portal.hire(600)
            settings.init(work / "config")
            environ = {
                **os.environ,
                **started.environ(work / "state"),
                "SYNCD_CONFIG_DIR": str(work / "config"),
            }
            place = Installation(work, environ)
            place.command("sync", "--once")
            place.command("go-live", "--yes", "--by", "Benchmark")
            place.command("sync", "--once")
            with place.running():
                seconds = _backfilled(portal, place, imported, chance)
                deadline = time.monotonic() + WAIT_S
                while len(place.handed_over()) < len(portal.booked) and time.monotonic() < deadline:
                    time.sleep(1)
    return _tell(portal, place.handed_over(), imported, seconds)


def _backfilled(portal: Portal, place: Installation, imported: int, chance: random.Random) -> float:
    """Import, and book meetings until all of it is taken in and evaluated. Returns how long that took."""
    before, _dirty = place.waiting()
    importing = threading.Thread(target=portal.bring_in, args=(imported,), daemon=True)
    importing.start()
    began = time.monotonic()
    for contact_id in portal.prospects:
        time.sleep(chance.uniform(*EVERY_S))
        known, dirty = place.waiting()
        if known >= before + imported and not dirty:
            break
        portal.book(contact_id)
        print(
            f"\r{known - before:,} of {imported:,} taken in, {dirty:,} to be evaluated  ", end="", flush=True
        )
    importing.join()
    print()
    return time.monotonic() - began


def _tell(
    portal: Portal, done: Mapping[str, tuple[datetime, datetime]], imported: int, seconds: float
) -> int:
    taken = sorted(
        (max(done[email]) - shown_at).total_seconds()
        for email, shown_at in portal.booked.items()
        if email in done
    )
    lost = len(portal.booked) - len(taken)
    print(f"backfill                      {imported:,} contacts in {seconds:.0f} s")
    print(f"meetings booked meanwhile     {len(portal.booked)}, {lost} not handed over (bar: 0)")
    if not taken:
        return 1
    middle, slow = median(taken), taken[ceil(len(taken) * 0.95) - 1]
    print(f"until Lead and alert, median  {middle:.1f} s (bar: < {MEDIAN_S:.0f} s)")
    print(f"until Lead and alert, 95 %    {slow:.1f} s (bar: < {P95_S:.0f} s), slowest {taken[-1]:.1f} s")
    return int(bool(lost) or middle >= MEDIAN_S or slow >= P95_S)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000, help="how many are imported")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return measure(asked.contacts, asked.seed, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
