"""How fast a pull is stored, and in how much memory: 20,000 contacts of 60 properties, no HTTP, into SQLite.

Run with `python -m benchmarks.ingest [contacts]`. It prints records per second of wall and of CPU, and
the peak memory of the process: first load, the same pages again, and one contact in ten changed.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd.core.model import Ref, System
from syncd.jobs.pull import Ingest, PullCount, pull_stream
from syncd.ports import Activity, Cadence, Company, Counter, Page, Person, Record, Stream
from syncd.store.engine import Store

PAGE = 100  # the list endpoint's own size
PROPERTIES = 60
START = datetime(2026, 9, 1, tzinfo=UTC)
INGEST = Ingest("4711", own_fields={System.HUBSPOT: frozenset({"syncd_stage", "syncd_level"})})
WATCHED: Mapping[str, frozenset[str]] = {"hubspot.contact_change": frozenset({"hs_lead_status"})}


def person(number: int, edition: int = 0) -> Person:
    """One contact; an edition above 0 differs in one property and one counter."""
    chance = random.Random(number)
    properties = {f"property_{index}": f"value {chance.randrange(10_000)}" for index in range(PROPERTIES - 6)}
    properties |= {
        "firstname": f"First {number}",
        "lastname": f"Last {number}",
        "jobtitle": f"Title {edition}",
        "hs_lead_status": "NEW",
        "lifecyclestage": "lead",
        "syncd_stage": "",
    }
    seen_at = START - timedelta(hours=chance.randrange(5_000)) + timedelta(hours=edition)
    return Person(
        Ref(System.HUBSPOT, "contact", str(number)),
        properties,
        START + timedelta(hours=edition),
        START - timedelta(days=400),
        emails=(f"person{number}@company{number % 4000}.example",),
        company=Ref(System.HUBSPOT, "company", str(number % 4000)),
        counters=(
            Counter("hubspot.visit", 5 + edition, seen_at),
            Counter("hubspot.email_open", 9, seen_at),
        ),
    )


def company(number: int) -> Company:
    ref = Ref(System.HUBSPOT, "company", str(number))
    return Company(ref, f"Company {number}", {"industry": "Software"}, START, (f"company{number}.example",))


def call(number: int, contacts: int) -> Activity:
    ref = Ref(System.HUBSPOT, "call", str(number))
    at = START - timedelta(minutes=number)
    about = (Ref(System.HUBSPOT, "contact", str(number % contacts)),)
    attributes = {"direction": "inbound", "status": ("completed", "no_answer")[number % 2]}
    return Activity(
        ref, "hubspot.call", at, at, attributes, about, title=f"Call {number}", quote="Budget is set."
    )


@dataclass
class Made:
    """A source that makes its records page by page, so that they do not count as the store's memory."""

    kind: str
    count: int
    edited_every: int = 0
    system: System = System.HUBSPOT

    def streams(self) -> tuple[Stream, ...]:
        return (Stream(self.system, self.kind, Cadence.HOT),)

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        for start in range(0, self.count, PAGE):
            numbers = range(start, min(start + PAGE, self.count))
            yield Page(tuple(map(self._make, numbers)), str(start), start + PAGE >= self.count)

    def _make(self, number: int) -> Record:
        if self.kind == "companies":
            return company(number)
        if self.kind == "calls":
            return call(number, self.count)
        return person(number, 1 if self.edited_every and number % self.edited_every == 0 else 0)


class Now:
    def now(self) -> datetime:
        return START + timedelta(hours=2)


def run(store: Store, title: str, source: Made) -> PullCount:
    """One pull, timed, less the time the source needs to make its records."""
    began, began_cpu = time.perf_counter(), time.process_time()
    for _page in source.pull("", None, START):
        pass
    making, making_cpu = time.perf_counter() - began, time.process_time() - began_cpu
    began, began_cpu = time.perf_counter(), time.process_time()
    count = pull_stream(store, source, source.streams()[0], Now(), None, WATCHED, INGEST)
    wall = time.perf_counter() - began - making
    cpu = time.process_time() - began_cpu - making_cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{title:<24}{count.records:>7} records  {count.records / wall:>8,.0f}/s wall"
        f"  {count.records / cpu:>8,.0f}/s CPU  {count.changed:>6} changed"
        f"  {count.signals:>6} signals  peak {peak_mb:.0f} MB"
    )
    return count


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder)}/syncd.db")
        store.create_all()
        run(store, "companies", Made("companies", contacts // 5))
        run(store, "contacts, first load", Made("contacts", contacts))
        run(store, "calls", Made("calls", contacts))
        run(store, "contacts, unchanged", Made("contacts", contacts))
        run(store, "contacts, 1 in 10 changed", Made("contacts", contacts, edited_every=10))
        store.dispose()


if __name__ == "__main__":
    main()
