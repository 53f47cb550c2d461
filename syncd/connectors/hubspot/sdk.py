"""The seam between HubSpot's SDK and our transport.

The SDK (hubspot-api-client 12) builds paths and bodies; what it would send through urllib3 goes through our
session instead, by a REST object of ours put in place of its own. Answers stay raw (`_preload_content` is
False): its models cost twenty times the decoding and drop fields. API objects are made once and held, since
each attribute access of the SDK would build another client. Imported on first use and without its models:
some hundred modules for a first pull, 4 MB of a daemon that is to stay under 100 MB.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from functools import partialmethod
from importlib.machinery import ModuleSpec
from types import ModuleType
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
            self._held[key] = self._build(f"hubspot.{package}", name)
        return self._held[key]

    def _build(self, package: str, name: str) -> Any:
        """The same as the SDK's `api_factory`, with our REST object beneath."""
        _without_models(package)
        client_module = importlib.import_module(f"{package}.api_client")
        configuration = client_module.Configuration()
        configuration.host = ""
        client = client_module.ApiClient(configuration=configuration)
        client.user_agent = self._transport.options.user_agent
        client.rest_client = TransportRest(self._transport)
        return getattr(importlib.import_module(f"{package}.api"), name)(api_client=client)


def _without_models(package: str) -> None:
    """Let the package's modules be imported without its models, which the package itself would import.

    The package is put in place empty but for where its modules lie, and so are its models. Whoever asks them
    for something gets it: then they are imported after all.
    """
    parent, _, _last = package.rpartition(".")
    if parent.count(".") > 1:  # a package within one of the generated ones
        _without_models(parent)
    for name in (package, f"{package}.models"):
        if name not in sys.modules:
            spec = importlib.util.find_spec(name)
            assert spec is not None, f"the SDK has no {name}"
            made = sys.modules[name] = _put_off(spec)
            outer, _, last = name.rpartition(".")
            setattr(sys.modules[outer], last, made)


def _put_off(spec: ModuleSpec) -> ModuleType:
    """A module that is imported when a class is asked of it; its modules are found without."""
    module, is_asked = importlib.util.module_from_spec(spec), False

    def ask(name: str) -> Any:
        nonlocal is_asked
        if not is_asked and name[:1].isupper():
            is_asked = True
            assert spec.loader is not None, f"{spec.name} has a file"
            spec.loader.exec_module(module)
        if name in vars(module):
            return vars(module)[name]
        raise AttributeError(f"module {spec.name!r} has no attribute {name!r}")

    vars(module)["__getattr__"] = ask
    return module
