"""The ledger of stages and the newest decision of each lead.

Transitions are only ever added. The lead's own row repeats the end of its ledger for reading; `replay` shows
that both agree. A stored decision is what `explain` prints: it is not computed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from syncd.core.model import Cause, Decision, Position, Stage, Standing, Transition
from syncd.store.ddl import upsert
from syncd.store.tables import leads, scores, transitions

CHUNK = 500


def save_decision(
    tx: sa.Connection,
    decision: Decision,
    *,
    playbook_version: str,
    now: datetime,
    epoch: int,
    request_id: int | None = None,
) -> None:
    """Store what was decided about one lead: its moves, where it stands, its scores, when to look again.

    The caller adds the effects in the same transaction.
    """
    add_transitions(
        tx,
        decision.lead_id,
        decision.transitions,
        playbook_version=playbook_version,
        now=now,
        epoch=epoch,
        request_id=request_id,
    )
    save_standing(tx, decision.lead_id, decision.standing)
    tx.execute(
        leads.update()
        .where(leads.c.lead_id == decision.lead_id)
        .values(
            dirty_at=None,
            due_at=decision.due_at,
            evaluated_at=now,
            is_releasable=decision.releasable,
            release_rank=_release_rank(decision),
        )
    )
    _save_score(tx, decision, playbook_version)


def _release_rank(decision: Decision) -> int:
    """The order of the release list: whole points of all scores, most first."""
    verdict = decision.verdict
    return verdict.fit.points_micro + verdict.engagement.points_micro + verdict.intent.points_micro


def _save_score(tx: sa.Connection, decision: Decision, playbook_version: str) -> None:
    verdict = decision.verdict
    values = {
        "fit_micro": verdict.fit.points_micro,
        "engagement_micro": verdict.engagement.points_micro,
        "intent_micro": verdict.intent.points_micro,
        "grade": verdict.grade,
        "model": verdict.model,
        "as_of_at": verdict.at,
        "playbook_version": playbook_version,
        "decision": msgspec.to_builtins(replace(decision, intents=())),
    }
    statement = upsert(tx, scores).values(lead_id=decision.lead_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=[scores.c.lead_id], set_=values))


def add_transitions(
    tx: sa.Connection,
    lead_id: int,
    moves: Sequence[Transition],
    *,
    playbook_version: str,
    now: datetime,
    epoch: int,
    request_id: int | None = None,
) -> None:
    """Append moves of one lead, in order."""
    rows = [
        {
            "lead_id": lead_id,
            "effective_at": move.effective_at,
            "recorded_at": now,
            "from_stage": move.origin.stage if move.origin else None,
            "from_level": move.origin.level if move.origin else "",
            "to_stage": move.target.stage,
            "to_level": move.target.level,
            "cause": move.cause,
            "code": move.code,
            "pass_number": move.pass_number,
            "track": move.track,
            "until_at": move.until_at,
            "evidence": list(move.evidence),
            "numbers": dict(move.numbers),
            "playbook_version": playbook_version,
            "request_id": request_id,
            "epoch": epoch,
        }
        for move in moves
    ]
    if rows:
        tx.execute(transitions.insert(), rows)


def save_standing(tx: sa.Connection, lead_id: int, standing: Standing) -> None:
    """Repeat the end of the ledger on the lead's row."""
    tx.execute(
        leads.update()
        .where(leads.c.lead_id == lead_id)
        .values(
            stage=standing.position.stage,
            level=standing.position.level,
            stage_since_at=standing.since_at,
            pass_number=standing.pass_number,
            reason=standing.reason,
            track=standing.track,
            until_at=standing.until_at,
            evidence_floor_at=standing.evidence_floor_at,
            qualified_at=standing.qualified_at,
            handed_off_at=standing.handed_off_at,
        )
    )


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One stored transition, with who recorded it when."""

    seq: int
    lead_id: int
    recorded_at: datetime
    playbook_version: str
    request_id: int | None
    transition: Transition


def history(tx: sa.Connection, lead_ids: Iterable[int]) -> Mapping[int, tuple[LedgerRow, ...]]:
    """The ledger of each of these leads, oldest first; a lead without one is absent."""
    ids = sorted(set(lead_ids))
    found: dict[int, list[LedgerRow]] = {}
    for start in range(0, len(ids), CHUNK):
        query = sa.select(transitions).where(transitions.c.lead_id.in_(ids[start : start + CHUNK]))
        for row in tx.execute(query.order_by(transitions.c.seq)).mappings():
            found.setdefault(row["lead_id"], []).append(_ledger_row(row))
    return {lead_id: tuple(rows) for lead_id, rows in found.items()}


def entries(tx: sa.Connection) -> Iterator[LedgerRow]:
    """The whole ledger in the order it was recorded. Moves of a lead that was merged since are told of the
    survivor: one person is counted once."""
    survivors = _survivors(tx)
    for row in tx.execute(sa.select(transitions).order_by(transitions.c.seq)).mappings():
        found = _ledger_row(row)
        yield replace(found, lead_id=survivors.get(found.lead_id, found.lead_id))


def _survivors(tx: sa.Connection) -> dict[int, int]:
    """Every merged lead, and the one it has become in the end."""
    query = sa.select(leads.c.lead_id, leads.c.merged_into).where(leads.c.merged_into.is_not(None))
    into: dict[int, int] = {row.lead_id: row.merged_into for row in tx.execute(query)}
    found: dict[int, int] = {}
    for lead_id, survivor in into.items():
        end, hops = survivor, 0
        while end in into and hops <= len(into):
            end, hops = into[end], hops + 1
        found[lead_id] = end
    return found


def _ledger_row(row: sa.RowMapping) -> LedgerRow:
    origin = None if row["from_stage"] is None else Position(Stage(row["from_stage"]), row["from_level"])
    move = Transition(
        effective_at=row["effective_at"],
        origin=origin,
        target=Position(Stage(row["to_stage"]), row["to_level"]),
        cause=Cause(row["cause"]),
        code=row["code"],
        pass_number=row["pass_number"],
        evidence=tuple(row["evidence"]),
        numbers=row["numbers"],
        track=row["track"],
        until_at=row["until_at"],
    )
    return LedgerRow(
        row["seq"], row["lead_id"], row["recorded_at"], row["playbook_version"], row["request_id"], move
    )


def stored_decision(tx: sa.Connection, lead_id: int) -> Decision | None:
    """The newest decision about a lead, as it was made; None before the first."""
    found = tx.execute(sa.select(scores.c.decision).where(scores.c.lead_id == lead_id)).scalar()
    return None if found is None else msgspec.convert(found, Decision)


def stage_counts(tx: sa.Connection) -> Mapping[tuple[str, str], int]:
    """How many leads stand at each (stage, level) now; merged ones are counted once, with the survivor."""
    query = (
        sa.select(leads.c.stage, leads.c.level, sa.func.count())
        .where(leads.c.stage.is_not(None), leads.c.merged_into.is_(None))
        .group_by(leads.c.stage, leads.c.level)
    )
    return {(stage, level): count for stage, level, count in tx.execute(query)}


def mark_all_dirty(tx: sa.Connection, now: datetime) -> int:
    """Everybody is to be looked at again: after go-live or a changed playbook. Returns how many."""
    where = leads.c.merged_into.is_(None) & leads.c.dirty_at.is_(None)
    return int(tx.execute(leads.update().where(where).values(dirty_at=now)).rowcount)


def mark_dirty(tx: sa.Connection, lead_ids: Iterable[int], now: datetime) -> None:
    ids = sorted(set(lead_ids))
    for start in range(0, len(ids), CHUNK):
        where = leads.c.lead_id.in_(ids[start : start + CHUNK])
        tx.execute(leads.update().where(where).values(dirty_at=now))


def count_waiting(tx: sa.Connection, now: datetime) -> tuple[int, int]:
    """(dirty, due) leads: those with new facts, and those whose moment has come."""
    live = leads.c.merged_into.is_(None)
    dirty = sa.select(sa.func.count()).where(live, leads.c.dirty_at.is_not(None))
    due = sa.select(sa.func.count()).where(live, leads.c.dirty_at.is_(None), leads.c.due_at <= now)
    return int(tx.execute(dirty).scalar_one()), int(tx.execute(due).scalar_one())


def releasable(tx: sa.Connection, limit: int) -> tuple[tuple[int, int], ...]:
    """(lead id, rank) of leads that qualify on evidence older than go-live, the best first."""
    query = (
        sa.select(leads.c.lead_id, leads.c.release_rank)
        .where(leads.c.is_releasable, leads.c.released_at.is_(None), leads.c.merged_into.is_(None))
        .order_by(leads.c.release_rank.desc(), leads.c.lead_id)
        .limit(limit)
    )
    return tuple((lead_id, rank) for lead_id, rank in tx.execute(query))


def release(tx: sa.Connection, lead_ids: Iterable[int], person: str, now: datetime) -> int:
    """A person lets these leads' old evidence count. Returns how many were waiting for it."""
    ids = sorted(set(lead_ids))
    where = leads.c.lead_id.in_(ids) & leads.c.is_releasable & leads.c.released_at.is_(None)
    values: dict[str, Any] = {"released_at": now, "released_by": person, "dirty_at": now}
    return int(tx.execute(leads.update().where(where).values(**values)).rowcount)
