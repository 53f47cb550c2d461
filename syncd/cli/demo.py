"""The demo: real daemon code, real clients and real sockets against the sandbox, weeks in under a minute.

Everything it prints at the end is counted from the store it leaves behind and from what both systems answer;
nothing is known beforehand. The store stays, so that `syncd status` and `syncd explain` work on it.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from syncd import app, settings
from syncd.cli import place as places
from syncd.cli.page import WIDTH, lines
from syncd.cli.show import Fault, console, table, when
from syncd.core.model import Stage
from syncd.jobs.cycle import Cycle, Parts, Summary
from syncd.jobs.explain import Explanation, explain, name_of, open_cases, waiting_for_release
from syncd.jobs.tieout import tie_out
from syncd.ports import Cadence
from syncd.store import counting, lease, ledger, outbox, work

if TYPE_CHECKING:
    from syncd.connectors.sandbox import Sandbox
    from syncd.settings.loading import Loaded

START_AT = datetime(2026, 9, 7, 6, tzinfo=UTC)  # a Monday
WEEKDAY_HOURS = (7, 9, 11, 13, 15, 17, 20)
WEEKEND_HOURS = (12,)
PERSON = "demo"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated."""

    weeks: int
    contacts: int
    seed: int
    native_sync: bool


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
    settings.init(folder / "config")
    began_s = time.monotonic()
    with app.open_sandbox(
        start_at=START_AT, seed=plan.seed, contacts=plan.contacts, native_sync=plan.native_sync
    ) as sandbox:
        loaded = settings.load(folder / "config", app.sandbox_environ(sandbox, folder))
        app.configure_logs(loaded.settings.log_format, quiet=True)
        parts = app.build_for_sandbox(loaded, lambda: sandbox.now)
        try:
            token = lease.take(parts.store, lease.owner_name(), loaded.settings.lease_ttl_s)
            assert token is not None, "the demo's store is new and nobody else's"
            cycle = Cycle(parts, token)
            first = _weeks(cycle, sandbox, plan, quiet=quiet)
            result = _result(parts, loaded, first, plan, time.monotonic() - began_s)
            token.release()
        finally:
            app.close(parts)
    (folder / "summary.json").write_text(json.dumps(result.data, indent=1, default=str))
    return result


def _clear(folder: Path) -> None:
    """Remove what an earlier demo left; nothing else is ever in that folder."""
    if folder.exists() and not (folder / "config").is_dir() and any(folder.iterdir()):
        raise Fault(f"{folder} is in the way: it is not a demo's folder. Move it, or set SYNCD_STATE_DIR.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def _weeks(cycle: Cycle, sandbox: Sandbox, plan: Plan, *, quiet: bool) -> Summary:
    """First load while observing, go live, then poll after poll; returns the first run's summary."""
    moments = list(_moments(plan.weeks))
    with Progress(
        TextColumn("{task.description:<34}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console(),
        disable=quiet,
    ) as progress:
        bar = progress.add_task("First load, observing", total=len(moments) + 1)
        cycle.begin()
        first = cycle.once()
        problems = cycle.check().problems
        if problems:
            raise Fault("the sandbox is not as expected: " + "; ".join(item.title for item in problems), 1)
        with cycle.parts.store.write(None) as tx:
            work.ask(tx, "go_live", PERSON, {}, cycle.parts.clock.now())
        cycle.poll()
        progress.advance(bar)
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
    return first


def _moments(weeks: int) -> Iterator[datetime]:
    for day in range(weeks * 7):
        date = START_AT.replace(hour=0) + timedelta(days=day)
        for hour in WEEKDAY_HOURS if date.weekday() < 5 else WEEKEND_HOURS:
            yield date + timedelta(hours=hour)


def _week(moment: datetime) -> int:
    return (moment - START_AT).days // 7 + 1


# --- the summary -----------------------------------------------------------------------------------------


def _result(parts: Parts, loaded: Loaded, first: Summary, plan: Plan, took_s: float) -> Result:
    """Count everything from the store and from what both systems answer now."""
    evened = tie_out(parts.store, parts.connectors)
    now = parts.clock.now()
    with parts.store.read() as tx:
        data: dict[str, Any] = {
            "weeks": plan.weeks,
            "seed": plan.seed,
            "started_at": START_AT,
            "ended_at": now.isoformat(),
            "took_s": round(took_s, 1),
            "records": {f"{s}.{kind}": count for (s, kind), count in counting.held_records(tx).items()},
            "people": counting.total_leads(tx),
            "signals": counting.total_signals(tx),
            "sent_before_go_live": first.delivered,
            "reached": _reached(tx, loaded),
            "stand": {f"{stage}:{level}" if level else stage: n for (stage, level), n in _standing(tx)},
            "delivered": {f"{s}.{k}": n for (s, k, state), n in outbox.counts(tx).items() if state == "done"},
            "sales": _sales(tx),
            "recycled": _recycled(tx),
            "calls": _calls(tx),
            "budgets": [
                {"system": b.system, "name": b.name, "used": b.used, "limit": b.limit_value}
                for b in work.all_budgets(tx)
            ],
        }
        example = _example(tx)
    data["holds"] = len(open_cases(parts.store, now))
    data["waiting_for_release"] = len(waiting_for_release(parts.store, now, 10_000))
    data["tie_out"] = evened.as_dict()
    shown = None if example is None else explain(parts.store, parts.playbook, example, now)
    data["example"] = None if shown is None else {"lead_id": example, "name": name_of(shown.snapshot)}
    return Result(data, shown, loaded, evened.is_even)


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


def _sales(tx: Any) -> dict[str, int]:
    """What sales did with what it got: moves caused by its own acts."""
    found: dict[str, int] = {}
    for row in ledger.entries(tx):
        cause = str(row.transition.cause)
        if cause.startswith(("sales_", "opportunity_")):
            found[cause] = found.get(cause, 0) + 1
    return dict(sorted(found.items()))


def _recycled(tx: Any) -> dict[str, int]:
    """Leads given back to marketing, by reason."""
    found: dict[str, int] = {}
    for row in ledger.entries(tx):
        if row.transition.target.stage == Stage.RECYCLED and row.transition.cause != "adopted":
            code = row.transition.code or "no reason"
            found[code] = found.get(code, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _calls(tx: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in work.usage_since(tx, "0000"):
        found[row.system] = found.get(row.system, 0) + row.calls
    return found


def _example(tx: Any) -> int | None:
    """The lead to show in full: handed over by itself and accepted, with the longest history."""
    best: tuple[int, int] | None = None
    moves: dict[int, list[str]] = {}
    for row in ledger.entries(tx):
        moves.setdefault(row.lead_id, []).append(str(row.transition.target.stage))
    for lead_id, stages in moves.items():
        if "handed_off" not in stages or "sql" not in stages:
            continue
        rank = len(stages) + (10 if "accepted" in stages else 0)
        if best is None or rank > best[0]:
            best = (rank, lead_id)
    return None if best is None else best[1]


# --- shown -----------------------------------------------------------------------------------------------

LABELS = {
    "near_sql": "near-SQL",
    "sql": "SQL (qualified)",
    "handed_off": "handed over (Salesforce confirmed)",
    "accepted": "accepted by sales",
    "opportunity": "opportunity",
    "customer": "customer",
    "sales_accepted": "accepted",
    "sales_rejected": "rejected",
    "sales_disqualified": "disqualified",
    "sales_unresponsive": "gave up: no answer",
    "opportunity_opened": "opportunity opened",
    "opportunity_won": "opportunity won",
    "opportunity_lost": "opportunity lost",
}


def show(found: Result) -> None:
    """The summary, 80 columns wide."""
    out = console()
    data, zone = found.data, found.loaded.settings.schedule.time_zone
    levels = {f"mql:{level.id}": f"MQL {level.label}" for level in found.loaded.playbook.levels.mql}
    records = data["records"]
    out.print(f"\n{data['weeks']} simulated weeks in {data['took_s']:.0f} s", style="bold")
    out.print(
        f"Pulled      {records.get('hubspot.contact', 0):,} contacts and "
        f"{records.get('hubspot.company', 0):,} companies from HubSpot,\n"
        f"            {records.get('salesforce.lead', 0):,} leads and "
        f"{records.get('salesforce.contact', 0):,} contacts from Salesforce: {data['people']:,} people, "
        f"{data['signals']:,} signals"
    )
    sent = sum(data["sent_before_go_live"].values())
    out.print(f"Before go-live  {sent} writes left this machine; old evidence hands nobody over\n")
    rows = [(levels.get(name) or LABELS.get(name, name), count) for name, count in data["reached"].items()]
    out.print(table(["People who reached, since go-live", ("People", "right")], rows))
    out.print()
    sales = [(LABELS.get(name, name), count) for name, count in data["sales"].items()]
    out.print(table(["What sales did", ("Times", "right")], sales or [("nothing yet", 0)]))
    out.print()
    rules = found.loaded.playbook.recycle.rules
    reasons = [
        (rules[code].label if code in rules else code, rules[code].track if code in rules else "", count)
        for code, count in data["recycled"].items()
    ]
    out.print(
        table(["Given back to marketing because", "Track", ("Leads", "right")], reasons or [("-", "", 0)])
    )
    if found.shown is not None:
        out.print("\n" + "-" * WIDTH)
        out.print("One hand-off in full\n", style="bold")
        out.print("\n".join(lines(found.loaded.playbook, zone, found.shown)), markup=False)
        out.print(brief_of(found.shown), markup=False)
        out.print("-" * WIDTH)
    _show_books(found)


def brief_of(shown: Explanation) -> str:
    """What the rep got: the task with its date, and the brief's text."""
    for effect in shown.effects:
        if effect.kind == "task":
            fields = effect.payload["fields"]
            text = str(fields.get("Description", ""))
            due = f"{fields.get('ActivityDate', '-')}, reminder {fields.get('ReminderDateTime', '-')}"
            return f"\nThe task in Salesforce: {fields.get('Subject', '')}\n  due {due}\n\n{text}"
    return ""


def _show_books(found: Result) -> None:
    """Calls against budgets, the tie-out, and where to look next."""
    out = console()
    data = found.data
    calls = ", ".join(f"{system} {count:,}" for system, count in data["calls"].items())
    daily = [b for b in data["budgets"] if "burst" not in b["name"]]
    meters = "; ".join(f"{b['system']} {b['name']} {b['used']:,} of {b['limit']:,}" for b in daily)
    out.print(f"API calls   {calls}" + (f"\n            ({meters})" if meters else ""))
    tied = data["tie_out"]
    passes = tied["passes"]
    out.print(
        f"Tie-out     {passes['qualified']} qualified = {passes['handed_off']} handed over "
        f"+ {passes['held']} held for a person\n"
        f"            + {passes['waiting']} waiting + {passes['stopped']} stopped "
        f"+ {passes['withdrawn']} withdrawn; lost: {passes['lost']}"
    )
    differ = [line for line in tied["lines"] if line["there"] != line["here"]]
    for line in differ:
        out.print(
            f"            DIFFERENCE {line['system']} {line['object']}: "
            f"{line['there']} there, {line['here']} here"
        )
    if not differ:
        counted = sum(line["there"] for line in tied["lines"])
        out.print(f"            {counted:,} records counted in both systems, all of them here")
    out.print(
        f"Waiting     {data['holds']} case(s) for a person, "
        f"{data['waiting_for_release']} lead(s) from before go-live\n"
    )
    name = data["example"]["name"] if data["example"] else ""
    out.print("Look around:  syncd status   syncd report funnel   syncd hold list", markup=False)
    if name:
        out.print(f'              syncd explain "{name}"   syncd timeline "{name}"', markup=False)
    out.print(
        f"              ({when(datetime.fromisoformat(data['ended_at']), 'UTC')} in the simulated world)"
    )


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
