"""Who each pass was given to, and why: kept with the pass, so that a retry asks nobody anew.

A row is written in the transaction that stores the hand-off, so two leads of one batch take two turns. Its
id is the order of turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from syncd.core.desk import Assignment, Skipped, Step
from syncd.core.model import Stage, System
from syncd.store.tables import assignments, leads, users


def of_leads(tx: sa.Connection, passes: Mapping[int, int], until_at: datetime) -> dict[int, Assignment]:
    """The choice made by then for the present pass of each of these leads (lead id -> pass number)."""
    if not passes:
        return {}
    query = sa.select(assignments).where(assignments.c.lead_id.in_(sorted(passes)))
    return {
        row.lead_id: Assignment(
            pass_number=row.pass_number,
            owner_id=row.owner_id,
            step=row.step,
            code=row.code,
            about=row.about,
            skipped=tuple(Skipped(*item) for item in row.skipped),
            chosen_at=row.chosen_at,
        )
        for row in tx.execute(query)
        if passes[row.lead_id] == row.pass_number and row.chosen_at <= until_at
    }


def save(tx: sa.Connection, made: Mapping[int, tuple[Assignment, datetime | None]]) -> None:
    """Keep choices by lead, in the order given; each takes the place of an earlier one for the same pass. The
    moment beside it is when to ask again, where nobody was free."""
    for lead_id, (item, again_at) in made.items():
        same = (assignments.c.lead_id == lead_id) & (assignments.c.pass_number == item.pass_number)
        tx.execute(assignments.delete().where(same))
        tx.execute(
            assignments.insert().values(
                lead_id=lead_id,
                pass_number=item.pass_number,
                owner_id=item.owner_id,
                step=item.step,
                code=item.code,
                about=item.about,
                skipped=[[part.step, part.code, part.whom] for part in item.skipped],
                chosen_at=item.chosen_at,
                again_at=again_at,
            )
        )


def forget(tx: sa.Connection, lead_ids: Sequence[int]) -> None:
    """What was chosen for the first hand-over of their pass no longer counts: these leads are in nobody's
    hands yet. Whom a person named stays."""
    present = sa.exists().where(
        leads.c.lead_id == assignments.c.lead_id,
        leads.c.pass_number == assignments.c.pass_number,
        leads.c.stage == Stage.SQL,
    )
    theirs = assignments.c.lead_id.in_(list(lead_ids)) & (assignments.c.step != Step.PERSON) & present
    tx.execute(assignments.delete().where(theirs))


def pass_of(tx: sa.Connection, lead_id: int) -> int:
    """The number of the pass a lead is in."""
    return int(tx.execute(sa.select(leads.c.pass_number).where(leads.c.lead_id == lead_id)).scalar_one())


def to_ask_again(tx: sa.Connection, now: datetime) -> list[int]:
    """Leads that wait for their hand-off and for an owner: nobody was free, or whom we chose cannot have
    them any more."""
    gone = sa.exists().where(
        users.c.system == System.SALESFORCE,
        users.c.object_id == assignments.c.owner_id,
        sa.not_(users.c.is_active) | (users.c.unfit != ""),
    )
    query = (
        sa.select(assignments.c.lead_id)
        .join(leads, leads.c.lead_id == assignments.c.lead_id)
        .where(
            leads.c.stage.in_((Stage.SQL, Stage.HANDED_OFF)),
            leads.c.dirty_at.is_(None),
            leads.c.pass_number == assignments.c.pass_number,
            (assignments.c.again_at <= now) | ((leads.c.stage == Stage.SQL) & gone),
        )
        .order_by(assignments.c.lead_id)
        .limit(ASKED_MAX)
    )
    return list(tx.execute(query).scalars())


def asked(tx: sa.Connection, lead_ids: Sequence[int]) -> None:
    """These are looked at now: whoever still has nobody is asked again from then on."""
    where = assignments.c.lead_id.in_(list(lead_ids)) & assignments.c.again_at.is_not(None)
    tx.execute(assignments.update().where(where).values(again_at=None))


ASKED_MAX = 1_000


def move(tx: sa.Connection, loser: int, survivor: int) -> None:
    """The choices of a merged lead are those of the one it became, for passes that one has not had."""
    had: Sequence[int] = list(
        tx.execute(sa.select(assignments.c.pass_number).where(assignments.c.lead_id == survivor)).scalars()
    )
    where = (assignments.c.lead_id == loser) & assignments.c.pass_number.not_in(had)
    tx.execute(assignments.update().where(where).values(lead_id=survivor))
    tx.execute(assignments.delete().where(assignments.c.lead_id == loser))
