"""What somebody does whom an open opportunity names: a task on it, and a message to whoever works it.

Never a new Lead, and never a hand-off: sales has this person. Nobody else would tell the opportunity's owner
that they asked for a demo meanwhile. One task and one message a day, however much they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.core.model import Opportunity, Ref, Signal, Snapshot, Stage, Standing, System
from syncd.core.plain import plain
from syncd.core.playbook import Playbook
from syncd.core.signals import classify
from syncd.core.story import reason_label

TITLE_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Act:
    """What was done, as a title, when, on which Contact, and in which opportunity where there is only one."""

    title: str
    at: datetime
    day: str
    contact: Ref
    deal: Opportunity | None
    owner: str  # name of the opportunity's owner, where known

    @property
    def event(self) -> str:
        """One event a day, of the family of news about what sales has in hand."""
        return f"news_in_deal_{self.day}"

    @property
    def purpose(self) -> str:
        return f"deal-{self.day}"

    @property
    def what(self) -> dict[str, object]:
        """The field that puts a task on the opportunity; its owner has the task, as found when it is sent."""
        return {} if self.deal is None else {"WhatId": self.deal.ref.id}


def act(snapshot: Snapshot, standing: Standing, playbook: Playbook, fresh: Sequence[Signal]) -> Act | None:
    """The newest decisive act among these facts learnt since the last look, of somebody in an open
    opportunity of Salesforce; None where there is none, or the playbook has people asked."""
    if standing.position.stage is not Stage.OPPORTUNITY or playbook.routing.cases.in_deal != "activity":
        return None
    contacts = [
        item.ref for item in snapshot.sales_records if item.ref.object == "contact" and not item.is_deleted
    ]
    deals = [
        item for item in snapshot.opportunities if item.ref.system is System.SALESFORCE and not item.is_closed
    ]
    decisive = [(item, kind) for item in fresh if (kind := _kind(item, playbook))]
    if not contacts or not deals or not decisive:
        return None
    newest, kind = max(decisive, key=lambda found: (found[0].occurred_at, found[0].key))
    deal = deals[0] if len(deals) == 1 else None
    owner = snapshot.owner_names.get(deal.owner_id, "") if deal else ""
    what = f"In {owner}'s open opportunity" if owner else "In your open opportunity"
    title = plain(f"{what}: {reason_label(kind, playbook)}", TITLE_CHARS_MAX)
    local = newest.occurred_at.astimezone(ZoneInfo(playbook.time_zone))
    return Act(title, newest.occurred_at, f"{local:%Y%m%d}", min(contacts), deal, owner)


def _kind(signal: Signal, playbook: Playbook) -> str:
    """The decisive kind a fact is of; blank for none."""
    wanted = set(playbook.levels.decisive.signals)
    return next((kind for kind in classify(signal.shape, playbook) if kind in wanted), "")
