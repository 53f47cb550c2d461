"""Globs match what their two wildcards say, however the matcher takes the pattern apart."""

from __future__ import annotations

from hypothesis import strategies as st

from syncd.core import patterns
from tests.properties.harness import for_all

LETTERS = "abB/ß\n"
texts = st.text(LETTERS, max_size=9)
globs = st.lists(st.text(LETTERS + "**?", max_size=6), min_size=1, max_size=4)


@for_all(globs, texts, examples=600)
def test_a_text_matches_when_one_pattern_can_be_spelled_out_to_it(wanted: list[str], text: str) -> None:
    """Several patterns mean any of them, and case is ignored."""
    expected = any(is_spelled(text.casefold(), pattern.casefold()) for pattern in wanted)
    assert patterns.glob(wanted)(text) is expected


def is_spelled(text: str, pattern: str) -> bool:
    """Whether `text` is the pattern with any text for each star and any one character for each `?`."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(is_spelled(text[size:], pattern[1:]) for size in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and is_spelled(text[1:], pattern[1:])
