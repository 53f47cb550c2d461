"""The properties the emulated portal has: the vendor's own that matter, and those its people made.

Names of the vendor's are those of facts section 8 (n8n's published list, a property dump of 2026, the
vendor's agent skills repository). One line per property: name, type, field type, flags (`ro`, `ours`,
`unique`).
"""

from __future__ import annotations

from syncd.connectors.sandbox.hubspot.definitions import Definition, options

STAGES = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
    "evangelist", "other",
)  # fmt: skip
STAGE_LABELS = (
    "Subscriber", "Lead", "Marketing Qualified Lead", "Sales Qualified Lead", "Opportunity", "Customer",
    "Evangelist", "Other",
)  # fmt: skip
LEAD_STATUSES = (
    "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED",
    "BAD_TIMING",
)  # fmt: skip

_EVERY = """
hs_object_id                              number      number          ro
hs_merged_object_ids                      string      text            ro
hs_calculated_merged_vids                 string      text            ro
hs_createdate                             datetime    date            ro
hs_lastmodifieddate                       datetime    date            ro
hs_object_source                          string      text            ro
hubspot_owner_id                          number      number          -
hubspot_team_id                           number      number          -
"""

_CONTACT = """
createdate                                datetime    date            ro
lastmodifieddate                          datetime    date            ro
email                                     string      text            -
hs_additional_emails                      string      text            ro
hs_email_domain                           string      text            ro
hs_all_contact_vids                       string      text            ro
hs_is_contact                             bool        booleancheckbox ro
firstname                                 string      text            -
lastname                                  string      text            -
salutation                                string      text            -
jobtitle                                  string      text            -
hs_seniority                              string      text            -
hs_role                                   string      text            -
company                                   string      text            -
website                                   string      text            -
industry                                  string      text            -
numemployees                              string      text            -
annualrevenue                             string      text            -
phone                                     string      phonenumber     -
mobilephone                               string      phonenumber     -
fax                                       string      text            -
address                                   string      text            -
city                                      string      text            -
state                                     string      text            -
zip                                       string      text            -
country                                   string      text            -
hs_language                               string      text            -
hs_timezone                               string      text            -
hs_linkedin_url                           string      text            -
message                                   string      textarea        -
associatedcompanyid                       number      number          ro
hs_v2_date_entered_current_stage          datetime    date            ro
hs_analytics_source                       string      text            ro
hs_analytics_source_data_1                string      text            ro
hs_analytics_source_data_2                string      text            ro
hs_latest_source                          string      text            ro
hs_latest_source_timestamp                datetime    date            ro
hs_analytics_num_page_views               number      number          ro
hs_analytics_num_visits                   number      number          ro
hs_analytics_num_event_completions        number      number          ro
hs_analytics_average_page_views           number      number          ro
hs_analytics_first_timestamp              datetime    date            ro
hs_analytics_first_visit_timestamp        datetime    date            ro
hs_analytics_last_timestamp               datetime    date            ro
hs_analytics_last_visit_timestamp         datetime    date            ro
hs_analytics_first_url                    string      text            ro
hs_analytics_last_url                     string      text            ro
hs_analytics_first_referrer               string      text            ro
hs_analytics_last_referrer                string      text            ro
hs_analytics_first_touch_converting_campaign string   text            ro
hs_analytics_last_touch_converting_campaign  string   text            ro
num_conversion_events                     number      number          ro
num_unique_conversion_events              number      number          ro
first_conversion_date                     datetime    date            ro
first_conversion_event_name               string      text            ro
recent_conversion_date                    datetime    date            ro
recent_conversion_event_name              string      text            ro
hs_calculated_form_submissions            string      text            ro
hs_email_delivered                        number      number          ro
hs_email_open                             number      number          ro
hs_email_click                            number      number          ro
hs_email_bounce                           number      number          ro
hs_email_replied                          number      number          ro
hs_email_first_send_date                  datetime    date            ro
hs_email_first_open_date                  datetime    date            ro
hs_email_first_click_date                 datetime    date            ro
hs_email_first_reply_date                 datetime    date            ro
hs_email_last_send_date                   datetime    date            ro
hs_email_last_open_date                   datetime    date            ro
hs_email_last_click_date                  datetime    date            ro
hs_email_last_reply_date                  datetime    date            ro
hs_email_last_email_name                  string      text            ro
hs_email_sends_since_last_engagement      number      number          ro
hs_email_optout                           bool        booleancheckbox ro
hs_email_bad_address                      bool        booleancheckbox ro
hs_email_quarantined                      bool        booleancheckbox ro
hs_email_is_ineligible                    bool        booleancheckbox ro
hs_emailconfirmationstatus                string      text            ro
hs_email_hard_bounce_reason_enum          string      text            ro
hs_marketable_until_renewal               bool        booleancheckbox ro
hs_sales_email_last_opened                datetime    date            ro
hs_sales_email_last_clicked               datetime    date            ro
hs_sales_email_last_replied               datetime    date            ro
hs_sequences_is_enrolled                  bool        booleancheckbox ro
hs_latest_sequence_enrolled_date          datetime    date            ro
hs_latest_sequence_ended_date             datetime    date            ro
notes_last_contacted                      datetime    date            ro
notes_last_updated                        datetime    date            ro
notes_next_activity_date                  datetime    date            ro
num_contacted_notes                       number      number          ro
num_notes                                 number      number          ro
hs_last_sales_activity_timestamp          datetime    date            ro
hs_last_sales_activity_type               string      text            ro
hs_latest_meeting_activity                datetime    date            ro
engagements_last_meeting_booked           datetime    date            ro
hs_document_last_revisited                datetime    date            ro
hs_first_outreach_date                    datetime    date            ro
hs_time_to_first_engagement               number      number          ro
num_associated_deals                      number      number          ro
recent_deal_amount                        number      number          ro
hubspotscore                              number      number          -
hs_predictivecontactscore_v2              number      number          ro
hs_predictivescoringtier                  string      text            ro
hs_unique_creation_key                    string      text            ro,unique
salesforceleadid                          string      text            -
salesforcecontactid                       string      text            -
salesforceaccountid                       string      text            -
salesforcelastsynctime                    datetime    date            -
budget                                    string      text            ours
project_timeline                          string      text            ours
main_challenge                            string      textarea        ours
current_tool                              string      text            ours
team_size                                 string      text            ours
role_in_purchase                          string      text            ours
syncd_stage                               string      text            ours
syncd_level                               string      text            ours
syncd_fit_grade                           string      text            ours
syncd_reason                              string      textarea        ours
syncd_missing                             string      textarea        ours
syncd_gap                                 string      text            ours
syncd_next_offer                          string      text            ours
syncd_answer                              string      text            ours
syncd_owner                               string      text            ours
syncd_next_action                         string      text            ours
syncd_next_action_date                    date        date            ours
syncd_sales_owner                         string      text            ours
syncd_sales_outcome                       string      text            ours
syncd_recycle_reason                      string      text            ours
syncd_track                               string      text            ours
syncd_recycle_date                        date        date            ours
syncd_pass                                number      number          ours
syncd_first_mql_at                        datetime    date            ours
syncd_last_mql_at                         datetime    date            ours
syncd_first_sql_at                        datetime    date            ours
syncd_last_sql_at                         datetime    date            ours
syncd_mql_dates                           string      text            ours
syncd_sql_dates                           string      text            ours
syncd_last_pass_summary                   string      textarea        ours
"""

_COMPANY = """
createdate                                datetime    date            ro
name                                      string      text            -
domain                                    string      text            -
hs_additional_domains                     string      text            ro
website                                   string      text            -
industry                                  string      text            -
numberofemployees                         number      number          -
annualrevenue                             number      number          -
phone                                     string      phonenumber     -
address                                   string      text            -
city                                      string      text            -
state                                     string      text            -
zip                                       string      text            -
country                                   string      text            -
description                               string      textarea        -
founded_year                              string      text            -
web_technologies                          string      text            -
num_associated_contacts                   number      number          ro
num_associated_deals                      number      number          ro
salesforceaccountid                       string      text            -
"""

_DEAL = """
createdate                                datetime    date            ro
dealname                                  string      text            -
amount                                    number      number          -
closedate                                 datetime    date            -
closed_lost_reason                        string      textarea        -
closed_won_reason                         string      textarea        -
hs_is_closed                              bool        booleancheckbox ro
hs_is_closed_won                          bool        booleancheckbox ro
"""

_ACTIVITIES = {
    "calls": """
hs_timestamp                              datetime    date            -
hs_call_title                             string      text            -
hs_call_body                              string      html            -
hs_call_duration                          number      number          -
hs_call_from_number                       string      text            -
hs_call_to_number                         string      text            -
""",
    "emails": """
hs_timestamp                              datetime    date            -
hs_email_subject                          string      text            -
hs_email_text                             string      textarea        -
hs_email_html                             string      html            -
hs_email_headers                          string      textarea        -
hs_sequence_id                            number      number          -
""",
    "meetings": """
hs_timestamp                              datetime    date            -
hs_meeting_title                          string      text            -
hs_meeting_body                           string      html            -
hs_internal_meeting_notes                 string      html            -
hs_meeting_location                       string      text            -
hs_meeting_start_time                     datetime    date            -
hs_meeting_end_time                       datetime    date            -
""",
    "notes": """
hs_timestamp                              datetime    date            -
hs_note_body                              string      html            -
""",
    "tasks": """
hs_timestamp                              datetime    date            -
hs_task_subject                           string      text            -
hs_task_body                              string      html            -
""",
    "communications": """
hs_timestamp                              datetime    date            -
hs_communication_body                     string      html            -
hs_communication_logged_from              string      text            -
""",
}

_STAGE_OPTIONS = list(zip(STAGES, STAGE_LABELS, strict=True))
_CHOICES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "contacts": {
        "lifecyclestage": _STAGE_OPTIONS,
        "hs_lead_status": options(*LEAD_STATUSES),
        "hs_marketable_status": options("true=Marketing contact", "false=Non-marketing contact"),
        "hs_legal_basis": options("Legitimate interest - prospect or lead", "Freely given consent"),
        "hs_buying_role": options("DECISION_MAKER", "BUDGET_HOLDER", "CHAMPION", "INFLUENCER", "END_USER"),
    },
    "companies": {
        "lifecyclestage": _STAGE_OPTIONS,
        "type": options("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER"),
    },
    "deals": {
        "pipeline": options("default=Sales Pipeline"),
        "dealstage": options(
            "appointmentscheduled=Appointment scheduled", "qualifiedtobuy=Qualified to buy",
            "presentationscheduled=Presentation scheduled", "decisionmakerboughtin=Decision maker bought-in",
            "contractsent=Contract sent", "closedwon=Closed won", "closedlost=Closed lost"),
    },
    "calls": {
        "hs_call_direction": options("INBOUND", "OUTBOUND"),
        "hs_call_status": options("COMPLETED", "NO_ANSWER", "BUSY", "MISSED", "FAILED", "CANCELED", "QUEUED",
                                  "RINGING", "IN_PROGRESS", "CONNECTING", "CALLING_CRM_USER"),
        "hs_call_disposition": options(
            "9d9162e7-6cf3-4944-bf63-4dff82258764=Busy", "f240bbac-87c9-4f6e-bf70-924b57d47db7=Connected",
            "a4c4c377-d246-4b32-a13b-75a56a4cd0ff=Left live message",
            "b2cf5968-551e-4856-9783-52b3da59a7d0=Left voicemail",
            "73a0d17f-1163-4015-bdd5-ec830791da20=No answer",
            "17b47fee-58de-441e-a44c-c6300d46f273=Wrong number"),
    },
    "emails": {
        "hs_email_direction": options("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
        "hs_email_status": options("SENT", "BOUNCED", "FAILED", "SCHEDULED", "SENDING"),
    },
    "meetings": {"hs_meeting_outcome": options("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED",
                                               "CANCELLED")},
    "tasks": {
        "hs_task_status": options("NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"),
        "hs_task_priority": options("NONE", "LOW", "MEDIUM", "HIGH"),
        "hs_task_type": options("TODO", "CALL", "EMAIL", "LINKED_IN"),
    },
    "communications": {"hs_communication_channel_type": options("WHATS_APP", "LINKEDIN_MESSAGE", "SMS")},
}  # fmt: skip
_READ_ONLY_CHOICES = {"hs_marketable_status"}  # readable only: knowledge base, manage marketing contacts


def definitions_of(kind: str) -> dict[str, Definition]:
    """A fresh set of definitions for one object type, by name."""
    table = {"contacts": _CONTACT, "companies": _COMPANY, "deals": _DEAL, **_ACTIVITIES}[kind]
    group = {"contacts": "contactinformation", "companies": "companyinformation", "deals": "dealinformation"}
    rows = [line.split() for line in (_EVERY + table).splitlines() if line.strip()]
    found = {row[0]: _definition(row, group.get(kind, "engagement")) for row in rows}
    for name, choices in _CHOICES.get(kind, {}).items():
        found[name] = Definition(name, _label(name), "enumeration", "select", group.get(kind, "engagement"),
                                 options=list(choices), is_read_only=name in _READ_ONLY_CHOICES)  # fmt: skip
    if kind == "contacts":
        for stage in STAGES:
            for name in (f"hs_v2_date_entered_{stage}", f"hs_lifecyclestage_{stage}_date"):
                found[name] = Definition(
                    name, _label(name), "datetime", "date", group[kind], is_read_only=True
                )
    return found


def _definition(row: list[str], group: str) -> Definition:
    name, type_, field_type, flags = row
    marks = flags.split(",")
    return Definition(name, _label(name), type_, field_type, group, is_read_only="ro" in marks,
                      is_unique="unique" in marks, is_ours="ours" in marks)  # fmt: skip


def _label(name: str) -> str:
    return name.removeprefix("hs_").replace("_", " ").capitalize()
