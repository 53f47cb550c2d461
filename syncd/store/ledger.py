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
from syncd.store.bulk import insert, json_text
from syncd.store.tables import decisions as stored
from syncd.store.tables import leads, requests, scores, to_ms, transitions

CHUNK = 500


def save_decisions(
    tx: sa.Connection, decisions: Sequence[Decision], *, playbook_version: str, now: datetime, epoch: int
) -> None:
    """Store what was decided about a batch of leads: moves, standings, scores, when to look again.

    One statement per table, however many leads. The caller adds the effects in the same transaction.
    """
    moves = [
        _transition_row(decision.lead_id, move, playbook_version, now, epoch, None)
        for decision in decisions
        for move in decision.transitions
    ]
    if moves:
        tx.execute(transitions.insert(), moves)
    if decisions:
        tx.execute(_STAND, [_lead_row(decision, now) for decision in decisions])
        _save_scores(tx, decisions, playbook_version)


_STAND = (
    leads.update()
    .where(leads.c.lead_id == sa.bindparam("of_lead_id"))
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in (
                "stage",
                "level",
                "stage_since_at",
                "pass_number",
                "reason",
                "track",
                "until_at",
                "evidence_floor_at",
                "qualified_at",
                "handed_off_at",
                "due_at",
                "reread_at",
                "evaluated_at",
                "is_releasable",
                "release_rank",
                "dirty_at",
            )
        }
    )
)


def _lead_row(decision: Decision, now: datetime) -> dict[str, Any]:
    """The end of the ledger, repeated on the lead's row for reading, and when to look again."""
    standing, verdict = decision.standing, decision.verdict
    total = verdict.fit.points_micro + verdict.engagement.points_micro + verdict.intent.points_micro
    return {
        "of_lead_id": decision.lead_id,
        "new_stage": standing.position.stage,
        "new_level": standing.position.level,
        "new_stage_since_at": standing.since_at,
        "new_pass_number": standing.pass_number,
        "new_reason": standing.reason,
        "new_track": standing.track,
        "new_until_at": standing.until_at,
        "new_evidence_floor_at": standing.evidence_floor_at,
        "new_qualified_at": standing.qualified_at,
        "new_handed_off_at": standing.handed_off_at,
        "new_due_at": decision.due_at,
        "new_reread_at": decision.reread_at,
        "new_evaluated_at": now,
        "new_is_releasable": decision.releasable,
        "new_release_rank": total,  # the release list is ordered by it, most first
        "new_dirty_at": None,
    }


_SCORE = (
    "fit_micro",
    "engagement_micro",
    "intent_micro",
    "lifetime_engagement_micro",
    "lifetime_intent_micro",
    "grade",
    "model",
    "cell",
    "as_of_at",
    "playbook_version",
)


def _save_scores(tx: sa.Connection, decisions: Sequence[Decision], playbook_version: str) -> None:
    """The newest scores, and the decision itself, whose effects stand in the outbox. They are apart, so that
    new numbers for everybody do not write everybody's reasons."""
    made = sorted(decisions, key=lambda item: item.lead_id)
    rows = [_score_row(decision, playbook_version) for decision in made]
    insert(tx, scores, ("lead_id", *_SCORE), rows, replace=_SCORE)
    texts = [(decision.lead_id, json_text(replace(decision, intents=()))) for decision in made]
    insert(tx, stored, ("lead_id", "decision"), texts, replace=("decision",))


def _score_row(decision: Decision, playbook_version: str) -> tuple[Any, ...]:
    verdict = decision.verdict
    return (
        decision.lead_id,
        verdict.fit.points_micro,
        verdict.engagement.points_micro,
        verdict.intent.points_micro,
        verdict.lifetime_micro.get("engagement", 0),
        verdict.lifetime_micro.get("intent", 0),
        verdict.grade,
        verdict.model,
        verdict.cell,
        to_ms(verdict.at),
        playbook_version,
    )


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
    rows = [_transition_row(lead_id, move, playbook_version, now, epoch, request_id) for move in moves]
    if rows:
        tx.execute(transitions.insert(), rows)


def _transition_row(
    lead_id: int, move: Transition, playbook_version: str, now: datetime, epoch: int, request_id: int | None
) -> dict[str, Any]:
    return {
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


def save_standing(tx: sa.Connection, lead_id: int, standing: Standing) -> None:
    """Repeat the end of one lead's ledger on its row, where no decision does it: after a merge."""
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


def standing_of(row: Any) -> Standing | None:
    """Where a lead stands, from its row (any with the columns of `leads`); None before its first decision."""
    if row.stage is None:
        return None
    return Standing(
        position=Position(Stage(row.stage), row.level),
        since_at=row.stage_since_at,
        pass_number=row.pass_number,
        reason=row.reason,
        track=row.track,
        until_at=row.until_at,
        evidence_floor_at=row.evidence_floor_at,
        qualified_at=row.qualified_at,
        handed_off_at=row.handed_off_at,
    )


def standings(tx: sa.Connection, lead_ids: Iterable[int]) -> Mapping[int, Standing]:
    """Where each of these leads stands; one never evaluated is absent."""
    ids = sorted(set(lead_ids))
    found: dict[int, Standing] = {}
    for start in range(0, len(ids), CHUNK):
        for row in tx.execute(sa.select(leads).where(leads.c.lead_id.in_(ids[start : start + CHUNK]))):
            standing = standing_of(row)
            if standing is not None:
                found[row.lead_id] = standing
    return found


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One stored transition, with who recorded it when."""

    seq: int
    lead_id: int
    recorded_at: datetime
    playbook_version: str
    request_id: int | None
    transition: Transition
    recorded_of: int = 0  # the lead it was recorded of, where it is told of the one that became; else 0


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
        into = survivors.get(found.lead_id)
        yield found if into is None else replace(found, lead_id=into, recorded_of=found.lead_id)


def people_of(tx: sa.Connection) -> Mapping[int, str]:
    """Who asked for each request that led to entries, by its number."""
    query = (
        sa.select(requests.c.request_id, requests.c.person)
        .join(transitions, transitions.c.request_id == requests.c.request_id)
        .distinct()
    )
    return {row.request_id: row.person for row in tx.execute(query)}


def in_hand(tx: sa.Connection) -> list[int]:
    """Leads that sales has from us and has made nothing of yet."""
    where = leads.c.stage.in_((Stage.HANDED_OFF, Stage.ACCEPTED)) & (leads.c.pass_number > 0)
    return list(tx.execute(sa.select(leads.c.lead_id).where(where).order_by(leads.c.lead_id)).scalars())


def passed_leads(tx: sa.Connection) -> list[int]:
    """Leads that we handed over, or meant to."""
    query = sa.select(leads.c.lead_id).where(leads.c.pass_number > 0, leads.c.merged_into.is_(None))
    return list(tx.execute(query.order_by(leads.c.lead_id)).scalars())


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
    found = tx.execute(sa.select(stored.c.decision).where(stored.c.lead_id == lead_id)).scalar()
    return None if found is None else msgspec.convert(found, Decision)


def stage_counts(tx: sa.Connection) -> Mapping[tuple[str, str], int]:
    """How many leads stand at each (stage, level) now; merged ones are counted once, with the survivor."""
    query = (
        sa.select(leads.c.stage, leads.c.level, sa.func.count())
        .where(leads.c.stage.is_not(None), leads.c.merged_into.is_(None))
        .group_by(leads.c.stage, leads.c.level)
    )
    return {(stage, level): count for stage, level, count in tx.execute(query)}


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
