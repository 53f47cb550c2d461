"""One alert in the words of a timeline: which event, by which channel, and what became of it."""

from __future__ import annotations

from syncd.core.alert_rules import family_of
from syncd.store.alerts import SILENT
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState

EVENTS = {
    "sql": "new SQL",
    "hold": "a person must choose",
    "divert": "for somebody else",
    "heads_up": "heads-up",
    "news": "news of a lead in hand",
    "meeting": "a meeting is booked",
    "sla_reminder": "reminder",
    "sla_breach": "first contact overdue",
    "sla_reassign": "please reassign",
    "correction": "correction",
}


def name_of(effect: Effect) -> str:
    """`Alert (new SQL) to sales`."""
    family = family_of(str(effect.payload.get("event", "")))
    told = EVENTS.get(family, family.replace("_", " "))
    return f"Alert ({told}) to {effect.payload.get('channel', 'nobody')}"


def state_of(effect: Effect) -> str:
    """What became of it; the other side's own id where it gave one. Empty where there is nothing to say."""
    if effect.state == EffectState.PENDING and effect.note:
        return effect.note
    if effect.done_at is None:
        return ""
    if effect.result_id.startswith(SILENT):
        return effect.note
    return f"sent; {effect.note}" if effect.note else "sent"
