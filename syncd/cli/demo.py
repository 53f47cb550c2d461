"""The demo: real daemon code, real clients and real sockets against the sandbox, weeks in under a minute.

Everything it prints at the end is counted from the store it leaves behind and from what both systems answer;
nothing is known beforehand. The store stays, so that `syncd status` and `syncd explain` work on it.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from syncd import app, settings
from syncd.cli import place as places
from syncd.cli.show import Fault, console
from syncd.core import machine
from syncd.core.model import Snapshot, Stage
from syncd.jobs.cycle import Cycle
from syncd.jobs.explain import Explanation, explain, name_of, open_cases, waiting_for_release
from syncd.jobs.parts import Parts
from syncd.jobs.summary import Summary
from syncd.jobs.tieout import TieOut, tie_out
from syncd.ports import Cadence
from syncd.store import counting, lease, ledger, outbox, work
from syncd.store.finding import find_leads
from syncd.store.ledger import LedgerRow
from syncd.store.snapshots import load_snapshots

if TYPE_CHECKING:
    from syncd.connectors.sandbox import Sandbox
    from syncd.settings.loading import Loaded

START_AT = datetime(2026, 9, 7, 6, tzinfo=UTC)  # a Monday
WEEKDAY_HOURS = (9, 13, 18)
WEEKEND_HOURS = (12,)
RELEASABLE_MAX = 10_000
FIRST_LOAD_WEIGHT = 20  # of the progress bar: it takes as long as so many looks
PERSON = "demo"
PROGRESS = {Stage.ACCEPTED: 1, Stage.OPPORTUNITY: 2, Stage.CUSTOMER: 3}
SALES_CAUSES = (
    "sales_accepted",
    "opportunity_opened",
    "opportunity_won",
    "opportunity_lost",
    "sales_rejected",
    "sales_disqualified",
    "sales_unresponsive",
)
Pass: TypeAlias = tuple[int, int]  # a lead and the number of one of its hand-offs


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated."""

    weeks: int
    contacts: int
    seed: int
    native_sync: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What only the moment showed: the first run, who qualified at go-live on older evidence, the tie-out."""

    first: Summary
    releasable: int
    evened: TieOut


@dataclass(frozen=True, slots=True)
class Result:
    """The summary as data, and one hand-off to show in full."""

    data: Mapping[str, Any]
    shown: Explanation | None
    loaded: Loaded
    is_even: bool


def run_demo(plan: Plan, *, quiet: bool = False) -> Result:
    """Simulate `plan`, leave the store behind, and return what happened."""
    folder = places.demo_dir(os.environ)
    _clear(folder)
    if not quiet:
        console().print("Building the simulated company ...")
    with (
        _rare_collection(),
        app.open_sandbox(
            start_at=START_AT, seed=plan.seed, contacts=plan.contacts, native_sync=plan.native_sync
        ) as sandbox,
    ):
        gc.freeze()  # the simulated world stays: looking through it for garbage again and again is slow
        return run_in(sandbox, plan, folder, quiet=quiet)


def run_in(sandbox: Sandbox, plan: Plan, folder: Path, *, quiet: bool = False) -> Result:
    """The same in a sandbox that stands at START_AT, with configuration and store in `folder`."""
    began_s = time.monotonic()
    settings.init(folder / "config")
    loaded = settings.load(folder / "config", app.sandbox_environ(sandbox, folder))
    app.configure_logs(loaded.settings.log_format, quiet=True)
    parts = app.build_for_sandbox(loaded, lambda: sandbox.now)
    try:
        token = lease.take(parts.store, lease.owner_name(), loaded.settings.lease_ttl_s)
        assert token is not None, "the demo's store is new and nobody else's"
        cycle = Cycle(parts, token)
        seen = _weeks(cycle, sandbox, plan, quiet=quiet)
        result = _result(parts, loaded, seen, plan, time.monotonic() - began_s)
        token.release()
    finally:
        app.close(parts)
    (folder / "summary.json").write_text(json.dumps(result.data, indent=1, default=str))
    return result


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Look for garbage rarely, then as before: measured, it is a sixth of the demo's time otherwise."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _clear(folder: Path) -> None:
    """Remove what an earlier demo left; nothing else is ever in that folder."""
    if folder.exists() and not (folder / "config").is_dir() and any(folder.iterdir()):
        raise Fault(f"{folder} is in the way: it is not a demo's folder. Move it, or set SYNCD_STATE_DIR.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def _weeks(cycle: Cycle, sandbox: Sandbox, plan: Plan, *, quiet: bool) -> Seen:
    """First load while observing, go live, then poll after poll."""
    moments = list(moments_of(plan.weeks))
    with Progress(
        TextColumn("{task.description:<34}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console(),
        disable=quiet,
    ) as progress:
        bar = progress.add_task("First load, observing", total=len(moments) + FIRST_LOAD_WEIGHT)
        cycle.begin()
        first = cycle.once()
        gc.freeze()
        problems = cycle.check().problems
        if problems:
            raise Fault("the sandbox is not as expected: " + "; ".join(item.title for item in problems), 1)
        with cycle.parts.store.write(None) as tx:
            work.ask(tx, "go_live", PERSON, {}, cycle.parts.clock.now())
        cycle.poll()
        releasable = len(waiting_for_release(cycle.parts.store, sandbox.now, RELEASABLE_MAX))
        progress.advance(bar, FIRST_LOAD_WEIGHT)
        for moment in moments:
            progress.update(bar, description=f"Live, {moment:%a %d %b %H:%M} of week {_week(moment)}")
            sandbox.advance_to(moment)
            cycle.poll()
            if moment.hour == WEEKDAY_HOURS[-1]:
                cycle.sweep()
            progress.advance(bar)
        progress.update(bar, description="Last look at both systems")
        cycle.sweep(Cadence.NIGHTLY)
        cycle.once()
        evened = tie_out(cycle.parts.store, cycle.parts.connectors)
        cycle.poll()  # finds nothing new, and books the calls of the tie-out
    return Seen(first, releasable, evened)


def moments_of(weeks: int) -> Iterator[datetime]:
    """When both systems are looked at, after the first load."""
    for day in range(weeks * 7):
        date = START_AT.replace(hour=0) + timedelta(days=day)
        for hour in WEEKDAY_HOURS if date.weekday() < 5 else WEEKEND_HOURS:
            yield date + timedelta(hours=hour)


def _week(moment: datetime) -> int:
    return (moment - START_AT).days // 7 + 1


# --- the summary -----------------------------------------------------------------------------------------


def _result(parts: Parts, loaded: Loaded, seen: Seen, plan: Plan, took_s: float) -> Result:
    """Count everything else from the store."""
    now = parts.clock.now()
    with parts.store.read() as tx:
        arrived = counting.arrived_passes(tx)
        data: dict[str, Any] = {
            "weeks": plan.weeks,
            "seed": plan.seed,
            "started_at": START_AT,
            "ended_at": now.isoformat(),
            "took_s": round(took_s, 1),
            "records": {f"{s}.{kind}": count for (s, kind), count in counting.held_records(tx).items()},
            "people": counting.total_leads(tx),
            "signals": counting.total_signals(tx),
            "newcomers": _newcomers(tx),
            "sent_before_go_live": seen.first.delivered,
            "releasable_at_go_live": seen.releasable,
            "machine": _made_by_machines(tx, loaded, now),
            "reached": _reached(tx, loaded),
            "stand": {f"{stage}:{level}" if level else stage: n for (stage, level), n in _standing(tx)},
            "delivered": {f"{s}.{k}": n for (s, k, state), n in outbox.counts(tx).items() if state == "done"},
            "sales": _sales(tx, arrived),
            "recycled": _recycled(tx, arrived),
            "calls": _calls(tx),
            "budgets": [
                {"system": b.system, "name": b.name, "used": b.used, "limit": b.limit_value}
                for b in work.all_budgets(tx)
            ],
        }
        example = _example(tx, arrived)
    data["holds"] = len(open_cases(parts.store, now))
    data["waiting_for_release"] = len(waiting_for_release(parts.store, now, RELEASABLE_MAX))
    data["tie_out"] = seen.evened.as_dict()
    shown = None if example is None else explain(parts.store, parts.playbook, example, now)
    data["example"] = None
    if shown is not None:
        with parts.store.read() as tx:
            data["example"] = {"lead_id": example, "name": _called(tx, shown.snapshot)}
    return Result(data, shown, loaded, seen.evened.is_even)


def _standing(tx: Any) -> list[tuple[tuple[str, str], int]]:
    return sorted(ledger.stage_counts(tx).items(), key=lambda item: -item[1])


def _reached(tx: Any, loaded: Loaded) -> dict[str, int]:
    """People who entered each level after the baseline; the three numbers of SQL are kept apart."""
    seen: dict[str, set[int]] = {}
    for row in ledger.entries(tx):
        move = row.transition
        if move.cause != "adopted":
            seen.setdefault(str(move.target), set()).add(row.lead_id)
    names = [f"mql:{level.id}" for level in loaded.playbook.levels.mql]
    ladder = [*names, "near_sql", "sql", "handed_off", "accepted", "opportunity", "customer"]
    return {name: len(seen.get(name, ())) for name in ladder}


def _sales(tx: Any, arrived: Set[Pass]) -> dict[str, dict[str, int]]:
    """Moves caused by what sales did: with the passes we handed over, and with leads it had anyway."""
    found: dict[str, dict[str, int]] = {}
    for row in ledger.entries(tx):
        cause = str(row.transition.cause)
        if cause.startswith(("sales_", "opportunity_")):
            _count(found, cause, row, arrived)
    return {cause: found[cause] for cause in sorted(found, key=_in_order)}


def _in_order(cause: str) -> tuple[int, str]:
    """Causes as a lead meets them; what is not listed comes last."""
    return (SALES_CAUSES.index(cause) if cause in SALES_CAUSES else len(SALES_CAUSES), cause)


def _recycled(tx: Any, arrived: Set[Pass]) -> dict[str, dict[str, int]]:
    """Leads given back to marketing, by reason, sorted out in the same way."""
    found: dict[str, dict[str, int]] = {}
    for row in ledger.entries(tx):
        if row.transition.target.stage == Stage.RECYCLED and row.transition.cause != "adopted":
            _count(found, row.transition.code or "no reason", row, arrived)
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def _count(found: dict[str, dict[str, int]], name: str, row: LedgerRow, arrived: Set[Pass]) -> None:
    counts = found.setdefault(name, {"handed_over": 0, "its_own": 0})
    is_ours = (row.lead_id, row.transition.pass_number) in arrived
    counts["handed_over" if is_ours else "its_own"] += 1


def _newcomers(tx: Any) -> dict[str, int]:
    """People the portal got to know after go-live, and how many of them qualified."""
    live_at = work.baseline(tx).go_live_at
    people = counting.newcomers(tx, live_at) if live_at else frozenset()
    qualified = {row.lead_id for row in ledger.entries(tx) if row.transition.target.stage == Stage.SQL}
    return {"people": len(people), "sql": len(people & qualified)}


def _made_by_machines(tx: Any, loaded: Loaded, now: datetime) -> dict[str, Any]:
    """Clicks that count for nothing because a machine made them, in whose mail, and somebody to look at."""
    clicks = people = 0
    example = ""
    for snapshot in load_snapshots(tx, counting.leads_with(tx, machine.CLICK), now):
        judged = machine.judge(snapshot.signals, loaded.playbook.machine)
        found = sum(
            1 for item in snapshot.signals if item.key in judged and item.shape.source == machine.CLICK
        )
        if found:
            clicks, people, example = clicks + found, people + 1, example or _called(tx, snapshot)
    return {"clicks": clicks, "people": people, "example": example}


def _called(tx: Any, snapshot: Snapshot) -> str:
    """The name, or what else `syncd explain` finds this lead alone by."""
    name = name_of(snapshot)
    is_alone = len(find_leads(tx, name)) == 1
    return name if is_alone else next(iter(snapshot.emails), snapshot.key or str(snapshot.lead_id))


def _calls(tx: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in work.usage_since(tx, "0000"):
        found[row.system] = found.get(row.system, 0) + row.calls
    return found


def _example(tx: Any, arrived: Set[Pass]) -> int | None:
    """The lead to show in full: handed over, taken furthest by sales, on the most evidence."""
    far: dict[int, int] = {}
    evidence: dict[int, int] = {}
    for row in ledger.entries(tx):
        move = row.transition
        if (row.lead_id, move.pass_number) not in arrived:
            continue
        far[row.lead_id] = max(far.get(row.lead_id, 0), PROGRESS.get(move.target.stage, 0))
        if move.target.stage == Stage.SQL:
            evidence[row.lead_id] = len(move.evidence)
    return max(far, key=lambda lead: (far[lead], evidence.get(lead, 0), -lead), default=None)


# --- the sandbox alone -----------------------------------------------------------------------------------


def serve_sandbox(*, contacts: int, seed: int, native_sync: bool, faults: float, speed: float) -> int:
    """Serve both emulators until interrupted, with the world moving on at `speed`."""
    start_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with app.open_sandbox(
        start_at=start_at, seed=seed, contacts=contacts, native_sync=native_sync, faults=faults, limits=True
    ) as sandbox:
        out = console()
        out.print("A simulated HubSpot and Salesforce are served on this machine. In another terminal:\n")
        for name, value in app.sandbox_environ(sandbox, None).items():
            out.print(f"export {name}={value}", markup=False, soft_wrap=True)
        out.print("\nsyncd doctor && syncd sync --once\n\nStop with Ctrl-C.")
        began_s = time.monotonic()
        try:
            while True:
                time.sleep(1.0)
                sandbox.advance_to(start_at + timedelta(seconds=(time.monotonic() - began_s) * speed))
        except KeyboardInterrupt:
            return 0
