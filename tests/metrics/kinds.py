"""The computations that examples of docs/metrics.md may name: from lines of facts to numbers by name.

Add a kind in a module `kinds_<report>.py` beside this one, with `@kind("name")`; it is found by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

Numbers: TypeAlias = Mapping[str, float | None]
Compute: TypeAlias = Callable[[tuple[str, ...]], Numbers]

KINDS: dict[str, Compute] = {}


def kind(name: str) -> Callable[[Compute], Compute]:
    """Registers a computation under the name the page's blocks use."""

    def keep(compute: Compute) -> Compute:
        assert name not in KINDS, f"two computations are called {name}"
        KINDS[name] = compute
        return compute

    return keep


def all_kinds() -> Mapping[str, Compute]:
    """Every computation of every `kinds_*.py`."""
    for path in sorted(Path(__file__).parent.glob("kinds_*.py")):
        import_module(f"tests.metrics.{path.stem}")
    return KINDS
