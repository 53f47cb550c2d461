"""Which message of the clock is due: to the owner, to the manager at the breach, to ask for somebody else.

Only the newest step is said: who comes back after a pause hears that it is breached, not that it was about to
be. We never change an owner ourselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from syncd.core.playbook import SlaStep
from syncd.core.sla.clock import Clock
from syncd.core.sla.words import name_of
from syncd.core.story import moment


class Due(NamedTuple):
    """One message: when it fell due, its name within the pass, what it says, where it goes."""

    at: datetime
    event: str
    text: str
    channels: tuple[str, ...]


def due(clock: Clock, names: Mapping[str, str], now: datetime) -> Due | None:
    """The newest step that is due by `now`; None before the first, and once the clock has stopped."""
    if not clock.is_running:
        return None
    passed = [item for item in _steps(clock, names) if item.at <= now]
    return max(passed, key=lambda item: item.at, default=None)


def _steps(clock: Clock, names: Mapping[str, str]) -> Iterator[Due]:
    """Every step that is set, the later ones last. Each is said once per owner and clock; the breach once."""
    terms, steps = clock.terms, clock.terms.team.steps
    last = clock.owners[-1]
    owner = name_of(last.owner, names)
    manager = f"{steps.manager}: " if steps.manager else ""
    stay = f"_{clock.span.number}" if clock.span.number else ""
    stay += f"_again{clock.span.again}" if clock.span.again else ""
    whose = f"{stay}:{last.owner or 'nobody'}"

    def step(item: SlaStep | None, at: datetime | None, event: str, text: str) -> Iterator[Due]:
        if item is not None and at is not None:
            yield Due(at, event, text, item.channels)

    own = clock.person or terms
    text = f"{owner}: due {moment(own.due_at, own.team.hours.time_zone)}"
    yield from step(own.team.steps.remind, clock.remind_at, f"sla_reminder{whose}", text)
    text = f"{manager}overdue with {owner}"
    yield from step(steps.escalate, terms.breach_at, f"sla_breach{stay}", text)
    text = f"{manager}please reassign, still with {owner}"
    yield from step(steps.reassign, clock.reassign_at, f"sla_reassign{whose}", text)
