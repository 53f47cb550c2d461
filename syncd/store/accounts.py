"""Companies as one account each, whichever system names them, and the users of both systems.

An account mentioned by a person before its own record arrived is made at once and described later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.model import Ref, Stage, System
from syncd.store.bulk import among, by_ref, chunks, insert, json_text, next_ids, update
from syncd.store.tables import (
    SAME_RECORD,
    account_links,
    accounts,
    deals,
    leads,
    links,
    profiles,
    to_ms,
    users,
)

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AccountLink:
    """One outside company record and its account. A mere mention has no properties and `content_hash` 0."""

    ref: Ref
    account_id: int
    state: str = "current"
    properties: Mapping[str, str] | None = None
    content_hash: int = 0
    modified_at: datetime = NEVER


def find_account_links(tx: sa.Connection, refs: Iterable[Ref]) -> dict[Ref, AccountLink]:
    """The links of those of `refs` that are known, without properties."""
    columns = (
        account_links.c.account_id,
        account_links.c.state,
        account_links.c.content_hash,
        account_links.c.modified_at,
    )
    return {
        ref: AccountLink(ref, row.account_id, row.state, None, row.content_hash, row.modified_at)
        for ref, row in by_ref(tx, account_links, columns, refs)
    }


def save_account_links(tx: sa.Connection, rows: Iterable[AccountLink]) -> int:
    values = ("account_id", "state", "properties", "content_hash", "modified_at")
    tuples = [_link_tuple(row) for row in rows]
    columns = ("system", "object_type", "object_id", *values)
    return insert(tx, account_links, columns, sorted(tuples, key=lambda row: row[:3]), replace=values)


def _link_tuple(row: AccountLink) -> tuple[Any, ...]:
    return (
        row.ref.system.value,
        row.ref.object,
        row.ref.id,
        row.account_id,
        row.state,
        json_text(row.properties or {}),
        row.content_hash,
        to_ms(row.modified_at),
    )


def remove_account_link(tx: sa.Connection, ref: Ref, state: str, at: datetime) -> None:
    """A company record is gone since `at`: archived, deleted, or merged into another."""
    where = (
        (account_links.c.system == ref.system.value)
        & (account_links.c.object_type == ref.object)
        & (account_links.c.object_id == ref.id)
    )
    tx.execute(account_links.update().where(where).values(state=state, modified_at=at))


def ensure_accounts(tx: sa.Connection, refs: Iterable[Ref], now: datetime) -> dict[Ref, int]:
    """The account of each company reference; a company nobody described yet gets a bare one."""
    wanted = set(refs)
    known = {ref: link.account_id for ref, link in find_account_links(tx, wanted).items()}
    missing = sorted(wanted - known.keys())
    fresh = dict(zip(missing, create_accounts(tx, len(missing), now), strict=True))
    save_account_links(tx, [AccountLink(ref, account_id) for ref, account_id in fresh.items()])
    return known | fresh


def create_accounts(tx: sa.Connection, count: int, now: datetime) -> list[int]:
    """Ids of `count` new accounts."""
    ids = next_ids(tx, accounts, count)
    now_ms = to_ms(now)
    insert(tx, accounts, ("account_id", "created_at"), [(account_id, now_ms) for account_id in ids])
    return ids


@dataclass(frozen=True, slots=True)
class Description:
    """What an account is called, and by what people are matched to it."""

    name: str
    domain: str
    name_key: str


def descriptions(tx: sa.Connection, account_ids: Iterable[int]) -> dict[int, Description]:
    """How these accounts are described now."""
    found: dict[int, Description] = {}
    for batch in chunks(sorted(set(account_ids))):
        query = sa.select(accounts).where(among(tx, accounts.c.account_id, batch))
        found |= {
            row.account_id: Description(row.name, row.domain, row.name_key) for row in tx.execute(query)
        }
    return found


def describe_accounts(tx: sa.Connection, described: Mapping[int, Description]) -> None:
    """Give accounts their name and domain."""
    for account_id, row in sorted(described.items()):
        values = {"name": row.name, "domain": row.domain, "name_key": row.name_key}
        tx.execute(accounts.update().where(accounts.c.account_id == account_id).values(**values))


def accounts_by_domain(tx: sa.Connection, domains: Iterable[str]) -> dict[str, set[int]]:
    """Accounts known under each of these domains."""
    found: dict[str, set[int]] = {}
    for batch in chunks(sorted(set(domains) - {""})):
        query = sa.select(accounts.c.domain, accounts.c.account_id).where(accounts.c.domain.in_(batch))
        for row in tx.execute(query):
            found.setdefault(row.domain, set()).add(row.account_id)
    return found


def systems_of(tx: sa.Connection, account_ids: Iterable[int]) -> dict[int, set[System]]:
    """In which systems each account has a company record that was read and is current."""
    found: dict[int, set[System]] = {}
    columns = (account_links.c.account_id, account_links.c.system)
    for batch in chunks(sorted(set(account_ids))):
        where = account_links.c.account_id.in_(batch) & (account_links.c.state == "current")
        query = sa.select(*columns).where(where, account_links.c.content_hash != 0).distinct()
        for row in tx.execute(query):
            found.setdefault(row.account_id, set()).add(System(row.system))
    return found


def merge_accounts(tx: sa.Connection, loser: int, survivor: int, now: datetime) -> None:
    """Two accounts are one company: its records, people and deals move to `survivor`."""
    people = leads.update().where(leads.c.account_id == loser)
    tx.execute(people.values(account_id=survivor, dirty_at=now))
    for table in (account_links, deals):
        tx.execute(table.update().where(table.c.account_id == loser).values(account_id=survivor))
    tx.execute(accounts.delete().where(accounts.c.account_id == loser))


# --- people of an account --------------------------------------------------------------------------------


def mark_accounts_dirty(tx: sa.Connection, account_ids: Iterable[int], now: datetime) -> None:
    """Everybody at these companies is to be looked at again."""
    for batch in chunks(sorted(set(account_ids))):
        where = (
            among(tx, leads.c.account_id, batch) & leads.c.merged_into.is_(None) & (_STAGE != Stage.ERASED)
        )
        tx.execute(leads.update().where(where).values(dirty_at=now))


def hasten_accounts(tx: sa.Connection, account_ids: Iterable[int]) -> None:
    """Everybody at these companies is due by when what is said of colleagues would end: it may not end."""
    for batch in chunks(sorted(set(account_ids))):
        is_later = leads.c.due_at.is_(None) | (leads.c.due_at > leads.c.reread_at)
        where = among(tx, leads.c.account_id, batch) & leads.c.reread_at.is_not(None) & is_later
        tx.execute(leads.update().where(where, _STAGE != Stage.ERASED).values(due_at=leads.c.reread_at))


_STAGE = sa.func.coalesce(leads.c.stage, "")


def profile_companies(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Per lead, (system, object type, company) of each current record that names a company."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    columns = (profiles.c.lead_id, profiles.c.system, profiles.c.object_type, profiles.c.company)
    for batch in chunks(sorted(set(lead_ids))):
        where = (
            among(tx, profiles.c.lead_id, batch) & (profiles.c.company != "") & (links.c.state == "current")
        )
        for row in tx.execute(sa.select(*columns).join(links, SAME_RECORD).where(where)):
            found.setdefault(row.lead_id, []).append((row.system, row.object_type, row.company))
    return found


Home = tuple[int | None, str]
"""The account of a lead, and the way it came there: blank for an association, else `domain` or `name`."""


def lead_homes(tx: sa.Connection, lead_ids: Iterable[int]) -> dict[int, Home]:
    """Where each lead belongs now."""
    found: dict[int, Home] = {}
    columns = (leads.c.lead_id, leads.c.account_id, leads.c.matched_by)
    for batch in chunks(sorted(set(lead_ids))):
        query = sa.select(*columns).where(among(tx, leads.c.lead_id, batch))
        found.update({row.lead_id: (row.account_id, row.matched_by) for row in tx.execute(query)})
    return found


def set_lead_homes(tx: sa.Connection, changed: Mapping[int, Home]) -> None:
    """Move leads to another account, or to none."""
    update(tx, leads, "lead_id", "account_id", [(item, changed[item][0]) for item in sorted(changed)])
    update(tx, leads, "lead_id", "matched_by", [(item, changed[item][1]) for item in sorted(changed)])


# --- what an account tells about its people --------------------------------------------------------------


@dataclass(slots=True)
class CompanyPicture:
    """What a snapshot shows of one company. `records` are its HubSpot companies, `sales_records` its
    Salesforce accounts, by reference text."""

    name: str = ""
    domain: str = ""
    people: int = 0
    has_open_deal: bool = False
    is_customer: bool = False
    records: dict[str, Mapping[str, str]] = field(default_factory=dict)
    sales_records: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def fields(self, company: str) -> dict[str, str]:
        """`company.*`: of the record the person names, else of the account's first."""
        own = {"name": self.name, "domain": self.domain}
        shown = self.records.get(company) or (self.records[min(self.records)] if self.records else {})
        return {f"company.{name}": value for name, value in (own | dict(shown)).items() if value}


NO_COMPANY = CompanyPicture()


def company_pictures(tx: sa.Connection, account_ids: Iterable[int]) -> dict[int | None, CompanyPicture]:
    """What is known of each account: its description, how many people, whether it buys or bought."""
    found: dict[int | None, CompanyPicture] = {}
    for batch in chunks(sorted(set(account_ids))):
        for row in tx.execute(sa.select(accounts).where(accounts.c.account_id.in_(batch))):
            found[row.account_id] = CompanyPicture(row.name, row.domain)
        _count_people(tx, batch, found)
        _read_deals(tx, batch, found)
        _read_records(tx, batch, found)
    return found


def _count_people(tx: sa.Connection, batch: list[int], found: dict[int | None, CompanyPicture]) -> None:
    query = (
        sa.select(leads.c.account_id, sa.func.count())
        .where(leads.c.account_id.in_(batch), leads.c.merged_into.is_(None), _STAGE != Stage.ERASED)
        .group_by(leads.c.account_id)
    )
    for account_id, people in tx.execute(query):
        found[account_id].people = people


def _read_deals(tx: sa.Connection, batch: list[int], found: dict[int | None, CompanyPicture]) -> None:
    where = deals.c.account_id.in_(batch) & sa.not_(deals.c.is_removed)
    for row in tx.execute(sa.select(deals.c.account_id, deals.c.is_closed, deals.c.is_won).where(where)):
        picture = found[row.account_id]
        picture.has_open_deal = picture.has_open_deal or not row.is_closed
        picture.is_customer = picture.is_customer or row.is_won


def _read_records(tx: sa.Connection, batch: list[int], found: dict[int | None, CompanyPicture]) -> None:
    where = account_links.c.account_id.in_(batch) & (account_links.c.state == "current")
    for row in tx.execute(sa.select(account_links).where(where)):
        picture = found[row.account_id]
        picture.is_customer = picture.is_customer or _is_customer(row.properties)
        shown = picture.records if row.system == System.HUBSPOT else picture.sales_records
        if row.properties or row.system != System.HUBSPOT:
            shown[f"{row.system}:{row.object_type}:{row.object_id}"] = row.properties


def _is_customer(properties: Mapping[str, str]) -> bool:
    """What either CRM calls a customer: HubSpot's lifecycle stage, Salesforce's Account Type ("Customer -
    Direct", "Customer - Channel" as delivered)."""
    is_stage = properties.get("lifecyclestage", "") in {"customer", "evangelist"}
    return is_stage or properties.get("Type", "").startswith("Customer")


# --- users -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UserRow:
    """A Salesforce user or queue, or a HubSpot owner."""

    ref: Ref
    name: str
    email: str | None
    is_active: bool


def save_users(tx: sa.Connection, rows: Iterable[UserRow]) -> int:
    """Write users that are new or changed; returns how many."""
    wanted = {(row.ref.system.value, row.ref.id): row for row in rows}
    stored: dict[tuple[str, str], tuple[Any, ...]] = {}
    for batch in chunks(sorted({object_id for _system, object_id in wanted})):
        for row in tx.execute(sa.select(users).where(users.c.object_id.in_(batch))):
            key = (row.system, row.object_id)
            stored[key] = (row.object_type, row.name, row.email, row.is_active)
    changed = [
        (*key, user.ref.object, user.name, user.email, user.is_active)
        for key, user in sorted(wanted.items())
        if stored.get(key) != (user.ref.object, user.name, user.email, user.is_active)
    ]
    values = ("object_type", "name", "email", "is_active")
    return insert(tx, users, ("system", "object_id", *values), changed, replace=values)
