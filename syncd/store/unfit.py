"""Users and queues that can have no Leads, as the last check of the org found: they are passed over."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from syncd.core.desk import QUEUE_PREFIX, short
from syncd.core.model import System
from syncd.store.tables import users


def remember(tx: sa.Connection, checked: Mapping[str, str]) -> int:
    """Keep why each of these owners can have no Leads (blank: they can). One that is no user here gets a row,
    so that it is passed over too. Returns how many changed."""
    query = sa.select(users.c.object_id, users.c.unfit).where(users.c.system == System.SALESFORCE)
    known = {short(row.object_id): row for row in tx.execute(query)}
    changed = 0
    for owner, why in sorted(checked.items()):
        row = known.get(short(owner))
        if row is None and why:
            kind = "queue" if owner.startswith(QUEUE_PREFIX) else "user"
            values = {"object_type": kind, "name": owner, "email": None, "is_active": False, "unfit": why}
            tx.execute(users.insert().values(system=System.SALESFORCE, object_id=owner, **values))
            changed += 1
        elif row is not None and row.unfit != why:
            where = (users.c.system == System.SALESFORCE) & (users.c.object_id == row.object_id)
            tx.execute(users.update().where(where).values(unfit=why))
            changed += 1
    return changed
