"""Which leads certain facts happened to in a period: what is wanted is said by what facts look like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Shape
from syncd.store import shapebook
from syncd.store.bulk import chunks
from syncd.store.tables import signals


def occurred(
    tx: sa.Connection, is_wanted: Callable[[Shape], bool], since: datetime, until: datetime
) -> tuple[tuple[int, int], ...]:
    """(lead id, times) of every wanted fact of the period that was not taken back."""
    ids = [number for number, shape in shapebook.since(tx, 0) if is_wanted(shape)]
    gone = signals.alias("gone")
    is_gone = sa.exists().where(gone.c.lead_id == signals.c.lead_id, gone.c.retracts == signals.c.signal_key)
    found: list[tuple[int, int]] = []
    for part in chunks(ids):
        query = sa.select(signals.c.lead_id, signals.c.count).where(
            signals.c.shape_id.in_(part),
            signals.c.occurred_at >= since,
            signals.c.occurred_at < until,
            signals.c.retracts.is_(None),
            ~is_gone,
        )
        found += [(row[0], row[1]) for row in tx.execute(query)]
    return tuple(sorted(found))
