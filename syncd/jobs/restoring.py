"""Plans one effect that takes something back, against a fresh read: restore, close, or leave and say why.

Only what is still as we wrote it is touched; what somebody has changed since is left, and the note names it.
A record that we made is never deleted: untouched, it gets the status and the mark the playbook gives. Planned
again after its own write, an effect finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncd.core import fitting, ownership
from syncd.core.model import Ref, System
from syncd.jobs.planning import COMPLETED, Context, Failed, Nothing, Send, Step, in_one_list, refs
from syncd.ports import Candidate, Found, Lookup, Write
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState

MODIFIERS = ("CreatedById", "LastModifiedById")
"""Who made a record and who changed it last: the same user where nobody else has touched what we made."""
TASK_FIELDS = ("Status", "IsClosed", "Description")
SHARED = frozenset({"lifecyclestage", "hs_lead_status"})
"""Fields of a contact that are not ours alone: of two that were merged nobody can say which one's it is."""
DESCRIPTION_CHARS_MAX = 32_000
# Task.Description holds 32,000 characters ("Task", Object Reference).


def lookup(effect: Effect) -> Lookup:
    """What to read before something is taken back."""
    payload = effect.payload
    act = str(payload["act"])
    names = {
        "restore": tuple(payload.get("fields", {})),
        "close": (*payload.get("expected", {}), *payload.get("fields", {}), *MODIFIERS),
        "end_task": TASK_FIELDS,
    }.get(act, ())
    is_task = payload.get("object") == "task"
    reads = "task" if is_task else "contact" if effect.system == System.HUBSPOT else "record"
    return Lookup(
        effect_id=effect.effect_id,
        kind=reads,
        key=str(payload.get("key", "")),
        known=() if act == "leave" or is_task else refs(payload.get("known", ())),
        fields=tuple(sorted(set(names))),
        payload=payload,
        priority=effect.priority,
    )


def plan(effect: Effect, found: Found, context: Context) -> Step:
    """The step that takes `effect`'s part of a run back."""
    match effect.payload["act"]:
        case "leave":
            return Nothing(effect, None, (str(effect.payload["why"]),))
        case "membership":
            return _back_on_list(effect, found, context)
        case "end_task":
            return _end_task(effect, found, context)
        case "close":
            return _close(effect, found, context)
        case _:
            return _restore(effect, found, context)


def _present(effect: Effect, found: Found) -> Candidate | None:
    """The record itself, as it is now."""
    wanted = _ref(effect)
    return next((item for item in found.candidates if item.ref == wanted and item.is_open), None)


def _ref(effect: Effect) -> Ref | None:
    known = refs(effect.payload.get("known", ()))
    return known[0] if known else None


def _why_gone(effect: Effect, found: Found) -> str:
    """What became of a record that cannot be written on any more."""
    wanted = _ref(effect)
    there = next((item for item in found.candidates if item.ref == wanted), None)
    if there is None:
        return "left as it is: the record is not there any more"
    if there.moved_to is not None and there.moved_to.object == there.ref.object:
        return f"left as it is: merged into {there.moved_to.object} {there.moved_to.id} since"
    if there.moved_to is not None:
        return f"left as it is: sales has converted it to {there.moved_to.object} {there.moved_to.id} since"
    if there.fields.get("IsConverted") == "true":
        return "left as it is: sales has converted it since"
    return "left as it is: the record is deleted"


def _followed(effect: Effect, found: Found) -> Candidate | None:
    """The HubSpot contact that ours was merged into, with its values. Records of Salesforce are not followed:
    what they became was sales' choice."""
    wanted = _ref(effect)
    there = next((item for item in found.candidates if item.ref == wanted), None)
    if effect.system != System.HUBSPOT or there is None or there.moved_to is None:
        return None
    return replace(there, ref=there.moved_to, is_open=True, moved_to=None)


def _back_on_list(effect: Effect, found: Found, context: Context) -> Step:
    """The contact on the list again, or off it; or what it was merged into."""
    if found.failure is not None:
        return Failed(effect, found.failure)
    candidate = _present(effect, found) or _followed(effect, found)
    if candidate is None:
        return Nothing(effect, _ref(effect), (_why_gone(effect, found),))
    return Send(effect, in_one_list(_write(effect, "membership", candidate.ref, {}), context.lists), {})


def _restore(effect: Effect, found: Found, context: Context) -> Step:
    """Fields that still hold what we wrote get the value they had; of a contact merged since, only those that
    are ours alone."""
    if found.failure is not None:
        return Failed(effect, found.failure)
    present = _present(effect, found)
    candidate = present or _followed(effect, found)
    if candidate is None:
        return Nothing(effect, _ref(effect), (_why_gone(effect, found),))
    written: Mapping[str, Any] = effect.payload["written"]
    back: dict[str, object] = {}
    kept: list[tuple[str, str]] = []
    for name, before in effect.payload["fields"].items():
        fresh = candidate.fields.get(name)
        if present is None and name in SHARED:
            kept.append((name, "both records had one"))
            continue
        if ownership.same(before, fresh):
            continue
        if ownership.same(written.get(name), fresh):
            back[name] = before
        else:
            kept.append((name, "it was changed since"))
    fitted = _fitted(effect, back, context)
    notes = (*fitted.notes, *(f"{name} left: {why}" for name, why in kept))
    if present is None:
        notes = (f"on contact {candidate.ref.id}, which it was merged into since", *notes)
    if not fitted.fields:
        return Nothing(effect, candidate.ref, notes, tuple(kept))
    before_image = {name: candidate.fields.get(name) for name in fitted.fields}
    is_task = effect.payload["object"] == "task"
    word = "task" if is_task else "contact" if effect.system == System.HUBSPOT else "record"
    return Send(effect, _write(effect, word, candidate.ref, fitted.fields), before_image, notes, tuple(kept))


def _close(effect: Effect, found: Found, context: Context) -> Step:
    """A record we made: closed and marked, if nobody has touched it since."""
    if found.failure is not None:
        return Failed(effect, found.failure)
    candidate = _present(effect, found)
    if candidate is None:
        return Nothing(effect, _ref(effect), (_why_gone(effect, found),))
    fresh = candidate.fields
    fitted = _fitted(effect, effect.payload["fields"], context)
    wanted = {
        name: value for name, value in fitted.fields.items() if not ownership.same(value, fresh.get(name))
    }
    if not wanted:
        return Nothing(effect, candidate.ref, fitted.notes)
    touched = sorted(
        name
        for name, value in effect.payload["expected"].items()
        if not ownership.same(value, fresh.get(name))
    )
    if touched:
        why = f"left as it is: {', '.join(touched[:5])} changed since"
        return Nothing(
            effect, candidate.ref, (why,), tuple((name, "it was changed since") for name in touched)
        )
    made_by, changed_by = (fresh.get(name, "") for name in MODIFIERS)
    if made_by != changed_by:
        return Nothing(effect, candidate.ref, (f"left as it is: {changed_by} has changed the record since",))
    before_image = {name: fresh.get(name) for name in wanted}
    return Send(effect, _write(effect, "record", candidate.ref, wanted), before_image, fitted.notes)


def _end_task(effect: Effect, found: Found, context: Context) -> Step:
    """Our task, if it is still open, is closed with a note."""
    if found.failure is not None:
        return Failed(effect, found.failure)
    wanted = _ref(effect)
    task = next((item for item in found.candidates if item.ref == wanted), None)
    if task is None:
        return Nothing(effect, wanted, ("the task is not there any more",))
    note = str(effect.payload["note"])
    said = task.fields.get("Description", "")
    if ownership.same("true", task.fields.get("IsClosed")) or task.fields.get("Status") == COMPLETED:
        return Nothing(effect, task.ref, () if note in said else ("the task was closed already",))
    told = f"{note}\n\n{said}"[:DESCRIPTION_CHARS_MAX] if note not in said else said
    fitted = _fitted(effect, {"Status": COMPLETED, "Description": told}, context)
    before_image = {name: task.fields.get(name) for name in fitted.fields}
    return Send(effect, _write(effect, "task", task.ref, fitted.fields), before_image, fitted.notes)


def _fitted(effect: Effect, fields: Mapping[str, object], context: Context) -> fitting.Fitted:
    """Values as the object takes them; before-images are text, as they were read."""
    schema = context.schemas.get(str(effect.payload["object"]), {})
    if effect.system != System.SALESFORCE or not schema:
        return fitting.Fitted(dict(fields))
    return fitting.fit_to_schema(fields, schema)


def _write(effect: Effect, kind: str, ref: Ref | None, fields: Mapping[str, object]) -> Write:
    """The write in the words connectors know: what is taken back is written like anything else."""
    return Write(
        effect.effect_id,
        kind,
        str(effect.payload["object"]),
        str(effect.payload.get("key", "")),
        ref,
        fields,
        effect.payload,
        effect.priority,
        is_repeat=effect.state == EffectState.UNKNOWN,
    )
