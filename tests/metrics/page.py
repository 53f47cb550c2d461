"""Reads docs/metrics.md: the metrics it defines, each with a formula, and its worked examples.

The form of a metric:

    ### `name` (several names, each in back quotes, may share one definition)
    A sentence that says what it counts.
    Formula: one line.
    ```example KIND
    facts, one per line
    = number value
    ```

KIND names a function of `tests/metrics/kinds_*.py`: it takes the lines of facts and gives numbers by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


@dataclass(frozen=True)
class Example:
    """One block: its kind, the facts, and the numbers it promises, as written."""

    kind: str
    facts: tuple[str, ...]
    promised: Mapping[str, str]


@dataclass(frozen=True)
class Metric:
    """One definition, of one or several names."""

    names: tuple[str, ...]
    text: str
    formula: str
    examples: Sequence[Example]


@cache
def metrics() -> tuple[Metric, ...]:
    """Every metric of the page, in its order."""
    parts = re.split(r"^### (`.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tuple(
        _metric(head, re.split(r"^## ", text, flags=re.MULTILINE)[0])
        for head, text in zip(parts[1::2], parts[2::2], strict=True)
    )


def _metric(head: str, text: str) -> Metric:
    blocks = re.findall(r"^```example (\S+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    formula = re.search(r"^Formula: (.+)$", text, flags=re.MULTILINE)
    return Metric(
        tuple(re.findall(r"`([^`]+)`", head)),
        text,
        formula[1] if formula else "",
        [_example(kind, body) for kind, body in blocks],
    )


def _example(kind: str, body: str) -> Example:
    lines = [line.rstrip() for line in body.splitlines() if line.strip()]
    promised = [line.removeprefix("=").strip().partition(" ") for line in lines if line.startswith("=")]
    facts = tuple(line for line in lines if not line.startswith("="))
    return Example(kind, facts, {name: value.strip() for name, _blank, value in promised})


def said(value: float | None) -> str:
    """A number as the page writes it: at most three digits behind the point."""
    return "none" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")
