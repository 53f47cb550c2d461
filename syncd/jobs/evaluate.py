"""Evaluates every lead that has new facts or whose moment has come: decide, then store it all at once.

`decide` is pure and reads a snapshot; score, moves and effects of a lead commit together. Only leads that are
dirty or due are looked at, whatever the size of the portfolio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
import structlog

from syncd.core.decide import decide
from syncd.core.model import Decision, Intent, SalesRecord, Snapshot, Stage
from syncd.core.playbook import Playbook
from syncd.ports import Clock
from syncd.store import deliveries, holds, ledger, outbox, snapshots, work
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.outbox import Wanted

BATCH = 100
ROUNDS_MAX = 10_000  # times BATCH leads: more than any portfolio one store is meant for

_log = structlog.get_logger("syncd.evaluate")


@dataclass(slots=True)
class Evaluated:
    """What one pass did."""

    leads: int = 0
    transitions: int = 0
    effects: int = 0
    withdrawn: int = 0
    reached: dict[str, int] = field(default_factory=dict)  # stage -> leads that entered it


def evaluate(store: Store, token: Token | None, playbook: Playbook, clock: Clock) -> Evaluated:
    """Evaluate until nobody is dirty or due. Does nothing before the baseline is complete."""
    done = Evaluated()
    for _round in range(ROUNDS_MAX):
        now = clock.now()
        with store.read() as tx:
            baseline = work.baseline(tx)
            if baseline.baseline_at is None:
                return done
            ids = snapshots.due_lead_ids(tx, now, BATCH)
            batch = snapshots.load_snapshots(tx, ids, now)
        if not batch:
            return done
        decisions = [(snapshot, decide(snapshot, playbook, now)) for snapshot in batch]
        with store.write(token) as tx:
            _store(tx, decisions, done, playbook=playbook, now=now, epoch=token.epoch if token else 0)
        del batch, decisions  # else they would be held while the next are loaded
    return done


def _store(
    tx: sa.Connection,
    decisions: Sequence[tuple[Snapshot, Decision]],
    done: Evaluated,
    *,
    playbook: Playbook,
    now: datetime,
    epoch: int,
) -> None:
    """A batch of leads: their moves, scores and standings, and what follows from them elsewhere."""
    made = [decision for _snapshot, decision in decisions]
    ledger.save_decisions(tx, made, playbook_version=playbook.version, now=now, epoch=epoch)
    done.withdrawn += sum(outbox.withdraw(tx, item.lead_id, now) for item in made if item.withdraw)
    declined = holds.declined(tx, [item.lead_id for item in made])
    wanted = [
        Wanted(
            decision.lead_id,
            _intended(decision, declined.get(decision.lead_id)),
            snapshot.baseline.go_live_at is not None,
        )
        for snapshot, decision in decisions
    ]
    done.effects += outbox.put_all(tx, wanted, now)
    for snapshot, decision in decisions:
        _hold_twins(tx, snapshot, decision, now)
        _hold_filtered(tx, snapshot, decision, playbook, now)
        done.leads += 1
        done.transitions += len(decision.transitions)
        for move in decision.transitions:
            stage = str(move.target.stage)
            done.reached[stage] = done.reached.get(stage, 0) + 1


def _intended(decision: Decision, declined_at: datetime | None) -> Sequence[Intent]:
    """What is to be done elsewhere, without what a person declined since the lead became SQL."""
    qualified_at = decision.standing.qualified_at
    if declined_at is None or qualified_at is None or declined_at < qualified_at:
        return decision.intents
    return [intent for intent in decision.intents if intent.kind not in {"handoff", "task", "alert"}]


def _hold_filtered(
    tx: sa.Connection, snapshot: Snapshot, decision: Decision, playbook: Playbook, now: datetime
) -> None:
    """A hand-raiser stopped by a filter that asks a person: asked once per filter, with an alert. Who raised
    the hand before go-live is not asked about; a case whose filter no longer matches is closed."""
    blocked_by, raised_at = decision.verdict.blocked_by, decision.verdict.evidence_at
    if snapshot.open_hold:
        still = [holds.filter_kind(item.id) for item in decision.verdict.filters if item.matched]
        holds.close_lifted(tx, snapshot.lead_id, still, now)
    asks = {item.id: item for item in playbook.filters if item.outcome == "hold"}
    live_at = snapshot.baseline.go_live_at
    if blocked_by not in asks or live_at is None or raised_at is None or raised_at <= live_at:
        return
    kind = holds.filter_kind(blocked_by)
    if holds.resolution(tx, snapshot.lead_id, kind):
        return
    reason = f"Would go to sales, but: {asks[blocked_by].label}. Hand over all the same?"
    _hold_id, is_new = holds.open_hold(tx, snapshot.lead_id, kind, reason, [], now)
    if is_new:
        pass_number = decision.standing.pass_number
        deliveries.alert_hold(tx, snapshot.lead_id, pass_number, reason, [], playbook.alerts.on_hold, now)


WORKED = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})


def _hold_twins(tx: sa.Connection, snapshot: Snapshot, decision: Decision, now: datetime) -> None:
    """A second open Salesforce record of a person we handed over is a case for a person: somebody else's
    sync or import made it, and only people merge records. Twins among those sales had before us are theirs
    until we have something to hand over; the delivery then asks which one it goes on."""
    standing = decision.standing
    is_worked = standing.position.stage in WORKED and standing.pass_number > 0
    if not is_worked or snapshot.baseline.go_live_at is None:
        return
    open_records = [record for record in snapshot.sales_records if _is_open(record)]
    if len(open_records) < 2 or snapshot.open_hold:
        return
    names = [{"ref": str(record.ref), "why": "open record of this person"} for record in open_records]
    settled = holds.resolution(tx, snapshot.lead_id, "twin_records")
    if settled and set(settled.split()) == {item["ref"] for item in names}:
        return
    holds.open_hold(
        tx,
        snapshot.lead_id,
        "twin_records",
        "Salesforce shows this person more than once: merge the records, or say that both are right",
        names,
        now,
    )


def _is_open(record: SalesRecord) -> bool:
    return not record.is_deleted and record.fields.get("IsConverted", "false") != "true"
