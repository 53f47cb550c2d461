"""A loopback server that follows a script of answers and faults, one entry per request, and records requests.

Raw sockets, so that an answer can be cut, delayed past a time-out or replaced by a reset.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Step = Callable[[socket.socket], None]
"""What to do with the connection once a request is in."""


def answer(status: int = 200, body: object = None, *, headers: Mapping[str, str] | None = None) -> Step:
    """A whole JSON answer (or bytes as they are)."""
    raw = body if isinstance(body, bytes) else (b"" if body is None else json.dumps(body).encode())
    lines = {"Content-Type": "application/json", "Content-Length": str(len(raw)), **(headers or {})}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"

    def step(connection: socket.socket) -> None:
        connection.sendall(head.encode() + raw)

    return step


def html(status: int = 200) -> Step:
    """A page where JSON was expected."""
    return answer(status, b"<html>maintenance</html>", headers={"Content-Type": "text/html; charset=utf-8"})


def cut(body: bytes = b'{"results": [{"id": "1"}', promised: int = 500) -> Step:
    """An answer that ends before its promised length."""

    def step(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {promised}\r\n\r\n"
        connection.sendall(head.encode() + body)
        connection.close()

    return step


def reset(connection: socket.socket) -> None:
    """Drop the connection with RST: the request has arrived, the answer never does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass
class Silence:
    """Never answers; lets go when the server closes."""

    released: threading.Event = field(default_factory=threading.Event)

    def __call__(self, connection: socket.socket) -> None:
        self.released.wait(10)
        connection.close()


class Wire:
    """`with Wire([answer(429), answer(200, {...})]) as wire:`; the last entry repeats."""

    def __init__(self, script: Sequence[Step]) -> None:
        self.seen: list[Seen] = []
        self._script = list(script)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Wire:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for step in self._script:
            if isinstance(step, Silence):
                step.released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            self._end(connection)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        try:
            while (seen := _read(connection)) is not None:
                with self._lock:
                    step = self._script[min(len(self.seen), len(self._script) - 1)]
                    self.seen.append(seen)
                step(connection)
        except (OSError, ValueError):
            pass  # the client went away, or the script closed the connection
        finally:
            self._end(connection)

    @staticmethod
    def _end(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def _read(connection: socket.socket) -> Seen | None:
    """The next request on the connection, or None at its end."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        chunk = connection.recv(65_536)
        if not chunk:
            return None
        raw += chunk
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65_536)
    method, path, _ = first.split(" ", 2)
    return Seen(method, path, headers, body)


@dataclass
class FakeTime:
    """A monotonic clock that moves only when somebody sleeps."""

    at_s: float = 1000.0
    slept_s: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.at_s += seconds
