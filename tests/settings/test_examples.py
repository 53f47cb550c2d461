"""The shipped playbook treats the worked examples of the requirements as they say."""

from __future__ import annotations

import pytest

from syncd.core.model import Shape, Snapshot, Stage
from syncd.core.signals import classify
from syncd.settings.loading import Loaded
from tests.settings.cases import BUYER, Did, decided, form, opened, page, person, webinar, where

S55 = (
    webinar(days_ago=20),
    page("/pricing", 12),
    page("/pricing", 3),
    *[opened(d) for d in (1, 4, 8, 15, 22)],
)
"""A webinar, the pricing page twice, five e-mails opened."""

NOBODY_KNOWN = {"contact.email": "somebody@unheard-of.example"}
PRIVATE = {"contact.email": "somebody@gmail.com"}
EVALUATOR = (
    webinar(days_ago=20), form("Buying guide: Choosing software", 15), page("/case-studies/acme", 9),
    page("/compare/rival", 8), page("/pricing", 6), page("/pricing", 3), form("ROI calculator", 2),
    opened(1), opened(4), opened(8),
)  # fmt: skip

LEARNING = {
    "S47: a single download": [form("Ebook: The planner's handbook")],
    "S18: the newsletter": [form("Newsletter sign-up")],
    "S51: opens and clicks alone": [*[opened(d) for d in range(20)], Did("hubspot.email_click", 2)],
    "S28: the blog, for weeks": [page(f"/blog/{d}", d) for d in range(40)],
    "S45: eight downloads and the blog": [*[form(f"Whitepaper {d}", d) for d in range(8)], page("/blog/x")],
    "S20: five visits in a week, nothing else": [Did("hubspot.visit", d) for d in range(5)],
    "A14.1: the pricing page once": [page("/pricing")],
    "A14.2: watched a demo": [page("/demo/watch")],
    "S19: registered for a webinar": [webinar("registered")],
    "our own call": [Did("hubspot.call", 1, {"direction": "outbound", "status": "completed"})],
    "our own mail": [Did("hubspot.email", 1, {"direction": "outbound", "status": "sent"})],
    "a demo request two years ago": [form("Request a demo", 700)],
}


@pytest.mark.parametrize("acts", LEARNING.values(), ids=LEARNING)
def test_learning_never_qualifies_even_the_best_fit(shipped: Loaded, acts: list[Did]) -> None:
    """S46 to S48, S54: no weak action, and no amount of one kind of it, makes an MQL of anybody."""
    assert where(person(*acts, known=BUYER), shipped.playbook) == "lead"


def test_sustained_interest_makes_an_mql(shipped: Loaded) -> None:
    """S55: webinar, two pricing visits and five opens, against one download."""
    decision = decided(person(*S55), shipped.playbook)
    assert decision.standing.position.stage is Stage.MQL
    assert "sustained_interest" in {reason.rule for reason in decision.verdict.engagement.reasons}


def test_sustained_interest_makes_an_mql_while_the_company_is_unknown(shipped: Loaded) -> None:
    """Missing data counts as unknown, not as a failed ICP."""
    decision = decided(person(*S55, known=NOBODY_KNOWN), shipped.playbook)
    assert (decision.standing.position.stage, decision.verdict.icp) == (Stage.MQL, "unknown")


def test_a_trial_makes_an_mql_and_not_an_sql(shipped: Loaded) -> None:
    """S26, A14.2: a trial promotes to MQL; it is not a demo request."""
    assert where(person(form("Start free trial")), shipped.playbook) == "mql:engaged"


HANDS = {
    "S29: requests a demo": form("Request a demo"),
    "S30: asks for a quote": form("Get a quote"),
    "S33: contacts sales": form("Contact sales"),
    "S31: replies to our mail": Did("hubspot.email", 1, {"direction": "inbound", "status": "sent"}),
    "S31: replies to a mailing": Did("hubspot.email_reply", 1, {"campaign": "Autumn"}),
    "S61: books a meeting": Did("hubspot.meeting_booked", 1),
    "S33: calls us": Did("hubspot.call", 1, {"direction": "inbound", "status": "completed"}),
}


@pytest.mark.parametrize("act", HANDS.values(), ids=HANDS)
@pytest.mark.parametrize("known", [BUYER, NOBODY_KNOWN], ids=["fits", "unknown company"])
def test_one_decisive_action_hands_over(shipped: Loaded, act: Did, known: dict[str, str]) -> None:
    """S10, S59: from a fitting or unknown company, straight to SQL."""
    decision = decided(person(act, known=known), shipped.playbook)
    assert decision.standing.position.stage is Stage.SQL
    assert decision.verdict.decisive


KEPT_OUT = {
    "student": person(form("Request a demo"), jobtitle="Master's student"),
    "student, school address": person(form("Request a demo"), known={"contact.email": "x@lakeshore.edu"}),
    "competitor": person(form("Request a demo"), email="eve@rival.example"),
    "competitor, sub-domain": person(form("Request a demo"), email="eve@eu.rival.example"),
    "employee": person(form("Request a demo"), email="me@own-company.example"),
    "disposable_address": person(form("Request a demo"), email="x@mailinator.com"),
    "partner": person(form("Request a demo"), email="x@partner.example"),
    "analyst": person(form("Request a demo"), email="x@gartner.com"),
    "analyst, by title": person(form("Request a demo"), jobtitle="Senior Industry Analyst"),
    "customer": person(form("Request a demo"), lifecyclestage="customer"),
    "role_mailbox": person(form("Request a demo"), email="info@acme.example"),
    "job_seeker": person(form("Job application"), form("Request a demo", 2)),
    "vendor": person(form("Request a demo"), known=BUYER | {"company.type": "VENDOR"}),
    "partner, by type": person(form("Request a demo"), known=BUYER | {"company.type": "RESELLER"}),
}


@pytest.mark.parametrize(("reason", "snapshot"), KEPT_OUT.items(), ids=KEPT_OUT)
def test_a_filter_wins_over_a_demo_request(shipped: Loaded, reason: str, snapshot: Snapshot) -> None:
    """S45, S59: each is kept from sales, by name."""
    decision = decided(snapshot, shipped.playbook)
    assert decision.standing.position.stage is not Stage.SQL
    assert decision.verdict.blocked_by == reason.partition(",")[0]
    assert decision.verdict.decisive == "demo_requested"


def test_a_failed_icp_wins_over_a_demo_request(shipped: Loaded) -> None:
    """A14.4: never past a failed ICP gate; such a person is nurtured."""
    for known in ({"company.numberofemployees": "4"}, {"company.industry": "GAMBLING_CASINOS"}):
        decision = decided(person(form("Request a demo"), known=BUYER | known), shipped.playbook)
        assert (decision.verdict.icp, decision.verdict.blocked_by) == ("missing", "icp")
        assert decision.standing.position.stage is Stage.MQL


def test_opting_out_of_marketing_does_not_stop_a_request(shipped: Loaded) -> None:
    """Who unsubscribed and then asks for a demo wants an answer."""
    decision = decided(person(form("Request a demo"), hs_email_optout="true"), shipped.playbook)
    assert decision.standing.position.stage is Stage.SQL
    assert [found.id for found in decision.verdict.filters if found.matched] == ["opted_out"]


def test_a_manager_at_a_school_is_no_student(shipped: Loaded) -> None:
    known = {"contact.email": "dean@lakeshore.edu", "contact.jobtitle": "Director of IT"}
    assert where(person(form("Request a demo"), known=known), shipped.playbook) == "sql"


def test_one_look_at_the_careers_page_is_curiosity(shipped: Loaded) -> None:
    """A buyer may look at who works here; three looks and nothing else is a job hunt."""
    curious = decided(person(page("/careers")), shipped.playbook)
    hunting = decided(person(*[page("/careers", d) for d in (1, 3, 5)]), shipped.playbook)
    assert not any(found.matched for found in curious.verdict.filters)
    assert [found.id for found in hunting.verdict.filters if found.matched] == ["job_seeker"]


def test_a_private_address_needs_a_company_to_be_handed_over(shipped: Loaded) -> None:
    """Without one nobody knows whom to call; the hand-raiser is an MQL and not lost."""
    unnamed = decided(person(form("Request a demo"), known=PRIVATE), shipped.playbook)
    named = person(form("Request a demo"), known=PRIVATE, company="Acme")
    assert unnamed.verdict.blocked_by == "known_company"
    assert unnamed.standing.position.stage is Stage.MQL
    assert where(named, shipped.playbook) == "sql"


def test_an_automatic_answer_is_no_reply(shipped: Loaded) -> None:
    """Out-of-office mail comes in by the thousand after each mailing."""
    away = Did("hubspot.email", 1, {"direction": "inbound", "status": "sent", "automatic": "true"})
    assert where(person(away), shipped.playbook) == "lead"


def test_an_evaluation_adds_up_to_an_sql_without_any_request(shipped: Loaded) -> None:
    """S43, S44: repeated use of buyers' material, prices and proof, on a fitting lead."""
    decision = decided(person(*EVALUATOR), shipped.playbook)
    assert decision.standing.position.stage is Stage.SQL
    assert decision.verdict.decisive == ""
    assert str(Stage.NEAR_SQL) in {str(step.target.stage) for step in decision.transitions}


def test_the_same_evaluation_by_a_poor_fit_stays_with_marketing(shipped: Loaded) -> None:
    """S27: thresholds are set against the ICP."""
    known = {**NOBODY_KNOWN, "contact.jobtitle": "Marketing Assistant"}
    assert decided(person(*EVALUATOR, known=known), shipped.playbook).standing.position.stage is not Stage.SQL


def test_near_sql_is_one_criterion_short_and_says_which(shipped: Loaded) -> None:
    """S14: most but not all criteria met."""
    acts = [
        form("Start free trial", 2),
        page("/compare/rival", 2),
        page("/pricing", 1),
        form("ROI calculator", 1),
    ]
    decision = decided(person(*acts, webinar(days_ago=9)), shipped.playbook)
    assert decision.standing.position.stage is Stage.NEAR_SQL
    assert len(decision.verdict.missing) == 1


def test_several_downloads_count_more_than_one(shipped: Loaded) -> None:
    """S17, within a cap: content alone has its limit."""
    points = [
        decided(
            person(*[form(f"Ebook {d}", d) for d in range(count)]), shipped.playbook
        ).verdict.engagement.points
        for count in (1, 2, 3, 20)
    ]
    assert points[0] < points[1] < points[2] <= points[3] <= 18


def test_interest_fades(shipped: Loaded) -> None:
    """A pattern of last winter is worth nothing by autumn."""
    old = [Did(act.source, act.days_ago + 90, act.attributes, act.count) for act in S55]
    assert where(person(*old), shipped.playbook) == "lead"


@pytest.mark.parametrize(
    ("field", "value", "kind", "expected"),
    [
        ("budget", "Approved", "budget_confirmed", True),
        ("budget", "Not approved", "budget_confirmed", False),
        ("budget", "25k", "budget_stated", True),
        ("budget", "Don't know", "budget_stated", False),
        ("budget", "Not yet planned", "budget_stated", False),
        ("role_in_purchase", "Decision maker", "decision_maker_stated", True),
        ("role_in_purchase", "I am not the decision maker", "decision_maker_stated", False),
        ("role_in_purchase", "Influencer", "decision_maker_stated", False),
        ("project_timeline", "Within 30 days", "timeline_within_90_days", True),
        ("project_timeline", "1-3 months", "timeline_within_90_days", True),
        ("project_timeline", "This quarter", "timeline_within_90_days", True),
        ("project_timeline", "3-6 months", "timeline_within_90_days", False),
        ("project_timeline", "More than 6 months", "timeline_within_90_days", False),
        ("project_timeline", "Just looking", "timeline_within_90_days", False),
        ("project_timeline", "Not before 3 months", "timeline_within_90_days", False),
        ("main_challenge", "Too much inventory", "need_named", True),
        ("main_challenge", "n/a", "need_named", False),
    ],
)
def test_answers_on_forms_are_evidence(
    shipped: Loaded, field: str, value: str, kind: str, expected: bool
) -> None:
    """S36 to S41: what was filled in confirms a letter of BANT, and only what says so."""
    shape = Shape("hubspot.form_submission", {"form": "Contact sales", f"field.{field}": value})
    assert (kind in classify(shape, shipped.playbook)) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Request a demo", {"demo_requested"}),
        ("Book your demo (DE)", {"demo_requested"}),
        ("Request the demo recording", {"demo_watched"}),
        ("Cancel my demo: get it later", set()),
        ("Contact us", {"sales_contacted"}),
        ("Contact sales", {"sales_contacted"}),
        ("Contact us: support", set()),
        ("Get a quote", {"quote_requested"}),
        ("Quote of the day", set()),
        ("Start free trial", {"trial_started"}),
        ("ROI calculator", {"roi_calculated", "sales_material_used"}),
        ("Meetup Detroit", set()),
        ("Unsubscribe", set()),
        ("Newsletter sign-up", {"newsletter_subscribed"}),
        ("Report a bug", set()),
        ("Ebook: From spreadsheet to system", {"content_downloaded"}),
        ("Whitepaper: The state of planning 2026", {"content_downloaded"}),
        ("Buying guide: Choosing planning software", {"buying_guide_requested", "sales_material_used"}),
        ("Buyer's guide to implementation partners", {"buying_guide_requested", "sales_material_used"}),
        ("Webinar: Planning with finance", {"webinar_registered"}),
        ("Survey: Planning maturity", {"survey_answered"}),
        ("Job application", {"job_applied"}),
    ],
)
def test_forms_are_read_by_their_names(shipped: Loaded, name: str, expected: set[str]) -> None:
    """The names marketing gives forms, and some that only look like them."""
    shape = Shape("hubspot.form_submission", {"form": name})
    assert set(classify(shape, shipped.playbook)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", set()),
        ("/pricing", {"pricing_viewed", "key_page_viewed"}),
        ("/de/preise", {"pricing_viewed"}),
        ("/compare/rival", {"comparison_viewed", "key_page_viewed", "sales_material_used"}),
        ("/product/forecasting", {"product_viewed", "key_page_viewed"}),
        ("/case-studies/acme", {"case_study_viewed", "key_page_viewed", "sales_material_used"}),
        ("/demo/watch", {"demo_watched", "key_page_viewed"}),
        ("/demo", set()),
        ("/roi-calculator", {"roi_calculated", "key_page_viewed", "sales_material_used"}),
        ("/blog/why-forecasts-fail", {"blog_read"}),
        ("/careers", {"careers_viewed"}),
        ("/docs", set()),
    ],
)
def test_pages_are_read_by_their_addresses(shipped: Loaded, path: str, expected: set[str]) -> None:
    """S20 to S22, S43, S44: which page says what."""
    shape = Shape("hubspot.page_view", {"url": f"www.vendor.example{path}"})
    assert set(classify(shape, shipped.playbook)) == expected


def test_watching_trying_and_asking_are_three_signals(shipped: Loaded) -> None:
    """A14.2."""
    kinds = {"demo_watched", "trial_started", "demo_requested"}
    forms = ("Watch the recorded demo", "Start free trial", "Request a demo")
    found = [
        set(classify(Shape("hubspot.form_submission", {"form": name}), shipped.playbook)) & kinds
        for name in forms
    ]
    assert found == [{"demo_watched"}, {"trial_started"}, {"demo_requested"}]
