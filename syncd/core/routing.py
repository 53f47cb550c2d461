"""Who is to own a hand-off: the first routing rule that is true, else the playbook's own choice.

An unknown answer is not true, so a rule never routes on data that is missing.
"""

from __future__ import annotations

from datetime import datetime

from syncd.core.compiled import compiled
from syncd.core.instants import to_ms
from syncd.core.model import Snapshot
from syncd.core.playbook import Playbook
from syncd.core.profile import derived
from syncd.core.timeline import Timeline, dated
from syncd.core.view import Person, View


def owner_id(snapshot: Snapshot, playbook: Playbook, now: datetime) -> str:
    """The Salesforce user or queue that gets this lead; blank where the org's own rules choose."""
    if playbook.routing.rules:
        view = _view(snapshot, playbook, now)
        for test, owner in playbook.routing.rules:
            if view.book.holds(test, view) is True:
                return owner
    return playbook.routing.owner_id


def _view(snapshot: Snapshot, playbook: Playbook, now: datetime) -> View:
    """The lead as the playbook's tests see it at `now`."""
    book = compiled(playbook)
    timeline = Timeline()
    for item in dated(snapshot.signals, book.catalogue):
        if item.acts_ms <= to_ms(now):
            timeline.admit(item)
    person = Person({**snapshot.fields, **derived(snapshot.fields, snapshot.emails)})
    return View(book, person, timeline, to_ms(now))
