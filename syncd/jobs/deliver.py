"""Brings outside systems to the intended state: read fresh, store what is about to be sent, call, settle.

The state, the version and the before-image are on disk before every call; an effect is done only after its
answer. A lost answer is of unknown fate: the same write is made again by key, and looked at once more after
the longest time the server may still be working on the first. No transaction is open during a call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import sqlalchemy as sa

from syncd.core.effects import LATER, SOON
from syncd.core.fitting import FieldShape, Terms
from syncd.core.model import Ref, Shape, System
from syncd.core.playbook import Playbook
from syncd.jobs import alerting, cases, planning, recognising
from syncd.jobs.fields import taken
from syncd.jobs.normalise import fingerprint
from syncd.jobs.planning import Context, Failed, Held, Nothing, Send, Step, Wait
from syncd.logs import structlog
from syncd.ports import Clock, Failure, Found, Outcome, Recovery, Result, SystemFailure, Target
from syncd.store import authors, deliveries, edits, hops, ledger, outbox
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.outbox import Effect, Sending, Settlement
from syncd.store.tables import EffectState

LANES: Mapping[System, tuple[str, ...]] = {
    System.SALESFORCE: ("handoff", "task", "campaign", "undo", "record"),
    System.NOTIFY: ("notice", "alert"),
    System.HUBSPOT: ("undo", "optout", "contact", "membership"),
}
"""What goes where, in this order: the hand-off first, then its task, then everything that tells of it."""

ROUNDS_MAX = 2_000
RETRY_MIN, RETRY_MAX = timedelta(seconds=30), timedelta(minutes=30)
HALT_WAIT = timedelta(minutes=15)
SYSTEM_WAIT = timedelta(minutes=1)  # a system that is down is tried again at the next poll, not per record
GONE = frozenset({"hubspot.not_found", "hubspot.record_gone"})
"""What is to be written on does not exist any more: nothing is left to do."""

_log = structlog.get_logger("syncd.deliver")


@runtime_checkable
class Described(Protocol):
    """A target that can say which fields an object has."""

    def schema(self, object_type: str) -> Mapping[str, FieldShape]: ...


class Selection(Protocol):
    """Which effects one pass sends, and by which of the steps that follow from the fresh read."""

    def due(
        self, tx: sa.Connection, system: System, kinds: Sequence[str], now: datetime, limit: int
    ) -> tuple[Effect, ...]: ...

    def task_of(self, tx: sa.Connection, handoff: Effect) -> tuple[Effect, ...]:
        """The pending task of a lone hand-off, where it may go in the same call."""
        ...

    def admit(self, looked: Sequence[tuple[Found, Step]]) -> list[Step]:
        """The steps that are taken; what is left out must not be due again in this pass."""
        ...


class Everything:
    """All that is due and no less urgent than `priority_max`, each by whatever step follows: the ordinary
    delivery."""

    def __init__(self, priority_max: int = LATER) -> None:
        self._priority_max = priority_max

    def due(
        self, tx: sa.Connection, system: System, kinds: Sequence[str], now: datetime, limit: int
    ) -> tuple[Effect, ...]:
        return outbox.due(tx, system, kinds, now, limit, outbox.no_less_urgent(self._priority_max))

    def task_of(self, tx: sa.Connection, handoff: Effect) -> tuple[Effect, ...]:
        return deliveries.task_of(tx, handoff)

    def admit(self, looked: Sequence[tuple[Found, Step]]) -> list[Step]:
        return [step for _found, step in looked]


@dataclass(slots=True)
class Delivered:
    """What one pass did, by kind of effect."""

    done: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    failed: dict[str, int] = field(default_factory=dict)  # failure code -> effects
    held: int = 0
    halted: dict[str, Failure] = field(default_factory=dict)  # system -> why it stopped
    has_more: bool = False  # stopped before everything was sent

    @property
    def changed(self) -> int:
        return sum(self.done.values())


@dataclass(frozen=True, slots=True)
class Lane:
    """What is the same for every batch of one kind."""

    store: Store
    token: Token | None
    target: Target
    playbook: Playbook
    clock: Clock
    run_id: int | None
    done: Delivered
    should_stop: Callable[[], bool]
    selection: Selection
    is_over: Callable[[], bool]


def deliver(
    store: Store,
    token: Token | None,
    targets: Mapping[System, Target],
    playbook: Playbook,
    clock: Clock,
    run_id: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    selection: Selection | None = None,
    is_over: Callable[[], bool] = bool,
) -> Delivered:
    """Send everything that is due, or what fits before `should_stop`: a batch in hand is always finished. A
    system that stops does not stop the others. With a `selection` only what it names; what can wait is left
    for another pass once `is_over`."""
    done = Delivered()
    chosen = selection or Everything()
    for system, kinds in LANES.items():
        if system not in targets:
            continue
        lane = Lane(
            store, token, targets[system], playbook, clock, run_id, done, should_stop, chosen, is_over
        )
        try:
            for kind in kinds:
                _drain(lane, kind)
        except SystemFailure as error:
            done.halted[system] = error.failure
            _log.warning("system.stopped", system=str(system), code=error.failure.code)
    return done


def _drain(lane: Lane, kind: str) -> None:
    """Send one kind until none is due. What fails waits, so this ends."""
    for number in range(ROUNDS_MAX):
        if lane.should_stop():
            return
        now = lane.clock.now()
        with lane.store.read() as tx:
            batch = lane.selection.due(tx, lane.target.system, (kind,), now, lane.target.batch_max)
            if not batch:
                return
            fresh = [effect for effect in batch if effect.state == EffectState.PENDING]
            if len(fresh) == 1 and kind == "handoff":  # with its task in one call; second looks come after
                batch = (fresh[0], *lane.selection.task_of(tx, fresh[0]))
            context = context_of(tx, lane.playbook, batch, now)
        if number and batch[0].priority > SOON and lane.is_over():
            lane.done.has_more = True
            return
        _deliver_batch(lane, batch, context)
    raise AssertionError(f"effects of kind {kind} do not settle")


def context_of(tx: sa.Connection, playbook: Playbook, batch: Sequence[Effect], now: datetime) -> Context:
    """What the store knows that a step needs besides its effect."""
    return Context(
        key_field=playbook.mapping.key_field,
        terms=Terms(playbook.time_zone, playbook.mapping.currency),
        authors=authors.of_batch(tx, batch),
        delivered=deliveries.delivered_records(tx, batch),
        known=deliveries.known_records(tx, batch),
        identities=recognising.known_of(tx, batch),
        cases=playbook.routing.cases,
        judged=alerting.judged(tx, batch, playbook.alerts, now),
        left=edits.left_alone(tx, batch),
        subjects=deliveries.task_subjects(tx, batch),
        lists=playbook.track_lists,
    )


def _deliver_batch(lane: Lane, batch: Sequence[Effect], context: Context) -> None:
    """Read, plan, store, call, settle: one batch. Raises SystemFailure when the system stops."""
    try:
        looked = look(lane.target, batch, context)
    except SystemFailure as error:
        _settle_all(lane, batch, error.failure)
        raise
    steps = _without_orphans(lane.selection.admit(looked))
    sends = [step for step in steps if isinstance(step, Send)]
    receipts = _store_before(lane, steps, sends)
    if not sends:
        return
    if lane.token is not None:
        lane.token.before_call()
    try:
        outcomes = lane.target.apply([send.write for send in sends])
    except SystemFailure as error:  # certain that nothing was sent
        _settle_all(lane, [send.effect for send in sends], error.failure)
        raise
    _store_after(lane, sends, outcomes, receipts)
    _stop_if_halted(outcomes)


def look(target: Target, batch: Sequence[Effect], context: Context) -> list[tuple[Found, Step]]:
    """What is there now for each effect of one target, and the step that follows: for a delivery and for a
    plan alike. Writes nothing. Raises SystemFailure when nothing could be read."""
    found = target.read([planning.lookup(effect, context) for effect in batch])
    context = replace(context, schemas=_schemas(target, batch))
    steps = [planning.plan(effect, item, context) for effect, item in zip(batch, found, strict=True)]
    return list(zip(found, steps, strict=True))


def _schemas(target: Target, batch: Sequence[Effect]) -> dict[str, Mapping[str, FieldShape]]:
    if not isinstance(target, Described):
        return {}
    kinds = {effect.kind for effect in batch}
    people = ("lead", "contact")
    names = {"handoff": people, "record": people, "task": ("task",), "contact": ("contact",)}
    wanted = {name for kind in kinds for name in names.get(kind, ())}
    objects = {str(effect.payload.get("object", "")) for effect in batch if effect.kind in {"undo", "task"}}
    wanted |= objects & {*people, "task", "event"}
    return {name: target.schema(name) for name in sorted(wanted)}


def _without_orphans(steps: Sequence[Step]) -> list[Step]:
    """A task travels with its hand-off only when the hand-off is sent; otherwise it waits for its turn."""
    if not any(isinstance(step, Send) and step.effect.kind == "handoff" for step in steps):
        return [
            step for step in steps if step.effect.kind != "task" or len({s.effect.kind for s in steps}) == 1
        ]
    return list(steps)


# --- before and after the call ---------------------------------------------------------------------------


def _store_before(lane: Lane, steps: Sequence[Step], sends: Sequence[Send]) -> dict[int, int]:
    """Everything that needs no call is settled; what will be sent is written down."""
    now = lane.clock.now()
    with lane.store.write(lane.token) as tx:
        for step in steps:
            match step:
                case Nothing():
                    _settle_nothing(tx, lane, step, now)
                case Held():
                    _settle_held(tx, lane, step, now)
                case Failed():
                    _settle_failed(tx, lane, step.effect, step.failure, now)
                case Wait():
                    outbox.postpone(tx, step.effect.effect_id, step.at, step.why, now)
                case Send():
                    pass
        sendings = [
            Sending(
                send.effect,
                send.write.object_type,
                send.write.ref.id if send.write.ref else "",
                send.before,
                send.write.fields or planning.told(send.effect, send.write),
            )
            for send in sends
        ]
        return outbox.begin(tx, sendings, lane.run_id, now)


def _settle_nothing(tx: sa.Connection, lane: Lane, step: Nothing, now: datetime) -> None:
    """What is there already is done. If an answer of ours was lost, it is looked at once more later."""
    effect = step.effect
    _settle_done(tx, lane, effect, step.ref, now, notes=step.notes, is_created=False)
    _keep_fields(tx, step, step.ref, now)
    lane.done.unchanged += 1


def _settle_held(tx: sa.Connection, lane: Lane, step: Held, now: datetime) -> None:
    if cases.open_case(tx, step, lane.playbook.alerts.on_hold, now):
        lane.done.held += 1


def _settle_all(lane: Lane, effects: Sequence[Effect], failure: Failure) -> None:
    """The system gave no answer about any of these: they wait, and nothing counts against them. What was of
    unknown fate stays so."""
    now = lane.clock.now()
    wait = SYSTEM_WAIT if failure.recovery != Recovery.HALT else HALT_WAIT
    if failure.retry_after_s is not None:
        wait = _wait(0, failure)
    with lane.store.write(lane.token) as tx:
        for effect in effects:
            if effect.state == EffectState.DONE:
                outbox.settle(tx, cases.still_due(effect, failure, wait, now), now)
                continue
            state = EffectState.UNKNOWN if effect.state == EffectState.UNKNOWN else EffectState.PENDING
            settlement = Settlement(
                effect.effect_id, effect.version, state, failure, now + wait, counts_attempt=False
            )
            outbox.settle(tx, settlement, now)
    lane.done.failed[failure.code] = lane.done.failed.get(failure.code, 0) + len(effects)


def _settle_failed(tx: sa.Connection, lane: Lane, effect: Effect, failure: Failure, now: datetime) -> None:
    """By recovery: again later, of unknown fate, or parked until the cause changes."""
    state = EffectState.PENDING
    retry_at: datetime | None = now + _wait(effect.attempts, failure)
    if failure.code in GONE:
        was_done = effect.state == EffectState.DONE  # the second look: it had arrived, and is gone since
        gone = EffectState.DONE if was_done else EffectState.CANCELLED
        settlement = Settlement(
            effect.effect_id, effect.version, gone, result_id=effect.result_id, note=failure.message
        )
        outbox.settle(tx, settlement, now)
        return
    if effect.state == EffectState.DONE:
        wait = _wait(effect.attempts, failure)
        outbox.settle(tx, cases.still_due(effect, failure, wait, now), now)
        return
    if failure.recovery == Recovery.UNKNOWN:
        state = EffectState.UNKNOWN
    elif failure.recovery in {Recovery.REJECTED, Recovery.CONFIGURATION}:
        state, retry_at = EffectState.PARKED, None
    elif effect.state in {EffectState.UNKNOWN, EffectState.SENDING}:
        state = EffectState.UNKNOWN  # a throttled second try does not settle the first
    outbox.settle(tx, Settlement(effect.effect_id, effect.version, state, failure, retry_at), now)
    lane.done.failed[failure.code] = lane.done.failed.get(failure.code, 0) + 1


def _wait(attempts: int, failure: Failure) -> timedelta:
    """Doubling from half a minute to two hours, or what the system asked for, within bounds."""
    if failure.retry_after_s is not None:
        asked = timedelta(seconds=max(0.0, min(failure.retry_after_s, 86_400.0)))
        return max(asked, timedelta(seconds=1))
    if failure.recovery == Recovery.HALT:
        return HALT_WAIT
    return min(RETRY_MIN * (1 << min(attempts, 12)), RETRY_MAX)


def _store_after(
    lane: Lane, sends: Sequence[Send], outcomes: Sequence[Outcome], receipts: Mapping[int, int]
) -> None:
    """Apply the answers by position. A missing one is of unknown fate."""
    now = lane.clock.now()
    with lane.store.write(lane.token) as tx:
        for position, send in enumerate(sends):
            outcome = outcomes[position] if position < len(outcomes) else _missing(send, lane.target.system)
            outbox.answer(tx, receipts[send.effect.effect_id], outcome, now)
            if outcome.result == Result.DONE:
                notes = (*send.notes, outcome.note) if outcome.note else send.notes
                _settle_done(
                    tx, lane, send.effect, outcome.ref, now, notes=notes, is_created=outcome.is_created
                )
                _keep_fields(tx, send, outcome.ref, now)
                kind = send.effect.kind
                lane.done.done[kind] = lane.done.done.get(kind, 0) + 1
                continue
            failure = outcome.failure or _missing(send, lane.target.system).failure
            assert failure is not None, "an outcome that is not done says why"
            if outcome.result == Result.UNKNOWN:
                failure = replace(failure, recovery=Recovery.UNKNOWN)
            if cases.is_duplicate(send.effect, failure):
                held = cases.meet_rule(tx, send.effect, send.write, failure, now)
                if held is not None:
                    _settle_held(tx, lane, held, now)
                continue
            _settle_failed(tx, lane, send.effect, failure, now)


def _settle_done(
    tx: sa.Connection,
    lane: Lane,
    effect: Effect,
    ref: Ref | None,
    now: datetime,
    *,
    notes: Sequence[str],
    is_created: bool,
) -> None:
    """Done, with all that follows in the same transaction: the link, the fact, others of the same cause."""
    settlement = Settlement(
        effect.effect_id,
        effect.version,
        EffectState.DONE,
        retry_at=cases.next_look(effect, now, is_created=is_created),
        result_id=str(ref) if ref else effect.result_id or effect.target,
        note="; ".join(notes) or (effect.note if effect.state == EffectState.DONE else ""),
    )
    outbox.settle(tx, settlement, now)
    if effect.state == EffectState.DONE:  # the second look
        return
    if effect.lead_id is not None and effect.kind == "handoff":
        hops.confirmed(tx, effect.lead_id, effect.pass_number, effect.effect_id, now)
    elif effect.lead_id is not None and effect.kind == "alert" and effect.payload.get("event") == "sql":
        hops.alerted(tx, effect.lead_id, effect.pass_number, now)
    if effect.kind == "handoff" and ref is not None:
        _record_handoff(tx, effect, ref, now, is_created=is_created)
    if effect.code and not effect.code.startswith("identity."):
        outbox.redrive(tx, [effect.code], now)


def _keep_fields(tx: sa.Connection, step: Send | Nothing, ref: Ref | None, now: datetime) -> None:
    """Remember which fields people have taken over, and which the record could not take."""
    if ref is not None:
        authors.take(tx, ref, taken(step.kept), now)
    authors.leave(tx, step.effect, ref.object if ref else "", step.left, now)


def _record_handoff(tx: sa.Connection, effect: Effect, ref: Ref, now: datetime, *, is_created: bool) -> None:
    attributes = {"kind": "handoff", "object": ref.object.capitalize(), "created": str(is_created).lower()}
    shape = Shape("syncd.delivered", attributes)
    digest = fingerprint(shape.source, shape.attributes)
    lead_id = deliveries.record_done(tx, effect, ref, shape, digest, now)
    if lead_id is not None:
        ledger.mark_dirty(tx, [lead_id], now)


def _missing(send: Send, system: System) -> Outcome:
    failure = Failure(
        Recovery.UNKNOWN,
        system,
        f"{system}.no_answer",
        "the answer says nothing about this record",
        "it is tried again by itself",
    )
    return Outcome(send.effect.effect_id, Result.UNKNOWN, failure=failure)


def _stop_if_halted(outcomes: Sequence[Outcome]) -> None:
    """An answer that stops the whole system ends this pass."""
    for outcome in outcomes:
        if outcome.failure is not None and outcome.failure.recovery == Recovery.HALT:
            raise SystemFailure(outcome.failure)
