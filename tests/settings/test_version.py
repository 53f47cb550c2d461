"""The version says what a playbook means, not how it is written; its two parts change apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.core.playbook import Playbook
from syncd.settings import load
from syncd.settings.version import DELIVERY, EVALUATION
from tests.settings.small import HOME, edit


def versions(folder: Path) -> tuple[str, str, str]:
    playbook = load(folder, HOME).playbook
    return playbook.version, playbook.evaluation_version, playbook.delivery_version


SAME = [
    ("a comment", "scoring.yaml", "    label: Everybody", "    label: Everybody # all of them"),
    ("order of keys", "scoring.yaml", "points: 10, half_life_days: 30", "half_life_days: 30, points: 10"),
    (
        "order of a mapping",
        "recycle.yaml",
        "{New: new, Accepted: accepted,",
        "{Accepted: accepted, New: new,",
    ),
    ("30 and 30.0", "scoring.yaml", "half_life_days: 30", "half_life_days: 30.0"),
    ("a default written out", "signals.yaml", "intent: strong", "intent: strong\n    phase: awareness"),
    ("one in a list", "scoring.yaml", "signals: pricing_viewed", "signals: [pricing_viewed]"),
    ("a fallback with its sign", "mapping.yaml", 'fallback: "[unknown]"', 'fallback: "=[unknown]"'),
    (
        "block and flow",
        "sla.yaml",
        "{target_hours: 24, breach_hours: 48}",
        "\n  target_hours: 24\n  breach_hours: 48",
    ),
    ("how we connect", "connections.yaml", "channels:", "timeouts: {read_s: 9}\nchannels:"),
]


@pytest.mark.parametrize(("file", "old", "new"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_spelling_does_not_count(folder: Path, file: str, old: str, new: str) -> None:
    before = versions(folder)
    edit(folder, file, old, new)
    assert versions(folder) == before


def test_the_order_of_signals_does_not_count(folder: Path) -> None:
    before = versions(folder)
    head, first, second = (folder / "signals.yaml").read_text().partition("  - id: pricing_viewed")
    lines = head.splitlines(keepends=True)
    (folder / "signals.yaml").write_text(lines[0] + first + second + "".join(lines[1:]))
    assert versions(folder) == before


EVALUATES = [
    ("scoring.yaml", "points: 10,", "points: 11,"),
    ("levels.yaml", "at_least: 30", "at_least: 31"),
    ("filters.yaml", "[rival.example]", "[rival.example, other.example]"),
    ("recycle.yaml", "cool_down_days: 90", "cool_down_days: 91"),
    ("recycle.yaml", "Accepted: accepted", "Accepted: working"),
    ("signals.yaml", '"*demo*"', '"*demos*"'),
]


@pytest.mark.parametrize(("file", "old", "new"), EVALUATES)
def test_a_changed_definition_changes_the_evaluation_part_only(
    folder: Path, file: str, old: str, new: str
) -> None:
    before = versions(folder)
    edit(folder, file, old, new)
    whole, evaluation, delivery = versions(folder)
    assert whole != before[0]
    assert evaluation != before[1]
    assert delivery == before[2]


DELIVERS = [
    ("mapping.yaml", "write: fill_once", "write: on_create"),
    ("alerts.yaml", "on_sql: [log]", "on_hold: [log]"),
    (
        "recycle.yaml",
        "tracks:",
        "objections:\n  - {id: money, label: Money, written: No Budget}\ntracks:",
    ),
    ("sla.yaml", "target_hours: 24", "target_hours: 12"),
    ("connections.yaml", "time_zone: Europe/Berlin", "time_zone: UTC"),
]


@pytest.mark.parametrize(("file", "old", "new"), DELIVERS)
def test_a_changed_text_or_target_is_no_changed_definition(
    folder: Path, file: str, old: str, new: str
) -> None:
    before = versions(folder)
    edit(folder, file, old, new)
    whole, evaluation, delivery = versions(folder)
    assert whole != before[0]
    assert evaluation == before[1]
    assert delivery != before[2]


def test_every_part_of_the_playbook_is_in_exactly_one_half() -> None:
    """A field added to the playbook and forgotten here could change without a new version."""
    named = [*EVALUATION, *DELIVERY]
    parts = set(Playbook.__dataclass_fields__) - {"version", "evaluation_version", "delivery_version"}
    assert sorted(named) == sorted(parts)


def test_a_version_is_twelve_hexadecimal_digits(folder: Path) -> None:
    for version in versions(folder):
        assert len(version) == 12
        assert int(version, 16) >= 0


def test_the_normalised_playbook_is_plain_data(folder: Path) -> None:
    """It is stored as JSON beside its version."""
    normalised = load(folder, HOME).normalised
    assert json.loads(json.dumps(normalised)) == normalised
