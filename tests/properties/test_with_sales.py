"""Lives that sales takes part in: whenever they are looked at, the ledger is one and the same.

Here the reference does not follow; the engine is held to itself: looked at often, once, or only when due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.model import Snapshot, Transition
from syncd.core.playbook import MachineClicks, Playbook
from tests.core.builders import deal, delivered, follow, ordered, status
from tests.properties.harness import for_all
from tests.properties.lives import END, MACHINES, START, days, known_by, people, tick
from tests.properties.playbooks import playbooks
from tests.properties.test_time import named_by

SECOND = timedelta(seconds=1)
ACTS = (
    "Unqualified",
    "Accepted",
    "Working - Contacted",
    "New",
    "delivered",
    "delivered",
    "open",
    "won",
    "lost",
)
moments = st.lists(st.integers(-119, 119).map(tick), max_size=5).map(sorted)
machines = st.sampled_from((MACHINES, MachineClicks(is_on=False)))


@st.composite
def lives_with_sales(draw: st.DrawFn) -> Snapshot:
    """Somebody whom sales refuses, accepts, works, sells to, or leaves alone."""
    person = draw(people(machine=True))
    acts = []
    for when, late, what in draw(
        st.lists(
            st.tuples(st.integers(-119, 110), st.sampled_from((0, 0, 6)), st.sampled_from(ACTS)), max_size=5
        )
    ):
        at = tick(when)
        if what == "delivered":
            act = delivered(at)
        elif what in {"open", "won", "lost"}:
            act = deal(what, at, reason="Price" if what == "lost" else "")
        else:
            act = status(what, at, reason="No Budget" if what == "Unqualified" else "")
        acts.append(replace(act, known_at=tick(when + late)))
    known = {item.key: item for item in (*person.signals, *acts)}
    return replace(person, signals=ordered(known.values()))


@st.composite
def quick_playbooks(draw: st.DrawFn) -> Playbook:
    """Cool-downs, clocks and silence in seconds: parts of the days that are whole ones in YAML."""
    book = draw(playbooks())
    cool_downs = st.sampled_from((0, 5, 20)).map(_parts_of_days)
    rules = {
        reason: replace(rule, cool_down_days=draw(cool_downs))
        for reason, rule in sorted(book.recycle.rules.items())
    }
    silence = draw(st.sampled_from((15, 40)).map(_parts_of_days))
    recycle = replace(book.recycle, rules=rules, unresponsive_after_days=silence, pass_limit=2)
    sla = replace(book.sla, target_hours=7 / 3600, breach_hours=20 / 3600)
    return replace(book, recycle=recycle, sla=sla, machine=draw(machines))


def _parts_of_days(seconds: float) -> int:
    return cast(int, days(seconds))


def ledger(person: Snapshot, playbook: Playbook, when: Sequence[datetime]) -> list[Transition]:
    """Every move of somebody looked at at these instants, with what was known by each."""
    found: list[Transition] = []
    for now in when:
        decision = decide(known_by(person, now), playbook, now)
        found += decision.transitions
        person = replace(follow(person, decision, now, playbook), evaluated_model=decision.verdict.model)
    return found


@for_all(quick_playbooks(), lives_with_sales(), moments, examples=60)
def test_any_split_of_time_gives_the_same_ledger(
    playbook: Playbook, person: Snapshot, when: list[datetime]
) -> None:
    """To the last cause, code, number and piece of evidence."""
    assert ledger(person, playbook, [*when, END]) == ledger(person, playbook, [END])


@for_all(quick_playbooks(), lives_with_sales(), examples=40)
def test_waking_only_when_due_gives_the_same_ledger(playbook: Playbook, person: Snapshot) -> None:
    """Evaluated when created, when something is learnt, and when due: nothing is missed, nothing early."""
    news = {item.known_at for item in (*person.signals, *person.account_signals)}
    current, now = person, START
    found: list[Transition] = []
    while now <= END:
        decision = decide(known_by(current, now), playbook, now)
        found += decision.transitions
        current = replace(follow(current, decision, now, playbook), evaluated_model=decision.verdict.model)
        later = [one for one in (decision.due_at, *news) if one is not None and one > now]
        now = min(later, default=END + SECOND)
    assert found == ledger(person, playbook, [END])


@for_all(quick_playbooks(), lives_with_sales(), st.integers(-119, 119).map(tick), moments, examples=40)
def test_nothing_changes_before_the_due_date(
    playbook: Playbook, person: Snapshot, now: datetime, when: list[datetime]
) -> None:
    """At random instants before it, and one second before."""
    person = known_by(person, now)
    first = decide(person, playbook, now)
    settled = replace(follow(person, first, now, playbook), evaluated_model=first.verdict.model)
    end = first.due_at or END + timedelta(days=400)
    assert end > now
    for probe in (*when, end - SECOND, end - timedelta(milliseconds=1)):
        if now <= probe < end:
            found = decide(settled, playbook, probe)
            assert found.transitions == ()
            assert named_by(found) == named_by(first)
            assert found.due_at == first.due_at
