"""Who is who: leads, the records linked to them, their profiles and addresses.

Every function serves a whole page: one statement per list of keys, never one per record. Which record belongs
to which lead is decided above (`syncd.jobs.intake`); here it is looked up and written down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Ref, Stage, System
from syncd.store import lookalikes
from syncd.store.bulk import among, by_ref, chunks, insert, json_text, next_ids
from syncd.store.tables import SAME_RECORD, addresses, leads, links, profiles, to_ms

# --- leads -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeadRow:
    """What intake must know of a lead: its key, whether it was merged away or erased, whether it was handed
    over before."""

    lead_id: int
    external_key: str | None
    merged_into: int | None
    is_erased: bool
    pass_number: int


_LEAD = (leads.c.lead_id, leads.c.external_key, leads.c.merged_into, leads.c.stage, leads.c.pass_number)


def leads_by_id(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, LeadRow]:
    """Rows of these leads and of the survivors they were merged into."""
    found: dict[int, LeadRow] = {}
    asked = set(lead_ids)
    while asked:
        for batch in chunks(sorted(asked)):
            for row in tx.execute(sa.select(*_LEAD).where(among(tx, leads.c.lead_id, batch))):
                found[row.lead_id] = _lead_row(row)
        asked = {row.merged_into for row in found.values() if row.merged_into is not None} - found.keys()
    return found


def leads_by_key(tx: sa.Connection, keys: Iterable[str]) -> dict[str, int]:
    """Lead ids by external key; a merged lead is named as it is, its survivor is found by `leads_by_id`."""
    found: dict[str, int] = {}
    for batch in chunks(sorted(set(keys))):
        query = sa.select(leads.c.external_key, leads.c.lead_id).where(among(tx, leads.c.external_key, batch))
        found.update({row.external_key: row.lead_id for row in tx.execute(query)})
    return found


def _lead_row(row: Any) -> LeadRow:
    is_erased = row.stage == Stage.ERASED
    return LeadRow(row.lead_id, row.external_key, row.merged_into, is_erased, row.pass_number)


def create_leads(tx: sa.Connection, keys: Sequence[str | None], now: datetime) -> list[int]:
    """New leads, dirty from the start; their ids in the order of `keys`."""
    ids = next_ids(tx, leads, len(keys))
    now_ms = to_ms(now)
    rows = [(lead_id, key, now_ms, now_ms) for lead_id, key in zip(ids, keys, strict=True)]
    insert(tx, leads, ("lead_id", "external_key", "created_at", "dirty_at"), rows)
    return ids


def set_keys(tx: sa.Connection, keys: Mapping[int, str]) -> None:
    """Give leads their external key: a person only Salesforce knew was found in HubSpot."""
    for lead_id, key in sorted(keys.items()):
        tx.execute(leads.update().where(leads.c.lead_id == lead_id).values(external_key=key))


# --- links -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """One outside record and the lead it belongs to. `state` is current, merged, converted, archived or
    deleted; `into_id` names the survivor of a merge or conversion."""

    ref: Ref
    lead_id: int
    state: str = "current"
    linked_by: str = "self"
    into_id: str | None = None


def find_links(tx: sa.Connection, refs: Iterable[Ref]) -> dict[Ref, Link]:
    """The links of those of `refs` that are known."""
    columns = (links.c.lead_id, links.c.state, links.c.linked_by, links.c.into_id)
    return {
        ref: Link(ref, row.lead_id, row.state, row.linked_by, row.into_id)
        for ref, row in by_ref(tx, links, columns, refs)
    }


def current_ids(tx: sa.Connection, system: System, object_type: str, after: str, limit: int) -> list[str]:
    """Ids of records present in their system, in order, from the one after `after` on."""
    query = (
        sa.select(links.c.object_id)
        .where(
            links.c.system == system.value,
            links.c.object_type == object_type,
            links.c.object_id > after,
            links.c.state == "current",
        )
        .order_by(links.c.object_id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def save_links(tx: sa.Connection, rows: Iterable[Link]) -> int:
    """Write links as given, new or changed."""
    values = ("lead_id", "state", "linked_by", "into_id")
    columns = ("system", "object_type", "object_id", *values)
    tuples = [_link_tuple(link) for link in rows]
    return insert(tx, links, columns, sorted(tuples, key=lambda row: row[:3]), replace=values)


def _link_tuple(link: Link) -> tuple[Any, ...]:
    ref = link.ref
    return ref.system.value, ref.object, ref.id, link.lead_id, link.state, link.linked_by, link.into_id


def refs_of(tx: sa.Connection, lead_ids: Iterable[int]) -> set[Ref]:
    """Every record linked to these leads."""
    found: set[Ref] = set()
    for batch in chunks(sorted(set(lead_ids))):
        for row in tx.execute(sa.select(links).where(among(tx, links.c.lead_id, batch))):
            found.add(Ref(System(row.system), row.object_type, row.object_id))
    return found


# --- profiles --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProfileHead:
    """What is stored of a record, apart from its properties. `counters` are totals by counter."""

    lead_id: int
    content_hash: int
    modified_at: datetime
    counters: Mapping[str, int]
    emails: tuple[str, ...]
    company: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A record as it is to be stored."""

    ref: Ref
    lead_id: int
    properties: Mapping[str, str]
    counters: Mapping[str, int]
    emails: tuple[str, ...]
    company: str
    content_hash: int
    modified_at: datetime
    created_at: datetime | None


_PROFILE = (
    "lead_id",
    "properties",
    "counters",
    "emails",
    "company",
    "content_hash",
    "modified_at",
    "created_at",
    "pulled_at",
)


def find_heads(tx: sa.Connection, refs: Iterable[Ref]) -> dict[Ref, ProfileHead]:
    """The stored profiles of those of `refs` that have one, without their properties."""
    columns = (
        profiles.c.lead_id,
        profiles.c.content_hash,
        profiles.c.modified_at,
        profiles.c.counters,
        profiles.c.emails,
        profiles.c.company,
    )
    return {
        ref: ProfileHead(
            row.lead_id, row.content_hash, row.modified_at, row.counters, tuple(row.emails), row.company
        )
        for ref, row in by_ref(tx, profiles, columns, refs)
    }


def find_properties(
    tx: sa.Connection, refs: Iterable[Ref], names: Collection[str]
) -> dict[Ref, Mapping[str, str]]:
    """Of the stored properties of these records, those of these names."""
    found: dict[Ref, Mapping[str, str]] = {}
    for ref, row in by_ref(tx, profiles, (profiles.c.properties,), refs):
        stored = row.properties
        found[ref] = {name: stored[name] for name in names if name in stored}
    return found


def save_profiles(tx: sa.Connection, rows: Iterable[Profile], now: datetime) -> int:
    """Write profiles, new or changed."""
    pulled_ms = to_ms(now)
    return insert(
        tx,
        profiles,
        ("system", "object_type", "object_id", *_PROFILE),
        sorted((_profile_tuple(row, pulled_ms) for row in rows), key=lambda row: row[:3]),
        replace=_PROFILE,
    )


def _profile_tuple(row: Profile, pulled_ms: int) -> tuple[Any, ...]:
    return (
        row.ref.system.value,
        row.ref.object,
        row.ref.id,
        row.lead_id,
        json_text(row.properties),
        json_text(row.counters),
        json_text(row.emails),
        row.company,
        row.content_hash,
        to_ms(row.modified_at),
        None if row.created_at is None else to_ms(row.created_at),
        pulled_ms,
    )


def stamp_removed(tx: sa.Connection, removed: Mapping[Ref, datetime]) -> None:
    """Remember in the profile when its record was removed, so that an older copy cannot bring it back."""
    for ref, at in sorted(removed.items()):
        where = _is_record(profiles, ref) & (profiles.c.modified_at < at)
        tx.execute(profiles.update().where(where).values(modified_at=at))


# --- addresses -------------------------------------------------------------------------------------------


def find_owners(tx: sa.Connection, emails: Iterable[str]) -> dict[str, dict[int, set[str]]]:
    """For each known address, the leads that have it and in which systems."""
    found: dict[str, dict[int, set[str]]] = {}
    columns = (addresses.c.email, addresses.c.lead_id, addresses.c.system)
    for batch in chunks(sorted(set(emails))):
        for row in tx.execute(sa.select(*columns).where(among(tx, addresses.c.email, batch))):
            found.setdefault(row.email, {}).setdefault(row.lead_id, set()).add(row.system)
    return found


def addresses_of(tx: sa.Connection, lead_ids: Iterable[int]) -> set[str]:
    """Every address of these leads."""
    found: set[str] = set()
    for batch in chunks(sorted(set(lead_ids))):
        found |= set(
            tx.execute(sa.select(addresses.c.email).where(among(tx, addresses.c.lead_id, batch))).scalars()
        )
    return found


def save_addresses(tx: sa.Connection, rows: Iterable[tuple[str, int, str, bool]]) -> int:
    """Write (email, lead id, system, is primary)."""
    columns = ("email", "lead_id", "system", "is_primary")
    wanted = sorted(set(rows))
    lookalikes.note_aliases(tx, {email for email, *_rest in wanted})
    return insert(tx, addresses, columns, wanted, replace=("is_primary",))


def drop_addresses(tx: sa.Connection, dropped: Iterable[tuple[str, int, str]]) -> None:
    """Forget (email, lead id, system), except where another current record of that lead still has it."""
    wanted = set(dropped)
    if not wanted:
        return
    kept = _addresses_in_use(tx, {lead_id for _email, lead_id, _system in wanted})
    for email, lead_id, system in sorted(wanted - kept):
        tx.execute(
            addresses.delete().where(
                addresses.c.email == email, addresses.c.lead_id == lead_id, addresses.c.system == system
            )
        )
    lookalikes.forget_aliases(tx, {email for email, *_rest in wanted - kept})


def _addresses_in_use(tx: sa.Connection, lead_ids: Iterable[int]) -> set[tuple[str, int, str]]:
    found: set[tuple[str, int, str]] = set()
    query = sa.select(profiles.c.lead_id, profiles.c.system, profiles.c.emails).join(links, SAME_RECORD)
    for batch in chunks(sorted(lead_ids)):
        where = profiles.c.lead_id.in_(batch) & links.c.state.in_(("current", "converted"))
        for row in tx.execute(query.where(where)):
            found |= {(email, row.lead_id, row.system) for email in row.emails}
    return found


def _is_record(table: sa.Table, ref: Ref) -> sa.ColumnElement[bool]:
    return (
        (table.c.system == ref.system.value)
        & (table.c.object_type == ref.object)
        & (table.c.object_id == ref.id)
    )
