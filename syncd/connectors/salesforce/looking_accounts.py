"""What sales has with the Accounts of people: customers, open opportunities, and the Contacts these name.

Read in one call beside the people themselves, so that Lead or Contact is decided on what is there now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from syncd.connectors.salesforce import decode, soql
from syncd.connectors.salesforce.client import Client, Query, Row
from syncd.connectors.salesforce.options import SalesforceOptions
from syncd.connectors.salesforce.schema import Schema
from syncd.core.identity import IN_DEAL, IS_CUSTOMER, OPEN_DEAL
from syncd.core.likeness import ACCOUNT_NAME, ACCOUNT_WEBSITE
from syncd.ports import Candidate

IDS_MAX = 200
"""Ids in one condition: far below what a query of 100,000 characters holds."""
OWNER_IS_ACTIVE = "Owner.IsActive"
_COUNTRIES = ("BillingCountry", "Country")


@dataclass(slots=True)
class AccountFacts:
    """What was found: a row per account, which buy, which have bought, and open deals by contact."""

    rows: dict[str, Row] = field(default_factory=dict)
    in_sale: set[str] = field(default_factory=set)
    bought: set[str] = field(default_factory=set)
    deals: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def marks(self, account_id: str) -> dict[str, str]:
        """What a Contact of this account shows of it."""
        row = self.rows.get(account_id, {})
        state = {OPEN_DEAL: account_id in self.in_sale, IS_CUSTOMER: account_id in self.bought}
        named = {ACCOUNT_NAME: row.get("Name"), ACCOUNT_WEBSITE: row.get("Website")}
        told = {name: decode.text_of(value) for name, value in named.items() if value}
        return {name: "true" for name, holds in state.items() if holds} | told

    def of_contact(self, contact_id: str, account_id: str) -> dict[str, str]:
        """The account's marks, and whether an open opportunity names the Contact itself."""
        named = {IN_DEAL: "true"} if contact_id in self.deals else {}
        return self.marks(account_id) | named

    def candidate(self, account_id: str, url: str) -> Candidate | None:
        """An account as it stands; None where it is gone."""
        row = self.rows.get(account_id)
        if row is None:
            return None
        owner = row.get("Owner") or {}
        fields = decode.texts({name: value for name, value in row.items() if name != "Owner"})
        if owner and not owner.get("IsActive", True):
            fields.pop("OwnerId", None)
        country = next((fields[name] for name in _COUNTRIES if fields.get(name)), "")
        marks = {OPEN_DEAL: account_id in self.in_sale, IS_CUSTOMER: account_id in self.bought}
        shown = {name: "true" for name, holds in marks.items() if holds}
        fields |= shown | ({"country": country} if country else {})
        return Candidate(decode.ref("account", account_id), "near", fields, url=url)


class AccountFinder:
    """Reads accounts. Safe to share between threads."""

    def __init__(self, client: Client, schema: Schema, options: SalesforceOptions) -> None:
        self._client = client
        self._schema = schema
        self._options = options

    def look(self, account_ids: Collection[str], contact_ids: Collection[str]) -> AccountFacts:
        """What is there about these accounts, and the open opportunities of these Contacts. Raises
        SystemFailure."""
        facts = AccountFacts()
        wanted, people = sorted(set(account_ids)), sorted(set(contact_ids))
        for start in range(0, max(len(wanted), len(people)), IDS_MAX):
            part = slice(start, start + IDS_MAX)
            self._look(facts, wanted[part], people[part])
        return facts

    def _look(self, facts: AccountFacts, account_ids: list[str], contact_ids: list[str]) -> None:
        queries: list[Query] = []
        if account_ids:
            queries += [self._accounts(account_ids), self._opportunities(account_ids)]
        if contact_ids:
            queries.append(_roles(contact_ids))
        answers = [
            self._client.rest_of(rows, "query accounts")
            for rows in self._client.queries(queries, "query accounts")
        ]
        if contact_ids:
            for row in answers.pop():
                known = facts.deals.get(str(row["ContactId"]), ())
                facts.deals[str(row["ContactId"])] = tuple(sorted({*known, str(row["OpportunityId"])}))
        if account_ids:
            self._note(facts, *answers)

    def _note(self, facts: AccountFacts, accounts: Collection[Row], sales: Collection[Row]) -> None:
        for row in sales:
            if row["IsWon"]:
                facts.bought.add(str(row["AccountId"]))
            elif not row["IsClosed"]:
                facts.in_sale.add(str(row["AccountId"]))
        for row in accounts:
            facts.rows[str(row["Id"])] = row
            if row.get("Type") in self._options.customer_types:
                facts.bought.add(str(row["Id"]))

    def _accounts(self, ids: list[str]) -> Query:
        fields = self._schema.readable(
            "Account", ("Id", "Name", "OwnerId"), ("Type", "Website", "BillingCountry")
        )
        return Query(soql.Select("Account", (*fields, OWNER_IS_ACTIVE), soql.one_of("Id", ids)).text())

    def _opportunities(self, ids: list[str]) -> Query:
        where = soql.every(soql.one_of("AccountId", ids), _TELLING)
        return Query(soql.Select("Opportunity", ("AccountId", "IsClosed", "IsWon"), where).text())


_TELLING = soql.either(soql.equals("IsClosed", value=False), soql.equals("IsWon", value=True))


def _roles(contact_ids: list[str], also: Collection[str] = ()) -> Query:
    """Open opportunities that name these Contacts, and those asked for whether open or not."""
    is_open = soql.equals("Opportunity.IsClosed", value=False)
    wanted = soql.either(is_open, soql.one_of("OpportunityId", also)) if also else is_open
    where = soql.every(soql.one_of("ContactId", contact_ids), wanted)
    columns = ("ContactId", "OpportunityId", "Opportunity.OwnerId", "Opportunity.Owner.IsActive",
               "Opportunity.IsClosed")  # fmt: skip
    return Query(soql.Select("OpportunityContactRole", columns, where).text())


@dataclass(frozen=True, slots=True, order=True)
class NamedIn:
    """An opportunity that names a Contact. `owner_id` is blank where the owner is not active."""

    id: str
    owner_id: str
    is_open: bool = True


def deals_naming(
    client: Client, contact_ids: Collection[str], also: Collection[str] = ()
) -> Mapping[str, Sequence[NamedIn]]:
    """The open opportunities that name each of these Contacts, and of those in `also` the closed ones too.
    Raises SystemFailure."""
    found: dict[str, set[NamedIn]] = {}
    wanted = sorted(set(contact_ids))
    for start in range(0, len(wanted), IDS_MAX):
        query = _roles(wanted[start : start + IDS_MAX], also)
        rows = client.all_rows(query, "query open deals of contacts")
        for row in rows:
            deal = row.get("Opportunity") or {}
            is_active = (deal.get("Owner") or {}).get("IsActive", True)
            owner_id = str(deal.get("OwnerId") or "") if is_active else ""
            named = NamedIn(str(row["OpportunityId"]), owner_id, not deal.get("IsClosed"))
            found.setdefault(str(row["ContactId"]), set()).add(named)
    return {contact_id: sorted(deals) for contact_id, deals in found.items()}
