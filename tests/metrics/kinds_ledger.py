"""Examples about the ledger: `funnel` and `velocity`.

`Name: DAY STEP, DAY STEP` is one lead; `period A to B` the days it covers, the last one within; `now N` the
day it is. Both default to the first thirty days.
"""

from __future__ import annotations

from syncd.core import metrics, velocity
from tests.metrics.kinds import Numbers, kind
from tests.metrics.ledgers import at, entries


def _read(facts: tuple[str, ...]) -> tuple[list[metrics.LedgerEntry], float, float, float]:
    first, last, now = 0.0, 30.0, 30.0
    leads = []
    for fact in facts:
        words = fact.split()
        if words[0] == "period":
            first, last = float(words[1]), float(words[3]) + 1
        elif words[0] == "now":
            now = float(words[1])
        else:
            leads.append(fact)
    return entries(leads), first, last, now


@kind("funnel")
def funnel(facts: tuple[str, ...]) -> Numbers:
    """Every number of `syncd report funnel`, by key and step."""
    known, first, last, now = _read(facts)
    known = [entry for entry in known if entry.effective_at <= at(now)]
    found = metrics.funnel(known, at(first), at(last), ("engaged", "hot"))
    usual = velocity.medians(known, found.rates, at(now))
    numbers: dict[str, float | None] = {}
    for name, counts in (("cohort", found.cohort), ("period", found.period)):
        for step in counts.steps:
            numbers |= {
                f"{name}.{step.id}.leads": step.leads,
                f"{name}.{step.id}.inferred": step.inferred,
                f"{name}.{step.id}.times": step.times,
            }
    for rate in found.rates:
        low, high = rate.interval or (None, None)
        ripe = velocity.ripe(found, rate, usual, at(now))
        is_known = ripe.median_days is not None
        numbers |= {
            f"{rate.origin}-{rate.target}.{name}": value
            for name, value in {
                "reached": rate.reached,
                "base": rate.base,
                "value": rate.value,
                "low": low,
                "high": high,
                "median_days": ripe.median_days,
                "mature": len(ripe.who) if is_known else None,
                "maturity": len(ripe.who) / rate.base if is_known and rate.base else None,
            }.items()
        }
    numbers |= {f"snapshot.{name}": count for name, count in found.snapshot.items()}
    return numbers | {f"adopted.{name}": count for name, count in found.adopted.items()}


@kind("velocity")
def paces(facts: tuple[str, ...]) -> Numbers:
    """Every number of `syncd report velocity`, by way."""
    known, first, last, now = _read(facts)
    names = ("begun", "arrived", "left", "open", "median_days", "p90_days")
    return {
        f"{item.id}.{name}": getattr(item, name)
        for item in velocity.velocity(known, at(first), at(last), at(now))
        for name in (*names, "arrived_median_days", "arrived_share")
    }
