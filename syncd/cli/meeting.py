"""Reports for the two teams' talks: report shadow, report weekly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.report_frame import CsvOption, Format, FormatOption, ListOption, Since, Until, give, period

if TYPE_CHECKING:
    import typer


def register(report: typer.Typer) -> None:
    """Add these commands to the group `report`."""
    report.command("shadow")(shadow)
    report.command("weekly")(weekly)


def shadow(
    since: Since = None,
    until: Until = None,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    csv: CsvOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Our hand-offs against what reached sales by other ways.

    Both, only we, only they: with what became of each, and why we held back. Works before go-live too.
    Without a first day: one sales cycle back.
    """
    from syncd.jobs.shadow import report

    place = places.open_for_reading(config)
    start, end = period(place, since, until)
    found = report(place.store, place.loaded.playbook, start, end, place.now)
    return give(place, found, form, json=json, csv=csv, listed=listed)


def weekly(
    since: Since = None,
    until: Until = None,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    csv: CsvOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """The agenda of the weekly meeting on hand-offs, on one page.

    Both teams' promises, what came back and why, who is late, what closed and how. Without a first day: the
    last seven days. `--format markdown` can be pasted into a chat or printed.
    """
    from syncd.jobs.weekly import report

    place = places.open_for_reading(config)
    start, end = period(place, since, until)
    found = report(place.store, place.loaded.playbook, start, end, place.now)
    return give(place, found, form, json=json, csv=csv, listed=listed)
