"""Every rule of the shipped scoring fires for somebody, every filter for its own: none is there for show."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncd.core.model import Signal
from tests.definition.people import (
    BUYER,
    clicked,
    colleague,
    decided,
    fact,
    form,
    joined,
    opened,
    page,
    reasons,
    shipped,
    visits,
    webinar,
)
from tests.definition.single import SINGLE_ACTS


def who(**changed: str) -> Mapping[str, str]:
    """The buyer with some fields changed (`contact__jobtitle`); blank takes the field away."""
    return {**BUYER, **{name.replace("__", "."): value for name, value in changed.items()}}


FIT: Mapping[str, Mapping[str, str]] = {
    "executive": who(contact__jobtitle="Chief Operating Officer"),
    "director": who(),
    "head": who(contact__jobtitle="Head of Marketing"),
    "manager": who(contact__jobtitle="Marketing Manager"),
    "senior": who(contact__jobtitle="Senior Marketing Specialist"),
    "specialist": who(contact__jobtitle="Marketing Specialist"),
    "student_title": who(contact__jobtitle="Student"),
    "buying_function": who(),
    "near_function": who(contact__jobtitle="Finance Manager"),
    "size_right": who(),
    "size_small": who(company__numberofemployees="30"),
    "size_large": who(company__numberofemployees="8000"),
    "size_tiny": who(company__numberofemployees="4"),
    "industry_right": who(),
    "industry_wrong": who(company__industry="TOBACCO"),
    "country_right": who(),
    "technology_right": who(company__web_technologies="Salesforce"),
    "business_address": who(),
    "free_address": who(contact__email="dana@gmail.com"),
    "education_address": who(contact__email="dana@college.edu"),
}

ONE_ACT = {
    "newsletter": "newsletter_subscribed", "downloads": "content_downloaded", "blog": "blog_read",
    "surveys": "survey_answered", "videos": "video_watched", "opens": "email_opened",
    "clicks": "email_clicked", "webinar_sign_ups": "webinar_registered", "webinars": "webinar_attended",
    "visits": "site_visited", "product_pages": "product_viewed", "pricing_page": "pricing_viewed",
    "comparisons": "comparison_viewed", "case_studies": "case_study_viewed",
    "buying_guides": "buying_guide_requested", "roi": "roi_calculated", "demos_watched": "demo_watched",
    "talks": "messaged_us", "careers": "careers_viewed", "unsubscribes": "unsubscribed",
    "bounces": "email_bounced", "missed_meetings": "meeting_missed", "asked_demo": "demo_requested",
    "asked_quote": "quote_requested", "asked_sales": "detailed_inquiry", "booked": "meeting_booked",
    "replied": "called_us", "trials": "trial_started", "told_budget": "budget_stated",
    "told_need": "need_named", "told_timeline": "timeline_within_90_days",
    "told_no_budget": "budget_denied", "told_not_now": "not_now_stated",
    "looked_at_prices": "comparison_viewed", "worked_it_out": "roi_calculated", "saw_demo": "demo_watched",
    "said_yes": "intent_confirmed", "said_no": "intent_declined",
    "second_person": "colleague_active", "decider_active": "senior_colleague_active",
}  # fmt: skip
"""The signal that alone gives the rule's points."""

TOGETHER: Mapping[str, list[Signal]] = {
    "five_visits_a_week": visits(1, 2, 3, 4, 5),
    "sustained_interest": [webinar(10), *page("/pricing", 3, 7), *opened(1, 2, 4, 8, 12)],
    "comes_back": page("/pricing", 1, 2, 3, 4, 5),
    "several_campaigns": clicked(1, 5, 9),
    "several_channels": [*visits(1), *clicked(2), webinar(3)],
    "digs_in": [form("Ebook A", 6), form("Ebook B", 9), *page("/product/a", 1, 3, 5)],
    "buyer_material": page("/case-studies/a", 1, 2, 3),
    "prices_after_proof": [*page("/case-studies/a", 5), *page("/pricing", 2)],
    "third_person": [colleague("p1", 3), colleague("p2", 4)],
    "roles_covered": [colleague("p1", 3), colleague("p2", 4, function="finance")],
    "brings_others": [*page("/pricing", 6), joined("p1", 3)],
    "gone_quiet": visits(60),
}

KEPT_OUT: Mapping[str, tuple[Mapping[str, str], list[Signal]]] = {
    "objected": (BUYER, [form("Erase my data")]),
    "employee": (who(contact__email="me@own-company.example"), []),
    "competitor": (who(contact__email="x@rival.example"), []),
    "student": (who(contact__jobtitle="Master's student"), []),
    "analyst": (who(contact__jobtitle="Industry Analyst"), []),
    "job_seeker": (BUYER, [form("Job application")]),
    "vendor": (who(contact__email="x@pitch.example"), []),
    "partner": (who(contact__email="x@partner.example"), []),
    "customer": (who(contact__lifecyclestage="evangelist"), []),
    "role_mailbox": (who(contact__email="info@acme.example"), []),
    "disposable_address": (who(contact__email="x@mailinator.com"), []),
    "opted_out": (who(contact__hs_email_optout="true"), []),
}


def test_every_rule_has_somebody_here() -> None:
    """B-50: a rule added later needs somebody for whom it fires."""
    model = shipped().models[-1]
    assert {rule.id for every in shipped().models for rule in every.fit} == set(FIT)
    named = {rule.id for rule in model.behaviour} | {rule.id for rule in model.patterns}
    assert named == {*ONE_ACT, *TOGETHER}
    assert {item.id for item in shipped().filters} == set(KEPT_OUT)


@pytest.mark.parametrize("rule", sorted(FIT))
def test_every_rule_of_fit_gives_its_points(rule: str) -> None:
    """B-53: as many as the playbook says, to whom it says."""
    verdict = decided(known=FIT[rule]).verdict
    model = next(item for item in shipped().models if item.id == verdict.model)
    points = {item.id: item.points for item in model.fit}
    assert {item.rule: item.points_micro for item in verdict.fit.reasons}[rule] == points[rule] * 1_000_000


@pytest.mark.parametrize("rule", sorted(ONE_ACT))
def test_every_rule_of_behaviour_gives_points_for_its_act(rule: str) -> None:
    """B-50: most of its points a day later, in its own score, with its own sign."""
    model = shipped().models[-1]
    points = {item.id: item.points for item in model.behaviour} | {
        item.id: item.points for item in model.patterns
    }
    found = reasons(decided(SINGLE_ACTS[ONE_ACT[rule]]))
    assert 0.9 <= found[rule] / points[rule] <= 1


@pytest.mark.parametrize("rule", sorted(TOGETHER))
def test_every_pattern_gives_its_points_for_what_it_names(rule: str) -> None:
    """B-54: whole; and nothing without the last of its parts."""
    points = {item.id: item.points for item in shipped().models[-1].patterns}
    assert reasons(decided(*TOGETHER[rule]))[rule] == points[rule]
    assert rule not in reasons(decided(*TOGETHER[rule][:-1]))


@pytest.mark.parametrize("name", sorted(KEPT_OUT))
def test_every_filter_matches_its_own_and_nobody_else(name: str) -> None:
    """B-45: exactly one name for each."""
    known, acts = KEPT_OUT[name]
    found = decided(*acts, known=known).verdict.filters
    assert [item.id for item in found if item.matched] == [name]


def test_groups_never_give_more_than_their_cap() -> None:
    """B-46, B-51: reading, mail, the site and colleagues, each at its fullest."""
    days = [day / 3 for day in range(1, 120)]
    papers = [form(f"Ebook {day}", day) for day in days]
    reads = [*page("/blog/a", *days), *page("/videos/v", *days), form("Newsletter", 1), form("Survey", 1)]
    pages = ("/pricing", "/compare/x", "/case-studies/y")
    everything = {
        "content": [*papers, *reads],
        "email": [*opened(*days), *clicked(*days)],
        "web": [*visits(*days), *[act for path in pages for act in page(path, *days)]],
        "account": [colleague(f"p{n}", n, "vp", ("it", "finance", "sales")[n % 3]) for n in range(1, 20)],
    }
    model = shipped().models[-1]
    assert set(everything) == set(model.group_caps)
    rules = {item.id: item.group for item in model.behaviour} | {
        item.id: item.group for item in model.patterns
    }
    for group, acts in everything.items():
        found = reasons(decided(*acts))
        mine = sum(points for rule, points in found.items() if rules.get(rule.partition(".")[0]) == group)
        assert f"{group}.cap" in found, "the acts were not enough to reach it"
        assert mine + found[f"{group}.cap"] == pytest.approx(model.group_caps[group])


def test_a_reply_in_salesforce_or_hubspot_is_told_apart_from_no_answer() -> None:
    """B-33: how a call ended decides what it is."""
    ended = {
        "connected": True,
        "left voicemail": False,
        "no answer": False,
        "busy": False,
        "wrong number": False,
    }
    for disposition, spoke in ended.items():
        call = fact("hubspot.call", 1, direction="outbound", status="completed", disposition=disposition)
        assert ("talks" in reasons(decided(call))) is spoke
