"""The sandbox: HubSpot and Salesforce emulated on loopback, in one virtual time, with a company in them.

`Sandbox` is what tests, the demo and `syncd sandbox` start. Tests read the truth from `sandbox.hubspot` and
`sandbox.salesforce` and act there as people; the product under test sees two addresses and nothing else.
The world's past is played before the doors open; what it does later waits in the kernel's queue until
`advance_to`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import TracebackType

from syncd.connectors.sandbox.control import with_control
from syncd.connectors.sandbox.faults import PASSING, Fault, FaultLayer, Faults
from syncd.connectors.sandbox.hubspot.journal import Call
from syncd.connectors.sandbox.hubspot.provision import provision
from syncd.connectors.sandbox.hubspot.routes import app as hubspot_app
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.meter import CallMade
from syncd.connectors.sandbox.salesforce.routes import app as salesforce_app
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.server import App, Server
from syncd.connectors.sandbox.world.worlds import WORLDS, Cast, build

START_AT = datetime(2026, 9, 1, 6, tzinfo=UTC)


class Sandbox:
    """Two emulated systems in one virtual time. Serving begins with `start` or on entering a `with` block."""

    def __init__(
        self, seed: int = 1, start_at: datetime = START_AT, world: str = "company", contacts: int = 2_500,
        native_sync: bool = False, limits: bool = False, faults: Faults | None = None,
        hubspot_tier: str = "enterprise", *, hubspot_port: int = 0, salesforce_port: int = 0,
    ) -> None:  # fmt: skip
        if world not in WORLDS:
            raise ValueError(f"no such world: {world}; there are {', '.join(WORLDS)}")
        self.kernel = Kernel(seed, start_at - WORLDS[world].past)
        self.faults = faults if faults is not None else Faults()
        self.hubspot = HubSpot(self.kernel, tier=hubspot_tier, limits=limits)
        self.salesforce = Salesforce(self.kernel, limits=limits)
        provision(self.hubspot)
        self.cast: Cast = build(world, self.kernel, self.hubspot, self.salesforce, contacts, start_at)
        if native_sync:
            self.cast.native_sync.switch_on()
        self._ports = (hubspot_port, salesforce_port)
        self._server: Server | None = None
        self.hubspot_url = self.salesforce_url = ""

    def start(self) -> None:
        """Open the doors: from now on both addresses answer."""
        doors = (self._faulty_hubspot(), self._faulty_salesforce())
        apps = [(with_control(door, self), port) for door, port in zip(doors, self._ports, strict=True)]
        self._server = Server(apps)
        self.hubspot_url, self.salesforce_url = self._server.urls
        self._server.start()

    def stop(self) -> None:
        """Close them; the state can still be read."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.stop()

    @property
    def now(self) -> datetime:
        return self.kernel.now

    @property
    def hubspot_token(self) -> str:
        return self.hubspot.token

    @property
    def salesforce_client_id(self) -> str:
        return self.salesforce.tokens.client_id

    @property
    def salesforce_client_secret(self) -> str:
        return self.salesforce.tokens.client_secret

    def advance_to(self, at: datetime) -> int:
        """Run the world up to `at`, where the clock then stands. Returns how many acts ran."""
        return self.kernel.advance_to(at)

    def _faulty_hubspot(self) -> App:
        def record(method: str, path: str, status: int) -> None:
            with self.kernel.lock:
                self.hubspot.calls.append(Call(method, path, status, self.kernel.now))

        return FaultLayer(hubspot_app(self.hubspot), lambda: self.faults, "hubspot", record)

    def _faulty_salesforce(self) -> App:
        def record(method: str, path: str, status: int) -> None:
            with self.kernel.lock:
                self.salesforce.calls.append(CallMade(method, path, status, self.kernel.now))

        return FaultLayer(salesforce_app(self.salesforce), lambda: self.faults, "salesforce", record)


__all__ = ["PASSING", "START_AT", "Fault", "Faults", "Kernel", "Sandbox"]
