"""Who has a lead, where, and what they do next: one answer for every lead, so that none lies between teams.

A lead stands in one place (its position), and that place is one team's: whoever is kept out is marketing's
to leave in peace. Who is with sales has an owner there; a lead in hand without one is a gap, which `syncd
errors` names with its cure. What is to be done next is `next_step`'s advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from syncd.core import owned, routing
from syncd.core.desk import QUEUE_PREFIX
from syncd.core.model import Position, Snapshot, Stage, Standing
from syncd.core.next_step import NextStep
from syncd.core.owner_words import name_of


class Team(StrEnum):
    """Whose a lead is. Nobody's are those who were forgotten."""

    MARKETING = "marketing"
    SALES = "sales"
    NOBODY = "nobody"


TEAMS: Final[Mapping[Stage, Team]] = {
    Stage.LEAD: Team.MARKETING,
    Stage.MQL: Team.MARKETING,
    Stage.NEAR_SQL: Team.MARKETING,
    Stage.SQL: Team.SALES,
    Stage.HANDED_OFF: Team.SALES,
    Stage.ACCEPTED: Team.SALES,
    Stage.OPPORTUNITY: Team.SALES,
    Stage.CUSTOMER: Team.SALES,
    Stage.REJECTED: Team.MARKETING,
    Stage.LOST: Team.MARKETING,
    Stage.RECYCLED: Team.MARKETING,
    Stage.DISQUALIFIED: Team.MARKETING,
    Stage.ERASED: Team.NOBODY,
}
"""Every stage is one team's."""

NO_OWNER = "no_owner"
"""The gap of a lead that sales has in hand and nobody owns."""
IN_HAND: Final = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY})
CHOOSING = "being chosen"
ONE_PERSON = "a person: Salesforce made one record of this one and lead {lead}; merge both in HubSpot"
A_PERSON = "a person: settle its case (`syncd hold list`)"


@dataclass(frozen=True, slots=True)
class Charge:
    """Where a lead is, whose it is, and what comes next. `owner_id` is a user or queue of Salesforce, blank
    where the team has it as a whole; `owner` is what people call whoever has it. `waits_for` names who must
    act before anything else can; `gap` is why nobody has it, blank for none."""

    position: Position
    team: Team
    owner_id: str
    owner: str
    action: str
    on: date | None
    waits_for: str = ""
    gap: str = ""


def charge(snapshot: Snapshot, standing: Standing, step: NextStep) -> Charge:
    """The one answer for a lead that stands here, whose next step this is."""
    stage = standing.position.stage
    team = TEAMS[stage]
    owner_id = _owner_id(snapshot, standing) if team is Team.SALES else ""
    gap = NO_OWNER if stage in IN_HAND and snapshot.sales_records and not owner_id else ""
    waits = A_PERSON if stage is Stage.SQL and snapshot.open_hold else ""
    if snapshot.followed is not None and stage in IN_HAND:
        waits = ONE_PERSON.format(lead=snapshot.followed.lead_id)
    return Charge(
        position=standing.position,
        team=team,
        owner_id=owner_id,
        owner=_called(owner_id, team, stage, snapshot),
        action=step.text,
        on=step.on,
        waits_for=waits,
        gap=gap,
    )


def _owner_id(snapshot: Snapshot, standing: Standing) -> str:
    """Of a deal its owner, of a customer the account's where the person has none; on the way to sales whoever
    was chosen."""
    stage = standing.position.stage
    if stage is Stage.OPPORTUNITY:
        deals = [item for item in snapshot.opportunities if not item.is_closed and item.owner_id]
        if deals:
            return min(deals, key=lambda item: item.ref).owner_id
    present = owned.owner_of(snapshot)
    if present:
        return present
    if stage is Stage.CUSTOMER:
        accounts = [item for item in snapshot.account_records if item.fields.get("OwnerId")]
        return min(accounts, key=lambda item: item.ref).fields["OwnerId"] if accounts else ""
    chosen = routing.assigned(snapshot, standing.pass_number)
    return chosen.owner_id if chosen is not None and stage is Stage.SQL else ""


def _called(owner_id: str, team: Team, stage: Stage, snapshot: Snapshot) -> str:
    if owner_id:
        name = name_of(owner_id, snapshot.owner_names)
        return f"{name} (a queue)" if owner_id.startswith(QUEUE_PREFIX) else name
    if stage is Stage.SQL:
        return CHOOSING
    return "nobody" if stage in IN_HAND and snapshot.sales_records else str(team)
