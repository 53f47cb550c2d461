"""Screening from packed state: the slow reference's numbers, and who stays would not be moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import event
from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.engine import Screened, held, pack, program
from syncd.core.instants import to_ms
from syncd.core.lead import known_fields
from syncd.core.model import Decision, Shape, Signal, Snapshot
from syncd.core.playbook import Playbook
from syncd.core.qualify import verdict
from tests.core.builders import explained, follow
from tests.core.oracle import whole
from tests.properties.harness import for_all
from tests.properties.lives import MACHINES, known_by, people, tick
from tests.properties.playbooks import playbooks

whole_seconds = st.integers(-60, 60).map(lambda second: tick(2 * second))
SECOND = timedelta(seconds=1)


class Shapes:
    """The numbers a store gives to shapes."""

    def __init__(self) -> None:
        self.known: list[Shape] = []

    def number(self, shape: Shape) -> int:
        if shape not in self.known:
            self.known.append(shape)
        return self.known.index(shape)

    def pack(self, signals: list[Signal]) -> bytes:
        rows = [(to_ms(item.occurred_at), self.number(item.shape), item.count, item.key) for item in signals]
        return pack(rows)


def screened(person: Snapshot, decided: Decision, playbook: Playbook, now: datetime) -> Screened:
    """The lead screened under this playbook at `now`, from what was packed when it was decided."""
    machines = {item.key for item in decided.verdict.machine}
    then = decided.verdict.at
    counting = [
        item
        for item in (*person.signals, *person.account_signals)
        if item.key not in machines and item.occurred_at <= then and item.known_at <= then
    ]
    made, shapes = program(playbook), Shapes()
    packed = shapes.pack(counting)
    classes = [made.class_of(shape) for shape in shapes.known]
    answers = made.answers_of(known_fields(person))
    second = to_ms(now) // 1000
    return made.screen(packed, classes, answers, held(person, decided), second, want_due=True)


@for_all(
    playbooks(),
    st.none() | playbooks(),
    people(machine=True),
    whole_seconds,
    st.integers(0, 300),
    st.booleans(),
    examples=80,
)
def test_who_stays_would_not_be_moved(
    before: Playbook, after: Playbook | None, person: Snapshot, then: datetime, later: int, is_on: bool
) -> None:
    """Numbers are the reference's as long as what is packed is what counts; who stays is moved by no decision
    at that second, is told nothing else, and is due exactly when a decision says so."""
    before = replace(before, machine=replace(MACHINES, is_on=is_on))
    after = before if after is None else replace(after, machine=before.machine)
    person = known_by(person, then)
    first = decide(person, before, then)
    settled = replace(follow(person, first, then, before), evaluated_model=first.verdict.model)
    now = then + later * SECOND
    found = screened(settled, first, after, now)
    until = held(person, first).until_second
    if until is None or to_ms(now) // 1000 < until:
        expected = whole.evaluate(after, settled, now)
        assert (found.fit_micro, found.engagement_micro, found.intent_micro) == (
            expected.fit,
            expected.engagement,
            expected.intent,
        )
        assert (found.grade, found.cell, found.model) == (expected.grade, expected.cell, expected.model)
    event("stays" if found.stays else "leaves")
    if not found.stays:
        return
    second = decide(settled, after, now)
    assert second.transitions == ()
    assert second.verdict.earned == first.verdict.earned
    assert second.verdict.missing == first.verdict.missing
    assert second.verdict.model == first.verdict.model
    due = None if second.due_at is None else -(-to_ms(second.due_at) // 1000)
    assert found.due_second == due


@for_all(playbooks(), people(machine=True), whole_seconds, examples=40)
def test_explaining_from_packed_state_is_the_verdict(
    playbook: Playbook, person: Snapshot, now: datetime
) -> None:
    """All of it: scores with reasons, criteria, filters, evidence, hints."""
    playbook = replace(playbook, machine=MACHINES)
    person = known_by(person, now)
    expected = verdict(person, playbook, now)
    machines = {item.key for item in expected.machine}
    counting = [
        item
        for item in (*person.signals, *person.account_signals)
        if item.key not in machines and item.occurred_at <= now
    ]
    shapes = Shapes()
    packed = shapes.pack(counting)
    bare = replace(person, signals=(), account_signals=(), fields=known_fields(person))
    made = program(playbook)
    assert explained(made, packed, shapes.known, bare, now, expected.machine) == expected
