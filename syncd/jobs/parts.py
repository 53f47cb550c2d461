"""Everything a cycle works with, put together by `syncd.app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from syncd.core.blast import BlastLimit
from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.jobs.in_force import Chosen
from syncd.jobs.pull import Ingest
from syncd.ports import Clock, Connector, Needs, Target
from syncd.store.engine import Store
from syncd.store.lease import Token


class Guard:
    """Runs before every outside call of every connector: the holder looks whether it still holds the lease.
    Without a token calls are free: `doctor` needs no lease."""

    def __init__(self) -> None:
        self.token: Token | None = None

    def __call__(self) -> None:
        if self.token is not None:
            self.token.before_call()


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a cycle works with, put together by `syncd.app`."""

    store: Store
    playbook: Playbook
    content: Mapping[str, Any]  # the normalised playbook, kept with its version
    connectors: tuple[Connector, ...]
    notify: Target
    clock: Clock
    ingest: Ingest
    watched: Mapping[str, frozenset[str]]
    needs: Mapping[System, Needs]
    sweep_every: timedelta
    guard: Guard
    nightly_every: timedelta = timedelta(hours=24)
    blast: BlastLimit = BlastLimit()  # noqa: RUF009 - a frozen value
    chosen: Chosen | None = None
    """Which version of the playbook works and which waits; None for parts put together without a folder."""
    renewed: Callable[[str], Parts | None] | None = None
    """Other parts where, for one who works by this version, another is in force or the folder was edited."""

    @property
    def targets(self) -> dict[System, Target]:
        found: dict[System, Target] = {connector.system: connector for connector in self.connectors}
        return found | {self.notify.system: self.notify}
