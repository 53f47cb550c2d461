"""The shapes of HubSpot's answers other than CRM objects, as far as we read them (msgspec)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from syncd.connectors.hubspot.wire import Paging


class Details(msgspec.Struct, rename="camel"):
    portal_id: int
    time_zone: str = "UTC"
    account_type: str = "STANDARD"
    ui_domain: str = ""


class Owner(msgspec.Struct, rename="camel"):
    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    archived: bool = False


class OwnerPage(msgspec.Struct):
    results: list[Owner]
    paging: Paging | None = None


class Option(msgspec.Struct, rename="camel"):
    label: str
    value: str
    display_order: int = -1
    hidden: bool = False
    description: str | None = None


class Property(msgspec.Struct, rename="camel"):
    name: str
    type: str
    field_type: str = ""
    options: list[Option] = []
    has_unique_value: bool = False
    calculated: bool = False
    label: str = ""
    group_name: str = ""
    description: str | None = None


class PropertyGroup(msgspec.Struct):
    name: str
    label: str = ""


class PropertyGroupPage(msgspec.Struct):
    results: list[PropertyGroup]


class PropertyPage(msgspec.Struct):
    results: list[Property]


class ListInfo(msgspec.Struct, rename="camel"):
    list_id: str
    name: str
    processing_type: str


class ListAnswer(msgspec.Struct):
    list: ListInfo


class Member(msgspec.Struct):
    record_id: str = msgspec.field(name="recordId")
    at: datetime = msgspec.field(name="membershipTimestamp")


class MemberPage(msgspec.Struct):
    results: list[Member]
    paging: Paging | None = None


class Membership(msgspec.Struct, rename="camel"):
    """What became of ids added or removed. Both spellings occur in the documentation."""

    records_ids_added: list[str | int] = []
    record_ids_added: list[str | int] = []
    record_ids_removed: list[str | int] = []
    records_ids_removed: list[str | int] = []
    record_ids_missing: list[str | int] = []


class Form(msgspec.Struct):
    id: str
    name: str


class FormPage(msgspec.Struct):
    results: list[Form]
    paging: Paging | None = None


class SubmittedValue(msgspec.Struct):
    name: str
    value: str


class Submission(msgspec.Struct, rename="camel"):
    submitted_at: int
    values: list[SubmittedValue]
    page_url: str = ""
    conversion_id: str = ""


class SubmissionPage(msgspec.Struct):
    results: list[Submission]
    paging: Paging | None = None


class SentBy(msgspec.Struct):
    created: int = 0


class Browser(msgspec.Struct):
    type: str = ""


class EmailEvent(msgspec.Struct, rename="camel"):
    """`sent_by` names the SENT event; it and the agent's fields are omitted where they do not apply."""

    id: str
    type: str
    created: int
    recipient: str
    email_campaign_id: int = 0
    url: str = ""
    sent_by: SentBy | None = None
    user_agent: str = ""
    browser: Browser | None = None
    filtered_event: bool = False


class EmailEventPage(msgspec.Struct, rename="camel"):
    events: list[EmailEvent]
    has_more: bool = False
    offset: str = ""


class Campaign(msgspec.Struct):
    name: str = ""


class PageEvent(msgspec.Struct, rename="camel"):
    id: str
    object_id: str
    occurred_at: datetime
    properties: dict[str, str | None] = {}


class PageEventPage(msgspec.Struct):
    results: list[PageEvent]
    paging: Paging | None = None


class MarketingEvent(msgspec.Struct, rename="camel"):
    object_id: str
    event_name: str
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None
    updated_at: datetime | None = None


class MarketingEventPage(msgspec.Struct):
    results: list[MarketingEvent]
    paging: Paging | None = None


class _ContactOf(msgspec.Struct, rename="camel"):
    contact_id: str


class _Ends(msgspec.Struct):
    contact: _ContactOf


class Attendance(msgspec.Struct, rename="camel"):
    occurred_at: int
    attendance_state: str


class Participation(msgspec.Struct, rename="camel"):
    id: str
    created_at: datetime
    associations: _Ends
    properties: Attendance


class ParticipationPage(msgspec.Struct):
    results: list[Participation]
    paging: Paging | None = None


class AssociationType(msgspec.Struct, rename="camel"):
    type_id: int = 0
    label: str | None = None


class AssociatedTo(msgspec.Struct, rename="camel"):
    to_object_id: int | str
    association_types: list[AssociationType] = []


class _From(msgspec.Struct):
    id: str


class AssociationResult(msgspec.Struct, rename="camel"):
    source: _From = msgspec.field(name="from")
    to: list[AssociatedTo] = []
    paging: Paging | None = None


class AssociationPage(msgspec.Struct):
    results: list[AssociationResult]
