"""The seam between HubSpot's SDK and our transport.

The SDK (hubspot-api-client 12) builds paths and bodies; what it would send through urllib3 goes through our
session instead, by a REST object of ours put in place of its own. Answers stay raw (`_preload_content` is
False): its models cost twenty times the decoding and drop fields. API objects are made once and held, since
each attribute access of the SDK would build another client. Imported on first use: the package is heavy.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import partialmethod
from typing import Any

import msgspec
import requests

from syncd.connectors.transport import Transport

_OURS = {"authorization", "user-agent"}


class TransportRest:
    """Stands where the SDK has its `RESTClientObject`: the same `request`, over our transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def request(
        self,
        method: str,
        url: str,
        query_params: Iterable[tuple[str, object]] | None = None,
        headers: dict[str, str] | None = None,
        body: object = None,
        post_params: object = None,
        _preload_content: bool = False,
        _request_timeout: object = None,
    ) -> requests.Response:
        """The answer. `url` is a path, as the host is blank. Raises SystemFailure."""
        assert not post_params, "no endpoint we use sends a form"
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in _OURS}
        params = [(name, _query_text(value)) for name, value in query_params or ()]
        data = None if body is None else msgspec.json.encode(body)
        return self._transport.send(method, url, data=data, params=params, headers=kept)

    GET = partialmethod(request, "GET")
    POST = partialmethod(request, "POST")
    PUT = partialmethod(request, "PUT")
    PATCH = partialmethod(request, "PATCH")
    DELETE = partialmethod(request, "DELETE")


def _query_text(value: object) -> object:
    """Booleans as JSON writes them; the SDK would send `False` with a capital."""
    return str(value).lower() if isinstance(value, bool) else value


class Sdk:
    """The SDK's API objects by package and class, made once and held."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._held: dict[tuple[str, str], Any] = {}

    def api(self, package: str, name: str) -> Any:
        """An API object such as `api("crm.objects", "SearchApi")`."""
        key = (package, name)
        if key not in self._held:
            self._held[key] = self._build(importlib.import_module(f"hubspot.{package}"), name)
        return self._held[key]

    def _build(self, package: Any, name: str) -> Any:
        """The same as the SDK's `api_factory`, with our REST object beneath."""
        configuration = package.Configuration()
        configuration.host = ""
        client = package.ApiClient(configuration=configuration)
        client.user_agent = self._transport.options.user_agent
        client.rest_client = TransportRest(self._transport)
        return getattr(package, name)(api_client=client)
