"""Decisive actions that did not hand over, with what stopped each: no hand-raiser is lost in silence.

One row per action, kept when the cause changes or goes away; whether the person was handed over since is read
from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Cause, Stage
from syncd.store.bulk import insert
from syncd.store.tables import hand_raises, leads, to_ms, transitions


@dataclass(frozen=True, slots=True)
class HandRaise:
    """One decisive action of one lead, and the id of what stopped it (a filter, a gate, a need, a guard)."""

    lead_id: int
    signal_key: int
    kind: str
    raised_at: datetime
    blocked_by: str


@dataclass(frozen=True, slots=True)
class HandRaiseRow:
    """A hand-raise as listed. `handed_over_at` is when the lead became SQL afterwards, if it did."""

    lead_id: int
    kind: str
    raised_at: datetime
    blocked_by: str
    handed_over_at: datetime | None


def save(tx: sa.Connection, rows: Iterable[HandRaise], now: datetime) -> None:
    """Keep each action with what stops it now."""
    seen_ms = to_ms(now)
    tuples = [
        (row.lead_id, row.signal_key, row.kind, to_ms(row.raised_at), row.blocked_by, seen_ms)
        for row in sorted(rows, key=lambda item: (item.lead_id, item.signal_key))
    ]
    columns = ("lead_id", "signal_key", "kind", "raised_at", "blocked_by", "seen_at")
    insert(tx, hand_raises, columns, tuples, replace=("kind", "blocked_by"))


def between(tx: sa.Connection, since: datetime, until: datetime) -> tuple[HandRaiseRow, ...]:
    """Actions of the period (both ends included), and older ones first heard of in it, the newest first."""
    handed = (
        sa.select(sa.func.min(transitions.c.effective_at))
        .where(
            transitions.c.lead_id == hand_raises.c.lead_id,
            transitions.c.to_stage == Stage.SQL,
            transitions.c.cause != Cause.MERGED,
            transitions.c.effective_at >= hand_raises.c.raised_at,
        )
        .scalar_subquery()
    )
    query = (
        sa.select(hand_raises, handed.label("handed_over_at"))
        .join(leads, leads.c.lead_id == hand_raises.c.lead_id)
        .where(
            (hand_raises.c.raised_at >= since) | (hand_raises.c.seen_at >= since),
            hand_raises.c.raised_at <= until,
            leads.c.merged_into.is_(None),
            sa.func.coalesce(leads.c.stage, "") != Stage.ERASED,
        )
        .order_by(hand_raises.c.raised_at.desc(), hand_raises.c.lead_id)
    )
    return tuple(
        HandRaiseRow(row.lead_id, row.kind, row.raised_at, row.blocked_by, row.handed_over_at)
        for row in tx.execute(query)
    )
