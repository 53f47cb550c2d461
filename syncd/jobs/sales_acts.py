"""Asks the org who set the statuses and stages that were seen since the last time, and keeps the answer.

What sales sets on its own records is its word, whoever it was: nothing is written back. Who it was stands in
the timeline and in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from syncd.core.model import Ref, System
from syncd.ports import Author, Changed, SystemFailure
from syncd.store import sales_acts
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.sales_acts import NOBODY_KNOWN, SalesAct

BATCH = 200
OURS = "us"


@runtime_checkable
class Chronicle(Protocol):
    """A system that can tell who set a status or stage."""

    system: System

    def authors(self, changes: Sequence[Changed]) -> tuple[Author, ...]:
        """By position. Raises SystemFailure."""
        ...


def ask(store: Store, token: Token | None, connectors: Sequence[object]) -> int:
    """Ask who did what nobody has been asked about, as far as the org answers now. Returns how many acts."""
    with store.read() as tx:
        found = sales_acts.unasked(tx, BATCH)
    chronicle = next((item for item in connectors if isinstance(item, Chronicle)), None)
    if not found or chronicle is None:
        return 0
    changes = [Changed(Ref(chronicle.system, item.object_type, item.object_id), item.value, item.acted_at)
               for item in found]  # fmt: skip
    try:
        told = chronicle.authors(changes)
    except SystemFailure:
        return 0  # asked again with the next turn
    with store.write(token) as tx:
        for act, author in zip(found, told, strict=True):
            sales_acts.tell(tx, act, author.kind, author.id)
    return len(found)


def author_words(act: SalesAct, names: Mapping[str, str]) -> str:
    """Who it was: `Mara Lenz`; blank where nobody knows, or it was us."""
    if act.by_kind in ("", OURS, NOBODY_KNOWN):
        return ""
    name = next((name for key, name in names.items() if key[:15] == act.by_id[:15]), act.by_id)
    return name if act.by_kind == "user" else f"{name}, who changed the record last"
