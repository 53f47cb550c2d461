"""Which Salesforce record a hand-off goes on: ours, one that is surely this person, a new one, or none yet.

Others create records too (reps, imports, HubSpot's own sync), so a person is looked for by our key, by linked
ids, by address and by name and company before anything is created, and again after. Only what is certain acts
by itself; where a person must choose, the answer is a hold that names the candidates, and what was decided of
a pair is never asked again. Nothing is guessed and nothing is merged. Reasons name records by id only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from syncd.core.likeness import Likeness, Person, judge
from syncd.core.model import Ref

OPEN_DEAL = "_account_open_deal"
IS_CUSTOMER = "_account_is_customer"
IN_DEAL = "_in_open_deal"
"""Marks a connector puts on a Contact: what its Account shows, and whether an open opportunity names it. The
text `true` means yes."""

KNOWN_ACCOUNT = "known_account"
WHICH_ACCOUNT = "which_account"
OF_ACCOUNTS = frozenset({KNOWN_ACCOUNT, WHICH_ACCOUNT})
"""Kinds of hold whose candidates are Accounts: the person would become a Contact there."""
TWINS_AFTER_CREATE = "twins_after_create"


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as just read, and how it was found (`matched_by`: key, id, native, email, near).

    `is_open` says a hand-off may go on it; `moved_to` is the Contact a converted Lead became, or the winner
    of a merge. `url` is where a person can look at it.
    """

    ref: Ref
    matched_by: str
    is_open: bool = True
    moved_to: Ref | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    modified_at: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is to be handed over: our key, the field that carries it, keys that were ours before merges, what
    is known of the person, and which records people said are, or are not, this person."""

    key: str
    key_field: str
    former_keys: frozenset[str] = frozenset()
    person: Person = field(default_factory=Person)
    same: frozenset[Ref] = frozenset()
    different: frozenset[Ref] = frozenset()

    def owns(self, seen: Seen) -> bool:
        """True when the record carries our key, or one of a contact merged into ours."""
        return self._key_of(seen) in self.former_keys | {self.key}

    def is_foreign(self, seen: Seen) -> bool:
        """True when the record carries the key of somebody else."""
        return bool(self._key_of(seen)) and not self.owns(seen)

    def needs_stamp(self, seen: Seen) -> bool:
        return self._key_of(seen) != self.key

    def likeness(self, seen: Seen) -> Likeness:
        """How sure it is that the record is this person."""
        return judge(self.person, seen.fields, "key" if self.owns(seen) else seen.matched_by)

    def _key_of(self, seen: Seen) -> str:
        return seen.fields.get(self.key_field, "").strip()


@dataclass(frozen=True, slots=True)
class Create:
    """Nobody there is this person: create, by upsert on our key."""


@dataclass(frozen=True, slots=True)
class Use:
    """Write on `ref`; `stamp` says it does not carry our key yet. `why` is a code for the receipt; `besides`
    are other records that may be the same person."""

    ref: Ref
    stamp: bool
    why: str
    besides: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """One candidate of a hold: how sure it is of a hundred, what speaks for or against it, where to see it,
    and its fields as read."""

    ref: Ref
    why: str
    percent: int = 0
    url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must decide. `kind` is stable; `reason` says what was found and what to do."""

    kind: str
    reason: str
    candidates: tuple[Suspect, ...]


Choice: TypeAlias = Create | Use | Hold


def choose(candidates: Sequence[Seen], claim: Claim) -> Choice:
    """Where the hand-off of `claim` goes, given every record found for it."""
    found = _present(candidates, claim)
    named = [seen for seen in found if seen.ref in _reached(claim.same, candidates)]
    if len(named) == 1:
        barring = _barring(named[0], candidates, claim)
        if barring:
            return _hold(
                "twins",
                "The record that was chosen cannot take our key, since another of this person carries it. "
                "Merge the two in Salesforce, or choose the record that carries it.",
                [named[0], *barring],
                claim,
            )
        return Use(named[0].ref, stamp=claim.needs_stamp(named[0]), why="person")
    ours = [seen for seen in found if claim.owns(seen)]
    if ours:
        return _choose_ours(ours, claim)
    certain = [seen for seen in found if claim.likeness(seen).word == "certain"]
    likely = [seen for seen in found if claim.likeness(seen).word == "likely"]
    if any(claim.is_foreign(seen) for seen in certain):
        return _hold(
            "foreign_key",
            "A record that matches carries the key of another HubSpot contact. Merge the two contacts in "
            "HubSpot, or remove the key from the record it does not belong to.",
            certain,
            claim,
        )
    if certain:
        return _choose_unmarked(certain, likely, claim)
    if likely:
        return _hold(
            "likely_same",
            "Salesforce has somebody who is likely the same person. Say whether it is: the record to use, or "
            "`new` when this is somebody else.",
            likely,
            claim,
        )
    return Create()


def twins(own: Ref, candidates: Sequence[Seen], claim: Claim | None = None) -> Hold | None:
    """A hold when, after our write on `own`, other open records are the same person; None when there is none.

    Looked for again after a create, since others may have created theirs in the same minute.
    """
    if claim is not None and own in claim.same:
        return None
    became = _reached(frozenset({own}), candidates)  # converted or merged since: still ours
    others = [
        seen
        for seen in _present(candidates, claim)
        if seen.ref not in became and (claim is None or claim.likeness(seen).word != "unlikely")
    ]
    if not others:
        return None
    mine = next((seen for seen in candidates if seen.ref == own), Seen(own, "key"))
    suspects = (
        Suspect(own, "ours, just written", 100, mine.url, _shown(mine)),
        *(_suspect(seen, claim) for seen in others),
    )
    return Hold(
        TWINS_AFTER_CREATE,
        "Another open record of this person stands beside ours. Merge them in Salesforce and keep ours, or "
        "say `both` when they are two people.",
        suspects,
    )


def known_contact(seen: Seen, claim: Claim) -> Hold:
    """A hold where the playbook has people asked about Contacts of customers, or in an open deal."""
    return _hold(
        "known_contact",
        "This person is a Contact of an account that is a customer or has an open opportunity. Tell the "
        "owner named here, or choose the record to use.",
        [seen],
        claim,
    )


NOT_REOPENED = "not_reopened"


def not_reopened(seen: Seen, claim: Claim) -> Hold:
    """A hold for a Lead sales gave back, in a status from which the playbook opens none again."""
    return _hold(
        NOT_REOPENED,
        "Sales gave this Lead back in a status from which recycle.yaml opens none again (reopen_from). "
        "Choose it to open it all the same, or decline.",
        [seen],
        claim,
    )


def named_by_rule(seen: Sequence[Seen], claim: Claim) -> Hold:
    """A hold for what a duplicate rule of the org refuses to have created beside these records."""
    return _hold(
        "duplicate_rule",
        "A duplicate rule of the org does not let this person be created beside the records named. Choose "
        "the one to use, or relax the rule for the integration user and say `new`.",
        seen,
        claim,
    )


# --- what is there ---------------------------------------------------------------------------------------


def _present(candidates: Iterable[Seen], claim: Claim | None) -> list[Seen]:
    """The records that count, each once: deleted ones dropped, converted and merged ones followed, and those
    that a person said are somebody else left out, whatever they were merged into since."""
    listed = list(candidates)
    by_ref = {seen.ref: seen for seen in listed}
    others = _reached(claim.different, listed) - _reached(claim.same, listed) if claim else frozenset()
    found: dict[Ref, Seen] = {}
    for seen in listed:
        arrived = _follow(seen, by_ref)
        if arrived is not None and not {seen.ref, arrived.ref} & others:
            found.setdefault(arrived.ref, arrived)
    return sorted(found.values(), key=lambda seen: seen.ref)


def _follow(seen: Seen, by_ref: Mapping[Ref, Seen]) -> Seen | None:
    """Where `seen` is now. A target nobody read is taken as open and without a key: it will be stamped."""
    for _ in range(len(by_ref) + 1):  # as long as the longest chain; a circle ends too
        if seen.moved_to is None:
            return seen if seen.is_open and not is_true(seen, "IsDeleted") else None
        seen = by_ref.get(seen.moved_to, Seen(seen.moved_to, seen.matched_by))
    return None


def _reached(refs: frozenset[Ref], candidates: Iterable[Seen]) -> frozenset[Ref]:
    """These records, and what they became."""
    moved = {seen.ref: seen.moved_to for seen in candidates if seen.moved_to is not None}
    found = set(refs)
    for ref in refs:
        current = moved.get(ref)
        while current is not None and current not in found:
            found.add(current)
            current = moved.get(current)
    return frozenset(found)


# --- the choice ------------------------------------------------------------------------------------------


def _choose_ours(ours: list[Seen], claim: Claim) -> Choice:
    if len(ours) == 1:
        return Use(ours[0].ref, stamp=claim.needs_stamp(ours[0]), why="our_key")
    exact = [seen for seen in ours if not claim.needs_stamp(seen)]
    if len(exact) == 1 and len({seen.ref.object for seen in ours}) == 1:
        # Two contacts of ours were merged: the record of the surviving key goes on, the other is a duplicate.
        return Use(exact[0].ref, stamp=False, why="our_key")
    return _hold("twins", "Several open records carry our key. Merge them in Salesforce.", ours, claim)


def _barring(chosen: Seen, candidates: Iterable[Seen], claim: Claim) -> list[Seen]:
    """Records that stay and keep the chosen one from carrying our key, which is unique per object."""
    return [
        seen
        for seen in candidates
        if seen.ref.object == chosen.ref.object
        and seen.ref != chosen.ref
        and seen.moved_to is None
        and not claim.needs_stamp(seen)
        and not is_true(seen, "IsDeleted")
    ]


def _choose_unmarked(certain: list[Seen], likely: list[Seen], claim: Claim) -> Choice:
    """The choice among records without any key of ours. What HubSpot's own sync names goes before what merely
    has the same address: one writer more would make it three records."""
    native = [seen for seen in certain if seen.matched_by == "native"]
    if len(certain) == 1 or len(native) == 1:
        chosen = certain[0] if len(certain) == 1 else native[0]
        besides = tuple(seen.ref for seen in (*certain, *likely) if seen.ref != chosen.ref)
        return Use(chosen.ref, stamp=True, why=f"matched_by_{chosen.matched_by}", besides=besides)
    objects = {seen.ref.object for seen in certain}
    merge = "Merge them in Salesforce, or choose the record to use."
    if objects == {"lead"}:
        return _hold("twin_leads", f"Several open Leads are this person. {merge}", certain, claim)
    if objects == {"contact"}:
        return _hold("twin_contacts", f"Several Contacts are this person. {merge}", certain, claim)
    return _hold("twins", f"A Lead and a Contact are both this person. {merge}", certain, claim)


def _hold(kind: str, reason: str, found: Iterable[Seen], claim: Claim) -> Hold:
    return Hold(kind, reason, tuple(_suspect(seen, claim) for seen in found))


SHOWN = ("FirstName", "LastName", "Email", "Phone", "Title", "Company", "_account_name", "Status", "OwnerId")
"""Fields of a candidate that are kept with its case: what a person needs to tell two records apart."""


def _suspect(seen: Seen, claim: Claim | None) -> Suspect:
    likeness = claim.likeness(seen) if claim else Likeness(0)
    facts = [f"matched by {seen.matched_by}", *likeness.reasons] if seen.matched_by != "near" else []
    facts = list(likeness.reasons) or facts or ["named by a duplicate rule of the org"]
    if claim is not None and claim.is_foreign(seen):
        facts.append("carries another contact's key")
    if is_true(seen, IN_DEAL):
        facts.append("named by an open opportunity")
    if is_true(seen, OPEN_DEAL):
        facts.append("account has an open opportunity")
    if is_true(seen, IS_CUSTOMER):
        facts.append("account is a customer")
    if seen.fields.get("OwnerId"):
        facts.append(f"owner {seen.fields['OwnerId']}")
    if seen.modified_at is not None:
        facts.append(f"modified {seen.modified_at:%Y-%m-%d}")
    return Suspect(seen.ref, ", ".join(facts), likeness.percent, seen.url, _shown(seen))


def _shown(seen: Seen) -> dict[str, str]:
    shown = {name: seen.fields[name] for name in SHOWN if seen.fields.get(name)}
    if seen.modified_at is not None:
        shown["modified_at"] = f"{seen.modified_at:%Y-%m-%dT%H:%M:%SZ}"
    return shown


def is_true(seen: Seen, name: str) -> bool:
    """Whether the record shows `true` under this name."""
    return seen.fields.get(name, "").strip().lower() == "true"
