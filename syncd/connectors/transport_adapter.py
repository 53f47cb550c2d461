"""The place below `requests.Session` where our transport sits: an adapter that performs instead of sending.

It hands each prepared request to the transport together with the way to send it once. The body is read here,
inside the attempt, so that an answer cut off half-way is a failure of the attempt and not of the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

Performer = Callable[[requests.PreparedRequest, Callable[[], requests.Response]], requests.Response]


class EnvironmentOnce(requests.Session):
    """A session that looks for proxies and certificates in the environment once for each host. Measured: the
    library walks through the whole environment four times for every request, a tenth of its time."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[tuple[object, ...], dict[str, Any]] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """As the library does it. Settings given with a request are never remembered."""
        if proxies:
            return dict(super().merge_environment_settings(url, proxies, stream, verify, cert))
        key = (*urlsplit(url)[:2], stream, verify, cert)
        if key not in self._found:
            self._found[key] = dict(super().merge_environment_settings(url, proxies, stream, verify, cert))
        found = self._found[key]
        return {**found, "proxies": dict(found["proxies"])}


class PerformingAdapter(HTTPAdapter):
    """Sends through `perform`, always with a timeout; keeps one connection, as its session has one thread."""

    def __init__(self, perform: Performer, timeout_s: tuple[float, float]) -> None:
        self._perform = perform
        self._timeout_s = timeout_s
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer, its body read. Raises SystemFailure."""

        def send_once() -> requests.Response:
            response = HTTPAdapter.send(
                self,
                request,
                stream=stream,
                timeout=self._timeout_s if timeout is None else timeout,
                verify=verify,
                cert=cert,
                proxies=proxies,
            )
            response.content  # noqa: B018 - reads the body now; a cut one raises here
            return response

        return self._perform(request, send_once)
