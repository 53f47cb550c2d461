"""What an alert looks like, whatever strangers typed into a form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.notify.message import (
    BODY_CHARS_MAX,
    TITLE_CHARS_MAX,
    digest,
    inert,
    message_id,
    of_write,
)
from syncd.ports import Write


def alert(effect_id: int = 1, **payload: Any) -> Write:
    base = {
        "id": "alert:7:1:sql:sales",
        "channel": "sales",
        "title": "Call Dana Ruiz",
        "at": "2026-09-01T06:00Z",
    }
    return Write(effect_id, "alert", "alert", "", None, {}, {**base, **payload})


def test_a_message_shows_title_body_and_link_as_they_were_written() -> None:
    """Ordinary text arrives unchanged, line by line."""
    message = of_write(
        alert(body="Dana Ruiz, VP Ops\nAsked for a demo", url="https://app.hubspot.com/x"), is_repeat=False
    )
    assert (message.title, message.body) == ("Call Dana Ruiz", "Dana Ruiz, VP Ops\nAsked for a demo")
    assert message.url == "https://app.hubspot.com/x"


def test_a_repeat_says_so_and_keeps_its_id() -> None:
    """The receiver sees both: by the title a person, by the id a program."""
    first, again = of_write(alert(), is_repeat=False), of_write(alert(), is_repeat=True)
    assert again.title == "Call Dana Ruiz (repeat)"
    assert again.id == first.id == "alert:7:1:sql:sales@2026-09-01T06:00Z"


def test_the_second_time_an_event_happens_is_no_repeat_of_the_first() -> None:
    """A heads-up may come twice in one pass: same target, another moment, another id."""
    later = alert(at="2026-09-02T06:00Z")
    assert message_id(later) != message_id(alert())


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<b>Hi</b> <script>alert(1)</script>", "Hi"),
        ("@everyone look", "@\u2060everyone look"),
        ("<!channel> 1 < 2", "1 \u2039 2"),
        ("[free money](https://evil.example)", "[free money] (https\u2060://evil.example)"),
        ("write to dana@acme.com", "write to dana@acme.com"),
        ("`rm -rf`", "'rm -rf'"),
        ("\u202ereversed", "reversed"),
        ("مرحبا 👩🏽‍💻", "مرحبا 👩🏽‍💻"),
        ("ROI of 5:1 for the hotel: good", "ROI of 5:1 for the hotel: good"),
    ],
)
def test_markup_mentions_and_links_of_strangers_do_nothing(typed: str, shown: str) -> None:
    """Text from a form can neither call a channel together nor hide a link; people's scripts stay whole."""
    assert inert(typed, 500) == shown


@given(title=st.text(max_size=400), body=st.text(max_size=6_000))
def test_every_message_is_bounded_and_free_of_control_characters(title: str, body: str) -> None:
    """Whatever comes in, chat services take what goes out."""
    message = of_write(alert(title=title, body=body), is_repeat=True)
    assert 0 < len(message.title) <= TITLE_CHARS_MAX + len(" (repeat)")
    assert len(message.body) <= BODY_CHARS_MAX
    assert not any(ord(char) < 32 and char != "\n" for char in message.title + message.body)
    assert "<" not in message.title + message.body


def test_only_our_own_https_link_is_passed_on() -> None:
    """A link comes from us; anything else in its place is dropped."""
    assert of_write(alert(url="javascript:alert(1)"), is_repeat=False).url == ""


def test_late_alerts_become_one_digest_that_names_each() -> None:
    """What comes too late to act on at once is listed, not shouted."""
    both = [
        of_write(alert(1, id="a", at="1"), is_repeat=False),
        of_write(alert(2, id="b", at="2", title="Two"), is_repeat=False),
    ]
    message = digest(both)
    assert message.title == "2 earlier alerts"
    assert message.body == "- Call Dana Ruiz\n- Two"
    assert digest(both[:1]).title == "Earlier: Call Dana Ruiz"


def test_a_long_digest_names_the_first_thirty_and_counts_the_rest() -> None:
    """A bound on every list that people read."""
    many = [of_write(alert(at, id=f"a{at}", title=f"Alert {at}"), is_repeat=False) for at in range(33)]
    assert digest(many).body.endswith("- Alert 29\n- and 3 more")
