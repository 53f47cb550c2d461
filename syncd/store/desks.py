"""What choosing an owner looks at besides the lead: users of both systems, loads, colleagues with sales.

Read only where somebody is to be chosen, in the transaction that keeps the choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from syncd.core.desk import Colleague, Desk, Employer, User, short
from syncd.core.model import Stage, System
from syncd.store.accounts import NEVER
from syncd.store.capacity import held_back, loads
from syncd.store.deliveries import OPEN_LINK_STATES
from syncd.store.tables import SAME_RECORD, accounts, assignments, deals, leads, links, profiles, users

COLLEAGUES_MAX = 20
"""Colleagues with sales looked at per company; the one with sales longest comes first."""

_WITH_SALES = (Stage.OPPORTUNITY, Stage.ACCEPTED, Stage.HANDED_OFF, Stage.SQL)
"""Where sales has an open lead or a deal; who is furthest comes first."""


def desk(tx: sa.Connection, lead_ids: Iterable[int], now: datetime, time_zone: str) -> Desk:
    """The desk at which these leads are given out."""
    found = loads(tx, now, time_zone)
    return Desk(
        users=_users(tx),
        loads={short(owner): load for owner, load in found.items()},
        hosts=_hosts(tx),
        employers=_employers(tx, sorted(set(lead_ids))),
    )


def _users(tx: sa.Connection) -> dict[str, User]:
    query = sa.select(users).where(users.c.system == System.SALESFORCE)
    return {
        short(row.object_id): User(row.object_id, row.name, row.is_active, row.unfit)
        for row in tx.execute(query)
    }


def _hosts(tx: sa.Connection) -> dict[str, str]:
    """HubSpot owners by the address of their Salesforce user; an active one before others of the address."""
    theirs = (
        (users.c.system == System.SALESFORCE) & (users.c.object_type == "user") & users.c.email.is_not(None)
    )
    query = sa.select(users.c.email, users.c.object_id).where(theirs)
    by_email = {
        row.email.casefold(): row.object_id
        for row in tx.execute(query.order_by(users.c.is_active, users.c.object_id.desc()))
    }
    ours = sa.select(users.c.object_id, users.c.email).where(
        users.c.system == System.HUBSPOT, users.c.email.is_not(None)
    )
    return {
        row.object_id: by_email[row.email.casefold()]
        for row in tx.execute(ours)
        if row.email.casefold() in by_email
    }


def _employers(tx: sa.Connection, lead_ids: list[int]) -> dict[int, Employer]:
    """The company of each of these leads, with the colleagues sales has in hand."""
    query = (
        sa.select(leads.c.lead_id, accounts.c.account_id, accounts.c.name, accounts.c.domain)
        .join(accounts, accounts.c.account_id == leads.c.account_id)
        .where(leads.c.lead_id.in_(lead_ids))
    )
    found: dict[int, Employer] = {}
    by_account: dict[int, tuple[Colleague, ...]] = {}
    for row in tx.execute(query):
        if row.account_id not in by_account:
            in_deals = _open_deals(tx, row.account_id)
            by_account[row.account_id] = (*in_deals, *_with_sales(tx, row.account_id))
        others = tuple(item for item in by_account[row.account_id] if item.lead_id != row.lead_id)
        found[row.lead_id] = Employer(f"account:{row.account_id}", row.name or row.domain, others)
    return found


def _open_deals(tx: sa.Connection, account_id: int) -> tuple[Colleague, ...]:
    """Open opportunities of one company in Salesforce, the newest first."""
    is_open = sa.not_(deals.c.is_closed) & sa.not_(deals.c.is_removed)
    query = (
        sa.select(deals)
        .where(
            deals.c.account_id == account_id,
            deals.c.system == System.SALESFORCE,
            deals.c.owner_id != "",
            is_open,
        )
        .order_by(deals.c.modified_at.desc(), deals.c.object_id)
        .limit(COLLEAGUES_MAX)
    )
    return tuple(
        Colleague(
            0, row.owner_id, row.created_at or NEVER, deal=f"{row.system}:{row.object_type}:{row.object_id}"
        )
        for row in tx.execute(query)
    )


def _with_sales(tx: sa.Connection, account_id: int) -> tuple[Colleague, ...]:
    """People of one company that sales has in hand and somebody owns."""
    chosen = (assignments.c.lead_id == leads.c.lead_id) & (assignments.c.pass_number == leads.c.pass_number)
    query = (
        sa.select(leads.c.lead_id, leads.c.stage, leads.c.stage_since_at, assignments.c.owner_id)
        .outerjoin(assignments, chosen)
        .where(
            leads.c.account_id == account_id,
            leads.c.merged_into.is_(None),
            leads.c.stage.in_(_WITH_SALES),
            sa.not_(held_back()),
        )
        .order_by(leads.c.stage_since_at, leads.c.lead_id)
        .limit(COLLEAGUES_MAX)
    )
    rows = sorted(tx.execute(query), key=lambda row: _WITH_SALES.index(Stage(row.stage)))
    shown = _shown(tx, [row.lead_id for row in rows])
    found = []
    for row in rows:
        owner, name = shown.get(row.lead_id, ("", ""))
        owner = owner or row.owner_id or ""
        if owner:
            found.append(Colleague(row.lead_id, owner, row.stage_since_at or NEVER, name))
    return tuple(found)


def _shown(tx: sa.Connection, lead_ids: list[int]) -> dict[int, tuple[str, str]]:
    """Per lead, who owns its Salesforce record and what the person is called."""
    query = (
        sa.select(profiles.c.lead_id, profiles.c.system, profiles.c.object_type, profiles.c.properties)
        .join(links, SAME_RECORD)
        .where(profiles.c.lead_id.in_(lead_ids), links.c.state.in_(OPEN_LINK_STATES))
        .order_by(profiles.c.object_type.desc(), profiles.c.object_id)
    )
    owners: dict[int, str] = {}
    names: dict[int, str] = {}
    for row in tx.execute(query):
        if row.system == System.SALESFORCE and row.properties.get("OwnerId"):
            owners[row.lead_id] = row.properties["OwnerId"]  # the Contact's last: it stands above the Lead's
        names[row.lead_id] = _name(row.properties) or names.get(row.lead_id, "")
    return {item: (owners.get(item, ""), names.get(item, "")) for item in lead_ids}


def _name(properties: Mapping[str, str]) -> str:
    first = properties.get("firstname") or properties.get("FirstName") or ""
    last = properties.get("lastname") or properties.get("LastName") or ""
    return f"{first} {last}".strip()
