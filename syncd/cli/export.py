"""What leaves as a file: export audience."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.show import EXIT_OK, EXIT_PROBLEMS, Fault, as_json, complain
from syncd.core.audience import NAMES, ROWS_MIN, WORDS, Platform
from syncd.core.plain import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.audience import Audience
    from syncd.jobs.audience import Chosen


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(help="Files for other programs.", no_args_is_help=True)
    group.callback()(_group)
    group.command("audience")(audience)
    app.add_typer(group, name="export")


def _group() -> None:
    """Files for other programs."""


def audience(
    name: Annotated[str, typer.Argument(metavar="TRACK|LEVEL", help="By its id in the playbook.")],
    platform: Annotated[
        Platform, typer.Option("--for", help="Which platform loads it up.")
    ] = Platform.GOOGLE,
    out: Annotated[Path | None, typer.Option("--out", help="The file; without, the terminal.")] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """A nurture track or a level as an advertising audience.

    Hashed addresses and nothing else, without those who opted out or have no lawful basis; says how many
    were left out, and why.
    """
    from syncd.jobs import audience as job

    place = places.open_for_reading(config)
    playbook = place.loaded.playbook
    try:
        who = job.chosen(name, playbook)
    except job.NoSuchAudience as why:
        raise Fault(str(why)) from None
    found = job.made(place.store, playbook, who, place.now)
    if out is not None:
        try:
            job.write_file(found, platform, out)
        except OSError as why:
            raise Fault(f"{out} cannot be written: {why.strerror}") from None
    elif not json:
        job.write(found, platform, sys.stdout)
    if json:
        as_json(_data(found, who, platform, out))
    else:
        for line in _told(found, who, platform, out):
            complain(line)
    return EXIT_OK if found.rows else EXIT_PROBLEMS


def _data(found: Audience, who: Chosen, platform: Platform, out: Path | None) -> dict[str, object]:
    """The documented shape of `syncd export audience --json`: counts alone, never an address."""
    return {
        "audience": f"{who.kind}:{who.id}",
        "label": who.label,
        "for": str(platform),
        "file": None if out is None else str(out),
        "people": found.people,
        "rows": len(found.rows),
        "left_out": [
            {"reason": str(why), "said": WORDS[why], "people": count} for why, count in found.left_out.items()
        ],
    }


def _told(found: Audience, who: Chosen, platform: Platform, out: Path | None) -> Iterator[str]:
    where = f" in {out}" if out is not None else ""
    people, rows = counted(found.people, "person", "people"), counted(len(found.rows), "address", "addresses")
    yield f"{who.label} ({who.kind}): {people}, {rows}{where}"
    for why, count in found.left_out.items():
        yield f"left out: {count}, {WORDS[why]}"
    if len(found.rows) < ROWS_MIN[platform]:
        yield f"{NAMES[platform]} wants {ROWS_MIN[platform]} rows or more"
