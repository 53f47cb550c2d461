"""What a store forgets by itself: facts past their retention, and records that waited for nobody.

One of the three named operations that may remove signals, beside a merge and an erasure: only rows whose own
`retain_until_at` has passed, as the playbook said when they were stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncd.store import plans
from syncd.store.tables import details, leads, signals, waiting

WAITING_KEPT = timedelta(days=180)
"""How long a record that names somebody unknown waits for them."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows were removed."""

    details: int
    signals: int
    waiting: int


def forget_expired(tx: sa.Connection, now: datetime) -> Forgotten:
    """Remove what is past its time. Leads that lost a signal are to be looked at again."""
    expired = signals.c.retain_until_at <= now
    concerned = sa.select(signals.c.lead_id).where(expired).distinct()
    tx.execute(leads.update().where(leads.c.lead_id.in_(concerned)).values(dirty_at=now))
    gone = details.delete().where(details.c.retain_until_at <= now)
    plans.forget_old(tx, now)
    return Forgotten(
        details=tx.execute(gone).rowcount,
        signals=tx.execute(signals.delete().where(expired)).rowcount,
        waiting=tx.execute(waiting.delete().where(waiting.c.since_at < now - WAITING_KEPT)).rowcount,
    )
