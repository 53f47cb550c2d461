"""Fills the portal with the seeded company's market: its owners, firms, people, and what they do when.

Nine months of past and eight weeks to come are put on the calendar at once; advancing the clock plays them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.world import catalogue
from syncd.connectors.sandbox.world.hands import Hands
from syncd.connectors.sandbox.world.journeys import Calendar, Journeys, Webinar
from syncd.connectors.sandbox.world.population import (
    NEW,
    Company,
    Journey,
    Mix,
    Person,
    PersonKind,
    Population,
    populate,
)

DAY = timedelta(days=1)
PAST, FUTURE = DAY * 270, DAY * 56
NEWCOMERS_SHARE = 10  # one newcomer in the weeks to come for so many people at the start
OWNERS = (
    ("Kim", "Osei"), ("Maja", "Lindqvist"), ("Priya", "Raman"), ("Jonas", "Becker"), ("Aoife", "Brennan"),
    ("Mara", "Castellan"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coming:
    """How long the calendar goes on after the opening day, how many arrive in that time, and of which mix."""

    span: timedelta
    newcomers: int
    mix: Mix = NEW


def settle(hubspot: HubSpot, contacts: int, opens_at: datetime, coming: Coming | None = None) -> Population:
    """Plan the whole market, with the clock at the beginning of its past. Returns who there is."""
    kernel = hubspot.kernel
    coming = coming or Coming(FUTURE, max(5, contacts // NEWCOMERS_SHARE))
    chance = kernel.random("world.population")
    people = populate(chance, contacts, kernel.now, opens_at, coming.span, coming.newcomers, coming.mix)
    owners = [
        hubspot.add_owner(f"{first}.{last}@northwind.example".lower(), first, last) for first, last in OWNERS
    ]
    chance = kernel.random("world.people")
    for company in people.companies:
        company.hubspot_id = _found(hubspot, chance, company)
    ends_at = opens_at + coming.span
    webinars = _webinars(hubspot, kernel.now, ends_at)
    calendar = Calendar(Hands(hubspot, owners), opens_at, ends_at, webinars, _mailings(kernel.now, ends_at))
    journeys = Journeys(calendar)
    for person in people.contacts:
        journeys.plan(person)
    _clean_up(hubspot, chance, people, opens_at)
    return people


def _found(hubspot: HubSpot, chance: random.Random, company: Company) -> str:
    """The id of the company's record; some facts are missing, as they are."""
    types = {"partner": "PARTNER", "prospect": "PROSPECT", "customer": "PROSPECT"}
    values = {
        "name": company.name, "domain": company.domain, "website": f"https://www.{company.domain}",
        "industry": company.industry if chance.random() < 0.85 else "",
        "numberofemployees": str(company.employees) if chance.random() < 0.85 else "",
        "annualrevenue": str(company.employees * chance.randrange(80, 240) * 1_000),
        "country": company.land.name, "city": company.city, "phone": company.phone,
        "type": types.get(company.relation, ""),
    }  # fmt: skip
    return hubspot.create("companies", {name: value for name, value in values.items() if value}, "import")


def _webinars(hubspot: HubSpot, first: datetime, ends_at: datetime) -> list[Webinar]:
    """One every three weeks, on a Thursday at two, known to the portal from the start."""
    day = first + timedelta(days=(3 - first.weekday()) % 7 + 7)
    found: list[Webinar] = []
    while day < ends_at:
        turn = len(found)
        name = catalogue.WEBINARS[turn % len(catalogue.WEBINARS)]
        if turn >= len(catalogue.WEBINARS):
            name = f"{name} ({turn // len(catalogue.WEBINARS) + 1})"
        held_at = day.replace(hour=14, minute=0, second=0, microsecond=0)
        hubspot.marketing.event(name, held_at)
        found.append(Webinar(name, held_at))
        day += timedelta(days=21)
    return found


def _mailings(first: datetime, ends_at: datetime) -> list[tuple[str, datetime]]:
    """One a month, on the second Tuesday or so."""
    found: list[tuple[str, datetime]] = []
    day = first + timedelta(days=9)
    while day < ends_at:
        found.append(
            (catalogue.MAILINGS[day.month - 1], day.replace(hour=8, minute=30, second=0, microsecond=0))
        )
        day += timedelta(days=30)
    return found


def _clean_up(hubspot: HubSpot, chance: random.Random, people: Population, opens_at: datetime) -> None:
    """What people do to records: merge doubles, bin junk, correct a phone - before the opening and after."""
    present = people.present(opens_at)
    junk = [person for person in present if person.kind is PersonKind.JUNK]
    for person in junk[: len(junk) // 3]:
        when = person.arrives_at + (opens_at - person.arrives_at) * chance.uniform(0.6, 0.9)
        hubspot.kernel.at(when, partial(_archive, hubspot, person))
    quiet = [p for p in present if p.journey is Journey.DORMANT and p.kind is PersonKind.BUYER]
    for n, person in enumerate(chance.sample(quiet, min(6, len(quiet) // 4))):
        # Half of the doubles are merged in the past, half in the weeks to come.
        when = opens_at + timedelta(days=chance.uniform(-20, -2) if n % 2 else chance.uniform(3, 40))
        hubspot.kernel.at(max(when, person.arrives_at + DAY), partial(_double, hubspot, person))
    for person in chance.sample(quiet, min(20, len(quiet) // 4)):
        when = opens_at + timedelta(days=chance.uniform(-30, 50))
        hubspot.kernel.at(max(when, person.arrives_at + DAY), partial(_correct, hubspot, person))


def _archive(hubspot: HubSpot, person: Person) -> None:
    if person.hubspot_id:
        hubspot.archive("contacts", person.hubspot_id)


def _double(hubspot: HubSpot, person: Person) -> None:
    """Somebody entered the person again under another address; now the two become one."""
    if hubspot.record("contacts", person.hubspot_id).archived:
        return
    email = person.email.replace("@", ".2@")
    values = {"email": email, "firstname": person.first_name, "lastname": person.last_name}
    twin = hubspot.create("contacts", {name: value for name, value in values.items() if value})
    person.hubspot_id = hubspot.merge("contacts", person.hubspot_id, twin)


def _correct(hubspot: HubSpot, person: Person) -> None:
    if hubspot.record("contacts", person.hubspot_id).archived:
        return
    phone = person.phone or f"{person.land.dial} 0000"
    hubspot.update("contacts", person.hubspot_id, {"mobilephone": phone})
