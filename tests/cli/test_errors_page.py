"""docs/errors.md explains every failure code the program can give, and none it cannot."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.codes import codes

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_every_code_is_explained_once() -> None:
    rows = re.findall(r"^\| `([a-z*]+\.[a-z_]+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(rows) == sorted(codes())


def test_codes_of_the_parts_are_found() -> None:
    """The search sees each way in which the code names a failure."""
    assert {
        "*.timeout",  # by the transport, for either system
        "*.record_gone",  # put together from the system's name
        "hubspot.missing_scope",  # by a connector, in short
        "hubspot.unknown_stage",  # from a table of texts
        "hubspot.required_by_portal",  # chosen by a function
        "salesforce.validation_rule",  # from the table of Salesforce's own codes
        "notify.unknown_channel",
        "identity.known_account",
    } <= codes()
