"""What happened: interned shapes, signals, their deletable details, and the records they were made from.

A signal is added once and never changed: its key is made of facts, so storing it again does nothing. What the
source takes back gets a retraction beside it. `activities` remembers per source record which signals are in
force, which is how an edit, a re-association or a deletion is told from a repetition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Detail, Ref, Shape
from syncd.store.bulk import among, by_ref, chunks, insert, json_text
from syncd.store.tables import activities, details, from_ms, shapes, signals, to_ms, waiting

Retention = Callable[[Shape], int | None]
"""How many days facts of a shape are kept; None for as long as the lead."""

# --- shapes ----------------------------------------------------------------------------------------------


def intern_shapes(
    tx: sa.Connection, wanted: Mapping[int, Shape], known: dict[int, int] | None = None
) -> dict[int, int]:
    """Shape ids by digest, made where missing. `known` is a cache of committed ids the caller may keep."""
    found = {digest: known[digest] for digest in wanted if digest in known} if known else {}
    missing = wanted.keys() - found.keys()
    found.update(_shape_ids(tx, missing))
    fresh = sorted(wanted.keys() - found.keys())
    if fresh:
        rows = [
            {"digest": d, "source": wanted[d].source, "attributes": dict(wanted[d].attributes)} for d in fresh
        ]
        tx.execute(shapes.insert(), rows)
        found.update(_shape_ids(tx, fresh))
    return found


def _shape_ids(tx: sa.Connection, digests: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for batch in chunks(sorted(digests)):
        query = sa.select(shapes.c.digest, shapes.c.shape_id).where(among(tx, shapes.c.digest, batch))
        found.update({row.digest: row.shape_id for row in tx.execute(query)})
    return found


# --- signals ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class NewSignal:
    """A signal to be added. `retracts` is the key of the one it takes back."""

    lead_id: int
    occurred_ms: int
    key: int
    shape_id: int
    count: int = 1
    retracts: int | None = None
    retain_until_ms: int | None = None


def add_signals(tx: sa.Connection, rows: Iterable[NewSignal], now: datetime) -> int:
    """Add signals not there yet; returns how many were new."""
    known_ms = to_ms(now)
    tuples = [_signal_tuple(row, known_ms) for row in rows]
    return insert(tx, signals, _SIGNAL, sorted(tuples, key=lambda row: row[:3]))


_SIGNAL = (
    "lead_id",
    "occurred_at",
    "signal_key",
    "shape_id",
    "known_at",
    "count",
    "retracts",
    "retain_until_at",
)


def _signal_tuple(row: NewSignal, known_ms: int) -> tuple[Any, ...]:
    return (
        row.lead_id,
        row.occurred_ms,
        row.key,
        row.shape_id,
        known_ms,
        row.count,
        row.retracts,
        row.retain_until_ms,
    )


def retain_until_ms(days: int | None, occurred_ms: int) -> int | None:
    """When a fact of that moment is to be forgotten."""
    return None if days is None else to_ms(from_ms(occurred_ms) + timedelta(days=days))


def stored_signals(tx: sa.Connection, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Shape ids of those (lead id, signal key) that are stored."""
    pairs = set(wanted)
    found: dict[tuple[int, int], int] = {}
    for batch in chunks(sorted({lead_id for lead_id, _key in pairs}), 100):
        keys = sorted({key for lead_id, key in pairs if lead_id in set(batch)})
        for part in chunks(keys):
            query = sa.select(signals.c.lead_id, signals.c.signal_key, signals.c.shape_id).where(
                signals.c.lead_id.in_(batch), signals.c.signal_key.in_(part)
            )
            found.update({(row.lead_id, row.signal_key): row.shape_id for row in tx.execute(query)})
    return {pair: shape_id for pair, shape_id in found.items() if pair in pairs}


# --- details ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewDetail:
    lead_id: int
    key: int
    ref: Ref
    detail: Detail
    retain_until_ms: int | None = None


def save_details(tx: sa.Connection, rows: Iterable[NewDetail]) -> int:
    """Write titles, quoted lines and addresses of pages, new or changed."""
    columns = ("lead_id", "signal_key", "ref", "title", "quote", "url", "retain_until_at")
    tuples = [_detail_tuple(row) for row in rows]
    return insert(tx, details, columns, sorted(tuples, key=lambda row: row[:2]), replace=columns[2:])


def _detail_tuple(row: NewDetail) -> tuple[Any, ...]:
    shown = row.detail
    return row.lead_id, row.key, str(row.ref), shown.title, shown.quote, shown.url, row.retain_until_ms


def drop_details(tx: sa.Connection, dropped: Iterable[tuple[int, int]]) -> None:
    """Delete the details of these (lead id, signal key)."""
    for lead_id, key in sorted(set(dropped)):
        tx.execute(details.delete().where(details.c.lead_id == lead_id, details.c.signal_key == key))


# --- the records signals are made from -------------------------------------------------------------------

Entry = tuple[int, int, int]
"""(lead id, occurred ms, signal key) of one signal in force."""


@dataclass(frozen=True, slots=True)
class ActivityHead:
    """What is stored of a source record. `entries` may name leads that were merged since."""

    content_hash: int
    modified_at: datetime
    is_removed: bool
    entries: tuple[Entry, ...]


def find_activities(tx: sa.Connection, refs: Iterable[Ref]) -> dict[Ref, ActivityHead]:
    columns = (
        activities.c.content_hash,
        activities.c.modified_at,
        activities.c.is_removed,
        activities.c.entries,
    )
    return {
        ref: ActivityHead(
            row.content_hash, row.modified_at, row.is_removed, tuple((e[0], e[1], e[2]) for e in row.entries)
        )
        for ref, row in by_ref(tx, activities, columns, refs)
    }


def save_activities(tx: sa.Connection, rows: Mapping[Ref, ActivityHead]) -> int:
    """Write which signals of each record are in force now."""
    values = ("content_hash", "modified_at", "is_removed", "entries")
    tuples = [_activity_tuple(ref, head) for ref, head in sorted(rows.items())]
    columns = ("system", "object_type", "object_id", *values)
    return insert(tx, activities, columns, tuples, replace=values)


def _activity_tuple(ref: Ref, head: ActivityHead) -> tuple[Any, ...]:
    return (
        ref.system.value,
        ref.object,
        ref.id,
        head.content_hash,
        to_ms(head.modified_at),
        head.is_removed,
        json_text(sorted(head.entries)),
    )


# --- records that wait for somebody ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that names `person` (a reference's text or an address), whom nobody knows yet."""

    person: str
    ref: str
    payload: str  # JSON text


def add_waiting(tx: sa.Connection, rows: Iterable[Waiting], now: datetime) -> int:
    since_ms = to_ms(now)
    tuples = sorted({(row.person, row.ref, row.payload, since_ms) for row in rows})
    return insert(tx, waiting, ("person", "ref", "payload", "since_at"), tuples, replace=("payload",))


def waiting_for(tx: sa.Connection, people: Iterable[str]) -> list[Any]:
    """Payloads of the records that wait for any of `people`, each record once."""
    found: dict[str, Any] = {}
    for batch in chunks(sorted(set(people))):
        query = sa.select(waiting.c.ref, waiting.c.payload).where(among(tx, waiting.c.person, batch))
        found.update({row.ref: row.payload for row in tx.execute(query)})
    return [found[ref] for ref in sorted(found)]


def drop_waiting(tx: sa.Connection, refs: Iterable[str]) -> None:
    """These records wait for nobody any more."""
    for batch in chunks(sorted(set(refs))):
        tx.execute(waiting.delete().where(waiting.c.ref.in_(batch)))


@dataclass(frozen=True, slots=True)
class Waited:
    ref: str
    payload: Any


def all_waiting(tx: sa.Connection) -> list[Waited]:
    """Every record that waits, each once, with its payload: for the rare question of whom they name."""
    rows = tx.execute(sa.select(waiting.c.ref, waiting.c.payload).order_by(waiting.c.ref))
    return list({row.ref: Waited(row.ref, row.payload) for row in rows}.values())
