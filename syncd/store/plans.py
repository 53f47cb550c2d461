"""Plans: what would be written, step by step, as it was shown, and how far applying it has got.

A step belongs to an effect by its system and target, never by the effect's number: a plan may foresee what is
not decided yet. Its JSON holds people's values, and goes with `forget` and after `KEPT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncd.core.model import System
from syncd.store import outbox
from syncd.store.outbox import IN_FLIGHT, UNSENT, Effect
from syncd.store.tables import EffectState, effects, holds, leads, plan_steps, plans, runs, users

KEPT = timedelta(days=30)
"""How long the steps of a plan are kept; the plan itself stays."""
LEAVING = ("create", "update", "send")
SETTLING = (*LEAVING, "nothing", "hold", "fail")
"""Acts that applying a plan carries out: what leaves, and what is only noted here."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan. `state` is making, made, applying or applied."""

    plan_id: int
    made_at: datetime
    made_by: str
    playbook_version: str
    is_live: bool
    summary: Mapping[str, Any]
    state: str
    request_id: int | None
    run_id: int | None
    applied_at: datetime | None
    applied_by: str
    ended_at: datetime | None


# --- making ----------------------------------------------------------------------------------------------


def begin(tx: sa.Connection, person: str, playbook_version: str, now: datetime, *, is_live: bool) -> int:
    """A plan without steps, being made. Returns its number."""
    values = {
        "made_at": now,
        "made_by": person,
        "playbook_version": playbook_version,
        "is_live": is_live,
        "summary": {},
    }
    return int(tx.execute(plans.insert().values(**values).returning(plans.c.plan_id)).scalar_one())


def add_steps(tx: sa.Connection, plan_id: int, first: int, steps: Sequence[Mapping[str, Any]]) -> None:
    """Further steps, numbered from `first`; each as the columns beside `plan_id` and `position`."""
    rows = [{"plan_id": plan_id, "position": first + at, **step} for at, step in enumerate(steps)]
    if rows:
        tx.execute(plan_steps.insert(), rows)


def complete(tx: sa.Connection, plan_id: int, summary: Mapping[str, Any]) -> None:
    """The plan is whole: it can be shown and applied."""
    tx.execute(plans.update().where(plans.c.plan_id == plan_id).values(state="made", summary=dict(summary)))


def discard(tx: sa.Connection, plan_id: int) -> None:
    """Take back a plan that could not be made."""
    tx.execute(plan_steps.delete().where(plan_steps.c.plan_id == plan_id))
    tx.execute(plans.delete().where(plans.c.plan_id == plan_id))


def forget_old(tx: sa.Connection, now: datetime) -> int:
    """Remove the steps of plans that are past their time. Returns how many."""
    old = sa.select(plans.c.plan_id).where(plans.c.made_at < now - KEPT, plans.c.state != "applying")
    return int(tx.execute(plan_steps.delete().where(plan_steps.c.plan_id.in_(old))).rowcount)


# --- what a plan is made of ------------------------------------------------------------------------------


def open_effects(
    tx: sa.Connection,
    system: System,
    kind: str,
    now: datetime,
    after: tuple[int, int],
    limit: int,
) -> tuple[Effect, ...]:
    """Effects of one kind that are not settled, or are to be looked at once more, in the order they are
    sent; those behind `after`, the priority and number of the last one seen."""
    query = (
        sa.select(effects)
        .where(
            effects.c.system == system,
            effects.c.kind == kind,
            sa.or_(
                effects.c.state.in_((*UNSENT, *IN_FLIGHT)),
                (effects.c.state == EffectState.DONE) & (effects.c.next_at <= now),
            ),
            sa.tuple_(effects.c.priority, effects.c.effect_id) > sa.tuple_(*map(sa.literal, after)),
        )
        .order_by(effects.c.priority, effects.c.effect_id)
        .limit(limit)
    )
    return tuple(Effect(**row) for row in tx.execute(query).mappings())


def last_effect(tx: sa.Connection) -> int:
    """The highest number of an effect; 0 where there is none."""
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(effects.c.effect_id), 0))).scalar_one())


def effects_of_leads(tx: sa.Connection, lead_ids: Sequence[int]) -> tuple[Effect, ...]:
    """Every effect of these leads that is not settled."""
    query = (
        sa.select(effects)
        .where(effects.c.lead_id.in_(list(lead_ids)), effects.c.state.in_((*UNSENT, *IN_FLIGHT)))
        .order_by(effects.c.effect_id)
    )
    return tuple(Effect(**row) for row in tx.execute(query).mappings())


def effects_at(tx: sa.Connection, system: System, targets: Sequence[str]) -> Mapping[str, Effect]:
    """The newest effect on each of these targets."""
    query = (
        sa.select(effects)
        .where(effects.c.system == system, effects.c.target.in_(list(targets)))
        .order_by(effects.c.effect_id)
    )
    return {row["target"]: Effect(**row) for row in tx.execute(query).mappings()}


def candidates(tx: sa.Connection, effect_ids: Sequence[int]) -> Mapping[int, list[tuple[str, str]]]:
    """Per parked effect, the records a person is to choose from, and what speaks for each."""
    query = (
        sa.select(holds.c.effect_id, holds.c.candidates)
        .where(holds.c.effect_id.in_(list(effect_ids)), holds.c.resolved_at.is_(None))
        .order_by(holds.c.hold_id)
    )
    return {
        effect_id: [(str(item["ref"]), str(item["why"])) for item in named]
        for effect_id, named in tx.execute(query)
    }


def owner_names(tx: sa.Connection, owner_ids: Iterable[str]) -> Mapping[str, str]:
    """Names of these Salesforce users and queues, where they are known."""
    query = sa.select(users.c.object_id, users.c.name).where(
        users.c.system == System.SALESFORCE, users.c.object_id.in_(sorted(set(owner_ids)))
    )
    return {row.object_id: row.name for row in tx.execute(query)}


# --- reading ---------------------------------------------------------------------------------------------


def plan(tx: sa.Connection, plan_id: int) -> PlanRow | None:
    row = tx.execute(sa.select(plans).where(plans.c.plan_id == plan_id)).mappings().first()
    return None if row is None else PlanRow(**row)


def all_plans(tx: sa.Connection, limit: int) -> tuple[PlanRow, ...]:
    """The newest plans first, those that were never finished left out."""
    query = sa.select(plans).where(plans.c.state != "making").order_by(plans.c.plan_id.desc()).limit(limit)
    return tuple(PlanRow(**row) for row in tx.execute(query).mappings())


def under_way(tx: sa.Connection) -> tuple[PlanRow, ...]:
    """Plans whose applying has begun and not ended, oldest first."""
    query = sa.select(plans).where(plans.c.state == "applying").order_by(plans.c.plan_id)
    return tuple(PlanRow(**row) for row in tx.execute(query).mappings())


def steps(tx: sa.Connection, plan_id: int, page: int = 500) -> Iterator[Mapping[str, Any]]:
    """The steps of a plan in its order."""
    last = -1
    while True:
        query = (
            sa.select(plan_steps)
            .where(plan_steps.c.plan_id == plan_id, plan_steps.c.position > last)
            .order_by(plan_steps.c.position)
            .limit(page)
        )
        rows = tx.execute(query).mappings().all()
        yield from (dict(row) for row in rows)
        if len(rows) < page:
            return
        last = rows[-1]["position"]


def leads_shown(tx: sa.Connection, plan_id: int, limit: int | None) -> list[int | None]:
    """Whom the plan is about, those something is written for first; None stands for what is about nobody."""
    row = plan_steps.c
    rank = sa.func.min(
        sa.case(
            (row.act.in_(LEAVING), 0), (row.act.in_(("hold", "fail")), 1), (row.act == "wait", 2), else_=3
        )
    )
    query = (
        sa.select(row.lead_id)
        .where(row.plan_id == plan_id)
        .group_by(row.lead_id)
        .order_by(rank, sa.func.min(row.position))
    )
    return list(tx.execute(query.limit(limit) if limit is not None else query).scalars())


def steps_of_lead(tx: sa.Connection, plan_id: int, lead_id: int | None) -> list[dict[str, Any]]:
    """What the plan has for one lead, in its order."""
    row = plan_steps.c
    about = row.lead_id.is_(None) if lead_id is None else row.lead_id == lead_id
    query = sa.select(plan_steps).where(row.plan_id == plan_id, about).order_by(row.position)
    return [dict(item) for item in tx.execute(query).mappings()]


def steps_for(
    tx: sa.Connection, plan_id: int, targets: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The steps of a plan for these effects, by system and target."""
    wanted = set(targets)
    query = sa.select(plan_steps).where(
        plan_steps.c.plan_id == plan_id,
        plan_steps.c.target.in_(sorted({target for _system, target in wanted})),
    )
    found = {(row["system"], row["target"]): dict(row) for row in tx.execute(query).mappings()}
    return {key: row for key, row in found.items() if key in wanted}


def counts(tx: sa.Connection, plan_id: int) -> Mapping[tuple[str, str], int]:
    """How many steps by act and state."""
    key = (plan_steps.c.act, plan_steps.c.state)
    query = sa.select(*key, sa.func.count()).where(plan_steps.c.plan_id == plan_id).group_by(*key)
    return {(act, state): count for act, state, count in tx.execute(query)}


@dataclass(frozen=True, slots=True)
class Decided:
    """A lead that was decided for a plan only, and as of when. `is_concerned` says that something is done for
    it; else it only took a turn that the next one then did not get."""

    lead_id: int
    at: datetime
    is_concerned: bool


def decided_leads(tx: sa.Connection, plan_id: int) -> tuple[Decided, ...]:
    """Leads that were decided for this plan only and matter to it, in the order in which they took turns:
    that of their hand-offs."""
    row = plan_steps.c
    is_concerned = sa.func.max(sa.case((row.act.in_((*LEAVING, "hold")), 1), else_=0))
    handed_at = sa.func.min(sa.case((row.kind == "handoff", row.position)))
    query = (
        sa.select(row.lead_id, sa.func.max(row.decided_at, type_=row.decided_at.type), is_concerned)
        .where(row.plan_id == plan_id, row.decided_at.is_not(None), row.lead_id.is_not(None))
        .group_by(row.lead_id)
        .having(sa.or_(is_concerned == 1, handed_at.is_not(None)))
        .order_by(handed_at.is_(None), handed_at, row.lead_id)
    )
    return tuple(Decided(lead_id, at, bool(concerned)) for lead_id, at, concerned in tx.execute(query))


def undecided(tx: sa.Connection, lead_ids: Sequence[int], at: datetime) -> tuple[list[int], list[int]]:
    """Of these leads, those nothing is new about since `at` and nobody has looked at since; and those with
    newer facts."""
    query = sa.select(leads.c.lead_id, leads.c.evaluated_at, leads.c.dirty_at, leads.c.merged_into).where(
        leads.c.lead_id.in_(list(lead_ids))
    )
    as_planned, newer = [], []
    for lead_id, evaluated_at, dirty_at, merged_into in tx.execute(query):
        if merged_into is not None or (dirty_at is not None and dirty_at > at):
            newer.append(lead_id)
        elif evaluated_at is None or evaluated_at < at:
            as_planned.append(lead_id)
    return as_planned, newer


# --- applying --------------------------------------------------------------------------------------------


def begin_applying(
    tx: sa.Connection, plan_id: int, request_id: int, run_id: int, person: str, now: datetime
) -> None:
    """From here on the plan is carried out to its end, by whoever holds the lease. What waited for another
    try is tried at once."""
    values = {"request_id": request_id, "run_id": run_id, "applied_at": now, "applied_by": person}
    tx.execute(plans.update().where(plans.c.plan_id == plan_id).values(state="applying", **values))
    theirs = _of_plan(plan_id) & (effects.c.state == EffectState.PENDING)
    tx.execute(effects.update().where(theirs).values(next_at=None))


def end_applying(tx: sa.Connection, plan_id: int, now: datetime) -> None:
    """Nothing of the plan is left to be done."""
    tx.execute(plans.update().where(plans.c.plan_id == plan_id).values(state="applied", ended_at=now))


def due(
    tx: sa.Connection, plan_id: int, system: System, kinds: Sequence[str], now: datetime, limit: int
) -> tuple[Effect, ...]:
    """Effects of this plan to send now: as they were when it was made, and no others."""
    return outbox.due(tx, system, kinds, now, limit, _of_plan(plan_id))


def _of_plan(plan_id: int) -> sa.ColumnElement[bool]:
    """Effects an open step of the plan is about, with the intention it was made for."""
    return sa.exists().where(
        plan_steps.c.plan_id == plan_id,
        plan_steps.c.state == "open",
        plan_steps.c.act.in_(SETTLING),
        plan_steps.c.system == effects.c.system,
        plan_steps.c.target == effects.c.target,
        plan_steps.c.payload_hash == effects.c.payload_hash,
    )


def run_counts(tx: sa.Connection, run_id: int) -> Mapping[str, Any]:
    """What the run of a plan has done so far."""
    found: Mapping[str, Any] = tx.execute(
        sa.select(runs.c.counts).where(runs.c.run_id == run_id)
    ).scalar_one()
    return found


def leave(tx: sa.Connection, plan_id: int, targets: Mapping[tuple[str, str], str]) -> None:
    """These steps are not carried out, and why."""
    for (system, target), why in targets.items():
        where = _is_step(plan_id, system, target) & (plan_steps.c.state == "open")
        tx.execute(plan_steps.update().where(where).values(state="left", note=why))


def settle(tx: sa.Connection, plan_id: int, *, is_over: bool) -> int:
    """Close the open steps whose effect is settled or has moved on. Returns how many are still open. With
    `is_over` the rest is closed too: it is not tried any more under this plan."""
    row = plan_steps.c
    query = sa.select(row.position, row.act, row.system, row.target, row.payload_hash).where(
        row.plan_id == plan_id, row.state == "open", row.act.in_(SETTLING)
    )
    still = 0
    for position, act, system, target, digest in tx.execute(query).all():
        state, note = _fate(tx, act, system, target, digest)
        if state == "open" and is_over:
            state, note = "left", note or "could not be written in time; it stays to be done"
        if state == "open":
            still += 1
            continue
        where = (row.plan_id == plan_id) & (row.position == position)
        tx.execute(plan_steps.update().where(where).values(state=state, note=note))
    return still


def _fate(tx: sa.Connection, act: str, system: str, target: str, digest: int) -> tuple[str, str]:
    """What has become of a step, by the newest effect on its target."""
    query = (
        sa.select(effects.c.state, effects.c.payload_hash, effects.c.code)
        .where(effects.c.system == system, effects.c.target == target)
        .order_by(effects.c.effect_id.desc())
        .limit(1)
    )
    found = tx.execute(query).first()
    if found is None:
        return "left", "not wanted any more"
    if found.payload_hash != digest:
        return "left", "something else is meant by now"
    if found.state == EffectState.DONE:
        return "done", ""
    if act in {"hold", "fail"} and found.state in {EffectState.PARKED, EffectState.CANCELLED}:
        return "done", ""
    if found.state == EffectState.PARKED:
        return "left", found.code
    if found.state in {EffectState.CANCELLED, EffectState.OBSERVED}:
        return "left", "not wanted any more"
    return "open", found.code


def _is_step(plan_id: int, system: str, target: str) -> sa.ColumnElement[bool]:
    return (
        (plan_steps.c.plan_id == plan_id) & (plan_steps.c.system == system) & (plan_steps.c.target == target)
    )
