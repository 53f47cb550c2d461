"""Takes deals: who is on them, and one fact per person whenever stage, outcome or lost reason change.

A deal that disappears, or a person taken off it, takes its facts back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from syncd.core.model import Ref, Shape, System
from syncd.jobs.intake.activities import Crowd, entries_now, meet, payload, take_back, unused_key
from syncd.jobs.intake.page import Intake, newest
from syncd.jobs.normalise import fingerprint
from syncd.ports import Deal
from syncd.store import accounts, deals, facts
from syncd.store.deals import DealHead, DealRow
from syncd.store.facts import ActivityHead, Entry, Waiting
from syncd.store.tables import from_ms, to_ms

REASON_CHARS_MAX = 60


def take_deals(page: Intake, records: Iterable[Deal], *, again: bool = False) -> None:
    """Store what is new about these deals. `again` looks at unchanged ones too: somebody was met."""
    found = newest(records)
    heads = deals.find_deals(page.tx, [deal.ref for deal in found])
    wanted = [deal for deal in found if again or _is_news(page, deal, heads.get(deal.ref))]
    page.count.changed += 0 if again else len(wanted)
    page.count.unchanged += len(found) - len(wanted)
    if not wanted:
        return
    stored = facts.find_activities(page.tx, [deal.ref for deal in wanted])
    named = {entry[0] for head in stored.values() for entry in head.entries}
    crowd = meet(page, {ref for deal in wanted for ref in deal.people}, (), named)
    companies = {deal.company for deal in wanted if deal.company is not None}
    account_ids = accounts.ensure_accounts(page.tx, companies, page.now)
    plans = [_plan(page, deal, heads.get(deal.ref), stored.get(deal.ref), crowd) for deal in wanted]
    _carry_out(page, plans)
    rows = [_row(deal, account_ids) for deal in wanted]
    deals.save_deals(page.tx, rows)
    deals.set_deal_people(page.tx, {plan.deal.ref: frozenset(plan.people) for plan in plans})
    _wait(page, plans)
    touched = {row.account_id for row in rows} | {
        heads[row.ref].account_id for row in rows if row.ref in heads
    }
    page.dirty_accounts |= {account_id for account_id in touched if account_id is not None}


def _is_news(page: Intake, deal: Deal, head: DealHead | None) -> bool:
    if head is None:
        return True
    if page.is_stale(deal.modified_at, head.modified_at, is_removed=head.is_removed):
        return False
    return head.is_removed != deal.is_removed or head.content_hash != _content_hash(deal)


def _content_hash(deal: Deal) -> int:
    return fingerprint(
        (deal.stage, deal.is_closed, deal.is_won, deal.is_removed),
        (deal.amount, deal.currency, deal.lost_reason),
        (deal.created_at, deal.closes_at),
        sorted(str(ref) for ref in deal.people),
        str(deal.company or ""),
        *((deal.owner_id,) if deal.owner_id else ()),
    )


# --- facts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    deal: Deal
    people: frozenset[int]
    unknown: tuple[str, ...]
    kept: tuple[Entry, ...]
    added: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    is_staged: bool = False  # what is added says that its stage was set


def _plan(
    page: Intake, deal: Deal, head: DealHead | None, stored: ActivityHead | None, crowd: Crowd
) -> _Plan:
    named = {str(ref): crowd.by_ref(ref) for ref in deal.people}
    unknown = tuple(sorted(text for text, lead_id in named.items() if lead_id is None))
    known = {lead_id for lead_id in named.values() if lead_id is not None and not crowd.is_erased(lead_id)}
    before = entries_now(stored, crowd)
    if deal.is_removed:
        return _Plan(deal, frozenset(), (), (), (), tuple(sorted(before)))
    kept = tuple(sorted(entry for entry in before if entry[0] in known))
    is_moved = head is not None and _state(head) != _state(deal)
    told = set() if is_moved else {entry[0] for entry in kept}
    occurred_ms = to_ms(deal.modified_at) if is_moved else _stands_since_ms(deal)
    version = f"{'|'.join(_state(deal))}@{occurred_ms}"
    added = tuple(
        (lead_id, occurred_ms, unused_key(page, lead_id, deal.ref, _source(deal), version))
        for lead_id in sorted(known - told)
    )
    is_staged = deal.ref.system is System.SALESFORCE and (head is None or head.stage != deal.stage)
    gone = tuple(sorted(before - set(kept)))
    return _Plan(deal, frozenset(known), unknown, kept, added, gone, is_staged)


def _source(deal: Deal) -> str:
    return f"{deal.ref.system}.deal"


def _state(deal: Deal | DealHead) -> tuple[str, str, str]:
    outcome = "won" if deal.is_won else "lost" if deal.is_closed else "open"
    return deal.stage, outcome, (deal.lost_reason or "")[:REASON_CHARS_MAX]


def _stands_since_ms(deal: Deal) -> int:
    """Since when a deal first seen stands as it does: opened when it was made, closed when it closed."""
    if not deal.is_closed:
        return to_ms(deal.created_at or deal.modified_at)
    return to_ms(min(deal.closes_at or deal.modified_at, deal.modified_at))


def _carry_out(page: Intake, plans: Sequence[_Plan]) -> None:
    for plan in plans:
        stage, outcome, reason = _state(plan.deal)
        named = {"stage": stage, "outcome": outcome, "reason": reason}
        shape = Shape(_source(plan.deal), {name: value for name, value in named.items() if value})
        for lead_id, occurred_ms, key in plan.added:
            page.add_fact(lead_id, occurred_ms, key, shape, plan.deal.ref)
            if plan.is_staged:
                page.note_act(lead_id, key, plan.deal.ref, stage, from_ms(occurred_ms))
        page.dirty |= plan.people
    take_back(page, {plan.deal.ref: plan.gone for plan in plans})
    saved = {
        plan.deal.ref: ActivityHead(
            _content_hash(plan.deal),
            plan.deal.modified_at,
            plan.deal.is_removed,
            tuple(sorted({*plan.kept, *plan.added})),
        )
        for plan in plans
    }
    facts.save_activities(page.tx, saved)


# --- the deal itself -------------------------------------------------------------------------------------


def _row(deal: Deal, account_ids: Mapping[Ref, int]) -> DealRow:
    return DealRow(
        ref=deal.ref,
        stage=deal.stage,
        is_closed=deal.is_closed,
        is_won=deal.is_won,
        is_removed=deal.is_removed,
        amount=deal.amount,
        currency=deal.currency,
        lost_reason=deal.lost_reason,
        owner_id=deal.owner_id if deal.ref.system is System.SALESFORCE else "",
        account_id=account_ids.get(deal.company) if deal.company else None,
        created_at=deal.created_at,
        closes_at=deal.closes_at,
        modified_at=deal.modified_at,
        content_hash=_content_hash(deal),
    )


def _wait(page: Intake, plans: Sequence[_Plan]) -> None:
    facts.drop_waiting(page.tx, [str(plan.deal.ref) for plan in plans])
    rows = [
        Waiting(person, str(plan.deal.ref), payload(plan.deal)) for plan in plans for person in plan.unknown
    ]
    page.count.waiting += facts.add_waiting(page.tx, rows, page.now)
