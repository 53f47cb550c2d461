"""Text written by strangers, made safe to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.plain import clip, inert, plain, shorten


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("<b>Hello</b> world<i>!</i>", "Hello world!"),
        ("<p>One</p><p>two</p>", "One two"),
        ("<script>alert(1)</script>CEO", "CEO"),
        ("<ScRiPt src=x>alert(1)</sCrIpT >CEO", "CEO"),
        ("&lt;img src=x onerror=alert(1)&gt; Boss", "Boss"),
        ("&amp;lt;b&amp;gt;x", "x"),
        ("<!-- hidden -->seen", "seen"),
        ("<!channel> hello", "hello"),
        ("budget < 5 and > 3", "budget < 5 and > 3"),
        ("R&D", "R&D"),
        ("two\nlines\tand\u00a0blanks", "two lines and blanks"),
        ("evil\u202etxt.exe\u202c", "eviltxt.exe"),
        ("zero\u200bwidth\ufeff\x00\x1b[31m", "zerowidth[31m"),
        ("דנה רואיז", "דנה רואיז"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001 - Persian
        ("👩\u200d💻 Dana 👍🏽", "👩\u200d💻 Dana 👍🏽"),
        ("broken \ud800 half", "broken half"),
    ],
)
def test_markup_and_invisible_tricks_go_and_words_stay(given_text: str, shown: str) -> None:
    """Every script stays readable; nothing a browser or terminal would act on is left."""
    assert plain(given_text) == shown


@given(st.text(max_size=300), st.integers(1, 60))
def test_any_text_becomes_one_bound_line_that_can_be_encoded(text: str, limit: int) -> None:
    """Whatever comes in, what goes out fits, is one line and is valid UTF-8."""
    line = plain(text, limit)
    assert len(line) <= limit
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in line)
    assert line.encode().decode() == line


@pytest.mark.parametrize(
    "formula", ["=1+1", '=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", "@SUM(1+1)", "-cmd|x!A0"]
)
def test_a_formula_becomes_text(formula: str) -> None:
    """Somebody will export the field to a spreadsheet one day."""
    assert inert(formula) == f"'{formula}"


@pytest.mark.parametrize(
    "text", ["+49 (30) 123", "-12.5", "@acme", "+1 415 555 0100 x2", "A=B", "- none -", ""]
)
def test_what_only_looks_like_a_formula_is_left_as_it_is(text: str) -> None:
    """Phone numbers, handles and numbers stay usable."""
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 10, "short"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("Donaudampfschiff", 6, "Donau…"),
        ("anything", 1, "…"),
    ],
)
def test_text_is_shortened_at_a_word_border(text: str, limit: int, short: str) -> None:
    """And one long word within itself."""
    assert shorten(text, limit) == short


def test_nothing_is_left_of_one_character_that_does_not_fit() -> None:
    """Better nothing than half a family."""
    assert clip("👩\u200d👩\u200d👧", 3) == ""
