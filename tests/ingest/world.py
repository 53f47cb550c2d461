"""Records, a source that replays pages, and a look into the store, for the ingest tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Ref, Snapshot, System
from syncd.jobs.pull import Ingest, PullCount, pull_stream
from syncd.ports import Activity, Cadence, Company, Counter, Deal, Page, Person, Record, Stream
from syncd.store import snapshots
from syncd.store.engine import Store
from syncd.store.tables import leads, links, metadata

PORTAL = "4711"
T0 = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
KEY_FIELD = "Syncd_Key__c"
INGEST = Ingest(
    PORTAL,
    key_field=KEY_FIELD,
    reason_field="Disqualification_Reason__c",
    own_fields={
        System.HUBSPOT: frozenset({"syncd_stage", "syncd_level"}),
        System.SALESFORCE: frozenset({KEY_FIELD, "Syncd_Score__c"}),
    },
    playbook_version="test",
)
WATCHED = {
    "hubspot.contact_change": frozenset({"hs_lead_status", "email"}),
    "salesforce.lead_change": frozenset({"Status", "OwnerId", "Syncd_Score__c"}),
    "salesforce.contact_change": frozenset({"OwnerId"}),
}


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def hs(object_id: str | int, object_type: str = "contact") -> Ref:
    return Ref(System.HUBSPOT, object_type, str(object_id))


def sf(object_id: str, object_type: str = "lead") -> Ref:
    return Ref(System.SALESFORCE, object_type, object_id)


def contact(number: int, *emails: str, hours: float = 0, **given: Any) -> Person:
    """A HubSpot contact; properties under `props`, other parts of Person by name."""
    properties = {"firstname": f"First{number}", "lastname": f"Last{number}"} | given.pop("props", {})
    return Person(hs(number), properties, at(hours), at(0), tuple(emails), **given)


def sales_lead(object_id: str, *emails: str, hours: float = 0, **given: Any) -> Person:
    properties = {"LastName": f"Last {object_id}", "Status": "New"} | given.pop("props", {})
    return Person(sf(object_id), properties, at(hours), at(0), tuple(emails), **given)


def sales_contact(object_id: str, *emails: str, hours: float = 0, **given: Any) -> Person:
    properties = {"LastName": f"Last {object_id}"} | given.pop("props", {})
    return Person(sf(object_id, "contact"), properties, at(hours), at(0), tuple(emails), **given)


def call(object_id: str, *people: Ref, hours: float = 1, **given: Any) -> Activity:
    values: dict[str, Any] = {
        "occurred_at": at(hours),
        "modified_at": at(given.pop("modified", hours)),
        "attributes": {"direction": "inbound", "status": "completed"},
        "people": tuple(people),
    }
    return Activity(hs(object_id, "call"), "hubspot.call", **(values | given))


def form(object_id: str, email: str, hours: float = 1, **given: Any) -> Activity:
    values: dict[str, Any] = {"attributes": {"form": "Request a demo"}, "emails": (email,)}
    return Activity(
        hs(object_id, "form_submission"), "hubspot.form_submission", at(hours), at(hours), **(values | given)
    )


def opportunity(object_id: str, *people: Ref, hours: float = 1, **given: Any) -> Deal:
    values: dict[str, Any] = {
        "stage": "Prospecting",
        "is_closed": False,
        "is_won": False,
        "modified_at": at(hours),
        "created_at": at(0),
        "people": tuple(people),
    }
    return Deal(sf(object_id, "opportunity"), **(values | given))


def company(
    object_id: str, *domains: str, system: System = System.HUBSPOT, hours: float = 0, **given: Any
) -> Company:
    object_type = "company" if system is System.HUBSPOT else "account"
    values: dict[str, Any] = {"name": f"Company {object_id}", "properties": {"industry": "Software"}}
    return Company(
        Ref(system, object_type, object_id), modified_at=at(hours), domains=tuple(domains), **(values | given)
    )


def opens(total: int, hours: float = 1) -> Counter:
    return Counter("hubspot.email_open", total, at(hours))


# --- running ---------------------------------------------------------------------------------------------


@dataclass
class Hand:
    """A clock that stands where it is put."""

    moment: datetime = field(default_factory=lambda: at(100))

    def now(self) -> datetime:
        return self.moment


class Pages:
    """A source that yields the pages it was given; its cursor is the number of pages taken."""

    system = System.HUBSPOT

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = pages
        self.asked: list[str | None] = []

    def streams(self) -> tuple[Stream, ...]:
        return (STREAM,)

    def pull(self, stream: str, cursor: str | None, now: datetime) -> Iterator[Page]:
        self.asked.append(cursor)
        yield from self.pages[int(cursor or 0) :]


STREAM = Stream(System.HUBSPOT, "test", Cadence.HOT)


def pages_of(*batches: Iterable[Record]) -> list[Page]:
    found = [tuple(batch) for batch in batches]
    return [Page(records, str(number + 1), number + 1 == len(found)) for number, records in enumerate(found)]


@dataclass
class Desk:
    """A store and a clock, and short ways to bring records in and look at what became of them."""

    store: Store
    clock: Hand = field(default_factory=Hand)
    ingest: Ingest = INGEST
    watched: Mapping[str, frozenset[str]] = field(default_factory=lambda: dict(WATCHED))
    streams: int = 0

    def take(self, *records: Record) -> PullCount:
        """One page of these records, through the pull job, on a stream of its own."""
        self.streams += 1
        stream = replace(STREAM, name=f"s{self.streams}")
        return pull_stream(
            self.store, Pages(pages_of(records)), stream, self.clock, None, self.watched, self.ingest
        )

    def lead_of(self, ref: Ref) -> int:
        with self.store.read() as tx:
            where = (links.c.system == ref.system.value) & (links.c.object_type == ref.object)
            found = tx.execute(sa.select(links.c.lead_id).where(where, links.c.object_id == ref.id)).scalar()
        assert found is not None, f"{ref} is linked to nobody"
        return int(found)

    def snapshot(self, ref: Ref, known_by: datetime | None = None) -> Snapshot:
        with self.store.read() as tx:
            lead_id = self.lead_of(ref)
            return snapshots.load_snapshots(tx, [lead_id], self.clock.now(), known_by)[0]

    def seen(self, ref: Ref) -> list[tuple[str, int]]:
        """(source, count) of the signals in force for the lead behind a record, oldest first."""
        return [(signal.shape.source, signal.count) for signal in self.snapshot(ref).signals]

    def living(self) -> list[tuple[int, str | None]]:
        with self.store.read() as tx:
            where = leads.c.merged_into.is_(None)
            query = sa.select(leads.c.lead_id, leads.c.external_key).where(where).order_by(leads.c.lead_id)
            return [(row.lead_id, row.external_key) for row in tx.execute(query)]

    def settle(self) -> None:
        """Everybody was looked at: nobody is dirty."""
        with self.store.write(None) as tx:
            tx.execute(leads.update().values(dirty_at=None))

    def dirty(self) -> list[int]:
        with self.store.read() as tx:
            where = leads.c.dirty_at.is_not(None)
            return list(
                tx.execute(sa.select(leads.c.lead_id).where(where).order_by(leads.c.lead_id)).scalars()
            )

    def content(self, *without: str) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but the work's own."""
        skipped = {"cursors", "runs", "meta", "lease", *without}
        with self.store.read() as tx:
            return {
                name: sorted((tuple(row) for row in tx.execute(sa.select(table))), key=repr)
                for name, table in metadata.tables.items()
                if name not in skipped
            }
