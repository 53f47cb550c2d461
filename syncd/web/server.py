"""Serves the answer pages in a thread of the daemon: a few small requests, bounded in every way.

A port that is taken or an address that is not this machine's stops nothing else: the daemon says so and works
on without pages.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from syncd.logs import structlog
from syncd.web.answering import Answers, State, View
from syncd.web.page import HEADERS, STATUS, html

BODY_BYTES_MAX: Final = 4_096
REQUESTS_MAX: Final = 20
END_WAIT_S: Final = 3.0

_log = structlog.get_logger("syncd.web")


def application(answers: Answers) -> Starlette:
    """The pages of one installation; each says which profile it is of."""

    def page(view: View) -> Response:
        shown = html(view, answers.profile)
        return HTMLResponse(shown, status_code=STATUS[view.state], headers=HEADERS)

    async def answer(request: Request) -> Response:
        token = request.path_params["token"]
        if request.method != "POST":
            return page(await run_in_threadpool(answers.look, token))
        if _is_foreign(request):
            return page(View(State.UNCONFIRMED))
        fields = await _fields(request)
        if fields is None:
            return page(View(State.UNCONFIRMED))
        view = await run_in_threadpool(answers.answer, token, fields)
        _log.info("link.answered", state=str(view.state))
        return page(view)

    async def nothing(_request: Request) -> Response:
        return page(View(State.BAD))

    return Starlette(
        routes=[
            Route("/answer/{token:str}", answer, methods=["GET", "HEAD", "POST"]),
            Route("/{rest:path}", nothing, methods=["GET", "HEAD", "POST"]),
        ]
    )


def _is_foreign(request: Request) -> bool:
    """Whether another site's page sends this ("Sec-Fetch-Site", Fetch Metadata; older browsers send none)."""
    return request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


async def _fields(request: Request) -> dict[str, str] | None:
    """The form's fields; None for anything that is no small form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=10, keep_blank_values=True))
    except ValueError:
        return None


class Pages:
    """A running server; `stop` ends it."""

    def __init__(self, answers: Answers, host: str, port: int) -> None:
        """Raises OSError where the address cannot be had."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self._socket.listen(REQUESTS_MAX)
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(
            uvicorn.Config(
                application(answers),
                log_config=None,
                access_log=False,
                lifespan="off",
                limit_concurrency=REQUESTS_MAX,
                timeout_keep_alive=5,
                timeout_graceful_shutdown=2,
                h11_max_incomplete_event_size=16_384,
                server_header=False,
                date_header=True,
                proxy_headers=False,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(END_WAIT_S)
        self._socket.close()


def serve(answers: Answers, host: str, port: int) -> Callable[[], None]:
    """Listen; returns what ends it. An address that cannot be had is in the log, and nothing is served."""
    try:
        pages = Pages(answers, host, port)
    except OSError as error:
        _log.error("web.not_served", host=host, port=port, reason=error.strerror or "unknown")
        return lambda: None
    _log.info("web.served", host=host, port=pages.port)
    return pages.stop
