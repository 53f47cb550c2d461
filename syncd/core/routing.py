"""Who is to own a hand-off: the first routing rule that is true, else the playbook's own choice.

An unknown answer is not true, so a rule never routes on data that is missing.
"""

from __future__ import annotations

from datetime import datetime

from syncd.core.compiled import compiled
from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import Snapshot
from syncd.core.playbook import Playbook


def owner_id(snapshot: Snapshot, playbook: Playbook, now: datetime) -> str:
    """The Salesforce user or queue that gets this lead; blank where the org's own rules choose."""
    if playbook.routing.rules:
        lead = Lead(snapshot, compiled(playbook))
        lead.advance(to_ms(now))
        view = lead.at(to_ms(now)).view
        for test, owner in playbook.routing.rules:
            if view.book.holds(test, view) is True:
                return owner
    return playbook.routing.owner_id
