"""Everything the store keeps about one lead over its whole life, under every number it ever had.

Rows are as they were written. What a merge moved to the survivor is there; what it left behind (the ledger,
effects and what was sent) is found by the numbers of those merged in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.desk import Assignment, Skipped
from syncd.store.tables import (
    assignments,
    effects,
    holds,
    leads,
    plan_steps,
    plans,
    profiles,
    receipts,
    undos,
    waivers,
)


@dataclass(frozen=True, slots=True)
class Read:
    """One record of the person: when it was made there, and when we last read it."""

    lead_id: int
    system: str
    object_type: str
    object_id: str
    created_at: datetime | None
    modified_at: datetime
    pulled_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """One write, as its receipt has it. `fields` are the names of what was written."""

    lead_id: int
    effect_id: int
    system: str
    kind: str
    object_type: str
    object_id: str
    is_created: bool
    fields: tuple[str, ...]
    result: str
    code: str
    sent_at: datetime


def numbers_of(tx: sa.Connection, lead_id: int) -> tuple[int, ...]:
    """The lead and all that were merged into it, its own number first."""
    query = sa.select(leads.c.lead_id).where(leads.c.merged_into == lead_id).order_by(leads.c.lead_id)
    return (lead_id, *tx.execute(query).scalars())


def entered(tx: sa.Connection, ids: Sequence[int]) -> tuple[sa.Row[Any], ...]:
    """Of each number: lead_id, created_at, released_at, released_by."""
    query = sa.select(leads.c.lead_id, leads.c.created_at, leads.c.released_at, leads.c.released_by)
    return tuple(tx.execute(query.where(leads.c.lead_id.in_(ids)).order_by(leads.c.lead_id)))


def reads(tx: sa.Connection, ids: Sequence[int]) -> tuple[Read, ...]:
    """Every record read of the person."""
    query = sa.select(
        profiles.c.lead_id,
        profiles.c.system,
        profiles.c.object_type,
        profiles.c.object_id,
        profiles.c.created_at,
        profiles.c.modified_at,
        profiles.c.pulled_at,
    ).where(profiles.c.lead_id.in_(ids))
    return tuple(Read(**row) for row in tx.execute(query.order_by(profiles.c.object_id)).mappings())


def sent(tx: sa.Connection, ids: Sequence[int]) -> tuple[Sent, ...]:
    """Every write about the person, oldest first, messages to people left out."""
    query = (
        sa.select(
            effects.c.lead_id,
            effects.c.effect_id,
            effects.c.system,
            effects.c.kind,
            receipts.c.object_type,
            receipts.c.object_id,
            receipts.c.is_created,
            receipts.c.written,
            receipts.c.result,
            receipts.c.code,
            receipts.c.sent_at,
        )
        .join(effects, effects.c.effect_id == receipts.c.effect_id)
        .where(effects.c.lead_id.in_(ids), effects.c.system != "notify")
        .order_by(receipts.c.receipt_id)
    )
    found = []
    for row in tx.execute(query).mappings():
        parts = dict(row)
        written: Mapping[str, Any] = parts.pop("written") or {}
        found.append(Sent(**parts, fields=tuple(sorted(written))))
    return tuple(found)


def cases(tx: sa.Connection, ids: Sequence[int] | None) -> tuple[sa.Row[Any], ...]:
    """Every case for a person, open or settled, of these leads; of everybody where none is named."""
    query = sa.select(holds).order_by(holds.c.hold_id)
    return tuple(tx.execute(query if ids is None else query.where(holds.c.lead_id.in_(ids))))


def set_aside(tx: sa.Connection, ids: Sequence[int]) -> tuple[sa.Row[Any], ...]:
    """Every waiver ever given, also those taken back."""
    return tuple(
        tx.execute(sa.select(waivers).where(waivers.c.lead_id.in_(ids)).order_by(waivers.c.waiver_id))
    )


def chosen(tx: sa.Connection, ids: Sequence[int]) -> tuple[Assignment, ...]:
    """The choice of an owner for each pass."""
    query = sa.select(assignments).where(assignments.c.lead_id.in_(ids)).order_by(assignments.c.assignment_id)
    return tuple(
        Assignment(
            pass_number=row.pass_number,
            owner_id=row.owner_id,
            step=row.step,
            code=row.code,
            about=row.about,
            skipped=tuple(Skipped(*item) for item in row.skipped),
            chosen_at=row.chosen_at,
        )
        for row in tx.execute(query)
    )


def planned(tx: sa.Connection, ids: Sequence[int]) -> tuple[sa.Row[Any], ...]:
    """Of each plan that shows the person: plan_id, made_at, made_by, applied_at, applied_by and one act."""
    query = (
        sa.select(
            plans.c.plan_id,
            plans.c.made_at,
            plans.c.made_by,
            plans.c.applied_at,
            plans.c.applied_by,
            plan_steps.c.act,
            plan_steps.c.system,
            plan_steps.c.kind,
        )
        .join(plan_steps, plan_steps.c.plan_id == plans.c.plan_id)
        .where(plan_steps.c.lead_id.in_(ids), plans.c.state != "making")
        .order_by(plans.c.plan_id, plan_steps.c.position)
    )
    return tuple(tx.execute(query))


def taken_back(tx: sa.Connection, ids: Sequence[int]) -> tuple[sa.Row[Any], ...]:
    """Of each run that wrote about the person and was undone: run_id, undone_at, undone_by."""
    query = (
        sa.select(undos.c.run_id, undos.c.undone_at, undos.c.undone_by)
        .join(receipts, receipts.c.run_id == undos.c.run_id)
        .join(effects, effects.c.effect_id == receipts.c.effect_id)
        .where(effects.c.lead_id.in_(ids))
        .distinct()
        .order_by(undos.c.run_id)
    )
    return tuple(tx.execute(query))
