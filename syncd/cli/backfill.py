"""Writing one mapped field again on every record handed over: backfill."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_OK, EXIT_USAGE, Fault, ago, as_json, console, table
from syncd.core.plain import counted

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("backfill")(backfill)


def backfill(
    field: Annotated[str, typer.Option("--field", help="Title, Lead.Title or Contact.Title.")] = "",
    plan: Annotated[bool, typer.Option("--plan", help="Only show what it would write.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=2000, help="Records shown by --plan.")] = SHOWN,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Write one mapped field again on what was handed over.

    For a field that was mapped later. What people entered stays, as `write` in mapping.yaml says; all else
    goes first. Without --field: what is under way.
    """
    place = places.open_for_reading(config)
    if not field:
        return _under_way(place, json=json)
    from syncd.jobs.backfill import fields_of, named
    from syncd.settings.problems import did_you_mean

    playbook = place.loaded.playbook
    found = named(field, playbook)
    if found is None:
        hint = did_you_mean(field, fields_of(playbook))
        raise Fault(f"mapping.yaml writes no field '{field}' in Salesforce{hint}", EXIT_USAGE)
    if plan:
        return _plan(place, found, limit, json=json)
    person = by or places.person()
    arguments = {"object": found[0], "field": found[1]}
    return ask(place.store, playbook, places.clock_of(place), "backfill", person, arguments, json=json)


def _under_way(place: places.Place, *, json: bool) -> int:
    from syncd.store import backfills

    with place.store.read() as tx:
        found = backfills.last(tx, SHOWN)
    if json:
        names = ("backfill_id", "object_type", "field", "asked_at", "asked_by", "leads", "done_at")
        as_json([{name: getattr(item, name) for name in names} for item in found])
        return EXIT_OK
    rows = [
        (
            _name(item.object_type, item.field),
            item.asked_by,
            ago(item.asked_at, place.now),
            item.leads,
            "meant anew" if item.done_at else "under way",
        )
        for item in found
    ]
    out = console()
    out.print(table(["Field", "Asked by", "When", ("Leads", "right"), ""], rows) if rows else "None so far.")
    return EXIT_OK


def _name(object_type: str, field: str) -> str:
    return f"{object_type.capitalize()}.{field}" if object_type else field


def _plan(place: places.Place, named: tuple[str, str], limit: int, *, json: bool) -> int:
    from syncd.jobs.backfill_shown import shown

    if place.is_demo:
        raise Fault("this reads Salesforce, and the demo's ended with it; try `syncd sandbox`")
    with places.looking_at_both(place) as parts:
        count, lines = shown(parts.store, parts.targets, parts.playbook, parts.clock, named, limit)
    if json:
        as_json({"leads": count, "records": [line.as_dict() for line in lines]})
        return EXIT_OK
    out = console()
    writes = sum(not line.why for line in lines)
    out.print(f"{_name(*named)}: {counted(count, 'lead')} handed over, the first {len(lines)} compared;")
    out.print(f"{counted(writes, 'record')} of these would be written.\n")
    rows = [(line.record, line.why or f"{_text(line.old)} -> {_text(line.new)}") for line in lines]
    if rows:
        out.print(table(["Record", "Old -> new"], rows))
    return EXIT_OK


def _text(value: object) -> str:
    text = " ".join(str(value).split()) if value is not None else ""
    return (text[:60] + "…" if len(text) > 60 else text) or "(blank)"
