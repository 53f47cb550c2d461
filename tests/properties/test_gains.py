"""More is never less: what exactly a signal must be part of for this to hold, and that it then does.

It holds for a signal that only these can match: behaviour rules with positive points and without `newest`,
and not with `distinct` and `per_day` together; tests that ask for at least so many, in any combination
without `not`, in patterns and fit rules with positive points and in entry conditions. Diminishing, stepped
and capped rules are covered: a newer happening moves older ones down by less than it brings. Not covered,
because there the opposite is what the playbook says: idleness (a visit ends it), `not`, `below` in an entry,
grades and cells by name, segments, filters, machine clicks; and `newest`, or `distinct` with `per_day`, where
a new signal can take the place of one that counted more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.model import Decision, Position, Signal, Snapshot, Stage
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    Bant,
    BehaviourRule,
    Decisive,
    FitRule,
    IdleTest,
    Level,
    LevelTest,
    Model,
    Named,
    NearSql,
    PatternRule,
    Playbook,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.core.qualify import verdict
from tests.core.builders import ordered, signal
from tests.properties.harness import for_all
from tests.properties.lives import NAMES, known_by, people, tick
from tests.properties.playbooks import (
    any_gain,
    any_group,
    any_window,
    behaviour_rules,
    field_tests,
    playbooks,
)

GAINED = ("visit", "pricing", "open", "click", "any_mail", "ask", "trial")
"""Kinds of the signals that are added; only what gains looks at them."""
OTHERS = tuple(name for name in NAMES if name not in GAINED and name != "careers")
ADDED: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("hubspot.page_view", {"url": "www.own.example/pricing"}),
    ("hubspot.page_view", {"url": "www.own.example/"}),
    ("hubspot.email_open", {"campaign": "October"}),
    ("hubspot.email_click", {"campaign": "November", "url": "own.example/b"}),
    ("hubspot.email_click", {}),
    ("hubspot.form_submission", {"form": "Trial"}),
)
"""Careers pages are left to the losing rules, so nothing of them is added."""

instants = st.integers(-119, 200).map(tick)
_gained = st.lists(st.sampled_from(GAINED), min_size=1, max_size=3, unique=True).map(tuple)
_others = st.lists(st.sampled_from(("careers", *OTHERS)), min_size=1, max_size=2, unique=True).map(tuple)
_distinct = st.sampled_from(("", "channel", "kind", "campaign"))
_asking: st.SearchStrategy[Test] = (
    st.builds(SignalTest, _gained, st.integers(1, 3), st.none() | any_window, _distinct)
    | st.builds(SequenceTest, st.lists(_gained, min_size=1, max_size=2).map(tuple), any_window)
    | field_tests
)
_reaching = st.builds(
    ScoreTest,
    st.sampled_from(("fit", "engagement", "intent", "total")),
    st.sampled_from((0.0, 7.0, 20.0, 45.0)),
)


def _combined(leaves: st.SearchStrategy[Test]) -> st.SearchStrategy[Test]:
    several = st.lists(leaves, min_size=1, max_size=2).map(tuple)
    return leaves | st.builds(AllOf, several) | st.builds(AnyOf, several, st.integers(1, 2))


_idle = st.builds(IdleTest, _others, any_window)
_facts, _anything = _combined(_asking), _combined(_asking | _reaching | _reaching)
_climbing = _combined(_asking | _reaching | st.just(LevelTest("warm")))


@st.composite
def gaining(draw: st.DrawFn, name: str) -> BehaviourRule:
    rule = draw(behaviour_rules(name))
    return replace(
        rule,
        signals=draw(_gained),
        points=abs(rule.points),
        cap=None if rule.cap is None else abs(rule.cap),
        newest=None,
        per_day=None if rule.distinct else rule.per_day,
    )


@st.composite
def other(draw: st.DrawFn, name: str) -> BehaviourRule:
    """Any rule on what is not added."""
    return replace(draw(behaviour_rules(name)), signals=draw(_others))


@st.composite
def gaining_models(draw: st.DrawFn) -> Model:
    return Model(
        "only",
        "Only",
        None,
        fit=(FitRule("f", "F", draw(any_gain), draw(_facts), draw(any_group)),),
        behaviour=(draw(gaining("a")), draw(gaining("b")), draw(other("c"))),
        patterns=(
            PatternRule("p", "P", draw(_facts), draw(any_gain), group=draw(any_group)),
            PatternRule("q", "Q", draw(_idle), -5.0, group=draw(any_group)),
        ),
        group_caps=draw(st.sampled_from(({}, {"web": 25.0}, {"web": 8.0, "mail": -10.0}))),
        grades=(("A", 10.0), ("B", 2.0), ("C", 0.0)),
    )


@st.composite
def gaining_playbooks(draw: st.DrawFn) -> Playbook:
    """Filters look at nothing that is added, levels are left when scores fall or what let in is gone."""
    leaving = st.none() | st.builds(ScoreTest, st.just("engagement"), st.none(), st.sampled_from((5.0, 20.0)))

    def named(name: str, test: st.SearchStrategy[Test]) -> Named:
        return Named(name, name.upper(), draw(test))

    book = draw(playbooks())
    levels = replace(
        book.levels,
        icp=(),
        mql=(
            Level("warm", "Warm", (named("a", _anything),), draw(leaving)),
            Level("hot", "Hot", (named("b", _climbing), named("c", _anything)), draw(leaving)),
        ),
        near_sql=NearSql((named("n", _climbing),), draw(st.integers(0, 2))),
        sql=(named("s", _climbing), named("t", _anything)),
        decisive=Decisive(("ask", "trial"), draw(any_window), (named("big", _anything),)),
        bant=(Bant("need", "Need", draw(_asking)),),
        matrix=None,
    )
    return replace(book, models=(draw(gaining_models()),), filters=(), levels=levels)


@st.composite
def added_signals(draw: st.DrawFn) -> Signal:
    source, where = draw(st.sampled_from(ADDED))
    when = draw(st.integers(-160, 115))
    made = signal(source, tick(when), where, ref="added")
    return replace(made, count=draw(st.sampled_from((1, 1, 3))))


def height(position: Position, playbook: Playbook) -> tuple[int, int]:
    stages = (Stage.LEAD, Stage.MQL, Stage.NEAR_SQL, Stage.SQL)
    return stages.index(position.stage), ["", *(one.id for one in playbook.levels.mql)].index(position.level)


@for_all(gaining_playbooks(), people(), added_signals(), instants, examples=80)
def test_one_more_signal_never_lowers_a_score_or_the_level_earned(
    playbook: Playbook, person: Snapshot, more: Signal, now: datetime
) -> None:
    """Fit, engagement, intent and the level earned, at any instant, wherever in time the signal stands."""
    before = verdict(person, playbook, now)
    after = verdict(replace(person, signals=ordered((*person.signals, more))), playbook, now)
    assert after.fit.points_micro >= before.fit.points_micro
    assert after.engagement.points_micro >= before.engagement.points_micro
    assert after.intent.points_micro >= before.intent.points_micro
    assert height(after.earned, playbook) >= height(before.earned, playbook)


@for_all(gaining_playbooks(), people(), added_signals(), instants, examples=40)
def test_one_more_signal_never_leaves_a_lead_lower_than_without_it(
    playbook: Playbook, person: Snapshot, more: Signal, now: datetime
) -> None:
    """Also with hysteresis, through all the moves of its life."""
    stands = _stands(decide(known_by(person, now), playbook, now))
    richer = replace(person, signals=ordered((*person.signals, more)))
    assert height(_stands(decide(known_by(richer, now), playbook, now)), playbook) >= height(stands, playbook)


def _stands(decision: Decision) -> Position:
    return decision.standing.position
