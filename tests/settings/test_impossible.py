"""Conditions, levels and grades that nobody can ever meet, and what people read about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings import examine
from tests.settings import analyst
from tests.settings.small import HOME, edit

CASES: list[tuple[str, str, str, str, list[str]]] = [
    # what it is, file, what stands there, what is put there, all that is said
    (
        "a contradiction of numbers",
        "scoring.yaml",
        "when: {field: company.numberofemployees, at_least: 100}",
        "when: {all: [{field: company.numberofemployees, at_least: 5000}, {field:"
        " company.numberofemployees, at_most: 4999}]}",
        [
            "warning: scoring.yaml, line 8: grades of models 'large' and 'standard': A needs 40 fit"
            " points, and the rules give 30 at most.",
            "warning: scoring.yaml, line 13: rule 'big' can never hold: company.numberofemployees"
            " would have to be at least 5000 and be at most 4999; it never gives points. Allowed: a"
            " condition somebody can meet.",
        ],
    ),
    (
        "a contradiction of words",
        "filters.yaml",
        "when: {field: person.seniority, is: student}",
        "when: {all: [{field: person.seniority, is: [student, entry]}, {not: {field:"
        " person.seniority, is: [student, entry, vp]}}]}",
        [
            "warning: filters.yaml, line 4: filter 'student' can never hold: person.seniority would"
            " have to be student or entry and not be student or entry or vp; it never keeps anybody"
            " out. Allowed: a condition somebody can meet.",
        ],
    ),
    (
        "all there is, excluded",
        "filters.yaml",
        "when: {field: person.seniority, is: student}",
        "when: {all: [{field: person.seniority, is: student}, {field: person.email_kind, present:"
        " true}, {not: {field: person.email_kind, is: [business, free, disposable, role,"
        " education, none]}}]}",
        [
            "warning: filters.yaml, line 4: filter 'student' can never hold: person.email_kind would"
            " have to not be business or free or disposable or role or 2 more and be known; it never"
            " keeps anybody out. Allowed: a condition somebody can meet.",
        ],
    ),
    (
        "known and blank",
        "levels.yaml",
        "when: {field: person.company_name, present: true}",
        "when: {all: [{field: company.name, present: false}, {field: company.name, contains: acme}]}",
        [
            "error: levels.yaml, line 28: criterion 'known' of decisive can never hold: company.name"
            " would have to be blank and have acme in it; no action would ever hand over. Allowed: a"
            " condition somebody can meet.",
        ],
    ),
    (
        "a part of an any that cannot be",
        "levels.yaml",
        "when: {field: person.company_name, present: true}",
        "when: {any: [{field: person.company_name, present: true}, {all: [{field:"
        " contact.jobtitle, is: vp}, {field: contact.jobtitle, is: ceo}]}]}",
        [
            "warning: levels.yaml, line 28: a part of criterion 'known' of decisive can never hold:"
            " contact.jobtitle would have to be ceo and be vp; remove or mend that part.",
        ],
    ),
    (
        "more channels than there are",
        "levels.yaml",
        "when: {score: intent, at_least: 20}",
        "when: {signal: [pricing_viewed, email_opened, demo_requested], at_least: 3, distinct:"
        " channel, within_days: 30}",
        [
            "error: levels.yaml, line 23: criterion 'ready' of sql can never hold: it wants 3"
            " different channels, and its signals have 2; nobody could become an SQL by score."
            " Allowed: a condition somebody can meet.",
        ],
    ),
    (
        "more functions of colleagues than there are",
        "scoring.yaml",
        "{signal: colleague_active, at_least: 2, within_days: 30}",
        "{signal: colleague_active, at_least: 10, distinct: seniority}",
        [
            "warning: scoring.yaml, line 19: pattern 'group' can never hold: it wants 10 different"
            " values of seniority, and its signals have 9; it never gives points. Allowed: a condition"
            " somebody can meet.",
        ],
    ),
    (
        "happened and not happened",
        "scoring.yaml",
        "{signal: colleague_active, at_least: 2, within_days: 30}",
        "{all: [{signal: colleague_active, at_least: 2, within_days: 30}, {not: {signal:"
        " [colleague_active, pricing_viewed], within_days: 60}}]}",
        [
            "warning: scoring.yaml, line 19: pattern 'group' can never hold: it wants"
            " colleague_active 2 times within 30 days, and not colleague_active or pricing_viewed"
            " within 60 days; it never gives points. Allowed: a condition somebody can meet.",
        ],
    ),
    (
        "silent and not silent",
        "scoring.yaml",
        "{signal: colleague_active, at_least: 2, within_days: 30}",
        "{all: [{signal: pricing_viewed, within_days: 30}, {idle: any, days: 60}]}",
        [
            "warning: scoring.yaml, line 19: pattern 'group' can never hold: it wants pricing_viewed"
            " within 30 days, and not colleague_active or demo_requested or email_opened or"
            " pricing_viewed within 60 days; it never gives points. Allowed: a condition somebody can"
            " meet.",
        ],
    ),
    (
        "silence longer than memory",
        "scoring.yaml",
        "{signal: colleague_active, at_least: 2, within_days: 30}",
        "{idle: email_opened, days: 400}",
        [
            "note: signals.yaml, line 19: nothing uses signal 'colleague_active': it is told in the"
            " story and in reports, and gives no points.",
            "warning: scoring.yaml, line 19: pattern 'group' can never hold: it wants silence for 400"
            " days, and the facts are kept for 400; it never gives points. Allowed: a condition"
            " somebody can meet.",
        ],
    ),
    (
        "a window longer than memory",
        "scoring.yaml",
        "{signal: colleague_active, at_least: 2, within_days: 30}",
        "{signal: email_opened, at_least: 2, within_days: 500}",
        [
            "note: signals.yaml, line 19: nothing uses signal 'colleague_active': it is told in the"
            " story and in reports, and gives no points.",
            "warning: scoring.yaml, line 19: pattern 'group' looks back 500 days, and facts of"
            " email_opened are kept for 400 days only. Allowed: a shorter window, or a longer"
            " `retention_days` in signals.yaml.",
        ],
    ),
    (
        "a level out of reach",
        "levels.yaml",
        "when: {score: engagement, at_least: 20}",
        "when: {score: engagement, at_least: 200}",
        [
            "error: levels.yaml, line 7: criterion 'interest' of level 'engaged' can never hold:"
            " engagement would have to reach 200, and all rules together give 50 at most; nobody could"
            " ever enter the level. Allowed: a condition somebody can meet.",
        ],
    ),
    (
        "an SQL score out of reach",
        "levels.yaml",
        "{score: intent, at_least: 20}",
        "{score: intent, at_least: 50}",
        [
            "error: levels.yaml, line 23: criterion 'ready' of sql can never hold: intent would have"
            " to reach 50, and all rules together give 40 at most; nobody could become an SQL by"
            " score. Allowed: a condition somebody can meet.",
        ],
    ),
    (
        "SQL criteria that exclude one another",
        "levels.yaml",
        "{score: intent, at_least: 20}",
        "{grade: C}",
        [
            "error: levels.yaml, line 19: nobody can become an SQL by score: the criteria exclude one"
            " another (no fit grade is left that the rules of model 'standard' can give).",
        ],
    ),
    (
        "a grade out of reach",
        "scoring.yaml",
        "grades: {A: 40, B: 10, C: 0}",
        "grades: {A: 45, B: 10, C: 0}",
        [
            "warning: scoring.yaml, line 8: grades of models 'large' and 'standard': A needs 45 fit"
            " points, and the rules give 40 at most.",
        ],
    ),
    (
        "a grade everybody has",
        "scoring.yaml",
        "grades: {A: 40, B: 10, C: 0}",
        "grades: {A: 40, B: 0, C: -10}",
        [
            "warning: scoring.yaml, line 8: grades of models 'large' and 'standard': everybody has B"
            " or better: it begins at 0, and nobody has less.",
        ],
    ),
    (
        "two grades in one place",
        "scoring.yaml",
        "grades: {A: 40, B: 10, C: 0}",
        "grades: {A: 40, B: 40, C: 0}",
        [
            "warning: scoring.yaml, line 8: grades of models 'large' and 'standard': A and B begin at"
            " the same points, so nobody gets B.",
        ],
    ),
    (
        "levels that ask for the same",
        "levels.yaml",
        "{id: more, label: More, when: {score: engagement, at_least: 35}}\n"
        "    leave: {score: engagement, below: 25}",
        "{id: more, label: More, when: {score: engagement, at_least: 20}}\n"
        "    leave: {score: engagement, below: 15}",
        [
            "warning: levels.yaml, line 4: level 'engaged' and 'keen' ask for the same, so nobody is"
            " ever at 'engaged'. Allowed: the higher level asks for more than the lower one. Example:"
            " {level: engaged}",
        ],
    ),
    (
        "a higher level that asks for less",
        "levels.yaml",
        "{id: first, label: Engaged, when: {level: engaged}}\n"
        "      - {id: more, label: More, when: {score: engagement, at_least: 35}}\n"
        "    leave: {score: engagement, below: 25}",
        "{id: more, label: More, when: {score: engagement, at_least: 15}}\n"
        "    leave: {score: engagement, below: 5}",
        [
            "warning: levels.yaml, line 4: whoever enters level 'engaged' meets 'keen' too, so nobody"
            " is ever at 'engaged'. Allowed: the higher level asks for more than the lower one."
            " Example: {level: engaged}",
        ],
    ),
    (
        "leaving above entering",
        "levels.yaml",
        "leave: {score: engagement, below: 25}",
        "leave: {any: [{score: engagement, below: 40}, {signal: email_opened}]}",
        [
            "warning: levels.yaml, line 14: `leave` of level 'keen' may hold while its `enter` still"
            " does; entering wins, so they stay, and the gap that keeps people from flapping is not"
            " there. Allowed: a `leave` that `enter` excludes, such as a lower border of the same"
            " score.",
        ],
    ),
    (
        "never leaving",
        "levels.yaml",
        "leave: {score: engagement, below: 25}",
        "leave: {all: [{score: engagement, below: 25}, {score: engagement, at_least: 30}]}",
        [
            "warning: levels.yaml, line 14: `leave` of level 'keen' can never hold, so nobody ever"
            " leaves the level: engagement would have to be at least 30 and below 25.",
        ],
    ),
    (
        "no leave",
        "levels.yaml",
        "    leave: {score: engagement, below: 10}\n",
        "",
        [
            "note: levels.yaml, line 4: level 'engaged' has no `leave`: points fade, so people come"
            " and go around its threshold. Example: leave: {score: engagement, below: 13}",
        ],
    ),
    (
        "near that is all",
        "levels.yaml",
        "at_least: 2\n  enter:\n    - {id: mql",
        "at_least: 3\n  enter:\n    - {id: mql",
        [
            "warning: levels.yaml, line 15: near_sql wants all 3 SQL criteria: who meets them is an"
            " SQL, not near one. Allowed: at_least: 2 or less.",
        ],
    ),
    (
        "a level above SQL",
        "levels.yaml",
        "when: {score: engagement, at_least: 35}}\n    leave",
        "when: {all: [{score: intent, at_least: 20}, {score: engagement, at_least: 50}, {grade: A}]}}\n"
        "    leave",
        [
            "warning: levels.yaml, line 19: whoever enters level 'keen' meets every SQL criterion"
            " too, so nobody is at it. Allowed: SQL criteria that ask for more than the level.",
        ],
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "texts"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_what_can_never_be_is_named_with_place_and_cure(
    tmp_path: Path, file: str, old: str, new: str, texts: list[str]
) -> None:
    """One place is spoiled; all that is said about it stands here, with file, line and cure."""
    folder = analyst.write(tmp_path)
    (folder / "examples.yaml").unlink()
    edit(folder, file, old, new)
    assert [f"{item.level}: {item}" for item in examine(folder, HOME)] == texts
