"""Everything known about a lead, as `decide` may see it: a few queries for a batch of leads, never one each.

With `known_by`, only signals and moves recorded until then are seen: what was known at a past moment.
Profiles and deals hold the present alone, so a past snapshot shows today's fields. Retracted signals are left
out, merged records are the ones they were merged into.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from syncd.core.desk import Assignment
from syncd.core.model import (
    Baseline,
    Opportunity,
    Ref,
    SalesRecord,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
    Transition,
    Waiver,
)
from syncd.core.undoing import in_force, standing_at
from syncd.store import assignments, colleagues, following, ledger, work
from syncd.store import waivers as waivers_of
from syncd.store.accounts import NO_COMPANY, CompanyPicture, company_pictures
from syncd.store.bulk import chunks
from syncd.store.deals import opportunities_of
from syncd.store.finding import LeadMatch, find_leads
from syncd.store.happened import signals_of
from syncd.store.holds import undone_since
from syncd.store.tables import (
    SAME_RECORD,
    addresses,
    holds,
    leads,
    links,
    playbooks,
    profiles,
    scores,
    users,
)

__all__ = ["LeadMatch", "due_lead_ids", "find_leads", "load_snapshots"]

PREFIXES = {
    (System.HUBSPOT, "contact"): "contact",
    (System.SALESFORCE, "lead"): "lead",
    (System.SALESFORCE, "contact"): "sfcontact",
}
"""Under which prefix the properties of a record appear in `Snapshot.fields`."""

PRESENT = ("current", "converted")


# --- who is next -----------------------------------------------------------------------------------------


def due_lead_ids(tx: sa.Connection, now: datetime, limit: int, since: datetime | None = None) -> list[int]:
    """Leads to evaluate: those with new facts first, then those whose moment has come. With `since` only
    facts since then count, the newest first."""
    return sorted(_in_order(tx, now, limit, since))


def due_batches(
    tx: sa.Connection, now: datetime, limit: int, size: int, again: Sequence[int]
) -> list[list[int]]:
    """The leads to evaluate, in the batches in which that is done. `again` are looked at as if each had a new
    fact now."""
    return [sorted(part) for part in chunks(_in_order(tx, now, limit, again=again), size)]


def _in_order(
    tx: sa.Connection, now: datetime, limit: int, since: datetime | None = None, again: Sequence[int] = ()
) -> list[int]:
    present = leads.c.merged_into.is_(None) & (sa.func.coalesce(leads.c.stage, "") != Stage.ERASED)
    dirty = sa.select(leads.c.lead_id).where(present, leads.c.dirty_at.is_not(None)).limit(limit)
    if since is None:
        dirty = dirty.order_by(leads.c.dirty_at, leads.c.lead_id)
    else:
        dirty = dirty.where(leads.c.dirty_at >= since).order_by(leads.c.dirty_at.desc(), leads.c.lead_id)
    found = list(tx.execute(dirty).scalars())
    if again:
        asked = sa.select(leads.c.lead_id).where(present, leads.c.lead_id.in_(again))
        found += [item for item in sorted(tx.execute(asked).scalars()) if item not in found]
    if len(found) < limit:
        due = (
            sa.select(leads.c.lead_id)
            .where(present, leads.c.due_at <= now, leads.c.dirty_at.is_(None), leads.c.lead_id.not_in(again))
            .order_by(leads.c.due_at, leads.c.lead_id)
            .limit(limit - len(found))
        )
        found += tx.execute(due).scalars()
    return found[:limit]


# --- loading ---------------------------------------------------------------------------------------------


def load_snapshots(
    tx: sa.Connection,
    lead_ids: Iterable[int],
    now: datetime,
    known_by: datetime | None = None,
    account_days: float | None = None,
) -> list[Snapshot]:
    """Snapshots of these leads in the order of their ids; unknown ids are left out.

    `account_days` is how far back acts of colleagues count; without it, as the playbook in force has it.
    """
    ids = sorted(set(lead_ids))
    days = colleagues.watched_days(tx) if account_days is None else account_days
    baseline = work.baseline(tx)
    names = user_names(tx)
    found: list[Snapshot] = []
    for part in chunks(ids):
        rows = tx.execute(sa.select(leads).where(leads.c.lead_id.in_(part)).order_by(leads.c.lead_id)).all()
        batch = _read(tx, part, rows, baseline, names, now if known_by is None else known_by)
        batch = replace(batch, acts=_acts(tx, rows, now, known_by, days))
        found += [_snapshot(row, batch, known_by) for row in rows]
    return following.joined(tx, found, now if known_by is None else known_by)


@dataclass(frozen=True, slots=True)
class _Batch:
    """All that was read for a batch of leads, by lead id."""

    baseline: Baseline
    names: Mapping[str, str]
    records: Mapping[int, list[_Record]]
    emails: Mapping[int, tuple[str, ...]]
    signals: Mapping[int, list[Signal]]
    history: Mapping[int, tuple[Transition, ...]]
    companies: Mapping[int | None, CompanyPicture]
    deals: Mapping[int, list[Opportunity]]
    held: frozenset[int]
    merged: Mapping[int, tuple[str, ...]]
    waivers: Mapping[int, tuple[Waiver, ...]]
    last: Mapping[int, tuple[str, str]]
    undone: Mapping[int, datetime]
    assigned: Mapping[int, Assignment]
    acts: Mapping[int, tuple[Signal, ...]] = field(default_factory=dict)
    org_url: str = ""


def _read(
    tx: sa.Connection,
    ids: Sequence[int],
    rows: Sequence[Any],
    baseline: Baseline,
    names: Mapping[str, str],
    until_at: datetime,
) -> _Batch:
    held = sa.select(holds.c.lead_id).where(holds.c.lead_id.in_(ids), holds.c.resolved_at.is_(None))
    return _Batch(
        baseline=baseline,
        names=names,
        records=_records(tx, ids),
        emails=_emails(tx, ids),
        signals=signals_of(tx, ids, until_at),
        history=_history(tx, ids, until_at),
        companies=company_pictures(tx, {row.account_id for row in rows if row.account_id is not None}),
        deals=opportunities_of(tx, ids),
        held=frozenset(tx.execute(held).scalars()),
        merged=_merged_contacts(tx, ids),
        waivers=waivers_of.of_leads(tx, ids, until_at),
        last=_last_evaluated(tx, ids),
        org_url=work.org_url(tx),
        undone=undone_since(tx, ids),
        assigned=assignments.of_leads(
            tx, {row.lead_id: row.pass_number for row in rows if row.pass_number}, until_at
        ),
    )


def _acts(
    tx: sa.Connection, rows: Sequence[Any], now: datetime, known_by: datetime | None, days: float
) -> dict[int, tuple[Signal, ...]]:
    """What colleagues did within `days` of the first evaluation these leads catch up from."""
    homes = {row.lead_id: row.account_id for row in rows if row.account_id is not None}
    moments = [row.evaluated_at for row in rows if row.evaluated_at is not None]
    return colleagues.account_signals(tx, homes, min([now, *moments]), known_by or now, days)


def _snapshot(row: Any, batch: _Batch, known_by: datetime | None) -> Snapshot:
    mine = batch.records.get(row.lead_id, [])
    company = batch.companies.get(row.account_id, NO_COMPANY)
    history = batch.history.get(row.lead_id, ())
    version, model = batch.last.get(row.lead_id, ("", ""))
    return Snapshot(
        lead_id=row.lead_id,
        key=row.external_key,
        fields={**company.fields(_company_of(mine)), **_matched(row), **_fields(mine)},
        emails=batch.emails.get(row.lead_id, ()),
        signals=tuple(batch.signals.get(row.lead_id, ())),
        standing=ledger.standing_of(row) if known_by is None else _standing_then(history),
        baseline=replace(
            batch.baseline, is_released=row.released_at is not None, released_by=row.released_by
        ),
        hubspot=_hubspot_ref(mine),
        sales_records=_sales_records(mine),
        opportunities=tuple(batch.deals.get(row.lead_id, ())),
        created_at=min((item.created_at for item in mine if item.created_at), default=row.created_at),
        evaluated_at=_earlier(row.evaluated_at, known_by),
        owner_names=batch.names,
        account_people=max(0, company.people - 1),
        account_open_deal=company.has_open_deal,
        account_is_customer=company.is_customer,
        account_records=_account_records(company),
        merged_ids=batch.merged.get(row.lead_id, ()),
        open_hold=row.lead_id in batch.held,
        history=history,
        evaluated_version=version,
        evaluated_model=model,
        waivers=batch.waivers.get(row.lead_id, ()),
        account_signals=batch.acts.get(row.lead_id, ()),
        org_url=batch.org_url,
        undone_at=batch.undone.get(row.lead_id),
        assignment=batch.assigned.get(row.lead_id),
    )


def _matched(row: Any) -> dict[str, str]:
    """How the person came to the company: by what a record says, by the e-mail's domain, by the name."""
    return {} if row.account_id is None else {"account.matched_by": row.matched_by or "association"}


def _account_records(company: CompanyPicture) -> tuple[SalesRecord, ...]:
    found = []
    for text, properties in sorted(company.sales_records.items()):
        _system, object_type, object_id = text.split(":", 2)
        found.append(SalesRecord(Ref(System.SALESFORCE, object_type, object_id), properties))
    return tuple(found)


def _earlier(at: datetime | None, known_by: datetime | None) -> datetime | None:
    return at if at is None or known_by is None else min(at, known_by)


def _history(tx: sa.Connection, ids: Sequence[int], until_at: datetime) -> dict[int, tuple[Transition, ...]]:
    """The ledger of each lead as far as it was recorded by then."""
    found = ledger.history(tx, ids)
    return {
        lead_id: tuple(row.transition for row in rows if row.recorded_at <= until_at)
        for lead_id, rows in found.items()
    }


def _last_evaluated(tx: sa.Connection, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Under which definition, and by which scoring model, each lead was evaluated last."""
    query = (
        sa.select(scores.c.lead_id, playbooks.c.evaluation_version, scores.c.model)
        .join(playbooks, playbooks.c.version == scores.c.playbook_version)
        .where(scores.c.lead_id.in_(ids))
    )
    return {row.lead_id: (row.evaluation_version, row.model) for row in tx.execute(query)}


def _standing_then(moves: Sequence[Transition]) -> Standing | None:
    """Where the ledger stood after these moves, as far as the moves alone can tell."""
    return standing_at(moves[-1], in_force(moves)) if moves else None


# --- records ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Record:
    """One linked record with its profile."""

    ref: Ref
    state: str
    company: str
    properties: Mapping[str, str]
    modified_at: datetime
    created_at: datetime | None


def _records(tx: sa.Connection, ids: Sequence[int]) -> dict[int, list[_Record]]:
    """Profiles per lead, those in force first, then the newest."""
    query = (
        sa.select(
            links.c.lead_id,
            links.c.system,
            links.c.object_type,
            links.c.object_id,
            links.c.state,
            profiles.c.company,
            profiles.c.properties,
            profiles.c.modified_at,
            profiles.c.created_at,
        )
        .join(profiles, SAME_RECORD)
        .where(links.c.lead_id.in_(ids))
    )
    found: dict[int, list[_Record]] = defaultdict(list)
    for row in tx.execute(query):
        ref = Ref(System(row.system), row.object_type, row.object_id)
        record = _Record(ref, row.state, row.company, row.properties, row.modified_at, row.created_at)
        found[row.lead_id].append(record)
    for items in found.values():
        items.sort(key=lambda item: item.ref)
        items.sort(key=lambda item: item.modified_at, reverse=True)
        items.sort(key=lambda item: (item.state != "current", item.properties.get("IsConverted") == "true"))
    return found


def _fields(records: Sequence[_Record]) -> dict[str, str]:
    """Properties under their prefixes, of the record in force of each kind. A merged or deleted record tells
    nothing; an archived contact still says who it was."""
    fields: dict[str, str] = {}
    seen: set[str] = set()
    for record in records:
        prefix = PREFIXES.get((record.ref.system, record.ref.object))
        if prefix is None or prefix in seen or record.state in {"merged", "deleted"}:
            continue
        seen.add(prefix)
        fields |= {_field_name(prefix, name): value for name, value in record.properties.items()}
    return fields


@lru_cache(maxsize=4096)
def _field_name(prefix: str, name: str) -> str:
    """One text for all leads that have the field."""
    return f"{prefix}.{name}"


def _company_of(records: Sequence[_Record]) -> str:
    """The company the HubSpot contact in force names, as reference text."""
    return next(
        (item.company for item in records if item.ref.system is System.HUBSPOT and item.state == "current"),
        "",
    )


def _merged_contacts(tx: sa.Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """HubSpot contacts merged into that of each lead, also those never read themselves."""
    query = sa.select(links.c.lead_id, links.c.object_id).where(
        links.c.lead_id.in_(ids),
        links.c.system == System.HUBSPOT,
        links.c.object_type == "contact",
        links.c.state == "merged",
    )
    found: dict[int, list[str]] = defaultdict(list)
    for lead_id, object_id in tx.execute(query):
        found[lead_id].append(object_id)
    return {lead_id: tuple(sorted(items)) for lead_id, items in found.items()}


def _hubspot_ref(records: Sequence[_Record]) -> Ref | None:
    return next(
        (
            record.ref
            for record in records
            if record.ref.system is System.HUBSPOT and record.state == "current"
        ),
        None,
    )


def _sales_records(records: Sequence[_Record]) -> tuple[SalesRecord, ...]:
    """Salesforce's records of this person. One merged into another is that other."""
    return tuple(
        SalesRecord(record.ref, record.properties, record.modified_at, record.state not in PRESENT)
        for record in records
        if record.ref.system is System.SALESFORCE and record.state != "merged"
    )


def _emails(tx: sa.Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Addresses per lead: HubSpot's primary first."""
    query = sa.select(addresses).where(addresses.c.lead_id.in_(ids))
    rows: dict[int, list[tuple[bool, bool, str]]] = defaultdict(list)
    for row in tx.execute(query):
        rows[row.lead_id].append((row.system != System.HUBSPOT, not row.is_primary, row.email))
    return {
        lead_id: tuple(dict.fromkeys(email for _system, _primary, email in sorted(items)))
        for lead_id, items in rows.items()
    }


def user_names(tx: sa.Connection) -> dict[str, str]:
    """Names of Salesforce users and queues by id."""
    query = sa.select(users.c.object_id, users.c.name).where(users.c.system == System.SALESFORCE)
    return {row.object_id: row.name for row in tx.execute(query)}


def fields_of(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """The fields of these leads' own records and nothing else, as `Snapshot.fields` has them."""
    return {
        lead_id: _fields(records)
        for part in chunks(sorted(set(lead_ids)))
        for lead_id, records in _records(tx, part).items()
    }
