"""Taking it all out again: what was made in both systems, the changes that remove it, and the history first.

Nothing is removed by us: records stay, and so do fields until a person takes them away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption
from syncd.cli.provision import require_free, write_folder
from syncd.cli.show import EXIT_OK, EXIT_PROBLEMS, Fault, as_json, console
from syncd.core.plain import counted

if TYPE_CHECKING:
    from syncd.settings.loading import Loaded

MARKS = ("salesforce/destructiveChanges.xml", "history/ledger.csv")  # a folder with one is a plan of before


@dataclass(frozen=True, slots=True)
class Made:
    """What is there of ours in one system; `why` says why it could not be asked."""

    names: list[str] = field(default_factory=list)
    why: str = ""


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("uninstall")(uninstall)


def uninstall(
    plan: Annotated[Path, typer.Option("--plan", help="Folder for the plan; new or empty.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Write down how to take it all out again.

    First the history, as CSV; then what was made in both systems, and the changes that remove it from
    Salesforce. Nothing is changed anywhere.
    """
    from syncd import app

    loaded = places.load(config)
    app.configure_logs(loaded.settings.log_format, quiet=True)
    require_free(plan, *MARKS)
    history = _history(loaded, plan / "history")
    hubspot = _asked(loaded, "HUBSPOT", _in_hubspot)
    salesforce = _asked(loaded, "SALESFORCE", _in_salesforce)
    removal = app.org_removal(loaded)
    files = {f"salesforce/{name}": text for name, text in removal.items()}
    files["hubspot-properties.csv"] = _listed(hubspot)
    files["README.md"] = _README.format(hubspot=_told(hubspot), salesforce=_told(salesforce))
    write_folder(plan, files, *MARKS)
    if json:
        answer = {"folder": str(plan), "files": sorted([*files, *(f"history/{name}" for name in history)])}
        as_json({**answer, "history": history, "hubspot": asdict(hubspot), "salesforce": asdict(salesforce)})
    else:
        _show(plan, history, hubspot, salesforce)
    return EXIT_PROBLEMS if hubspot.why or salesforce.why else EXIT_OK


def _history(loaded: Loaded, folder: Path) -> dict[str, int]:
    """Rows by file; none where there is no store."""
    from syncd.jobs.export import export
    from syncd.store import schema
    from syncd.store.engine import Store

    if not places.has_store(loaded.settings):
        return {}
    store = Store(loaded.settings.database_url)
    try:
        schema.require_current(store)
        return export(store, folder)
    finally:
        store.dispose()


def _asked(loaded: Loaded, system: str, ask: Callable[[Loaded], list[str]]) -> Made:
    """A system that does not answer, or whose credentials are gone, must not keep anybody from leaving."""
    from syncd.ports import SystemFailure

    try:
        places.require_credentials(loaded, system)
        return Made(ask(loaded))
    except Fault:
        return Made(why="no credentials")
    except SystemFailure as error:
        return Made(why=error.failure.message)


def _in_hubspot(loaded: Loaded) -> list[str]:
    from syncd import app

    portal = app.portal(loaded)
    try:
        places.require_bound(loaded, portal.account())
        return [name for name, _label in portal.made()]
    finally:
        portal.close()


def _in_salesforce(loaded: Loaded) -> list[str]:
    from syncd import app
    from syncd.settings.definitions import salesforce_definitions

    org = app.org_setup(loaded)
    try:
        there = org.there(salesforce_definitions(loaded.playbook))
        return sorted(f"{item.object_type}.{item.name}" for item in there)
    finally:
        org.close()


def _listed(made: Made) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("contact property",), *((name,) for name in made.names)])
    return text.getvalue()


def _told(made: Made) -> str:
    if made.why:
        return f"Could not be asked ({made.why}): look yourself."
    return ", ".join(f"`{name}`" for name in made.names) or "Nothing of ours is there."


def _show(folder: Path, history: dict[str, int], hubspot: Made, salesforce: Made) -> None:
    out = console()
    out.print(f"The plan is in {folder}/; nothing was changed", style="bold", markup=False)
    if history:
        told = ", ".join(f"{count:,} rows in {name}" for name, count in history.items())
        out.print(f"History     {told}", markup=False)
    else:
        out.print("History     there is no store")
    for name, made, what in (("HubSpot", hubspot, "property"), ("Salesforce", salesforce, "field")):
        count = counted(len(made.names), what, "properties" if what == "property" else "fields")
        said = f"could not be asked: {made.why}" if made.why else f"{count} of ours"
        out.print(f"{name:<12}{said}", markup=False)
    out.print(f"What to do, in which order: {folder}/README.md", markup=False)


_README = """# Taking syncd out

Nothing was changed by writing this. In this order:

1. Stop the daemon.
2. Keep `history/`: `ledger.csv` has every move of every lead, `values.csv` every field syncd wrote with what
   stood there before, `records.csv` the records it made, `links.csv` who is who. It holds people's data.
3. Records stay: Leads and Tasks that syncd made are sales' own by now. `records.csv` lists them.
4. HubSpot: take the properties out of lists, workflows and forms, then archive them (Settings > Properties,
   group *syncd*), then the group. A property that a person made or took over is not among them:
   {hubspot}
5. Salesforce: look through `salesforce/destructiveChanges.xml`, strike what you want to keep, and take what
   uses the rest out of your own layouts, flows and reports. Then, in the folder `salesforce`:

   ```
   sf project deploy start --manifest package.xml --post-destructive-changes destructiveChanges.xml \\
     --target-org handoff
   ```

   Deleting a field deletes its values; what syncd wrote is in `history/values.csv`. There now:
   {salesforce}
6. Take the service key from HubSpot and the app and its user from Salesforce, and delete the state folder.
"""
