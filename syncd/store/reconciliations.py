"""Comparisons of both systems with the store: how far each is, what it found, and what it compares.

A comparison goes on from its stored progress after any restart; what it finds is stored with the progress, so
nothing is found twice. Only effects that are confirmed, and still meant, are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Stage, System
from syncd.core.reconciling import Cause, Difference
from syncd.store import outbox
from syncd.store.bulk import chunks
from syncd.store.outbox import Effect
from syncd.store.tables import (
    EffectState,
    account_links,
    deals,
    differences,
    effects,
    leads,
    links,
    reconciliations,
    rejects,
    users,
)

KEPT = timedelta(days=90)
"""How long what a comparison found is kept."""
HEAL = "heal:"
"""How the targets of effects begin that heal a difference."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One comparison. `progress` says which part it is at, and behind which row; `summary` what it did."""

    reconciliation_id: int
    system: str
    is_full: bool
    request_id: int | None
    began_at: datetime
    ended_at: datetime | None
    progress: Mapping[str, Any]
    summary: Mapping[str, Any]


def begin(
    tx: sa.Connection, system: str, request_id: int | None, now: datetime, *, is_full: bool
) -> Reconciliation:
    """The comparison to carry out; one that is under way for the same system goes on, as full as it was."""
    under_way = next((item for item in open_ones(tx) if item.system == system), None)
    if under_way is not None and (under_way.is_full or not is_full):
        return under_way
    progress: dict[str, Any] = {}
    if under_way is not None:
        end(tx, under_way.reconciliation_id, {**under_way.summary, "stopped": "a full one follows"}, now)
        waiting = {under_way.request_id, *under_way.progress.get("asked", ())} - {None}
        progress = {"asked": sorted(waiting)}  # who asked for that one is answered by this one
    values = {
        "system": system,
        "is_full": is_full,
        "request_id": request_id,
        "began_at": now,
        "progress": progress,
        "summary": {},
    }
    made = reconciliations.insert().values(**values).returning(reconciliations)
    return Reconciliation(**tx.execute(made).mappings().one())


def open_ones(tx: sa.Connection) -> tuple[Reconciliation, ...]:
    """Comparisons under way, the oldest first."""
    query = sa.select(reconciliations).where(reconciliations.c.ended_at.is_(None))
    rows = tx.execute(query.order_by(reconciliations.c.reconciliation_id)).mappings()
    return tuple(Reconciliation(**row) for row in rows)


def one(tx: sa.Connection, reconciliation_id: int) -> Reconciliation | None:
    query = sa.select(reconciliations).where(reconciliations.c.reconciliation_id == reconciliation_id)
    row = tx.execute(query).mappings().first()
    return None if row is None else Reconciliation(**row)


def last(tx: sa.Connection, system: str = "", *, only_whole: bool = False) -> Reconciliation | None:
    """The newest that has ended for this scope, of both systems without one; with `only_whole` the newest
    of the last thirty that was not stopped before its end."""
    query = (
        sa.select(reconciliations)
        .where(reconciliations.c.ended_at.is_not(None), reconciliations.c.system == system)
        .order_by(reconciliations.c.reconciliation_id.desc())
        .limit(30)
    )
    for row in tx.execute(query).mappings():
        if not (only_whole and row["summary"].get("stopped")):
            return Reconciliation(**row)
    return None


def found_by(tx: sa.Connection, reconciliation_id: int) -> tuple[Difference, ...]:
    """The differences one comparison found, in the order it found them."""
    query = (
        sa.select(differences)
        .where(differences.c.reconciliation_id == reconciliation_id)
        .order_by(differences.c.difference_id)
    )
    return tuple(
        Difference(
            System(row.system), row.object_type, row.object_id, Cause(row.cause), row.about, row.is_healing
        )
        for row in tx.execute(query)
    )


def keep(
    tx: sa.Connection,
    reconciliation_id: int,
    found: Sequence[Difference],
    progress: Mapping[str, Any],
    summary: Mapping[str, Any],
) -> None:
    """What one step found, and how far the comparison is now."""
    if found:
        rows = [
            {
                "reconciliation_id": reconciliation_id,
                "system": item.system,
                "object_type": item.object_type,
                "object_id": item.object_id,
                "cause": item.cause,
                "about": item.about,
                "is_healing": item.is_healing,
            }
            for item in found
        ]
        tx.execute(differences.insert(), rows)
    tx.execute(
        reconciliations.update()
        .where(reconciliations.c.reconciliation_id == reconciliation_id)
        .values(progress=dict(progress), summary=dict(summary))
    )


def end(tx: sa.Connection, reconciliation_id: int, summary: Mapping[str, Any], now: datetime) -> None:
    """The comparison is over; what is older than `KEPT` is forgotten."""
    tx.execute(
        reconciliations.update()
        .where(reconciliations.c.reconciliation_id == reconciliation_id)
        .values(ended_at=now, summary=dict(summary))
    )
    old = sa.select(reconciliations.c.reconciliation_id).where(reconciliations.c.ended_at < now - KEPT)
    tx.execute(differences.delete().where(differences.c.reconciliation_id.in_(old)))
    tx.execute(reconciliations.delete().where(reconciliations.c.ended_at < now - KEPT))


# --- what is compared ------------------------------------------------------------------------------------


def confirmed(
    tx: sa.Connection, system: System, kind: str, after: int, limit: int, since: datetime | None = None
) -> tuple[Effect, ...]:
    """Confirmed effects behind `after`, in order of id; with `since` only those confirmed from then on. Left
    out are those taken back, superseded, of people merged or erased, and our own healing."""
    query = (
        sa.select(effects)
        .join(leads, leads.c.lead_id == effects.c.lead_id)
        .where(
            effects.c.system == system,
            effects.c.kind == kind,
            effects.c.state == EffectState.DONE,
            effects.c.effect_id > after,
            effects.c.payload_hash != 0,
            effects.c.held_cause == "",
            effects.c.target.not_like(f"{HEAL}%"),
            leads.c.merged_into.is_(None),
            sa.or_(leads.c.stage.is_(None), leads.c.stage != Stage.ERASED),
        )
        .order_by(effects.c.effect_id)
        .limit(limit)
    )
    if since is not None:
        query = query.where(effects.c.updated_at >= since)
    return tuple(Effect(**row) for row in tx.execute(query).mappings())


def beside(tx: sa.Connection, system: System, lead_ids: Collection[int]) -> Mapping[int, tuple[Effect, ...]]:
    """All effects that write the record of these leads, by lead, those confirmed last at the end."""
    found: dict[int, list[Effect]] = {}
    for ids in chunks(sorted(lead_ids)):
        query = sa.select(effects).where(
            effects.c.system == system,
            effects.c.kind.in_(("handoff", "record", "undo", "contact")),
            effects.c.lead_id.in_(ids),
        )
        for row in tx.execute(query).mappings():
            found.setdefault(row["lead_id"], []).append(Effect(**row))
    return {lead_id: tuple(sorted(rows, key=_confirmed_at)) for lead_id, rows in found.items()}


def _confirmed_at(effect: Effect) -> tuple[datetime, int]:
    return effect.done_at or effect.created_at, effect.effect_id


def members_meant(tx: sa.Connection, lists: Collection[str]) -> tuple[tuple[str, str, bool, int], ...]:
    """Confirmed memberships of these lists, of which everybody is in one at most: list, contact, whether it
    is to be a member, effect. In order of list."""
    query = (
        sa.select(effects.c.payload, effects.c.effect_id)
        .join(leads, leads.c.lead_id == effects.c.lead_id)
        .where(
            effects.c.system == System.HUBSPOT,
            effects.c.kind == "membership",
            effects.c.target.like("track:%"),
            effects.c.state == EffectState.DONE,
            effects.c.payload_hash != 0,
            effects.c.held_cause == "",
            leads.c.merged_into.is_(None),
            sa.or_(leads.c.stage.is_(None), leads.c.stage != Stage.ERASED),
        )
    )
    rows = [
        (name, str(payload["contact_id"]), bool(payload["member"]) and name == payload["list"], effect_id)
        for payload, effect_id in tx.execute(query)
        for name in {*lists, payload["list"]} - {""}
    ]
    return tuple(sorted(rows))


def unsettled(tx: sa.Connection, systems: Collection[System]) -> Mapping[tuple[str, str, str, str, str], int]:
    """How many effects are not settled, by (system, kind, state, failure code, why kept back)."""
    key = (effects.c.system, effects.c.kind, effects.c.state, effects.c.code, effects.c.held_cause)
    query = (
        sa.select(*key, sa.func.count())
        .where(
            effects.c.state.in_((*outbox.UNSENT, *outbox.IN_FLIGHT)),
            effects.c.system.in_([str(item) for item in systems]),
        )
        .group_by(*key)
        .order_by(*key)
    )
    return {(row[0], row[1], row[2], row[3], row[4]): int(row[5]) for row in tx.execute(query)}


def inactive_users(tx: sa.Connection, system: System) -> frozenset[str]:
    """Ids of users who are not active any more."""
    query = sa.select(users.c.object_id).where(users.c.system == system, ~users.c.is_active)
    return frozenset(tx.execute(query).scalars())


def link_states(
    tx: sa.Connection, system: System, object_type: str, ids: Collection[str]
) -> Mapping[str, str]:
    """What the store holds of these records: current, converted, merged, archived, deleted; absent when it
    knows nothing of one."""
    found: dict[str, str] = {}
    for table, state in _tables():
        for batch in chunks(sorted(ids)):
            query = sa.select(table.c.object_id, state).where(
                table.c.system == system, table.c.object_type == object_type, table.c.object_id.in_(batch)
            )
            found |= {row[0]: str(row[1]) for row in tx.execute(query)}
    return found


def present_ids(tx: sa.Connection, system: System, object_type: str, after: str, limit: int) -> list[str]:
    """Ids of records held as present, behind `after`, in order."""
    found: set[str] = set()
    for table, state in _tables():
        query = (
            sa.select(table.c.object_id)
            .where(
                table.c.system == system,
                table.c.object_type == object_type,
                table.c.object_id > after,
                state.in_(("current", "converted")),
            )
            .order_by(table.c.object_id)
            .limit(limit)
        )
        found |= set(tx.execute(query).scalars())
    return sorted(found)[:limit]


def unreadable(tx: sa.Connection, system: System, ids: Collection[str]) -> frozenset[str]:
    """Of these records, those that came and could not be read."""
    query = sa.select(rejects.c.object_id).where(rejects.c.system == system)
    return frozenset(tx.execute(query).scalars()) & frozenset(ids)


def _tables() -> tuple[tuple[sa.Table, sa.ColumnElement[str]], ...]:
    present = sa.literal("current")
    return (
        (links, links.c.state),
        (account_links, account_links.c.state),
        (deals, sa.case((deals.c.is_removed, sa.literal("deleted")), else_=present)),
        (users, present),
    )
