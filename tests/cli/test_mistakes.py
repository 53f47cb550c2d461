"""A user's mistake ends in a sentence that names the cure, and never in a traceback."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.cli.conftest import Answer, Shell


@pytest.fixture
def copied(demo: tuple[Shell, Answer], tmp_path: Path) -> tuple[Shell, Path]:
    """The demo's folder again, for damaging; and its database."""
    made, _ = demo
    shutil.copytree(made.environ["SYNCD_STATE_DIR"], tmp_path / "state")
    return Shell(tmp_path, {"SYNCD_STATE_DIR": str(tmp_path / "state")}), tmp_path / "state/demo/syncd.db"


def test_yaml_that_cannot_be_read(shell: Shell) -> None:
    """File and line, and that it is the notation."""
    shell.run("init", "mine")
    (shell.folder / "mine" / "sla.yaml").write_text("sla:\n  - [unclosed\n", encoding="utf-8")
    answer = shell.run("validate", "--config", "mine")
    assert answer.code == 2
    assert "sla.yaml, line" in answer.said
    assert answer.said.startswith("1 problem in the configuration:")


def test_a_folder_that_does_not_exist(shell: Shell) -> None:
    answer = shell.run("validate", "--config", "nowhere")
    assert (answer.code, answer.said) == (2, "there is no folder nowhere. Make one with: syncd init nowhere")


def test_a_folder_without_a_playbook(shell: Shell) -> None:
    """Every file that is missing is named at once."""
    (shell.folder / "empty").mkdir()
    answer = shell.run("validate", "--config", "empty")
    assert answer.code == 2
    assert "levels.yaml" in answer.said
    assert "scoring.yaml" in answer.said


@pytest.mark.parametrize("words", [("status",), ("explain", "kim"), ("hold", "list"), ("report", "funnel")])
def test_no_store_yet(shell: Shell, words: tuple[str, ...]) -> None:
    """Both ways to get one are named, and looking makes none."""
    answer = shell.run(*words)
    assert answer.code == 2
    assert "there is no store yet at" in answer.said
    assert "syncd sync --once" in answer.said
    assert "syncd demo" in answer.said
    assert list(shell.folder.rglob("*.db")) == []


def test_nobody_of_that_name(demo: tuple[Shell, Answer]) -> None:
    shell, _ = demo
    answer = shell.run("explain", "nobody.like.that@example.com")
    assert answer.code == 1
    assert "nobody here is known as 'nobody.like.that@example.com'" in answer.said


def test_a_name_of_several_people(connected: tuple[Shell, Sandbox]) -> None:
    """Each is listed with what tells them apart, and that e-mail address then finds one."""
    shell, sandbox = connected
    sandbox.hubspot.create("contacts", {"email": "kim@example.org", "firstname": "Kim", "lastname": "Lee"})
    assert shell.run("sync", "--once").code == 0
    answer = shell.run("explain", "Kim Lee")
    assert answer.code == 2
    assert "'Kim Lee' may mean several people; say which:" in answer.said
    assert "kim@example.com" in answer.said
    assert "kim@example.org" in answer.said
    assert shell.run("explain", "kim@example.org").code == 0


def test_a_file_that_is_no_database(copied: tuple[Shell, Path]) -> None:
    shell, file = copied
    for extra in file.parent.glob("syncd.db-*"):
        extra.unlink()
    file.write_bytes(b"This was a database once. " * 400)
    answer = shell.run("status")
    assert answer.code == 2
    assert "cannot open the store" in answer.said
    assert "not a database" in answer.said


def test_a_database_that_does_not_answer(shell: Shell) -> None:
    """And its password is not shown."""
    pytest.importorskip("psycopg")
    url = "postgresql://syncd:hidden-word@127.0.0.1:1/syncd"
    answer = shell.with_environ(SYNCD_DATABASE_URL=url).run("status")
    assert answer.code == 2
    assert "cannot open the store" in answer.said
    assert "hidden-word" not in answer.err + answer.out


@pytest.mark.parametrize(
    ("schema", "said"), [("0000", "newer than this program"), ("9999", "newer than this program")]
)
def test_a_schema_nobody_here_knows(copied: tuple[Shell, Path], schema: str, said: str) -> None:
    """Guessing would lose data: the store is left alone."""
    shell, file = copied
    with sqlite3.connect(file) as store:
        store.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    answer = shell.run("status")
    assert answer.code == 2
    assert said in answer.said
    with sqlite3.connect(file) as store:
        assert store.execute("SELECT version_num FROM alembic_version").fetchone() == (schema,)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explian", "kim"), "No such command 'explian'"),
        (("explain",), "Missing argument"),
        (("demo", "--weeks", "0"), "Invalid value for '--weeks'"),
        (("sync",), "say `syncd sync --once` (or `syncd run` for the daemon)"),
        (("doctor",), "Credentials are missing"),
        (("run",), "Credentials are missing"),
        (("pause", "sideways"), "'sideways' is not a direction: pull or push"),
    ],
)
def test_a_mistake_in_the_command(shell: Shell, words: tuple[str, ...], said: str) -> None:
    answer = shell.run(*words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "funnel", "--since", "soon"), "'soon' is not a date: write 2026-09-01"),
        (("report", "funnel", "--since", "2027-01-01"), "--since must be before --until"),
        (("errors", "--retry"), "name the cause: syncd errors CODE --retry"),
    ],
)
def test_a_mistake_about_a_store(demo: tuple[Shell, Answer], words: tuple[str, ...], said: str) -> None:
    shell, _ = demo
    answer = shell.run(*words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.said


def test_a_wrong_token(connected: tuple[Shell, Sandbox]) -> None:
    """One readable screen: which system, what, and the cure; the token is not shown."""
    shell, _ = connected
    answer = shell.with_environ(HUBSPOT_ACCESS_TOKEN="pat-eu1-wrong-one").run("doctor")
    assert answer.code == 1
    assert "MISSING hubspot" in " ".join(answer.out.split())
    assert "->" in answer.out
    assert "wrong-one" not in answer.out + answer.err
    assert len(answer.out.splitlines()) < 60
