"""One emulated org on a real loopback socket, and simple-salesforce pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce as Client

from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.routes import app
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.server import App, Receive, Scope, Send, Server

START_AT = datetime(2026, 9, 1, 6, tzinfo=UTC)
KEY = "Syncd_Key__c"


class Loopback(HTTPAdapter):
    """Sends what a client addresses to https://anything to one plain-http address instead."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._address = urlsplit(url)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        asked = urlsplit(request.url)
        request.url = urlunsplit(("http", self._address.netloc, asked.path, asked.query, ""))
        return super().send(request, *args, **kwargs)


@dataclass
class Served:
    """The org, its address, and two ways to talk to it."""

    org: Salesforce
    url: str

    def token(self) -> str:
        answer = requests.post(
            f"{self.url}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.org.tokens.client_id,
                "client_secret": self.org.tokens.client_secret,
            },
            timeout=10,
        )
        return str(answer.json()["access_token"])

    def client(self, **headers: str) -> Any:
        """simple-salesforce in the direct flow, with these headers on its session."""
        session = requests.Session()
        session.mount("https://", Loopback(self.url))
        session.headers.update({"Sforce-Auto-Assign": "FALSE", **headers})
        return Client(
            session_id=self.token(), instance_url="https://org.example", version="66.0", session=session
        )

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """One raw call with a fresh token."""
        headers = {"Authorization": f"Bearer {self.token()}", **kwargs.pop("headers", {})}
        address = (
            self.url + path if path.startswith("/services") else f"{self.url}/services/data/v66.0/{path}"
        )
        return requests.request(method, address, headers=headers, timeout=10, **kwargs)


@pytest.fixture
def org() -> Salesforce:
    return Salesforce(Kernel(7, START_AT))


class Switchboard:
    """One address for all tests: hands each request to the org of the test at hand."""

    app: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def address() -> Iterator[tuple[Switchboard, str]]:
    switchboard = Switchboard()
    server = Server([(switchboard, 0)])
    server.start()
    yield switchboard, server.urls[0]
    server.stop()


@pytest.fixture
def served(org: Salesforce, address: tuple[Switchboard, str]) -> Served:
    switchboard, url = address
    switchboard.app = app(org)
    return Served(org, url)


@pytest.fixture
def client(served: Served) -> Any:
    return served.client()


def lead(**fields: object) -> dict[str, object]:
    """A Lead that breaks no rule."""
    return {"LastName": "Ruiz", "Company": "Acme", KEY: "4711:1", **fields}
