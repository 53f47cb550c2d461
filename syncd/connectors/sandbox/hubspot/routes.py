"""The portal's API as an ASGI application: gate, route, handler, headers.

Handlers run under the kernel's lock, one request at a time, and never wait. Every call is kept in `calls`
by the path it came by, refused ones too. The `Date` header shows virtual time.
"""

from __future__ import annotations

import uuid
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from syncd.connectors.sandbox.hubspot import (
    answers,
    routes_associations,
    routes_batch,
    routes_lists,
    routes_marketing,
    routes_objects,
    routes_settings,
)
from syncd.connectors.sandbox.hubspot.answers import Answer, Refusal
from syncd.connectors.sandbox.hubspot.gate import admit, authenticate
from syncd.connectors.sandbox.hubspot.journal import Call
from syncd.connectors.sandbox.hubspot.web import Request, Table, numbered
from syncd.connectors.sandbox.server import App, Receive, Scope, Send

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

URL_BYTES_MAX = 16_000  # 414 was seen between 8,000 and 16,000 (airbyte 33976, posthog 31617)
TABLE = Table((
    *routes_objects.ROUTES, *routes_batch.ROUTES, *routes_associations.ROUTES, *routes_lists.ROUTES,
    *routes_settings.ROUTES, *routes_marketing.ROUTES,
))  # fmt: skip


def app(hubspot: HubSpot) -> App:
    """The application that serves this portal."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        with hubspot.kernel.lock:
            answer = _answer(hubspot, scope, body)
            hubspot.calls.append(Call(scope["method"], scope["path"], answer.status, hubspot.kernel.now))
            date = format_datetime(hubspot.kernel.now, usegmt=True)
        headers = {
            **answer.headers,
            "Content-Type": answer.media,
            "Content-Length": str(len(answer.body)),
            "Date": date,
            "X-HubSpot-Correlation-Id": str(uuid.uuid4()),
        }
        lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": lines})
        await send({"type": "http.response.body", "body": answer.body})

    return serve


def _answer(hubspot: HubSpot, scope: Scope, body: bytes) -> Answer:
    """What the portal says, refusals included."""
    bucket = "burst"
    try:
        request = _request(scope, body)
        authenticate(hubspot, _header(scope, b"authorization"))
        route, parts = TABLE.find(request.method, request.path)
        request.parts, bucket = tuple(unquote(part) for part in parts), route.bucket
        hubspot.limiter.count(bucket)
        admit(hubspot, route, request)
        answer = route.handler(hubspot, request)
    except Refusal as refusal:
        answer = refusal.answer
        if answer.status in {401, 530}:
            return answer
    return Answer(answer.status, answer.body, answer.media, hubspot.limiter.headers(bucket))


def _request(scope: Scope, body: bytes) -> Request:
    """The request in its numbered form. Raises Refusal for a URL too long."""
    query: bytes = scope.get("query_string", b"")
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    if len(raw_path) + len(query) > URL_BYTES_MAX:
        raise Refusal(Answer(414, b"<h1>414 URI Too Long</h1>", answers.HTML), "URL too long")
    path, is_dated = numbered(raw_path.decode())
    host, port = scope["server"]
    parsed = parse_qs(query.decode(), keep_blank_values=True)
    return Request(scope["method"], path, parsed, body, f"http://{host}:{port}", raw_path.decode(), is_dated)


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def _body(receive: Receive) -> bytes:
    """The whole request body."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
