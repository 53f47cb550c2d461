"""What the playbook says of leads that sales has in hand: which news their owners hear, and what history of
theirs is written to Salesforce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class News:
    """Messages about a lead in hand that was quiet: nothing was heard of it, and sales did not touch it, for
    `quiet_days`. `decisive` and `colleague` are channels; empty ones send nothing."""

    quiet_days: float = 7.0
    decisive: tuple[str, ...] = ()
    colleague: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityHistory:
    """What somebody did, as completed tasks in Salesforce: facts of `kinds`, all telling ones where it is
    empty, at most `max_per_pass` for one hand-off, the newest first."""

    is_on: bool = False
    kinds: tuple[str, ...] = ()
    max_per_pass: int = 50
