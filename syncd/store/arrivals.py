"""How people came to be in Salesforce, as stored: their records with who made them, and which of those are
our own doing; and whom the definition may have wanted handed over. Narrow reads for reports, of everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Stage, System
from syncd.store.bulk import chunks
from syncd.store.tables import (
    SAME_RECORD,
    effects,
    fields_left,
    hand_raises,
    leads,
    links,
    profiles,
    receipts,
    transitions,
)

PEOPLE = ("lead", "contact")


@dataclass(frozen=True, slots=True)
class SalesRow:
    """A Lead or Contact of this person: when it was made there, by whom, and the Contact it became."""

    lead_id: int
    kind: str
    id: str
    made_at: datetime
    maker: str
    became: str


def sales_records(tx: sa.Connection) -> Iterator[SalesRow]:
    """Every Salesforce record of everybody; one merged into another is that other."""
    query = (
        sa.select(
            links.c.lead_id,
            links.c.object_type,
            links.c.object_id,
            profiles.c.created_at,
            profiles.c.properties["CreatedById"].as_string().label("maker"),
            profiles.c.properties["ConvertedContactId"].as_string().label("became"),
        )
        .join(profiles, SAME_RECORD)
        .where(
            links.c.system == System.SALESFORCE,
            links.c.object_type.in_(PEOPLE),
            links.c.state != "merged",
            profiles.c.created_at.is_not(None),
        )
        .order_by(links.c.lead_id, profiles.c.created_at, links.c.object_id)
    )
    for row in tx.execute(query):
        yield SalesRow(
            row.lead_id, row.object_type, row.object_id, row.created_at, row.maker or "", row.became or ""
        )


def made_by_us(tx: sa.Connection) -> frozenset[str]:
    """Ids of the Leads and Contacts that our own writes made."""
    query = sa.select(receipts.c.object_id).where(
        receipts.c.is_created, receipts.c.object_type.in_(PEOPLE), receipts.c.object_id != ""
    )
    return frozenset(tx.execute(query).scalars())


def unanswered(tx: sa.Connection) -> Mapping[int, tuple[datetime, ...]]:
    """By lead, when a hand-off was sent of which no answer told what it made."""
    query = (
        sa.select(effects.c.lead_id, receipts.c.sent_at)
        .join(effects, effects.c.effect_id == receipts.c.effect_id)
        .where(effects.c.kind == "handoff", receipts.c.result.in_(("sent", "unknown")))
        .order_by(receipts.c.receipt_id)
    )
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for lead_id, sent_at in tx.execute(query):
        if lead_id is not None:
            found[lead_id].append(sent_at)
    return {lead_id: tuple(moments) for lead_id, moments in found.items()}


def wanted(tx: sa.Connection) -> frozenset[int]:
    """Leads the definition may have wanted handed over at some time: who qualifies but for go-live now, whose
    decisive action was stopped, and who ever came as far as near-SQL."""
    present = leads.c.merged_into.is_(None) & (sa.func.coalesce(leads.c.stage, "") != Stage.ERASED)
    found: set[int] = set(
        tx.execute(sa.select(leads.c.lead_id).where(present, leads.c.is_releasable)).scalars()
    )
    for table in (
        sa.select(hand_raises.c.lead_id).distinct(),
        sa.select(transitions.c.lead_id).where(transitions.c.to_stage == Stage.NEAR_SQL).distinct(),
    ):
        asked = sa.select(leads.c.lead_id).where(present, leads.c.lead_id.in_(table))
        found |= set(tx.execute(asked).scalars())
    return frozenset(found)


def not_written(tx: sa.Connection, lead_ids: Iterable[int]) -> frozenset[tuple[int, int]]:
    """(lead id, pass) of the hand-offs that left a field out, because the record could not take it."""
    found: set[tuple[int, int]] = set()
    for part in chunks(sorted(set(lead_ids))):
        query = (
            sa.select(effects.c.lead_id, effects.c.pass_number)
            .join(fields_left, fields_left.c.effect_id == effects.c.effect_id)
            .where(effects.c.kind == "handoff", effects.c.lead_id.in_(part))
            .distinct()
        )
        found |= {(row[0], row[1]) for row in tx.execute(query)}
    return frozenset(found)
