"""News about a lead that sales has in hand and has not heard of for a while: told once, never handed over.

A lead is quiet for its owner when the hand-off, the last touch by sales and the last decisive act are all
some days past. Each event is told once in a pass: its message has the pass in its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core import buying_group
from syncd.core.colleagues import JOINED
from syncd.core.model import Signal, Snapshot, Stage, Standing
from syncd.core.plain import counted, plain
from syncd.core.playbook import Playbook
from syncd.core.profile import derived
from syncd.core.signals import classify
from syncd.core.sla.touches import work
from syncd.core.story import reason_label

IN_HAND = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})
COMPANY_CHARS_MAX = 30


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of news: its name, what it says, when it happened, where it goes."""

    name: str
    title: str
    at: datetime
    channels: tuple[str, ...]


def events(
    snapshot: Snapshot, standing: Standing, playbook: Playbook, fresh: Sequence[Signal]
) -> Iterator[Event]:
    """What is to be told of the facts that are `fresh`: learnt since the last look, the person's own and
    colleagues'."""
    rules = playbook.alerts.news
    if standing.position.stage not in IN_HAND or standing.handed_off_at is None:
        return
    acts = sorted((item for item in fresh if _decisive(item, playbook)), key=_when)
    joined = sorted((item for item in fresh if item.shape.source == JOINED), key=_when)
    if acts and rules.decisive:
        days = _quiet_days(snapshot, standing, playbook, acts[0].occurred_at)
        if days >= rules.quiet_days:
            what = reason_label(_decisive(acts[0], playbook), playbook)
            title = f"Your open lead is back after {counted(int(days), 'day')}: {what}"
            yield Event("news_decisive", title, acts[0].occurred_at, rules.decisive)
    if joined and rules.colleague:
        days = _quiet_days(snapshot, standing, playbook, joined[0].occurred_at)
        if days >= rules.quiet_days:
            title = f"A colleague joined your open lead{_at_company(snapshot)}"
            who = buying_group.role(joined[0])
            title += f": {who}" if who else ""
            yield Event("news_colleague", title, joined[0].occurred_at, rules.colleague)


def _when(signal: Signal) -> tuple[datetime, int]:
    return signal.occurred_at, signal.key


def _decisive(signal: Signal, playbook: Playbook) -> str:
    """The decisive kind a fact is of; blank for others."""
    kinds = classify(signal.shape, playbook)
    return next((kind for kind in playbook.levels.decisive.signals if kind in kinds), "")


def _at_company(snapshot: Snapshot) -> str:
    company = derived(snapshot.fields, snapshot.emails).get("person.company_name", "")
    return f" at {plain(company, COMPANY_CHARS_MAX)}" if company else ""


def _quiet_days(snapshot: Snapshot, standing: Standing, playbook: Playbook, at: datetime) -> float:
    """For how many days nothing was heard of the lead before `at`, and sales did nothing."""
    assert standing.handed_off_at is not None, "only what was handed over can be quiet"
    since_at = standing.handed_off_at
    done = work(snapshot.signals, playbook.sla.touches, since_at, at)
    heard = [item.signal.occurred_at for item in done.seen if item.counts != "nothing"]
    heard += [
        item.occurred_at
        for item in snapshot.signals
        if since_at < item.occurred_at < at and _decisive(item, playbook)
    ]
    return (at - max(heard, default=since_at)) / timedelta(days=1)
