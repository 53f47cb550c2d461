"""What people do on the site, in mail and at events: submissions, e-mail events, page visits, participation.

Each is read per form, per event type or per event, never per contact. The first two are legacy v1 endpoints
that know people by e-mail alone and show the newest first; page visits need the Enterprise tier. Like
search they lag, so a pass reads up to now and moves its cursor to now minus five minutes only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from syncd.connectors.hubspot.answers import (
    EmailEvent,
    Form,
    MarketingEvent,
    PageEvent,
    Participation,
    Submission,
)
from syncd.connectors.hubspot.api import Api
from syncd.connectors.hubspot.forms import attributes_of, quote_of
from syncd.connectors.hubspot.mailing import marks_of
from syncd.connectors.hubspot.text import page_address
from syncd.connectors.hubspot.wire import from_ms, to_ms
from syncd.core.model import Ref, System
from syncd.ports import Activity, Page, Recovery, SystemFailure

HORIZON_MS = 5 * 60 * 1000
HISTORY = timedelta(days=365)
"""How far back e-mail events and page visits are read at first: what is older weighs nothing any more."""

EVENT_STAYS_OPEN = timedelta(days=14)
"""How long after its end an event's attendance may still be filled in."""

GONE = "hubspot.not_found"
"""A form or event deleted between being listed and being read: the others are read all the same."""

T = TypeVar("T")
_EMAIL_KINDS = {"OPEN": "email_open", "CLICK": "email_click", "BOUNCE": "email_bounce"}
_ATTENDANCE = {
    "REGISTERED": "registered",
    "ATTENDED": "attended",
    "NO_SHOW": "no_show",
    "CANCELLED": "cancelled",
}


# --- form submissions ------------------------------------------------------------------------------------


class _FormState(msgspec.Struct, omit_defaults=True):
    """How far one form is read: everything up to `newest`, which stays behind now by the horizon. A pass
    under way goes on from `after`; the newest it has seen is `pending`."""

    newest: int = 0
    pending: int = 0
    after: str = ""


class _FormsCursor(msgspec.Struct):
    forms: dict[str, _FormState] = {}


def form_submissions(api: Api, cursor: str | None, now: datetime, quote_chars_max: int = 0) -> Iterator[Page]:
    """New submissions of every form; a page of ours for each page of theirs that brings something. Of what
    was written into a message at most `quote_chars_max` characters are kept."""
    state = _decoded(cursor, _FormsCursor)
    after = ""
    while True:
        page = api.forms(after)
        for form in page.results:
            yield from _submissions_of(api, form, state, now, quote_chars_max)
        after = page.paging.next.after if page.paging and page.paging.next else ""
        if not after:
            break
    covered = now - timedelta(milliseconds=HORIZON_MS)
    yield Page((), _encoded(state), is_complete=True, covered_until_at=covered)


def _submissions_of(
    api: Api, form: Form, state: _FormsCursor, now: datetime, quote_chars_max: int
) -> Iterator[Page]:
    """Newest first, until what was read before. Submissions arriving meanwhile only push rows further on; a
    read that was cut off and went on from its page looks at the top once more."""
    own = state.forms.setdefault(form.id, _FormState())
    tops = 2 if own.after else 1
    while tops:
        try:
            page = api.submissions(form.id, own.after)
        except SystemFailure as error:
            if error.failure.code != GONE:
                raise
            return
        fresh = [item for item in page.results if item.submitted_at > own.newest]
        own.pending = max([own.pending, *(item.submitted_at for item in fresh)])
        own.after = page.paging.next.after if page.paging and page.paging.next else ""
        if len(fresh) < len(page.results) or not own.after:
            settled = min(own.pending, to_ms(now) - HORIZON_MS)
            own.newest, own.pending, own.after = max(own.newest, settled), 0, ""
            tops -= 1
        if fresh:
            records = tuple(_submission(form, item, quote_chars_max) for item in fresh)
            yield Page(records, _encoded(state), is_complete=False)


def _submission(form: Form, item: Submission, quote_chars_max: int) -> Activity:
    values = {value.name: value.value for value in item.values}
    email = values.get("email", "").strip().lower()
    at = from_ms(item.submitted_at)
    return Activity(
        Ref(System.HUBSPOT, "form_submission", item.conversion_id or f"{form.id}@{item.submitted_at}"),
        "hubspot.form_submission",
        at,
        at,
        attributes_of(form, item.page_url, values),
        emails=(email,) if email else (),
        title=form.name,
        quote=quote_of(values, quote_chars_max),
        url=page_address(item.page_url) or None,
    )


# --- marketing e-mail ------------------------------------------------------------------------------------


class _Stretch(msgspec.Struct, omit_defaults=True):
    """A stretch of time being read: from `since` to `upto`, the kinds in `done` already, then `offset`."""

    since: int
    upto: int = 0
    done: list[str] = []
    offset: str = ""


def email_events(api: Api, campaigns: dict[int, str], cursor: str | None, now: datetime) -> Iterator[Page]:
    """Opens, clicks and bounces since the last pass. `campaigns` remembers the names of e-mails."""
    state = _begun(cursor, now)
    for kind in _EMAIL_KINDS:
        while kind not in state.done:
            page = api.email_events(kind, from_ms(state.since), from_ms(state.upto), state.offset)
            if page.has_more and page.events and page.offset != state.offset:
                state.offset = page.offset
            else:
                state.done.append(kind)
                state.offset = ""
            if page.events:
                records = tuple(_email_event(api, campaigns, item) for item in page.events)
                yield Page(records, _encoded(state), is_complete=False)
    yield _ended(state)


def _email_event(api: Api, campaigns: dict[int, str], item: EmailEvent) -> Activity:
    if item.email_campaign_id not in campaigns:
        campaigns[item.email_campaign_id] = _campaign_name(api, item.email_campaign_id)
    name = campaigns[item.email_campaign_id]
    attributes = {"campaign": name}
    if item.type == "CLICK" and item.url:
        attributes["url"] = page_address(item.url)
    if item.type in ("OPEN", "CLICK"):
        attributes |= marks_of(item)
    at = from_ms(item.created)
    return Activity(
        Ref(System.HUBSPOT, "email_event", item.id),
        f"hubspot.{_EMAIL_KINDS[item.type]}",
        at,
        at,
        {key: value for key, value in attributes.items() if value},
        emails=(item.recipient.strip().lower(),),
        title=name,
        url=attributes.get("url"),
    )


def _campaign_name(api: Api, campaign_id: int) -> str:
    """The e-mail's name; its number where it is gone."""
    try:
        return api.campaign_name(campaign_id) or str(campaign_id)
    except SystemFailure as error:
        if error.failure.recovery not in (Recovery.REJECTED, Recovery.CONFIGURATION):
            raise
        return str(campaign_id)


# --- page visits -----------------------------------------------------------------------------------------


def page_views(api: Api, cursor: str | None, now: datetime) -> Iterator[Page]:
    """Page visits of everybody since the last pass, the oldest first."""
    state = _begun(cursor, now)
    while True:
        page = api.page_events(from_ms(state.since), from_ms(state.upto), state.offset)
        state.offset = page.paging.next.after if page.paging and page.paging.next and page.results else ""
        if page.results:
            yield Page(tuple(map(_page_view, page.results)), _encoded(state), is_complete=False)
        if not state.offset:
            break
    yield _ended(state)


def _page_view(item: PageEvent) -> Activity:
    address = page_address(item.properties.get("hs_url") or "")
    return Activity(
        Ref(System.HUBSPOT, "page_event", item.id),
        "hubspot.page_view",
        item.occurred_at,
        item.occurred_at,
        {"url": address} if address else {},
        people=(Ref(System.HUBSPOT, "contact", item.object_id),),
        title=item.properties.get("hs_title") or None,
        url=address or None,
    )


# --- marketing events ------------------------------------------------------------------------------------


class _EventsCursor(msgspec.Struct):
    """When each event was last read, in epoch milliseconds."""

    read: dict[str, int] = {}


def participations(api: Api, cursor: str | None, now: datetime) -> Iterator[Page]:
    """Who registered, attended, missed or cancelled: every event until two weeks after its end."""
    state = _decoded(cursor, _EventsCursor)
    after = ""
    while True:
        page = api.marketing_events(after)
        for event in page.results:
            if _is_open(event, state.read.get(event.object_id)):
                records = tuple(_participants(api, event))
                state.read[event.object_id] = to_ms(now)
                yield Page(records, _encoded(state), is_complete=False)
        after = page.paging.next.after if page.paging and page.paging.next else ""
        if not after:
            break
    yield Page((), _encoded(state), is_complete=True, covered_until_at=now)


def _is_open(event: MarketingEvent, read_at: int | None) -> bool:
    end = event.end_date_time or event.start_date_time
    return read_at is None or end is None or read_at < to_ms(end + EVENT_STAYS_OPEN)


def _participants(api: Api, event: MarketingEvent) -> Iterator[Activity]:
    after = ""
    while True:
        try:
            page = api.participations(event.object_id, after)
        except SystemFailure as error:
            if error.failure.code != GONE:
                raise
            return
        for item in page.results:
            state = _ATTENDANCE.get(item.properties.attendance_state)
            if state is not None:
                yield _participation(event, item, state)
        after = page.paging.next.after if page.paging and page.paging.next else ""
        if not after:
            return


def _participation(event: MarketingEvent, item: Participation, state: str) -> Activity:
    return Activity(
        Ref(System.HUBSPOT, "participation", item.id),
        "hubspot.marketing_event",
        from_ms(item.properties.occurred_at),
        item.created_at,
        {"event": event.event_name, "state": state},
        people=(Ref(System.HUBSPOT, "contact", item.associations.contact.contact_id),),
        title=event.event_name,
    )


# --- cursors ---------------------------------------------------------------------------------------------


def _begun(cursor: str | None, now: datetime) -> _Stretch:
    """The stretch under way, or a new one from where the last ended."""
    state = msgspec.json.decode(cursor, type=_Stretch) if cursor else _Stretch(to_ms(now - HISTORY))
    if state.upto == 0:
        state.upto = max(to_ms(now), state.since)
    return state


def _ended(state: _Stretch) -> Page:
    """The page that closes a stretch and moves on to its end less the horizon."""
    since = max(state.since, state.upto - HORIZON_MS)
    return Page((), _encoded(_Stretch(since)), is_complete=True, covered_until_at=from_ms(since))


def _decoded(cursor: str | None, type_: type[T]) -> T:
    return msgspec.json.decode(cursor, type=type_) if cursor else type_()


def _encoded(state: msgspec.Struct) -> str:
    return msgspec.json.encode(state).decode()
