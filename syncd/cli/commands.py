"""Every command, in the order of a first day. The heavy parts are imported by the command that needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from syncd import __version__

HELP = "Hands qualified leads from HubSpot to Salesforce and back, and can always say why."


def build() -> Callable[..., Any]:
    """The whole command line."""
    from syncd.cli import (
        backfill,
        criteria,
        export,
        holds,
        leads,
        ledger,
        overrides,
        plan,
        provision,
        queue,
        reconcile,
        reports,
        setup,
        sla,
        try_out,
        undo,
        uninstall,
        work,
    )

    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        invoke_without_command=False,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    modules = (
        try_out,
        setup,
        provision,
        criteria,
        work,
        leads,
        ledger,
        holds,
        overrides,
        plan,
        sla,
        reports,
        export,
        undo,
        queue,
        backfill,
        reconcile,
        uninstall,
    )
    for module in modules:
        module.register(app)
    return typer.main.get_command(app)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"syncd {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_say_version, is_eager=True),
    ] = False,
    profile: Annotated[
        str, typer.Option("--profile", help="Which installation of the folder, before or after the command.")
    ] = "",
) -> None:
    """The options that need no command."""
