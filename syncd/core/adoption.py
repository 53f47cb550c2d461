"""Where a lead enters the ledger: adopted at the stage both CRMs show at the baseline, or created as a lead.

Adopted people were there before us. They are linked, not handed over: no pass is counted, and no clock runs
for them. What sales says outdoes what marketing says, a deal outdoes a Lead Status, and open outdoes closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncd.core import lifecycle, recycling
from syncd.core.feedback import REFUSALS, lost_code, meaning_of, reason_code, rule_of
from syncd.core.lead import CUSTOMER_STAGES
from syncd.core.lifecycle import Step
from syncd.core.model import Opportunity, Position, SalesRecord, Snapshot, Stage, Standing
from syncd.core.playbook import Meaning, Playbook

MARKETING_STAGES = frozenset({"marketingqualifiedlead", "salesqualifiedlead", "opportunity"})
"""Values of `lifecyclestage` from MQL up (facts/hubspot.md 8.1). Without a deal, `opportunity` is a leftover:
HubSpot does not move a contact back when its deal is gone."""


def enter(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Step:
    """The first ledger entry of a lead never evaluated before."""
    baseline_at, created_at = snapshot.baseline.baseline_at, snapshot.created_at
    if baseline_at is not None and created_at is not None and created_at > baseline_at:
        return lifecycle.create(min(created_at, now))
    return adopt(snapshot, playbook, now)


def adopt(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Step:
    """Adopted at the stage both CRMs show, as of the baseline."""
    at = min(snapshot.baseline.baseline_at or now, now)
    standing = (
        _by_deal(snapshot, at)
        or _by_open_lead(snapshot, playbook, at)
        or _by_ending(snapshot, playbook, at)
        or _by_conversion(snapshot, at)
        or _by_marketing(snapshot, playbook, at)
    )
    return lifecycle.enter_adopted(standing)


def _by_deal(snapshot: Snapshot, at: datetime) -> Standing | None:
    lifecycle_stage = _lifecycle_stage(snapshot)
    if lifecycle_stage in CUSTOMER_STAGES or any(deal.is_won for deal in snapshot.opportunities):
        return Standing(Position(Stage.CUSTOMER), at)
    if any(not deal.is_closed for deal in snapshot.opportunities):
        return Standing(Position(Stage.OPPORTUNITY), at)
    return None


def _by_open_lead(snapshot: Snapshot, playbook: Playbook, at: datetime) -> Standing | None:
    """A Lead that sales accepted, or has in hand."""
    meanings = {meaning for _record, meaning in _statuses(snapshot, playbook)}
    if "accepted" in meanings:
        return Standing(Position(Stage.ACCEPTED), at)
    return Standing(Position(Stage.HANDED_OFF), at) if meanings & {"new", "working"} else None


def _by_ending(snapshot: Snapshot, playbook: Playbook, at: datetime) -> Standing | None:
    """The last time sales gave the person up: a lost deal, or a Lead sent back with or without a reason."""
    endings = [
        *(
            (_ended_at(deal, at), lost_code(deal.lost_reason or "", playbook))
            for deal in snapshot.opportunities
        ),
        *(
            (min(record.modified_at or at, at), _refusal(record, meaning, playbook))
            for record, meaning in _statuses(snapshot, playbook)
            if meaning in REFUSALS
        ),
    ]
    if not endings:
        return None
    ended_at, code = max(endings)
    rule = rule_of(code, playbook)
    if rule.is_final:
        out = Position(Stage.DISQUALIFIED)
        return Standing(out, at, reason=rule.reason, evidence_floor_at=ended_at)
    return Standing(
        Position(Stage.RECYCLED),
        at,
        reason=rule.reason,
        track=rule.track,
        until_at=recycling.returns_at(snapshot.fields, rule, ended_at, playbook),
        evidence_floor_at=ended_at,
    )


def _by_conversion(snapshot: Snapshot, at: datetime) -> Standing | None:
    """A Lead that sales converted, with no deal to show for it."""
    converted = any(_is_converted(record) for record in _leads(snapshot))
    return Standing(Position(Stage.ACCEPTED), at) if converted else None


def _by_marketing(snapshot: Snapshot, playbook: Playbook, at: datetime) -> Standing:
    levels = playbook.levels.mql
    if levels and _lifecycle_stage(snapshot) in MARKETING_STAGES:
        return Standing(Position(Stage.MQL, levels[0].id), at, track=levels[0].track)
    return Standing(Position(Stage.LEAD), at)


# --- what the records show -------------------------------------------------------------------------------


def _leads(snapshot: Snapshot) -> Iterator[SalesRecord]:
    return (item for item in snapshot.sales_records if item.ref.object == "lead" and not item.is_deleted)


def _statuses(snapshot: Snapshot, playbook: Playbook) -> Iterator[tuple[SalesRecord, Meaning]]:
    """Unconverted Leads with what their status means."""
    for record in _leads(snapshot):
        meaning = meaning_of(record.fields.get("Status", ""), playbook.feedback)
        if meaning is not None and not _is_converted(record):
            yield record, meaning


def _is_converted(record: SalesRecord) -> bool:
    return record.fields.get("IsConverted", "").casefold() == "true"


def _refusal(record: SalesRecord, meaning: Meaning, playbook: Playbook) -> str:
    return reason_code(meaning, record.fields.get(playbook.feedback.reason_field, ""), playbook)


def _ended_at(deal: Opportunity, at: datetime) -> datetime:
    return min(deal.closes_at or at, deal.modified_at or at, at)


def _lifecycle_stage(snapshot: Snapshot) -> str:
    return snapshot.fields.get("contact.lifecyclestage", "").strip().casefold()
