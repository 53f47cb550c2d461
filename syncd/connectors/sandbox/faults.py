"""Failures on purpose: an ASGI layer outside an emulator that answers wrongly, late, partly or not at all.

Which request fails, and how, follows from the seed and the request's number alone, so that a run repeats. A
fault that answers in the emulator's place never lets the request in; `reset_after`, `error_after`,
`page_after`, `truncated`, `empty` and `slow` let the write happen first, which makes a lost answer dangerous.
Planned faults strike the next request that fits and come before chance. Limits with the vendors' exact words
live in the emulators; bodies here are theirs too.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import msgspec

from syncd.connectors.sandbox.server import App, Message, Receive, Scope, Send


class Fault(StrEnum):
    """One way to fail. `partial` fails one input of a batch and lets the others through."""

    BURST = "burst"  # 429 TEN_SECONDLY_ROLLING, no Retry-After
    BURST_RETRY_AFTER = "burst_retry_after"
    SECONDLY = "secondly"
    DAILY = "daily"  # 429 DAILY; Salesforce: 403 REQUEST_LIMIT_EXCEEDED
    QUOTA = "quota"  # Salesforce 403 REQUEST_LIMIT_EXCEEDED
    SERVER_ERROR = "server_error"  # 500
    BAD_GATEWAY = "bad_gateway"  # 502 with an HTML page
    UNAVAILABLE = "unavailable"  # 503
    ORIGIN_DOWN = "origin_down"  # 523 with an HTML page
    LOCKED = "locked"  # HubSpot 423
    MIGRATING = "migrating"  # HubSpot 477 with Retry-After
    CLOUDFLARE = "cloudflare"  # HubSpot 530
    TRUNCATED = "truncated"  # half the body
    EMPTY = "empty"  # the status without the body
    RESET_BEFORE = "reset_before"  # connection reset, nothing done
    RESET_AFTER = "reset_after"  # connection reset, everything done
    ERROR_AFTER = "error_after"  # 500, everything done
    PAGE_AFTER = "page_after"  # 502 with an HTML page, everything done
    SLOW = "slow"  # answered after `slow_s` real seconds
    PARTIAL = "partial"  # one input of a batch fails


HUBSPOT_ONLY = frozenset({
    Fault.BURST, Fault.BURST_RETRY_AFTER, Fault.SECONDLY, Fault.LOCKED, Fault.MIGRATING, Fault.CLOUDFLARE,
})  # fmt: skip
SALESFORCE_ONLY = frozenset({Fault.QUOTA})
AFTER_THE_WRITE = frozenset({
    Fault.TRUNCATED, Fault.EMPTY, Fault.RESET_AFTER, Fault.SLOW, Fault.ERROR_AFTER, Fault.PAGE_AFTER,
})  # fmt: skip
_INSTEAD = {Fault.ERROR_AFTER: Fault.SERVER_ERROR, Fault.PAGE_AFTER: Fault.BAD_GATEWAY}
PASSING = tuple(
    kind for kind in Fault if kind not in {Fault.DAILY, Fault.QUOTA, Fault.CLOUDFLARE, Fault.MIGRATING}
)
"""The kinds that a retry within seconds gets over; the rest stop a system until a person or midnight."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault for the next request that fits; blank parts fit all. `skip` lets so many pass first."""

    kind: Fault
    system: str = ""
    method: str = ""
    path_contains: str = ""
    skip: int = 0


@dataclass(slots=True)
class Faults:
    """How often (`rate` of requests), which kinds, with which seed, on which systems. May change in flight.

    `spared` are parts of paths no chance fault strikes. `most` bounds their number, `struck` lists them.
    """

    rate: float = 0.0
    kinds: tuple[Fault, ...] = PASSING
    seed: int = 0
    systems: tuple[str, ...] = ("hubspot", "salesforce")
    slow_s: float = 0.3
    retry_after_s: int = 1
    most: int | None = None
    spared: tuple[str, ...] = ()
    planned: list[Planned] = field(default_factory=list)
    struck: list[tuple[str, str, str, Fault]] = field(default_factory=list)

    def plan(self, kind: Fault | str, *, system: str = "", method: str = "", path_contains: str = "",
             skip: int = 0, times: int = 1) -> None:  # fmt: skip
        """Strike the next `times` fitting requests, after letting `skip` pass."""
        for _turn in range(times):
            self.planned.append(Planned(Fault(kind), system, method, path_contains, skip))
            skip = 0

    def choose(self, system: str, method: str, path: str, number: int) -> Fault | None:
        """The fault for the numbered request to a system, if it gets one."""
        fault = self._planned(system, method, path) or self._by_chance(system, path, number)
        if fault is not None:
            self.struck.append((system, method, path, fault))
        return fault

    def _planned(self, system: str, method: str, path: str) -> Fault | None:
        for place, item in enumerate(self.planned):
            fits = item.system in {"", system} and item.method in {"", method} and item.path_contains in path
            if fits and item.skip:
                self.planned[place] = replace(item, skip=item.skip - 1)
                return None
            if fits:
                del self.planned[place]
                return item.kind
        return None

    def _by_chance(self, system: str, path: str, number: int) -> Fault | None:
        if not self.rate or system not in self.systems or any(part in path for part in self.spared):
            return None
        if self.most is not None and len(self.struck) >= self.most:
            return None
        chance = random.Random(f"{self.seed}:{system}:{number}")
        if chance.random() >= self.rate:
            return None
        foreign = SALESFORCE_ONLY if system == "hubspot" else HUBSPOT_ONLY
        fitting = [kind for kind in self.kinds if kind not in foreign]
        return chance.choice(fitting) if fitting else None


class FaultLayer:
    """An emulator's application with faults before it. `record` is told of calls the emulator never sees."""

    def __init__(self, app: App, faults: Callable[[], Faults], system: str,
                 record: Callable[[str, str, int], None]) -> None:  # fmt: skip
        self._app = app
        self._faults = faults
        self._system = system
        self._record = record
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        self._count += 1
        faults = self._faults()
        fault = faults.choose(self._system, scope["method"], scope["path"], self._count)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault is Fault.PARTIAL:
            await _partial(self._app, self._system, scope, receive, send)
        elif fault in AFTER_THE_WRITE:
            await self._strike_after(fault, faults, scope, receive, send)
        else:
            await self._strike_before(fault, faults, scope, receive, send)

    async def _strike_before(self, fault: Fault, faults: Faults, scope: Scope, receive: Receive,
                             send: Send) -> None:  # fmt: skip
        if fault is Fault.RESET_BEFORE:
            self._record(scope["method"], scope["path"], 0)
            await _abort(receive)
            return
        await _whole_body(receive)
        status, body, headers = _words(fault, self._system, faults.retry_after_s)
        self._record(scope["method"], scope["path"], status)
        await _say(send, status, body, headers)

    async def _strike_after(self, fault: Fault, faults: Faults, scope: Scope, receive: Receive,
                            send: Send) -> None:  # fmt: skip
        status, headers, body = await _handled(self._app, scope, receive)
        if fault is Fault.RESET_AFTER:
            await _abort(receive)
            return
        if fault in _INSTEAD:
            status, body, named = _words(_INSTEAD[fault], self._system, faults.retry_after_s)
            headers = [(name.encode(), value.encode()) for name, value in named.items()]
        elif fault is Fault.SLOW:
            await asyncio.sleep(faults.slow_s)
        elif fault is Fault.TRUNCATED:
            body = body[: len(body) // 2]
        else:
            body = b""
        await _say_raw(send, status, headers, body)


# --- what a fault says -------------------------------------------------------------------------------------

_RATE = {
    Fault.BURST: ("TEN_SECONDLY_ROLLING", "ten_secondly_rolling"),
    Fault.BURST_RETRY_AFTER: ("TEN_SECONDLY_ROLLING", "ten_secondly_rolling"),
    Fault.SECONDLY: ("SECONDLY", "secondly"),
    Fault.DAILY: ("DAILY", "daily"),
}
_STATUS = {
    Fault.SERVER_ERROR: 500, Fault.BAD_GATEWAY: 502, Fault.UNAVAILABLE: 503, Fault.ORIGIN_DOWN: 523,
    Fault.LOCKED: 423, Fault.MIGRATING: 477, Fault.CLOUDFLARE: 530,
}  # fmt: skip
_PAGES = frozenset({Fault.BAD_GATEWAY, Fault.ORIGIN_DOWN, Fault.CLOUDFLARE})
JSON, HTML = "application/json;charset=utf-8", "text/html; charset=utf-8"


def _words(fault: Fault, system: str, retry_after_s: int) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of an answer given in the emulator's place."""
    if fault in _PAGES:
        status = _STATUS[fault]
        page = f"<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>"
        return status, page.encode(), {"content-type": HTML}
    if system == "salesforce":
        return _salesforce_words(fault)
    headers = {"content-type": JSON}
    if fault in {Fault.BURST_RETRY_AFTER, Fault.MIGRATING}:
        headers["retry-after"] = str(retry_after_s)
    content: dict[str, object] = {"status": "error", "correlationId": "00000000-0000-4000-8000-000000000000"}
    if fault in _RATE:
        policy, words = _RATE[fault]
        content |= {"message": f"You have reached your {words} limit.", "errorType": "RATE_LIMIT",
                    "policyName": policy, "groupName": "publicapi:private_app-api-calls"}  # fmt: skip
        return 429, msgspec.json.encode(content), headers
    said = {
        Fault.LOCKED: "The record is locked while a mass write is under way",
        Fault.MIGRATING: "This account is being migrated between data hosting locations",
    }
    content["message"] = said.get(fault, "internal error")
    return _STATUS[fault], msgspec.json.encode(content), headers


def _salesforce_words(fault: Fault) -> tuple[int, bytes, dict[str, str]]:
    if fault in {Fault.DAILY, Fault.QUOTA}:
        status, code, said = 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."
    elif fault is Fault.UNAVAILABLE:
        status, code, said = 503, "SERVER_UNAVAILABLE", "We are down for maintenance. Sorry!"
    else:
        status, code, said = 500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."
    return status, msgspec.json.encode([{"message": said, "errorCode": code}]), {"content-type": JSON}


# --- one input of a batch ----------------------------------------------------------------------------------


async def _partial(app: App, system: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Let a batch through without one of its inputs, and say that one failed for now."""
    body = await _whole_body(receive)
    taken = _take_one(system, scope["path"], body)
    if taken is None:
        await app(scope, _given(body, receive), send)
        return
    rest, lost = taken
    scope = {**scope, "headers": _with_length(scope["headers"], len(rest))}
    status, headers, answer = await _handled(app, scope, _given(rest, receive))
    if status >= 300:
        await _say_raw(send, status, headers, answer)
        return
    status, answer = _with_lost(system, status, answer, lost)
    await _say_raw(send, status, headers, answer)


def _take_one(system: str, path: str, body: bytes) -> tuple[bytes, tuple[int, Any]] | None:
    """The body without its middle input, and that input with its place; None for no batch of several."""
    try:
        content = msgspec.json.decode(body or b"null")
    except msgspec.DecodeError:
        return None
    is_batch = "/batch/" in path if system == "hubspot" else "/composite/sobjects" in path
    name = "inputs" if system == "hubspot" else "records"
    if not is_batch or not isinstance(content, dict) or len(content.get(name) or []) < 2:
        return None
    if path.endswith("/archive") or content.get("allOrNone"):
        return None
    place = len(content[name]) // 2
    lost = content[name].pop(place)
    return msgspec.json.encode(content), (place, lost)


def _with_lost(system: str, status: int, answer: bytes, lost: tuple[int, Any]) -> tuple[int, bytes]:
    """The answer with an error for the input that was left out: transient in both vendors' words."""
    content: Any = msgspec.json.decode(answer)
    place, item = lost
    if system == "salesforce":
        error = {"statusCode": "UNABLE_TO_LOCK_ROW", "fields": [],
                 "message": "unable to obtain exclusive access to this record"}  # fmt: skip
        content.insert(place, {"success": False, "errors": [error]})
        return status, msgspec.json.encode(content)
    context = {"ids": [str(item.get("id", ""))]}
    if item.get("objectWriteTraceId"):
        context = {"objectWriteTraceId": [item["objectWriteTraceId"]]}
    failed = {"status": "error", "category": "RATE_LIMITS", "context": context,
             "message": "You have reached your secondly limit."}  # fmt: skip
    errors = [*content.get("errors", []), failed]
    return 207, msgspec.json.encode(content | {"errors": errors, "numErrors": len(errors)})


# --- ASGI --------------------------------------------------------------------------------------------------


async def _handled(app: App, scope: Scope, receive: Receive) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What the application answers, kept back."""
    started: list[Message] = []
    chunks: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, keep)
    return started[0]["status"], list(started[0].get("headers", [])), b"".join(chunks)


async def _say(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await _say_raw(send, status, lines, body)


async def _say_raw(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _with_length(headers, len(body))})
    await send({"type": "http.response.body", "body": body})


def _with_length(headers: list[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
    return [*kept, (b"content-length", str(length).encode())]


async def _whole_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _given(body: bytes, receive: Receive) -> Receive:
    """A receive that gives this body once and then goes on as the real one."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


async def _abort(receive: Receive) -> None:
    """Reset the connection and wait until the server has noticed: uvicorn's receive belongs to the cycle
    that holds the transport."""
    receive.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await receive())["type"] != "http.disconnect":
        pass
