"""What runs wrote, and taking one back: runs, undo."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_OK, EXIT_PERSON, Fault, as_json, console, table, when, width_of
from syncd.core.plain import counted

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.jobs.undo_shown import Line, Shown

LINES_MAX = 40
LEADS_MAX = 50
"""Leads shown in full; `--json` has all."""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("runs")(runs)
    app.command("undo")(undo)


def runs(
    top: Annotated[int, typer.Option("--top", min=1, max=1000, help="How many to show.")] = 20,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Which runs wrote what, the newest first."""
    from syncd.jobs import undo_shown

    place = places.open_for_reading(config)
    found = undo_shown.runs(place.store, top)
    if json:
        as_json([undo_shown.run_data(run) for run in found])
        return EXIT_OK
    out = console()
    rows = [
        (
            run.run_id,
            when(run.started_at, place.zone),
            run.kind,
            run.leads,
            ", ".join(f"{count} {kind}" for kind, count in sorted(run.written.items())),
            f"taken back by {run.undone_by}" if run.undone_at else run.status,
        )
        for run in found
    ]
    out.print(table([("Run", "right"), "Began", "Kind", ("Leads", "right"), "Wrote", "How it ended"], rows))
    out.print("Take one back with: syncd undo RUN" if found else "No run has written anything.")
    return EXIT_OK


def undo(
    run: Annotated[int, typer.Argument(help="Number of the run: see `syncd runs`.")],
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be taken back.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Let the leads go again that an undo holds.")
    ] = False,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Take back what one run wrote: shown first, then done.

    Only what is still as we wrote it comes back; what somebody has changed since is left and listed.
    """
    from syncd.jobs import undo_shown
    from syncd.jobs.undoing import NotUndone

    place = places.open_for_reading(config)
    person = by or places.person()
    if release:
        return _ask(place, person, {"run_id": run, "release": True}, json=json)
    begun = undo_shown.begun(place.store, run, place.now)
    if begun is not None:
        _show(place, begun, json=json)
        return EXIT_OK
    try:
        found = _foreseen(place, run, person)
    except NotUndone as why:
        raise Fault(str(why), EXIT_PERSON) from None
    if plan or not json or not yes:
        _show(place, found, json=json)
    if plan:
        return EXIT_OK
    if not yes and not _agreed(json=json):
        return EXIT_PERSON
    return _ask(place, person, {"run_id": run}, json=json)


def _foreseen(place: Place, run_id: int, person: str) -> Shown:
    """What would be taken back, compared with both systems where they can be read."""
    from syncd import app
    from syncd.jobs import undo_shown

    playbook = place.loaded.playbook
    if place.is_demo or place.loaded.settings.credential_problems():
        return undo_shown.foreseen(place.store, {}, playbook, run_id, person, place.now)
    parts = app.build(place.loaded)
    try:
        return undo_shown.foreseen(place.store, parts.targets, playbook, run_id, person, place.now)
    finally:
        app.close(parts)


def _agreed(*, json: bool) -> bool:
    """Whether the person says yes at the terminal; nobody there means no."""
    if json or not sys.stdin.isatty():
        console().print("Nothing is taken back yet: say it again with --yes.")
        return False
    return typer.confirm("Take this back?", default=False)


def _ask(place: Place, person: str, arguments: dict[str, object], *, json: bool) -> int:
    playbook, clock = place.loaded.playbook, places.clock_of(place)
    return ask(place.store, playbook, clock, "undo", person, arguments, json=json)


# --- showing ---------------------------------------------------------------------------------------------


def _show(place: Place, found: Shown, *, json: bool) -> None:
    if json:
        as_json(found.as_dict())
        return
    from syncd.cli.page import wrap

    out, run = console(), found.run
    width = width_of(out)
    wrote = ", ".join(f"{count} {kind}" for kind, count in sorted(run.written.items()))
    out.print(f"Run {run.run_id}, {when(run.started_at, place.zone)}: {wrote}", style="bold", markup=False)
    if run.undone_at:
        out.print(f"Taken back by {run.undone_by}, {when(run.undone_at, place.zone)}", markup=False)
    for system, why in found.unread.items():
        out.print("\n".join(wrap(f"{system} was not compared with: {why}", 0, 2, width=width)), markup=False)
    ids = dict.fromkeys([line.lead_id for line in found.lines] + [move.lead_id for move in found.moves])
    for lead_id in list(ids)[:LEADS_MAX]:
        mine = [line for line in found.lines if line.lead_id == lead_id]
        moves = [move for move in found.moves if move.lead_id == lead_id]
        name = next((line.name for line in mine), "") or next((move.name for move in moves), "")
        out.print(f"\n{name}", style="bold", markup=False)
        for move in moves:
            out.print(f"  stands again at {move.back_to} (now {move.now})", markup=False)
        for line in mine:
            out.print("\n".join(_told(line, width)), markup=False, soft_wrap=True)
    if len(ids) > LEADS_MAX:
        out.print(f"\nand {counted(len(ids) - LEADS_MAX, 'more lead')}: --json lists all")
    would = sum(line.state == "would" for line in found.lines)
    left = sum(line.state == "left" for line in found.lines)
    if run.undone_at is None:
        out.print(
            f"\n{counted(would, 'thing')} would be taken back, {left} left as they are; "
            f"{counted(run.leads, 'lead')} held afterwards.",
        )
    else:
        done = sum(line.state == "done" for line in found.lines)
        out.print(f"\n{done} of {counted(len(found.lines), 'step')} done.")


def _told(line: Line, width: int) -> list[str]:
    from syncd.cli.page import wrap

    state = {"would": "", "left": "stays  ", "unread": "?  "}.get(line.state, f"{line.state}  ")
    told = wrap(f"{state}{line.system}: {line.what} {line.about}", 2, 6, width=width)
    for name, value in list(line.fields.items())[:LINES_MAX]:
        shown = "(blank)" if value in {None, ""} else str(value)
        told += wrap(f"{name}: back to {shown[:120]}", 6, 8, width=width)
    for note in line.notes:
        told += wrap(note, 6, 8, width=width)
    return told
