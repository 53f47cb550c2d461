"""A year of the seeded company, or a part of it, lived through by one installation that looks now and then.

People do what they do in the sandbox; here is only our side: when the installation looks, when it is started
anew, when a system fails for a while, what a person answers to open cases, and the weekly comparison of both
systems with the store. The same seed gives the same year.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from syncd import app
from syncd.clock import BorrowedClock
from syncd.connectors.sandbox import Faults
from syncd.connectors.transport_budget import Budgets
from syncd.core.reconciling import Difference, Fate
from syncd.jobs.cycle import Cycle
from syncd.jobs.explain import open_cases
from syncd.store import lease, reconciliations, work
from syncd.store.reconciliations import Reconciliation
from syncd.store.tables import leads
from tests.loop.harness import TTL_S, Loop, loop

DAY, WEEK = timedelta(days=1), timedelta(days=7)
HOURS = (7.2, 10.6, 13.4, 16.1)
"""At one of these hours (UTC), more or less, we look on some days of the week. A real installation looks each
minute: who looks so rarely sees much at once, and pays little for a year."""
RESTART_EVERY, FAILS_EVERY = 9, 5  # looks
FAULT_RATE = 0.04
SETTLE = (0.5, 3.0, 8.0)
"""Hours: retries wait up to two hours, a second look comes after ten minutes."""


@dataclass
class Life:
    """One installation in its year, and what the test needs to know of it."""

    it: Loop
    url: str
    seed: int
    look_days: tuple[int, ...]
    looks: list[datetime] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    compared: list[tuple[Reconciliation, list[Difference]]] = field(default_factory=list)
    restarts: int = 0
    settled: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(f"life:{self.seed}")

    def live(self, days: int) -> None:
        """Let so many days pass, and end quietly: everything that was begun is done."""
        ends_at = self.it.now + DAY * days
        week_ends = self.it.now + WEEK
        for number, at in enumerate(self._moments(ends_at)):
            if number % RESTART_EVERY == RESTART_EVERY - 1:
                self.restart()
            is_failing = number % FAILS_EVERY == FAILS_EVERY - 1
            self.look(at, Faults(rate=FAULT_RATE, seed=number) if is_failing else Faults())
            if at >= week_ends:
                week_ends += WEEK
                self._settle_cases()
                self.compare()
        self.it.sandbox.faults = Faults()
        for hours in SETTLE:
            self.look(self.it.now + timedelta(hours=hours))
        self.compare(is_full=True)

    def _moments(self, ends_at: datetime) -> Iterator[datetime]:
        day = self.it.now.replace(hour=0, minute=0, second=0, microsecond=0)
        while day < ends_at:
            hour = HOURS[day.toordinal() % len(HOURS)]
            at = day + timedelta(minutes=round(hour * 60) + self._chance.randint(-40, 40))
            if day.weekday() in self.look_days and self.it.now < at < ends_at:
                yield at
            day += DAY

    # --- what we do --------------------------------------------------------------------------------------

    def look(self, at: datetime, faults: Faults | None = None) -> None:
        """Let the world go on, then do everything that is due."""
        self.it.sandbox.advance_to(at)
        self.it.sandbox.faults = faults or Faults()
        self.looks.append(at)
        summary = self.it.cycle.once()
        self.it.sandbox.faults = Faults()
        self.statuses[summary.status] += 1
        self.failures.update(summary.failures)

    def restart(self) -> None:
        """The process ends and another one takes over."""
        self.it.cycle.token.release()
        app.close(self.it.cycle.parts)
        parts = app.build(
            self.it.loaded,
            clock=BorrowedClock(lambda: self.it.sandbox.now),
            stop=_never_waits(),
            budgets=Budgets(is_enforced=False),
            store_url=self.url,
            is_throw_away=True,
        )
        token = lease.take(parts.store, lease.owner_name(), TTL_S)
        assert token is not None
        self.it.cycle = Cycle(parts, token)
        self.it.cycle.begin()
        self.restarts += 1

    def compare(self, *, is_full: bool = False) -> None:
        """What `syncd reconcile` finds."""
        with self.it.store.write(None) as tx:
            work.ask(tx, "reconcile", "Ada", {"system": "", "full": is_full}, self.it.now)
        self.it.cycle.compare()
        with self.it.store.read() as tx:
            run = reconciliations.last(tx, "")
            assert run is not None
            found = list(reconciliations.found_by(tx, run.reconciliation_id))
        self.compared.append((run, found))

    @property
    def unexplained(self) -> list[Difference]:
        """What no comparison of the whole year could name a cause for."""
        return [item for _run, found in self.compared for item in found if item.fate is Fate.UNEXPLAINED]

    def _settle_cases(self) -> None:
        """Once a week somebody answers most of the open cases: by the record that has our key of this person,
        by one that has none, or by none of them."""
        for case in open_cases(self.it.store, self.it.now):
            if self._chance.random() < 0.25:
                continue
            refs = [str(item["ref"]) for item in case.hold.candidates if item.get("ref")]
            own = [ref for ref in refs if self._key_on(ref) == self._key_of(case.hold.lead_id)]
            free = [ref for ref in refs if not self._key_on(ref)]
            with self.it.store.write(None) as tx:
                given = {"hold_id": case.hold.hold_id, "use": next(iter(own + free), "new")}
                work.ask(tx, "resolve_hold", "Ada", given, self.it.now)
            self.settled += 1

    def _key_on(self, ref: str) -> str:
        """Our key on that record of Salesforce; blank where it has none."""
        _system, kind, record_id = ref.split(":")
        return str(self.it.sandbox.salesforce.record(kind.capitalize(), record_id)["Syncd_Key__c"] or "")

    def _key_of(self, lead_id: int) -> str:
        with self.it.store.read() as tx:
            found = tx.execute(sa.select(leads.c.external_key).where(leads.c.lead_id == lead_id)).scalar()
        return str(found or "-")


def _never_waits() -> Event:
    """What a connector waits on between two attempts: set, so that no attempt is waited for."""
    stopped = Event()
    stopped.set()
    return stopped


@contextmanager
def life(folder: Path, *, contacts: int, look_days: tuple[int, ...], seed: int = 1) -> Iterator[Life]:
    """An installation that is live on the first morning of the year."""
    url = f"sqlite:///{folder}/syncd.db"
    with loop(folder, url, world="year", contacts=contacts, seed=seed) as it:
        made = Life(it, url, seed, look_days)
        made.restart()
        try:
            yield made
        finally:
            app.close(made.it.cycle.parts)
