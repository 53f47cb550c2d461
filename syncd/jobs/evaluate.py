"""Evaluates every lead that has new facts or whose moment has come: decide, then store it all at once.

`decide` is pure and reads a snapshot; score, moves and effects of a lead commit together. Only leads that are
dirty or due are looked at, whatever the size of the portfolio; a changed definition is a full pass beside
them, which gives way to them between two steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from syncd.core.decide import decide
from syncd.core.engine import program
from syncd.core.model import Cause, Decision, Intent, SalesRecord, Snapshot, Stage
from syncd.core.playbook import Playbook
from syncd.jobs import assigning, fullpass, kept_back, packing, raised, settling
from syncd.logs import structlog
from syncd.ports import Clock
from syncd.store import (
    assignments,
    colleagues,
    deliveries,
    hand_raises,
    holds,
    hops,
    ledger,
    outbox,
    packs,
    plans,
    snapshots,
    work,
)
from syncd.store.bulk import chunks
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.outbox import Effect, Wanted

BATCH = 100
ROUNDS_MAX = 20_000  # times BATCH leads: more than any portfolio one store is meant for

_log = structlog.get_logger("syncd.evaluate")


@dataclass(slots=True)
class Evaluated:
    """What one pass did. `screened` are leads a full pass has let stay where they are."""

    leads: int = 0
    screened: int = 0
    transitions: int = 0
    effects: int = 0
    withdrawn: int = 0
    has_more: bool = False  # stopped before everything was through
    reached: dict[str, int] = field(default_factory=dict)  # stage -> leads that entered it


def evaluate(
    store: Store,
    token: Token | None,
    playbook: Playbook,
    clock: Clock,
    pass_max: int | None = None,
    since: datetime | None = None,
    is_over: Callable[[], bool] = bool,
) -> Evaluated:
    """Evaluate until nobody is dirty or due and the full pass, if there is one, is through or has looked at
    `pass_max` leads. Does nothing before the baseline is complete.

    With `since` only leads with facts since then, the newest first, and those whose moment has come. Stops
    between two batches when `is_over`.
    """
    lane, left = _Lane(store, token, playbook), 0 if since is not None else pass_max
    assigning.ask_again(store, token, clock.now())
    for _round in range(ROUNDS_MAX):
        now = clock.now()
        with store.read() as tx:
            if work.baseline(tx).baseline_at is None:
                return lane.done
            ids = snapshots.due_lead_ids(tx, now, BATCH, since)
        if ids and lane.done.leads and is_over():
            lane.done.has_more = True
            return lane.done
        if ids:
            lane.decide(ids, now)
            continue
        room = fullpass.STEP if left is None else min(left, fullpass.STEP)
        looked = lane.step(now, room) if room > 0 else 0
        if not looked:
            return lane.done
        left = None if left is None else left - looked
    return lane.done


def decide_as_of(
    store: Store, token: Token, playbook: Playbook, lead_ids: Iterable[int], at: datetime
) -> None:
    """Decide these leads, in this order, on what was known at `at`, and store it: what was foreseen then
    becomes so."""
    _Lane(store, token, playbook).decide(lead_ids, at)


def decide_within(tx: sa.Connection, lead_ids: Sequence[int], playbook: Playbook, now: datetime) -> None:
    """Decide these few leads in a transaction of somebody else's, owners in this order."""
    place = {lead_id: number for number, lead_id in enumerate(lead_ids)}
    batch = sorted(snapshots.load_snapshots(tx, lead_ids, now), key=lambda item: place[item.lead_id])
    made = [(snapshot, decide(snapshot, playbook, now)) for snapshot in batch]
    _store(tx, made, Evaluated(), playbook=playbook, now=now, epoch=0)


class _Rehearsed(Exception):  # noqa: N818 - takes everything back
    """Ends a rehearsal: nothing of it stays."""


def rehearse(
    store: Store, playbook: Playbook, now: datetime, limit: int
) -> Iterator[tuple[list[int], tuple[Effect, ...]]]:
    """The batches an evaluation would take now, of that many leads at most, with all that would wait to be
    sent for them then.

    They are decided and stored as ever, in transactions that are taken back: nothing stays but the turns
    given, which the next batch sees. An effect that is not there yet has a number below zero.
    """
    with store.read() as tx:
        again = assignments.to_ask_again(tx, now)
        batches = snapshots.due_batches(tx, now, limit, BATCH, again)
    turns: list[assigning.Turn] = []
    for ids in batches:
        with store.read() as tx:
            batch = snapshots.load_snapshots(tx, ids, now)
        made = [(snapshot, decide(snapshot, playbook, now)) for snapshot in batch]
        found: tuple[Effect, ...] = ()
        try:
            with store.write(None) as tx:
                last = plans.last_effect(tx)
                _store(tx, made, Evaluated(), playbook=playbook, now=now, epoch=0, turns=turns)
                open_now = plans.effects_of_leads(tx, ids)
                found = tuple(
                    replace(item, effect_id=-item.effect_id) if item.effect_id > last else item
                    for item in open_now
                )
                raise _Rehearsed
        except _Rehearsed:
            yield ids, found


class _Lane:
    """Leads on their way through one evaluation."""

    def __init__(self, store: Store, token: Token | None, playbook: Playbook) -> None:
        self.store, self.token, self.playbook = store, token, playbook
        self.done = Evaluated()
        self._pass: fullpass.Pass | None = None

    def decide(self, lead_ids: Iterable[int], now: datetime) -> None:
        """All facts, moves and effects of these leads. Owners are chosen in the order given."""
        for ids in chunks(lead_ids, BATCH):
            with self.store.read() as tx:
                batch = snapshots.load_snapshots(tx, ids, now)
            place = {lead_id: number for number, lead_id in enumerate(ids)}
            batch.sort(key=lambda item: place[item.lead_id])
            made = [(snapshot, decide(snapshot, self.playbook, now)) for snapshot in batch]
            epoch = self.token.epoch if self.token else 0
            with self.store.write(self.token) as tx:
                _store(tx, made, self.done, playbook=self.playbook, now=now, epoch=epoch)
            del batch, made  # else they would be held while the next are loaded

    def step(self, now: datetime, limit: int) -> int:
        """The next step of a full pass: how many leads it looked at; 0 when there is nothing left to do."""
        with self.store.read() as tx:
            after = fullpass.position(tx, self.playbook)
        if after is None:
            return 0
        self._pass = self._pass or fullpass.Pass(self.store, self.playbook)
        read = self._pass.read(after, limit)
        if not read.rows:
            with self.store.write(self.token) as tx:
                fullpass.end(tx)
            return 0
        looked = self._pass.look(read, now)
        self.decide(looked.leaving, now)
        with self.store.write(self.token) as tx:
            self._pass.save(tx, read, looked)
        self.done.screened += len(looked.numbers)
        return len(read.rows)


def _store(
    tx: sa.Connection,
    decisions: Sequence[tuple[Snapshot, Decision]],
    done: Evaluated,
    *,
    playbook: Playbook,
    now: datetime,
    epoch: int,
    turns: list[assigning.Turn] | None = None,
) -> None:
    """A batch of leads: their moves, scores and standings, and what follows from them elsewhere."""
    decisions = assigning.assign(tx, decisions, playbook, now, turns)
    made = [decision for _snapshot, decision in decisions]
    ledger.save_decisions(tx, made, playbook_version=playbook.version, now=now, epoch=epoch)
    packs.save(tx, packing.packs(tx, program(playbook), decisions, colleagues.watched_days(tx)))
    hand_raises.save(tx, raised.unheard(decisions, playbook), now)
    done.withdrawn += sum(outbox.withdraw(tx, item.lead_id, now) for item in made if item.withdraw)
    declined = holds.declined(tx, [item.lead_id for item in made])
    kept = kept_back.still_undone(tx, decisions, now)
    wanted = [
        Wanted(
            decision.lead_id,
            kept_back.intended(
                _intended(decision, declined.get(decision.lead_id)), is_kept=decision.lead_id in kept
            ),
            snapshot.baseline.go_live_at is not None,
        )
        for snapshot, decision in decisions
    ]
    done.effects += outbox.put_all(tx, wanted, now)
    passed = {item.lead_id: item.intents for item in made if item.standing.pass_number}
    still = {lead_id: [intent.target for intent in found] for lead_id, found in passed.items()}
    done.withdrawn += outbox.withdraw_outdated(tx, still, now)
    held = [snapshot.lead_id for snapshot, _decision in decisions if snapshot.open_hold]
    if held:
        settling.close_merged(tx, held, now)
    for snapshot, decision in decisions:
        _hold_twins(tx, snapshot, decision, now)
        _hold_filtered(tx, snapshot, decision, playbook, now)
        done.leads += 1
        done.transitions += len(decision.transitions)
        for move in decision.transitions:
            if move.target.stage is Stage.SQL and move.cause is not Cause.ADOPTED:
                hops.begin(tx, decision.lead_id, move, now)
            stage = str(move.target.stage)
            done.reached[stage] = done.reached.get(stage, 0) + 1


def _intended(decision: Decision, declined_at: datetime | None) -> Sequence[Intent]:
    """What is to be done elsewhere, without what a person declined since the lead became SQL."""
    qualified_at = decision.standing.qualified_at
    if declined_at is None or qualified_at is None or declined_at < qualified_at:
        return decision.intents
    declined = {"handoff", "task", "alert", "campaign"}
    return [intent for intent in decision.intents if intent.kind not in declined]


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
    refs = {item["ref"] for item in names}
    if settled in refs or (settled and set(settled.split()) == refs):
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
