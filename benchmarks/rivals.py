"""The same rules in Polars and DuckDB, from the same store, load included: CPU, memory, one lead.

`python -m benchmarks.rivals --store FILE [--python PYTHON]` after `python -m benchmarks.portfolio --keep`.
PYTHON has polars, duckdb, pyarrow and adbc-driver-sqlite installed (pip install them into an environment of
their own; the product needs none). Fit is given to the rivals as the store keeps it, and they write nothing.
Each engine runs in a process of its own, and must give the scores the product gave. The product itself is
measured doing the same: reading and scoring everybody without writing, and one lead with all its reasons.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.rules import BEHAVIOUR, GROUP_CAPS, KINDS, LEVELS, RECENT, Behaviour, Recent

NEEDS = ("polars", "duckdb", "pyarrow", "adbc_driver_sqlite")
DAY_S = 86_400
ONE_TURNS = 30
EVENTS = (
    "SELECT lead_id, occurred_at / 1000 AS second, signal_key, shape_id, count FROM signals "
    "WHERE retracts IS NULL"
)
FITS = "SELECT lead_id, fit_micro FROM scores"
NUMBERS = {kind.id: number for number, kind in enumerate(KINDS, 1)}
Found = dict[str, Any]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def kinds_of_shapes(path: Path) -> list[tuple[int, int]]:
    """(shape, kind) of every shape a rule counts: as the product, once per shape."""
    raw = sqlite3.connect(path)
    found = []
    for number, source, text in raw.execute("SELECT shape_id, source, attributes FROM shapes"):
        told = json.loads(text)
        for kind in KINDS:
            if kind.source == source and told.get(kind.attribute, "").startswith(kind.begins):
                found.append((number, NUMBERS[kind.id]))
    raw.close()
    return found


def now_s(path: Path) -> int:
    """The second everybody was evaluated at."""
    raw = sqlite3.connect(path)
    [[ms]] = raw.execute("SELECT max(as_of_at) FROM scores").fetchall()
    raw.close()
    return int(ms) // 1000


# --- one SQL for both DuckDB runs ------------------------------------------------------------------------


def _among(kinds: Sequence[str]) -> str:
    return f"kind IN ({', '.join(str(NUMBERS[kind]) for kind in kinds)})"


def _points(rule: Behaviour) -> str:
    decay = "1.0" if rule.half_life is None else f"exp2(-(:now - second) / {rule.half_life * DAY_S}.0)"
    return f"{rule.points} * {decay}"


def _capped(text: str, points: int, cap: float | None) -> str:
    if cap is None:
        return text
    return f"{'least' if points > 0 else 'greatest'}({text}, {cap * 1e6:.0f})"


def _sum(rule: Behaviour) -> str:
    """The sum of a rule without newest-k, in micro-points."""
    inside = _among(rule.kinds)
    if rule.window is not None:
        inside += f" AND second >= :now - {rule.window * DAY_S}"
    text = f"coalesce(round_even(1e6 * sum(count * {_points(rule)}) FILTER (WHERE {inside}), 0), 0)"
    return f"{_capped(text, rule.points, rule.cap)} AS r_{rule.id}"


def _newest(rule: Behaviour) -> str:
    """The sum of a rule that counts the newest k happenings only."""
    within = f" AND second >= :now - {rule.window * DAY_S}" if rule.window is not None else ""
    text = (
        f"round_even(1e6 * sum(least(count, greatest({rule.newest} - before, 0)) * {_points(rule)}) "
        f"FILTER (WHERE true{within}), 0)"
    )
    value = _capped(f"coalesce({text}, 0)", rule.points, rule.cap)
    before = (
        "sum(count) OVER (PARTITION BY lead_id ORDER BY second DESC, signal_key DESC "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    return (
        f"n_{rule.id} AS (SELECT lead_id, {value} AS r_{rule.id} "
        f"FROM (SELECT *, coalesce({before}, 0) AS before FROM told WHERE {_among(rule.kinds)}) "
        "GROUP BY lead_id)"
    )


def _recent(rule: Recent) -> str:
    inside = _among(rule.kinds)
    if rule.days_idle is not None:
        start = f"second >= :now - {rule.days_idle * DAY_S}"
        test = f"count(*) FILTER (WHERE {inside}) > 0 AND count(*) FILTER (WHERE {inside} AND {start}) = 0"
    else:
        assert rule.days is not None, "a count has its days"
        start = f"second >= :now - {rule.days * DAY_S}"
        test = f"coalesce(sum(count) FILTER (WHERE {inside} AND {start}), 0) >= {rule.at_least}"
    return f"CASE WHEN {test} THEN {rule.points * 1_000_000} ELSE 0 END AS r_{rule.id}"


def _total() -> str:
    """Engagement and intent of all rules, capped by group."""
    parts = []
    for group in sorted({rule.group for rule in BEHAVIOUR}):
        named = [f"coalesce(r_{rule.id}, 0)" for rule in BEHAVIOUR if rule.group == group]
        cap = GROUP_CAPS.get(group)
        parts.append(_capped(f"({' + '.join(named)})", 1 if (cap or 1) > 0 else -1, cap))
    return " + ".join([*parts, *(f"coalesce(r_{rule.id}, 0)" for rule in RECENT)])


def query(now: int, events: str, fits: str) -> str:
    """Total and lead of everybody, from tables of events and fits."""
    plain = [_sum(rule) for rule in BEHAVIOUR if rule.newest is None]
    newest = [rule for rule in BEHAVIOUR if rule.newest is not None]
    base = ", ".join([*plain, *(_recent(rule) for rule in RECENT)])
    parts = [
        f"told AS (SELECT e.*, k.kind FROM {events} e JOIN kinds k USING (shape_id))",
        f"base AS (SELECT lead_id, {base} FROM told GROUP BY lead_id)",
        *(_newest(rule) for rule in newest),
    ]
    joins = " ".join(f"LEFT JOIN n_{rule.id} USING (lead_id)" for rule in newest)
    text = (
        f"WITH {', '.join(parts)} SELECT lead_id, fit_micro + {_total()} AS total FROM {fits} "
        f"LEFT JOIN base USING (lead_id) {joins}"
    )
    return text.replace(":now", str(now)).replace("exp2(", "pow(2.0, ")


def outcome(totals: Any) -> Found:
    """Sum and levels, for the check of equality: `totals` counts leads at or above a total."""
    return {name: int(totals(least * 1_000_000)) for name, least, _fit in LEVELS}


# --- engines ---------------------------------------------------------------------------------------------


def duckdb_from_store(path: Path) -> Found:
    """Rows from SQLite by way of Arrow, then SQL."""
    duckdb, dbapi = importlib.import_module("duckdb"), importlib.import_module("adbc_driver_sqlite.dbapi")
    now, kinds = now_s(path), kinds_of_shapes(path)
    cpu = time.process_time()
    base = duckdb.connect()
    with dbapi.connect(str(path)) as source, source.cursor() as cursor:
        cursor.execute(EVENTS)
        reader = cursor.fetch_record_batch()
        base.execute("CREATE TABLE events AS SELECT * FROM reader")
        cursor.execute(FITS)
        fitted = cursor.fetch_record_batch()
        base.execute("CREATE TABLE fits AS SELECT * FROM fitted")
        del reader, fitted
    return _duckdb(base, kinds, now, cpu, "events", "fits")


def duckdb_native(path: Path) -> Found:
    """From DuckDB's own file, made before and not counted."""
    duckdb, own = importlib.import_module("duckdb"), path.with_suffix(".duckdb")
    cpu = time.process_time()
    return _duckdb(duckdb.connect(str(own), read_only=True), kinds_of_shapes(path), now_s(path), cpu,
                   "events", "fits")  # fmt: skip


def _duckdb(base: Any, kinds: list[tuple[int, int]], now: int, cpu: float, events: str, fits: str) -> Found:
    _duckdb_kinds(base, kinds)
    base.execute(f"CREATE TEMP TABLE result AS {query(now, events, fits)}")
    cpu = time.process_time() - cpu
    [[leads, total]] = base.execute("SELECT count(*), sum(total) FROM result").fetchall()
    above = outcome(
        lambda least: base.execute("SELECT count(*) FROM result WHERE total >= ?", [least]).fetchall()[0][0]
    )
    one = _duckdb_one(base, now, events, fits)
    return {"cpu_s": cpu, "leads": leads, "total": float(total), "above": above} | one


def _duckdb_kinds(base: Any, kinds: list[tuple[int, int]]) -> None:
    base.execute("CREATE TEMP TABLE kinds (shape_id BIGINT, kind TINYINT)")
    values = ", ".join(f"({shape}, {kind})" for shape, kind in kinds)
    base.execute(f"INSERT INTO kinds VALUES {values}")


def _duckdb_one(base: Any, now: int, events: str, fits: str) -> Found:
    """One lead from tables that are loaded already: without the load."""
    text = query(now, f"(SELECT * FROM {events} WHERE lead_id = $id)",
                 f"(SELECT * FROM {fits} WHERE lead_id = $id)")  # fmt: skip
    taken = []
    for lead_id in range(1, ONE_TURNS + 1):
        start = time.perf_counter()
        base.execute(text, {"id": lead_id}).fetchall()
        taken.append(time.perf_counter() - start)
    return {"one_ms": median(taken) * 1e3}


def make_native(path: Path) -> None:
    """DuckDB's own file of the same store."""
    duckdb, dbapi = importlib.import_module("duckdb"), importlib.import_module("adbc_driver_sqlite.dbapi")
    base = duckdb.connect(str(path.with_suffix(".duckdb")))
    with dbapi.connect(str(path)) as source, source.cursor() as cursor:
        for table, text in (("events", EVENTS), ("fits", FITS)):
            cursor.execute(text)
            reader = cursor.fetch_record_batch()
            base.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM reader")
            del reader
    base.close()


def polars_from_store(path: Path) -> Found:
    """Rows from SQLite by way of Arrow, then expressions."""
    pl, dbapi = importlib.import_module("polars"), importlib.import_module("adbc_driver_sqlite.dbapi")
    now, kinds = now_s(path), kinds_of_shapes(path)
    cpu = time.process_time()
    with dbapi.connect(str(path)) as source, source.cursor() as cursor:
        cursor.execute(EVENTS)
        events = pl.from_arrow(cursor.fetch_arrow_table())
        cursor.execute(FITS)
        fits = pl.from_arrow(cursor.fetch_arrow_table())
    named = pl.DataFrame({"shape_id": [s for s, _ in kinds], "kind": [k for _, k in kinds]},
                         schema={"shape_id": pl.Int64, "kind": pl.Int8})  # fmt: skip
    totals = _polars(pl, events, fits, named, now)
    cpu = time.process_time() - cpu
    above = outcome(lambda least: totals.filter(pl.col("total") >= least).height)
    raw, taken = sqlite3.connect(path), []
    for lead_id in range(1, ONE_TURNS + 1):
        start = time.perf_counter()
        _polars_one(pl, raw, named, now, lead_id)
        taken.append(time.perf_counter() - start)
    return {"cpu_s": cpu, "leads": totals.height, "total": float(totals["total"].sum()), "above": above,
            "one_ms": median(taken) * 1e3}  # fmt: skip


def _polars_one(pl: Any, raw: sqlite3.Connection, named: Any, now: int, lead_id: int) -> None:
    names = ("lead_id", "second", "signal_key", "shape_id", "count")
    rows = raw.execute(f"{EVENTS} AND lead_id = ?", (lead_id,)).fetchall()
    events = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")
    fits = pl.DataFrame(raw.execute(f"{FITS} WHERE lead_id = ?", (lead_id,)).fetchall(),
                        schema={"lead_id": pl.Int64, "fit_micro": pl.Int64}, orient="row")  # fmt: skip
    _polars(pl, events, fits, named, now)


def _polars(pl: Any, events: Any, fits: Any, named: Any, now: int) -> Any:
    """Total and lead of everybody."""
    age = pl.lit(now) - pl.col("second")
    told = events.lazy().join(named.lazy(), on="shape_id")

    def among(kinds: Sequence[str]) -> Any:
        return pl.col("kind").is_in([NUMBERS[kind] for kind in kinds])

    def capped(value: Any, cap: float | None) -> Any:
        if cap is None:
            return value
        return value.clip(upper_bound=cap * 1e6) if cap > 0 else value.clip(lower_bound=cap * 1e6)

    def summed(rule: Behaviour, weight: Any, inside: Any) -> Any:
        value = weight * float(rule.points)
        if rule.half_life is not None:
            value = value * (age.cast(pl.Float64) / -float(rule.half_life * DAY_S) * 0.6931471805599453).exp()
        if rule.window is not None:
            inside = inside & (age <= rule.window * DAY_S)
        return capped((value.filter(inside).sum() * 1e6).round(0), rule.cap).alias(rule.id)

    sums = [summed(rule, pl.col("count"), among(rule.kinds)) for rule in BEHAVIOUR if rule.newest is None]
    for recent in RECENT:
        inside = among(recent.kinds)
        if recent.days_idle is not None:
            test = inside.any() & ~(inside & (age <= recent.days_idle * DAY_S)).any()
        else:
            within = inside & (age <= (recent.days or 0) * DAY_S)
            test = pl.col("count").filter(within).sum() >= recent.at_least
        sums.append((test.cast(pl.Float64) * recent.points * 1e6).alias(recent.id))
    found = fits.lazy().join(told.group_by("lead_id").agg(sums), on="lead_id", how="left")
    for rule in (item for item in BEHAVIOUR if item.newest is not None):
        few = told.filter(among(rule.kinds)).sort(["second", "signal_key"], descending=True)
        before = pl.col("count").cum_sum().over("lead_id") - pl.col("count")
        few = few.with_columns(taken=pl.min_horizontal("count", (rule.newest - before).clip(lower_bound=0)))
        part = few.group_by("lead_id").agg(summed(rule, pl.col("taken"), pl.lit(value=True)))
        found = found.join(part, on="lead_id", how="left")
    total = pl.col("fit_micro").cast(pl.Float64)
    for group in sorted({rule.group for rule in BEHAVIOUR}):
        within_group = [pl.col(rule.id).fill_null(0.0) for rule in BEHAVIOUR if rule.group == group]
        total = total + capped(pl.sum_horizontal(within_group), GROUP_CAPS.get(group))
    total = total + pl.sum_horizontal([pl.col(rule.id).fill_null(0.0) for rule in RECENT])
    return found.select("lead_id", total=total).collect()


ENGINES: dict[str, Callable[[Path], Found]] = {
    "polars": polars_from_store,
    "duckdb": duckdb_from_store,
    "duckdb, own file": duckdb_native,
}


# --- the comparison --------------------------------------------------------------------------------------


def ours(path: Path) -> Found:
    """What the product stored."""
    raw = sqlite3.connect(path)
    total = "fit_micro + engagement_micro + intent_micro"
    [[leads, points]] = raw.execute(f"SELECT count(*), sum({total}) FROM scores").fetchall()
    above = outcome(
        lambda least: raw.execute(f"SELECT count(*) FROM scores WHERE {total} >= ?", (least,)).fetchone()[0]
    )
    return {"leads": leads, "total": float(points), "above": above}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rivals", description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="made by benchmarks.portfolio --keep")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the rivals installed")
    parser.add_argument("--engine", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.engine == "native":
        make_native(asked.store)
        return 0
    if asked.engine:
        found = ENGINES[asked.engine](asked.store)
        print(json.dumps(found | {"peak_mb": peak_mb()}))
        return 0
    check = f"import {', '.join(NEEDS)}"
    if subprocess.run([asked.python, "-c", check], capture_output=True, check=False).returncode:
        print(f"{asked.python} lacks one of: {', '.join(NEEDS)}. Make an environment with them: "
              "python -m venv rivals && rivals/bin/pip install polars duckdb pyarrow adbc-driver-sqlite, "
              "then say --python rivals/bin/python", file=sys.stderr)  # fmt: skip
        return 2
    return _compare(asked.store, asked.python)


def _compare(store: Path, python: str) -> int:
    expected, failed = ours(store), False
    _product(store, expected["leads"])
    begin = [python, "-m", "benchmarks.rivals", "--store", str(store), "--engine"]
    subprocess.run([*begin, "native"], check=True)
    for engine in ENGINES:
        done = subprocess.run([*begin, engine], stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        is_same = found["above"] == expected["above"] and found["leads"] == expected["leads"]
        is_same = is_same and abs(found["total"] - expected["total"]) <= 2 * expected["leads"]
        failed = failed or not is_same
        print(
            f"{engine:<20}{found['cpu_s'] / found['leads'] * 1e6:8.1f} us CPU a lead "
            f"({found['leads'] / found['cpu_s']:,.0f} a CPU second), {found['peak_mb']:,.0f} MB peak, "
            f"one lead {found['one_ms']:.1f} ms; {'same scores' if is_same else 'OTHER SCORES'}",
            flush=True,
        )
    return int(failed)


def _product(store: Path, leads: int) -> None:
    """The line of the product, measured in this interpreter's environment."""
    scores, one = (
        json.loads(
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.portfolio",
                    "--step",
                    step,
                    "plain",
                    str(store),
                    str(leads),
                ],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            ).stdout.splitlines()[-1]
        )
        for step in ("scores", "one")
    )
    print(
        f"{'syncd':<20}{scores['cpu_s'] / leads * 1e6:8.1f} us CPU a lead "
        f"({scores['leads_a_cpu_s']:,.0f} a CPU second), {scores['peak_mb']:,.0f} MB peak, "
        f"one lead {one['median_ms_20']:.3f} ms",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
