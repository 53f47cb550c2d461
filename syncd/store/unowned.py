"""Leads that sales has in hand and nobody owns: no record is left, or whoever has it is not active."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.core.charge import IN_HAND
from syncd.core.model import System
from syncd.store.deliveries import OPEN_LINK_STATES
from syncd.store.tables import leads, links, profiles, users


@dataclass(frozen=True, slots=True)
class Unowned:
    """How many, the first few of them, and since when the oldest stands where it stands."""

    count: int
    lead_ids: tuple[int, ...]
    since_at: datetime | None


def unowned(tx: sa.Connection, shown: int = 5) -> Unowned:
    """Everybody with sales whom nobody there has. A user we know nothing of is taken to be active; who is in
    a deal of HubSpot's alone is HubSpot's."""
    same = (
        (profiles.c.system == links.c.system)
        & (profiles.c.object_type == links.c.object_type)
        & (profiles.c.object_id == links.c.object_id)
    )
    owner = profiles.c.properties["OwnerId"].as_string()
    known = (users.c.system == System.SALESFORCE) & (users.c.object_id == owner)
    has_owner = (
        sa.select(sa.literal(1))
        .select_from(links.join(profiles, same).outerjoin(users, known))
        .where(
            links.c.lead_id == leads.c.lead_id,
            links.c.system == System.SALESFORCE,
            links.c.object_type.in_(("lead", "contact")),
            links.c.state.in_(OPEN_LINK_STATES),
            owner != "",
            users.c.is_active.is_(None) | users.c.is_active,
        )
        .exists()
    )
    in_salesforce = (
        sa.select(sa.literal(1))
        .where(links.c.lead_id == leads.c.lead_id, links.c.system == System.SALESFORCE)
        .exists()
    )
    query = (
        sa.select(leads.c.lead_id, leads.c.stage_since_at)
        .where(leads.c.stage.in_(sorted(IN_HAND)), leads.c.merged_into.is_(None))
        .where(in_salesforce, sa.not_(has_owner))
        .order_by(leads.c.stage_since_at, leads.c.lead_id)
    )
    rows = tx.execute(query).all()
    since_at = rows[0].stage_since_at if rows else None
    return Unowned(len(rows), tuple(row.lead_id for row in rows[:shown]), since_at)
