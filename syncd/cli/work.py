"""Doing the work and watching it: run, sync, status, errors, pause, resume."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli import place as places
from syncd.cli.asking import ask
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import (
    EXIT_OK,
    EXIT_PROBLEMS,
    EXIT_USAGE,
    Fault,
    ago,
    as_json,
    console,
    table,
    when,
    width_of,
)
from syncd.core.plain import counted

if TYPE_CHECKING:
    from syncd.cli.place import Place
    from syncd.jobs.status import Status
    from syncd.jobs.summary import Summary

DIRECTIONS = ("pull", "push")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("run")(run)
    app.command("sync")(sync)
    app.command("status")(status)
    app.command("errors")(errors)
    app.command("pause")(pause)
    app.command("resume")(resume)


def run(config: ConfigOption = None) -> int:
    """Work until stopped: what a service runs.

    Polls, evaluates and delivers in the foreground. SIGTERM finishes the batch in hand.
    """
    from syncd import app
    from syncd.jobs.daemon import Daemon

    loaded = places.load(config)
    places.require_credentials(loaded)
    app.configure_logs(loaded.settings.log_format)
    return Daemon(lambda stop: app.build(loaded, stop=stop), app.timetable(loaded), app.pages(loaded)).run()


def sync(
    once: Annotated[bool, typer.Option("--once", help="Until nothing is due, then exit.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Pull, evaluate and deliver until nothing is due, then exit."""
    from syncd import app
    from syncd.jobs.cycle import Cycle
    from syncd.store import lease

    if not once:
        raise Fault("say `syncd sync --once` (or `syncd run` for the daemon)")
    loaded = places.load(config)
    places.require_credentials(loaded)
    app.configure_logs(loaded.settings.log_format, quiet=not json)
    parts = app.build(loaded)
    try:
        token = lease.take(parts.store, lease.owner_name(), loaded.settings.lease_ttl_s)
        if token is None:
            with parts.store.read() as tx:
                held = lease.holder(tx, parts.store.is_sqlite)
            raise Fault(
                f"another syncd works on this store now ({held[0] if held else 'just finished'}). "
                "Stop it first, or leave the work to it: `syncd status` shows what it does."
            )
        try:
            cycle = Cycle(parts, token)
            cycle.begin()
            summary = cycle.once()
        finally:
            token.release()
        with parts.store.read() as tx:
            is_live = app.is_live(tx)
    finally:
        app.close(parts)
    if json:
        as_json({"status": summary.status, "live": is_live, **summary.counts()})
    else:
        show_summary(summary, is_live=is_live)
        if cycle.preflight is not None and not cycle.preflight.may_write and is_live:
            from syncd.cli.preflight import show_preflight

            show_preflight(cycle.preflight)
    return EXIT_OK if summary.status == "succeeded" else EXIT_PROBLEMS


def show_summary(summary: Summary, *, is_live: bool) -> None:
    """What one run did, in a few lines; never `succeeded` when something failed."""
    out = console()
    pulled = sum(summary.pulled.values())
    out.print(f"Run {summary.run_id}: {summary.status}", style="bold")
    out.print(f"  pulled     {counted(pulled, 'new or changed record')}")
    out.print(f"  evaluated  {counted(summary.evaluated, 'lead')}, {counted(summary.transitions, 'move')}")
    sent = ", ".join(f"{count:,} {kind}" for kind, count in sorted(summary.delivered.items())) or "nothing"
    out.print(
        f"  delivered  {sent}" + ("" if is_live else " (observing: nothing leaves until `syncd go-live`)")
    )
    if summary.held:
        out.print(f"  held       {summary.held} for a person: `syncd hold list`")
    for code, count in sorted(summary.failures.items()):
        out.print(f"  failed     {count:,} x {code}: `syncd errors`")
    for system, why in summary.halted.items():
        out.print(f"  stopped    {system}: {why}", markup=False)


# --- status ----------------------------------------------------------------------------------------------


def status(
    config: ConfigOption = None,
    json: JsonOption = False,
    check: Annotated[bool, typer.Option("--check", help="Only the exit code and one line.")] = False,
) -> int:
    """Is it working: freshness, what waits, failures, budgets."""
    from syncd.cli import plan_playbook
    from syncd.jobs.status import status_of

    place = places.open_for_reading(config)
    schedule = place.loaded.settings.schedule
    stale_after = timedelta(seconds=max(10 * schedule.poll_seconds, 900))
    found = status_of(place.store, place.now, stale_after, place.chosen, place.not_valid)
    if json:
        about = {
            "profile": place.loaded.settings.profile,
            "held_back": _held_back(place),
            "reconciled": _reconciled(place),
        }
        as_json({**about, **found.as_dict(), "playbook_waiting": plan_playbook.waits(place)})
    elif check:
        console().print("healthy" if not found.problems else "; ".join(found.problems), markup=False)
    else:
        _show_status(place, found)
    return EXIT_OK if not found.problems else EXIT_PROBLEMS


def _held_back(place: Place) -> int:
    """For how many leads writes are held back in bulk."""
    from syncd.store import queue

    with place.store.read() as tx:
        return queue.held_leads(tx)


def _reconciled(place: Place) -> dict[str, Any] | None:
    """The last comparison of both systems with the store; None before the first."""
    from syncd.jobs.reconciled import data
    from syncd.store import reconciliations

    with place.store.read() as tx:
        last = reconciliations.last(tx)
    return None if last is None else data(last)


def _show_status(place: Place, found: Status) -> None:
    from syncd.cli.page import wrap
    from syncd.cli.plan_playbook import said_waiting

    out = console()
    mode = (
        f"live since {when(found.go_live_at, place.zone)}"
        if found.go_live_at
        else "observing (nothing leaves)"
    )
    profile = place.loaded.settings.profile
    named = f"profile {profile}  " if profile else ""
    out.print(f"{named}portal {found.portal}  org {found.org}  {mode}", markup=False, style="bold")
    store = place.store.url.render_as_string(hide_password=True)
    out.print(f"playbook {found.playbook_version or '-'}   store {store}", markup=False, soft_wrap=True)
    holder = f"a daemon works ({found.holder})" if found.holder else "no daemon runs"
    waiting = said_waiting(place)
    if waiting:
        out.print("\n".join(wrap(waiting, width=width_of(out))), markup=False)
    out.print(f"{holder}; last run {ago(found.last_run_at, place.now)}: {found.last_run_status or '-'}\n")
    rows = [
        (row.system, row.stream, row.state, ago(row.completed_at, place.now), row.records, row.note[:60])
        for row in found.streams
    ]
    out.print(table(["System", "Stream", "State", "Reached the present", ("Records", "right"), "Note"], rows))
    out.print(f"\nWaiting: {counted(found.dirty, 'lead')} with new facts, {found.due} whose moment has come")
    queue = [(system, kind, state, count) for (system, kind, state), count in sorted(found.effects.items())]
    if queue:
        out.print(table(["System", "Effect", "State", ("Count", "right")], queue))
    if held_back := _held_back(place):
        out.print(f"\nHeld back, too many at once: {counted(held_back, 'lead')} (`syncd queue list`)")
    if found.open_holds:
        out.print(f"\nWaiting for a person: {counted(found.open_holds, 'case')} (`syncd hold list`)")
    if found.unowned:
        out.print(f"With sales, and nobody has them: {counted(found.unowned, 'lead')} (`syncd errors`)")
    if found.releasable:
        waiting = counted(found.releasable, "lead")
        out.print(f"Qualified on evidence from before go-live: {waiting} (`syncd release list`)")
    if (compared := _reconciled(place)) is not None:
        left = compared["fates"].get("unexplained", 0)
        verdict = f"{counted(left, 'difference')} unexplained" if left else "nothing unexplained"
        out.print(f"Compared with both systems {ago(compared['ended_at'], place.now)}: {verdict}")
    calls = [(row.system, row.endpoint, row.calls, row.errors, row.retries) for row in found.usage[:12]]
    if calls:
        out.print("\nCalls today")
        out.print(
            table(
                ["System", "Endpoint", ("Calls", "right"), ("Errors", "right"), ("Retries", "right")], calls
            )
        )
    for budget in found.budgets:
        out.print(
            f"{budget.system} {budget.name}: {budget.used:,} of {budget.limit_value:,} ({budget.window_name})"
        )
    out.print("\nHealthy." if not found.problems else "")
    for problem in found.problems:
        out.print(f"PROBLEM  {problem}", markup=False, style="bold")


def errors(
    code: Annotated[str | None, typer.Argument(help="A cause to try again.")] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try everything parked for this cause again.")
    ] = False,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """What is stuck, by cause, with the cure.

    For each cause: what it means, how many hand-offs it stops, since when, and what happens by itself.
    """
    from syncd.cli.page import wrap
    from syncd.jobs.status import CONTESTED, LEFT_OUT, NO_OWNER, NOT_NAMED, errors_of

    place = places.open_for_reading(config)
    if retry:
        if not code:
            raise Fault("name the cause: syncd errors CODE --retry")
        return ask(
            place.store,
            place.loaded.playbook,
            places.clock_of(place),
            "retry",
            by or places.person(),
            {"code": code},
            json=json,
        )
    found = [item for item in errors_of(place.store, place.loaded.playbook) if code in {None, item.code}]
    if json:
        as_json([item.as_dict() for item in found])
        return EXIT_PROBLEMS if found else EXIT_OK
    out = console()
    for item in found:
        stuck = counted(item.handoffs, "hand-off") if item.handoffs else counted(item.count, "record")
        since = when(item.since_at, place.zone)
        how = {LEFT_OUT: "written without a field", NOT_NAMED: "given back for it", CONTESTED: "left",
               NO_OWNER: "nobody's"}.get(item.code, "stuck")  # fmt: skip
        out.print(f"{item.code}  {stuck} {how} since {since}", markup=False, style="bold")
        told = wrap(item.message, 4)
        if item.cure:
            told += wrap(f"-> {item.cure}", 4, 7)
        told += wrap(item.then, 4)
        out.print("\n".join(told), markup=False)
    if not found:
        out.print("Nothing is stuck.")
    return EXIT_PROBLEMS if found else EXIT_OK


def _direction(value: str) -> str:
    if value not in DIRECTIONS:
        raise Fault(f"'{value}' is not a direction: pull or push", EXIT_USAGE)
    return value


def pause(
    direction: Annotated[str, typer.Argument(help="pull or push")] = "push",
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Stop reading (pull) or writing (push) until `resume`."""
    return _switch("pause", _direction(direction), by, config, json=json)


def resume(
    direction: Annotated[str, typer.Argument(help="pull or push")] = "push",
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Go on after `pause`."""
    return _switch("resume", _direction(direction), by, config, json=json)


def _switch(verb: str, direction: str, by: str, config: Any, *, json: bool) -> int:
    place = places.open_for_reading(config)
    person = by or places.person()
    return ask(
        place.store,
        place.loaded.playbook,
        places.clock_of(place),
        verb,
        person,
        {"direction": direction},
        json=json,
    )
