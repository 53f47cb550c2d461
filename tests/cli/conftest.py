"""The command line as a user meets it: called with arguments and an environment, judged by what it prints."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncd import app, cli
from syncd.connectors.sandbox import Sandbox

OURS = ("SYNCD_", "HUBSPOT_", "SALESFORCE_", "XDG_")


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """Standard error in one line: where the lines break depends on the words."""
        return " ".join(self.err.split())


@dataclass(frozen=True)
class Shell:
    """A folder to stand in and an environment; runs commands in this process."""

    folder: Path
    environ: Mapping[str, str]

    def run(self, *arguments: str) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        before, here = dict(os.environ), Path.cwd()
        for name in [name for name in os.environ if name.startswith(OURS)]:
            del os.environ[name]
        os.environ.update({"COLUMNS": "80", "HOME": str(self.folder)} | dict(self.environ))
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = cli.run(arguments)
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)
        return Answer(code, out.getvalue(), err.getvalue())

    def with_environ(self, **values: str) -> Shell:
        return Shell(self.folder, {**self.environ, **values})


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty folder and no setting at all."""
    return Shell(tmp_path, {"SYNCD_STATE_DIR": str(tmp_path / "state")})


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Answer]:
    """Two weeks of a small demo, and the shell it was run from."""
    folder = tmp_path_factory.mktemp("demo")
    made = Shell(folder, {"SYNCD_STATE_DIR": str(folder / "state")})
    return made, made.run("demo", "--weeks", "2", "--contacts", "600", "--json")


@pytest.fixture
def connected(tmp_path: Path) -> Iterator[tuple[Shell, Sandbox]]:
    """A shell whose environment names a portal and an org of one contact, at the present time."""
    with Sandbox(seed=1, start_at=datetime.now(UTC).replace(microsecond=0), world="empty") as sandbox:
        sandbox.hubspot.create(
            "contacts", {"email": "kim@example.com", "firstname": "Kim", "lastname": "Lee"}
        )
        yield Shell(tmp_path, app.sandbox_environ(sandbox, tmp_path / "state")), sandbox
