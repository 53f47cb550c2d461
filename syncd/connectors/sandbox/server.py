"""Serves ASGI applications on loopback ports from one daemon thread.

Sockets are bound before the thread starts, so that addresses are known at once and the first connection
waits in the backlog instead of being refused. Only loopback addresses are accepted: the sandbox holds no
secrets and checks none worth the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import uvicorn

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

STOP_TIMEOUT_S = 10.0
TICK_S = 0.02
KEEP_ALIVE_S = 600  # longer than any test: a pooled connection must not be closed under a client in mid-reuse


class Server:
    """Applications, each on its own port (0: any free one), between `start` and `stop`."""

    def __init__(self, apps: list[tuple[App, int]], host: str = "127.0.0.1") -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the sandbox is served on loopback only, not on {host}")
        self._servers: list[tuple[_PromptServer, socket.socket]] = []
        self.urls: list[str] = []
        for app, port in apps:
            listener = _bind(host, port)
            config = uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=1, ws="none", server_header=False, date_header=False,
            )  # fmt: skip
            self._servers.append((_PromptServer(config), listener))
            self.urls.append(f"http://{host}:{listener.getsockname()[1]}")
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the ports and wait for the thread to end."""
        for server, _listener in self._servers:
            server.should_exit = True
            server.force_exit = True  # whoever is still connected is not waited for
        if self._thread.is_alive():
            self._thread.join(STOP_TIMEOUT_S)
        for _server, listener in self._servers:
            listener.close()

    def _serve(self) -> None:
        async def serve_all() -> None:
            await asyncio.gather(*(server.serve(sockets=[sock]) for server, sock in self._servers))

        asyncio.run(serve_all())


class _PromptServer(uvicorn.Server):
    """Ends soon after being told to: tests start and stop hundreds of these."""

    async def main_loop(self) -> None:
        while not self.should_exit:
            await asyncio.sleep(TICK_S)


def _bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only where the protocol is named: without, each answer waits 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
