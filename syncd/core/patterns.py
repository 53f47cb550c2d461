"""Matching of strangers' text: globs (`*` and `?` only) and words at word borders, case ignored.

Patterns become regular expressions whose wildcards sit in atomic groups, so matching never backtracks over
an earlier star: time grows with text times pattern, not exponentially. Longer texts are cut first.
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
    wild = [pattern for pattern in folded if _is_wild(pattern)]
    expression = re.compile("|".join(f"(?:{_translate(item)})" for item in wild), re.DOTALL) if wild else None

    def matches(text: str) -> bool:
        shown = text[:TEXT_LENGTH_MAX].casefold()
        return shown in literal or (expression is not None and expression.match(shown) is not None)

    return matches


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
