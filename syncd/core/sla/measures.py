"""How soon sales was in touch, over many clocks: met, late, breached, hours to try and to speak, our delay.

Everybody, teams and tiers are judged by the team's clock; an owner by their own, from the moment the lead was
theirs. Hours are open ones of the calendar that counts; our own delay is real time: a person waits in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median

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


def measure(
    clocks: Sequence[Clock], playbook: Playbook, names: Mapping[str, str], now: datetime
) -> tuple[Measure, ...]:
    """Everybody first, then owners by name, then teams and tiers where the playbook has any."""
    teams = playbook.sla.teams
    found = [_line("all", "Everybody", [_of_team(clock) for clock in clocks])]
    owners: dict[str, list[_Sample]] = {}
    for clock in clocks:
        owner, own, state = of_owner(clock, playbook, now)
        owners.setdefault(name_of(owner, names), []).append(_sample(clock, own, state))
    found += [_line("owner", name, owners[name]) for name in sorted(owners, key=str.casefold)]
    if teams:
        found += _grouped("team", clocks, lambda clock: clock.terms.team.label or "Everybody else")
    if playbook.sla.tiers:
        found += _grouped(
            "tier", clocks, lambda clock: clock.terms.tier.label if clock.terms.tier else "All others"
        )
    return tuple(found)


def _grouped(group: str, clocks: Iterable[Clock], name: Callable[[Clock], str]) -> list[Measure]:
    samples: dict[str, list[_Sample]] = {}
    for clock in clocks:
        samples.setdefault(name(clock), []).append(_of_team(clock))
    return [_line(group, key, samples[key]) for key in sorted(samples, key=str.casefold)]


def _of_team(clock: Clock) -> _Sample:
    return _sample(clock, clock.terms, clock.state)


def _sample(clock: Clock, agreed: Terms, state: State) -> _Sample:
    def hours(touch: Touch | None) -> float | None:
        return None if touch is None else elapsed(agreed.started_at, touch.at, agreed.team.hours)

    delay = clock.span.started_at - clock.span.began_at
    return _Sample(state, hours(clock.work.attempt), hours(clock.work.contact), delay.total_seconds())


def _line(group: str, name: str, samples: Sequence[_Sample]) -> Measure:
    return Measure(
        group=group,
        name=name,
        clocks=len(samples),
        states={state: sum(item.state is state for item in samples) for state in State},
        attempt_hours=spread(item.attempt_hours for item in samples),
        contact_hours=spread(item.contact_hours for item in samples),
        system_delay_s=spread(item.system_delay_s for item in samples),
    )


def spread(values: Iterable[float | None]) -> Spread:
    """Median and 90th percentile (the nearest rank) of the values there are."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return Spread(0, None, None)
    return Spread(len(known), median(known), known[ceil(len(known) * 0.9) - 1])
