"""Who may be in an advertising audience, and their addresses as the platforms take them (S76).

Nobody who opted out or objected, nobody without a lawful basis the playbook names, nobody who may not be
nurtured for another reason. Addresses leave as SHA-256 of the address trimmed and in small letters, in
hexadecimal, which is what Google ("Format your customer data file", Google Ads Help 7659867), Meta ("How to
format a customer list when creating a custom audience") and LinkedIn ("Requirements for contact targeting
lists", help a1489764) match by. Nothing else of a person leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncd.core import patterns
from syncd.core.lifecycle_stage import is_won_or_open
from syncd.core.model import Snapshot, Verdict
from syncd.core.optout import is_opted_out
from syncd.core.playbook import Consent


class Platform(StrEnum):
    """Where an audience is loaded up."""

    GOOGLE = "google"
    META = "meta"
    LINKEDIN = "linkedin"


HEADERS: Mapping[Platform, str] = {
    Platform.GOOGLE: "Email",
    Platform.META: "email",
    Platform.LINKEDIN: "email",
}
"""The one column, named exactly as the platform's template names it."""

NAMES: Mapping[Platform, str] = {
    Platform.GOOGLE: "Google", Platform.META: "Meta", Platform.LINKEDIN: "LinkedIn",
}  # fmt: skip

ROWS_MIN: Mapping[Platform, int] = {Platform.GOOGLE: 1, Platform.META: 100, Platform.LINKEDIN: 300}
"""Fewer rows are refused (LinkedIn: 300) or advised against (Meta: 100), by the pages named above."""


class LeftOut(StrEnum):
    """Why somebody is not in the file."""

    OPTED_OUT = "opted_out"
    OBJECTED = "objected"
    KEPT_OUT = "kept_out"
    CUSTOMER = "customer"
    NO_BASIS = "no_basis"
    NO_ADDRESS = "no_address"


WORDS: Mapping[LeftOut, str] = {
    LeftOut.OPTED_OUT: "opted out of marketing",
    LeftOut.OBJECTED: "objected to our using their data",
    LeftOut.KEPT_OUT: "kept out by a filter",
    LeftOut.CUSTOMER: "a customer, or in an open opportunity",
    LeftOut.NO_BASIS: "no lawful basis for advertising is known",
    LeftOut.NO_ADDRESS: "no e-mail address",
}

_OUTCOMES = {"stop": LeftOut.OBJECTED, "no_nurture": LeftOut.OPTED_OUT, "block": LeftOut.KEPT_OUT}


@dataclass(frozen=True, slots=True)
class Audience:
    """The hashed addresses in an order that tells nothing, how many people they are of, and how many people
    are left out for which reason."""

    rows: tuple[str, ...]
    people: int
    left_out: Mapping[LeftOut, int]


def audience(people: Iterable[tuple[Snapshot, Verdict]], consent: Consent) -> Audience:
    """The audience these people make. An address that somebody left out has, too, is left out."""
    taken: list[frozenset[str]] = []
    refused: set[str] = set()
    left_out: dict[LeftOut, int] = {}
    for snapshot, verdict in people:
        why = why_left_out(snapshot, verdict, consent)
        addresses = hashed(snapshot.emails)
        if why is None:
            taken.append(addresses)
            continue
        refused |= addresses
        left_out[why] = left_out.get(why, 0) + 1
    kept = [addresses - refused for addresses in taken]
    shared = sum(not addresses for addresses in kept)
    if shared:  # all of theirs belong to somebody who is left out
        left_out[LeftOut.OPTED_OUT] = left_out.get(LeftOut.OPTED_OUT, 0) + shared
    rows = sorted(frozenset().union(*kept))
    ordered = {why: left_out[why] for why in LeftOut if why in left_out}
    return Audience(tuple(rows), len(kept) - shared, ordered)


def why_left_out(snapshot: Snapshot, verdict: Verdict, consent: Consent) -> LeftOut | None:
    """Why this person is in no audience; None for who may be. An objection and an opt-out come first."""
    set_aside = {item.id for item in snapshot.waivers if item.holds_at(verdict.at)}
    matched = [
        _OUTCOMES[item.outcome]
        for item in verdict.filters
        if item.matched and item.outcome in _OUTCOMES and (item.outcome == "stop" or item.id not in set_aside)
    ]
    for why in (LeftOut.OBJECTED, LeftOut.OPTED_OUT, LeftOut.KEPT_OUT):
        if why in matched:
            return why
    if is_opted_out(snapshot):
        return LeftOut.OPTED_OUT
    if is_won_or_open(snapshot):
        return LeftOut.CUSTOMER
    if not has_basis(snapshot.fields, consent):
        return LeftOut.NO_BASIS
    return None if hashed(snapshot.emails) else LeftOut.NO_ADDRESS


def has_basis(fields: Mapping[str, str], consent: Consent) -> bool:
    """Whether one of the lawful bases on record is one that carries advertising."""
    if not consent.lawful_basis or not consent.advertising:
        return False
    carries = patterns.glob(consent.advertising)
    bases = fields.get(consent.lawful_basis, "").split(";")
    return any(carries(basis.strip()) for basis in bases if basis.strip())


def hashed(emails: Iterable[str]) -> frozenset[str]:
    """The addresses as the platforms match them."""
    plain = (email.strip().lower() for email in emails)
    return frozenset(
        hashlib.sha256(email.encode("utf-8", "surrogatepass")).hexdigest()
        for email in plain
        if _is_one(email)
    )


def _is_one(email: str) -> bool:
    name, at, host = email.rpartition("@")
    return bool(name and at and "." in host) and not any(sign.isspace() for sign in email)
