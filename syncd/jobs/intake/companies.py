"""Takes companies and users: one account per company across both systems, joined by domain.

A domain joins records of different systems only, when exactly one account has it; free-mail domains never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from syncd.core.model import Ref, System
from syncd.core.names import company_key
from syncd.jobs.intake.matching import match_again
from syncd.jobs.intake.page import Intake, newest
from syncd.jobs.intake.people import VOLATILE
from syncd.jobs.normalise import company_domains, fingerprint
from syncd.ports import Company, User
from syncd.store import accounts
from syncd.store.accounts import AccountLink, Description, UserRow


def take_users(page: Intake, records: Iterable[User]) -> None:
    """Store new and changed users."""
    rows = [UserRow(user.ref, user.name, user.email, user.is_active) for user in records]
    changed = accounts.save_users(page.tx, rows)
    page.count.changed += changed
    page.count.unchanged += len(rows) - changed


@dataclass(slots=True)
class _Accounts:
    """What is known of the accounts a page may touch, kept up while it is decided."""

    links: dict[Ref, AccountLink]
    by_domain: dict[str, set[int]]
    systems: dict[int, set[System]]
    merged: dict[int, int] = field(default_factory=dict)

    def root(self, account_id: int) -> int:
        while account_id in self.merged:
            account_id = self.merged[account_id]
        return account_id

    def under(self, domains: Sequence[str]) -> set[int]:
        return {self.root(found) for domain in domains for found in self.by_domain.get(domain, ())}


def take_companies(page: Intake, records: Iterable[Company]) -> None:
    """Store new and changed companies; everybody at a changed one is looked at again."""
    companies = newest(records)
    known = _look_up(page, companies)
    wanted = [company for company in companies if _is_news(page, company, known.links.get(company.ref))]
    page.count.changed += len(wanted)
    page.count.unchanged += len(companies) - len(wanted)
    rows: list[AccountLink] = []
    described: dict[int, tuple[str, str]] = {}
    for company in wanted:
        domains = company_domains(company.domains)
        account_id = _account_of(page, known, company, domains)
        speaks = company.ref.system is System.HUBSPOT or System.HUBSPOT not in known.systems[account_id]
        if speaks and not company.is_archived:
            described[account_id] = (company.name, domains[0] if domains else "")
            for domain in domains[:1]:
                known.by_domain.setdefault(domain, set()).add(account_id)
        rows += _links(known, company, account_id)
    rows = [replace(row, account_id=known.root(row.account_id)) for row in rows]
    accounts.save_account_links(page.tx, rows)
    kept = {
        item: Description(name, domain, company_key(name))
        for item, (name, domain) in described.items()
        if known.root(item) == item
    }
    survivors = {known.root(loser) for loser in known.merged}
    former = accounts.descriptions(page.tx, kept.keys() | survivors)
    accounts.describe_accounts(page.tx, kept)
    news = {item: text for item, text in kept.items() if former.get(item) != text}
    news |= {item: former[item] for item in survivors - kept.keys() if item in former}
    match_again(page, {item: former[item] for item in news if item in former}, news)
    page.dirty_accounts |= {row.account_id for row in rows}


def _look_up(page: Intake, companies: Sequence[Company]) -> _Accounts:
    refs = {company.ref for company in companies}
    for company in companies:
        refs |= _merged_refs(company)
    links = accounts.find_account_links(page.tx, refs)
    domains = {domain for company in companies for domain in company_domains(company.domains)}
    by_domain = accounts.accounts_by_domain(page.tx, domains)
    ids = {link.account_id for link in links.values()} | {i for found in by_domain.values() for i in found}
    return _Accounts(links, by_domain, accounts.systems_of(page.tx, ids))


def _merged_refs(company: Company) -> set[Ref]:
    return {Ref(company.ref.system, company.ref.object, item) for item in company.merged_ids}


def _content_hash(company: Company) -> int:
    properties = {name: value for name, value in company.properties.items() if name not in VOLATILE}
    return fingerprint(
        company.name, properties, company.domains, sorted(company.merged_ids), company.is_archived
    )


def _is_news(page: Intake, company: Company, link: AccountLink | None) -> bool:
    if link is None:
        return True
    if link.state == "merged":
        return False
    is_removed = link.state != "current"
    if page.is_stale(company.modified_at, link.modified_at, is_removed=is_removed):
        return False
    return is_removed != company.is_archived or link.content_hash != _content_hash(company)


def _account_of(page: Intake, known: _Accounts, company: Company, domains: Sequence[str]) -> int:
    """The account of one company: its own, that of companies merged into it, or the one with its domain."""
    refs = (company.ref, *sorted(_merged_refs(company)))
    own = {known.root(known.links[ref].account_id) for ref in refs if ref in known.links}
    system = company.ref.system
    present = {found for account_id in own for found in known.systems.get(account_id, ())} | {system}
    near = {item for item in known.under(domains) if item not in own}
    if len(near) == 1 and present.isdisjoint(known.systems.get(min(near), set())):
        own |= near
    if not own:
        own = set(accounts.create_accounts(page.tx, 1, page.now))
    account_id = min(own, key=lambda item: (System.HUBSPOT not in known.systems.get(item, ()), item))
    for loser in sorted(own - {account_id}):
        accounts.merge_accounts(page.tx, loser, account_id, page.now)
        known.merged[loser] = account_id
        known.systems.setdefault(account_id, set()).update(known.systems.pop(loser, set()))
    known.systems.setdefault(account_id, set()).add(system)
    return account_id


def _links(known: _Accounts, company: Company, account_id: int) -> list[AccountLink]:
    state = "archived" if company.is_archived else "current"
    content_hash = _content_hash(company)
    own = AccountLink(company.ref, account_id, state, company.properties, content_hash, company.modified_at)
    known.links[company.ref] = own
    merged = [AccountLink(ref, account_id, "merged") for ref in sorted(_merged_refs(company))]
    for link in merged:
        known.links[link.ref] = link
    return [own, *merged]
