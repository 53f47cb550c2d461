"""How many calls writes take at most: what a plan says before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from syncd.connectors.salesforce.client import COLLECTION_MAX
from syncd.ports import Write

TASK_CALLS = 4
"""Beside their creation: whether they are there, where their people and queues stand (see `writing`)."""


def calls_for(writes: Sequence[Write]) -> int:
    """Calls to write these, when nothing has to be tried again."""
    groups = Counter(_group(write) for write in writes)
    sent = sum(-(-count // COLLECTION_MAX) for count in groups.values())
    by_rules = any(group[-1] for group in groups)  # whom the org's rules chose is read back
    tasks = any(write.kind == "task" and write.ref is None for write in writes)
    return sent + by_rules + TASK_CALLS * tasks


def _group(write: Write) -> tuple[str, bool, bool]:
    """What goes in one collection: changes by id; else one object, with or without the org's own rules."""
    if write.ref is not None:
        return "", False, False
    owner = write.payload.get("owner")
    mode = owner.get("mode") if isinstance(owner, dict) else ""
    return write.object_type, True, write.kind == "handoff" and mode == "org_rules"
