"""The definition in sentences: complete, without ids, and the same words for the same meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from syncd.core.phrases import Words, days, field_words, points
from syncd.core.playbook import (
    AllOf,
    AnyOf,
    CellTest,
    FieldTest,
    GradeTest,
    IcpTest,
    IdleTest,
    LevelTest,
    ModelTest,
    NotOf,
    Operator,
    Playbook,
    ScoreTest,
    SequenceTest,
    SignalTest,
    Test,
)
from syncd.core.sentences import Sentence, sentences
from tests.explain.people import shipped, variants

WORDS = Words(shipped())
SIZE = "company.numberofemployees"


def texts(playbook: Playbook) -> list[str]:
    """Every title, introduction and sentence."""

    def below(item: Sentence) -> Iterator[str]:
        yield item.text
        for part in item.parts:
            yield from below(part)

    return [
        text
        for section in sentences(playbook, 8)
        for text in (section.title, section.intro, *(t for item in section.sentences for t in below(item)))
    ]


def named(playbook: Playbook) -> Iterator[tuple[str, str]]:
    """Id and label of everything the playbook gives a name."""
    levels, main = playbook.levels, playbook.models[-1]
    for criteria in (levels.icp, levels.sql, levels.decisive.needs, *(level.enter for level in levels.mql)):
        yield from ((item.id, item.label) for item in criteria)
    yield from ((item.id, item.label) for item in playbook.filters)
    yield from ((item.id, item.label) for item in levels.mql)
    yield from ((item.id, item.label) for item in levels.bant)
    yield from ((item.id, item.label) for item in playbook.signals)
    yield from ((item.id, item.label) for item in main.fit)
    yield from ((item.id, item.label) for item in main.behaviour)
    yield from ((item.id, item.label) for item in main.patterns)


@pytest.mark.parametrize("variant", variants())
def test_everything_named_is_told_by_its_label_and_never_by_its_id(variant: str) -> None:
    """Readable aloud: nobody says `roi_calculated`."""
    book = shipped(variant)
    told = "\n".join(texts(book))
    untold = [label for _id, label in named(book) if label not in told]
    assert untold == []
    ids = {name for name, _label in named(book) if "_" in name}
    assert [name for name in ids if re.search(rf"\b{re.escape(name)}\b", told)] == []


@pytest.mark.parametrize("variant", variants())
def test_no_sentence_is_left_half_said(variant: str) -> None:
    """No empty list, no doubled blank, no operator."""
    told = texts(shipped(variant))
    bad = [text for text in told if re.search(r"\bis\s*(or|and|\.|$)|  |_at_|>=|None|\bnan\b", text)]
    assert bad == []
    ends = [
        text
        for section in sentences(shipped(variant), 8)
        for text in (item.text for item in section.sentences)
    ]
    assert [text for text in ends if text[-1] not in ".:"] == []


def test_keys_are_unique_among_neighbours() -> None:
    """Versions are compared by them."""

    def clashes(items: tuple[Sentence, ...]) -> list[str]:
        keys = [item.key for item in items]
        found = [key for key in keys if keys.count(key) > 1]
        return found + [key for item in items for key in clashes(item.parts)]

    assert [key for section in sentences(shipped()) for key in clashes(section.sentences)] == []
    sections = [section.key for section in sentences(shipped())]
    assert len(sections) == len(set(sections))


def test_a_long_list_is_counted_in_place_and_told_in_full_at_the_end() -> None:
    told = texts(shipped())
    country = next(text for text in told if text.startswith("A country we sell to"))
    assert re.search(r"or \d+ more", country)
    in_full = next(text for text in told if text.startswith("Company's country"))
    test = next(rule.when for rule in shipped().models[-1].fit if rule.label == "A country we sell to")
    assert isinstance(test, AnyOf)
    first = test.items[0]
    assert isinstance(first, FieldTest)
    assert [value for value in first.values if value not in in_full] == []


CLAUSES: list[tuple[Test, str]] = [
    (FieldTest(SIZE, Operator.AT_LEAST, ("10",)), "the number of employees is 10 or more"),
    (FieldTest(SIZE, Operator.AT_MOST, ("9",)), "the number of employees is 9 or less"),
    (FieldTest(SIZE, Operator.PRESENT), "the number of employees is known"),
    (FieldTest(SIZE, Operator.ABSENT), "the number of employees is not known"),
    (FieldTest("person.seniority", Operator.IS, ("c_level", "vp")), "the seniority is C-level or VP"),
    (FieldTest("company.country", Operator.IS, ("it",)), "the company's country is it"),
    (FieldTest("company.industry", Operator.IS, ("*bank*", "*insu*")), "the industry contains bank or insu"),
    (FieldTest("contact.jobtitle", Operator.CONTAINS, ("analyst",)), "the job title mentions analyst"),
    (FieldTest("company.type", Operator.IS, ()), "the kind of company is on a list that is empty"),
    (NotOf(FieldTest("company.industry", Operator.IS, ("*bank*",))), "the industry does not contain bank"),
    (
        AllOf((FieldTest(SIZE, Operator.AT_LEAST, ("50",)), FieldTest(SIZE, Operator.AT_MOST, ("99",)))),
        "the number of employees is 50 to 99",
    ),
    (SignalTest(("pricing_viewed",), 2, 30), '"Looked at the prices", at least twice within 30 days'),
    (
        SignalTest(("email_clicked",), 3, None, "campaign"),
        '"Clicked in a marketing e-mail", on at least 3 different campaigns',
    ),
    (NotOf(SignalTest(("pricing_viewed",), 1, 7)), 'no "Looked at the prices" within 7 days'),
    (
        SequenceTest((("case_study_viewed",), ("pricing_viewed",)), 30),
        '"Read a case study", and after it "Looked at the prices", in this order within 30 days',
    ),
    (IdleTest(("site_visited",), 60), '"Visited the site" before, but not in the last 60 days'),
    (ScoreTest("engagement", 30), "engagement is 30 points or more"),
    (ScoreTest("fit", None, 10), "fit is below 10 points"),
    (ScoreTest("total", 10, 20.5), "the three scores together is from 10 to under 20.5 points"),
    (GradeTest(("A", "B")), "the fit grade is A or B"),
    (CellTest(("A1", "A2")), "the lead is in cell A1 or A2 of the matrix"),
    (IcpTest(), "the ideal customer profile is met"),
    (IcpTest(unknown_counts=True), "the ideal customer profile is not failed"),
    (LevelTest("engaged"), 'the criteria of "Engaged" hold'),
    (ModelTest(("enterprise",)), 'the scoring model is "Large companies"'),
    (AnyOf((GradeTest(("A",)), IcpTest())), "the fit grade is A or the ideal customer profile is met"),
    (
        AnyOf((GradeTest(("A",)), IcpTest(), GradeTest(("B",))), 2),
        "at least 2 of: the fit grade is A; the ideal customer profile is met; the fit grade is B",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("test", "said"), CLAUSES)
def test_a_condition_is_one_clause(test: Test, said: str) -> None:
    assert WORDS.say(test) == said


def test_windows_are_said_as_the_sales_cycle_scales_them() -> None:
    """What is told is what is evaluated, not what stands in the file."""
    book = shipped()
    longer = replace(
        book, levels=replace(book.levels, decisive=replace(book.levels.decisive, within_days=45.0))
    )
    assert any(text.endswith("within 45 days.") for text in texts(longer))


def test_what_sales_marks_in_a_note_is_said_as_it_is_written() -> None:
    """`mark.budget` is a name of ours; people write a line that begins with the letter's name."""
    said = " ".join(texts(shipped()))
    assert 'a note is written and the line "budget" in it is no' in said
    assert "mark." not in said


def test_small_words() -> None:
    """One day is a day, one point a point; an unknown field is named by its own words."""
    assert (days(1), days(30), days(2.5)) == ("1 day", "30 days", "2.5 days")
    assert (points(1), points(-5), points(0.5)) == ("+1 point", "-5 points", "+0.5 points")
    assert field_words("lead.LeadTier__c") == "lead tier (Salesforce Lead)"
    assert field_words("contact.tech_stack") == "tech stack (HubSpot contact)"
