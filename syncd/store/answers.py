"""Answers people give by the links in alerts: a request like any other, and the link used up with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.store import work
from syncd.store.tables import answers_used


def is_used(tx: sa.Connection, link_id: str) -> bool:
    """Whether somebody has answered by this link."""
    query = sa.select(answers_used.c.link_id).where(answers_used.c.link_id == link_id)
    return tx.execute(query).first() is not None


def ask_once(
    tx: sa.Connection, link_id: str, verb: str, person: str, arguments: Mapping[str, Any], now: datetime
) -> int:
    """Store the request and use the link up. Raises sqlalchemy's IntegrityError when another was faster: then
    nothing is stored."""
    request_id = work.ask(tx, verb, person, arguments, now)
    row = {"link_id": link_id, "request_id": request_id, "used_at": now}
    tx.execute(answers_used.insert().values(**row))
    return request_id
