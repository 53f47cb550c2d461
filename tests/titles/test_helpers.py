"""Whoever works for a chief is none, however the title is put together."""

from __future__ import annotations

from itertools import product

import pytest

from syncd.core import title_words, titles_functions, titles_roles, titles_text
from syncd.core.titles import read

EXECUTIVE = frozenset({"c_level", "vp", "director", "head"})
CHIEFS = (
    "CEO",
    "C.E.O.",
    "CFO",
    "MD",
    "Managing Director",
    "Founder",
    "Founder & CEO",
    "President",
    "VP Sales",
    "Vice President",
    "Head of Sales",
    "Marketing Director",
    "Director of Finance",
    "Owner",
    "Chairman",
    "Geschäftsführer",
    "Geschäftsführung",
    "Vorstand",
    "Vertriebsleiter",
    "Bereichsleitung",
    "GF",
    "PDG",
    "DG",
    "DAF",
    "Directeur Général",
    "Director General",
    "Consejero Delegado",
    "Amministratore Delegato",
    "Direttore Generale",
    "Presidente",
    "Directeur",
)
HELPERS = (
    "Assistant",
    "Executive Assistant",
    "Exec. Assistant",
    "Personal Assistant",
    "PA",
    "EA",
    "Secretary",
    "Asst.",
    "Virtual Assistant",
    "Assistentin",
    "Assistenz",
    "Sekretärin",
    "Sekretariat",
    "Assistante",
    "Secrétaire",
    "Asistente",
    "Secretaria",
    "Assistente",
    "Segretaria",
    "Segreteria",
    "Directiesecretaresse",
)
FORMS = (
    "{helper} to the {chief}",
    "{helper} to {chief}",
    "{helper} {chief}",
    "{chief} {helper}",
    "{helper} of {chief}",
    "{helper} - {chief}",
    "{helper}, {chief}",
    "{helper} ({chief})",
    "{helper} | {chief} Office",
    "{chief}'s {helper}",
    "{helper} der {chief}",
    "{helper} des {chief}",
    "{helper} du {chief}",
    "{helper} de la {chief}",
    "{helper} del {chief}",
    "{helper} dell'{chief}",
    "{helper} van de {chief}",
    "{helper} to CFO and {chief}",
    "{chief} / {helper}",
    "{helper} & Office Manager, {chief}",
    "SENIOR {helper} TO THE {chief}",
    "{helper} to {chief} and Founder",
)
DEPUTIES = ("Assistant Director", "Assistant Vice President", "Asst. Director", "Asst. Vice President")
"""Ranks of their own: an assistant director directs, second to somebody."""


@pytest.mark.parametrize("form", FORMS)
def test_an_assistant_is_no_executive_in_any_form(form: str) -> None:
    """Every word for an assistant beside every word for a chief, in six languages."""
    titles = {form.format(helper=helper, chief=chief) for helper, chief in product(HELPERS, CHIEFS)}
    wrong = {title for title in titles if read(title).seniority in EXECUTIVE}
    assert {title for title in wrong if not title.startswith(DEPUTIES)} == set()


@pytest.mark.parametrize(
    "title",
    [
        "Mitarbeiter der Geschäftsleitung",
        "Mitarbeiterin Vertriebsleitung",
        "Referentin des Vorstands",
        "Conseiller du président",
        "Chargée de mission auprès du directeur général",
        "Advisor to the CEO and Board",
        "Reporting to the CEO",
        "Chauffeur du PDG",
        "Consultant to the CFO & COO",
        "CEO Coach",
        "Office of the CEO",
        "Product Owner",
        "HR Business Partner",
        "Account Executive",
        "Art Director",
        "Account Director",
        "Product Manager",
    ],
)
def test_words_of_rank_beside_other_words_make_no_executive(title: str) -> None:
    """A chief named in passing, an `owner` of a backlog, an `executive` who sells."""
    assert read(title).seniority not in EXECUTIVE


@pytest.mark.parametrize(
    ("title", "seniority"),
    [
        ("Former CEO", ""),
        ("ehemaliger CEO", ""),
        ("Ex-CEO & Founder", ""),
        ("CEO (retired)", ""),
        ("Geschäftsführer a.D.", ""),
        ("CEO | ex-VP Sales", "c_level"),
        ("Ex-Google | Product Manager", "manager"),
        ("Interim CFO", "c_level"),
        ("Assistant Director", "director"),
        ("Chief of Staff to the CEO", "head"),
        ("Head of Executive Assistants", "head"),
        ("Head of Student Recruitment", "head"),
        ("Intern to the CEO", "entry"),
        ("Manager in Training", "entry"),
    ],
)
def test_what_is_decided_of_doubtful_titles(title: str, seniority: str) -> None:
    """Posts held no longer say nothing; interim holders hold; a chief of staff leads and is no chief."""
    assert read(title).seniority == seniority


@pytest.mark.parametrize(
    "piece",
    ["a", "/a", "a.", "and ", "\ufdfa", "m/w/", "ab ", "vertriebsleiter", "managr ", "(-", "& ", "Chargé·e "],
)
def test_a_hostile_title_costs_no_more_than_a_long_one(piece: str) -> None:
    """Length is bounded: what stands beyond the limit is not looked at."""
    assert read(piece * 100_000) == read((piece * 100_000)[:300])


def test_every_phrase_of_the_tables_can_be_met_in_a_title() -> None:
    """An entry spelt otherwise than titles come out of the text step would be dead."""
    texts = (
        *title_words.RANKED.values(),
        *titles_roles.KINDS.values(),
        *titles_functions.FUNCTIONS.values(),
        titles_functions.WEAK,
    )
    phrases = [titles_text.phrase(part) for text in texts for part in text.split(",")]
    assert [phrase for phrase in phrases if " ".join(titles_text.words(phrase)) != phrase] == []
