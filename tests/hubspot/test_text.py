"""One telling line of a body, and addresses without what changes from click to click."""

from __future__ import annotations

import pytest

from syncd.connectors.hubspot.text import cut, page_address, plain, telling_line
from syncd.connectors.marker import is_marked, mark

_HEBREW = "\u05e9\u05dc\u05d5\u05dd \u05dc\u05db\u05d5\u05dc\u05dd"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", None),
        ("Thanks!", None),
        ("Hi Mo,", None),
        ("Hi Mo,\nWe need this by March. Call me.", "We need this by March."),
        ("<p>Dear Mo</p><p>Our budget is approved!</p>", "Our budget is approved!"),
        ("<style>p{}</style><div>Please send the contract</div>", "Please send the contract"),
        ("On Mon, 1 Sep Mo Lind wrote:\n> Our budget is approved", None),
        ("> Our budget is approved", None),
        ("Sent from my phone", None),
        ("12345 67890 000", None),
        ("Wir möchten bestellen. Danke!", "Wir möchten bestellen."),
        (_HEBREW, _HEBREW),
        ("<script>alert('x')</script>=HYPERLINK(\"x\") says nothing", '=HYPERLINK("x") says nothing'),
        ("<p>unclosed <b>bold text here", "unclosed bold text here"),
    ],
)  # fmt: skip
def test_the_first_sentence_that_says_something(body: str, expected: str | None) -> None:
    """No greeting, no signature, nothing quoted; markup is dropped."""
    assert telling_line(plain(body), 200) == expected


def test_a_long_word_is_cut_hard() -> None:
    assert cut("x" * 50, 10) == "x" * 9 + "\u2026"


def test_a_huge_body_is_bounded() -> None:
    """No body is read further than HubSpot's longest."""
    assert len(plain("<p>" + "a " * 1_000_000)) <= 65_536


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Acme.example/Pricing/?utm=1#top", "acme.example/pricing"),
        ("http://acme.example/", "acme.example"),
        ("acme.example/a/b", "acme.example/a/b"),
        ("https://user:secret@acme.example:8443/x", "acme.example/x"),
        ("", ""),
        ("http://[broken", ""),
    ],
)
def test_addresses_lose_query_fragment_and_slash(url: str, expected: str) -> None:
    assert page_address(url) == expected


def test_our_marker_is_found_again() -> None:
    """In any of the texts, also inside other words of a person."""
    assert is_marked(None, f"please {mark('1:2:1:follow_up')} do")
    assert not is_marked("[syncd]", "syncd 1:2", None)
