"""`syncd report velocity` counted again from SQL on: waits from both systems' histories, and Kaplan-Meier by
hand; the way to the hand-off of everybody, the ways after it of those whose story `Clocks` can tell.

Salesforce dates the hand-off, and the looks that saw it what sales did then. That somebody qualified is our
judgement, no act in a system: what the contact in HubSpot was told of it dates it (`syncd_last_sql_at`). Not
counted: what lies before SQL, for that reason, and the first attempt, which `check_the_clocks` counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any, NamedTuple

import pytest

from syncd.core.velocity import velocity
from syncd.jobs.funnel import pace
from syncd.jobs.reports import ledger_entries
from tests.year.clocks import ACCEPTED_BY, DEAL, HANDED, WON, Clocks
from tests.year.life import Life
from tests.year.recount import Person, Recount
from tests.year.tallied import DAY, keys

NEARLY = timedelta(seconds=2) / DAY  # HubSpot is told whole seconds
QUALIFIED, BELOW = "qualified", {"lead", "mql", "near_sql", "disqualified"}
LADDER = (QUALIFIED, HANDED, ACCEPTED_BY, DEAL, WON)
STEPS = ("sql", "handed_off", "accepted", "opportunity", "customer")
WAYS = (
    "sql-handed_off",
    "handed_off-accepted",
    "accepted-opportunity",
    "opportunity-customer",
    "sql-customer",
)


class Waited(NamedTuple):
    key: str
    days: float
    end: str  # `arrived`, `left` or `open`


def figures(waits: Sequence[Waited]) -> dict[str, float | None]:
    """What the report says of them, by its names."""
    came = [item.days for item in waits if item.end == "arrived"]
    said: dict[str, float | None] = {"arrived_median_days": median(came) if came else None}
    said |= {end: sum(item.end == end for item in waits) for end in ("arrived", "left", "open")}
    waiting, said["median_days"], said["p90_days"] = Fraction(1), None, None
    for days in sorted(set(came)):
        waiting *= 1 - Fraction(came.count(days), sum(item.days >= days for item in waits))
        for name, share in (("median_days", Fraction(1, 2)), ("p90_days", Fraction(9, 10))):
            said[name] = days if said[name] is None and waiting <= 1 - share else said[name]
    return said | {"arrived_share": float(1 - waiting)}


def moves_of(clocks: Clocks, person: Person) -> list[tuple[datetime, str]]:
    """Where the person stood since first qualified, oldest first."""
    told = [write for write in clocks.counted.sandbox.hubspot.writes if write.id in person.numbers]
    said = {write.after.get("syncd_last_sql_at") for write in told if write.type == "contacts"}
    began = [(datetime.fromisoformat(at), QUALIFIED) for at in said if at]
    fell = [move for move in person.shown if move[1] in BELOW and began and move[0] > min(began)[0]]
    return sorted([*fell, *began, *(clocks.story(person).moves if began else ())], key=lambda move: move[0])


def waits_of(key: str, moves: list[tuple[datetime, str]], way: str, now: datetime) -> list[Waited]:
    """The waits of one person on one way."""
    low, high = (STEPS.index(step) for step in way.split("-"))
    found: list[Waited] = []
    began_at: datetime | None = None
    for at, stage in moves:
        height = LADDER.index(stage) if stage in LADDER else -1
        if began_at is not None and not low <= height < high:
            found.append(Waited(key, (at - began_at) / DAY, "arrived" if height >= high else "left"))
            began_at = None
        began_at = at if began_at is None and height == low else began_at
    return found if began_at is None else [*found, Waited(key, (now - began_at) / DAY, "open")]


def check_the_pace(lived: Life, counted: Recount) -> dict[str, dict[str, float | None]]:
    """Way by way the same people, waits and figures. The figures, by way."""
    names, now, clocks = keys(lived), lived.it.now, Clocks(counted, lived.it.now)
    report = pace(lived.it.store, lived.it.loaded.playbook, None, now + DAY, now)
    data: Any = report.data
    whole = {f"{way['from']}-{way['to']}": way for way in data["ways"]}
    told = {person.key for person in counted.people if person.handed and clocks.is_told(person)}
    with lived.it.store.read() as tx:
        theirs = [entry for entry in ledger_entries(tx) if names.get(entry.lead_id) in told]
    part = {found.id: asdict(found) for found in velocity(theirs, None, now + DAY, now)}  # as --by counts
    moves = {person.key: moves_of(clocks, person) for person in counted.people}
    different, made = [], {}
    for way in WAYS:
        who, shown = (set(moves), whole[way]) if way == WAYS[0] else (told, part[way])
        waits = [item for key in who for item in waits_of(key, moves[key], way, now)]
        made[way] = figures(waits)
        for end in ("arrived", "left", "open"):
            listed = {names.get(lead, "") for lead in report.sections[0].leads[f"{way}.{end}"]} & who
            if apart := listed ^ {item.key for item in waits if item.end == end}:
                different.append(f"{way}, {end}: only the report or only both systems name {sorted(apart)}")
        for name, figure in made[way].items():
            if shown[name] != pytest.approx(figure, abs=NEARLY):
                different.append(f"{way}, {name}: the report says {shown[name]}, both systems {figure}")
    assert not different, "\n".join(different)
    return made
