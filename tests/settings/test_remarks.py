# ruff: noqa: E501 - lines of YAML stay as people write them
"""Rules, kinds and filters that do nothing or mislead, and what people read about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings import examine
from tests.settings import analyst
from tests.settings.small import HOME, edit

CASES: list[tuple[str, str, str, str, list[str]]] = [
    # what it is, file, what stands there, what is put there, all that is said
    (
        "a model nobody reaches",
        "scoring.yaml",
        "  - id: standard\n",
        "  - {id: huge, label: Huge, extends: large, when: {field: company.numberofemployees, at_least: 5000}}\n"
        "  - id: standard\n",
        [
            "warning: scoring.yaml, line 6: model 'huge' is never used: an earlier model takes"
            " everybody it is for. Allowed: the narrower model first.",
        ],
    ),
    (
        "a cap below one",
        "scoring.yaml",
        "points: 1, half_life_days: 30, cap: 5",
        "points: 7, half_life_days: 30, cap: 5",
        [
            "warning: scoring.yaml, line 16: rule 'opens' gives 7 points for each, and never more"
            " than 5 in all. Allowed: points of 5, or a cap of 7 or more.",
        ],
    ),
    (
        "a cap out of reach",
        "scoring.yaml",
        "half_life_days: 30, cap: 5",
        "half_life_days: 30, newest: 4, cap: 5",
        [
            "note: scoring.yaml, line 16: the cap of rule 'opens' is never reached: it is 5, and the"
            " rule gives 4 at most.",
        ],
    ),
    (
        "newest of more than there are",
        "scoring.yaml",
        "half_life_days: 30, cap: 40, group: web",
        "half_life_days: 30, cap: 40, per_day: 1, newest: 50, window_days: 30, group: web",
        [
            "warning: scoring.yaml, line 15: rule 'prices' counts the newest 50, and 30 days hold 32"
            " at most. Allowed: newest: 32 or less, or none.",
        ],
    ),
    (
        "a window after the steps",
        "scoring.yaml",
        "half_life_days: 30, cap: 40, group: web",
        "steps: {7: 100%, 30: 50%}, window_days: 60, cap: 40, group: web",
        [
            "warning: scoring.yaml, line 15: the window of rule 'prices' is 60 days, and its steps"
            " end after 30. Allowed: window_days up to 30, or none.",
        ],
    ),
    (
        "steps after the window",
        "scoring.yaml",
        "half_life_days: 30, cap: 40, group: web",
        "steps: {7: 100%, 30: 50%, 60: 25%}, window_days: 7, cap: 40, group: web",
        [
            "warning: scoring.yaml, line 15: what rule 'prices' gives after 7 days never counts: its"
            " window is 7 days.",
        ],
    ),
    (
        "a group cap out of reach",
        "scoring.yaml",
        "group_caps: {web: 35}",
        "group_caps: {web: 50}",
        [
            "note: scoring.yaml, line 9: the cap of group 'web' is never reached: it is 50, and its"
            " rules give 40 at most.",
        ],
    ),
    (
        "no points",
        "scoring.yaml",
        "points: 20, when: {field: person.seniority, is: head}",
        "points: 0, when: {field: person.seniority, is: head}",
        [
            "warning: scoring.yaml, line 12: rule 'head' gives 0 points: it changes nothing; remove"
            " it or give it some.",
        ],
    ),
    (
        "the same fit twice",
        "scoring.yaml",
        "when: {field: person.seniority, is: head}",
        "when: {field: person.seniority, is: [c_level, vp]}",
        [
            "warning: scoring.yaml, line 12: rule 'head' tests the same as rule 'boss' in line 11;"
            " keep one of them.",
        ],
    ),
    (
        "the same count twice",
        "scoring.yaml",
        "signals: email_opened, points: 1",
        "signals: pricing_viewed, points: 1",
        [
            "note: signals.yaml, line 13: nothing uses signal 'email_opened': it is told in the story"
            " and in reports, and gives no points.",
            "warning: scoring.yaml, line 16: rule 'opens' counts the same signals for the same score"
            " as 'prices' in line 15; join them, so that one cap holds for both.",
        ],
    ),
    (
        "a kind no fact makes",
        "signals.yaml",
        '{url: ["*/pricing*", "*/preise*"]}',
        '{url: ["*/pricing*", "*/preise*"]}, unless: {url: "*/pr*"}',
        [
            "error: signals.yaml, line 12: no fact can make signal 'pricing_viewed': `unless` takes"
            " away every url `where` lets in.",
        ],
    ),
    (
        "a kind used by nothing",
        "scoring.yaml",
        "      - {id: opens, label: Opens, signals: email_opened, points: 1, half_life_days: 30, cap: 5}\n",
        "",
        [
            "note: signals.yaml, line 13: nothing uses signal 'email_opened': it is told in the story"
            " and in reports, and gives no points.",
        ],
    ),
    (
        "one kind under two names",
        "signals.yaml",
        "signals:\n",
        "signals:\n  - {id: opened, label: Opened, from: [{source: hubspot.email_open}]}\n",
        [
            "warning: signals.yaml, line 2: signal 'opened' and 'email_opened' in line 14 are made by"
            " the same facts; keep one of them.",
            "note: signals.yaml, line 2: nothing uses signal 'opened': it is told in the story and in"
            " reports, and gives no points.",
        ],
    ),
    (
        "a filter in the shadow",
        "filters.yaml",
        "  - {id: student",
        "  - {id: eu, label: EU, outcome: divert, divert_to: them, when: {field: person.email_domain, is: rival.example}}\n"
        '  - {id: eu_rival, label: EU, outcome: divert, divert_to: them, when: {field: person.email_domain, matches: "*.eu.rival.example"}}\n'
        "  - {id: student",
        [
            "warning: filters.yaml, line 4: whoever filter 'eu' matches is matched by 'rival' before,"
            " so its outcome (divert) never counts. Allowed: the narrower filter first.",
            "warning: filters.yaml, line 5: whoever filter 'eu_rival' matches is matched by 'rival'"
            " before, so its outcome (divert) never counts. Allowed: the narrower filter first.",
        ],
    ),
    (
        "a decisive kind a filter stops",
        "filters.yaml",
        "when: {field: person.seniority, is: student}",
        "when: {any: [{field: person.seniority, is: student}, {signal: demo_requested, within_days: 60}]}",
        [
            "error: levels.yaml, line 25: decisive signal 'demo_requested' never hands over: filter"
            " 'student' always stops who does it. Allowed: a filter that looks at who they are, not at"
            " this.",
        ],
    ),
    (
        "a decisive kind of no intent",
        "levels.yaml",
        "signals: [demo_requested]",
        "signals: [demo_requested, email_opened]",
        [
            "warning: levels.yaml, line 25: decisive signal 'email_opened' hands over on its own, and"
            " in signals.yaml its intent is none: say what it says of buying, or take it out of"
            " `decisive`.",
        ],
    ),
    (
        "a decisive kind of weak intent",
        "levels.yaml",
        "signals: [demo_requested]",
        "signals: [demo_requested, pricing_viewed]",
        [
            "warning: levels.yaml, line 25: decisive signal 'pricing_viewed' hands over on its own,"
            " and in signals.yaml its intent is weak: no weak action makes an SQL; take it out of"
            " `decisive`.",
        ],
    ),
    (
        "a decisive act of ours",
        "signals.yaml",
        "channel: website\n    intent: strong",
        "direction: outbound\n    intent: strong",
        [
            "warning: levels.yaml, line 25: decisive signal 'demo_requested' hands over on its own,"
            " and its direction is outbound: it is nothing the person did; take it out of `decisive`.",
        ],
    ),
    (
        "a decisive act for ever",
        "levels.yaml",
        "within_days: 30\n  needs",
        "within_days: 365\n  needs",
        [
            "note: levels.yaml, line 26: a decisive action counts for 365 days: who asked so long ago"
            " has moved on. Allowed: 30 to 90 days.",
        ],
    ),
    (
        "an SQL by one weak act",
        "levels.yaml",
        "    - {id: interest, label: Interest, when: {score: engagement, at_least: 35}}\n"
        "    - {id: ready, label: Ready, when: {score: intent, at_least: 20}}\n",
        "    - {id: did, label: Did, when: {score: engagement, at_least: 1}}\n"
        "    - {id: ready, label: Ready, when: {score: intent, below: 20}}\n",
        [
            "warning: levels.yaml, line 19: one act alone makes an SQL of somebody who fits:"
            " email_opened or pricing_viewed. Allowed: SQL criteria that one weak act cannot meet."
            " Example: {score: engagement, at_least: 45}",
        ],
    ),
    (
        "an SQL by nothing",
        "levels.yaml",
        "    - {id: interest, label: Interest, when: {score: engagement, at_least: 35}}\n"
        "    - {id: ready, label: Ready, when: {score: intent, at_least: 20}}\n",
        "    - {id: whole, label: Whole, when: {icp: met}}\n"
        "    - {id: ready, label: Ready, when: {score: intent, below: 20}}\n",
        [
            "warning: levels.yaml, line 19: who fits is an SQL without having done anything: no SQL"
            " criterion asks for an act. Allowed: SQL criteria that one weak act cannot meet. Example:"
            " {score: engagement, at_least: 45}",
        ],
    ),
    (
        "nobody kept out",
        "filters.yaml",
        "id: rival, label: Competitor",
        "id: them, label: Them",
        [
            "note: filters.yaml, line 2: no filter is named for competitors: anybody can fill in a"
            " form. Example: {id: competitor, label: Competitor, when: {field: person.email_domain,"
            " in_list: competitor_domains}}",
        ],
    ),
    (
        "no student",
        "filters.yaml",
        "id: student, label: Student",
        "id: young, label: Young",
        [
            "note: filters.yaml, line 2: no filter is named for students: anybody can fill in a form."
            " Example: {id: student, label: Student, when: {field: person.seniority, is: student}}",
        ],
    ),
    (
        "no ICP",
        "levels.yaml",
        "icp:\n"
        "  - {id: size, label: 10 people or more, when: {field: company.numberofemployees, at_least: 10}}\n",
        "",
        [
            "note: levels.yaml, line 1: there is no ICP: every company passes the gate. Example: -"
            " {id: size, label: 20 people or more, when: {field: company.numberofemployees, at_least:"
            " 20}}",
        ],
    ),
    (
        "an empty list",
        "filters.yaml",
        '[rival.example, "*.rival.example"]',
        "[]",
        [
            "note: filters.yaml, line 3: filter 'rival' compares person.email_domain with a list that"
            " is empty, so nothing matches it yet. Allowed: entries of your own in `lists` of"
            " filters.yaml.",
        ],
    ),
    (
        "a band out of reach",
        "levels.yaml",
        "mql:\n  - id: engaged",
        "matrix:\n"
        "  bands: {1: 90, 2: 0}\n"
        "  cells: {A1: {action: Call}, A2: {action: Call}, B1: {action: Write}, B2: {action: Write}, C1: {action: Wait}, C2: {action: Wait}}\n"
        "mql:\n"
        "  - id: engaged",
        [
            "warning: levels.yaml, line 4: band 1 of the matrix begins at engagement 90, and all"
            " rules give 50 at most. Allowed: 50 or less.",
        ],
    ),
    (
        "a cell without an action",
        "levels.yaml",
        "mql:\n  - id: engaged",
        "matrix:\n"
        "  bands: {1: 30, 2: 0}\n"
        "  cells: {A1: {action: Call}, A2: {action: Call}, B1: {action: Write}, B2: {action: Write}}\n"
        "mql:\n"
        "  - id: engaged",
        [
            "warning: levels.yaml, line 3: the matrix says nothing about C1, C2: who is there has no"
            " action. Allowed: an action for each cell.",
        ],
    ),
    (
        "criteria of a level that exclude one another",
        "levels.yaml",
        "{id: first, label: Engaged, when: {level: engaged}}",
        "{id: first, label: Engaged, when: {score: engagement, below: 30}}",
        [
            "error: levels.yaml, line 9: level 'keen' can never be entered: its criteria exclude one"
            " another (engagement would have to be at least 35 and below 30).",
        ],
    ),
    (
        "strong intent nobody listens to",
        "signals.yaml",
        "label: Opened an e-mail\n",
        "label: Opened an e-mail\n    intent: strong\n",
        [
            "note: signals.yaml, line 13: signal 'email_opened' says strong intent, and no rule of"
            " intent, level or letter listens to it. Example: - {id: email_opened, label: Opened an"
            " e-mail, signals: email_opened, points: 20, score: intent}",
        ],
    ),
    (
        "a standard field misspelt",
        "levels.yaml",
        "{field: company.numberofemployees, at_least: 10}",
        "{field: company.number_of_employee, at_least: 10}",
        [
            "note: levels.yaml, line 2: criterion 'size' of the ICP tests company.number_of_employee,"
            " which is no standard field; did you mean 'company.numberofemployees'? If it is a field"
            " of your own, all is well.",
        ],
    ),
    (
        "points at half from the start",
        "scoring.yaml",
        "half_life_days: 30, cap: 40, group: web",
        "steps: {30: 50%}, newest: 4, group: web",
        [
            "note: scoring.yaml, line 9: the cap of group 'web' is never reached: it is 35, and its"
            " rules give 20 at most.",
        ],
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "texts"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_what_does_nothing_or_misleads_is_named_with_place_and_cure(
    tmp_path: Path, file: str, old: str, new: str, texts: list[str]
) -> None:
    """One place is spoiled; all that is said about it stands here, with file, line and cure."""
    folder = analyst.write(tmp_path)
    (folder / "examples.yaml").unlink()
    edit(folder, file, old, new)
    assert [f"{item.level}: {item}" for item in examine(folder, HOME)] == texts
