"""Which company somebody belongs to when no record says so: by the e-mail's domain, then by the exact name.

Free, throw-away, provider and school mail says nothing of an employer. Both orders of arrival end the same:
a company that comes later takes in whoever waited for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from syncd.core import mail_domains
from syncd.core.names import company_key
from syncd.jobs.intake.page import Intake
from syncd.store import accounts, affiliations
from syncd.store.accounts import Description, Home
from syncd.store.affiliations import Affiliation


def match_people(page: Intake, lead_ids: Collection[int]) -> dict[int, Home]:
    """Account and way of those of `lead_ids` that can be matched; what each can be matched by is kept."""
    if not lead_ids:
        return {}
    wanted = {
        lead_id: Affiliation(_employer(emails), next(filter(None, map(company_key, names)), ""))
        for lead_id, (emails, names) in affiliations.written_by(page.tx, lead_ids).items()
    }
    affiliations.save(page.tx, wanted)
    return affiliations.matched(page.tx, wanted)


def match_again(page: Intake, former: Mapping[int, Description], present: Mapping[int, Description]) -> None:
    """Companies came, merged or changed name or domain: whoever they concern, before or now, is matched
    anew."""
    both = [one[item] for one in (former, present) for item in one]
    if not both:
        return
    keys = {Affiliation(item.domain, item.name_key) for item in both}
    wanted = affiliations.concerned(page.tx, present, keys)
    found = affiliations.matched(page.tx, wanted)
    stored = accounts.lead_homes(page.tx, wanted)
    changed = {item: found.get(item, (None, "")) for item in wanted}
    changed = {item: home for item, home in changed.items() if home != stored[item]}
    accounts.set_lead_homes(page.tx, changed)
    touched = {stored[item][0] for item in changed} | {home for home, _way in changed.values()}
    page.dirty |= changed.keys()
    page.dirty_accounts |= {account_id for account_id in touched if account_id is not None}


def _employer(emails: Collection[str]) -> str:
    """The first domain that stands for an employer."""
    domains = (email.rpartition("@")[2] for email in emails)
    return next((domain for domain in domains if mail_domains.kind("", domain) == "business"), "")
