"""What HubSpot's error answers mean, by recovery.

Status first, then `policyName` and `category`, then the text, because bodies are uneven (docs/api-reference/
error-handling; usage-guidelines for 429). Names of scopes and properties are taken over, since they belong to
the portal's set-up; message texts are not, since they may quote a person's values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import requests

from syncd.connectors.transport_failure import Call, retry_after_s
from syncd.ports import Failure, Recovery

_NAME = re.compile(r"[A-Za-z][\w.-]{0,99}")
_LIST = re.compile(r'"name"\s*:\s*"([\w.-]+)"')
_DAY_LEFT_UNKNOWN_S = 3600.0


class ErrorBody(msgspec.Struct, rename="camel"):
    """The parts of an error body we read; all are optional, and `errors` may hold objects or strings."""

    message: str = ""
    category: str = ""
    sub_category: object = None
    policy_name: str = ""
    error_type: str = ""
    errors: list[object] = []
    context: dict[str, object] = {}


def read_body(response: requests.Response) -> ErrorBody:
    """The error body, or an empty one when it is HTML, cut off or of another shape."""
    try:
        return msgspec.json.decode(response.content, type=ErrorBody)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return ErrorBody()


def names_in(body: ErrorBody, key: str) -> tuple[str, ...]:
    """Values of one context key, at the top or inside `errors` (peers.md: scopes are found in either)."""
    contexts = [body.context]
    for item in body.errors:
        if isinstance(item, dict) and isinstance(item.get("context"), dict):
            contexts.append(item["context"])
    found: list[str] = []
    for context in contexts:
        values = context.get(key)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str) and _NAME.fullmatch(value) and value not in found:
                found.append(value)
    return tuple(found)


class Classifier:
    """Reads an error answer. `zone` is the portal's time zone, once known: its day ends the daily limit."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.zone: ZoneInfo | None = None

    def __call__(self, response: requests.Response, call: Call) -> Failure | None:
        """The failure this answer stands for, or None where its status alone says enough."""
        status = response.status_code
        if status == 429:
            return self._throttled(response, call)
        if status == 401:
            return _bad_token(call, status)
        if status == 403:
            return _forbidden(read_body(response), call)
        if status == 477:
            return call.failure(
                Recovery.HALT,
                "portal_moving",
                "was refused: HubSpot is moving the portal to another data centre (477).",
                cure="Nothing to do; it ends by itself, within a day at most.",
                status=status,
                retry_after_s=retry_after_s(response.headers, self._now()) or 600.0,
            )
        if status == 530:  # seen for malformed tokens instead of 401 (airbyte source-hubspot BEHAVIOR.md)
            return _bad_token(call, status)
        if status in (400, 404, 409, 414, 422):
            return _rejected(read_body(response), call, status)
        return None

    def _throttled(self, response: requests.Response, call: Call) -> Failure:
        """429 by policy; `Retry-After` is not promised, so each policy has a wait of its own."""
        body = read_body(response)
        text = f"{body.policy_name} {body.message}".lower()
        asked_s = retry_after_s(response.headers, self._now())
        if "daily" in text:
            return call.failure(
                Recovery.HALT,
                "daily_limit",
                "was refused: the portal's calls of the day are spent by all its apps together.",
                cure="Wait for midnight in the portal's time zone, or raise the limit with HubSpot.",
                status=429,
                retry_after_s=max(asked_s or 0.0, self._day_left_s()),
            )
        if "ten_secondly" in text:
            code, wait_s = "burst_limit", 10.0
        elif "secondly" in text:
            code, wait_s = "search_limit", 1.0
        else:
            code, wait_s = "throttled", None
        return call.failure(
            Recovery.TRANSIENT,
            code,
            "was throttled (429).",
            status=429,
            retry_after_s=asked_s if asked_s is not None else wait_s,
        )

    def _day_left_s(self) -> float:
        """Seconds to the portal's midnight; an hour, to look again, while its zone is unknown."""
        if self.zone is None:
            return _DAY_LEFT_UNKNOWN_S
        now = self._now().astimezone(self.zone)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(1.0, midnight.timestamp() - now.timestamp())


def _bad_token(call: Call, status: int) -> Failure:
    return call.failure(
        Recovery.CONFIGURATION,
        "bad_token",
        f"was refused: the access token is not accepted ({status}).",
        cure="Set HUBSPOT_ACCESS_TOKEN to a current service key or private-app token of this portal.",
        status=status,
    )


def _forbidden(body: ErrorBody, call: Call) -> Failure:
    """403: a scope is missing (named in the body), or the portal's tier does not have the feature."""
    scopes = names_in(body, "requiredGranularScopes") or names_in(body, "requiredScopes")
    if scopes or body.category == "MISSING_SCOPES":
        needed = ", ".join(scopes) or "the scope of this endpoint"
        return call.failure(
            Recovery.CONFIGURATION,
            "missing_scope",
            f"was refused: the access token lacks a scope ({needed}).",
            cure=f"Add the scope {needed} to the service key or private app; where it cannot be chosen, the "
            "portal's subscription does not include the feature.",
            status=403,
        )
    return call.failure(
        Recovery.CONFIGURATION,
        "not_in_tier",
        "was refused: the portal's subscription does not include it (403).",
        cure="The feature needs a higher HubSpot tier; where it is optional syncd goes on without it.",
        status=403,
    )


def _rejected(body: ErrorBody, call: Call, status: int) -> Failure:
    """A definite no about the data sent. `fields` names the properties it speaks of."""
    code = _reject_code(body, status)
    fields = names_in(body, "propertyName") or names_in(body, "name") or tuple(_LIST.findall(body.message))
    cure = "Check the value against the property's type and options, and the portal's own rules."
    if code == "unknown_property":
        cure = "Create the property in HubSpot, or run `syncd doctor`, which lists all that are missing."
    failure = call.failure(Recovery.REJECTED, code, f"was rejected ({status}).", cure=cure, status=status)
    return replace(failure, fields=fields)


def _reject_code(body: ErrorBody, status: int) -> str:
    codes = {item.get("code") for item in body.errors if isinstance(item, dict)}
    if "PROPERTY_DOESNT_EXIST" in codes or "PROPERTY_DOESNT_EXIST" in body.message:
        return "unknown_property"
    if codes & {"MISSING_CONDITIONAL_REQUIRED_PROPERTY", "MISSING_REQUIRED_PROPERTY"}:
        return "required_by_portal"  # changelog/crm-api-write-validation-enforcement, 2026-09
    if status == 404 or body.category == "OBJECT_NOT_FOUND":
        return "not_found"
    if status == 409 or body.category in ("CONFLICT", "OBJECT_ALREADY_EXISTS"):
        return "conflict"
    if status == 414:
        return "too_long"
    return "invalid"
