"""The parts of a comparison: what each reads, batch by batch, and where its next step stands.

Confirmed writes of each kind, list members, and counts with the ids behind them. A part reads and compares;
what follows is stored and healed by `jobs/reconcile.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa

from syncd.core.model import System
from syncd.core.playbook import Playbook
from syncd.core.reconciling import Cause, Difference
from syncd.jobs import planning, reconcile_counts, reconcile_records
from syncd.jobs.deliver import Described, context_of
from syncd.jobs.planning import Context
from syncd.jobs.reconcile_counts import Listed
from syncd.jobs.reconcile_records import Compared, compare_contact, compare_list, compare_task
from syncd.ports import Clock, Connector, SystemFailure
from syncd.store import reconciliations, work
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.outbox import Effect
from syncd.store.reconciliations import Reconciliation

BATCH = 100
SAMPLE_MAX = 2_000
"""Confirmed writes of each kind that a night compares of those that have not changed, in turn."""
CHANGED_MAX = 5_000
"""And of those that have."""
PAGES_MAX = 50
"""Pages of ids of one object whose counts differ, per night."""
LIST_PAGES_MAX = 200
"""Pages of 250 members that are read of one list."""
ROLLED = "reconcile_rolled"


@runtime_checkable
class Members(Protocol):
    """A connector that can say who is in a list."""

    def members(self, list_name: str, after: str, pages_max: int) -> tuple[frozenset[str], str]: ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What a comparison works with."""

    store: Store
    token: Token
    connectors: Sequence[Connector]
    playbook: Playbook
    clock: Clock
    should_stop: Callable[[], bool] = bool

    def of(self, system: System) -> Connector | None:
        return next((item for item in self.connectors if item.system == system), None)


@dataclass(slots=True)
class Step:
    """What one step found, under which name it counts, and where the next one stands."""

    name: str
    made: Compared = field(default_factory=Compared)
    place: dict[str, Any] | None = None  # of the same part; None when the part is through
    rolled: dict[str, Any] = field(default_factory=dict)
    counts: list[dict[str, Any]] = field(default_factory=list)
    left: str = ""  # what was not compared, in words


def mode_of(tx: sa.Connection) -> str:
    """`observe`, `paused` or `live`: only in the last is anything healed."""
    if work.baseline(tx).go_live_at is None:
        return "observe"
    return "paused" if work.get_meta(tx, "paused_push") else "live"


def rolled_of(tx: sa.Connection) -> dict[str, Any]:
    """Where the comparison in turn stands, by part."""
    found: dict[str, Any] = json.loads(work.get_meta(tx, ROLLED) or "{}")
    return found


# --- the parts -------------------------------------------------------------------------------------------

_Part = Callable[[Hands, Reconciliation, dict[str, Any]], Step]


def parts_of(run: Reconciliation) -> tuple[_Part, ...]:
    """What is compared, in this order."""
    wanted = systems_of(run)
    found: list[_Part] = [_outbox]
    if System.SALESFORCE in wanted:
        found += [_confirmed_part("people", System.SALESFORCE, "handoff", _people)]
        found += [_confirmed_part("tasks", System.SALESFORCE, "task", _tasks)]
        found += [_counts_part(System.SALESFORCE)]
    if System.HUBSPOT in wanted:
        found += [_confirmed_part("contacts", System.HUBSPOT, "contact", _contacts), _lists]
        found += [_counts_part(System.HUBSPOT)]
    return tuple(found)


def systems_of(run: Reconciliation) -> tuple[System, ...]:
    return (System(run.system),) if run.system else (System.SALESFORCE, System.HUBSPOT)


def _outbox(hands: Hands, run: Reconciliation, place: dict[str, Any]) -> Step:
    with hands.store.read() as tx:
        is_paused = mode_of(tx) != "live"
        return Step("outbox", reconcile_counts.not_settled(tx, systems_of(run), is_paused=is_paused))


_Compare = Callable[[Hands, Connector, Sequence[Effect]], Compared]


def _confirmed_part(name: str, system: System, kind: str, compare: _Compare) -> _Part:
    """Confirmed effects of one kind: those changed since the last comparison, then others in turn; or all."""

    def part(hands: Hands, run: Reconciliation, place: dict[str, Any]) -> Step:
        connector = hands.of(system)
        if connector is None:
            return Step(name)
        with hands.store.read() as tx:
            last = reconciliations.last(tx, only_whole=True)
            since = None if run.is_full or last is None else last.began_at
            place = place or _begun(name, tx, is_full=run.is_full, since=since)
            only = since if place["phase"] == "changed" else None
            batch = reconciliations.confirmed(tx, system, kind, int(place["after"]), BATCH, only)
        fresh = batch
        if place["phase"] == "rolled" and since is not None:
            fresh = tuple(item for item in batch if item.updated_at < since)
        step = Step(name, compare(hands, connector, fresh) if fresh else Compared())
        _go_further(step, name, place, batch, run.is_full)
        return step

    return part


def _begun(name: str, tx: sa.Connection, *, is_full: bool, since: datetime | None) -> dict[str, Any]:
    if is_full:
        return {"phase": "all", "after": 0, "seen": 0}
    rolled = int(rolled_of(tx).get(name, 0))
    phase = "rolled" if since is None else "changed"
    return {"phase": phase, "after": rolled if since is None else 0, "seen": 0, "rolled": rolled}


def _go_further(step: Step, name: str, place: dict[str, Any], batch: Sequence[Effect], is_full: bool) -> None:
    """Where the next step of this part stands."""
    seen, is_end = int(place["seen"]) + len(batch), len(batch) < BATCH
    after = batch[-1].effect_id if batch else int(place["after"])
    most = CHANGED_MAX if place["phase"] == "changed" else SAMPLE_MAX
    if is_full:
        step.place = None if is_end else {**place, "after": after, "seen": seen}
        return
    if not is_end and seen < most:
        step.place = {**place, "after": after, "seen": seen}
    elif place["phase"] == "changed":
        step.left = "" if is_end else f"{name}: more than {CHANGED_MAX:,} changed; the rest in turn"
        step.place = {"phase": "rolled", "after": place["rolled"], "seen": 0, "rolled": place["rolled"]}
    else:
        step.rolled = {name: 0 if is_end else after}
        step.left = "" if is_end else f"{name}: the rest in turn, {SAMPLE_MAX:,} a night"


def _schemas(connector: Connector, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(connector, Described):
        return {}
    return {name: connector.schema(name) for name in names}


def _context(tx: sa.Connection, hands: Hands, batch: Sequence[Effect]) -> Context:
    return context_of(tx, hands.playbook, batch, hands.clock.now())


def _people(hands: Hands, connector: Connector, batch: Sequence[Effect]) -> Compared:
    """Hand-offs with the record each was put on."""
    system = connector.system
    with hands.store.read() as tx:
        leads = {item.lead_id for item in batch if item.lead_id is not None}
        beside = reconciliations.beside(tx, system, leads)
        items = [
            reconcile_records.meant(item, beside.get(item.lead_id or 0, ()))
            for item in batch
            if item.result_id.count(":") >= 2
        ]
        items = [item for item in items if not item.is_taken_back]
        context = _context(tx, hands, [item.effect for item in items])
        gone = reconciliations.inactive_users(tx, system)
        states: dict[str, str] = {}
        for kind in reconcile_records.SHARED_PEOPLE:
            ids = {item.effect.result_id.rpartition(":")[2] for item in items}
            states |= reconciliations.link_states(tx, system, kind, ids)
    if not items:
        return Compared()
    found = connector.read([reconcile_records.lookup(item, context) for item in items])
    context = replace(context, schemas=_schemas(connector, reconcile_records.SHARED_PEOPLE))
    return reconcile_records.merged(
        reconcile_records.compare_person(item, there, context, gone, states)
        for item, there in zip(items, found, strict=True)
    )


def _tasks(hands: Hands, connector: Connector, batch: Sequence[Effect]) -> Compared:
    with hands.store.read() as tx:
        context = _context(tx, hands, batch)
    found = connector.read([planning.lookup(item, context) for item in batch])
    return reconcile_records.merged(
        compare_task(item, there) for item, there in zip(batch, found, strict=True)
    )


def _contacts(hands: Hands, connector: Connector, batch: Sequence[Effect]) -> Compared:
    with hands.store.read() as tx:
        beside = reconciliations.beside(
            tx, connector.system, {item.lead_id for item in batch if item.lead_id is not None}
        )
        context = _context(tx, hands, batch)
        ids = {str(item.payload.get("contact_id", "")) for item in batch}
        states = reconciliations.link_states(tx, connector.system, "contact", ids)
    found = connector.read([planning.lookup(item, context) for item in batch])
    context = replace(context, schemas=_schemas(connector, ("contact",)))
    return reconcile_records.merged(
        compare_contact(item, there, context, beside.get(item.lead_id or 0, ()), states)
        for item, there in zip(batch, found, strict=True)
        if there.failure is None
    )


# --- lists -----------------------------------------------------------------------------------------------


def _lists(hands: Hands, run: Reconciliation, place: dict[str, Any]) -> Step:
    """One list of ours at a time, with everybody who is to be in it or out of it."""
    connector = hands.of(System.HUBSPOT)
    if connector is None or not isinstance(connector, Members):
        return Step("lists")
    with hands.store.read() as tx:
        rows = reconciliations.members_meant(tx, hands.playbook.track_lists)
    names = [name for name in reconcile_records.in_lists(rows) if name > str(place.get("list", ""))]
    if not names:
        return Step("lists")
    name = names[0]
    step = Step("lists", place={"list": name} if len(names) > 1 else None)
    elsewhere = {contact for other, contact, is_member, _id in rows if is_member and other != name}
    wanted = [(contact, is_member, id_) for other, contact, is_member, id_ in rows if other == name]
    try:
        members, after = connector.members(name, "", LIST_PAGES_MAX)
    except SystemFailure as error:
        if error.failure.code != "hubspot.not_found":
            raise
        step.made.found.append(Difference(System.HUBSPOT, "list", "", Cause.LIST_MISSING, name))
        return step
    if after:
        step.left = f"list {name}: more than {LIST_PAGES_MAX * 250:,} members, not compared"
        return step
    step.made = compare_list(name, wanted, members, elsewhere)
    return step


# --- counts ----------------------------------------------------------------------------------------------


def _counts_part(system: System) -> _Part:
    """Counts, and the ids of every object whose counts differ."""

    def part(hands: Hands, run: Reconciliation, place: dict[str, Any]) -> Step:
        connector = hands.of(system)
        if connector is None or not isinstance(connector, Listed):
            return Step("records")
        if not place:
            return _counted(hands, connector, run.is_full)
        return _walked(hands, connector, run, place)

    return part


def _counted(hands: Hands, connector: Listed, is_full: bool) -> Step:
    there = connector.counts()
    with hands.store.read() as tx:
        counts = reconcile_counts.count(connector, tx, there)
    step = Step("records")
    step.counts = [
        {"system": str(connector.system), "object": item.object_type, "there": item.there, "here": item.here}
        for item in counts
    ]
    walk = [
        [item.object_type, item.there, item.here] for item in counts if is_full or item.there != item.here
    ]
    step.place = _at_object(walk) if walk else None
    return step


def _at_object(walk: Sequence[Any]) -> dict[str, Any] | None:
    """The place at the beginning of the first of these objects; None when there is none."""
    start = {"side": "there", "after": "", "pages": 0, "unknown": 0, "gone": 0}
    return {"walk": list(walk), **start} if walk else None


def _walked(hands: Hands, connector: Listed, run: Reconciliation, place: dict[str, Any]) -> Step:
    """One page of ids of the object in hand, on one side."""
    kind, there, here = place["walk"][0]
    step = Step("records")
    if place["side"] == "there":
        page = connector.listed(kind, str(place["after"]))
        with hands.store.read() as tx:
            step.made = reconcile_counts.unknown_here(tx, connector, kind, page)
        place |= {"unknown": place["unknown"] + len(step.made.found), "after": page.after}
    else:
        with hands.store.read() as tx:
            after, most = str(place["after"]), reconcile_counts.HERE_MAX
            ids = reconciliations.present_ids(tx, connector.system, kind, after, most)
        standing = connector.standing(kind, ids) if ids else {}
        step.made = reconcile_counts.missing_there(connector, kind, ids, standing)
        place |= {"gone": place["gone"] + len(step.made.found)}
        place["after"] = ids[-1] if len(ids) == most else ""
    place["pages"] += 1
    if place["after"] and (run.is_full or place["pages"] < PAGES_MAX):
        step.place = place
    elif place["after"]:
        step.left = f"{kind}: only {PAGES_MAX} pages of ids, see `syncd reconcile --full`"
        step.place = _at_object(place["walk"][1:])
    elif place["side"] == "there":
        step.place = {**place, "side": "here", "pages": 0}
    else:
        item = reconcile_counts.Count(kind, there, here)
        rest = reconcile_counts.remainder(connector.system, item, place["unknown"], place["gone"])
        step.made.found += rest.found
        step.place = _at_object(place["walk"][1:])
    return step
