"""What colleagues do, as facts about a lead: who of the company is active, and who has joined.

A colleague counts once per UTC day, by the first act of the day that a person makes; opens, clicks and what
sales does are no such acts. Never the lead's own. How far back anybody must look follows from the playbook.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import inf

from syncd.core.instants import from_ms
from syncd.core.model import Ref, Shape, Signal, System
from syncd.core.playbook import (
    BehaviourRule,
    Decisive,
    HeadsUp,
    IdleTest,
    Playbook,
    SequenceTest,
    SignalTest,
)
from syncd.core.signals import signal_key

ACTIVITY, JOINED = "account.activity", "account.person_joined"
COLLEAGUES_MAX = 200
"""Colleagues looked at, those active last: more make no buying group."""
DAY_MS = 86_400_000

ACTS: Mapping[str, tuple[str, str] | None] = {
    "hubspot.form_submission": None,
    "hubspot.page_view": None,
    "hubspot.visit": None,
    "hubspot.email_reply": None,
    "hubspot.meeting_booked": None,
    "hubspot.meeting": ("outcome", "completed"),
    "hubspot.call": ("direction", "inbound"),
    "hubspot.email": ("direction", "inbound"),
    "hubspot.marketing_event": ("state", "attended"),
}
"""Sources whose facts are acts of a person, some only with this value of an attribute."""
AUTOMATIC = "automatic"
"""An attribute of what nobody wrote: an out-of-office answer."""


def is_act(shape: Shape) -> bool:
    """Whether a person did this, of their own accord."""
    if shape.source not in ACTS or shape.attributes.get(AUTOMATIC):
        return False
    asked = ACTS[shape.source]
    return asked is None or shape.attributes.get(asked[0]) == asked[1]


@dataclass(frozen=True, slots=True)
class Day:
    """One colleague on one UTC day: when the first act happened, and when the first of them was known."""

    person: int
    occurred_ms: int
    known_ms: int


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who it is: a surrogate, and what the job title says. `joined_ms` is the first act ever."""

    person: int
    joined_ms: int
    seniority: str = ""
    function: str = ""


def facts(lead_id: int, days: Sequence[Day], people: Mapping[int, Colleague]) -> tuple[Signal, ...]:
    """What the colleagues of `lead_id` did, by (time, key); those active last, as many as count."""
    last: dict[int, int] = {}
    for day in days:
        if day.person != lead_id:
            last[day.person] = max(last.get(day.person, 0), day.occurred_ms)
    chosen = set(sorted(last, key=lambda person: (-last[person], person))[:COLLEAGUES_MAX])
    found = [
        signal for day in days if day.person in chosen for signal in _signals_of(day, people[day.person])
    ]
    return tuple(sorted(found, key=lambda signal: (signal.occurred_at, signal.key)))


def _signals_of(day: Day, who: Colleague) -> Iterator[Signal]:
    sources = (ACTIVITY, JOINED) if day.occurred_ms == who.joined_ms else (ACTIVITY,)
    named = {"person": str(who.person), "seniority": who.seniority, "function": who.function}
    attributes = {name: value for name, value in named.items() if value}
    ref = Ref(System.SYNCD, "lead", str(who.person))
    for source in sources:
        key = signal_key(ref, source, str(day.occurred_ms // DAY_MS))
        yield Signal(key, from_ms(day.occurred_ms), from_ms(day.known_ms), Shape(source, attributes))


# --- how far back ----------------------------------------------------------------------------------------


def window_days(playbook: Playbook) -> float:
    """The longest window anything uses that looks at colleagues: 0 when nothing does, `inf` without limit."""
    kinds = {
        kind.id
        for kind in playbook.signals
        if any(match.source in (ACTIVITY, JOINED) for match in kind.sources)
    }
    if not kinds:
        return 0.0
    return max((days for named, days in _windows(playbook) if not kinds.isdisjoint(named)), default=0.0)


def _windows(part: object) -> Iterator[tuple[Iterable[str], float]]:
    """Every (kinds looked at, days back) anywhere in a playbook."""
    match part:
        case SignalTest():
            yield part.signals, inf if part.within_days is None else part.within_days
        case SequenceTest():
            yield [kind for step in part.steps for kind in step], part.within_days
        case IdleTest() | HeadsUp():
            yield part.signals, inf
        case Decisive():
            yield part.signals, part.within_days
        case BehaviourRule():
            yield part.signals, _counted_days(part)
    if isinstance(part, Mapping):
        part = tuple(part.values())
    if isinstance(part, tuple | frozenset):
        for item in part:
            yield from _windows(item)
    elif is_dataclass(part):
        for item in fields(part):
            yield from _windows(getattr(part, item.name))


def _counted_days(rule: BehaviourRule) -> float:
    ends = [rule.window_days] if rule.window_days is not None else []
    ends += [rule.steps[-1][0]] if rule.steps else []
    return min(ends, default=inf)
