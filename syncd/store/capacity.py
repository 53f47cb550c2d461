"""How much each owner has in hand: open hand-overs, and what they were given today.

A hand-over is open from the choice of its owner until sales has ended it or made a deal of it. Who has it is
what Salesforce shows; before the record is there, whom we chose. One that is kept from going out is in
nobody's hands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from syncd.core.desk import Load
from syncd.core.model import Stage, System
from syncd.store.deliveries import OPEN_LINK_STATES
from syncd.store.tables import EffectState, assignments, effects, leads, links, profiles

IN_HAND = (Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED)


def loads(tx: sa.Connection, now: datetime, time_zone: str = "UTC") -> Mapping[str, Load]:
    """By the id of each Salesforce user or queue that has or had a hand-over of ours: how many are open, how
    many it was given since midnight in `time_zone`, and when it was last chosen."""
    is_open = leads.c.stage.in_(IN_HAND) & sa.not_(held_back())
    open_by = _owned(tx, is_open)
    midnight = _midnight(now, time_zone)
    waits = (leads.c.stage == Stage.SQL) & (assignments.c.chosen_at >= midnight) & sa.not_(held_back())
    today_by = _owned(tx, (leads.c.handed_off_at >= midnight) | waits)
    last_by = {row.owner_id: row for row in tx.execute(_LAST)}
    return {
        owner: Load(
            open=open_by.get(owner, 0),
            today=today_by.get(owner, 0),
            turn=last_by[owner].turn if owner in last_by else 0,
            last_at=last_by[owner].last_at if owner in last_by else None,
        )
        for owner in sorted(open_by.keys() | today_by.keys() | last_by.keys())
    }


def held_back() -> sa.ColumnElement[bool]:
    """For a query of `leads`: whether their first hand-over of this pass is kept from going out."""
    kept = sa.exists().where(
        effects.c.lead_id == leads.c.lead_id,
        effects.c.kind == "handoff",
        effects.c.state == EffectState.PENDING,
        effects.c.held_cause != "",
    )
    return (leads.c.stage == Stage.SQL) & kept


_LAST = (
    sa.select(
        assignments.c.owner_id,
        sa.func.max(assignments.c.assignment_id).label("turn"),
        sa.func.max(assignments.c.chosen_at, type_=assignments.c.chosen_at.type).label("last_at"),
    )
    .where(assignments.c.owner_id != "")
    .group_by(assignments.c.owner_id)
)


def _midnight(now: datetime, time_zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _owned(tx: sa.Connection, condition: sa.ColumnElement[bool]) -> dict[str, int]:
    """How many leads of which this holds each owner has."""
    chosen = (assignments.c.lead_id == leads.c.lead_id) & (assignments.c.pass_number == leads.c.pass_number)
    linked = (
        (links.c.lead_id == leads.c.lead_id)
        & (links.c.system == System.SALESFORCE)
        & links.c.object_type.in_(("lead", "contact"))
        & links.c.state.in_(OPEN_LINK_STATES)
    )
    shown = (
        (profiles.c.system == links.c.system)
        & (profiles.c.object_type == links.c.object_type)
        & (profiles.c.object_id == links.c.object_id)
    )
    # `contact` sorts before `lead`: where a Lead became a Contact, the Contact's owner has the person.
    pair = sa.func.min(profiles.c.object_type + ":" + profiles.c.properties["OwnerId"].as_string())
    per_lead = (
        sa.select(leads.c.lead_id, pair.label("pair"), sa.func.max(assignments.c.owner_id).label("chosen"))
        .select_from(leads.outerjoin(assignments, chosen).outerjoin(links, linked).outerjoin(profiles, shown))
        .where(condition, leads.c.merged_into.is_(None), leads.c.pass_number > 0)
        .group_by(leads.c.lead_id)
        .subquery()
    )
    query = sa.select(per_lead.c.pair, per_lead.c.chosen, sa.func.count()).group_by(
        per_lead.c.pair, per_lead.c.chosen
    )
    found: dict[str, int] = {}
    for pair_text, chosen_id, count in tx.execute(query):
        owner = (pair_text or "").partition(":")[2] or chosen_id or ""
        if owner:
            found[owner] = found.get(owner, 0) + count
    return found
