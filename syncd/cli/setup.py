"""Setting up: init, validate, doctor, go-live, rebind, db upgrade."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.preflight import show_preflight
from syncd.cli.show import (
    EXIT_OK,
    EXIT_PERSON,
    EXIT_PROBLEMS,
    EXIT_USAGE,
    Fault,
    as_json,
    console,
    problem_lines,
    width_of,
)
from syncd.core.plain import counted

if TYPE_CHECKING:
    from syncd.jobs.parts import Parts
    from syncd.settings import Problem


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("init")(init)
    app.command("validate")(validate)
    app.command("doctor")(doctor)
    app.command("go-live")(go_live)
    app.command("rebind")(rebind)
    database = typer.Typer(help="The store's schema.", no_args_is_help=True)
    database.command("upgrade")(upgrade)
    app.add_typer(database, name="db")


def init(
    target: Annotated[Path, typer.Argument(help="Folder for your playbook.")] = Path("config"),
    variant: Annotated[
        str, typer.Option("--variant", help="product-led, enterprise-abm or small-team.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Copy the default playbook, or a variant, to be yours."""
    from syncd import settings

    known = settings.variants()
    if variant and variant not in known:
        raise Fault(f"there is no variant '{variant}'; there are {', '.join(known)}")
    made = settings.init(target, variant)
    kept = sorted(path.name for path in target.glob("*.yaml") if path not in made)
    if json:
        as_json({"folder": str(target), "made": [str(path) for path in made], "kept": kept})
        return
    out = console()
    out.print(
        f"{len(made)} files written to {target}/" + (f", {len(kept)} left as they were" if kept else "")
    )
    out.print("Next: edit connections.yaml, set the credentials in the environment, then `syncd doctor`.")


def validate(
    config: ConfigOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    json: JsonOption = False,
) -> int:
    """Check the whole configuration, and run its worked examples.

    Every problem is reported at once, with its place, what is allowed and an example. Warnings name what will
    never happen though the playbook says so.
    """
    from syncd import settings

    folder = places.config_dir(config)
    found = settings.examine(folder, os.environ)
    problems = tuple(item for item in found if item.level == "error")
    remarks = tuple(item for item in found if item.level != "error")
    warned = EXIT_PROBLEMS if strict and any(item.level == "warning" for item in remarks) else EXIT_OK
    if json:
        as_json(
            {
                "folder": str(folder),
                "valid": not problems,
                "problems": [item.as_dict() for item in problems],
                "remarks": [item.as_dict() for item in remarks],
                "waiting": None if problems else _waiting(config)[0],
            }
        )
        return EXIT_USAGE if problems else warned
    if problems:
        raise settings.Invalid(problems)
    _show_valid(folder, remarks)
    told = _waiting(config)[1]
    if told:
        from syncd.cli.page import wrap

        out = console()
        out.print("\n".join(["", *wrap(told, width=width_of(out))]), markup=False)
    return warned


def _waiting(config: Path | None) -> tuple[dict[str, object] | None, str]:
    """Whether this folder waits to be in force, as data and in a sentence; nothing where no store is."""
    from syncd.cli.plan_playbook import said_waiting, waits

    place = places.open_own(config)
    return (None, "") if place is None else (waits(place), said_waiting(place))


def _show_valid(folder: Path, remarks: Sequence[Problem]) -> None:
    """What a valid folder holds, then what an analyst says of it, warnings first."""
    from syncd import settings
    from syncd.cli.page import wrap

    out = console()
    width = width_of(out)
    loaded = settings.load(folder, os.environ)
    playbook = loaded.playbook
    out.print(f"{folder} is valid. Playbook {playbook.version}", markup=False, style="bold")
    out.print(
        f"{counted(len(playbook.signals), 'kind')} of signal, "
        f"{counted(len(playbook.models), 'scoring model')}, "
        f"{counted(len(playbook.filters), 'filter')}, {counted(len(playbook.levels.mql), 'MQL level')}"
    )
    if loaded.examples:
        came = "comes out as it says" if len(loaded.examples) == 1 else "come out as they say"
        out.print(f"{counted(len(loaded.examples), 'worked example')} {came}")
    unset = [problem.message.split()[0] for problem in loaded.settings.credential_problems()]
    if unset:
        out.print("\n".join(wrap(f"Not needed yet: {', '.join(unset)}", 0, 2, width=width)), markup=False)
    for remark in sorted(remarks, key=lambda item: item.level != "warning"):
        told = problem_lines(remark, width, f"{remark.level.capitalize()}: ")
        out.print("\n".join(["", *told]), markup=False)


def doctor(config: ConfigOption = None, json: JsonOption = False) -> int:
    """Check both systems: credentials, rights, fields, other writers.

    Nothing is written there. What is missing comes first, each with its cure; then what our writes set off.
    """
    from syncd import app, in_force
    from syncd.jobs import binding

    loaded = places.load(config)
    places.require_credentials(loaded)
    app.configure_logs(loaded.settings.log_format, quiet=True)
    parts = app.build(loaded)
    try:
        found = binding.examine(parts.store, parts.connectors, dict(parts.needs))
        ahead = in_force.lacking(loaded, parts, found.findings)
    finally:
        app.close(parts)
    answering = {item.system for item in found.findings if item.level == "ok"}
    found = binding.Preflight((*found.findings, *ahead, *app.automations(loaded, answering)))
    if json:
        rights = {"may_write": found.may_write, "may_go_live": found.may_go_live}
        as_json({**rights, "findings": [_finding(item) for item in found.findings]})
    else:
        show_preflight(found)
    return EXIT_OK if found.may_go_live else EXIT_PROBLEMS


def _finding(item: object) -> dict[str, str]:
    names = ("level", "system", "code", "title", "detail", "cure", "subject")
    return {name: str(getattr(item, name)) for name in names}


def go_live(
    config: ConfigOption = None,
    by: PersonOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: JsonOption = False,
) -> int:
    """Begin to write to both systems.

    From now on new evidence hands over; older evidence waits for `syncd release`.
    """
    from syncd import app
    from syncd.jobs import binding

    loaded = places.load(config)
    places.require_credentials(loaded)
    app.configure_logs(loaded.settings.log_format, quiet=True)
    parts = app.build(loaded)
    try:
        found = binding.examine(parts.store, parts.connectors, dict(parts.needs))
        if not found.may_go_live:
            if json:
                blocking = (*found.problems, *found.unsettled)
                as_json({"live": False, "findings": [_finding(item) for item in blocking]})
            else:
                show_preflight(found)
            return EXIT_PERSON
        if not yes and not json:
            typer.confirm("Both systems are ready. Begin to write to them?", abort=True)
        arguments = {"playbook": _kept(parts)}
        person = by or places.person()
        return ask(parts.store, parts.playbook, parts.clock, "go_live", person, arguments, json=json)
    finally:
        app.close(parts)


def _kept(parts: Parts) -> str:
    """The folder's version, kept whole: it is in force from going live on."""
    from syncd.store import versions

    assert parts.chosen is not None, "parts of a folder know what they work by"
    works = parts.chosen.works
    with parts.store.write(None) as tx:
        versions.keep(tx, works.id, works.parts, works.content, works.sources, parts.clock.now())
    return works.id


def rebind(config: ConfigOption = None, by: PersonOption = "", json: JsonOption = False) -> int:
    """Say that another portal or org is meant from now on.

    It is the one the present credentials answer for.
    """
    from syncd import app
    from syncd.jobs.binding import KEYS

    loaded = places.load(config)
    places.require_credentials(loaded)
    app.configure_logs(loaded.settings.log_format, quiet=True)
    parts = app.build(loaded)
    try:
        accounts = [connector.account() for connector in parts.connectors]
        arguments = {KEYS[account.system]: account.id for account in accounts}
        person = by or places.person()
        return ask(parts.store, parts.playbook, parts.clock, "rebind", person, arguments, json=json)
    finally:
        app.close(parts)


def upgrade(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Bring the store to the schema this version needs. Make a copy first."""
    from syncd.store import schema
    from syncd.store.engine import Store

    store = Store(places.load(config).settings.database_url)
    before, after = schema.upgrade(store)
    store.dispose()
    if json:
        as_json({"before": before, "after": after})
    elif before == after:
        console().print(f"the store has schema {after} already")
    else:
        console().print(f"the store's schema is {after} now (it was {before or 'empty'})")
