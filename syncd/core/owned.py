"""Who has, and who had, a person in Salesforce: the owner of the record now, and at a moment past.

Past owners are read from the changes of the record's owner. A first value is no change: it was so when the
record was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from syncd.core.model import SalesRecord, Signal, Snapshot, Stage
from syncd.core.undoing import in_force

_CHANGES = frozenset({"salesforce.lead_change", "salesforce.contact_change"})
_ENDS = frozenset({Stage.REJECTED, Stage.LOST})
_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def owner_of(snapshot: Snapshot) -> str:
    """Who has the person in Salesforce now; a Contact's owner before a Lead's, the latest first."""
    return _owner_among(item for item in snapshot.sales_records if not item.is_deleted)


def changes(snapshot: Snapshot) -> list[Signal]:
    """The changes of owner, oldest first."""
    found = (item for item in snapshot.signals if _is_change(item))
    return sorted(found, key=lambda item: (item.occurred_at, item.key))


def value(change: Signal) -> str:
    """Who has the record after a change of its owner."""
    return change.shape.attributes.get("value", "")


def former(change: Signal) -> str:
    """Who had the record before a change of its owner; blank where that is not known."""
    return change.shape.attributes.get("from", "")


def last_pass_ended_at(snapshot: Snapshot) -> datetime | None:
    """When the last pass came to its end; None where none has."""
    ended = any(move.target.stage in _ENDS for move in in_force(snapshot.history))
    return snapshot.standing.evidence_floor_at if ended and snapshot.standing is not None else None


def last_owner(snapshot: Snapshot) -> str:
    """Who had the person when the last pass ended, before the record went anywhere else; blank where there
    was none, or it is not known. Who gives a Lead back often puts it into a queue in the same breath."""
    ended_at = last_pass_ended_at(snapshot)
    if ended_at is None:
        return ""
    made = changes(snapshot)
    before = [item for item in made if item.occurred_at < ended_at]
    if before:
        return value(before[-1])
    after = [item for item in made if item.occurred_at >= ended_at]
    if after:
        return former(after[0])
    return owner_of(snapshot) or _owner_among(snapshot.sales_records)


def _owner_among(records: Iterable[SalesRecord]) -> str:
    owned = [item for item in records if item.fields.get("OwnerId")]
    owned.sort(key=lambda item: (item.ref.object == "contact", item.modified_at or _LONG_AGO, item.ref))
    return owned[-1].fields["OwnerId"] if owned else ""


def _is_change(signal: Signal) -> bool:
    shape = signal.shape
    return shape.source in _CHANGES and shape.attributes.get("property") == "OwnerId"
