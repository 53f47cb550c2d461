"""What people do on the site and in mail, and the contact counters it keeps up to date.

Forms, page views, marketing e-mail and marketing events are kept as logs for the endpoints that show them,
and every act moves the contact's own `hs_analytics_*`, `hs_email_*` and conversion properties, and with
them its modified date: the two never disagree. A reply to marketing mail shows in the counters alone: the
legacy e-mail events have no such type (facts section 9).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncd.connectors.sandbox.hubspot.definitions import BadValue, canonical
from syncd.connectors.sandbox.hubspot.records import Record, epoch_ms

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

VISIT_GAP = timedelta(minutes=30)
SUBMISSIONS_KEPT = 800  # in hs_calculated_form_submissions
MAIL_KINDS = {
    "sent": "SENT", "delivered": "DELIVERED", "open": "OPEN", "click": "CLICK", "bounce": "BOUNCE",
    "unsubscribe": "STATUSCHANGE", "reply": "",
}  # fmt: skip
_COUNTED = {
    "delivered": "delivered",
    "open": "open",
    "click": "click",
    "bounce": "bounce",
    "reply": "replied",
}
_DATED = {"sent": "send", "open": "open", "click": "click", "reply": "reply"}
ATTENDANCE = {
    "registered": "REGISTERED",
    "attended": "ATTENDED",
    "no_show": "NO_SHOW",
    "cancelled": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Submission:
    conversion_id: str
    at: datetime
    email: str
    values: Mapping[str, str]
    page_url: str


@dataclass(slots=True)
class Form:
    id: str
    name: str
    created_at: datetime
    submissions: list[Submission] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PageEvent:
    id: str
    at: datetime
    contact: int
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Campaign:
    id: int
    group_id: int
    name: str
    subject: str


@dataclass(frozen=True, slots=True)
class MailEvent:
    id: str
    at: datetime
    type: str
    recipient: str
    campaign: Campaign
    url: str | None = None
    sent: MailEvent | None = None
    agent: str = ""


@dataclass(slots=True)
class MarketingEvent:
    id: str
    name: str
    type: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Participation:
    id: str
    event_id: str
    contact: int
    state: str
    at: datetime
    duration_s: int = 0


class Marketing:
    """The portal's forms, traffic, mail and events. Logs are in order of time."""

    def __init__(self, hubspot: HubSpot) -> None:
        self._hubspot = hubspot
        self._chance = hubspot.kernel.random("hubspot.marketing")
        self.forms: dict[str, Form] = {}
        self.page_events: list[PageEvent] = []
        self.campaigns: dict[str, Campaign] = {}
        self.mail_events: list[MailEvent] = []
        self.mail_to: dict[str, list[MailEvent]] = defaultdict(list)
        self.events: dict[str, MarketingEvent] = {}
        self.participations: list[Participation] = []

    # --- forms ------------------------------------------------------------------------------------------

    def form(self, name: str) -> Form:
        """The form of that name, made when there is none."""
        if name not in self.forms:
            self.forms[name] = Form(self._uuid(), name, self._hubspot.kernel.now)
        return self.forms[name]

    def submit(self, form_name: str, email: str, values: Mapping[str, str], page_url: str,
               contact_id: str | None) -> str:  # fmt: skip
        """The id of the contact who submitted. What cannot be stored stays in the submission."""
        now, form = self._hubspot.kernel.now, self.form(form_name)
        contact = self._submitter(email, contact_id)
        is_first_here = not any(item.email == email.lower() for item in form.submissions)
        kept = {"email": email, **values}
        form.submissions.append(Submission(self._uuid(), now, email.lower(), kept, page_url))
        changes = self._storable(contact, values)
        text = self._hubspot.now_text()
        # The page's title stands before the form's name in the conversion properties.
        event = f"{_page_title(page_url)}: {form_name}"
        if "first_conversion_date" not in contact.properties:
            changes |= {"first_conversion_date": text, "first_conversion_event_name": event}
        changes |= {"recent_conversion_date": text, "recent_conversion_event_name": event}
        changes |= _raised(contact, "num_conversion_events", "hs_analytics_num_event_completions")
        if is_first_here:
            changes |= _raised(contact, "num_unique_conversion_events")
        earlier = contact.properties.get("hs_calculated_form_submissions", "")
        listed = [*(earlier.split(";") if earlier else []), f"{form.id}::{epoch_ms(now)}"]
        changes["hs_calculated_form_submissions"] = ";".join(listed[-SUBMISSIONS_KEPT:])
        self._hubspot.set(contact, changes, "form")
        return contact.id

    def _submitter(self, email: str, contact_id: str | None) -> Record:
        if contact_id is not None:
            return self._hubspot.record("contacts", contact_id)
        known = self._hubspot.contact_by_email(email)
        if known is not None:
            return known
        return self._hubspot.record("contacts", self._hubspot.create("contacts", {"email": email}, "form"))

    def _storable(self, contact: Record, values: Mapping[str, str]) -> dict[str, str]:
        """What of a submission the contact takes over: known, writable, well-formed properties."""
        known = self._hubspot.definitions["contacts"]
        kept: dict[str, str] = {}
        for name, value in values.items():
            definition = known.get(name)
            if (
                definition is None
                or definition.is_read_only
                or name in {"email", "lifecyclestage"}
                or not value
            ):
                continue
            stored = canonical(definition, value)
            if not isinstance(stored, BadValue) and contact.properties.get(name) != stored:
                kept[name] = stored
        return kept

    # --- the site ---------------------------------------------------------------------------------------

    def view(self, contact: Record, url: str, title: str) -> None:
        """One page seen. Half an hour without a page begins a new visit."""
        now, text, known = self._hubspot.kernel.now, self._hubspot.now_text(), contact.properties
        changes = {"hs_analytics_last_url": url, "hs_analytics_last_timestamp": text}
        changes |= _raised(contact, "hs_analytics_num_page_views")
        last = known.get("hs_analytics_last_timestamp")
        if last is None or now - datetime.fromisoformat(last) > VISIT_GAP:
            changes |= _raised(contact, "hs_analytics_num_visits")
            changes["hs_analytics_last_visit_timestamp"] = text
        if "hs_analytics_first_url" not in known:
            changes |= {
                "hs_analytics_first_url": url, "hs_analytics_first_timestamp": text,
                "hs_analytics_first_visit_timestamp": text,
            }  # fmt: skip
        views = int(changes["hs_analytics_num_page_views"])
        visits = int(changes.get("hs_analytics_num_visits") or known["hs_analytics_num_visits"])
        changes["hs_analytics_average_page_views"] = str(round(views / visits))
        self.page_events.append(PageEvent(self._uuid(), now, contact.number, url, title))
        self._hubspot.set(contact, changes)

    # --- marketing e-mail -------------------------------------------------------------------------------

    def campaign(self, name: str) -> Campaign:
        """The e-mail of that name, made when there is none."""
        if name not in self.campaigns:
            number = 90_000_000 + 1_733 * (len(self.campaigns) + 1)
            self.campaigns[name] = Campaign(number, number + 500_000_000, name, name)
        return self.campaigns[name]

    def mail(self, contact: Record, campaign: str, kind: str, url: str | None, agent: str = "") -> None:
        """One event of a marketing e-mail to this contact. Raises KeyError for a kind there is not."""
        event_type, text = MAIL_KINDS[kind], self._hubspot.now_text()
        recipient = contact.properties["email"]
        mail = self.campaign(campaign)
        if event_type:
            before = reversed(self.mail_to[recipient])
            sent = next((item for item in before if item.type == "SENT" and item.campaign == mail), None)
            now = self._hubspot.kernel.now
            event = MailEvent(self._uuid(), now, event_type, recipient, mail, url, sent, agent)
            self.mail_events.append(event)
            self.mail_to[recipient].append(event)
        changes: dict[str, str] = {}
        if kind in _COUNTED:
            changes |= _raised(contact, f"hs_email_{_COUNTED[kind]}")
        if kind in _DATED:
            changes[f"hs_email_last_{_DATED[kind]}_date"] = text
            if f"hs_email_first_{_DATED[kind]}_date" not in contact.properties:
                changes[f"hs_email_first_{_DATED[kind]}_date"] = text
        if kind == "sent":
            changes["hs_email_last_email_name"] = campaign
            changes |= _raised(contact, "hs_email_sends_since_last_engagement")
        elif kind in {"open", "click", "reply"}:
            changes["hs_email_sends_since_last_engagement"] = "0"
        elif kind == "unsubscribe":
            changes["hs_email_optout"] = "true"
        elif kind == "bounce":
            changes |= {"hs_email_bad_address": "true", "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}
        self._hubspot.set(contact, changes)

    # --- marketing events -------------------------------------------------------------------------------

    def event(self, name: str, starts_at: datetime | None = None, type_: str = "WEBINAR") -> MarketingEvent:
        """The marketing event of that name, made (for now, unless a start is given) when there is none."""
        if name not in self.events:
            now = self._hubspot.kernel.now
            start = starts_at if starts_at is not None else now
            id_ = str(41_000_000_000 + 7_919 * (len(self.events) + 1))
            self.events[name] = MarketingEvent(id_, name, type_, start, start + timedelta(hours=1), now)
        return self.events[name]

    def attend(self, event_name: str, contact: Record, state: str) -> None:
        """A contact's new state in an event. Raises KeyError for a state there is not."""
        event, shown = self.event(event_name), ATTENDANCE[state]
        duration_s = self._chance.randint(600, 3_300) if state == "attended" else 0
        now = self._hubspot.kernel.now
        item = Participation(self._uuid(), event.id, contact.number, shown, now, duration_s)
        self.participations.append(item)

    # --- calls, meetings and the like -------------------------------------------------------------------

    def activity_logged(self, activity: Record, people: list[Record]) -> None:
        """Keep the sales-activity properties of the contacts an engagement was logged for."""
        at = activity.properties["hs_timestamp"]
        for person in people:
            changes = {"notes_last_updated": at, **_raised(person, "num_notes")}
            changes |= _contact_made(activity, person, at, self._hubspot.now_text())
            self._hubspot.set(person, changes)

    # --- merges and privacy -----------------------------------------------------------------------------

    def succeed(self, old: int, new: int) -> None:
        """Give what a merged contact did to the survivor."""
        self.page_events = [_moved_view(item, old, new) for item in self.page_events]
        self.participations = [_moved_part(item, old, new) for item in self.participations]

    def forget_contact(self, number: int) -> None:
        self.page_events = [item for item in self.page_events if item.contact != number]
        self.participations = [item for item in self.participations if item.contact != number]

    def forget(self, email: str) -> None:
        """Drop what is kept by address."""
        for form in self.forms.values():
            form.submissions = [item for item in form.submissions if item.email != email]
        self.mail_events = [item for item in self.mail_events if item.recipient != email]
        self.mail_to.pop(email, None)

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))


def _raised(contact: Record, *names: str) -> dict[str, str]:
    """These counters, each one higher."""
    return {name: str(int(contact.properties.get(name, "0")) + 1) for name in names}


def _contact_made(activity: Record, person: Record, at: str, now: str) -> dict[str, str]:
    """The changes that follow from what kind of engagement it is."""
    changes: dict[str, str] = {}
    kind = activity.kind.name
    if kind in {"calls", "emails", "meetings"}:
        changes |= {"notes_last_contacted": at, "hs_last_sales_activity_timestamp": at}
        changes |= _raised(person, "num_contacted_notes")
        changes["hs_last_sales_activity_type"] = kind.removesuffix("s").upper()
    if kind == "emails" and activity.properties.get("hs_email_direction") == "INCOMING_EMAIL":
        changes["hs_sales_email_last_replied"] = at
    if kind == "meetings":
        changes |= {"engagements_last_meeting_booked": now, "hs_latest_meeting_activity": now}
    if kind in {"meetings", "tasks"} and at > now:
        changes["notes_next_activity_date"] = at
    return changes


def _moved_view(item: PageEvent, old: int, new: int) -> PageEvent:
    return item if item.contact != old else PageEvent(item.id, item.at, new, item.url, item.title)


def _moved_part(item: Participation, old: int, new: int) -> Participation:
    if item.contact != old:
        return item
    return Participation(item.id, item.event_id, new, item.state, item.at, item.duration_s)


def _page_title(url: str) -> str:
    """A page's title as the site would give it: its last path segment in words."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0].rstrip("/")
    return path.rpartition("/")[2].replace("-", " ").capitalize() or "Home"
