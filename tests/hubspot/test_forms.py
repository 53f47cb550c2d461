"""What of a form's answers is kept: shapes without persons, and one telling line of a message."""

from __future__ import annotations

import pytest

from syncd.connectors.hubspot.answers import Form
from syncd.connectors.hubspot.forms import attributes_of, quote_of


@pytest.mark.parametrize(
    ("values", "quote"),
    [
        (
            {"message": "Hello,\nwe lose orders between two systems. Thanks"},
            "we lose orders between two systems.",
        ),
        ({"comments": "<p>Stock counts take <b>two days</b></p>"}, "Stock counts take two days"),
        ({"how_can_we_help_message": "Need it by October"}, "Need it by October"),
        ({"message": "ok", "question": "What does the migration cost?"}, "What does the migration cost?"),
        ({"message": "Hi there"}, None),
        ({"message": "   "}, None),
        ({"company": "Acme loses orders between systems", "email": "a@b.example"}, None),
        ({"notes": "x" * 400}, "x" * 59 + "…"),
    ],
)
def test_one_telling_line_of_a_message_is_kept(values: dict[str, str], quote: str | None) -> None:
    """From fields meant for messages alone; no greeting, no markup, within the limit."""
    assert quote_of(values, 60) == quote


def test_nothing_is_quoted_where_quotes_are_off() -> None:
    assert quote_of({"message": "We lose orders between two systems"}, 0) is None


def test_a_message_never_enters_the_shape() -> None:
    """Shapes outlive an erasure; what people wrote does not."""
    found = attributes_of(Form("f1", "Contact"), "", {"message": "short", "budget_range": "10-50k"})
    assert found == {"form": "Contact", "form_id": "f1", "field.budget_range": "10-50k"}
