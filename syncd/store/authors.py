"""Who wrote a field last, as far as we can know: what we sent and got confirmed, and what was ever seen there
that was somebody else's. And which fields a record could not take.

Ids and field names only, but for the one value that lacks an option: that is named so that it can be cured.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.fitting import Left
from syncd.core.model import Ref
from syncd.core.ownership import same
from syncd.ports import Candidate
from syncd.store.bulk import chunks
from syncd.store.ddl import upsert
from syncd.store.outbox import Effect
from syncd.store.tables import effects, fields_left, fields_taken, receipts

WRITING = ("handoff", "record", "contact")
"""Kinds of effect whose fields are ours by what we wrote before."""

VALUE_CHARS_MAX = 80
_PERSONAL = re.compile(r"@|https?:|www\.|\d[\d ()./-]{5,}\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Authors:
    """Who wrote what on the records of one lead. `last` is what we wrote, by record id and field; under a
    blank id what was sent to a record whose id no answer has told. `taken` are record ids and fields that
    were once seen with a value of somebody else's."""

    last: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    taken: frozenset[tuple[str, str]] = frozenset()

    def last_on(self, record_id: str, fresh: Mapping[str, str]) -> Mapping[str, object]:
        """What we wrote last on this record. A value of ours that came along, as at the conversion of a Lead,
        is ours too."""
        moved = {
            name: value
            for other, fields in self.last.items()
            if other != record_id
            for name, value in fields.items()
            if not other or same(value, fresh.get(name))
        }
        return {**moved, **self.last.get(record_id, {})}

    def touched(self, candidate: Candidate) -> frozenset[str]:
        """Fields somebody else has had a hand in."""
        seen = {name for record_id, name in self.taken if record_id == candidate.ref.id}
        return frozenset(seen) | candidate.touched


def of_batch(tx: sa.Connection, batch: Sequence[Effect]) -> Mapping[int, Authors]:
    """Per effect of the batch that writes a record, everything known of who wrote on it."""
    writing = [effect for effect in batch if effect.kind in WRITING and effect.lead_id is not None]
    if not writing:
        return {}
    system = writing[0].system
    last = _last_written(tx, system, {effect.lead_id for effect in writing if effect.lead_id is not None})
    ids = {object_id for records in last.values() for object_id in records if object_id}
    taken = _taken(tx, system, ids)
    found = {}
    for effect in writing:
        records = last.get(effect.lead_id or 0, {})
        theirs = frozenset(item for item in taken if item[0] in records)
        found[effect.effect_id] = Authors(records, theirs)
    return found


def _last_written(
    tx: sa.Connection, system: str, lead_ids: Iterable[int]
) -> Mapping[int, Mapping[str, Mapping[str, Any]]]:
    """Per lead, record and field: the value as we last sent it, unless the answer was a refusal."""
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for ids in chunks(sorted(lead_ids)):
        query = (
            sa.select(effects.c.lead_id, receipts.c.object_id, receipts.c.written)
            .join(effects, effects.c.effect_id == receipts.c.effect_id)
            .where(
                effects.c.lead_id.in_(ids),
                effects.c.system == system,
                effects.c.kind.in_(WRITING),
                receipts.c.result.in_(("done", "unknown", "sent")),
            )
            .order_by(receipts.c.receipt_id)
        )
        for lead_id, object_id, written in tx.execute(query):
            found.setdefault(lead_id, {}).setdefault(object_id, {}).update(written)
    return found


def _taken(tx: sa.Connection, system: str, record_ids: Iterable[str]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for ids in chunks(sorted(record_ids)):
        query = sa.select(fields_taken.c.object_id, fields_taken.c.field).where(
            fields_taken.c.system == system, fields_taken.c.object_id.in_(ids)
        )
        found |= {(object_id, name) for object_id, name in tx.execute(query)}
    return found


def take(tx: sa.Connection, ref: Ref, names: Iterable[str], now: datetime) -> None:
    """Remember that these fields of a record show what somebody else wrote."""
    rows = [
        {
            "system": str(ref.system),
            "object_type": ref.object,
            "object_id": ref.id,
            "field": name,
            "taken_at": now,
        }
        for name in sorted(set(names))
    ]
    if rows:
        tx.execute(upsert(tx, fields_taken).on_conflict_do_nothing(), rows)


# --- what a record could not take ------------------------------------------------------------------------


def leave(tx: sa.Connection, effect: Effect, object_type: str, left: Sequence[Left], now: datetime) -> None:
    """Remember what this effect could not write; what it could not write before is forgotten."""
    if effect.sent_version is not None or effect.version > 1 or effect.done_at is not None:
        tx.execute(fields_left.delete().where(fields_left.c.effect_id == effect.effect_id))
    rows = {
        (item.field, shown := shown_value(item.value)): {
            "effect_id": effect.effect_id,
            "object_type": object_type,
            "field": item.field,
            "value": shown,
            "code": item.code,
            "why": item.why,
            "left_at": now,
        }
        for item in left
    }
    if rows:
        tx.execute(upsert(tx, fields_left).on_conflict_do_nothing(), list(rows.values()))


def shown_value(value: str) -> str:
    """The value as it may be kept and shown: not what names or reaches somebody."""
    line = " ".join(value.split())
    if len(line) > VALUE_CHARS_MAX or _PERSONAL.search(line):
        return ""
    return line


@dataclass(frozen=True, slots=True)
class LeftGroup:
    """One cause by which a field is left out, on how many records, since when."""

    system: str
    object_type: str
    field: str
    code: str
    value: str
    why: str
    records: int
    since_at: datetime


def groups(tx: sa.Connection) -> tuple[LeftGroup, ...]:
    """What is left out now, one line per field, cause and value, the most frequent first."""
    count = sa.func.count(sa.distinct(fields_left.c.effect_id)).label("records")
    since = sa.func.min(fields_left.c.left_at, type_=fields_left.c.left_at.type).label("since_at")
    key = (
        effects.c.system,
        fields_left.c.object_type,
        fields_left.c.field,
        fields_left.c.code,
        fields_left.c.value,
    )
    query = (
        sa.select(*key, sa.func.max(fields_left.c.why).label("why"), count, since)
        .join(effects, effects.c.effect_id == fields_left.c.effect_id)
        .group_by(*key)
        .order_by(count.desc(), *key)
    )
    return tuple(LeftGroup(**row) for row in tx.execute(query).mappings())


def effects_left(tx: sa.Connection, group: LeftGroup) -> list[int]:
    """The effects that left a field out for this cause."""
    query = sa.select(fields_left.c.effect_id).where(*_of(group)).distinct()
    return sorted(tx.execute(query).scalars())


def forget(tx: sa.Connection, group: LeftGroup) -> None:
    """The cause is gone; where it is not, the next write says so again."""
    tx.execute(fields_left.delete().where(*_of(group)))


def _of(group: LeftGroup) -> tuple[sa.ColumnElement[bool], ...]:
    theirs = sa.select(effects.c.effect_id).where(effects.c.system == group.system)
    return (
        fields_left.c.object_type == group.object_type,
        fields_left.c.field == group.field,
        fields_left.c.code == group.code,
        fields_left.c.value == group.value,
        fields_left.c.effect_id.in_(theirs),
    )
