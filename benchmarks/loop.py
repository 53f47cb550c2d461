"""The loop on 20,000 contacts of 60 properties, 4,000 companies, 20,000 engagements: speed, memory, calls.

Run with `make bench` or `python -m benchmarks.loop`. The sandbox is a process of its own; this one is the
daemon: default playbook, real connectors, a store in a file (or `--postgres`). What a figure must reach is
printed beside it. The exit code is 1 when a figure is missed that depends on no machine: calls and memory,
not speed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.emulator import ENGAGEMENTS, Emulator, emulator
from syncd import app, settings
from syncd.connectors.hubspot import HubSpot, HubSpotOptions
from syncd.connectors.transport import TransportOptions
from syncd.connectors.transport_budget import Budgets
from syncd.core.model import System
from syncd.core.signals import watched
from syncd.jobs.cycle import Cycle
from syncd.jobs.evaluate import evaluate
from syncd.jobs.parts import Parts
from syncd.jobs.pull import pull_stream
from syncd.settings.folder import default_config_dir
from syncd.store import lease, work

CHANGED = 2_030
LOGGED = 500
CALLS_MAX = 25
CONTACTS_PER_S = 2_500
PEAK_MB = 100
EVALUATION_S = 20
TTL_S = 600.0


def peak_mb() -> float:
    """The most memory this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Timer:
    """Wall and CPU seconds since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def spent(self) -> tuple[float, float]:
        return time.perf_counter() - self._wall, time.process_time() - self._cpu


@dataclass
class Report:
    """Figures as they come, and the bars that were missed."""

    missed: list[str] = field(default_factory=list)

    def line(self, title: str, text: str) -> None:
        print(f"{title:<30}{text}", flush=True)

    def bar(self, title: str, text: str, must: str, *, holds: bool, counts: bool = True) -> None:
        """A figure that must reach something; `counts` is false where that depends on the machine."""
        self.line(title, f"{text}  (bar: {must}{'' if holds else ', MISSED'})")
        if counts and not holds:
            self.missed.append(title)


class Bench:
    """One installation with the lease in hand, measured step by step."""

    def __init__(self, sandbox: Emulator, parts: Parts, report: Report, contacts: int) -> None:
        self.sandbox, self.report, self.contacts = sandbox, report, contacts
        token = lease.take(parts.store, lease.owner_name(), TTL_S)
        assert token is not None, "a new store has no other holder"
        self.token = token
        self.cycle = Cycle(parts, token)
        self.cycle.begin()

    @property
    def parts(self) -> Parts:
        return self.cycle.parts

    def calls(self) -> Counter[str]:
        """Calls made so far, by system and endpoint."""
        rows = [row for connector in self.parts.connectors for row in connector.usage()]
        return Counter({f"{row.system} {row.endpoint}": row.calls for row in rows})

    def pull(self, names: Sequence[str]) -> int:
        """Pull these streams of HubSpot to the present; the records they brought."""
        parts, hubspot = self.parts, self.parts.connectors[0]
        streams = [stream for stream in hubspot.streams() if stream.name in names]
        counts = [
            pull_stream(parts.store, hubspot, stream, parts.clock, self.token, parts.watched, parts.ingest)
            for stream in streams
        ]
        return sum(count.records for count in counts)

    # --- the steps ---------------------------------------------------------------------------------------

    def load(self) -> None:
        """The first load of companies, contacts and engagements."""
        for title, names in (
            ("companies", ["companies"]),
            ("contacts", ["contacts"]),
            ("engagements", ENGAGEMENTS),
        ):
            before, timer = self.calls(), Timer()
            records = self.pull(names)
            wall, cpu = timer.spent()
            rate = f"{records / wall:,.0f}/s wall, {records / cpu:,.0f}/s CPU, {records} in {wall:.1f} s"
            if title == "contacts":
                holds = records / wall > CONTACTS_PER_S
                self.report.bar(
                    "contacts pulled and stored", rate, f"> {CONTACTS_PER_S:,}/s", holds=holds, counts=False
                )
                self._calls_per_thousand(self.calls() - before)
            else:
                self.report.line(f"{title} pulled and stored", rate)
        peak = peak_mb()
        self.report.bar("memory, load", f"{peak:.0f} MB peak", f"< {PEAK_MB} MB", holds=peak < PEAK_MB)

    def _calls_per_thousand(self, made: Counter[str]) -> None:
        for name, calls in made.most_common():
            self.report.line("  calls per 1,000 contacts", f"{calls * 1000 / self.contacts:.2f} {name}")

    def settle(self) -> None:
        """Everything else of the first load, then the first evaluation of everybody."""
        for connector in self.parts.connectors:
            for stream in connector.streams():
                p = self.parts
                if stream.baseline and stream.name not in ("companies", "contacts", *ENGAGEMENTS):
                    pull_stream(p.store, connector, stream, p.clock, self.token, p.watched, p.ingest)
        with self.parts.store.write(self.token) as tx:
            work.set_meta_at(tx, "baseline_at", self.parts.clock.now())
        timer = Timer()
        done = evaluate(self.parts.store, self.token, self.parts.playbook, self.parts.clock)
        wall, cpu = timer.spent()
        rate = f"{done.leads / wall:,.0f} leads/s, {done.leads} in {wall:.1f} s wall, {cpu:.1f} s CPU"
        self.report.bar(
            "first evaluation", rate, f"< {EVALUATION_S} s", holds=wall < EVALUATION_S, counts=False
        )

    def idle(self) -> None:
        """`sync --once` with nothing changed, right after one that has settled everything."""
        self.sandbox.advance(minutes=30)
        self._sync("sync, sweeps due")
        self.sandbox.advance(minutes=1)
        self._sync("sync, nothing changed")

    def _sync(self, title: str) -> None:
        before, timer = self.calls(), Timer()
        self.cycle.once()
        wall, _cpu = timer.spent()
        made = self.calls() - before
        named = ", ".join(f"{calls} {name}" for name, calls in made.most_common(4))
        self.report.line(title, f"{wall:.2f} s, {made.total()} calls: {named}, ...")

    def changes(self) -> None:
        """Contacts edited in bulk, then engagements logged: what it costs to hear of them."""
        ids = self.sandbox.ids("contacts", max(CHANGED, LOGGED))
        self.sandbox.edit(ids[:CHANGED], {"jobtitle": "Edited by the benchmark"})
        self._costs(f"{CHANGED:,} contacts changed", ["companies", "contacts"], CHANGED)
        self.sandbox.log(ids[:LOGGED])
        self._costs(f"{LOGGED} engagements logged", ENGAGEMENTS, LOGGED)

    def _costs(self, title: str, names: Sequence[str], expected: int) -> None:
        before, timer = self.calls(), Timer()
        records = self.pull(names)
        wall, _cpu = timer.spent()
        made = self.calls() - before
        self.report.bar(
            title,
            f"{made.total()} calls, {records} records in {wall:.1f} s",
            f"<= {CALLS_MAX} calls, >= {expected} records",
            holds=made.total() <= CALLS_MAX and records >= expected,
        )

    def run(self) -> None:
        self.report.line("memory at the start", f"{peak_mb():.0f} MB")
        self.load()
        self.settle()
        self.idle()
        self.changes()
        self.cycle.once()
        self.report.line("memory, everything done", f"{peak_mb():.0f} MB peak")


# --- the installation ------------------------------------------------------------------------------------


def installed(sandbox: Emulator, folder: Path, store_url: str) -> Parts:
    """The default playbook's installation, whose HubSpot connector asks for every property besides."""
    loaded = settings.load(default_config_dir(), sandbox.environ(folder / "state"))
    parts = app.build_for_sandbox(loaded, lambda: sandbox.now, store_url)
    hubspot, *others = parts.connectors
    assert hubspot.system is System.HUBSPOT, "HubSpot is pulled first"
    wide = HubSpot(
        sandbox.said["hubspot_token"],
        sandbox.said["hubspot_url"],
        options=HubSpotOptions(
            properties=parts.playbook.fields_of("contact") | sandbox.filled("contacts"),
            company_properties=parts.playbook.fields_of("company"),
            watched=watched(parts.playbook).get("hubspot.contact_change", frozenset()),
        ),
        transport=TransportOptions(clock=parts.clock, guard=parts.guard, budgets=Budgets(is_enforced=False)),
    )
    return replace(parts, connectors=(wide, *others))


def complete(report: Report, contacts: int) -> None:
    """What is lost while the portal moves and search lies. Imported late: it holds a portal in memory."""
    from benchmarks.completeness import losses

    for loss in losses(contacts):
        text = f"{loss.lost} of {loss.expected:,} lost, {loss.calls} calls, {loss.seconds:.1f} s"
        report.bar(loss.title, text, "0 lost", holds=loss.lost == 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loop", description=__doc__)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--postgres", default="", help="URL of an empty PostgreSQL database to use instead")
    asked = parser.parse_args()
    app.configure_logs("console", quiet=True)
    report = Report()
    with emulator(asked.contacts) as sandbox, tempfile.TemporaryDirectory() as folder:
        url = asked.postgres or f"sqlite:///{folder}/state/syncd.db"
        parts = installed(sandbox, Path(folder), url)
        try:
            Bench(sandbox, parts, report, asked.contacts).run()
        finally:
            app.close(parts)
    complete(report, asked.contacts)
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
