"""Cases for a person out of a delivery: opened with their evidence, told to sales, parked for.

The alert names records by id and link, never by name; the evidence stays in the store, for whoever settles
the case at the terminal. A duplicate rule of the org is met on its own terms: what it names is looked at
first; one that only alerts lets the rest pass, one that blocks makes a case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from syncd.core.identity import TWINS_AFTER_CREATE, Hold, Suspect
from syncd.core.model import System
from syncd.jobs.planning import ALLOW_DUPLICATES, SERVER_MAX, Held
from syncd.jobs.recognising import TWIN_LOOKS
from syncd.ports import Failure, Recovery, Write
from syncd.store import deliveries, holds, outbox, pairs
from syncd.store.outbox import Effect, Settlement
from syncd.store.tables import EffectState

BLOCKS, ALERTS = "salesforce.duplicates_detected", "salesforce.duplicates_alert"
"""What a duplicate rule of the org answers: it does not let the record be saved, or only unless told to."""
LOOKED_AT_AGAIN = frozenset({"handoff", "task", "record", "contact", "campaign"})
"""Kinds that can be looked up where they went; an alert cannot, and a membership is a set."""


def open_case(tx: sa.Connection, step: Held, channels: Sequence[str], now: datetime) -> bool:
    """Keep the case, park what waits for it and tell sales. True when it is new.

    A twin found after our record was confirmed parks nothing: the hand-off is done.
    """
    effect, hold = step.effect, step.hold
    assert effect.lead_id is not None, "a hand-off belongs to a lead"
    if hold.kind == TWINS_AFTER_CREATE and holds.is_open(tx, effect.lead_id, "twin_records"):
        outbox.settle(tx, _settlement(effect, hold, now), now)  # the pull has seen them too: asked once
        return False
    named = [candidate(item) for item in hold.candidates]
    _hold_id, is_new = holds.open_hold(
        tx, effect.lead_id, hold.kind, hold.reason, named, now, effect_id=effect.effect_id
    )
    outbox.settle(tx, _settlement(effect, hold, now), now)
    if is_new:
        deliveries.alert_hold(
            tx, effect.lead_id, effect.pass_number, hold.reason, named, channels, now, kind=hold.kind
        )
    return is_new


def _settlement(effect: Effect, hold: Hold, now: datetime) -> Settlement:
    if effect.state == EffectState.DONE:
        return Settlement(
            effect.effect_id,
            effect.version,
            EffectState.DONE,
            retry_at=next_look(effect, now, is_created=False),
            result_id=effect.result_id,
            note=effect.note,
            counts_attempt=False,
        )
    failure = Failure(
        Recovery.REJECTED,
        System(effect.system),
        f"identity.{hold.kind}",
        hold.reason,
        "syncd hold list",
    )
    return Settlement(effect.effect_id, effect.version, EffectState.PARKED, failure)


def candidate(suspect: Suspect) -> dict[str, Any]:
    """A candidate as its case keeps it."""
    told: dict[str, Any] = {"ref": str(suspect.ref), "why": suspect.why}
    optional = {"percent": suspect.percent, "url": suspect.url, "fields": dict(suspect.fields)}
    return told | {name: value for name, value in optional.items() if value}


def next_look(effect: Effect, now: datetime, *, is_created: bool) -> datetime | None:
    """When what is done is looked at again: after an answer that was lost, and after a create, until an hour
    is over. The date is kept with the effect, so that a restart forgets none."""
    if effect.state == EffectState.UNKNOWN and effect.kind in LOOKED_AT_AGAIN:
        return now + SERVER_MAX
    if effect.kind != "handoff":
        return None
    if effect.state != EffectState.DONE:
        return now + TWIN_LOOKS[0] if is_created else None
    since = effect.done_at or now
    return min((since + wait for wait in TWIN_LOOKS if since + wait > now), default=None)


# --- duplicate rules of the org --------------------------------------------------------------------------


def is_duplicate(effect: Effect, failure: Failure) -> bool:
    """Whether a duplicate rule of the org stopped a hand-off."""
    return effect.kind == "handoff" and failure.code in {BLOCKS, ALERTS} and bool(failure.others)


def meet_rule(
    tx: sa.Connection, effect: Effect, write: Write, failure: Failure, now: datetime
) -> Held | None:
    """What follows when a duplicate rule stopped the write: another try at once, now that the records it
    named are known and will be looked at; or a case, when nothing new was named. Never a circle: each try
    again is owed to a record named for the first time."""
    assert effect.lead_id is not None, "a hand-off belongs to a lead"
    said = pairs.of_leads(tx, [effect.lead_id]).get(effect.lead_id, pairs.NOTHING_SAID)
    word = pairs.ALERTED if failure.code == ALERTS else pairs.BLOCKED
    known = said.alerted if word == pairs.ALERTED else said.blocked
    fresh = [ref for ref in failure.others if ref not in known]
    may_pass = word == pairs.ALERTED and not write.payload.get(ALLOW_DUPLICATES)
    if (fresh and write.ref is None) or may_pass:
        pairs.say(tx, effect.lead_id, dict.fromkeys(fresh, word), pairs.ORG, now)
        again = Settlement(effect.effect_id, effect.version, EffectState.PENDING, failure, now)
        outbox.settle(tx, again, now)
        return None
    suspects = tuple(Suspect(ref, "named by a duplicate rule of the org") for ref in failure.others)
    reason = (
        "A duplicate rule of the org does not let this record be written beside those named. Choose the one "
        "to use or merge them, or relax the rule for the integration user and say `new`."
    )
    return Held(effect, Hold("duplicate_rule", reason, suspects))


def still_due(effect: Effect, failure: Failure, wait: timedelta, now: datetime) -> Settlement:
    """Something done whose second look failed: it stays done, and is looked at later."""
    return Settlement(
        effect.effect_id,
        effect.version,
        EffectState.DONE,
        retry_at=now + wait,
        result_id=effect.result_id,
        note=effect.note or failure.message,
        counts_attempt=False,
    )
