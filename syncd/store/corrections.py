"""A manager's word on when sales first touched a lead: a fact like any other, taken back by a retraction.

Its words, who said it and why, are a detail of the fact, deleted with the person.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Detail, Ref, Shape, System
from syncd.core.signals import signal_key
from syncd.core.sla.touches import CORRECTED
from syncd.store import facts
from syncd.store.happened import signals_of
from syncd.store.tables import to_ms


def correct(
    tx: sa.Connection,
    lead_id: int,
    request_id: int,
    shape: Shape,
    digest: int,
    said: Detail,
    at: datetime,
    now: datetime,
) -> None:
    """Store what a person says of the touch at `at`. The request makes it this fact and no other."""
    assert shape.source == CORRECTED, "only corrections are stored here"
    ref = Ref(System.SYNCD, "correction", str(request_id))
    key = signal_key(ref, shape.source, str(to_ms(at)))
    shape_id = facts.intern_shapes(tx, {digest: shape})[digest]
    facts.add_signals(tx, [facts.NewSignal(lead_id, to_ms(at), key, shape_id)], now)
    facts.save_details(tx, [facts.NewDetail(lead_id, key, ref, said)])


def take_back(tx: sa.Connection, lead_id: int, request_id: int, now: datetime) -> datetime | None:
    """Take the newest correction of a lead back. Returns the moment it was about; None when there is none."""
    given = [
        item for item in signals_of(tx, [lead_id], now).get(lead_id, []) if item.shape.source == CORRECTED
    ]
    if not given:
        return None
    newest = max(given, key=lambda item: (item.known_at, item.key))
    occurred_ms = to_ms(newest.occurred_at)
    by = signal_key(Ref(System.SYNCD, "correction", str(request_id)), "retraction", str(newest.key))
    shape_id = facts.stored_signals(tx, [(lead_id, newest.key)])[lead_id, newest.key]
    taken = facts.NewSignal(lead_id, occurred_ms, by, shape_id, retracts=newest.key)
    facts.add_signals(tx, [taken], now)
    return newest.occurred_at
