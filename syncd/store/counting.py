"""Counts for the tie-out: what the store holds of each system, and what became of every qualified pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Stage, System
from syncd.store.tables import (
    account_links,
    deals,
    effects,
    leads,
    links,
    profiles,
    shapes,
    signals,
    transitions,
    users,
)


def held_records(tx: sa.Connection) -> Mapping[tuple[str, str], int]:
    """How many records of each (system, object) the store holds as present in their system."""
    found: dict[tuple[str, str], int] = {}
    for table, condition in (
        (links, links.c.state.in_(("current", "converted"))),
        (account_links, account_links.c.state == "current"),
        (deals, ~deals.c.is_removed),
        (users, sa.true()),
    ):
        key = (table.c.system, table.c.object_type)
        query = sa.select(*key, sa.func.count()).where(condition).group_by(*key)
        found |= {(system, kind): count for system, kind, count in tx.execute(query)}
    return found


def total_signals(tx: sa.Connection) -> int:
    """Signals in the store, retractions left out."""
    query = sa.select(sa.func.count()).select_from(signals).where(signals.c.retracts.is_(None))
    return int(tx.execute(query).scalar_one())


def leads_with(tx: sa.Connection, source: str) -> frozenset[int]:
    """Leads of whom a fact of this source is stored, taken back or not."""
    query = (
        sa.select(signals.c.lead_id)
        .join(shapes, shapes.c.shape_id == signals.c.shape_id)
        .where(shapes.c.source == source)
        .distinct()
    )
    return frozenset(tx.execute(query).scalars())


def total_leads(tx: sa.Connection) -> int:
    """People known, each once however many records they have."""
    query = sa.select(sa.func.count()).select_from(leads).where(leads.c.merged_into.is_(None))
    return int(tx.execute(query).scalar_one())


def total_erased(tx: sa.Connection) -> int:
    """People erased after a privacy deletion."""
    query = sa.select(sa.func.count()).select_from(leads)
    return int(tx.execute(query.where(leads.c.stage == Stage.ERASED)).scalar_one())


def newcomers(tx: sa.Connection, since: datetime) -> frozenset[int]:
    """People whose contact the portal made after `since`."""
    query = sa.select(profiles.c.lead_id).where(
        profiles.c.system == System.HUBSPOT,
        profiles.c.object_type == "contact",
        profiles.c.created_at > since,
    )
    return frozenset(tx.execute(query).scalars())


def arrived_passes(tx: sa.Connection) -> frozenset[tuple[int, int]]:
    """Every (lead, pass) whose hand-off Salesforce has confirmed."""
    query = sa.select(transitions.c.lead_id, transitions.c.pass_number).where(
        transitions.c.cause != "adopted", transitions.c.to_stage == Stage.HANDED_OFF
    )
    return frozenset((lead_id, number) for lead_id, number in tx.execute(query))


@dataclass(frozen=True, slots=True)
class Passes:
    """What became of every pass that qualified since go-live. The five parts sum to `qualified`, or a lead
    was lost between the systems. `waiting` are unsent or of unknown fate, `stopped` parked with a cause."""

    qualified: int
    handed_off: int
    held: int
    waiting: int
    stopped: int
    withdrawn: int

    @property
    def lost(self) -> int:
        known = self.handed_off + self.held + self.waiting + self.stopped + self.withdrawn
        return self.qualified - known


def passes(tx: sa.Connection) -> Passes:
    """Every (lead, pass) that entered SQL, sorted by what became of it: read from the ledger and the outbox,
    which are written by different jobs."""
    rows = tx.execute(
        sa.select(transitions.c.lead_id, transitions.c.pass_number, transitions.c.to_stage).where(
            transitions.c.cause != "adopted",
            transitions.c.to_stage.in_((Stage.SQL, Stage.HANDED_OFF)),
        )
    ).all()
    qualified = {(lead_id, number) for lead_id, number, stage in rows if stage == Stage.SQL}
    arrived = {(lead_id, number) for lead_id, number, stage in rows if stage == Stage.HANDED_OFF}
    states = {
        (row.lead_id, row.pass_number): (row.state, row.code)
        for row in tx.execute(
            sa.select(effects).where(effects.c.kind == "handoff").order_by(effects.c.effect_id)
        )
    }
    tally = {"handed_off": 0, "held": 0, "waiting": 0, "stopped": 0, "withdrawn": 0}
    for case in qualified:
        name = "handed_off" if case in arrived else _fate(states.get(case))
        if name:
            tally[name] += 1
    return Passes(qualified=len(qualified), **tally)


def _fate(state: tuple[str, str] | None) -> str:
    """What the outbox says of a pass that has not arrived; empty when it knows nothing of it."""
    match state:
        case ("parked", code):
            return "held" if code.startswith("identity.") else "stopped"
        case ("cancelled", _):
            return "withdrawn"
        case ("pending" | "sending" | "unknown" | "observed" | "done", _):
            return "waiting"
        case _:
            return ""
