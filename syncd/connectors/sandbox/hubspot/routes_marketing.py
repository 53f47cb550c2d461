"""Forms and submissions, e-mail events, marketing events with who took part, and page events.

Submissions and e-mail events are the legacy v1 endpoints, keyed by address and newest first; page events
need the Enterprise tier and say 403 without it (facts section 9).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer, ok
from syncd.connectors.sandbox.hubspot.definitions import instant
from syncd.connectors.sandbox.hubspot.journal import ApiWrite
from syncd.connectors.sandbox.hubspot.marketing import (
    Campaign,
    Form,
    MailEvent,
    MarketingEvent,
    PageEvent,
    Participation,
    Submission,
)
from syncd.connectors.sandbox.hubspot.records import epoch_ms, stamp
from syncd.connectors.sandbox.hubspot.routes_objects import next_page
from syncd.connectors.sandbox.hubspot.web import Request, Route

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

Dated = TypeVar("Dated", MailEvent, PageEvent)
SUBMISSIONS_MAX, SUBMISSIONS_DEFAULT, MAIL_MAX, MAIL_DEFAULT = 50, 20, 1_000, 10
EVENTS_MAX, EVENTS_DEFAULT, FORMS_MAX = 1_000, 100, 500
PAGE_VISIT = "e_visited_page"


# --- forms -------------------------------------------------------------------------------------------------


def list_forms(hubspot: HubSpot, request: Request) -> Answer:
    forms = list(hubspot.marketing.forms.values())
    start, limit = _start(request), request.number("limit", 20, FORMS_MAX)
    return _page(request, [_form(item) for item in forms[start : start + limit]], start, limit, len(forms))


def list_submissions(hubspot: HubSpot, request: Request) -> Answer:
    """GET the submissions of one form, newest first, 50 a page, without any contact id."""
    form = next((item for item in hubspot.marketing.forms.values() if item.id == request.parts[0]), None)
    if form is None:
        raise answers.refuse(404, "Form not found", None, errorType="FORM_NOT_FOUND")
    start, limit = _start(request), request.number("limit", SUBMISSIONS_DEFAULT, SUBMISSIONS_MAX)
    newest = form.submissions[::-1]
    page = [_submission(item) for item in newest[start : start + limit]]
    return _page(request, page, start, limit, len(newest))


def _form(item: Form) -> dict[str, object]:
    return {
        "id": item.id, "name": item.name, "formType": "hubspot", "archived": False,
        "createdAt": stamp(item.created_at), "updatedAt": stamp(item.created_at), "fieldGroups": [],
        "configuration": {"language": "en"}, "displayOptions": {}, "legalConsentOptions": {"type": "none"},
    }  # fmt: skip


def _submission(item: Submission) -> dict[str, object]:
    values = [{"name": name, "value": value, "objectTypeId": "0-1"} for name, value in item.values.items()]
    return {"conversionId": item.conversion_id, "submittedAt": epoch_ms(item.at), "values": values,
            "pageUrl": item.page_url}  # fmt: skip


# --- marketing e-mail --------------------------------------------------------------------------------------


def list_mail_events(hubspot: HubSpot, request: Request) -> Answer:
    """GET e-mail events of one recipient or all, newest first, 1,000 a page."""
    marketing, recipient = hubspot.marketing, request.one("recipient").lower()
    events: Sequence[MailEvent] = marketing.mail_to.get(recipient, []) if recipient else marketing.mail_events
    wanted, limit = request.one("eventType").upper(), request.number("limit", MAIL_DEFAULT, MAIL_MAX)
    low, high = _ms(request, "startTimestamp", 0), _ms(request, "endTimestamp", 2**62)
    offset = request.one("offset", "0")
    start = int(offset) if offset.isdigit() else 0
    campaign = request.one("campaignId")
    found = [
        item
        for item in reversed(_between(events, low, high))
        if (not wanted or item.type == wanted) and (not campaign or str(item.campaign.id) == campaign)
    ]
    page = [_mail_event(hubspot, item) for item in found[start : start + limit]]
    end = start + len(page)
    return ok({"hasMore": end < len(found), "offset": str(end), "events": page})


def read_campaign(hubspot: HubSpot, request: Request) -> Answer:
    for item in hubspot.marketing.campaigns.values():
        if request.parts[0] == str(item.id):
            return ok(_campaign(item))
    raise answers.refuse(404, "resource not found", None)


def list_campaigns(hubspot: HubSpot, request: Request) -> Answer:
    """GET the ids of all e-mail campaigns; names come one by one."""
    shown = [
        {"id": item.id, "appId": 113, "lastUpdatedTime": 0} for item in hubspot.marketing.campaigns.values()
    ]
    return ok({"hasMore": False, "offset": "", "campaigns": shown})


def _mail_event(hubspot: HubSpot, item: MailEvent) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": item.id, "created": epoch_ms(item.at), "type": item.type, "recipient": item.recipient,
        "portalId": hubspot.portal_id, "appId": 113, "appName": "Batch", "emailCampaignId": item.campaign.id,
        "emailCampaignGroupId": item.campaign.group_id,
    }  # fmt: skip
    if item.type == "SENT":
        shown["subject"] = item.campaign.subject
    elif item.sent is not None:
        shown["sentBy"] = {"id": item.sent.id, "created": epoch_ms(item.sent.at)}
    if item.url is not None:
        shown["url"] = item.url
    if item.type in ("OPEN", "CLICK"):
        shown |= _told_by_agent(item.agent)
    if item.type == "STATUSCHANGE":
        shown |= {"portalSubscriptionStatus": "UNSUBSCRIBED", "source": "SOURCE_RECIPIENT"}
    return shown


def _told_by_agent(agent: str) -> dict[str, object]:
    """What an open or click shows of the program that made it: the portal parses the agent's own words."""
    shown: dict[str, object] = {"filteredEvent": False, "location": {"country": "GERMANY"}}
    if not agent:
        return shown
    name = agent.partition("/")[0].partition(" ")[0]
    kind = "Robot" if "bot" in agent.lower() else "Browser"
    browser = {"name": name, "family": name, "producer": "", "producerUrl": "", "type": kind, "url": "",
               "version": []}  # fmt: skip
    return {**shown, "userAgent": agent, "browser": browser}


def _campaign(item: Campaign) -> dict[str, object]:
    return {"id": item.id, "appId": 113, "appName": "Batch", "groupId": item.group_id, "name": item.name,
            "subject": item.subject, "type": "BATCH_EMAIL"}  # fmt: skip


# --- marketing events --------------------------------------------------------------------------------------


def list_events(hubspot: HubSpot, request: Request) -> Answer:
    events = list(hubspot.marketing.events.values())
    start, limit = _start(request), request.number("limit", 10, EVENTS_DEFAULT)
    page = [_event(hubspot, item) for item in events[start : start + limit]]
    return _page(request, page, start, limit, len(events))


def read_event(hubspot: HubSpot, request: Request) -> Answer:
    return ok(_event(hubspot, _event_of(hubspot, request.parts[0])))


def list_participations(hubspot: HubSpot, request: Request) -> Answer:
    """GET who took part in one event."""
    event = _event_of(hubspot, request.parts[0])
    found = [item for item in hubspot.marketing.participations if item.event_id == event.id]
    return _participations(hubspot, request, found)


def list_participations_of_contact(hubspot: HubSpot, request: Request) -> Answer:
    """GET what one contact took part in, by id or address."""
    word = request.parts[0]
    record = hubspot.contact_by_email(word) if "@" in word else hubspot.record("contacts", word)
    number = -1 if record is None else record.number
    found = [item for item in hubspot.marketing.participations if item.contact == number]
    return _participations(hubspot, request, found)


def _participations(hubspot: HubSpot, request: Request, found: list[Participation]) -> Answer:
    wanted = request.one("state").upper()
    kept = [item for item in found if not wanted or item.state == wanted]
    start, limit = _start(request), request.number("limit", 10, EVENTS_DEFAULT)
    page = [_participation(hubspot, item) for item in kept[start : start + limit]]
    return _page(request, page, start, limit, len(kept), total=len(kept))


def _participation(hubspot: HubSpot, item: Participation) -> dict[str, object]:
    event = next(event for event in hubspot.marketing.events.values() if event.id == item.event_id)
    contact = hubspot.objects["contacts"].get(item.contact)
    properties = {} if contact is None else contact.properties
    return {
        "id": item.id, "createdAt": stamp(item.at),
        "associations": {
            "marketingEvent": {"marketingEventId": event.id, "externalEventId": f"ext-{event.id}",
                               "externalAccountId": str(hubspot.portal_id), "name": event.name},
            "contact": {"contactId": str(item.contact), "email": properties.get("email"),
                        "firstname": properties.get("firstname"), "lastname": properties.get("lastname")},
        },
        "properties": {"occurredAt": epoch_ms(item.at), "attendanceState": item.state,
                       "attendanceDurationSeconds": item.duration_s, "attendancePercentage": None},
    }  # fmt: skip


def _event_of(hubspot: HubSpot, id_: str) -> MarketingEvent:
    for item in hubspot.marketing.events.values():
        if item.id == id_:
            return item
    raise answers.refuse(404, f"Marketing event {id_} does not exist", "OBJECT_NOT_FOUND")


def _event(hubspot: HubSpot, item: MarketingEvent) -> dict[str, object]:
    states = [part.state for part in hubspot.marketing.participations if part.event_id == item.id]
    return {
        "objectId": item.id, "eventName": item.name, "eventType": item.type, "eventOrganizer": "Events team",
        "externalEventId": f"ext-{item.id}", "startDateTime": stamp(item.starts_at),
        "endDateTime": stamp(item.ends_at), "eventCancelled": False, "eventCompleted": False,
        "registrants": states.count("REGISTERED"), "attendees": states.count("ATTENDED"),
        "cancellations": states.count("CANCELLED"), "noShows": states.count("NO_SHOW"),
        "customProperties": [], "createdAt": stamp(item.created_at), "updatedAt": stamp(item.created_at),
    }  # fmt: skip


# --- page events -------------------------------------------------------------------------------------------


def list_page_events(hubspot: HubSpot, request: Request) -> Answer:
    """GET event occurrences: of one contact, or of one type for everybody; newest first unless sorted."""
    kind, id_, wanted = request.one("objectType"), request.one("objectId"), request.one("eventType")
    if id_ and hubspot.kind(kind or "contact").name != "contacts":
        raise answers.refuse(400, "Only contacts have events here")
    if not id_ and not wanted:
        raise answers.refuse(400, "Either objectId or eventType must be given")
    low, high = _ms(request, "occurredAfter", 0), _ms(request, "occurredBefore", 2**62)
    number = hubspot.record("contacts", id_).number if id_ else None
    events = hubspot.marketing.page_events if wanted in {"", PAGE_VISIT} else []
    found = [item for item in _between(events, low, high) if number is None or item.contact == number]
    if request.one("sort") != "occurredAt":
        found.reverse()
    start, limit = _start(request), request.number("limit", EVENTS_DEFAULT, EVENTS_MAX)
    return _page(
        request, [_page_event(item) for item in found[start : start + limit]], start, limit, len(found)
    )


def list_event_types(hubspot: HubSpot, request: Request) -> Answer:
    """GET event types: listed even where the portal cannot have them."""
    return ok({"eventTypes": [PAGE_VISIT, "e_opened_email_v2", "e_clicked_link_in_email_v2"]})


def _page_event(item: PageEvent) -> dict[str, object]:
    properties = {"hs_url": item.url, "hs_title": item.title, "hs_page_id": "", "hs_referrer": ""}
    return {"objectType": "CONTACT", "objectId": str(item.contact), "eventType": PAGE_VISIT, "id": item.id,
            "occurredAt": stamp(item.at), "properties": properties}  # fmt: skip


# --- pages -------------------------------------------------------------------------------------------------


def _start(request: Request) -> int:
    after = request.one("after", "0")
    if not after.isdigit():
        raise answers.refuse(400, f"Invalid after {after}")
    return int(after)


def _ms(request: Request, name: str, default: int) -> int:
    text = request.one(name)
    at = instant(text) if text else None
    if text and at is None:
        raise answers.refuse(400, f"Invalid {name}: {text}")
    return default if at is None else epoch_ms(at)


def _between(events: Sequence[Dated], low: int, high: int) -> Sequence[Dated]:
    """The part of a log, which is in order of time, between two times in milliseconds, both included."""
    start = bisect_left(events, low, key=lambda item: epoch_ms(item.at))
    end = bisect_right(events, high, lo=start, key=lambda item: epoch_ms(item.at))
    return events[start:end]


def _page(request: Request, rows: list[dict[str, object]], start: int, limit: int, count: int,
          total: int | None = None) -> Answer:  # fmt: skip
    content: dict[str, object] = {"results": rows}
    if total is not None:
        content["total"] = total
    if start + limit < count:
        content["paging"] = next_page(request, str(start + limit))
    return ok(content)


# --- subscriptions -----------------------------------------------------------------------------------------


def unsubscribe_all(hubspot: HubSpot, request: Request) -> Answer:
    """POST one address out of all e-mail; `channel` is required, and EMAIL the only one there is."""
    address = request.parts[0].strip().lower()
    if request.one("channel") != "EMAIL":
        raise answers.refuse(400, "Required query parameter is missing or invalid: channel")
    if "@" not in address:
        raise answers.refuse(400, f"Email address {address} is invalid")
    number = hubspot.by_email.get(address)
    if number is not None:
        contact = hubspot.objects["contacts"][number]
        before = {"hs_email_optout": contact.properties.get("hs_email_optout", "")}
        hubspot.set(contact, {"hs_email_optout": "true"})
        after = {"hs_email_optout": "true"}
        hubspot.writes.append(
            ApiWrite(hubspot.kernel.now, "unsubscribe", "contacts", str(number), before, after)
        )
    now = hubspot.now_text()
    return ok({"status": "COMPLETE", "startedAt": now, "completedAt": now, "results": []})


_EVENTS = "crm.objects.marketing_events.read"
_MARKETING_EVENTS = "/marketing/v3/marketing-events"
ROUTES = (
    Route("POST", "/communication-preferences/v4/statuses/{}/unsubscribe-all", unsubscribe_all,
          "communication_preferences.write"),
    Route("GET", "/marketing/v3/forms", list_forms, "forms"),
    Route("GET", "/form-integrations/v1/submissions/forms/{}", list_submissions, "forms"),
    Route("GET", "/email/public/v1/events", list_mail_events, "content"),
    Route("GET", "/email/public/v1/campaigns", list_campaigns, "content"),
    Route("GET", "/email/public/v1/campaigns/by-id", list_campaigns, "content"),
    Route("GET", "/email/public/v1/campaigns/{}", read_campaign, "content"),
    Route("GET", _MARKETING_EVENTS, list_events, _EVENTS),
    Route("GET", _MARKETING_EVENTS + "/{}", read_event, _EVENTS),
    Route("GET", _MARKETING_EVENTS + "/participations/{}/breakdown", list_participations, _EVENTS),
    Route("GET", _MARKETING_EVENTS + "/participations/contacts/{}/breakdown", list_participations_of_contact,
          _EVENTS),
    Route("GET", "/events/v3/events", list_page_events, "business-intelligence", tier="enterprise"),
    Route("GET", "/events/v3/events/event-types", list_event_types, "business-intelligence"),
)  # fmt: skip
