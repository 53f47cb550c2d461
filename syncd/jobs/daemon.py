"""The daemon: a poll every minute, a sweep, a nightly pass, one holder of the lease at a time.

A second daemon on the same store stands by and takes over when the lease runs out. SIGTERM lets the batch in
hand finish and ends within ten seconds; being killed is as good, only less polite. APScheduler is a timer and
nothing else: no job is ever dropped for being late, and a stepped clock makes every job due.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from syncd.jobs import asked
from syncd.jobs.cycle import Cycle
from syncd.jobs.parts import Parts
from syncd.logs import structlog
from syncd.ports import Cadence, Recovery, SystemFailure
from syncd.store import lease, work
from syncd.store.lease import LeaseLost, Token

GRACE_S = 8.0  # for the batch in hand after SIGTERM; the promise is ten
CLOCK_STEP_S = 5.0  # a wall clock that moved this much against the monotonic one was stepped
TICK_S = 0.5
BULK_S = 10.0
"""How long one poll goes on with an import or a backfill before it looks for fresh leads again."""

_log = structlog.get_logger("syncd.daemon")


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the daemon works. `nightly_at` is hh:mm in `time_zone`."""

    poll_s: int
    sweep_s: int
    nightly_at: str
    time_zone: str
    lease_ttl_s: float


class Daemon:
    """Runs until told to stop. `make_parts` builds connectors anew for every term of holding the lease."""

    def __init__(
        self,
        make_parts: Callable[[threading.Event], Parts],
        timetable: Timetable,
        serve: Callable[[Callable[[], Parts]], Callable[[], None]] | None = None,
    ) -> None:
        """`serve` begins to serve pages, given the parts at work, and gives back what ends it. It needs no
        lease: pages write nothing but requests."""
        self.make_parts = make_parts
        self.serve = serve
        self.timetable = timetable
        self.stop = threading.Event()
        self.lost = threading.Event()
        self._asked_until = 0  # the last request seen

    def run(self) -> int:
        """Work or stand by until SIGTERM or SIGINT; returns the exit code."""
        self._catch_signals()
        parts = self.make_parts(self.stop)
        end_pages = self.serve(lambda: parts) if self.serve else None
        is_announced = False
        while not self.stop.is_set():
            token = lease.take(parts.store, lease.owner_name(), self.timetable.lease_ttl_s)
            if token is None:
                if not is_announced:
                    _log.info("daemon.standing_by", lease_ttl_s=self.timetable.lease_ttl_s)
                    is_announced = True
                self.stop.wait(min(5.0, self.timetable.lease_ttl_s / 4))
                continue
            is_announced = False
            parts = self._hold(parts, token)
        if end_pages is not None:
            end_pages()
        for connector in parts.connectors:
            connector.close()
        _log.info("daemon.stopped")
        return 0

    # --- one term ----------------------------------------------------------------------------------------

    def _hold(self, parts: Parts, token: Token) -> Parts:
        """Work as the holder until stopped or overtaken; returns the parts it worked with last."""
        _log.info("lease.taken", epoch=token.epoch)
        self.lost.clear()
        cycle = Cycle(parts, token, self.stop)
        scheduler = self._scheduler(cycle)
        try:
            if self._begin(cycle):
                scheduler.start()
                self._watch(cycle, scheduler)
        except LeaseLost:
            _log.warning("lease.lost", epoch=token.epoch)
        finally:
            if scheduler.running:
                scheduler.shutdown(wait=True)
            if not self.lost.is_set():
                token.release()
        return cycle.parts

    def _begin(self, cycle: Cycle) -> bool:
        """Start the term; a system that does not answer is waited for, wrong credentials are not."""
        for attempt in range(1_000_000):
            try:
                cycle.begin()
            except SystemFailure as error:
                if error.failure.recovery not in {Recovery.TRANSIENT, Recovery.UNKNOWN, Recovery.HALT}:
                    raise
                _log.warning("start.waits", code=error.failure.code, attempt=attempt)
                cycle.token.before_call()
                if self.stop.wait(min(5.0 * 2 ** min(attempt, 3), cycle.token.ttl_s / 4)):
                    return False
                continue
            return True
        return False

    def _scheduler(self, cycle: Cycle) -> BackgroundScheduler:
        table = self.timetable
        scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        every = {"poll": (table.poll_s, lambda: self._poll(cycle)), "sweep": (table.sweep_s, cycle.sweep)}
        for name, (seconds, work_once) in every.items():
            first_at = datetime.now(UTC) if name == "poll" else None
            trigger = IntervalTrigger(seconds=seconds, timezone=UTC)
            options = {"next_run_time": first_at} if first_at else {}
            scheduler.add_job(self._guarded, trigger, args=[work_once], id=name, **options)
        hour, minute = table.nightly_at.split(":")
        scheduler.add_job(
            self._guarded,
            CronTrigger(hour=int(hour), minute=int(minute), timezone=table.time_zone),
            args=[lambda: cycle.sweep(Cadence.NIGHTLY)],
            id="nightly",
        )
        return scheduler

    def _poll(self, cycle: Cycle) -> None:
        """One poll, and as many more at once as an import or a backfill asks for: each begins with what is
        new."""
        while cycle.poll(BULK_S).has_more and not (self.stop.is_set() or self.lost.is_set()):
            pass

    def _guarded(self, work_once: Callable[[], object]) -> None:
        """A job that ends the term when the lease is lost, and never ends the daemon."""
        if self.stop.is_set() or self.lost.is_set():
            return
        try:
            work_once()
        except LeaseLost:
            self.lost.set()
        except Exception:
            _log.exception("job.crashed")

    def _watch(self, cycle: Cycle, scheduler: BackgroundScheduler) -> None:
        """Between jobs: people's requests within a second, stepped clocks, the end of the term."""
        drift_s = time.time() - time.monotonic()
        while not self.stop.wait(TICK_S):
            if self.lost.is_set():
                raise LeaseLost("a job found that another process works on this store")
            now_drift_s = time.time() - time.monotonic()
            if abs(now_drift_s - drift_s) > CLOCK_STEP_S:
                drift_s = now_drift_s
                _log.warning("clock.stepped")
                for job in scheduler.get_jobs():
                    job.reschedule(job.trigger)
            self._renew_while_idle(cycle)
            if self._execute_requests(cycle):
                scheduler.modify_job("poll", next_run_time=datetime.now(UTC))

    def _renew_while_idle(self, cycle: Cycle) -> None:
        """Keep the lease between jobs. A job renews by its own commits and calls: one that hangs loses it."""
        if cycle.turn.acquire(blocking=False):
            try:
                cycle.token.before_call()
            finally:
                cycle.turn.release()

    def _execute_requests(self, cycle: Cycle) -> int:
        """Carry out what was asked for. Returns how many requests are new, also those that are the next
        poll's to carry out."""
        parts = cycle.parts
        with parts.store.read() as tx:
            waiting = [item.request_id for item in work.open_requests(tx)]
        if not waiting:
            return 0
        with cycle.turn:
            asked.execute_requests(parts.store, cycle.token, parts.clock.now(), parts.playbook)
        new = [request_id for request_id in waiting if request_id > self._asked_until]
        self._asked_until = max(waiting)
        return len(new)

    # --- stopping ----------------------------------------------------------------------------------------

    def _catch_signals(self) -> None:
        def stop(_number: int, _frame: object) -> None:
            if not self.stop.is_set():
                threading.Thread(target=_end_after_grace, daemon=True).start()
            self.stop.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)


def _end_after_grace() -> None:
    """A call that hangs must not keep the daemon: what it was sending is settled by the next one."""
    time.sleep(GRACE_S)
    _log.warning("daemon.cut_short")
    os._exit(0)
