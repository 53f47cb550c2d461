"""A portal for measuring: contacts with 60 properties filled, a fifth as many companies, as many engagements.

Values are plain and of believable length; the records differ, the distribution does not matter.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from syncd.connectors.sandbox.hubspot.records import stamp
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.world.names import FIRM_HEADS, FIRM_TAILS, LANDS, TITLES, TRADES

PAST = timedelta(days=30)
ENGAGEMENTS = ("calls", "emails", "meetings", "notes", "tasks", "communications")
COMPANY_SHARE = 5
STEP = timedelta(seconds=100)  # between the creation of two contacts

_TEXTS = (
    "salutation", "hs_seniority", "hs_role", "website", "industry", "numemployees", "annualrevenue",
    "mobilephone", "fax", "address", "city", "state", "zip", "hs_language", "hs_timezone", "hs_linkedin_url",
    "hs_analytics_source", "hs_analytics_source_data_1", "hs_analytics_source_data_2", "hs_latest_source",
    "hs_analytics_first_url", "hs_analytics_last_url", "hs_analytics_first_referrer",
    "hs_analytics_last_referrer", "first_conversion_event_name", "recent_conversion_event_name",
    "hs_email_last_email_name", "current_tool", "team_size", "role_in_purchase", "main_challenge", "budget",
)  # fmt: skip
_NUMBERS = (
    "hs_analytics_num_page_views", "hs_analytics_num_visits", "num_conversion_events", "hs_email_delivered",
    "hs_email_open", "hs_email_click", "num_notes", "hubspotscore",
)  # fmt: skip
_TIMES = (
    "hs_analytics_first_timestamp", "hs_analytics_last_timestamp", "first_conversion_date",
    "recent_conversion_date", "hs_email_first_open_date", "hs_email_last_open_date",
    "hs_email_last_send_date", "notes_last_updated",
)  # fmt: skip


def fill(hubspot: HubSpot, contacts: int, opens_at: datetime) -> None:
    """Make the records, each kind in the order of its ids, dates within the past of the opening day."""
    kernel, chance = hubspot.kernel, hubspot.kernel.random("world.bulk")
    begins_at = kernel.now
    step = min(STEP, (opens_at - begins_at) / (contacts + 1))
    companies = [_company(hubspot, chance, n) for n in range(max(1, contacts // COMPANY_SHARE))]
    ids: list[str] = []
    for n in range(contacts):
        kernel.advance_to(begins_at + step * n)
        ids.append(hubspot.create("contacts", _contact(chance, n, stamp(kernel.now)), "import"))
        hubspot.associations.add("contacts", int(ids[-1]), "companies", int(companies[n % len(companies)]))
        record = hubspot.objects["contacts"][int(ids[-1])]
        record.properties["associatedcompanyid"] = companies[n % len(companies)]
    for n in range(contacts):
        kind = ENGAGEMENTS[n % len(ENGAGEMENTS)]
        id_ = hubspot.create(kind, _engagement(kind, stamp(kernel.now)), "import")
        hubspot.associations.add(kind, int(id_), "contacts", int(ids[(n * 7) % contacts]))


def _company(hubspot: HubSpot, chance: random.Random, n: int) -> str:
    land = LANDS[n % len(LANDS)]
    name = f"{FIRM_HEADS[n % len(FIRM_HEADS)]} {FIRM_TAILS[n // len(FIRM_HEADS) % len(FIRM_TAILS)]} {n}"
    values = {
        "name": name, "domain": f"firm{n}.{land.ending}", "country": land.name, "city": land.cities[0],
        "industry": TRADES[n % len(TRADES)][0], "numberofemployees": str(chance.randint(5, 9_000)),
    }  # fmt: skip
    return hubspot.create("companies", values, "import")


def _contact(chance: random.Random, n: int, now: str) -> dict[str, str]:
    """Sixty filled properties, those the portal fills in by itself not counted."""
    land = LANDS[n % len(LANDS)]
    first, last = land.first[n % len(land.first)], land.last[n // 7 % len(land.last)]
    values = {
        "email": f"person{n}@firm{n % 4_000}.{land.ending}", "firstname": first, "lastname": last,
        "jobtitle": TITLES[n % (len(TITLES) - 1)][0], "company": f"Firm {n % 4_000}",
        "phone": f"{land.dial} {n % 10_000:04}", "country": land.name, "hs_lead_status": "NEW",
        "hs_email_optout": "false", "hs_marketable_status": "true", "project_timeline": "1-3 months",
        "message": "Please send me more about planning for several plants and what it would cost us.",
    }  # fmt: skip
    values |= {name: f"{name.removeprefix('hs_')} {n % 97}" for name in _TEXTS}
    values |= {name: str(chance.randrange(90)) for name in _NUMBERS}
    values |= dict.fromkeys(_TIMES, now)
    return values


def _engagement(kind: str, now: str) -> dict[str, str]:
    specific = {
        "calls": {"hs_call_title": "Call", "hs_call_direction": "OUTBOUND", "hs_call_status": "COMPLETED",
                  "hs_call_body": "<p>Spoke for ten minutes about month end.</p>"},
        "emails": {"hs_email_subject": "Planning", "hs_email_direction": "EMAIL", "hs_email_status": "SENT",
                   "hs_email_text": "As promised, here is the case study."},
        "meetings": {"hs_meeting_title": "Discovery call", "hs_meeting_outcome": "COMPLETED",
                     "hs_meeting_start_time": now, "hs_meeting_end_time": now},
        "notes": {"hs_note_body": "<p>Team of twelve planners.</p>"},
        "tasks": {"hs_task_subject": "Follow up", "hs_task_status": "COMPLETED", "hs_task_type": "CALL"},
        "communications": {"hs_communication_channel_type": "SMS", "hs_communication_body": "See you then"},
    }  # fmt: skip
    return {"hs_timestamp": now, **specific[kind]}
