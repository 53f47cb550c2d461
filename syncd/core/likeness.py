"""How sure it is that a record is a certain person: a number, a word for it, and the reasons.

Certain acts by itself; likely is a question for a person; anything less is nobody. Ids come before addresses,
addresses before names: a name counts only together with the company, and free mail names no company. Reasons
hold no personal data: they say what agrees, never the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from syncd.core import mail_domains, names
from syncd.core.mailboxes import mailbox

Word: TypeAlias = Literal["certain", "likely", "unlikely"]

CERTAIN_MIN, LIKELY_MIN = 90, 60
PHONE_DIGITS_MIN, PHONE_DIGITS = 7, 9
"""Fewer digits are an extension; numbers are compared by their last nine, with or without country code."""

ACCOUNT_NAME, ACCOUNT_WEBSITE = "_account_name", "_account_website"
"""What a connector adds to a Contact: name and website of its Account."""


@dataclass(frozen=True, slots=True)
class Person:
    """What one side knows of somebody. `domains` are those of employers, `companies` names of companies."""

    first: str = ""
    last: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How sure, of a hundred, and why."""

    percent: int
    reasons: tuple[str, ...] = ()

    @property
    def word(self) -> Word:
        if self.percent >= CERTAIN_MIN:
            return "certain"
        return "likely" if self.percent >= LIKELY_MIN else "unlikely"


NOBODY = Likeness(0)

_BY_ID: Mapping[str, Likeness] = {
    "key": Likeness(100, ("carries our key",)),
    "id": Likeness(99, ("linked before",)),
    "native": Likeness(98, ("HubSpot's Salesforce sync names it",)),
}


def employers(domains: Iterable[str]) -> tuple[str, ...]:
    """Those of these domains that can stand for a company: never free, throw-away or school mail."""
    hosts = (host_of(domain) for domain in domains)
    return tuple(dict.fromkeys(host for host in hosts if host and mail_domains.kind("", host) == "business"))


def host_of(text: str) -> str:
    """The host a website or an address names, without `www.`; blank where there is none."""
    rest = text.strip().lower().rpartition("@")[2].partition("://")
    host = (rest[2] or rest[0]).partition("/")[0].partition(":")[0].removeprefix("www.").rstrip(".")
    return host if "." in host and " " not in host else ""


def of_record(fields: Mapping[str, str]) -> Person:
    """What a Salesforce Lead or Contact says of its person."""
    emails = tuple(item.strip().lower() for item in (fields.get("Email", ""),) if item.strip())
    sites = (fields.get(name, "") for name in ("Website", ACCOUNT_WEBSITE))
    called = (fields.get(name, "") for name in ("Company", ACCOUNT_NAME))
    return Person(
        fields.get("FirstName", ""),
        fields.get("LastName", ""),
        emails,
        tuple(item for name in ("Phone", "MobilePhone") if (item := fields.get(name, ""))),
        employers((*emails, *sites)),
        tuple(item for item in called if item),
    )


def judge(person: Person, fields: Mapping[str, str], matched_by: str) -> Likeness:
    """How sure it is that a record with these fields is `person`, given how it was found."""
    if matched_by in _BY_ID:
        return _BY_ID[matched_by]
    other = of_record(fields)
    relation = names.relation((person.first, person.last), (other.first, other.last))
    return max(
        _by_address(person, other, relation, is_matched=matched_by == "email"),
        _by_name(person, other, relation),
        key=lambda found: found.percent,
    )


def _by_address(person: Person, other: Person, relation: names.Relation, *, is_matched: bool) -> Likeness:
    shared = set(person.emails) & set(other.emails)
    if shared or is_matched:
        if (
            shared
            and relation == "different"
            and all(mail_domains.is_role(item.partition("@")[0]) for item in shared)
        ):
            return Likeness(65, ("same e-mail address", "but a shared mailbox", "and another name"))
        reasons = ("same e-mail address",)
        return Likeness(96, (*reasons, "another name")) if relation == "different" else Likeness(97, reasons)
    if {mailbox(item) for item in person.emails} & {mailbox(item) for item in other.emails}:
        if relation == "different":
            return Likeness(70, ("same mailbox under another address", "but another name"))
        return Likeness(93, ("same mailbox under another address",))
    return NOBODY


def _by_name(person: Person, other: Person, relation: names.Relation) -> Likeness:
    if relation not in {"same", "swapped"}:
        return NOBODY
    called = "same name" if relation == "same" else "same name, first and last exchanged"
    less = 0 if relation == "same" else 8
    if set(person.domains) & set(other.domains):
        percent, with_phone, where = 80, 94, "same company domain"
    elif _company_keys(person) & _company_keys(other):
        percent, with_phone, where = 72, 91, "same company name"
    else:
        return NOBODY
    if _phones(person) & _phones(other):
        return Likeness(with_phone - less, (called, where, "same phone number"))
    return Likeness(percent - less, (called, where))


def _company_keys(person: Person) -> set[str]:
    return {key for name in person.companies if (key := names.company_key(name)) and key not in _NO_COMPANIES}


_NO_COMPANIES = frozenset(
    {"unknown", "not provided", "n a", "na", "none", "self", "self employed", "private"}
)


def _phones(person: Person) -> set[str]:
    digits = ("".join(char for char in phone if char.isdecimal()) for phone in person.phones)
    return {item[-PHONE_DIGITS:] for item in digits if len(item) >= PHONE_DIGITS_MIN}
