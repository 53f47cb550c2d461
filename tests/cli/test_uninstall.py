"""`syncd uninstall --plan`: the history first, then what was made, and nothing changed anywhere."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.cli.conftest import Answer, Shell
from tests.cli.documented import assert_documented, shape
from tests.cli.test_provision import bare


def table(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def after_the_demo(demo: tuple[Shell, Answer], tmp_path: Path) -> Shell:
    """The store the demo's weeks left, as an installation's own; both systems are gone."""
    made, _answer = demo
    shutil.copytree(Path(made.environ["SYNCD_STATE_DIR"]) / "demo", tmp_path / "state")
    return Shell(tmp_path, {"SYNCD_STATE_DIR": str(tmp_path / "state")})


def test_what_was_made_in_both_systems_is_listed(connected: tuple[Shell, Sandbox]) -> None:
    """Of HubSpot's properties those that setup made; of Salesforce's fields those of the mapping."""
    shell, sandbox = connected
    bare(sandbox)
    assert shell.run("setup", "--apply").code == 0
    sandbox.hubspot.definitions["contacts"]["syncd_stage"].description = "Ours now"
    writes = len(sandbox.hubspot.writes)
    answer = shell.run("uninstall", "--plan", "out", "--json")
    assert answer.code == 0, answer.err
    assert_documented(answer.data, shape("uninstall"))
    names = answer.data["hubspot"]["names"]
    assert len(names) == 23
    assert "syncd_stage" not in names, "a person took it over"
    assert "Lead.Syncd_Key__c" in answer.data["salesforce"]["names"]
    assert "Task.Syncd_Key__c" in answer.data["salesforce"]["names"]
    assert (len(sandbox.hubspot.writes), sandbox.salesforce.writes) == (writes, [])
    listed = (shell.folder / "out" / "hubspot-properties.csv").read_text(encoding="utf-8").splitlines()
    assert listed == ["contact property", *names]
    readme = (shell.folder / "out" / "README.md").read_text(encoding="utf-8")
    assert "`syncd_track`" in readme
    assert "`Lead.Syncd_Key__c`" in readme
    written = [path for path in (shell.folder / "out").rglob("*") if path.is_file()]
    assert (
        sorted(path.relative_to(shell.folder / "out").as_posix() for path in written) == answer.data["files"]
    )


def test_the_changes_that_remove_it_name_what_the_folder_made(connected: tuple[Shell, Sandbox]) -> None:
    shell, _sandbox = connected
    shell.run("setup", "--salesforce", "handoff")
    shell.run("uninstall", "--plan", "out")
    made = (shell.folder / "handoff/manifest/package.xml").read_text(encoding="utf-8")
    assert (shell.folder / "out/salesforce/destructiveChanges.xml").read_text(encoding="utf-8") == made


def test_the_history_is_complete_and_inert(after_the_demo: Shell) -> None:
    """Every move, every value written with what stood there, every record made; formulas are text."""
    answer = after_the_demo.run("uninstall", "--plan", "out", "--json")
    assert answer.code == 1, "both systems could not be asked, and the rest is written all the same"
    assert {answer.data[name]["why"] for name in ("hubspot", "salesforce")} == {"no credentials"}
    folder = after_the_demo.folder / "out" / "history"
    counts = {path.name: len(table(path)) for path in folder.iterdir()}
    assert counts == answer.data["history"]
    moves, values, records = (table(folder / f"{name}.csv") for name in ("ledger", "values", "records"))
    handed_over = {row["lead"] for row in moves if row["to"] == "handed_off"}
    assert handed_over
    made = {row["lead"] for row in records if row["object"].lower() in ("lead", "contact")}
    assert made <= handed_over | {row["lead"] for row in moves if row["to"] == "sql"}
    assert {"Syncd_Key__c", "syncd_stage"} <= {row["field"] for row in values}
    cells = [cell for row in (*moves, *values, *records) for cell in row.values()]
    assert [cell for cell in cells if cell and cell[0] in "=@"] == []
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_it_says_where_to_go_on(connected: tuple[Shell, Sandbox]) -> None:
    shell, _sandbox = connected
    answer = shell.run("uninstall", "--plan", "out")
    again = shell.run("uninstall", "--plan", "other", "--json").data
    fields = len(again["salesforce"]["names"])
    assert fields > 20
    assert answer.out.splitlines() == [
        "The plan is in out/; nothing was changed",
        "History     there is no store",
        "HubSpot     0 properties of ours",
        f"Salesforce  {fields} fields of ours",
        "What to do, in which order: out/README.md",
    ]


def test_a_system_that_does_not_answer_keeps_nobody_from_leaving(connected: tuple[Shell, Sandbox]) -> None:
    shell, _sandbox = connected
    answer = shell.with_environ(HUBSPOT_ACCESS_TOKEN="gone").run("uninstall", "--plan", "out")
    assert answer.code == 1
    assert "HubSpot     could not be asked: " in answer.out
    assert (shell.folder / "out/salesforce/destructiveChanges.xml").is_file()


def test_a_plan_may_be_written_again_but_over_nothing_else(connected: tuple[Shell, Sandbox]) -> None:
    shell, _sandbox = connected
    assert shell.run("uninstall", "--plan", "out").code == 0
    assert shell.run("uninstall", "--plan", "out").code == 0
    (shell.folder / "mine").mkdir()
    (shell.folder / "mine" / "thesis.txt").write_text("mine", encoding="utf-8")
    answer = shell.run("uninstall", "--plan", "mine")
    assert (answer.code, [path.name for path in (shell.folder / "mine").iterdir()]) == (2, ["thesis.txt"])
