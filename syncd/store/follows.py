"""Leads whose Salesforce record was merged into another lead's, though HubSpot has them as two people.

What sales does with the one record left is about both, until HubSpot merges the contacts or the one that
follows is somebody else again: has a record of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Followed
from syncd.store.bulk import chunks
from syncd.store.ddl import upsert
from syncd.store.tables import follows


def begin(tx: sa.Connection, lead_id: int, of_lead_id: int, since_at: datetime) -> None:
    """From then on this lead follows that one; who followed it does so too."""
    tx.execute(follows.delete().where(follows.c.lead_id == of_lead_id))
    tx.execute(follows.update().where(follows.c.of_lead_id == lead_id).values(of_lead_id=of_lead_id))
    row = {"lead_id": lead_id, "of_lead_id": of_lead_id, "since_at": since_at}
    statement = upsert(tx, follows)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["lead_id"], set_={"of_lead_id": of_lead_id, "since_at": since_at}
        ),
        row,
    )


def merged(tx: sa.Connection, loser: int, survivor: int) -> None:
    """Two leads became one: it follows whom the survivor follows, and never itself."""
    tx.execute(follows.delete().where(follows.c.lead_id == loser))
    tx.execute(follows.update().where(follows.c.of_lead_id == loser).values(of_lead_id=survivor))
    tx.execute(follows.delete().where(follows.c.lead_id == survivor, follows.c.of_lead_id == survivor))


def followed_by(tx: sa.Connection, lead_ids: Collection[int]) -> Mapping[int, Followed]:
    """Of these leads those that follow another: whom, and since when."""
    found: dict[int, Followed] = {}
    for part in chunks(sorted(set(lead_ids))):
        query = sa.select(follows).where(follows.c.lead_id.in_(part))
        found |= {row.lead_id: Followed(row.of_lead_id, row.since_at) for row in tx.execute(query)}
    return found


def followers(tx: sa.Connection, lead_ids: Collection[int]) -> set[int]:
    """Everybody who follows one of these leads."""
    if not tx.execute(sa.select(follows.c.lead_id).limit(1)).first():
        return set()  # in most stores, always
    found: set[int] = set()
    for part in chunks(sorted(set(lead_ids))):
        found |= set(tx.execute(sa.select(follows.c.lead_id).where(follows.c.of_lead_id.in_(part))).scalars())
    return found
