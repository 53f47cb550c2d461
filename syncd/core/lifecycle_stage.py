"""HubSpot's lifecycle stage for a lead: forward as it rises, backward only when sales has given it back.

HubSpot takes a backward write, answers success and changes nothing (facts/hubspot.md 8.1), so a connector
moves back in two steps; here it is only decided what is to be shown. Customers and people with an open deal
are never moved back, and a stage nobody explained to us is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syncd.core.model import Cause, Snapshot, Stage, Standing
from syncd.core.playbook import Playbook, RecycleRule

PROPERTY, STATUS_PROPERTY = "lifecyclestage", "hs_lead_status"

DEFAULT_STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
)
"""HubSpot's own stages in their order; custom ones have numbers for names (facts/hubspot.md 8.1)."""

_KEPT = frozenset({"customer", "evangelist"})
_BACK = frozenset({Stage.REJECTED, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED})
_LADDER = (
    Stage.LEAD,
    Stage.MQL,
    Stage.NEAR_SQL,
    Stage.SQL,
    Stage.HANDED_OFF,
    Stage.ACCEPTED,
    Stage.OPPORTUNITY,
    Stage.CUSTOMER,
)
_EQUALS = ("lead", *("marketingqualifiedlead",) * 2, *("salesqualifiedlead",) * 3, "opportunity", "customer")
"""Where each step of the ladder stands among HubSpot's own stages: ranks custom stages the playbook names."""


@dataclass(frozen=True, slots=True)
class StageMove:
    """`fields` to show on the contact; those of `until_touched` only while they show what we set. Only where
    `is_back` may a connector lower the stage it finds, and of the stages it guards only those in `may_leave`:
    the deal behind `opportunity` is lost."""

    fields: Mapping[str, object] = field(default_factory=dict)
    is_back: bool = False
    may_leave: tuple[str, ...] = ()
    until_touched: frozenset[str] = frozenset()


def intended(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> StageMove:
    """The stage the contact shall show; nothing where it is not ours to set or stands further already."""
    stage = standing.position.stage
    rule = _rule(snapshot, standing, playbook)
    status = _status(snapshot, rule, playbook)
    of_stage = playbook.mapping.lifecycle.get(str(stage), "")
    wanted = (rule.lifecycle_stage if rule else "") or of_stage
    if not playbook.mapping.owns_lifecycle or not wanted:
        return status
    current = snapshot.fields.get(f"contact.{PROPERTY}", "").strip()
    if stage in _BACK:
        if current in _KEPT or is_won_or_open(snapshot):
            return status
        fields = {PROPERTY: wanted, **status.fields}
        return replace(status, fields=fields, is_back=True, may_leave=("opportunity",))
    held = -1 if _set_aside_by_us(current, snapshot, playbook) else _rank(current, playbook)
    aim = _rank(wanted, playbook)
    if held is None or aim is None or held > aim:
        return status
    return replace(status, fields={PROPERTY: wanted, **status.fields})


def _status(snapshot: Snapshot, rule: RecycleRule | None, playbook: Playbook) -> StageMove:
    """The lead status: as the reason says, and none once the reason is past. It goes with what brought it, so
    that nobody who is back with sales still shows it; what somebody else made of it stays."""
    if rule is not None and rule.lead_status:
        return StageMove({STATUS_PROPERTY: rule.lead_status})
    given = (
        playbook.recycle.rules.get(item.code)
        for item in snapshot.history
        if item.target.stage in (Stage.RECYCLED, Stage.DISQUALIFIED) and item.cause is not Cause.FILTER
    )
    if not any(item is not None and item.lead_status for item in given):
        return StageMove()
    return StageMove({STATUS_PROPERTY: ""}, until_touched=frozenset({STATUS_PROPERTY}))


def _rule(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> RecycleRule | None:
    """What recycle.yaml says of somebody sales gave back, for a time or for good; nothing of whom a filter
    keeps out, also where filter and reason share a name."""
    stage = standing.position.stage
    if stage not in (Stage.RECYCLED, Stage.DISQUALIFIED):
        return None
    if stage is Stage.DISQUALIFIED:
        causes = [item.cause for item in snapshot.history if item.target.stage is stage]
        if not causes or causes[-1] is Cause.FILTER:
            return None
    return playbook.recycle.rules.get(standing.reason)


def is_won_or_open(snapshot: Snapshot) -> bool:
    """True for customers and people in an open opportunity: not to be moved back, nor nurtured."""
    deals = snapshot.opportunities
    return any(item.is_won or not item.is_closed for item in deals) or (
        snapshot.fields.get(f"contact.{PROPERTY}", "").strip() in _KEPT
    )


def _set_aside_by_us(current: str, snapshot: Snapshot, playbook: Playbook) -> bool:
    """True when the contact shows the stage of disqualified people because we put it there: somebody whom a
    filter no longer keeps out may leave it. A person's own `other` stays."""
    ours = any(item.target.stage is Stage.DISQUALIFIED for item in snapshot.history[:-1])
    return bool(current) and ours and current == playbook.mapping.lifecycle.get(str(Stage.DISQUALIFIED))


def _rank(value: str, playbook: Playbook) -> int | None:
    """Position of a stage in HubSpot's order; None for a custom stage the playbook does not name."""
    if not value:
        return -1
    if value in DEFAULT_STAGES:
        return DEFAULT_STAGES.index(value)
    for stage, equal in zip(_LADDER, _EQUALS, strict=True):
        if playbook.mapping.lifecycle.get(str(stage)) == value:
            return DEFAULT_STAGES.index(equal)
    return None
