"""A portal on loopback, and a connector that talks to it in the portal's own time without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from syncd.connectors.hubspot import HubSpot, HubSpotOptions
from syncd.connectors.sandbox import Sandbox
from syncd.connectors.transport import TransportOptions
from syncd.connectors.transport_budget import Budgets
from syncd.ports import Activity, Failure, Page, Person, Record
from tests.transport.wire import FakeTime


@dataclass
class Portal:
    """The sandbox's portal and the connectors made for it."""

    sandbox: Sandbox
    time: FakeTime = field(default_factory=FakeTime)
    made: list[HubSpot] = field(default_factory=list)

    def now(self) -> datetime:
        return self.sandbox.now

    def wait(self, **span: float) -> None:
        """Let the portal's time pass."""
        self.sandbox.advance_to(self.sandbox.now + timedelta(**span))

    def connect(
        self,
        options: HubSpotOptions | None = None,
        *,
        token: str = "",
        guard: Callable[[], None] | None = None,
        read_timeout_s: float = 10.0,
    ) -> HubSpot:
        transport = TransportOptions(
            timeout_s=(2.0, read_timeout_s),
            clock=self,
            sleep=self.time.sleep,
            monotonic=self.time.monotonic,
            budgets=Budgets(is_enforced=False),
            guard=guard,
        )
        made = HubSpot(
            token or self.sandbox.hubspot_token,
            self.sandbox.hubspot_url,
            options=options,
            transport=transport,
        )
        self.made.append(made)
        return made

    def contacts(self, count: int, **properties: str) -> list[str]:
        """Ids of new contacts."""
        people = self.sandbox.hubspot
        return [
            people.create("contacts", {"email": f"p{people_count(self) + 1}@acme-tools.com", **properties})
            for _ in range(count)
        ]

    def calls_since(self, mark: int) -> list[str]:
        """Method and path of the calls made after the first `mark`."""
        return [f"{call.method} {call.path}" for call in self.sandbox.hubspot.calls[mark:]]

    @property
    def mark(self) -> int:
        return len(self.sandbox.hubspot.calls)


def people_count(portal: Portal) -> int:
    return len(portal.sandbox.hubspot.objects["contacts"])


@dataclass
class Pulled:
    """What came of one pull."""

    records: list[Record]
    pages: list[Page]
    problems: list[Failure]
    repeats: int = 0

    @property
    def cursor(self) -> str:
        return self.pages[-1].cursor

    @property
    def people(self) -> list[Person]:
        return [item for item in self.records if isinstance(item, Person)]

    @property
    def activities(self) -> list[Activity]:
        return [item for item in self.records if isinstance(item, Activity)]

    @property
    def ids(self) -> set[str]:
        return {person.ref.id for person in self.people}


def pull(connector: HubSpot, stream: str, cursor: str | None, now: datetime) -> Pulled:
    """Everything a stream yields until the present, each record as it came last: a pull may repeat one."""
    pages = list(connector.pull(stream, cursor, now))
    every = [record for page in pages for record in page.records]
    last = {record.ref: record for record in every}
    problems = [problem for page in pages for problem in page.problems]
    return Pulled(list(last.values()), pages, problems, repeats=len(every) - len(last))


@pytest.fixture
def portal() -> Iterator[Portal]:
    """An empty portal with the fields and lists of ours provisioned."""
    with Sandbox(world="empty") as sandbox:
        opened = Portal(sandbox)
        yield opened
        for connector in opened.made:
            connector.close()
        assert sandbox.hubspot.violations == []


@pytest.fixture
def professional() -> Iterator[Portal]:
    """An empty portal of the tier without page events."""
    with Sandbox(world="empty", hubspot_tier="professional") as sandbox:
        opened = Portal(sandbox)
        yield opened
        for connector in opened.made:
            connector.close()
        assert sandbox.hubspot.violations == []
