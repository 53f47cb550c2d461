"""`syncd reconcile`: compare both systems with the store, and say why each difference is there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli import asking
from syncd.cli import place as places
from syncd.cli.place import ConfigOption, JsonOption, PersonOption
from syncd.cli.show import EXIT_PERSON, EXIT_PROBLEMS, Fault, as_json, console, table, when, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.cli.place import Place
    from syncd.core.reconciling import Difference
    from syncd.store.reconciliations import Reconciliation

SYSTEMS = ("hubspot", "salesforce")
WAIT_S = 3_600.0
TAKEN_UP_S = 120.0
LOOK_S = 0.5


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("reconcile")(reconcile)


def reconcile(
    system: Annotated[str, typer.Option("--system", help="Only hubspot or salesforce.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Everything, not a night's part.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Each difference by its record.")] = False,
    by: PersonOption = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Compare HubSpot and Salesforce with the store.

    Each difference has a cause; what is safe heals itself through the outbox. Exit code 1 when one is
    unexplained, 3 when a person must act.
    """
    from syncd.jobs.reconciled import data
    from syncd.store import reconciliations, work

    asking.quiet_logs()
    if system and system not in SYSTEMS:
        raise Fault(f"'{system}' is not a system: hubspot or salesforce")
    place = places.open_for_reading(config)
    person = (by or places.person()).strip()
    if not person:
        raise Fault("say who you are: --by NAME (every manual act keeps a name)")
    request_id = _asked(place, person, {"system": system, "full": full})
    _wait(place, request_id)
    with place.store.read() as tx:
        answered = work.answered(tx, request_id)
        run = reconciliations.last(tx, system)
        found = reconciliations.found_by(tx, run.reconciliation_id) if run is not None else ()
    if answered is not None and answered[0] == "refused":
        raise Fault(answered[1], EXIT_PERSON)
    assert run is not None, "what was answered has ended"
    if json:
        shown = {"differences": [_entry(item) for item in found] if listed else []}
        as_json({**data(run), **shown})
    else:
        _show(place, run, found, listed=listed)
    code = int(run.summary.get("exit_code", 0))
    return EXIT_PROBLEMS if run.summary.get("stopped") and code == 0 else code


def _asked(place: Place, person: str, arguments: dict[str, object]) -> int:
    """The number of the stored request."""
    from syncd.store import lease, work

    with place.store.read() as tx:
        is_held = lease.holder(tx, place.store.is_sqlite) is not None
    if not is_held and place.is_demo:
        raise Fault("the demo's HubSpot and Salesforce ended with it: there is nothing to compare with")
    if not is_held:
        places.require_credentials(place.folder)
    with place.store.write(None) as tx:
        return work.ask(tx, "reconcile", person, arguments, places.clock_of(place).now())


def _wait(place: Place, request_id: int) -> None:
    """Until it is answered: by the daemon, or here. Raises Fault when nobody takes it up."""
    from syncd.store import reconciliations, work

    began = time.monotonic()
    while True:
        with place.store.read() as tx:
            if work.answered(tx, request_id) is not None:
                return
            is_under_way = bool(reconciliations.open_ones(tx))
        if asking.carry_out(place, lambda cycle: cycle.compare()):
            continue
        waited = time.monotonic() - began
        if waited > WAIT_S or (waited > TAKEN_UP_S and not is_under_way):
            raise Fault(
                "the daemon is not through yet; it goes on, and `syncd status` shows the result",
                EXIT_PROBLEMS,
            )
        time.sleep(LOOK_S)


def _entry(item: Difference) -> dict[str, object]:
    from syncd.core.reconciling import WORDS

    return {
        "system": str(item.system),
        "object": item.object_type,
        "id": item.object_id,
        "cause": str(item.cause),
        "fate": str(item.fate),
        "healing": item.is_healing,
        "about": item.about,
        "message": WORDS[item.cause],
    }


def _show(place: Place, run: Reconciliation, found: Sequence[Difference], *, listed: bool) -> None:
    from syncd.cli.page import wrap
    from syncd.core.reconciling import FATES, WORDS, Cause, Fate
    from syncd.jobs.reconciled import said

    out, summary = console(), run.summary
    width = width_of(out)
    scope = "everything" if run.is_full else "what changed, and a part of the rest"
    out.print(f"Compared {when(run.ended_at, place.zone)}, {scope}", style="bold", markup=False)
    compared = ", ".join(f"{name} {count:,}" for name, count in sorted(summary.get("compared", {}).items()))
    out.print("\n".join(wrap(compared or "nothing", 2, width=width)), markup=False)
    rows = [(row["system"], row["object"], row["there"], row["here"]) for row in summary.get("counts", ())]
    if rows:
        out.print()
        out.print(table(["System", "Object", ("There", "right"), ("Here", "right")], rows))
    order = list(Fate)[::-1]
    causes = sorted(summary.get("causes", {}).items(), key=lambda row: order.index(FATES[Cause(row[0])]))
    if causes:
        out.print()
    for name, count in causes:
        out.print("\n".join(wrap(f"{count:,} {name}: {WORDS[Cause(name)]}", 0, 4, width=width)), markup=False)
        for item in found if listed else ():
            if item.cause == name:
                record = " ".join(
                    part for part in (str(item.system), item.object_type, item.object_id) if part
                )
                about = f": {item.about}" if item.about else ""
                out.print("\n".join(wrap(f"{record}{about}", 4, 6, width=width)), markup=False)
    for left in summary.get("left", ()):
        out.print("\n".join(wrap(f"Not compared yet: {left}", 0, 2, width=width)), markup=False)
    verdict = said(summary)
    out.print("\n" + "\n".join(wrap(f"{verdict[:1].upper()}{verdict[1:]}.", width=width)), markup=False)
