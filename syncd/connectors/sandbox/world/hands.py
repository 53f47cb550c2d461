"""What one person of the market can do, as acts put on the kernel's calendar.

Each method schedules; nothing happens at once. The acts call the portal's own state, so that logs, counters
and modified dates agree whether an act lies in the past of the opening day or after it.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from syncd.connectors.sandbox.hubspot.records import stamp
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.world import catalogue
from syncd.connectors.sandbox.world.population import Person, PersonKind

Act = Callable[[], object]
FREE_MAIL_KINDS = frozenset(
    {PersonKind.PRIVATE, PersonKind.JOB_SEEKER, PersonKind.JUNK, PersonKind.THROW_AWAY}
)
MINUTE = timedelta(minutes=1)
SCANNED = (
    catalogue.HOME, catalogue.PRICING, catalogue.ROI, "/product/forecasting", "/blog/why-forecasts-fail",
)  # fmt: skip
"""Links of the mailing that a gateway tries."""


def office_hour(chance: random.Random, day: datetime) -> datetime:
    """A moment of that day, mostly in working hours; weekends move to Monday three times out of four."""
    if day.weekday() >= 5 and chance.random() < 0.75:
        day += timedelta(days=7 - day.weekday())
    hour = min(21, max(5, round(chance.gauss(12, 3))))
    return day.replace(hour=hour, minute=chance.randrange(60), second=chance.randrange(60), microsecond=0)


def is_behind_a_gateway(domain: str) -> bool:
    """Whether that company's mail passes a gateway that tries links: one in twelve, always the same."""
    return zlib.crc32(domain.encode()) % 12 == 0


class Hands:
    """Everything people do to the portal, put on its kernel's calendar. `owners` are the portal's reps."""

    def __init__(self, hubspot: HubSpot, owners: Sequence[str]) -> None:
        self.hubspot = hubspot
        self.owners = owners
        self.chance = hubspot.kernel.random("world.hands")
        self.gateways = hubspot.kernel.random("world.gateways")

    def at(self, when: datetime, act: Act) -> None:
        self.hubspot.kernel.at(when, act)

    def on(self, person: Person, when: datetime, act: Act) -> None:
        """Do it then, if the portal still knows the person: nothing is tracked for a record in the bin."""

        def if_known() -> None:
            if self._is_known(person):
                act()

        self.at(when, if_known)

    def _is_known(self, person: Person) -> bool:
        return bool(person.hubspot_id) and not self.hubspot.record("contacts", person.hubspot_id).archived

    # --- arriving ---------------------------------------------------------------------------------------

    def arrive(self, person: Person, when: datetime) -> None:
        """The contact comes to be, with what is known of it, at its company."""
        self.at(when, partial(self._arrive, person))

    def _arrive(self, person: Person) -> None:
        known = self.hubspot.contact_by_email(person.email)
        if known is not None:
            person.hubspot_id = known.id
            return
        first_stage = "subscriber" if person.stage == "subscriber" else "lead"
        values = {
            "email": person.email, "firstname": person.first_name, "lastname": person.last_name,
            "jobtitle": person.title, "company": person.company_typed, "phone": person.phone,
            "country": person.land.name if self.chance.random() < 0.8 else "", "lifecyclestage": first_stage,
            "hs_analytics_source": person.source, "hs_latest_source": person.source,
            "hs_marketable_status": "false" if person.kind is PersonKind.JUNK else "true",
            "hs_legal_basis": _basis(person),
        }  # fmt: skip
        source = "import" if person.source == "OFFLINE" else "form"
        person.hubspot_id = self.hubspot.create("contacts", {k: v for k, v in values.items() if v}, source)
        if person.company is not None and person.company.hubspot_id:
            self.hubspot.associate("contacts", person.hubspot_id, "companies", person.company.hubspot_id)

    def stage(self, person: Person, when: datetime, stage: str) -> None:
        """Marketing or sales moves the lifecycle stage by hand or workflow."""
        self.change(person, when, {"lifecyclestage": stage})

    def change(self, person: Person, when: datetime, values: Mapping[str, str]) -> None:
        self.on(person, when, lambda: self.hubspot.update("contacts", person.hubspot_id, values))

    # --- on the site and in mail ------------------------------------------------------------------------

    def visit(self, person: Person, when: datetime, pages: Sequence[str]) -> datetime:
        """Look at these pages one after another; returns when the last one is left."""
        for page in pages:
            self.on(person, when, partial(self._view, person, page))
            when += MINUTE * self.chance.randint(1, 6)
        return when

    def _view(self, person: Person, page: str) -> None:
        self.hubspot.page_view(person.hubspot_id, catalogue.url(page), catalogue.title(page))

    def submit(
        self, person: Person, when: datetime, form: str, values: Mapping[str, str] | None = None
    ) -> None:
        """Fill in a form, after looking at the page it is on."""
        page = catalogue.page_of(form)
        self.visit(person, when - MINUTE, [page])
        given = {
            "firstname": person.first_name, "lastname": person.last_name, "company": person.company_typed,
            "jobtitle": person.title, **(values or {}),
        }  # fmt: skip
        filled = {name: value for name, value in given.items() if value}
        self.at(when, partial(self._submit, person, form, filled, catalogue.url(page)))

    def _submit(self, person: Person, form: str, values: Mapping[str, str], page_url: str) -> None:
        """A form makes a new record of somebody whose old one is in the bin."""
        known = person.hubspot_id if self._is_known(person) else None
        person.hubspot_id = self.hubspot.submit_form(form, person.email, values, page_url, known)

    def mail(self, person: Person, when: datetime, campaign: str, *, opens: int, clicks: str = "") -> None:
        """A marketing e-mail arrives, is opened so often and may be clicked through to a page."""
        self.on(person, when, partial(self._mail, person, campaign, "sent"))
        if person.company is not None and is_behind_a_gateway(person.company.domain):
            self._scan(person, when, campaign)
        self.on(person, when + MINUTE, partial(self._mail, person, campaign, "delivered"))
        for n in range(opens):
            opened_at = when + timedelta(hours=self.chance.expovariate(1 / (6 + 20 * n)))
            self.on(person, opened_at, partial(self._mail, person, campaign, "open"))
        if clicks:
            clicked_at = when + timedelta(hours=self.chance.uniform(1, 20))
            self.on(person, clicked_at, lambda: self.hubspot.email_event(
                person.hubspot_id, campaign, "click", catalogue.url(clicks)))  # fmt: skip
            self.visit(person, clicked_at + MINUTE / 2, [clicks])

    def _scan(self, person: Person, sent_at: datetime, campaign: str) -> None:
        """The company's mail gateway tries the links before it delivers, as any browser would."""
        at = sent_at + timedelta(seconds=self.gateways.uniform(1.5, 6))
        pages = self.gateways.sample(SCANNED, self.gateways.randint(3, len(SCANNED)))
        for page in (*pages, "/unsubscribe"):
            link = catalogue.url(page)
            self.on(person, at, partial(self._mail, person, campaign, "click", link))
            at += timedelta(seconds=self.gateways.uniform(0.05, 0.8))

    def bounce(self, person: Person, when: datetime, campaign: str) -> None:
        self.on(person, when, partial(self._mail, person, campaign, "sent"))
        self.on(person, when + MINUTE, partial(self._mail, person, campaign, "bounce"))

    def unsubscribe(self, person: Person, when: datetime, campaign: str) -> None:
        self.on(person, when, partial(self._mail, person, campaign, "unsubscribe"))

    def _mail(self, person: Person, campaign: str, kind: str, link: str | None = None) -> None:
        self.hubspot.email_event(person.hubspot_id, campaign, kind, link)

    def webinar(self, person: Person, registers: datetime, name: str, held: datetime, *, comes: bool) -> None:
        """Register by form, then attend or not."""
        self.submit(person, registers, name)
        self.on(person, registers + MINUTE, partial(self._attend, person, name, "registered"))
        state = "attended" if comes else "no_show"
        self.on(person, held + timedelta(hours=1), partial(self._attend, person, name, state))

    def _attend(self, person: Person, name: str, state: str) -> None:
        self.hubspot.attend(name, person.hubspot_id, state)

    # --- with sales -------------------------------------------------------------------------------------

    def call(self, person: Person, when: datetime, body: str, *, inbound: bool = False,
             reached: bool = True) -> None:  # fmt: skip
        values = {
            "hs_call_title": "Call", "hs_call_body": f"<p>{body}</p>",
            "hs_call_direction": "INBOUND" if inbound else "OUTBOUND",
            "hs_call_status": "COMPLETED" if reached else "NO_ANSWER",
            "hs_call_duration": str(self.chance.randint(60, 1_500) * 1_000 if reached else 20_000),
        }  # fmt: skip
        self._log("calls", person, when, values)

    def sales_mail(self, person: Person, when: datetime, subject: str, text: str, *, inbound: bool) -> None:
        values = {
            "hs_email_direction": "INCOMING_EMAIL" if inbound else "EMAIL", "hs_email_status": "SENT",
            "hs_email_subject": subject, "hs_email_text": text, "hs_email_html": f"<div>{text}</div>",
        }  # fmt: skip
        self._log("emails", person, when, values)

    def meeting(self, person: Person, booked: datetime, starts: datetime, title: str, outcome: str) -> None:
        """A meeting is booked, then held or not."""
        values = {
            "hs_meeting_title": title, "hs_meeting_start_time": stamp(starts), "hs_timestamp": stamp(starts),
            "hs_meeting_end_time": stamp(starts + timedelta(minutes=45)), "hs_meeting_outcome": "SCHEDULED",
        }  # fmt: skip
        made: list[str] = []

        def book() -> None:
            made.append(self._logged("meetings", person, values))

        def hold() -> None:
            if made:
                self.hubspot.update("meetings", made[0], {"hs_meeting_outcome": outcome})

        self.on(person, booked, book)
        self.at(starts + timedelta(hours=1), hold)

    def note(self, person: Person, when: datetime, text: str) -> None:
        self._log("notes", person, when, {"hs_note_body": f"<p>{text}</p>"})

    def task(self, person: Person, when: datetime, subject: str, *, is_done: bool) -> None:
        status = "COMPLETED" if is_done else "NOT_STARTED"
        self._log("tasks", person, when, {"hs_task_subject": subject, "hs_task_status": status,
                                          "hs_task_type": "CALL"})  # fmt: skip

    def message(self, person: Person, when: datetime, text: str) -> None:
        self._log("communications", person, when, {"hs_communication_channel_type": "LINKEDIN_MESSAGE",
                                                   "hs_communication_body": text,
                                                   "hs_communication_logged_from": "CRM"})  # fmt: skip

    def _log(self, kind: str, person: Person, when: datetime, values: Mapping[str, str]) -> None:
        self.on(person, when, partial(self._logged, kind, person, values))

    def _logged(self, kind: str, person: Person, values: Mapping[str, str]) -> str:
        owned = {**values, "hubspot_owner_id": self.chance.choice(self.owners)}
        firm = person.company.hubspot_id if person.company is not None else ""
        return self.hubspot.log(kind, owned, [person.hubspot_id], [firm] if firm else [])


def _basis(person: Person) -> str:
    """On what ground the person's data is used: bought and imported lists say nothing, most forms do."""
    number = zlib.crc32(person.email.encode()) % 10
    if person.source == "OFFLINE" or number == 0:
        return ""
    return "Freely given consent" if number < 4 else "Legitimate interest - prospect or lead"
