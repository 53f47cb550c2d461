"""Python source made from a playbook, and nothing of the playbook in it.

Every name is ours and numbered; every value (a threshold, a window, a set of grades) is bound to such a name
in the namespace the source runs in. What people wrote, labels and ids alike, never becomes source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

INDENT = "    "
NESTED_MAX = 30
"""Tests within tests. Deeper ones are refused: nobody can read them, and parsers have limits too."""


class Source:
    """Lines of one generated module and the values they use."""

    def __init__(self, helpers: Mapping[str, object]) -> None:
        self.namespace: dict[str, Any] = {
            "__builtins__": {"round": round, "len": len, "zip": zip, "tuple": tuple},
            **helpers,
        }
        self.lines: list[str] = []
        self._bound: dict[tuple[type, object], str] = {}

    def bind(self, value: object) -> str:
        """The name under which the source finds this value; equal values share one."""
        key = type(value), value
        name = self._bound.get(key)
        if name is None:
            name = self._bound[key] = f"k{len(self._bound)}"
            self.namespace[name] = value
        return name

    def add(self, depth: int, *lines: str) -> None:
        """Lines at this indentation."""
        self.lines += [INDENT * depth + line for line in lines]

    def run(self) -> Mapping[str, Any]:
        """The namespace after the source ran: the functions it defines.

        One by one: a parser's trees take a hundred times their source, and are gone before the next.
        """
        starts = [number for number, line in enumerate(self.lines) if not line.startswith(INDENT)]
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            code = compile("\n".join(self.lines[start:end]), "<playbook>", "exec")
            exec(code, self.namespace)  # noqa: S102 - names are ours, values are bound: see the module docstring
        return self.namespace


def tuple_of(parts: Sequence[str]) -> str:
    """The source of a tuple."""
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
