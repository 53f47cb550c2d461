"""The daily line about leads sales gave back, and deals it lost, without saying why: whose, how many, since
when.

Told when somebody is new on it, never twice for the same people; who gives the reason meanwhile is gone from
it. It goes to the channels of `chase` in recycle.yaml, a manager's for choice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from syncd.core import chase
from syncd.core.alert_rules import WEEKDAYS
from syncd.core.desk import short
from syncd.core.plain import counted, plain
from syncd.core.playbook import Playbook
from syncd.jobs.explain import name_of
from syncd.store import notices, reasons, snapshots, work
from syncd.store.bulk import chunks

DEAL = "salesforce.deal"
LISTED_ON, LISTED = "reasons_listed_on", "reasons_listed"
OLDEST = timedelta(days=30)
"""What nobody answered for so long is no news any more; the report still counts it."""
LEADS_MAX = 2_000
NAMES_MAX = 3
LINE_CHARS_MAX = 200
_NOBODY = "Nobody we know"


@dataclass(frozen=True, slots=True)
class Missing:
    """One reason somebody owes."""

    lead_id: int
    pass_number: int
    owner_id: str
    owner: str
    who: str
    since_at: datetime
    is_deleted: bool
    is_deal: bool = False


def missing(tx: sa.Connection, playbook: Playbook, now: datetime) -> tuple[Missing, ...]:
    """Every reason that is owed and was to be asked for by now, the oldest first."""
    default = playbook.feedback.default_reason
    found: list[Missing] = []
    for batch in chunks(reasons.given_back(tx, default, now - OLDEST, LEADS_MAX), 200):
        for snapshot in snapshots.load_snapshots(tx, batch, now):
            standing = snapshot.standing
            owed = chase.owed(snapshot, standing, playbook) if standing else None
            if standing is None or owed is None or chase.asked_at(owed, playbook) > now:
                continue
            owner = snapshot.owner_names.get(owed.owner_id, "")
            row = (snapshot.lead_id, standing.pass_number, owed.owner_id, owner, name_of(snapshot))
            found.append(Missing(*row, owed.since_at, owed.is_deleted, owed.deal is not None))
    return tuple(sorted(found, key=lambda item: (item.since_at, item.lead_id)))


def unmapped(tx: sa.Connection, playbook: Playbook) -> tuple[reasons.Said, ...]:
    """Reasons sales gave in words that recycle.yaml does not name: they count as the default reason."""
    told = playbook.feedback
    known = {DEAL: told.lost_reasons}

    def is_unmapped(source: str, value: str) -> bool:
        return chase.is_unmapped(value, known.get(source, told.reasons))

    return tuple(reasons.said(tx, told.reason_field, is_unmapped))


def tell(tx: sa.Connection, playbook: Playbook, now: datetime) -> int:
    """Store today's line where it is time and somebody is new on it. Returns how many reasons it names."""
    rule = playbook.chase
    local = now.astimezone(ZoneInfo(rule.time_zone))
    today = f"{local:%Y-%m-%d}"
    is_day = WEEKDAYS[local.weekday()] in WEEKDAYS[:5]
    if not rule.channels or not is_day or local.time() < rule.at or work.get_meta(tx, LISTED_ON) == today:
        return 0
    work.set_meta(tx, LISTED_ON, today)
    live_at = work.baseline(tx).go_live_at
    found = [item for item in missing(tx, playbook, now) if live_at and item.since_at >= live_at]
    before = set(json.loads(work.get_meta(tx, LISTED) or "[]"))
    named = sorted(f"{item.lead_id}:{item.pass_number}" for item in found)
    work.set_meta(tx, LISTED, json.dumps(named))
    if not set(named) - before:
        return 0
    words = (_title(found), "\n".join(_lines(found, now)))
    notices.notice(tx, "digest", f"no_reason:{today}", rule.channels, words, now)
    return len(found)


def _title(found: Sequence[Missing]) -> str:
    """`Given back without a reason: 2 leads; lost without one: 1 deal`."""
    deals = sum(item.is_deal for item in found)
    leads = len(found) - deals
    if not leads:
        return f"Lost without a reason: {counted(deals, 'deal')}"
    lost = f"; lost without one: {counted(deals, 'deal')}" if deals else ""
    return f"Given back without a reason: {counted(leads, 'lead')}{lost}"


def _lines(found: Iterable[Missing], now: datetime) -> list[str]:
    """One line per owner, who owes most first."""
    by_owner: dict[str, list[Missing]] = {}
    for item in found:
        by_owner.setdefault(short(item.owner_id), []).append(item)
    groups = sorted(by_owner.values(), key=lambda group: (-len(group), group[0].since_at))
    return [_line(group, now) for group in groups]


def _line(group: list[Missing], now: datetime) -> str:
    days = (now - group[0].since_at).days
    names = [f"{plain(item.who, 40)}{_mark(item)}" for item in group[:NAMES_MAX]]
    more = f" and {len(group) - NAMES_MAX} more" if len(group) > NAMES_MAX else ""
    owner = group[0].owner or _NOBODY
    return plain(
        f"{owner}: {len(group)}, the oldest {counted(days, 'day')} ago: {', '.join(names)}{more}",
        LINE_CHARS_MAX,
    )


def _mark(item: Missing) -> str:
    return " (lost deal)" if item.is_deal else " (deleted)" if item.is_deleted else ""
