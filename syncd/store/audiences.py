"""Leads by where they stand: of whom an audience is made."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from syncd.core.model import Stage
from syncd.store.tables import leads


def standing_at(tx: sa.Connection, stages: Collection[Stage], level: str | None = None) -> tuple[int, ...]:
    """Ids of the leads at these stages, at this level of theirs where one is named; merged ones left out."""
    query = (
        sa.select(leads.c.lead_id)
        .where(leads.c.merged_into.is_(None), leads.c.stage.in_([str(stage) for stage in stages]))
        .order_by(leads.c.lead_id)
    )
    if level is not None:
        query = query.where(leads.c.level == level)
    return tuple(tx.execute(query).scalars())
