"""One turn of the loop: what people asked for, pull, evaluate, deliver, until nothing is due.

A stream that fails does not stop the others, and a run with any failure never says it succeeded. The first
complete load is the baseline: before it nobody is judged. Slow streams give way between two pages to a poll
that is due, so a backfill never delays a fresh SQL.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncd.core.colleagues import news_days, window_days
from syncd.core.engine import program
from syncd.core.model import System
from syncd.jobs import asked, fullpass, packing
from syncd.jobs.binding import Preflight, WrongAccount
from syncd.jobs.deliver import deliver
from syncd.jobs.evaluate import evaluate
from syncd.jobs.gate import Gate
from syncd.jobs.normalise import fingerprint
from syncd.jobs.parts import Parts
from syncd.jobs.pull import PullCount, pull_stream
from syncd.jobs.summary import Summary, add_delivered, add_evaluated, why
from syncd.jobs.vanished import Vanished, Vouching
from syncd.logs import structlog
from syncd.ports import (
    Cadence,
    Connector,
    Failure,
    Recovery,
    Source,
    Stream,
    SystemFailure,
    Usage,
)
from syncd.store import colleagues, ledger, outbox, upkeep, work
from syncd.store.lease import Token
from syncd.store.work import CursorRow

ROUNDS_MAX = 20
PROBE_AFTER = timedelta(minutes=15)
PASS_MAX = 20_000
"""Leads of a full pass that one poll looks at, about a second: the next poll is due soon."""

_log = structlog.get_logger("syncd.cycle")


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
        for connector in self.parts.connectors:
            try:
                self.gate.meet(connector)
            except SystemFailure as error:
                _log.warning("system.not_met", system=str(connector.system), code=error.failure.code)
                if connector.system == System.HUBSPOT and not self.gate.portal_id():
                    raise
        self.parts = replace(self.parts, ingest=replace(self.parts.ingest, portal_id=self.gate.portal_id()))
        now = self.parts.clock.now()
        playbook = self.parts.playbook
        with self.parts.store.write(self.token) as tx:
            work.abandon_runs(tx, now)
            outbox.recover(tx, now)
            known = work.get_meta(tx, "playbook_evaluation_version")
            work.save_playbook(
                tx,
                playbook.version,
                (playbook.evaluation_version, playbook.delivery_version),
                self.parts.content,
                now,
            )
            if known is not None and known != playbook.evaluation_version:
                fullpass.begin(tx, playbook)
            _set_clocks(tx, self.parts.content, now)
            packing.remember_fields(tx, program(playbook))
            work.set_meta(tx, "playbook_evaluation_version", playbook.evaluation_version)
            work.set_meta(tx, colleagues.ACCOUNT_DAYS, str(window_days(playbook)))
            work.set_meta(tx, colleagues.NEWS_DAYS, str(news_days(playbook)))

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

    def poll(self) -> Summary:
        """One hot poll: what changed, what follows, out it goes."""
        summary = self._open("poll")
        with self.turn:
            self._round(summary, (Cadence.HOT,), PASS_MAX)
        return self._close(summary)

    def sweep(self, cadence: Cadence = Cadence.SWEEP) -> Summary:
        """Slow streams, page by page; a poll may take its turn between two pages."""
        summary = self._open(str(cadence))
        with self.turn:
            self.check()
            self._probe()
            if cadence == Cadence.NIGHTLY:
                self._forget()
        self._pull(summary, (cadence,), self.turn)
        with self.turn:
            self._save_usage()
        return self._close(summary)

    def _round(self, summary: Summary, cadences: Sequence[Cadence], pass_max: int | None = None) -> bool:
        """Requests, pull, evaluate, deliver. True when anything changed: another look is worthwhile.
        `pass_max` is how many leads of a full pass are looked at; without it all of them."""
        parts = self.parts
        asked_count = asked.execute_requests(parts.store, self.token, parts.clock.now(), parts.playbook)
        pulled = self._pull(summary, cadences, None)
        self._set_baseline()
        followed = self._follow(summary, pass_max)
        self._save_usage()
        return bool(asked_count or pulled or followed)

    def _follow(self, summary: Summary, pass_max: int | None) -> int:
        """Evaluate and deliver, until what was delivered has been evaluated too. Returns what it changed."""
        total = 0
        for _step in range(ROUNDS_MAX):
            result = evaluate(self.parts.store, self.token, self.parts.playbook, self.parts.clock, pass_max)
            add_evaluated(summary, result)
            sent = self._deliver(summary)
            total += result.transitions + sent
            if not sent or self.stop.is_set():
                return total
        return total

    def _deliver(self, summary: Summary) -> int:
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
        done = deliver(
            store,
            self.token,
            self.parts.targets,
            self.parts.playbook,
            self.parts.clock,
            summary.run_id,
            self.stop.is_set,
        )
        add_delivered(summary, done)
        return done.changed

    # --- pulling -----------------------------------------------------------------------------------------

    def _pull(self, summary: Summary, cadences: Sequence[Cadence], turn: threading.Lock | None) -> int:
        """Pull every stream of these cadences. A system that is down is left alone for this run."""
        changed = 0
        with self.parts.store.read() as tx:
            if work.get_meta(tx, "paused_pull"):
                return 0
            loaded = {(row.system, row.stream) for row in work.all_cursors(tx) if _is_loaded(row)}
        for connector in self.parts.connectors:
            if self.stop.is_set() or not self._is_ours(summary, connector):
                continue
            for source, stream in self._feeds(connector):
                is_first = stream.baseline and (stream.system, stream.name) not in loaded
                if self.stop.is_set() or (stream.cadence not in cadences and not is_first):
                    continue
                try:
                    count = self._pull_one(source, stream, turn)
                except SystemFailure as error:
                    if self.stop.is_set():  # its waits were cut short, which says nothing about the stream
                        break
                    if not self._note_failure(summary, stream, error.failure):
                        break
                    continue
                name = f"{stream.system}.{stream.name}"
                if count.changed:
                    summary.pulled[name] = summary.pulled.get(name, 0) + count.changed
                changed += count.changed
                if count.problems:
                    summary.failures["record_rejected"] = (
                        summary.failures.get("record_rejected", 0) + count.problems
                    )
        return changed

    def _is_ours(self, summary: Summary, connector: Connector) -> bool:
        """Whether the system lets us in, as the account it was; if not, the run says why and leaves it."""
        try:
            self.gate.meet(connector)
        except (SystemFailure, WrongAccount) as error:
            failure = error.failure
            self.gate.doubt(failure)
            summary.failures[failure.code] = summary.failures.get(failure.code, 0) + 1
            if failure.recovery in {Recovery.HALT, Recovery.CONFIGURATION}:
                summary.halted[connector.system] = why(failure)
            _log.warning("system.not_met", system=str(connector.system), code=failure.code)
            return False
        return True

    def _feeds(self, connector: Connector) -> Iterator[tuple[Source, Stream]]:
        """The connector's own, and what only the store and the connector together can tell."""
        yield from ((connector, stream) for stream in connector.streams())
        if isinstance(connector, Vouching):
            source = Vanished(self.parts.store, connector)
            yield from ((source, stream) for stream in source.streams())

    def _pull_one(self, source: Source, stream: Stream, turn: threading.Lock | None) -> PullCount:
        parts = self.parts
        return pull_stream(
            parts.store,
            source,
            stream,
            parts.clock,
            self.token,
            parts.watched,
            parts.ingest,
            turn=turn,
            should_stop=self.stop.is_set,
        )

    def _note_failure(self, summary: Summary, stream: Stream, failure: Failure) -> bool:
        """Remember why a stream failed; True when the system's other streams are worth trying."""
        now = self.parts.clock.now()
        with self.parts.store.write(self.token) as tx:
            work.note_stream(tx, stream.system, stream.name, "failed", str(SystemFailure(failure)), now)
        self.gate.doubt(failure)
        summary.failures[failure.code] = summary.failures.get(failure.code, 0) + 1
        _log.warning("stream.failed", stream=f"{stream.system}.{stream.name}", code=failure.code)
        if failure.recovery in {Recovery.HALT, Recovery.CONFIGURATION} and not stream.is_optional:
            summary.halted[stream.system] = why(failure)
            return False
        return True

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
            loaded = {(row.system, row.stream) for row in work.all_cursors(tx) if _is_loaded(row)}
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
        return Summary(run_id=run_id)

    def _close(self, summary: Summary) -> Summary:
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


def _is_loaded(row: CursorRow) -> bool:
    """The stream has reached the present once, or will not be had here."""
    return row.completed_at is not None or row.state == "unavailable"


def _is_due(row: CursorRow | None, since: datetime | None, now: datetime, every: timedelta) -> bool:
    if row is not None and row.state == "loading":
        return True
    last = row.completed_at if row is not None and row.completed_at else since
    return last is not None and now - last >= every


def _set_clocks(tx: sa.Connection, content: Mapping[str, Any], now: datetime) -> None:
    """Look again at who is with sales after sla.yaml has changed: other things are due at other times."""
    promised = f"{fingerprint(content['delivery']['sla']):x}"
    known = work.get_meta(tx, "sla_version")
    if known is not None and known != promised:
        ledger.mark_dirty(tx, ledger.in_hand(tx), now)
    work.set_meta(tx, "sla_version", promised)
