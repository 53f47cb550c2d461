"""What a job title says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.titles import RANKS, Title, read


@pytest.mark.parametrize(
    ("title", "seniority", "function"),
    [
        ("CEO", "c_level", "general"),
        ("C.E.O.", "c_level", "general"),
        ("Chief Executive Officer", "c_level", "general"),
        ("CTO / Co-Founder", "c_level", "engineering"),
        ("Founder & CEO", "c_level", "general"),
        ("Managing Director", "c_level", "general"),
        ("General Counsel", "c_level", "legal"),
        ("VP Sales", "vp", "sales"),
        ("V.P. of Marketing", "vp", "marketing"),
        ("Vice President, Operations", "vp", "operations"),
        ("SVP Revenue Operations", "vp", "operations"),
        ("Dir. of IT", "director", "it"),
        ("Assistant Director", "director", ""),
        ("Dean of Students", "director", "education"),
        ("Head of Procurement", "head", "procurement"),
        ("Head of Student Recruitment", "head", "hr"),
        ("Chief of Staff to the CEO", "head", ""),
        ("Sr. Mgr, Demand Gen", "manager", "marketing"),
        ("Product Manager", "manager", "product"),
        ("Team Lead Support", "manager", "customer"),
        ("Director of Marketing and Sales", "director", "marketing"),
        ("Senior Software Engineer", "senior", "engineering"),
        ("Account Executive", "individual", "sales"),
        ("Key Account Manager", "individual", "sales"),
        ("Product Owner", "individual", "product"),
        ("HR Business Partner", "individual", "hr"),
        ("Industry Analyst", "individual", "research"),
        ("Lead Generation Specialist", "individual", "marketing"),
        ("Marketing Intern", "entry", "marketing"),
        ("Student", "student", ""),
        ("PhD Student at MIT", "student", ""),
    ],
)
def test_english_titles_are_read(title: str, seniority: str, function: str) -> None:
    """Abbreviations, compound titles, and words that mean something else in company."""
    assert read(title) == Title(seniority, function)


@pytest.mark.parametrize(
    ("title", "seniority", "function"),
    [
        ("Geschäftsführerin", "c_level", "general"),
        ("Vertriebsleiterin", "head", "sales"),
        ("Leiter:in Marketing", "head", "marketing"),
        ("Teamleiter Einkauf", "manager", "procurement"),
        ("Mitarbeiter im Vertrieb", "individual", "sales"),
        ("Werkstudent Marketing", "student", "marketing"),
        ("Praktikantin", "entry", ""),
        ("PDG", "c_level", "general"),
        ("Directeur général", "c_level", "general"),
        ("Directrice marketing", "director", "marketing"),
        ("Directeur des systèmes d'information", "director", "it"),
        ("Responsable informatique", "manager", "it"),
        ("Director de Ventas", "director", "sales"),
        ("Jefe de Compras", "manager", "procurement"),
        ("Gerente de Operaciones", "manager", "operations"),
        ("Estudiante", "student", ""),
    ],
)
def test_german_french_and_spanish_basics_are_read(title: str, seniority: str, function: str) -> None:
    """The languages whose titles a European portal is full of."""
    assert read(title) == Title(seniority, function)


@pytest.mark.parametrize(
    "title",
    [
        "Assistant to the CEO",
        "Executive Assistant to the CEO",
        "EA to CEO",
        "Office of the CTO",
        "Consultant to the CFO",
        "Director Assistant",
        "Assistentin der Geschäftsführung",
        "Assistenz der Geschäftsleitung",
        "Assistante de direction",
    ],
)
def test_who_works_for_a_chief_is_no_chief(title: str) -> None:
    """`Assistant to the CEO` holds the letters CEO and decides nothing."""
    assert read(title).seniority == "individual"


@pytest.mark.parametrize(
    "title", ["", "Wizard of Light Bulb Moments", "Former CEO", '=HYPERLINK("http://x")', "ק"]
)
def test_a_title_without_a_known_word_says_nothing(title: str) -> None:
    """Unknown stays unknown: a filter must not take it for `individual`, nor a model for a zero."""
    assert read(title) == Title()


@given(st.text(max_size=400))
def test_any_text_is_read_to_a_known_rank_or_none(title: str) -> None:
    """Hostile titles neither raise nor invent a rank."""
    assert read(title).seniority in {"", *RANKS}
