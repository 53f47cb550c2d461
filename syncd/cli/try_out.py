"""Trying it out without credentials: demo, sandbox."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.place import JsonOption
from syncd.cli.show import EXIT_OK, EXIT_PROBLEMS, as_json


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("demo")(demo)
    app.command("sandbox")(sandbox)


def demo(
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=26, help="Simulated weeks.")] = 3,
    contacts: Annotated[
        int, typer.Option("--contacts", min=200, max=20_000, help="Size of the portal.")
    ] = 1200,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    native_sync: Annotated[
        bool, typer.Option("--native-sync", help="Let HubSpot's own Salesforce sync run beside.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """See weeks of the whole loop against a simulated portal and org.

    Both are served on this machine; nothing leaves it. The store stays: look around with `syncd status`,
    `syncd report funnel` and `syncd explain`.
    """
    from syncd.cli.demo import Plan, run_demo
    from syncd.cli.demo_page import show

    plan = Plan(weeks=weeks, contacts=contacts, seed=seed, native_sync=native_sync)
    found = run_demo(plan, quiet=json)
    if json:
        as_json(found.data)
    else:
        show(found)
    return EXIT_OK if found.is_even else EXIT_PROBLEMS


def sandbox(
    contacts: Annotated[
        int, typer.Option("--contacts", min=0, max=20_000, help="Size of the portal.")
    ] = 2500,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    native_sync: Annotated[
        bool, typer.Option("--native-sync", help="Let HubSpot's own Salesforce sync run beside.")
    ] = False,
    faults: Annotated[
        float, typer.Option("--faults", min=0.0, max=0.9, help="Share of calls that go wrong.")
    ] = 0.0,
    speed: Annotated[
        float, typer.Option("--speed", min=1.0, max=100_000.0, help="Simulated seconds per second.")
    ] = 60.0,
) -> int:
    """Serve a simulated HubSpot and Salesforce on this machine.

    For trying your own playbook: the first lines say which variables to set in another terminal.
    """
    from syncd.cli.demo import serve_sandbox

    return serve_sandbox(contacts=contacts, seed=seed, native_sync=native_sync, faults=faults, speed=speed)
