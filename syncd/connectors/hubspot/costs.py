"""How many calls writes take at most: what a plan says before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from syncd.connectors.hubspot.api import BATCH_MAX
from syncd.connectors.hubspot.stages import STAGE
from syncd.connectors.hubspot.target import MEMBERSHIP_MAX, leaving
from syncd.ports import Write

STAGE_CALLS = 4
"""Read, clear, set, read back: a stage that moves backward takes all of them (see `stages`)."""


def calls_for(writes: Sequence[Write]) -> int:
    """Calls to write these, when nothing has to be tried again."""
    contacts = [write for write in writes if write.kind not in {"membership", "optout"}]
    optouts = sum(write.kind == "optout" for write in writes)
    staged = sum(STAGE in write.fields for write in contacts)
    changes = [write for write in writes if write.kind == "membership"]
    lists = Counter((name, False) for write in changes for name in leaving(write))
    lists += Counter((str(write.payload["list"]), True) for write in changes if write.payload.get("member"))
    members = sum(_parts(count, MEMBERSHIP_MAX) for count in lists.values())
    named = len({name for name, _member in lists})  # each list is looked up by its name once
    plain = _parts(len(contacts) - staged, BATCH_MAX)
    return plain + STAGE_CALLS * _parts(staged, BATCH_MAX) + members + named + optouts


def _parts(count: int, size: int) -> int:
    return -(-count // size)
