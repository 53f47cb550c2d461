"""When each hop of a hand-off was over: seen in HubSpot, read, decided, sent, confirmed, told to sales.

One row per lead and pass, begun with the decision and completed by the answers, in their transactions. It
outlives the facts it was taken from, and holds nothing personal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from syncd.core.latency import HandOff
from syncd.core.model import Transition
from syncd.store.ddl import upsert
from syncd.store.tables import activities, details, hops, leads, profiles, receipts, signals


def begin(tx: sa.Connection, lead_id: int, move: Transition, now: datetime) -> None:
    """A lead has become SQL by `move`. The first decision of a pass counts."""
    known_at, stamped_at = _evidence(tx, lead_id, move.evidence)
    statement = upsert(tx, hops).values(
        lead_id=lead_id,
        pass_number=move.pass_number,
        stamped_at=stamped_at,
        known_at=known_at,
        decided_at=now,
    )
    tx.execute(statement.on_conflict_do_nothing(index_elements=[hops.c.lead_id, hops.c.pass_number]))


def _evidence(
    tx: sa.Connection, lead_id: int, keys: Iterable[int]
) -> tuple[datetime | None, datetime | None]:
    """When the newest of this evidence was known, and when its source stamped it."""
    query = (
        sa.select(signals.c.known_at, details.c.ref)
        .outerjoin(
            details,
            (details.c.lead_id == signals.c.lead_id) & (details.c.signal_key == signals.c.signal_key),
        )
        .where(signals.c.lead_id == lead_id, signals.c.signal_key.in_(list(keys)))
        .order_by(signals.c.known_at.desc(), signals.c.signal_key)
    )
    row = tx.execute(query).first()
    if row is None:
        return None, None
    return row.known_at, _stamped(tx, lead_id, row.ref or "")


def _stamped(tx: sa.Connection, lead_id: int, ref: str) -> datetime | None:
    """The date of change of the source object; of the person's record where the evidence is part of it."""
    system, _, rest = ref.partition(":")
    kind, _, object_id = rest.partition(":")
    found: datetime | None = tx.execute(
        sa.select(activities.c.modified_at).where(
            activities.c.system == system,
            activities.c.object_type == kind,
            activities.c.object_id == object_id,
        )
    ).scalar()
    if found is not None:
        return found
    newest: datetime | None = tx.execute(
        sa.select(sa.func.max(profiles.c.modified_at, type_=profiles.c.modified_at.type)).where(
            profiles.c.lead_id == lead_id
        )
    ).scalar()
    return newest


def confirmed(tx: sa.Connection, lead_id: int, pass_number: int, effect_id: int, now: datetime) -> None:
    """Salesforce has the record of this pass."""
    sent = sa.select(sa.func.max(receipts.c.sent_at)).where(receipts.c.effect_id == effect_id)
    _complete(tx, lead_id, pass_number, hops.c.confirmed_at, {"confirmed_at": now, "sent_at": sent})


def alerted(tx: sa.Connection, lead_id: int, pass_number: int, now: datetime) -> None:
    """The first message about this pass is out."""
    _complete(tx, lead_id, pass_number, hops.c.alerted_at, {"alerted_at": now})


def _complete(
    tx: sa.Connection, lead_id: int, pass_number: int, unset: sa.Column[datetime], values: dict[str, object]
) -> None:
    where = (hops.c.lead_id == lead_id) & (hops.c.pass_number == pass_number) & unset.is_(None)
    tx.execute(hops.update().where(where).values({name: _plain(value) for name, value in values.items()}))


def _plain(value: object) -> object:
    return value.scalar_subquery() if isinstance(value, sa.Select) else value


def between(tx: sa.Connection, since: datetime | None, until: datetime) -> tuple[HandOff, ...]:
    """Hand-offs decided in this period, the oldest first."""
    query = (
        sa.select(hops)
        .join(leads, leads.c.lead_id == hops.c.lead_id)
        .where(hops.c.decided_at < until, leads.c.merged_into.is_(None))
        .order_by(hops.c.decided_at, hops.c.lead_id)
    )
    if since is not None:
        query = query.where(hops.c.decided_at >= since)
    return tuple(HandOff(**row) for row in tx.execute(query).mappings())
