"""Answers turned into failures: of a whole call, of one part of a composite, of what the library raises.

`str()` of the library's exceptions prints whole bodies, which hold personal data: none leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import requests

from syncd.connectors.salesforce import errors, sdk
from syncd.connectors.transport_failure import Call
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure

HALT_S = {"salesforce.daily_limit": 300.0, "salesforce.maintenance": 600.0, "salesforce.storage_full": 900.0}
"""How long to leave the org alone: the quota rolls over 24 hours, and no `Retry-After` is sent."""


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """What one subrequest answered; `body` is decoded JSON."""

    name: str
    status: int
    body: Any


def classify(response: requests.Response, call: Call) -> Failure | None:
    """What an error answer means; None leaves it to the status. Used by the transport."""
    found = errors.errors_in(decoded(response.content))
    status = response.status_code
    if not found:
        if status < 500 and status not in {401, 403}:
            return errors.from_status(status, was_sent_as_write=not call.is_read)
        return None
    failure = errors.first(found, status=status)
    assert failure is not None, "there is at least one error"
    if failure.code == "salesforce.gone" and call.is_read:  # queries are not about one record
        failure = errors.failure(errors.ApiError(errors.NOT_OFFERED), status=status)
    if failure.recovery is Recovery.UNKNOWN and call.is_read:
        failure = replace(failure, recovery=Recovery.TRANSIENT)
    if failure.code == "salesforce.unavailable" and not call.is_read:
        failure = replace(failure, recovery=Recovery.UNKNOWN)  # a 503 may come after the work was done
    if failure.code in HALT_S:
        failure = replace(failure, retry_after_s=HALT_S[failure.code])
    return replace(failure, message=f"{call.endpoint}: {failure.message}")


def part_failure(answer: PartAnswer) -> Failure:
    """What the error answer of one subrequest means."""
    found = errors.first(errors.errors_in(answer.body), status=answer.status)
    return found or errors.from_status(answer.status, was_sent_as_write=True)


@contextmanager
def named(*, is_read: bool, missing: str = "") -> Iterator[None]:
    """Turn what the library raises into a failure of ours, without its text."""
    try:
        yield
    except sdk.library().exceptions.SalesforceError as error:
        if missing and error.status == 404:
            name = missing.split("/")[1] if "/" in missing else missing
            failure = errors.failure(errors.ApiError("INVALID_TYPE", fields=(name,)), status=404)
        else:
            found = errors.first(errors.errors_in(error.content), status=error.status)
            failure = found or errors.from_status(error.status, was_sent_as_write=not is_read)
    except requests.exceptions.JSONDecodeError:  # no JSON and not called so: a proxy's words, or nothing
        recovery = Recovery.TRANSIENT if is_read else Recovery.UNKNOWN
        failure = Failure(recovery, System.SALESFORCE, "salesforce.empty_answer", "an answer holds no JSON")
    else:
        return
    raise SystemFailure(failure) from None


def decoded(content: bytes | None) -> object:
    try:
        return msgspec.json.decode(content or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
