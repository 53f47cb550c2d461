"""Reports as a user meets them: four forms of the same numbers, groups, and the leads behind a number."""

from __future__ import annotations

import csv
import io

import pytest

from syncd.store import schema
from syncd.store.engine import Store
from tests.cli.conftest import Answer, Shell
from tests.cli.documented import assert_documented, shape

Demo = tuple[Shell, Answer]


GROUPED = {
    "funnel": "source",
    "velocity": "segment",
    "sla": "offer",
    "handoff": "owner",
    "reversions": "level",
}


@pytest.mark.parametrize(("command", "by"), GROUPED.items())
def test_a_report_answers_as_documented(demo: Demo, command: str, by: str) -> None:
    """With and without groups."""
    shell, _ = demo
    for words in ((), ("--by", by)):
        answer = shell.run("report", command, *words, "--json")
        assert answer.code == 0, answer.out
        assert_documented(answer.data, shape(f"report {command}"))
        assert bool(answer.data["groups"]) == bool(words)


def test_all_forms_have_the_same_numbers(demo: Demo) -> None:
    """CSV and Markdown beside JSON; a table of 80 columns is no wider."""
    shell, _ = demo
    data = shell.run("report", "velocity", "--json").data
    rows = list(csv.DictReader(io.StringIO(shell.run("report", "velocity", "--format", "csv").out)))
    assert [(row["from"], row["to"], int(row["begun"])) for row in rows] == [
        (way["from"], way["to"], way["begun"]) for way in data["ways"]
    ]
    page = shell.run("report", "velocity", "--format", "markdown").out
    lines = [line for line in page.splitlines() if line.startswith("| ")][2:]
    assert [int(line.split("|")[2].replace(",", "")) for line in lines] == [
        way["begun"] for way in data["ways"]
    ]
    for command in GROUPED:
        words = () if command == "reversions" else ("--by", "offer")
        table = shell.run("report", command, *words).out
        assert max(len(line) for line in table.splitlines()) <= 80, command


@pytest.mark.parametrize("by", ["offer", "owner"])
def test_groups_add_up_to_the_whole(demo: Demo, by: str) -> None:
    """Each lead is in exactly one, also those of whom it is not known."""
    shell, _ = demo
    data = shell.run("report", "funnel", "--by", by, "--json").data
    whole = {step["step"]: step for step in data["cohort"]}
    for name, step in whole.items():
        parts = [line for group in data["groups"] for line in group["cohort"] if line["step"] == name]
        assert sum(line["leads"] for line in parts) == step["leads"]
    assert sum(sum(group["snapshot"].values()) for group in data["groups"]) == sum(data["snapshot"].values())


@pytest.mark.parametrize(("command", "count"), [("sla", "clocks"), ("handoff", "handoffs")])
def test_groups_of_hand_offs_add_up_too(demo: Demo, command: str, count: str) -> None:
    """In JSON and in CSV, where the group stands in front; the leads are listed by group."""
    shell, _ = demo
    data = shell.run("report", command, "--by", "channel", "--json").data
    if command == "sla":
        whole, parts = data["lines"][0][count], [group["lines"][0][count] for group in data["groups"]]
    else:
        whole, parts = data[count], [group[count] for group in data["groups"]]
    assert sum(parts) == whole > 0
    rows = csv.DictReader(io.StringIO(shell.run("report", command, "--by", "channel", "--csv").out))
    assert {row["channel"] for row in rows} == {group["group"] for group in data["groups"]}
    metric = {"sla": "all.clocks", "handoff": "handoffs"}[command]
    listed = shell.run("report", command, "--by", "channel", "--list", metric, "--json").data["leads"]
    assert {lead["channel"] for lead in listed} == {group["group"] for group in data["groups"]}


def test_every_number_lists_its_leads(demo: Demo) -> None:
    """As many as it says, by name; by group where it was asked so."""
    shell, _ = demo
    data = shell.run("report", "funnel", "--json").data
    step = next(item for item in data["cohort"] if item["step"] == "lead")
    listed = shell.run("report", "funnel", "--list", "cohort.lead", "--json").data
    assert (len(listed["leads"]), listed["metric"]) == (step["leads"], "cohort.lead")
    assert step["leads"] > 0
    for position, count in list(data["snapshot"].items())[:2]:
        found = shell.run("report", "funnel", "--list", f"snapshot.{position}", "--json").data["leads"]
        assert {lead["position"] for lead in found} == {position}
        assert len(found) == count
    grouped = shell.run("report", "funnel", "--list", "cohort.lead", "--by", "channel", "--json").data[
        "leads"
    ]
    assert {lead["lead_id"] for lead in grouped} == {lead["lead_id"] for lead in listed["leads"]}
    assert all(lead["channel"] for lead in grouped)
    name = listed["leads"][0]["name"]
    assert name.split()[0] in shell.run("report", "funnel", "--list", "cohort.lead").out


def test_a_number_that_is_none_is_answered_with_those_there_are(demo: Demo) -> None:
    """Exit code 2, and what to write instead."""
    shell, _ = demo
    answer = shell.run("report", "funnel", "--list", "nonsense")
    assert answer.code == 2
    assert "cohort" in answer.said
    assert shell.run("report", "funnel", "--since", "yesterday").code == 2
    assert shell.run("report", "funnel", "--since", "2026-09-30", "--until", "2026-09-01").code == 2


def test_nobody_is_said_in_a_sentence(shell: Shell) -> None:
    """Of an empty store people get one sentence, not tables of noughts; machines get the columns."""
    state = shell.folder / "state"
    state.mkdir()
    store = Store(f"sqlite:///{state}/syncd.db")
    schema.upgrade(store)
    store.dispose()
    for command in (*GROUPED, "hand-raisers"):
        answer = shell.run("report", command)
        assert (answer.code, " 0 " in answer.out) == (0, False), answer.err
        assert [line for line in answer.out.splitlines() if line.startswith("Nobody")] != []
        by = ("--by", "owner") if command in GROUPED else ()
        assert shell.run("report", command, *by, "--json").code == 0
        assert "," in shell.run("report", command, *by, "--csv").out.splitlines()[0]


def test_a_wrong_name_of_a_number_is_answered_with_a_few_that_are_right(demo: Demo) -> None:
    """However many people and offers there are numbers of."""
    shell, _ = demo
    answer = shell.run("report", "reversions", "--list", "nothing")
    assert answer.code == 2
    assert len(answer.said) < 1_500
