"""One call to the REST API and its answer, whether it came over the wire or inside a composite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from syncd.connectors.sandbox.salesforce.dml import RULES_ON, Act
from syncd.connectors.sandbox.salesforce.errors import Refusal, bad_json
from syncd.connectors.sandbox.salesforce.setup import Permissions


@dataclass(frozen=True, slots=True)
class Session:
    """Who calls, in which version of the API, and what they may see."""

    user_id: str
    version: str
    permissions: Permissions


@dataclass(frozen=True, slots=True)
class Call:
    """`parts` are the unquoted segments after `/services/data/vNN.0/`. `body` is parsed JSON."""

    method: str
    parts: tuple[str, ...]
    params: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names
    body: object
    session: Session

    def act(self) -> Act:
        """How this call writes; assignment rules run unless told otherwise (Assignment Rule Header)."""
        duplicates = self.headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
        return Act(
            self.session.user_id, is_api=True, assign=self.headers.get("sforce-auto-assign", RULES_ON),
            allow_duplicates="allowsave=true" in duplicates.split(";"),
        )  # fmt: skip

    def object_body(self) -> dict[str, object]:
        """The body as an object. Raises Refusal JSON_PARSER_ERROR."""
        if not isinstance(self.body, dict):
            raise bad_json("The HTTP entity body is required, but this request has no entity body.")
        return self.body

    def inner(self, method: str, parts: tuple[str, ...], params: Mapping[str, str], body: object) -> Call:
        return replace(self, method=method, parts=parts, params=params, body=body)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(refusal: Refusal) -> Answer:
    """The answer that tells a refusal."""
    return Answer(refusal.status, [refusal.as_rest()])


def method_not_allowed(call: Call, *allowed: str) -> Refusal:
    return Refusal(
        "METHOD_NOT_ALLOWED",
        f"HTTP Method '{call.method}' not allowed. Allowed are {','.join(allowed)}",
        status=405,
    )


def parse_json(raw: bytes) -> object:
    """The JSON value of a request body, None for an empty one. Raises Refusal JSON_PARSER_ERROR."""
    if not raw.strip():
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_json(f"Unexpected character at [line:1, column:1]: {error}") from None
