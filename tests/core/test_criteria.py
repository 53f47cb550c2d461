"""Tests of the playbook answer true, false or unknown; what is not known never passes for false."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.compiled import compiled
from syncd.core.criteria import PlaybookError
from syncd.core.instants import to_ms
from syncd.core.lead import Lead
from syncd.core.model import Stage
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    BehaviourRule,
    FieldTest,
    FitRule,
    GradeTest,
    IcpTest,
    Level,
    LevelTest,
    NotOf,
    Operator,
    ScoreTest,
    SignalTest,
    Test,
)
from syncd.core.qualify import verdict
from tests.core import small
from tests.core.builders import Journey, at, default_playbook, page, person

YES = FieldTest("contact.a", Operator.IS, ("yes",))
NO = FieldTest("contact.a", Operator.IS, ("no",))
UNKNOWN = FieldTest("contact.blank", Operator.IS, ("yes",))
ANSWERS: Mapping[bool | None, Test] = {True: YES, False: NO, None: UNKNOWN}


def answer(test: Test, fields: Mapping[str, str] | None = None, **more: Any) -> bool | None:
    """The answer for somebody with these fields (by default, one whose `a` is yes)."""
    book = compiled(small.playbook(**more))
    snapshot = person(page("/k0", at(-1)), fields={"contact.a": "yes"} if fields is None else fields)
    lead = Lead(snapshot, book)
    lead.advance(to_ms(at()))
    return book.holds(test, lead.at(to_ms(at())).view)


def field(operator: Operator, text: str, *values: str) -> bool | None:
    fields = {"contact.a": text} if text else {}
    return answer(FieldTest("contact.a", operator, values), fields)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((True, True), True),
        ((True, None), None),
        ((True, False), False),
        ((None, None), None),
        ((None, False), False),
        ((False, None), False),
        ((), True),
    ],
)
def test_all_of(parts: tuple[bool | None, ...], expected: bool | None) -> None:
    """False as soon as one is, unknown as long as one is."""
    assert answer(AllOf(tuple(ANSWERS[part] for part in parts))) is expected


@pytest.mark.parametrize(
    ("parts", "at_least", "expected"),
    [
        ((True, None), 1, True),
        ((False, None), 1, None),
        ((False, False), 1, False),
        ((True, None, False), 2, None),
        ((True, False, False), 2, False),
        ((True, None, True), 2, True),
        ((None, None, False), 3, False),
    ],
)
def test_any_of(parts: tuple[bool | None, ...], at_least: int, expected: bool | None) -> None:
    """True as soon as enough are; false once enough can no longer be."""
    assert answer(AnyOf(tuple(ANSWERS[part] for part in parts), at_least)) is expected


@pytest.mark.parametrize(("part", "expected"), [(True, False), (False, True), (None, None)])
def test_not(part: bool | None, expected: bool | None) -> None:
    """The opposite of unknown is unknown."""
    assert answer(NotOf(ANSWERS[part])) is expected


@pytest.mark.parametrize(
    ("operator", "text", "values", "expected"),
    [
        (Operator.IS, "VP Sales", ("vp sales",), True),
        (Operator.IS, " vp sales ", ("VP Sales",), True),
        (Operator.IS, "VP", ("vp sales",), False),
        (Operator.CONTAINS, "Senior market analyst (EMEA)", ("market analyst",), True),
        (Operator.CONTAINS, "Supermarket analyst", ("market analyst",), False),
        (Operator.CONTAINS, "C++ developer", ("c++",), True),
        (Operator.CONTAINS, "anything", ("",), False),
        (Operator.MATCHES, "eu.rival.example", ("*.rival.example",), True),
        (Operator.MATCHES, "rival.example", ("*.rival.example",), False),
        (Operator.MATCHES, "a1", ("a?",), True),
        (Operator.MATCHES, "a[1]", ("a[1]",), True),
        (Operator.MATCHES, "a1", ("a[1]",), False),
        (Operator.AT_LEAST, "50", ("50",), True),
        (Operator.AT_LEAST, "49.5", ("50",), False),
        (Operator.AT_MOST, "50", ("50",), True),
        (Operator.AT_LEAST, "51-200", ("50",), None),
        (Operator.AT_LEAST, "nan", ("50",), None),
        (Operator.AT_LEAST, "inf", ("50",), None),
        (Operator.PRESENT, "x", (), True),
        (Operator.ABSENT, "x", (), False),
        (Operator.PRESENT, "", (), False),
        (Operator.PRESENT, "   ", (), False),
        (Operator.ABSENT, "", (), True),
        (Operator.IS, "", ("x",), None),
        (Operator.CONTAINS, "", ("x",), None),
        (Operator.MATCHES, "", ("*",), None),
        (Operator.AT_MOST, "", ("5",), None),
    ],
)
def test_operators(operator: Operator, text: str, values: tuple[str, ...], expected: bool | None) -> None:
    """Case is ignored; a blank, or text where a number is asked for, is unknown."""
    assert field(operator, text, *values) is expected


@pytest.mark.parametrize("hostile", ["a" * 50_000, "-a" * 25_000 + "!", "\N{COMBINING ACUTE ACCENT}" * 9_000])
def test_hostile_text_is_judged_by_its_beginning(hostile: str) -> None:
    """Many stars over a long text end at once: no backtracking, and only the first 2,048 characters."""
    assert field(Operator.MATCHES, hostile, "*a*a*a*a*a*a*a*b") is False
    assert field(Operator.MATCHES, hostile + "b", "*b") is False


def test_signals_are_counted_within_their_window() -> None:
    """A signal test is never unknown: what was not seen is not there."""
    assert answer(SignalTest(("k0",), 1, 1.0)) is True
    assert answer(SignalTest(("k0",), 1, 0.5)) is False
    assert answer(SignalTest(("k0", "k1"), 2)) is False


def test_scores_are_compared_as_integers() -> None:
    """At least is inclusive, below is not."""
    assert answer(ScoreTest("engagement", at_least=10.0)) is True
    assert answer(ScoreTest("engagement", at_least=10.000001)) is False
    assert answer(ScoreTest("engagement", below=10.0)) is False
    assert answer(ScoreTest("total", at_least=10.0, below=10.5)) is True


def test_the_icp_gate_is_met_failed_or_unknown() -> None:
    """Unknown is not failed, where the playbook says so."""
    for state, part in ANSWERS.items():
        icp = (small.named("gate", part),)
        assert answer(IcpTest(), icp=icp) is state
        assert answer(IcpTest(unknown_counts=True), icp=icp) is (state is not False)


def test_the_company_as_salesforce_shows_it_can_be_tested() -> None:
    """`account.*`: customer, open deal, people known."""
    book = compiled(small.playbook())
    lead = Lead(replace(person(), account_is_customer=True, account_people=3), book)
    view = lead.at(to_ms(at())).view
    assert book.holds(FieldTest("account.is_customer", Operator.IS, ("true",)), view) is True
    assert book.holds(FieldTest("account.has_open_deal", Operator.IS, ("true",)), view) is False
    assert book.holds(FieldTest("account.people", Operator.AT_LEAST, ("3",)), view) is True


# --- levels ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "held", "expected"),
    [
        (29, "", "lead"),
        (30, "", "mql:warm"),
        (25, "", "lead"),
        (25, "mql:warm", "mql:warm"),
        (19, "mql:warm", "lead"),
        (60, "mql:warm", "mql:hot"),
        (55, "mql:warm", "mql:warm"),
        (55, "mql:hot", "mql:hot"),
        (45, "mql:hot", "mql:warm"),
        (25, "mql:hot", "mql:warm"),
        (75, "mql:hot", "mql:hot"),
        (80, "mql:hot", "near_sql"),
        (79, "near_sql", "mql:hot"),
    ],
)
def test_levels_are_entered_and_left_with_hysteresis(points: float, held: str, expected: str) -> None:
    """Warm from 30 until under 20, hot from 60 until under 50, near-SQL from 70 with one SQL criterion."""
    start = {"": 0.0, "mql:warm": 30.0, "mql:hot": 60.0, "near_sql": 80.0}[held]

    def scoring(value: float) -> Any:
        return small.playbook(small.model([BehaviourRule("r", "R", ("k0",), value)]))

    journey = Journey(person(page("/k0", at(-1))), scoring(start))
    journey.until(at())
    assert journey.path[-1] == (held or "lead")
    journey.playbook = scoring(points)
    journey.until(at(1))
    assert journey.path[-1] == expected


def test_without_a_leave_condition_a_level_is_left_when_it_would_not_be_entered() -> None:
    """Also when what is asked for has become unknown."""
    level = Level("known", "Known", (small.named("a", YES),))
    journey = Journey(person(fields={"contact.a": "yes"}), small.playbook(mql=(level,)))
    journey.until(at())
    assert journey.path[-1] == "mql:known"
    journey.snapshot = replace(journey.snapshot, fields={})
    journey.until(at(1))
    assert journey.stage is Stage.LEAD


def test_criteria_say_where_and_when_they_were_seen() -> None:
    """Met with its source, missing, or unknown, by an id that says where it counts."""
    found = {
        item.id: item for item in verdict(person(page("/pricing", at(-2))), default_playbook(), at()).criteria
    }
    assert found["icp.size"].state == "met"
    assert found["icp.size"].source == "company.numberofemployees = 412"
    assert found["mql.engaged.interest"].state == "missing"
    assert found["bant.budget"].state == "unknown"


# --- what cannot be answered -----------------------------------------------------------------------------

CIRCLES: Mapping[str, Any] = {
    "a level that asks for itself": lambda: small.playbook(
        mql=(Level("a", "A", (small.named("n", LevelTest("a")),)),)
    ),
    "two levels that ask for each other": lambda: small.playbook(
        mql=(
            Level("a", "A", (small.named("n", LevelTest("b")),)),
            Level("b", "B", (small.named("n", NotOf(AnyOf((LevelTest("a"),)))),)),
        )
    ),
    "a gate that asks for itself": lambda: small.playbook(icp=(small.named("n", IcpTest()),)),
    "fit by fit": lambda: small.playbook(small.model(fit=[FitRule("f", "F", 1.0, ScoreTest("total", 3.0))])),
    "fit by grade": lambda: small.playbook(small.model(fit=[FitRule("f", "F", 1.0, GradeTest(("A",)))])),
    "a model by its own score": lambda: small.playbook(small.model(when=ScoreTest("engagement", 3.0))),
    "an unknown kind": lambda: small.playbook(small.model([BehaviourRule("r", "R", ("nothing",), 1.0)])),
    "an unknown level": lambda: small.playbook(sql=(small.named("n", LevelTest("nothing")),)),
    "a number that is none": lambda: small.playbook(
        sql=(small.named("n", FieldTest("contact.a", Operator.AT_LEAST, ("many",))),)
    ),
    "no model at all": lambda: replace(small.playbook(), models=()),
}


@pytest.mark.parametrize("why", sorted(CIRCLES))
def test_a_playbook_that_cannot_be_answered_is_refused(why: str) -> None:
    """Settings refuse it with file and line; the core does not loop for ever if they did not."""
    with pytest.raises(PlaybookError):
        compiled(CIRCLES[why]())
