"""What sales did, read from the visible facts: Lead Status, deals, confirmed deliveries.

Nothing is remembered between evaluations: the newest fact counts, and whether it was acted on already shows
in where the lead stands (the stage, and the end of the last pass). So a fact that is seen twice, late or
together with others moves a lead once. Status values and reasons mean what the playbook says they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import Cause, Opportunity, Signal
from syncd.core.playbook import Feedback, Meaning, Playbook, RecycleRule
from syncd.core.timeline import ANSWERED, Timeline

REFUSALS: Mapping[Meaning, Cause] = {
    "rejected": Cause.SALES_REJECTED,
    "nurture": Cause.SALES_REJECTED,
    "disqualified": Cause.SALES_DISQUALIFIED,
    "unresponsive": Cause.SALES_UNRESPONSIVE,
}
"""What a status that gives the lead back is called in the ledger."""

T = TypeVar("T")
_ANSWERS: Mapping[str, Meaning] = {"accepted": "accepted", "rejected": "rejected"}
UNRESPONSIVE = "unresponsive"
DEAL_SOURCES = frozenset({"salesforce.deal", "hubspot.deal"})


@dataclass(frozen=True, slots=True)
class StatusFact:
    """The newest Lead Status (or conversion) as the playbook reads it. `reason` is our reason code."""

    meaning: Meaning
    reason: str
    at_ms: int
    key: int
    has_reason: bool = False  # sales said why, in whatever words


@dataclass(frozen=True, slots=True)
class DealFact:
    """How one deal stands, and since when. `reason` is our code, `has_reason` whether sales gave any, and
    `said_by` the fact that has it. Keys are None where only the record itself says so, without a dated fact.
    """

    outcome: str
    reason: str
    at_ms: int
    key: int | None
    has_reason: bool = False
    said_by: int | None = None


@dataclass(frozen=True, slots=True)
class Deals:
    """The newest won, open and lost deal of the person."""

    won: DealFact | None = None
    open: DealFact | None = None
    lost: DealFact | None = None


def rule_of(code: str, playbook: Playbook) -> RecycleRule:
    """What follows a reason; the default reason's rule where the code has none."""
    rules = playbook.recycle.rules
    return rules.get(code) or rules[playbook.feedback.default_reason]


def meaning_of(status: str, feedback: Feedback) -> Meaning | None:
    """What a Lead Status value means; None for one the playbook does not name."""
    return _folded(feedback.statuses).get(status.strip().casefold())


def may_reopen(status: str, feedback: Feedback) -> bool:
    """Whether a Lead of this status, which gave it back, may be opened again by a new hand-off."""
    listed = {item.casefold() for item in feedback.reopen_from}
    return not listed or status.strip().casefold() in listed


def reason_code(meaning: Meaning, reason: str, playbook: Playbook) -> str:
    """Our code for the reason sales gave with a refusal, or for having given none."""
    known = _folded(playbook.feedback.reasons).get(reason.strip().casefold())
    if known:
        return known
    if meaning == "unresponsive" and UNRESPONSIVE in playbook.recycle.rules:
        return UNRESPONSIVE
    return playbook.feedback.default_reason


def lost_code(reason: str, playbook: Playbook) -> str:
    """Our code for the reason a deal was lost."""
    return _folded(playbook.feedback.lost_reasons).get(
        reason.strip().casefold(), playbook.feedback.default_reason
    )


def _folded(values: Mapping[str, T]) -> dict[str, T]:
    return {name.casefold(): value for name, value in values.items()}


# --- status ----------------------------------------------------------------------------------------------


def latest_status(timeline: Timeline, playbook: Playbook) -> StatusFact | None:
    """The newest status that means something, with the reason that stands now."""
    return newest_status(timeline.sales, playbook)


def newest_status(sales: Iterable[tuple[int, int, Signal]], playbook: Playbook) -> StatusFact | None:
    """The same of what sales did, oldest first: milliseconds, key and fact."""
    newest: tuple[int, int, Meaning, str] | None = None
    for at_ms, key, signal in _as_learnt(sales):
        meaning = _meaning(signal, playbook.feedback)
        if meaning is not None:
            newest = (at_ms, key, meaning, signal.shape.attributes.get("reason", ""))
        elif newest is not None and _is_change_of(signal, playbook.feedback.reason_field):
            newest = (*newest[:3], signal.shape.attributes.get("value", "") or newest[3])
    if newest is None:
        return None
    at_ms, key, meaning, reason = newest
    code = reason_code(meaning, reason, playbook) if meaning in REFUSALS else ""
    has_reason = bool(reason.strip()) or (meaning == "unresponsive" and code == UNRESPONSIVE)
    return StatusFact(meaning, code, at_ms, key, has_reason)


def _as_learnt(sales: Iterable[tuple[int, int, Signal]]) -> list[tuple[int, int, Signal]]:
    """The facts in order of their dates, those of one moment as they became known: a record's own date is in
    whole seconds, and what stood there first was read first."""
    return sorted(sales, key=lambda fact: (fact[0], fact[2].known_at, fact[1]))


def _meaning(signal: Signal, feedback: Feedback) -> Meaning | None:
    if signal.shape.source == ANSWERED:
        return _ANSWERS.get(signal.shape.attributes.get("says", ""))
    value = signal.shape.attributes.get("value", "")
    if _is_change_of(signal, "IsConverted"):
        return "accepted" if value.strip().casefold() == "true" else None
    return meaning_of(value, feedback) if _is_change_of(signal, "Status") else None


def _is_change_of(signal: Signal, name: str) -> bool:
    if not name or signal.shape.source != "salesforce.lead_change":
        return False
    return signal.shape.attributes.get("property", "").casefold() == name.casefold()


# --- deals -----------------------------------------------------------------------------------------------


def deals_of(lead: Lead) -> Deals:
    """How the person's deals stand. A dated fact outdoes the record it is about."""
    return newest_deals(lead.timeline.sales, lead.snapshot.opportunities, lead.book.playbook)


def newest_deals(
    sales: Iterable[tuple[int, int, Signal]], records: Iterable[Opportunity], playbook: Playbook
) -> Deals:
    """The same of what sales did, oldest first, and of the deals as last read."""
    by_deal: dict[str, DealFact] = {}
    for at_ms, key, signal in _as_learnt(sales):
        if signal.shape.source in DEAL_SOURCES:
            name = str(signal.ref or "")
            by_deal[name] = _told(by_deal.get(name), at_ms, key, signal, playbook)
    # Without their references (details are deletable) dated facts cannot be told apart: they stand for all.
    if "" not in by_deal:
        for deal in records:
            by_deal.setdefault(str(deal.ref), _undated(deal, playbook))
    return Deals(_newest(by_deal, "won"), _newest(by_deal, "open"), _newest(by_deal, "lost"))


def _told(before: DealFact | None, at_ms: int, key: int, signal: Signal, playbook: Playbook) -> DealFact:
    """The deal after this fact. A reason given, or a stage renamed, after it was lost loses it no second
    time: it is lost since the first."""
    shown = signal.shape.attributes
    outcome, reason = shown.get("outcome", ""), shown.get("reason", "")
    since = before if before is not None and before.outcome == outcome else None
    return DealFact(
        outcome,
        lost_code(reason, playbook),
        at_ms if since is None else since.at_ms,
        key if since is None else since.key,
        bool(reason.strip()),
        key,
    )


def _undated(deal: Opportunity, playbook: Playbook) -> DealFact:
    outcome = ("won" if deal.is_won else "lost") if deal.is_closed else "open"
    dates = [at for at in (deal.closes_at if deal.is_closed else None, deal.modified_at) if at is not None]
    reason = deal.lost_reason or ""
    since_ms = min((to_ms(at) for at in dates), default=0)
    return DealFact(outcome, lost_code(reason, playbook), since_ms, None, bool(reason.strip()))


def _newest(by_deal: Mapping[str, DealFact], outcome: str) -> DealFact | None:
    return max(
        (deal for deal in by_deal.values() if deal.outcome == outcome),
        key=lambda deal: (deal.at_ms, deal.key or 0),
        default=None,
    )


# --- delivery and silence --------------------------------------------------------------------------------


def latest_handoff(timeline: Timeline) -> tuple[int, int] | None:
    """When Salesforce last confirmed a hand-off of this lead, and the key of that fact."""
    confirmed = (
        (at_ms, key)
        for at_ms, key, signal in reversed(timeline.sales)
        if signal.shape.source == "syncd.delivered" and signal.shape.attributes.get("kind") == "handoff"
    )
    return next(confirmed, None)


def quiet_since_ms(timeline: Timeline, handed_off_ms: int) -> int:
    """The last sign of work or of contact since the hand-off, from which silence is counted."""
    return max(handed_off_ms, timeline.touches[-1]) if timeline.touches else handed_off_ms
