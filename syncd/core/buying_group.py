"""The buying group in a few lines: who else of the company is active, in which roles, and who decides.

Colleagues are told by role, never by name: what is known of them here is what their job title says. Counted
from 90 days before a fixed moment on (when the lead qualified), so that no line changes because time passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.colleagues import ACTIVITY, JOINED
from syncd.core.model import Signal, Snapshot
from syncd.core.phrases import value_words
from syncd.core.plain import counted
from syncd.core.profile import derived
from syncd.core.story import day

BACK = timedelta(days=90)
DECIDES = ("c_level", "vp", "director", "head")
"""Ranks of those who decide, the highest first (`titles.RANKS`)."""
ROLES_MAX = 4


@dataclass(frozen=True, slots=True)
class Group:
    """`people` colleagues were active; `lines` say it."""

    people: int
    lines: tuple[str, ...]


def of(snapshot: Snapshot, anchor_at: datetime, now: datetime, time_zone: str) -> Group:
    """The colleagues active since `BACK` before `anchor_at`, and up to `now`."""
    acts = [
        item
        for item in snapshot.account_signals
        if item.shape.source in {ACTIVITY, JOINED} and anchor_at - BACK <= item.occurred_at <= now
    ]
    latest = _latest(acts)
    lines = _active(latest, anchor_at, time_zone) + _joined(acts, anchor_at, time_zone)
    own = derived(snapshot.fields, snapshot.emails).get("person.seniority", "")
    if latest or own:
        lines += (_decider(own, latest),)
    if snapshot.account_is_customer:
        lines += ("The company is a customer",)
    if snapshot.account_open_deal:
        lines += ("The company has an open opportunity",)
    return Group(len(latest), lines)


def role(signal: Signal) -> str:
    """What the job title says of a colleague: `VP, finance`; blank where it says nothing."""
    named = ((name, signal.shape.attributes.get(name, "")) for name in ("seniority", "function"))
    return ", ".join(value_words(value, f"person.{name}") for name, value in named if value)


def _latest(acts: Sequence[Signal]) -> tuple[Signal, ...]:
    """The last act of each colleague, the highest ranks first."""
    last: dict[str, Signal] = {}
    for item in acts:
        last[item.shape.attributes.get("person", "")] = item
    return tuple(sorted(last.values(), key=lambda item: (_rank(item), not role(item), role(item), item.key)))


def _rank(signal: Signal) -> int:
    rank = signal.shape.attributes.get("seniority", "")
    return DECIDES.index(rank) if rank in DECIDES else len(DECIDES)


def _active(latest: Sequence[Signal], anchor_at: datetime, zone: str) -> tuple[str, ...]:
    if not latest:
        return ()
    roles = Counter(role(item) or "role not known" for item in latest)
    shown = [f"{name} ({count})" if count > 1 else name for name, count in list(roles.items())[:ROLES_MAX]]
    more = [f"{len(roles) - ROLES_MAX} more roles"] if len(roles) > ROLES_MAX else []
    who = "; ".join([*shown, *more])
    return (f"{counted(len(latest), 'colleague')} active since {day(anchor_at - BACK, zone)}: {who}",)


def _joined(acts: Sequence[Signal], anchor_at: datetime, zone: str) -> tuple[str, ...]:
    """Who was first heard of after the lead qualified: news to its owner."""
    new = [item for item in acts if item.shape.source == JOINED and item.occurred_at > anchor_at]
    if not new:
        return ()
    newest = max(new, key=lambda item: (item.occurred_at, item.key))
    return (f"New since then: {role(newest) or 'role not known'}, {day(newest.occurred_at, zone)}",)


def _decider(own: str, latest: Sequence[Signal]) -> str:
    """Who may decide, as far as job titles tell: whether they do is for the letter of authority."""
    found = [role(item) for item in latest if _rank(item) < len(DECIDES)]
    if own in DECIDES:
        mine = f"this person ({value_words(own, 'person.seniority')})"
        return f"May decide, by job title: {mine}" + (f"; {found[0]}" if found else "")
    return f"May decide, by job title: {found[0]}" if found else "Who decides: not known"
