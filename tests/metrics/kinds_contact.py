"""Examples about first contact and hops: `spread`, `met` and `hop`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from syncd.core import latency
from syncd.core.sla.clock import State
from syncd.core.sla.measures import Measure, Spread, spread
from tests.metrics.kinds import Numbers, kind
from tests.metrics.ledgers import START

NONE = Spread(0, None, None)


@kind("spread")
def durations(facts: tuple[str, ...]) -> Numbers:
    """Numbers, blank-separated; `-` is one that does not exist."""
    found = spread(None if part == "-" else float(part) for part in " ".join(facts).split())
    return {"count": found.count, "median": found.median, "p90": found.p90}


@kind("met")
def met(facts: tuple[str, ...]) -> Numbers:
    """One state per clock."""
    states = [State(part) for part in " ".join(facts).split()]
    line = Measure("all", "", len(states), {state: states.count(state) for state in State}, NONE, NONE, NONE)
    return {"clocks": line.clocks, "met_share": line.met_share} | {
        str(state): count for state, count in line.states.items()
    }


@kind("hop")
def hops(facts: tuple[str, ...]) -> Numbers:
    """One hand-off per line: seconds from the change at which it was known, decided, sent, confirmed, told;
    `-` for what has not happened."""
    names = ("known_at", "decided_at", "sent_at", "confirmed_at", "alerted_at")
    made = []
    for fact in facts:
        item = latency.HandOff(START, None, START, None, None, None)
        for name, part in zip(names, fact.split(), strict=True):
            if part != "-":
                at: Any = START + timedelta(seconds=float(part))
                item = replace(item, **{name: at})
        made.append(item)
    numbers: dict[str, float | None] = {"handoffs": len(made)}
    for hop in latency.hops(made):
        for name in ("count", "median_s", "p95_s", "slowest_s"):
            numbers[f"{hop.id}.{name}"] = getattr(hop, name)
    return numbers | {f"whole_s.{place}": latency.whole_s(item) for place, item in enumerate(made, 1)}
