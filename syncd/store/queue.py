"""Effects kept from going out because a run would have written for too many: which, and letting them go.

An effect is looked at once, in the first delivery after it was intended: let go then, or held back. It keeps
its row and its state; `held_cause` says why it waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.blast import Bulk
from syncd.core.model import Cause, Stage, System
from syncd.store.bulk import chunks
from syncd.store.tables import (
    EffectState,
    cursors,
    effects,
    holds,
    leads,
    playbooks,
    profiles,
    transitions,
    waivers,
)

BULK = ("import", "playbook", "backfill", "many")
"""Causes of effects held back in bulk."""
_WRITES = ("handoff", "task", "record", "contact", "membership", "alert", "campaign")
_ASKED = (Cause.DECISIVE_ACTION, Cause.RELEASED)


def _fresh() -> sa.ColumnElement[bool]:
    """Effects nobody has looked at yet. Leaving a list is never kept back."""
    leaves = (effects.c.kind == "membership") & effects.c.payload["member"].as_boolean().is_(False)
    return sa.and_(
        effects.c.state == EffectState.PENDING,
        effects.c.held_cause == "",
        effects.c.cleared_at.is_(None),
        effects.c.kind.in_(_WRITES),
        effects.c.target.not_like("undo:%"),
        effects.c.target.not_like("field:%"),  # one field written anew for everybody: a person asked for it
        sa.not_(leaves),
    )


def fresh_leads(tx: sa.Connection, go_live_at: datetime) -> list[int]:
    """Leads with effects nobody has looked at. What was meant before go-live belongs to going live, which a
    person asked for; messages about leads in sales' hands are news of one at a time."""
    in_hand = (effects.c.kind == "alert") & leads.c.stage.in_((Stage.HANDED_OFF, Stage.ACCEPTED))
    query = (
        sa.select(effects.c.lead_id)
        .join(leads, leads.c.lead_id == effects.c.lead_id)
        .where(_fresh(), sa.or_(effects.c.created_at > go_live_at, effects.c.done_at.is_not(None)))
        .where(sa.not_(in_hand))
        .distinct()
    )
    return sorted(tx.execute(query).scalars())


def kept_leads(tx: sa.Connection) -> int:
    """How many leads the store keeps."""
    query = sa.select(sa.func.count()).select_from(leads).where(leads.c.merged_into.is_(None))
    return int(tx.execute(query).scalar_one())


def asked_for(tx: sa.Connection, lead_ids: Sequence[int], since: datetime) -> frozenset[int]:
    """Those of these leads that are not bulk: who asked for sales, and whom a person has decided about."""
    found: set[int] = set()
    for ids in chunks(lead_ids):
        decided = (transitions.c.cause == Cause.REENTERED) & (transitions.c.code != "")
        begun = (
            sa.select(transitions.c.lead_id)
            .join(leads, leads.c.lead_id == transitions.c.lead_id)
            .where(
                transitions.c.lead_id.in_(ids),
                transitions.c.to_stage == Stage.SQL,
                transitions.c.pass_number == leads.c.pass_number,
                sa.or_(transitions.c.cause.in_(_ASKED), decided),
                leads.c.stage.in_((Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED)),
            )
        )
        found.update(tx.execute(begun).scalars())
        settled = sa.select(holds.c.lead_id).where(
            holds.c.lead_id.in_(ids), holds.c.resolved_at >= since, holds.c.resolved_by != "syncd"
        )
        found.update(tx.execute(settled).scalars())
        waived = sa.select(waivers.c.lead_id).where(waivers.c.lead_id.in_(ids), waivers.c.given_at >= since)
        found.update(tx.execute(waived).scalars())
        said = sa.or_(leads.c.released_at >= since, leads.c.let_go_at >= since)
        found.update(tx.execute(sa.select(leads.c.lead_id).where(leads.c.lead_id.in_(ids), said)).scalars())
    return frozenset(found)


def clear(tx: sa.Connection, now: datetime) -> None:
    """What nobody has looked at may go: it is few enough, or no bulk."""
    tx.execute(effects.update().where(_fresh()).values(cleared_at=now))


def clear_leads(tx: sa.Connection, lead_ids: Sequence[int], now: datetime) -> None:
    """What nobody has looked at for these leads may go, and what follows from it is no bulk."""
    for ids in chunks(lead_ids):
        tx.execute(effects.update().where(_fresh() & effects.c.lead_id.in_(ids)).values(cleared_at=now))
        tx.execute(leads.update().where(leads.c.lead_id.in_(ids)).values(let_go_at=now))


def hold_back(tx: sa.Connection, lead_ids: Sequence[int], cause: str, now: datetime) -> int:
    """Keep what nobody has looked at for these leads from going out. Returns how many effects."""
    held = 0
    for ids in chunks(lead_ids):
        where = _fresh() & effects.c.lead_id.in_(ids)
        values = {"held_cause": cause, "held_at": now}
        held += int(tx.execute(effects.update().where(where).values(**values)).rowcount)
    return held


def held_since(tx: sa.Connection, since: datetime) -> int:
    """For how many leads something was held back since then and still is."""
    query = sa.select(sa.func.count(effects.c.lead_id.distinct())).where(
        effects.c.held_cause.in_(BULK), effects.c.held_at >= since
    )
    return int(tx.execute(query).scalar_one())


def held_leads(tx: sa.Connection) -> int:
    """For how many leads something is held back in bulk."""
    query = sa.select(sa.func.count(effects.c.lead_id.distinct())).where(
        effects.c.held_cause.in_(BULK), effects.c.state == EffectState.PENDING
    )
    return int(tx.execute(query).scalar_one())


# --- what it comes from ----------------------------------------------------------------------------------


def bulk_of(tx: sa.Connection, lead_ids: Sequence[int], since: datetime) -> Bulk:
    """What is known of these leads and of the store, for naming the cause."""
    born: dict[tuple[datetime, str], int] = {}
    by_playbook = 0
    for ids in chunks(lead_ids):
        query = sa.select(profiles.c.created_at, profiles.c.properties).where(
            profiles.c.lead_id.in_(ids),
            profiles.c.system == System.HUBSPOT,
            profiles.c.object_type == "contact",
            profiles.c.created_at >= since,
        )
        for created_at, properties in tx.execute(query):
            source = properties.get("hs_object_source") or properties.get("hs_analytics_source") or ""
            place = created_at.replace(minute=0, second=0, microsecond=0), str(source)
            born[place] = born.get(place, 0) + 1
        moved = sa.select(sa.func.count(transitions.c.lead_id.distinct())).where(
            transitions.c.lead_id.in_(ids),
            transitions.c.cause == Cause.PLAYBOOK_CHANGED,
            transitions.c.recorded_at >= since,
        )
        by_playbook += int(tx.execute(moved).scalar_one())
    newest = sa.select(playbooks.c.version, playbooks.c.applied_at).where(playbooks.c.applied_at.is_not(None))
    row = tx.execute(newest.order_by(playbooks.c.applied_at.desc()).limit(1)).first()
    loading = sa.select(cursors.c.system, cursors.c.stream).where(cursors.c.state == "loading")
    return Bulk(
        leads=len(lead_ids),
        born=born,
        by_playbook=by_playbook,
        playbook_version="" if row is None else row.version,
        applied_at=None if row is None else row.applied_at,
        loading=[f"{item.system}.{item.stream}" for item in tx.execute(loading)],
    )


# --- what waits, and letting it go -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """One lead whose effects are held back: its rank, since when, why, and what waits. `owner` is whom a
    hand-off among them is meant for; `has_handoff` says there is one."""

    lead_id: int
    rank: int
    held_at: datetime
    cause: str
    kinds: Mapping[str, int]
    owner: str
    has_handoff: bool


def waiting(tx: sa.Connection) -> tuple[Waiting, ...]:
    """Every lead whose effects are held back in bulk, the best first."""
    query = (
        sa.select(
            effects.c.lead_id,
            effects.c.kind,
            effects.c.held_at,
            effects.c.held_cause,
            leads.c.release_rank,
            sa.case((effects.c.kind == "handoff", effects.c.payload), else_=None).label("payload"),
        )
        .join(leads, leads.c.lead_id == effects.c.lead_id)
        .where(effects.c.held_cause.in_(BULK), effects.c.state == EffectState.PENDING)
    )
    rows: dict[int, list[Any]] = {}
    for row in tx.execute(query):
        rows.setdefault(row.lead_id, []).append(row)
    found = [_waiting(lead_id, mine) for lead_id, mine in rows.items()]
    return tuple(sorted(found, key=lambda item: (-item.rank, item.lead_id)))


def _waiting(lead_id: int, rows: Sequence[Any]) -> Waiting:
    kinds: dict[str, int] = {}
    for row in rows:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    payload = next((row.payload for row in rows if row.kind == "handoff"), None) or {}
    owner = str((payload.get("owner") or {}).get("id") or "")
    first = min(rows, key=lambda row: row.held_at)
    return Waiting(
        lead_id, first.release_rank, first.held_at, first.held_cause, kinds, owner, "handoff" in kinds
    )


def let_go(tx: sa.Connection, lead_ids: Iterable[int], now: datetime) -> int:
    """What is held back in bulk for these leads goes out. Returns how many effects."""
    count = 0
    for ids in chunks(sorted(set(lead_ids))):
        where = effects.c.lead_id.in_(ids) & effects.c.held_cause.in_(BULK)
        values = {"held_cause": "", "held_at": None, "cleared_at": now}
        count += int(tx.execute(effects.update().where(where).values(**values)).rowcount)
    return count


def drop(tx: sa.Connection, lead_ids: Iterable[int], now: datetime) -> int:
    """What is held back in bulk for these leads is not sent; intended anew, it is looked at anew. Returns how
    many effects."""
    count = 0
    for ids in chunks(sorted(set(lead_ids))):
        where = effects.c.lead_id.in_(ids) & effects.c.held_cause.in_(BULK)
        values = {"held_cause": "", "held_at": None, "state": EffectState.CANCELLED, "updated_at": now}
        count += int(tx.execute(effects.update().where(where).values(**values)).rowcount)
    return count
