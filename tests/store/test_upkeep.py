"""A store forgets what the playbook lets it forget, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from syncd.store import tables, upkeep
from syncd.store.engine import Store

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


def add_signal(tx: sa.Connection, lead_id: int, shape_id: int, key: int, until_at: datetime | None) -> None:
    row = {"lead_id": lead_id, "signal_key": key, "retain_until_at": until_at}
    tx.execute(tables.signals.insert().values(**row, occurred_at=NOW, known_at=NOW, shape_id=shape_id))
    tx.execute(tables.details.insert().values(**row, ref="hubspot:note:1", quote="words"))


def test_only_what_is_past_its_retention_goes(store: Store) -> None:
    """Facts without a limit stay for ever; a lead that lost one is judged again."""
    with store.write(None) as tx:
        made = tables.leads.insert().values(created_at=NOW).returning(tables.leads.c.lead_id)
        lead_id = tx.execute(made).scalar_one()
        shape = tables.shapes.insert().values(digest=1, source="hubspot.note", attributes={})
        shape_id = tx.execute(shape.returning(tables.shapes.c.shape_id)).scalar_one()
        for key, until_at in enumerate((None, NOW - timedelta(days=1), NOW + timedelta(days=1))):
            add_signal(tx, lead_id, shape_id, key, until_at)
        forgotten = upkeep.forget_expired(tx, NOW)
    assert (forgotten.details, forgotten.signals) == (1, 1)
    with store.read() as tx:
        left = tx.execute(sa.select(tables.signals.c.signal_key).order_by("signal_key")).scalars().all()
        dirty_at = tx.execute(sa.select(tables.leads.c.dirty_at)).scalar_one()
    assert left == [0, 2]
    assert dirty_at == NOW
