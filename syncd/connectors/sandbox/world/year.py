"""A whole year of the seeded company: people arrive every week, some come back months later, and both teams
make what slips people make.

The market is smaller than in `company` and busier: of the newcomers more ask for sales, so that a year of a
few hundred people holds some hundred hand-offs, and second and third passes among them.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.world import catalogue, people
from syncd.connectors.sandbox.world.hands import Hands, office_hour
from syncd.connectors.sandbox.world.population import Journey, Person, PersonKind, Population

DAY = timedelta(days=1)
PAST, SPAN = DAY * 90, DAY * 372
AT_START_SHARE = 10  # one of so many is there on the opening day
MIX = (
    (Journey.DORMANT, 16), (Journey.READER, 18), (Journey.LEARNER, 24), (Journey.EVALUATOR, 20),
    (Journey.HAND_RAISER, 22),
)  # fmt: skip
_BUY = frozenset({PersonKind.BUYER, PersonKind.PRIVATE})
_MAY_RETURN = frozenset(
    {Journey.LEARNER, Journey.EVALUATOR, Journey.HAND_RAISER, Journey.LOST, Journey.WORKED}
)
RETURNS_MAX, RETURNS_SHARE = 4, 0.6


def settle(hubspot: HubSpot, contacts: int, opens_at: datetime) -> Population:
    """Plan `contacts` people: some known on the opening day, the others spread over the year."""
    present = contacts // AT_START_SHARE
    coming = people.Coming(SPAN, contacts - present, MIX)
    population = people.settle(hubspot, present, opens_at, coming)
    owners = [owner.id for owner in hubspot.owners]
    _Returns(Hands(hubspot, owners), opens_at).plan(population)
    return population


class _Returns:
    """Who was interested once comes back in their own time: asks again, answers a mail, or reads on."""

    def __init__(self, hands: Hands, opens_at: datetime) -> None:
        self._hands = hands
        self._opens_at, self._ends_at = opens_at, opens_at + SPAN
        self._chance: random.Random = hands.hubspot.kernel.random("world.returns")
        self._ways = (
            (self._asks, 40), (self._contacts_sales, 15), (self._reads_on, 25), (self._answers, 10),
            (self._books, 10),
        )  # fmt: skip

    def plan(self, population: Population) -> None:
        for person in population.contacts:
            if person.kind in _BUY and person.journey in _MAY_RETURN:
                self._plan_of(person)

    def _plan_of(self, person: Person) -> None:
        at = max(person.arrives_at, self._opens_at)
        for _time in range(RETURNS_MAX):
            if self._chance.random() > RETURNS_SHARE:
                return
            at = office_hour(self._chance, at + DAY * self._chance.uniform(12, 130))
            if at > self._ends_at - DAY * 2:
                return
            way = self._chance.choices([way for way, _ in self._ways], [weight for _, weight in self._ways])
            way[0](person, at)

    def _asks(self, person: Person, at: datetime) -> None:
        self._hands.submit(person, at, catalogue.DEMO_FORM, self._facts())

    def _contacts_sales(self, person: Person, at: datetime) -> None:
        said = {"message": self._chance.choice(catalogue.QUESTIONS[:3])}
        self._hands.submit(person, at, catalogue.SALES_FORM, said)

    def _reads_on(self, person: Person, at: datetime) -> None:
        """Prices and proof within a week, and the numbers worked out."""
        case = "/case-studies/" + self._chance.choice(catalogue.CASES)
        self._hands.visit(person, at, [catalogue.PRICING, case])
        self._hands.submit(person, at + DAY, catalogue.BUYING_GUIDES[0])
        compare = "/compare/" + self._chance.choice(catalogue.COMPARE)
        self._hands.visit(person, at + DAY * 2, [catalogue.PRICING, compare])
        self._hands.submit(person, at + DAY * 3, catalogue.ROI_FORM, self._facts())

    def _answers(self, person: Person, at: datetime) -> None:
        """A rep writes, and the person answers the next day."""
        self._hands.sales_mail(person, at, "Planning", catalogue.MAIL_OURS[2], inbound=False)
        reply = self._chance.choice(catalogue.MAIL_REPLIES)
        self._hands.sales_mail(person, at + DAY, "Re: Planning", reply, inbound=True)

    def _books(self, person: Person, at: datetime) -> None:
        outcome = self._chance.choice(("COMPLETED", "COMPLETED", "NO_SHOW", "CANCELLED"))
        self._hands.meeting(person, at, at + DAY * 3, self._chance.choice(catalogue.MEETINGS), outcome)

    def _facts(self) -> dict[str, str]:
        return {
            "budget": self._chance.choice(catalogue.BUDGETS),
            "project_timeline": self._chance.choice(catalogue.TIMELINES),
            "main_challenge": self._chance.choice(catalogue.CHALLENGES),
        }
