"""One way out for each system: `Transport` sends, repeats what is safe to repeat, counts, names failures.

The trick is the place: an adapter below `requests.Session`, so that a vendor's client that is given the
session (`session()`) and our own calls (`request()`) get the same timeouts, budgets, retries, metering and
redaction. It returns good answers and raises `SystemFailure`; it never logs a path, a body or a token.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias
from urllib.parse import urlsplit

import requests
import tenacity

from syncd.connectors.transport_adapter import EnvironmentOnce, PerformingAdapter
from syncd.connectors.transport_budget import Budgets, Governor
from syncd.connectors.transport_failure import Call, as_unknown, of_answer, of_exception
from syncd.connectors.transport_names import endpoint_of, user_agent
from syncd.core.model import System
from syncd.logs import structlog
from syncd.ports import Budget, Clock, Failure, Recovery, SystemFailure, Usage

Classifier: TypeAlias = Callable[[requests.Response, Call], Failure | None]
"""A connector's reading of an error answer (3xx to 5xx). None leaves it to the status alone."""

Params: TypeAlias = Mapping[str, object] | list[tuple[str, object]]

_log = structlog.get_logger("syncd.transport")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REPEATABLE_METHODS = _SAFE_METHODS | {"PUT"}


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """How patient a transport is. `timeout_s` is (connect, read). `sleep` and `monotonic` can be given, so
    that a stopping daemon wakes up and a test does not wait. `guard` runs before every attempt and may raise:
    the holder of a lease checks there that it still holds it."""

    timeout_s: tuple[float, float] = (5.0, 30.0)
    attempts_max: int = 5
    wait_total_max_s: float = 60.0
    budgets: Budgets | None = None
    user_agent: str = field(default_factory=user_agent)
    clock: Clock | None = None
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    guard: Callable[[], None] | None = None


@dataclass(slots=True)
class _Count:
    calls: int = 0
    errors: int = 0
    retries: int = 0


class _Local(threading.local):
    """What belongs to one thread: its session, and what it has said about the calls it is making."""

    def __init__(self) -> None:
        self.session: requests.Session | None = None
        self.call: Call | None = None
        self.priority = 5


class Transport:
    """All traffic with one system. Safe to share between threads; each has a session of its own."""

    def __init__(
        self,
        system: System,
        base_url: str,
        *,
        headers: Mapping[str, str] | Callable[[], Mapping[str, str]],
        classify: Classifier | None = None,
        options: TransportOptions | None = None,
        budgets: Budgets | None = None,
        renew: Callable[[], None] | None = None,
        rewrite: Callable[[str], str] | None = None,
    ) -> None:
        """`headers` are put on every attempt anew and win over those of the caller. `renew` is called once
        per call after a 401, which is then sent again. `rewrite` maps the path of `request()`. `budgets` are
        the system's own, unless the options bring some."""
        self.system = system
        self.base_url = base_url.rstrip("/")
        self.options = options or TransportOptions()
        self._headers = headers
        self._classify = classify
        self._renew = renew
        self._rewrite = rewrite
        self._local = _Local()
        self._lock = threading.Lock()
        self._counts: dict[str, _Count] = {}
        self._sessions: list[requests.Session] = []
        self._halted: tuple[Failure, datetime, float] | None = None
        self._ahead_s = 0.0
        self._governor = Governor(
            system,
            self.options.budgets or budgets or Budgets(),
            monotonic=self.options.monotonic,
            sleep=self.options.sleep,
        )

    # --- calling -----------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Params | None = None,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        reads: bool | None = None,
        idempotent: bool | None = None,
        bucket: str = "general",
        endpoint: str = "",
        accepts: frozenset[int] = frozenset(),
    ) -> requests.Response:
        """A whole answer with a good (or accepted) status; `calling` explains the words.

        Raises SystemFailure.
        """
        with self.calling(endpoint, reads=reads, idempotent=idempotent, bucket=bucket, accepts=accepts):
            return self.send(method, path, json=json, params=params, data=data, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Params | None = None,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """As `request`, for a caller that has said in `calling` what it does: the seam beneath an SDK."""
        if self._rewrite is not None:
            path = self._rewrite(path)
        return self.session().request(
            method,
            self.base_url + path,
            json=json,
            params=params,  # type: ignore[arg-type]
            data=data,
            headers=headers,
            allow_redirects=False,
        )

    @contextmanager
    def calling(
        self,
        endpoint: str = "",
        *,
        reads: bool | None = None,
        idempotent: bool | None = None,
        bucket: str = "general",
        accepts: frozenset[int] = frozenset(),
    ) -> Iterator[None]:
        """Say what the calls made through `session()` inside are, where their method does not tell.

        `reads`: changes nothing there (a search by POST). `idempotent`: twice is the same as once (an upsert
        by external id, properties by record id). Left out, GET and HEAD read, PUT is idempotent, the rest is
        not. `accepts`: error statuses to return instead of raising.
        """
        before = self._local.call
        self._local.call = Call(
            self.system,
            "",
            endpoint,
            bucket,
            is_read=bool(reads),
            is_repeatable=bool(reads or idempotent),
            accepts=accepts,
        )
        try:
            yield
        finally:
            self._local.call = before

    @contextmanager
    def priority(self, level: int) -> Iterator[None]:
        """Calls of this thread inside have this priority; 0 may use the share reserved for a fresh SQL."""
        before = self._local.priority
        self._local.priority = level
        try:
            yield
        finally:
            self._local.priority = before

    def session(self) -> requests.Session:
        """This thread's session, to be handed to a vendor's client. Do not close it."""
        if self._local.session is None:
            session = EnvironmentOnce()
            session.auth = _leave_as_is  # else a ~/.netrc entry would replace our Authorization header
            session.headers["User-Agent"] = self.options.user_agent
            adapter = PerformingAdapter(self._perform, self.options.timeout_s)
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return self._local.session

    def close(self) -> None:
        """Close every thread's connections. A later call opens new ones."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()
        self._local = _Local()

    # --- one call, repeated where that is safe -----------------------------------------------------------

    def _perform(
        self, request: requests.PreparedRequest, send: Callable[[], requests.Response]
    ) -> requests.Response:
        call = self._describe(request)
        attempt = _Attempts(self, call, request, send)
        retrying = tenacity.Retrying(
            stop=self._is_enough,
            wait=_wait_s,
            retry=tenacity.retry_if_exception(lambda error: _may_repeat(error, call)),
            sleep=self.options.sleep,
            reraise=True,
        )
        try:
            return retrying(attempt)
        except SystemFailure as error:
            self._remember_halt(error.failure)
            if attempt.may_have_happened:
                raise SystemFailure(as_unknown(error.failure)) from None
            raise

    def _describe(self, request: requests.PreparedRequest) -> Call:
        """The call behind a request: what the caller said, completed from the method and the path."""
        said = self._local.call or Call(self.system, "", "", is_read=False, is_repeatable=False)
        method = request.method or "GET"
        is_read = said.is_read or method in _SAFE_METHODS
        return replace(
            said,
            method=method,
            endpoint=said.endpoint or endpoint_of(method, urlsplit(request.url or "").path),
            is_read=is_read,
            is_repeatable=is_read or said.is_repeatable or method in _REPEATABLE_METHODS,
            priority=self._local.priority,
        )

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        spent_s = max(state.idle_for, self.options.monotonic() - _started(state))
        return (
            state.attempt_number >= self.options.attempts_max
            or spent_s + state.upcoming_sleep > self.options.wait_total_max_s
        )

    # --- a system that stands still ----------------------------------------------------------------------

    def _remember_halt(self, failure: Failure) -> None:
        """Do not knock again before a halted system said it can be back (daily limit, portal on the move)."""
        if failure.recovery is Recovery.HALT and failure.status is not None and failure.retry_after_s:
            self._halted = (failure, self.now(), failure.retry_after_s)

    def _refuse_while_halted(self) -> None:
        if self._halted is None:
            return
        failure, since_at, wait_s = self._halted
        left_s = wait_s - (self.now() - since_at).total_seconds()
        if left_s <= 0:
            self._halted = None
            return
        raise SystemFailure(replace(failure, retry_after_s=left_s, status=None))

    def now(self) -> datetime:
        return self.options.clock.now() if self.options.clock is not None else datetime.now(UTC)

    @property
    def clock_ahead_s(self) -> float:
        """Seconds our clock is ahead of the system's, by the `Date` of its last answer; negative when behind.

        Whoever moves a cursor to "now" must not move it further than the system's own now.
        """
        return self._ahead_s

    def _note_date(self, response: requests.Response) -> None:
        try:
            theirs = parsedate_to_datetime(response.headers["Date"])
        except (KeyError, ValueError):
            return
        if theirs.tzinfo is not None:
            self._ahead_s = (self.now() - theirs).total_seconds()

    # --- what it cost ------------------------------------------------------------------------------------

    def _count(self, call: Call, *, failed: bool, again: bool) -> None:
        with self._lock:
            count = self._counts.setdefault(call.endpoint, _Count())
            count.calls += 1
            count.errors += failed
            count.retries += again

    def usage(self) -> tuple[Usage, ...]:
        """Requests sent since the start, by endpoint; a repeated request counts each time."""
        with self._lock:
            return tuple(
                Usage(self.system, endpoint, count.calls, count.errors, count.retries)
                for endpoint, count in sorted(self._counts.items())
            )

    def budgets(self) -> tuple[Budget, ...]:
        """The vendor's own meters as last seen."""
        return self._governor.budgets()


class _Attempts:
    """One call and its attempts: what the next one must know of the earlier ones."""

    def __init__(
        self,
        transport: Transport,
        call: Call,
        request: requests.PreparedRequest,
        send: Callable[[], requests.Response],
    ) -> None:
        self._transport = transport
        self._call = call
        self._request = request
        self._send = send
        self._is_renewed = False
        self._made = 0
        self.started_s = transport.options.monotonic()
        self.may_have_happened = False

    def __call__(self) -> requests.Response:
        """The answer of one attempt. Raises SystemFailure."""
        transport, call = self._transport, self._call
        transport._refuse_while_halted()
        if transport.options.guard is not None:
            transport.options.guard()
        transport._governor.admit(call)
        headers = transport._headers
        self._request.headers.update(headers() if callable(headers) else headers)
        response, failure = self._send_once()
        if (
            response is not None
            and response.status_code == 401
            and transport._renew is not None
            and not self._is_renewed
        ):
            self._is_renewed = True
            transport._renew()
            return self()
        if failure is None:
            assert response is not None, "an attempt without a failure has an answer"
            return response
        self.may_have_happened |= failure.recovery is Recovery.UNKNOWN
        raise SystemFailure(failure) from None

    def _send_once(self) -> tuple[requests.Response | None, Failure | None]:
        transport, call = self._transport, self._call
        started_s = transport.options.monotonic()
        response: requests.Response | None = None
        try:
            response = self._send()
            transport._governor.observe(response.headers)
            transport._note_date(response)
            failure = self._judge(response)
        except requests.RequestException as error:
            failure = of_exception(error, call)
        transport._count(call, failed=failure is not None, again=self._made > 0)
        self._made += 1
        _log.debug(
            "call.made",
            system=str(call.system),
            method=call.method,
            endpoint=call.endpoint,
            status=None if response is None else response.status_code,
            attempt=self._made,
            duration_ms=round((transport.options.monotonic() - started_s) * 1000),
            failure=None if failure is None else failure.code,
        )
        return response, failure

    def _judge(self, response: requests.Response) -> Failure | None:
        """What the vendor's table says about the answer, else what its status says."""
        transport, call = self._transport, self._call
        status = response.status_code
        if transport._classify is not None and status >= 300 and status not in call.accepts:
            failure = transport._classify(response, call)
            if failure is not None:
                return failure
        return of_answer(response, call, transport.now())


def _may_repeat(error: BaseException, call: Call) -> bool:
    """True when sending again can do no harm: it certainly did nothing, or twice is the same as once."""
    if not isinstance(error, SystemFailure):
        return False
    if error.failure.recovery is Recovery.TRANSIENT:
        return True
    return error.failure.recovery is Recovery.UNKNOWN and call.is_repeatable


def _wait_s(state: tenacity.RetryCallState) -> float:
    """What the answer asks for, plus up to a tenth so that clients do not return together; else doubling."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked_s = error.failure.retry_after_s if isinstance(error, SystemFailure) else None
    if asked_s is not None:
        return asked_s + float(tenacity.wait_random(0, max(0.05, asked_s / 10))(state))
    return float(tenacity.wait_random_exponential(multiplier=0.5, max=16)(state))


def _started(state: tenacity.RetryCallState) -> float:
    assert isinstance(state.fn, _Attempts), "only attempts are retried here"
    return state.fn.started_s


def _leave_as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
