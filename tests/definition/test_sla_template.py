"""docs/sla-template.md: the numbers to sign are those of the shipped settings (B-72, B-73)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from syncd.settings import default_config_dir
from tests.definition.people import shipped

PAGE = (Path(__file__).parents[2] / "docs" / "sla-template.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|")
]


def setting(file: str, path: str) -> Any:
    """What the shipped file says there."""
    found: Any = YAML(typ="safe").load((default_config_dir() / file).read_text(encoding="utf-8"))
    for name in path.split("."):
        found = found[name]
    return found


def test_every_number_is_that_of_the_settings() -> None:
    """The measure begins with the value of the key that the last column names."""
    compared = set()
    for row in ROWS:
        place = re.fullmatch(r"`(\w+\.yaml): ([\w.]+)`", row[-1])
        if place is None or row[2].startswith(("every", "0 ")):
            continue
        value = setting(place[1], place[2])
        assert row[2].split()[0] == str(value), row
        compared.add(place[2])
    assert compared >= {
        "first_contact.target_hours",
        "first_contact.breach_hours",
        "first_contact.counted_in",
        "first_contact.met_by",
        "business_hours.opens",
        "business_hours.closes",
        "steps.reminder.hours_before",
        "steps.reassignment.hours_after",
        "chase.after_hours",
        "pass_limit",
        "unresponsive_after_days",
    }


def test_every_key_it_names_is_there() -> None:
    """Also those without a number."""
    named = re.findall(r"`(\w+\.yaml): ([\w.]+)`", PAGE)
    assert len(named) > 10
    for file, path in named:
        assert setting(file, path) is not None, path


def test_reasons_say_what_the_settings_do() -> None:
    """Label, track and cool-down of each reason, and every reason sales can give for a Lead."""
    book = shipped()
    rules = {rule.label: rule for rule in book.recycle.rules.values()}
    tracks = {track.label: track.id for track in book.tracks.values()}
    told = {row[0]: row for row in ROWS if row[0] in rules}
    for label, (_label, what, days) in told.items():
        rule = rules[label]
        assert rule.is_final == (what == "out for good"), label
        if not rule.is_final:
            assert tracks[what.removeprefix('nurture, "').removesuffix('"')] == rule.track
            assert days == f"{rule.cool_down_days:g} days", label
    given = {book.recycle.rules[code].label for code in book.feedback.reasons.values()}
    assert given | {"No reason given"} <= told.keys()


def test_there_is_room_to_sign_for_both() -> None:
    for side in ("For marketing", "For sales", "Date"):
        assert re.search(rf"{side}: _{{10,}}", PAGE), side
