"""What a delivery reads besides its effect, and what follows when it is done: the link and the fact.

A confirmed delivery is a fact like any other: a signal of source `syncd.delivered`, which tells `decide`
that the hand-off arrived. Its link makes the record ours from then on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.links import record_url
from syncd.core.model import Intent, Ref, Shape, System
from syncd.core.signals import signal_key
from syncd.store import facts, outbox, people, work
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState, effects, leads, links, to_ms

OPEN_LINK_STATES = ("current", "converted")


def task_of(tx: sa.Connection, handoff: Effect) -> tuple[Effect, ...]:
    """The pending task of a lone hand-off, so that both can go in one call; empty when there is none."""
    query = sa.select(effects).where(
        effects.c.system == handoff.system,
        effects.c.kind == "task",
        effects.c.after == handoff.target,
        effects.c.state == EffectState.PENDING,
        effects.c.attempts == 0,
    )
    most_urgent = query.order_by(effects.c.priority, effects.c.effect_id).limit(1)
    return tuple(Effect(**row) for row in tx.execute(most_urgent).mappings())


def delivered_records(tx: sa.Connection, batch: Sequence[Effect]) -> Mapping[int, str]:
    """For each task, the record its hand-off was put on, as `system:object:id`; absent before that."""
    wanted: dict[str, list[int]] = {}
    for effect in batch:
        if effect.kind == "task" and effect.after:
            wanted.setdefault(effect.after, []).append(effect.effect_id)
    query = sa.select(effects.c.target, effects.c.result_id).where(
        effects.c.target.in_(sorted(wanted)), effects.c.kind == "handoff", effects.c.result_id != ""
    )
    rows = tx.execute(query).all()
    return {effect_id: result_id for target, result_id in rows for effect_id in wanted[target]}


def task_subjects(tx: sa.Connection, batch: Sequence[Effect]) -> Mapping[str, str]:
    """What tasks made before were called then, by key: those that other tasks of a batch are about."""
    targets = [f"task:{effect.payload['key']}" for effect in batch if "goes_on" in effect.payload]
    if not targets:
        return {}
    query = sa.select(effects.c.payload).where(effects.c.kind == "task", effects.c.target.in_(targets))
    return {str(item["key"]): str(item["fields"].get("Subject", "")) for item in tx.execute(query).scalars()}


def record_urls(tx: sa.Connection, batch: Sequence[Effect]) -> Mapping[int, str]:
    """For each message about a lead, the page of the record its hand-off was put on, where the org's address
    is known."""
    wanted = {effect.lead_id for effect in batch if effect.lead_id is not None}
    org_url = work.org_url(tx)
    if not wanted or not record_url(org_url, "id"):
        return {}
    query = sa.select(effects.c.lead_id, effects.c.result_id).where(
        effects.c.lead_id.in_(sorted(wanted)),
        effects.c.kind == "handoff",
        effects.c.result_id.like(f"{System.SALESFORCE}:%"),
    )
    ids = {lead_id: str(result).rpartition(":")[2] for lead_id, result in tx.execute(query)}
    return {
        effect.effect_id: record_url(org_url, ids[effect.lead_id])
        for effect in batch
        if effect.lead_id in ids
    }


def known_records(tx: sa.Connection, batch: Sequence[Effect]) -> Mapping[int, tuple[Ref, ...]]:
    """For each hand-off, or record kept current, the Salesforce records linked to its lead now."""
    by_lead: dict[int | None, list[int]] = {}
    for effect in batch:
        if effect.kind in {"handoff", "record"}:
            by_lead.setdefault(effect.lead_id, []).append(effect.effect_id)
    query = (
        sa.select(links.c.lead_id, links.c.object_type, links.c.object_id)
        .where(
            links.c.lead_id.in_([lead_id for lead_id in by_lead if lead_id is not None]),
            links.c.system == System.SALESFORCE,
            links.c.object_type.in_(("lead", "contact")),
            links.c.state.in_(OPEN_LINK_STATES),
        )
        .order_by(links.c.object_type, links.c.object_id)
    )
    found: dict[int, list[Ref]] = {}
    for lead_id, object_type, object_id in tx.execute(query):
        found.setdefault(lead_id, []).append(Ref(System.SALESFORCE, object_type, object_id))
    return {effect_id: tuple(refs) for lead_id, refs in found.items() for effect_id in by_lead[lead_id]}


def alert_hold(
    tx: sa.Connection,
    lead_id: int,
    pass_number: int,
    reason: str,
    candidates: Sequence[Mapping[str, Any]],
    channels: Sequence[str],
    now: datetime,
    kind: str = "",
) -> None:
    """Tell people that a lead waits for them, with the candidates by id and link; once per kind of case."""
    listed = [f"{item['ref']} ({item['why']}) {item.get('url', '')}".rstrip() for item in candidates]
    about = f"hold_{kind}" if kind else "hold"
    intents = [
        Intent(
            system=System.NOTIFY,
            kind="alert",
            target=f"alert:{lead_id}:{pass_number}:{about}:{channel}",
            payload={
                "channel": channel,
                "event": "hold",
                "title": "A lead waits for your decision",
                "body": "\n".join([reason, *listed, "Settle it with: syncd hold list"]),
                "url": next((item["url"] for item in candidates if item.get("url")), ""),
            },
            pass_number=pass_number,
            priority=0,
        )
        for channel in channels
    ]
    outbox.put(tx, intents, lead_id, now, is_live=True)


def record_done(
    tx: sa.Connection, effect: Effect, ref: Ref, shape: Shape, shape_digest: int, now: datetime
) -> int | None:
    """Store that a hand-off arrived at `ref`: the record is linked, and the lead gets a fact of our own.

    Returns the lead it now belongs to, which may be another since contacts are merged.
    """
    if effect.lead_id is None:
        return None
    lead_id = _survivor(tx, effect.lead_id)
    people.save_links(tx, [people.Link(ref, lead_id, linked_by="key")])
    shape_id = facts.intern_shapes(tx, {shape_digest: shape})[shape_digest]
    source = Ref(System.SYNCD, "delivery", f"{effect.effect_id}:{effect.pass_number}")
    key = signal_key(source, shape.source, str(effect.pass_number))
    facts.add_signals(tx, [facts.NewSignal(lead_id, to_ms(now), key, shape_id)], now)
    return lead_id


def _survivor(tx: sa.Connection, lead_id: int) -> int:
    """The lead itself, or the one it was merged into since."""
    for _hop in range(100):
        into = tx.execute(sa.select(leads.c.merged_into).where(leads.c.lead_id == lead_id)).scalar()
        if into is None:
            return lead_id
        lead_id = into
    raise AssertionError("a circle of merged leads")
