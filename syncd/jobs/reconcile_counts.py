"""Compares the records both systems show with those the store holds, and names each record that differs.

Counts first, a call or two; only an object whose counts differ is gone through by id, in bounded steps: what
is there and unknown here, then what is here and not there. A full comparison goes through every object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import sqlalchemy as sa

from syncd.core.model import Ref, System
from syncd.core.plain import counted
from syncd.core.reconciling import Cause
from syncd.jobs.reconcile_records import Compared
from syncd.ports import Listing
from syncd.store import counting, outbox, reconciliations, work
from syncd.store.tables import EffectState

HERE_MAX = 500
OVERLAP = timedelta(minutes=10)
"""How late a system may show what was changed (5 minutes, facts), with as much again."""
STREAMS = {
    ("hubspot", "contact"): "contacts",
    ("hubspot", "company"): "companies",
    ("hubspot", "deal"): "deals",
    ("salesforce", "lead"): "changes",
    ("salesforce", "contact"): "changes",
    ("salesforce", "opportunity"): "changes",
}
OTHERWISE = {"salesforce": "directory", "hubspot": "contacts"}


@runtime_checkable
class Listed(Protocol):
    """A connector that counts and lists records, and says what became of named ones."""

    system: System

    def counts(self) -> Mapping[str, int]: ...

    def listed(self, object_type: str, after: str) -> Listing: ...

    def standing(self, object_type: str, ids: Sequence[str]) -> Mapping[str, str]: ...


# --- counts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """One object: how many there are there, and here."""

    object_type: str
    there: int
    here: int


def count(connector: Listed, tx: sa.Connection, there: Mapping[str, int]) -> tuple[Count, ...]:
    """Each object the system counts, beside the store's number."""
    held = counting.held_records(tx)
    return tuple(
        Count(kind, number, held.get((str(connector.system), kind), 0))
        for kind, number in sorted(there.items())
    )


# --- one page of ids -------------------------------------------------------------------------------------


def unknown_here(tx: sa.Connection, connector: Listed, kind: str, page: Listing) -> Compared:
    """The records of this page that the store does not hold as present, and why."""
    made = Compared(records=len(page.records))
    stamps = dict(page.records)
    states = reconciliations.link_states(tx, connector.system, kind, stamps)
    missing = [id_ for id_ in stamps if states.get(id_) not in {"current", "converted"}]
    refused = reconciliations.unreadable(tx, connector.system, missing)
    read_until = _read_until(tx, connector.system, kind)
    for id_ in missing:
        at = stamps[id_]
        cause = Cause.MISSED
        if id_ in refused:
            cause = Cause.UNREADABLE
        elif read_until is None or (at is not None and at >= read_until - OVERLAP):
            cause = Cause.LATE
        made.add(Ref(connector.system, kind, id_), cause)
    return made


def _read_until(tx: sa.Connection, system: System, kind: str) -> datetime | None:
    """Up to when this object has been read."""
    name = STREAMS.get((str(system), kind), OTHERWISE[str(system)])
    row = work.cursor(tx, system, name)
    return None if row is None else row.covered_until_at or row.completed_at


def missing_there(connector: Listed, kind: str, ids: Sequence[str], standing: Mapping[str, str]) -> Compared:
    """Of the records held as present, those that are not: gone, or not shown to us."""
    made = Compared(records=len(ids))
    for id_ in ids:
        state = standing.get(id_, "")
        if state == "present":
            continue
        is_erased = connector.system is System.HUBSPOT and not state  # the next sweeps confirm it
        cause = Cause.REMOVAL_DUE if state or is_erased else Cause.HIDDEN
        made.add(Ref(connector.system, kind, id_), cause, state)
    return made


def remainder(system: System, item: Count, unknown: int, gone: int) -> Compared:
    """What the records that were named do not explain of two counts that differ."""
    made = Compared()
    rest = (item.there - item.here) - (unknown - gone)
    if rest:
        # HubSpot counts by search, whose index lags; the listing that was gone through does not
        cause = Cause.LATE if system is System.HUBSPOT else Cause.UNCOUNTED
        made.add(Ref(system, item.object_type, ""), cause, f"{item.there:,} there, {item.here:,} here")
    return made


# --- the outbox ------------------------------------------------------------------------------------------


def not_settled(tx: sa.Connection, systems: Sequence[System], *, is_paused: bool) -> Compared:
    """Writes that are intended and not confirmed, one line per cause; and passes nobody knows anything of."""
    made = Compared()
    for (system, kind, state, code, held), number in reconciliations.unsettled(tx, systems).items():
        cause = Cause.WAITING
        if held:
            cause = Cause.KEPT_BACK
        elif state == EffectState.PARKED:
            cause = Cause.HELD if code.startswith("identity.") else Cause.PARKED
        elif state == EffectState.OBSERVED or (is_paused and state not in outbox.IN_FLIGHT):
            cause = Cause.PAUSED
        why = held or code
        about = f"{counted(number, kind)}{f': {why}' if why else ''}"
        made.add(Ref(System(system), kind, ""), cause, about)
    lost = counting.passes(tx).lost
    if lost and System.SALESFORCE in systems:
        made.add(Ref(System.SALESFORCE, "pass", ""), Cause.LOST_PASS, counted(lost, "pass", "passes"))
    return made
