"""Writes one mapped field again on every record that was handed over: asked for by a person, or by itself
once the cause is gone that kept the field out.

Goes through the leads in steps and keeps its place, so that a restart goes on. What it means is effects like
any other: read fresh, never over a person's value, in the slow lane.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.decide import decide
from syncd.core.fitting import FieldShape, Option
from syncd.core.model import Intent, System
from syncd.core.playbook import Playbook
from syncd.core.rewriting import OBJECTS, maps_of, rewritten
from syncd.logs import structlog
from syncd.ports import Clock, SystemFailure, Target
from syncd.store import authors, backfills, outbox, snapshots, work
from syncd.store.authors import LeftGroup
from syncd.store.backfills import Backfill
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.outbox import Wanted

STEP = 100
BY_ITSELF = "syncd: the cause is gone"

_log = structlog.get_logger("syncd.backfill")


def named(text: str, playbook: Playbook) -> tuple[str, str] | None:
    """Object and field of `Title`, `Lead.Title` or `Contact.Title`; None for what is not mapped."""
    first, dot, rest = text.strip().partition(".")
    word, name = (first.casefold(), rest) if dot else ("", first)
    if word not in {"", *OBJECTS} or not any(maps_of(playbook, name, word).values()):
        return None
    return word, name


def fields_of(playbook: Playbook) -> tuple[str, ...]:
    """Every field there is to be written again, as a person names it."""
    mapping = playbook.mapping
    lead = [f"Lead.{item.target}" for item in mapping.lead]
    return tuple(sorted({*lead, *(f"Contact.{item.target}" for item in mapping.sfcontact)}))


def step(
    store: Store,
    token: Token | None,
    playbook: Playbook,
    clock: Clock,
    is_over: Callable[[], bool] = bool,
) -> int:
    """Go on with what is under way until `is_over`. Returns how many effects it meant anew."""
    changed = 0
    while not is_over():
        with store.read() as tx:
            under_way = backfills.open_ones(tx)
        if not under_way:
            return changed
        changed += _step(store, token, playbook, clock.now(), under_way[0])
    return changed


def _step(store: Store, token: Token | None, playbook: Playbook, now: datetime, found: Backfill) -> int:
    with store.read() as tx:
        ids = backfills.handed_over(tx, found.after_lead_id, STEP)
        is_live = work.baseline(tx).go_live_at is not None
        wanted = list(
            intended(tx, playbook, ids, found.object_type, found.field, str(found.backfill_id), now)
        )
    with store.write(token) as tx:
        changed = outbox.put_all(tx, [Wanted(lead_id, (intent,), is_live) for lead_id, intent in wanted], now)
        backfills.went_on(
            tx, found.backfill_id, ids[-1] if ids else found.after_lead_id, len(ids), None if ids else now
        )
    if not ids:
        _log.info("backfill.done", backfill_id=found.backfill_id, leads=found.leads)
    return changed


def intended(
    tx: sa.Connection,
    playbook: Playbook,
    lead_ids: Sequence[int],
    object_type: str,
    field: str,
    asked: str,
    now: datetime,
) -> list[tuple[int, Intent]]:
    """What each of these leads' records is to show in that field."""
    maps = maps_of(playbook, field, object_type)
    found = []
    for snapshot in snapshots.load_snapshots(tx, lead_ids, now):
        intent = rewritten(snapshot, decide(snapshot, playbook, now), playbook, now, maps, asked)
        if intent is not None:
            found.append((snapshot.lead_id, intent))
    return found


# --- a cause that is gone --------------------------------------------------------------------------------


def heal(
    store: Store, token: Token | None, targets: Mapping[System, Target], playbook: Playbook, now: datetime
) -> int:
    """Begin to write again what was left out for a cause that is gone: the option is there, the field shows.
    Returns how many fields."""
    with store.read() as tx:
        groups = authors.groups(tx)
    begun = 0
    for system in {group.system for group in groups}:
        target: Any = targets.get(System(system))
        if target is None or not hasattr(target, "describe_anew"):
            continue
        target.describe_anew()
        for group in [item for item in groups if item.system == system and item.object_type in OBJECTS]:
            try:
                is_gone = _is_gone(group, target.schema(group.object_type), playbook)
            except SystemFailure:
                break
            if is_gone:
                begun += _begin_again(store, token, group, now)
    return begun


def _begin_again(store: Store, token: Token | None, group: LeftGroup, now: datetime) -> int:
    with store.write(token) as tx:
        if group.system == System.HUBSPOT:
            return outbox.again(tx, authors.effects_left(tx, group), now)
        name = group.field
        made = backfills.begin(tx, group.object_type, name, BY_ITSELF, None, now)
        authors.forget(tx, group)
    return int(made is not None)


def _is_gone(group: LeftGroup, schema: Mapping[str, FieldShape], playbook: Playbook) -> bool:
    shape = schema.get(group.field)
    match group.code:
        case "no_field":
            return shape is not None
        case "read_only":
            return shape is not None and shape.is_updateable
        case "no_option" if shape is not None and group.value:
            options = (*shape.options, *(Option(value) for value in shape.values))
            said = {text.casefold() for option in options for text in (option.value, option.label) if text}
            maps = maps_of(playbook, group.field, group.object_type).values()
            translated = {name.casefold() for found in maps for item in found for name in item.values}
            return group.value.casefold() in said | translated
        case _:
            return False
