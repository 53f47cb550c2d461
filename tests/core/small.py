"""Playbooks small enough to reckon in one's head, and random ones for the properties.

Kinds are called `k0`, `k1`, ... and come from page views of `/k0`, `/k1`, ...; `ask` is decisive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from syncd.core.playbook import (
    AllOf,
    AttributeTest,
    BehaviourRule,
    Decisive,
    FieldTest,
    Filter,
    FitRule,
    Level,
    Levels,
    MachineClicks,
    Model,
    Named,
    NearSql,
    NotOf,
    Operator,
    PatternRule,
    Playbook,
    ScoreTest,
    SignalKind,
    SignalTest,
    SourceMatch,
    Test,
)
from tests.core.builders import default_playbook

PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine may take its time: only what a property finds counts."""

KINDS = ("k0", "k1", "k2", "k3")


def kind(name: str) -> SignalKind:
    where = (AttributeTest("url", (f"*/{name}",)),)
    return SignalKind(name, name.upper(), (SourceMatch("hubspot.page_view", where),))


def score(name: Any, at_least: float | None = None, below: float | None = None) -> ScoreTest:
    return ScoreTest(name, at_least, below)


def named(name: str, test: Test) -> Named:
    return Named(name, name.capitalize(), test)


def is_field(field: str, *values: str) -> FieldTest:
    return FieldTest(field, Operator.IS, values)


def model(
    behaviour: Sequence[BehaviourRule] = (),
    patterns: Sequence[PatternRule] = (),
    fit: Sequence[FitRule] = (),
    **more: Any,
) -> Model:
    return Model(
        id=more.get("id", "only"),
        label="Only",
        when=more.get("when"),
        fit=tuple(fit),
        behaviour=tuple(behaviour),
        patterns=tuple(patterns),
        group_caps=more.get("group_caps", {}),
        grades=more.get("grades", (("A", 20.0), ("B", 10.0), ("C", 0.0))),
    )


def levels(**more: Any) -> Levels:
    """One MQL level `warm` (30 in, under 20 out) and `hot` (60 in, under 50 out); SQL from 80 and intent 10;
    near-SQL with one of the two from `warm` on."""
    warm = Level("warm", "Warm", (named("interest", score("engagement", 30)),), score("engagement", below=20))
    hot = Level("hot", "Hot", (named("interest", score("engagement", 60)),), score("engagement", below=50))
    sql = (named("interest", score("engagement", 80)), named("intent", score("intent", 10)))
    near = NearSql((named("warm", score("engagement", 70)),), 1)
    return Levels(
        icp=more.get("icp", ()),
        mql=more.get("mql", (warm, hot)),
        near_sql=more.get("near_sql", near),
        sql=more.get("sql", sql),
        decisive=more.get("decisive", Decisive(("ask",), 30.0)),
        bant=(),
    )


def playbook(*models: Model, filters: Sequence[Filter] = (), **more: Any) -> Playbook:
    """A playbook around these models; recycling, feedback and the rest as shipped."""
    return replace(
        default_playbook(),
        version="small",
        evaluation_version="small",
        signals=(*(kind(name) for name in KINDS), kind("ask")),
        models=models or (model([BehaviourRule("r0", "R0", ("k0",), 10.0)]),),
        filters=tuple(filters),
        levels=levels(**more),
        machine=more.get("machine", MachineClicks(is_on=False)),
    )


# --- random ----------------------------------------------------------------------------------------------

_points = st.sampled_from((1.0, 2.5, 7.0, 10.0, 15.0, 40.0))
_kinds = st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True).map(tuple)
_half_lives = st.sampled_from((None, 0.5, 3.0, 14.0, 45.0))
_windows = st.sampled_from((None, 1.0, 7.0, 30.0))


@st.composite
def behaviour_rules(draw: st.DrawFn, name: str, *, only_gains: bool = False) -> BehaviourRule:
    points = draw(_points) * (1 if only_gains or draw(st.integers(0, 3)) else -1)
    cap = draw(st.sampled_from((None, 12.0, 30.0)))
    return BehaviourRule(
        id=name,
        label=name.upper(),
        signals=draw(_kinds),
        points=points,
        half_life_days=draw(_half_lives),
        window_days=draw(_windows),
        cap=None if cap is None else cap * (1 if points > 0 else -1),
        per_day=draw(st.sampled_from((None, 1, 2))),
        newest=None if only_gains else draw(st.sampled_from((None, 1, 3))),
        group=draw(st.sampled_from(("", "", "web", "mail"))),
        score=draw(st.sampled_from(("engagement", "engagement", "intent"))),
    )


@st.composite
def pattern_rules(draw: st.DrawFn, name: str, *, only_gains: bool = False) -> PatternRule:
    need = draw(st.dictionaries(st.sampled_from(KINDS), st.integers(1, 3), min_size=1, max_size=2))
    points = draw(_points) * (1 if only_gains or draw(st.booleans()) else -1)
    return PatternRule(name, name.upper(), needs(need, draw(st.sampled_from((2.0, 7.0, 30.0)))), points)


def needs(counts: Mapping[str, int], within_days: float) -> Test:
    """Each kind so often within the window."""
    return AllOf(tuple(SignalTest((kind,), count, within_days) for kind, count in counts.items()))


@st.composite
def models(draw: st.DrawFn, *, only_gains: bool = False) -> Model:
    rules = [
        draw(behaviour_rules(f"r{number}", only_gains=only_gains))
        for number in range(draw(st.integers(1, 4)))
    ]
    patterns = [
        draw(pattern_rules(f"p{number}", only_gains=only_gains)) for number in range(draw(st.integers(0, 2)))
    ]
    fit = [
        FitRule("vp", "VP", 15.0, is_field("contact.role", "vp")),
        FitRule("seen", "Seen", 8.0, SignalTest(("k1",), 1, 10.0)),
    ]
    caps = draw(st.sampled_from(({}, {"web": 25.0}, {"web": 25.0, "mail": 10.0})))
    return model(rules, patterns, fit, group_caps=caps)


@st.composite
def playbooks(draw: st.DrawFn, *, only_gains: bool = False) -> Playbook:
    """Levels with and without hysteresis, filters that come and go, thresholds on every score."""
    warm_at, hot_at = draw(st.sampled_from(((5, 15), (12, 30), (30, 60))))
    leave = draw(st.sampled_from((None, score("engagement", below=warm_at * 0.6))))
    mql = (
        Level("warm", "Warm", (named("interest", score("engagement", warm_at)),), leave),
        Level(
            "hot",
            "Hot",
            (named("interest", score("total", hot_at)), named("k", SignalTest(("k2",), 1, 20.0))),
        ),
    )
    sql = (
        named("interest", score("engagement", hot_at)),
        named("seen", SignalTest(("k1", "k3"), 2, 14.0)),
        named("fit", FieldTest("contact.role", Operator.PRESENT)),
    )
    job_hunt = AllOf((SignalTest(("k3",), 3, 5.0), NotOf(SignalTest(("k0",), 1, 3.0))))
    filters = (
        ()
        if only_gains
        else (Filter("hunt", "Job hunt", job_hunt, draw(st.sampled_from(("block", "hold")))),)
    )
    return playbook(
        draw(models(only_gains=only_gains)),
        filters=filters,
        mql=mql,
        sql=sql,
        near_sql=NearSql((named("warm", score("engagement", warm_at)),), 2),
    )
