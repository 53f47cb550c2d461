"""Fields that are being written again on every record handed over: who asked, and how far it has got."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.store.tables import EffectState, backfills, effects


@dataclass(frozen=True, slots=True)
class Backfill:
    """One field on its way. `object_type` is lead or contact, blank for both; `leads` were looked at."""

    backfill_id: int
    object_type: str
    field: str
    request_id: int | None
    asked_at: datetime
    asked_by: str
    after_lead_id: int
    leads: int
    done_at: datetime | None


def begin(
    tx: sa.Connection, object_type: str, field: str, asked_by: str, request_id: int | None, now: datetime
) -> int | None:
    """The number of the new one; None where the very same is under way."""
    same = sa.select(backfills.c.backfill_id).where(
        backfills.c.object_type == object_type, backfills.c.field == field, backfills.c.done_at.is_(None)
    )
    if tx.execute(same).first() is not None:
        return None
    made = backfills.insert().values(
        object_type=object_type, field=field, asked_by=asked_by, asked_at=now, request_id=request_id
    )
    return int(tx.execute(made.returning(backfills.c.backfill_id)).scalar_one())


def open_ones(tx: sa.Connection) -> tuple[Backfill, ...]:
    """Those that are not through, the oldest first."""
    query = sa.select(backfills).where(backfills.c.done_at.is_(None)).order_by(backfills.c.backfill_id)
    return tuple(Backfill(**row) for row in tx.execute(query).mappings())


def last(tx: sa.Connection, limit: int) -> tuple[Backfill, ...]:
    """The newest first."""
    query = sa.select(backfills).order_by(backfills.c.backfill_id.desc()).limit(limit)
    return tuple(Backfill(**row) for row in tx.execute(query).mappings())


def went_on(
    tx: sa.Connection, backfill_id: int, after_lead_id: int, leads: int, now: datetime | None
) -> None:
    """Keep how far it has got; with `now` it is through."""
    change = {"after_lead_id": after_lead_id, "leads": backfills.c.leads + leads, "done_at": now}
    tx.execute(backfills.update().where(backfills.c.backfill_id == backfill_id).values(**change))


def handed_over(tx: sa.Connection, after_lead_id: int, limit: int) -> list[int]:
    """Leads whose hand-off was confirmed at some time, in the order of their ids."""
    query = (
        sa.select(effects.c.lead_id)
        .where(
            effects.c.kind == "handoff",
            effects.c.result_id != "",
            effects.c.state != EffectState.CANCELLED,
            effects.c.lead_id > after_lead_id,
        )
        .distinct()
        .order_by(effects.c.lead_id)
        .limit(limit)
    )
    return [int(lead_id) for lead_id in tx.execute(query).scalars()]


def count_handed_over(tx: sa.Connection) -> int:
    """How many leads a backfill goes through."""
    query = sa.select(sa.func.count(sa.distinct(effects.c.lead_id))).where(
        effects.c.kind == "handoff", effects.c.result_id != "", effects.c.state != EffectState.CANCELLED
    )
    return int(tx.execute(query).scalar_one())
