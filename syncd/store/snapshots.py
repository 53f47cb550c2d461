"""Everything known about a lead, as `decide` may see it: a few queries for a batch of leads, never one each.

With `known_by`, only signals learnt until then are seen: what was known at a past moment. Profiles hold the
present alone, so a past snapshot shows today's fields. Retracted signals are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import (
    Baseline,
    Detail,
    Opportunity,
    Position,
    Ref,
    SalesRecord,
    Shape,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
)
from syncd.store import ledger, work
from syncd.store.bulk import chunks
from syncd.store.tables import (
    account_links,
    accounts,
    addresses,
    deal_people,
    deals,
    details,
    holds,
    leads,
    links,
    profiles,
    shapes,
    signals,
    users,
)

PREFIXES = {
    (System.HUBSPOT, "contact"): "contact",
    (System.SALESFORCE, "lead"): "lead",
    (System.SALESFORCE, "contact"): "sfcontact",
}
"""Under which prefix the properties of a record appear in `Snapshot.fields`."""

MATCHES_MAX = 200
PRESENT = ("current", "converted")


# --- who is next -----------------------------------------------------------------------------------------


def due_lead_ids(tx: sa.Connection, now: datetime, limit: int) -> list[int]:
    """Leads to evaluate: those with new facts first, then those whose moment has come."""
    present = leads.c.merged_into.is_(None)
    dirty = (
        sa.select(leads.c.lead_id)
        .where(present, leads.c.dirty_at.is_not(None))
        .order_by(leads.c.dirty_at, leads.c.lead_id)
        .limit(limit)
    )
    found = list(tx.execute(dirty).scalars())
    if len(found) < limit:
        due = (
            sa.select(leads.c.lead_id)
            .where(present, leads.c.due_at <= now, leads.c.dirty_at.is_(None))
            .order_by(leads.c.due_at, leads.c.lead_id)
            .limit(limit - len(found))
        )
        found += tx.execute(due).scalars()
    return sorted(found)


# --- loading ---------------------------------------------------------------------------------------------


def load_snapshots(
    tx: sa.Connection, lead_ids: Iterable[int], now: datetime, known_by: datetime | None = None
) -> list[Snapshot]:
    """Snapshots of these leads in the order of their ids; unknown ids are left out."""
    ids = sorted(set(lead_ids))
    baseline = work.baseline(tx)
    names = _user_names(tx)
    found: list[Snapshot] = []
    for batch in chunks(ids):
        found += _load(tx, batch, baseline, names, known_by or now)
    return found


def _load(
    tx: sa.Connection, ids: Sequence[int], baseline: Baseline, names: Mapping[str, str], known_by: datetime
) -> list[Snapshot]:
    rows = (
        tx.execute(sa.select(leads).where(leads.c.lead_id.in_(ids)).order_by(leads.c.lead_id))
        .mappings()
        .all()
    )
    records = _records(tx, ids)
    emails = _emails(tx, ids)
    happened = _signals(tx, ids, known_by)
    history = ledger.history(tx, ids)
    account_ids = sorted({row["account_id"] for row in rows if row["account_id"] is not None})
    companies = _companies(tx, account_ids)
    own_deals = _own_deals(tx, ids)
    held = set(
        tx.execute(
            sa.select(holds.c.lead_id).where(holds.c.lead_id.in_(ids), holds.c.resolved_at.is_(None))
        ).scalars()
    )
    found = []
    for row in rows:
        lead_id = row["lead_id"]
        company = companies.get(row["account_id"], _NO_COMPANY)
        mine = records.get(lead_id, [])
        found.append(
            Snapshot(
                lead_id=lead_id,
                key=row["external_key"],
                fields={**company.fields, **_fields(mine)},
                emails=emails.get(lead_id, ()),
                signals=tuple(happened.get(lead_id, ())),
                standing=_standing(row),
                baseline=replace(
                    baseline,
                    is_released=row["released_at"] is not None,
                    released_by=row["released_by"],
                ),
                hubspot=_hubspot_ref(mine),
                sales_records=_sales_records(mine),
                opportunities=tuple(own_deals.get(lead_id, ())),
                created_at=min((r.created_at for r in mine if r.created_at), default=row["created_at"]),
                evaluated_at=row["evaluated_at"],
                owner_names=names,
                account_people=max(0, company.people - 1),
                account_open_deal=company.open_deal,
                account_is_customer=company.is_customer,
                open_hold=lead_id in held,
                history=tuple(entry.transition for entry in history.get(lead_id, ())),
            )
        )
    return found


def _standing(row: Any) -> Standing | None:
    if row["stage"] is None:
        return None
    return Standing(
        position=Position(Stage(row["stage"]), row["level"]),
        since_at=row["stage_since_at"],
        pass_number=row["pass_number"],
        reason=row["reason"],
        track=row["track"],
        until_at=row["until_at"],
        evidence_floor_at=row["evidence_floor_at"],
        qualified_at=row["qualified_at"],
        handed_off_at=row["handed_off_at"],
    )


@dataclass(frozen=True, slots=True)
class _Record:
    """One linked record with its profile."""

    ref: Ref
    state: str
    properties: Mapping[str, str]
    modified_at: datetime
    created_at: datetime | None


def _records(tx: sa.Connection, ids: Sequence[int]) -> dict[int, list[_Record]]:
    """Profiles per lead, those in force first, then the newest."""
    same = (
        (links.c.system == profiles.c.system)
        & (links.c.object_type == profiles.c.object_type)
        & (links.c.object_id == profiles.c.object_id)
    )
    query = (
        sa.select(
            links.c.lead_id,
            links.c.system,
            links.c.object_type,
            links.c.object_id,
            links.c.state,
            profiles.c.properties,
            profiles.c.modified_at,
            profiles.c.created_at,
        )
        .join(profiles, same)
        .where(links.c.lead_id.in_(ids))
    )
    found: dict[int, list[_Record]] = defaultdict(list)
    for row in tx.execute(query):
        ref = Ref(System(row.system), row.object_type, row.object_id)
        found[row.lead_id].append(_Record(ref, row.state, row.properties, row.modified_at, row.created_at))
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
        fields |= {f"{prefix}.{name}": value for name, value in record.properties.items()}
    return fields


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
    return tuple(
        SalesRecord(record.ref, record.properties, record.modified_at, record.state not in PRESENT)
        for record in records
        if record.ref.system is System.SALESFORCE
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


def _signals(tx: sa.Connection, ids: Sequence[int], known_by: datetime) -> dict[int, list[Signal]]:
    """Signals per lead in order of (time, key), without what was retracted by then."""
    rows = tx.execute(
        sa.select(signals)
        .where(signals.c.lead_id.in_(ids), signals.c.known_at <= known_by)
        .order_by(signals.c.lead_id, signals.c.occurred_at, signals.c.signal_key)
    ).all()
    if not rows:
        return {}
    taken_back = {(row.lead_id, row.retracts) for row in rows if row.retracts is not None}
    kept = [row for row in rows if row.retracts is None and (row.lead_id, row.signal_key) not in taken_back]
    known_shapes = _shapes(tx, {row.shape_id for row in kept})
    told = _details(tx, ids)
    found: dict[int, list[Signal]] = defaultdict(list)
    for row in kept:
        detail = told.get((row.lead_id, row.signal_key))
        found[row.lead_id].append(
            Signal(
                key=row.signal_key,
                occurred_at=row.occurred_at,
                known_at=row.known_at,
                shape=known_shapes[row.shape_id],
                count=row._mapping["count"],  # `count` alone is the tuple's method
                ref=detail[0] if detail else None,
                detail=detail[1] if detail else None,
            )
        )
    return found


def _shapes(tx: sa.Connection, shape_ids: Iterable[int]) -> dict[int, Shape]:
    found: dict[int, Shape] = {}
    for batch in chunks(sorted(set(shape_ids))):
        query = sa.select(shapes).where(shapes.c.shape_id.in_(batch))
        found |= {row.shape_id: Shape(row.source, row.attributes) for row in tx.execute(query)}
    return found


def _details(tx: sa.Connection, ids: Sequence[int]) -> dict[tuple[int, int], tuple[Ref, Detail]]:
    found = {}
    for row in tx.execute(sa.select(details).where(details.c.lead_id.in_(ids))):
        system, kind, object_id = row.ref.split(":", 2)
        ref = Ref(System(system), kind, object_id)
        found[row.lead_id, row.signal_key] = (ref, Detail(row.title, row.quote, row.url))
    return found


# --- companies and deals ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Company:
    fields: Mapping[str, str]
    people: int
    open_deal: bool
    is_customer: bool


_NO_COMPANY = _Company({}, 0, open_deal=False, is_customer=False)


def _companies(tx: sa.Connection, account_ids: Sequence[int]) -> dict[int, _Company]:
    if not account_ids:
        return {}
    named = {
        row.account_id: {"company.name": row.name, "company.domain": row.domain}
        for row in tx.execute(sa.select(accounts).where(accounts.c.account_id.in_(account_ids)))
    }
    fields: dict[int, dict[str, str]] = {
        account_id: {name: value for name, value in values.items() if value}
        for account_id, values in named.items()
    }
    customers: set[int] = set()
    query = sa.select(account_links).where(
        account_links.c.account_id.in_(account_ids), account_links.c.state == "current"
    )
    for row in tx.execute(query.order_by(account_links.c.system, account_links.c.object_id)):
        if row.system == System.HUBSPOT:
            fields[row.account_id] |= {f"company.{name}": value for name, value in row.properties.items()}
        if _is_customer(row.properties):
            customers.add(row.account_id)
    open_deals, won = _account_deals(tx, account_ids)
    count = sa.select(leads.c.account_id, sa.func.count()).where(
        leads.c.account_id.in_(account_ids), leads.c.merged_into.is_(None)
    )
    people = {row[0]: int(row[1]) for row in tx.execute(count.group_by(leads.c.account_id))}
    return {
        account_id: _Company(
            fields[account_id],
            people.get(account_id, 0),
            account_id in open_deals,
            account_id in customers | won,
        )
        for account_id in fields
    }


def _is_customer(properties: Mapping[str, str]) -> bool:
    """What either CRM calls a customer: HubSpot's lifecycle stage, Salesforce's Account Type."""
    is_stage = properties.get("lifecyclestage", "") in {"customer", "evangelist"}
    return is_stage or properties.get("Type", "").startswith("Customer")


def _account_deals(tx: sa.Connection, account_ids: Sequence[int]) -> tuple[set[int], set[int]]:
    """Accounts with an open deal, and accounts that bought."""
    query = sa.select(deals.c.account_id, deals.c.is_closed, deals.c.is_won).where(
        deals.c.account_id.in_(account_ids), ~deals.c.is_removed
    )
    is_open: set[int] = set()
    won: set[int] = set()
    for row in tx.execute(query):
        if not row.is_closed:
            is_open.add(row.account_id)
        elif row.is_won:
            won.add(row.account_id)
    return is_open, won


def _own_deals(tx: sa.Connection, ids: Sequence[int]) -> dict[int, list[Opportunity]]:
    """Deals each lead takes part in. HubSpot deals count only where Salesforce shows none."""
    same = (
        (deals.c.system == deal_people.c.system)
        & (deals.c.object_type == deal_people.c.object_type)
        & (deals.c.object_id == deal_people.c.object_id)
    )
    query = (
        sa.select(deal_people.c.lead_id, deals)
        .join(deals, same)
        .where(deal_people.c.lead_id.in_(ids), ~deals.c.is_removed)
        .order_by(deals.c.system, deals.c.object_id)
    )
    found: dict[int, list[Opportunity]] = defaultdict(list)
    for row in tx.execute(query):
        found[row.lead_id].append(
            Opportunity(
                ref=Ref(System(row.system), row.object_type, row.object_id),
                stage=row.stage,
                is_closed=row.is_closed,
                is_won=row.is_won,
                closes_at=row.closes_at,
                amount=row.amount,
                currency=row.currency,
                modified_at=row.modified_at,
                lost_reason=row.lost_reason,
            )
        )
    return {lead_id: _salesforce_first(items) for lead_id, items in found.items()}


def _salesforce_first(items: list[Opportunity]) -> list[Opportunity]:
    sales = [item for item in items if item.ref.system is System.SALESFORCE]
    return sales or items


def _user_names(tx: sa.Connection) -> dict[str, str]:
    query = sa.select(users.c.object_id, users.c.name).where(users.c.system == System.SALESFORCE)
    return {row.object_id: row.name for row in tx.execute(query)}


# --- finding ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeadMatch:
    """A lead somebody may have meant. `label` names it for the person who asked."""

    lead_id: int
    label: str


def find_leads(tx: sa.Connection, who: str) -> list[LeadMatch]:
    """Leads that answer to an e-mail, an id of either system, our key, or a name or part of it."""
    text = who.strip()
    if not text:
        return []
    ids = _by_id(tx, text) or _by_email(tx, text) or _by_name(tx, text)
    return _labelled(tx, _survivors(tx, ids))


def _by_id(tx: sa.Connection, text: str) -> set[int]:
    by_key = sa.select(leads.c.lead_id).where(leads.c.external_key == text)
    found = set(tx.execute(by_key).scalars())
    like = links.c.object_id == text
    if len(text) == 15 and text.isalnum():  # Salesforce's short form: the long one adds three signs
        like |= links.c.object_id.startswith(text, autoescape=True)
    found |= set(tx.execute(sa.select(links.c.lead_id).where(like)).scalars())
    return found


def _by_email(tx: sa.Connection, text: str) -> set[int]:
    query = sa.select(addresses.c.lead_id).where(addresses.c.email == text.lower())
    return set(tx.execute(query).scalars())


def _by_name(tx: sa.Connection, text: str) -> set[int]:
    """Every word of `text` must stand in the name of one of the lead's records."""
    wanted = text.casefold().split()
    exact: set[int] = set()
    partial: set[int] = set()
    query = sa.select(profiles.c.lead_id, profiles.c.properties)
    for lead_id, properties in tx.execute(query):
        name = _name(properties).casefold()
        if name == " ".join(wanted):
            exact.add(lead_id)
        elif name and all(word in name for word in wanted):
            partial.add(lead_id)
    return exact or partial


def _name(properties: Mapping[str, str]) -> str:
    first = properties.get("firstname") or properties.get("FirstName") or ""
    last = properties.get("lastname") or properties.get("LastName") or ""
    return f"{first} {last}".strip()


def _survivors(tx: sa.Connection, ids: set[int]) -> list[int]:
    """These leads, or those they were merged into."""
    found: set[int] = set()
    pending = sorted(ids)[:MATCHES_MAX]
    for _hop in range(100):
        if not pending:
            return sorted(found)
        query = sa.select(leads.c.lead_id, leads.c.merged_into).where(leads.c.lead_id.in_(pending))
        rows = tx.execute(query).all()
        found |= {row.lead_id for row in rows if row.merged_into is None}
        pending = [row.merged_into for row in rows if row.merged_into is not None]
    raise AssertionError("a circle of merged leads")


def _labelled(tx: sa.Connection, ids: Sequence[int]) -> list[LeadMatch]:
    names: dict[int, str] = {}
    query = sa.select(profiles.c.lead_id, profiles.c.properties).where(profiles.c.lead_id.in_(ids))
    for lead_id, properties in tx.execute(query):
        company = properties.get("company") or properties.get("Company") or ""
        email = properties.get("email") or properties.get("Email") or ""
        parts = [part for part in (_name(properties), company, email) if part]
        names.setdefault(lead_id, ", ".join(parts))
    return [LeadMatch(lead_id, names.get(lead_id) or f"lead {lead_id}") for lead_id in ids]
