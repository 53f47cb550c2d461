"""Reports: report funnel, report sla, report handoff, report hand-raisers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.show import EXIT_OK, EXIT_PERSON, Column, Fault, as_json, console, table, when, width_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syncd.cli.place import Place
    from syncd.core.metrics import Funnel
    from syncd.jobs.hand_raisers import HandRaiser

Labels: TypeAlias = "Callable[[str], str]"

Since = Annotated[str | None, typer.Option("--since", help="First day, 2026-09-01.")]
Until = Annotated[str | None, typer.Option("--until", help="Last day, 2026-09-30.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    report = typer.Typer(help="What both teams accept as true.", no_args_is_help=True)
    report.callback()(_group)
    report.command("funnel")(funnel)
    report.command("sla")(sla)
    report.command("handoff")(handoff)
    report.command("hand-raisers")(hand_raisers)
    app.add_typer(report, name="report")


def _group() -> None:
    """What both teams accept as true."""


def funnel(
    since: Since = None, until: Until = None, config: ConfigOption = None, json: JsonOption = False
) -> int:
    """How far leads came, and where everybody stands.

    A cohort, the period and the present; leads adopted at the first load are counted apart.
    """
    from syncd.jobs import reports

    place = places.open_for_reading(config)
    start, end = _period(place, since, until)
    found = reports.funnel(place.store, place.loaded.playbook, start, end)
    if json:
        as_json(reports.funnel_data(found))
    else:
        _show(place, found)
    return EXIT_OK


def sla(
    since: Since = None,
    until: Until = None,
    csv: Annotated[bool, typer.Option("--csv", help="As comma-separated values.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """How soon sales was in touch with what it was handed.

    By owner, team and tier: target met, late, breached, open; hours to try and to speak; our delay beside.
    """
    from syncd.jobs.sla import line_data, report

    place = places.open_for_reading(config)
    start, end = _period(place, since, until)
    found = [line_data(line) for line in report(place.store, place.loaded.playbook, start, end, place.now)]
    if json:
        as_json({"since": start, "until": end, "lines": found})
    elif csv:
        _print_csv(found)
    else:
        _show_sla(found)
    return EXIT_OK


def _print_csv(lines: Sequence[dict[str, Any]]) -> None:
    """The lines for a spreadsheet: names are people's, and no formula of theirs is one here."""
    import csv as comma
    import sys

    from syncd.core.plain import inert
    from syncd.jobs.sla import COLUMNS

    rows = comma.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows([{**line, "name": inert(line["name"])} for line in lines])


def _show_sla(lines: Sequence[dict[str, Any]]) -> None:
    out = console()
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
                _two(line["system_delay_s_median"], line["system_delay_s_p90"]),
            )
        )
    out.print(table(names, shown))
    out.print(
        "\nMet: of the clocks that were touched or breached. Back: given back untouched. Tried and spoke: "
        "open hours, the middle and the 90th percentile. Ours: seconds from qualifying to the confirmed "
        "hand-off, the same. Owners by the clock of their own."
    )


_SLA_COLUMNS = ("All", "Met", "Late", "Breached", "Open", "Back", "Tried", "Spoke", "Ours")


def _two(middle: float | None, slow: float | None) -> str:
    return "-" if middle is None or slow is None else f"{middle:g} / {slow:g}"


def handoff(
    since: Since = None,
    until: Until = None,
    each: Annotated[bool, typer.Option("--list", help="Every hand-off by itself.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """How long a hand-off takes, hop by hop.

    From the change in HubSpot to the record in Salesforce and the message to sales.
    """
    from syncd.jobs import reports

    place = places.open_for_reading(config)
    start, end = _period(place, since, until)
    found = reports.handoff(place.store, start, end)
    if json:
        as_json(found)
        return EXIT_OK
    out = console()
    columns: list[Column] = ["Hop", *((name, "right") for name in ("Hand-offs", "Median", "95 %", "Slowest"))]
    shown = [
        (hop["label"], hop["count"], *(_seconds(hop[name]) for name in ("median_s", "p95_s", "slowest_s")))
        for hop in found["hops"]
    ]
    out.print(table(columns, shown))
    if each:
        rows = [
            (row["name"], row["pass"], when(row["decided_at"], place.zone), _seconds(row["whole_s"]))
            for row in found["leads"]
        ]
        out.print()
        out.print(table(["Lead", ("Pass", "right"), "SQL", ("All", "right")], rows))
    out.print(
        "\nThe change is dated by HubSpot; what it shows late, and the wait for the poll, are in `Read`."
    )
    return EXIT_OK


def _seconds(value: float | None) -> str:
    """A duration as people say it."""
    if value is None:
        return "-"
    if value < 60:
        return f"{value:.1f} s"
    if value < 3600:
        return f"{value / 60:.1f} min"
    return f"{value / 3600:.1f} h"


def _period(place: Place, since: str | None, until: str | None) -> tuple[datetime | None, datetime]:
    """From the first day named to the end of the last; up to this moment, which is in it."""
    start = _day(since)
    end = place.now + timedelta(milliseconds=1) if until is None else _end(until)
    if start is not None and start >= end:
        raise Fault("--since must be before --until")
    return start, end


def hand_raisers(
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How far back.")] = 1,
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
    if json:
        as_json([item.as_dict() for item in found])
        return EXIT_PERSON if waiting else EXIT_OK
    _show_hand_raisers(place, found, days)
    return EXIT_PERSON if waiting else EXIT_OK


def _show_hand_raisers(place: Place, found: Sequence[HandRaiser], days: int) -> None:
    from syncd.cli.page import wrap

    out = console()
    width = width_of(out)
    waiting = [item for item in found if item.handed_over_at is None]
    period = "the last day" if days == 1 else f"the last {days} days"
    out.print(f"{len(waiting)} asked for sales in {period} and did not get there", style="bold")
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


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Fault(f"'{text}' is not a date: write 2026-09-01") from None


def _end(text: str) -> datetime:
    start = _day(text)
    assert start is not None, "a date was given"
    return start + timedelta(days=1)


def _show(place: Place, found: Funnel) -> None:
    out = console()
    zone = place.zone
    out.print(f"Funnel from {when(found.since, zone)} to {when(found.until, zone)}\n", style="bold")
    labels = _labels(place)
    standing = dict(found.snapshot)
    adopted = dict(found.adopted)
    rates = {rate.target: rate for rate in found.rates}
    rows = []
    for step in found.cohort.steps:
        rate = rates.get(step.id)
        shown = (
            ""
            if rate is None or rate.value is None
            else f"{rate.value:.0%} of {labels(rate.origin).partition(' (')[0]}"
        )
        within = found.period.step(step.id)
        inferred = f" ({step.inferred} skipped)" if step.inferred else ""
        rows.append(
            (
                labels(step.id),
                f"{step.leads:,}{inferred}",
                shown,
                within.times,
                standing.pop(step.id, 0),
                adopted.pop(step.id, 0),
            )
        )
    for name in sorted({*standing, *adopted}):
        rows.append((labels(name), "", "", 0, standing.get(name, 0), adopted.get(name, 0)))
    columns: list[Column] = [
        "Step",
        ("New leads", "right"),
        "Rate",
        ("Moves", "right"),
        ("Stand there", "right"),
        ("Adopted", "right"),
    ]
    out.print(table(columns, rows))
    out.print(
        "\nNew leads: first seen in the period, and how far they came since. Moves: steps taken in the "
        "period by anybody. Stand there: at its end. Adopted: taken over at the baseline, in no rate."
    )


def _labels(place: Place) -> Labels:
    levels = {f"mql:{level.id}": f"MQL {level.label}" for level in place.loaded.playbook.levels.mql}
    words = {"mql": "MQL (any level)", "near_sql": "near-SQL", "sql": "SQL", "lead": "Lead",
             "customer:evangelist": "Customer who speaks for us"}  # fmt: skip
    return lambda name: levels.get(name) or words.get(name) or name.replace("_", " ").capitalize()
