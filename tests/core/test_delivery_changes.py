"""What is written otherwise is told in sentences, and nothing that differs is left out."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.core.delivery_changes import SAID_MAX, written_otherwise


def told(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, ...]:
    return written_otherwise({"delivery": before}, {"delivery": after})


def field(target: str, **values: Any) -> dict[str, Any]:
    return {
        "kind": "FieldMap",
        "target": target,
        "source": "contact.jobtitle",
        "ownership": "always",
        **values,
    }


def test_equal_versions_say_nothing() -> None:
    same = {"mapping": {"lead": [field("Title")]}, "time_zone": "Europe/Paris"}
    assert told(same, same) == ()


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            [field("Title")],
            [field("Title", ownership="until_touched")],
            "written: was always, now until touched",
        ),
        ([], [field("Title")], "Title: new, from contact.jobtitle, written always"),
        ([field("Title")], [], "Title: no longer; was from contact.jobtitle, written always"),
        ([field("A"), field("B")], [field("B"), field("A")], "in another order: B, A"),
        ([field("Title", values={"a": "b"})], [field("Title", values={})], "a: was b, now nothing"),
    ],
)
def test_a_field_is_named_by_its_record(
    before: list[dict[str, Any]], after: list[dict[str, Any]], says: str
) -> None:
    (line,) = told({"mapping": {"lead": before}}, {"mapping": {"lead": after}})
    assert line.startswith("Fields, Salesforce Lead")
    assert says in line


def test_a_part_that_only_one_version_has_is_told() -> None:
    """As when a later release adds one."""
    assert told({}, {"limits": {"share": 5.0}}) == ("limits: was nothing, now share: 5.",)


def test_what_the_definition_tells_itself_is_not_told_twice() -> None:
    assert told({"sla": {"hours": 1.0}}, {"sla": {"hours": 2.0}}) == ()


def test_a_wall_of_text_is_cut() -> None:
    (line,) = told({"routing": {"mode": "a"}}, {"routing": {"mode": "x" * 5000}})
    assert len(line) < SAID_MAX + 60
