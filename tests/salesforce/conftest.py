"""An emulated org on a real loopback socket, and the real connector pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.connectors.salesforce import Salesforce, SalesforceOptions
from syncd.connectors.sandbox.faults import FaultLayer, Faults
from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.routes import app
from syncd.connectors.sandbox.salesforce.state import Salesforce as Org
from syncd.connectors.sandbox.server import Server
from syncd.connectors.transport import TransportOptions
from syncd.core.model import Ref, System
from syncd.ports import Lookup, Outcome, Page, Record, Write
from tests.transport.wire import FakeTime

START_AT = datetime(2026, 9, 1, 6, tzinfo=UTC)
KEY = "Syncd_Key__c"


def ref(word: str, record_id: str) -> Ref:
    return Ref(System.SALESFORCE, word, record_id)


@dataclass
class Desk:
    """The org, the connector, and what tests do with both."""

    org: Org
    url: str
    faults: Faults
    time: FakeTime = field(default_factory=FakeTime)
    cursors: dict[str, str | None] = field(default_factory=dict)
    opened: list[Salesforce] = field(default_factory=list)

    def connector(
        self, options: SalesforceOptions | None = None, *, read_timeout_s: float = 20.0
    ) -> Salesforce:
        made = Salesforce(
            client_id=self.org.tokens.client_id,
            client_secret=self.org.tokens.client_secret,
            login_url=self.url,
            options=options,
            transport=TransportOptions(
                timeout_s=(5.0, read_timeout_s), sleep=self.time.sleep, monotonic=self.time.monotonic
            ),
        )
        self.opened.append(made)
        return made

    # --- time ---

    @property
    def now(self) -> datetime:
        return self.org.kernel.now

    def later(self, **step: float) -> None:
        self.org.kernel.advance_to(self.now + timedelta(**step))

    # --- people in the org ---

    def lead(self, last: str = "Doe", **fields: Any) -> str:
        return self.org.insert("Lead", {"LastName": last, "Company": "Acme", **fields})

    def account(self, name: str = "Acme", **fields: Any) -> str:
        return self.org.insert("Account", {"Name": name, **fields})

    def contact(self, last: str = "Roe", **fields: Any) -> str:
        return self.org.insert("Contact", {"LastName": last, **fields})

    def deal(self, account_id: str, stage: str = "Prospecting", **fields: Any) -> str:
        base = {"Name": "Deal", "StageName": stage, "CloseDate": "2026-10-01", "AccountId": account_id}
        return self.org.insert("Opportunity", {**base, **fields})

    # --- pulling and delivering ---

    def pull(self, sf: Salesforce, stream: str) -> list[Page]:
        """All pages of one pull, with the cursor kept from page to page and pull to pull."""
        pages = []
        for page in sf.pull(stream, self.cursors.get(stream), self.now):
            self.cursors[stream] = page.cursor
            pages.append(page)
        return pages

    def records(self, sf: Salesforce, stream: str) -> list[Record]:
        return [record for page in self.pull(sf, stream) for record in page.records]

    def calls(self, since: int = 0) -> list[str]:
        """What was called, without the version prefix, from the `since`-th call on."""
        return [
            f"{call.method} {call.path.removeprefix('/services/data/v66.0/')}"
            for call in self.org.calls[since:]
        ]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """An empty org in September 2026, served on loopback; every write is checked against the rules."""
    org = Org(Kernel(1, START_AT))
    faults = Faults()
    layer = FaultLayer(app(org), lambda: faults, "salesforce", lambda _method, _path, _status: None)
    server = Server([(layer, 0)])
    server.start()
    made = Desk(org, server.urls[0], faults)
    yield made
    for connector in made.opened:
        connector.close()
    server.stop()
    assert org.violations == [], "every write keeps the documented rules"


@pytest.fixture
def sf(desk: Desk) -> Salesforce:
    """The connector with default options."""
    return desk.connector()


def handoff(effect_id: int, key: str, record: Ref | None = None, **fields: Any) -> Write:
    """A hand-off to a new Lead, or to the record given."""
    word = record.object if record else "lead"
    base = {} if record else {"LastName": "Ruiz", "Company": "Acme", KEY: key}
    return Write(effect_id, "handoff", word, key, record, {**base, **fields})


def task(effect_id: int, key: str, **fields: Any) -> Write:
    """A follow-up task for the person whose external id starts the key."""
    return Write(effect_id, "task", "task", key, None, {"Subject": "Call", **fields})


def look(
    effect_id: int, key: str = "", *emails: str, known: tuple[Ref, ...] = (), kind: str = "handoff"
) -> Lookup:
    return Lookup(effect_id, kind, key, known, emails, ("Title", "Status"))


def code(outcome: Outcome) -> str:
    return outcome.failure.code if outcome.failure else ""
