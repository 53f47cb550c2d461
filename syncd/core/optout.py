"""An opt-out in Salesforce, carried to HubSpot where the playbook says so.

It is the person's word to sales, so it counts for marketing too. HubSpot keeps it as a subscription and not
as a property of ours: what is done is done once, is never taken back, and whoever subscribes again stays so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from syncd.core.model import Intent, Snapshot, System
from syncd.core.playbook import Playbook

KIND: Final = "optout"
IN_HUBSPOT = "contact.hs_email_optout"
"""All marketing e-mail; read-only for an app (facts/hubspot.md 8)."""
IN_SALESFORCE = ("lead.HasOptedOutOfEmail", "sfcontact.HasOptedOutOfEmail")
READS = ("email", "hs_email_optout")
"""What is to be known of the contact before it is unsubscribed."""
PRIORITY = 3
_TRUE = "true"


def is_opted_out(snapshot: Snapshot) -> bool:
    """True when the person wants no marketing mail; sales may still answer what was asked (S46)."""
    return any(_is_true(snapshot, name) for name in (IN_HUBSPOT, *IN_SALESFORCE))


def intents(snapshot: Snapshot, playbook: Playbook) -> Iterator[Intent]:
    """The contact's opt-out from all marketing e-mail, for who opted out in Salesforce alone."""
    if not playbook.mapping.consent.unsubscribes or snapshot.hubspot is None:
        return
    if _is_true(snapshot, IN_HUBSPOT) or not any(_is_true(snapshot, name) for name in IN_SALESFORCE):
        return
    contact = snapshot.hubspot
    payload: dict[str, object] = {"contact_id": contact.id, "known": [str(contact)], "reads": list(READS)}
    yield Intent(System.HUBSPOT, KIND, f"{KIND}:{contact.id}", payload, 0, PRIORITY)


def _is_true(snapshot: Snapshot, name: str) -> bool:
    return snapshot.fields.get(name, "").strip().casefold() == _TRUE
