"""Cases only a person can settle: which record a lead is, whether a filter was right. Decisions are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.store.tables import holds


@dataclass(frozen=True, slots=True)
class Hold:
    """A case for a person: what it is about and which records it may be."""

    hold_id: int
    lead_id: int
    kind: str
    effect_id: int | None
    reason: str
    candidates: Sequence[Mapping[str, Any]]
    opened_at: datetime
    resolved_at: datetime | None
    resolution: str
    resolved_by: str


def open_hold(
    tx: sa.Connection,
    lead_id: int,
    kind: str,
    reason: str,
    candidates: Sequence[Mapping[str, Any]],
    now: datetime,
    effect_id: int | None = None,
) -> tuple[int, bool]:
    """(id, is_new) of the open hold of this kind for this lead; candidates are brought up to date."""
    where = (holds.c.lead_id == lead_id) & (holds.c.kind == kind) & holds.c.resolved_at.is_(None)
    found = tx.execute(sa.select(holds.c.hold_id).where(where)).scalar()
    values: dict[str, Any] = {"reason": reason, "candidates": [dict(item) for item in candidates]}
    if found is not None:
        tx.execute(holds.update().where(holds.c.hold_id == found).values(**values))
        return int(found), False
    values |= {"lead_id": lead_id, "kind": kind, "opened_at": now, "effect_id": effect_id}
    return int(tx.execute(holds.insert().values(**values).returning(holds.c.hold_id)).scalar_one()), True


def is_open(tx: sa.Connection, lead_id: int, kind: str) -> bool:
    """Whether a case of this kind waits for a person about this lead."""
    where = (holds.c.lead_id == lead_id) & (holds.c.kind == kind) & holds.c.resolved_at.is_(None)
    return tx.execute(sa.select(holds.c.hold_id).where(where).limit(1)).first() is not None


def all_holds(tx: sa.Connection, *, only_open: bool = True) -> tuple[Hold, ...]:
    query = sa.select(holds).order_by(holds.c.hold_id)
    if only_open:
        query = query.where(holds.c.resolved_at.is_(None))
    return tuple(Hold(**row) for row in tx.execute(query).mappings())


def one(tx: sa.Connection, hold_id: int) -> Hold | None:
    """The case of this number, open or not."""
    row = tx.execute(sa.select(holds).where(holds.c.hold_id == hold_id)).mappings().first()
    return None if row is None else Hold(**row)


def mark_taken_back(tx: sa.Connection, hold_id: int, person: str, now: datetime) -> None:
    """The answer to this case no longer holds."""
    values = {"resolution": TAKEN_BACK, "resolved_by": person, "resolved_at": now}
    tx.execute(holds.update().where(holds.c.hold_id == hold_id).values(**values))


def join(tx: sa.Connection, lead_id: int, now: datetime) -> None:
    """Two leads became one: of open cases of one kind about both, the first goes on."""
    query = (
        sa.select(holds.c.hold_id, holds.c.kind)
        .where(holds.c.lead_id == lead_id, holds.c.resolved_at.is_(None))
        .order_by(holds.c.hold_id)
    )
    seen: set[str] = set()
    for hold_id, kind in tx.execute(query).all():
        if kind in seen:
            resolve_hold(tx, hold_id, MERGED, "syncd", now)
        seen.add(kind)


def resolve_hold(tx: sa.Connection, hold_id: int, resolution: str, person: str, now: datetime) -> Hold | None:
    """Close a hold with what the person chose; None when there is no such open hold."""
    where = (holds.c.hold_id == hold_id) & holds.c.resolved_at.is_(None)
    row = tx.execute(sa.select(holds).where(where)).mappings().first()
    if row is None:
        return None
    tx.execute(holds.update().where(where).values(resolved_at=now, resolution=resolution, resolved_by=person))
    return Hold(**row)


HAND_OVER, DECLINED, LIFTED = "hand-over", "none", "lifted"
"""Resolutions: the filter is set aside for this lead; nothing is to be handed over; the filter stops nothing
any more, so there is nothing to ask (closed by itself, asked again should it stop somebody again)."""
MERGED, TAKEN_BACK = "merged", "taken-back"
"""And: people merged the records in Salesforce (closed by itself); a person took the answer back."""


UNDONE = "undone"
"""The kind of hold on a lead whose writes a person took back."""
RELEASE, NEW_EVIDENCE = "release", "new-evidence"
"""Resolutions of it: a person lets the lead go on; a newer fact has moved it (closed by itself)."""


def undone_since(tx: sa.Connection, lead_ids: Sequence[int]) -> Mapping[int, datetime]:
    """Since when each of these leads is kept where a person's undo put it; others are absent."""
    query = sa.select(holds.c.lead_id, holds.c.opened_at).where(
        holds.c.lead_id.in_(list(lead_ids)), holds.c.kind == UNDONE, holds.c.resolved_at.is_(None)
    )
    return {row.lead_id: row.opened_at for row in tx.execute(query)}


def close_undone(tx: sa.Connection, lead_ids: Sequence[int], now: datetime) -> None:
    """These leads have moved by newer facts: what was taken back no longer keeps them."""
    where = holds.c.lead_id.in_(list(lead_ids)) & (holds.c.kind == UNDONE) & holds.c.resolved_at.is_(None)
    values = {"resolved_at": now, "resolution": NEW_EVIDENCE, "resolved_by": "syncd"}
    tx.execute(holds.update().where(where).values(**values))


def filter_kind(filter_id: str) -> str:
    """The kind of a hold that asks whether a filter was right."""
    return f"filter:{filter_id}"


def filter_of(kind: str) -> str:
    """The filter a hold of this kind asks about."""
    return kind.removeprefix("filter:")


def close_lifted(tx: sa.Connection, lead_id: int, still: Sequence[str], now: datetime) -> None:
    """Close the cases about filters that match this lead no longer; `still` are the kinds that do."""
    where = (
        (holds.c.lead_id == lead_id)
        & holds.c.kind.like("filter:%")
        & holds.c.kind.not_in(still)
        & holds.c.resolved_at.is_(None)
    )
    tx.execute(holds.update().where(where).values(resolved_at=now, resolution=LIFTED, resolved_by="syncd"))


def lift(tx: sa.Connection, lead_id: int, kind: str, now: datetime) -> None:
    """Close an open case of this kind: there is nothing to ask any more."""
    where = (holds.c.lead_id == lead_id) & (holds.c.kind == kind) & holds.c.resolved_at.is_(None)
    tx.execute(holds.update().where(where).values(resolved_at=now, resolution=LIFTED, resolved_by="syncd"))


def declined(tx: sa.Connection, lead_ids: Sequence[int]) -> Mapping[int, datetime]:
    """When a person last said that a lead is not to be handed over."""
    query = (
        sa.select(holds.c.lead_id, holds.c.resolved_at)
        .where(holds.c.lead_id.in_(lead_ids), holds.c.resolution == DECLINED)
        .order_by(holds.c.hold_id)
    )
    return {row.lead_id: row.resolved_at for row in tx.execute(query)}


def resolution(tx: sa.Connection, lead_id: int, kind: str) -> str:
    """What a person last decided about a case of this kind for this lead; empty when nobody did."""
    query = (
        sa.select(holds.c.resolution)
        .where(
            holds.c.lead_id == lead_id,
            holds.c.kind == kind,
            holds.c.resolved_at.is_not(None),
            holds.c.resolution.not_in((LIFTED, TAKEN_BACK)),
        )
        .order_by(holds.c.hold_id.desc())
        .limit(1)
    )
    return tx.execute(query).scalar() or ""
