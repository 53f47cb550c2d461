"""Turns one effect and what is there now into one step: a write, nothing to do, a hold, or a parked effect.

Pure. The payload is the whole intended state; the diff is made here, against a fresh read, so that nothing is
sent twice, no person's value is overwritten, and a step begun by a killed process is finished from where the
other system shows it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from syncd.core import identity, kept, ownership, placing
from syncd.core.fitting import FieldShape, Left, Terms, fit_to_schema
from syncd.core.interruptions import Judgement
from syncd.core.model import Ref, System
from syncd.core.playbook import Cases, Ownership
from syncd.jobs import fields as written
from syncd.jobs import owners, recognising
from syncd.ports import Candidate, Failure, Found, Lookup, Recovery, Write
from syncd.store.authors import Authors
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState

COMPLETED = "Completed"
RECORD_FIELDS = ("IsConverted", "ConvertedDate", "OwnerId", "Status", "IsDeleted")
SERVER_MAX = timedelta(minutes=10)  # REST calls end after 10 minutes (App Limits Cheatsheet: API requests)
ALLOW_DUPLICATES = "allow_duplicates"
"""In a write's payload: a duplicate rule of the org that only alerts need not stop it."""


@dataclass(frozen=True, slots=True)
class Send:
    """Write this; `before` is the fresh value of each field written."""

    effect: Effect
    write: Write
    before: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()  # fields that differ and are left alone, and why
    left: tuple[Left, ...] = ()  # fields the record cannot take as they are


@dataclass(frozen=True, slots=True)
class Nothing:
    """The intended state is there already."""

    effect: Effect
    ref: Ref | None
    notes: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A person must choose."""

    effect: Effect
    hold: identity.Hold


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be written now."""

    effect: Effect
    failure: Failure


@dataclass(frozen=True, slots=True)
class Wait:
    """It is not to go before `at`; nothing has failed."""

    effect: Effect
    at: datetime
    why: str


Step: TypeAlias = Send | Nothing | Held | Failed | Wait


@dataclass(frozen=True, slots=True)
class Context:
    """What a step needs besides the effect: names of key fields, schemas, what we wrote last, decisions."""

    key_field: str
    schemas: Mapping[str, Mapping[str, FieldShape]] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    authors: Mapping[int, Authors] = field(default_factory=dict)  # effect id -> who wrote what on its records
    identities: Mapping[int, recognising.Known] = field(default_factory=dict)  # hand-off -> what is known
    cases: Cases = field(default_factory=Cases)
    delivered: Mapping[int, str] = field(default_factory=dict)  # task effect id -> ref of its record
    known: Mapping[int, tuple[Ref, ...]] = field(default_factory=dict)  # effect id -> linked records now
    judged: Mapping[int, Judgement] = field(default_factory=dict)  # alert's effect id -> what becomes of it
    left: Mapping[int, Mapping[str, str]] = field(default_factory=dict)  # contact effect -> contested fields
    subjects: Mapping[str, str] = field(default_factory=dict)  # key of a task -> its subject as we made it
    lists: tuple[str, ...] = ()  # those of all nurture tracks


def lookup(effect: Effect, context: Context) -> Lookup:
    """What to read before `effect` is written."""
    if effect.kind == "undo":
        from syncd.jobs import restoring  # noqa: PLC0415 - it is made of the steps defined here

        return restoring.lookup(effect)
    payload = effect.payload
    linked = context.known.get(effect.effect_id, ()) or refs(payload.get("known", ()))
    known = context.identities.get(effect.effect_id, recognising.NOTHING_KNOWN)
    is_handoff = effect.kind == "handoff"
    names = sorted(payload.get("fields") or payload.get("reads", ()))
    if effect.kind in {"handoff", "record"}:
        contact_names = payload.get("contact_fields", {})
        also = written.read_too({**dict.fromkeys(names), **contact_names})
        names = sorted({*names, *contact_names, *RECORD_FIELDS, *also, context.key_field})
    return Lookup(
        effect_id=effect.effect_id,
        kind=effect.kind,
        key=str(payload.get("key", "")),
        known=tuple(sorted({*linked, *recognising.same_people(known)})),
        native=refs(payload.get("native", ())),
        near=recognising.near_refs(effect, known) if is_handoff else (),
        emails=tuple(payload.get("emails", ())),
        fields=tuple(names),
        payload=payload,
        priority=effect.priority,
    )


def told(effect: Effect, write: Write) -> Mapping[str, object]:
    """What a receipt keeps of a write that sets no fields: enough to take it back."""
    kept_of = {"alert": ("channel", "event", "title"), "membership": ("list", "member", "leave")}
    names = kept_of.get(effect.kind, ())
    return {name: write.payload[name] for name in names if name in write.payload}


def refs(texts: Sequence[str]) -> tuple[Ref, ...]:
    """References from their text form `system:object:id`."""
    found = []
    for text in texts:
        system, kind, object_id = str(text).split(":", 2)
        found.append(Ref(System(system), kind, object_id))
    return tuple(found)


def plan(effect: Effect, found: Found, context: Context) -> Step:
    """The one step that brings `effect`'s target to its intended state."""
    if found.failure is not None:
        return Failed(effect, found.failure)
    if effect.kind == "undo":
        from syncd.jobs import restoring  # noqa: PLC0415 - it is made of the steps defined here

        return restoring.plan(effect, found, context)
    match effect.kind:
        case "alert" | "notice":
            from syncd.jobs import alerting  # noqa: PLC0415 - as above

            return alerting.step(effect, context.judged.get(effect.effect_id))
        case "handoff":
            return _plan_handoff(effect, found, context)
        case "task" if "goes_on" in effect.payload:
            from syncd.jobs import handing_on  # noqa: PLC0415 - as above

            return handing_on.step(effect, found, context.subjects)
        case "task":
            return _plan_task(effect, found, context)
        case "campaign":
            return _plan_campaign(effect, found)
        case "record":
            return _plan_record(effect, found, context)
        case "contact":
            return _plan_contact(effect, found, context)
        case "optout":
            from syncd.jobs import opting_out  # noqa: PLC0415 - as above

            return opting_out.step(effect, found)
        case "membership":
            write = _write(effect, "membership", None, {})
            return Send(effect, in_one_list(write, context.lists), {})
        case _:
            return Send(effect, _write(effect, effect.kind, None, {}), {})


# --- the hand-off ----------------------------------------------------------------------------------------


def _plan_handoff(effect: Effect, found: Found, context: Context) -> Step:
    known = context.identities.get(effect.effect_id, recognising.NOTHING_KNOWN)
    if effect.state == EffectState.DONE:
        return _look_again(effect, found, known, context)
    choice = recognising.choose(effect, found, known, context.key_field, context.cases)
    match choice:
        case identity.Hold():
            return Held(effect, choice)
        case placing.AsLead() | placing.OnAccount():
            step = _create(effect, context, choice)
        case identity.Use():
            candidate = next((item for item in found.candidates if item.ref == choice.ref), None)
            step = _besides(_update(effect, context, choice, candidate), choice)
    if isinstance(step, Send) and known.said.alerted:
        # a rule of the org that only alerts was met, and what it named was looked at
        payload = {**step.write.payload, ALLOW_DUPLICATES: True}
        step = replace(step, write=replace(step.write, payload=payload))
    return step


def _look_again(effect: Effect, found: Found, known: recognising.Known, context: Context) -> Step:
    """What was created is never made again: it is looked at for twins, and after a lost answer finished."""
    if not effect.result_id.startswith(System.SALESFORCE):
        return Nothing(effect, None)
    own = refs([effect.result_id])[0]
    hold = recognising.look_again(effect, found, known, context.key_field)
    if hold is not None:
        return Held(effect, hold)
    candidate = next((item for item in found.candidates if item.ref == own and item.is_open), None)
    if candidate is None or not recognising.is_restoring(effect, SERVER_MAX):
        return Nothing(effect, own)
    return _update(effect, context, identity.Use(own, stamp=False, why="our_key"), candidate)


def _besides(step: Step, choice: identity.Use) -> Step:
    """The step, with a note of other records that may be the same person."""
    if not choice.besides or not isinstance(step, Send | Nothing):
        return step
    note = f"may be the same person too: {', '.join(str(ref) for ref in choice.besides)}"
    return replace(step, notes=(*step.notes, note))


def _create(effect: Effect, context: Context, place: placing.AsLead | placing.OnAccount) -> Step:
    """A new Lead, or a new Contact on its Account."""
    key, owner = str(effect.payload["key"]), effect.payload.get("owner", {})
    if isinstance(place, placing.OnAccount):
        return _create_contact(effect, context, place)
    fields = {context.key_field: key, **effect.payload["fields"]}
    if owner.get("mode") == "hold":
        return Held(effect, identity.Hold("no_owner", str(owner.get("why") or "Nobody can have it now"), ()))
    if owner.get("id"):
        fields.setdefault("OwnerId", owner["id"])
    fitted = written.ready(fields, effect.payload["rules"], context.schemas["lead"], context.terms)
    sent = {name: value for name, value in fitted.fields.items() if not ownership.is_blank(value)}
    why = (f"a Lead: {place.why}",) if place.why else ()
    notes = (*fitted.notes, *owners.note(effect.payload), *why)
    return Send(effect, _write(effect, "lead", None, sent, key), {}, notes, left=fitted.left)


def _create_contact(effect: Effect, context: Context, place: placing.OnAccount) -> Step:
    """A Contact belongs to the Account's owner, or to whom routing names: a user, as no queue owns Contacts
    ("Contact", object reference)."""
    key, account = str(effect.payload["key"]), place.account
    named = str(effect.payload.get("owner", {}).get("id") or "")
    routed = named if named.startswith("005") else ""
    owner = routed if context.cases.contact_owner == "routing" else account.owner or routed
    fields = {context.key_field: key, **effect.payload["contact_fields"], "AccountId": account.ref.id}
    if owner:
        fields["OwnerId"] = owner
    rules = effect.payload["contact_rules"]
    fitted = written.ready(fields, rules, context.schemas["contact"], context.terms)
    sent = {name: value for name, value in fitted.fields.items() if not ownership.is_blank(value)}
    notes = (*fitted.notes, f"a Contact on {account.ref.id}: {place.why}")
    return Send(effect, _write(effect, "contact", None, sent, key), {}, notes, left=fitted.left)


def _update(effect: Effect, context: Context, choice: identity.Use, candidate: Candidate | None) -> Step:
    """An existing record: ours by key, or somebody's that is now stamped with our key."""
    is_contact = choice.ref.object == "contact"
    payload = effect.payload
    intended = dict(payload["contact_fields"] if is_contact else payload["fields"])
    rules = dict(payload["contact_rules"] if is_contact else payload["rules"])
    intended[context.key_field], rules[context.key_field] = payload["key"], Ownership.OURS
    kind = "contact" if is_contact else "lead"
    fresh = candidate.fields if candidate else {}
    if not is_contact and _is_to_reopen(effect, fresh, is_chosen=choice.why == "person"):
        intended["Status"], rules["Status"] = payload["reopen"]["as"], Ownership.OURS
    nobody = owners.left_behind(payload, fresh) if effect.state != EffectState.DONE else ""
    if nobody:
        return Held(effect, identity.Hold("no_owner", nobody, ()))
    successor = owners.successor(payload, fresh, is_contact=is_contact)
    if successor:
        intended["OwnerId"], rules["OwnerId"] = successor, Ownership.OURS
    fitted = written.ready(intended, rules, context.schemas[kind], context.terms, fresh)
    there = candidate or Candidate(choice.ref, "key", fresh)
    diff = written.differing(fitted, there, context.authors.get(effect.effect_id, Authors()))
    notes = (*fitted.notes, *(f"{name} kept: {why}" for name, why in diff.kept))
    if not diff.write:
        return Nothing(effect, choice.ref, notes, diff.kept, fitted.left)
    before = {name: fresh.get(name) for name in diff.write}
    write = _write(effect, kind, choice.ref, diff.write, str(payload["key"]))
    return Send(effect, write, before, notes, diff.kept, fitted.left)


def _plan_record(effect: Effect, found: Found, context: Context) -> Step:
    """The record that was handed over, or what became of it. One that is gone needs nothing shown."""
    over = kept.why_over(effect.payload, ((item.ref.object, item.fields) for item in found.candidates))
    if over:
        return Nothing(effect, None, (over,))
    present = [item for item in found.candidates if item.is_open]
    if not present:
        return Nothing(effect, None, ("the record is not there any more",))
    best = min(
        present, key=lambda item: (item.matched_by != "key", item.ref.object != "contact", item.ref.id)
    )
    taken = owners.moved_on(effect.payload, best.fields)
    if taken:
        return Nothing(effect, best.ref, (f"the owner {taken} was chosen in Salesforce meanwhile",))
    return _update(effect, context, identity.Use(best.ref, stamp=False, why="key"), best)


def _is_to_reopen(effect: Effect, fresh: Mapping[str, str], *, is_chosen: bool) -> bool:
    """Whether the Lead still shows that sales gave it back, in a status that may be left; `is_chosen` says a
    person chose this Lead whatever it shows. Once it was handed over, its status is sales'."""
    reopen = effect.payload.get("reopen", {})
    listed = (*reopen.get("from", ()), *(reopen.get("kept", ()) if is_chosen else ()))
    given_back = {str(status).casefold() for status in listed}
    is_open = effect.state in {EffectState.PENDING, EffectState.UNKNOWN}
    return is_open and fresh.get("Status", "").strip().casefold() in given_back


# --- tasks and contacts ----------------------------------------------------------------------------------


def _plan_task(effect: Effect, found: Found, context: Context) -> Step:
    """Our task is looked up by its key. More than one: an answer of ours was lost and came true after all;
    the extra one is closed, one at a time, on each further look."""
    present = sorted(found.candidates, key=lambda candidate: candidate.ref.id)
    is_event = effect.payload.get("object") == "event"  # which nobody can close
    extra = [item for item in present[1:] if item.fields.get("Status") != COMPLETED and not is_event]
    if extra:
        fields = {"Status": COMPLETED}
        write = _write(effect, "task", extra[0].ref, fields)
        return Send(
            effect, write, {"Status": extra[0].fields.get("Status")}, ("a second task of ours closed",)
        )
    if present:
        return Nothing(effect, present[0].ref)
    who = context.delivered.get(effect.effect_id, "") or str(effect.payload.get("who", ""))
    fields = dict(effect.payload["fields"])
    word = str(effect.payload.get("object", "task"))
    fitted = fit_to_schema(fields, context.schemas.get(word, {}), is_new=True, terms=context.terms)
    sent = fitted.fields if context.schemas.get(word) else fields
    payload = {**effect.payload, "who": who}
    write = Write(
        effect.effect_id, "task", word, str(effect.payload["key"]), None, sent, payload, effect.priority
    )
    return Send(effect, write, {}, fitted.notes if context.schemas.get(word) else ())


def _plan_campaign(effect: Effect, found: Found) -> Step:
    """A person is put into a campaign once; a member that is there keeps the status somebody gave it."""
    who = found.candidates[0] if found.candidates else None
    if who is not None and who.ref.object == "campaign_member":
        status = who.fields.get("Status", "")
        return Nothing(effect, who.ref, (f"in the campaign already, as {status}: that stays",))
    payload = effect.payload
    fields = {"CampaignId": payload["campaign"], "Status": payload["status"]}
    ref = who.ref if who is not None else None
    return Send(effect, _write(effect, "campaign_member", ref, fields, str(payload["key"])), {})


def _plan_contact(effect: Effect, found: Found, context: Context) -> Step:
    if not found.candidates:
        return Failed(effect, contact_gone(effect))
    candidate = found.candidates[0]
    payload, schema = effect.payload, context.schemas.get("contact", {})
    fitted = written.Ready(dict(payload["fields"]), payload.get("rules", {}))
    if schema:
        fitted = written.ready(fitted.fields, fitted.rules, schema, context.terms, candidate.fields)
    fitted = written.without(fitted, context.left.get(effect.effect_id, {}))
    diff = written.differing(fitted, candidate, context.authors.get(effect.effect_id, Authors()))
    notes = (*fitted.notes, *(f"{name} kept: {why}" for name, why in diff.kept))
    if not diff.write:
        return Nothing(effect, candidate.ref, notes, diff.kept, fitted.left)
    before = {name: candidate.fields.get(name) for name in diff.write}
    write = _write(effect, "contact", candidate.ref, diff.write)
    return Send(effect, write, before, notes, diff.kept, fitted.left)


def in_one_list(write: Write, lists: Iterable[str]) -> Write:
    """A membership that also leaves the lists of all other tracks, so that nobody is ever in two. One meant
    by an earlier release may be about leaving one list alone."""
    named, is_member = str(write.payload["list"]), bool(write.payload["member"])
    leave = [named] if named and not is_member else sorted(set(lists) - {named})
    return replace(write, payload={**write.payload, "leave": leave})


def contact_gone(effect: Effect) -> Failure:
    """The HubSpot contact is archived or deleted: there is nothing to show anything on."""
    return Failure(
        Recovery.REJECTED,
        System(effect.system),
        f"{effect.system}.record_gone",
        "the record to be written is archived or deleted",
        "restore it, or do nothing: it is not needed any more",
    )


def _write(
    effect: Effect, object_type: str, ref: Ref | None, fields: Mapping[str, object], key: str = ""
) -> Write:
    return Write(
        effect.effect_id,
        effect.kind,
        object_type,
        key,
        ref,
        fields,
        effect.payload,
        effect.priority,
        is_repeat=effect.state == EffectState.UNKNOWN,
    )
