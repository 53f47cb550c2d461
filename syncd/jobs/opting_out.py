"""The one step of an opt-out: for the address the contact has now, unless it is opted out there already."""

from __future__ import annotations

from syncd.core.ownership import same
from syncd.jobs.planning import Failed, Nothing, Send, Step, contact_gone
from syncd.ports import Found, Write
from syncd.store.outbox import Effect

FIELD = "hs_email_optout"


def step(effect: Effect, found: Found) -> Step:
    """The unsubscription, or why there is none."""
    if not found.candidates:
        return Failed(effect, contact_gone(effect))
    present = found.candidates[0]
    if same("true", present.fields.get(FIELD)):
        return Nothing(effect, present.ref, ("opted out in HubSpot already",))
    address = present.fields.get("email", "").strip()
    if not address:
        return Nothing(effect, present.ref, ("the contact has no address to unsubscribe",))
    payload = {**effect.payload, "email": address}
    write = Write(
        effect.effect_id, "optout", "optout", "", present.ref, {FIELD: True}, payload, effect.priority
    )
    return Send(effect, write, {FIELD: present.fields.get(FIELD)})
