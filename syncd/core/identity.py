"""Which Salesforce record a hand-off goes on: ours, one that is surely this person, a new one, or none yet.

Others create records too (reps, imports, HubSpot's own sync), so a person is looked for by our key, by linked
ids and by e-mail before anything is created, and once more after. Where a person must choose, the answer is
a hold that names the candidates; nothing is guessed and nothing is merged. Reasons name records by id only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from syncd.core.model import Ref

OPEN_DEAL = "_account_open_deal"
IS_CUSTOMER = "_account_is_customer"
"""Marks a connector puts on a Contact: what its Account shows. The text `true` means yes."""


KNOWN_ACCOUNT = "known_account"
"""The kind of hold that names accounts to be asked, not records to be used."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as just read, by our key, by a linked id or by e-mail (`matched_by`).

    `is_open` says a hand-off may go on it; `moved_to` is the Contact a converted Lead became, or the winner
    of a merge.
    """

    ref: Ref
    matched_by: str
    is_open: bool = True
    moved_to: Ref | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is to be handed over: our key, the field that carries it, and keys that were ours before merges."""

    key: str
    key_field: str
    former_keys: frozenset[str] = frozenset()

    def owns(self, seen: Seen) -> bool:
        """True when the record carries our key, or one of a contact merged into ours."""
        return self._key_of(seen) in self.former_keys | {self.key}

    def is_foreign(self, seen: Seen) -> bool:
        """True when the record carries the key of somebody else."""
        return bool(self._key_of(seen)) and not self.owns(seen)

    def needs_stamp(self, seen: Seen) -> bool:
        return self._key_of(seen) != self.key

    def _key_of(self, seen: Seen) -> str:
        return seen.fields.get(self.key_field, "").strip()


@dataclass(frozen=True, slots=True)
class Create:
    """Nobody there is this person: create, by upsert on our key."""


@dataclass(frozen=True, slots=True)
class Use:
    """Write on `ref`; `stamp` says it does not carry our key yet. `why` is a code for the receipt."""

    ref: Ref
    stamp: bool
    why: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """One candidate of a hold, and what speaks for or against it."""

    ref: Ref
    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must decide. `kind` is stable; `reason` says what was found and what to do."""

    kind: str
    reason: str
    candidates: tuple[Suspect, ...]


Choice: TypeAlias = Create | Use | Hold


def choose(candidates: Sequence[Seen], claim: Claim) -> Choice:
    """Where the hand-off of `claim` goes, given every record found for it."""
    found = _present(candidates)
    ours = [seen for seen in found if claim.owns(seen)]
    if ours:
        return _choose_ours(ours, claim)
    foreign = [seen for seen in found if claim.is_foreign(seen)]
    if foreign:
        return _hold(
            "foreign_key",
            "A record that matches carries the key of another HubSpot contact. Merge the two contacts in "
            "HubSpot, or remove the key from the record it does not belong to.",
            found,
            claim,
        )
    known = [seen for seen in found if _is_known(seen)]
    if known:
        return _hold(
            "known_contact",
            "This person is a Contact of an account that is a customer or has an open opportunity. Tell the "
            "owner named here, or choose the record to use.",
            known,
            claim,
        )
    return _choose_unmarked(found, claim)


@dataclass(frozen=True, slots=True)
class AccountInHand:
    """A Salesforce Account of the person's company, and what sales has with it."""

    ref: Ref
    owner: str = ""
    is_customer: bool = False
    has_open_deal: bool = False


def known_account(accounts: Sequence[AccountInHand]) -> Hold | None:
    """A hold instead of a new Lead for a colleague of customers, or of people in an open deal; None where
    there are no such accounts."""
    if not accounts:
        return None
    return Hold(
        KNOWN_ACCOUNT,
        "The company of this person is a customer or in an open deal; the person is new to Salesforce. "
        "Tell the owner of the account named here, or choose `new` for a Lead all the same.",
        tuple(Suspect(account.ref, _why_in_hand(account)) for account in accounts),
    )


def _why_in_hand(account: AccountInHand) -> str:
    facts = ["account of the company"]
    facts += ["has an open opportunity"] * account.has_open_deal + ["is a customer"] * account.is_customer
    return ", ".join([*facts, f"owner {account.owner}"] if account.owner else facts)


def twins(own: Ref, candidates: Sequence[Seen], claim: Claim | None = None) -> Hold | None:
    """A hold when, after our write on `own`, other open records are the same person; None when there is none.

    Looked for again after a create, since others may have created theirs in the same minute.
    """
    others = [seen for seen in _present(candidates) if seen.ref != own]
    if not others:
        return None
    suspects = (Suspect(own, "ours, just written"), *(_suspect(seen, claim) for seen in others))
    return Hold(
        "twins_after_create",
        "Another open record of this person stands beside ours. Merge them in Salesforce and keep ours.",
        suspects,
    )


def _present(candidates: Iterable[Seen]) -> list[Seen]:
    """The records that count, each once: deleted ones dropped, converted and merged ones followed."""
    listed = list(candidates)
    by_ref = {seen.ref: seen for seen in listed}
    found: dict[Ref, Seen] = {}
    for seen in listed:
        arrived = _follow(seen, by_ref)
        if arrived is not None:
            found.setdefault(arrived.ref, arrived)
    return sorted(found.values(), key=lambda seen: seen.ref)


def _follow(seen: Seen, by_ref: Mapping[Ref, Seen]) -> Seen | None:
    """Where `seen` is now. A target nobody read is taken as open and without a key: it will be stamped."""
    for _ in range(len(by_ref) + 1):  # as long as the longest chain; a circle ends too
        if seen.moved_to is None:
            return seen if seen.is_open and not _is_true(seen, "IsDeleted") else None
        seen = by_ref.get(seen.moved_to, Seen(seen.moved_to, seen.matched_by))
    return None


def _choose_ours(ours: list[Seen], claim: Claim) -> Choice:
    if len(ours) == 1:
        return Use(ours[0].ref, stamp=claim.needs_stamp(ours[0]), why="our_key")
    exact = [seen for seen in ours if not claim.needs_stamp(seen)]
    if len(exact) == 1 and len({seen.ref.object for seen in ours}) == 1:
        # Two contacts of ours were merged: the record of the surviving key goes on, the other is a duplicate.
        return Use(exact[0].ref, stamp=False, why="our_key")
    return _hold("twins", "Several open records carry our key. Merge them in Salesforce.", ours, claim)


def _choose_unmarked(found: list[Seen], claim: Claim) -> Choice:
    """The choice among records without any key of ours."""
    if not found:
        return Create()
    if len(found) == 1:
        return Use(found[0].ref, stamp=True, why=f"matched_by_{found[0].matched_by}")
    objects = {seen.ref.object for seen in found}
    merge = "Merge them in Salesforce, or choose the record to use."
    if objects == {"lead"}:
        return _hold("twin_leads", f"Several open Leads are this person. {merge}", found, claim)
    if objects == {"contact"}:
        return _hold("twin_contacts", f"Several Contacts are this person. {merge}", found, claim)
    return _hold("twins", f"A Lead and a Contact are both this person. {merge}", found, claim)


def _hold(kind: str, reason: str, found: Iterable[Seen], claim: Claim) -> Hold:
    return Hold(kind, reason, tuple(_suspect(seen, claim) for seen in found))


def _suspect(seen: Seen, claim: Claim | None) -> Suspect:
    facts = [f"matched by {seen.matched_by}"]
    if claim is not None and claim.is_foreign(seen):
        facts.append("carries another contact's key")
    if _is_true(seen, OPEN_DEAL):
        facts.append("account has an open opportunity")
    if _is_true(seen, IS_CUSTOMER):
        facts.append("account is a customer")
    if seen.fields.get("OwnerId"):
        facts.append(f"owner {seen.fields['OwnerId']}")
    if seen.modified_at is not None:
        facts.append(f"modified {seen.modified_at:%Y-%m-%d}")
    return Suspect(seen.ref, ", ".join(facts))


def _is_known(seen: Seen) -> bool:
    return seen.ref.object == "contact" and (_is_true(seen, OPEN_DEAL) or _is_true(seen, IS_CUSTOMER))


def _is_true(seen: Seen, name: str) -> bool:
    return seen.fields.get(name, "").strip().lower() == "true"
