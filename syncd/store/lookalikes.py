"""Records that may be a person's though neither key, id nor address says so, as the store knows them.

People: under another address of the same mailbox, or of the same name at the same company. Accounts: that of
the lead's company, and others with its domain or name. A delivery reads them fresh before anything follows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from syncd.core import names
from syncd.core.likeness import Person
from syncd.core.mailboxes import mailbox
from syncd.core.model import Ref, System
from syncd.store.bulk import chunks
from syncd.store.tables import (
    account_links,
    accounts,
    addresses,
    affiliations,
    aliases,
    leads,
    links,
    profiles,
)

PEOPLE_MAX = 20
ACCOUNTS_MAX = 10
"""Candidates of one person. More would be a list for nobody."""
COLLEAGUES_MAX = 20_000
"""People of a company whose names are compared; of larger ones those known first."""
_PRESENT = ("current", "converted")


@dataclass(frozen=True, slots=True)
class Near:
    """Records that may be a person's, and Accounts with the way each was found."""

    people: tuple[Ref, ...] = ()
    accounts: Mapping[Ref, str] | None = None


def find(tx: sa.Connection, wanted: Mapping[int, Person]) -> dict[int, Near]:
    """For each lead: who may be the same person, and which Accounts may be theirs."""
    homes = _homes(tx, wanted)
    found: dict[int, Near] = {}
    for lead_id, person in sorted(wanted.items()):
        account_id, matched_by = homes.get(lead_id, (None, ""))
        people = _by_mailbox(tx, lead_id, person) | _by_name(tx, lead_id, person, account_id)
        near = _accounts(tx, person, account_id, matched_by or "association")
        found[lead_id] = Near(tuple(sorted(people))[:PEOPLE_MAX], near)
    return found


def _homes(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, tuple[int | None, str]]:
    found: dict[int, tuple[int | None, str]] = {}
    for batch in chunks(sorted(set(lead_ids))):
        query = sa.select(leads.c.lead_id, leads.c.account_id, leads.c.matched_by)
        for row in tx.execute(query.where(leads.c.lead_id.in_(batch))):
            found[row.lead_id] = row.account_id, row.matched_by
    return found


# --- people ----------------------------------------------------------------------------------------------


def note_aliases(tx: sa.Connection, emails: Collection[str]) -> None:
    """Remember which mailbox these addresses reach, where it is another than their own."""
    wanted = {email: plain for email in emails if (plain := mailbox(email)) != email}
    for batch in chunks(sorted(wanted)):
        known = set(tx.execute(sa.select(aliases.c.email).where(aliases.c.email.in_(batch))).scalars())
        rows = [{"email": email, "mailbox": wanted[email]} for email in batch if email not in known]
        if rows:
            tx.execute(aliases.insert(), rows)


def forget_aliases(tx: sa.Connection, emails: Collection[str]) -> None:
    """Forget the mailboxes of those of these addresses that nobody has any more."""
    in_use = sa.exists().where(addresses.c.email == aliases.c.email)
    for batch in chunks(sorted(set(emails))):
        tx.execute(aliases.delete().where(aliases.c.email.in_(batch), ~in_use))


def _by_mailbox(tx: sa.Connection, lead_id: int, person: Person) -> set[Ref]:
    """Salesforce records of other leads with an address of the same mailbox."""
    mailboxes = sorted({mailbox(email) for email in person.emails})
    if not mailboxes:
        return set()
    named = sa.select(aliases.c.email).where(aliases.c.mailbox.in_(mailboxes))
    query = _sales_links().join(addresses, addresses.c.lead_id == links.c.lead_id)
    same = addresses.c.email.in_(mailboxes) | addresses.c.email.in_(named)
    return _refs(tx, query.where(same, links.c.lead_id != lead_id).limit(PEOPLE_MAX))


def _by_name(tx: sa.Connection, lead_id: int, person: Person, account_id: int | None) -> set[Ref]:
    """Salesforce records of other leads of the same company with the same name."""
    if not (names.spellings(person.first) and names.spellings(person.last)):
        return set()
    colleagues = _colleagues(person, account_id)
    if colleagues is None:
        return set()
    same = (
        (profiles.c.system == links.c.system)
        & (profiles.c.object_type == links.c.object_type)
        & (profiles.c.object_id == links.c.object_id)
    )
    called = (profiles.c.properties["FirstName"].as_string(), profiles.c.properties["LastName"].as_string())
    query = (
        _sales_links(*called)
        .join(profiles, same)
        .where(links.c.lead_id.in_(colleagues), links.c.lead_id != lead_id)
        .order_by(links.c.object_id)
        .limit(COLLEAGUES_MAX)
    )
    mine = (person.first, person.last)
    return {
        Ref(System.SALESFORCE, row.object_type, row.object_id)
        for row in tx.execute(query)
        if names.relation(mine, (row[2] or "", row[3] or "")) in {"same", "swapped"}
    }


def _colleagues(person: Person, account_id: int | None) -> sa.Select[tuple[int]] | None:
    """The leads of the person's company: of its account, or with its domain or name."""
    keys = sorted({names.company_key(name) for name in person.companies} - {""})
    alike = affiliations.c.domain.in_(person.domains) | affiliations.c.name_key.in_(keys)
    if account_id is None and not person.domains and not keys:
        return None
    return (
        sa.select(leads.c.lead_id)
        .outerjoin(affiliations, affiliations.c.lead_id == leads.c.lead_id)
        .where((leads.c.account_id == account_id) | alike, leads.c.merged_into.is_(None))
    )


def _sales_links(*columns: sa.ColumnElement[str]) -> sa.Select[Any]:
    return sa.select(links.c.object_type, links.c.object_id, *columns).where(
        links.c.system == System.SALESFORCE,
        links.c.object_type.in_(("lead", "contact")),
        links.c.state.in_(_PRESENT),
    )


def _refs(tx: sa.Connection, query: sa.Select[Any]) -> set[Ref]:
    return {Ref(System.SALESFORCE, row.object_type, row.object_id) for row in tx.execute(query)}


# --- accounts --------------------------------------------------------------------------------------------


def _accounts(tx: sa.Connection, person: Person, account_id: int | None, by: str) -> dict[Ref, str]:
    """Salesforce Accounts that may be the person's company, the surest way first for each."""
    ways: dict[int, str] = {}
    if account_id is not None:
        ways[account_id] = by
    keys = sorted({names.company_key(name) for name in person.companies} - {""})
    for column, values, way in (
        (accounts.c.domain, list(person.domains), "domain"),
        (accounts.c.name_key, keys, "name"),
    ):
        if values:
            query = sa.select(accounts.c.account_id).where(column.in_(values)).limit(ACCOUNTS_MAX)
            for found in tx.execute(query.order_by(accounts.c.account_id)).scalars():
                ways.setdefault(found, way)
    return _sales_accounts(tx, ways)


def _sales_accounts(tx: sa.Connection, ways: Mapping[int, str]) -> dict[Ref, str]:
    if not ways:
        return {}
    where = (
        account_links.c.account_id.in_(sorted(ways))
        & (account_links.c.system == System.SALESFORCE)
        & (account_links.c.state == "current")
    )
    by_way: dict[str, list[Ref]] = defaultdict(list)
    for row in tx.execute(sa.select(account_links.c.account_id, account_links.c.object_id).where(where)):
        by_way[ways[row.account_id]].append(Ref(System.SALESFORCE, "account", row.object_id))
    order: Sequence[str] = ("association", "domain", "name")
    listed = [(ref, way) for way in order for ref in sorted(by_way.get(way, ()))]
    return dict(listed[:ACCOUNTS_MAX])
