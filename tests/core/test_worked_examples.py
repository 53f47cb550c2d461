"""The worked examples of the requirements, against the playbook the product ships.

Each person is one sentence of S17 to S49 or S55, and stands after it where both teams would say they belong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from syncd.core.decide import decide
from syncd.core.model import Decision, Signal, Stage
from tests.core.builders import (
    FITTING,
    at,
    attended,
    default_playbook,
    demo_request,
    form,
    opened,
    page,
    person,
    signal,
)

MQL_UP = (Stage.MQL, Stage.NEAR_SQL, Stage.SQL)


def standing_of(*signals: Signal, fields: Mapping[str, str] | None = None) -> Decision:
    return decide(person(*signals, fields=fields, created=at(-60)), default_playbook(), at())


def stage_of(*signals: Signal, fields: Mapping[str, str] | None = None) -> Stage:
    return standing_of(*signals, fields=fields).standing.position.stage


def visits(number: int, days: float) -> list[Signal]:
    return [replace(signal("hubspot.visit", at(-days * part / number)), count=1) for part in range(number)]


def pages(path: str, *days: float) -> list[Signal]:
    return [page(path, at(-day)) for day in days]


def opens(number: int) -> list[Signal]:
    return [opened(at(-3 * day - 1), f"Campaign {day}") for day in range(number)]


WEBINAR = attended(at(-10))
ASKS = {
    "S29 requests a demo": demo_request(at(-1)),
    "S30 asks for a quote": form("Get a quote", at(-1)),
    "S31 replies to an outbound message": signal("hubspot.email_reply", at(-1)),
    "S33 reaches out directly": form("Contact sales", at(-1)),
    "S33 talks to sales staff": signal(
        "hubspot.call", at(-1), {"direction": "inbound", "status": "completed"}
    ),
    "S34 completes a high-intent form": form("Talk to an expert", at(-1), main_challenge="Slow hand-offs"),
    "S35 wants one-to-one time": signal("hubspot.meeting_booked", at(-1)),
}


# --- one weak act never qualifies ------------------------------------------------------------------------

WEAK = {
    "S17 downloads one e-book": form("Ebook: Lead scoring", at(-1)),
    "S18 subscribes to the newsletter": form("Newsletter", at(-1)),
    "S19 attends one webinar": attended(at(-1)),
    "S20 visits once": signal("hubspot.visit", at(-1)),
    "S22 views the pricing page once": page("/pricing", at(-1)),
    "S23 opens one e-mail": opened(at(-1)),
    "S24 watches a video": page("/videos/intro", at(-1)),
    "S24 answers a survey": form("Survey 2026", at(-1)),
    "S28 reads the blog": page("/blog/post", at(-1)),
    "S47 a single download may be a school project": form("Whitepaper", at(-1)),
    "A14 watches a demo": page("/demo/watch", at(-1)),
}


@pytest.mark.parametrize("example", sorted(WEAK))
def test_no_single_weak_act_qualifies(example: str) -> None:
    """S54: never on one weak action, however well the person fits."""
    assert stage_of(WEAK[example]) is Stage.LEAD


@pytest.mark.parametrize("example", sorted(WEAK))
def test_every_interest_counts_for_something(example: str) -> None:
    """S52: what was done is in the score, with its reason."""
    found = standing_of(WEAK[example]).verdict
    assert found.engagement.points_micro > 0
    assert found.engagement.reasons


# --- several acts make an MQL ----------------------------------------------------------------------------

SUSTAINED = {
    "S17 several pieces count more than one": [
        *(form(f"Ebook {number}", at(-number)) for number in range(1, 4)),
        attended(at(-2)),
        form("Buying guide", at(-1)),
    ],
    "S20 five visits in a week, S21 key pages several times": [
        *visits(5, 6),
        *pages("/product/a", 1, 2, 3),
        *pages("/pricing", 1, 3),
    ],
    "S22 pricing and comparison material": [*pages("/pricing", 1, 3, 5), *pages("/compare/rival", 2, 4)],
    "S23 several campaigns, with a webinar and prices": [
        *opens(6),
        *(signal("hubspot.email_click", at(-day), {"campaign": f"C{day}"}) for day in (1, 2, 4, 8)),
        attended(at(-5)),
        *pages("/pricing", 2),
        *pages("/product/a", 2, 4),
    ],
    "S26 a free trial": [form("Start free trial", at(-1))],
    "S43 returns to the product, several downloads": [
        *pages("/product/a", 1, 2, 3, 4, 5),
        form("Ebook A", at(-6)),
        form("Whitepaper B", at(-4)),
        *visits(5, 6),
    ],
    "S44 material made for buyers": [
        *pages("/case-studies/acme", 1, 6),
        form("ROI calculator", at(-3)),
        *pages("/compare/rival", 2),
    ],
    "S55 webinar, pricing twice, five opens": [WEBINAR, *pages("/pricing", 3, 7), *opens(5)],
}


@pytest.mark.parametrize("example", sorted(SUSTAINED))
def test_sustained_interest_of_a_fitting_person_makes_an_mql(example: str) -> None:
    """A pattern, not an isolated click; and without asking for it, nobody is handed over."""
    assert stage_of(*SUSTAINED[example]) in (Stage.MQL, Stage.NEAR_SQL)


def test_s55_sustained_interest_outweighs_one_download() -> None:
    """The worked example: the pattern is a reason of its own, the single download stays a lead."""
    found = standing_of(*SUSTAINED["S55 webinar, pricing twice, five opens"]).verdict
    assert "sustained_interest" in {item.rule for item in found.engagement.reasons}
    assert stage_of(form("Ebook", at(-1))) is Stage.LEAD


def test_s55_without_one_of_its_parts_is_no_pattern() -> None:
    """One pricing visit short."""
    found = standing_of(WEBINAR, *pages("/pricing", 3), *opens(5)).verdict
    assert "sustained_interest" not in {item.rule for item in found.engagement.reasons}


def test_s25_s27_the_same_acts_of_somebody_who_does_not_fit_make_no_mql() -> None:
    """Thresholds stand against the ICP."""
    tiny = {"contact.email": "x@gmail.com", "contact.jobtitle": "Clerk", "company.numberofemployees": "3"}
    assert stage_of(*SUSTAINED["S22 pricing and comparison material"], fields=tiny) is Stage.LEAD


def test_s1_interest_fades() -> None:
    """A quarter without a sign and the MQL is a lead again."""
    signals = SUSTAINED["S22 pricing and comparison material"]
    snapshot = person(*signals, created=at(-60))
    assert decide(snapshot, default_playbook(), at(90)).standing.position.stage is Stage.LEAD


# --- what makes an SQL -----------------------------------------------------------------------------------


@pytest.mark.parametrize("example", sorted(ASKS))
def test_one_decisive_action_of_a_fitting_person_makes_an_sql(example: str) -> None:
    """S59: a threshold or one specific decisive action; S10: without ever having been an MQL."""
    found = standing_of(ASKS[example])
    assert [str(item.target) for item in found.transitions] == ["lead", "sql"]
    assert found.transitions[-1].cause == "decisive_action"
    assert found.verdict.decisive == found.transitions[-1].code != ""


def test_an_unknown_icp_is_not_a_failed_one() -> None:
    """A business address and nothing else known: sales hears of the demo request."""
    found = standing_of(demo_request(at(-1)), fields={"contact.email": "x@somewhere.example"})
    assert found.verdict.icp == "unknown"
    assert found.standing.position.stage is Stage.SQL


def test_a_failed_icp_stops_a_decisive_action_and_says_so() -> None:
    """Three people in gambling: a demo request that goes nowhere, named."""
    fields = {**FITTING, "company.numberofemployees": "3", "company.industry": "GAMBLING_CASINOS"}
    found = standing_of(demo_request(at(-1)), fields=fields)
    assert found.standing.position.stage is not Stage.SQL
    assert (found.verdict.icp, found.verdict.blocked_by) == ("missing", "icp")


def test_a_private_address_without_a_company_is_asked_for_more_and_named() -> None:
    """Nobody knows whom to call: not handed over, but on the list with its reason."""
    found = standing_of(demo_request(at(-1)), fields={"contact.email": "someone@gmail.com"})
    assert found.standing.position.stage is not Stage.SQL
    assert found.verdict.blocked_by == "known_company"


def test_s36_s37_s41_budget_need_and_timeline_are_evidence_per_letter() -> None:
    """From form fields: confirmed, inferred, unknown."""
    told = form(
        "Buying guide",
        at(-1),
        budget="Approved for this year",
        project_timeline="Within 3 months",
        main_challenge="Leads get lost",
    )
    found = standing_of(told).verdict
    letters = {item.id.removeprefix("bant."): item for item in found.criteria if item.id.startswith("bant.")}
    assert {name: item.state for name, item in letters.items()} == {
        "budget": "met",
        "authority": "met",
        "need": "met",
        "timeline": "met",
    }
    assert letters["budget"].at == at(-1)


def test_s41_a_timeline_ages_out_after_90_days() -> None:
    """Within 90 days, said 91 days ago, is unknown again."""
    told = form("Buying guide", at(-91), project_timeline="Within 3 months")
    letters = {item.id: item.state for item in standing_of(told).verdict.criteria}
    assert letters["bant.timeline"] == "unknown"


def test_s14_near_sql_names_what_is_missing() -> None:
    """Most but not all SQL criteria: sales sees who is coming, marketing what is missing."""
    signals = [
        WEBINAR,
        *pages("/pricing", 1, 3, 7),
        *pages("/compare/rival", 1, 4),
        *opens(5),
        attended(at(-3)),
    ]
    found = standing_of(*signals)
    assert found.standing.position.stage is Stage.NEAR_SQL
    assert found.verdict.missing
    assert set(found.verdict.missing) <= {item.id for item in found.verdict.criteria if item.state != "met"}
    assert found.verdict.blocked_by == ""


def test_sql_by_score_and_criteria_without_any_single_decisive_act() -> None:
    """S59's other half: engagement, intent, fit and buyer facts together."""
    signals = [
        *pages("/pricing", 1, 2, 4),
        *pages("/compare/rival", 1, 3),
        *pages("/case-studies/acme", 2, 5),
        form("ROI calculator", at(-2)),
        form("Start free trial", at(-1)),
        attended(at(-4)),
        attended(at(-6), "Second"),
    ]
    found = standing_of(*signals)
    assert [str(item.target) for item in found.transitions][-1] == "sql"
    assert found.transitions[-1].cause == "threshold"
    assert found.transitions[-1].evidence


# --- who must be kept out --------------------------------------------------------------------------------

KEPT_OUT = {
    "S45 a student writing a paper": (
        {"contact.email": "kim@college.edu", "contact.jobtitle": "Student"},
        "student",
        Stage.DISQUALIFIED,
    ),
    "S45 a rival doing research": (
        {**FITTING, "contact.email": "spy@rival.example"},
        "competitor",
        Stage.DISQUALIFIED,
    ),
    "S45 an analyst studying the market": (
        {**FITTING, "contact.email": "a@gartner.com", "contact.jobtitle": "Industry Analyst"},
        "analyst",
        None,
    ),
    "S46 a partner": ({**FITTING, "company.type": "PARTNER"}, "partner", None),
    "S48 an existing customer": ({**FITTING, "contact.lifecyclestage": "customer"}, "customer", None),
    "a shared mailbox": ({**FITTING, "contact.email": "info@acme.example"}, "role_mailbox", None),
}


@pytest.mark.parametrize("example", sorted(KEPT_OUT))
def test_a_filter_wins_over_a_demo_request_and_is_named(example: str) -> None:
    """Never past a filter; what stopped a hand-raiser is on record."""
    fields, name, stage = KEPT_OUT[example]
    found = standing_of(demo_request(at(-1)), fields=fields)
    assert found.standing.position.stage is not Stage.SQL
    assert not any(move.target.stage is Stage.SQL for move in found.transitions)
    assert [item.id for item in found.verdict.filters if item.matched] == [name]
    assert found.verdict.blocked_by == name
    if stage is not None:
        assert (found.standing.position.stage, found.standing.reason) == (stage, name)


def test_a_job_hunt_shows_in_behaviour() -> None:
    """Careers pages and nothing a buyer would do; a demo request says otherwise."""
    hunting = pages("/careers/engineer", 1, 2, 3)
    matched = {item.id for item in standing_of(*hunting).verdict.filters if item.matched}
    assert matched == {"job_seeker"}
    assert stage_of(*hunting, demo_request(at(-1))) is Stage.SQL


def test_s46_an_opted_out_person_may_still_ask_for_sales() -> None:
    """Opt-out stops nurture, not the answer to the person's own request."""
    fields = {**FITTING, "contact.hs_email_optout": "true"}
    found = standing_of(demo_request(at(-1)), fields=fields)
    assert found.standing.position.stage is Stage.SQL
    assert [item.id for item in found.verdict.filters if item.matched] == ["opted_out"]


def test_a_filter_that_no_longer_matches_lets_the_lead_back() -> None:
    """The title was corrected: judged anew, and the demo request counts."""
    fields = {**FITTING, "contact.jobtitle": "Student"}
    snapshot = person(demo_request(at(-1)), fields=fields, created=at(-60))
    first = decide(snapshot, default_playbook(), at())
    assert first.standing.position.stage is Stage.DISQUALIFIED
    mended = replace(
        snapshot, fields=FITTING, standing=first.standing, evaluated_at=at(), history=first.transitions
    )
    again = decide(mended, default_playbook(), at(0, 1))
    assert [str(move.target) for move in again.transitions] == ["lead", "sql"]


def test_a14_watching_starting_and_requesting_are_three_signals() -> None:
    """Watched a demo: interest. Started a trial: MQL. Requested a demo: SQL."""
    found = [
        stage_of(page("/demo/watch", at(-1))),
        stage_of(form("Start free trial", at(-1))),
        stage_of(demo_request(at(-1))),
    ]
    assert found == [Stage.LEAD, Stage.MQL, Stage.SQL]


def test_every_decision_has_a_headline_of_one_line() -> None:
    """For people, with the playbook's own words."""
    for signals in SUSTAINED.values():
        line = standing_of(*signals).headline
        assert "\n" not in line
        assert line.startswith(("MQL", "Near-SQL"))
    blocked = standing_of(demo_request(at(-1)), fields=KEPT_OUT["S46 a partner"][0]).headline
    assert "not to sales: Partner" in blocked
