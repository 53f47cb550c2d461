"""How facts arrive changes nothing: their order, their repetition, their delay, or where the clock hangs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone, tzinfo
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import assume
from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.model import Decision, Signal, Snapshot
from syncd.core.playbook import MachineClicks, Playbook
from tests.core.builders import follow
from tests.core.oracle import through_time
from tests.properties.harness import for_all
from tests.properties.lives import END, MACHINES, START, known_by, people, tick
from tests.properties.playbooks import playbooks
from tests.properties.test_time import ledger, path

instants = st.integers(-119, 119).map(tick)
machines = st.sampled_from((MACHINES, MachineClicks(is_on=False)))
zones = st.sampled_from(
    (
        timezone(timedelta(hours=14)),
        timezone(timedelta(hours=-11, minutes=-30)),
        ZoneInfo("America/New_York"),
        ZoneInfo("Asia/Kathmandu"),
    )
)


@for_all(playbooks(), people(machine=True), instants, machines, st.randoms(), examples=40)
def test_order_and_repetition_of_arrival_change_nothing(
    playbook: Playbook, person: Snapshot, now: datetime, terms: MachineClicks, random: Random
) -> None:
    """Facts are a set: in another order everything decided is the same, and repeated nothing counts twice."""
    playbook = replace(playbook, machine=terms)
    expected = decide(person, playbook, now)
    shuffled, mates = list(person.signals), tuple(reversed(person.account_signals))
    random.shuffle(shuffled)
    assert decide(replace(person, signals=tuple(shuffled), account_signals=mates), playbook, now) == expected
    twice = replace(person, signals=person.signals * 2, account_signals=mates * 2)
    assert judged(decide(twice, playbook, now)) == judged(expected)


def judged(decision: Decision) -> tuple[object, ...]:
    """What a decision finds, without the texts made of it."""
    return decision.verdict, decision.transitions, decision.standing, decision.due_at, decision.headline


@for_all(playbooks(), people(machine=True), instants, machines, examples=40)
def test_after_a_delayed_arrival_the_scores_are_those_of_an_undelayed_one(
    playbook: Playbook, person: Snapshot, now: datetime, terms: MachineClicks
) -> None:
    """Once everything is known, when it became known shows in no number, criterion or filter."""
    playbook = replace(playbook, machine=terms)
    delayed = known_by(person, now)
    prompt = replace(
        delayed,
        signals=tuple(_prompt(item) for item in delayed.signals),
        account_signals=tuple(_prompt(item) for item in delayed.account_signals),
    )
    assert decide(delayed, playbook, now).verdict == decide(prompt, playbook, now).verdict


def _prompt(item: Signal) -> Signal:
    return replace(item, known_at=min(item.known_at, item.occurred_at))


@for_all(playbooks(), people(), instants, examples=25)
def test_the_ledger_keeps_what_was_known_when(playbook: Playbook, person: Snapshot, now: datetime) -> None:
    """What is learnt later never moves what was entered before: the ledger so far is that of somebody of whom
    nothing more was ever learnt, and every move afterwards is dated afterwards."""
    ignorant = list(through_time.ledger(playbook, known_by(person, now), START, now))
    found = path(ledger(person, playbook, [now, END]))
    assert found[: len(ignorant)] == path(ignorant)
    assert all(when > now for when, _where in found[len(ignorant) :])


@for_all(playbooks(), people(machine=True), instants, machines, zones, examples=40)
def test_another_time_zone_changes_nothing(
    playbook: Playbook, person: Snapshot, now: datetime, terms: MachineClicks, zone: tzinfo
) -> None:
    """An instant is an instant, however it is written; a day is a UTC day."""
    playbook = replace(playbook, machine=terms)
    moved = replace(
        person,
        signals=tuple(_in(zone, item) for item in person.signals),
        account_signals=tuple(_in(zone, item) for item in person.account_signals),
        created_at=START.astimezone(zone),
        waivers=tuple(
            replace(
                item,
                at=item.at and item.at.astimezone(zone),
                until_at=item.until_at and item.until_at.astimezone(zone),
            )
            for item in person.waivers
        ),
    )
    assert decide(moved, playbook, now.astimezone(zone)) == decide(person, playbook, now)


def _in(zone: tzinfo, item: Signal) -> Signal:
    return replace(
        item, occurred_at=item.occurred_at.astimezone(zone), known_at=item.known_at.astimezone(zone)
    )


@for_all(playbooks(), people(), st.lists(instants, min_size=2, max_size=3).map(sorted), examples=25)
def test_taking_a_fact_back_leaves_the_scores_of_never_having_had_it(
    playbook: Playbook, person: Snapshot, when: list[datetime]
) -> None:
    """A retraction is as if the fact had never been, from then on; the ledger stays as it was."""
    assume(person.signals)
    before = known_by(person, when[0])
    first = decide(before, playbook, when[0])
    gone = replace(follow(before, first, when[0], playbook), signals=before.signals[1:])
    second = decide(gone, playbook, when[-1])
    never = decide(replace(before, signals=before.signals[1:]), playbook, when[-1])
    numbers = [
        (one.verdict.fit, one.verdict.engagement, one.verdict.intent, one.verdict.grade, one.verdict.filters)
        for one in (second, never)
    ]
    assert numbers[0] == numbers[1]
    assert all(item.effective_at >= when[0] for item in second.transitions)
