"""A folder that is not valid: what only looks goes by what is in force and says so; what starts refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd import app
from syncd.connectors.sandbox import Sandbox
from tests.cli.conftest import Shell

READS = (
    ("status",),
    ("hold", "list"),
    ("queue", "list"),
    ("ledger",),
    ("explain", "kim@example.com"),
    ("timeline", "kim@example.com"),
    ("report", "funnel"),
    ("criteria",),
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A profile that is live, and somebody's half-done edit of its folder."""
    folder = tmp_path_factory.mktemp("broken")
    with Sandbox(seed=1, start_at=datetime.now(UTC).replace(microsecond=0), world="empty") as sandbox:
        sandbox.hubspot.create("contacts", {"email": "kim@example.com", "lastname": "Lee"})
        shell = Shell(folder, app.sandbox_environ(sandbox, folder / "state"))
        assert shell.run("init", "config").code == 0
        assert shell.run("sync", "--once", "--json").code == 0
        assert shell.run("go-live", "--by", "Robin", "--json").code == 0
        _cut(folder, "levels.yaml")
        yield shell


def _cut(folder: Path, name: str) -> None:
    path = folder / "config" / name
    path.write_text(path.read_text(encoding="utf-8") + "\nsomething: [new\n", encoding="utf-8")


def test_what_only_looks_shows_what_is_in_force(broken: Shell) -> None:
    """One line says that the folder is not valid, and by which version the answer is; the rest is as ever."""
    in_force = broken.run("status", "--json").data["playbook_version"]
    for arguments in READS:
        answer = broken.run(*arguments)
        assert answer.code in {0, 1, 3}, (arguments, answer.err)
        assert answer.out, arguments
        assert answer.err.count("is not valid (1 problem: `syncd validate`) and not in force;") == 1, (
            arguments
        )
        assert f"version {in_force} is" in answer.said
        assert "Traceback" not in answer.err


def test_status_names_it_as_trouble(broken: Shell) -> None:
    """A start would fail: a monitor is told before that."""
    answer = broken.run("status", "--json")
    assert answer.code == 1
    assert any("is not valid" in problem for problem in answer.data["problems"])


def test_people_can_act_meanwhile(broken: Shell) -> None:
    """Pausing is what somebody may need most when an edit has gone wrong."""
    assert broken.run("pause", "push", "--by", "Robin").code == 0
    made = broken.run("plan", "--by", "Robin", "--json")
    assert (made.code, made.data["playbook"]) == (0, None), made.err


def test_what_starts_says_what_is_wrong(broken: Shell) -> None:
    """Every problem with its place, as always."""
    for arguments in (("sync", "--once"), ("validate",), ("doctor",)):
        answer = broken.run(*arguments)
        assert answer.code == 2, arguments
        assert "levels.yaml, line" in answer.said


def test_where_the_installation_is_not_valid_nothing_is_guessed(broken: Shell) -> None:
    """Which store is meant stands in connections.yaml: every problem of the folder is told, as always."""
    path = broken.folder / "config" / "connections.yaml"
    before = path.read_text(encoding="utf-8")
    _cut(broken.folder, "connections.yaml")
    answer = broken.run("status")
    path.write_text(before, encoding="utf-8")
    assert answer.code == 2
    assert "connections.yaml, line" in answer.said
    assert "levels.yaml, line" in answer.said


def test_without_a_store_the_problems_are_told(shell: Shell) -> None:
    assert shell.run("init", "config").code == 0
    _cut(shell.folder, "levels.yaml")
    answer = shell.run("status")
    assert answer.code == 2
    assert "levels.yaml, line" in answer.said
