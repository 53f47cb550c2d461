"""Reports: report funnel, velocity, sla, handoff, reversions, hand-raisers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli import meeting
from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.report_frame import (
    ByOption,
    CsvOption,
    Format,
    FormatOption,
    ListOption,
    PassByOption,
    Since,
    Until,
    give,
    period,
)
from syncd.cli.show import EXIT_OK, EXIT_PERSON, Column, console, table, when, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.cli.place import Place
    from syncd.jobs.hand_raisers import HandRaiser
    from syncd.jobs.sla import Lines


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    report = typer.Typer(help="What both teams accept as true.", no_args_is_help=True)
    report.callback()(_group)
    report.command("funnel")(funnel)
    report.command("velocity")(velocity)
    report.command("sla")(sla)
    report.command("handoff")(handoff)
    report.command("reversions")(reversions)
    report.command("hand-raisers")(hand_raisers)
    meeting.register(report)
    app.add_typer(report, name="report")


def _group() -> None:
    """What both teams accept as true."""


def funnel(
    since: Since = None,
    until: Until = None,
    by: ByOption = None,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> int:
    """How far leads came, and where everybody stands.

    A cohort, the period and the present; leads adopted at the first load are counted apart.
    """
    from syncd.jobs.funnel import funnel as made

    place = places.open_for_reading(config)
    start, end = period(place, since, until)
    found = made(place.store, place.loaded.playbook, start, end, place.now, by=by or "")
    return give(place, found, form, json=json, csv=csv, listed=listed)


def velocity(
    since: Since = None,
    until: Until = None,
    by: ByOption = None,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> int:
    """How long leads take from step to step.

    Median and 90th percentile of each step, with those still on their way counted in.
    """
    from syncd.jobs.funnel import pace

    place = places.open_for_reading(config)
    start, end = period(place, since, until)
    found = pace(place.store, place.loaded.playbook, start, end, place.now, by=by or "")
    return give(place, found, form, json=json, csv=csv, listed=listed)


def sla(
    since: Since = None,
    until: Until = None,
    by: ByOption = None,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    csv: CsvOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """How soon sales was in touch with what it was handed.

    By owner, team and tier: target met, late, breached, open; hours to try and to speak; our delay beside.
    """
    from syncd.jobs import framed
    from syncd.jobs.sla import report_by

    place = places.open_for_reading(config)
    start, end = period(place, since, until)
    found = report_by(place.store, place.loaded.playbook, start, end, place.now, by or "")
    made = framed.sla(found, start, end)
    if form is not Format.TABLE or json or csv or listed or made.nobody:
        return give(place, made, form, json=json, csv=csv, listed=listed)
    _show_sla(found)
    return EXIT_OK


def _show_sla(found: Lines) -> None:
    from syncd.jobs.sla import line_data

    out = console()
    out.print("First contact", style="bold")
    for title, part in (found.groups if found.by else {"": found.whole}).items():
        _show_sla_lines(title, [line_data(line) for line in part])
    out.print(
        "\nMet: of the clocks that were touched or breached. Back: given back untouched. Tried and spoke: "
        "open hours, the middle and the 90th percentile. Ours: from qualifying to the confirmed hand-off, "
        "the middle. Owners by the clock of their own."
    )


def _show_sla_lines(title: str, lines: Sequence[dict[str, Any]]) -> None:
    out = console()
    out.print(f"\n{title}" if title else "", style="bold", markup=False)
    names: list[Column] = ["Who", *((name, "right") for name in _SLA_COLUMNS)]
    shown: list[tuple[object, ...]] = []
    for line in lines:
        share = "" if line["met_share"] is None else f"{line['met_share']:.0%}"
        open_now = line["running"] + line["overdue"]
        shown.append(
            (
                line["name"],
                line["clocks"],
                share,
                line["late"],
                line["breached"],
                open_now,
                line["ended"],
                _two(line["attempt_hours_median"], line["attempt_hours_p90"]),
                _two(line["contact_hours_median"], line["contact_hours_p90"]),
                _seconds(line["system_delay_s_median"]),
            )
        )
    out.print(table(names, shown))


_SLA_COLUMNS = ("All", "Met", "Late", "Breached", "Open", "Back", "Tried", "Spoke", "Ours")


def _two(middle: float | None, slow: float | None) -> str:
    return "-" if middle is None or slow is None else f"{_hours(middle)} / {_hours(slow)}"


def _hours(value: float) -> str:
    """Hours as short as they say enough: the names of owners need the room."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def handoff(
    since: Since = None,
    until: Until = None,
    by: ByOption = None,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    csv: CsvOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """How long a hand-off takes, hop by hop.

    From the change in HubSpot to the record in Salesforce and the message to sales.
    """
    from syncd.jobs import framed, reports

    place = places.open_for_reading(config)
    start, end = period(place, since, until)
    found = reports.handoff(place.store, place.loaded.playbook, start, end, by or "")
    made = framed.handoff(found)
    if form is not Format.TABLE or json or csv or listed or made.nobody:
        return give(place, made, form, json=json, csv=csv, listed=listed)
    out = console()
    out.print(made.title, style="bold")
    for part in found["groups"] if by else [found]:
        out.print(f"\n{part['group']}" if by else "", style="bold", markup=False)
        _show_hops(part)
    out.print(
        "\nThe change is dated by HubSpot; what it shows late, and the wait for the poll, are in `Read`."
    )
    return EXIT_OK


def _show_hops(part: dict[str, Any]) -> None:
    columns: list[Column] = ["Hop", *((name, "right") for name in ("Hand-offs", "Median", "95 %", "Slowest"))]
    shown = [
        (hop["label"], hop["count"], *(_seconds(hop[name]) for name in ("median_s", "p95_s", "slowest_s")))
        for hop in part["hops"]
    ]
    console().print(table(columns, shown))


def reversions(
    since: Since = None,
    until: Until = None,
    by: PassByOption = None,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> int:
    """What sales gave back, why, and what may be the cause.

    By reason, objection, source, offer, rep and playbook; and what sales says against what we had claimed.
    """
    from syncd.jobs.reversions import report

    place = places.open_for_reading(config)
    start, end = period(place, since, until)
    found = report(place.store, place.loaded.playbook, start, end, place.now, by=by or "")
    return give(place, found, form, json=json, csv=csv, listed=listed)


def _seconds(value: float | None) -> str:
    """A duration as people say it."""
    if value is None:
        return "-"
    if value < 60:
        return f"{value:.1f} s"
    if value < 3600:
        return f"{value / 60:.1f} min"
    return f"{value / 3600:.1f} h"


def hand_raisers(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How far back.")] = 1,
    form: FormatOption = Format.TABLE,
    listed: ListOption = None,
    csv: CsvOption = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Who asked for sales and did not get there, and why.

    Every decisive action that did not hand over, with what stopped it and the one command that lets it pass.
    """
    from syncd.jobs.hand_raisers import hand_raisers as found_in

    place = places.open_for_reading(config)
    since = place.now - timedelta(days=days)
    found = found_in(place.store, place.loaded.playbook, since, place.now)
    waiting = [item for item in found if item.handed_over_at is None]
    code = EXIT_PERSON if waiting else EXIT_OK
    if form is not Format.TABLE or json or csv or listed:
        from syncd.jobs import framed

        report = framed.hand_raisers(found, since, place.now)
        return give(place, report, form, json=json, csv=csv, listed=listed, code=code)
    _show_hand_raisers(place, found, days)
    return code


def _show_hand_raisers(place: Place, found: Sequence[HandRaiser], days: int) -> None:
    from syncd.cli.page import wrap

    out = console()
    width = width_of(out)
    waiting = [item for item in found if item.handed_over_at is None]
    period = "the last day" if days == 1 else f"the last {days} days"
    head = f"{len(waiting)} asked for sales in {period} and did not get there"
    out.print(head if waiting else f"Nobody who asked for sales in {period} was stopped", style="bold")
    for item in waiting:
        who = f"{item.name}, {item.company}" if item.company else item.name
        out.print(f"\n{who}", markup=False)
        told = wrap(f"{item.did}, {when(item.raised_at, place.zone)}", 2, 4, width=width)
        told += wrap(f"stopped by: {item.reason}", 2, 4, width=width)
        if item.waiver is not None:
            told += wrap(f"set aside by {item.waiver.by}: {item.waiver.why}", 2, 4, width=width)
        elif item.command:
            told.append(f"  {item.command}")
        else:
            told += wrap(item.advice, 2, 4, width=width)
        out.print("\n".join(told), markup=False, soft_wrap=True)
    later = len(found) - len(waiting)
    if later:
        out.print(f"\n{later} more were stopped at first and have gone to sales since.")
