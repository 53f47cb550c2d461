"""Nothing is called impossible that the evaluation itself finds true: random conditions, random people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.core.model import Baseline, Shape, Signal, Snapshot
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    Cell,
    CellTest,
    FieldTest,
    GradeTest,
    IcpTest,
    IdleTest,
    LevelTest,
    Matrix,
    ModelTest,
    Named,
    NotOf,
    Operator,
    Playbook,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.core.qualify import verdict
from syncd.settings import load
from syncd.settings.analysis.normal import Answer
from syncd.settings.analysis.people import NOW
from syncd.settings.analysis.possible import Possible
from tests.properties import lives
from tests.properties.harness import for_all
from tests.properties.playbooks import playbooks
from tests.settings import analyst
from tests.settings.small import HOME

KINDS = ("demo_requested", "pricing_viewed", "email_opened")
SHAPES = (
    Shape("hubspot.form_submission", {"form": "Get a demo"}),
    Shape("hubspot.page_view", {"url": "x/pricing"}),
    Shape("hubspot.email_open", {"campaign": "one"}),
    Shape("hubspot.email_open", {"campaign": "two"}),
)
FIELDS = ("contact.a", "company.numberofemployees")
TEXTS = ("5", "20", "150", "5000", "acme", "acme it", "ACME", "it")
DAYS = (1.0, 7.0, 30.0)


@pytest.fixture(scope="module")
def playbook(tmp_path_factory: pytest.TempPathFactory) -> Playbook:
    """The analyst's playbook, with a matrix."""
    folder: Path = analyst.write(tmp_path_factory.mktemp("playbook"))
    built = load(folder, HOME).playbook
    cells = tuple(Cell(letter + band, "Act") for letter in "ABC" for band in "12")
    matrix = Matrix("engagement", (("1", 20.0), ("2", 0.0)), cells)
    return replace(built, levels=replace(built.levels, matrix=matrix))


def _some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


def _compared(field: str) -> st.SearchStrategy[Test]:
    texts, numbers = _some(*TEXTS), st.sampled_from(("5", "20", "150")).map(lambda value: (value,))
    return st.one_of(
        st.builds(FieldTest, st.just(field), st.just(Operator.IS), texts),
        st.builds(FieldTest, st.just(field), st.just(Operator.CONTAINS), _some("acme", "it", "acme it")),
        st.builds(FieldTest, st.just(field), st.just(Operator.MATCHES), _some("a*", "ac*", "*it", "?", "*")),
        st.builds(FieldTest, st.just(field), st.sampled_from([Operator.AT_LEAST, Operator.AT_MOST]), numbers),
        st.builds(FieldTest, st.just(field), st.sampled_from([Operator.PRESENT, Operator.ABSENT])),
    )


def _seniority() -> st.SearchStrategy[Test]:
    named = _some("vp", "head", "student", "manager")
    return st.builds(FieldTest, st.just("person.seniority"), st.just(Operator.IS), named)


def _scores() -> st.SearchStrategy[Test]:
    score = st.sampled_from(["fit", "engagement", "intent", "total"])
    points = st.sampled_from([0.0, 1.0, 10.0, 20.0, 35.0, 40.0, 45.0, 60.0, 130.0, 200.0])
    low = st.builds(ScoreTest, score, points)
    return st.one_of(low, st.builds(lambda name, value: ScoreTest(name, below=value), score, points))


def _happened() -> st.SearchStrategy[Test]:
    signals, days = _some(*KINDS), st.sampled_from(DAYS)
    window = st.one_of(st.none(), days)
    distinct = st.sampled_from(["", "", "channel", "kind", "campaign"])
    steps = st.lists(signals, min_size=2, max_size=2).map(tuple)
    return st.one_of(
        st.builds(SignalTest, signals, st.integers(1, 4), window, distinct),
        st.builds(SequenceTest, steps, days),
        st.builds(IdleTest, signals, days),
    )


PLAIN: st.SearchStrategy[Test] = st.one_of(
    _compared(FIELDS[0]),
    _compared(FIELDS[1]),
    _seniority(),
    _scores(),
    _happened(),
    st.builds(GradeTest, _some("A", "B", "C")),
    st.builds(CellTest, _some("A1", "B2", "C1")),
    st.builds(ModelTest, _some("large", "standard")),
    st.builds(IcpTest, st.booleans()),
    st.builds(LevelTest, st.sampled_from(["engaged", "keen"])),
)


def _joined(inner: st.SearchStrategy[Test]) -> st.SearchStrategy[Test]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(AllOf, several),
        several.flatmap(lambda items: st.builds(AnyOf, st.just(items), st.integers(1, len(items)))),
        st.builds(NotOf, inner),
    )


CONDITIONS: st.SearchStrategy[Test] = st.recursive(PLAIN, _joined, max_leaves=6)


@st.composite
def people(draw: st.DrawFn) -> Snapshot:
    """Somebody with few fields and few acts, some of them long ago."""
    fields = {name: draw(st.sampled_from((*TEXTS, ""))) for name in FIELDS}
    fields["contact.jobtitle"] = draw(st.sampled_from(["VP Sales", "Head of IT", "Student", "Manager", ""]))
    days = st.sampled_from([0.0, 0.5, 3.0, 10.0, 45.0, 300.0])
    acts = draw(st.lists(st.tuples(st.sampled_from(SHAPES), days), max_size=8))
    signals = [
        Signal(number, NOW - timedelta(days=ago), NOW - timedelta(days=ago), shape)
        for number, (shape, ago) in enumerate(acts, 1)
    ]
    began = NOW - timedelta(days=400)
    return Snapshot(
        lead_id=1,
        key="1:1",
        fields={name: value for name, value in fields.items() if value},
        emails=(),
        signals=tuple(sorted(signals, key=lambda signal: (signal.occurred_at, signal.key))),
        standing=None,
        baseline=Baseline(began, began),
        created_at=began,
    )


ANSWERS = {
    "met": {Answer.TRUE, Answer.NOT_FALSE},
    "missing": {Answer.FALSE, Answer.NOT_TRUE},
    "unknown": {Answer.NOT_TRUE, Answer.NOT_FALSE},
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(condition=CONDITIONS, snapshot=people())
def test_what_came_out_was_never_called_impossible(
    playbook: Playbook, condition: Test, snapshot: Snapshot
) -> None:
    """However a condition comes out for somebody, the analyst held that to be possible."""
    asked = replace(playbook.levels, evangelist=(Named("asked", "Asked", condition),))
    judged = replace(playbook, levels=replace(asked, sql=(*asked.sql, Named("asked", "Asked", condition))))
    found = verdict(snapshot, judged, NOW)
    state = next(item.state for item in found.criteria if item.id == "sql.asked")
    possible = Possible(playbook)
    for answer in ANSWERS[state]:
        assert possible.conflict((condition, answer)) == ""


@for_all(playbooks(), lives.people(machine=True), st.integers(-160, 400).map(lives.tick), examples=80)
def test_scores_and_criteria_of_random_playbooks_stay_within_bounds(
    playbook: Playbook, snapshot: Snapshot, now: datetime
) -> None:
    """Caps, steps, half-lives, groups and patterns of any playbook: no score outside, no criterion wrong."""
    found = verdict(snapshot, playbook, now)
    possible = Possible(playbook)
    bounds = next(item for item in possible.bounds if item.model.id == found.model)
    for name, score in (("fit", found.fit), ("engagement", found.engagement), ("intent", found.intent)):
        assert bounds.least(name) - 0.001 <= score.points <= bounds.most(name) + 0.001, name
    tests = {f"sql.{item.id}": item.test for item in playbook.levels.sql}
    tests |= {f"mql.{level.id}.{item.id}": item.test for level in playbook.levels.mql for item in level.enter}
    for item in found.criteria:
        for answer in ANSWERS[item.state] if item.id in tests else ():
            assert possible.conflict((tests[item.id], answer)) == "", item.id
