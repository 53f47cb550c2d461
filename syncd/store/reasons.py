"""Why sales gave leads back, as stored: reasons that may be missing, and reasons as sales wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Stage
from syncd.store.tables import leads, shapes, signals

OUT = (Stage.REJECTED, Stage.RECYCLED, Stage.DISQUALIFIED)
SALES_SOURCES = ("salesforce.lead_change", "salesforce.deal")


def given_back(tx: sa.Connection, default_reason: str, since: datetime, limit: int) -> list[int]:
    """Leads out of a pass for the default reason since then: the ones whose reason may be missing."""
    query = (
        sa.select(leads.c.lead_id)
        .where(
            leads.c.stage.in_(OUT),
            leads.c.reason == default_reason,
            leads.c.handed_off_at.is_not(None),
            leads.c.stage_since_at >= since,
            leads.c.merged_into.is_(None),
        )
        .order_by(leads.c.stage_since_at, leads.c.lead_id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class Said:
    """One reason as sales wrote it: of a Lead given back or a lost deal, on how many leads, since when."""

    source: str
    value: str
    leads: int
    since_at: datetime


def said(tx: sa.Connection, reason_field: str, is_wanted: Callable[[str, str], bool]) -> Iterator[Said]:
    """The wanted reasons in the facts, by source and value, each once. Few: shapes are interned."""
    named: dict[tuple[str, str], list[int]] = {}
    query = sa.select(shapes.c.shape_id, shapes.c.source, shapes.c.attributes)
    for row in tx.execute(query.where(shapes.c.source.in_(SALES_SOURCES))):
        value = _reason_in(row.attributes, row.source, reason_field)
        if value and is_wanted(row.source, value):
            named.setdefault((row.source, value), []).append(row.shape_id)
    for (source, value), ids in sorted(named.items()):
        count = sa.func.count(sa.distinct(signals.c.lead_id)).label("leads")
        since = sa.func.min(signals.c.occurred_at, type_=signals.c.occurred_at.type).label("since_at")
        found = tx.execute(sa.select(count, since).where(signals.c.shape_id.in_(ids))).one()
        if found.leads:
            yield Said(source, value, found.leads, found.since_at)


def _reason_in(attributes: dict[str, str], source: str, reason_field: str) -> str:
    """The reason a fact states: beside a changed status, as the changed field itself, or of a lost deal."""
    if source == "salesforce.deal":
        return str(attributes.get("reason", "")) if attributes.get("outcome") == "lost" else ""
    name = str(attributes.get("property", "")).casefold()
    if name == "status":
        return str(attributes.get("reason", ""))
    return str(attributes.get("value", "")) if reason_field and name == reason_field.casefold() else ""
