"""Carries out a plan: exactly its steps, and none when anything has moved since it was made.

Before the first write everything is read again and compared; one difference refuses the whole plan, saying
what moved. From then on the plan is carried out to its end, over restarts and outages, each step compared
once more with the read before its write: what has moved meanwhile is left, never written otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncd.core.model import System
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.jobs import deliver, evaluate
from syncd.jobs.binding import Preflight
from syncd.jobs.deliver import Delivered
from syncd.jobs.foresee import Foresight
from syncd.jobs.foreseen import LEAVES, Act, Foreseen, foreseen, is_rest_of, moved, named, of_content
from syncd.jobs.planning import Failed, Step
from syncd.jobs.summary import Summary, add_delivered
from syncd.logs import structlog
from syncd.ports import Clock, Found, SystemFailure, Target
from syncd.store import deliveries, plans, work
from syncd.store.bulk import chunks
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.outbox import Effect
from syncd.store.plans import PlanRow
from syncd.store.tables import EffectState
from syncd.store.work import RequestRow

VERB = "apply_plan"
"""The request: its arguments name the plan."""
GOES_ON = timedelta(hours=24)
"""How long a system that does not answer is waited for before the rest of a plan is left to be done."""
NAMED_MAX = 5
"""How many of the things that moved are named in a refusal."""
COMPARED = LEAVES | {Act.HOLD}
"""Steps that must be as they were for a plan to be applied: what leaves, and whom a person is asked about."""

_log = structlog.get_logger("syncd.applying")


class _Refused(Exception):  # noqa: N818 - an outcome for the person who asked
    """The plan is not applied; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What a plan is carried out with. `may_write` looks whether both systems take writes."""

    store: Store
    token: Token
    targets: Mapping[System, Target]
    playbook: Playbook
    clock: Clock
    may_write: Callable[[], Preflight]
    should_stop: Callable[[], bool] = lambda: False


def is_asked_for(store: Store) -> bool:
    """Whether a plan is to be carried out, or is under way."""
    with store.read() as tx:
        return bool(plans.under_way(tx)) or any(item.verb == VERB for item in work.open_requests(tx))


def apply_plans(hands: Hands) -> int:
    """Go on with plans under way, then begin those asked for. Returns how many changes reached a system."""
    with hands.store.read() as tx:
        under_way = plans.under_way(tx)
    changed = sum(_go_on(hands, plan) for plan in under_way)
    with hands.store.read() as tx:
        asked = [item for item in work.open_requests(tx) if item.verb == VERB]
    for request in asked:
        if hands.should_stop():
            break
        try:
            changed += _go_on(hands, _begin(hands, request))
        except _Refused as why:
            _answer(hands, request.request_id, "refused", str(why))
        _log.info("request.executed", verb=VERB, request_id=request.request_id)
    return changed


def _answer(hands: Hands, request_id: int, result: str, message: str) -> None:
    with hands.store.write(hands.token) as tx:
        if work.answered(tx, request_id) is None:
            work.answer(tx, request_id, hands.clock.now(), result, message)


# --- before anything is written --------------------------------------------------------------------------


def _begin(hands: Hands, request: RequestRow) -> PlanRow:
    """The plan, its applying begun: from here on it is carried out to its end. Raises _Refused."""
    plan_id = int(request.arguments["plan_id"])
    plan = _asked_plan(hands, plan_id)
    preflight = hands.may_write()
    if not preflight.may_write:
        listed = "; ".join(f"{item.title}" for item in preflight.problems[:NAMED_MAX])
        raise _Refused(f"nothing may be written now: {listed}. See `syncd doctor`")
    differences = _differences(hands, plan)
    if differences:
        raise _Refused(_told(plan_id, differences))
    now = hands.clock.now()
    with hands.store.write(hands.token) as tx:
        version, epoch = hands.playbook.version, hands.token.epoch
        run_id = work.begin_run(tx, "apply", now, version, epoch)
        plans.begin_applying(tx, plan_id, request.request_id, run_id, request.person, now)
        begun = plans.plan(tx, plan_id)
    assert begun is not None, "checked"
    return begun


def _asked_plan(hands: Hands, plan_id: int) -> PlanRow:
    """The plan, when it may be applied at all. Raises _Refused."""
    with hands.store.read() as tx:
        plan = plans.plan(tx, plan_id)
        is_live = work.baseline(tx).go_live_at is not None
        count = 0 if plan is None else sum(plans.counts(tx, plan_id).values())
    if plan is None or plan.state == "making":
        raise _Refused(f"there is no plan {plan_id}: see `syncd plan --saved`")
    if plan.applied_at is not None:
        raise _Refused(
            f"plan {plan_id} was applied on {plan.applied_at:%Y-%m-%d %H:%M} UTC by {plan.applied_by} "
            f"(run {plan.run_id}); a plan is applied once: make a new one with `syncd plan`"
        )
    if not is_live or not plan.is_live:
        raise _Refused(
            f"plan {plan_id} shows what would have been written: nothing leaves while a profile observes. "
            "After `syncd go-live` make a new one with `syncd plan`"
        )
    if plan.playbook_version != hands.playbook.version:
        raise _Refused(
            f"plan {plan_id} was made under playbook {plan.playbook_version}; {hands.playbook.version} is in "
            "force now: make a new one with `syncd plan`"
        )
    if not count:
        raise _Refused(f"nothing is left of plan {plan_id}: make a new one with `syncd plan`")
    return plan


def _told(plan_id: int, differences: Sequence[str]) -> str:
    named = "; ".join(differences[:NAMED_MAX])
    more = len(differences) - NAMED_MAX
    rest = f"; and {more} more" if more > 0 else ""
    return (
        f"plan {plan_id} is not applied, nothing was written: what it was made on has moved "
        f"({counted(len(differences), 'difference')}). {named}{rest}. Make a new one with `syncd plan`"
    )


def _differences(hands: Hands, plan: PlanRow) -> list[str]:
    """What is not as it was when the plan was made. Raises _Refused when a system cannot be asked."""
    found = _decide(hands, plan)
    look = Foresight(hands.store, hands.targets, hands.playbook, hands.clock)
    for system, target in hands.targets.items():
        for steps in chunks(_compared(hands, plan, system), target.batch_max):
            try:
                found += _compare(hands, look, system, steps)
            except SystemFailure as error:
                raise _Refused(
                    f"plan {plan.plan_id} is not applied, nothing was written: {system} cannot be read now "
                    f"({error.failure.message}). Try again: `syncd apply {plan.plan_id}`"
                ) from error
    return found


def _decide(hands: Hands, plan: PlanRow) -> list[str]:
    """Make so what was decided for the plan only, as of then and in its order. Returns whom newer facts are
    known of."""
    found: list[str] = []
    with hands.store.read() as tx:
        decided = plans.decided_leads(tx, plan.plan_id)
    for part in chunks(decided):
        with hands.store.read() as tx:
            as_planned, newer = plans.undecided(tx, [item.lead_id for item in part], part[0].at)
        ids = [item.lead_id for item in part if item.lead_id in as_planned]
        evaluate.decide_as_of(hands.store, hands.token, hands.playbook, ids, part[0].at)
        concerned = {item.lead_id for item in part if item.is_concerned}
        found += [f"newer facts are known of lead {lead_id}" for lead_id in newer if lead_id in concerned]
    return found


def _compared(hands: Hands, plan: PlanRow, system: System) -> Iterator[Foreseen]:
    """The steps towards one system that must be as they were."""
    with hands.store.read() as tx:
        for row in plans.steps(tx, plan.plan_id):
            if row["system"] == system and row["act"] in COMPARED:
                yield of_content(row, row["step"])


def _compare(hands: Hands, look: Foresight, system: System, steps: Sequence[Foreseen]) -> list[str]:
    with hands.store.read() as tx:
        effects = plans.effects_at(tx, system, [step.target for step in steps])
    found: list[str] = []
    pairs: list[tuple[Foreseen, Effect]] = []
    for step in steps:
        effect = effects.get(step.target)
        why = _unwanted(step, effect)
        if why:
            found.append(f"{named(step)}: {why}")
        elif effect is not None:
            pairs.append((step, effect))
    again = look.again(system, [effect for _step, effect in pairs]) if pairs else []
    compared = (moved(step, now) for (step, _effect), now in zip(pairs, again, strict=True))
    return found + [why for why in compared if why]


def _unwanted(step: Foreseen, effect: Effect | None) -> str:
    """Why a step is not to be taken any more, by what is stored; empty when it is."""
    if effect is None or effect.state in {EffectState.CANCELLED, EffectState.OBSERVED}:
        return "not wanted any more"
    if effect.payload_hash != step.payload_hash:
        return "something else is meant by now"
    if effect.held_cause:
        return f"held back since: {effect.held_cause}"
    if effect.state == EffectState.DONE:
        return "done already"
    if effect.state == EffectState.PARKED:
        return f"stopped since: {effect.code}"
    return ""


# --- from the first write to the end ---------------------------------------------------------------------


class Exactly:
    """The steps of one plan, each as long as it is what the plan shows."""

    def __init__(self, hands: Hands, plan: PlanRow) -> None:
        self._hands = hands
        self._plan_id = plan.plan_id

    def due(
        self, tx: sa.Connection, system: System, kinds: Sequence[str], now: datetime, limit: int
    ) -> tuple[Effect, ...]:
        """Effects of the plan that are to be sent now."""
        return plans.due(tx, self._plan_id, system, kinds, now, limit)

    def task_of(self, tx: sa.Connection, handoff: Effect) -> tuple[Effect, ...]:
        """The task of a lone hand-off, where the plan has both."""
        found = deliveries.task_of(tx, handoff)
        steps = plans.steps_for(tx, self._plan_id, [(item.system, item.target) for item in found])
        return tuple(item for item in found if _is_open(steps.get((item.system, item.target)), item))

    def admit(self, looked: Sequence[tuple[Found, Step]]) -> list[Step]:
        """The steps that are what the plan shows, or what is left to finish one of them."""
        keys = [(step.effect.system, step.effect.target) for _found, step in looked]
        with self._hands.store.read() as tx:
            rows = plans.steps_for(tx, self._plan_id, keys)
        taken: list[Step] = []
        left: dict[tuple[str, str], str] = {}
        for key, (found, step) in zip(keys, looked, strict=True):
            why = self._moved(rows[key], found, step)
            if why:
                left[key] = why
            else:
                taken.append(step)
        if left:
            with self._hands.store.write(self._hands.token) as tx:
                plans.leave(tx, self._plan_id, left)
        gone = {target for _system, target in left}
        return [step for step in taken if step.effect.after not in gone]

    def _moved(self, row: Mapping[str, object], found: Found, step: Step) -> str:
        """Why a step is not the plan's any more; empty when it is."""
        planned = of_content(row, row["step"])  # type: ignore[arg-type]
        effect = step.effect
        now = foreseen(effect, found, step, self._hands.playbook)
        if isinstance(step, Failed) and planned.is_leaving:
            return ""  # nothing leaves: it waits for its next try, or is parked
        is_begun = effect.attempts > 0 or effect.state != EffectState.PENDING
        return "" if is_begun and is_rest_of(planned, now) else moved(planned, now)


def _is_open(row: Mapping[str, object] | None, effect: Effect) -> bool:
    return (
        row is not None
        and row["state"] == "open"
        and row["act"] in LEAVES
        and row["payload_hash"] == effect.payload_hash
    )


def _go_on(hands: Hands, plan: PlanRow) -> int:
    """Carry out what is left of a plan, as far as it goes now. Returns how many changes reached a system."""
    assert plan.run_id is not None, "begun"
    assert plan.applied_at is not None, "begun"
    assert plan.request_id is not None, "begun"
    if hands.should_stop():
        return 0
    preflight = hands.may_write()
    if not preflight.may_write:
        why = preflight.problems[0].title
        _answer(
            hands,
            plan.request_id,
            "done",
            f"plan {plan.plan_id} is under way and goes on by itself: nothing may be written now ({why})",
        )
        return 0
    done = deliver.deliver(
        hands.store,
        hands.token,
        hands.targets,
        hands.playbook,
        hands.clock,
        plan.run_id,
        hands.should_stop,
        Exactly(hands, plan),
    )
    now = hands.clock.now()
    if hands.should_stop():
        return done.changed
    with hands.store.write(hands.token) as tx:
        still = plans.settle(tx, plan.plan_id, is_over=now - plan.applied_at >= GOES_ON)
        counts = plans.counts(tx, plan.plan_id)
        if not still:
            plans.end_applying(tx, plan.plan_id, now)
        so_far = _added(plans.run_counts(tx, plan.run_id), done)
        status = "succeeded" if not still and not _left(counts) else "problems"
        work.end_run(tx, plan.run_id, now, status, {**so_far, "plan": plan.plan_id})
        if work.answered(tx, plan.request_id) is None:
            work.answer(tx, plan.request_id, now, "done", _said(plan, counts, still, done))
    _log.info("plan.applied", plan_id=plan.plan_id, run_id=plan.run_id, changed=done.changed, open=still)
    return done.changed


def _left(counts: Mapping[tuple[str, str], int]) -> int:
    return sum(count for (_act, state), count in counts.items() if state == "left")


def _added(before: Mapping[str, object], done: Delivered) -> dict[str, object]:
    """The run's counts, with what this pass did."""
    summary = Summary()
    add_delivered(summary, done)
    found = summary.counts()
    earlier = before.get("delivered")
    if isinstance(earlier, Mapping):
        sent = {kind: summary.delivered.get(kind, 0) + earlier.get(kind, 0)
                for kind in {*summary.delivered, *earlier}}  # fmt: skip
        found["delivered"] = sent
    return found


def _said(plan: PlanRow, counts: Mapping[tuple[str, str], int], still: int, done: Delivered) -> str:
    """What became of the plan, in a sentence or two."""
    written = sum(count for (act, state), count in counts.items() if act in LEAVES and state == "done")
    told = f"{counted(written, 'write')} done in run {plan.run_id}"
    if _left(counts):
        told += f"; {counted(_left(counts), 'step')} left: `syncd plan --show {plan.plan_id}` says why"
    if still:
        systems = ", ".join(sorted(str(system) for system in done.halted)) or "the systems"
        return (
            f"plan {plan.plan_id} is under way: {told}; {counted(still, 'step')} to go, by themselves as "
            f"soon as {systems} takes them"
        )
    return f"plan {plan.plan_id} is applied: {told}. To take it back: `syncd undo {plan.run_id}`"
