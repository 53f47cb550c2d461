"""Marks in notes: which lines are one, what is read of them, and that nothing else is."""

from __future__ import annotations

import time
from datetime import date

import pytest

from syncd.connectors.marks import Marks

DAY = date(2026, 11, 22)
BANT = Marks({"budget": "Budget", "authority": "Authority", "need": "Need", "timeline": "Timeline"})


@pytest.mark.parametrize(
    ("line", "letter", "value"),
    [
        ("Budget: approved 50k", "budget", "yes"),
        ("Budget: Etatrunde im Mai, noch nicht genehmigt", "budget", "no"),
        ("Budget: bewilligt", "budget", "yes"),
        ("Budget : approuvé", "budget", "yes"),
        ("Presupuesto: aprobado", "budget", "yes"),
        ("Budget: stanziato", "budget", "yes"),
        ("Budget: goedgekeurd", "budget", "yes"),
        ("Budget: approved, no further sign-off", "budget", "yes"),
        ("Budget: not approved", "budget", "no"),
        ("Budget: requested", "budget", "mentioned"),
        ("Budget: somebody asks the board", "budget", "mentioned"),
        ("Entscheider: Frau Maier entscheidet", "authority", "yes"),
        ("Décideur : oui", "authority", "yes"),
        ("Decisor: no", "authority", "no"),
        ("Authority: reports to the CFO", "authority", "mentioned"),
        ("Need: a tool that does not lose leads", "need", "yes"),
        ("Bedarf: kein gemeinsamer Plan für drei Werke", "need", "yes"),
        ("Pain: no common numbers between sales and supply", "need", "yes"),
        ("Need: none", "need", "no"),
        ("Besoin : aucun", "need", "no"),
        ("Necesidad: informes", "need", "yes"),
        ("Esigenza: report", "need", "yes"),
    ],
)
def test_a_labelled_line_is_a_mark_in_several_languages(line: str, letter: str, value: str) -> None:
    """Label, colon, a word or two: how sales writes it anyway."""
    assert BANT.read(line, DAY)[f"mark.{letter}"] == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Q1", "yes"),
        ("1. Quartal", "yes"),
        ("Q3", "later"),
        ("Q1 2028", "later"),
        ("in 6 weeks", "yes"),
        ("6 mois", "later"),
        ("3 Monate", "yes"),
        ("next quarter", "yes"),
        ("sofort", "yes"),
        ("próximo mes", "yes"),
        ("fine anno", "yes"),
        ("Dezember", "yes"),
        ("März", "later"),
        ("November", "yes"),
        ("2027-02-20", "yes"),
        ("2027-02-21", "later"),
        ("21.02.2027", "later"),
        ("no plans", "no"),
        ("they will call us", "mentioned"),
        ("2028-99-99", "later"),
    ],
)
def test_a_timeline_is_met_within_ninety_days_of_the_note(said: str, value: str) -> None:
    """The day counts from which the decision is named, seen from the day the note is about (S41)."""
    assert BANT.read(f"Timeline: {said}", DAY) == {"mark.timeline": value}


@pytest.mark.parametrize(
    ("said", "band"),
    [
        ("8k", "under_10k"),
        ("10.000 €", "10k_50k"),
        ("USD 50,000", "50k_250k"),
        ("75 000 EUR", "50k_250k"),
        ("1,5 mio", "over_250k"),
        ("CHF 120'000", "50k_250k"),
        ("30k to 60k", "50k_250k"),
    ],
)
def test_of_an_amount_only_its_order_is_kept(said: str, band: str) -> None:
    """Enough for a rule, too little to tell a deal by."""
    assert BANT.read(f"Budget: {said}", DAY) == {"mark.budget": "yes", "mark.budget_amount": band}


def test_tags_and_several_marks_in_one_line() -> None:
    """A tag alone says yes; semicolons part marks."""
    assert BANT.read("good call #budget approved #timeline Q1", DAY) == {
        "mark.budget": "yes",
        "mark.timeline": "yes",
    }
    assert BANT.read("#need", DAY) == {"mark.need": "yes"}
    in_one_go = "Pain: accuracy below 60 percent. Timeline: before Christmas. Budget: 40-60k."
    assert BANT.read(in_one_go, DAY) == {
        "mark.need": "yes",
        "mark.timeline": "mentioned",
        "mark.budget": "yes",
        "mark.budget_amount": "50k_250k",
    }
    assert set(BANT.read("- Budget: ok; Timeline: Q4 2027; Need: sync", DAY).values()) == {"yes", "later"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We talked about the budget. It is approved.",
        "Budget: ?",
        "Timeline: tbd",
        "Authority: unclear",
        "Budget:",
        "see https://docs.acme.example/plan#budget approved",
        "> Budget: approved 50k",
        "On Monday Jo Maier wrote:\nBudget: approved 50k",
        "Champion: Jo Maier",
        "Budget meeting on Monday: be there",
    ],
)
def test_what_is_no_mark_says_nothing(text: str) -> None:
    """Running text, questions, open points, addresses, what was quoted, letters of another framework."""
    assert BANT.read(text, DAY) == {}


def test_the_last_line_about_a_letter_counts() -> None:
    """A note grows downwards."""
    assert BANT.read("Budget: 80k\nlater that day\nBudget: frozen", DAY) == {"mark.budget": "no"}


def test_letters_of_another_framework_go_by_id_and_label() -> None:
    """MEDDIC in YAML is enough; what the playbook does not have is not read."""
    meddic = Marks({"economic_buyer": "Economic buyer", "pain": "Identified pain"})

    assert meddic.read("Economic buyer: met her", DAY) == {"mark.economic_buyer": "yes"}
    assert meddic.read("#economic_buyer yes\nIdentified pain: manual work", DAY) == {
        "mark.economic_buyer": "yes",
        "mark.pain": "yes",
    }
    assert meddic.read("Budget: approved", DAY) == {}


def test_no_word_of_a_person_is_kept() -> None:
    """The values are four words and four bands, whatever the line says."""
    known = {"yes", "no", "later", "mentioned", "under_10k", "10k_50k", "50k_250k", "over_250k"}
    text = "\n".join(
        f"{label}: {said}"
        for label in ("Budget", "Authority", "Need", "Timeline")
        for said in ("Jo Maier, jo@acme.example", "her husband is ill", "+49 170 1234567", "42")
    )

    assert set(BANT.read(text, DAY).values()) <= known


def test_a_hostile_note_costs_little() -> None:
    """Bodies are strangers' text: lines and their lengths are bounded."""
    text = "\n".join(["budget" + " -" * 30_000, "#" * 60_000, "a" * 60_000 + ":", *["x: 1"] * 60_000])
    began = time.process_time()

    assert BANT.read(text, DAY) == {}
    assert time.process_time() - began < 20, "it goes over the text again and again"
