"""What leads may be grouped by in reports: the offer that made them one, their segment, their owner.

Narrow reads for many leads at once; nothing of it decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from syncd.core.origin import OFFER_SOURCES, offer_name
from syncd.store.bulk import chunks
from syncd.store.tables import assignments, scores, shapes, signals, transitions


def first_offers(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """The first form, event, list or campaign each lead answered; absent where there is none."""
    found: dict[int, str] = {}
    for part in chunks(sorted(set(lead_ids))):
        taken_back = sa.select(signals.c.lead_id, signals.c.retracts).where(
            signals.c.lead_id.in_(part), signals.c.retracts.is_not(None)
        )
        gone = {(row.lead_id, row.retracts) for row in tx.execute(taken_back)}
        query = (
            sa.select(signals.c.lead_id, signals.c.signal_key, shapes.c.source, shapes.c.attributes)
            .join(shapes, shapes.c.shape_id == signals.c.shape_id)
            .where(
                signals.c.lead_id.in_(part),
                shapes.c.source.in_(list(OFFER_SOURCES)),
                signals.c.retracts.is_(None),
            )
            .order_by(signals.c.lead_id, signals.c.occurred_at, signals.c.signal_key)
        )
        for row in tx.execute(query):
            name = offer_name(row.source, row.attributes)
            if name and (row.lead_id, row.signal_key) not in gone:
                found.setdefault(row.lead_id, name)
    return found


def segments(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """The scoring model each lead was judged by last; absent before its first verdict."""
    found: dict[int, str] = {}
    for part in chunks(sorted(set(lead_ids))):
        query = sa.select(scores.c.lead_id, scores.c.model).where(scores.c.lead_id.in_(part))
        found |= {row.lead_id: row.model for row in tx.execute(query)}
    return found


def owners(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """The Salesforce user or queue the newest pass of each lead was given to; absent where nobody was."""
    found: dict[int, str] = {}
    for part in chunks(sorted(set(lead_ids))):
        query = (
            sa.select(assignments.c.lead_id, assignments.c.owner_id)
            .where(assignments.c.lead_id.in_(part), assignments.c.owner_id != "")
            .order_by(assignments.c.pass_number, assignments.c.assignment_id)
        )
        found |= {row.lead_id: row.owner_id for row in tx.execute(query)}
    return found


def first_versions(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    """The version of the playbook under which each lead entered the ledger."""
    found: dict[int, str] = {}
    for part in chunks(sorted(set(lead_ids))):
        query = (
            sa.select(transitions.c.lead_id, transitions.c.playbook_version)
            .where(transitions.c.lead_id.in_(part))
            .order_by(transitions.c.seq)
        )
        for row in tx.execute(query):
            found.setdefault(row.lead_id, row.playbook_version)
    return found
