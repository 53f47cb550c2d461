"""How a HubSpot connector is set up, beside its token and address."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from syncd.connectors.hubspot.people import NATIVE_SYNC
from syncd.connectors.marks import Marks
from syncd.connectors.transport_budget import Budgets, Window

WebBehaviour = Literal["auto", "events", "properties"]
"""Where forms, marketing e-mail and page visits are read from: whatever the portal offers (asked once), the
event endpoints, or the contact's own properties."""


@dataclass(frozen=True, slots=True)
class HubSpotOptions:
    """`properties` and `company_properties` are those the playbook names, `watched` those whose change is a
    fact. `reads_deals` is off where Salesforce alone holds the deals. `marks` reads what sales settles in
    notes; `lists` names the lists whose joining is a fact."""

    properties: frozenset[str] = frozenset()
    company_properties: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()
    native_sync_properties: tuple[str, ...] = NATIVE_SYNC
    web_behaviour: WebBehaviour = "auto"
    keep_quotes: bool = True
    quote_chars_max: int = 200
    api_version: str = "v3"
    reads_deals: bool = True
    search_per_second: int = 4
    search_calls_max: int = 500
    association_days: int = 7
    marks: Marks = field(default_factory=Marks)
    lists: tuple[str, ...] = ()


def paced(budgets: Budgets | None, search_per_second: int) -> Budgets:
    """The budgets with what HubSpot adds: search has five a second for all apps of the portal together, of
    which one is left to the others; the burst limit is per app and told by headers, and is 100 in ten
    seconds on the smallest tier (usage-guidelines)."""
    given = budgets or Budgets()
    return replace(
        given,
        general=given.general or Window(max(1, int(100 * given.burst_share)), 10.0),
        buckets={"search": Window(search_per_second, 1.0), **given.buckets},
    )
