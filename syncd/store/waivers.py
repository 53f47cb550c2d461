"""What people have set aside for one lead: a filter, a gate, a need. Who, why and until when are kept.

A waiver is ended, never deleted: explanations of past days still show it. Whether one holds at a moment is
the core's to say; its end is a moment at which the lead is due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Waiver
from syncd.store.bulk import among
from syncd.store.tables import waivers


def give(tx: sa.Connection, lead_id: int, waiver: Waiver, now: datetime) -> int:
    """Set something aside for a lead; a waiver of the same thing still in force ends with it. Its id."""
    revoke(tx, lead_id, waiver.id, waiver.by, now)
    values = {
        "lead_id": lead_id,
        "name": waiver.id,
        "given_by": waiver.by,
        "why": waiver.why,
        "given_at": now,
        "until_at": waiver.until_at,
    }
    return int(tx.execute(waivers.insert().values(**values).returning(waivers.c.waiver_id)).scalar_one())


def revoke(tx: sa.Connection, lead_id: int, name: str, by: str, now: datetime) -> int:
    """End what is set aside under this name; returns how many were in force."""
    where = (waivers.c.lead_id == lead_id) & (waivers.c.name == name) & waivers.c.revoked_at.is_(None)
    in_force = where & (waivers.c.until_at.is_(None) | (waivers.c.until_at > now))
    ended: int = tx.execute(waivers.update().where(in_force).values(revoked_at=now, revoked_by=by)).rowcount
    return ended


def of_leads(
    tx: sa.Connection, lead_ids: Sequence[int], known_by: datetime
) -> Mapping[int, tuple[Waiver, ...]]:
    """What was set aside for each lead and not taken back by then, the oldest first; also what has run out
    since: a lead that catches up was judged with it in between."""
    query = (
        sa.select(waivers)
        .where(
            among(tx, waivers.c.lead_id, lead_ids),
            waivers.c.given_at <= known_by,
            waivers.c.revoked_at.is_(None) | (waivers.c.revoked_at > known_by),
        )
        .order_by(waivers.c.waiver_id)
    )
    found: dict[int, tuple[Waiver, ...]] = {}
    for row in tx.execute(query):
        waiver = Waiver(row.name, row.given_by, row.why, row.given_at, row.until_at)
        found[row.lead_id] = (*found.get(row.lead_id, ()), waiver)
    return found
