"""Who is kept out (docs/behaviour.md, B-45 to B-49): by name, on evidence, and never in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.decide import decide
from syncd.core.model import Stage, System, Waiver
from tests.definition.people import (
    BUYER,
    MISFIT,
    NOW,
    Story,
    at_or_above_mql,
    decided,
    demo_request,
    form,
    matched,
    page,
    person,
    reasons,
    s55,
    shipped,
    visits,
    where,
)

OUTCOMES: Mapping[str, tuple[Mapping[str, str], str, str]] = {
    "student": ({"contact.email": "kim@college.edu", "contact.jobtitle": "Student"}, "student", "block"),
    "rival": ({**BUYER, "contact.email": "spy@rival.example"}, "competitor", "block"),
    "analyst": ({**BUYER, "contact.email": "a@gartner.com"}, "analyst", "divert"),
    "partner": ({**BUYER, "company.type": "RESELLER"}, "partner", "divert"),
    "customer": ({**BUYER, "contact.lifecyclestage": "customer"}, "customer", "divert"),
    "vendor": ({**BUYER, "company.type": "VENDOR"}, "vendor", "block"),
    "employee": ({**BUYER, "contact.email": "me@own-company.example"}, "employee", "block"),
    "shared mailbox": ({**BUYER, "contact.email": "info@acme.example"}, "role_mailbox", "hold"),
    "throw-away address": ({**BUYER, "contact.email": "x@mailinator.com"}, "disposable_address", "block"),
}


@pytest.mark.parametrize("who", sorted(OUTCOMES))
def test_filters_win_over_a_demo_request_and_say_why(who: str) -> None:
    """B-45, B-59: named, with evidence and what follows."""
    known, name, outcome = OUTCOMES[who]
    found = decided(demo_request(), known=known)
    (hit,) = (item for item in found.verdict.filters if item.matched)
    assert (hit.id, hit.outcome, found.verdict.blocked_by) == (name, outcome, name)
    assert hit.evidence
    assert found.verdict.decisive == "demo_requested", "the request itself is not forgotten"
    assert not [item for item in found.intents if item.kind == "handoff"]


def test_who_should_answer_instead_is_named() -> None:
    """B-45: analysts, job seekers, partners and customers have somebody."""
    diverted = {item.id: item.divert_to for item in shipped().filters if item.outcome == "divert"}
    assert set(diverted) == {"analyst", "job_seeker", "partner", "customer"}
    assert all(diverted.values())


def test_a_filter_can_be_set_aside_for_one_person_and_for_a_time() -> None:
    """B-45: with who and why; at its end the filter stands again."""
    known, name, _outcome = OUTCOMES["analyst"]
    allowed = Waiver(name, "Kim", "buys for her own firm", NOW - timedelta(days=1), NOW + timedelta(days=7))
    waived = replace(person(demo_request(), known=known), waivers=(allowed,))
    during, after = (decide(waived, shipped(), NOW + timedelta(days=days)) for days in (0, 8))
    assert during.standing.position.stage is Stage.SQL
    assert during.due_at is not None
    assert after.verdict.blocked_by == name


def test_an_objection_cannot_be_set_aside() -> None:
    """B-124: by nobody."""
    objected = person(form("Do not contact me", 5), demo_request())
    waived = replace(objected, waivers=(Waiver("objected", "Kim", "is a friend", NOW - timedelta(days=1)),))
    assert decide(waived, shipped(), NOW).verdict.blocked_by == "objected"


def test_content_alone_makes_no_mql_however_much_of_it() -> None:
    """B-46: a year of newsletters, posts, papers, videos and surveys."""
    reads = [form("Newsletter", 300), *page("/blog/x", *range(1, 60)), *page("/videos/y", *range(1, 30))]
    reads += [form(f"Ebook {number}", number) for number in range(40)] + [
        form("Survey", 2),
        form("Survey", 9),
    ]
    found = decided(*reads)
    assert str(found.standing.position) == "lead"
    assert found.verdict.engagement.points <= 24


def test_one_download_is_a_fifth_of_the_way() -> None:
    """B-47: six points of thirty."""
    found = decided(form("Ebook: Forecasting", 0))
    assert found.verdict.engagement.points == 6
    assert str(found.standing.position) == "lead"
    assert "student" in matched(decided(form("Ebook", 0), known={"contact.email": "sam@college.edu"}))


def test_an_inquiry_we_cannot_serve_does_not_go_to_sales() -> None:
    """B-48: outside the ICP, or nobody to call: each named."""
    unfit = decided(demo_request(), known=MISFIT)
    nameless = decided(demo_request(), known={"contact.email": "someone@gmail.com"})
    assert (unfit.verdict.blocked_by, nameless.verdict.blocked_by) == ("icp", "known_company")
    for found in (unfit, nameless):
        assert not [item for item in found.intents if item.system is System.SALESFORCE]


def test_what_they_do_next_tells_buyers_from_others() -> None:
    """B-49: careers pages, buyers' pages, silence."""
    hunting = decided(*page("/careers/engineer", 1, 2, 3))
    curious = decided(*page("/careers/engineer", 1, 2, 3), *page("/pricing", 2))
    assert (matched(hunting), matched(curious)) == ({"job_seeker"}, set())
    active, silent = decided(*visits(44)), decided(*visits(46))
    assert "gone_quiet" not in reasons(active)
    assert reasons(silent)["gone_quiet"] < 0


def test_interest_fades_in_silence() -> None:
    """B-49, B-52: a quarter without a sign and the MQL is a lead again."""
    story = Story(*s55())
    assert at_or_above_mql(story.until(NOW))
    later = story.until(NOW + timedelta(days=90))
    assert later.standing.position.stage is Stage.LEAD


def test_a_manager_at_a_school_is_a_buyer() -> None:
    """B-45: evidence, not suspicion; what is not known never matches."""
    dean = {"contact.email": "dean@college.edu", "contact.jobtitle": "Director of IT"}
    assert where(demo_request(), known=dean) == "sql"
    assert matched(decided(known={"contact.email": "x@unheard-of.example"})) == set()
