"""The whole product against the sandbox, in one process: real clients, real sockets, a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd import app, settings
from syncd.connectors.sandbox import Faults, Sandbox
from syncd.core.model import Position
from syncd.jobs.cycle import Cycle
from syncd.jobs.explain import Explanation, explain, find
from syncd.jobs.summary import Summary
from syncd.jobs.tieout import TieOut, tie_out
from syncd.settings.loading import Loaded
from syncd.store import lease, ledger, work
from syncd.store.engine import Store

START_AT = datetime(2026, 9, 7, 6, tzinfo=UTC)
TTL_S = 600.0


@dataclass
class Loop:
    """One installation at work on one sandbox."""

    sandbox: Sandbox
    loaded: Loaded
    cycle: Cycle

    @property
    def store(self) -> Store:
        return self.cycle.parts.store

    @property
    def now(self) -> datetime:
        return self.sandbox.now

    def advance(self, **units: float) -> None:
        """Let the world go on for a while (hours=2, minutes=5)."""
        self.sandbox.advance_to(self.now + timedelta(**units))

    def sync(self, **units: float) -> Summary:
        """Let the world go on, then do everything that is due."""
        if units:
            self.advance(**units)
        return self.cycle.once()

    def go_live(self) -> None:
        """As `syncd go-live` does, in the name of the test."""
        with self.store.write(None) as tx:
            request_id = work.ask(tx, "go_live", "Test", {}, self.now)
        self.cycle.once()
        with self.store.read() as tx:
            answer = work.answered(tx, request_id)
        assert answer is not None
        assert answer[0] == "done", answer

    def lead_id(self, who: str) -> int:
        found = find(self.store, who)
        assert len(found) == 1, f"{who}: {found}"
        return found[0].lead_id

    def explain(self, who: str) -> Explanation:
        return explain(self.store, self.loaded.playbook, self.lead_id(who), self.now)

    def position(self, who: str) -> Position:
        return self.explain(who).decision.standing.position

    def stages(self, who: str) -> list[str]:
        """Every position the lead was moved to, in order."""
        with self.store.read() as tx:
            lead_id = self.lead_id(who)
            rows = ledger.history(tx, [lead_id]).get(lead_id, ())
        return [str(row.transition.target) for row in rows]

    def tie_out(self) -> TieOut:
        return tie_out(self.store, self.cycle.parts.connectors)

    def writes(self) -> int:
        """Writes both systems have accepted from us so far."""
        return len(self.sandbox.hubspot.writes) + len(self.sandbox.salesforce.writes)


Prepare = Callable[[Path, Sandbox], None]
"""What a test changes before anything runs: files of the configuration, and what the orgs are like."""


def configuration(
    folder: Path, sandbox: Sandbox, *, one_owner: bool = False, prepare: Prepare | None = None
) -> Loaded:
    """The default playbook, pointed at the sandbox; with `one_owner` a rep is named who gets every lead."""
    settings.init(folder / "config")
    if prepare is not None:
        prepare(folder / "config", sandbox)
    if one_owner:
        rep = sandbox.cast.org.rep_ids[0]
        (folder / "config" / "routing.yaml").write_text(f'mode: owner\nowner: "{rep}"\n')
    environ = app.sandbox_environ(sandbox, folder / "state")
    return settings.load(folder / "config", environ)


@contextmanager
def loop(
    folder: Path,
    store_url: str,
    *,
    world: str = "empty",
    contacts: int = 0,
    live: bool = True,
    faults: Faults | None = None,
    native_sync: bool = False,
    tier: str = "enterprise",
    seed: int = 1,
    one_owner: bool = False,
    prepare: Prepare | None = None,
) -> Iterator[Loop]:
    """A sandbox and an installation that has made its first load; live unless told otherwise."""
    with Sandbox(
        seed=seed,
        start_at=START_AT,
        world=world,
        contacts=contacts,
        native_sync=native_sync,
        faults=faults,
        hubspot_tier=tier,
    ) as sandbox:
        loaded = configuration(folder, sandbox, one_owner=one_owner, prepare=prepare)
        parts = app.build_for_sandbox(loaded, lambda: sandbox.now, store_url)
        token = lease.take(parts.store, lease.owner_name(), TTL_S)
        assert token is not None
        made = Loop(sandbox, loaded, Cycle(parts, token))
        try:
            made.cycle.begin()
            made.cycle.once()
            if live:
                made.go_live()
            yield made
        finally:
            app.close(parts)
