"""Signals and criteria that make an SQL (docs/behaviour.md, B-29 to B-44)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.core.model import Criterion, Signal
from tests.definition.edited import edited
from tests.definition.people import (
    BUYER,
    NOW,
    Story,
    colleague,
    decided,
    demo_request,
    fact,
    form,
    joined,
    letters,
    page,
    reasons,
    where,
)

ALONE: Mapping[str, str] = {**BUYER, "contact.jobtitle": "Logistics Specialist"}
"""Somebody whose title confers no authority."""


def letter(name: str, *signals: Signal) -> Criterion:
    found = decided(*signals, known=ALONE).verdict.criteria
    return next(item for item in found if item.id == f"bant.{name}")


def test_requesting_watching_and_trying_are_three_things() -> None:
    """B-29: SQL, lead, MQL."""
    acts = (demo_request(), page("/demo/watch", 1)[0], form("Start free trial"))
    assert [where(act) for act in acts] == ["sql", "lead", "mql:engaged"]
    assert where(form("Watch the recorded demo")) == "lead"


@pytest.mark.parametrize("name", ["Get a quote", "Request pricing", "Pricing inquiry", "Angebot anfordern"])
def test_asking_for_a_price_makes_an_sql(name: str) -> None:
    """B-30: in the words forms use."""
    assert where(form(name)) == "sql"


def test_an_answer_makes_an_sql_and_an_automatic_one_does_not() -> None:
    """B-31: a person wrote, or a machine did."""
    assert where(fact("hubspot.email", 1, direction="inbound", status="sent")) == "sql"
    assert where(fact("hubspot.email", 1, direction="inbound", automatic="true")) == "lead"
    assert where(fact("hubspot.email", 1, direction="outbound", status="sent")) == "lead"


def test_colleagues_lift_somebody_who_moves_and_nobody_who_does_not() -> None:
    """B-32: the second and the third person count, and two functions more than one."""
    looks = page("/pricing", 2, 6)
    alone, second = decided(*looks), decided(*looks, colleague("p1", 3))
    third = decided(*looks, colleague("p1", 3), colleague("p2", 4))
    mixed = decided(*looks, colleague("p1", 3), colleague("p2", 4, function="finance"))
    points = [item.verdict.engagement.points for item in (alone, second, third, mixed)]
    assert points == sorted(set(points))
    crowd = [colleague(f"p{n}", n / 2, "vp", ("it", "finance", "sales")[n % 3]) for n in range(1, 30)]
    assert where(*crowd) == "lead"


def test_the_same_colleague_on_many_days_is_one_colleague() -> None:
    """B-32: people are counted, not acts."""
    busy = decided(*[colleague("p1", day) for day in range(1, 9)])
    assert "second_person" in reasons(busy)
    assert "third_person" not in reasons(busy)


def test_somebody_new_after_a_comparison_is_a_sign_of_readiness() -> None:
    """B-32: in this order; who was there before they compared was not brought."""
    after = decided(*page("/pricing", 6), joined("p1", 3))
    before = decided(*page("/pricing", 3), joined("p1", 6))
    assert reasons(after)["brings_others"] > 0
    assert "brings_others" not in reasons(before)


def test_contacting_sales_makes_an_sql_and_a_talk_is_a_conversation() -> None:
    """B-33: they came to us; or we spoke, which counts and does not qualify."""
    assert where(form("Contact sales")) == "sql"
    assert where(fact("hubspot.call", 1, direction="inbound", status="completed")) == "sql"
    spoke = decided(
        fact("hubspot.call", 1, direction="outbound", status="completed", disposition="connected")
    )
    voicemail = decided(
        fact("hubspot.call", 1, direction="outbound", status="completed", disposition="left voicemail")
    )
    assert reasons(spoke)["talks"] > 0
    assert "talks" not in reasons(voicemail)
    assert str(spoke.standing.position) == "lead"


def test_a_detailed_inquiry_makes_an_sql_and_a_bare_one_does_not() -> None:
    """B-34: the same form, with and without what for and when."""
    told = form("Get in touch", main_challenge="Month end takes long", project_timeline="This quarter")
    assert where(told) == "sql"
    assert where(form("Get in touch")) == "lead"
    assert where(form("Get in touch", main_challenge="Slow", project_timeline="Just looking")) == "lead"


def test_booking_time_with_a_person_makes_an_sql() -> None:
    """B-35: by the booking, at the time of the booking."""
    found = decided(fact("hubspot.meeting_booked", 2))
    assert found.verdict.decisive == "meeting_booked"
    assert found.transitions[-1].effective_at == NOW - timedelta(days=2)


def test_return_budget_and_date_raise_intent() -> None:
    """B-36: each by a reason of its own."""
    told = form("ROI calculator", budget="25k", project_timeline="Within 3 months")
    found = reasons(decided(told))
    assert {"worked_it_out", "told_budget", "told_timeline"} <= found.keys()
    assert letters(decided(told, known=ALONE))["timeline"] == "confirmed"


def test_each_letter_is_confirmed_inferred_or_unknown() -> None:
    """B-37: all three at once."""
    found = letters(decided(form("Get a quote", main_challenge="Stock-outs"), known=ALONE))
    assert found == {
        "budget": "inferred",
        "authority": "unknown",
        "need": "confirmed",
        "timeline": "inferred",
    }


def test_another_framework_is_other_letters(tmp_path: Path) -> None:
    """B-37: one name and one letter changed in YAML."""
    champ = edited(tmp_path, "levels.yaml", "name: BANT", "name: CHAMP")
    assert champ.levels.framework == "CHAMP"


@pytest.mark.parametrize(
    ("answer", "state"),
    [("Approved: 40-60k", "confirmed"), ("25k", "inferred"), ("Not yet planned", ""), ("No budget", "")],
)
def test_budget(answer: str, state: str) -> None:
    """B-38: approved, named, or neither."""
    assert letter("budget", form("Event check-in", budget=answer)).confidence == state


def test_a_budget_is_forgotten_after_half_a_year() -> None:
    """B-38: 180 days, and the expiry is on the criterion."""
    known, forgotten = form("Check-in", 180, budget="Approved"), form("Check-in", 181, budget="Approved")
    assert letter("budget", known).state == "met"
    assert letter("budget", known).expires_at == NOW + timedelta(seconds=1)
    assert letter("budget", forgotten).state == "unknown"


def test_authority() -> None:
    """B-39: by title, by their own word, by a colleague who decides, or not at all."""
    assert letters(decided(known={**BUYER, "contact.jobtitle": "VP Operations"}))["authority"] == "confirmed"
    assert letters(decided())["authority"] == "inferred"  # a director
    assert letter("authority", form("Check-in", role_in_purchase="Decision maker")).confidence == "confirmed"
    assert letter("authority", form("Check-in", role_in_purchase="Influencer")).confidence == "inferred"
    assert letter("authority", colleague("p1", 5, seniority="vp")).confidence == "inferred"
    assert letter("authority", colleague("p1", 5, seniority="manager")).confidence == ""


def test_authority_set_by_a_colleague_in_hubspot() -> None:
    """B-39: the portal's own property counts like the person's word."""
    role = fact("hubspot.contact_change", 5, property="hs_buying_role", value="DECISION_MAKER")
    assert letter("authority", role).confidence == "confirmed"


def test_need() -> None:
    """B-40: put into words, shown by what they do, or neither."""
    assert (
        letter("need", form("Check-in", main_challenge="Stock-outs in peak season")).confidence == "confirmed"
    )
    assert letter("need", form("ROI calculator")).confidence == "inferred"
    assert letter("need", form("Check-in", main_challenge="Just looking")).confidence == ""


@pytest.mark.parametrize(("seconds", "state"), [(0, "met"), (1, "unknown")], ids=["90 days", "a second more"])
def test_a_date_within_90_days_counts_for_90_days(seconds: int, state: str) -> None:
    """B-41: to the second."""
    told = form("Check-in", 90 + seconds / 86_400, project_timeline="Within 3 months")
    assert letter("timeline", told).state == state


def test_the_90_days_do_not_stretch_with_the_sales_cycle(tmp_path: Path) -> None:
    """B-41, B-128: a fact of the calendar."""
    slow = edited(tmp_path, "levels.yaml", "sales_cycle_days: 90", "sales_cycle_days: 180")
    told = form("Check-in", 91, project_timeline="Within 3 months", budget="Approved")
    assert letters(decided(told, known=ALONE, playbook=slow))["timeline"] == "unknown"
    assert (
        letters(decided(form("Check-in", 300, budget="Approved"), known=ALONE, playbook=slow))["budget"]
        == "confirmed"
    )


@pytest.mark.parametrize(
    "source",
    ["hubspot.note", "hubspot.call", "hubspot.meeting", "salesforce.task", "salesforce.event"],
)
def test_what_sales_marks_in_a_note_is_evidence(source: str) -> None:
    """B-42: wherever a rep writes it, in either system."""
    marked = {
        "mark__budget": "yes",
        "mark__authority": "mentioned",
        "mark__need": "yes",
        "mark__timeline": "yes",
    }
    assert letters(decided(fact(source, 3, **marked), known=ALONE)) == {
        "budget": "confirmed",
        "authority": "inferred",
        "need": "confirmed",
        "timeline": "confirmed",
    }


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([(9, "yes")], "confirmed"),
        ([(9, "yes"), (4, "no")], ""),
        ([(9, "no"), (4, "yes")], "confirmed"),
        ([(14, "yes"), (9, "no"), (4, "yes")], "confirmed"),
    ],
    ids=["yes", "yes, then no", "no, then yes", "yes, no, yes"],
)
def test_a_no_takes_a_yes_back(said: list[tuple[float, str]], state: str) -> None:
    """B-38, B-41: the later word counts."""
    budgets = [fact("hubspot.note", days, mark__budget=word) for days, word in said]
    dates = [fact("hubspot.note", days, mark__timeline=word) for days, word in said]
    assert letter("budget", *budgets).confidence == state
    assert letter("timeline", *dates).confidence == state


def test_a_date_further_off_is_no_date_within_90_days() -> None:
    """B-41: what people choose on forms, told apart."""
    for answer in ("3-6 months", "More than 6 months", "Just looking"):
        assert letter("timeline", form("Check-in", project_timeline=answer)).confidence == ""


def test_a_letter_shows_what_it_was_seen_in_and_when() -> None:
    """B-42: a conversation, an explicit act, with its date."""
    met = letter("need", fact("hubspot.meeting", 4, outcome="completed"))
    asked = letter("need", demo_request(2))
    assert (met.state, met.source, met.at) == ("met", "Met with us", NOW - timedelta(days=4))
    assert (asked.confidence, asked.at) == ("inferred", NOW - timedelta(days=2))
    assert "Requested a demo" in asked.source


def test_a_letter_shows_what_was_seen_and_not_what_was_not() -> None:
    """B-42: that nobody took it back is no evidence to show."""
    approved = form("Check-in", 3, budget="Approved")
    assert letter("budget", approved).source == "Budget is approved"


def test_downloads_and_returns_to_the_product_are_a_drift() -> None:
    """B-43: together; either alone is not."""
    pieces, pages = [form("Ebook A", 6), form("Ebook B", 9)], page("/product/a", 1, 3, 5)
    assert reasons(decided(*pieces, *pages))["digs_in"] > 0
    assert "digs_in" not in reasons(decided(*pieces))
    assert "digs_in" not in reasons(decided(*pages))


def test_buyer_material_counts_when_it_is_used_again_and_again() -> None:
    """B-44: three times within a month."""
    uses = [*page("/case-studies/acme", 1), *page("/compare/rival", 4), form("ROI calculator", 20)]
    assert reasons(decided(*uses))["buyer_material"] > 0
    assert "buyer_material" not in reasons(decided(*uses[:2]))
    assert "buyer_material" not in reasons(decided(*uses[:2], form("ROI calculator", 40)))


def test_prices_after_proof_and_not_the_other_way_round() -> None:
    """B-44: first the case study, then the price."""
    assert "prices_after_proof" in reasons(decided(*page("/case-studies/a", 5), *page("/pricing", 2)))
    assert "prices_after_proof" not in reasons(decided(*page("/case-studies/a", 2), *page("/pricing", 5)))


def test_what_was_said_is_unknown_again_when_it_is_over_without_new_facts() -> None:
    """B-41: time alone takes the letter away, at the second it says."""
    story = Story(form("Check-in", 60, project_timeline="Within 3 months"), known=ALONE)
    found = story.until(NOW)
    clock = next(item for item in found.verdict.criteria if item.id == "bant.timeline")
    assert clock.expires_at == NOW + timedelta(days=30, seconds=1)
    later = story.until(clock.expires_at)
    assert letters(later)["timeline"] == "unknown"


def test_the_brief_says_what_is_only_a_hint() -> None:
    """B-37, B-39: also where the hint is a title and not an act."""
    found = decided(demo_request(0))
    handoff = next(item for item in found.intents if item.kind == "handoff")
    fields = handoff.payload["fields"]
    assert isinstance(fields, dict)
    assert "* Authority: hinted at\n" in str(fields["Syncd_Brief__c"])
    assert "* Budget: not known\n" in str(fields["Syncd_Brief__c"])


def test_a_request_counts_for_thirty_days() -> None:
    """B-29, B-59: what is older was answered, or is cold."""
    assert decided(demo_request(30)).verdict.decisive == "demo_requested"
    assert decided(demo_request(31)).verdict.decisive == ""
