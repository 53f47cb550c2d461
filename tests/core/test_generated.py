"""The generated source: nothing of the playbook in it, whatever the playbook says, and bounded work on
strangers' text."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.criteria import PlaybookError
from syncd.core.decide import decide
from syncd.core.engine import program
from syncd.core.engine.source import NESTED_MAX, Source
from syncd.core.model import Shape
from syncd.core.playbook import (
    AllOf,
    AttributeTest,
    BehaviourRule,
    CellTest,
    Filter,
    FitRule,
    Level,
    LevelTest,
    Matrix,
    NotOf,
    PatternRule,
    Playbook,
    SignalKind,
    SignalTest,
    SourceMatch,
    Test,
)
from tests.core import small
from tests.core.builders import at, page, person

HOSTILE = (
    "'); import os; os.abort()  #",
    '"""\nraise SystemExit(3)\n"""',
    "k0",
    "pr[0]; P.clear()",
    "\x00\ud800\\",
    "__import__('os')",
)


def hostile_playbook(text: str) -> Playbook:
    """A playbook that says this wherever people may write."""
    kind = SignalKind(text, text, (SourceMatch("hubspot.page_view", (AttributeTest("url", ("*/k0",)),)),))
    asks: Test = SignalTest((text,), 1, 30.0, distinct=text)
    model = small.model(
        [
            BehaviourRule(text, text, (text,), 10.0, group=text, distinct=text),
            BehaviourRule("b", "B", (text,), 40.0),
        ],
        [PatternRule(text, text, asks, 5.0, group=text)],
        [FitRule(text, text, 5.0, small.is_field(text, text), group=text)],
        id=text,
        group_caps={text: 3.0},
        grades=((text, 0.0),),
    )
    level = Level(text, text, (small.named(text, small.score("engagement", 30)),))
    built = small.playbook(
        model,
        filters=[Filter(text, text, small.is_field("contact.x", text))],
        mql=(level,),
        sql=(small.named(text, AllOf((LevelTest(text), CellTest((text,)), small.score("intent", 900)))),),
        near_sql=replace(small.levels().near_sql, enter=(small.named(text, LevelTest(text)),), at_least=9),
    )
    matrix = Matrix("total", ((text, 10.0), ("low", 0.0)), ())
    levels = replace(built.levels, matrix=matrix, decisive=replace(built.levels.decisive, signals=()))
    return replace(built, signals=(kind,), levels=levels)


def words_of(playbook: Playbook) -> set[str]:
    """Every name and every text that stands in the source of the generated functions."""
    found: set[str] = set()
    for weighted in (False, True):
        looks = program(playbook).looks(0, weighted=weighted)
        for made in (looks.profile, looks.look, looks.look_ahead, looks.told):
            code = made.__code__
            found |= {*code.co_names, *code.co_varnames}
            found |= {item for item in code.co_consts if isinstance(item, str)}
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_is_data(text: str) -> None:
    """Ids, labels, groups, values: evaluation works, and none of it is in the source."""
    playbook = hostile_playbook(text)
    decision = decide(person(page("/k0", at(-1))), playbook, at())
    assert decision.verdict.engagement.points_micro == 40_000_000
    assert str(decision.standing.position) == f"mql:{text}"
    calm = words_of(hostile_playbook("calm"))
    assert "calm" not in calm
    assert words_of(playbook) == calm


@given(st.text(max_size=30))
def test_any_text_is_data(text: str) -> None:
    """The same for whatever anybody writes."""
    decision = decide(person(page("/k0", at(-1))), hostile_playbook(text or "x"), at())
    assert decision.verdict.engagement.points_micro >= 40_000_000


def test_generated_code_has_no_builtins_to_speak_of() -> None:
    """It can count and compare, and reach nothing."""
    source = Source({})
    source.add(0, "def reach(): return open")
    with pytest.raises(NameError):
        source.run()["reach"]()


def test_conditions_nested_without_end_are_refused() -> None:
    """With a sentence, not with a crash of the parser."""
    test: Test = SignalTest(("k0",), 1, 30.0)
    for _depth in range(NESTED_MAX + 2):
        test = NotOf(AllOf((test, SignalTest(("k1",), 1, 30.0))))
    playbook = small.playbook(filters=[Filter("deep", "Deep", test)])
    with pytest.raises(PlaybookError, match="nobody can read"):
        program(playbook)


def test_long_conditions_are_answered() -> None:
    """Hundreds of parts are no trouble: they stand beside one another."""
    parts = tuple(small.is_field("contact.x", str(number)) for number in range(400))
    wide = AllOf((*parts, SignalTest(("k0",), 1, 30.0)))
    playbook = small.playbook(filters=[Filter("wide", "Wide", wide)])
    assert decide(person(page("/k0", at(-1))), playbook, at()).verdict.filters[0].matched is False


@pytest.mark.parametrize("unit", ["a/", "/k", "?", "%2f*", "\u0130", "aaaaaaab"])
def test_a_hostile_address_costs_less_than_a_millisecond(unit: str) -> None:
    """Thousands of characters against patterns with many stars: judged by its beginning, in linear time."""
    patterns = ("*a*a*a*a*a*a*a*b", "*/k*/k*/k*/k*/k*z", "*?*?*?*?*?*x", "*%2f*%2f*%2f*y")
    where = (AttributeTest("url", patterns),)
    kinds = tuple(SignalKind(f"h{n}", "H", (SourceMatch("hubspot.page_view", where),)) for n in range(2))
    playbook = small.playbook()
    made = program(replace(playbook, signals=(*playbook.signals, *kinds)))
    taken = []
    for number in range(15):
        shape = Shape("hubspot.page_view", {"url": unit * 5_000 + str(number)})
        start = process_time()
        made.class_of(shape)
        taken.append(process_time() - start)
    assert min(taken) < 0.001
