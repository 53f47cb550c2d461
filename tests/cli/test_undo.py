"""`syncd runs`, `undo` and `queue` as a person meets them: shown first, done on a yes, always documented."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Shell
from tests.cli.documented import assert_documented, shape


@pytest.fixture
def copied(demo: tuple[Shell, Answer], tmp_path: Path) -> Shell:
    """The demo's store, to be changed."""
    shell, _made = demo
    shutil.copytree(shell.folder / "state", tmp_path / "state")
    return Shell(tmp_path, {"SYNCD_STATE_DIR": str(tmp_path / "state"), "SYNCD_PERSON": "Ada"})


def run_with_handoff(shell: Shell) -> int:
    found = shell.run("runs", "--top", "200", "--json")
    assert found.code == 0
    assert_documented(found.data, shape("runs"))
    return next(int(run["run_id"]) for run in found.data if run["written"].get("handoff"))


def test_an_undo_is_shown_then_asked_for_then_done(copied: Shell) -> None:
    """Without a yes nothing happens; afterwards the same command says how far it is."""
    run_id = str(run_with_handoff(copied))
    planned = copied.run("undo", run_id, "--plan", "--json")
    assert planned.code == 0
    assert_documented(planned.data, shape("undo"))
    assert planned.data["moves"]
    assert planned.data["unread"].keys() == {"hubspot", "salesforce"}
    text = copied.run("undo", run_id)
    assert text.code == 3
    assert "say it again with --yes" in text.out
    assert [line for line in text.out.splitlines() if len(line) > 80] == []
    done = copied.run("undo", run_id, "--yes", "--json")
    assert (done.code, done.data["result"]) == (0, "done")
    again = copied.run("undo", run_id, "--json")
    assert again.code == 0
    assert_documented(again.data, shape("undo"))
    assert again.data["run"]["undone_by"] == "Ada"
    assert {step["state"] for step in again.data["steps"]} == {"pending"}
    assert "kind" in copied.run("hold", "list", "--json").out
    released = copied.run("undo", run_id, "--release")
    assert released.code == 0
    assert "released" in released.out


def test_a_run_nobody_knows_is_said_so(copied: Shell) -> None:
    answer = copied.run("undo", "999999", "--yes")
    assert answer.code == 3
    assert "wrote nothing: `syncd runs` lists those that did" in answer.said


def test_an_empty_queue_says_so(copied: Shell) -> None:
    listed = copied.run("queue", "list", "--json")
    assert (listed.code, listed.data) == (0, [])
    refused = copied.run("queue", "release", "3")
    assert refused.code == 3
    assert "Nothing is held back" in refused.out
    assert copied.run("queue", "release").code == 2
    assert copied.run("queue", "release", "3", "--all").code == 2
    assert copied.run("queue", "drop").code == 3


def test_a_profile_may_be_named_before_or_after_the_command(shell: Shell) -> None:
    """Refused where the folder has none; the environment of the next command is as before."""
    assert shell.run("init", "mine").code == 0
    for arguments in (("--profile", "prod", "criteria"), ("criteria", "--profile=prod")):
        answer = shell.run(*arguments, "--config", "mine")
        assert answer.code == 2
        assert "there is no profile 'prod'" in answer.said
    assert shell.run("criteria", "--config", "mine").code == 0
    assert shell.run("criteria", "--profile").code == 2
