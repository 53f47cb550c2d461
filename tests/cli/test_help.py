"""Help is complete at 80 columns, and asking for it loads nothing heavy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cli.documented import sections

ROOT = Path(__file__).parents[2]
HEAVY = (
    "hubspot",
    "simple_salesforce",
    "sqlalchemy",
    "apprise",
    "requests",
    "starlette",
    "alembic",
)


def commands(shell: Shell, *group: str) -> list[str]:
    """Names of the commands below a group, read from its help."""
    listed = shell.run(*group, "--help").out.split("Commands:")
    return re.findall(r"^  ([a-z-]+)  ", listed[1], flags=re.MULTILINE) if len(listed) > 1 else []


def verbs(shell: Shell) -> list[tuple[str, ...]]:
    """Every command that does something, as its words."""
    found: list[tuple[str, ...]] = []
    for name in commands(shell):
        below = commands(shell, name)
        found += [(name, other) for other in below] if below else [(name,)]
    return found


def test_every_command_has_its_section_in_the_documentation(shell: Shell) -> None:
    """And no section is about a command that does not exist."""
    assert {" ".join(words) for words in verbs(shell)} == set(sections())


def test_no_line_of_help_is_cut_short_or_too_wide(shell: Shell) -> None:
    """At 80 columns the list of commands says each in full."""
    pages = [shell.run("--help"), *(shell.run(*words, "--help") for words in verbs(shell))]
    pages += [shell.run(group, "--help") for group in {words[0] for words in verbs(shell) if len(words) > 1}]
    lines = [line for page in pages for line in page.out.splitlines()]
    told = [line for line in lines if not line.startswith("Usage:")]
    assert [line for line in told if line.endswith("...") or len(line) > 80] == []
    assert {page.code for page in pages} == {0}


def test_every_option_and_argument_says_what_it_is_for(shell: Shell) -> None:
    bare = [
        (words, line)
        for words in verbs(shell)
        for line in shell.run(*words, "--help").out.splitlines()
        if re.fullmatch(r"  (--)?[a-z-]+( <[a-z ]+>)?\s*", line)
    ]
    assert bare == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["status", "--help"]])
def test_help_loads_no_vendor_client_and_no_database(arguments: list[str]) -> None:
    """`syncd --help` answers at once: what is heavy is imported by the command that needs it."""
    program = (
        "import sys\nfrom syncd.cli import run\n"
        f"assert run({arguments!r}) == 0\n"
        f"print('LOADED', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_documents_name_commands_that_exist(shell: Shell) -> None:
    """Each `syncd ...` of the README and the pages is one, and the README names all of them."""
    known = set(commands(shell))
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        shown = "".join(re.findall(r"^ *```\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL))
        named = set(re.findall(r"^ *syncd ([a-z][a-z-]+)", shown, re.MULTILINE))
        named |= set(
            re.findall(r"`syncd ([a-z][a-z-]+)\b(?! - )", text)
        )  # lists are called `syncd nurture - ...`
        assert named - known == set(), page.name
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in known if f"`{name}" not in readme] == []
