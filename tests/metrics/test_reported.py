"""A report has the same numbers in every form, and nobody's words do harm in any."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from syncd.core.reported import Column, Report, Section, csv_rows, markdown, shown

COLUMNS = (Column("step", "Step"), Column("leads", "Leads", "count"), Column("rate", "Rate", "share"))
FIRST = Section("Paid search", COLUMNS, [("SQL", 1204, 0.25)], leads={"cohort.sql": {7, 3}})
SECOND = Section("=cmd|' /C calc'!A0", COLUMNS, [("SQL", 1, None)], leads={"cohort.sql": {9}})
REPORT = Report("Funnel", {"x": 1}, (FIRST, SECOND), grouped="channel")


def moment(at: datetime) -> str:
    return f"{at:%d.%m.}"


def test_a_report_of_one_part_is_a_plain_table_in_csv() -> None:
    """Numbers as they are: no separators, shares as fractions."""
    assert list(csv_rows(Report("", {}, (FIRST,)))) == [["step", "leads", "rate"], ["SQL", "1204", "0.25"]]


def test_parts_are_told_apart_by_a_first_column_of_csv() -> None:
    """And a title that a spreadsheet would run is inert; no value is an empty cell."""
    assert list(csv_rows(REPORT)) == [
        ["channel", "step", "leads", "rate"],
        ["Paid search", "SQL", "1204", "0.25"],
        ["'=cmd|' /C calc'!A0", "SQL", "1", ""],
    ]


def test_parts_of_different_columns_share_one_heading() -> None:
    """A column that a part has not is blank in it."""
    other = Section("B", (Column("name", "Name"),), [("=1+1",)])
    rows = list(csv_rows(Report("", {}, (Section("A", COLUMNS, [("x", 1, 0.5)]), other))))
    assert rows == [
        ["section", "step", "leads", "rate", "name"],
        ["A", "x", "1", "0.5", ""],
        ["B", "", "", "", "'=1+1"],
    ]
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    assert list(csv.reader(io.StringIO(buffer.getvalue()))) == rows


def test_the_leads_behind_a_number_are_listed_part_by_part() -> None:
    """By number within each part."""
    assert REPORT.metrics == ("cohort.sql",)
    assert REPORT.listed("cohort.sql") == (
        ("Paid search", 3), ("Paid search", 7), ("=cmd|' /C calc'!A0", 9),
    )  # fmt: skip


def test_markdown_holds_what_people_wrote_as_words() -> None:
    """No cell is broken, nothing becomes a link, a tag or a mention."""
    hostile = "a | b\n# [x](http://evil.example) <img src=x> @channel `c`"
    text = markdown(Report("T", {}, (Section("", (Column("n", "N"),), [(hostile,)]),)), moment)
    (row,) = [line for line in text.splitlines() if "evil" in line]
    assert row.startswith("| ")
    assert row.replace("\\|", "").count("|") == 2
    assert all(part not in text for part in ("[x](", "<img", "://", "@channel", " `c"))


def test_markdown_is_a_page() -> None:
    """Title, parts, tables with numbers to the right, notes."""
    assert markdown(Report("T", {}, (FIRST,), note="N."), moment) == (
        "# T\n\nN.\n\n## Paid search\n\n| Step | Leads | Rate |\n| --- | --: | --: |\n| SQL | 1,204 | 25% |\n"
    )


def test_cells_say_their_unit() -> None:
    """The unit that fits, a dash for nothing."""
    assert shown(0.5 / 24, "days", moment) == "30 min"
    assert shown(1.5, "days", moment) == "36.0 h"
    assert shown(12.34, "days", moment) == "12.3 d"
    assert shown(None, "share", moment) == "-"
    assert shown(datetime(2026, 9, 1, tzinfo=UTC), "moment", moment) == "01.09."
