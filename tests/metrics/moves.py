"""Ledgers as people write them, as moves: `1 lead, 2 sql, 3 handed_off, 9 rejected:no_budget`, in days.

Each `sql` begins a pass, by a decisive action; `sql!` has no evidence, `sql?` was corrected in by hand. What
follows belongs to the pass.
"""

from __future__ import annotations

from collections.abc import Iterable

from syncd.core.history import History, history
from syncd.core.model import Cause, Position, Stage, Transition
from tests.metrics.ledgers import at

_CAUSES = {
    Stage.LEAD: Cause.CREATED,
    Stage.SQL: Cause.DECISIVE_ACTION,
    Stage.HANDED_OFF: Cause.DELIVERED,
    Stage.ACCEPTED: Cause.SALES_ACCEPTED,
    Stage.OPPORTUNITY: Cause.OPPORTUNITY_OPENED,
    Stage.CUSTOMER: Cause.OPPORTUNITY_WON,
    Stage.LOST: Cause.OPPORTUNITY_LOST,
    Stage.REJECTED: Cause.SALES_REJECTED,
    Stage.RECYCLED: Cause.RECYCLED,
    Stage.DISQUALIFIED: Cause.SALES_DISQUALIFIED,
}
EVIDENCE = 1


def moves(told: str) -> tuple[Transition, ...]:
    """The moves of one lead; words that name no stage are left out."""
    found: list[Transition] = []
    number = 0
    for part in told.split(","):
        days, *words = part.split()
        name, _colon, code = words[-1].partition(":")
        mark = name[-1] if name[-1] in "!?" else ""
        name = name.rstrip("!?")
        if name not in set(Stage):
            continue
        stage = Stage(name)
        number += stage is Stage.SQL
        cause = Cause.CORRECTED if mark == "?" else _CAUSES.get(stage, Cause.CRITERIA_MET)
        found.append(
            Transition(
                at(float(days)),
                found[-1].target if found else None,
                Position(stage, code if stage is Stage.MQL else ""),
                Cause.ADOPTED if "adopted" in words else cause,
                "" if stage is Stage.MQL else code,
                number,
                (EVIDENCE,) if stage is Stage.SQL and not mark else (),
            )
        )
    return tuple(found)


def people(facts: Iterable[str]) -> dict[int, History]:
    """The history of each line, numbered from 1."""
    return {number: history([moves(fact.partition(":")[2])]) for number, fact in enumerate(facts, 1)}


def period(facts: Iterable[str]) -> tuple[list[str], float, float]:
    """The lines about people, and the days of `period A to B` (the last within); else the first thirty."""
    first, last, told = 0.0, 30.0, []
    for fact in facts:
        words = fact.split()
        if words[0] == "period":
            first, last = float(words[1]), float(words[3]) + 1
        else:
            told.append(fact)
    return told, first, last
