"""What the daemon does not import: it is to stay under 100 MB."""

from __future__ import annotations

import subprocess
import sys

UNUSED = {"rich", "pygments", "attr", "alembic", "apprise", "sqlalchemy.dialects.postgresql"}


def imported(code: str) -> set[str]:
    """Modules a process of its own holds after this code: tests import more than the daemon does."""
    code += "; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_daemon_imports_nothing_it_does_not_use() -> None:
    """The command line, the parts and the loop, as `syncd run` puts them together on SQLite."""
    held = imported("import syncd.cli.commands as c; c.build(); import syncd.app, syncd.jobs.daemon")
    assert "syncd.jobs.daemon" in held
    assert held & UNUSED == set()


def test_tables_are_printed_after_logs_were_set_up() -> None:
    """What is kept from structlog is there for everybody else."""
    held = imported("from syncd.logs import structlog; from syncd.cli.show import console; console()")
    assert {"structlog", "rich.console"} <= held


def test_logs_are_set_up_after_tables_were_printed() -> None:
    """And what was imported before stays as it was."""
    code = "from syncd.cli.show import console; console(); from syncd.logs import structlog; console()"
    assert {"structlog", "rich.console"} <= imported(code)
