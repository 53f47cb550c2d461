"""Files for other programs, as a user makes them from the demo's store."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Answer, Shell
from tests.cli.documented import assert_documented, shape


def test_an_audience_has_hashes_in_the_file_and_counts_in_the_answer(
    demo: tuple[Shell, Answer], tmp_path: Path
) -> None:
    """One column under the platform's header, for its owner's eyes; who was left out is counted by reason."""
    shell, _ = demo
    file = tmp_path / "audience.csv"
    answer = shell.run("export", "audience", "engaged", "--for", "meta", "--out", str(file), "--json")
    assert_documented(answer.data, shape("export audience"))
    header, *rows = file.read_text(encoding="utf-8").splitlines()
    assert header == "email"
    assert len(rows) == answer.data["rows"]
    assert all(len(row) == 64 for row in rows)
    assert file.stat().st_mode & 0o777 == 0o600
    assert answer.code == 0
    assert {item["reason"] for item in answer.data["left_out"]} == {"no_basis"}


def test_without_a_file_rows_go_to_one_stream_and_counts_to_the_other(demo: tuple[Shell, Answer]) -> None:
    shell, _ = demo
    answer = shell.run("export", "audience", "level:near_sql", "--for", "linkedin")
    assert answer.out.splitlines()[0] == "email"
    assert "@" not in answer.out
    assert "Near-SQL (level): " in answer.said
    assert "LinkedIn wants 300 rows or more" in answer.said


def test_a_name_that_is_a_track_and_a_level_is_asked_about(demo: tuple[Shell, Answer]) -> None:
    shell, _ = demo
    answer = shell.run("export", "audience", "near_sql")
    assert answer.code == 2
    assert "say track:near_sql or level:near_sql" in answer.said
    assert "There are tracks: early_interest" in shell.run("export", "audience", "nobody").said
