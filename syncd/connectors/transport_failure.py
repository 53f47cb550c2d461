"""What went wrong with one call, named by recovery: the part both vendors have in common.

A connector's own classifier looks first (it knows error bodies); what it leaves comes here. The rule that
matters most: a write whose answer never came may have happened, so it is `unknown`, unless it is certain that
nothing was sent. Messages name the call by its endpoint and hold no body, address, path or token.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec
import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from syncd.core.model import System
from syncd.ports import Failure, Recovery

RETRY_AFTER_MAX_S = 86_400.0
"""HubSpot names up to 24 h for a portal that moves (docs/api-reference/error-handling, 477)."""

LOCK_WAIT_S = 2.0
"""A record locked by mass writes stays so for two seconds (same page, 423)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a system, as far as repeating, counting and logging it needs to know.

    `endpoint` is a stable name without ids. `is_read` changes nothing there. `is_repeatable` ends in the same
    state when sent twice. `accepts` are error statuses the caller wants to see as an ordinary answer.
    """

    system: System
    method: str
    endpoint: str
    bucket: str = "general"
    is_read: bool = True
    is_repeatable: bool = True
    priority: int = 5
    accepts: frozenset[int] = frozenset()

    def failure(
        self,
        recovery: Recovery,
        code: str,
        what: str,
        *,
        cure: str = "",
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> Failure:
        """A failure of this call; `what` continues the sentence that begins with the endpoint."""
        message = f"{self.endpoint} {what}"
        return Failure(
            recovery,
            self.system,
            f"{self.system}.{code}",
            message,
            cure,
            status=status,
            retry_after_s=retry_after_s,
        )

    @property
    def unless_written(self) -> Recovery:
        """How to recover when the answer is lost: a read is simply due again, a write may have happened."""
        return Recovery.TRANSIENT if self.is_read else Recovery.UNKNOWN


def retry_after_s(headers: requests.structures.CaseInsensitiveDict[str], now: datetime) -> float | None:
    """Seconds the answer asks us to wait, 0 to a day; None when it asks for nothing that makes sense.

    RFC 9110 allows seconds or a date. A date is measured against the answer's own `Date`, so that a wrong
    clock on either side does no harm.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text, headers.get("Date", ""), now)
    if not 0 <= seconds < float("inf"):
        return None
    return min(seconds, RETRY_AFTER_MAX_S)


def _seconds_until(text: str, date: str, now: datetime) -> float:
    """Seconds from `date` (or `now`) to the moment `text` names; negative when it names none."""
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return -1.0
    try:
        since = parsedate_to_datetime(date)
    except ValueError:
        since = now
    if (then.tzinfo is None) != (since.tzinfo is None):
        return -1.0
    return (then - since).total_seconds()


def of_exception(error: requests.RequestException, call: Call) -> Failure:
    """The failure behind an exception of the HTTP library."""
    if isinstance(error, requests.exceptions.SSLError):
        return call.failure(
            Recovery.CONFIGURATION,
            "tls_refused",
            "was not sent: the server's certificate was not accepted.",
            cure="Check the address; for a private authority point REQUESTS_CA_BUNDLE at its certificate.",
        )
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return call.failure(
            Recovery.CONFIGURATION,
            "bad_address",
            "has no usable address.",
            cure="Check the base URL setting.",
        )
    if _was_never_sent(error):
        return call.failure(
            Recovery.TRANSIENT,
            "unreachable",
            "was not sent: no connection could be made.",
            cure="Check this machine's network, and the system's address in the environment or "
            "connections.yaml (HUBSPOT_BASE_URL, SALESFORCE_LOGIN_URL).",
        )
    if isinstance(error, requests.Timeout):
        return call.failure(call.unless_written, "timeout", "got no answer in time.")
    return call.failure(
        call.unless_written, "connection_lost", "lost its connection before the answer was whole."
    )


def _was_never_sent(error: requests.RequestException) -> bool:
    """True when not one byte of the request left: no name, no route, refused, no answer to the connect."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause: object = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def of_answer(response: requests.Response, call: Call, now: datetime) -> Failure | None:
    """The failure an answer stands for by its status alone, or None when it is a whole and good one."""
    status = response.status_code
    wait_s = retry_after_s(response.headers, now)
    if status in call.accepts:
        return None
    if 200 <= status < 300:
        return None if _is_whole(response) else _unreadable(call, status)
    if status in (408, 420, 425, 429):
        return call.failure(
            Recovery.TRANSIENT, "throttled", f"was throttled ({status}).", status=status, retry_after_s=wait_s
        )
    if status == 423:
        return call.failure(
            Recovery.TRANSIENT,
            "record_locked",
            "met a locked record (423).",
            status=status,
            retry_after_s=max(wait_s or 0.0, LOCK_WAIT_S),
        )
    if status in (525, 526):  # the edge never reached the origin (error-handling, Cloudflare 525 and 526)
        return call.failure(
            Recovery.TRANSIENT, "unreachable", f"did not get through ({status}).", status=status
        )
    if status >= 500:
        return call.failure(
            call.unless_written,
            "server_error",
            f"met a fault of the server ({status}).",
            status=status,
            retry_after_s=wait_s,
        )
    return _of_client_error(call, status)


def _of_client_error(call: Call, status: int) -> Failure:
    """3xx and 4xx that no vendor's table explained: settings when it is about us, else about the record."""
    if status == 401:
        return call.failure(
            Recovery.CONFIGURATION,
            "bad_credentials",
            "was refused: the credentials are not accepted (401).",
            cure="Check that the token or client secret is current and belongs to this account.",
            status=status,
        )
    if status in (403, 405, 406, 410) or status < 400:
        return call.failure(
            Recovery.CONFIGURATION,
            "refused",
            f"is not allowed or not offered ({status}).",
            cure="Run `syncd doctor`: it names the missing permission or the wrong address.",
            status=status,
        )
    code = "not_found" if status == 404 else "rejected"
    return call.failure(Recovery.REJECTED, code, f"was rejected ({status}).", status=status)


def _unreadable(call: Call, status: int) -> Failure:
    return call.failure(
        call.unless_written,
        "unreadable_answer",
        f"got an answer that is cut off or no JSON ({status}).",
        status=status,
    )


def _is_whole(response: requests.Response) -> bool:
    """True for JSON that ends where it should, for types that promise no JSON, and for no body with no type.

    A proxy's or maintenance page comes as 200 with HTML; a cut answer as JSON without its end, or as none.
    """
    body = response.content
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not body:
        return response.status_code == 204 or response.request.method == "HEAD" or "json" not in kind
    if kind == "text/html":
        return False
    if kind and "json" not in kind:
        return True
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def as_unknown(failure: Failure) -> Failure:
    """The same failure for a call of which an earlier attempt may have been carried out.

    A rejection stays: it speaks about the record as it is now. Anything else says only that we do not know.
    """
    if failure.recovery in (Recovery.REJECTED, Recovery.UNKNOWN):
        return failure
    return replace(failure, recovery=Recovery.UNKNOWN)
