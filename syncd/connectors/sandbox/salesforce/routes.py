"""The org as an ASGI application: the REST API and the OAuth endpoints, with the platform's manners.

Paths are taken with and without a trailing slash. Every counted answer carries `Sforce-Limit-Info`, every
answer the kernel's time as `Date`. Requests that are too long are 414 or 431 with an HTML body (help article
000386264).
"""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.connectors.sandbox.salesforce import (
    api_collections,
    api_composite,
    api_query,
    api_records,
)
from syncd.connectors.sandbox.salesforce.api_types import Answer, Call, Session, parse_json, refused
from syncd.connectors.sandbox.salesforce.errors import OAuthRefusal, Refusal, not_found
from syncd.connectors.sandbox.salesforce.meter import CallMade
from syncd.connectors.sandbox.salesforce.setup import Permissions
from syncd.connectors.sandbox.salesforce.state import Salesforce

METHODS = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]
REQUEST_BYTES_MAX = 16_384
OLDEST, RETIRED_UNTIL, NEWEST = 21, 30, 68
"""31 to 68 are served, 21 to 30 answer 410 (API End-of-Life Policy, state of November 2026)."""
RELEASES = {66: "Spring '26", 67: "Summer '26", 68: "Winter '27"}
RESOURCES = ("query", "queryAll", "sobjects", "composite", "limits")


def app(salesforce: Salesforce) -> Starlette:
    """The application that serves this org."""

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        with salesforce.kernel.lock:
            salesforce.called(raw)
            return _respond(salesforce, request, raw)

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])


def _respond(org: Salesforce, request: Request, raw: bytes) -> Response:
    path = request.scope["raw_path"].decode("ascii").split("?")[0]
    url_bytes = len(path) + len(request.scope["query_string"]) + 1
    header_bytes = sum(len(k) + len(v) + 4 for k, v in request.scope["headers"])
    date = {"date": format_datetime(org.kernel.now, usegmt=True)}
    if url_bytes > REQUEST_BYTES_MAX or url_bytes + header_bytes > REQUEST_BYTES_MAX:
        status = 414 if url_bytes > REQUEST_BYTES_MAX else 431
        org.meter.violate("request too long", f"{url_bytes} bytes of address, {header_bytes} of headers")
        org.meter.calls.append(CallMade(request.method, path, status, org.kernel.now))
        title = "URI Too Long" if status == 414 else "Request Header Fields Too Large"
        return Response(f"<html><head><title>{title}</title></head></html>", status, date, "text/html")
    answer = _answer(org, request, path, raw)
    org.meter.calls.append(CallMade(request.method, path, answer.status, org.kernel.now))
    body = b"" if answer.status == 204 else msgspec.json.encode(answer.body)
    headers = {**date, **answer.headers}
    return Response(
        body, answer.status, headers, None if answer.status == 204 else "application/json;charset=UTF-8"
    )


def _answer(org: Salesforce, request: Request, path: str, raw: bytes) -> Answer:
    parts = tuple(unquote(p) for p in path.strip("/").split("/"))
    base_url = f"{request.url.scheme}://{request.headers.get('host', '')}"
    authorization = request.headers.get("authorization", "")
    try:
        if parts[:2] == ("services", "oauth2") or parts[:1] == ("id",):
            return _oauth(org, request, parts, raw, base_url)
        if parts == ("services", "data"):
            return Answer(200, _versions())
        if parts[:2] != ("services", "data"):
            raise not_found()
        version = _version(parts[2])
        return _counted(org, request, parts[3:], raw, version, authorization)
    except Refusal as refusal:
        return refused(refusal)


def _counted(
    org: Salesforce, request: Request, parts: tuple[str, ...], raw: bytes, version: str, authorization: str
) -> Answer:
    """A call of the API proper: it needs a session, is counted, and says what is left."""
    point = org.engine.savepoint()
    try:
        user_id = org.tokens.user_of(authorization)
        org.meter.count()
        params = dict(parse_qsl(request.scope["query_string"].decode("ascii"), keep_blank_values=True))
        permissions = org.permissions if user_id == org.integration_user_id else Permissions()
        session = Session(user_id, version, permissions)
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = _dispatch(org, Call(request.method, parts, params, headers, parse_json(raw), session))
    except Refusal as refusal:
        org.engine.rewind(point)
        answer = refused(refusal)
    org.engine.forget_journal()
    return Answer(answer.status, answer.body, {**answer.headers, "Sforce-Limit-Info": org.meter.header()})


def _dispatch(org: Salesforce, call: Call) -> Answer:
    parts = call.parts
    if not parts:
        base = f"/services/data/{call.session.version}"
        return Answer(200, {name: f"{base}/{name}" for name in RESOURCES})
    if parts[0] in ("query", "queryAll"):
        return api_query.answer(org, call)
    if parts[:2] == ("tooling", "query"):
        return api_query.answer(org, replace(call, parts=parts[1:]), tooling=True)
    if parts[0] == "sobjects":
        return api_records.answer(org, call)
    if parts[:2] == ("composite", "sobjects"):
        return api_collections.answer(org, call)
    if parts == ("composite",):
        return api_composite.answer(org, call, lambda inner: _dispatch(org, inner))
    if parts == ("limits",):
        return api_query.limits(org)
    raise not_found()


def _versions() -> list[dict[str, str]]:
    return [
        {"label": RELEASES.get(n, f"Release {n}"), "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
        for n in range(RETIRED_UNTIL + 1, NEWEST + 1)
    ]


def _version(text: str) -> str:
    """The version in the address. Raises Refusal: 410 for a retired one, 404 for one there is not."""
    found = re.fullmatch(r"v(\d{1,3})\.0", text)
    number = int(found.group(1)) if found else 0
    if OLDEST <= number <= RETIRED_UNTIL:
        raise Refusal("UNSUPPORTED_API_VERSION", f"API version {text} is no longer supported", status=410)
    if not RETIRED_UNTIL < number <= NEWEST:
        raise not_found()
    return text


# --- OAuth ---


def _oauth(org: Salesforce, request: Request, parts: tuple[str, ...], raw: bytes, base_url: str) -> Answer:
    authorization = request.headers.get("authorization", "")
    try:
        if parts == ("services", "oauth2", "token"):
            if request.method != "POST":
                raise OAuthRefusal("invalid_request", "must use HTTP POST")
            form = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
            users = {str(r["Username"]): str(r["Id"]) for r in org.tables["User"] if r["IsActive"]}
            granted = org.tokens.grant(form, authorization, base_url, users, org.integration_user_id)
            return Answer(200, granted, {"Cache-Control": "no-cache, no-store"})
        if parts == ("services", "oauth2", "userinfo") or parts[0] == "id":
            return _identity(org, authorization, base_url)
    except OAuthRefusal as refusal:
        return Answer(refusal.status, {"error": refusal.error, "error_description": refusal.description})
    raise not_found()


def _identity(org: Salesforce, authorization: str, base_url: str) -> Answer:
    try:
        user_id = org.tokens.user_of(authorization)
    except Refusal:
        return Answer(403, "Bad_OAuth_Token")
    user = org.tables["User"].rows[user_id]
    return Answer(200, {
        "sub": f"{base_url}/id/{org.org_id}/{user_id}", "user_id": user_id, "organization_id": org.org_id,
        "preferred_username": user["Username"], "name": user["Name"], "email": user["Email"],
        "user_type": "STANDARD", "active": user["IsActive"], "language": "en_US", "zoneinfo": "Europe/Berlin",
    })  # fmt: skip
