"""Deals as last read, and the people on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Opportunity, Ref, System
from syncd.store.bulk import by_ref, insert
from syncd.store.tables import deal_people, deals, to_ms


@dataclass(frozen=True, slots=True)
class DealHead:
    """What is stored of a deal and matters for telling what changed."""

    content_hash: int
    modified_at: datetime
    is_removed: bool
    stage: str
    is_closed: bool
    is_won: bool
    lost_reason: str | None
    account_id: int | None


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal as it is to be stored."""

    ref: Ref
    stage: str
    is_closed: bool
    is_won: bool
    is_removed: bool
    amount: str | None
    currency: str | None
    lost_reason: str | None
    owner_id: str
    account_id: int | None
    created_at: datetime | None
    closes_at: datetime | None
    modified_at: datetime
    content_hash: int


_VALUES = (
    "stage",
    "is_closed",
    "is_won",
    "is_removed",
    "amount",
    "currency",
    "lost_reason",
    "owner_id",
    "account_id",
    "created_at",
    "closes_at",
    "modified_at",
    "content_hash",
)


def find_deals(tx: sa.Connection, refs: Iterable[Ref]) -> dict[Ref, DealHead]:
    names = list(DealHead.__dataclass_fields__)
    columns = [deals.c[name] for name in names]
    return {
        ref: DealHead(**{name: getattr(row, name) for name in names})
        for ref, row in by_ref(tx, deals, columns, refs)
    }


def save_deals(tx: sa.Connection, rows: Iterable[DealRow]) -> int:
    tuples = [_deal_tuple(row) for row in rows]
    columns = ("system", "object_type", "object_id", *_VALUES)
    return insert(tx, deals, columns, sorted(tuples, key=lambda row: row[:3]), replace=_VALUES)


def _deal_tuple(row: DealRow) -> tuple[Any, ...]:
    return (
        row.ref.system.value,
        row.ref.object,
        row.ref.id,
        row.stage,
        row.is_closed,
        row.is_won,
        row.is_removed,
        row.amount,
        row.currency,
        row.lost_reason,
        row.owner_id,
        row.account_id,
        None if row.created_at is None else to_ms(row.created_at),
        None if row.closes_at is None else to_ms(row.closes_at),
        to_ms(row.modified_at),
        row.content_hash,
    )


def set_deal_people(tx: sa.Connection, people: Mapping[Ref, frozenset[int]]) -> None:
    """Make these the leads on each deal, no others."""
    stored: dict[Ref, set[int]] = {ref: set() for ref in people}
    for ref, row in by_ref(tx, deal_people, (deal_people.c.lead_id,), people):
        stored[ref].add(row.lead_id)
    for ref, lead_ids in sorted(people.items()):
        for gone in sorted(stored[ref] - lead_ids):
            tx.execute(deal_people.delete().where(_is_deal(ref), deal_people.c.lead_id == gone))
    fresh = [
        (ref.system.value, ref.object, ref.id, lead_id)
        for ref, lead_ids in sorted(people.items())
        for lead_id in sorted(lead_ids - stored[ref])
    ]
    insert(tx, deal_people, ("system", "object_type", "object_id", "lead_id"), fresh)


def _is_deal(ref: Ref) -> sa.ColumnElement[bool]:
    return (
        (deal_people.c.system == ref.system.value)
        & (deal_people.c.object_type == ref.object)
        & (deal_people.c.object_id == ref.id)
    )


def remove_deals(tx: sa.Connection, removed: Mapping[Ref, datetime]) -> set[int]:
    """Mark deals as gone and take everybody off them; the accounts they were for."""
    heads = find_deals(tx, removed)
    for ref in sorted(heads):
        where = (
            (deals.c.system == ref.system.value)
            & (deals.c.object_type == ref.object)
            & (deals.c.object_id == ref.id)
        )
        tx.execute(deals.update().where(where).values(is_removed=True, modified_at=removed[ref]))
        tx.execute(deal_people.delete().where(_is_deal(ref)))
    return {head.account_id for head in heads.values() if head.account_id is not None}


# --- for a snapshot --------------------------------------------------------------------------------------


def opportunities_of(tx: sa.Connection, ids: Sequence[int]) -> dict[int, list[Opportunity]]:
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
                owner_id=row.owner_id,
            )
        )
    return {lead_id: _salesforce_first(items) for lead_id, items in found.items()}


def _salesforce_first(items: list[Opportunity]) -> list[Opportunity]:
    sales = [item for item in items if item.ref.system is System.SALESFORCE]
    return sales or items
