"""The two named operations that may move or remove facts: `merge_leads` and `erase_leads`.

A merge moves everything of one lead to another and says so in the ledger; a key of ours never changes by it.
An erasure deletes what is personal and leaves the ledger, which never was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Cause, Position, Stage, Standing, Transition
from syncd.store import assignments, follows, ledger, lookalikes
from syncd.store import holds as holds_of
from syncd.store.bulk import chunks
from syncd.store.ddl import upsert
from syncd.store.outbox import UNSENT
from syncd.store.tables import (
    EffectState,
    addresses,
    affiliations,
    deal_people,
    decisions,
    details,
    edits,
    effects,
    fields_left,
    hand_raises,
    holds,
    hops,
    leads,
    links,
    packs,
    pairs,
    plan_steps,
    profiles,
    receipts,
    sales_acts,
    scores,
    signals,
    to_ms,
    waivers,
)

_Lead = sa.Row[Any]  # a row of `leads`
SETTLED = (EffectState.DONE, EffectState.CANCELLED)

_RANK = (
    Stage.LEAD,
    Stage.MQL,
    Stage.NEAR_SQL,
    Stage.DISQUALIFIED,
    Stage.REJECTED,
    Stage.LOST,
    Stage.RECYCLED,
    Stage.SQL,
    Stage.HANDED_OFF,
    Stage.ACCEPTED,
    Stage.OPPORTUNITY,
    Stage.CUSTOMER,
)
"""Which of two standings a merged lead keeps: the one sales has gone further with, so that nobody is handed
over twice."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Under which playbook and lease a ledger entry is written."""

    playbook_version: str
    epoch: int


# --- merge -----------------------------------------------------------------------------------------------


def merge_leads(tx: sa.Connection, loser: int, survivor: int, origin: Origin, now: datetime) -> None:
    """Everything known of `loser` is known of `survivor` from now on."""
    rows = {
        row.lead_id: row for row in tx.execute(sa.select(leads).where(leads.c.lead_id.in_((loser, survivor))))
    }
    _move_signals(tx, loser, survivor)
    for keyed in (details, addresses, deal_people, hand_raises, hops, sales_acts):
        _move_rows(tx, keyed, loser, survivor)
    for owned in (links, profiles, holds, pairs, waivers, edits):
        tx.execute(owned.update().where(owned.c.lead_id == loser).values(lead_id=survivor))
    assignments.move(tx, loser, survivor)
    follows.merged(tx, loser, survivor)
    holds_of.join(tx, survivor, now)
    tx.execute(leads.update().where(leads.c.merged_into == loser).values(merged_into=survivor))
    for derived in (scores, decisions, packs, affiliations):
        tx.execute(derived.delete().where(derived.c.lead_id == loser))
    undone = (effects.c.lead_id == loser) & effects.c.target.like("undo:%")
    tx.execute(effects.update().where(undone).values(lead_id=survivor))  # what is taken back stays so
    _cancel_unsent(tx, (loser,), now, "merged into another lead")
    _enter(tx, rows[loser], rows[survivor], origin, now)


def _enter(tx: sa.Connection, loser: _Lead, survivor: _Lead, origin: Origin, now: datetime) -> None:
    """The ledger's side: the loser's last entry, and the survivor's when it takes over that standing."""
    theirs, ours = ledger.standing_of(loser), ledger.standing_of(survivor)
    if theirs is not None:
        _record(tx, loser.lead_id, theirs, theirs, f"into:{survivor.lead_id}", origin, now)
    is_taken = theirs is not None and (ours is None or _rank(theirs) > _rank(ours))
    if is_taken and theirs is not None:
        _record(tx, survivor.lead_id, ours, theirs, f"from:{loser.lead_id}", origin, now)
        ledger.save_standing(tx, survivor.lead_id, theirs)
    values = {
        "dirty_at": now,
        "created_at": min(loser.created_at, survivor.created_at),
        "account_id": survivor.account_id or loser.account_id,
        "matched_by": survivor.matched_by if survivor.account_id else loser.matched_by,
        "evaluated_at": loser.evaluated_at if is_taken else survivor.evaluated_at,
        "released_at": survivor.released_at or loser.released_at,
        "released_by": survivor.released_by or loser.released_by,
        "pass_number": max(loser.pass_number, survivor.pass_number),
        "evidence_floor_at": _latest(loser.evidence_floor_at, survivor.evidence_floor_at),
    }
    tx.execute(leads.update().where(leads.c.lead_id == survivor.lead_id).values(**values))
    gone = {"merged_into": survivor.lead_id, "dirty_at": None, "due_at": None, "is_releasable": False}
    tx.execute(leads.update().where(leads.c.lead_id == loser.lead_id).values(**gone))


def _rank(standing: Standing) -> int:
    return _RANK.index(standing.position.stage) if standing.position.stage in _RANK else -1


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [at for at in (one, other) if at is not None]
    return max(known) if known else None


def _record(
    tx: sa.Connection,
    lead_id: int,
    before: Standing | None,
    after: Standing,
    code: str,
    origin: Origin,
    now: datetime,
    cause: Cause = Cause.MERGED,
) -> None:
    move = Transition(
        effective_at=now,
        origin=before.position if before else None,
        target=after.position,
        cause=cause,
        code=code,
        pass_number=after.pass_number,
        track=after.track,
        until_at=after.until_at,
    )
    version, epoch = origin.playbook_version, origin.epoch
    ledger.add_transitions(tx, lead_id, [move], playbook_version=version, now=now, epoch=epoch)


def _move_signals(tx: sa.Connection, loser: int, survivor: int) -> None:
    """One fact about both is one fact; what is in force for either stays in force."""
    theirs = {row.signal_key: row for row in tx.execute(sa.select(signals).where(signals.c.lead_id == loser))}
    if not theirs:
        return
    query = sa.select(signals.c.signal_key, signals.c.retracts).where(signals.c.lead_id == survivor)
    ours = {row.signal_key: row.retracts for row in tx.execute(query)}
    taken_back = {row.retracts for row in theirs.values()} - {None}
    taken_back_here = set(ours.values()) - {None}
    in_force = {key for key, row in theirs.items() if row.retracts is None} - taken_back
    in_force_here = {key for key, retracts in ours.items() if retracts is None} - taken_back_here
    moved = [
        row._asdict() | {"lead_id": survivor}
        for key, row in theirs.items()
        if key not in ours and (row.retracts is None or row.retracts not in in_force_here)
    ]
    tx.execute(signals.delete().where(signals.c.lead_id == loser))
    if moved:
        tx.execute(signals.insert(), moved)
    for batch in chunks(sorted(taken_back_here & in_force)):
        here = (signals.c.lead_id == survivor) & signals.c.retracts.in_(batch)
        tx.execute(signals.delete().where(here))


def _move_rows(tx: sa.Connection, table: sa.Table, loser: int, survivor: int) -> None:
    """Rows keyed by lead: moved, unless the survivor has the same one."""
    rows = [row._asdict() for row in tx.execute(sa.select(table).where(table.c.lead_id == loser))]
    if not rows:
        return
    tx.execute(table.delete().where(table.c.lead_id == loser))
    statement = upsert(tx, table).on_conflict_do_nothing()
    tx.execute(statement, [row | {"lead_id": survivor} for row in rows])


def _cancel_unsent(tx: sa.Connection, lead_ids: Iterable[int], now: datetime, note: str) -> None:
    """What has not left is not wanted any more; what is on its way is settled first."""
    for batch in chunks(sorted(set(lead_ids))):
        where = effects.c.lead_id.in_(batch) & effects.c.state.in_(UNSENT)
        values = {"state": EffectState.CANCELLED, "note": note, "updated_at": now}
        tx.execute(effects.update().where(where).values(**values))


# --- erase -----------------------------------------------------------------------------------------------


def erase_leads(tx: sa.Connection, lead_ids: Iterable[int], origin: Origin, now: datetime) -> None:
    """Delete profiles, addresses, texts and what was to be written; keep ids, codes and numbers.

    The links stay, so that a record of the same id cannot bring the person back.
    """
    ids = set(lead_ids)
    for batch in chunks(sorted(ids)):
        for row in tx.execute(sa.select(leads).where(leads.c.lead_id.in_(batch))).all():
            _enter_erased(tx, row, origin, now)
        ids |= set(tx.execute(sa.select(leads.c.lead_id).where(leads.c.merged_into.in_(batch))).scalars())
    _cancel_unsent(tx, ids, now, "erased")
    for batch in chunks(sorted(ids)):
        known = sa.select(addresses.c.email).where(addresses.c.lead_id.in_(batch))
        emails = set(tx.execute(known).scalars())
        keyed = (profiles, addresses, details, scores, decisions, packs, affiliations, waivers, plan_steps)
        for table in keyed:
            tx.execute(table.delete().where(table.c.lead_id.in_(batch)))
        lookalikes.forget_aliases(tx, emails)
        _blank_writes(tx, batch)
        tx.execute(links.update().where(links.c.lead_id.in_(batch)).values(state="deleted"))
        tx.execute(
            holds.update()
            .where(holds.c.lead_id.in_(batch))
            .values(
                candidates=[], reason="erased", resolved_at=sa.func.coalesce(holds.c.resolved_at, to_ms(now))
            )
        )


def _blank_writes(tx: sa.Connection, lead_ids: list[int]) -> None:
    theirs = sa.select(effects.c.effect_id).where(effects.c.lead_id.in_(lead_ids))
    tx.execute(receipts.update().where(receipts.c.effect_id.in_(theirs)).values(before={}, written={}))
    tx.execute(fields_left.delete().where(fields_left.c.effect_id.in_(theirs)))
    tx.execute(
        effects.update()
        .where(effects.c.lead_id.in_(lead_ids), effects.c.state.in_((*UNSENT, *SETTLED)))
        .values(payload={}, payload_hash=0)
    )


def _enter_erased(tx: sa.Connection, row: _Lead, origin: Origin, now: datetime) -> None:
    before = ledger.standing_of(row)
    if before is not None and before.position.stage == Stage.ERASED:
        return
    after = Standing(Position(Stage.ERASED), now, pass_number=row.pass_number)
    _record(tx, row.lead_id, before, after, "", origin, now, Cause.ERASED)
    ledger.save_standing(tx, row.lead_id, after)
    gone = {"dirty_at": None, "due_at": None, "is_releasable": False}
    tx.execute(leads.update().where(leads.c.lead_id == row.lead_id).values(**gone))
