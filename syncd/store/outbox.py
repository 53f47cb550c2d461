"""The outbox: one row per target, holding its whole intended state and how far it has got.

A newer intention raises the version of the same row. What is being sent or of unknown fate is settled first:
it keeps its state, and goes back to pending when the answer to the older version is in. Events (an alert, a
task) are done once and never again; states (a record) are sent again only when their payload differs from the
one last confirmed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Intent, System
from syncd.ports import Failure, Outcome, Result
from syncd.store.bulk import chunks
from syncd.store.tables import EffectState, Utc, effects, receipts

EVENTS = ("task", "alert", "notice", "campaign", "optout")
BRIEFED = timedelta(minutes=30)
"""How long before a meeting its record tells what is known by then, however lately it was written."""
UNSENT = (EffectState.OBSERVED, EffectState.PENDING, EffectState.PARKED)
IN_FLIGHT = (EffectState.SENDING, EffectState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the outbox."""

    effect_id: int
    system: str
    kind: str
    target: str
    lead_id: int | None
    pass_number: int
    payload: Mapping[str, Any]
    payload_hash: int
    version: int
    sent_version: int | None
    state: str
    priority: int
    after: str
    attempts: int
    next_at: datetime | None
    code: str
    message: str
    cure: str
    note: str
    result_id: str
    created_at: datetime
    updated_at: datetime
    done_at: datetime | None
    held_cause: str = ""
    held_at: datetime | None = None
    cleared_at: datetime | None = None


def payload_hash(payload: Mapping[str, Any]) -> int:
    """A signed 64-bit hash of the payload's canonical JSON."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is intended for one lead; while the profile observes (`is_live` False) it never leaves."""

    lead_id: int | None  # none for what is about no lead
    intents: Sequence[Intent]
    is_live: bool


def put(tx: sa.Connection, intents: Sequence[Intent], lead_id: int, now: datetime, *, is_live: bool) -> int:
    """Store what is intended for one lead; returns how many rows it changed."""
    return put_all(tx, [Wanted(lead_id, intents, is_live)], now)


def put_all(tx: sa.Connection, wanted: Iterable[Wanted], now: datetime) -> int:
    """Store what is intended for a batch of leads; returns how many rows it changed."""
    listed = [(item, intent) for item in wanted for intent in item.intents]
    known = _newest(tx, {(intent.system, intent.target) for _item, intent in listed})
    fresh: dict[tuple[str, str], dict[str, Any]] = {}
    changed = 0
    for item, intent in listed:
        row = known.get((intent.system, intent.target))
        if row is None:
            fresh[intent.system, intent.target] = _new_row(item, intent, now)
        else:
            changed += _supersede(tx, row, item, intent, now)
    if fresh:
        tx.execute(effects.insert(), list(fresh.values()))
    return changed + len(fresh)


def _new_row(item: Wanted, intent: Intent, now: datetime) -> dict[str, Any]:
    return {
        "system": intent.system,
        "kind": intent.kind,
        "target": intent.target,
        "lead_id": item.lead_id,
        "after": intent.after,
        "state": EffectState.PENDING if item.is_live else EffectState.OBSERVED,
        "created_at": now,
        **_meant(intent, now),
    }


def _meant(intent: Intent, now: datetime) -> dict[str, Any]:
    return {
        "payload": dict(intent.payload),
        "payload_hash": payload_hash(intent.payload),
        "priority": intent.priority,
        "pass_number": intent.pass_number,
        "updated_at": now,
    }


def _supersede(tx: sa.Connection, row: Effect, item: Wanted, intent: Intent, now: datetime) -> int:
    """Raise the version of a row whose intention has changed. Returns 1 if it has."""
    state = EffectState.PENDING if item.is_live else EffectState.OBSERVED
    meant = _meant(intent, now)
    if not _is_news(row, intent, meant["payload_hash"], state):
        return 0
    change = meant | {"version": row.version + 1, "lead_id": item.lead_id}
    if row.state not in IN_FLIGHT:
        change |= {"state": state, "attempts": 0, "code": "", "message": "", "cure": "", "cleared_at": None}
        if row.state == EffectState.CANCELLED:  # intended anew: what kept the older intention is over
            change |= {"held_cause": "", "held_at": None}
        change["next_at"] = _rested_at(row, intent)
    tx.execute(effects.update().where(effects.c.effect_id == row.effect_id).values(**change))
    return 1


def _rested_at(row: Effect, intent: Intent) -> datetime | None:
    """Before when a state that is written every so often is not written again; None where it may be now."""
    every_s, meets_at = intent.payload.get("every_s"), intent.payload.get("meets_at")
    if row.done_at is None or not isinstance(every_s, int):
        return None
    at = row.done_at + timedelta(seconds=every_s)
    begins_at = datetime.fromisoformat(meets_at) if isinstance(meets_at, str) else None
    if begins_at is None or row.done_at >= begins_at:
        return at
    return min(at, max(row.done_at, begins_at - BRIEFED))


def _is_news(row: Effect, intent: Intent, digest: int, wanted: EffectState) -> bool:
    if row.state == EffectState.DONE:
        return intent.kind not in EVENTS and row.payload_hash != digest
    if row.state == EffectState.CANCELLED:
        return True
    if row.state == EffectState.OBSERVED and wanted == EffectState.PENDING:
        return True
    return row.payload_hash != digest


def _newest(tx: sa.Connection, targets: Iterable[tuple[System, str]]) -> dict[tuple[str, str], Effect]:
    """The row of each of these targets that has one."""
    by_system: dict[System, list[str]] = {}
    for system, target in sorted(set(targets)):
        by_system.setdefault(system, []).append(target)
    found: dict[tuple[str, str], Effect] = {}
    for system, names in by_system.items():
        for batch in chunks(names):
            query = sa.select(effects).where(effects.c.system == system, effects.c.target.in_(batch))
            for row in tx.execute(query.order_by(effects.c.effect_id)).mappings():
                found[system, row["target"]] = Effect(**row)
    return found


def withdraw(tx: sa.Connection, lead_id: int, now: datetime) -> int:
    """Cancel the unsent hand-off, task and alert of a lead together. Returns how many."""
    where = (
        (effects.c.lead_id == lead_id)
        & effects.c.state.in_(UNSENT)
        & effects.c.kind.in_(("handoff", "task", "alert", "campaign"))
    )
    change = effects.update().where(where).values(state=EffectState.CANCELLED, updated_at=now)
    return int(tx.execute(change).rowcount)


def withdraw_outdated(tx: sa.Connection, wanted: Mapping[int, Collection[str]], now: datetime) -> int:
    """Cancel unsent messages of the SLA clock that are meant no more: sales has touched the lead, or the next
    step has come; what a record was still to be told that is not open any more; and the question why a lead
    was given back, once it is answered. `wanted` are the targets
    still meant, by lead. Returns how many."""
    if not wanted:
        return 0
    meant = sorted({target for targets in wanted.values() for target in targets})
    where = (
        effects.c.lead_id.in_(sorted(wanted))
        & effects.c.state.in_(UNSENT)
        & sa.or_(
            (effects.c.kind == "alert") & effects.c.target.like("alert:%:sla/_%", escape="/"),
            (effects.c.kind == "record") & effects.c.target.like("record:%:told"),
            (effects.c.kind == "task") & effects.c.target.like("task:%:reason"),
        )
        & effects.c.target.not_in(meant)
    )
    change = effects.update().where(where).values(state=EffectState.CANCELLED, updated_at=now)
    return int(tx.execute(change).rowcount)


def leads_observed(tx: sa.Connection) -> list[int]:
    """Leads for which something would have been sent."""
    query = sa.select(effects.c.lead_id).where(effects.c.state == EffectState.OBSERVED).distinct()
    return [lead_id for lead_id in tx.execute(query).scalars() if lead_id is not None]


def cancel_observed(tx: sa.Connection, now: datetime) -> int:
    """Going live: what would have been sent is forgotten; what is still meant is decided anew."""
    where = effects.c.state == EffectState.OBSERVED
    change = effects.update().where(where).values(state=EffectState.CANCELLED, updated_at=now)
    return int(tx.execute(change).rowcount)


def recover(tx: sa.Connection, now: datetime) -> int:
    """What a killed process was sending is of unknown fate. Returns how many."""
    where = effects.c.state == EffectState.SENDING
    change = effects.update().where(where).values(state=EffectState.UNKNOWN, next_at=now, updated_at=now)
    return int(tx.execute(change).rowcount)


def due(
    tx: sa.Connection,
    system: System,
    kinds: Sequence[str],
    now: datetime,
    limit: int,
    among: sa.ColumnElement[bool] | None = None,
) -> tuple[Effect, ...]:
    """Effects to send now, the most urgent first; with `among` only those it holds for.

    Pending ones whose predecessor is settled, unknown ones, and done ones that are to be looked at once more
    because an earlier answer of theirs was lost.
    """
    first = effects.alias("first")
    waits = sa.exists().where(
        first.c.system == effects.c.system,
        first.c.target == effects.c.after,
        first.c.state.in_((*UNSENT, *IN_FLIGHT)),
    )
    query = (
        sa.select(effects)
        .where(
            effects.c.system == system,
            effects.c.kind.in_(list(kinds)),
            effects.c.held_cause == "",
            sa.true() if among is None else among,
            sa.or_(
                effects.c.state.in_((EffectState.PENDING, EffectState.UNKNOWN))
                & (effects.c.next_at.is_(None) | (effects.c.next_at <= now)),
                (effects.c.state == EffectState.DONE) & (effects.c.next_at <= now),
            ),
            sa.or_(effects.c.after == "", ~waits),
        )
        .order_by(effects.c.priority, effects.c.effect_id)
        .limit(limit)
    )
    return tuple(Effect(**row) for row in tx.execute(query).mappings())


def no_less_urgent(priority_max: int) -> sa.ColumnElement[bool]:
    """For `due`: what cannot wait longer than this priority."""
    return effects.c.priority <= priority_max


def imagined(meant: Iterable[tuple[int, Intent]], now: datetime) -> list[Effect]:
    """The effects there would be for these leads' intentions, to be planned and thrown away. Their ids are
    negative: no stored one has them."""
    return [
        Effect(
            effect_id=-number,
            system=str(intent.system),
            kind=intent.kind,
            target=intent.target,
            lead_id=lead_id,
            pass_number=intent.pass_number,
            payload=intent.payload,
            payload_hash=0,
            version=1,
            sent_version=None,
            state=EffectState.PENDING,
            priority=intent.priority,
            after="",
            attempts=0,
            next_at=None,
            code="",
            message="",
            cure="",
            note="",
            result_id="",
            created_at=now,
            updated_at=now,
            done_at=None,
        )
        for number, (lead_id, intent) in enumerate(meant, start=1)
    ]


# --- sending ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sending:
    """One effect about to be sent: which version, to which object, over which values."""

    effect: Effect
    object_type: str
    object_id: str
    before: Mapping[str, Any]
    written: Mapping[str, Any]


def begin(tx: sa.Connection, batch: Sequence[Sending], run_id: int | None, now: datetime) -> dict[int, int]:
    """Before the call: the state, the version and the before-image are on disk. Effect id -> receipt id."""
    found: dict[int, int] = {}
    for sending in batch:
        effect = sending.effect
        tx.execute(
            effects.update()
            .where(effects.c.effect_id == effect.effect_id)
            .values(state=EffectState.SENDING, sent_version=effect.version, updated_at=now)
        )
        receipt = tx.execute(
            receipts.insert()
            .values(
                effect_id=effect.effect_id,
                version=effect.version,
                run_id=run_id,
                sent_at=now,
                object_type=sending.object_type,
                object_id=sending.object_id,
                before=dict(sending.before),
                written=dict(sending.written),
            )
            .returning(receipts.c.receipt_id)
        )
        found[effect.effect_id] = int(receipt.scalar_one())
    return found


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of an effect after its answer. `retry_at` is set for what is tried again."""

    effect_id: int
    sent_version: int
    state: EffectState
    failure: Failure | None = None
    retry_at: datetime | None = None
    result_id: str = ""
    note: str = ""
    counts_attempt: bool = True


def settle(tx: sa.Connection, settlement: Settlement, now: datetime) -> None:
    """Apply an answer. An effect whose version has moved on since it was sent goes back to pending, unless
    its fate is unknown."""
    failure = settlement.failure
    row = effects.c
    moved_on = row.version > settlement.sent_version
    state: Any = settlement.state
    if settlement.state in {EffectState.DONE, EffectState.PARKED, EffectState.CANCELLED}:
        state = sa.case((moved_on, EffectState.PENDING.value), else_=settlement.state.value)
    values: dict[str, Any] = {
        "state": state,
        "next_at": settlement.retry_at,
        "updated_at": now,
        "attempts": row.attempts + (1 if settlement.counts_attempt else 0),
        "code": failure.code if failure else "",
        "message": failure.message if failure else "",
        "cure": failure.cure if failure else "",
        "note": settlement.note,
    }
    if settlement.state == EffectState.DONE:
        first_time = sa.case(
            (row.state == EffectState.DONE, row.done_at), else_=sa.bindparam("now", now, Utc)
        )
        values |= {"done_at": first_time, "result_id": settlement.result_id}
    tx.execute(effects.update().where(row.effect_id == settlement.effect_id).values(**values))


def postpone(tx: sa.Connection, effect_id: int, at: datetime, why: str, now: datetime) -> None:
    """Look at an effect again at `at`: it waits, and nothing counts against it."""
    values = {"next_at": at, "note": why, "updated_at": now}
    tx.execute(effects.update().where(effects.c.effect_id == effect_id).values(**values))


def answer(tx: sa.Connection, receipt_id: int, outcome: Outcome, now: datetime) -> None:
    """Complete a receipt with what the system said."""
    values: dict[str, Any] = {
        "answered_at": now,
        "result": outcome.result,
        "is_created": outcome.is_created,
        "code": outcome.failure.code if outcome.failure else "",
    }
    if outcome.ref is not None:
        values["object_id"] = outcome.ref.id
    if outcome.before:
        values["before"] = dict(outcome.before)
    if outcome.result == Result.UNKNOWN:
        values["answered_at"] = None
    tx.execute(receipts.update().where(receipts.c.receipt_id == receipt_id).values(**values))


# --- reading ---------------------------------------------------------------------------------------------


def of_lead(tx: sa.Connection, lead_id: int) -> tuple[Effect, ...]:
    """Every effect of one lead, oldest first."""
    query = sa.select(effects).where(effects.c.lead_id == lead_id).order_by(effects.c.effect_id)
    return tuple(Effect(**row) for row in tx.execute(query).mappings())


def targets_waiting(tx: sa.Connection, kind: str) -> tuple[str, ...]:
    """Targets of this kind that are not settled yet, in the order they were intended."""
    query = (
        sa.select(effects.c.target)
        .where(effects.c.kind == kind, effects.c.state.in_((*UNSENT, *IN_FLIGHT)))
        .order_by(effects.c.effect_id)
    )
    return tuple(tx.execute(query).scalars())


def counts(tx: sa.Connection) -> Mapping[tuple[str, str, str], int]:
    """How many effects per (system, kind, state)."""
    key = (effects.c.system, effects.c.kind, effects.c.state)
    query = sa.select(*key, sa.func.count()).group_by(*key)
    return {(system, kind, state): count for system, kind, state, count in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Effects held up by one cause: what it means, how many, how many of them hand-offs, since when."""

    system: str
    code: str
    state: str
    message: str
    cure: str
    effects: int
    handoffs: int
    since_at: datetime


def error_groups(tx: sa.Connection) -> tuple[ErrorGroup, ...]:
    """One line per cause, those that hold hand-offs first."""
    handoffs = sa.func.sum(sa.case((effects.c.kind == "handoff", 1), else_=0)).label("handoffs")
    query = (
        sa.select(
            effects.c.system,
            effects.c.code,
            effects.c.state,
            sa.func.max(effects.c.message).label("message"),
            sa.func.max(effects.c.cure).label("cure"),
            sa.func.count().label("effects"),
            handoffs,
            sa.func.min(effects.c.updated_at, type_=effects.c.updated_at.type).label("since_at"),
        )
        .where(effects.c.code != "", effects.c.state.in_(("pending", "unknown", "parked")))
        .group_by(effects.c.system, effects.c.code, effects.c.state)
        .order_by(handoffs.desc(), sa.func.count().desc(), effects.c.code)
    )
    return tuple(ErrorGroup(**row) for row in tx.execute(query).mappings())


def redrive(tx: sa.Connection, codes: Sequence[str], now: datetime) -> int:
    """Parked effects of these causes are tried again: the cause is gone. Returns how many."""
    where = (effects.c.state == EffectState.PARKED) & effects.c.code.in_(list(codes))
    values = {"state": EffectState.PENDING, "next_at": None, "attempts": 0, "updated_at": now}
    return int(tx.execute(effects.update().where(where).values(**values)).rowcount)


def again(tx: sa.Connection, effect_ids: Collection[int], now: datetime) -> int:
    """Confirmed effects are looked at once more: what kept a field out of them is gone. Returns how many."""
    where = (effects.c.state == EffectState.DONE) & effects.c.effect_id.in_(sorted(effect_ids))
    values = {"state": EffectState.PENDING, "next_at": None, "attempts": 0, "updated_at": now}
    return int(tx.execute(effects.update().where(where).values(**values)).rowcount)


def reopen(tx: sa.Connection, effect_id: int, now: datetime) -> None:
    """A person has settled what held this effect up."""
    where = (effects.c.effect_id == effect_id) & (effects.c.state == EffectState.PARKED)
    values = {"state": EffectState.PENDING, "next_at": None, "code": "", "message": "", "cure": ""}
    tx.execute(effects.update().where(where).values(**values, updated_at=now))


def probe_parked(tx: sa.Connection, before: datetime, now: datetime) -> int:
    """Try one parked effect of each cause again, when it has rested since `before`: if it goes through, the
    cause is gone and `redrive` sends the rest. Cases for a person (`identity.*`) stay. Returns how many."""
    oldest = (
        sa.select(sa.func.min(effects.c.effect_id))
        .where(
            effects.c.state == EffectState.PARKED,
            effects.c.updated_at < before,
            effects.c.code.not_like("identity.%"),
        )
        .group_by(effects.c.system, effects.c.kind, effects.c.code)
    )
    where = effects.c.effect_id.in_(oldest.scalar_subquery())
    values = {"state": EffectState.PENDING, "next_at": None, "updated_at": now}
    return int(tx.execute(effects.update().where(where).values(**values)).rowcount)
