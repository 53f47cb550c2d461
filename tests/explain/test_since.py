"""What changed about a lead: between two moments, or between two definitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.core import qualify
from syncd.core.model import Position, Snapshot, Stage
from syncd.core.since import Difference, difference
from tests.explain.people import NOW, person, shipped

LEAD, ENGAGED = Position(Stage.LEAD), Position(Stage.MQL, "engaged")


def between(snapshot: Snapshot, days_ago: float) -> Difference:
    """From so many days ago, with what was known then, to now."""
    then = NOW - timedelta(days=days_ago)
    known = replace(snapshot, signals=tuple(item for item in snapshot.signals if item.known_at <= then))
    before = qualify.verdict(known, shipped(), then)
    after = qualify.verdict(snapshot, shipped(), NOW)
    return difference(before, after, snapshot, shipped(), (LEAD, ENGAGED))


def test_new_facts_are_those_known_since() -> None:
    """By kind, with how often and when last."""
    found = between(person(("content_downloaded", 20), ("pricing_viewed", 4), ("pricing_viewed", 2)), 10)
    assert [(fact.label, fact.count, fact.at) for fact in found.facts] == [
        ("Looked at the prices", 2, NOW - timedelta(days=2))
    ]


def test_a_fact_that_came_late_is_new() -> None:
    """It happened before, and nobody knew."""
    snapshot = person(("content_downloaded", 20))
    late = tuple(replace(item, known_at=NOW - timedelta(days=1)) for item in snapshot.signals)
    assert len(between(replace(snapshot, signals=late), 10).facts) == 1


def test_score_changes_add_up_to_the_reasons_that_changed() -> None:
    found = between(person(("webinar_attended", 20), ("pricing_viewed", 2)), 10)
    for score in found.scores:
        told = sum(item.after_micro - item.before_micro for item in found.reasons if item.score == score.id)
        assert told == score.after_micro - score.before_micro


def test_criteria_that_answer_differently_are_named() -> None:
    found = between(
        person(
            ("webinar_attended", 9), ("pricing_viewed", 2), ("roi_calculated", 3), ("comparison_viewed", 2)
        ),
        15,
    )
    assert {(item.before, item.after) for item in found.criteria} >= {("missing", "met")}
    assert (found.before, found.after) == (LEAD, ENGAGED)


def test_nothing_changed_is_empty() -> None:
    snapshot = person(("content_downloaded", 20))
    verdict = qualify.verdict(snapshot, shipped(), NOW)
    assert difference(verdict, verdict, snapshot, shipped(), (LEAD, LEAD)).is_empty
