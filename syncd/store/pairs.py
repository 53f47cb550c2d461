"""What was said of a lead and one outside record: the same person (or company), or not.

People say so when they settle a case; `alerted` and `blocked` is what a duplicate rule of the org said
when it refused a create. Nothing is deleted: what is taken back keeps who said it and who took it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from syncd.core.model import Ref, System
from syncd.store.bulk import chunks
from syncd.store.tables import links, pairs

SAME, DIFFERENT, ALERTED, BLOCKED = "same", "different", "alerted", "blocked"
ORG = "the org's duplicate rule"
"""Who says `alerted` and `blocked`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One word about one pair."""

    ref: Ref
    says: str
    said_by: str
    said_at: datetime
    hold_id: int | None = None
    taken_back_at: datetime | None = None
    taken_back_by: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What holds for one lead now."""

    same: frozenset[Ref] = frozenset()
    different: frozenset[Ref] = frozenset()
    alerted: frozenset[Ref] = frozenset()
    blocked: frozenset[Ref] = frozenset()


NOTHING_SAID = Said()


def say(
    tx: sa.Connection,
    lead_id: int,
    said: Mapping[Ref, str],
    person: str,
    now: datetime,
    hold_id: int | None = None,
) -> None:
    """Remember what was said of these records, in place of what people, or the org, said before."""
    for ref, says in said.items():
        take_back(tx, lead_id, [ref], person, now, _beside(says))
    rows = [
        {
            "lead_id": lead_id,
            "ref": str(ref),
            "says": says,
            "hold_id": hold_id,
            "said_by": person,
            "said_at": now,
        }
        for ref, says in sorted(said.items())
    ]
    if rows:
        tx.execute(pairs.insert(), rows)


def take_back(
    tx: sa.Connection,
    lead_id: int,
    refs: Iterable[Ref],
    person: str,
    now: datetime,
    words: Sequence[str] = (SAME, DIFFERENT),
) -> int:
    """What people (or, by `words`, the org) said of these records no longer holds. Returns how many."""
    where = (
        (pairs.c.lead_id == lead_id)
        & pairs.c.ref.in_([str(ref) for ref in refs])
        & pairs.c.says.in_(words)
        & pairs.c.taken_back_at.is_(None)
    )
    change = pairs.update().where(where).values(taken_back_at=now, taken_back_by=person)
    return int(tx.execute(change).rowcount)


def take_back_of_hold(tx: sa.Connection, hold_id: int, person: str, now: datetime) -> int:
    """What was said to settle this case no longer holds. Returns how many pairs."""
    where = (pairs.c.hold_id == hold_id) & pairs.c.taken_back_at.is_(None)
    change = pairs.update().where(where).values(taken_back_at=now, taken_back_by=person)
    return int(tx.execute(change).rowcount)


def of_leads(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, Said]:
    """What holds for each of these leads that anything was said of; the newest word counts."""
    newest: dict[int, dict[tuple[Ref, Sequence[str]], str]] = {}
    for batch in chunks(sorted(set(lead_ids))):
        query = (
            sa.select(pairs)
            .where(pairs.c.lead_id.in_(batch), pairs.c.taken_back_at.is_(None))
            .order_by(pairs.c.pair_id)
        )
        for row in tx.execute(query):
            newest.setdefault(row.lead_id, {})[ref_of(row.ref), _beside(row.says)] = row.says
    return {
        lead_id: Said(
            *(frozenset(ref for (ref, _), says in found.items() if says == word) for word in _WORDS)
        )
        for lead_id, found in newest.items()
    }


_WORDS = (SAME, DIFFERENT, ALERTED, BLOCKED)


def _beside(says: str) -> Sequence[str]:
    """The words of whoever says so: people's and the org's stand beside each other."""
    return _WORDS[:2] if says in _WORDS[:2] else _WORDS[2:]


def mirrored(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, frozenset[Ref]]:
    """Per lead, records of people who were said to be somebody else than this lead, from their side: what was
    said of two people once is not asked about again the other way round."""
    wanted = sorted(set(lead_ids))
    own = _sales_links(tx, wanted)
    texts = {str(ref): lead_id for lead_id, refs in own.items() for ref in refs}
    others: dict[int, set[int]] = {}
    for batch in chunks(sorted(texts)):
        where = pairs.c.ref.in_(batch) & (pairs.c.says == DIFFERENT) & pairs.c.taken_back_at.is_(None)
        for row in tx.execute(sa.select(pairs.c.lead_id, pairs.c.ref).where(where)):
            others.setdefault(texts[row.ref], set()).add(row.lead_id)
    theirs = _sales_links(tx, sorted({other for found in others.values() for other in found}))
    return {
        lead_id: frozenset(ref for other in found - {lead_id} for ref in theirs.get(other, ()))
        for lead_id, found in others.items()
    }


def _sales_links(tx: sa.Connection, lead_ids: Sequence[int]) -> dict[int, set[Ref]]:
    found: dict[int, set[Ref]] = {}
    for batch in chunks(lead_ids):
        query = sa.select(links.c.lead_id, links.c.object_type, links.c.object_id).where(
            links.c.lead_id.in_(batch), links.c.system == System.SALESFORCE
        )
        for row in tx.execute(query):
            found.setdefault(row.lead_id, set()).add(Ref(System.SALESFORCE, row.object_type, row.object_id))
    return found


def history(tx: sa.Connection, lead_id: int) -> tuple[Pair, ...]:
    """Everything ever said of this lead, oldest first."""
    query = sa.select(pairs).where(pairs.c.lead_id == lead_id).order_by(pairs.c.pair_id)
    return tuple(
        Pair(
            ref_of(row.ref),
            row.says,
            row.said_by,
            row.said_at,
            row.hold_id,
            row.taken_back_at,
            row.taken_back_by,
        )
        for row in tx.execute(query)
    )


def ref_of(text: str) -> Ref:
    """A reference from its text form `system:object:id`."""
    system, kind, object_id = text.split(":", 2)
    return Ref(System(system), kind, object_id)
