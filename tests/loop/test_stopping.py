"""Being told to stop is not a failure of whatever was in hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from syncd import app
from syncd.clock import BorrowedClock
from syncd.connectors.sandbox import Fault, Faults
from syncd.connectors.transport_budget import Budgets
from syncd.jobs.cycle import Cycle
from syncd.store.tables import cursors, effects
from tests.loop.busy import Month
from tests.loop.harness import Loop, loop


@dataclass(slots=True)
class Stopping(Faults):
    """Tells us to stop at the first call, and refuses it."""

    stop: Event | None = None

    def choose(self, system: str, method: str, path: str, number: int) -> Fault | None:
        assert self.stop is not None
        self.stop.set()
        return Fault.BURST if system == "hubspot" else Fault.SERVER_ERROR


def test_a_stream_that_was_cut_short_by_the_stop_has_not_failed(tmp_path: Path) -> None:
    """Its waits were ours to cut: `status` must not show a problem that is none."""
    url = f"sqlite:///{tmp_path}/syncd.db"
    with loop(tmp_path, url) as it:
        stop = Event()
        parts = app.build(
            it.loaded,
            clock=BorrowedClock(lambda: it.sandbox.now),
            stop=stop,
            budgets=Budgets(is_enforced=False),
            store_url=url,
        )
        cycle = Cycle(parts, it.cycle.token, stop)
        cycle.begin()
        it.advance(hours=1)
        it.sandbox.faults = Stopping(stop=stop)

        summary = cycle.poll()

        app.close(parts)
        with it.store.read() as tx:
            states = set(tx.execute(sa.select(cursors.c.state)).scalars())
        assert stop.is_set()
        assert (summary.failures, summary.halted) == ({}, {})
        assert "failed" not in states


@dataclass(slots=True)
class StopAt(Faults):
    """Tells us to stop while the first batch is on its way to Salesforce, and lets everything through."""

    stop: Event | None = None

    def choose(self, system: str, method: str, path: str, number: int) -> Fault | None:
        assert self.stop is not None
        if "composite/sobjects" in path:
            self.stop.set()
        return None


def test_a_stop_during_a_delivery_finishes_the_batch_and_begins_no_other(tmp_path: Path) -> None:
    """What is on its way is settled; what was not begun waits for the next run."""
    url = f"sqlite:///{tmp_path}/syncd.db"
    with loop(tmp_path, url) as it:
        Month(it.sandbox, 1, per_step=4, is_worked=False)
        stop = Event()
        cycle = Cycle(it.cycle.parts, it.cycle.token, stop)
        it.sandbox.faults = StopAt(stop=stop)
        it.advance(hours=12)

        cycle.once()

        assert stop.is_set()
        states = of_kind(it)
        assert states["handoff"] == {"done"}
        assert states["task"] == {"pending"}
        it.sandbox.faults = Faults()
        it.sync(minutes=1)
        assert set().union(*of_kind(it).values()) == {"done"}


def of_kind(it: Loop) -> dict[str, set[str]]:
    """The states of effects, by kind."""
    found: dict[str, set[str]] = {}
    with it.store.read() as tx:
        for kind, state in tx.execute(sa.select(effects.c.kind, effects.c.state)):
            found.setdefault(kind, set()).add(state)
    return found
