"""A portfolio of a million leads in a real SQLite store: full passes, one lead, a thousand due ones.

`python -m benchmarks.portfolio [--leads N] [--keep FOLDER] [--json]`. Each figure comes from a process of its
own, loading and writing included, in CPU seconds of one core; the bar is printed beside it. `--keep` leaves
the store there and uses the one that is there. The exit code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks import crowd, definition
from syncd.core.model import Baseline, Position, Snapshot, Stage, Standing
from syncd.core.playbook import Playbook
from syncd.jobs import fullpass, packing
from syncd.jobs.evaluate import evaluate
from syncd.settings import default_config_dir, load
from syncd.store import shapebook, work
from syncd.store.bulk import raw_rows
from syncd.store.engine import Store
from syncd.store.tables import to_ms

LEADS = 1_000_000
SEED = 7
DUE = 1_000
SMALL = 10_000
FULL_SET = 20_000
ONE_TURNS = 5
ONE = "SELECT signals, answers, facts, fields FROM packs WHERE lead_id = ?"
LIVE = Baseline(crowd.NOW, crowd.NOW)
Figures = dict[str, Any]


def peak_mb() -> float:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True, slots=True)
class Hand:
    """A clock that stands."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def shipped() -> Playbook:
    """The definition the product ships: patterns, sequences, machine clicks, BANT, accounts."""
    return load(default_config_dir(), {}).playbook


PLAYBOOKS: dict[str, Callable[[], Playbook]] = {"plain": definition.playbook, "shipped": shipped}


# --- steps, each in a process of its own -----------------------------------------------------------------


def make(path: Path, playbook: Playbook, leads: int) -> Figures:
    start = time.process_time()
    store = crowd.make(path, leads, SEED, playbook)
    store.dispose()
    raw = sqlite3.connect(path)
    counted = "SELECT sum(n), max(n) FROM (SELECT count(*) AS n FROM signals GROUP BY lead_id)"
    signals, longest = raw.execute(counted).fetchone()
    above = raw.execute("SELECT count(*) FROM leads WHERE stage <> 'lead'").fetchone()[0]
    raw.close()
    return {
        "cpu_s": time.process_time() - start,
        "store_mb": path.stat().st_size / 1e6,
        "signals_a_lead": signals / leads,
        "longest": longest,
        "above_lowest": above / leads,
    }


def full_pass(path: Path, playbook: Playbook, *, want_due: bool, writes: bool = True) -> Figures:
    """Everybody screened from packs, new numbers written; who would leave is counted, not decided. Without
    writing it does what other engines do that only answer."""
    store = Store(f"sqlite:///{path}", is_throw_away=True)
    whole = fullpass.Pass(store, playbook)
    now, after, leads, leaving = crowd.NOW, 0, 0, 0
    wall, cpu = time.perf_counter(), time.process_time()
    while (read := whole.read(after, fullpass.STEP)).rows:
        looked = whole.look(read, now, want_due=want_due)
        if writes:
            with store.write(None) as tx:
                whole.save(tx, read, looked)
        after = read.rows[-1][0]
        leads += len(read.rows)
        leaving += len(looked.leaving)
    store.checkpoint()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "leads": leads,
        "leaving": leaving / leads,
        "cpu_s": cpu,
        "wall_s": wall,
        "leads_a_cpu_s": leads / cpu,
        "peak_mb": peak_mb(),
    }


def due_thousand(path: Path, playbook: Playbook) -> Figures:
    """A thousand leads whose moment has come: found, loaded, decided, stored."""
    raw = sqlite3.connect(path)
    [[leads]] = raw.execute("SELECT max(lead_id) FROM leads").fetchall()
    chosen = random.Random(SEED).sample(range(1, leads + 1), DUE)
    now = crowd.NOW + timedelta(seconds=1)
    raw.execute("UPDATE leads SET due_at = NULL WHERE due_at <= ?", (to_ms(now),))
    raw.executemany("UPDATE leads SET due_at = ? WHERE lead_id = ?", [(to_ms(now), n) for n in chosen])
    raw.commit()
    raw.close()
    store = Store(f"sqlite:///{path}", is_throw_away=True)
    with store.read() as tx:
        work.baseline(tx)
    wall, cpu = time.perf_counter(), time.process_time()
    done = evaluate(store, None, playbook, Hand(now), pass_max=0)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"leads": done.leads, "cpu_s": cpu, "wall_s": wall, "ms_a_lead": cpu / done.leads * 1e3}


def one_lead(path: Path, playbook: Playbook) -> Figures:
    """One lead loaded from the store, evaluated and fully explained in a warm process, in milliseconds."""
    store = Store(f"sqlite:///{path}", is_throw_away=True)
    whole = fullpass.Pass(store, playbook)
    found: Figures = {}
    with store.read() as tx:
        shapes = dict(shapebook.since(tx, 0))
        for size in (20, 2_000):
            ids = _of_size(tx, size)
            for lead_id in ids:  # warm
                _explained(tx, whole, shapes, lead_id)
            taken = sorted(_explained(tx, whole, shapes, lead_id) for lead_id in ids * ONE_TURNS)
            found[f"median_ms_{size}"] = median(taken) * 1e3
            found[f"p99_ms_{size}"] = taken[int(len(taken) * 0.99)] * 1e3
    return found


def _of_size(tx: Any, size: int) -> list[int]:
    """A hundred leads with about so many signals."""
    near = size * 18 + 1
    rows = tx.exec_driver_sql(
        "SELECT lead_id FROM packs ORDER BY abs(length(signals) - ?) LIMIT 100", (near,)
    )
    return [row[0] for row in rows]


def _explained(tx: Any, whole: fullpass.Pass, shapes: Any, lead_id: int) -> float:
    start = time.perf_counter()
    [(signals, packed, told, fields)] = raw_rows(tx, ONE, (lead_id,))
    known = packing.facts_of(told)[1]

    def snapshot() -> Snapshot:
        return Snapshot(
            lead_id=lead_id,
            key=f"1:{lead_id}",
            fields={},
            emails=(),
            signals=(),
            standing=Standing(Position(Stage(known.stage), known.level), crowd.NOW),
            baseline=LIVE,
        )

    its_fields, answers = msgspec.json.decode(fields), int.from_bytes(packed, "little")
    whole.program.explain(signals, shapes, its_fields, snapshot, crowd.NOW, answers=answers)
    return time.perf_counter() - start


def idle(path: Path) -> Figures:
    """How many leads are due per day when nobody does anything."""
    raw = sqlite3.connect(path)
    [[leads]] = raw.execute("SELECT count(*) FROM leads").fetchall()
    due: Figures = {}
    for days in (1, 7, 30):
        until = to_ms(crowd.NOW + timedelta(days=days))
        [[count]] = raw.execute("SELECT count(*) FROM leads WHERE due_at <= ?", (until,)).fetchall()
        due[f"due_within_{days}"] = count / leads
    raw.close()
    return due | {"a_day": due["due_within_7"] / 7}


STEPS: dict[str, Callable[[Path, Playbook, int], Figures]] = {
    "make": make,
    "numbers": lambda path, playbook, _leads: full_pass(path, playbook, want_due=False),
    "scores": lambda path, playbook, _leads: full_pass(path, playbook, want_due=False, writes=False),
    "due": lambda path, playbook, _leads: full_pass(path, playbook, want_due=True),
    "thousand": lambda path, playbook, _leads: due_thousand(path, playbook),
    "one": lambda path, playbook, _leads: one_lead(path, playbook),
    "idle": lambda path, _playbook, _leads: idle(path),
}


# --- the whole -------------------------------------------------------------------------------------------


class Bench:
    """Steps run one after the other, figures printed as they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.missed: list[str] = []
        self.figures: dict[str, Figures] = {}

    def run(self, step: str, playbook: str, leads: int) -> Figures:
        """One step in a process of its own."""
        path = self.folder / f"{playbook}-{leads}.db"
        if step == "make" and path.exists():
            return {}
        asked = [step, playbook, str(path), str(leads)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.portfolio", "--step", *asked],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": "0"},
        )
        found: Figures = json.loads(done.stdout.splitlines()[-1])
        self.figures[f"{step} {playbook} {leads}"] = found
        return found

    def line(self, title: str, text: str, bar: str = "", *, holds: bool = True) -> None:
        said = f"  (bar: {bar}{'' if holds else ', MISSED'})" if bar else ""
        print(f"{title:<34}{text}{said}", flush=True)
        if not holds:
            self.missed.append(title)

    def crowd(self, playbook: str, leads: int) -> None:
        found = self.run("make", playbook, leads)
        if found:
            self.line(
                f"{leads:,} leads made",
                f"{found['store_mb']:,.0f} MB, {found['signals_a_lead']:.1f} signals a lead, at most "
                f"{found['longest']:,}; {found['above_lowest']:.0%} above the lowest level",
                ">= 20 %",
                holds=found["above_lowest"] >= 0.2,
            )

    def passed(self, title: str, step: str, playbook: str, leads: int, bar: int | None) -> Figures:
        found = self.run(step, playbook, leads)
        speed, peak = found["leads_a_cpu_s"], found["peak_mb"]
        text = f"{speed:,.0f} leads per CPU second, {found['cpu_s']:.1f} s CPU, {peak:.0f} MB peak"
        told = f"{text}; {found['leaving']:.1%} left to decide"
        if bar is None:
            self.line(title, told)
        else:
            self.line(title, told, f">= {bar:,}, < 160 MB", holds=speed >= bar and peak < 160)
        return found

    def all(self, leads: int) -> None:
        self.crowd("plain", leads)
        first = self.passed("full pass: scores, caps, levels", "numbers", "plain", leads, 50_000)
        second = self.passed("full pass: and the due date", "due", "plain", leads, 20_000)
        apart = (second["cpu_s"] / second["leads"] - first["cpu_s"] / first["leads"]) * 1e6
        self.line("exact next change", f"{apart:.1f} us a lead", "< 40 us", holds=apart < 40)
        due = self.run("idle", "plain", leads)
        self.line("due per day, idle", f"{due['a_day']:.2%}", "<= 1.5 %", holds=due["a_day"] <= 0.015)
        self.one("plain", leads)
        self.thousand(leads)
        self.crowd("shipped", min(leads, FULL_SET))
        self.passed("shipped definition: scores, levels", "numbers", "shipped", min(leads, FULL_SET), None)
        self.passed("shipped definition: due date too", "due", "shipped", min(leads, FULL_SET), None)

    def one(self, playbook: str, leads: int) -> None:
        found = self.run("one", playbook, leads)
        for size, bar in ((20, 0.1), (2_000, 1.0)):
            middle, worst = found[f"median_ms_{size}"], found[f"p99_ms_{size}"]
            text = f"{middle:.3f} ms median, {worst:.3f} ms p99"
            self.line(f"one lead of {size:,}, explained", text, f"< {bar} ms", holds=middle < bar)

    def thousand(self, leads: int) -> None:
        self.crowd("plain", min(leads, SMALL))
        small = self.run("thousand", "plain", min(leads, SMALL))
        large = self.run("thousand", "plain", leads)
        ratio = large["cpu_s"] / small["cpu_s"]
        text = (
            f"{large['cpu_s']:.2f} s CPU, {small['cpu_s']:.2f} s of {min(leads, SMALL):,}: {ratio:.2f} times"
        )
        self.line(f"{DUE:,} due leads of {leads:,}", text, "<= 2 times", holds=ratio <= 2)


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.portfolio", description=__doc__)
    parser.add_argument("--leads", type=int, default=LEADS)
    parser.add_argument("--keep", type=Path, default=None, help="a folder for the stores, made if missing")
    parser.add_argument("--step", nargs=4, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    if asked.step:
        step, playbook, path, leads = asked.step
        print(json.dumps(STEPS[step](Path(path), PLAYBOOKS[playbook](), int(leads))))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        keep = asked.keep or Path(folder)
        keep.mkdir(parents=True, exist_ok=True)
        bench = Bench(keep)
        bench.all(asked.leads)
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
