"""`syncd validate` as people use it: problems fail, warnings do not, examples are run."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from syncd import cli
from tests.settings import analyst
from tests.settings.small import HOME, edit


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home and nothing else."""
    for name, value in HOME.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return analyst.write(tmp_path)


def validate(folder: Path, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(("validate", "--config", str(folder), *arguments))
    return code, " ".join(out.getvalue().split()), " ".join(err.getvalue().split())


def answered(folder: Path, *arguments: str) -> tuple[int, Any]:
    code, out, _err = validate(folder, "--json", *arguments)
    return code, json.loads(out)


def test_a_good_playbook_says_how_many_examples_came_out(folder: Path) -> None:
    code, out, _err = validate(folder)
    assert code == 0
    assert "3 worked examples come out as they say" in out
    assert "Warning:" not in out
    assert answered(folder)[1]["remarks"] == []


def test_a_warning_is_shown_and_fails_only_when_asked_to(folder: Path) -> None:
    """`--strict` is for a pipeline that keeps the playbook clean."""
    edit(
        folder,
        "scoring.yaml",
        "points: 20, when: {field: person.seniority, is: head}",
        "points: 0, when: {field: person.seniority, is: head}",
    )
    message = "Warning: scoring.yaml, line 12: rule 'head' gives 0 points: it changes nothing"
    code, out, _err = validate(folder)
    assert (code, message in out) == (0, True)
    assert validate(folder, "--strict")[0] == 1
    code, answer = answered(folder, "--strict")
    assert (code, answer["valid"], answer["problems"]) == (1, True, [])
    assert [(item["level"], item["file"], item["line"]) for item in answer["remarks"]] == [
        ("warning", "scoring.yaml", 12)
    ]


def test_notes_never_fail(folder: Path) -> None:
    edit(folder, "scoring.yaml", "group_caps: {web: 35}", "group_caps: {web: 50}")
    code, out, _err = validate(folder, "--strict")
    assert code == 0
    assert "Note: scoring.yaml, line 9: the cap of group 'web' is never reached" in out


def test_an_example_that_fails_fails_the_playbook(folder: Path) -> None:
    """With what it got instead, and why."""
    edit(folder, "examples.yaml", "gives: keen", "gives: sql")
    code, _out, err = validate(folder)
    assert code == 2
    assert (
        "example 'Three looks at the prices' should give sql and gives keen: missing are 'Fits', 'Ready'"
        in err
    )
    code, answer = answered(folder)
    assert (code, answer["valid"], [item["file"] for item in answer["problems"]]) == (
        2,
        False,
        ["examples.yaml"],
    )
