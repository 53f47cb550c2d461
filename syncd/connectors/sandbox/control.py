"""The sandbox's own endpoints, for drivers in another process: `/_sandbox/advance`, `/faults`, `/state`.

They answer on both ports, take no token and are never struck by faults. Advancing runs in a thread of its
own, so that requests are served while simulated days pass.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from syncd.connectors.sandbox.faults import PASSING, Fault
from syncd.connectors.sandbox.server import App, Receive, Scope, Send

if TYPE_CHECKING:
    from syncd.connectors.sandbox import Sandbox

PREFIX = "/_sandbox/"


def with_control(app: App, sandbox: Sandbox) -> App:
    """The application with the sandbox's own endpoints before it."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await app(scope, receive, send)
            return
        status, content = await _answer(sandbox, scope, receive)
        body = msgspec.json.encode(content)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return serve


async def _answer(sandbox: Sandbox, scope: Scope, receive: Receive) -> tuple[int, object]:
    verb, method = scope["path"].removeprefix(PREFIX), scope["method"]
    try:
        asked = msgspec.json.decode(await _body(receive) or b"{}")
        if (method, verb) == ("GET", "state"):
            return 200, state(sandbox)
        if (method, verb) == ("POST", "advance"):
            at = datetime.fromisoformat(asked["to"])
            count = await asyncio.to_thread(sandbox.advance_to, at)
            return 200, {"now": sandbox.kernel.now, "acts": count}
        if (method, verb) == ("POST", "faults"):
            set_faults(sandbox, asked)
            return 200, {"rate": sandbox.faults.rate, "kinds": [str(kind) for kind in sandbox.faults.kinds]}
    except (KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}
    return 404, {"error": "there are GET state, POST advance {to}, POST faults {rate, kinds, seed, systems}"}


def state(sandbox: Sandbox) -> dict[str, object]:
    """Where both systems stand: counts of records, calls and writes, and what was done against the rules."""
    with sandbox.kernel.lock:
        hubspot, salesforce = sandbox.hubspot, sandbox.salesforce
        counts = {
            kind: sum(not item.archived for item in records.values())
            for kind, records in hubspot.objects.items()
        }
        return {
            "now": sandbox.kernel.now,
            "hubspot": {
                "records": counts,
                "members": {item.name: len(item.members) for item in hubspot.lists.by_id.values()},
                "calls": _by_endpoint(hubspot.calls),
                "writes": len(hubspot.writes),
                "violations": hubspot.violations,
            },
            "salesforce": {
                "records": salesforce.counts(),
                "calls": _by_endpoint(salesforce.calls),
                "writes": len(salesforce.writes),
                "violations": [f"{item.rule}: {item.detail}" for item in salesforce.violations],
            },
            "faults": dict(Counter(str(item[3]) for item in sandbox.faults.struck)),
        }


def set_faults(sandbox: Sandbox, asked: dict[str, Any]) -> None:
    """Change the faults that are on; what is not named stays. Raises ValueError for a kind there is not."""
    faults = sandbox.faults
    if "kinds" in asked:
        faults.kinds = (
            PASSING if asked["kinds"] == "passing" else tuple(Fault(kind) for kind in asked["kinds"])
        )
    if "systems" in asked:
        faults.systems = tuple(str(system) for system in asked["systems"])
    faults.rate = float(asked.get("rate", faults.rate))
    faults.seed = int(asked.get("seed", faults.seed))
    faults.slow_s = float(asked.get("slow_s", faults.slow_s))


def _by_endpoint(calls: list[Any]) -> dict[str, int]:
    """How many calls each endpoint got; ids in paths are folded into one."""
    named = Counter(f"{call.method} {_folded(call.path)}" for call in calls)
    return dict(named.most_common())


def _folded(path: str) -> str:
    segments = path.split("/")
    return "/".join("*" if _is_id(segment) else segment for segment in segments)


def _is_id(segment: str) -> bool:
    digits = sum(char.isdigit() for char in segment)
    is_version = segment.startswith(("v", "20")) and len(segment) <= 10
    return digits > 2 and not is_version


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
