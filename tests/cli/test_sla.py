"""The clock of first contact on the command line: shown, corrected, reported."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest

from syncd.jobs.sla import COLUMNS
from tests.cli.conftest import Answer, Shell
from tests.cli.documented import ACTS, assert_documented, general, shape


def test_the_clock_of_one_lead(demo: tuple[Shell, Answer]) -> None:
    """The hand-off the demo names has one: in words, and as the page on the command line promises."""
    shell, made = demo
    name = made.data["example"]["name"]
    answer = shell.run("sla", name, "--json")
    assert answer.code == 0, answer.out
    assert_documented(answer.data, shape("sla show"))
    told = shell.run("sla", "show", name).out
    assert answer.data[-1]["verdict"].split(",")[0] in " ".join(told.split())
    assert "clock starts" in told
    lines = [row for row in shell.run("timeline", name, "--json").data if row["what"] == "sla"]
    assert len(lines) == sum(len(clock["lines"]) for clock in answer.data)


def test_a_correction_and_back(demo: tuple[Shell, Answer]) -> None:
    """`correct` and `take-back` are acts: done and kept, and what was recorded counts again afterwards."""
    shell, made = demo
    name = made.data["example"]["name"]
    before = shell.run("sla", name, "--json").data[-1]
    when = (datetime.fromisoformat(before["started_at"]) + timedelta(seconds=1)).isoformat()
    why = "--why=rang from her own phone"
    done = shell.run("sla", "correct", name, "--touched-at", when, why, "--by", "Robin", "--json")
    assert (done.code, done.data["result"]) == (0, "done"), done.out
    assert_documented(done.data, general(ACTS))
    assert shell.run("sla", name, "--json").data[-1]["first_contact_at"] == when
    assert "corrected by Robin" in " ".join(shell.run("sla", name).out.split())
    back = shell.run("sla", "take-back", name, "--by", "Robin", "--json")
    assert (back.code, back.data["result"]) == (0, "done"), back.out
    assert shell.run("sla", name, "--json").data[-1] == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--touched-at", "2026-09-07T10:00", "--why", " "), "say why"),
        (("--why", "x"), "--touched-at"),
        (("--touched-at", "2026-09-07", "--untouched-at", "2026-09-07", "--why", "x"), "one of"),
        (("--touched-at", "Monday", "--why", "x"), "not a moment"),
        (("--touched-at", "2031-01-01T10:00", "--why", "x"), "still to come"),
        (("--touched-at", "2026-09-07T10:00", "--as", "mail", "--why", "x"), "contact or attempt"),
    ],
)
def test_a_correction_that_makes_no_sense(
    demo: tuple[Shell, Answer], words: tuple[str, ...], told: str
) -> None:
    """A sentence and exit code 2, before anything is stored."""
    shell, made = demo
    answer = shell.run("sla", "correct", made.data["example"]["name"], *words)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.said


def test_the_report(demo: tuple[Shell, Answer]) -> None:
    """As JSON, as a table, and as comma-separated values with the same columns."""
    shell, _ = demo
    answer = shell.run("report", "sla", "--json")
    assert answer.code == 0, answer.out
    assert_documented(answer.data, shape("report sla"))
    everybody, *owners = answer.data["lines"]
    assert everybody["clocks"] == sum(line["clocks"] for line in owners) > 0
    rows = list(csv.DictReader(io.StringIO(shell.run("report", "sla", "--csv").out)))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["name"] for row in rows] == [line["name"] for line in answer.data["lines"]]
    assert "Everybody" in shell.run("report", "sla").out
    assert shell.run("report", "sla", "--since", "2026-09-30", "--until", "2026-09-01").code == 2


def test_how_long_hand_offs_took(demo: tuple[Shell, Answer]) -> None:
    """Hop by hop, and each by itself."""
    shell, _ = demo
    answer = shell.run("report", "handoff", "--json")
    assert_documented(answer.data, shape("report handoff"))
    *_hops, whole = answer.data["hops"]
    assert whole["count"] == sum(line["whole_s"] is not None for line in answer.data["leads"]) > 0
    assert "Confirm" in shell.run("report", "handoff").out
    named = {line["name"] for line in answer.data["leads"]}
    listed = shell.run("report", "handoff", "--list", "handoffs").out
    assert all(name.split()[0] in listed for name in named)
