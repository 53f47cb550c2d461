"""Composite: up to 25 calls in one, each able to use what earlier ones answered.

The outer status is 200 even when parts failed. With `allOrNone` one failure takes everything back and marks
the others PROCESSING_HALTED; without it only those that refer to the failed one halt (REST guide,
"Composite").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from syncd.connectors.sandbox.salesforce.api_types import Answer, Call, method_not_allowed, refused
from syncd.connectors.sandbox.salesforce.errors import Refusal, bad_json
from syncd.connectors.sandbox.salesforce.meter import CallMade
from syncd.connectors.sandbox.salesforce.state import Salesforce

PARTS_MAX = 25
HEAVY_MAX = 5
"""Queries and collections together."""
_REFERENCE = re.compile(r"@\{(\w+)((?:\[\d+\]|\.[\w]+)+)\}")
_ROLLED_BACK = Refusal(
    "PROCESSING_HALTED",
    "The transaction was rolled back since another operation in the same transaction failed.",
)
Dispatch = Callable[[Call], Answer]


def answer(org: Salesforce, call: Call, dispatch: Dispatch) -> Answer:
    """The answer to a composite. Raises Refusal when the whole request is malformed."""
    if call.method != "POST":
        raise method_not_allowed(call, "POST")
    body = call.object_body()
    parts = body.get("compositeRequest")
    if not isinstance(parts, list) or not all(isinstance(p, dict) for p in parts):
        raise bad_json("Cannot deserialize instance of list from the value of 'compositeRequest'")
    if problem := _too_much(org, parts):
        error = {"errorCode": "LIMIT_EXCEEDED", "message": problem}
        return _outer([_told(None, Answer(400, [error]))])
    _check_names(parts)
    all_or_none = body.get("allOrNone") is True
    whole = org.engine.savepoint()
    answers: dict[str, Answer] = {}
    for part in parts:
        answers[str(part["referenceId"])] = _one(org, call, part, answers, dispatch)
        if all_or_none and answers[str(part["referenceId"])].status >= 300:
            break
    failed = any(a.status >= 300 for a in answers.values())
    if all_or_none and failed:
        org.engine.rewind(whole)
        halted = refused(_ROLLED_BACK)
        names = [str(p["referenceId"]) for p in parts]
        kept = {n: a for n, a in answers.items() if a.status >= 300}
        answers = {n: kept.get(n, halted) for n in names}
    return _outer([_told(name, each) for name, each in answers.items()])


def _outer(told: list[dict[str, object]]) -> Answer:
    return Answer(200, {"compositeResponse": told})


def _told(name: str | None, each: Answer) -> dict[str, object]:
    return {
        "body": each.body, "httpHeaders": dict(each.headers), "httpStatusCode": each.status,
        "referenceId": name,
    }  # fmt: skip


def _too_much(org: Salesforce, parts: list[dict[str, Any]]) -> str:
    """Why it is too large; the wording for 25 was seen in the wild (support-service-lambdas 766)."""
    if len(parts) > PARTS_MAX:
        org.meter.violate("composite too large", f"{len(parts)} parts")
        return f"The request can’t contain more than {PARTS_MAX} operations."  # noqa: RUF001 - as the API writes it
    heavy = [p for p in parts if re.search(r"/(query|queryAll|composite/sobjects)\b", str(p.get("url", "")))]
    if len(heavy) > HEAVY_MAX:
        org.meter.violate("composite too heavy", f"{len(heavy)} queries and collections")
        return f"The request can’t contain more than {HEAVY_MAX} query and collection operations."  # noqa: RUF001
    return ""


def _check_names(parts: list[dict[str, Any]]) -> None:
    names = [p.get("referenceId") for p in parts]
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name):
            raise bad_json(f"Provided referenceId ('{name}') must start with a letter and be alphanumeric")
    if len(set(names)) != len(names):
        raise bad_json("Provided referenceIds must be unique in the request")


def _one(
    org: Salesforce, call: Call, part: Mapping[str, Any], answers: Mapping[str, Answer], dispatch: Dispatch
) -> Answer:
    """One part, taken back by itself when refused."""
    point = org.engine.savepoint()
    method = str(part.get("method", "")).upper()
    path = str(part.get("url", ""))
    try:
        path = str(_resolved(path, answers))
        inner = _inner(
            call, method, path, _resolved(part.get("body"), answers), part.get("httpHeaders") or {}
        )
        answered = dispatch(inner)
    except Refusal as refusal:
        org.engine.rewind(point)
        answered = refused(refusal)
    org.meter.subcalls.append(CallMade(method, urlsplit(path).path, answered.status, org.kernel.now))
    return answered


def _inner(call: Call, method: str, url: str, body: object, headers: Mapping[str, str]) -> Call:
    """The part as a call of its own. Headers of the outer call do not reach it, except who calls."""
    address = urlsplit(url)
    match = re.fullmatch(r"/services/data/(v\d+\.0)/(.+?)/?", address.path)
    if match is None or match.group(1) != call.session.version:
        raise Refusal("NOT_FOUND", "The requested resource does not exist", status=404)
    parts = tuple(unquote(p) for p in match.group(2).split("/"))
    params = dict(parse_qsl(address.query, keep_blank_values=True))
    given = {name.lower(): str(value) for name, value in headers.items()}
    return Call(method, parts, params, given, body, call.session)


def _resolved(value: object, answers: Mapping[str, Answer]) -> object:
    """The value with every `@{ref.path}` replaced by what that part answered."""
    if isinstance(value, dict):
        return {k: _resolved(v, answers) for k, v in value.items()}
    if isinstance(value, list):
        return [_resolved(v, answers) for v in value]
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: _looked_up(found, answers), value)
    return value


def _looked_up(found: re.Match[str], answers: Mapping[str, Answer]) -> str:
    name, path = found.groups()
    answered = answers.get(name)
    value = answered.body if answered is not None and answered.status < 300 else None
    for index, key in re.findall(r"\[(\d+)\]|\.(\w+)", path):
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            value = value.get(key) if key and isinstance(value, dict) else None
    if value is None:
        raise Refusal(
            "PROCESSING_HALTED",
            f"Invalid reference specified. No value for {name}{path} found in {name}. Provided reference:"
            f" {found.group(0)}",
        )
    return str(value)
