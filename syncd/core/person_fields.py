"""The derived fields: which fields of the CRMs each `person.*` is read from, the best first, and `account.*`.

A playbook that tests `person.country` thereby asks for these; they exist in every portal and org, so that
none is missed by `syncd doctor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TITLES = ("contact.jobtitle", "lead.Title", "sfcontact.Title")
EMAILS = ("contact.email", "lead.Email", "sfcontact.Email")
COMPANY_NAMES = ("company.name", "contact.company", "lead.Company")
COUNTRIES = ("contact.country", "lead.Country", "sfcontact.MailingCountry", "company.country")
SOURCES = (
    "contact.hs_analytics_source",
    "contact.hs_analytics_source_data_1",
    "contact.hs_object_source",
    "lead.LeadSource",
    "sfcontact.LeadSource",
)

INPUTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "person.seniority": TITLES,
        "person.function": TITLES,
        "person.email_domain": EMAILS,
        "person.email_kind": EMAILS,
        "person.country": COUNTRIES,
        "person.direction": SOURCES,
        "person.company_name": COMPANY_NAMES,
    }
)

CONSENT_VALUES = frozenset({"syncd.do_not_call", "syncd.lawful_basis", "syncd.lawful_basis_date"})
"""Values read from the fields that `consent` of the mapping names."""

MAPPED_INPUTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **INPUTS,
        "syncd.direction": SOURCES,
        "syncd.original_source": ("contact.hs_analytics_source",),
        "syncd.original_source_detail": (
            "contact.hs_analytics_source_data_1",
            "contact.hs_analytics_source_data_2",
        ),
        "syncd.opted_out": ("lead.HasOptedOutOfEmail", "sfcontact.HasOptedOutOfEmail"),
        "syncd.do_not_call": ("lead.DoNotCall", "sfcontact.DoNotCall"),
    }
)
"""What a mapped value is worked out from: read wherever a mapping names it."""

ACCOUNT = frozenset({"account.is_customer", "account.has_open_deal", "account.people", "account.matched_by"})
"""What is worked out of the person's company, and how they came to it."""

DERIVED = frozenset({*INPUTS, *ACCOUNT})
"""Every field a playbook may test or map that is read from no record."""
