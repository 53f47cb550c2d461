"""The worlds a sandbox can hold, by name, and how each is built.

A world is built with the clock in its past; what it schedules up to the opening day becomes the records'
history, what it schedules after that happens as tests and demos advance the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.salesforce.state import Salesforce


@dataclass(frozen=True, slots=True)
class Setting:
    """What a world is built from and into. `contacts` is how many to make, `start_at` the opening day."""

    hubspot: HubSpot
    salesforce: Salesforce
    contacts: int
    start_at: datetime


@dataclass(frozen=True, slots=True)
class World:
    """How long a world's past is, and what fills it."""

    past: timedelta
    build: Callable[[Setting], None]


def _empty(setting: Setting) -> None:
    setting.hubspot.add_owner("integration@northwind.example", "Integration", "Owner")


WORLDS: dict[str, World] = {"empty": World(timedelta(0), _empty)}
