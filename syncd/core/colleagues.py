"""What colleagues do, as facts about a lead: who of the company is active, and who has joined.

A colleague counts once per UTC day, by the first act of the day that a person makes; opens, clicks and what
sales does are no such acts. Never the lead's own. How far back anybody must look follows from the playbook.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from math import inf
from typing import TypeAlias

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
NEWS_DAYS_MAX = 365

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


# --- how far back, and what is news ----------------------------------------------------------------------


def account_tests(playbook: Playbook) -> tuple[SignalTest, ...]:
    """Every count of what colleagues do."""
    kinds = account_kinds(playbook)
    tests = (part for part in _askers(playbook) if isinstance(part, SignalTest))
    return tuple(dict.fromkeys(test for test in tests if not kinds.isdisjoint(test.signals)))


def news_days(playbook: Playbook) -> int:
    """For how many UTC days after an act further acts of the same colleague are no news to the others: they
    only make answers last longer, and who was told an end asks again by then.

    So many whole days as the shortest window has, where everything asks only who was active; where something
    counts acts, one: each first act of a day is news. A first act ever is news in any case, so who looks at
    nothing but those who join does not matter. 0 when nothing looks at colleagues.
    """
    if not account_kinds(playbook):
        return 0
    kinds = account_kinds(playbook, (ACTIVITY,))
    asking = [part for part in _askers(playbook) if not kinds.isdisjoint(_named(part))]
    tests = [part for part in asking if isinstance(part, SignalTest) and _asks_who(part)]
    windows = [test.within_days for test in tests if test.within_days is not None]
    if len(tests) < len(asking):
        return 1
    return max(1, int(min(windows, default=NEWS_DAYS_MAX)))


def account_kinds(playbook: Playbook, sources: Container[str] = (ACTIVITY, JOINED)) -> frozenset[str]:
    """Ids of the kinds that are what colleagues do."""
    return frozenset(
        kind.id for kind in playbook.signals if any(match.source in sources for match in kind.sources)
    )


def _asks_who(test: SignalTest) -> bool:
    return bool(test.distinct) or test.at_least <= 1


def window_days(playbook: Playbook) -> float:
    """The longest window anything uses that looks at colleagues: 0 when nothing does, `inf` without limit."""
    kinds = account_kinds(playbook)
    asking = (part for part in _askers(playbook) if not kinds.isdisjoint(_named(part)))
    return max((_days_back(part) for part in asking), default=0.0)


Asker: TypeAlias = SignalTest | SequenceTest | IdleTest | HeadsUp | Decisive | BehaviourRule


def _askers(part: object) -> Iterator[Asker]:
    """Everything anywhere in a playbook that looks at kinds."""
    if isinstance(part, Asker):
        yield part
    if isinstance(part, Mapping):
        part = tuple(part.values())
    if isinstance(part, tuple | frozenset):
        for item in part:
            yield from _askers(item)
    elif is_dataclass(part):
        for item in fields(part):
            yield from _askers(getattr(part, item.name))


def _named(part: Asker) -> Iterable[str]:
    if isinstance(part, SequenceTest):
        return [kind for step in part.steps for kind in step]
    return part.signals


def _days_back(part: Asker) -> float:
    match part:
        case SignalTest():
            return inf if part.within_days is None else part.within_days
        case SequenceTest() | Decisive():
            return part.within_days
        case IdleTest() | HeadsUp():
            return inf
        case BehaviourRule():
            return _counted_days(part)


def _counted_days(rule: BehaviourRule) -> float:
    ends = [rule.window_days] if rule.window_days is not None else []
    ends += [rule.steps[-1][0]] if rule.steps else []
    return min(ends, default=inf)
