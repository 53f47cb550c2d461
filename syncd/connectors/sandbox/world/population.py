"""Who there is: the companies and people of the seeded market, before anything happens.

One pass of seeded chance makes them all, with the day each is first heard of, what kind of person it is and
how it will go about things. Others read the population to make their own records match: e-mail, company and
stage agree.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from syncd.connectors.sandbox.world import names
from syncd.connectors.sandbox.world.names import LANDS, Land

T = TypeVar("T")
COMPANY_SHARE = 5  # people per company


class PersonKind(StrEnum):
    BUYER = "buyer"
    PRIVATE = "private"  # a buyer with a free-mail address
    STUDENT = "student"
    COMPETITOR = "competitor"
    PARTNER = "partner"
    JOB_SEEKER = "job_seeker"
    PITCHER = "pitcher"  # wants to sell to us
    ROLE_BOX = "role_box"
    THROW_AWAY = "throw_away"
    JUNK = "junk"
    EMPLOYEE = "employee"


class Journey(StrEnum):
    """How somebody goes about it. The last four are known to sales before the opening day."""

    DORMANT = "dormant"
    READER = "reader"
    LEARNER = "learner"  # several downloads and a webinar, no more
    EVALUATOR = "evaluator"  # newsletter, webinar, pricing twice, then asks for a demo
    HAND_RAISER = "hand_raiser"  # asks at once
    LOST = "lost"  # sales lost or dropped them; some come back
    WORKED = "worked"  # a lead sales is working
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"


STAGE_OF = {
    Journey.DORMANT: "lead", Journey.READER: "subscriber", Journey.LEARNER: "lead",
    Journey.EVALUATOR: "lead", Journey.HAND_RAISER: "lead", Journey.LOST: "marketingqualifiedlead",
    Journey.WORKED: "salesqualifiedlead", Journey.OPPORTUNITY: "opportunity", Journey.CUSTOMER: "customer",
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Company:
    """One firm. `relation` is prospect, customer, competitor or partner; `hubspot_id` comes later."""

    name: str
    domain: str
    industry: str
    employees: int
    land: Land
    city: str
    phone: str
    relation: str = "prospect"
    hubspot_id: str = ""


@dataclass(slots=True, eq=False)
class Person:
    """One contact. `stage` is its lifecycle stage on the opening day, or when it arrives later."""

    first_name: str
    last_name: str
    email: str
    title: str
    phone: str
    land: Land
    company: Company | None
    kind: PersonKind
    journey: Journey
    stage: str
    arrives_at: datetime
    source: str
    company_typed: str = ""  # what it says of its company on forms
    hubspot_id: str = ""

    @property
    def domain(self) -> str:
        """The company's domain, blank for nobody's."""
        return self.company.domain if self.company is not None else ""


@dataclass(slots=True)
class Population:
    """All companies and people. `contacts` are in order of arrival; some arrive after the opening day."""

    companies: list[Company] = field(default_factory=list)
    contacts: list[Person] = field(default_factory=list)

    def present(self, at: datetime) -> list[Person]:
        """The people known by then."""
        return [person for person in self.contacts if person.arrives_at <= at]


_KINDS = (
    (PersonKind.BUYER, 780), (PersonKind.PRIVATE, 70), (PersonKind.STUDENT, 40), (PersonKind.COMPETITOR, 8),
    (PersonKind.PARTNER, 15), (PersonKind.JOB_SEEKER, 20), (PersonKind.PITCHER, 15),
    (PersonKind.ROLE_BOX, 25),
    (PersonKind.THROW_AWAY, 10), (PersonKind.JUNK, 14), (PersonKind.EMPLOYEE, 3),
)  # fmt: skip
_JOURNEYS = (
    (Journey.DORMANT, 340), (Journey.READER, 330), (Journey.LEARNER, 130), (Journey.EVALUATOR, 45),
    (Journey.HAND_RAISER, 25), (Journey.LOST, 40), (Journey.WORKED, 30), (Journey.OPPORTUNITY, 15),
    (Journey.CUSTOMER, 45),
)  # fmt: skip
NEW = (
    (Journey.DORMANT, 27), (Journey.READER, 33), (Journey.LEARNER, 21), (Journey.EVALUATOR, 10),
    (Journey.HAND_RAISER, 9),
)  # fmt: skip
_OTHERS = ((Journey.DORMANT, 5), (Journey.READER, 4), (Journey.LEARNER, 2), (Journey.HAND_RAISER, 1))
_SOURCES = (
    ("ORGANIC_SEARCH", 32), ("PAID_SEARCH", 14), ("EMAIL_MARKETING", 10), ("SOCIAL_MEDIA", 9),
    ("REFERRALS", 9), ("DIRECT_TRAFFIC", 14), ("OFFLINE", 9), ("PAID_SOCIAL", 3),
)  # fmt: skip
_KNOWN_TO_SALES = {Journey.LOST, Journey.WORKED, Journey.OPPORTUNITY, Journey.CUSTOMER}


# The first two firms are ones the default playbook names in its lists.
_KNOWN_FIRMS = (
    ("Rival Planning", "rival.example", "competitor"),
    ("Implement & Partner", "partner.example", "partner"),
)


Mix = tuple[tuple[Journey, int], ...]


def populate(chance: random.Random, count: int, past_from: datetime, start_at: datetime,
             future: timedelta, newcomers: int, mix: Mix = NEW) -> Population:  # fmt: skip
    """`count` people who arrive between `past_from` and `start_at`, and `newcomers` of that `mix` within
    `future` of it."""
    maker = _Maker(chance)
    found = Population([maker.company() for _n in range(max(8, count // COMPANY_SHARE))])
    for company, (name, domain, relation) in zip(found.companies, _KNOWN_FIRMS, strict=False):
        company.name, company.domain, company.relation = name, domain, relation
    span = (start_at - past_from).total_seconds()
    first_of_all = [kind for kind, _weight in _KINDS]  # however small the world, one of each is in it
    for n in range(count):
        # Lists grow: more people arrived lately than long ago.
        at = past_from + timedelta(seconds=span * chance.betavariate(1.3, 1.0) * 0.98)
        kind = first_of_all[n] if n < len(first_of_all) else _pick(chance, _KINDS)
        found.contacts.append(maker.person(found.companies, kind, at))
    for _n in range(newcomers):
        at = start_at + timedelta(seconds=future.total_seconds() * chance.random())
        found.contacts.append(maker.person(found.companies, _pick(chance, _KINDS), at, mix))
    for person in found.contacts:
        if person.journey in _KNOWN_TO_SALES:
            # They need some weeks to come to where they stand on the opening day.
            person.arrives_at = past_from + (person.arrives_at - past_from) * 0.83
    found.contacts.sort(key=lambda person: person.arrives_at)
    return found


class _Maker:
    """Draws companies and people from one stream of chance; no two share a domain or an address."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._domains: set[str] = set()
        self._emails: set[str] = set()

    def company(self) -> Company:
        chance = self._chance
        land = _pick(chance, [(land, land.weight) for land in LANDS])
        stem = f"{chance.choice(names.FIRM_HEADS)} {chance.choice(names.FIRM_TAILS)}"
        domain = f"{_slug(stem, '-')}.{land.ending}"
        number = 2
        while domain in self._domains:
            domain = f"{_slug(stem, '-')}-{number}.{land.ending}"
            number += 1
        self._domains.add(domain)
        middle = _pick(chance, names.SIZES)
        employees = max(1, round(middle * chance.lognormvariate(0, 0.35)))
        name = f"{stem} {land.form}" if chance.random() < 0.6 else stem
        if number > 2:
            name = f"{name} {chance.choice(land.cities)}"
        return Company(name, domain, _pick(chance, names.TRADES), employees, land, chance.choice(land.cities),
                       f"{land.dial} {chance.randint(1000, 9999)}")  # fmt: skip

    def person(self, companies: list[Company], kind: PersonKind, at: datetime, mix: Mix = ()) -> Person:
        """One of this kind; somebody new where a `mix` says how newcomers go about it."""
        chance = self._chance
        company = self._company_of(kind, companies)
        journey = _pick(chance, _JOURNEYS if kind in {PersonKind.BUYER, PersonKind.PRIVATE} else _OTHERS)
        if mix:
            journey = _pick(chance, mix)
        if company is not None and journey is Journey.CUSTOMER:
            company.relation = "customer"
        land = company.land if company is not None else _pick(chance, [(item, item.weight) for item in LANDS])
        first, last = chance.choice(land.first), chance.choice(land.last)
        if kind is PersonKind.JUNK:
            first, last = chance.choice(names.JUNK_NAMES)
        elif kind is PersonKind.ROLE_BOX:
            first, last = "", ""
        elif chance.random() < 0.03:
            last = ""
        title = (
            chance.choice(names.STUDENT_TITLES) if kind is PersonKind.STUDENT else _pick(chance, names.TITLES)
        )
        has_phone = journey in _KNOWN_TO_SALES or chance.random() < 0.35
        return Person(
            first, last, self._address(kind, first, last, company), title,
            f"{land.dial} {chance.randint(1000, 9999)}" if has_phone else "", land, company, kind, journey,
            STAGE_OF[journey], at, _pick(chance, _SOURCES), self._typed(kind, company),
        )  # fmt: skip

    def _company_of(self, kind: PersonKind, companies: list[Company]) -> Company | None:
        if kind is PersonKind.COMPETITOR:
            return companies[0]
        if kind is PersonKind.PARTNER:
            return companies[1]
        if kind in {PersonKind.BUYER, PersonKind.ROLE_BOX, PersonKind.PITCHER}:
            # A few firms have many people with us, most have one or two.
            place = int((len(companies) - 2) * self._chance.betavariate(0.7, 1.6))
            return companies[2 + place]
        return None

    def _typed(self, kind: PersonKind, company: Company | None) -> str:
        """A company name as people type it: mostly right, sometimes short, sometimes missing."""
        if company is None:
            return (
                "" if self._chance.random() < 0.6 else self._chance.choice(("self-employed", "-", "private"))
            )
        draw = self._chance.random()
        if draw < 0.75 or kind is PersonKind.COMPETITOR:
            return company.name
        return company.name.split(" ")[0] if draw < 0.9 else ""

    def _address(self, kind: PersonKind, first: str, last: str, company: Company | None) -> str:
        chance = self._chance
        local = ".".join(part for part in (_slug(first, ""), _slug(last, "-")) if part) or "x"
        match kind:
            case PersonKind.STUDENT:
                domain = chance.choice((*names.UNIVERSITIES, *names.UNIVERSITIES, "gmail.com"))
            case PersonKind.PRIVATE | PersonKind.JOB_SEEKER:
                domain = chance.choice(names.FREE_MAIL)
            case PersonKind.THROW_AWAY:
                domain = chance.choice(names.THROW_AWAY)
            case PersonKind.JUNK:
                domain = chance.choice((*names.FREE_MAIL, "asdf.com", "test.com"))
            case PersonKind.EMPLOYEE:
                domain = "own-company.example"
            case _:
                domain = company.domain if company is not None else "gmail.com"
        if kind is PersonKind.ROLE_BOX:
            local = chance.choice(names.ROLE_BOXES)
        email, number = f"{local}@{domain}", 2
        while email in self._emails:
            email, number = f"{local}{number}@{domain}", number + 1
        self._emails.add(email)
        return email


def _pick(chance: random.Random, weighted: Sequence[tuple[T, int]]) -> T:
    """One of the values, as likely as its weight says."""
    return chance.choices([value for value, _weight in weighted], [weight for _value, weight in weighted])[0]


def _slug(text: str, joint: str) -> str:
    """The text in plain lower-case letters, words joined by `joint`."""
    special = str.maketrans({"ß": "ss", "ø": "o", "ł": "l"})
    plain = unicodedata.normalize("NFKD", text.lower().translate(special))
    letters = "".join(char for char in plain if char.isascii())
    return joint.join(re.findall(r"[a-z0-9]+", letters))
