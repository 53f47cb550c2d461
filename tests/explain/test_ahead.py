"""When a lead falls without new activity: the date is exact, and what it falls to is what then happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.ahead import falls
from syncd.core.decide import decide
from syncd.core.model import Position, Stage, Standing
from tests.explain.people import NOW, person, shipped

ENGAGED = (
    ("webinar_attended", 9.0),
    ("content_downloaded", 5.0),
    ("pricing_viewed", 2.0),
    ("roi_calculated", 3.0),
)


@pytest.mark.parametrize(
    "acts", [ENGAGED, (*ENGAGED, ("comparison_viewed", 4.0), ("case_study_viewed", 2.0))]
)
def test_nothing_moves_before_and_it_moves_then(acts: tuple[tuple[str, float], ...]) -> None:
    """One second earlier the lead stands where it stands; at the moment named it does not."""
    book, snapshot = shipped(), person(*acts)
    found = falls(snapshot, book, NOW)
    assert found is not None
    assert snapshot.standing is not None
    early = decide(snapshot, book, found.at - timedelta(seconds=1))
    assert (early.transitions, early.standing.position) == ((), snapshot.standing.position)
    then = decide(snapshot, book, found.at)
    assert then.transitions[0].effective_at == found.at
    assert then.standing.position == found.target
    assert found.origin == snapshot.standing.position


def test_what_it_loses_is_met_now_and_not_then() -> None:
    book, snapshot = shipped(), person(*ENGAGED, ("comparison_viewed", 4), ("case_study_viewed", 2))
    found = falls(snapshot, book, NOW)
    assert found is not None
    assert {item.state for item in found.lost} == {"met"}
    later = {item.id: item.state for item in decide(snapshot, book, found.at).verdict.criteria}
    assert [item.id for item in found.lost if later[item.id] == "met"] == []


def test_who_has_nothing_to_lose_does_not_fall() -> None:
    assert falls(person(), shipped(), NOW) is None


def test_silence_of_sales_is_a_move_too() -> None:
    """A hand-off nobody works comes back on its day."""
    days = shipped().recycle.unresponsive_after_days
    standing = Standing(
        Position(Stage.HANDED_OFF), NOW, pass_number=1, qualified_at=NOW, handed_off_at=NOW,
        evidence_floor_at=NOW,
    )  # fmt: skip
    found = falls(replace(person(), standing=standing), shipped(), NOW)
    assert found is not None
    assert found.at == NOW + timedelta(days=days)
    assert found.target.stage is Stage.RECYCLED
