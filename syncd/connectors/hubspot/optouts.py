"""Opts contacts out of all marketing e-mail: subscriptions have an API of their own, by address.

`hs_email_optout` is read-only; v4 of the communication preferences unsubscribes an address from everything
("Unsubscribe a contact from all subscriptions", communication-preferences v4; scope
communication_preferences.write or read_write). A second time changes nothing. Nobody is ever subscribed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.target import contact
from syncd.ports import Outcome, Recovery, Result, SystemFailure, Write

SCOPE = "communication_preferences.write"
_PATH = "/communication-preferences/v4/statuses/{}/unsubscribe-all"
_NOBODY = "nobody@syncd.invalid"  # no address can end so (RFC 2606)


def apply(api: Api, writes: Sequence[Write]) -> Mapping[int, Outcome]:
    """One outcome per write; the payload's `email` is the address as the contact has it now."""
    return {write.effect_id: _one(api, write) for write in writes}


def ask(api: Api) -> None:
    """Ask whether this is allowed, changing nothing: without its channel the call is refused, but the scope
    is checked before. Raises SystemFailure."""
    api.transport.request("POST", _PATH.format(quote(_NOBODY)), endpoint="optouts.ask", idempotent=True)


def _one(api: Api, write: Write) -> Outcome:
    subject = contact(str(write.payload["contact_id"]))
    address = str(write.payload.get("email") or "")
    try:
        api.transport.request(
            "POST",
            _PATH.format(quote(address, safe="")),
            params={"channel": "EMAIL"},
            endpoint="optouts.unsubscribe",
            idempotent=True,
        )
    except SystemFailure as error:
        result = Result.UNKNOWN if error.failure.recovery is Recovery.UNKNOWN else Result.FAILED
        return Outcome(write.effect_id, result, subject, failure=error.failure)
    return Outcome(write.effect_id, Result.DONE, subject)
