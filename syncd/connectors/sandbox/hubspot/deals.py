"""What a deal does to the people and firms on it: HubSpot moves their stage forward by itself.

An open deal makes them `opportunity`, a won one `customer`, never backward; counts and amounts follow
(facts 8.1; knowledge base, automatic lifecycle stage updates). A stage moved so moves the modified date
too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.connectors.sandbox.hubspot.records import Record

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

CLOSED = {"closedwon": True, "closedlost": False}


def settle(hubspot: HubSpot, deal: Record) -> None:
    """Keep a deal's closing flags, and the stage and counts of everybody on it."""
    stage = deal.properties.get("dealstage", "")
    flags = {
        "hs_is_closed": str(stage in CLOSED).lower(),
        "hs_is_closed_won": str(stage == "closedwon").lower(),
    }
    if any(deal.properties.get(name) != value for name, value in flags.items()):
        hubspot.set(deal, flags)
    reached = "customer" if stage == "closedwon" else "opportunity" if stage not in CLOSED else ""
    for kind in ("contacts", "companies"):
        for number in hubspot.associations.of("deals", deal.number, kind):
            _carry(hubspot, hubspot.objects[kind][number], deal, reached)


def _carry(hubspot: HubSpot, record: Record, deal: Record, reached: str) -> None:
    count = str(len(hubspot.associations.of(record.kind.name, record.number, "deals")))
    changes = {"num_associated_deals": count}
    if record.kind.name == "contacts" and deal.properties.get("amount"):
        changes["recent_deal_amount"] = deal.properties["amount"]
    if reached:
        changes["lifecyclestage"] = reached
    changes = {name: value for name, value in changes.items() if record.properties.get(name) != value}
    if changes:
        hubspot.apply(record, changes, "workflow")
