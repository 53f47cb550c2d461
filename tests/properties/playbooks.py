"""Random playbooks for the small world: everything the settings could build, in seconds instead of days.

All kinds of tests and rules, several models, groups, caps, levels with and without a way out, filters of
every outcome, the matrix, needs and letters.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Literal

from hypothesis import strategies as st

from syncd.core.playbook import (
    AllOf,
    AnyOf,
    Bant,
    BehaviourRule,
    Cell,
    CellTest,
    Decisive,
    FieldTest,
    Filter,
    FilterOutcome,
    FitRule,
    GradeTest,
    IcpTest,
    IdleTest,
    Level,
    Levels,
    LevelTest,
    Matrix,
    Model,
    ModelTest,
    Named,
    NearSql,
    NotOf,
    Operator,
    PatternRule,
    Playbook,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from tests.core import small
from tests.properties.lives import KINDS, NAMES, days

# --- tests -----------------------------------------------------------------------------------------------

_names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple)
WINDOWS_S = (1.0, 5.0, 12.0, 30.0, 70.0)
any_window = st.sampled_from(WINDOWS_S).map(days)
_thresholds = st.sampled_from((-5.0, 0.0, 2.5, 7.0, 10.0, 14.0, 20.0, 30.0, 45.0))
_distinct = st.sampled_from(("", "", "channel", "offer", "kind", "campaign", "url", "person"))

field_tests: st.SearchStrategy[Test] = st.sampled_from(
    (
        FieldTest("contact.role", Operator.IS, ("vp", "it")),
        FieldTest("contact.role", Operator.CONTAINS, ("student",)),
        FieldTest("contact.role", Operator.PRESENT),
        FieldTest("contact.role", Operator.MATCHES, ("v*", "i?")),
        FieldTest("contact.size", Operator.AT_LEAST, ("50",)),
        FieldTest("contact.size", Operator.AT_MOST, ("50",)),
        FieldTest("contact.size", Operator.ABSENT),
        FieldTest("contact.note", Operator.CONTAINS, ("c++", "market")),
        FieldTest("contact.note", Operator.MATCHES, ("a?b", "[s]*")),
        FieldTest("person.email_kind", Operator.IS, ("free",)),
        FieldTest("account.people", Operator.AT_LEAST, ("2.0",)),
    )
)
signal_tests = st.builds(SignalTest, _names, st.integers(1, 3), st.none() | any_window, _distinct)
sequence_tests = st.builds(SequenceTest, st.lists(_names, min_size=1, max_size=3).map(tuple), any_window)
idle_tests = st.builds(IdleTest, _names, any_window)
fact_tests: st.SearchStrategy[Test] = field_tests | signal_tests | signal_tests | sequence_tests | idle_tests
score_tests = st.builds(
    ScoreTest, st.sampled_from(("fit", "engagement", "intent", "total")), _thresholds
) | st.builds(ScoreTest, st.sampled_from(("engagement", "total")), st.none() | _thresholds, _thresholds)


def combined(leaves: st.SearchStrategy[Test]) -> st.SearchStrategy[Test]:
    """Tests of tests, two deep."""
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple))
            | st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple), st.integers(1, 2))
            | st.builds(NotOf, inner)
        ),
        max_leaves=4,
    )


facts_only = combined(fact_tests)
icp_tests = combined(field_tests | signal_tests | score_tests)


@functools.cache
def judging_tests(lower: tuple[str, ...], models: tuple[str, ...]) -> st.SearchStrategy[Test]:
    """Tests that may look at everything: these levels, models, grades, cells, the ICP gate."""
    leaves: st.SearchStrategy[Test] = (
        fact_tests
        | score_tests
        | score_tests
        | score_tests
        | score_tests
        | st.builds(GradeTest, st.sampled_from((("A",), ("A", "B"), ("C",))))
        | st.builds(CellTest, st.sampled_from((("A1",), ("A1", "B1", "C1"), ("B2", "C2"))))
        | st.builds(IcpTest, st.booleans())
        | st.builds(ModelTest, st.sampled_from([(name,) for name in models]))
    )
    if lower:
        leaves = leaves | st.builds(LevelTest, st.sampled_from(lower))
    return combined(leaves)


# --- rules -----------------------------------------------------------------------------------------------

any_gain = st.sampled_from((1.0, 2.5, 7.0, 10.0, 15.0, 40.0))
_signed = any_gain | any_gain | any_gain.map(lambda points: -points)
any_group = st.sampled_from(("", "", "web", "mail"))
_scores: st.SearchStrategy[Literal["engagement", "intent"]] = st.sampled_from(
    ("engagement", "engagement", "intent")
)
_steps = st.sampled_from(
    (
        ((days(7), 1.0), (days(30), 0.5), (days(60), 0.25)),
        ((days(3), 0.75),),
        ((days(5), 1.5), (days(20), 0.8)),
    )
)


@st.composite
def behaviour_rules(draw: st.DrawFn, name: str) -> BehaviourRule:
    """Any rule that counts; a step may give more than the points at first."""
    points = draw(_signed)
    cap = draw(st.sampled_from((None, None, 12.0, 30.0)))
    fades = draw(st.sampled_from(("not", "half", "steps")))
    return BehaviourRule(
        id=name,
        label=name.upper(),
        signals=draw(_names),
        points=points,
        half_life_days=draw(st.sampled_from((2.0, 9.0, 25.0, 100.0)).map(days)) if fades == "half" else None,
        steps=draw(_steps) if fades == "steps" else (),
        window_days=draw(st.none() | any_window),
        cap=None if cap is None else cap * (1 if points > 0 else -1),
        per_day=draw(st.sampled_from((None, None, 1, 2))),
        newest=draw(st.sampled_from((None, None, 1, 3))),
        diminishing=draw(st.sampled_from((None, None, 0.5, 0.8))),
        distinct=draw(_distinct),
        group=draw(any_group),
        score=draw(_scores),
    )


@st.composite
def models(draw: st.DrawFn, name: str, when: Test | None) -> Model:
    """Behaviour, patterns and fit, with group caps on any of them."""
    return Model(
        id=name,
        label=name,
        when=when,
        fit=tuple(
            FitRule(f"f{number}", f"F{number}", draw(_signed), draw(facts_only), draw(any_group))
            for number in range(draw(st.integers(0, 2)))
        ),
        behaviour=tuple(draw(behaviour_rules(f"r{number}")) for number in range(draw(st.integers(1, 4)))),
        patterns=tuple(
            PatternRule(
                f"p{number}", f"P{number}", draw(facts_only), draw(_signed), draw(_scores), draw(any_group)
            )
            for number in range(draw(st.integers(0, 2)))
        ),
        group_caps=draw(st.sampled_from(({}, {"web": 25.0}, {"web": 8.0, "mail": -10.0}))),
        grades=draw(st.sampled_from(((("A", 10.0), ("B", 2.0), ("C", 0.0)), (("A", 0.0), ("B", -20.0))))),
    )


# --- playbooks -------------------------------------------------------------------------------------------


@functools.cache
def _named(name: str, test: st.SearchStrategy[Test]) -> st.SearchStrategy[Named]:
    return st.builds(Named, st.just(name), st.just(name.upper()), test)


@dataclass(frozen=True, slots=True)
class _Judging:
    """The tests each place may hold, for a playbook with these models."""

    models: tuple[str, ...]

    def test(self, *lower: str) -> st.SearchStrategy[Test]:
        return judging_tests(lower, self.models)

    def named(self, name: str, *lower: str) -> st.SearchStrategy[Named]:
        return _named(name, self.test(*lower))


named_by_field = _named("big", field_tests)


@st.composite
def level_sets(draw: st.DrawFn, judging: _Judging) -> Levels:
    """Two MQL levels, near-SQL, SQL, decisive actions with a need, the matrix, two letters."""
    leaving = st.none() | st.builds(ScoreTest, st.just("engagement"), st.none(), _thresholds)
    first = Level("warm", "Warm", (draw(judging.named("a")),), draw(leaving | judging.test()))
    second = Level(
        "hot", "Hot", (draw(judging.named("b", "warm")), draw(judging.named("c", "warm"))), draw(leaving)
    )
    both = ("warm", "hot")
    return Levels(
        icp=tuple(draw(st.lists(st.builds(Named, st.just("i"), st.just("I"), icp_tests), max_size=1))),
        mql=(first, second),
        near_sql=NearSql(draw(st.just(()) | st.tuples(judging.named("n", *both))), draw(st.integers(0, 2))),
        sql=(draw(judging.named("s", *both)), draw(judging.named("t", *both)), draw(judging.named("u"))),
        decisive=Decisive(
            ("ask", "trial"),
            draw(any_window),
            tuple(draw(st.lists(named_by_field | judging.named("big", *both), max_size=1))),
        ),
        bant=tuple(
            Bant(name, name, draw(judging.test()), draw(st.none() | judging.test()))
            for name in draw(st.sampled_from(((), ("budget", "need"))))
        ),
        matrix=draw(st.none() | matrices()),
    )


def matrices() -> st.SearchStrategy[Matrix]:
    return st.builds(
        Matrix,
        st.sampled_from(("engagement", "intent", "total")),
        st.sampled_from(((("1", 20.0), ("2", 5.0)), (("1", 30.0), ("2", 10.0), ("3", 0.0)))),
        st.just((Cell("A1", "Call", "now"), Cell("B2", "Write"))),
    )


@st.composite
def filters(draw: st.DrawFn, judging: _Judging) -> tuple[Filter, ...]:
    """Up to three, of any outcome."""
    outcomes: st.SearchStrategy[FilterOutcome] = st.sampled_from(
        ("block", "divert", "hold", "no_nurture", "stop")
    )
    return tuple(
        Filter(
            name, name.upper(), draw(facts_only | facts_only | judging.test("warm", "hot")), draw(outcomes)
        )
        for name in draw(st.sampled_from(((), (), ("hunt",), ("hunt", "rival"), ("later", "hunt", "rival"))))
    )


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    """Any playbook the settings could build, in the small world's time."""
    names = draw(st.sampled_from((("only",), ("only",), ("big", "rest"), ("big", "middle", "rest"))))
    judging = _Judging(names)
    built = [
        draw(models(name, None if name == names[-1] and draw(st.booleans()) else draw(facts_only)))
        for name in names
    ]
    book = small.playbook(*built, filters=draw(filters(judging)))
    return replace(book, signals=KINDS, levels=draw(level_sets(judging)))
