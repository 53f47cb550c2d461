"""Reads docs/cli.md: the commands it has a section for, and the keys it promises in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
ACTS = "Acts."
FAULTS = "Exit codes."


@cache
def sections() -> Mapping[str, str]:
    """The text of each `### syncd ...` section by its command."""
    parts = re.split(r"^### syncd (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.split("\n## ")[0] for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def keys_of(text: str) -> frozenset[str]:
    """Keys named in the first column of a text's tables."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return frozenset(key for row in rows for key in re.findall(r"`([^`]+)`", row))


def shape(command: str) -> frozenset[str]:
    """The keys promised for a command's own answer."""
    return keys_of(sections()[command])


def general(paragraph: str) -> frozenset[str]:
    """The keys of the answer that `paragraph` of the opening describes."""
    opening = PAGE.read_text(encoding="utf-8").split("\n## ")[0]
    return keys_of(opening.split(f"**{paragraph}**")[1].split("\n**")[0])


def paths(data: object, prefix: str = "") -> Iterator[str]:
    """Every path of a JSON value down to its plain values: `streams[].state`, `[].code`."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from paths(value, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(data, list) and data:
        for value in data:
            yield from paths(value, f"{prefix}[]")
    else:
        yield prefix


def assert_documented(data: object, promised: frozenset[str]) -> None:
    """Every path of the answer is promised, and every promised key at the top is in the answer."""
    found = frozenset(paths(data))
    free = tuple(key[:-1] for key in promised if key.endswith("*"))
    surprising = {
        path
        for path in found
        if path not in promised
        and not path.startswith(free)
        and not any(key.startswith((f"{path}[]", f"{path}.")) for key in promised)  # empty list or map
    }
    assert surprising == set()
    if isinstance(data, dict):
        assert {re.split(r"[.\[]", key)[0] for key in promised} == set(data)
