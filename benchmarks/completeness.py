"""What a pull loses while the portal moves and search lies: contacts lost and calls, for each way to lie.

Other connectors lose 24 to 47 of 20,000 contacts while one is edited per request, and some never end where
12,000 share a modification time (facts on peers). The sandbox runs in this process: its index is told to lie,
and somebody edits a contact before every request of the connector.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.connectors.hubspot import HubSpot
from syncd.connectors.sandbox import Sandbox
from syncd.connectors.transport import TransportOptions
from syncd.connectors.transport_budget import Budgets
from syncd.ports import Person

ALIKE = 12_000
EDITED = 2_000
SWEEP_MINUTES = 15
LIES: Mapping[str, Mapping[str, object]] = {
    "rows unordered in a page": {"shuffles_pages": True},
    "ids ordered as text": {"ids_as_text": True},
    "short and empty pages": {"ghost_share": 0.2},
    "all three": {"shuffles_pages": True, "ids_as_text": True, "ghost_share": 0.2},
    "rows unordered across pages": {"misplaced_share": 0.02},
}
HONEST: Mapping[str, object] = {
    "shuffles_pages": False, "ids_as_text": False, "ghost_share": 0.0, "misplaced_share": 0.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loss:
    """What one pull did: of `expected` contacts so many were `lost`."""

    title: str
    expected: int
    lost: int
    calls: int
    seconds: float


class Moving:
    """A portal of bulk contacts that moves, and the cursor a connector has reached in it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.chance = random.Random(1)
        self.ids = [record.id for record in sandbox.hubspot.all("contacts")]
        self.touched: set[str] = set()
        self.cursor: str | None = None

    def now(self) -> datetime:
        return self.sandbox.now

    def wait(self, minutes: int) -> None:
        self.sandbox.advance_to(self.now() + timedelta(minutes=minutes))

    def edit(self, ids: Collection[str]) -> None:
        """All at one moment."""
        for id_ in ids:
            self.sandbox.hubspot.update("contacts", id_, {"jobtitle": f"Edited {self.now().isoformat()}"})

    def somebody_edits(self) -> None:
        self.sandbox.advance_to(self.now() + timedelta(milliseconds=5))
        self.touched.add(one := self.chance.choice(self.ids))
        self.edit([one])

    def pull(self, guard: Callable[[], None] | None = None) -> set[str]:
        """Ids of the contacts a pull up to now brings."""
        options = TransportOptions(clock=self, budgets=Budgets(is_enforced=False), guard=guard)
        connector = HubSpot(self.sandbox.hubspot_token, self.sandbox.hubspot_url, transport=options)
        found: set[str] = set()
        for page in connector.pull("contacts", self.cursor, self.now()):
            found |= {record.ref.id for record in page.records if isinstance(record, Person)}
            self.cursor = page.cursor
        connector.close()
        return found

    def sweep(self) -> set[str]:
        """Ids of the contacts that the comparison of the sweeps brings, until it has been through once."""
        options = TransportOptions(clock=self, budgets=Budgets(is_enforced=False))
        connector = HubSpot(self.sandbox.hubspot_token, self.sandbox.hubspot_url, transport=options)
        began_at, cursor, found = self.now(), None, set[str]()
        is_through = False
        while not is_through:
            for page in connector.pull("contacts_compare", cursor, self.now()):
                found |= {record.ref.id for record in page.records if isinstance(record, Person)}
                cursor = page.cursor
                is_through = page.covered_until_at is not None and page.covered_until_at > began_at
            self.wait(SWEEP_MINUTES)
        connector.close()
        return found

    def measured(self, title: str, expected: Collection[str], pull: Callable[[], set[str]]) -> Loss:
        before, began = len(self.sandbox.hubspot.calls), time.perf_counter()
        lost = len(set(expected) - pull() - self.touched)
        calls = len(self.sandbox.hubspot.calls) - before
        return Loss(title, len(expected), lost, calls, time.perf_counter() - began)


def losses(contacts: int) -> Iterator[Loss]:
    """Every scenario in turn, in one portal of so many contacts."""
    with Sandbox(world="bulk", contacts=contacts) as sandbox:
        portal = Moving(sandbox)
        busy = portal.somebody_edits
        yield portal.measured("load, one edit per request", portal.ids, lambda: portal.pull(busy))
        portal.touched.clear()
        portal.edit(portal.ids)
        portal.wait(minutes=10)
        yield portal.measured("changes, one edit per request", portal.ids, lambda: portal.pull(busy))
        portal.touched.clear()
        alike = portal.ids[:ALIKE]
        with edited(portal, alike):
            yield portal.measured(f"{len(alike):,} with one time", alike, portal.pull)
        for title, lie in LIES.items():
            some = portal.chance.sample(portal.ids, min(EDITED, len(portal.ids)))
            with edited(portal, some), telling(sandbox, lie):
                yield portal.measured(title, some, portal.pull)
        sandbox.hubspot.index.withheld = set(portal.ids[:5])
        with edited(portal, portal.ids[:100]):
            yield portal.measured("withheld, found by the sweeps", portal.ids, portal.sweep)


@contextmanager
def edited(portal: Moving, ids: Collection[str]) -> Iterator[None]:
    """These contacts changed, long after everything before was read."""
    portal.wait(minutes=30)
    portal.pull()
    portal.edit(ids)
    yield


@contextmanager
def telling(sandbox: Sandbox, lie: Mapping[str, object]) -> Iterator[None]:
    for name, value in {**HONEST, **lie}.items():
        setattr(sandbox.hubspot.index, name, value)
    yield
    for name, value in HONEST.items():
        setattr(sandbox.hubspot.index, name, value)
