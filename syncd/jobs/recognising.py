"""Which record a hand-off goes on, from its effect, the fresh look, and what the store and people know.

Pure but for `known_of`, which reads the store. The same answer serves a delivery and a plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa

from syncd.core import identity, likeness, placing
from syncd.core.identity import IS_CUSTOMER, OPEN_DEAL, Claim, Hold, Seen, Use, is_true
from syncd.core.likeness import Person
from syncd.core.model import Ref
from syncd.core.placing import AccountInHand, AsLead, OnAccount
from syncd.core.playbook import Cases
from syncd.ports import Candidate, Found
from syncd.store import lookalikes, pairs
from syncd.store.lookalikes import Near
from syncd.store.outbox import Effect
from syncd.store.pairs import NOTHING_SAID, Said, ref_of

TWIN_LOOKS = (timedelta(minutes=15), timedelta(minutes=60))
"""After a create, when to look for a record somebody else made meanwhile: HubSpot's own sync runs every 15
minutes (knowledge base, "manage Salesforce integration settings"), imports and people take longer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows for one hand-off besides its payload."""

    said: Said = NOTHING_SAID
    near: Near = field(default_factory=Near)

    def people(self) -> tuple[Ref, ...]:
        """Records to be read by id, and judged by what they say."""
        said = self.said.different | self.said.alerted | self.said.blocked
        return tuple(sorted({*self.near.people, *(ref for ref in said if ref.object != "account")}))

    def accounts(self) -> Mapping[Ref, str]:
        """Accounts that may be the person's, and how each was found."""
        found = dict(self.near.accounts or {})
        for ref in sorted(self.said.same):
            if ref.object == "account":
                found[ref] = "person"
        return found


NOTHING_KNOWN = Known()
Choice: TypeAlias = Use | AsLead | OnAccount | Hold


def known_of(tx: sa.Connection, batch: Sequence[Effect]) -> dict[int, Known]:
    """For each hand-off of a batch, by effect: what people said, and who and what is near."""
    handoffs = [item for item in batch if item.kind == "handoff" and item.lead_id is not None]
    lead_ids = [item.lead_id for item in handoffs if item.lead_id is not None]
    said = dict.fromkeys(lead_ids, NOTHING_SAID) | pairs.of_leads(tx, lead_ids)
    for lead_id, others in pairs.mirrored(tx, lead_ids).items():
        said[lead_id] = replace(said[lead_id], different=said[lead_id].different | others)
    people = {item.lead_id: person_of(item.payload) for item in handoffs if item.lead_id is not None}
    near = lookalikes.find(tx, people)
    return {
        item.effect_id: Known(said.get(item.lead_id, NOTHING_SAID), near.get(item.lead_id, Near()))
        for item in handoffs
        if item.lead_id is not None
    }


def person_of(payload: Mapping[str, Any]) -> Person:
    """Who is to be handed over, as the payload says."""
    told = payload.get("person", {})
    emails = tuple(str(item) for item in payload.get("emails", ()))
    domains = (*(email.rpartition("@")[2] for email in emails), *told.get("domains", ()))
    return Person(
        str(told.get("first", "")),
        str(told.get("last", "")),
        emails,
        tuple(told.get("phones", ())),
        likeness.employers(domains),
        tuple(told.get("companies", ())),
    )


def near_refs(effect: Effect, known: Known) -> tuple[Ref, ...]:
    """What to read besides what is linked: people who may be the same, Accounts that may be theirs."""
    return (*known.people(), *accounts_of(effect, known))


def same_people(known: Known) -> tuple[Ref, ...]:
    """Records that people said are this person."""
    return tuple(sorted(ref for ref in known.said.same if ref.object != "account"))


def accounts_of(effect: Effect, known: Known) -> dict[Ref, str]:
    """Accounts to be looked at, and how each was found, the surest way for each."""
    found = dict(known.accounts())
    for item in effect.payload.get("accounts", ()):
        found.setdefault(ref_of(item["ref"]), "association")
    native = str(effect.payload.get("native_account", ""))
    if native:
        ref = ref_of(native)
        found[ref] = found[ref] if found.get(ref) == "person" else "native"
    return found


def claim_of(effect: Effect, known: Known, key_field: str) -> Claim:
    """Whom the hand-off is about, in the terms of the choice."""
    payload = effect.payload
    return Claim(
        str(payload["key"]),
        key_field,
        frozenset(str(item) for item in payload.get("former_keys", ())),
        person_of(payload),
        frozenset(same_people(known)),
        known.said.different,
    )


def seen(candidate: Candidate) -> Seen:
    return Seen(
        candidate.ref,
        candidate.matched_by,
        candidate.is_open,
        candidate.moved_to,
        candidate.fields,
        candidate.modified_at,
        candidate.url,
    )


def choose(effect: Effect, found: Found, known: Known, key_field: str, cases: Cases) -> Choice:
    """Where the hand-off goes: an existing record, a new Lead, a new Contact on an Account, or a case."""
    claim = claim_of(effect, known, key_field)
    listed = [seen(candidate) for candidate in found.candidates]
    choice = identity.choose(listed, claim)
    if isinstance(choice, Hold):
        return choice
    if isinstance(choice, Use):
        return (
            _kept_closed(effect, choice, listed, claim)
            or _asked_about(choice, listed, claim, cases)
            or choice
        )
    refused = [
        item
        for item in listed
        if item.ref in known.said.blocked - known.said.different and item.is_open and item.moved_to is None
    ]
    if refused:
        return identity.named_by_rule(refused, claim)
    return _place(effect, found, known, claim, cases)


def look_again(effect: Effect, found: Found, known: Known, key_field: str) -> Hold | None:
    """A hold when somebody else made a record of this person since ours was confirmed."""
    listed = [seen(candidate) for candidate in found.candidates]
    return identity.twins(ref_of(effect.result_id), listed, claim_of(effect, known, key_field))


def is_restoring(effect: Effect, server_max: timedelta) -> bool:
    """Whether this look at something done is for an answer that was lost, which may come true late."""
    if effect.next_at is None or effect.done_at is None:
        return False
    return effect.next_at - effect.done_at <= server_max


def _kept_closed(effect: Effect, choice: Use, listed: Sequence[Seen], claim: Claim) -> Hold | None:
    """A hold for a Lead given back that the playbook does not open again, unless a person chose it."""
    kept = {str(status).casefold() for status in effect.payload.get("reopen", {}).get("kept", ())}
    found = next((item for item in listed if item.ref == choice.ref), None)
    if found is None or choice.ref.object != "lead" or choice.why == "person":
        return None
    is_kept = found.fields.get("Status", "").strip().casefold() in kept
    return identity.not_reopened(found, claim) if is_kept else None


def _asked_about(choice: Use, listed: Sequence[Seen], claim: Claim, cases: Cases) -> Hold | None:
    """A hold for a Contact that nobody has decided about, where the playbook has people asked."""
    found = next((item for item in listed if item.ref == choice.ref), None)
    if found is None or choice.ref.object != "contact" or choice.why in {"person", "our_key"}:
        return None
    if is_true(found, identity.IN_DEAL):
        return identity.known_contact(found, claim) if cases.in_deal == "hold" else None
    asks = (is_true(found, OPEN_DEAL) and cases.deal_colleague == "hold") or (
        is_true(found, IS_CUSTOMER) and cases.customer_colleague == "hold"
    )
    return identity.known_contact(found, claim) if asks else None


def _place(
    effect: Effect, found: Found, known: Known, claim: Claim, cases: Cases
) -> AsLead | OnAccount | Hold:
    ways = accounts_of(effect, known)
    told = {ref_of(item["ref"]): item for item in effect.payload.get("accounts", ())}
    accounts = [_in_hand(item, ways[item.ref], told.get(item.ref, {})) for item in found.accounts]
    country = str(effect.payload.get("person", {}).get("country", ""))
    return placing.place(accounts, claim.person, country, cases, known.said.same, known.said.different)


def _in_hand(candidate: Candidate, by: str, told: Mapping[str, Any]) -> AccountInHand:
    """An Account as it is now, with what the decision knew of its company from HubSpot."""
    fields = candidate.fields
    account = AccountInHand(
        candidate.ref,
        by,
        fields.get("Name", ""),
        fields.get("country", ""),
        fields.get("OwnerId", ""),
        fields.get(IS_CUSTOMER) == "true",
        fields.get(OPEN_DEAL) == "true",
        candidate.url,
        {name: fields[name] for name in ("Name", "Website", "Type", "OwnerId", "country") if name in fields},
    )
    is_customer = account.is_customer or bool(told.get("is_customer"))
    return replace(account, is_customer=is_customer)
