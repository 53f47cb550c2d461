"""How people of each kind go about it, from their first day to the end of the calendar.

A journey is planned whole when the world is built: most of it lies before the opening day and becomes
history, the rest is what tests and demos see happen. Engagement has a heavy tail: a few people do most of
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.connectors.sandbox.world import catalogue as shown
from syncd.connectors.sandbox.world.hands import MINUTE, Hands, office_hour
from syncd.connectors.sandbox.world.population import Journey, Person, PersonKind

DAY = timedelta(days=1)
ACTS_MAX = 60


@dataclass(frozen=True, slots=True)
class Webinar:
    name: str
    held_at: datetime


@dataclass(slots=True)
class Calendar:
    """What the journeys are laid into. Nothing is planned after `ends_at`."""

    hands: Hands
    opens_at: datetime
    ends_at: datetime
    webinars: Sequence[Webinar]
    mailings: Sequence[tuple[str, datetime]]


class Journeys:
    """Plans one person after the other from one stream of chance."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._hands = calendar.hands
        self._chance = calendar.hands.hubspot.kernel.random("world.journeys")
        self._plans: dict[Journey, Callable[[Person], None]] = {
            Journey.DORMANT: self._dormant, Journey.READER: self._reader, Journey.LEARNER: self._learner,
            Journey.EVALUATOR: self._evaluator, Journey.HAND_RAISER: self._hand_raiser,
            Journey.LOST: self._lost, Journey.WORKED: self._worked,
            Journey.OPPORTUNITY: self._opportunity, Journey.CUSTOMER: self._customer,
        }  # fmt: skip

    def plan(self, person: Person) -> None:
        """Everything this person will do, and the mailings it gets."""
        self._hands.arrive(person, person.arrives_at)
        if person.kind is PersonKind.JOB_SEEKER:
            self._job_seeker(person)
        elif person.kind is PersonKind.STUDENT:
            self._student(person)
        elif person.kind is PersonKind.PITCHER:
            self._pitcher(person)
        else:
            self._plans[person.journey](person)
        self._mailings(person)

    # --- time -------------------------------------------------------------------------------------------

    def _after(self, start: datetime, days_min: float, days_max: float) -> datetime:
        """A moment so many days after another one, never past the end of the calendar."""
        day = start + DAY * self._chance.uniform(days_min, days_max)
        return min(max(office_hour(self._chance, day), start + MINUTE * 5), self._calendar.ends_at)

    def _some_days(self, start: datetime, mean: float) -> list[datetime]:
        """Visits on days between the start and the end: few for most people, many for a few."""
        most = min(ACTS_MAX, round(mean * self._chance.paretovariate(1.4) - mean * 0.6))
        span = (self._calendar.ends_at - start).total_seconds()
        days = (start + timedelta(seconds=span * self._chance.random()) for _n in range(max(0, most)))
        return sorted(max(office_hour(self._chance, day), start + MINUTE * 5) for day in days)

    # --- those who read ---------------------------------------------------------------------------------

    def _dormant(self, person: Person) -> None:
        first = person.arrives_at + MINUTE * 10
        if person.source != "OFFLINE":
            self._hands.submit(person, first, self._chance.choice((*shown.EBOOKS, shown.NEWSLETTER)))
        if self._chance.random() < 0.12:
            self._hands.bounce(person, self._after(first, 5, 60), self._chance.choice(shown.MAILINGS))

    def _reader(self, person: Person) -> None:
        first = person.arrives_at + MINUTE * 10
        self._hands.submit(person, first, shown.NEWSLETTER)
        for when in self._some_days(first, 2.0):
            self._hands.visit(person, when, self._casual_pages())
        if self._chance.random() < 0.3:
            self._hands.submit(person, self._after(first, 3, 90), self._chance.choice(shown.EBOOKS))
        if self._chance.random() < 0.08:
            when = self._after(first, 20, 120)
            self._hands.unsubscribe(person, when, self._chance.choice(shown.MAILINGS))

    def _learner(self, person: Person) -> None:
        first = person.arrives_at + MINUTE * 10
        for n, form in enumerate(self._chance.sample(shown.EBOOKS, self._chance.randint(2, 4))):
            self._hands.submit(person, first if n == 0 else self._after(first, 3, 80), form)
        for when in self._some_days(first, 3.0):
            self._hands.visit(person, when, self._casual_pages() + self._product_pages())
        self._webinar_after(person, first)
        if self._chance.random() < 0.25:
            self._hands.submit(person, self._after(first, 10, 90), self._chance.choice(shown.BUYING_GUIDES))
        if self._chance.random() < 0.2:
            self._hands.submit(person, self._after(first, 10, 90), shown.SURVEY)

    # --- those who buy ----------------------------------------------------------------------------------

    def _evaluator(self, person: Person) -> None:
        """Newsletter, webinar, pricing twice, then the demo; one in three stops short."""
        first = person.arrives_at + MINUTE * 10
        self._hands.submit(person, first, shown.NEWSLETTER)
        opening = self._calendar.opens_at
        span = self._calendar.ends_at - opening
        # Their decisive weeks are spread from two months before the opening to the end of the calendar.
        turn = max(first + DAY, opening + span * self._chance.uniform(-0.8, 0.75))
        self._webinar_after(person, turn - DAY * 12, comes=0.9)
        for n in range(5):
            campaign, _at = self._calendar.mailings[n % len(self._calendar.mailings)]
            when = self._after(turn, -6 + n, -5 + n)
            self._hands.mail(person, when, campaign, opens=1, clicks=shown.PRICING if n == 2 else "")
        self._hands.visit(person, self._after(turn, 0, 1), [shown.HOME, shown.PRICING])
        compare = "/compare/" + self._chance.choice(shown.COMPARE)
        case = "/case-studies/" + self._chance.choice(shown.CASES)
        self._hands.visit(person, self._after(turn, 2, 4), [shown.PRICING, compare, case])
        if self._chance.random() < 0.5:
            self._hands.submit(person, self._after(turn, 3, 5), shown.ROI_FORM, self._facts())
        if self._chance.random() < 0.67:
            self._hands.submit(person, self._after(turn, 5, 9), shown.DEMO_FORM, self._facts())

    def _hand_raiser(self, person: Person) -> None:
        first = person.arrives_at + MINUTE * 10
        self._hands.visit(person, first, [shown.HOME, "/product/" + self._chance.choice(shown.PRODUCT)])
        form = self._chance.choice((shown.DEMO_FORM, shown.DEMO_FORM, shown.SALES_FORM, shown.QUOTE_FORM,
                                    shown.TRIAL_FORM))  # fmt: skip
        values = {**self._facts(), "message": self._chance.choice(shown.QUESTIONS)}
        self._hands.submit(person, first + MINUTE * 15, form, values)
        if self._chance.random() < 0.2:
            self._hands.call(
                person, self._after(first, 0, 2), self._chance.choice(shown.CALL_NOTES), inbound=True
            )

    # --- those sales knows ------------------------------------------------------------------------------

    def _worked(self, person: Person) -> None:
        first = person.arrives_at + MINUTE * 10
        self._hands.submit(person, first, shown.SALES_FORM, self._facts())
        self._stages(person, first, "marketingqualifiedlead", "salesqualifiedlead")
        self._sales_work(person, first, self._chance.randint(2, 5))

    def _lost(self, person: Person) -> None:
        """Worked once without success; a third of them come back in their own time."""
        self._worked_until(person, ("marketingqualifiedlead", "salesqualifiedlead"), 2)
        self._hands.stage(person, self._after(person.arrives_at, 40, 60), "marketingqualifiedlead")
        if self._chance.random() < 0.35:
            back = self._after(self._calendar.opens_at, 1, 40)
            self._hands.visit(person, back, [shown.PRICING, "/case-studies/" + shown.CASES[0]])
            self._hands.visit(person, self._after(back, 2, 5), [shown.PRICING, shown.ROI])
            if self._chance.random() < 0.6:
                self._hands.submit(person, self._after(back, 5, 8), shown.DEMO_FORM, self._facts())
            else:
                reply = self._chance.choice(shown.MAIL_REPLIES)
                self._hands.sales_mail(person, self._after(back, 5, 8), "Re: Planning", reply, inbound=True)

    def _opportunity(self, person: Person) -> None:
        self._worked_until(person, ("salesqualifiedlead", "opportunity"), 5)

    def _customer(self, person: Person) -> None:
        self._worked_until(person, ("salesqualifiedlead", "opportunity", "customer"), 4)
        for when in self._some_days(person.arrives_at + DAY * 30, 2.5):
            self._hands.visit(person, when, [shown.DOCS, "/product/integrations"])

    def _worked_until(self, person: Person, stages: tuple[str, ...], acts: int) -> None:
        first = person.arrives_at + MINUTE * 10
        self._hands.submit(
            person, first, self._chance.choice((shown.DEMO_FORM, shown.SALES_FORM)), self._facts()
        )
        self._stages(person, first, *stages)
        self._sales_work(person, first, acts)

    def _stages(self, person: Person, first: datetime, *stages: str) -> None:
        """Move through the stages, a few days apart."""
        when = first
        for stage in stages:
            when = self._after(when, 1, 9)
            self._hands.stage(person, when, stage)

    def _sales_work(self, person: Person, first: datetime, acts: int) -> None:
        hands, chance, when = self._hands, self._chance, first
        for _n in range(acts):
            when = self._after(when, 0.3, 8)
            match chance.randrange(6):
                case 0 | 1:
                    hands.call(person, when, chance.choice(shown.CALL_NOTES), reached=chance.random() < 0.6)
                case 2:
                    hands.sales_mail(person, when, "Planning", chance.choice(shown.MAIL_OURS), inbound=False)
                    if chance.random() < 0.4:
                        reply = chance.choice(shown.MAIL_REPLIES)
                        hands.sales_mail(
                            person, self._after(when, 0.2, 3), "Re: Planning", reply, inbound=True
                        )
                case 3:
                    outcome = chance.choice(("COMPLETED", "COMPLETED", "COMPLETED", "NO_SHOW", "CANCELLED"))
                    starts = self._after(when, 1, 6)
                    hands.meeting(person, when, starts, chance.choice(shown.MEETINGS), outcome)
                case 4:
                    hands.note(person, when, chance.choice(shown.NOTES))
                case _:
                    hands.task(person, when, "Follow up", is_done=chance.random() < 0.7)
                    if chance.random() < 0.2:
                        hands.message(person, when, "Thanks for connecting. Shall we talk next week?")

    # --- those who want something else ------------------------------------------------------------------

    def _job_seeker(self, person: Person) -> None:
        first = person.arrives_at + MINUTE * 10
        for n in range(self._chance.randint(3, 5)):
            self._hands.visit(person, self._after(first, n, n + 2), [shown.CAREERS])
        if self._chance.random() < 0.6:
            self._hands.submit(person, self._after(first, 1, 10), shown.JOB_FORM)

    def _student(self, person: Person) -> None:
        first = person.arrives_at + MINUTE * 10
        for form in self._chance.sample(shown.EBOOKS, self._chance.randint(1, 3)):
            self._hands.submit(person, self._after(first, 0, 6), form)
        if self._chance.random() < 0.4:
            message = self._chance.choice(shown.STUDY_WORDS)
            self._hands.submit(person, self._after(first, 2, 9), shown.DEMO_FORM, {"message": message})

    def _pitcher(self, person: Person) -> None:
        message = self._chance.choice(shown.PITCHES)
        self._hands.submit(person, person.arrives_at + MINUTE * 10, shown.SALES_FORM, {"message": message})

    # --- parts of journeys ------------------------------------------------------------------------------

    def _mailings(self, person: Person) -> None:
        """The monthly mailing, to those who may be mailed, from the day they arrive."""
        if person.kind in {PersonKind.JUNK, PersonKind.THROW_AWAY} or self._chance.random() < 0.35:
            return
        interest = min(0.75, self._chance.betavariate(1.1, 3.5))
        for campaign, at in self._calendar.mailings:
            if at <= person.arrives_at + DAY:
                continue
            is_opened = self._chance.random() < interest
            clicks = (
                "/blog/" + self._chance.choice(shown.BLOG) if self._chance.random() < interest / 5 else ""
            )
            self._hands.mail(person, at, campaign, opens=int(is_opened) * self._chance.randint(1, 2),
                             clicks=clicks if is_opened else "")  # fmt: skip

    def _webinar_after(self, person: Person, when: datetime, comes: float = 0.5) -> None:
        """Register for the next webinar after that moment, if there is one."""
        nxt = next((item for item in self._calendar.webinars if item.held_at > when + DAY), None)
        if nxt is None or nxt.held_at <= person.arrives_at + DAY:
            return
        registers = max(person.arrives_at + MINUTE * 30, nxt.held_at - DAY * self._chance.uniform(1, 12))
        attends = self._chance.random() < comes
        self._hands.webinar(person, registers, nxt.name, nxt.held_at, comes=attends)

    def _casual_pages(self) -> list[str]:
        pages = ["/blog/" + slug for slug in self._chance.sample(shown.BLOG, self._chance.randint(1, 3))]
        return [shown.HOME, *pages] if self._chance.random() < 0.4 else pages

    def _product_pages(self) -> list[str]:
        return ["/product/" + slug for slug in self._chance.sample(shown.PRODUCT, self._chance.randint(0, 2))]

    def _facts(self) -> dict[str, str]:
        """What people say of budget, time, need and role; blanks are left out later."""
        return {
            "budget": self._chance.choice(shown.BUDGETS),
            "project_timeline": self._chance.choice(shown.TIMELINES),
            "main_challenge": self._chance.choice(shown.CHALLENGES),
            "role_in_purchase": self._chance.choice(shown.ROLES),
            "current_tool": self._chance.choice(shown.TOOLS),
        }  # fmt: skip
