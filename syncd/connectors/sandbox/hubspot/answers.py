"""How the emulated portal refuses: one exception that carries the answer, and the bodies recorded elsewhere.

All fields of an error body are optional with the vendor (facts section 7, and the recorded shapes in the
facts on peers): some have no category, some have errors as texts, and a missing record is an HTML page of
197 bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from syncd.connectors.sandbox.hubspot.definitions import BadValue

JSON = "application/json;charset=utf-8"
HTML = "text/html;charset=utf-8"
NOT_FOUND_PAGE = (
    b"<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html;charset=utf-8\"/>\n"
    b"<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404</h2>\n"
    b"<p>Resource not found</p>\n</body>\n</html>"
).ljust(197)  # fmt: skip
CLOUDFLARE_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>api.hubapi.com | 530: Origin DNS error</title></head>"
    b"<body><h1>Error 1016</h1><p>Origin DNS error</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: status, body and its media type. A 204 has no body."""

    status: int
    body: bytes = b""
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):  # noqa: N818 - it is an answer, raised where the request turns out wrong
    """The request is refused with this answer. Also raised to people acting on the state directly."""

    def __init__(self, answer: Answer, why: str) -> None:
        super().__init__(why)
        self.answer = answer


def ok(content: object, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(content))


def error_body(message: str, category: str | None, **more: object) -> dict[str, object]:
    """An error body; blank parts are left out, as the vendor does."""
    body: dict[str, object] = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    if category is not None:
        body["category"] = category
    body.update({name: value for name, value in more.items() if value is not None})
    return body


def refuse(status: int, message: str, category: str | None = "VALIDATION_ERROR", **more: object) -> Refusal:
    return Refusal(Answer(status, msgspec.json.encode(error_body(message, category, **more))), message)


def not_found_page() -> Refusal:
    """A missing record whose id is a number: an HTML page, even to a client that asked for JSON."""
    return Refusal(Answer(404, NOT_FOUND_PAGE, HTML), "no such record")


def bad_id(text: str) -> Refusal:
    message = f"Object not found.  objectId are usually numeric. Got {text}"
    return refuse(404, message, "OBJECT_NOT_FOUND")


def bad_values(problems: Sequence[BadValue], portal_id: int) -> Refusal:
    listed = [
        {"isValid": False, "message": item.message, "error": item.code, "name": item.name,
         "localizedErrorMessage": item.message, "portalId": portal_id}
        for item in problems
    ]  # fmt: skip
    errors = [
        {"message": item.message, "code": item.code, "context": {"propertyName": [item.name]}}
        for item in problems
    ]
    text = msgspec.json.encode(listed).decode()
    return refuse(400, f"Property values were not valid: {text}", errors=errors)


def missing_scopes(scopes: Iterable[str], *, nested: bool) -> Refusal:
    """403 for a token without the scopes; older routes put them at the top, newer ones inside `errors`."""
    message = (
        "This app hasn't been granted all required scopes to make this call. "
        "Read more about required scopes here: https://developers.hubspot.com/scopes."
    )
    context = {"requiredGranularScopes": sorted(scopes)}
    if nested:
        errors = [{"message": "One or more of the following scopes are required.", "context": context}]
        return refuse(403, message, "MISSING_SCOPES", errors=errors)
    return refuse(403, message, "MISSING_SCOPES", context=context)


def conflict(number: int) -> Refusal:
    return refuse(409, f"Contact already exists. Existing ID: {number}", "CONFLICT")


def rate_limited(policy: str, words: str, group: str) -> Refusal:
    message = f"You have reached your {words} limit."
    body = error_body(message, None, errorType="RATE_LIMIT", policyName=policy,
                      groupName=f"publicapi:private_app-{group}")  # fmt: skip
    return Refusal(Answer(429, msgspec.json.encode(body)), message)
