"""docs/behaviour.md says what the tests prove: nothing missing, nothing cited that is not there.

Also: every number of the shipped playbook says where it comes from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.settings import default_config_dir

ROOT = Path(__file__).parents[2]
REQUIRED = {*range(1, 76), 89, 90, 107, 108, 112, 113, 115, 116, *range(118, 125), 126, 127, 128}
"""The requirements this document restates."""

IN_THE_TABLE = {72, 76}
"""Rows of the requirements' table that it restates."""

ROW = re.compile(r"^\| B-(\d+) \| ([ST])(\d+) \| (.+) \|$")
CITED = re.compile(r"\bB-(\d+)\b")


def rows() -> list[tuple[int, str, str]]:
    """(id, requirement, text) of every row."""
    text = (ROOT / "docs/behaviour.md").read_text(encoding="utf-8")
    return [(int(m[1]), f"{m[2]}{m[3]}", m[4]) for m in map(ROW.match, text.splitlines()) if m]


def cited() -> dict[int, set[str]]:
    """Ids cited in the docstring or name of a test, with the tests that cite them."""
    found: dict[int, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in CITED.findall(f"{node.name} {ast.get_docstring(node) or ''}"):
                    found.setdefault(int(number), set()).add(f"{path.name}::{node.name}")
    return found


def test_every_requirement_is_restated_exactly_once() -> None:
    requirements = [requirement for _id, requirement, _text in rows()]
    assert sorted(requirements) == sorted(
        [*(f"S{number}" for number in REQUIRED), *(f"T{number}" for number in IN_THE_TABLE)]
    )


def test_every_row_has_an_id_and_a_text_of_its_own() -> None:
    ids = [id_ for id_, _requirement, _text in rows()]
    texts = [text for _id, _requirement, text in rows()]
    assert len(set(ids)) == len(ids)
    assert len(set(texts)) == len(texts)


def test_every_behaviour_is_cited_by_a_test_or_is_not_software() -> None:
    proved = cited()
    for id_, _requirement, text in rows():
        is_software = not text.startswith("*Not software*")
        assert (id_ in proved) is is_software, (
            f"B-{id_}: no test cites it, or one does and it is not software"
        )


def test_every_cited_behaviour_exists() -> None:
    known = {id_ for id_, _requirement, _text in rows()}
    strangers = {id_: tests for id_, tests in cited().items() if id_ not in known}
    assert strangers == {}


def test_what_is_not_software_says_why() -> None:
    for id_, _requirement, text in rows():
        if text.startswith("*Not software*"):
            assert len(text) > 60, f"B-{id_} gives no reason"


# --- numbers ---------------------------------------------------------------------------------------------

NUMBER = re.compile(r"(?<![\w\"'.])-?\d+(\.\d+)?(?![\w\"'])")
SOURCE = re.compile(r"\bS\d+\b|\bA1[34]\b|\bours\b")
WITHOUT_NUMBERS = {"examples.yaml"}  # people, not rules


def unexplained(text: str) -> Iterator[str]:
    """Lines with a number of the playbook for which neither they nor the comment above give a source.

    The comment above holds for every line down to the next blank line, comment or heading.
    """
    above = ""
    was_comment = False
    for line in text.splitlines():
        bare, _hash, remark = line.partition(" #") if not line.lstrip().startswith("#") else ("", "#", line)
        if not bare.strip():
            above = (above + remark) if was_comment and remark else remark
            was_comment = bool(remark)
            continue
        was_comment = False
        values = re.sub(r'"[^"]*"|label: [^,}]*|[\w.]+: \[[^\]]*"[^\]]*\]', "", bare)
        if NUMBER.search(values) and not SOURCE.search(remark) and not SOURCE.search(above):
            yield line.strip()


def files() -> list[Path]:
    """The shipped files, and those of the variants."""
    return sorted(default_config_dir().rglob("*.yaml"))


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_number_of_the_shipped_playbook_says_where_it_comes_from(path: Path) -> None:
    """A requirement by its number, or `ours` with the reason."""
    if path.name not in WITHOUT_NUMBERS:
        assert list(unexplained(path.read_text(encoding="utf-8"))) == []


def test_a_number_without_a_source_is_found() -> None:
    """The check above can fail."""
    assert list(
        unexplained("# S20\n- {points: 8}\n\n# why not\n- {points: 9}\n- {points: 7} # ours: so\n")
    ) == ["- {points: 9}"]
