"""What the portal and the org have to have: setup.

`setup` only adds, and says before it does. In Salesforce nothing is made by us: an admin deploys the folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.show import EXIT_OK, EXIT_PERSON, Fault, as_json, console, table
from syncd.core.plain import counted

if TYPE_CHECKING:
    from rich.console import Console

    from syncd.ports import SetupStep
    from syncd.settings.loading import Loaded

ADDING = ("make", "restore", "add_options")
MARK = "sfdx-project.json"  # a folder with it is one of ours


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("setup")(setup)


def setup(
    config: ConfigOption = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what is missing (default).")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Make what is missing.")] = False,
    salesforce: Annotated[
        Path | None, typer.Option("--salesforce", help="Write the folder for Salesforce's admin here.")
    ] = None,
    json: JsonOption = False,
) -> int:
    """Make the fields the playbook writes.

    In HubSpot a group and contact properties: what is missing is added, what is there stays as it is.
    Salesforce's fields, views and reports are written as a folder, for an admin to deploy.
    """
    if plan and apply:
        raise Fault("--plan says what would be done, --apply does it: give one of them")
    loaded = places.load(config)
    nothing: dict[str, object] = {"portal": "", "applied": False, "complete": None, "steps": []}
    answer: dict[str, object] = {"folder": "", "files": [], **nothing}
    if salesforce is not None:
        answer |= _salesforce(loaded, salesforce, json=json)
    if salesforce is not None and not plan and not apply:
        code = EXIT_OK
    else:
        found, code = _hubspot(loaded, apply=apply, json=json)
        answer |= found
    if json:
        as_json(answer)
    return code


def _salesforce(loaded: Loaded, folder: Path, *, json: bool) -> dict[str, object]:
    """Write the folder. What is there is replaced only where it is the folder of before."""
    from syncd import app

    files = app.org_folder(loaded)
    write_folder(folder, files, MARK)
    if not json:
        out = console()
        out.print(f"{len(files)} files written to {folder}/ for Salesforce's admin", style="bold")
        out.print("Three commands deploy it: they stand in its README.md")
    return {"folder": str(folder), "files": sorted(files)}


def write_folder(folder: Path, files: Mapping[str, str], *marks: str) -> None:
    """Write files below the folder; metadata of before that is no longer among them goes. Raises Fault."""
    require_free(folder, *marks)
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    for old in sorted(folder.rglob("*-meta.xml")):
        if old.relative_to(folder).as_posix() not in files:
            old.unlink()


def require_free(folder: Path, *marks: str) -> None:
    """Raise Fault unless the folder is new, empty, or holds one of the files of before."""
    is_there = folder.exists() and not folder.is_dir()
    is_ours = any((folder / mark).is_file() for mark in marks)
    is_other = folder.is_dir() and any(folder.iterdir()) and not is_ours
    if is_there or is_other:
        raise Fault(f"{folder} holds something else: name a new or an empty folder")


def _hubspot(loaded: Loaded, *, apply: bool, json: bool) -> tuple[dict[str, object], int]:
    from syncd import app
    from syncd.settings.definitions import hubspot_definitions

    places.require_credentials(loaded, "HUBSPOT")
    app.configure_logs(loaded.settings.log_format, quiet=True)
    definitions = hubspot_definitions(loaded.playbook)
    portal = app.portal(loaded)
    try:
        account = portal.account()
        places.require_bound(loaded, account)
        steps = portal.apply(definitions) if apply else portal.plan(definitions)
        left = portal.plan(definitions) if apply else steps
    finally:
        portal.close()
    for_people = [step for step in left if step.act == "person"]
    is_complete = not for_people and not any(step.act in ADDING for step in left)
    if not json:
        _show(account.name, steps, for_people, applied=apply)
    answer: dict[str, object] = {
        "portal": account.id,
        "applied": apply,
        "complete": is_complete,
        "steps": [asdict(step) for step in steps],
    }
    return answer, EXIT_PERSON if for_people or (apply and not is_complete) else EXIT_OK


def _show(name: str, steps: Sequence[SetupStep], for_people: Sequence[SetupStep], *, applied: bool) -> None:
    out = console()
    adding = [step for step in steps if step.act in ADDING]
    same = sum(step.act == "leave" for step in steps)
    done = "made" if applied else "to make"
    out.print(f"HubSpot {name}: {counted(len(adding), 'thing')} {done}, {same} there already", style="bold")
    if adding:
        out.print()
        out.print(table(("contact property", "there now", "becomes"), [_row(step) for step in adding]))
    for step in for_people:
        _for_a_person(out, step)
    if adding and not applied:
        out.print("\nNothing was changed. Make them with: syncd setup --apply")


def _row(step: SetupStep) -> tuple[str, str, str]:
    name = f"({step.object_type} {step.name})" if step.object_type == "group" else step.name
    return (name, step.before or "-", step.after)


def _for_a_person(out: Console, step: SetupStep) -> None:
    from syncd.cli.page import wrap

    lines = wrap(f"{step.name} is {step.before}; needed: {step.after}", 0, 4, width=min(out.width, 120))
    cure = wrap(f"-> {step.cure}", 4, 3, width=min(out.width, 120))
    out.print("\n" + "\n".join([f"FOR YOU  {lines[0]}", *lines[1:], *cure]), markup=False)
