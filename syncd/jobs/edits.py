"""Settles edits of stages and statuses by others: who it was, and whether ours is written back.

Ours is written back once. The same writer changing it again within a day, or while the lead still stands
where it stood, means to: then it is left, `syncd errors` names the writer, and nothing is fought over, also
not once a week. What the mapping does not give to us is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import sqlalchemy as sa

from syncd.core.model import Detail, Ref, Shape, System
from syncd.core.ownership import same
from syncd.core.playbook import Ownership
from syncd.core.signals import signal_key
from syncd.jobs.normalise import fingerprint
from syncd.ports import Clock, SystemFailure, Writer
from syncd.store import edits, facts
from syncd.store.edits import Edit
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.tables import to_ms

BATCH = 50
"""Edits settled in one turn: property history is read for fifty records at once (facts/hubspot.md 4)."""
CONTEST_WITHIN = timedelta(days=1)
EDITED = "hubspot.edited"
UNKNOWN = ("unknown", "")
FIELDS: Mapping[str, str] = {"lifecyclestage": "Lifecycle stage", "hs_lead_status": "Lead status"}
OUTCOMES: Mapping[str, str] = {
    "adopted": "it stays",
    "written_back": "ours is written back",
    "left": "set again after ours was written back: it is left",
    "over": "it shows something else by now",
}
WRITERS: Mapping[str, str] = {
    "user": "a user",
    "workflow": "a workflow",
    "import": "an import",
    "integration": "an integration",
    "native_sync": "HubSpot's own Salesforce sync",
    "unknown": "somebody unknown",
}


@runtime_checkable
class Witness(Protocol):
    """A system that can tell who wrote a field last."""

    system: System

    def writers(self, ids: Sequence[str], names: Sequence[str]) -> Mapping[tuple[str, str], Writer]:
        """By record id and field. Raises SystemFailure."""
        ...


def settle(store: Store, token: Token | None, connectors: Sequence[object], clock: Clock) -> int:
    """Settle what is open, as far as the systems can be asked now. Returns how many edits."""
    with store.read() as tx:
        found = edits.open_edits(tx, BATCH)
    if not found:
        return 0
    done = 0
    for witness in (item for item in connectors if isinstance(item, Witness)):
        mine = [item for item in found if item.system == witness.system]
        if not mine:
            continue
        ids = sorted({item.object_id for item in mine})
        try:
            told = witness.writers(ids, sorted({item.field for item in mine}))
        except SystemFailure:
            continue  # they stay open: asked again with the next turn
        with store.write(token) as tx:
            for item in mine:
                _settle(tx, item, told.get((item.object_id, item.field)), clock.now())
        done += len(mine)
    return done


def _settle(tx: sa.Connection, edit: Edit, writer: Writer | None, now: datetime) -> None:
    by = UNKNOWN if writer is None else (writer.kind, writer.name)
    outcome = _outcome(tx, edit, writer, by, now)
    edits.settle(tx, edit, by, outcome, now)
    _tell(tx, edit, by, outcome, now)


def _outcome(tx: sa.Connection, edit: Edit, writer: Writer | None, by: tuple[str, str], now: datetime) -> str:
    """What follows, given what we mean to show now that the lead was looked at again."""
    if writer is not None and not same(writer.value, edit.theirs):
        return "over"
    effect = edits.effect_of(tx, edit.system, f"contact:{edit.object_id}")
    fields = effect.payload.get("fields", {}) if effect else {}
    rule = effect.payload.get("rules", {}).get(edit.field) if effect else None
    is_ours = edit.field in fields and rule == Ownership.OURS and not same(fields[edit.field], edit.theirs)
    if effect is None or not is_ours:
        return "adopted"
    since_at = edits.stands_since(tx, edit.lead_id)
    if edits.was_contested(tx, edit, by, min(since_at or now, now - CONTEST_WITHIN)):
        return "left"
    edits.show_again(tx, effect.effect_id, now)
    return "written_back"


def _tell(tx: sa.Connection, edit: Edit, by: tuple[str, str], outcome: str, now: datetime) -> None:
    """A dated fact of the lead: its timeline says who set what, and what followed."""
    kind, _name = by
    shape = Shape(
        EDITED,
        {"property": edit.field, "value": edit.theirs or "blank", "from": edit.ours, "by": kind,
         "outcome": outcome},
    )  # fmt: skip
    digest = fingerprint(shape.source, shape.attributes)
    ref = Ref(System.HUBSPOT, "edit", str(edit.edit_id))
    key = signal_key(ref, EDITED, str(edit.edit_id))
    shape_id = facts.intern_shapes(tx, {digest: shape})[digest]
    facts.add_signals(tx, [facts.NewSignal(edit.lead_id, to_ms(edit.edited_at), key, shape_id)], now)
    facts.save_details(
        tx, [facts.NewDetail(edit.lead_id, key, ref, Detail(title=sentence(edit, by, outcome)))]
    )


def sentence(edit: Edit, by: tuple[str, str], outcome: str) -> str:
    """The edit in one sentence for people."""
    return (
        f"{FIELDS.get(edit.field, edit.field)} set to {edit.theirs or 'blank'} by {writer_words(*by)}; "
        f"{OUTCOMES[outcome]}"
    )


def writer_words(kind: str, name: str) -> str:
    """Who it was, as far as HubSpot's property history tells."""
    who = WRITERS.get(kind, kind.replace("_", " "))
    return f"{who} ({name})" if name else who
