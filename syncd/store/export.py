"""History as plain rows, for people who go on without us: moves, values written, records made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.store.tables import effects, leads, links, receipts, transitions

MOVES = (
    "seq", "lead", "key", "effective_at", "recorded_at", "from", "from_level", "to", "to_level", "cause",
    "code", "pass", "track", "until_at", "playbook",
)  # fmt: skip
VALUES = ("sent_at", "system", "object", "id", "lead", "key", "field", "before", "written", "result")
RECORDS = ("made_at", "system", "object", "id", "lead", "key")
LINKS = ("lead", "key", "system", "object", "id", "state")

Cells = tuple[object, ...]


def moves(tx: sa.Connection) -> Iterator[Cells]:
    """The ledger in the order it was recorded, as it is: merged leads keep their own number."""
    t = transitions.c
    columns = (
        t.seq, t.lead_id, leads.c.external_key, t.effective_at, t.recorded_at, t.from_stage, t.from_level,
        t.to_stage, t.to_level, t.cause, t.code, t.pass_number, t.track, t.until_at, t.playbook_version,
    )  # fmt: skip
    joined = transitions.join(leads, leads.c.lead_id == t.lead_id)
    for row in tx.execute(sa.select(*columns).select_from(joined).order_by(t.seq)):
        yield tuple(_cell(value) for value in row)


def values(tx: sa.Connection) -> Iterator[Cells]:
    """Every field we wrote anywhere, one row each, with what stood there before."""
    r = receipts.c
    query = _of_effects(r.sent_at, r.object_type, r.object_id, r.before, r.written, r.result)
    for row in tx.execute(query.order_by(r.receipt_id)):
        for field, written in sorted((row.written or {}).items()):
            yield (
                _cell(row.sent_at), row.system, row.object_type, row.object_id, row.lead_id, row.external_key,
                field, (row.before or {}).get(field), written, row.result,
            )  # fmt: skip


def records(tx: sa.Connection) -> Iterator[Cells]:
    """Every record we made, in the order they were made."""
    r = receipts.c
    query = _of_effects(r.sent_at, r.object_type, r.object_id).where(r.is_created).order_by(r.receipt_id)
    for row in tx.execute(query):
        yield (
            _cell(row.sent_at), row.system, row.object_type, row.object_id, row.lead_id, row.external_key,
        )  # fmt: skip


def known(tx: sa.Connection) -> Iterator[Cells]:
    """Which records of both systems are which lead: without it the ledger's numbers mean nobody."""
    columns = (
        links.c.lead_id,
        leads.c.external_key,
        links.c.system,
        links.c.object_type,
        links.c.object_id,
        links.c.state,
    )
    joined = links.join(leads, leads.c.lead_id == links.c.lead_id)
    order = (links.c.lead_id, links.c.system, links.c.object_type, links.c.object_id)
    for row in tx.execute(sa.select(*columns).select_from(joined).order_by(*order)):
        yield tuple(row)


def _of_effects(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Receipts with the effect and the lead they are of."""
    effect = effects.c
    joined = receipts.join(effects, effect.effect_id == receipts.c.effect_id).outerjoin(
        leads, leads.c.lead_id == effect.lead_id
    )
    return sa.select(*columns, effect.system, effect.lead_id, leads.c.external_key).select_from(joined)


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
