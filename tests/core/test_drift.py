"""What time alone can change, and that the quick search for it finds what the full one finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.decide import decide
from syncd.core.engine import held, program
from syncd.core.engine.drift import Drifts, can
from syncd.core.instants import to_ms
from syncd.core.playbook import FitRule, IdleTest, Named, NotOf, Playbook, ScoreTest, SignalTest
from tests.core.builders import at, attended, default_playbook, form, opened, page, person
from tests.core.test_engine import screened

PRICES = SignalTest(("pricing_viewed",), 1, 30)
LIVES = {
    "prices": [page("/pricing", at(-day)) for day in (1, 2, 3, 9, 20)],
    "webinar": [attended(at(-3)), page("/pricing", at(-1)), page("/blog/a", at(-2)), opened(at(-1))],
    "careers": [page("/pricing", at(-day)) for day in (1, 2, 4)] + [page("/careers", at(-20))],
    "form": [form("Whitepaper", at(-5)), page("/pricing", at(-4)), page("/product/x", at(-3))],
}


def drifts(playbook: Playbook) -> Drifts:
    made = program(playbook)
    return Drifts(made.book, made.book.models[0], made.slots)


def asking_itself(playbook: Playbook) -> Playbook:
    """Fit points that hang on engagement."""
    rule = FitRule("busy", "Busy", 5, ScoreTest("engagement", at_least=5))
    models = tuple(replace(model, fit=(*model.fit, rule)) for model in playbook.models)
    return replace(playbook, models=models, evaluation_version="asks")


def test_a_count_only_ends_and_quiet_only_begins() -> None:
    """A negation goes the other way; without the signals neither can change."""
    found = drifts(default_playbook())
    count = found.of(PRICES)
    assert (count.rise, found.of(NotOf(PRICES)).rise) == (frozenset(), count.fall)
    assert can(count.fall, dict.fromkeys(count.fall, 0))
    assert not can(count.fall, {})
    quiet = found.of(IdleTest(("pricing_viewed",), 30))
    assert quiet.rise
    assert not quiet.fall


def test_a_score_falls_with_what_gives_points() -> None:
    """Its limit from above goes the other way."""
    found = drifts(default_playbook())
    least, most = found.of(ScoreTest("intent", at_least=5)), found.of(ScoreTest("intent", below=5))
    assert least.fall
    assert (least.rise, least.fall) == (most.fall, most.rise)


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("is_asking", [False, True])
def test_the_quick_search_finds_the_second_of_a_decision(life: str, is_asking: bool) -> None:
    """Also where fit hangs on a score, and where losses end within what is looked at."""
    playbook = asking_itself(default_playbook()) if is_asking else default_playbook()
    first_level, second_level, *higher = playbook.levels.mql
    ladder = (
        replace(first_level, enter=(Named("w", "Warm", ScoreTest("total", at_least=75)),), leave=None),
        replace(
            second_level,
            enter=(Named("h", "Hot", ScoreTest("intent", at_least=12)),),
            leave=ScoreTest("intent", below=6),
        ),
        *higher,
    )
    playbook = replace(
        playbook,
        levels=replace(playbook.levels, mql=ladder),
        evaluation_version=f"drift-{is_asking}",
        alerts=replace(playbook.alerts, heads_up=()),
    )
    snapshot = person(*LIVES[life])
    first = decide(snapshot, playbook, at())
    settled = replace(snapshot, standing=first.standing, evaluated_model=first.verdict.model)
    decision = decide(settled, playbook, at())
    found = screened(settled, playbook, held(settled, decision), at(), frozenset())
    assert found.stays == (not decision.transitions)
    assert decision.due_at is not None, "the check can fail: somebody here falls"
    assert found.due_second == -(-to_ms(decision.due_at) // 1000)
