"""YAML becomes the core's frozen values: conditions, inheritance, hours, owners."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from syncd.core.playbook import (
    AllOf,
    AnyOf,
    AttributeTest,
    FieldTest,
    GradeTest,
    IcpTest,
    LevelTest,
    Model,
    NotOf,
    Operator,
    Playbook,
    ScoreTest,
    SignalTest,
    Test,
)
from syncd.settings import load
from tests.settings.small import HOME, edit, only


def playbook(folder: Path) -> Playbook:
    return load(folder, HOME).playbook


CONDITIONS: list[tuple[str, Test]] = [
    ("{field: contact.jobtitle, is: CFO}", FieldTest("contact.jobtitle", Operator.IS, ("CFO",))),
    (
        "{field: contact.x, is: [a, 2, true, 1.5]}",
        FieldTest("contact.x", Operator.IS, ("a", "2", "true", "1.5")),
    ),
    ("{field: contact.x, contains: [a]}", FieldTest("contact.x", Operator.CONTAINS, ("a",))),
    ('{field: company.domain, matches: "*.edu"}', FieldTest("company.domain", Operator.MATCHES, ("*.edu",))),
    (
        "{field: person.email_domain, in_list: competitor_domains}",
        FieldTest("person.email_domain", Operator.MATCHES, ("rival.example",)),
    ),
    ("{field: company.size, at_least: 50}", FieldTest("company.size", Operator.AT_LEAST, ("50",))),
    ("{field: company.size, at_most: 0.5}", FieldTest("company.size", Operator.AT_MOST, ("0.5",))),
    ("{field: lead.Status, present: true}", FieldTest("lead.Status", Operator.PRESENT)),
    ("{field: sfcontact.Title, present: false}", FieldTest("sfcontact.Title", Operator.ABSENT)),
    ("{signal: pricing_viewed}", SignalTest(("pricing_viewed",), 1, None)),
    (
        "{signal: [pricing_viewed, demo_requested], at_least: 2, within_days: 30}",
        SignalTest(("pricing_viewed", "demo_requested"), 2, 30),
    ),
    ("{score: total, at_least: 60}", ScoreTest("total", 60, None)),
    ("{score: intent, below: 10}", ScoreTest("intent", None, 10)),
    ("{grade: A}", GradeTest(("A",))),
    ("{icp: met}", IcpTest(unknown_counts=False)),
    ("{icp: not_failed}", IcpTest(unknown_counts=True)),
    ("{level: engaged}", LevelTest("engaged")),
    ("{all: [{grade: A}, {icp: met}]}", AllOf((GradeTest(("A",)), IcpTest()))),
    ("{any: [{grade: A}, {icp: met}], at_least: 2}", AnyOf((GradeTest(("A",)), IcpTest()), 2)),
    ("{not: {grade: C}}", NotOf(GradeTest(("C",)))),
]


@pytest.mark.parametrize(("written", "test"), CONDITIONS, ids=[case[0] for case in CONDITIONS])
def test_each_form_of_condition_becomes_its_test(folder: Path, written: str, test: Test) -> None:
    edit(folder, "levels.yaml", "{grade: [A, B]}", written)
    assert playbook(folder).levels.sql[0].test == test


def test_a_list_may_be_empty_and_then_matches_nobody(folder: Path) -> None:
    """The shipped lists are to be filled in; an empty one is no mistake."""
    edit(folder, "filters.yaml", "[rival.example]", "[]")
    assert playbook(folder).filters[0].test == FieldTest("person.email_domain", Operator.MATCHES, ())


def test_attributes_of_a_signal_are_wanted_or_unwanted(folder: Path) -> None:
    edit(folder, "signals.yaml", 'where: {form: "*demo*"}', 'where: {form: [a, b]}, unless: {url: "*x*"}')
    kind = playbook(folder).signals[0]
    assert kind.sources[0].where == (
        AttributeTest("form", ("a", "b")),
        AttributeTest("url", ("*x*",), negate=True),
    )


CHILD = """\
  - id: child
    label: Child
    extends: standard
    when: {field: company.numberofemployees, at_least: 1000}
"""


def models(folder: Path, child: str) -> dict[str, Model]:
    edit(folder, "scoring.yaml", "models:\n", f"models:\n{CHILD}{child}")
    return {model.id: model for model in playbook(folder).models}


def test_a_model_inherits_all_rules_grades_and_caps(folder: Path) -> None:
    found = models(folder, "")
    assert found["child"].fit == found["standard"].fit
    assert found["child"].behaviour == found["standard"].behaviour
    assert found["child"].grades == found["standard"].grades
    assert [letter for letter, _points in found["child"].grades] == ["A", "B", "C"]
    assert [name for name, model in found.items() if model.when is None] == ["standard"]


def test_a_rule_of_the_same_id_replaces_and_others_are_added(folder: Path) -> None:
    found = models(
        folder,
        "    behaviour:\n"
        "      - {id: prices, label: Prices, signals: pricing_viewed, points: 20}\n"
        "      - {id: demos, label: Demos, signals: demo_requested, points: 5}\n",
    )
    assert [(rule.id, rule.points, rule.cap) for rule in found["child"].behaviour] == [
        ("prices", 20, None),
        ("demos", 5, None),
    ]


def test_a_rule_can_be_left_out(folder: Path) -> None:
    found = models(folder, "    without: [prices]\n")
    assert (found["child"].behaviour, len(found["standard"].behaviour)) == ((), 1)


def test_an_inherited_id_of_another_kind_of_rule_is_refused(folder: Path) -> None:
    """Reasons are told apart by their id, so a fit rule and a behaviour rule cannot share one."""
    fit = "    fit:\n      - {id: prices, label: P, points: 1, when: {field: contact.x, is: 1}}\n"
    edit(folder, "scoring.yaml", "models:\n", f"models:\n{CHILD}{fit}")
    assert only(folder).message.startswith("model 'child' has two rules with the id 'prices'")


def test_a_base_is_only_there_to_be_extended(folder: Path) -> None:
    edit(folder, "scoring.yaml", "    label: Everybody\n", "    label: Everybody\n    is_base: true\n")
    edit(folder, "scoring.yaml", "models:\n", "models:\n  - {id: all, label: All, extends: standard}\n")
    assert [model.id for model in playbook(folder).models] == ["all"]


def test_a_circle_of_inheriting_models_is_named_once(folder: Path) -> None:
    path = folder / "scoring.yaml"
    text = path.read_text()
    text = text.replace("    label: Everybody\n", "    label: Everybody\n    extends: b\n")
    others = (
        "  - {id: b, label: B, extends: a, when: {field: contact.x, is: 1}}\n"
        "  - {id: a, label: A, extends: standard, when: {field: contact.x, is: 2}}\n"
    )
    path.write_text(text.replace("models:\n", f"models:\n{others}"))
    assert str(only(folder)) == (
        "scoring.yaml, line 3: models extend one another in a circle: a -> standard -> b -> a; cut one"
        " `extends`."
        " Found: 'standard'. Allowed: a model that does not lead back here."
    )


def test_a_model_that_extends_itself_is_refused(folder: Path) -> None:
    edit(folder, "scoring.yaml", "    label: Everybody\n", "    label: Everybody\n    extends: standard\n")
    assert "in a circle: standard -> standard" in only(folder).message


def test_an_unknown_base_has_its_nearest(folder: Path) -> None:
    edit(
        folder,
        "scoring.yaml",
        "models:\n",
        f"models:\n{CHILD.replace('extends: standard', 'extends: standrd')}",
    )
    assert only(folder).message == "there is no model 'standrd'; did you mean 'standard'?"


def test_a_rule_that_is_not_inherited_cannot_be_left_out(folder: Path) -> None:
    edit(folder, "scoring.yaml", "models:\n", f"models:\n{CHILD}    without: [price]\n")
    assert only(folder).message == "the extended model has no rule 'price'; did you mean 'prices'?"


def test_the_last_model_must_be_for_everyone(folder: Path) -> None:
    """Otherwise somebody would have no score."""
    edit(
        folder,
        "scoring.yaml",
        "    label: Everybody\n",
        "    label: All\n    when: {field: contact.x, is: 1}\n",
    )
    assert only(folder).message.startswith("the last model must be for everyone")


def test_only_the_last_model_may_be_for_everyone(folder: Path) -> None:
    edit(folder, "scoring.yaml", "models:\n", "models:\n  - {id: first, label: First, extends: standard}\n")
    assert only(folder).message.startswith("model 'first' is for everyone, so those after it are never used")


# --- business hours --------------------------------------------------------------------------------------


def test_hours_count_working_days_or_open_hours(folder: Path) -> None:
    assert playbook(folder).sla.target_hours == 8
    edit(folder, "sla.yaml", "breach_hours: 48", "breach_hours: 48, counted_in: open_hours")
    assert playbook(folder).sla.target_hours == 24


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("{opens: '08:30', closes: '18:00'}", 9.5),
        ("{opens: '22:00', closes: '06:00'}", 8),
        ("{opens: '00:00', closes: '00:00'}", 24),
    ],
)
def test_a_working_day_is_as_long_as_the_desk_is_open(folder: Path, hours: str, expected: float) -> None:
    """Night shifts and round the clock included."""
    edit(folder, "sla.yaml", "first_contact:", f"business_hours: {hours}\nfirst_contact:")
    assert playbook(folder).sla.target_hours == expected


def test_business_hours_take_the_general_time_zone_unless_told(folder: Path) -> None:
    assert playbook(folder).sla.hours.time_zone == "Europe/Berlin"
    edit(folder, "sla.yaml", "first_contact:", "business_hours: {time_zone: UTC}\nfirst_contact:")
    assert playbook(folder).sla.hours.time_zone == "UTC"


def test_days_and_hours_are_read(folder: Path) -> None:
    edit(
        folder,
        "sla.yaml",
        "first_contact:",
        "business_hours: {days: [sun, mon], opens: '9:05'}\nfirst_contact:",
    )
    hours = playbook(folder).sla.hours
    assert (hours.days, hours.opens, hours.closes) == ((0, 6), time(9, 5), time(17))


def test_public_holidays_of_a_region_and_further_days_are_free(folder: Path) -> None:
    """Epiphany is a holiday in Bavaria and not in Berlin."""
    rest = "{holidays_of: [DE-BY], holidays: ['2026-12-24']}"
    edit(folder, "sla.yaml", "first_contact:", f"business_hours: {rest}\nfirst_contact:")
    holidays = playbook(folder).sla.hours.holidays
    assert {date(2026, 1, 6), date(2026, 12, 24), date(2026, 12, 25)} <= holidays
    assert date(2026, 1, 7) not in holidays


def test_an_unknown_country_is_refused(folder: Path) -> None:
    edit(folder, "sla.yaml", "first_contact:", "business_hours: {holidays_of: [Bavaria]}\nfirst_contact:")
    assert only(folder).message == "no public holidays are known for 'Bavaria'"


# --- routing ---------------------------------------------------------------------------------------------


def test_owners_are_named_by_rule_and_by_default(folder: Path) -> None:
    (folder / "routing.yaml").write_text(
        "mode: owner\n"
        'owner: "005000000000001AAA"\n'
        "rules:\n"
        '  - {when: {field: company.country, is: Germany}, owner: "00G000000000001AAA"}\n'
    )
    routing = playbook(folder).routing
    assert (routing.mode, routing.owner_id) == ("owner", "005000000000001AAA")
    assert routing.rules == ((FieldTest("company.country", Operator.IS, ("Germany",)), "00G000000000001AAA"),)


def test_an_owner_is_needed_when_we_choose(folder: Path) -> None:
    (folder / "routing.yaml").write_text("mode: owner\n")
    assert only(folder).message.startswith("mode owner needs to say who")


def test_a_lead_is_reopened_as_an_open_status_only(folder: Path) -> None:
    """Handed over again as something that means `rejected`, it would come straight back."""
    path = folder / "recycle.yaml"
    path.write_text(path.read_text().replace("reason_field:", "reopen_as: Unqualified\n  reason_field:"))
    problem = only(folder)
    assert problem.message.startswith("reopen_as is a status that means new or working")
    path.write_text(path.read_text().replace("reopen_as: Unqualified", "reopen_as: New"))
    assert playbook(folder).feedback.reopen_as == "New"
