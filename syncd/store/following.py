"""Adds what sales does with the record left to those whose own was merged into it (`follows`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Followed, Opportunity, Signal, Snapshot
from syncd.store import follows
from syncd.store.deals import opportunities_of
from syncd.store.happened import signals_of

_SALES = "salesforce."


def joined(tx: sa.Connection, found: Sequence[Snapshot], known_by: datetime) -> list[Snapshot]:
    """The snapshots, with the facts of the lead that is followed from the merge on, and its deals. Who has a
    record of their own again follows nobody."""
    alone = [item.lead_id for item in found if all(record.is_deleted for record in item.sales_records)]
    pairs = follows.followed_by(tx, alone)
    if not pairs:
        return list(found)
    leaders = sorted({item.lead_id for item in pairs.values()})
    facts, deals = signals_of(tx, leaders, known_by), opportunities_of(tx, leaders)
    return [
        _with(item, pairs[item.lead_id], facts.get(pairs[item.lead_id].lead_id, []), deals)
        if item.lead_id in pairs
        else item
        for item in found
    ]


def _with(
    item: Snapshot, followed: Followed, facts: Sequence[Signal], deals: dict[int, list[Opportunity]]
) -> Snapshot:
    since_at = followed.since_at
    theirs = {
        fact.key: fact
        for fact in facts
        if fact.shape.source.startswith(_SALES) and fact.occurred_at >= since_at
    }
    known = {fact.key: fact for fact in (*theirs.values(), *item.signals)}
    now_theirs = [
        deal
        for deal in deals.get(followed.lead_id, ())
        if not deal.is_closed or (deal.modified_at is not None and deal.modified_at >= since_at)
    ]
    mine = {deal.ref for deal in item.opportunities}
    return replace(
        item,
        signals=tuple(sorted(known.values(), key=lambda fact: (fact.occurred_at, fact.key))),
        opportunities=(*item.opportunities, *(deal for deal in now_theirs if deal.ref not in mine)),
        followed=followed,
    )
