"""Lead or Contact: what somebody becomes whom Salesforce does not have yet, person by person.

A colleague of a customer, or of a company somebody is selling to, becomes a Contact on that Account;
everybody else a Lead. Which Account it is has a confidence of its own, with reasons; where several fit alike,
or one only by its name, a person is asked. An Account sales has nothing with makes nobody a Contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from syncd.core.identity import KNOWN_ACCOUNT, WHICH_ACCOUNT, Hold, Suspect
from syncd.core.likeness import CERTAIN_MIN, Likeness, Person
from syncd.core.model import Ref
from syncd.core.names import company_key
from syncd.core.playbook import CaseRule, Cases

_BY: Mapping[str, Likeness] = {
    "person": Likeness(100, ("a person said so",)),
    "native": Likeness(98, ("HubSpot's Salesforce sync names it",)),
    "association": Likeness(92, ("the account of the person's HubSpot company",)),
    "domain": Likeness(91, ("its website has the domain of the person's e-mail or company",)),
    "name": Likeness(70, ("has the name of the person's company",)),
}
"""How an Account came to be thought of as the person's, and how sure that makes it."""
SAME_NAME, SAME_COUNTRY = 4, 2
"""What tells two Accounts apart that were found alike."""
ALIKE = 1
"""Accounts no further apart than this are alike: a company's record is joined to an Account by its domain."""


@dataclass(frozen=True, slots=True)
class AccountInHand:
    """A Salesforce Account of the person's company as read just now, and what sales has with it. `by` is how
    it was found; `owner` is blank where nobody active owns it."""

    ref: Ref
    by: str = "association"
    name: str = ""
    country: str = ""
    owner: str = ""
    is_customer: bool = False
    has_open_deal: bool = False
    url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_in_hand(self) -> bool:
        return self.is_customer or self.has_open_deal


@dataclass(frozen=True, slots=True)
class AsLead:
    """A new Lead. `why` says so where the company has an Account."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class OnAccount:
    """A new Contact on this Account, and why."""

    account: AccountInHand
    why: str


Place: TypeAlias = AsLead | OnAccount | Hold


def place(
    accounts: Sequence[AccountInHand],
    person: Person,
    country: str,
    cases: Cases,
    same: frozenset[Ref] = frozenset(),
    different: frozenset[Ref] = frozenset(),
) -> Place:
    """What the person becomes. `same` and `different` are what people said of Accounts."""
    left = [account for account in accounts if account.ref not in different]
    named = [account for account in left if account.ref in same]
    if len(named) == 1:
        return OnAccount(named[0], "a person chose the account")
    rated = sorted(
        ((_likeness(account, person, country), account) for account in left),
        key=lambda item: (-item[0].percent, item[1].ref),
    )
    if not rated:
        return AsLead("a person said that the accounts found are other companies" if accounts else "")
    best = rated[0][0].percent
    alike = [(likeness, account) for likeness, account in rated if likeness.percent >= best - ALIKE]
    in_hand = [account for _likeness, account in alike if account.is_in_hand]
    if not in_hand:
        return AsLead("sales has no customer and no open opportunity at the account of the company")
    rules = {_rule(account, cases) for account in in_hand}
    if rules == {"lead"}:
        return AsLead("the playbook makes colleagues of such accounts Leads")
    if len(alike) > 1 or best < CERTAIN_MIN:
        return Hold(WHICH_ACCOUNT, _WHICH, _suspects(alike))
    likeness, account = alike[0]
    if rules == {"hold"}:
        return Hold(KNOWN_ACCOUNT, _KNOWN, _suspects(alike))
    return OnAccount(account, _why(likeness, account))


_WHICH = (
    "The company of this person may be one of these Accounts, where sales has a customer or an open "
    "opportunity. Say which, and a Contact is made there, or `new` for a Lead."
)
_KNOWN = (
    "The company of this person is a customer or in an open deal; the person is new to Salesforce. Tell the "
    "owner of the account named here, choose it for a Contact there, or `new` for a Lead all the same."
)


def _likeness(account: AccountInHand, person: Person, country: str) -> Likeness:
    found = _BY.get(account.by, _BY["name"])
    keys = {company_key(name) for name in person.companies} - {""}
    percent, reasons = found.percent, list(found.reasons)
    if account.by not in {"name", "person"} and company_key(account.name) in keys:
        percent, reasons = percent + SAME_NAME, [*reasons, "the same name"]
    if country and account.country.strip().casefold() == country.strip().casefold():
        percent, reasons = percent + SAME_COUNTRY, [*reasons, "the same country"]
    return Likeness(min(percent, 100), tuple(reasons))


def _rule(account: AccountInHand, cases: Cases) -> CaseRule:
    return cases.deal_colleague if account.has_open_deal else cases.customer_colleague


def _why(likeness: Likeness, account: AccountInHand) -> str:
    what = "has an open opportunity" if account.has_open_deal else "is a customer"
    return f"the account {what}; {likeness.percent} % sure it is the company: {', '.join(likeness.reasons)}"


def _suspects(alike: Sequence[tuple[Likeness, AccountInHand]]) -> tuple[Suspect, ...]:
    return tuple(
        Suspect(account.ref, _facts(likeness, account), likeness.percent, account.url, account.fields)
        for likeness, account in alike
    )


def _facts(likeness: Likeness, account: AccountInHand) -> str:
    facts = [*likeness.reasons]
    facts += ["has an open opportunity"] * account.has_open_deal + ["is a customer"] * account.is_customer
    return ", ".join([*facts, f"owner {account.owner}"] if account.owner else facts)
