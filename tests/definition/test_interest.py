"""Signals that make an MQL (docs/behaviour.md, B-17 to B-28): each counts as it should, none too much."""

from __future__ import annotations

import pytest

from syncd.core.model import Signal, Stage
from tests.definition.people import (
    BUYER,
    MISFIT,
    SPECIALIST,
    STRANGER,
    at_or_above_mql,
    clicked,
    decided,
    fact,
    form,
    page,
    reasons,
    s55,
    shipped,
    visits,
    webinar,
    where,
)
from tests.definition.single import SINGLE_ACTS


def test_different_downloads_add_up_and_the_same_one_does_not() -> None:
    """B-17: pieces count, clicks on the same piece do not."""
    different = decided(form("Ebook A", 1), form("Ebook B", 1.5), form("Whitepaper C", 3))
    same = decided(form("Ebook A", 1), form("Ebook A", 1.5), form("Ebook A", 3))
    one = decided(form("Ebook A", 1))
    assert reasons(same)["downloads"] == reasons(one)["downloads"]
    assert reasons(different)["downloads"] > 2 * reasons(one)["downloads"]


def test_a_newsletter_counts_once_a_little_and_for_long() -> None:
    """B-18: three points, and after three months more than half of them."""
    once, twice = decided(form("Newsletter", 1)), decided(form("Newsletter", 1), form("Newsletter", 2))
    old = decided(form("Newsletter", 90))
    assert round(reasons(once)["newsletter"], 1) == 3
    assert once.verdict.engagement.points <= twice.verdict.engagement.points <= 3
    assert 1.5 < reasons(old)["newsletter"] < reasons(once)["newsletter"]


def test_attending_counts_more_than_registering() -> None:
    """B-19: time spent, not a plan."""
    came, registered = decided(webinar(3)), decided(webinar(3, state="registered"))
    assert came.verdict.engagement.points > 2 * registered.verdict.engagement.points > 0


def test_each_further_webinar_counts_a_little_less() -> None:
    """B-19: two say more than one, and less than twice as much."""
    one = decided(webinar(1)).verdict.engagement.points
    two = decided(webinar(1), webinar(2, event="Planning with finance")).verdict.engagement.points
    assert one < two < 2 * one


@pytest.mark.parametrize(
    ("days", "holds"),
    [((1, 2, 3, 4, 5), True), ((1, 2, 3, 4), False), ((1, 3, 5, 7, 9), False), ((0, 1, 2, 3, 7), True)],
    ids=["five in a week", "four", "five in nine days", "the oldest seven days ago to the second"],
)
def test_five_visits_in_a_week(days: tuple[float, ...], holds: bool) -> None:
    """B-20: exactly five, exactly seven days."""
    assert ("five_visits_a_week" in reasons(decided(*visits(*days)))) is holds


def test_coming_back_to_key_pages_is_a_pattern() -> None:
    """B-21: five looks in two weeks, whichever pages they are."""
    pages = [
        *page("/pricing", 1, 5),
        *page("/product/a", 2),
        *page("/compare/x", 3),
        *page("/case-studies/y", 4),
    ]
    assert "comes_back" in reasons(decided(*pages))
    assert "comes_back" not in reasons(decided(*pages[:-1]))


def test_prices_and_comparisons_are_evidence_and_never_more() -> None:
    """B-22: interest and a little intent; with more of the kind an MQL; alone nothing."""
    looks = [*page("/pricing", 1, 4), *page("/compare/rival", 2, 5)]
    found = decided(*looks)
    assert found.verdict.engagement.points > found.verdict.intent.points > 0
    assert where(*page("/pricing", 1, 3, 6)) == "lead"
    assert at_or_above_mql(decided(*looks, *page("/product/a", 1, 2, 4), *visits(1, 2, 4, 5)))
    assert where(*page("/pricing", *range(30)), *page("/compare/rival", *range(30))) != "sql"


def test_several_campaigns_say_more_than_several_clicks() -> None:
    """B-23: three clicks each way."""
    several, one = decided(*clicked(1, 5, 9)), decided(*clicked(1, 5, 9, campaign="October"))
    assert "several_campaigns" in reasons(several)
    assert "several_campaigns" not in reasons(one)
    assert several.verdict.engagement.points > one.verdict.engagement.points


@pytest.mark.parametrize(
    ("act", "rule"),
    [
        (form("Survey 2026"), "surveys"),
        (page("/videos/intro", 1)[0], "videos"),
        (form("Ebook: a guide to planning"), "downloads"),
        (form("Buying guide"), "buying_guides"),
    ],
    ids=["survey", "video", "guide", "buying guide"],
)
def test_surveys_videos_and_guides_count_with_a_reason(act: Signal, rule: str) -> None:
    """B-24: each by name."""
    found = decided(act)
    assert reasons(found)[rule] > 0
    assert [item.rule for item in found.verdict.engagement.reasons] == [rule]


def test_title_and_profile_make_the_grade() -> None:
    """B-25: the same acts, four kinds of people, falling grades."""
    lone = {"contact.email": "somebody@gmail.com", "contact.jobtitle": "Student"}
    grades = [decided(known=known).verdict.grade for known in (BUYER, SPECIALIST, STRANGER, lone)]
    assert grades == sorted(grades)
    assert (grades[0], grades[-1]) == ("A", "D")
    assert (
        decided(known={**BUYER, "contact.jobtitle": "Clerk"}).verdict.fit.points
        < decided().verdict.fit.points
    )


OTHERWISE = {
    "trial_started": Stage.MQL,
    "intent_confirmed": Stage.MQL,  # says it wants to talk (S49)
    "objected": Stage.DISQUALIFIED,
    "deal_changed": Stage.OPPORTUNITY,  # sales works on it already
}


@pytest.mark.parametrize("kind", sorted(SINGLE_ACTS))
def test_of_all_single_acts_only_trials_and_requests_promote(kind: str) -> None:
    """B-26, B-54: every kind of the playbook, once, by somebody who fits in every way."""
    expected = Stage.SQL if kind in shipped().levels.decisive.signals else Stage.LEAD
    found = decided(SINGLE_ACTS[kind])
    assert found.standing.position.stage is OTHERWISE.get(kind, expected)


def test_every_kind_of_the_playbook_is_among_the_single_acts() -> None:
    """B-26: a kind added later is tested too."""
    assert set(SINGLE_ACTS) == {kind.id for kind in shipped().signals}


def test_levels_ask_about_the_ideal_customer() -> None:
    """B-27: fits, unknown and failed are three answers."""
    fits, unknown, failed = (decided(*s55(), known=known) for known in (BUYER, STRANGER, MISFIT))
    assert [item.verdict.icp for item in (fits, unknown, failed)] == ["met", "unknown", "missing"]
    assert [at_or_above_mql(item) for item in (fits, unknown, failed)] == [True, True, False]


@pytest.mark.parametrize(
    ("field", "value"),
    [("company.industry", "GAMBLING_CASINOS"), ("company.numberofemployees", "9")],
    ids=["industry", "size"],
)
def test_either_part_of_the_ideal_customer_may_fail_it(field: str, value: str) -> None:
    """B-27: one is enough, however good the rest."""
    assert decided(known={**BUYER, field: value}).verdict.icp == "missing"


def test_comparing_alone_is_not_evaluating() -> None:
    """B-13: the second level wants stronger interest than the first, not only the right pages."""
    looks = [*page("/pricing", 1, 4), *page("/compare/rival", 2, 5), *page("/product/a", 1, 2, 4)]
    some = decided(*looks, *visits(1, 2, 4, 5), known=STRANGER)
    more = decided(*looks, *visits(1, 2, 4, 5), webinar(3), known=STRANGER)
    assert 30 <= some.verdict.engagement.points < 40 <= more.verdict.engagement.points
    assert (str(some.verdict.earned), str(more.verdict.earned)) == ("mql:engaged", "mql:evaluating")


def test_blog_posts_count_less_and_less() -> None:
    """B-28: the second adds less than the first, and there is an end."""
    points = [decided(*page("/blog/a", *range(1, 1 + n))).verdict.engagement.points for n in (1, 2, 3, 40)]
    assert 0 < points[0] < points[1] < points[2] < points[3] < 5
    assert points[1] - points[0] > points[2] - points[1]


def test_a_source_nobody_knows_counts_nothing() -> None:
    """B-26: only named kinds count."""
    assert decided(fact("hubspot.task", 1, type="email", status="completed")).verdict.engagement.points == 0
