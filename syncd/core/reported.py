"""A report as plain numbers in sections, and its forms: rows of CSV, Markdown, cells for a table.

Every form shows the same values; only the wording of a cell differs. Each section names, by metric, the leads
behind each number, so that `--list METRIC` can tell who they are. Texts of people are inert in CSV and
Markdown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from syncd.core.plain import inert

Kind: TypeAlias = Literal["text", "count", "share", "days", "number", "moment"]
Cell: TypeAlias = str | int | float | datetime | None
Moment: TypeAlias = Callable[[datetime], str]
"""How a moment is said to people."""

NONE = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in CSV, its heading for people, and what its cells are. What is `csv_only` is for
    machines: people are not shown it."""

    id: str
    title: str
    kind: Kind = "text"
    csv_only: bool = False

    @property
    def is_right(self) -> bool:
        return self.kind not in ("text", "moment")


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `leads` are, by metric, those behind a number of it; `note` is a sentence below it."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    leads: Mapping[str, Set[int]] = field(default_factory=dict)
    note: str = ""

    def cells(self, moment: Moment) -> Iterator[tuple[str, ...]]:
        """The rows as people are shown them: what `headings` names."""
        for row in self.rows:
            yield tuple(
                shown(cell, column.kind, moment)
                for cell, column in zip(row, self.columns, strict=True)
                if not column.csv_only
            )

    @property
    def headings(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.csv_only)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `data` is its documented JSON, of the same numbers. `grouped` is the key that tells
    sections apart in CSV and lists: what it was asked by, or `section`. `nobody` is what people are told
    instead of tables full of noughts, where there is nobody to report of."""

    title: str
    data: object
    sections: Sequence[Section]
    since: datetime | None = None
    until: datetime | None = None
    grouped: str = "section"
    note: str = ""
    nobody: str = ""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric whose leads can be listed, in the order the sections name them."""
        return tuple(dict.fromkeys(name for section in self.sections for name in section.leads))

    def listed(self, metric: str) -> tuple[tuple[str, int], ...]:
        """(title of the section, lead id) of everybody behind this number, by number within each section."""
        return tuple(
            (section.title, lead_id)
            for section in self.sections
            for lead_id in sorted(section.leads.get(metric, ()))
        )


# --- cells -----------------------------------------------------------------------------------------------


def shown(cell: Cell, kind: Kind, moment: Moment) -> str:
    """One cell for people."""
    if cell is None:
        return NONE
    if isinstance(cell, datetime):
        return moment(cell)
    if kind == "share" and isinstance(cell, int | float):
        return f"{cell:.0%}"
    if kind == "days" and isinstance(cell, int | float):
        return duration(float(cell))
    if isinstance(cell, float):
        return f"{cell:,.2f}".rstrip("0").rstrip(".")
    return f"{cell:,}" if isinstance(cell, int) else cell


def duration(days: float) -> str:
    """Days as people say them, in the unit that fits: `40 min`, `5.2 h`, `12.3 d`."""
    minutes = days * 1440
    if minutes < 60:
        return f"{minutes:.0f} min"
    if minutes < 48 * 60:
        return f"{minutes / 60:.1f} h"
    return f"{days:.1f} d" if days < 100 else f"{days:,.0f} d"


# --- CSV -------------------------------------------------------------------------------------------------


def csv_rows(report: Report) -> Iterator[list[str]]:
    """The heading, then every row. Several sections have their title first, under `grouped`; a column that
    only some have is blank in the others. Numbers are plain, shares fractions, moments ISO 8601."""
    columns = list(dict.fromkeys(column.id for section in report.sections for column in section.columns))
    is_one = len(report.sections) == 1 and report.grouped == "section"
    yield columns if is_one else [report.grouped, *columns]
    for section in report.sections:
        for row in section.rows:
            values = dict(zip((column.id for column in section.columns), row, strict=True))
            cells = [_csv_cell(values.get(name)) for name in columns]
            yield cells if is_one else [inert(section.title), *cells]


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat()
    return inert(cell) if isinstance(cell, str) else str(cell)


# --- Markdown --------------------------------------------------------------------------------------------


def markdown(report: Report, moment: Moment) -> str:
    """The report as a page that can be pasted into a document or a chat."""
    told = report.nobody or report.note
    parts = [f"# {_escaped(report.title)}", *([_escaped(told)] if told else [])]
    for section in () if report.nobody else report.sections:
        if section.title:
            parts.append(f"## {_escaped(section.title)}")
        if section.rows:
            parts.append("\n".join(_markdown_rows(section, moment)))
        if section.note:
            parts.append(_escaped(section.note))
    return "\n\n".join(parts) + "\n"


def _markdown_rows(section: Section, moment: Moment) -> Iterator[str]:
    yield f"| {' | '.join(_escaped(column.title) for column in section.headings)} |"
    yield f"| {' | '.join('--:' if column.is_right else '---' for column in section.headings)} |"
    for cells in section.cells(moment):
        yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"


_MARKS = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_[]|#~!"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)


def _escaped(text: str) -> str:
    """People's words as words: no table cell is broken by them, nothing becomes a link, markup or a line."""
    return " ".join(text.split()).translate(_MARKS).replace("://", ":\u200b//").replace("@", "@\u200b")
