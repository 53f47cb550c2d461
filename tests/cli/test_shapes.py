"""What `--json` answers is what docs/cli.md promises, command by command."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.cli.conftest import Answer, Shell
from tests.cli.documented import ACTS, FAULTS, assert_documented, general, shape


def test_demo(demo: tuple[Shell, Answer]) -> None:
    """A week of it ends even: both systems and the store agree."""
    _shell, answer = demo
    assert answer.code == 0, answer.out[-2000:]
    assert_documented(answer.data, shape("demo"))


def test_init_and_validate(shell: Shell) -> None:
    """The shipped playbook is valid as it is, and a second `init` overwrites nothing."""
    made = shell.run("init", "mine", "--json")
    assert (made.code, len(made.data["kept"])) == (0, 0)
    assert_documented(made.data, shape("init"))
    again = shell.run("init", "mine", "--json")
    assert len(again.data["kept"]) == len(made.data["made"])
    checked = shell.run("validate", "--config", "mine", "--json")
    assert (checked.code, checked.data["problems"]) == (0, [])
    assert_documented(checked.data, shape("validate"))


def test_validate_with_a_mistake(shell: Shell) -> None:
    """The place is named, and the exit code is that of a configuration error."""
    shell.run("init", "mine")
    with (shell.folder / "mine" / "levels.yaml").open("a", encoding="utf-8") as file:
        file.write("\nlevvels: 3\n")
    answer = shell.run("validate", "--config", "mine", "--json")
    assert (answer.code, answer.data["problems"][0]["file"]) == (2, "levels.yaml")
    assert_documented(answer.data, shape("validate"))


@pytest.mark.parametrize("command", ["release list", "report funnel"])
def test_reading_the_demos_store(demo: tuple[Shell, Answer], command: str) -> None:
    """Commands that read work on the store the demo leaves, without options."""
    shell, _ = demo
    answer = shell.run(*command.split(), "--json")
    assert answer.code == 0, answer.out
    assert_documented(answer.data, shape(command))


def test_what_is_stuck_sets_the_exit_code(demo: tuple[Shell, Answer]) -> None:
    """1 while anything is: a case for a person is, too."""
    shell, made = demo
    answer = shell.run("errors", "--json")
    assert answer.code == (1 if answer.data else 0)
    assert sum(item["handoffs"] for item in answer.data) >= made.data["tie_out"]["passes"]["held"]
    assert_documented(answer.data, shape("errors"))


def test_status_of_the_demos_store(demo: tuple[Shell, Answer]) -> None:
    """It is healthy as of the end of the simulated weeks."""
    shell, _ = demo
    answer = shell.run("status", "--json")
    assert (answer.data["problems"], answer.code) == ([], 0)
    assert_documented(answer.data, shape("status"))
    assert shell.run("status", "--check").out == "healthy\n"


def test_cases_for_a_person_set_the_exit_code(demo: tuple[Shell, Answer]) -> None:
    """3 while there are any: a script can tell."""
    shell, made = demo
    answer = shell.run("hold", "list", "--json")
    assert len(answer.data) == made.data["holds"]
    assert answer.code == (3 if answer.data else 0)
    assert_documented(answer.data, shape("hold list"))


def test_one_lead_of_the_demo(demo: tuple[Shell, Answer]) -> None:
    """The person the summary names is found by that name."""
    shell, made = demo
    name = made.data["example"]["name"]
    explained, told = shell.run("explain", name, "--json"), shell.run("timeline", name, "--json")
    assert (explained.code, told.code) == (0, 0), explained.out + told.out
    assert explained.data["lead_id"] == made.data["example"]["lead_id"]
    assert_documented(explained.data, shape("explain"))
    assert_documented(told.data, shape("timeline"))
    facts = [row["text"] for row in told.data if row["what"] == "fact"]
    assert any(facts)
    assert [text for text in facts if re.match(r"(hubspot|salesforce|syncd)\.", text)] == []  # in words
    before = shell.run("explain", name, "--at", "2026-09-09", "--json")
    assert (before.code, before.data["in_force"]) == (0, False)


@pytest.mark.parametrize(
    "words",
    [
        ("pause", "push"),
        ("resume", "push"),
        ("hold", "resolve", "999999", "--use", "new"),
        ("release", "top", "1"),
        ("errors", "no.such_cause", "--retry"),
    ],
)
def test_acts_answer_alike(demo: tuple[Shell, Answer], words: tuple[str, ...]) -> None:
    """Done is 0, refused is 3 with the reason; a name is kept either way."""
    shell, _ = demo
    answer = shell.run(*words, "--by", "Robin", "--json")
    assert answer.code == {"done": 0, "refused": 3}[answer.data["result"]]
    assert_documented(answer.data, general(ACTS))
    with sqlite3.connect(_store(shell)) as store:
        assert store.execute("SELECT person FROM requests ORDER BY request_id DESC").fetchone() == ("Robin",)


def _store(shell: Shell) -> Path:
    return Path(shell.environ["SYNCD_STATE_DIR"]) / "demo" / "syncd.db"


def test_a_first_day_on_a_portal_and_an_org(connected: tuple[Shell, Sandbox]) -> None:
    """doctor, sync, go-live, rebind: each says what it promises, and nothing is written before go-live."""
    shell, sandbox = connected
    examined = shell.run("doctor", "--json")
    assert (examined.code, examined.data["may_write"]) == (0, True), examined.out
    assert_documented(examined.data, shape("doctor"))
    first = shell.run("sync", "--once", "--json")
    assert (first.code, first.data["status"]) == (0, "succeeded"), first.out
    assert_documented(first.data, shape("sync"))
    assert (sandbox.hubspot.writes, sandbox.salesforce.writes) == ([], [])
    live = shell.run("go-live", "--by", "Robin", "--json")
    assert (live.code, live.data["result"]) == (0, "done"), live.out
    assert_documented(live.data, general(ACTS))
    again = shell.run("go-live", "--by", "Robin", "--json")
    assert (again.code, again.data["result"]) == (3, "refused")
    bound = shell.run("rebind", "--by", "Robin", "--json")
    assert_documented(bound.data, general(ACTS))
    schema = shell.run("db", "upgrade", "--json")
    assert schema.data["before"] == schema.data["after"]
    assert_documented(schema.data, shape("db upgrade"))


def test_an_error_is_an_object_too(shell: Shell) -> None:
    """A script that asked for JSON gets JSON, with the exit code in it."""
    answer = shell.run("status", "--json")
    assert (answer.code, answer.data["exit_code"], answer.err) == (2, 2, "")
    assert_documented(answer.data, general(FAULTS))
    json.dumps(answer.data)
