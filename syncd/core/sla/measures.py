"""How soon sales was in touch, over many clocks: met, late, breached, hours to try and to speak, our delay.

Everybody, teams and tiers are judged by the team's clock; an owner by their own, from the moment the lead was
theirs. Hours are open ones of the calendar that counts; our own delay is real time: a person waits in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from statistics import median
from typing import TypeAlias

from syncd.core.playbook import Playbook
from syncd.core.sla.calendar import elapsed
from syncd.core.sla.clock import Clock, State, Terms, of_owner
from syncd.core.sla.touches import Touch
from syncd.core.sla.words import name_of


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the slow end of some durations; None where there are none."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the report: a group, how many clocks stand how, and how long it took."""

    group: str
    name: str
    clocks: int
    states: Mapping[State, int]
    attempt_hours: Spread
    contact_hours: Spread
    system_delay_s: Spread
    leads: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Whose clocks these are: `clocks`, by state, `attempts` and `contacts`."""

    @property
    def met_share(self) -> float | None:
        """Of the clocks that are decided: touched, or breached."""
        decided = sum(self.states[state] for state in (State.MET, State.LATE, State.BREACHED))
        return self.states[State.MET] / decided if decided else None


@dataclass(frozen=True, slots=True)
class _Sample:
    state: State
    attempt_hours: float | None
    contact_hours: float | None
    system_delay_s: float
    lead_id: int


Whose: TypeAlias = tuple[int, Clock]
"""A clock, and the lead it is of."""


def measure(
    clocks: Sequence[Whose], playbook: Playbook, names: Mapping[str, str], now: datetime
) -> tuple[Measure, ...]:
    """Everybody first, then owners by name, then teams and tiers where the playbook has any."""
    teams = playbook.sla.teams
    found = [_line("all", "Everybody", [_of_team(clock) for clock in clocks])]
    owners: dict[str, list[_Sample]] = {}
    for whose in clocks:
        owner, own, state = of_owner(whose[1], playbook, now)
        owners.setdefault(name_of(owner, names), []).append(_sample(whose, own, state))
    found += [_line("owner", name, owners[name]) for name in sorted(owners, key=str.casefold)]
    if teams:
        found += _grouped("team", clocks, lambda clock: clock.terms.team.label or "Everybody else")
    if playbook.sla.tiers:
        found += _grouped(
            "tier", clocks, lambda clock: clock.terms.tier.label if clock.terms.tier else "All others"
        )
    return tuple(found)


def _grouped(group: str, clocks: Iterable[Whose], name: Callable[[Clock], str]) -> list[Measure]:
    samples: dict[str, list[_Sample]] = {}
    for whose in clocks:
        samples.setdefault(name(whose[1]), []).append(_of_team(whose))
    return [_line(group, key, samples[key]) for key in sorted(samples, key=str.casefold)]


def _of_team(whose: Whose) -> _Sample:
    return _sample(whose, whose[1].terms, whose[1].state)


def _sample(whose: Whose, agreed: Terms, state: State) -> _Sample:
    lead_id, clock = whose

    def hours(touch: Touch | None) -> float | None:
        return None if touch is None else elapsed(agreed.started_at, touch.at, agreed.team.hours)

    delay = clock.span.started_at - clock.span.began_at
    tried, spoke = hours(clock.work.attempt), hours(clock.work.contact)
    return _Sample(state, tried, spoke, delay.total_seconds(), lead_id)


def _line(group: str, name: str, samples: Sequence[_Sample]) -> Measure:
    return Measure(
        group=group,
        name=name,
        clocks=len(samples),
        states={state: sum(item.state is state for item in samples) for state in State},
        attempt_hours=spread(item.attempt_hours for item in samples),
        contact_hours=spread(item.contact_hours for item in samples),
        system_delay_s=spread(item.system_delay_s for item in samples),
        leads={
            "clocks": frozenset(item.lead_id for item in samples),
            **{
                str(state): frozenset(item.lead_id for item in samples if item.state is state)
                for state in State
            },
            "attempts": frozenset(item.lead_id for item in samples if item.attempt_hours is not None),
            "contacts": frozenset(item.lead_id for item in samples if item.contact_hours is not None),
        },
    )


def spread(values: Iterable[float | None]) -> Spread:
    """Median and 90th percentile (the nearest rank) of the values there are."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return Spread(0, None, None)
    return Spread(len(known), median(known), known[ceil(len(known) * 0.9) - 1])
