"""One turn of the loop: what people asked for, pull, evaluate, deliver, until nothing is due.

A stream that fails does not stop the others, and a run with any failure never says it succeeded. The first
complete load is the baseline: before it nobody is judged. Slow streams give way between two pages to a poll
that is due, so a backfill never delays a fresh SQL.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.core.effects import LATER, SOON
from syncd.core.model import System
from syncd.jobs import applying, asked, backfill, edits, in_force, limiting, notices, reconcile, sales_acts
from syncd.jobs.binding import Preflight
from syncd.jobs.deliver import Everything, deliver
from syncd.jobs.evaluate import evaluate
from syncd.jobs.gate import Gate
from syncd.jobs.looking import Look, was_loaded
from syncd.jobs.parts import Parts
from syncd.jobs.reconcile_parts import Hands
from syncd.jobs.summary import Summary, add_delivered, add_evaluated
from syncd.logs import structlog
from syncd.ports import (
    Cadence,
    SystemFailure,
    Usage,
)
from syncd.store import outbox, upkeep, work
from syncd.store.lease import Token
from syncd.store.work import CursorRow

ROUNDS_MAX = 20
PROBE_AFTER = timedelta(minutes=15)
PASS_MAX = 20_000
"""Leads of a full pass that one poll looks at, about a second: the next poll is due soon."""

_log = structlog.get_logger("syncd.cycle")


PULL_SHARE, EVALUATE_SHARE, SEND_SHARE, COMPARE_SHARE = 0.3, 0.4, 0.2, 0.1
"""How the time of a poll for what is not new is divided among its steps."""


def _over(seconds: float | None) -> Callable[[], bool]:
    """Whether that long has passed since now; never without a limit."""
    end_s = math.inf if seconds is None else time.monotonic() + seconds
    return lambda: time.monotonic() >= end_s


class Cycle:
    """The loop of one holder of the lease. Whoever works holds `turn`: a poll, or one page of a sweep."""

    def __init__(
        self,
        parts: Parts,
        token: Token,
        stop: threading.Event | None = None,
        lock: threading.Lock | None = None,
    ) -> None:
        self.parts = parts
        self.token = token
        parts.guard.token = token
        self.turn = lock or threading.Lock()
        self.stop = stop or threading.Event()
        self.gate = Gate(parts.store, parts.connectors, parts.needs, parts.clock, token)
        self._counted: dict[tuple[str, str], Usage] = {}

    # --- starting ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Take over from whoever worked before. A system that does not let us in is tried again when it is
        its turn; the other is read meanwhile.

        Raises WrongAccount, and SystemFailure while the portal was never seen: its id is part of every key.
        """
        self._renew()
        for connector in self.parts.connectors:
            try:
                self.gate.meet(connector)
            except SystemFailure as error:
                _log.warning("system.not_met", system=str(connector.system), code=error.failure.code)
                if connector.system == System.HUBSPOT and not self.gate.portal_id():
                    raise
        with self.parts.store.write(self.token) as tx:
            work.abandon_runs(tx, self.parts.clock.now())
            outbox.recover(tx, self.parts.clock.now())
        self._take_up()

    def _renew(self) -> bool:
        """Take other parts where another version was put in force, or the folder was edited."""
        parts = self.parts
        working = parts.playbook.version if parts.chosen is None else parts.chosen.was
        made = parts.renewed(working) if parts.renewed else None
        if made is None:
            return False
        for connector in parts.connectors:  # a sweep under way opens what it needs again
            connector.close()
        self.parts, self._counted = made, {}
        self.gate = Gate(made.store, made.connectors, made.needs, made.clock, self.token)
        return True

    def _take_up(self) -> None:
        """Work by the playbook of these parts from now on, or by the one put in force since."""
        for _attempt in range(ROUNDS_MAX):
            parts = self.parts
            parts = replace(parts, ingest=replace(parts.ingest, portal_id=self.gate.portal_id()))
            with parts.store.write(self.token) as tx:
                is_taken = in_force.take_up(tx, parts, parts.clock.now())
            if is_taken:
                chosen = None if parts.chosen is None else parts.chosen.taken()
                self.parts = replace(parts, chosen=chosen)
                return
            self._renew()
        raise AssertionError("no version of the playbook stays in force long enough to be taken up")

    def _trouble(self, summary: Summary) -> bool:
        """Whether the version in force cannot be built: then nothing is decided, and the run says why."""
        trouble = self.parts.chosen.trouble if self.parts.chosen else ""
        if trouble:
            summary.halted["playbook"] = trouble
        return bool(trouble)

    @property
    def preflight(self) -> Preflight | None:
        """The last check of both systems."""
        return self.gate.preflight

    def check(self) -> Preflight:
        """Look at both systems again; writing is off while something is missing."""
        return self.gate.check()

    # --- running -----------------------------------------------------------------------------------------

    def once(self) -> Summary:
        """Everything that is due, again and again until nothing is: what `sync --once` does."""
        summary = self._open("sync")
        cadences = self._due_cadences()
        if Cadence.SWEEP in cadences:
            self._probe()
        for _round in range(ROUNDS_MAX):
            summary.rounds += 1
            with self.turn:
                changed = self._round(summary, cadences)
            cadences = (Cadence.HOT,)
            if not changed or self.stop.is_set():
                break
        else:
            summary.is_complete = False
        return self._close(summary)

    def poll(self, bulk_s: float | None = None) -> Summary:
        """One hot poll: what changed, what follows, out it goes.

        With `bulk_s`, who is new since the last poll is through before anybody else, and what is left of an
        import or a backfill gets about that many seconds; `has_more` says that another poll is worthwhile at
        once.
        """
        summary = self._open("poll")
        with self.turn:
            self._round(summary, (Cadence.HOT,), PASS_MAX, bulk_s)
        return self._close(summary)

    def sweep(self, cadence: Cadence = Cadence.SWEEP) -> Summary:
        """Slow streams, page by page; a poll may take its turn between two pages."""
        summary = self._open(str(cadence))
        with self.turn:
            self.check()
            self._probe()
            if cadence == Cadence.NIGHTLY:
                self._forget()
                reconcile.begin_nightly(self.parts.store, self.token, self.parts.clock.now())
        look = self._look(summary, self.turn)
        look.first((cadence,))
        look.rest()
        with self.turn:
            self._save_usage()
        return self._close(summary)

    def _look(self, summary: Summary, turn: threading.Lock | None = None) -> Look:
        return Look(self.parts, self.token, self.gate, summary, self.stop.is_set, turn)

    def _round(
        self,
        summary: Summary,
        cadences: Sequence[Cadence],
        pass_max: int | None = None,
        bulk_s: float | None = None,
    ) -> bool:
        """Requests, pull, evaluate, deliver. True when anything changed: another look is worthwhile.
        `pass_max` is how many leads of a full pass are looked at; without it all of them."""
        parts, since = self.parts, self.parts.clock.now()
        asked_count = asked.execute_requests(parts.store, self.token, since, parts.playbook)
        if self._renew():
            self._take_up()
        followed = self.apply_plans()
        look = self._look(summary)
        pulled = look.first(cadences)
        if bulk_s is not None:
            followed += self._follow(summary, bulk_s, since=since)
        pulled += look.rest(_over(None if bulk_s is None else PULL_SHARE * bulk_s))
        summary.has_more |= look.has_more
        self._set_baseline()
        backfill.step(parts.store, self.token, parts.playbook, parts.clock)
        compared = self.compare(_over(None if bulk_s is None else COMPARE_SHARE * bulk_s))
        summary.has_more |= compared.has_more and bulk_s is not None
        followed += self._follow(summary, bulk_s, pass_max)
        self._save_usage()
        return bool(asked_count or pulled or followed or compared.ended)

    def compare(self, is_over: Callable[[], bool] = bool) -> reconcile.Went:
        """Carry comparisons of both systems with the store on, those asked for and the nightly one."""
        parts = self.parts
        hands = Hands(
            parts.store, self.token, parts.connectors, parts.playbook, parts.clock, self.stop.is_set
        )
        return reconcile.go_on(hands, is_over)

    def apply_plans(self) -> int:
        """Carry out the plans people asked for. Returns how many changes reached another system."""
        parts = self.parts
        if not applying.is_asked_for(parts.store):
            return 0
        hands = applying.Hands(
            parts.store,
            self.token,
            parts.targets,
            parts.playbook,
            parts.clock,
            self.gate.checked,
            self.stop.is_set,
        )
        return applying.apply_plans(hands)

    def _follow(
        self,
        summary: Summary,
        bulk_s: float | None = None,
        pass_max: int | None = None,
        since: datetime | None = None,
    ) -> int:
        """Evaluate and deliver, until what was delivered has been evaluated too. Returns what it changed.
        With `since` only who is new since then, and of the writes only those that cannot wait."""
        total, parts = 0, self.parts
        if self._trouble(summary):
            return 0
        is_evaluated = _over(None if bulk_s is None else EVALUATE_SHARE * bulk_s)
        for _step in range(ROUNDS_MAX):
            result = evaluate(
                parts.store, self.token, parts.playbook, parts.clock, pass_max, since, is_evaluated
            )
            add_evaluated(summary, result)
            if since is None:
                edits.settle(parts.store, self.token, parts.connectors, parts.clock)
                sales_acts.ask(parts.store, self.token, parts.connectors)
            is_sent = _over(None if bulk_s is None else SEND_SHARE * bulk_s)
            sent = self._deliver(summary, is_sent, is_urgent=since is not None)
            total += result.transitions + sent
            if not sent or self.stop.is_set() or summary.has_more:
                return total
        return total

    def _deliver(self, summary: Summary, is_over: Callable[[], bool], *, is_urgent: bool) -> int:
        """Send what is due, where that is allowed. Returns how many changes reached another system."""
        store = self.parts.store
        with store.read() as tx:
            is_live = work.baseline(tx).go_live_at is not None
            is_paused = bool(work.get_meta(tx, "paused_push"))
        if not is_live or is_paused or self.stop.is_set():
            return 0
        preflight = self.gate.checked()
        if not preflight.may_write:
            for finding in preflight.problems:
                summary.failures[finding.code] = summary.failures.get(finding.code, 0) + 1
            return 0
        playbook, now = self.parts.playbook, self.parts.clock.now()
        stopped = limiting.limit(store, self.token, playbook, self.parts.blast, now)
        if stopped is not None:
            summary.bulk_held += stopped.leads
        done = deliver(
            store,
            self.token,
            self.parts.targets,
            playbook,
            self.parts.clock,
            summary.run_id,
            self.stop.is_set,
            Everything(SOON if is_urgent else LATER),
            is_over,
        )
        add_delivered(summary, done)
        return done.changed

    # --- what is due -------------------------------------------------------------------------------------

    def _due_cadences(self) -> tuple[Cadence, ...]:
        """Hot always; the slow ones when their time has come since they last reached the present."""
        with self.parts.store.read() as tx:
            rows = {(row.system, row.stream): row for row in work.all_cursors(tx)}
            since = work.baseline(tx).baseline_at
        now = self.parts.clock.now()
        due = [Cadence.HOT]
        for cadence, every in (
            (Cadence.SWEEP, self.parts.sweep_every),
            (Cadence.NIGHTLY, self.parts.nightly_every),
        ):
            streams = [s for c in self.parts.connectors for s in c.streams() if s.cadence == cadence]
            if any(_is_due(rows.get((s.system, s.name)), since, now, every) for s in streams):
                due.append(cadence)
        return tuple(due)

    def _set_baseline(self) -> None:
        """When every required stream has reached the present once, the first load is complete."""
        with self.parts.store.read() as tx:
            if work.baseline(tx).baseline_at is not None:
                return
            loaded = {(row.system, row.stream) for row in work.all_cursors(tx) if was_loaded(row)}
        for connector in self.parts.connectors:
            for stream in connector.streams():
                if stream.baseline and (stream.system, stream.name) not in loaded:
                    return
        now = self.parts.clock.now()
        with self.parts.store.write(self.token) as tx:
            work.set_meta_at(tx, "baseline_at", now)
        _log.info("baseline.completed")

    # --- keeping -----------------------------------------------------------------------------------------

    def _probe(self) -> None:
        """One parked effect of each cause is tried again: the cause may be gone."""
        now = self.parts.clock.now()
        with self.parts.store.write(self.token) as tx:
            outbox.probe_parked(tx, now - PROBE_AFTER, now)
        backfill.heal(self.parts.store, self.token, self.parts.targets, self.parts.playbook, now)

    def _forget(self) -> None:
        """What is past its retention leaves the store."""
        with self.parts.store.write(self.token) as tx:
            forgotten = upkeep.forget_expired(tx, self.parts.clock.now())
        self.parts.store.checkpoint()
        _log.info(
            "upkeep.done", details=forgotten.details, signals=forgotten.signals, waiting=forgotten.waiting
        )

    def _save_usage(self) -> None:
        """Add the calls made since the last time to the day's totals."""
        now = self.parts.clock.now()
        rows = [row for connector in self.parts.connectors for row in connector.usage()]
        with self.parts.store.write(self.token) as tx:
            work.add_usage(tx, f"{now:%Y-%m-%d}", [self._new_calls(row) for row in rows])
            for connector in self.parts.connectors:
                work.save_budgets(tx, connector.budgets(), now)
        self._counted = {(row.system, row.endpoint): row for row in rows}

    def _new_calls(self, row: Usage) -> Usage:
        """Connectors count since their start; the store wants what is new."""
        before = self._counted.get((row.system, row.endpoint))
        if before is None:
            return row
        return Usage(
            row.system,
            row.endpoint,
            row.calls - before.calls,
            row.errors - before.errors,
            row.retries - before.retries,
        )

    def _open(self, kind: str) -> Summary:
        now = self.parts.clock.now()
        with self.parts.store.write(self.token) as tx:
            run_id = work.begin_run(tx, kind, now, self.parts.playbook.version, self.token.epoch)
        return Summary(run_id=run_id, kind=kind)

    def _tell(self, summary: Summary) -> None:
        """What people hear of us and of many goes out whether or not anything else may."""
        parts = self.parts
        if self.stop.is_set():
            return
        with parts.store.write(self.token) as tx:
            due = notices.note_run(tx, summary, self.gate.preflight, parts.playbook, parts.clock.now())
        if due:
            told = {parts.notify.system: parts.notify}
            run_id, stops = summary.run_id, self.stop.is_set
            deliver(
                parts.store, self.token, told, parts.playbook, parts.clock, run_id, stops, notices.Notices()
            )

    def _close(self, summary: Summary) -> Summary:
        self._tell(summary)
        now = self.parts.clock.now()
        with self.parts.store.write(self.token) as tx:
            work.end_run(tx, summary.run_id, now, summary.status, summary.counts())
        _log.info(
            "run.ended",
            run_id=summary.run_id,
            status=summary.status,
            pulled=sum(summary.pulled.values()),
            evaluated=summary.evaluated,
            transitions=summary.transitions,
            delivered=sum(summary.delivered.values()),
            held=summary.held,
            failures=sum(summary.failures.values()),
        )
        return summary


def _is_due(row: CursorRow | None, since: datetime | None, now: datetime, every: timedelta) -> bool:
    if row is not None and row.state == "loading":
        return True
    last = row.completed_at if row is not None and row.completed_at else since
    return last is not None and now - last >= every
