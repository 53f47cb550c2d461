"""Who in Salesforce did what sales did: one row per status or stage that was set, asked for once it was seen.

Nothing personal of the lead: ids of records and users, and values of closed lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.store.bulk import chunks, insert
from syncd.store.tables import sales_acts, to_ms

NOBODY_KNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SalesAct:
    """A status or stage that was set, and by whom. `by_kind` is blank until asked, then `user`,
    `last_modifier` (who changed the record last, where its history tells no more), `us` or `unknown`."""

    lead_id: int
    signal_key: int
    object_type: str
    object_id: str
    value: str
    acted_at: datetime
    by_kind: str = ""
    by_id: str = ""


def note(tx: sa.Connection, acts: Iterable[SalesAct]) -> None:
    """Keep acts just seen; one seen before stays as it is."""
    columns = ("lead_id", "signal_key", "object_type", "object_id", "value", "acted_at")
    rows = sorted(
        (item.lead_id, item.signal_key, item.object_type, item.object_id, item.value, to_ms(item.acted_at))
        for item in acts
    )
    insert(tx, sales_acts, columns, rows)


def unasked(tx: sa.Connection, limit: int) -> tuple[SalesAct, ...]:
    """Acts of whom nobody knows who did them, the oldest first."""
    query = sa.select(sales_acts).where(sales_acts.c.by_kind == "")
    query = query.order_by(sales_acts.c.acted_at, sales_acts.c.lead_id, sales_acts.c.signal_key).limit(limit)
    return tuple(SalesAct(**row) for row in tx.execute(query).mappings())


def tell(tx: sa.Connection, act: SalesAct, by_kind: str, by_id: str) -> None:
    """Say who it was."""
    where = (sales_acts.c.lead_id == act.lead_id) & (sales_acts.c.signal_key == act.signal_key)
    tx.execute(sales_acts.update().where(where).values(by_kind=by_kind, by_id=by_id))


def of_leads(tx: sa.Connection, lead_ids: Sequence[int] | None = None) -> Mapping[int, tuple[SalesAct, ...]]:
    """What sales did with each of these leads, of everybody where none is named; oldest first."""
    found: dict[int, list[SalesAct]] = {}
    query = sa.select(sales_acts).order_by(
        sales_acts.c.lead_id, sales_acts.c.acted_at, sales_acts.c.signal_key
    )
    parts = [None] if lead_ids is None else list(chunks(sorted(set(lead_ids))))
    for part in parts:
        asked = query if part is None else query.where(sales_acts.c.lead_id.in_(part))
        for row in tx.execute(asked).mappings():
            found.setdefault(row["lead_id"], []).append(SalesAct(**row))
    return {lead_id: tuple(acts) for lead_id, acts in found.items()}
