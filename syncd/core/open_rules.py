"""What the playbook says of leads that sales has in hand: which news their owners hear, and what history of
theirs is written to Salesforce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class News:
    """Messages about a lead in hand that was quiet: nothing was heard of it, and sales did not touch it, for
    `quiet_days`; and of one that booked a meeting, quiet or not. `decisive`, `colleague` and `meeting` are
    channels; empty ones send nothing."""

    quiet_days: float = 7.0
    decisive: tuple[str, ...] = ()
    colleague: tuple[str, ...] = ()
    meeting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityHistory:
    """What somebody did, as completed tasks in Salesforce: facts of `kinds`, all telling ones where it is
    empty, at most `max_per_pass` for one hand-off, the newest first. With `has_events` meetings that took
    place are events of the calendar, `event_minutes` long, whether or not the rest are tasks."""

    is_on: bool = False
    kinds: tuple[str, ...] = ()
    max_per_pass: int = 50
    has_events: bool = False
    event_minutes: int = 30
