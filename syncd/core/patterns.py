"""Matching of strangers' text: globs (`*` and `?` only) and words at word borders, case ignored.

A pattern of stars is looked for part after part, each where it first stands, so that nothing is ever looked
at again from an earlier star. Where `?` is used, a regular expression does the same: its wildcards sit in
atomic groups. Time grows with text times pattern, not exponentially. Longer texts are cut first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

TEXT_LENGTH_MAX = 2_048
"""Characters of a value that patterns see; a longer URL or field is judged by its beginning."""

Matcher = Callable[[str], bool]


def glob(patterns: Iterable[str]) -> Matcher:
    """A test that is true for a text equal to one of the patterns."""
    folded = [pattern.casefold() for pattern in patterns]
    literal = frozenset(pattern for pattern in folded if not _is_wild(pattern))
    starred = [tuple(pattern.split("*")) for pattern in folded if _is_wild(pattern) and "?" not in pattern]
    starts = tuple(parts[0] for parts in starred if parts[1:] == ("",))
    ends = tuple(parts[1] for parts in starred if len(parts) == 2 and not parts[0])
    others = [parts for parts in starred if len(parts) > 2 or all(parts)]
    marked = [_translate(pattern) for pattern in folded if "?" in pattern]
    expression = re.compile("|".join(f"(?:{item})" for item in marked), re.DOTALL) if marked else None

    def matches(text: str) -> bool:
        shown = text[:TEXT_LENGTH_MAX].casefold()
        if shown in literal or shown.startswith(starts) or shown.endswith(ends):
            return True
        if any(_has_in_order(shown, parts) for parts in others):
            return True
        return expression is not None and expression.match(shown) is not None

    return matches


def _has_in_order(text: str, parts: tuple[str, ...]) -> bool:
    """Whether the text begins with the first part, ends with the last and has the others between, in order.

    Each is taken where it first stands: that leaves the most room for the rest.
    """
    first, *middle, last = parts
    if not text.startswith(first):
        return False
    at = len(first)
    for part in middle:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return text.endswith(last, at)


def words(values: Iterable[str]) -> Matcher:
    """A test that is true for a text with one of the values in it, not inside a longer word."""
    folded = [re.escape(value.casefold().strip()) for value in values if value.strip()]
    if not folded:
        return lambda _text: False
    expression = re.compile(rf"(?<!\w)(?:{'|'.join(folded)})(?!\w)")
    return lambda text: expression.search(text[:TEXT_LENGTH_MAX].casefold()) is not None


def equal(values: Iterable[str]) -> Matcher:
    """A test that is true for a text equal to one of the values, outer blanks ignored."""
    folded = frozenset(value.strip().casefold() for value in values)
    return lambda text: text.strip().casefold() in folded


def _is_wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _translate(pattern: str) -> str:
    first, *rest = (_literal(part) for part in pattern.split("*"))
    if not rest:
        return rf"{first}\Z"
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    return rf"{first}{middle}.*{rest[-1]}\Z"


def _literal(part: str) -> str:
    return "".join("." if char == "?" else re.escape(char) for char in part)
