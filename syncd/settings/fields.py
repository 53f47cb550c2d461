"""Fields whose type is known without asking: ours, the vendors' standard ones, and the `syncd.*` values.

A mapping into a field of the wrong type is found here, offline; fields the portal or org made itself are of
any type here and checked against the live schema by `syncd doctor`. Types are the words of `ports.FieldNeed`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

TEXT, NUMBER, DATE, DATETIME, BOOL, PICKLIST = "text", "number", "date", "datetime", "bool", "picklist"
ANY = ""


def _types(**names: str) -> Mapping[str, str]:
    """Name to type, from type to blank-separated names."""
    return MappingProxyType({name: kind for kind, listed in names.items() for name in listed.split()})


SYNCD_VALUES: Final = _types(
    text="key contact_id contact_url brief line reason next_step grade level stage criteria missing track"
    " recycle_reason last_pass_summary sales_owner sales_outcome next_action sla_state sla_team sla_tier"
    " owner_reason mql_dates sql_dates owner gap next_offer answer"
    " original_source original_source_detail converting_offer direction lawful_basis reach why_now they_said"
    " they_did qualification buying_group passes_before",
    number="score pass sla_minutes_to_attempt sla_minutes_to_contact sla_system_delay_s people_active",
    date="recycle_date next_action_date lawful_basis_date",
    datetime="sla_due_at sla_breach_at sla_first_attempt_at sla_first_contact_at first_mql_at last_mql_at"
    " first_sql_at last_sql_at",
    bool="opted_out sla_breached do_not_call",
)
"""What `syncd.<name>` may be mapped from, and its type."""

# Salesforce, Object Reference: Lead, Contact; and the fields `syncd setup` describes.
_SALESFORCE = _types(
    text="FirstName LastName Company Title Email Phone MobilePhone Fax Website Street City State PostalCode"
    " Country Description Department MailingStreet MailingCity MailingState MailingPostalCode MailingCountry"
    " Syncd_Key__c HubSpot_Contact_ID__c Syncd_Level__c Syncd_Grade__c Syncd_Reason__c Syncd_Brief__c"
    " Syncd_Next_Step__c Syncd_Criteria__c Syncd_Original_Source__c Syncd_Original_Source_Detail__c"
    " Syncd_Converting_Offer__c Syncd_Direction__c Syncd_Lawful_Basis__c",
    number="NumberOfEmployees AnnualRevenue Syncd_Score__c Syncd_Pass__c",
    datetime="Syncd_SLA_Due__c",
    date="Birthdate Syncd_Lawful_Basis_Date__c",
    bool="HasOptedOutOfEmail DoNotCall HasOptedOutOfFax",
    picklist="Status LeadSource Industry Rating Salutation CountryCode StateCode MailingCountryCode"
    " MailingStateCode CurrencyIsoCode Disqualification_Reason__c",
)

# HubSpot, CRM properties: default contact properties; and the syncd_* ones `syncd setup` describes.
_HUBSPOT_CONTACT = _types(
    text="email firstname lastname phone mobilephone jobtitle company website address city state zip country"
    " message fax hs_email_domain hs_analytics_source_data_1 hs_analytics_source_data_2 hs_additional_emails"
    " syncd_stage syncd_level syncd_fit_grade syncd_reason syncd_missing syncd_next_action syncd_sales_owner"
    " syncd_sales_outcome syncd_recycle_reason syncd_track syncd_last_pass_summary syncd_owner syncd_gap"
    " syncd_next_offer syncd_answer syncd_mql_dates syncd_sql_dates salesforceleadid"
    " salesforcecontactid salesforceaccountid recent_conversion_event_name first_conversion_event_name",
    number="syncd_pass hs_analytics_num_page_views hs_analytics_num_visits hs_email_open hs_email_click"
    " hs_email_replied num_conversion_events num_unique_conversion_events num_associated_deals hubspotscore"
    " associatedcompanyid",
    date="syncd_next_action_date syncd_recycle_date closedate",
    datetime="syncd_first_mql_at syncd_last_mql_at syncd_first_sql_at syncd_last_sql_at createdate"
    " lastmodifieddate recent_conversion_date first_conversion_date notes_last_contacted",
    bool="hs_email_optout hs_email_bad_address hs_email_quarantined syncd_opted_out",
    picklist="lifecyclestage hs_lead_status hs_analytics_source hs_latest_source hubspot_owner_id"
    " hs_marketable_status hs_legal_basis",
)

_HUBSPOT_COMPANY = _types(
    text="name domain website phone address city state zip country description",
    number="numberofemployees annualrevenue num_associated_contacts num_associated_deals",
    picklist="industry type lifecyclestage hs_lead_status",
    bool="is_public",
    datetime="createdate hs_lastmodifieddate",
)

_PERSON = _types(text="seniority function email_domain email_kind direction country company_name")
_ACCOUNT = _types(text="matched_by", number="people", bool="is_customer has_open_deal")

SOURCE_TYPES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "contact": _HUBSPOT_CONTACT,
        "company": _HUBSPOT_COMPANY,
        "lead": _SALESFORCE,
        "sfcontact": _SALESFORCE,
        "person": _PERSON,
        "account": _ACCOUNT,
        "syncd": SYNCD_VALUES,
    }
)
TARGET_TYPES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"lead": _SALESFORCE, "sfcontact": _SALESFORCE, "contact": _HUBSPOT_CONTACT}
)

# Object Reference (Lead, Contact) and HubSpot's default properties: set by the vendors, refused in writes.
_READ_ONLY = {
    "lead": "Id Name IsConverted ConvertedDate ConvertedAccountId ConvertedContactId ConvertedOpportunityId"
    " CreatedDate LastModifiedDate SystemModstamp LastActivityDate IsDeleted MasterRecordId",
    "sfcontact": "Id Name CreatedDate LastModifiedDate SystemModstamp LastActivityDate IsDeleted"
    " MasterRecordId",
    "contact": "createdate lastmodifieddate hs_object_id hs_email_optout hs_marketable_status"
    " hs_analytics_source hs_email_domain num_conversion_events num_associated_deals hs_email_open"
    " hs_email_click hs_email_replied hs_merged_object_ids recent_conversion_date first_conversion_date",
}
READ_ONLY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {target: frozenset(names.split()) for target, names in _READ_ONLY.items()}
)

# Owner, key and stage have their own rules; a mapped copy would fight with them.
ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "lead": {"OwnerId": "routing.yaml chooses the owner"},
        "sfcontact": {"OwnerId": "routing.yaml chooses the owner"},
        "contact": {"lifecyclestage": "`lifecycle` below writes the stage"},
    }
)

_FITS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        TEXT: frozenset({TEXT, PICKLIST}),
        PICKLIST: frozenset({TEXT, PICKLIST}),
        NUMBER: frozenset({NUMBER, TEXT}),
        DATE: frozenset({DATE, TEXT}),
        DATETIME: frozenset({DATETIME, DATE, TEXT}),
        BOOL: frozenset({BOOL, TEXT}),
    }
)

_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def type_of(table: Mapping[str, Mapping[str, str]], record: str, field: str) -> str:
    """The known type of a field, or empty for any."""
    return table.get(record, {}).get(field, ANY)


def fits(source_type: str, target_type: str) -> bool:
    """True when values of one type may go into a field of the other; an unknown type fits everything."""
    return ANY in {source_type, target_type} or target_type in _FITS[source_type]


def constant_fits(text: str, target_type: str) -> bool:
    """True when a written-out value may go into a field of that type."""
    match target_type:
        case "number":
            return _DECIMAL.fullmatch(text) is not None
        case "bool":
            return text in {"true", "false"}
        case "date" | "datetime":
            return _is_moment(text, target_type)
        case _:
            return True


def _is_moment(text: str, target_type: str) -> bool:
    try:
        if target_type == DATE:
            date.fromisoformat(text)
            return True
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
