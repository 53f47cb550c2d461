"""Contacts and companies as HubSpot shows them, turned into `Person` and `Company`.

Modified dates stay out of the properties: every write bumps them, ours too, and what is hashed must not
change by that. What happened on the web and in mail comes as counters or single facts from the contact's own
properties wherever the better source (submissions, e-mail events, page events) is not to be had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.connectors.hubspot.answers import AssociatedTo
from syncd.connectors.hubspot.text import page_address
from syncd.connectors.hubspot.wire import Row, moment, to_ms
from syncd.core.model import Ref, System
from syncd.ports import Activity, Company, Counter, Person

NATIVE_SYNC = ("salesforceleadid", "salesforcecontactid", "salesforceaccountid")
"""Properties the vendor's own Salesforce integration keeps on contacts."""

CONTACT_PROPERTIES = (
    "email", "hs_additional_emails", "firstname", "lastname", "jobtitle", "company", "phone",
    "country", "state",
    "lifecyclestage", "hs_lead_status", "hubspot_owner_id", "associatedcompanyid", "createdate",
    "hs_email_optout", "hs_marketable_status", "hs_merged_object_ids", "hs_calculated_merged_vids",
    "hs_analytics_num_visits",
    "hs_analytics_last_visit_timestamp", "hs_email_replied", "hs_email_last_reply_date",
    "recent_conversion_date", "hs_email_last_open_date", "hs_email_last_click_date",
    "hs_analytics_last_timestamp",
)  # fmt: skip
"""Read of every contact, whatever the playbook names."""

FALLBACK_PROPERTIES = (
    "hs_email_open", "hs_email_click", "hs_analytics_last_url", "recent_conversion_event_name",
    "first_conversion_date", "first_conversion_event_name",
)  # fmt: skip
"""Read besides where a better source is not to be had."""

HOT_PROPERTIES = (
    "recent_conversion_date", "hs_email_last_reply_date", "hs_sales_email_last_replied",
    "engagements_last_meeting_booked", "hs_v2_date_entered_current_stage",
)  # fmt: skip
"""Their change is worth looking at before anything else: a form, a reply, a meeting, a stage."""

COMPANY_PROPERTIES = ("name", "domain", "hs_additional_domains", "hs_merged_object_ids", "hubspot_owner_id")

_UNSTORED = frozenset(
    {"lastmodifieddate", "hs_lastmodifieddate", "hs_object_id", "hs_merged_object_ids",
     "hs_calculated_merged_vids", "hs_additional_emails"}
)  # fmt: skip
_PRIMARY_COMPANY = 1  # association type id (facts section 9)


@dataclass(frozen=True, slots=True)
class Sources:
    """Which of the better sources this portal offers; where False, the contact's own properties stand in."""

    form_submissions: bool
    email_events: bool
    page_events: bool


def person_of(row: Row, asked: frozenset[str], companies: Sequence[AssociatedTo], sources: Sources) -> Person:
    """The contact as a person. `companies` are its associations as just read."""
    return Person(
        Ref(System.HUBSPOT, "contact", row.id),
        _kept(row, asked),
        row.updated_at,
        created_at=row.created_at,
        emails=_emails(row),
        merged_ids=_merged_ids(row),
        company=_company_of(row, companies),
        same_as=_same_as(row),
        counters=tuple(_counters(row, sources)),
        is_archived=row.archived,
    )


def company_of(row: Row, asked: frozenset[str]) -> Company:
    """The company with its domains, the primary one first."""
    domains = [row.text("domain"), *row.text("hs_additional_domains").split(";")]
    return Company(
        Ref(System.HUBSPOT, "company", row.id),
        row.text("name"),
        _kept(row, asked),
        row.updated_at,
        domains=_unique(domain.strip().lower() for domain in domains),
        merged_ids=_merged_ids(row),
        is_archived=row.archived,
    )


def facts_of(row: Row, sources: Sources) -> Iterable[Activity]:
    """Single facts from the contact's own properties, where their better source is missing.

    The key is made of contact and moment, so the same fact read again is the same fact.
    """
    if not sources.form_submissions:
        for date, name in (
            ("recent_conversion_date", "recent_conversion_event_name"),
            ("first_conversion_date", "first_conversion_event_name"),
        ):
            at = moment(row.text(date))
            # The page's title stands before the form's name in these properties.
            form = row.text(name).rpartition(": ")[2]
            if at is not None and form:
                yield _fact(row, "form_submission", "hubspot.form_submission", at, {"form": form})
    if not sources.page_events:
        at = moment(row.text("hs_analytics_last_timestamp"))
        address = page_address(row.text("hs_analytics_last_url"))
        if at is not None and address:
            yield _fact(row, "page_event", "hubspot.page_view", at, {"url": address})


def _fact(row: Row, noun: str, source: str, at: datetime, attributes: Mapping[str, str]) -> Activity:
    ref = Ref(System.HUBSPOT, noun, f"{row.id}@{to_ms(at)}")
    person = Ref(System.HUBSPOT, "contact", row.id)
    return Activity(ref, source, at, row.updated_at, attributes, people=(person,))


def _kept(row: Row, asked: frozenset[str]) -> dict[str, str]:
    """The properties asked for that are not blank."""
    return {name: value for name, value in row.properties.items() if value and name in asked}


def stored_properties(asked: Iterable[str], always: Iterable[str]) -> frozenset[str]:
    """The properties to keep of those read: without dates that every write bumps, and without what has a
    place of its own in the record, unless the playbook asks for it by name."""
    named = frozenset(asked)
    return named | (frozenset(always) - _UNSTORED)


def _emails(row: Row) -> tuple[str, ...]:
    every = [row.text("email"), *row.text("hs_additional_emails").split(";")]
    return _unique(email.strip().lower() for email in every)


def _merged_ids(row: Row) -> tuple[str, ...]:
    """Ids that answer with this record: `id;id`, and `id:epoch_ms;id:epoch_ms` in the older property."""
    parts = f"{row.text('hs_merged_object_ids')};{row.text('hs_calculated_merged_vids')}".split(";")
    ids = (part.partition(":")[0].strip() for part in parts)
    return _unique(id_ for id_ in ids if id_ != row.id)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _company_of(row: Row, companies: Sequence[AssociatedTo]) -> Ref | None:
    """The primary company; where none is marked so, the property's, then the first."""
    for item in companies:
        if any(kind.type_id == _PRIMARY_COMPANY for kind in item.association_types):
            return Ref(System.HUBSPOT, "company", str(item.to_object_id))
    id_ = row.text("associatedcompanyid") or (str(companies[0].to_object_id) if companies else "")
    return Ref(System.HUBSPOT, "company", id_) if id_ else None


def _same_as(row: Row) -> tuple[Ref, ...]:
    """Who the vendor's own integration says this is in Salesforce."""
    pairs = (("lead", row.text("salesforceleadid")), ("contact", row.text("salesforcecontactid")))
    return tuple(Ref(System.SALESFORCE, noun, id_) for noun, id_ in pairs if id_)


def _counters(row: Row, sources: Sources) -> Iterable[Counter]:
    """Running totals with the moment of the last. Replies to marketing mail have no event of their own."""
    wanted = [("hubspot.visit", "hs_analytics_num_visits", "hs_analytics_last_visit_timestamp")]
    wanted.append(("hubspot.email_reply", "hs_email_replied", "hs_email_last_reply_date"))
    if not sources.email_events:
        wanted.append(("hubspot.email_open", "hs_email_open", "hs_email_last_open_date"))
        wanted.append(("hubspot.email_click", "hs_email_click", "hs_email_last_click_date"))
    for source, total, last in wanted:
        count, at = _whole(row.text(total)), moment(row.text(last))
        if count > 0 and at is not None:
            yield Counter(source, count, at)


def _whole(text: str) -> int:
    """A number property as a whole number; 0 when it is none."""
    try:
        return int(float(text or "0"))
    except (ValueError, OverflowError):
        return 0
