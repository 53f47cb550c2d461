"""Everybody's ledger as reports count it, by the person each record has become."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa

from syncd.core.history import History, history
from syncd.core.model import Transition
from syncd.store import ledger


def histories(tx: sa.Connection) -> Mapping[int, History]:
    """The history of every person by lead id."""
    records: defaultdict[int, dict[int, list[Transition]]] = defaultdict(dict)
    for row in ledger.entries(tx):
        mine = records[row.lead_id].setdefault(row.recorded_of or row.lead_id, [])
        mine.append(row.transition)
    return {lead_id: history(list(parts.values())) for lead_id, parts in records.items()}
