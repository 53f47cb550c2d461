"""Leads packed for a full pass: read in the order of their ids, written back as numbers alone.

A million leads go through here, so the driver is used directly, with tuples and times as epoch milliseconds.
A pack is derived from signals and profiles whenever its lead is decided, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from syncd.core.model import Stage
from syncd.store.bulk import among, chunks, insert, marked, raw_rows
from syncd.store.tables import packs


class Pack(NamedTuple):
    """A lead as packed, in the order of the table. `answers` is an integer in little-endian bytes."""

    lead_id: int
    signals: bytes
    signals_version: str
    answers: bytes
    answers_version: str
    fields: str
    facts: str


Stored = tuple[int, bytes | None, bytes, str, str, int | None]
"""A lead of a full pass: its id, the pack's signals (absent where no pack has them as asked for), its answers
and to which other questions they are (blank: to those asked), its facts, and when it is due. A tuple as the
driver makes it."""

Numbers = tuple[int, int, int, str, str, str, int, str, int]
"""New numbers of a lead: fit, engagement, intent, grade, model, cell, as of, playbook version, lead id."""


def save(tx: sa.Connection, rows: Iterable[Pack]) -> None:
    """Write the packs of leads just decided."""
    insert(tx, packs, Pack._fields, sorted(rows, key=lambda row: row[0]), replace=Pack._fields[1:])


def after(
    tx: sa.Connection, lead_id: int, limit: int, signals_version: str, answers_version: str
) -> list[Stored]:
    """Decided leads with higher ids, in order. The dirty are left out: they are decided anyway."""
    return raw_rows(tx, _AFTER, (signals_version, answers_version, lead_id, Stage.ERASED.value, limit))


def fields_of(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """The packed fields of these leads, as JSON."""
    found: dict[int, str] = {}
    for batch in chunks(sorted(set(lead_ids))):
        query = sa.select(packs.c.lead_id, packs.c.fields).where(among(tx, packs.c.lead_id, batch))
        found.update((lead_id, fields) for lead_id, fields in tx.execute(query))
    return found


_AFTER = (
    "SELECT l.lead_id, CASE WHEN p.signals_version = ? THEN p.signals END, p.answers, "
    "CASE WHEN p.answers_version = ? THEN '' ELSE p.answers_version END, p.facts, l.due_at "
    "FROM leads l LEFT JOIN packs p ON p.lead_id = l.lead_id WHERE l.lead_id > ? "
    "AND l.dirty_at IS NULL AND l.merged_into IS NULL AND l.stage IS NOT NULL AND l.stage <> ? "
    "ORDER BY l.lead_id LIMIT ?"
)
_RENUMBER = (
    "UPDATE scores SET fit_micro = ?, engagement_micro = ?, intent_micro = ?, grade = ?, model = ?, "
    "cell = ?, as_of_at = ?, playbook_version = ? WHERE lead_id = ?"
)
_DUE = "UPDATE leads SET due_at = ? WHERE lead_id = ?"
_EVALUATED = (
    "UPDATE leads SET evaluated_at = ? WHERE lead_id BETWEEN ? AND ? AND dirty_at IS NULL "
    "AND merged_into IS NULL AND stage IS NOT NULL AND stage <> ?"
)
_ANSWERED = "UPDATE packs SET answers = ?, answers_version = ? WHERE lead_id = ?"


def renumber(
    tx: sa.Connection,
    numbers: Sequence[Numbers],
    dues: Sequence[tuple[int | None, int]],
    span: tuple[int, int],
    now_ms: int,
) -> None:
    """Write new numbers, the (due ms, lead id) that changed, and that everybody of the span of ids who is not
    dirty was evaluated now."""
    _write(tx, _RENUMBER, numbers)
    _write(tx, _DUE, dues)
    tx.exec_driver_sql(marked(tx, _EVALUATED), (now_ms, *span, Stage.ERASED.value))


def answer(tx: sa.Connection, rows: Sequence[tuple[bytes, str, int]]) -> None:
    """Write new answers: (answers, version, lead id)."""
    _write(tx, _ANSWERED, rows)


def _write(tx: sa.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        tx.exec_driver_sql(marked(tx, statement), list(rows))
