"""What a definition would have made of a lead from its first day on, had nobody in sales touched it.

The lead is told again as one just created: its own acts and its colleagues' at the time they happened,
without the ledger, Salesforce's records, deals and what we or a person said of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.core.decide import decide
from syncd.core.model import Baseline, Signal, Snapshot, Stage
from syncd.core.playbook import Playbook
from syncd.core.signals import OWN_SOURCES
from syncd.core.timeline import SALES_SOURCES

_LATER = ("lead.", "sfcontact.")
_OURS = frozenset({"contact.lifecyclestage", "contact.hs_lead_status"})
"""Fields that show what became of the lead, not who it is: Salesforce's records, and HubSpot's own stages."""


def would_be_sql(snapshot: Snapshot, playbook: Playbook, now: datetime) -> bool:
    """Whether this definition would have made an SQL of the lead by now, at any moment of its life."""
    decided = decide(as_if_new(snapshot), playbook, now)
    return any(move.target.stage is Stage.SQL for move in decided.transitions)


def as_if_new(snapshot: Snapshot) -> Snapshot:
    """The lead as if it had been created under our eyes and never decided."""
    born_at = snapshot.created_at or min(
        (signal.occurred_at for signal in snapshot.signals), default=snapshot.baseline.baseline_at
    )
    before_at = None if born_at is None else born_at - timedelta(seconds=1)
    return replace(
        snapshot,
        fields={
            name: value
            for name, value in snapshot.fields.items()
            if not name.startswith(_LATER) and name not in _OURS
        },
        signals=_in_time(snapshot.signals),
        account_signals=_in_time(snapshot.account_signals),
        standing=None,
        baseline=Baseline(before_at, before_at),
        sales_records=(),
        opportunities=(),
        evaluated_at=None,
        open_hold=False,
        history=(),
        evaluated_version="",
        evaluated_model="",
        waivers=(),
        created_at=born_at,
    )


def _in_time(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Each fact known when it happened; what sales did and what we wrote is left out."""
    return tuple(
        replace(signal, known_at=signal.occurred_at)
        for signal in signals
        if signal.shape.source not in SALES_SOURCES and not signal.shape.source.startswith(OWN_SOURCES)
    )
