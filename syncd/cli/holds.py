"""Cases only a person can settle: list, show, resolve, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_OK, EXIT_PERSON, Fault, as_json, console, table, when, width_of

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.jobs.evidence import Column, Evidence
    from syncd.store.holds import Hold

HoldId = Annotated[int, typer.Argument(help="Number of the case.")]
SIDE_BY_SIDE_MAX = 3
"""Columns that stand beside each other on 80 characters; more are listed below each other."""
SETTLED_MAX = 50


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    hold = typer.Typer(help="Cases only a person can settle.", no_args_is_help=True)
    hold.command("list")(hold_list)
    hold.command("show")(hold_show)
    hold.command("resolve")(hold_resolve)
    hold.command("take-back")(hold_take_back)
    app.add_typer(hold, name="hold")


def hold_list(
    everything: Annotated[
        bool, typer.Option("--all", help="Those settled last too, with who settled them.")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Open cases with their candidates."""
    from syncd.jobs.evidence import settled_cases
    from syncd.jobs.explain import open_cases

    place = places.open_for_reading(config)
    cases = open_cases(place.store, place.now)
    settled = settled_cases(place.store, place.now, SETTLED_MAX) if everything else ()
    if json:
        as_json([*(case.as_dict() for case in cases), *(case.as_dict() for case in settled)])
        return EXIT_PERSON if cases else EXIT_OK
    for case in cases:
        _show_case(place, case.hold, case.name)
    out = console()
    if settled:
        rows = [
            (
                case.hold.hold_id,
                case.name,
                case.hold.kind.replace("_", " "),
                _short(case.hold.resolution),
                case.hold.resolved_by,
                when(case.hold.resolved_at, place.zone) if case.hold.resolved_at else "",
            )
            for case in settled
        ]
        out.print(table([("Case", "right"), "Lead", "Kind", "Answer", "By", "When"], rows))
    if not cases:
        out.print("Nothing waits for a person.")
    return EXIT_PERSON if cases else EXIT_OK


def _show_case(place: Place, hold: Hold, name: str) -> None:
    from syncd.cli.page import wrap

    out = console()
    out.print(f"{hold.hold_id}  {name}: {hold.kind.replace('_', ' ')}", markup=False, style="bold")
    told = wrap(hold.reason, 3)
    for candidate in hold.candidates:
        percent = f"  {candidate['percent']} %" if candidate.get("percent") else ""
        told += wrap(f"- {candidate['ref']}{percent}  {candidate['why']}", 3, 5)
    out.print("\n".join(told), markup=False)
    opened = when(hold.opened_at, place.zone)
    out.print(f"   since {opened}: syncd hold show {hold.hold_id}, then syncd hold resolve", markup=False)


def _short(resolution: str) -> str:
    return "both" if " " in resolution else resolution.removeprefix("salesforce:")


# --- one case --------------------------------------------------------------------------------------------


def hold_show(hold_id: HoldId, config: ConfigOption = None, json: JsonOption = False) -> int:
    """One case with its evidence, side by side.

    The person as HubSpot has them and each record they may be: fields, owner, last change, how sure it is and
    why; what was decided of this person before; and what may settle the case.
    """
    from syncd.jobs.evidence import evidence_of

    place = places.open_for_reading(config)
    found = evidence_of(place.store, hold_id, place.now)
    if found is None:
        raise Fault(f"there is no case {hold_id}: see `syncd hold list`")
    is_open = found.hold.resolved_at is None
    if json:
        as_json(found.as_dict())
    else:
        _show_evidence(place, found)
    return EXIT_PERSON if is_open else EXIT_OK


def _show_evidence(place: Place, found: Evidence) -> None:
    from syncd.cli.page import wrap

    out, hold = console(), found.hold
    out.print(f"Case {hold.hold_id}: {hold.kind.replace('_', ' ')}", markup=False, style="bold")
    out.print("\n".join(wrap(hold.reason, 0)), markup=False)
    columns = (found.person, *found.candidates)
    out.print()
    if len(columns) <= SIDE_BY_SIDE_MAX and width_of(out) >= 80:
        out.print(_side_by_side(place, columns))
    else:
        for column in columns:
            _show_column(place, column)
    for column in found.candidates:
        percent = f"{column.percent} %, {column.sureness}: " if column.percent else ""
        out.print("\n".join(wrap(f"{column.ref}: {percent}{column.why}", 0, 3)), markup=False)
        if column.url:
            out.print(f"   {column.url}", markup=False, soft_wrap=True)
    _show_decisions(place, found)
    if found.answers:
        answers = ", ".join(found.answers)
        told = wrap(
            f"Settle it with: syncd hold resolve {hold.hold_id} --use ANSWER, one of: {answers}", 0, 3
        )
        out.print("\n" + "\n".join(told), markup=False)
    elif hold.resolved_at is not None:
        at = when(hold.resolved_at, place.zone)
        out.print(f"\nSettled {at} by {hold.resolved_by}: {_short(hold.resolution)}", markup=False)


def _side_by_side(place: Place, columns: tuple[Column, ...]) -> object:
    rows = [(name, *(_value(place, column, name) for column in columns)) for name in _names(place, columns)]
    heads = [
        "In HubSpot" if column.what == "person" else f"{column.what} {_id(column)}" for column in columns
    ]
    return table(["", *heads], rows)


def _show_column(place: Place, column: Column) -> None:
    out = console()
    head = "In HubSpot" if column.what == "person" else f"{column.what} {_id(column)}"
    out.print(head, markup=False, style="bold")
    for name in _names(place, (column,)):
        out.print(f"   {name:<12} {_value(place, column, name)}", markup=False, soft_wrap=True)


def _id(column: Column) -> str:
    return column.ref.rpartition(":")[2]


def _names(place: Place, columns: tuple[Column, ...]) -> list[str]:
    """The rows of which some column has anything to show."""
    from syncd.jobs.evidence import FIELDS

    every = [*(name for name, _fields in FIELDS), "Owner", "Changed"]
    return [name for name in every if any(_value(place, column, name) for column in columns)]


def _value(place: Place, column: Column, name: str) -> str:
    from datetime import datetime

    if name == "Owner":
        return column.owner or column.owner_id
    if name != "Changed":
        return column.values.get(name, "")
    try:
        return when(datetime.fromisoformat(column.modified_at), place.zone)
    except ValueError:
        return ""


def _show_decisions(place: Place, found: Evidence) -> None:
    from syncd.cli.page import wrap

    if not found.said:
        return
    out = console()
    out.print("\nWhat was said of this person and these records", style="bold")
    words = {
        "same": "is this person or their company",
        "different": "is neither this person nor their company",
        "alerted": "named by a duplicate rule of the org that alerts",
        "blocked": "named by a duplicate rule of the org that blocks",
    }
    for pair in found.said:
        told = f"{when(pair.said_at, place.zone)}  {pair.ref} {words[pair.says]} ({pair.said_by})"
        if pair.taken_back_at is not None:
            told += f"; no longer, since {when(pair.taken_back_at, place.zone)} ({pair.taken_back_by})"
        out.print("\n".join(wrap(told, 0, 3)), markup=False)


# --- settling --------------------------------------------------------------------------------------------


def hold_resolve(
    hold_id: HoldId,
    use: Annotated[str, typer.Option("--use", help="A candidate, or: new, both, none.")],
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Say which record a case is about.

    The decision is remembered with your name: what you said of a pair is never asked again.
    """
    return _ask("resolve_hold", {"hold_id": hold_id, "use": use}, by, config, json=json)


def hold_take_back(
    hold_id: HoldId, by: PersonOption = "", config: ConfigOption = None, json: JsonOption = False
) -> int:
    """Take the answer to a case back.

    It is asked again when it matters. What was written by it stays.
    """
    return _ask("take_back_hold", {"hold_id": hold_id}, by, config, json=json)


def _ask(verb: str, arguments: dict[str, object], by: str, config: ConfigOption, *, json: bool) -> int:
    place = places.open_for_reading(config)
    person, clock = by or places.person(), places.clock_of(place)
    return ask(place.store, place.loaded.playbook, clock, verb, person, arguments, json=json)
