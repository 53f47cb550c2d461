"""What every rep's work needs: office hours, turns, chance of its own, and a record of what was done.

A refusal ends the act at hand, as a person gives up at an error on the screen, and is kept with its code.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from syncd.connectors.sandbox.salesforce.errors import Refusal
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.world.org import Org

OFFICE = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = time(8, 30), time(18, 0)
SATURDAY = 5


class Story(NamedTuple):
    """What becomes of one hand-off, and how often out of a hundred."""

    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a person of the sales team did, or was refused (`note` is then the code)."""

    at: datetime
    user_id: str
    what: str
    object: str
    record_id: str
    note: str = ""


class Desk:
    """The team's calendar and diary. `stories` says which story each hand-off got, by (record id, pass)."""

    def __init__(self, salesforce: Salesforce, org: Org) -> None:
        self.salesforce = salesforce
        self.org = org
        self.kernel = salesforce.kernel
        self.deeds: list[Deed] = []
        self.stories: dict[tuple[str, int], str] = {}
        self._next_rep = 0

    def draw(self, name: str, stories: tuple[Story, ...]) -> tuple[str, random.Random]:
        chance = self.kernel.random(f"sales:{name}")
        return chance.choices([s.name for s in stories], [s.weight for s in stories])[0], chance

    def rep_for(self, owner: str) -> str:
        """The owner where that is somebody at work, else the next rep in turn."""
        if owner in self.org.rep_ids:
            return owner
        self._next_rep += 1
        return self.org.rep_ids[self._next_rep % len(self.org.rep_ids)]

    def do(self, what: str, object_name: str, record_id: str, act: Callable[[], str]) -> None:
        """Do it now. A refusal ends it, as a person gives up at an error on the screen."""
        try:
            note, user_id = "", act()
        except Refusal as refusal:
            note, user_id = refusal.code, ""
        if user_id or note:
            self.deeds.append(Deed(self.kernel.now, user_id, what, object_name, record_id, note))

    def later(
        self, at: datetime, what: str, object_name: str, record_id: str, act: Callable[[], str]
    ) -> None:
        self.kernel.at(at, lambda: self.do(what, object_name, record_id, act))


def in_office(at: datetime) -> datetime:
    """`at` itself in office hours, else the next opening."""
    local = at.astimezone(OFFICE)
    if local.time() >= CLOSES:
        local = (local + timedelta(days=1)).replace(hour=OPENS.hour, minute=OPENS.minute)
    if local.time() < OPENS:
        local = local.replace(hour=OPENS.hour, minute=OPENS.minute)
    while local.weekday() >= SATURDAY:
        local = (local + timedelta(days=1)).replace(hour=OPENS.hour, minute=OPENS.minute)
    return local.astimezone(UTC)
