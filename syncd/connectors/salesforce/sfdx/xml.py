"""Metadata files as text. Elements stand in the order of the Metadata API's own schema: `fullName`, then by
name, what repeats in the order given. The same input gives the same text to the letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"

Node: TypeAlias = "tuple[str, str | bool | int | Sequence[Node]]"
"""An element: its name, and its text or its children."""


def document(root: str, children: Sequence[Node]) -> str:
    """A whole file."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{NAMESPACE}">']
    lines += [line for child in _sorted(children) for line in _lines(child, 1)]
    return "\n".join([*lines, f"</{root}>", ""])


def _sorted(children: Sequence[Node]) -> list[Node]:
    return sorted(children, key=lambda node: (node[0] != "fullName", node[0]))


def _lines(node: Node, depth: int) -> Iterator[str]:
    name, content = node
    indent = "    " * depth
    if isinstance(content, bool):
        content = str(content).lower()
    if isinstance(content, str | int):
        yield f"{indent}<{name}>{escape(str(content))}</{name}>"
    elif not content:
        yield f"{indent}<{name}/>"
    else:
        yield f"{indent}<{name}>"
        for child in _sorted(content):
            yield from _lines(child, depth + 1)
        yield f"{indent}</{name}>"
