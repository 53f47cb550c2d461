"""The funnel, counted from the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.metrics import LedgerEntry, funnel
from syncd.core.model import Cause, Stage

START = datetime(2026, 9, 1, tzinfo=UTC)
END = START + timedelta(days=30)


def entry(lead: int, day: float, stage: Stage, level: str = "", **parts: object) -> LedgerEntry:
    cause = parts.get("cause", Cause.CRITERIA_MET)
    number = parts.get("pass_number", 0)
    assert isinstance(cause, Cause)
    assert isinstance(number, int)
    return LedgerEntry(lead, START + timedelta(days=day), stage, level, cause, number)


LEDGER = [
    # 1 climbs every step and is won
    entry(1, 1, Stage.LEAD, cause=Cause.CREATED),
    entry(1, 2, Stage.MQL, "engaged"),
    entry(1, 3, Stage.MQL, "hot"),
    entry(1, 4, Stage.NEAR_SQL),
    entry(1, 5, Stage.SQL),
    entry(1, 5.1, Stage.HANDED_OFF),
    entry(1, 6, Stage.ACCEPTED),
    entry(1, 7, Stage.OPPORTUNITY),
    entry(1, 40, Stage.CUSTOMER),
    # 2 asks for a demo at once (S10), is sent back, returns and is handed over a second time
    entry(2, 1, Stage.LEAD, cause=Cause.CREATED),
    entry(2, 1, Stage.SQL, pass_number=1),
    entry(2, 1.1, Stage.HANDED_OFF, pass_number=1),
    entry(2, 3, Stage.REJECTED, pass_number=1),
    entry(2, 3, Stage.RECYCLED, pass_number=1),
    entry(2, 20, Stage.SQL, pass_number=2),
    entry(2, 20.1, Stage.HANDED_OFF, pass_number=2),
    # 3 was worked before we came, then won
    entry(3, 0, Stage.HANDED_OFF, cause=Cause.ADOPTED),
    entry(3, 5, Stage.ACCEPTED),
    # 4 came before the period and became SQL within it
    entry(4, -10, Stage.LEAD, cause=Cause.CREATED),
    entry(4, -9, Stage.MQL, "engaged"),
    entry(4, 2, Stage.SQL),
    # 5 only ever looked around
    entry(5, 8, Stage.LEAD, cause=Cause.CREATED),
]
FUNNEL = funnel(LEDGER, START, END, ("engaged", "hot"))


@pytest.mark.parametrize(
    ("step", "leads", "inferred", "times"),
    [
        ("lead", 3, 0, 3),
        ("mql", 2, 1, 2),  # lead 2 skipped it and has passed it all the same
        ("mql:engaged", 2, 1, 1),
        ("mql:hot", 2, 1, 1),
        ("near_sql", 1, 0, 1),  # a step one may properly do without
        ("sql", 2, 0, 3),
        ("handed_off", 2, 0, 3),
        ("accepted", 1, 0, 1),
        ("opportunity", 1, 0, 1),
        ("customer", 1, 0, 1),
        ("rejected", 1, 0, 1),
        ("recycled", 1, 0, 1),
        ("disqualified", 0, 0, 0),
    ],
)
def test_the_cohort_counts_people_skips_and_repeats(step: str, leads: int, inferred: int, times: int) -> None:
    """Leads first seen in the period, with all they did since; SQL, handed off and accepted stay three."""
    found = FUNNEL.cohort.step(step)
    assert (found.leads, found.inferred, found.times) == (leads, inferred, times)


@pytest.mark.parametrize(
    ("step", "leads", "inferred"),
    [("mql", 2, 1), ("sql", 3, 0), ("handed_off", 2, 0), ("accepted", 2, 0), ("customer", 0, 0)],
)
def test_the_period_counts_what_was_reached_in_it_by_whomever(step: str, leads: int, inferred: int) -> None:
    """Lead 4 was MQL before and skipped nothing; lead 3 was adopted beyond and skipped nothing either."""
    found = FUNNEL.period.step(step)
    assert (found.leads, found.inferred) == (leads, inferred)


def test_rates_are_of_the_same_people() -> None:
    """MQL to SQL of one cohort, never the MQLs of one month under the SQLs of another."""
    rates = {(item.origin, item.target): item for item in FUNNEL.rates}
    assert (rates["mql", "sql"].reached, rates["mql", "sql"].base) == (2, 2)
    assert rates["lead", "mql"].value == pytest.approx(2 / 3)
    assert rates["handed_off", "accepted"].value == pytest.approx(1 / 2)
    assert rates["mql", "customer"].reached == 1


def test_a_rate_of_nobody_is_no_number() -> None:
    """Not zero: zero would be a finding."""
    assert all(item.value is None for item in funnel([], START, END).rates)


def test_the_snapshot_shows_where_everybody_stands_at_the_end() -> None:
    """Lead 1 is won only afterwards."""
    assert FUNNEL.snapshot == {
        "accepted": 1,
        "handed_off": 1,
        "lead": 1,
        "opportunity": 1,
        "sql": 1,
    }


def test_adopted_leads_are_counted_apart() -> None:
    """They reached their stage before anybody watched."""
    assert FUNNEL.adopted == {"handed_off": 1}
    assert FUNNEL.cohort.step("handed_off").leads == 2


def test_levels_are_found_in_the_ledger_where_none_are_named() -> None:
    """In the order in which it first names them."""
    steps = [item.id for item in funnel(LEDGER, START, END).cohort.steps]
    assert steps[:4] == ["lead", "mql", "mql:engaged", "mql:hot"]
