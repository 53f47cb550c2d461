"""One look at both systems: a page of every stream first, then what is left of the long ones.

A page is enough for what is new since a minute ago, and where more has changed the source gives what matters
first: an import of a hundred thousand contacts keeps nobody waiting. A stream that fails stops no other, a
system that is down is left alone for this look.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager

from syncd.jobs.binding import WrongAccount
from syncd.jobs.gate import Gate
from syncd.jobs.parts import Parts
from syncd.jobs.pull import Pull
from syncd.jobs.summary import Summary, why
from syncd.jobs.vanished import Vanished, Vouching
from syncd.logs import structlog
from syncd.ports import Cadence, Connector, Failure, Recovery, Source, Stream, SystemFailure
from syncd.store import work
from syncd.store.lease import Token
from syncd.store.work import CursorRow

_log = structlog.get_logger("syncd.cycle")


class Look:
    """The streams of these cadences, and of any cadence those that never reached the present."""

    def __init__(
        self,
        parts: Parts,
        token: Token,
        gate: Gate,
        summary: Summary,
        should_stop: Callable[[], bool],
        turn: AbstractContextManager[object] | None = None,
    ) -> None:
        """`turn` is held for each page, where a poll may come between two of them."""
        self._parts, self._token, self._gate = parts, token, gate
        self._summary = summary
        self._should_stop = should_stop
        self._turn = turn
        self._long: list[Pull] = []
        self._down: set[str] = set()

    def first(self, cadences: Collection[Cadence]) -> int:
        """One page of each stream; before the baseline, all of it, since who someone is comes before what
        they did. Returns how many records changed something."""
        with self._parts.store.read() as tx:
            if work.get_meta(tx, "paused_pull"):
                return 0
            is_loaded = work.baseline(tx).baseline_at is not None
            loaded = {(row.system, row.stream) for row in work.all_cursors(tx) if was_loaded(row)}
        changed = 0
        for connector in self._parts.connectors:
            if self._should_stop() or not self._is_ours(connector):
                continue
            for source, stream in self._feeds(connector):
                is_new = stream.baseline and (stream.system, stream.name) not in loaded
                if stream.cadence in cadences or is_new:
                    changed += self._pages(self._opened(source, stream), is_whole=not is_loaded)
        return changed

    def rest(self, is_over: Callable[[], bool] = bool) -> int:
        """What is left of the long ones, at least a page, until `is_over`. Returns how many records changed
        something."""
        changed = 0
        while self._long and not self._should_stop():
            changed += self._pages(self._long.pop(0), is_over=is_over)
            if is_over():
                break
        return changed

    @property
    def has_more(self) -> bool:
        """Whether something was left for the next look."""
        return bool(self._long)

    # --- one stream --------------------------------------------------------------------------------------

    def _feeds(self, connector: Connector) -> Iterator[tuple[Source, Stream]]:
        """The connector's own, and what only the store and the connector together can tell."""
        yield from ((connector, stream) for stream in connector.streams())
        if isinstance(connector, Vouching):
            source = Vanished(self._parts.store, connector)
            yield from ((source, stream) for stream in source.streams())

    def _opened(self, source: Source, stream: Stream) -> Pull:
        parts = self._parts
        return Pull(parts.store, source, stream, parts.clock, self._token, parts.watched, parts.ingest)

    def _pages(self, pull: Pull, *, is_whole: bool = True, is_over: Callable[[], bool] = bool) -> int:
        """Pages of one stream: a first one, or all that come before `is_over`; what is left is kept."""
        if pull.stream.system in self._down:
            return 0
        changed, problems = pull.count.changed, pull.count.problems
        try:
            while not self._should_stop() and pull.page(self._turn):
                if not pull.count.is_complete and (not is_whole or is_over()):
                    self._long.append(pull)
                    break
        except SystemFailure as error:
            if not self._should_stop():  # else its waits were cut short, which says nothing about the stream
                self._note_failure(pull.stream, error.failure)
        self._book(pull, changed := pull.count.changed - changed, pull.count.problems - problems)
        return changed

    def _book(self, pull: Pull, changed: int, problems: int) -> None:
        name = f"{pull.stream.system}.{pull.stream.name}"
        for counts, key, count in (
            (self._summary.pulled, name, changed),
            (self._summary.failures, "record_rejected", problems),
        ):
            if count:
                counts[key] = counts.get(key, 0) + count

    # --- a system that is down ---------------------------------------------------------------------------

    def _is_ours(self, connector: Connector) -> bool:
        """Whether the system lets us in, as the account it was; if not, the run says why and leaves it."""
        try:
            self._gate.meet(connector)
        except (SystemFailure, WrongAccount) as error:
            failure = error.failure
            self._count_failure(failure)
            self._summary.down[connector.system] = why(failure)
            if failure.recovery in {Recovery.HALT, Recovery.CONFIGURATION}:
                self._summary.halted[connector.system] = why(failure)
            _log.warning("system.not_met", system=str(connector.system), code=failure.code)
            return False
        self._summary.asked.add(connector.system)
        return True

    def _note_failure(self, stream: Stream, failure: Failure) -> None:
        """Remember why a stream failed, and whether the system's other streams are worth trying."""
        now = self._parts.clock.now()
        with self._parts.store.write(self._token) as tx:
            work.note_stream(tx, stream.system, stream.name, "failed", str(SystemFailure(failure)), now)
        self._count_failure(failure)
        if not stream.is_optional:
            self._summary.down[stream.system] = why(failure)
        _log.warning("stream.failed", stream=f"{stream.system}.{stream.name}", code=failure.code)
        if failure.recovery in {Recovery.HALT, Recovery.CONFIGURATION} and not stream.is_optional:
            self._summary.halted[stream.system] = why(failure)
            self._down.add(stream.system)

    def _count_failure(self, failure: Failure) -> None:
        self._gate.doubt(failure)
        self._summary.failures[failure.code] = self._summary.failures.get(failure.code, 0) + 1


def was_loaded(row: CursorRow) -> bool:
    """The stream has reached the present once, or will not be had here."""
    return row.completed_at is not None or row.state == "unavailable"
