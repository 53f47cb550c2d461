"""What a person's fields say: seniority, function, kind of e-mail, country, direction, company name.

Derived at evaluation from what both CRMs hold, never stored as theirs. A key is absent while nothing is
known, so that a test of it is unknown and not false. The job title is read in `titles`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from syncd.core import countries, mail_domains, titles
from syncd.core.person_fields import COMPANY_NAMES, COUNTRIES, EMAILS, TITLES

_EMPLOYERS = frozenset({"business", "role", "education"})


def derived(fields: Mapping[str, str], emails: tuple[str, ...]) -> Mapping[str, str]:
    """The `person.*` fields, without those nothing is known of.

    `emails` has the primary first; the address fields stand in where it is empty.
    """
    title = titles.read(_first(fields, TITLES))
    address = emails[0] if emails else _first(fields, EMAILS)
    local, domain = _parts(address)
    kind = mail_domains.kind(local, domain) if domain else "none"
    found = {
        "person.seniority": title.seniority,
        "person.function": title.function,
        "person.email_domain": domain,
        "person.email_kind": kind,
        "person.country": _country(fields),
        "person.direction": _direction(fields),
        "person.company_name": _first(fields, COMPANY_NAMES) or (domain if kind in _EMPLOYERS else ""),
    }
    return {name: value for name, value in found.items() if value}


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name].strip() for name in names if fields.get(name, "").strip()), "")


def _parts(address: str) -> tuple[str, str]:
    """Local part and domain in lower case; both blank for what is no address."""
    local, at, domain = address.strip().lower().rpartition("@")
    return (local, domain.rstrip(".")) if at and local and "." in domain else ("", "")


def _country(fields: Mapping[str, str]) -> str:
    """ISO code of the first country field that holds a country: the person's before the company's."""
    return next((code for name in COUNTRIES if (code := countries.code(fields.get(name, "")))), "")


# --- direction -------------------------------------------------------------------------------------------


def _direction(fields: Mapping[str, str]) -> str:
    """Who spoke first (S126): `inbound` came to us, `outbound` we brought in; blank where nothing tells.

    1. An original source on the web is inbound: search, ads, social media, referrals, direct visits. A first
       click in one of our mails is so too, unless the record came by a way of ours.
    2. Offline sources are told apart by their drill-down, else by the record source: forms, chats, meetings
       they booked are inbound; imports, records typed in, sales extensions and sequences are outbound.
    3. An API, an integration or Salesforce only passed the record on: then Salesforce's LeadSource decides.
    4. `OFFLINE` with nothing else is ours.
    """
    source = _word(fields.get("contact.hs_analytics_source", ""))
    way = _way(fields.get("contact.hs_analytics_source_data_1", "")) if source == "OFFLINE" else ""
    record = _way(fields.get("contact.hs_object_source", ""))
    if source and source not in {"OFFLINE", "EMAIL_MARKETING"}:
        return "inbound"
    if source == "EMAIL_MARKETING":
        return record or "inbound"
    told = way or record or _lead_source(fields)
    is_passed_on = _word(fields.get("contact.hs_analytics_source_data_1", "")) in _PASSED_ON
    return told or ("outbound" if source == "OFFLINE" and not is_passed_on else "")


def _word(text: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", text[:80].strip().upper()).strip("_")


def _way(text: str) -> str:
    word = _word(text)
    return "inbound" if word in _THEIRS else "outbound" if word in _OURS else ""


def _lead_source(fields: Mapping[str, str]) -> str:
    told = (fields.get(name, "").strip().lower() for name in ("lead.LeadSource", "sfcontact.LeadSource"))
    return next((_LEAD_SOURCES[value] for value in told if value in _LEAD_SOURCES), "")


# Values of `hs_object_source` and of the drill-down of offline sources, in HubSpot's own spelling and in that
# of its pages ("Contacts added to HubSpot from an offline source", "View and use record source properties").
_THEIRS = frozenset(
    """
    FORM FORMS LEADIN MEETINGS MEETING CONVERSATIONS CONVERSATION CHAT BOT BOTS BOT_CHATFLOW LIVE_CHAT ADS
    ANALYTICS FORWARD_TO_CRM CONTENT_MEMBERSHIP CUSTOMER_PORTAL HELP_DESK TICKETS PAYMENTS COMMERCE FEEDBACK
    SURVEYS SUBSCRIPTIONS LANDING_PAGES SOCIAL MARKETING_EVENTS WHATSAPP
    """.split()  # noqa: SIM905 - reads better as words
)
_OURS = frozenset(
    """
    IMPORT IMPORTS CRM_UI CONTACTS CONTACTS_WEB SALES EXTENSION BCC_TO_CRM BCC_D_EMAIL EMAIL_INTEGRATION
    GMAIL_INTEGRATION OUTLOOK_INTEGRATION PROSPECTING_AGENT PROSPECTING SEQUENCES MOBILE_ANDROID MOBILE_IOS
    COMPANY_INSIGHTS PRESENTATIONS DOCUMENTS LISTS CALLS CALLING LINKEDIN_SALES_NAVIGATOR DATA_ENRICHMENT
    """.split()  # noqa: SIM905 - reads better as words
)
_PASSED_ON = frozenset(
    """
    API API_CONTACTS_UPSERT INTEGRATION INTEGRATIONS_PLATFORM INTEGRATIONS_SYNC SALESFORCE MIGRATION
    BATCH_UPDATE AUTOMATION_PLATFORM WORKFLOWS PORTAL_OBJECT_SYNC
    """.split()  # noqa: SIM905 - reads better as words
)
_INBOUND_SOURCES = """
    web, website, web form, phone inquiry, inbound, inbound call, inbound lead, chat, live chat, webinar,
    contact us, contact form, demo request, trial, free trial, content download, organic search, paid search,
    google ads, advertisement, word of mouth, customer referral, external referral
"""
_OUTBOUND_SOURCES = """
    purchased list, list purchase, list import, outbound, outbound call, cold call, cold email, cold outreach,
    prospecting, sales prospecting, sales generated, sdr, bdr, zoominfo, apollo, lusha, cognism,
    linkedin sales navigator, data provider
"""
_LEAD_SOURCES: Mapping[str, str] = {
    " ".join(value.split()): direction
    for direction, values in (("inbound", _INBOUND_SOURCES), ("outbound", _OUTBOUND_SOURCES))
    for value in values.split(",")
}
"""Values of Salesforce's LeadSource that tell; `Partner Referral`, `Trade Show` and `Other` do not."""
