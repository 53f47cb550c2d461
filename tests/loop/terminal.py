"""A person at a terminal of 80 columns, whose installation is pointed at a sandbox."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from syncd import app, cli, settings
from syncd.connectors.sandbox import Sandbox

OURS = ("SYNCD_", "HUBSPOT_", "SALESFORCE_")


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def flat(self) -> str:
        """All of it in one line: where lines break depends on the words."""
        return " ".join(f"{self.out} {self.err}".split())


@dataclass(frozen=True)
class Terminal:
    """Runs commands in this process with an environment of their own."""

    sandbox: Sandbox
    folder: Path
    environ: Mapping[str, str]

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def writes(self) -> int:
        """Writes both systems have accepted from us."""
        return len(self.sandbox.hubspot.writes) + len(self.sandbox.salesforce.writes)

    def run(self, *arguments: str) -> Said:
        out, err, before = io.StringIO(), io.StringIO(), dict(os.environ)
        for name in [name for name in os.environ if name.startswith(OURS)]:
            del os.environ[name]
        os.environ.update({"COLUMNS": "80", **self.environ})
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = cli.run(arguments)
        finally:
            os.environ.clear()
            os.environ.update(before)
        return Said(code, out.getvalue(), err.getvalue())

    def having(self, **values: str) -> Terminal:
        return replace(self, environ={**self.environ, **values})

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one settings file as its owner would."""
        path = self.config / name
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new))


@contextmanager
def terminal(folder: Path, *, tier: str = "enterprise") -> Iterator[Terminal]:
    """An empty portal and org of the present moment, and a fresh installation with the default playbook."""
    now = datetime.now(UTC).replace(microsecond=0)
    with Sandbox(seed=1, start_at=now, world="empty", hubspot_tier=tier) as sandbox:
        settings.init(folder / "config")
        environ = app.sandbox_environ(sandbox, folder / "state")
        yield Terminal(sandbox, folder, {**environ, "SYNCD_CONFIG_DIR": str(folder / "config")})
