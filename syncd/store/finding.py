"""Finds the lead somebody means: by e-mail, HubSpot id, Salesforce id, our key, or a part of the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from syncd.core.model import System
from syncd.store.bulk import chunks
from syncd.store.tables import addresses, leads, links, profiles

MATCHES_MAX = 50
_SALESFORCE_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True, slots=True)
class LeadMatch:
    """One lead that may be meant. `label` names the person for choosing; `matched_by` says on what."""

    lead_id: int
    label: str
    matched_by: str = ""  # email, hubspot_id, salesforce_id, key, name


def find_leads(tx: sa.Connection, who: str) -> list[LeadMatch]:
    """Leads that `who` may mean, at most 50: an exact e-mail, key or id alone, else all of that name."""
    text = who.strip()
    if not text:
        return []
    for matched_by, ids in (
        ("email", _by_email(tx, text)),
        ("key", _by_key(tx, text)),
        ("hubspot_id", _by_hubspot_id(tx, text)),
        ("salesforce_id", _by_salesforce_id(tx, text)),
        ("name", _by_name(tx, text)),
    ):
        if ids:
            return _matches(tx, ids, matched_by)
    return []


def long_id(text: str) -> str:
    """The 18-character form of a Salesforce id: 15 characters tell upper from lower case, three more say so.

    Help article "What are 15 and 18-character IDs": one letter per five characters, its bits their capitals.
    """
    if len(text) != 15:
        return text
    parts = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(
        _CHECK[sum(1 << position for position, letter in enumerate(part) if letter.isupper())]
        for part in parts
    )


def _by_email(tx: sa.Connection, text: str) -> set[int]:
    if "@" not in text:
        return set()
    query = sa.select(addresses.c.lead_id).where(addresses.c.email == text.lower())
    return set(tx.execute(query).scalars())


def _by_key(tx: sa.Connection, text: str) -> set[int]:
    query = sa.select(leads.c.lead_id).where(leads.c.external_key == text)
    return set(tx.execute(query).scalars())


def _by_hubspot_id(tx: sa.Connection, text: str) -> set[int]:
    where = (links.c.system == System.HUBSPOT.value) & (links.c.object_type == "contact")
    return set(tx.execute(sa.select(links.c.lead_id).where(where, links.c.object_id == text)).scalars())


def _by_salesforce_id(tx: sa.Connection, text: str) -> set[int]:
    if not _SALESFORCE_ID.fullmatch(text):
        return set()
    wanted = {text, long_id(text), text[:15]}
    where = (links.c.system == System.SALESFORCE.value) & links.c.object_id.in_(sorted(wanted))
    return set(tx.execute(sa.select(links.c.lead_id).where(where)).scalars())


# --- names -----------------------------------------------------------------------------------------------


def _by_name(tx: sa.Connection, text: str) -> set[int]:
    """Leads with every word of `text` in the name of one record, case ignored; a full name wins over parts.

    The database narrows by patterns over the stored text (capitals of other than ASCII letters are not its
    business, so those match anything); the names themselves are compared here.
    """
    wanted = text.casefold().split()
    stored = sa.func.lower(sa.cast(profiles.c.properties, sa.Text))
    where = sa.and_(*(stored.like(f"%{_loosely(word)}%") for word in text.lower().split()))
    exact: set[int] = set()
    partial: set[int] = set()
    query = sa.select(profiles.c.lead_id, profiles.c.properties).where(where).order_by(profiles.c.lead_id)
    for lead_id, properties in tx.execute(query):
        name = _full_name(properties).casefold()
        if name == " ".join(wanted):
            exact.add(lead_id)
        elif len(partial) < MATCHES_MAX and all(word in name for word in wanted):
            partial.add(lead_id)
    return exact or partial


def _loosely(word: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "%" for letter in word)


def _full_name(properties: Mapping[str, str]) -> str:
    first = properties.get("firstname") or properties.get("FirstName") or ""
    last = properties.get("lastname") or properties.get("LastName") or ""
    return " ".join(f"{first} {last}".split())


# --- what is shown ---------------------------------------------------------------------------------------


def _matches(tx: sa.Connection, lead_ids: Iterable[int], matched_by: str) -> list[LeadMatch]:
    living = _survivors(tx, lead_ids)
    labels = _labels(tx, living)
    found = [LeadMatch(item, labels.get(item, f"lead {item}"), matched_by) for item in sorted(living)]
    return found[:MATCHES_MAX]


def _survivors(tx: sa.Connection, lead_ids: Iterable[int]) -> set[int]:
    """These leads, or those they were merged into; a merge never leaves a chain behind."""
    query = sa.select(sa.func.coalesce(leads.c.merged_into, leads.c.lead_id))
    found: set[int] = set()
    for batch in chunks(sorted(set(lead_ids))):
        found |= set(tx.execute(query.where(leads.c.lead_id.in_(batch))).scalars())
    return found


def _labels(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for batch in chunks(sorted(set(lead_ids))):
        query = sa.select(profiles).where(profiles.c.lead_id.in_(batch))
        for row in tx.execute(query.order_by(profiles.c.system, profiles.c.object_type)):
            company = row.properties.get("company") or row.properties.get("Company") or ""
            parts = (_full_name(row.properties), company, row.emails[0] if row.emails else "")
            label = ", ".join(part for part in parts if part)
            if label:
                found.setdefault(row.lead_id, label)
    return found
