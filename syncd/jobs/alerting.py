"""From one due alert to its step: sent with what belongs to it, kept silent for good, or looked at later.

The rules are `core.interruptions`; here they meet the store. What is added on the way (the owner, the message
it stands under) is read at that moment and never part of the stored effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncd.core.interruptions import HELD, Case, Judgement, Later, Say, Silent, judge
from syncd.core.playbook import Alerts
from syncd.jobs.planning import Nothing, Send, Step, Wait
from syncd.ports import Write
from syncd.store import alerts, deliveries
from syncd.store.outbox import Effect
from syncd.store.tables import EffectState

KINDS = frozenset({"alert", "notice"})
"""A notice is about us or about many: it belongs to no lead."""


def judged(
    tx: sa.Connection, batch: Sequence[Effect], rules: Alerts, now: datetime
) -> Mapping[int, Judgement]:
    """What becomes of every alert of a batch, as things stand now."""
    told = [effect for effect in batch if effect.kind in KINDS]
    if not told:
        return {}
    cases = alerts.cases(tx, told, now - timedelta(minutes=rules.group_minutes))
    pages = deliveries.record_urls(tx, told)
    found = {
        effect.effect_id: judge(
            cases.get(effect.effect_id) or _notice(effect),
            str(effect.payload.get("title", "")),
            str(effect.payload.get("body", "")),
            rules,
            now,
        )
        for effect in told
    }
    return {number: _with_page(item, pages.get(number, "")) for number, item in found.items()}


def _with_page(judgement: Judgement, url: str) -> Judgement:
    """The page of the record, as far as one is known by now."""
    if not url or not isinstance(judgement, Say):
        return judgement
    return replace(judgement, changes={**judgement.changes, "record_url": url})


def _notice(effect: Effect) -> Case:
    """A message about no lead: only rest can keep it."""
    return Case(
        effect.effect_id,
        str(effect.payload.get("event", "")),
        str(effect.payload.get("channel", "")),
        created_at=effect.created_at - timedelta(days=1),
        is_unknown=effect.state == EffectState.UNKNOWN,
        was_held=effect.note.startswith(HELD),
    )


def step(effect: Effect, judgement: Judgement | None) -> Step:
    """The step that follows; one nobody judged is sent as it is."""
    match judgement:
        case Silent(code=code, why=why):
            return Nothing(effect, alerts.silent_ref(code), (why,))
        case Later(at=at, why=why):
            return Wait(effect, at, why)
        case Say(changes=changes, notes=notes):
            return Send(effect, _write(effect, changes), {}, notes)
        case None:
            return Send(effect, _write(effect, {}), {})


def _write(effect: Effect, changes: Mapping[str, object]) -> Write:
    payload = {**effect.payload, **changes, "lead_id": effect.lead_id, "pass": effect.pass_number}
    return Write(
        effect.effect_id,
        effect.kind,
        effect.kind,
        "",
        None,
        {},
        payload,
        effect.priority,
        is_repeat=effect.state == EffectState.UNKNOWN,
    )
