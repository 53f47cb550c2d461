"""The request as handlers see it, the route table, and the two families of paths.

Dated paths (`/crm/objects/2026-09/contacts`) answer exactly as the numbered ones they replace; forms
submissions and legacy e-mail events have no dated successor (facts section 3). Anything unknown is a 404.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from syncd.connectors.sandbox.hubspot import answers
from syncd.connectors.sandbox.hubspot.answers import Answer

if TYPE_CHECKING:
    from syncd.connectors.sandbox.hubspot.state import HubSpot

DATED = re.compile(r"2026-0[39](-beta)?")
_DATE = r"(2026-03|2026-09)"
_SUCCESSORS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"^/crm/objects/{_DATE}/([^/]+/[^/]+/associations/)"), r"/crm/v4/objects/\2"),
    (re.compile(rf"^/crm/objects/{_DATE}/"), "/crm/v3/objects/"),
    (re.compile(rf"^/crm/associations/{_DATE}/"), "/crm/v4/associations/"),
    (re.compile(rf"^/crm/(lists|properties|owners|pipelines)/{_DATE}(?=/|$)"), r"/crm/v3/\1"),
    (re.compile(rf"^/events/event-occurrences/{_DATE}(?=/|$)"), "/events/v3/events"),
    (re.compile(rf"^/marketing/marketing-events/{_DATE}(?=/|$)"), "/marketing/v3/marketing-events"),
    (re.compile(r"^/marketing/forms/2026-09-beta(?=/|$)"), "/marketing/v3/forms"),
    (re.compile(rf"^/account-info/{_DATE}/"), "/account-info/v3/"),
    (re.compile(rf"^/communication-preferences/{_DATE}/"), "/communication-preferences/v4/"),
)  # fmt: skip


@dataclass(slots=True)
class Request:
    """One request. `path` is the numbered form; `is_dated` says it came by a dated one. `parts` are the
    variable segments of the path, in order."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: bytes
    base_url: str
    raw_path: str
    is_dated: bool = False
    parts: tuple[str, ...] = ()

    def one(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        found = self.query.get(name)
        return found[0] if found else default

    def many(self, name: str) -> list[str]:
        """All values of a query parameter, repeated or joined by commas."""
        return [item for text in self.query.get(name, ()) for item in text.split(",") if item]

    def is_true(self, name: str) -> bool:
        return self.one(name).lower() == "true"

    def number(self, name: str, default: int, maximum: int) -> int:
        """A whole number between 1 and the maximum. Raises Refusal."""
        text = self.one(name, str(default))
        if not text.isdigit() or not 1 <= int(text) <= maximum:
            message = f"Invalid value for {name}: {text}. It must be between 1 and {maximum}."
            raise answers.refuse(400, message)
        return int(text)

    def json(self) -> dict[str, Any]:
        """The body as an object. Raises Refusal."""
        content = self.content()
        if not isinstance(content, dict):
            raise answers.refuse(400, "validation error", errors=["The request body may not be null"])
        return content

    def content(self) -> Any:
        try:
            return msgspec.json.decode(self.body or b"null")
        except msgspec.DecodeError as error:
            message = f"Invalid input JSON on line 1, column {len(self.body)}: {error}"
            raise answers.refuse(400, message, None) from None


Handler: TypeAlias = Callable[["HubSpot", Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `pattern` has `{}` for each variable segment. `scope` may hold `{}` for the object type's
    own. `bucket` is the rate limit it counts against: burst, search, or none (exempt from the burst)."""

    method: str
    pattern: str
    handler: Handler
    scope: str = ""
    bucket: str = "burst"
    tier: str = ""


@dataclass(slots=True)
class _Node:
    fixed: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class Table:
    """All routes, found by path segment; a fixed segment wins over a variable one."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in _segments(route.pattern):
                if segment == "{}":
                    node.variable = node.variable or _Node()
                    node = node.variable
                else:
                    node = node.fixed.setdefault(segment, _Node())
            node.routes[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """The route and the variable segments. Raises Refusal: 404 without a path, 405 without a method."""
        found = _walk(self._root, _segments(path), 0)
        if found is None:
            raise answers.not_found_page()
        node, parts = found
        route = node.routes.get(method)
        if route is None:
            raise answers.Refusal(Answer(405, b"", answers.HTML), "method not allowed")
        return route, parts


def numbered(path: str) -> tuple[str, bool]:
    """The numbered form of a path, and whether it was a dated one."""
    for pattern, successor in _SUCCESSORS:
        renamed, count = pattern.subn(successor, path)
        if count:
            return renamed, True
    return path, False


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _walk(node: _Node, segments: list[str], depth: int) -> tuple[_Node, tuple[str, ...]] | None:
    if depth == len(segments):
        return (node, ()) if node.routes else None
    segment = segments[depth]
    if segment in node.fixed:
        found = _walk(node.fixed[segment], segments, depth + 1)
        if found is not None:
            return found
    if node.variable is None:
        return None
    found = _walk(node.variable, segments, depth + 1)
    return None if found is None else (found[0], (segment, *found[1]))
