"""What people answer to a case, and what follows: the word about each pair is kept, under the person's name.

`same` and `different` outlive their case: a pair that was decided is never asked about again, and what two
records were merged into counts as they did. A decision can be taken back; what was written by it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.identity import NOT_REOPENED, OF_ACCOUNTS, TWINS_AFTER_CREATE
from syncd.core.model import Ref
from syncd.core.plain import counted
from syncd.store import holds, ledger, outbox, pairs, waivers
from syncd.store.holds import Hold
from syncd.store.pairs import DIFFERENT, SAME, ref_of
from syncd.store.tables import links

NEW, BOTH = "new", "both"
AN_OWNER = "the id of a Salesforce user or queue"
"""How a case that nobody can have is settled: by naming who gets it all the same."""
OF_TWINS = frozenset({"twin_leads", "twin_contacts", "twins", TWINS_AFTER_CREATE, "twin_records"})
"""Kinds that say `merge them`: closed by themselves once that was done."""
_WITHOUT_NEW = frozenset({TWINS_AFTER_CREATE, "twin_records", "no_owner", NOT_REOPENED})
_GONE = ("merged", "deleted")


def answers(kind: str, candidates: Sequence[Mapping[str, Any]]) -> list[str]:
    """What may settle a case of this kind, besides declining."""
    if kind.startswith("filter:"):
        return [holds.HAND_OVER]
    offered = [str(item["ref"]) for item in candidates]
    if kind in {TWINS_AFTER_CREATE, "twin_records"}:
        return [*offered, BOTH]
    if kind == "no_owner":
        return [AN_OWNER]
    if kind == NOT_REOPENED:
        return offered
    return [*offered, NEW, *([BOTH] if len(offered) > 1 and kind not in OF_ACCOUNTS else [])]


def settle(tx: sa.Connection, hold: Hold, chosen: str, person: str, now: datetime) -> None:
    """Keep the answer to a case about records: what it says of each pair, and its resolution."""
    offered = [ref_of(str(item["ref"])) for item in hold.candidates]
    said = _said(hold.kind, offered, chosen)
    pairs.say(tx, hold.lead_id, said, person, now, hold.hold_id)
    resolution = " ".join(str(ref) for ref in offered) if chosen == BOTH else chosen
    holds.resolve_hold(tx, hold.hold_id, resolution, person, now)


def _said(kind: str, offered: Sequence[Ref], chosen: str) -> dict[Ref, str]:
    """What an answer says of each record. One chosen among twins says nothing of the others: they are the
    same person too, and are there should the chosen one go."""
    if chosen == NEW:
        return dict.fromkeys(offered, DIFFERENT)
    if chosen == BOTH:
        return dict.fromkeys(offered[1:], DIFFERENT) if kind == TWINS_AFTER_CREATE else {}
    return {ref: SAME for ref in offered if str(ref) == chosen}


def take_back(tx: sa.Connection, hold_id: int, person: str, now: datetime) -> str:
    """The answer to a case no longer holds: it is asked again when it matters. Returns what was done, blank
    where there is no such answer."""
    found = holds.one(tx, hold_id)
    if found is None or found.resolved_at is None or not found.resolution or found.resolved_by == "syncd":
        return ""
    if found.kind == holds.UNDONE or found.resolution in {holds.LIFTED, holds.TAKEN_BACK}:
        return ""
    words = pairs.take_back_of_hold(tx, hold_id, person, now)
    if found.kind.startswith("filter:"):
        waivers.revoke(tx, found.lead_id, holds.filter_of(found.kind), person, now)
    holds.mark_taken_back(tx, hold_id, person, now)
    ledger.mark_dirty(tx, [found.lead_id], now)
    told = f" ({counted(words, 'record')} open again)" if words else ""
    return f"the answer to hold {hold_id} no longer holds{told}; what was written by it stays"


def close_merged(tx: sa.Connection, lead_ids: Iterable[int], now: datetime) -> int:
    """Close cases of twins whose records people merged or deleted in Salesforce, so that one is left; what
    waited for them goes on. Returns how many."""
    wanted = set(lead_ids)
    open_cases = [hold for hold in holds.all_holds(tx) if hold.lead_id in wanted and hold.kind in OF_TWINS]
    closed = 0
    for hold in open_cases:
        offered = [ref_of(str(item["ref"])) for item in hold.candidates]
        if len(offered) > 1 and len(set(offered) - _gone(tx, offered)) <= 1:
            holds.resolve_hold(tx, hold.hold_id, holds.MERGED, "syncd", now)
            if hold.effect_id is not None:
                outbox.reopen(tx, hold.effect_id, now)
            closed += 1
    return closed


def _gone(tx: sa.Connection, refs: Sequence[Ref]) -> set[Ref]:
    """Those of these records that were merged into another or deleted."""
    by_text = {(ref.system.value, ref.object, ref.id): ref for ref in refs}
    query = sa.select(links.c.system, links.c.object_type, links.c.object_id).where(
        links.c.object_id.in_([ref.id for ref in refs]), links.c.state.in_(_GONE)
    )
    found = (by_text.get((row.system, row.object_type, row.object_id)) for row in tx.execute(query))
    return {ref for ref in found if ref is not None}
