"""Looking before it leaves: what the next delivery would write, and writing exactly that: plan, apply."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli import asking, plan_playbook
from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import (
    EXIT_OK,
    EXIT_PERSON,
    EXIT_PROBLEMS,
    EXIT_USAGE,
    Fault,
    as_json,
    complain,
    console,
    table,
    when,
    width_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from syncd.cli.place import Place
    from syncd.store.lease import Token
    from syncd.store.plans import PlanRow

SHOWN = 20
SAVED_MAX = 50
TAKEN_UP_S = 60.0
"""How long a running daemon may take to begin: a sweep finishes its page first."""
LOOK_S = 0.2

_VERSION = re.compile(r"[0-9a-f]{12}")
_NUMBER = re.compile(r"[0-9]{1,9}")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("plan")(plan)
    app.command("apply")(apply)


# --- plan ------------------------------------------------------------------------------------------------


def plan(
    limit: Annotated[int, typer.Option("--limit", help="People shown field by field.")] = SHOWN,
    everybody: Annotated[bool, typer.Option("--list", help="Show everybody field by field.")] = False,
    number: Annotated[int | None, typer.Option("--show", help="A plan made before, by its number.")] = None,
    saved: Annotated[bool, typer.Option("--saved", help="The plans made so far.")] = False,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """What would be written, field by field, without writing it.

    Reads both systems as they are now. What is shown is saved with a number: `syncd apply NUMBER` writes
    exactly that. A changed playbook comes first: what it would change, and whom it would move.
    """
    place = places.open_for_reading(config)
    if saved:
        return _saved(place, json=json)
    section, ready = None, None
    if number is None:
        section = plan_playbook.section(place, by)
        if section is not None and not json:
            plan_playbook.show(section, console())
            console().print("")
        ready = section["new_leads"] if section else plan_playbook.ready_share(place)
        made = _made(place, by)
    else:
        made = _known(place, number)
    if json:
        as_json({**_data(place, made, section), "ready_share": ready})
    else:
        if section is None and ready is not None and ready["warning"]:
            console().print("\n".join([*plan_playbook.warned(ready, width_of(console())), ""]), markup=False)
        _show(place, made, None if everybody else max(0, limit))
    return EXIT_PROBLEMS if made.summary["unread"] else EXIT_OK


def _made(place: Place, by: str) -> PlanRow:
    """A new plan, read from both systems."""
    from syncd.jobs.plan import make

    if place.is_demo:
        raise Fault(
            "a plan reads HubSpot and Salesforce, and the demo's ended with it. To try it: `syncd sandbox` "
            "in one window, and the variables it prints in another"
        )
    with places.looking_at_both(place) as parts:
        person = by or places.person()
        return make(parts.store, parts.targets, parts.playbook, parts.clock, person, parts.blast)


def _known(place: Place, number: int) -> PlanRow:
    from syncd.store import plans

    with place.store.read() as tx:
        found = plans.plan(tx, number)
    if found is None or found.state == "making":
        raise Fault(f"there is no plan {number}: see `syncd plan --saved`", EXIT_PROBLEMS)
    return found


def _saved(place: Place, *, json: bool) -> int:
    from syncd.store import plans

    with place.store.read() as tx:
        rows = plans.all_plans(tx, SAVED_MAX)
    if json:
        as_json([_header(row) for row in rows])
        return EXIT_OK
    shown = [
        (
            row.plan_id,
            when(row.made_at, place.zone),
            row.made_by,
            row.summary["writes"],
            row.state if row.applied_at is None else f"{row.state} by {row.applied_by}, run {row.run_id}",
        )
        for row in rows
    ]
    columns = [("Plan", "right"), "Made", "By", ("Writes", "right"), "State"]
    console().print(table(columns, shown) if shown else "No plan was made yet: `syncd plan` makes one.")  # type: ignore[arg-type]
    return EXIT_OK


# --- showing ---------------------------------------------------------------------------------------------


def _show(place: Place, made: PlanRow, limit: int | None) -> None:
    """The plan as a page: in sum, then person by person."""
    from syncd.cli import plan_page
    from syncd.store import plans

    out = console()
    width = width_of(out)
    lines = [*plan_page.head(made, place.zone, width), *plan_page.summary(made, width)]
    out.print("\n".join(lines), markup=False, soft_wrap=True)
    with place.store.read() as tx:
        shown = plans.leads_shown(tx, made.plan_id, None)
        for lead_id in shown if limit is None else shown[:limit]:
            told = plan_page.lead(_name(tx, place, lead_id), list(_steps(tx, made.plan_id, lead_id)), width)
            out.print("\n".join(told), markup=False, soft_wrap=True)
    hidden = 0 if limit is None else len(shown) - limit
    if hidden > 0:
        out.print(f"\n... and {hidden:,} more: syncd plan --show {made.plan_id} --list", markup=False)
    if not shown and made.made_at < place.now - plans.KEPT:
        out.print("\nIts steps are no longer kept.")


def _steps(tx: sa.Connection, plan_id: int, lead_id: int | None) -> Iterator[tuple[Any, str, str]]:
    from syncd.jobs.foreseen import of_content
    from syncd.store import plans

    for row in plans.steps_of_lead(tx, plan_id, lead_id):
        yield of_content(row, row["step"]), row["state"], row["note"]


def _name(tx: sa.Connection, place: Place, lead_id: int | None) -> str:
    """The person's name, and the lead's number."""
    from syncd.jobs.explain import name_of
    from syncd.store import snapshots

    if lead_id is None:
        return "About nobody in particular"
    found = snapshots.load_snapshots(tx, [lead_id], place.now)
    name = name_of(found[0]) if found else ""
    return f"{name} (lead {lead_id})" if name and name != f"lead {lead_id}" else f"Lead {lead_id}"


def _header(row: PlanRow) -> dict[str, Any]:
    return {
        "plan_id": row.plan_id,
        "made_at": row.made_at,
        "made_by": row.made_by,
        "playbook_version": row.playbook_version,
        "live": row.is_live,
        "state": row.state,
        "applied_at": row.applied_at,
        "applied_by": row.applied_by,
        "ended_at": row.ended_at,
        "run_id": row.run_id,
        "summary": row.summary,
    }


def _data(place: Place, made: PlanRow, section: Any) -> dict[str, Any]:
    """The whole plan as plain data."""
    from syncd.store import plans

    hidden = {"plan_id", "payload_hash", "step"}
    with place.store.read() as tx:
        steps = [
            {name: value for name, value in row.items() if name not in hidden} | row["step"]
            for row in plans.steps(tx, made.plan_id)
        ]
    return {**_header(made), "playbook": section, "steps": steps}


# --- apply -----------------------------------------------------------------------------------------------


def apply(
    what: Annotated[
        str | None, typer.Argument(metavar="PLAN", help="A plan's number, or a version of the playbook.")
    ] = None,
    back: Annotated[
        bool, typer.Option("--back", help="The version of the playbook before this one.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="With --back: put its files back too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --back: do not ask.")] = False,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Write what a plan shows, or put a changed playbook in force.

    A plan is applied as a whole and once, even while writing is paused. It is refused where anything has
    moved since it was made.
    """
    if back:
        if what is not None:
            raise Fault("say either what to apply, or --back")
        return plan_playbook.go_back(places.open_for_reading(config), by, yes, write, json)
    named = (what or "").strip().casefold()
    if _VERSION.fullmatch(named):
        return plan_playbook.apply_version(places.open_for_reading(config), named, by, json)
    if not _NUMBER.fullmatch(named):
        raise Fault(
            "say which: the number of a plan (`syncd plan --saved`), or the twelve characters of a version "
            "of the playbook (`syncd status`)",
            EXIT_USAGE,
        )
    return _apply_plan(places.open_for_reading(config), int(named), by or places.person(), json=json)


def _apply_plan(place: Place, number: int, person: str, *, json: bool) -> int:
    """Ask for it, see it carried out by the daemon or do so here, and say what became of it."""
    from syncd.store import lease, work

    asking.quiet_logs()
    if not person.strip():
        raise Fault("say who you are: --by NAME (every manual act keeps a name)")
    _known(place, number)
    with place.store.read() as tx:
        is_held = lease.holder(tx, place.store.is_sqlite) is not None
    if not is_held and place.is_demo:
        raise Fault("the demo's HubSpot and Salesforce ended with it: nothing can be written there")
    if not is_held:
        places.require_credentials(place.folder)
    clock = places.clock_of(place)
    with place.store.write(None) as tx:
        request_id = work.ask(tx, "apply_plan", person.strip(), {"plan_id": number}, clock.now())
    end = time.monotonic() + TAKEN_UP_S
    while (answered := _answered(place, request_id)) is None:
        if not asking.carry_out(
            place, lambda cycle: cycle.apply_plans(), lambda token: _withdraw(place, token, request_id)
        ):
            end = _patience(place, number, end)
            time.sleep(LOOK_S)
    return _told(place, number, answered, json=json)


def _answered(place: Place, request_id: int) -> tuple[str, str] | None:
    from syncd.store import work

    with place.store.read() as tx:
        return work.answered(tx, request_id)


def _patience(place: Place, number: int, end: float) -> float:
    """Until when to wait; longer once it has begun. Raises Fault when nobody takes it up."""
    from syncd.store import plans

    with place.store.read() as tx:
        found = plans.plan(tx, number)
    if found is not None and found.state == "applying":
        return time.monotonic() + TAKEN_UP_S
    if time.monotonic() > end:
        raise Fault(
            f"the daemon has not taken it up within {TAKEN_UP_S:.0f} s; it is stored and will be done. See "
            f"`syncd plan --show {number}`",
            EXIT_PROBLEMS,
        )
    return end


def _withdraw(place: Place, token: Token, request_id: int) -> None:
    """What could not even begin is not done later, unseen."""
    from syncd.store import plans, work

    with place.store.write(token) as tx:
        is_begun = any(item.request_id == request_id for item in plans.under_way(tx))
        if not is_begun and work.answered(tx, request_id) is None:
            work.answer(tx, request_id, place.now, "refused", "it could not be begun; nothing was written")


def _told(place: Place, number: int, answered: tuple[str, str], *, json: bool) -> int:
    from syncd.store import plans

    result, message = answered
    with place.store.read() as tx:
        made = plans.plan(tx, number)
        counts = plans.counts(tx, number)
    states = dict.fromkeys(("done", "open", "left"), 0)
    for (act, state), count in counts.items():
        states[state] += count if act in plans.LEAVING else 0
    if json:
        as_json(
            {
                "result": result,
                "message": message,
                "plan_id": number,
                "run_id": made.run_id if made else None,
                "writes": states,
            }
        )
    elif result == "done":
        console().print(message[:1].upper() + message[1:], markup=False)
    else:
        complain(message[:1].upper() + message[1:])
    if result != "done":
        return EXIT_PERSON
    return EXIT_PROBLEMS if states["left"] or states["open"] else EXIT_OK
