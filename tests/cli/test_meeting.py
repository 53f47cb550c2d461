"""The reports of the two teams' talks as a user meets them: shadow and weekly, on the demo's weeks."""

from __future__ import annotations

import csv
import io

import pytest

from tests.cli.conftest import Answer, Shell
from tests.cli.documented import assert_documented, shape

Demo = tuple[Shell, Answer]


@pytest.mark.parametrize("command", ["shadow", "weekly"])
def test_it_answers_as_documented_and_fits(demo: Demo, command: str) -> None:
    """A table of 80 columns is no wider."""
    shell, _ = demo
    answer = shell.run("report", command, "--json")
    assert answer.code == 0, answer.out + answer.err
    assert_documented(answer.data, shape(f"report {command}"))
    table = shell.run("report", command).out
    assert max(len(line) for line in table.splitlines()) <= 80


def test_a_number_of_the_week_lists_its_leads(demo: Demo) -> None:
    """B-112: at least one where it is not 0, and nobody where it is."""
    shell, _ = demo
    data = shell.run("report", "weekly", "--json").data
    assert data["numbers"]["passed"]["value"] > 0
    assert data["numbers"]["without_criteria"]["value"] == 0
    for name in ("passed", "without_criteria"):
        leads = shell.run("report", "weekly", "--list", name, "--json").data["leads"]
        value = data["numbers"][name]["value"]
        assert bool(leads) == bool(value), name
        assert len(leads) <= value, name


def test_the_week_is_one_page(demo: Demo) -> None:
    """What does not fit is counted; both promises are said."""
    shell, _ = demo
    page = shell.run("report", "weekly", "--since", "2026-09-07", "--format", "markdown").out
    assert page.startswith("# Hand-off meeting")
    assert len(page.splitlines()) <= 90
    assert "Marketing's promise holds" in page


def test_a_week_and_the_one_before_add_up(demo: Demo) -> None:
    """The ledger's numbers of two weeks are those of both."""
    shell, _ = demo
    whole = shell.run("report", "weekly", "--since", "2026-09-07", "--until", "2026-09-20", "--json").data
    half = shell.run("report", "weekly", "--since", "2026-09-14", "--until", "2026-09-20", "--json").data
    for name in ("passed", "accepted", "given_back", "opportunities", "won", "lost", "downloads"):
        number = half["numbers"][name]
        assert number["value"] + number["before"] == whole["numbers"][name]["value"], name


def test_the_shadow_counts_each_arrival_once(demo: Demo) -> None:
    """By group, by outcome and by lead; each list names those of its number."""
    shell, _ = demo
    data = shell.run("report", "shadow", "--json").data
    outcomes = ("open", "accepted", "opportunity", "won", "lost", "given_back")
    for group in data["groups"]:
        assert group["arrivals"] == sum(group[name] for name in outcomes)
        assert group["arrivals"] == sum(lead["group"] == group["id"] for lead in data["leads"])
    named = {group["id"]: group["arrivals"] for group in data["groups"]}
    assert sum(named.values()) == len(data["leads"]) > 0
    assert sum(item["arrivals"] for item in data["ways"]) == named["same"] + named["only_they"]
    assert sum(item["arrivals"] for item in data["reasons"]) == named["only_they"]
    rows = list(csv.reader(io.StringIO(shell.run("report", "shadow", "--list", "only_we", "--csv").out)))
    assert {int(row[0]) for row in rows[1:]} == {
        lead["lead_id"] for lead in data["leads"] if lead["group"] == "only_we"
    }
