"""One step of a plan as data: what would be written where, over what, by which rule, on a look at what.

Pure. A step is made from the very step a delivery takes (`planning.plan`), so that what a plan shows is what
is written. `moved` compares the step of a plan with the one that follows now: what is not the same is not
written under that plan's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncd.core.model import Ref, System
from syncd.core.ownership import is_blank, same
from syncd.core.playbook import FieldMap, Mappings, Playbook
from syncd.jobs.planning import Failed, Held, Nothing, Send, Step, Wait
from syncd.ports import Failure, Found
from syncd.store.outbox import Effect

CHARS_MAX = 2_000
"""How much of a value is kept to be shown; what is compared is kept in whole."""


class Act(StrEnum):
    """What would become of one effect."""

    CREATE = "create"
    UPDATE = "update"
    SEND = "send"  # a message, or a place on a list: nothing is there to compare with
    NOTHING = "nothing"  # it is so already
    HOLD = "hold"  # a person must decide
    FAIL = "fail"  # it cannot be written
    WAIT = "wait"  # not now: for another step, for its cause to go, for a person's release


LEAVES = frozenset({Act.CREATE, Act.UPDATE, Act.SEND})
"""What reaches another system."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field written: what is there, what it becomes, where that comes from and who owns the field."""

    name: str
    before: Any
    after: Any
    source: str
    rule: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One field that differs from what is meant and is left alone, and why."""

    name: str
    there: Any
    meant: Any
    source: str
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One step. `saw` is every record the look found, in text; `about` what is not a field: channel, list."""

    system: str
    kind: str
    target: str
    lead_id: int | None
    payload_hash: int
    act: Act
    decided_at: datetime | None = None
    object_type: str = ""
    object_id: str = ""
    key: str = ""
    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()
    why: str = ""
    code: str = ""
    cure: str = ""
    candidates: tuple[tuple[str, str], ...] = ()
    saw: tuple[str, ...] = ()
    about: Mapping[str, Any] | None = None

    @property
    def is_leaving(self) -> bool:
        return self.act in LEAVES

    def content(self) -> dict[str, Any]:
        """The part that is kept as JSON: it holds people's values."""
        found = asdict(self)
        for name in ("system", "kind", "target", "lead_id", "payload_hash", "act", "decided_at"):
            del found[name]
        return found


def of_content(row: Mapping[str, Any], content: Mapping[str, Any]) -> Foreseen:
    """A step from what `content` gave and the columns beside it."""
    parts = dict(content)
    return Foreseen(
        system=row["system"],
        kind=row["kind"],
        target=row["target"],
        lead_id=row["lead_id"],
        payload_hash=row["payload_hash"],
        act=Act(row["act"]),
        decided_at=row["decided_at"],
        changes=tuple(Change(**item) for item in parts.pop("changes")),
        kept=tuple(Kept(**item) for item in parts.pop("kept")),
        notes=tuple(parts.pop("notes")),
        candidates=tuple((item[0], item[1]) for item in parts.pop("candidates")),
        saw=tuple(parts.pop("saw")),
        **parts,
    )


# --- from a step of the delivery -------------------------------------------------------------------------


def foreseen(effect: Effect, found: Found, step: Step, playbook: Playbook) -> Foreseen:
    """What `step` would do, for people and for comparing."""
    blank = _blank(effect, Act.NOTHING, _about(effect))
    seen = tuple(sorted(_seen(found)))
    match step:
        case Send():
            return _sent(blank, found, step, playbook, seen)
        case Nothing():
            kept = _kept(effect, found, step.ref, step.kept, playbook)
            shown = replace(blank, kept=kept, notes=tuple(step.notes), saw=seen)
            return shown if step.ref is None else _on(shown, step.ref.object, step.ref.id)
        case Held():
            hold = step.hold
            named = tuple((str(item.ref), item.why) for item in hold.candidates)
            return replace(
                blank,
                act=Act.HOLD,
                why=hold.reason,
                code=f"identity.{hold.kind}",
                cure="syncd hold list",
                candidates=named,
                saw=seen,
            )
        case Failed():
            return failed(effect, step.failure)
        case Wait():
            return waiting(effect, step.why)


def failed(effect: Effect, failure: Failure) -> Foreseen:
    """It cannot be written, and what to do about that."""
    return replace(
        _blank(effect, Act.FAIL, _about(effect)), why=failure.message, code=failure.code, cure=failure.cure
    )


def waiting(effect: Effect, why: str, code: str = "", cure: str = "") -> Foreseen:
    """It does not go now, and why."""
    return replace(_blank(effect, Act.WAIT, _about(effect)), why=why, code=code, cure=cure)


def _blank(effect: Effect, act: Act, about: Mapping[str, Any]) -> Foreseen:
    return Foreseen(
        effect.system,
        effect.kind,
        effect.target,
        effect.lead_id,
        effect.payload_hash,
        act,
        key=str(effect.payload.get("key") or ""),
        about=about,
    )


def _on(step: Foreseen, object_type: str, object_id: str) -> Foreseen:
    return replace(step, object_type=object_type, object_id=object_id)


def _sent(blank: Foreseen, found: Found, step: Send, playbook: Playbook, seen: tuple[str, ...]) -> Foreseen:
    write, effect = step.write, step.effect
    made = Act.CREATE if write.fields else Act.SEND
    act = Act.UPDATE if write.ref is not None else made
    changes = tuple(
        Change(name, step.before.get(name), value, *rule_of(effect, write.object_type, name, playbook))
        for name, value in write.fields.items()
    )
    shown = _on(blank, write.object_type, write.ref.id if write.ref else "")
    kept = _kept(effect, found, write.ref, step.kept, playbook)
    notes = (*step.notes, *_told(blank, act))
    return replace(shown, act=act, changes=changes, kept=kept, notes=notes, saw=seen)


def _told(step: Foreseen, act: Act) -> tuple[str, ...]:
    """What a new task gets besides its fields, from the record that may be made in the same moment."""
    if step.kind != "task" or act is not Act.CREATE:
        return ()
    return (
        "about the person handed over, for the owner of that record",
        f"its description ends with [syncd {step.key}], by which we know our own words again",
    )


def _kept(
    effect: Effect,
    found: Found,
    ref: Ref | None,
    kept: Sequence[tuple[str, str]],
    playbook: Playbook,
) -> tuple[Kept, ...]:
    record = next((item for item in found.candidates if item.ref == ref), None)
    fresh = record.fields if record is not None else {}
    kind = ref.object if ref is not None else ""
    payload = effect.payload
    is_contact = kind == "contact" and "contact_fields" in payload
    meant = payload.get("contact_fields" if is_contact else "fields", {})
    return tuple(
        Kept(
            name,
            _shown(fresh.get(name)),
            _shown(meant.get(name)),
            *rule_of(effect, kind, name, playbook),
            why,
        )
        for name, why in kept
    )


def _shown(value: Any) -> Any:
    return value[:CHARS_MAX] if isinstance(value, str) else value


def _seen(found: Found) -> list[str]:
    """Every record the look found: which, how, and whether it may be written on."""
    return [
        " ".join(
            (
                str(item.ref),
                item.matched_by,
                "open" if item.is_open else "closed",
                *([f"-> {item.moved_to}"] if item.moved_to else []),
            )
        )
        for item in found.candidates
    ]


def _about(effect: Effect) -> dict[str, Any]:
    """What is not a field: the channel and title of a message, the list, who gets a new record."""
    payload = effect.payload
    found: dict[str, Any] = {
        name: payload[name] for name in ("channel", "event", "title", "list", "member") if name in payload
    }
    owner = payload.get("owner")
    if isinstance(owner, Mapping):
        found["owner"] = str(owner.get("id") or "")
        found["owner_mode"] = str(owner.get("mode") or "")
    return found


# --- by which rule ---------------------------------------------------------------------------------------

OWN_WORDS: Mapping[str, str] = {
    "OwnerId": "routing",
    "Status": "reopened: sales had given it back",
    "lifecyclestage": "where the lead stands",
    "hs_lead_status": "where the lead stands",
}
"""Fields no line of mapping.yaml fills, and what does."""


def rule_of(effect: Effect, object_type: str, name: str, playbook: Playbook) -> tuple[str, str]:
    """Where the value of a field comes from, and the rule of ownership that lets it be written."""
    payload = effect.payload
    is_contact = effect.system == System.SALESFORCE and object_type == "contact"
    rules = payload.get("contact_rules" if is_contact and "contact_rules" in payload else "rules", {})
    rule = str(rules.get(name, "ours")) if isinstance(rules, Mapping) else "ours"
    if effect.kind == "task":
        return "the follow-up task", rule
    if name == playbook.mapping.key_field:
        return "our key", "ours"
    for item in _maps(effect.system, object_type, playbook.mapping):
        if item.target == name:
            return item.source, rule
    return OWN_WORDS.get(name, ""), rule


def _maps(system: str, object_type: str, mapping: Mappings) -> Sequence[FieldMap]:
    if system == System.HUBSPOT:
        return mapping.contact
    return mapping.sfcontact if object_type == "contact" else mapping.lead


# --- what has moved --------------------------------------------------------------------------------------


def moved(planned: Foreseen, now: Foreseen) -> str:
    """What is not as it was when the plan was made, in a sentence without anybody's values; empty when the
    same would be written, on the same record, over the same values."""
    where = named(planned)
    if now.payload_hash != planned.payload_hash:
        return f"{where}: something else is meant by now"
    if planned.act is Act.SEND and now.act is Act.WAIT:
        return ""  # the same message, when it may be sent: quiet hours have begun
    if now.act is not planned.act:
        said = f": {now.why}" if now.why else ""
        return f"{where}: was to be {_DONE[planned.act]}, and would now be {_DONE[now.act]}{said}"
    if now.saw != planned.saw or now.candidates != planned.candidates:
        return f"{where}: other records are found for this person than were"
    if (now.object_type, now.object_id) != (planned.object_type, planned.object_id):
        return f"{where}: it would go on another record"
    if planned.act is Act.FAIL and now.code != planned.code:
        return f"{where}: it fails for another reason"
    names = changed_fields(planned.changes, now.changes)
    return f"{where}: changed there since: {', '.join(names)}" if names else ""


def changed_fields(planned: Sequence[Change], now: Sequence[Change]) -> list[str]:
    """Names of fields that would be written otherwise, or over something else."""
    before = {item.name: item for item in planned}
    after = {item.name: item for item in now}
    return sorted(
        name
        for name in before.keys() | after.keys()
        if name not in before or name not in after or not _is_same(before[name], after[name])
    )


def _is_same(one: Change, other: Change) -> bool:
    return _equal(one.after, other.after) and _equal(one.before, other.before)


def _equal(one: Any, other: Any) -> bool:
    return one == other or same(one, other) or (is_blank(one) and is_blank(other))


def is_rest_of(planned: Foreseen, now: Foreseen) -> bool:
    """Whether `now` only finishes what `planned` began: nothing that the plan did not name is written."""
    if now.payload_hash != planned.payload_hash:
        return False
    if now.act in {Act.NOTHING, Act.FAIL}:
        return planned.is_leaving
    if now.act is not planned.act or now.object_id != planned.object_id:
        return False
    meant = {item.name: item for item in planned.changes}
    return all(item.name in meant and _is_same(meant[item.name], item) for item in now.changes)


_DONE: Mapping[Act, str] = {
    Act.CREATE: "created",
    Act.UPDATE: "updated",
    Act.SEND: "sent",
    Act.NOTHING: "left as it is",
    Act.HOLD: "held for a person",
    Act.FAIL: "refused",
    Act.WAIT: "kept waiting",
}


def named(step: Foreseen) -> str:
    """Which step, by ids only."""
    kind = KINDS.get(step.kind, step.kind)
    of = f" {step.object_id}" if step.object_id else ""
    return f"{kind}{of} of lead {step.lead_id}" if step.lead_id is not None else f"{kind}{of}"


KINDS: Mapping[str, str] = {
    "handoff": "the hand-off",
    "task": "the task",
    "record": "the record in Salesforce",
    "contact": "the contact in HubSpot",
    "membership": "the list",
    "alert": "the alert",
    "notice": "the message",
    "campaign": "the campaign",
    "undo": "what is taken back",
    "optout": "the opt-out in HubSpot",
}
"""Kinds of effect in words."""
