"""Compares what was confirmed with what is there now: people, tasks and contacts of ours, list members.

A confirmed effect is read again as before a delivery and its fields are compared by the same rules; what
still ought to be written is a difference. One that may heal becomes an intent of its own, so that nothing is
written here, and nothing but the differing fields later. Pure but for the looks handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncd.core import identity, ownership
from syncd.core.effects import LATER
from syncd.core.model import Intent, Ref, System
from syncd.core.ownership import TAKEN, is_blank, same
from syncd.core.playbook import Ownership
from syncd.core.reconciling import Cause, Difference
from syncd.jobs import fields as written
from syncd.jobs import planning, recognising
from syncd.jobs.planning import COMPLETED, Context
from syncd.ports import Candidate, Found, Lookup
from syncd.store.authors import Authors
from syncd.store.outbox import Effect
from syncd.store.reconciliations import HEAL
from syncd.store.tables import EffectState

NEVER_COMPARED = frozenset({"OwnerId", "Status", "RecordTypeId"})
"""Fields of a Lead that sales works with: what they say now is the answer, not a difference."""
STAGES = frozenset({"lifecyclestage", "hs_lead_status"})
SHARED_PEOPLE = ("lead", "contact")


@dataclass(slots=True)
class Compared:
    """What one batch gave: how many records were looked at, the differences, and what heals them."""

    records: int = 0
    found: list[Difference] = field(default_factory=list)
    intents: list[tuple[int | None, Intent]] = field(default_factory=list)  # (lead id, what heals)
    again: list[int] = field(default_factory=list)  # effects to be looked at once more by a delivery
    held: list[tuple[Effect, identity.Hold]] = field(default_factory=list)

    def add(self, ref: Ref, cause: Cause, about: str = "", *, is_healing: bool = False) -> None:
        self.found.append(Difference(ref.system, ref.object, ref.id, cause, about, is_healing))


# --- people in Salesforce --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Meant:
    """One hand-off with the fields its record is to show now, by everything confirmed since. `healed` are
    fields written again before, with the value then; `is_taken_back` says a person undid it."""

    effect: Effect
    healed: Mapping[str, Any] = field(default_factory=dict)
    is_taken_back: bool = False


def meant(handoff: Effect, beside: Sequence[Effect]) -> Meant:
    """The hand-off and what was confirmed for its record besides, the newest value of each field. Fields of
    what is still on its way are left out: they are no difference yet."""
    payload: dict[str, Any] = {**handoff.payload}
    names = ("fields", "rules", "contact_fields", "contact_rules")
    merged: dict[str, dict[str, Any]] = {name: dict(payload.get(name, {})) for name in names}
    healed: dict[str, Any] = {}
    for other in beside:
        if other.kind != "record" or other.payload.get("key") != payload.get("key"):
            continue
        is_done = other.state == EffectState.DONE and other.payload_hash != 0
        if other.target.startswith(HEAL) and is_done:
            healed = dict(other.payload.get("fields", {})) | dict(other.payload.get("contact_fields", {}))
        for name in names:
            if is_done:
                merged[name] |= other.payload.get(name, {})
            else:
                for gone in other.payload.get(name, {}):
                    merged[name].pop(gone, None)
    for name in names:
        payload[name] = {key: value for key, value in merged[name].items() if key not in NEVER_COMPARED}
    since = handoff.done_at or handoff.created_at
    undone = any(other.kind == "undo" and other.created_at >= since for other in beside)
    return Meant(replace(handoff, payload=payload), healed, undone)


def lookup(item: Meant, context: Context) -> Lookup:
    """What is read of the record, and of everybody who may be the same person."""
    found = planning.lookup(item.effect, context)
    own = planning.refs([item.effect.result_id]) if item.effect.result_id.count(":") >= 2 else ()
    people = tuple(ref for ref in own if ref.object in SHARED_PEOPLE)
    return replace(found, known=tuple(sorted({*found.known, *people})), priority=LATER)


def compare_person(
    item: Meant, found: Found, context: Context, gone_owners: Collection[str], states: Mapping[str, str]
) -> Compared:
    """One hand-off against what is there. `states` is what the store knows of its record by id."""
    made = Compared(records=1)
    effect = item.effect
    own = planning.refs([effect.result_id])[0]
    by_ref = {candidate.ref: candidate for candidate in found.candidates}
    present = _followed(own, by_ref)
    if present is None:
        known = states.get(own.id, "")
        made.add(own, Cause.DELETED if known in {"deleted", "archived", "merged"} else Cause.GONE)
        return made
    if present.ref != own and present.ref.object == own.object:
        made.add(own, Cause.MERGED, str(present.ref.id))
    if not present.is_open:
        made.add(present.ref, Cause.DELETED)
        return made
    key = str(effect.payload["key"])
    former = {str(item) for item in effect.payload.get("former_keys", ())}
    there = present.fields.get(context.key_field, "")
    heals: dict[str, Any] = {}
    is_converted = present.ref.object != own.object
    if not there and is_converted:
        return made  # what a conversion takes along is the org's own mapping
    if not there:
        made.add(present.ref, Cause.KEY_REMOVED, context.key_field, is_healing=True)
        heals[context.key_field] = key
    elif there not in {key, *former}:
        made.add(present.ref, Cause.KEY_CHANGED, context.key_field)
        return made
    for other in found.candidates:
        is_ours = other.ref in {own, present.ref} or other.moved_to == present.ref
        if other.is_open and not is_ours and other.fields.get(context.key_field) == key:
            made.add(other.ref, Cause.KEY_ELSEWHERE, str(present.ref))
    known_people = context.identities.get(effect.effect_id, recognising.NOTHING_KNOWN)
    hold = recognising.look_again(effect, found, known_people, context.key_field)
    keyed = {item.object_id for item in made.found if item.cause is Cause.KEY_ELSEWHERE}
    if hold is not None and not {suspect.ref.id for suspect in hold.candidates[1:]} <= keyed:
        made.add(present.ref, Cause.TWIN, ", ".join(str(item.ref.id) for item in hold.candidates[1:]))
        made.held.append((effect, hold))
    if present.fields.get("OwnerId", "") in gone_owners:
        made.add(present.ref, Cause.OWNER_LEFT, present.fields["OwnerId"])
    rules_name = "contact_rules" if present.ref.object == "contact" else "rules"
    heals |= _compare_fields(made, item, present, context, rules_name)
    if heals:
        made.intents.append((effect.lead_id, _healing_person(item, present.ref, heals, context.key_field)))
    return made


def _followed(own: Ref, by_ref: Mapping[Ref, Candidate]) -> Candidate | None:
    """The record, or what became of it by conversion and merging; None when it is not shown."""
    found = by_ref.get(own)
    for _hop in range(5):
        if found is None or found.moved_to is None or found.moved_to not in by_ref:
            return found
        found = by_ref[found.moved_to]
    return found


def _compare_fields(
    made: Compared, item: Meant, present: Candidate, context: Context, rules_name: str
) -> dict[str, Any]:
    """Name each field that differs; returns those that are to be written again, with their values."""
    payload, is_contact = item.effect.payload, rules_name == "contact_rules"
    intended = dict(payload["contact_fields" if is_contact else "fields"])
    authors = context.authors.get(item.effect.effect_id, Authors())
    if (
        present.ref != planning.refs([item.effect.result_id])[0]
    ):  # it came about by itself: ours is what we wrote
        intended = {name: intended[name] for name in intended if name in authors.last.get(present.ref.id, {})}
    schema = context.schemas.get(present.ref.object, {})
    ready = written.ready(intended, payload[rules_name], schema, context.terms, present.fields)
    diff = written.differing(ready, present, authors)
    last = authors.last_on(present.ref.id, present.fields)
    is_native = bool(payload.get("native"))
    for name, why in diff.kept:
        was_ours = not is_blank(last.get(name)) and same(last[name], intended.get(name))
        cause = Cause.OWNERSHIP
        if why == TAKEN or was_ours:
            cause = Cause.NATIVE_SYNC if is_native else Cause.EDITED
        made.add(present.ref, cause, name)
    for left in ready.left:
        is_denied = left.code in {"no_field", "read_only"}
        made.add(present.ref, Cause.PERMISSION if is_denied else Cause.UNFIT, left.field)
    return _named(made, present, diff.write, last, item.healed)


def _named(
    made: Compared,
    present: Candidate,
    write: Mapping[str, Any],
    last: Mapping[str, Any],
    healed: Mapping[str, Any],
) -> dict[str, Any]:
    """Why fields that ought to be written again differ; returns those that heal."""
    heals: dict[str, Any] = {}
    for name, value in write.items():
        if name in healed and same(healed[name], value):
            made.add(present.ref, Cause.CONTESTED, name)
            continue
        before = last.get(name)
        is_ours = not is_blank(before) and same(before, present.fields.get(name)) and not same(before, value)
        cause = Cause.NOT_WRITTEN if is_ours else Cause.OVERWRITTEN
        made.add(present.ref, cause, name, is_healing=True)
        heals[name] = value
    return heals


def _healing_person(item: Meant, ref: Ref, fields: Mapping[str, Any], key_field: str) -> Intent:
    """The differing fields once more, on the record as it is then; the key is always set with them."""
    payload, is_contact = item.effect.payload, ref.object == "contact"
    rules = payload["contact_rules" if is_contact else "rules"]
    values = {name: value for name, value in fields.items() if name != key_field}
    ruled = {name: str(rules.get(name, Ownership.UNTIL_TOUCHED)) for name in values}
    whole: dict[str, object] = {
        "key": payload["key"],
        "known": [str(ref)],
        "fields": {} if is_contact else values,
        "rules": {} if is_contact else ruled,
        "contact_fields": values if is_contact else {},
        "contact_rules": ruled if is_contact else {},
        "healed": sorted(fields),
    }
    target = f"{HEAL}{payload['key']}"
    return Intent(System.SALESFORCE, "record", target, whole, item.effect.pass_number, LATER)


# --- tasks -----------------------------------------------------------------------------------------------


def compare_task(effect: Effect, found: Found) -> Compared:
    """One task by its key: there once, deleted by a person, or there more than once."""
    made = Compared(records=1)
    present = sorted(found.candidates, key=lambda candidate: candidate.ref.id)
    if not present:
        made.add(_ref_of(effect, "task"), Cause.TASK_DELETED)
    extra = [item for item in present[1:] if item.fields.get("Status") != COMPLETED]
    for item in extra:
        made.add(item.ref, Cause.EXTRA_TASK, is_healing=True)
    if extra:
        made.again.append(effect.effect_id)
    return made


def _ref_of(effect: Effect, kind: str) -> Ref:
    """The record of an effect, as its result names it."""
    if effect.result_id.count(":") >= 2:
        return planning.refs([effect.result_id])[0]
    return Ref(System(effect.system), kind, "")


# --- contacts in HubSpot ---------------------------------------------------------------------------------


def compare_contact(
    effect: Effect, found: Found, context: Context, beside: Sequence[Effect], states: Mapping[str, str]
) -> Compared:
    """The properties of one contact. A stage that was moved is named, and never written again from here."""
    made = Compared(records=1)
    contact_id = str(effect.payload.get("contact_id", ""))
    ref = Ref(System.HUBSPOT, "contact", contact_id)
    if not found.candidates:
        known = states.get(contact_id, "current")
        made.add(ref, Cause.REMOVAL_DUE if known == "current" else Cause.DELETED)
        return made
    present = found.candidates[0]
    if present.moved_to is not None:
        made.add(ref, Cause.MERGED, present.moved_to.id)
        return made
    intended = dict(effect.payload["fields"])
    for name in sorted(STAGES & set(intended)):
        if not same(intended.pop(name), present.fields.get(name)):
            made.add(present.ref, Cause.STAGE_MOVED, name)
    schema = context.schemas.get("contact", {})
    ready = written.Ready(intended, effect.payload.get("rules", {}))
    if schema:
        ready = written.ready(intended, ready.rules, schema, context.terms, present.fields)
    authors = context.authors.get(effect.effect_id, Authors())
    diff = written.differing(ready, present, authors)
    for name, why in diff.kept:
        made.add(present.ref, Cause.EDITED if why == ownership.TAKEN else Cause.OWNERSHIP, name)
    for left in ready.left:
        is_denied = left.code in {"no_field", "read_only"}
        made.add(present.ref, Cause.PERMISSION if is_denied else Cause.UNFIT, left.field)
    mine = [item for item in beside if item.target == f"{HEAL}contact:{contact_id}"]
    if any(item.state != EffectState.DONE for item in mine):
        return made  # it is being healed
    healed = dict(mine[0].payload["fields"]) if mine else {}
    last = authors.last_on(present.ref.id, present.fields)
    heals = _named(made, present, diff.write, last, healed)
    if heals:
        rules = {name: str(ready.rules.get(name, Ownership.UNTIL_TOUCHED)) for name in heals}
        payload: dict[str, object] = {
            "contact_id": contact_id,
            "known": [str(ref)],
            "fields": heals,
            "rules": rules,
        }
        intent = Intent(
            System.HUBSPOT, "contact", f"{HEAL}contact:{contact_id}", payload, effect.pass_number, LATER
        )
        made.intents.append((effect.lead_id, intent))
    return made


# --- list members ----------------------------------------------------------------------------------------


def compare_list(
    name: str,
    wanted: Iterable[tuple[str, bool, int]],
    members: Collection[str],
    wanted_elsewhere: Collection[str],
) -> Compared:
    """One list: contact, whether it is to be a member, effect. A contact that is to be in another list of
    ours is taken out of this one; anybody else somebody put there stays."""
    made = Compared()
    for contact_id, is_member, effect_id in wanted:
        made.records += 1
        ref = Ref(System.HUBSPOT, "contact", contact_id)
        if is_member and contact_id not in members:
            made.add(ref, Cause.LEFT_LIST, name)
        elif not is_member and contact_id in members:
            is_double = contact_id in wanted_elsewhere
            made.add(ref, Cause.IN_TWO_LISTS if is_double else Cause.JOINED_LIST, name, is_healing=is_double)
            made.again += [effect_id] if is_double else []
    return made


def merged(parts: Iterable[Compared]) -> Compared:
    """Several comparisons as one."""
    made = Compared()
    for part in parts:
        made.records += part.records
        made.found += part.found
        made.intents += part.intents
        made.again += part.again
        made.held += part.held
    return made


def in_lists(rows: Iterable[tuple[str, str, bool, int]]) -> Iterator[str]:
    """The lists named by these memberships, each once, in order."""
    yield from dict.fromkeys(row[0] for row in rows)
