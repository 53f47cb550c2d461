"""What all reports have in common: the period, the form of the answer, and the leads behind a number."""

from __future__ import annotations

import csv as comma
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.show import EXIT_OK, Column, Fault, as_json, console, table, when, width_of

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.core.reported import Report, Section


class Format(StrEnum):
    """The forms every report has."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"


class By(StrEnum):
    """What the leads of a report may be grouped by."""

    CHANNEL = "channel"
    OFFER = "offer"
    SOURCE = "source"
    SEGMENT = "segment"
    OWNER = "owner"
    PLAYBOOK = "playbook"


class PassBy(StrEnum):
    """What the passes of a report may be grouped by: some of it is the lead's, some the pass's own."""

    CHANNEL = "channel"
    OFFER = "offer"
    SOURCE = "source"
    SEGMENT = "segment"
    OWNER = "owner"
    PLAYBOOK = "playbook"
    LEVEL = "level"
    BAND = "band"
    CARRIED = "carried"


NAMES_MAX, FEW = 16, 2
"""Numbers of one family named in a complaint; fewer where each has a name of its own in it."""

Since = Annotated[str | None, typer.Option("--since", help="First day, 2026-09-01.")]
Until = Annotated[str | None, typer.Option("--until", help="Last day, 2026-09-30.")]
FormatOption = Annotated[Format, typer.Option("--format", help="The form of the answer.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="The same as --format csv.")]
ListOption = Annotated[
    str | None, typer.Option("--list", metavar="METRIC", help="Name the leads behind a number.")
]
ByOption = Annotated[By | None, typer.Option("--by", help="One part for each.")]
PassByOption = Annotated[PassBy | None, typer.Option("--by", help="One part for each.")]


def period(place: Place, since: str | None, until: str | None) -> tuple[datetime | None, datetime]:
    """From the first day named to the end of the last; up to this moment, which is in it."""
    start = None if since is None else _day(since)
    end = place.now + timedelta(milliseconds=1) if until is None else _day(until) + timedelta(days=1)
    if start is not None and start >= end:
        raise Fault("--since must be before --until")
    return start, end


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Fault(f"'{text}' is not a date: write 2026-09-01") from None


def give(
    place: Place,
    report: Report,
    form: Format = Format.TABLE,
    *,
    json: bool = False,
    csv: bool = False,
    listed: str | None = None,
    code: int = EXIT_OK,
) -> int:
    """Print the report, or the leads behind one of its numbers, in the form asked for. Returns `code`."""
    form = Format.JSON if json else Format.CSV if csv else form
    if listed is not None:
        report = _behind(place, report, listed)
    if form is Format.JSON:
        as_json(report.data)
    elif form is Format.CSV:
        _print_csv(report)
    elif form is Format.MARKDOWN:
        from syncd.core.reported import markdown

        sys.stdout.write(markdown(report, lambda at: when(at, place.zone)))
    else:
        _print(place, report)
    return code


def _print_csv(report: Report) -> None:
    from syncd.core.reported import csv_rows

    comma.writer(sys.stdout, lineterminator="\n").writerows(csv_rows(report))


def _print(place: Place, report: Report) -> None:
    out = console()
    out.print(report.title, style="bold", markup=False)
    for section in () if report.nobody else report.sections:
        out.print()
        if section.title:
            out.print(section.title, style="bold", markup=False)
        if section.rows:
            out.print(_table(place, section))
        _say(section.note)
    told = report.nobody or report.note
    if told:
        out.print()
        _say(told)


def _say(text: str) -> None:
    if text:
        import textwrap

        out = console()
        out.print(textwrap.fill(text, width_of(out)), markup=False, soft_wrap=True)


def _table(place: Place, section: Section) -> object:
    columns: list[Column] = [
        (column.title, "right") if column.is_right else column.title for column in section.headings
    ]
    return table(columns, section.cells(lambda at: when(at, place.zone)))


# --- the leads behind a number ---------------------------------------------------------------------------


def _behind(place: Place, report: Report, metric: str) -> Report:
    """The leads behind one number of a report, as a report of its own."""
    from syncd.core import reported
    from syncd.jobs.grouping import shown_leads

    if metric not in report.metrics:
        raise Fault(f"'{metric}' is no number of this report whose leads can be listed. {_have(report)}")
    found = report.listed(metric)
    told = shown_leads(place.store, place.loaded.playbook, [lead_id for _title, lead_id in found])
    is_grouped = report.grouped != "section"
    data = [
        ({report.grouped: title} if is_grouped else {})
        | {"lead_id": lead_id, "name": told[lead_id].name, "position": told[lead_id].position}
        for title, lead_id in found
    ]
    columns = [
        *([reported.Column(report.grouped, report.grouped.capitalize())] if is_grouped else []),
        reported.Column("lead_id", "Lead"),
        reported.Column("name", "Name"),
        reported.Column("position", "Stands at"),
    ]
    rows: list[tuple[reported.Cell, ...]] = [
        (*([title] if is_grouped else []), str(lead_id), told[lead_id].name, told[lead_id].place)
        for title, lead_id in found
    ]
    section = reported.Section("", columns, rows, note="" if rows else "Nobody.")
    answer = {"metric": metric, "since": report.since, "until": report.until, "leads": data}
    return reported.Report(f"{report.title}: {metric}", answer, [section], report.since, report.until)


def _have(report: Report) -> str:
    """The numbers there are, by family: `cohort.sql` is one of the family cohort."""
    families: dict[str, list[str]] = {}
    for name in report.metrics:
        family, _dot, rest = name.partition(".")
        families.setdefault(family, []).append(rest)
    alike: dict[tuple[str, ...], list[str]] = {}
    for family, names in families.items():
        alike.setdefault(tuple(names), []).append(family)
    told = [f"{' or '.join(of)}{_rest(names)}" for names, of in alike.items()]
    return f"There are: {'; '.join(told)}." if told else "It has none."


def _rest(names: tuple[str, ...]) -> str:
    """What follows a family. Names of people and offers may be many and long: two show how it is written."""
    if not any(names):
        return ""
    most = FEW if any("." in name for name in names) else NAMES_MAX
    more = f" and {len(names) - most} more" if len(names) > most else ""
    shown = f"{', '.join(names[:most])}{more}"
    return f", a dot, and one of {shown}"
