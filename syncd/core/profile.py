"""What a person's fields say about them: seniority, function, kind of e-mail, direction, company name.

Derived at evaluation from what both CRMs hold, never stored as theirs. A key is absent while nothing is
known, so that a test of it is unknown and not false. The job title is read in `titles`.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd.core import mail_domains, titles

_TITLES = ("contact.jobtitle", "lead.Title", "sfcontact.Title")
_EMAILS = ("contact.email", "lead.Email", "sfcontact.Email")
_COMPANY_NAMES = ("company.name", "contact.company", "lead.Company")

_OFFLINE_INBOUND = frozenset({"MEETINGS", "CONVERSATIONS", "FORM", "FORMS"})
"""Acts of the person that HubSpot files under offline sources all the same."""

_LEAD_SOURCES = {"web": "inbound", "phone inquiry": "inbound", "purchased list": "outbound"}
"""Salesforce's own LeadSource values that tell; `Partner Referral` and `Other` do not."""


def derived(fields: Mapping[str, str], emails: tuple[str, ...]) -> Mapping[str, str]:
    """The `person.*` fields, without those nothing is known of.

    `emails` has the primary first; the address fields stand in where it is empty.
    """
    title = titles.read(_first(fields, _TITLES))
    address = emails[0] if emails else _first(fields, _EMAILS)
    local, domain = _parts(address)
    kind = mail_domains.kind(local, domain) if domain else "none"
    found = {
        "person.seniority": title.seniority,
        "person.function": title.function,
        "person.email_domain": domain,
        "person.email_kind": kind,
        "person.direction": _direction(fields),
        "person.company_name": _first(fields, _COMPANY_NAMES) or (domain if kind in _EMPLOYERS else ""),
    }
    return {name: value for name, value in found.items() if value}


_EMPLOYERS = frozenset({"business", "role", "education"})


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name].strip() for name in names if fields.get(name, "").strip()), "")


def _parts(address: str) -> tuple[str, str]:
    """Local part and domain in lower case; both blank for what is no address."""
    local, at, domain = address.strip().lower().rpartition("@")
    return (local, domain.rstrip(".")) if at and local and "." in domain else ("", "")


def _direction(fields: Mapping[str, str]) -> str:
    """Who spoke first (S126). HubSpot's original source decides; its `OFFLINE` means that we entered them,
    by import, by hand or by a sales tool (facts/hubspot.md 8, web behaviour)."""
    source = fields.get("contact.hs_analytics_source", "").strip().upper()
    if not source:
        return _LEAD_SOURCES.get(fields.get("lead.LeadSource", "").strip().lower(), "")
    drill_down = fields.get("contact.hs_analytics_source_data_1", "").strip().upper()
    return "outbound" if source == "OFFLINE" and drill_down not in _OFFLINE_INBOUND else "inbound"
