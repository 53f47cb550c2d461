"""Every failure code of the program, found in its source: the list the error catalogue is held to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).parents[2] / "syncd"
FULL = re.compile(r"(hubspot|salesforce|notify)\.[a-z_]+")
PLAIN = re.compile(r"[a-z_]+")
MAKERS = {"Failure", "Meaning", "_plain", "configuration", "_configuration"}
HOLDS = {"Hold", "_hold"}


def codes() -> frozenset[str]:
    """As `system.code`; `*.code` for those either system may answer with, `identity.kind` for cases."""
    return frozenset(code for path in _modules() for code in _codes_in(path))


def _modules() -> Iterator[Path]:
    for folder in ("connectors", "core", "jobs"):
        yield from (path for path in (ROOT / folder).rglob("*.py") if "sandbox" not in path.parts)


def _codes_in(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    system = "hubspot" if "hubspot" in path.parts else "*"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _of_call(node, system)
        elif isinstance(node, ast.JoinedStr):
            yield from _of_format(node)
        elif isinstance(node, ast.Assign) and _names(node) == ["_TEXTS"] and isinstance(node.value, ast.Dict):
            yield from (f"{system}.{text}" for text in _constants(node.value.keys, PLAIN))
        elif isinstance(node, ast.FunctionDef) and node.name == "_reject_code":
            returns = (item.value for item in ast.walk(node) if isinstance(item, ast.Return))
            yield from (f"{system}.{text}" for value in returns for text in _constants([value], PLAIN))


def _of_call(node: ast.Call, system: str) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in MAKERS:
        yield from _constants(node.args[:3], FULL)
    elif name == "failure" and len(node.args) > 1:
        yield from (f"{system}.{text}" for text in _constants(node.args[1:2], PLAIN))
    elif name in HOLDS:
        yield from (f"identity.{text}" for text in _constants(node.args[:1], PLAIN))
        yield from (f"identity.{arg.id.lower()}" for arg in node.args[:1] if _is_named_constant(arg))


def _of_format(node: ast.JoinedStr) -> Iterator[str]:
    """`f"{system}.no_answer"`: whatever the system is."""
    if len(node.values) == 2 and isinstance(node.values[1], ast.Constant):
        said = str(node.values[1].value)
        if re.fullmatch(r"\.(no_answer|record_gone)", said):
            yield f"*{said}"


def _is_named_constant(node: ast.expr) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id.isupper()


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _constants(nodes: list[ast.expr | None] | list[ast.expr], pattern: re.Pattern[str]) -> Iterator[str]:
    for node in nodes:
        for part in ast.walk(node) if node is not None else ():
            if (
                isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and pattern.fullmatch(part.value)
            ):
                yield part.value
