"""What somebody did, on their record in Salesforce: completed tasks, and meetings as events of the calendar,
each where the playbook wants it.

One record per fact, with a key made of the fact, so that neither a retry nor a second hand-off writes it
twice. The newest first up to the hand-off; what comes while sales has the lead in hand follows until the cap
is reached. Machine clicks are left out, and what stands in Salesforce already is not written there again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from syncd.core.model import Intent, Signal, Stage, System
from syncd.core.plain import inert, plain
from syncd.core.playbook import Ownership, SignalKind
from syncd.core.routing import MEETING, NOT_TO_BE
from syncd.core.story import is_telling, leading_kind
from syncd.core.values import Facts, instant

SUBJECT_CHARS_MAX = 255
QUOTE_CHARS_MAX = 500
PRIORITY = 5
"""As what can wait: an import of history overtakes nobody."""
_IN_HAND = frozenset({Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED})
_DONE = "Completed"
_64_BITS = 0xFFFF_FFFF_FFFF_FFFF
_THERE = ("salesforce.", "syncd.", "account.")
"""Facts that are no acts of the person towards us, or stand in Salesforce already."""


def intents(facts: Facts) -> Iterator[Intent]:
    """The tasks and events of one lead in hand."""
    rules = facts.playbook.mapping.history
    is_on = rules.is_on or rules.has_events
    if not is_on or facts.standing.position.stage not in _IN_HAND or not facts.standing.pass_number:
        return
    for signal, kind in _chosen(facts):
        yield _written(facts, signal, kind)


def _chosen(facts: Facts) -> list[tuple[Signal, SignalKind]]:
    """Newest first as of the hand-off, then what came since, oldest first; so what is chosen stays chosen."""
    by_id = {kind.id: kind for kind in facts.playbook.signals}
    rules, since = facts.playbook.mapping.history, facts.standing.qualified_at or facts.standing.since_at
    found = []
    for signal in facts.snapshot.signals:
        kind = leading_kind(signal, facts.playbook, by_id)
        if kind is None or signal.occurred_at > facts.verdict.at or signal.shape.source.startswith(_THERE):
            continue
        if not rules.is_on and not _is_held(signal):
            continue
        if kind.id in rules.kinds if rules.kinds else is_telling(kind):
            found.append((signal, kind))
    before = [item for item in found if item[0].occurred_at <= since]
    after = [item for item in found if item[0].occurred_at > since]
    return [*reversed(before), *after][: rules.max_per_pass]


def _is_held(signal: Signal) -> bool:
    """Whether it is a meeting that took place."""
    shape = signal.shape
    is_off = shape.attributes.get("outcome", "") in NOT_TO_BE - {"completed"}
    return shape.source == MEETING and not is_off


def _written(facts: Facts, signal: Signal, kind: SignalKind) -> Intent:
    """One fact as a task or an event: idempotent by the fact's key, whatever the pass."""
    snapshot, mapping = facts.snapshot, facts.playbook.mapping
    key = f"{snapshot.key}:0:did-{signal.key & _64_BITS:016x}"
    detail = signal.detail
    title = (detail.title if detail else "") or signal.shape.attributes.get("form", "")
    is_new = title.casefold() not in {"", kind.label.casefold()}
    times = f" ({signal.count} times)" if signal.count > 1 else ""
    subject = f"{kind.label}{times}: {title}" if is_new else f"{kind.label}{times}"
    quote = plain((detail.quote if detail else "") or "", QUOTE_CHARS_MAX)
    is_event = mapping.history.has_events and _is_held(signal)
    fields: dict[str, object] = {
        "Subject": inert(plain(subject, SUBJECT_CHARS_MAX)),
        "Description": f"\u201c{quote}\u201d" if quote else "From HubSpot: what this person did.",
        **(_as_event(facts, signal) if is_event else _as_task(facts, signal)),
        mapping.task_key_field: key,
    }
    payload: dict[str, object] = {
        "key": key,
        "about": f"lead:{snapshot.key}",
        "fields": fields,
        "rules": dict.fromkeys(fields, str(Ownership.ON_CREATE)),
        **({"object": "event"} if is_event else {}),
    }
    return Intent(
        System.SALESFORCE,
        "task",
        f"task:{key}",
        payload,
        facts.standing.pass_number,
        PRIORITY,
        f"lead:{snapshot.key}",
    )


def _as_task(facts: Facts, signal: Signal) -> dict[str, object]:
    happened_at = signal.occurred_at.astimezone(ZoneInfo(facts.playbook.time_zone))
    return {"Status": _DONE, "Priority": "Normal", "ActivityDate": happened_at.date().isoformat()}


def _as_event(facts: Facts, signal: Signal) -> dict[str, object]:
    """An event has no status: it is over once it is past. It needs an end ("Event", Object Reference)."""
    ends_at = signal.occurred_at + timedelta(minutes=facts.playbook.mapping.history.event_minutes)
    return {"StartDateTime": instant(signal.occurred_at), "EndDateTime": instant(ends_at)}
