"""The ledger of stages: its entries, every pass, and the proof that it agrees with where leads stand."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.report_frame import CsvOption, Format, FormatOption, Since, Until, give, period
from syncd.cli.show import EXIT_OK, EXIT_PROBLEMS, as_json, console, table

Who = Annotated[
    str | None, typer.Argument(help="E-mail, HubSpot id, Salesforce id or name; everybody without.")
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("ledger")(ledger)


def ledger(
    who: Who = None,
    passes: Annotated[bool, typer.Option("--passes", help="One line for each hand-over to sales.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Compare it with where leads stand.")] = False,
    since: Since = None,
    until: Until = None,
    form: FormatOption = Format.TABLE,
    config: ConfigOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> int:
    """Every move between stages, as it was recorded.

    What moved, when, why and by whom; skipped steps are marked as inferred.
    """
    from syncd.jobs import ledger as job

    place = places.open_for_reading(config)
    if check:
        return _check(place, json=json)
    lead_id = None if who is None else places.one_lead(place, who)
    start, end = period(place, since, until)
    made = job.all_passes if passes else job.entries
    report = made(place.store, place.loaded.playbook, lead_id, start, end)
    return give(place, report, form, json=json, csv=csv)


def _check(place: places.Place, *, json: bool) -> int:
    from syncd.jobs.ledger import disagreements

    found = disagreements(place.store)
    code = EXIT_PROBLEMS if found else EXIT_OK
    if json:
        as_json({"disagreements": list(found)})
        return code
    out = console()
    if found:
        rows = [(str(item["lead_id"]), item["by_the_ledger"], item["by_the_lead"]) for item in found]
        out.print(table(["Lead", "By the ledger", "By the lead"], rows))
    else:
        out.print("Every lead stands where its entries lead.")
    return code
