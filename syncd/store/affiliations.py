"""People whom no record associates with a company, and what they can be matched by: e-mail domain, then name.

A domain or a name matches only while exactly one account has it. Whoever gets an association loses the row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from syncd.store.accounts import Home
from syncd.store.bulk import among, chunks, insert
from syncd.store.tables import accounts, addresses, affiliations, leads, profiles


@dataclass(frozen=True, slots=True)
class Affiliation:
    """The domain of a person's mail and the company's name as they wrote it, normalised; blank: none."""

    domain: str = ""
    name_key: str = ""


def save(tx: sa.Connection, rows: Mapping[int, Affiliation]) -> None:
    """Keep what these leads can be matched by."""
    tuples = [(lead_id, row.domain, row.name_key) for lead_id, row in sorted(rows.items())]
    columns = ("lead_id", "domain", "name_key")
    insert(tx, affiliations, columns, tuples, replace=("domain", "name_key"))


def drop(tx: sa.Connection, lead_ids: Iterable[int]) -> None:
    """A record says where these belong."""
    for batch in chunks(sorted(set(lead_ids))):
        tx.execute(affiliations.delete().where(among(tx, affiliations.c.lead_id, batch)))


def written_by(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, tuple[list[str], list[str]]]:
    """Per lead, its addresses and the company names on its records, HubSpot's first."""
    found: dict[int, tuple[list[str], list[str]]] = {}
    names = (profiles.c.properties["company"].as_string(), profiles.c.properties["Company"].as_string())
    for batch in chunks(sorted(set(lead_ids))):
        found |= {lead_id: ([], []) for lead_id in batch}
        order = (addresses.c.lead_id, addresses.c.system, addresses.c.is_primary.desc(), addresses.c.email)
        query = sa.select(addresses.c.lead_id, addresses.c.email).order_by(*order)
        for lead_id, email in tx.execute(query.where(among(tx, addresses.c.lead_id, batch))):
            found[lead_id][0].append(email)
        told = sa.select(profiles.c.lead_id, *names).order_by(
            profiles.c.lead_id, profiles.c.system, profiles.c.object_type, profiles.c.object_id
        )
        for lead_id, hubspot, salesforce in tx.execute(told.where(among(tx, profiles.c.lead_id, batch))):
            found[lead_id][1].extend(name for name in (hubspot, salesforce) if name)
    return found


def concerned(
    tx: sa.Connection, account_ids: Collection[int], keys: Collection[Affiliation]
) -> dict[int, Affiliation]:
    """Whoever is matched to one of these accounts now, or can be by one of these domains and names."""
    near = (
        among(tx, leads.c.account_id, account_ids)
        | among(tx, affiliations.c.domain, {key.domain for key in keys} - {""})
        | among(tx, affiliations.c.name_key, {key.name_key for key in keys} - {""})
    )
    query = (
        sa.select(affiliations)
        .join(leads, leads.c.lead_id == affiliations.c.lead_id)
        .where(leads.c.merged_into.is_(None), near)
    )
    return {row.lead_id: Affiliation(row.domain, row.name_key) for row in tx.execute(query)}


def matched(tx: sa.Connection, wanted: Mapping[int, Affiliation]) -> dict[int, Home]:
    """The account of each of these leads that has one, and the way: `domain` or `name`."""
    by_domain = _only(tx, accounts.c.domain, {row.domain for row in wanted.values()})
    by_name = _only(tx, accounts.c.name_key, {row.name_key for row in wanted.values()})
    found: dict[int, Home] = {}
    for lead_id, row in wanted.items():
        if row.domain in by_domain:
            found[lead_id] = by_domain[row.domain], "domain"
        elif row.name_key in by_name:
            found[lead_id] = by_name[row.name_key], "name"
    return found


def _only(tx: sa.Connection, column: sa.Column[str], values: Collection[str]) -> dict[str, int]:
    """The one account of each of these values; a value that several have is nobody's."""
    found: dict[str, int] = {}
    for batch in chunks(sorted(set(values) - {""})):
        query = (
            sa.select(column, sa.func.min(accounts.c.account_id))
            .where(among(tx, column, batch))
            .group_by(column)
            .having(sa.func.count() == 1)
        )
        found.update((value, account_id) for value, account_id in tx.execute(query))
    return found
