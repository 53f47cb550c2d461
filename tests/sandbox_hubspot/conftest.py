"""An empty portal on a real loopback socket, the vendor's own client at it, and plain HTTP beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hubspot import HubSpot as Client

from syncd.connectors.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(world="empty") as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Any:
    return client_of(sandbox)


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[Http]:
    with Http(sandbox) as session:
        yield session


def client_of(sandbox: Sandbox) -> Any:
    """The official client in its default decoding, with both of its host settings."""
    return Client(access_token=sandbox.hubspot_token, host=sandbox.hubspot_url, base_url=sandbox.hubspot_url)


class Http(requests.Session):
    """A session that knows the portal's address and token."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self._url = sandbox.hubspot_url
        self.headers["Authorization"] = f"Bearer {sandbox.hubspot_token}"

    def call(self, method: str, path: str, body: object = None, **params: object) -> requests.Response:
        query = {name: str(value) for name, value in params.items()}
        return self.request(method, self._url + path, json=body, params=query, timeout=10)


def contact(sandbox: Sandbox, email: str = "", **properties: str) -> str:
    """The id of a new contact, made as a person in the portal makes one."""
    values = {"email": email, **properties} if email else properties
    return sandbox.hubspot.create("contacts", values)
