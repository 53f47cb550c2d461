"""Rescores everybody twice, from packs and from facts, and names every difference: there must be none.

Nothing is stored. Whoever is dirty is left out: what the store holds of them is old by intention.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from syncd.core.decide import decide
from syncd.core.engine import Screened
from syncd.core.instants import to_ms
from syncd.core.model import Decision
from syncd.core.playbook import Playbook
from syncd.jobs.fullpass import Looked, Pass
from syncd.store import snapshots
from syncd.store.engine import Store

STEP = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """What two ways to judge one lead disagree on, as each has it."""

    lead_id: int
    what: str
    packed: object
    facts: object


@dataclass(frozen=True, slots=True)
class Verified:
    """How many leads were judged both ways, how many of them could only be decided, and what differs."""

    leads: int
    unscreened: int
    differences: tuple[Difference, ...]


def verify(store: Store, playbook: Playbook, now: datetime) -> Verified:
    """Judge everybody from packs and from facts at `now`."""
    whole = Pass(store, playbook)
    leads = unscreened = after = 0
    differences: list[Difference] = []
    while (read := whole.read(after, STEP)).rows:
        after = read.rows[-1][0]
        screened = {row[0]: whole.screen(row, read, Looked(to_ms(now))) for row in read.rows}
        with store.read() as tx:
            loaded = snapshots.load_snapshots(tx, list(screened), now)
        for snapshot in loaded:
            found = screened[snapshot.lead_id]
            unscreened += found is None
            if found is not None:
                differences += _compare(found, decide(snapshot, playbook, now))
        leads += len(loaded)
    return Verified(leads, unscreened, tuple(differences))


def _compare(screened: Screened, decision: Decision) -> Iterator[Difference]:
    verdict, lead_id = decision.verdict, decision.lead_id
    pairs: list[tuple[str, object, object]] = [
        ("fit", screened.fit_micro, verdict.fit.points_micro),
        ("engagement", screened.engagement_micro, verdict.engagement.points_micro),
        ("intent", screened.intent_micro, verdict.intent.points_micro),
        ("grade", screened.grade, verdict.grade),
        ("model", screened.model, verdict.model),
        ("cell", screened.cell, verdict.cell),
    ]
    if screened.stays:
        due_second = None if decision.due_at is None else to_ms(decision.due_at) // 1000
        pairs += [("moves", 0, len(decision.transitions)), ("due", screened.due_second, due_second)]
    for what, packed, facts in pairs:
        if packed != facts:
            yield Difference(lead_id, what, packed, facts)
