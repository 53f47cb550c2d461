"""`syncd reconcile`: both systems against the store, nightly and on demand, in steps that can be resumed.

Each step is one batch: read, compare, and store what was found with how far it got, in one transaction with
what heals. Nothing is written here: what heals goes through the outbox, and not at all while the profile
observes or is paused. A night compares what changed since the last one and a part of the rest in turn; a full
comparison everything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.alarms import Alarm
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.core.reconciling import FATES, Cause, Fate, exit_code
from syncd.jobs.cases import open_case
from syncd.jobs.planning import Held
from syncd.jobs.reconcile_parts import ROLLED, Hands, Step, mode_of, parts_of, rolled_of
from syncd.jobs.reconcile_records import Compared
from syncd.jobs.reconciled import said
from syncd.logs import structlog
from syncd.ports import Budget, Recovery, SystemFailure
from syncd.store import notices, outbox, reconciliations, work
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.outbox import Wanted
from syncd.store.reconciliations import Reconciliation

VERB = "reconcile"
DAY_SHARE_MAX = 0.5
"""A night's comparison stops when this part of a day's calls is used, by whomever."""
FAILURES_MAX = 3
STEPS_MAX = 1_000_000
ALARM = "reconcile"

_log = structlog.get_logger("syncd.reconcile")


# --- beginning and going on ------------------------------------------------------------------------------


def begin_nightly(store: Store, token: Token, now: datetime) -> None:
    """Tonight's comparison is to be carried out, unless nothing was ever loaded."""
    with store.write(token) as tx:
        if work.baseline(tx).baseline_at is not None:
            reconciliations.begin(tx, "", None, now, is_full=False)


@dataclass(frozen=True, slots=True)
class Went:
    """How many comparisons have ended, and whether one is still under way that can go on at once."""

    ended: int = 0
    has_more: bool = False


def go_on(hands: Hands, is_over: Callable[[], bool] = bool) -> Went:
    """Take up what was asked for, and carry comparisons on, one step at least, until `is_over`."""
    _take_up(hands)
    ended = 0
    for _step in range(STEPS_MAX):
        with hands.store.read() as tx:
            under_way = next(iter(reconciliations.open_ones(tx)), None)
        if under_way is None or hands.should_stop():
            return Went(ended)
        try:
            is_done = _step_of(hands, under_way)
        except SystemFailure as error:
            is_done = _failed(hands, under_way, error)
            if not is_done:
                return Went(ended)
        ended += is_done
        if is_over():
            return Went(ended, has_more=True)
    return Went(ended)


def _take_up(hands: Hands) -> None:
    """Requests become comparisons; one that is under way anyway serves them too."""
    with hands.store.read() as tx:
        asked = [item for item in work.open_requests(tx) if item.verb == VERB]
        under_way = {item.request_id for item in reconciliations.open_ones(tx)}
    for request in asked:
        if request.request_id in under_way:
            continue
        now = hands.clock.now()
        with hands.store.write(hands.token) as tx:
            if work.baseline(tx).baseline_at is None:
                why = "the first load is not complete: run `syncd sync --once` until it is"
                work.answer(tx, request.request_id, now, "refused", why)
                continue
            system, is_full = str(request.arguments.get("system", "")), bool(request.arguments.get("full"))
            begun = reconciliations.begin(tx, system, request.request_id, now, is_full=is_full)
            if begun.request_id != request.request_id:
                asked_too = [*begun.progress.get("asked", ()), request.request_id]
                progress = {**begun.progress, "asked": sorted(set(asked_too))}
                reconciliations.keep(tx, begun.reconciliation_id, (), progress, begun.summary)


def _failed(hands: Hands, run: Reconciliation, error: SystemFailure) -> bool:
    """A system gave no answer: later again, or not in this comparison any more. True when it has ended."""
    failure = error.failure
    failures = int(run.progress.get("failures", 0)) + 1
    is_over = failure.recovery in {Recovery.CONFIGURATION, Recovery.HALT} or failures >= FAILURES_MAX
    _log.warning("reconcile.interrupted", code=failure.code, failures=failures)
    with hands.store.write(hands.token) as tx:
        progress = {**run.progress, "failures": failures}
        reconciliations.keep(tx, run.reconciliation_id, (), progress, run.summary)
        if is_over:
            summary = {**run.summary, "stopped": f"{failure.code}: {failure.message}"}
            _end(tx, hands, replace(run, progress=progress), summary)
    return is_over


# --- one step --------------------------------------------------------------------------------------------


def _step_of(hands: Hands, run: Reconciliation) -> bool:
    """Carry out the next step of a comparison. True when it has ended. Raises SystemFailure."""
    progress = dict(run.progress)
    parts = parts_of(run)
    at = int(progress.get("part", 0))
    stopped = "" if run.request_id is not None else _spent(hands)
    if at >= len(parts) or stopped:
        with hands.store.write(hands.token) as tx:
            _end(tx, hands, run, {**run.summary, **({"stopped": stopped} if stopped else {})})
        return True
    step = parts[at](hands, run, dict(progress.get("place", {})))
    now = hands.clock.now()
    with hands.store.write(hands.token) as tx:
        is_writing = _may_heal(tx)
        if is_writing:
            _heal(tx, hands, run, step.made, now)
        found = [replace(item, is_healing=item.is_healing and is_writing) for item in step.made.found]
        progress |= {"part": at + (step.place is None), "place": step.place or {}}
        summary = _summed(run.summary, step)
        reconciliations.keep(tx, run.reconciliation_id, found, progress, summary)
        if step.rolled:
            work.set_meta(tx, ROLLED, json.dumps({**rolled_of(tx), **step.rolled}, sort_keys=True))
    return False


def _heal(tx: sa.Connection, hands: Hands, run: Reconciliation, made: Compared, now: datetime) -> None:
    """What heals goes into the outbox; a twin is a case. All in the transaction that keeps the progress."""
    for lead_id, intent in made.intents:
        payload = {**intent.payload, "asked": f"reconciliation {run.reconciliation_id}"}
        outbox.put_all(tx, [Wanted(lead_id, [replace(intent, payload=payload)], is_live=True)], now)
    if made.again:
        outbox.again(tx, made.again, now)
    for effect, hold in made.held:
        open_case(tx, Held(effect, hold), hands.playbook.alerts.on_hold, now)


def _may_heal(tx: sa.Connection) -> bool:
    return mode_of(tx) == "live"


def _spent(hands: Hands) -> str:
    """Why a night's comparison stops for the calls of the day; blank while there are enough."""
    for connector in hands.connectors:
        for budget in connector.budgets():
            if _is_spent(budget):
                return f"{budget.system}: half of the day's calls are used"
    return ""


def _is_spent(budget: Budget) -> bool:
    return budget.window == "day" and budget.limit > 0 and budget.used >= DAY_SHARE_MAX * budget.limit


def _summed(summary: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """The summary with what this step did. Counts and names of causes only."""
    causes, compared = dict(summary.get("causes", {})), dict(summary.get("compared", {}))
    for item in step.made.found:
        causes[str(item.cause)] = causes.get(str(item.cause), 0) + 1
    if step.name and step.made.records:
        compared[step.name] = compared.get(step.name, 0) + step.made.records
    found = {**summary, "causes": causes, "compared": compared}
    found["counts"] = [*summary.get("counts", ()), *step.counts]
    found["left"] = [*summary.get("left", ()), *([step.left] if step.left else [])]
    return found


# --- the end ---------------------------------------------------------------------------------------------


def _end(tx: sa.Connection, hands: Hands, run: Reconciliation, summary: Mapping[str, Any]) -> None:
    """Keep the result, answer who asked, and tell once when something is unexplained, or is so no more."""
    now = hands.clock.now()
    causes = {Cause(name): int(count) for name, count in summary.get("causes", {}).items()}
    fates = {str(fate): sum(n for cause, n in causes.items() if FATES[cause] is fate) for fate in Fate}
    whole = {**summary, "mode": mode_of(tx), "fates": fates, "exit_code": exit_code(causes)}
    reconciliations.end(tx, run.reconciliation_id, whole, now)
    message = said(whole)
    asked = {run.request_id, *run.progress.get("asked", ())} - {None}
    for request_id in sorted(asked):
        if work.answered(tx, request_id) is None:
            work.answer(tx, request_id, now, "done", message)
    is_whole = not run.system and not whole.get("stopped")
    if whole["mode"] != "observe":
        _tell(tx, hands.playbook, fates[Fate.UNEXPLAINED], now, is_whole=is_whole)
    _log.info("reconcile.ended", id=run.reconciliation_id, exit_code=whole["exit_code"], **fates)


def _tell(tx: sa.Connection, playbook: Playbook, unexplained: int, now: datetime, *, is_whole: bool) -> None:
    """One message when something is unexplained, one when it is so no more; none in between."""
    before = notices.alarms(tx, (ALARM,)).get(ALARM)
    channels = playbook.alerts.system.channels
    if unexplained and before is None:
        words = (
            f"HubSpot, Salesforce and our store disagree: {counted(unexplained, 'difference')} unexplained",
            "See `syncd reconcile --list`. Everything goes on meanwhile.",
        )
        notices.notice(tx, "system", f"{ALARM}:{now:%Y%m%dT%H%M%S}:uneven", channels, words, now)
        notices.save_alarm(tx, ALARM, Alarm(now, words[0], is_told=True))
    elif not unexplained and before is not None and is_whole:
        words = ("HubSpot, Salesforce and our store agree again", before.why)
        which = f"{ALARM}:{before.since_at:%Y%m%dT%H%M%S}:even"
        notices.notice(tx, "system", which, channels, words, now)
        notices.save_alarm(tx, ALARM, None)
