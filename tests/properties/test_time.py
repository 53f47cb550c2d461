"""Through time: evaluated early, late or twice, the same moves at the same instants as looked at always.

The reference looks at every half second there is; the engine only where it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.model import Decision, Snapshot, Stage, Transition
from syncd.core.playbook import NearSql, Playbook
from tests.core.builders import follow
from tests.core.oracle import facts, through_time, whole
from tests.core.oracle.through_time import TICK, Moved
from tests.properties.harness import for_all
from tests.properties.lives import END, START, known_by, people, tick
from tests.properties.playbooks import playbooks

SECOND = timedelta(seconds=1)
moments = st.lists(st.integers(-119, 119).map(tick), max_size=5).map(sorted)


def ledger(person: Snapshot, playbook: Playbook, when: Sequence[datetime]) -> list[Transition]:
    """The moves of somebody evaluated at these instants, with what was known by each; to the first SQL."""
    found: list[Transition] = []
    for now in when:
        decision = decide(known_by(person, now), playbook, now)
        found += decision.transitions
        person = follow(person, decision, now, playbook)
    return up_to_sql(found)


def up_to_sql(moves: list[Transition]) -> list[Transition]:
    ends = [number for number, item in enumerate(moves, 1) if item.target.stage is Stage.SQL]
    return moves[: ends[0]] if ends else moves


def path(moves: Sequence[Transition | Moved]) -> list[tuple[datetime, str]]:
    """When and where to."""
    return [(one.at if isinstance(one, Moved) else one.effective_at, str(one.target)) for one in moves]


@for_all(playbooks(), people(), moments, examples=40)
def test_whenever_it_is_evaluated_the_moves_are_those_of_looking_always(
    playbook: Playbook, person: Snapshot, when: list[datetime]
) -> None:
    """Once at the end, or at any instants on the way: every move at its own instant."""
    expected = path(list(through_time.ledger(playbook, person, START, END)))
    assert path(ledger(person, playbook, [END])) == expected
    assert path(ledger(person, playbook, [*when, END])) == expected


@for_all(playbooks(), people(), examples=40)
def test_waking_at_due_dates_alone_misses_nothing(playbook: Playbook, person: Snapshot) -> None:
    """The ledger of somebody evaluated when created and then only when due or when something is known."""
    expected = path(list(through_time.ledger(playbook, person, START, END)))
    news = sorted({item.known_at for item in (*person.signals, *person.account_signals)})
    found: list[Transition] = []
    now: datetime | None = START
    while now is not None and now <= END:
        decision = decide(known_by(person, now), playbook, now)
        found += decision.transitions
        person = follow(person, decision, now, playbook)
        later = [one for one in (decision.due_at, *news) if one is not None and one > now]
        now = min(later, default=None)
    assert path(up_to_sql(found)) == expected


def named_by(decision: Decision) -> tuple[object, ...]:
    """What an evaluation says of a lead besides what fades: of who is no near-SQL that is also what the
    criteria alone would make of it."""
    is_near = decision.standing.position.stage is Stage.NEAR_SQL
    return decision.standing, decision.releasable, decision.verdict.missing if is_near else ()


@for_all(playbooks(), people(), st.integers(-119, 119).map(tick), examples=40)
def test_nothing_changes_before_the_due_date(playbook: Playbook, person: Snapshot, now: datetime) -> None:
    """At every half second before it, the reference finds no move and nothing else lacking for SQL."""
    person = known_by(person, now)
    first = decide(person, playbook, now)
    position = first.standing.position
    if position.stage is Stage.SQL:
        return
    due_at = first.due_at
    world = facts.world_of(playbook, person)
    later = now + TICK
    while later <= END + 200 * TICK and (due_at is None or later < due_at):
        assert list(through_time.moves_at(world, later, position)) == [], later
        if position.stage is Stage.NEAR_SQL:
            case = whole.driving_case(world, later)
            assert whole.missing(case) == first.verdict.missing, later
        later += TICK
    settled = follow(person, first, now, playbook)
    if due_at is not None and due_at - SECOND > now:
        assert named_by(decide(settled, playbook, due_at - SECOND)) == named_by(first)
        assert decide(settled, playbook, due_at - SECOND).due_at == due_at


def of_near_sqls(playbook: Playbook) -> Playbook:
    """The playbook, as if nothing were asked of a near-SQL and nobody were kept out."""
    return replace(playbook, filters=(), levels=replace(playbook.levels, near_sql=NearSql((), 0)))


@for_all(playbooks().map(of_near_sqls), people(), st.integers(-119, 119).map(tick), examples=40)
def test_what_a_near_sql_lacks_is_the_same_until_the_due_date(
    playbook: Playbook, person: Snapshot, now: datetime
) -> None:
    """Also where it claims to be an SQL and may not be handed over: at every half second, as the reference
    finds it."""
    customer = replace(known_by(person, now), fields={**person.fields, "contact.lifecyclestage": "customer"})
    first = decide(customer, playbook, now)
    assert first.standing.position.stage is Stage.NEAR_SQL
    world = facts.world_of(playbook, customer)
    until = min(first.due_at or END, END)
    while now < until:
        assert whole.missing(whole.driving_case(world, now)) == first.verdict.missing, now
        now += TICK
