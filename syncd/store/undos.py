"""What a run wrote, as its receipts tell it, and which runs were taken back.

A receipt is stored before its call, so everything a run may have written is here; what became of it is told
by the receipt's answer and by the effect it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.store.bulk import chunks
from syncd.store.tables import EffectState, effects, leads, receipts, runs, undos

WROTE = ("done", "unknown", "sent")
"""Results of a receipt after which the write may be there."""


@dataclass(frozen=True, slots=True)
class Written:
    """One write of a run. `object_id` is blank where nobody knows it; `state` is the effect's now."""

    receipt_id: int
    effect_id: int
    system: str
    kind: str
    target: str
    lead_id: int | None
    pass_number: int
    object_type: str
    object_id: str
    is_created: bool
    before: Mapping[str, Any]
    written: Mapping[str, Any]
    sent_at: datetime
    payload: Mapping[str, Any]
    state: str


def written_by(tx: sa.Connection, run_id: int) -> tuple[Written, ...]:
    """Everything a run wrote or may have written, in the order it was sent."""
    query = (
        sa.select(
            receipts.c.receipt_id,
            receipts.c.effect_id,
            effects.c.system,
            effects.c.kind,
            effects.c.target,
            effects.c.lead_id,
            effects.c.pass_number,
            receipts.c.object_type,
            receipts.c.object_id,
            receipts.c.is_created,
            receipts.c.before,
            receipts.c.written,
            receipts.c.sent_at,
            effects.c.payload,
            effects.c.state,
            effects.c.result_id,
        )
        .join(effects, effects.c.effect_id == receipts.c.effect_id)
        .where(receipts.c.run_id == run_id, receipts.c.result.in_(WROTE))
        .order_by(receipts.c.receipt_id)
    )
    return tuple(_written(row) for row in tx.execute(query).mappings())


def _written(row: sa.RowMapping) -> Written:
    """A create whose answer was lost, and that came true, is known by its effect alone."""
    fields = dict(row)
    result_id = str(fields.pop("result_id"))
    if not fields["object_id"] and result_id.count(":") >= 2:
        _system, fields["object_type"], fields["object_id"] = result_id.split(":", 2)
        fields["is_created"] = not fields["before"]
    return Written(**fields)


@dataclass(frozen=True, slots=True)
class Shown:
    """What our newest writes left on one object, and whether we made it."""

    fields: Mapping[str, Any]
    is_created: bool


def shown_on(tx: sa.Connection, lead_ids: Iterable[int]) -> Mapping[tuple[str, str, str], Shown]:
    """Per object of these leads (system, type, id), each field as we last wrote it."""
    found: dict[tuple[str, str, str], Shown] = {}
    for ids in chunks(sorted(set(lead_ids))):
        query = (
            sa.select(
                effects.c.system,
                receipts.c.object_type,
                receipts.c.object_id,
                receipts.c.is_created,
                receipts.c.written,
            )
            .join(effects, effects.c.effect_id == receipts.c.effect_id)
            .where(effects.c.lead_id.in_(ids), receipts.c.result.in_(WROTE), receipts.c.object_id != "")
            .order_by(receipts.c.receipt_id)
        )
        for system, object_type, object_id, is_created, written in tx.execute(query):
            place = (system, object_type, object_id)
            before = found.get(place, Shown({}, is_created=False))
            fields = {**before.fields, **written}
            found[place] = Shown(fields, is_created=before.is_created or bool(is_created))
    return found


def values_written(
    tx: sa.Connection, lead_id: int, object_id: str, name: str
) -> tuple[tuple[datetime, str], ...]:
    """When an undo of ours wrote this field of this record, and what."""
    query = (
        sa.select(receipts.c.sent_at, receipts.c.written)
        .join(effects, effects.c.effect_id == receipts.c.effect_id)
        .where(effects.c.lead_id == lead_id, effects.c.kind == "undo", receipts.c.object_id == object_id)
        .order_by(receipts.c.receipt_id)
    )
    return tuple((row.sent_at, str(row.written[name])) for row in tx.execute(query) if name in row.written)


# --- runs taken back -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undone:
    """One run that a person took back."""

    run_id: int
    request_id: int
    undone_at: datetime
    undone_by: str
    leads: int


def undone(tx: sa.Connection, run_id: int) -> Undone | None:
    """By whom and when a run was taken back; None where it was not."""
    row = tx.execute(sa.select(undos).where(undos.c.run_id == run_id)).mappings().first()
    return None if row is None else Undone(**row)


def save(tx: sa.Connection, made: Undone) -> None:
    tx.execute(
        undos.insert().values(
            run_id=made.run_id,
            request_id=made.request_id,
            undone_at=made.undone_at,
            undone_by=made.undone_by,
            leads=made.leads,
        )
    )


def steps_of(tx: sa.Connection, run_id: int) -> tuple[Mapping[str, Any], ...]:
    """The effects that take a run back, with how far each has got."""
    query = (
        sa.select(
            effects.c.effect_id,
            effects.c.system,
            effects.c.kind,
            effects.c.target,
            effects.c.lead_id,
            effects.c.state,
            effects.c.note,
            effects.c.message,
            effects.c.payload,
        )
        .where(effects.c.target.like(f"undo:{int(run_id)}:%"))
        .order_by(effects.c.effect_id)
    )
    return tuple(dict(row) for row in tx.execute(query).mappings())


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run that wrote something: when, how it ended, and how many writes by kind."""

    run_id: int
    kind: str
    started_at: datetime
    ended_at: datetime | None
    status: str
    written: Mapping[str, int]
    leads: int
    undone_at: datetime | None
    undone_by: str
    transitions: int
    playbook_version: str


def runs_that_wrote(tx: sa.Connection, limit: int, run_id: int | None = None) -> tuple[RunLine, ...]:
    """The newest runs that wrote something, the newest first; or the one asked for."""
    of_run = sa.select(receipts.c.run_id).where(receipts.c.result.in_(WROTE), receipts.c.run_id.is_not(None))
    if run_id is not None:
        of_run = of_run.where(receipts.c.run_id == run_id)
    newest = of_run.distinct().order_by(receipts.c.run_id.desc()).limit(limit)
    ids = list(tx.execute(newest).scalars())
    if not ids:
        return ()
    written: dict[int, dict[str, int]] = {}
    counted = (
        sa.select(receipts.c.run_id, effects.c.kind, sa.func.count().label("times"))
        .join(effects, effects.c.effect_id == receipts.c.effect_id)
        .where(receipts.c.run_id.in_(ids), receipts.c.result.in_(WROTE))
        .group_by(receipts.c.run_id, effects.c.kind)
    )
    for row in tx.execute(counted):
        written.setdefault(row.run_id, {})[row.kind] = int(row.times)
    people = (
        sa.select(receipts.c.run_id, sa.func.count(effects.c.lead_id.distinct()).label("leads"))
        .join(effects, effects.c.effect_id == receipts.c.effect_id)
        .where(receipts.c.run_id.in_(ids), receipts.c.result.in_(WROTE))
        .group_by(receipts.c.run_id)
    )
    touched = {row.run_id: int(row.leads) for row in tx.execute(people)}
    query = (
        sa.select(runs, undos.c.undone_at, undos.c.undone_by)
        .outerjoin(undos, undos.c.run_id == runs.c.run_id)
        .where(runs.c.run_id.in_(ids))
        .order_by(runs.c.run_id.desc())
    )
    return tuple(
        RunLine(
            row.run_id,
            row.kind,
            row.started_at,
            row.ended_at,
            row.status,
            written.get(row.run_id, {}),
            touched.get(row.run_id, 0),
            row.undone_at,
            row.undone_by or "",
            int((row.counts or {}).get("transitions", 0)),
            row.playbook_version,
        )
        for row in tx.execute(query)
    )


# --- effects of leads that are taken back ----------------------------------------------------------------


def withdraw(tx: sa.Connection, lead_ids: Sequence[int], cause: str, now: datetime) -> int:
    """What is not sent yet for these leads is cancelled, and what is on its way is kept from being sent
    again. Returns how many were cancelled."""
    cancelled = 0
    for ids in chunks(lead_ids):
        ours = effects.c.lead_id.in_(ids) & effects.c.target.not_like("undo:%")
        unsent = ours & effects.c.state.in_((EffectState.PENDING, EffectState.PARKED))
        values = {"state": EffectState.CANCELLED, "updated_at": now}
        cancelled += int(tx.execute(effects.update().where(unsent).values(**values)).rowcount)
        flying = ours & effects.c.state.in_((EffectState.SENDING, EffectState.UNKNOWN))
        tx.execute(effects.update().where(flying).values(held_cause=cause, held_at=now))
    return cancelled


def forget_shown(tx: sa.Connection, effect_ids: Iterable[int]) -> None:
    """What these effects had brought about is not there any more: intended again, they are sent again."""
    for ids in chunks(sorted(set(effect_ids))):
        tx.execute(effects.update().where(effects.c.effect_id.in_(ids)).values(payload_hash=0))


def let_go(tx: sa.Connection, lead_ids: Sequence[int], cause: str) -> None:
    """What was kept from being sent for these leads for this cause goes on."""
    for ids in chunks(lead_ids):
        where = effects.c.lead_id.in_(ids) & (effects.c.held_cause == cause)
        tx.execute(effects.update().where(where).values(held_cause="", held_at=None))


def survivors(tx: sa.Connection, lead_ids: Iterable[int]) -> Mapping[int, int]:
    """Each of these leads, or the one it was merged into since."""
    found = {lead_id: lead_id for lead_id in lead_ids}
    for _hop in range(100):
        ends = sorted(set(found.values()))
        into: dict[int, int] = {}
        for ids in chunks(ends):
            query = sa.select(leads.c.lead_id, leads.c.merged_into).where(
                leads.c.lead_id.in_(ids), leads.c.merged_into.is_not(None)
            )
            into |= {row.lead_id: row.merged_into for row in tx.execute(query)}
        if not into:
            return found
        found = {lead_id: into.get(end, end) for lead_id, end in found.items()}
    raise AssertionError("a circle of merged leads")
