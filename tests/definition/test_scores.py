"""How the numbers behave (docs/behaviour.md, B-50 to B-60, B-126, B-128)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.core.decide import decide
from syncd.core.model import Cause, Signal, Stage
from syncd.core.playbook import AllOf, SignalTest
from tests.definition.edited import edited
from tests.definition.people import (
    BUYER,
    MISFIT,
    NOW,
    STRANGER,
    Story,
    at_or_above_mql,
    clicked,
    colleague,
    decided,
    demo_request,
    fact,
    form,
    opened,
    page,
    reasons,
    s55,
    shipped,
    visits,
    webinar,
    where,
)

LARGE = {**BUYER, "company.numberofemployees": "6200"}
OUTBOUND = {**BUYER, "contact.hs_analytics_source": "OFFLINE", "contact.hs_analytics_source_data_1": "IMPORT"}


def buyer_acts() -> list[Signal]:
    """Prices, comparison, proof, return, trial and two webinars: no request among them."""
    return [
        *page("/pricing", 1, 2, 4),
        *page("/compare/rival", 1, 3),
        *page("/case-studies/acme", 2, 5),
        form("ROI calculator", 2),
        form("Start free trial", 1),
        webinar(4),
        webinar(6, event="Planning with finance"),
    ]


@pytest.mark.parametrize(
    "acts", [[], s55(), buyer_acts(), [demo_request()]], ids=["nothing", "S55", "buyer", "asks"]
)
def test_every_score_is_the_sum_of_its_reasons(acts: list[Signal]) -> None:
    """B-50: fit, engagement and intent, to the micro-point."""
    verdict = decided(*acts).verdict
    for score in (verdict.fit, verdict.engagement, verdict.intent):
        assert score.points_micro == sum(item.points_micro for item in score.reasons)


def test_opens_and_clicks_are_worth_little_however_many() -> None:
    """B-51: three months of them stay under half an MQL."""
    days = [day + 0.5 for day in range(90)]
    found = decided(*opened(*days), *clicked(*days))
    assert found.verdict.engagement.points <= 18
    assert str(found.standing.position) == "lead"


def test_what_a_machine_clicked_counts_nothing_and_is_listed() -> None:
    """B-51: three links within seconds of the send, and nobody came."""
    burst = [
        fact("hubspot.email_click", 1 - n / 86_400, campaign="October", url=f"x.example/{n}", lag="0-2")
        for n in range(4)
    ]
    found = decided(*burst)
    assert found.verdict.engagement.points_micro == 0
    assert {item.key for item in found.verdict.machine} == {item.key for item in burst}


def test_scores_move_with_acts_and_with_time() -> None:
    """B-52: up with a new act, down with a day, and the same date gives the same number."""
    before, after = decided(*page("/pricing", 3)), decided(*page("/pricing", 3), webinar(1))
    later = decided(*page("/pricing", 3), at=NOW + timedelta(days=21))
    assert before.verdict.engagement.points < after.verdict.engagement.points
    assert later.verdict.engagement.points == pytest.approx(before.verdict.engagement.points / 2, abs=0.01)
    again = decided(*page("/pricing", 3), webinar(1))
    assert again.verdict == after.verdict


def test_lifetime_points_do_not_fade() -> None:
    """B-52: what was ever earned is kept beside what it is worth now."""
    old = decided(*page("/pricing", 200, 210)).verdict
    assert old.engagement.points < 1
    assert old.lifetime_micro["engagement"] == 12_000_000


def test_industry_role_and_size_are_parts_of_fit() -> None:
    """B-53: take one away and its points go with it."""
    whole = {item.rule: item.points_micro for item in decided().verdict.fit.reasons}
    for rule, field in (
        ("industry_right", "company.industry"),
        ("director", "contact.jobtitle"),
        ("size_right", "company.numberofemployees"),
    ):
        less = decided(known={**BUYER, field: ""}).verdict.fit
        assert rule in whole
        assert rule not in {item.rule for item in less.reasons}


def test_technology_and_country_are_hints() -> None:
    """B-53: five points each, and unknown is not a fault."""
    uses = {**BUYER, "company.web_technologies": "Google Analytics;Salesforce;HubSpot"}
    more, usual = decided(known=uses).verdict.fit, decided().verdict.fit
    assert more.points - usual.points == 5
    unknown = {item.id for item in decided().verdict.criteria if item.state == "unknown"}
    assert "fit.technology_right" in unknown


def test_one_channel_for_ever_qualifies_nobody() -> None:
    """B-54: every kind of page, mail or paper, day after day, alone."""
    days = [day + 0.5 for day in range(60)]
    for channel in (
        opened(*days),
        clicked(*days),
        page("/blog/a", *days),
        [form(f"Ebook {day}", day) for day in days],
    ):
        assert where(*channel) == "lead"
    for path in ("/pricing", "/product/a", "/case-studies/a"):
        assert where(*page(path, *days)) != "sql"


def test_s55_to_the_letter() -> None:
    """B-55: the shipped pattern is exactly a webinar, two looks at the prices and five opens."""
    rule = next(item for item in shipped().models[-1].patterns if item.id == "sustained_interest")
    needs = (("webinar_attended", 1), ("pricing_viewed", 2), ("email_opened", 5))
    assert rule.when == AllOf(tuple(SignalTest((kind,), count, 30) for kind, count in needs))


@pytest.mark.parametrize("left_out", [0, 1, 3], ids=["the webinar", "a look at the prices", "an open"])
def test_without_one_part_there_is_no_pattern(left_out: int) -> None:
    """B-55: whole it makes an MQL, with its own reason; less one part, no pattern."""
    acts = s55()
    assert "sustained_interest" in reasons(decided(*acts))
    assert at_or_above_mql(decided(*acts))
    assert "sustained_interest" not in reasons(decided(*acts[:left_out], *acts[left_out + 1 :]))
    assert where(form("Ebook")) == "lead"


def test_every_threshold_is_a_named_criterion_with_an_answer() -> None:
    """B-56: met, missing or unknown, for each person."""
    criteria = {item.id: item for item in decided(*s55(), known=STRANGER).verdict.criteria}
    for name in (
        "icp.size",
        "mql.engaged.interest",
        "near_sql.is_mql",
        "sql.readiness",
        "decisive.known_company",
    ):
        assert criteria[name].label
    assert {
        criteria["icp.size"].state,
        criteria["mql.engaged.interest"].state,
        criteria["sql.readiness"].state,
    } == {
        "unknown",
        "met",
        "missing",
    }


def test_at_a_large_company_interest_lasts_longer_and_a_group_counts_more() -> None:
    """B-57: the same acts, two segments."""
    acts = [webinar(60), form("Buying guide", 60), colleague("p1", 3), colleague("p2", 4)]
    large, other = decided(*acts, known=LARGE), decided(*acts)
    assert (large.verdict.model, other.verdict.model) == ("enterprise", "standard")
    for rule in ("webinars", "buying_guides", "third_person"):
        assert reasons(large)[rule] > reasons(other)[rule]


def test_what_the_other_models_would_say_is_shown() -> None:
    """B-57: as hints that drive nothing."""
    assert {item.model for item in decided(*s55()).verdict.others} == {"enterprise", "outbound"}


def test_a_change_of_segment_is_a_reason_to_move() -> None:
    """B-57: the company turns out to be large, where colleagues count for more."""
    story = Story(*page("/pricing", 2, 6), colleague("p1", 3), colleague("p2", 4, function="finance"))
    assert str(story.until(NOW).standing.position) == "lead"
    story.snapshot = replace(story.snapshot, fields=LARGE)
    found = story.until(NOW + timedelta(hours=1))
    assert found.standing.position.stage is Stage.MQL
    assert found.transitions[-1].cause is Cause.SEGMENT_CHANGED


def test_a_changed_definition_judges_anew_and_says_so(tmp_path: Path) -> None:
    """B-58: looser criteria, and the move names the playbook as its cause."""
    loose = edited(
        tmp_path, "levels.yaml", "{score: engagement, at_least: 30}", "{score: engagement, at_least: 10}"
    )
    story = Story(webinar(3), form("Ebook A", 4))
    story.until(NOW)
    story.playbook = loose
    found = story.until(NOW + timedelta(hours=1))
    assert [item.cause for item in found.transitions] == [Cause.PLAYBOOK_CHANGED]


def test_two_ways_lead_to_sql() -> None:
    """B-59: by score and criteria, by one decisive act."""
    by_score, by_act = decided(*buyer_acts()), decided(demo_request())
    assert by_score.standing.position.stage is Stage.SQL
    assert by_score.transitions[-1].cause is Cause.THRESHOLD
    assert by_score.verdict.decisive == ""
    assert by_act.transitions[-1].cause is Cause.DECISIVE_ACTION


@pytest.mark.parametrize("acts", [buyer_acts(), [demo_request()]], ids=["by score", "by one act"])
def test_neither_way_leads_past_a_filter_or_a_failed_gate(acts: list[Signal]) -> None:
    """B-59: a rival, and a firm outside the ICP."""
    for known in (
        {**BUYER, "contact.email": "eve@rival.example"},
        {**BUYER, "company.numberofemployees": "4"},
    ):
        found = decided(*acts, known=known)
        assert found.standing.position.stage is not Stage.SQL
        assert not any(item.target.stage is Stage.SQL for item in found.transitions)


def test_three_channels_say_more_than_one() -> None:
    """B-60: site, mail and an event."""
    spread = decided(*visits(2), *clicked(3), webinar(5))
    narrow = decided(*visits(2), *page("/product/a", 3), form("Ebook A", 5))
    assert "several_channels" in reasons(spread)
    assert "several_channels" not in reasons(narrow)


def test_opens_are_no_channel_of_their_own() -> None:
    """B-60, B-51: a program that loads pictures is nobody's activity."""
    assert "several_channels" not in reasons(decided(*visits(2), *opened(3), webinar(5)))


def test_outbound_has_a_model_of_its_own() -> None:
    """B-126: reacting to our mail says less when we wrote first; an answer is an answer."""
    acts = [*opened(1, 2, 3), *clicked(1, 4, 8)]
    inbound, outbound = decided(*acts), decided(*acts, known=OUTBOUND)
    assert (inbound.verdict.model, outbound.verdict.model) == ("standard", "outbound")
    assert outbound.verdict.engagement.points < inbound.verdict.engagement.points
    assert where(fact("hubspot.email", 1, direction="inbound", status="sent"), known=OUTBOUND) == "sql"


def test_signals_say_who_moved() -> None:
    """B-126: what we did is outbound, and no rule gives points for it."""
    ours = {kind.id for kind in shipped().signals if kind.direction == "outbound"}
    assert {"called_by_us", "mailed_by_us"} <= ours
    for model in shipped().models:
        assert not ours & {name for rule in model.behaviour for name in rule.signals}


def test_one_number_stretches_windows_and_half_lives(tmp_path: Path) -> None:
    """B-128: twice the cycle, half the fading; five visits in a week stay five visits in a week."""
    slow = edited(tmp_path, "levels.yaml", "sales_cycle_days: 90", "sales_cycle_days: 180")
    acts = [webinar(45), *page("/pricing", 40)]
    fast, long = reasons(decided(*acts)), reasons(decided(*acts, playbook=slow))
    assert fast["webinars"] == pytest.approx(6, abs=0.01)
    assert long["webinars"] == pytest.approx(12 * 0.5**0.5, abs=0.01)
    assert slow.recycle.rules["no_budget"].cool_down_days == 180
    assert "five_visits_a_week" not in reasons(decided(*visits(1, 3, 5, 7, 9), playbook=slow))
    assert where(demo_request(50), playbook=slow) == "sql"


def test_calendar_facts_do_not_stretch(tmp_path: Path) -> None:
    """B-128: an application, a role, a word of praise last as long whatever buying takes."""
    slow = edited(tmp_path, "levels.yaml", "sales_cycle_days: 90", "sales_cycle_days: 360")
    applied = decided(form("Job application", 366), playbook=slow)
    assert not any(item.matched for item in applied.verdict.filters)
    hunting = decided(*page("/careers", 1, 2, 31), playbook=slow)
    assert not any(item.matched for item in hunting.verdict.filters)


def test_a_misfit_stays_a_misfit_whatever_the_score() -> None:
    """B-54: interest does not make up for fit."""
    assert (
        decide(Story(*buyer_acts(), known=MISFIT).snapshot, shipped(), NOW).standing.position.stage
        is not Stage.SQL
    )
