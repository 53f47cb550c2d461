"""The daily list: every decisive action that did not hand over, why, and what lets it pass after all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.core.model import Snapshot, Waiver
from syncd.core.playbook import Playbook
from syncd.core.profile import derived
from syncd.core.story import reason_label
from syncd.core.why_not import handle, remedy, stopper
from syncd.jobs.explain import name_of
from syncd.store import hand_raises, snapshots
from syncd.store.engine import Store
from syncd.store.hand_raises import HandRaiseRow


@dataclass(frozen=True, slots=True)
class HandRaiser:
    """One decisive action of one lead. `handed_over_at` is when it went to sales after all; `waiver` what a
    person has set aside since, where they did."""

    lead_id: int
    name: str
    company: str
    did: str
    raised_at: datetime
    blocked_by: str
    reason: str
    command: str
    advice: str
    handed_over_at: datetime | None
    waiver: Waiver | None

    def as_dict(self) -> dict[str, Any]:
        """The documented shape of one entry of `syncd report hand-raisers --json`."""
        return {
            "lead_id": self.lead_id,
            "name": self.name,
            "company": self.company,
            "did": self.did,
            "raised_at": self.raised_at,
            "blocked_by": self.blocked_by,
            "reason": self.reason,
            "command": self.command,
            "advice": self.advice,
            "handed_over_at": self.handed_over_at,
            "set_aside_by": self.waiver.by if self.waiver else None,
        }


def hand_raisers(
    store: Store, playbook: Playbook, since: datetime, until: datetime
) -> tuple[HandRaiser, ...]:
    """Every decisive action of the period that did not hand over at once, the newest first."""
    with store.read() as tx:
        rows = hand_raises.between(tx, since, until)
        loaded = snapshots.load_snapshots(tx, [row.lead_id for row in rows], until)
    known = {snapshot.lead_id: snapshot for snapshot in loaded}
    return tuple(_listed(row, known[row.lead_id], playbook, until) for row in rows if row.lead_id in known)


def _listed(row: HandRaiseRow, snapshot: Snapshot, playbook: Playbook, now: datetime) -> HandRaiser:
    command, advice = remedy(row.blocked_by, handle(snapshot), playbook)
    given = [item for item in snapshot.waivers if item.id == row.blocked_by]
    in_force = [item for item in given if item.until_at is None or now < item.until_at]
    return HandRaiser(
        lead_id=row.lead_id,
        name=name_of(snapshot),
        company=derived(snapshot.fields, snapshot.emails).get("person.company_name", ""),
        did=reason_label(row.kind, playbook),
        raised_at=row.raised_at,
        blocked_by=row.blocked_by,
        reason=stopper(row.blocked_by, playbook),
        command=command,
        advice=advice,
        handed_over_at=row.handed_over_at,
        waiver=in_force[-1] if in_force else None,
    )
