"""Reports from the ledger, as plain data: nothing is counted anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core import latency, metrics
from syncd.core.metrics import Funnel, LedgerEntry
from syncd.core.playbook import Playbook
from syncd.core.undoing import MOVES_UNDONE
from syncd.jobs.explain import names_of
from syncd.jobs.grouping import groups, parted
from syncd.store import hops, ledger
from syncd.store.engine import Store


def ledger_entries(tx: sa.Connection) -> list[LedgerEntry]:
    """The whole ledger as counting needs it; merged leads are the one they became."""
    return [
        LedgerEntry(
            row.lead_id,
            row.transition.effective_at,
            row.transition.target.stage,
            row.transition.target.level,
            row.transition.cause,
            row.transition.pass_number,
            row.transition.numbers.get(MOVES_UNDONE, 0),
            row.recorded_of,
        )
        for row in ledger.entries(tx)
    ]


def funnel(store: Store, playbook: Playbook, since: datetime | None, until: datetime) -> Funnel:
    """The funnel of a period; from the first entry of the ledger where no start is given."""
    with store.read() as tx:
        entries = ledger_entries(tx)
    start = since or min((entry.effective_at for entry in entries), default=until)
    return metrics.funnel(entries, start, until, [level.id for level in playbook.levels.mql])


# --- how long a hand-off took ----------------------------------------------------------------------------


def handoff(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, by: str = ""
) -> dict[str, Any]:
    """The documented shape of `syncd report handoff --json`: hand-offs decided in the period, hop by hop."""
    with store.read() as tx:
        rows = hops.between(tx, since, until)
        names = names_of(tx, [row.lead_id for row in rows], until)
        group_of = groups(tx, playbook, by, {row.lead_id for row in rows}) if by else {}
    parts = parted(rows, lambda row: group_of[row.lead_id], lambda row: row.lead_id) if by else {}
    return {
        "since": since,
        "until": until,
        "by": by or None,
        **_hop_data(rows),
        "groups": [{"group": group, **_hop_data(part)} for group, part in parts.items()],
        "leads": [
            {
                "lead_id": row.lead_id,
                "name": names.get(row.lead_id, ""),
                "group": group_of.get(row.lead_id),
                "pass": row.pass_number,
                "stamped_at": row.stamped_at,
                "known_at": row.known_at,
                "decided_at": row.decided_at,
                "sent_at": row.sent_at,
                "confirmed_at": row.confirmed_at,
                "alerted_at": row.alerted_at,
                "whole_s": latency.whole_s(row),
            }
            for row in rows
        ],
    }


def _hop_data(rows: Sequence[latency.HandOff]) -> dict[str, Any]:
    hops_of = [
        {
            "id": hop.id,
            "label": hop.label,
            "count": hop.count,
            "median_s": hop.median_s,
            "p95_s": hop.p95_s,
            "slowest_s": hop.slowest_s,
        }
        for hop in latency.hops(rows)
    ]
    return {"handoffs": len(rows), "hops": hops_of}
