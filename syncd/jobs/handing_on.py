"""What becomes of a follow-up task when a meeting is booked: its subject says when, and it goes to the host.

Only as long as nobody has begun it: a task with another status, another owner or another subject than we gave
it is the rep's. It is never made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.core.desk import short
from syncd.core.hosting import was_queue
from syncd.core.ownership import same
from syncd.jobs.planning import Nothing, Send, Step
from syncd.ports import Found, Write
from syncd.store.outbox import Effect


def step(effect: Effect, found: Found, subjects: Mapping[str, str]) -> Step:
    """The one change of the task that is there, if any. `subjects` are what ours were called when made."""
    payload: Mapping[str, Any] = effect.payload
    terms, wanted = payload["goes_on"], str(payload["fields"]["Subject"])
    task = min(found.candidates, key=lambda item: item.ref.id, default=None)
    if task is None:
        return Nothing(effect, None, ("the task is not there any more",))
    if not same(task.fields.get("Status"), terms["while"]):
        return Nothing(effect, task.ref, ("somebody has begun the task: it stays as it is",))
    owner, present = terms["owner"], task.fields.get("OwnerId", "")
    is_free = bool(owner) and (short(present) == short(owner["from"]) or was_queue(owner["from"]))
    fields: dict[str, object] = {}
    if is_free and short(present) != short(owner["id"]):
        fields["OwnerId"] = owner["id"]
    shown = task.fields.get("Subject", "")
    if not same(shown, wanted) and same(shown, subjects.get(str(payload["key"]), "")):
        fields["Subject"] = wanted
    if not fields:
        return Nothing(effect, task.ref)
    before = {name: task.fields.get(name) for name in fields}
    write = Write(
        effect.effect_id, "task", "task", str(payload["key"]), task.ref, fields, payload, effect.priority
    )
    return Send(effect, write, before)
