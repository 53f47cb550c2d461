"""How well job titles are read, on a set the reader was made with and on one it never saw.

Labels were given by hand before the reader was asked (see README.md). On `titles.tsv` every disagreement was
looked at and either the label or the reader put right; `unseen.tsv` is measured, never learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from syncd.core.titles import RANKS, read

EXECUTIVE = frozenset({"c_level", "vp", "director", "head"})


@dataclass(frozen=True, slots=True)
class Labelled:
    title: str
    seniority: str
    function: str


def labelled(name: str) -> list[Labelled]:
    """The rows of a set; `-` is blank."""
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    return [
        Labelled(title, seniority.replace("-", ""), function.replace("-", ""))
        for title, seniority, function in rows
        if seniority != "seniority"  # the heading some sets have
    ]


def seniority_right(rows: list[Labelled]) -> float:
    return sum(read(row.title).seniority == row.seniority for row in rows) / len(rows)


def function_right(rows: list[Labelled]) -> float:
    return sum(read(row.title).function == row.function for row in rows) / len(rows)


@pytest.fixture(scope="module")
def known() -> list[Labelled]:
    return labelled("titles.tsv")


@pytest.fixture(scope="module")
def unseen() -> list[Labelled]:
    return labelled("unseen.tsv")


def test_the_set_is_large_and_of_five_languages(known: list[Labelled]) -> None:
    """A thousand titles, none twice, each labelled with a rank the reader knows or none."""
    headings = (Path(__file__).parent / "titles.tsv").read_text(encoding="utf-8")
    assert len({row.title for row in known}) == len(known) >= 1_000
    assert {row.seniority for row in known} == {"", *RANKS}
    for language in ("English", "Deutsch", "Français", "Español", "Italiano", "Nederlands"):
        assert f"# {language}" in headings


def test_titles_are_read_as_a_person_reads_them(known: list[Labelled]) -> None:
    """The set the reader was made with: it must not fall behind what it once could."""
    assert seniority_right(known) >= 0.99
    assert function_right(known) >= 0.98


def test_no_assistant_is_taken_for_an_executive(known: list[Labelled], unseen: list[Labelled]) -> None:
    """Whoever is labelled below `head` for assisting somebody is never read as the one they assist."""
    words = ("assist", "asist", "sekret", "secret", "secrét", "segret", "referent", "pa ", "ea ", "office of")
    rows = [row for row in (*known, *unseen) if row.seniority not in EXECUTIVE]
    helpers = [row for row in rows if any(word in f"{row.title.casefold()} " for word in words)]
    assert len(helpers) > 100
    assert [row.title for row in helpers if read(row.title).seniority in EXECUTIVE] == []


def test_titles_never_seen_are_read_nearly_as_well(unseen: list[Labelled]) -> None:
    """340 titles of another hand, from which no word and no rule was taken.

    Measured once, on 22 November 2026: seniority right on 94.4 %, function on 94.1 %; nobody labelled below
    head was read as an executive. The floors stand a little below.
    """
    assert seniority_right(unseen) >= 0.93
    assert function_right(unseen) >= 0.93
    risen = [
        row for row in unseen if row.seniority not in EXECUTIVE and read(row.title).seniority in EXECUTIVE
    ]
    assert len(risen) <= len(unseen) / 100
