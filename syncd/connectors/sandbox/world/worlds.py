"""The worlds a sandbox can hold, by name, and how each is built.

A world is built with the clock in its past; what it schedules up to the opening day becomes the records'
history, what it schedules after that happens as tests and demos advance the clock. The org is made on the
opening day and reaches back by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.world import bulk, org, people, personas, year
from syncd.connectors.sandbox.world.marketing_team import MarketingTeam
from syncd.connectors.sandbox.world.native_sync import NativeSync
from syncd.connectors.sandbox.world.org import Org
from syncd.connectors.sandbox.world.personas import Troupe
from syncd.connectors.sandbox.world.population import Population
from syncd.connectors.sandbox.world.sales_slips import SalesSlips
from syncd.connectors.sandbox.world.sales_team import SalesTeam


@dataclass(slots=True)
class Cast:
    """Who plays: the market's people, the org's staff, the sales team, HubSpot's own sync, and people whose
    every step is scripted."""

    population: Population
    org: Org
    sales_team: SalesTeam
    native_sync: NativeSync
    troupe: Troupe = field(default_factory=Troupe)
    marketing: MarketingTeam | None = None  # at work by hand, in worlds that last


Builder = Callable[[HubSpot, Salesforce, int, datetime], Cast]


@dataclass(frozen=True, slots=True)
class World:
    """How long a world's past is, and what fills it up to the opening day and beyond."""

    past: timedelta
    build: Builder


def _empty(hubspot: HubSpot, salesforce: Salesforce, contacts: int, opens_at: datetime) -> Cast:
    """Staff on both sides, and not one record."""
    hubspot.add_owner("kim.osei@northwind.example", "Kim", "Osei")
    hubspot.kernel.advance_to(opens_at)
    return _cast(hubspot, salesforce, Population(), org.add_staff(salesforce))


def _company(hubspot: HubSpot, salesforce: Salesforce, contacts: int, opens_at: datetime) -> Cast:
    """The seeded company: market, org, and a sales team at work."""
    population = people.settle(hubspot, contacts, opens_at)
    hubspot.kernel.advance_to(opens_at)
    present = population.present(opens_at)
    cast = _cast(hubspot, salesforce, population, org.build(salesforce, population.companies, present))
    cast.sales_team.start()
    return cast


def _year(hubspot: HubSpot, salesforce: Salesforce, contacts: int, opens_at: datetime) -> Cast:
    """The company for a year: newcomers, people who come back, and both teams with their slips."""
    population = year.settle(hubspot, contacts, opens_at)
    hubspot.kernel.advance_to(opens_at)
    staff = org.build(salesforce, population.companies, population.present(opens_at))
    cast = _cast(hubspot, salesforce, population, staff)
    cast.marketing = MarketingTeam(hubspot)
    cast.sales_team.start()
    cast.marketing.start()
    SalesSlips(cast.sales_team, hubspot).start()
    return cast


def _personas(hubspot: HubSpot, salesforce: Salesforce, contacts: int, opens_at: datetime) -> Cast:
    """Scripted people alone, each with a story and an end; no sales team acts on its own."""
    staff = org.add_staff(salesforce)
    cast = _cast(hubspot, salesforce, Population(), staff)
    cast.troupe = personas.play(hubspot, salesforce, staff, cast.native_sync, opens_at)
    return cast


def _bulk(hubspot: HubSpot, salesforce: Salesforce, contacts: int, opens_at: datetime) -> Cast:
    """Many plain records with every property filled, for measuring."""
    bulk.fill(hubspot, contacts, opens_at)
    hubspot.kernel.advance_to(opens_at)
    return _cast(hubspot, salesforce, Population(), org.add_staff(salesforce))


def _cast(hubspot: HubSpot, salesforce: Salesforce, population: Population, staff: Org) -> Cast:
    return Cast(population, staff, SalesTeam(salesforce, staff), NativeSync(hubspot, salesforce))


def build(name: str, kernel: Kernel, hubspot: HubSpot, salesforce: Salesforce, contacts: int,
          opens_at: datetime) -> Cast:  # fmt: skip
    """The named world, played up to the opening day."""
    cast = WORLDS[name].build(hubspot, salesforce, contacts, opens_at)
    kernel.advance_to(opens_at)
    return cast


WORLDS: dict[str, World] = {
    "company": World(people.PAST, _company),
    "empty": World(timedelta(0), _empty),
    "personas": World(personas.PAST, _personas),
    "bulk": World(bulk.PAST, _bulk),
    "year": World(year.PAST, _year),
}
