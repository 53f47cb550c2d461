"""What somebody did, as completed tasks on their record in Salesforce, where the playbook wants that.

One task per fact, with a key made of the fact, so that neither a retry nor a second hand-off writes it twice.
The newest first up to the hand-off; what comes while sales has the lead in hand follows until the cap is
reached. Machine clicks are left out, and what stands in Salesforce already is not written there again.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from syncd.core.model import Intent, Signal, Stage, System
from syncd.core.plain import inert, plain
from syncd.core.playbook import Ownership, SignalKind
from syncd.core.story import is_telling, leading_kind
from syncd.core.values import Facts

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
    """The tasks of one lead in hand."""
    rules = facts.playbook.mapping.history
    if not rules.is_on or facts.standing.position.stage not in _IN_HAND or not facts.standing.pass_number:
        return
    for signal, kind in _chosen(facts):
        yield _task(facts, signal, kind)


def _chosen(facts: Facts) -> list[tuple[Signal, SignalKind]]:
    """Newest first as of the hand-off, then what came since, oldest first; so what is chosen stays chosen."""
    by_id = {kind.id: kind for kind in facts.playbook.signals}
    rules, since = facts.playbook.mapping.history, facts.standing.qualified_at or facts.standing.since_at
    found = []
    for signal in facts.snapshot.signals:
        kind = leading_kind(signal, facts.playbook, by_id)
        if kind is None or signal.occurred_at > facts.verdict.at or signal.shape.source.startswith(_THERE):
            continue
        if kind.id in rules.kinds if rules.kinds else is_telling(kind):
            found.append((signal, kind))
    before = [item for item in found if item[0].occurred_at <= since]
    after = [item for item in found if item[0].occurred_at > since]
    return [*reversed(before), *after][: rules.max_per_pass]


def _task(facts: Facts, signal: Signal, kind: SignalKind) -> Intent:
    """One fact as a task: idempotent by the fact's key, whatever the pass."""
    snapshot, mapping = facts.snapshot, facts.playbook.mapping
    key = f"{snapshot.key}:0:did-{signal.key & _64_BITS:016x}"
    detail = signal.detail
    title = (detail.title if detail else "") or signal.shape.attributes.get("form", "")
    is_new = title.casefold() not in {"", kind.label.casefold()}
    times = f" ({signal.count} times)" if signal.count > 1 else ""
    subject = f"{kind.label}{times}: {title}" if is_new else f"{kind.label}{times}"
    quote = plain((detail.quote if detail else "") or "", QUOTE_CHARS_MAX)
    happened_at = signal.occurred_at.astimezone(ZoneInfo(facts.playbook.time_zone))
    fields: dict[str, object] = {
        "Subject": inert(plain(subject, SUBJECT_CHARS_MAX)),
        "Description": f"\u201c{quote}\u201d" if quote else "From HubSpot: what this person did.",
        "Status": _DONE,
        "Priority": "Normal",
        "ActivityDate": happened_at.date().isoformat(),
        mapping.task_key_field: key,
    }
    return Intent(
        System.SALESFORCE,
        "task",
        f"task:{key}",
        {
            "key": key,
            "about": f"lead:{snapshot.key}",
            "fields": fields,
            "rules": dict.fromkeys(fields, str(Ownership.ON_CREATE)),
        },
        facts.standing.pass_number,
        PRIORITY,
        f"lead:{snapshot.key}",
    )
