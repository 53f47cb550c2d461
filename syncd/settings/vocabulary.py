"""The closed sets of words a playbook may use: sources and their attributes, fields, values of our own.

Sources and attributes are what the connectors promise; `person.*` and `account.*` fields what the core
derives. A word
that is not here cannot ever match, so it is refused where it is written, with the nearest known one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from syncd.core import countries

_CHANGE: Final = frozenset({"property", "value", "from"})
_DEAL: Final = frozenset({"stage", "outcome", "reason"})
_COLLEAGUE: Final = frozenset({"person", "seniority", "function"})

SOURCES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "hubspot.form_submission": frozenset({"form", "form_id", "url"}),  # and field.<name>
        "hubspot.page_view": frozenset({"url"}),
        "hubspot.visit": frozenset(),
        "hubspot.email_open": frozenset({"campaign", "lag", "agent", "filtered"}),
        "hubspot.email_click": frozenset({"campaign", "url", "lag", "agent", "filtered"}),
        "hubspot.email_reply": frozenset({"campaign"}),
        "hubspot.email_bounce": frozenset({"campaign"}),
        "hubspot.marketing_event": frozenset({"event", "state"}),
        "hubspot.call": frozenset({"direction", "status", "disposition"}),
        "hubspot.email": frozenset({"direction", "status", "automatic", "sequence"}),
        "hubspot.meeting_booked": frozenset(),
        "hubspot.meeting": frozenset({"outcome", "host"}),
        "hubspot.note": frozenset(),
        "hubspot.task": frozenset({"type", "status"}),
        "hubspot.communication": frozenset({"channel"}),
        "hubspot.list_membership": frozenset({"list", "state"}),
        "hubspot.contact_change": _CHANGE,
        "hubspot.deal": _DEAL,
        "salesforce.task": frozenset(
            {"type", "subtype", "status", "is_closed", "disposition", "call_type", "owner", "creator"}
        ),
        "salesforce.event": frozenset({"type", "owner", "creator"}),
        "salesforce.campaign_member": frozenset({"campaign", "status", "responded"}),
        "salesforce.lead_change": _CHANGE | {"reason"},
        "salesforce.contact_change": _CHANGE | {"reason"},
        "salesforce.deal": _DEAL,
        "account.activity": _COLLEAGUE,
        "account.person_joined": _COLLEAGUE,
        "syncd.delivered": frozenset({"kind", "object", "created"}),
        "syncd.released": frozenset(),
    }
)
"""Every source of facts and the attributes its facts may carry."""

TITLED: Final = frozenset(
    {
        "hubspot.call",
        "hubspot.email",
        "hubspot.meeting",
        "hubspot.task",
        "salesforce.task",
        "salesforce.event",
    }
)
"""Sources whose facts have a subject."""

TOUCHES: Final = TITLED | {
    "hubspot.communication",
    "hubspot.email_reply",
    "hubspot.meeting_booked",
    "hubspot.note",
    "salesforce.lead_change",
    "salesforce.contact_change",
}
"""Sources whose facts may be sales' own work on a lead."""

# What `hubspot.contact` properties say in place of events: the connector's `people` module.
PROPERTIES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "hubspot.form_submission": frozenset({"form"}),
        "hubspot.page_view": frozenset({"url"}),
        "hubspot.email_open": frozenset(),
        "hubspot.email_click": frozenset(),
        "hubspot.email_reply": frozenset(),
        "hubspot.email_bounce": frozenset(),
    }
)
"""What facts carry where only contacts' own properties are read, by source."""

UNTOLD: Final = frozenset({"hubspot.email_bounce"})
"""Sources contacts' own properties know nothing of."""

DISTINCT: Final = frozenset({"channel", "offer", "kind"})
"""What facts may be told apart by, whatever their source."""

FORM_FIELD_PREFIX: Final = "field."
"""Attributes of a form submission that hold what was filled in: `field.<name>`."""

MARK_PREFIX: Final = "mark."
"""Attributes that hold what sales marked in a note: `mark.<letter>`, and `mark.<letter>_amount`."""

MARKED: Final = frozenset(
    {"hubspot.call", "hubspot.meeting", "hubspot.note", "salesforce.task", "salesforce.event"}
)
"""Sources whose facts may carry marks."""

MARKS: Final = frozenset({"yes", "no", "later", "mentioned"})
"""What a mark may say of a letter."""

MARKED_AMOUNTS: Final = frozenset({"under_10k", "10k_50k", "50k_250k", "over_250k"})
"""What a mark may say of a budget's size."""

LAGS: Final = frozenset({"0-2", "3-5", "6-10", "11-30", "31-60", "61-300", "later"})
"""How many seconds after the send an open or click came."""

AGENTS: Final = frozenset({"scanner", "proxy", "browser", "app"})
"""What opened or clicked."""

DERIVED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "person.seniority": frozenset(
            {"c_level", "vp", "director", "head", "manager", "senior", "individual", "entry", "student"}
        ),
        "person.function": frozenset(
            {"marketing", "sales", "operations", "it", "engineering", "finance", "hr", "product", "customer",
             "legal", "procurement", "research", "education", "general"}
        ),
        "person.email_domain": frozenset(),
        "person.email_kind": frozenset({"business", "free", "disposable", "role", "education", "none"}),
        "person.direction": frozenset({"inbound", "outbound"}),
        "person.country": countries.CODES,
        "person.company_name": frozenset(),
        "account.is_customer": frozenset({"true", "false"}),
        "account.has_open_deal": frozenset({"true", "false"}),
        "account.people": frozenset(),
        "account.matched_by": frozenset({"association", "domain", "name"}),
    }
)  # fmt: skip
"""Fields the core derives, and their possible values (empty: any text or number)."""

VALUES: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {
        (source, attribute): values
        for attribute, values, sources in (
            ("seniority", DERIVED["person.seniority"], ("account.activity", "account.person_joined")),
            ("function", DERIVED["person.function"], ("account.activity", "account.person_joined")),
            ("lag", LAGS, ("hubspot.email_open", "hubspot.email_click")),
            ("agent", AGENTS, ("hubspot.email_open", "hubspot.email_click")),
            ("filtered", frozenset({"true"}), ("hubspot.email_open", "hubspot.email_click")),
            ("state", frozenset({"joined"}), ("hubspot.list_membership",)),
            ("responded", frozenset({"true", "false"}), ("salesforce.campaign_member",)),
            ("is_closed", frozenset({"true", "false"}), ("salesforce.task",)),
            ("automatic", frozenset({"true"}), ("hubspot.email",)),
            ("sequence", frozenset({"true"}), ("hubspot.email",)),
        )
        for source in sources
    }
)
"""Attributes with few possible values, where they are ours to name."""

RECORDS: Final = ("contact", "company", "lead", "sfcontact")
"""Prefixes of fields that are read from a CRM."""

POSITIONS: Final = frozenset(
    {"lead", "mql", "near_sql", "sql", "handed_off", "accepted", "opportunity", "customer", "rejected",
     "lost", "recycled", "disqualified"}
)  # fmt: skip
"""Stages that may stand for a HubSpot lifecycle stage."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
