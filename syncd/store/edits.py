"""Stages and statuses that somebody else set on a record where we had set them: who, what, and what followed.

One row per edit, found by its record, field and date. Nothing personal: ids of records and users, and values
of closed lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.store.bulk import chunks
from syncd.store.ddl import upsert
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState, edits, effects, leads, receipts


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. `by_kind` and `by_name` say who, blank until asked; `outcome` is blank until it is settled:
    `adopted`, `written_back`, `left` after a second time, or `over` when the record shows something else."""

    edit_id: int
    lead_id: int
    system: str
    object_id: str
    field: str
    ours: str
    theirs: str
    edited_at: datetime
    seen_at: datetime
    by_kind: str = ""
    by_name: str = ""
    outcome: str = ""
    settled_at: datetime | None = None


def last_written(
    tx: sa.Connection, system: str, contacts: Mapping[str, int], names: Iterable[str]
) -> dict[tuple[str, str], str]:
    """What we last wrote of these fields, by contact and field; what an undo wrote is ours too. `contacts`
    are ids with their leads."""
    found: dict[tuple[str, str], str] = {}
    wanted = tuple(names)
    for batch in chunks(sorted(contacts)):
        targets = [f"contact:{item}" for item in batch]
        undone = (effects.c.kind == "undo") & effects.c.lead_id.in_({contacts[item] for item in batch})
        query = (
            sa.select(receipts.c.object_id, receipts.c.written)
            .join(effects, effects.c.effect_id == receipts.c.effect_id)
            .where(
                effects.c.system == system,
                sa.or_(effects.c.target.in_(targets), undone),
                receipts.c.object_id.in_(batch),
                receipts.c.result.in_(("done", "unknown", "sent")),
            )
            .order_by(receipts.c.receipt_id)
        )
        for object_id, written in tx.execute(query):
            for name in wanted:
                if name in written:
                    found[object_id, name] = str(written[name] or "")
    return found


def add(tx: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep edits just seen; one seen before stays as it is."""
    if rows:
        tx.execute(upsert(tx, edits).on_conflict_do_nothing(), list(rows))


def open_edits(tx: sa.Connection, limit: int) -> tuple[Edit, ...]:
    """Edits nobody has settled, of leads that have been looked at since, the oldest first."""
    query = (
        sa.select(edits)
        .join(leads, leads.c.lead_id == edits.c.lead_id)
        .where(edits.c.outcome == "", leads.c.dirty_at.is_(None))
        .order_by(edits.c.edit_id)
        .limit(limit)
    )
    return tuple(Edit(**row) for row in tx.execute(query).mappings())


def of_lead(tx: sa.Connection, lead_id: int) -> tuple[Edit, ...]:
    """Every edit of one lead, oldest first."""
    query = sa.select(edits).where(edits.c.lead_id == lead_id).order_by(edits.c.edit_id)
    return tuple(Edit(**row) for row in tx.execute(query).mappings())


def of_leads(tx: sa.Connection, lead_ids: Sequence[int] | None = None) -> Mapping[int, tuple[Edit, ...]]:
    """Every edit of each of these leads, of everybody where none is named; oldest first."""
    found: dict[int, list[Edit]] = {}
    query = sa.select(edits).order_by(edits.c.edit_id)
    parts = [None] if lead_ids is None else list(chunks(sorted(set(lead_ids))))
    for part in parts:
        asked = query if part is None else query.where(edits.c.lead_id.in_(part))
        for row in tx.execute(asked).mappings():
            found.setdefault(row["lead_id"], []).append(Edit(**row))
    return {lead_id: tuple(mine) for lead_id, mine in found.items()}


def settle(tx: sa.Connection, edit: Edit, by: tuple[str, str], outcome: str, now: datetime) -> None:
    """Say who it was and what followed."""
    values = {"by_kind": by[0], "by_name": by[1], "outcome": outcome, "settled_at": now}
    tx.execute(edits.update().where(edits.c.edit_id == edit.edit_id).values(**values))


def stands_since(tx: sa.Connection, lead_id: int) -> datetime | None:
    """Since when the lead stands where it stands."""
    found: datetime | None = tx.execute(
        sa.select(leads.c.stage_since_at).where(leads.c.lead_id == lead_id)
    ).scalar_one_or_none()
    return found


def was_contested(tx: sa.Connection, edit: Edit, by: tuple[str, str], since: datetime) -> bool:
    """Whether the same writer changed the same field of this record before, and we set it back or gave up."""
    query = sa.select(edits.c.edit_id).where(
        edits.c.system == edit.system,
        edits.c.object_id == edit.object_id,
        edits.c.field == edit.field,
        edits.c.by_kind == by[0],
        edits.c.by_name == by[1],
        edits.c.outcome.in_(("written_back", "left")),
        edits.c.settled_at >= since,
    )
    return tx.execute(query.limit(1)).first() is not None


def effect_of(tx: sa.Connection, system: str, target: str) -> Effect | None:
    """The effect that shows this record what we mean."""
    query = sa.select(effects).where(effects.c.system == system, effects.c.target == target)
    row = tx.execute(query).mappings().first()
    return None if row is None else Effect(**row)


def show_again(tx: sa.Connection, effect_id: int, now: datetime) -> None:
    """What was shown is to be shown once more: the record says something else."""
    where = (effects.c.effect_id == effect_id) & (effects.c.state == EffectState.DONE)
    values = {"state": EffectState.PENDING, "next_at": None, "updated_at": now}
    tx.execute(effects.update().where(where).values(**values))


def left_alone(tx: sa.Connection, batch: Sequence[Effect]) -> Mapping[int, Mapping[str, str]]:
    """Per contact effect of the batch, the fields somebody else keeps setting, with the value we meant: they
    are left until we mean another."""
    targets = {
        effect.payload.get("contact_id"): effect.effect_id for effect in batch if effect.kind == "contact"
    }
    found: dict[int, dict[str, str]] = {}
    for ids in chunks(sorted(str(item) for item in targets if item)):
        query = (
            sa.select(edits.c.object_id, edits.c.field, edits.c.ours, edits.c.outcome)
            .where(edits.c.system == "hubspot", edits.c.object_id.in_(ids), edits.c.outcome != "")
            .order_by(edits.c.edit_id)
        )
        for object_id, name, ours, outcome in tx.execute(query):
            mine = found.setdefault(targets[object_id], {})
            mine.pop(name, None)
            if outcome == "left":
                mine[name] = ours
    return found


@dataclass(frozen=True, slots=True)
class Contest:
    """One field that somebody keeps setting, on how many records, since when."""

    system: str
    field: str
    by_kind: str
    by_name: str
    records: int
    since_at: datetime


def contests(tx: sa.Connection, since: datetime) -> tuple[Contest, ...]:
    """Who keeps setting what we set, the most frequent first."""
    key = (edits.c.system, edits.c.field, edits.c.by_kind, edits.c.by_name)
    count = sa.func.count(sa.distinct(edits.c.object_id)).label("records")
    first = sa.func.min(edits.c.edited_at, type_=edits.c.edited_at.type).label("since_at")
    query = (
        sa.select(*key, count, first)
        .where(edits.c.outcome == "left", edits.c.settled_at >= since)
        .group_by(*key)
        .order_by(count.desc(), *key)
    )
    return tuple(Contest(**row) for row in tx.execute(query).mappings())
