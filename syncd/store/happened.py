"""The signals of many leads at once, as evaluation sees them: in order, retracted ones left out.

Half of loading a lead is its signals, so rows are taken as the driver makes them, and a shape is one object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Detail, Ref, Signal, System
from syncd.store import shapebook
from syncd.store.bulk import listed, raw_rows
from syncd.store.tables import details, from_ms, to_ms

_ROWS = (
    "SELECT lead_id, occurred_at, signal_key, shape_id, known_at, count, retracts FROM signals "
    "WHERE {lead_id} AND known_at <= ? ORDER BY lead_id, occurred_at, signal_key"
)

Told = dict[tuple[int, int], tuple[Ref, Detail]]


def signals_of(tx: sa.Connection, ids: Sequence[int], known_by: datetime) -> dict[int, list[Signal]]:
    """Signals per lead in order of (time, key), without what was retracted by then."""
    test, value = listed(tx, "lead_id", ids)
    rows = raw_rows(tx, _ROWS.format(lead_id=test), (value, to_ms(known_by)))
    if not rows:
        return {}
    taken_back = {(row[0], row[6]) for row in rows if row[6] is not None}
    known = shapebook.read(tx, {row[3] for row in rows})
    told = _details(tx, ids)
    found: dict[int, list[Signal]] = defaultdict(list)
    for lead_id, occurred_ms, key, shape_id, known_ms, count, retracts in rows:
        if retracts is not None or (taken_back and (lead_id, key) in taken_back):
            continue
        occurred_at = from_ms(occurred_ms)
        known_at = occurred_at if known_ms == occurred_ms else from_ms(known_ms)
        ref, detail = told.get((lead_id, key), (None, None))
        signal = Signal(key, occurred_at, known_at, known[shape_id], count, ref, detail)
        found[lead_id].append(signal)
    return found


def _details(tx: sa.Connection, ids: Sequence[int]) -> dict[tuple[int, int], tuple[Ref, Detail]]:
    found: dict[tuple[int, int], tuple[Ref, Detail]] = {}
    row: Any
    for row in tx.execute(sa.select(details).where(details.c.lead_id.in_(ids))):
        system, kind, object_id = row.ref.split(":", 2)
        ref = Ref(System(system), kind, object_id)
        found[row.lead_id, row.signal_key] = (ref, Detail(row.title, row.quote, row.url))
    return found
