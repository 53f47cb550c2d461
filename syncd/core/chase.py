"""Who gave a lead back, or lost a deal, and did not say why: asked once per pass by a task, named to the
manager, counted.

Nothing is remembered: the newest status or lost deal without a reason beside it is what is owed, and a reason
set later ends it by itself. A Lead thrown away says nothing either; there is no record left to put a task on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syncd.core import feedback
from syncd.core.instants import from_ms, to_ms
from syncd.core.model import (
    Cause,
    Intent,
    Opportunity,
    Ref,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
    Transition,
)
from syncd.core.plain import plain
from syncd.core.playbook import Ownership, Playbook
from syncd.core.timeline import SALES_SOURCES

PURPOSE = "reason"
NO_REASON, DELETED = "no_reason", "record_deleted"
"""In the numbers of a refusal in the ledger: sales gave no reason; it threw the record away."""
SUBJECT_CHARS_MAX = 255
REASONS_SHOWN_MAX = 30
_BACK = frozenset({Stage.REJECTED, Stage.RECYCLED, Stage.DISQUALIFIED})
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SOON = 3  # the priority of what follows from sales


@dataclass(frozen=True, slots=True)
class Owed:
    """A reason somebody owes: since when, and whether there is a record left to ask on. `owner_id` is the
    Salesforce user who has the record, blank where that is not known. `deal` is the opportunity that was
    lost; None where a Lead was given back."""

    since_at: datetime
    is_deleted: bool
    owner_id: str
    deal: Ref | None = None


def owed(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> Owed | None:
    """The reason missing for the end of the last pass; None where sales said why, or was never asked."""
    if snapshot.followed is not None:
        return None  # the record is another lead's, who is asked
    given_back = standing.position.stage in _BACK and standing.handed_off_at is not None
    default = feedback.rule_of(playbook.feedback.default_reason, playbook).reason
    if not given_back or not standing.pass_number or standing.reason != default:
        return None
    if was_removed(snapshot.history, standing):
        return Owed(standing.evidence_floor_at or standing.since_at, is_deleted=True, owner_id="")
    sales = _sales(snapshot.signals)
    lost = feedback.newest_deals(sales, snapshot.opportunities, playbook).lost
    if lost is not None and is_end_of_pass(lost, standing):
        return _of_deal(snapshot, lost, playbook)
    fact = feedback.newest_status(sales, playbook)
    if fact is None or fact.meaning not in feedback.REFUSALS or fact.has_reason:
        return None
    ended_at = standing.evidence_floor_at
    if ended_at is None or fact.at_ms < to_ms(ended_at):
        return None
    records = [item for item in snapshot.sales_records if not item.is_deleted]
    owner = next((item.fields["OwnerId"] for item in records if item.fields.get("OwnerId")), "")
    return Owed(from_ms(fact.at_ms), is_deleted=not records, owner_id=owner)


def is_end_of_pass(lost: feedback.DealFact, standing: Standing) -> bool:
    """Whether it was the loss of this deal that ended the last pass; not what sales said afterwards."""
    began_ms = 0 if standing.qualified_at is None else to_ms(standing.qualified_at)
    ended_at = standing.evidence_floor_at
    return ended_at is not None and max(lost.at_ms, began_ms) == to_ms(ended_at)


def _of_deal(snapshot: Snapshot, lost: feedback.DealFact, playbook: Playbook) -> Owed | None:
    """What is owed for a lost deal; None where sales said why, or the org has no field to say it in."""
    if lost.has_reason or not playbook.feedback.lost_reason_field:
        return None
    silent = [item for item in snapshot.opportunities if _is_silent(item)]
    if not silent:
        return None
    deal = max(silent, key=lambda item: (item.modified_at or item.closes_at or _LONG_AGO, item.ref))
    contacts = [item for item in snapshot.sales_records if _is_contact(item.ref) and not item.is_deleted]
    return Owed(from_ms(lost.at_ms), is_deleted=not contacts, owner_id=deal.owner_id, deal=deal.ref)


def _is_silent(deal: Opportunity) -> bool:
    """A deal lost in Salesforce without a word."""
    is_lost = deal.is_closed and not deal.is_won and deal.ref.system is System.SALESFORCE
    return is_lost and not (deal.lost_reason or "").strip()


def _is_contact(ref: Ref) -> bool:
    return ref.object == "contact"


def was_removed(history: tuple[Transition, ...], standing: Standing) -> bool:
    """Whether the pass ended with the record being thrown away: a refusal that no fact carries, and nothing
    sales said afterwards."""
    ends = [item for item in history if item.target.stage in {Stage.REJECTED, Stage.LOST}]
    last = ends[-1] if ends else None
    if last is None or last.cause is not Cause.SALES_REJECTED or last.evidence:
        return False
    return last.effective_at == standing.evidence_floor_at


def _sales(signals: tuple[Signal, ...]) -> list[tuple[int, int, Signal]]:
    return [
        (to_ms(item.occurred_at), item.key, item) for item in signals if item.shape.source in SALES_SOURCES
    ]


def asked_at(found: Owed, playbook: Playbook) -> datetime:
    """When the task is made: whoever gives the reason before that is never asked."""
    return found.since_at + timedelta(hours=playbook.chase.after_hours)


def next_at(snapshot: Snapshot, standing: Standing, playbook: Playbook, now: datetime) -> datetime | None:
    """When a task is to be made that is not due yet."""
    found = owed(snapshot, standing, playbook)
    if found is None or found.is_deleted or not playbook.chase.makes_task:
        return None
    at = asked_at(found, playbook)
    return at if at > now else None


def intents(snapshot: Snapshot, standing: Standing, playbook: Playbook, now: datetime) -> Iterator[Intent]:
    """The task for the owner, once it is time; none while the profile observes, and none for the past."""
    found = owed(snapshot, standing, playbook)
    live_at = snapshot.baseline.go_live_at
    if found is None or found.is_deleted or not playbook.chase.makes_task:
        return
    if asked_at(found, playbook) > now or live_at is None or found.since_at < live_at:
        return
    key = f"{snapshot.key}:{standing.pass_number}:{PURPOSE}"
    asks = "Why was this opportunity lost?" if found.deal else "Why was this lead given back?"
    fields: dict[str, object] = {
        "Subject": plain(f"{asks} {_who(snapshot.fields)}", SUBJECT_CHARS_MAX),
        "Description": _text(found, playbook),
        "Status": playbook.sla.task_status,
        playbook.mapping.task_key_field: key,
    }
    if found.deal is not None:
        fields["WhatId"] = found.deal.id
    rules = dict.fromkeys(fields, str(Ownership.ON_CREATE))
    refs = [item.ref for item in snapshot.sales_records if not item.is_deleted]
    payload: dict[str, object] = {
        "key": key,
        "about": f"lead:{snapshot.key}",
        "who": str(min(ref for ref in refs if found.deal is None or _is_contact(ref))),
        "fields": fields,
        "rules": rules,
    }
    yield Intent(System.SALESFORCE, "task", f"task:{key}", payload, standing.pass_number, _SOON)


def _who(fields: Mapping[str, str]) -> str:
    names = (fields.get("contact.firstname", ""), fields.get("contact.lastname", ""))
    company = fields.get("company.name", "") or fields.get("contact.company", "")
    return ", ".join(part for part in (" ".join(name for name in names if name), company) if part)


def _text(found: Owed, playbook: Playbook) -> str:
    told = playbook.feedback
    field, values = (
        (told.lost_reason_field, told.lost_reasons) if found.deal else (told.reason_field, told.reasons)
    )
    what = "opportunity was lost" if found.deal else "lead was given back"
    lines = [
        f"This {what} on {found.since_at:%Y-%m-%d} without a reason.",
        "Marketing decides by the reason what happens next, and when the lead may come back.",
    ]
    if field:
        where = "opportunity" if found.deal else "record"
        lines.append(f'Please set "{field}" on the {where} to one of:')
        lines += [f"- {value}" for value in list(values)[:REASONS_SHOWN_MAX]]
        lines.append("Then complete this task.")
    return "\n".join(lines)


def is_unmapped(value: str, known: Mapping[str, str]) -> bool:
    """Whether sales gave a reason that the playbook does not name."""
    folded = {name.strip().casefold() for name in known}
    return bool(value.strip()) and value.strip().casefold() not in folded
