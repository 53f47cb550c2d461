"""Where a lead came from and under what terms: first touch, the offer that converted, inbound or outbound,
the lawful basis, and whether they may be called. For the hand-off, so that sales' own reports can tell it
(S94-S95).

Read from stored facts and the ledger alone; nothing here decays, and a blank means that nobody knows. An
opt-out counts as soon as either side says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from syncd.core.model import Signal, Snapshot, Stage, Standing, Transition
from syncd.core.plain import inert, plain
from syncd.core.playbook import Consent
from syncd.core.transforms import apply

TEXT_CHARS_MAX: Final = 255

SOURCE = "contact.hs_analytics_source"
DETAILS = ("contact.hs_analytics_source_data_1", "contact.hs_analytics_source_data_2")
SOURCE_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ORGANIC_SEARCH": "Organic search",
        "PAID_SEARCH": "Paid search",
        "EMAIL_MARKETING": "E-mail marketing",
        "SOCIAL_MEDIA": "Organic social",
        "REFERRALS": "Referrals",
        "OTHER_CAMPAIGNS": "Other campaigns",
        "DIRECT_TRAFFIC": "Direct traffic",
        "OFFLINE": "Offline",
        "PAID_SOCIAL": "Paid social",
        "AI_REFERRALS": "AI referrals",
    }
)
"""Values of `hs_analytics_source` as HubSpot's pages call them ("Understand original and latest source")."""

_DIRECTIONS: Final = MappingProxyType({"inbound": "Inbound", "outbound": "Outbound"})
_DO_NOT_CALL: Final = ("lead.DoNotCall", "sfcontact.DoNotCall")
_YES: Final = frozenset({"true", "yes", "1"})
OFFER_SOURCES: Final = MappingProxyType(
    {
        "hubspot.form_submission": ("form",),
        "hubspot.marketing_event": ("event",),
        "hubspot.list_membership": ("list",),
        "salesforce.campaign_member": ("campaign",),
    }
)
"""Kinds of fact that are an answer to an offer, and the attribute that names it."""

NAMES: Final = frozenset(
    {
        "syncd.original_source",
        "syncd.original_source_detail",
        "syncd.converting_offer",
        "syncd.direction",
        "syncd.do_not_call",
        "syncd.lawful_basis",
        "syncd.lawful_basis_date",
    }
)


def values(
    snapshot: Snapshot,
    standing: Standing,
    history: Sequence[Transition],
    derived: Mapping[str, object],
    consent: Consent,
    time_zone: str,
) -> dict[str, object]:
    """Every value of `NAMES`; blank text for what nobody knows. `derived` holds `person.direction`."""
    fields = snapshot.fields
    source = fields.get(SOURCE, "").strip()
    details = [plain(fields.get(name, "")) for name in DETAILS]
    basis = plain(fields.get(consent.lawful_basis, "").replace(";", ", "), TEXT_CHARS_MAX)
    since = fields.get(consent.lawful_basis_date, "") if basis else ""
    detail = plain(" / ".join(item for item in details if item), TEXT_CHARS_MAX - 1)
    return {
        "syncd.original_source": inert(source_label(source)),
        "syncd.original_source_detail": inert(detail),
        "syncd.converting_offer": inert(offer(snapshot.signals, standing, history)),
        "syncd.direction": _DIRECTIONS.get(str(derived.get("person.direction") or ""), ""),
        "syncd.do_not_call": may_not_be_called(fields, consent),
        "syncd.lawful_basis": inert(basis),
        "syncd.lawful_basis_date": apply(("date",), since, time_zone=time_zone) or None,
    }


def source_label(code: str) -> str:
    """HubSpot's code of a source in words; one the portal does not explain as it is."""
    return SOURCE_LABELS.get(code.upper()) or plain(code.replace("_", " "), TEXT_CHARS_MAX)


def may_not_be_called(fields: Mapping[str, str], consent: Consent) -> bool:
    """True when Salesforce or a property the playbook names says so."""
    names = (*_DO_NOT_CALL, *consent.do_not_call)
    return any(fields.get(name, "").strip().casefold() in _YES for name in names)


def offer(signals: Sequence[Signal], standing: Standing, history: Sequence[Transition]) -> str:
    """The form, event or list behind the present pass: of its evidence the newest that has a name, else the
    newest answer to an offer before it. Blank for who never qualified."""
    moves = [item for item in history if item.target.stage is Stage.SQL]
    move = next((item for item in reversed(moves) if item.pass_number == standing.pass_number), None)
    if move is None:
        return ""
    known = [item for item in signals if item.occurred_at <= move.effective_at and _name(item)]
    newest_first = sorted(known, key=lambda item: (item.occurred_at, item.key), reverse=True)
    evidence = frozenset(move.evidence)
    behind = [item for item in newest_first if item.key in evidence]
    return _name((behind or newest_first)[0]) if known else ""


def _name(signal: Signal) -> str:
    return offer_name(signal.shape.source, signal.shape.attributes)


def offer_name(source: str, attributes: Mapping[str, str]) -> str:
    """What the offer is called that a fact answers; blank where it is no answer to one."""
    for attribute in OFFER_SOURCES.get(source, ()):
        named = attributes.get(attribute, "")
        if named:
            return plain(re.sub(r"\s+", " ", named), TEXT_CHARS_MAX)
    return ""
