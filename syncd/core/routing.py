"""Who is to own a hand-off: the first routing rule that is true, else the playbook's own choice.

An unknown answer is not true, so a rule never routes on data that is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from syncd.core.compiled import compiled
from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import Snapshot
from syncd.core.playbook import Playbook, Test

Holds = Callable[[Test], bool]


def owner_id(snapshot: Snapshot, playbook: Playbook, now: datetime) -> str:
    """The Salesforce user or queue that gets this lead; blank where the org's own rules choose."""
    holds = answers(snapshot, playbook, now)
    owners = (owner for test, owner in playbook.routing.rules if holds(test))
    return next(owners, playbook.routing.owner_id)


def answers(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Holds:
    """Whether a test holds for this lead now; unknown is no. The lead is looked at once a test is asked."""
    lead: Lead | None = None

    def holds(test: Test) -> bool:
        nonlocal lead
        if lead is None:
            lead = Lead(snapshot, compiled(playbook))
            lead.advance(to_ms(now))
        view = lead.at(to_ms(now)).view
        return view.book.holds(test, view) is True

    return holds
