"""What is held back because a run would have written for too many: queue list, release, drop."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_OK, EXIT_PERSON, Fault, as_json, console, table, when
from syncd.core.plain import counted


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(help="Writes held back: too many at once.", no_args_is_help=True)
    group.command("list")(queue_list)
    group.command("release")(queue_release)
    group.command("drop")(queue_drop)
    app.add_typer(group, name="queue")


def queue_list(
    top: Annotated[int, typer.Option("--top", min=1, help="How many to show.")] = 25,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Who waits, the best first, and why."""
    from syncd.jobs import limiting

    place = places.open_for_reading(config)
    rows = limiting.held(place.store, place.loaded.playbook, place.now)
    if json:
        as_json([row.as_dict() for row in rows])
        return EXIT_PERSON if rows else EXIT_OK
    out = console()
    if not rows:
        out.print("Nothing is held back.")
        return EXIT_OK
    causes = Counter(row.cause for row in rows)
    said = ", ".join(f"{count} by {limiting.CAUSES[cause]}" for cause, count in causes.most_common())
    out.print(f"{counted(len(rows), 'lead')} held back: {said}", markup=False, style="bold")
    shown = [
        (
            row.name,
            row.points,
            when(row.held_at, place.zone),
            ", ".join(f"{count} {kind}" for kind, count in sorted(row.kinds.items())),
            "no room" if row.waits_for_owner else "",
        )
        for row in rows[:top]
    ]
    out.print(table(["Lead", ("Points", "right"), "Since", "Waits", "Owner"], shown))
    if len(rows) > top:
        out.print(f"and {len(rows) - top} more")
    out.print("Let them go with: syncd queue release N (or --all). Or: syncd queue drop")
    return EXIT_PERSON


def queue_release(
    count: Annotated[int | None, typer.Argument(min=1, help="How many, from the top of the list.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everything that is held back.")] = False,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Let the best N go, as their owners have room; or all."""
    if (count is None) == (not everybody):
        raise Fault("say how many, or --all")
    place = places.open_for_reading(config)
    return _ask(place, "queue_release", by, {} if everybody else {"most": count}, json=json)


def queue_drop(by: PersonOption = "", config: ConfigOption = None, json: JsonOption = False) -> int:
    """Do not send what is held back.

    What is still meant of a lead is intended again when something new is known of it.
    """
    place = places.open_for_reading(config)
    return _ask(place, "queue_drop", by, {}, json=json)


def _ask(place: places.Place, verb: str, by: str, arguments: dict[str, object], *, json: bool) -> int:
    person, clock = by or places.person(), places.clock_of(place)
    return ask(place.store, place.loaded.playbook, clock, verb, person, arguments, json=json)
