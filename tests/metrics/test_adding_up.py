"""Reports over a split period add up to the whole, and groups to everybody; whatever the ledger holds."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.metrics import Counts, Funnel, LedgerEntry, Rate, funnel
from syncd.core.model import Cause, Stage
from syncd.core.velocity import STEPS, Pace, velocity
from tests.metrics.ledgers import at

LEVELS = ("engaged", "hot")
WHERE = st.sampled_from(
    [(Stage.MQL, "engaged"), (Stage.MQL, "hot")]
    + [(stage, "") for stage in Stage if stage not in (Stage.MQL, Stage.ERASED)]
)
CAUSES = st.sampled_from([Cause.CRITERIA_MET] * 6 + [Cause.UNDONE, Cause.MERGED])


@st.composite
def ledgers(draw: st.DrawFn) -> list[LedgerEntry]:
    """A few leads, each created or adopted, then moved anywhere at whole days, some moves taken back."""
    found = []
    for lead in range(1, draw(st.integers(1, 5)) + 1):
        days = sorted(draw(st.lists(st.integers(0, 40), min_size=1, max_size=8)))
        stage, level = draw(WHERE)
        is_adopted = draw(st.booleans())
        first = (stage, level, Cause.ADOPTED) if is_adopted else (Stage.LEAD, "", Cause.CREATED)
        found.append(LedgerEntry(lead, at(days[0]), *first))
        for day in days[1:]:
            stage, level = draw(WHERE)
            cause = draw(CAUSES)
            undoes = draw(st.integers(0, 3)) if cause is Cause.UNDONE else 0
            found.append(LedgerEntry(lead, at(day), stage, level, cause, undoes=undoes))
    return found


def added(*parts: Counts) -> dict[str, Counter[str]]:
    """By step: leads, skipped ones and times of all parts together."""
    found: dict[str, Counter[str]] = {}
    for part in parts:
        for step in part.steps:
            counted = Counter(leads=step.leads, inferred=step.inferred, times=step.times)
            found[step.id] = found.get(step.id, Counter()) + counted
    return {step: counts for step, counts in found.items() if counts}


def rates(*parts: Funnel) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for part in parts:
        for rate in part.rates:
            found[rate.origin, rate.target, "reached"] += rate.reached
            found[rate.origin, rate.target, "base"] += rate.base
    return +found


def times(*parts: Funnel) -> Counter[str]:
    found: Counter[str] = Counter()
    for part in parts:
        found.update({step.id: step.times for step in part.period.steps})
    return +found


@given(ledgers(), st.integers(0, 41))
def test_two_periods_are_their_whole(ledger: list[LedgerEntry], cut: int) -> None:
    """Cohorts, rates above and below the line, moves and adopted leads; the snapshot is the later one's."""
    whole = funnel(ledger, at(0), at(41), LEVELS)
    first, second = funnel(ledger, at(0), at(cut), LEVELS), funnel(ledger, at(cut), at(41), LEVELS)
    assert added(first.cohort, second.cohort) == added(whole.cohort)
    assert rates(first, second) == rates(whole)
    assert times(first, second) == times(whole)
    assert Counter(first.adopted) + Counter(second.adopted) == Counter(whole.adopted)
    assert second.snapshot == whole.snapshot


@given(ledgers())
def test_groups_are_everybody(ledger: list[LedgerEntry]) -> None:
    """Whoever is in which group, as long as each is in one."""
    whole = funnel(ledger, at(5), at(30), LEVELS)
    odd, even = (
        funnel([entry for entry in ledger if entry.lead_id % 2 == rest], at(5), at(30), LEVELS)
        for rest in (1, 0)
    )
    assert added(odd.cohort, even.cohort) == added(whole.cohort)
    assert added(odd.period, even.period) == added(whole.period)
    assert rates(odd, even) == rates(whole)
    assert Counter(odd.snapshot) + Counter(even.snapshot) == Counter(whole.snapshot)


@given(ledgers())
def test_every_number_is_that_of_its_leads(ledger: list[LedgerEntry]) -> None:
    """What `--list` names is what was counted."""
    found = funnel(ledger, at(5), at(30), LEVELS)
    for step in (*found.cohort.steps, *found.period.steps):
        assert (len(step.who), len(step.skipped_by)) == (step.leads, step.inferred)
        assert step.skipped_by <= step.who
    for rate in found.rates:
        assert_listed(rate)
    assert {name: len(who) for name, who in found.standing.items()} == found.snapshot
    assert {name: len(who) for name, who in found.adopted_at.items()} == found.adopted
    assert all(rate.who <= found.first_at[rate.origin].keys() for rate in found.rates)


def assert_listed(rate: Rate) -> None:
    assert (len(rate.reached_by), len(rate.who)) == (rate.reached, rate.base)
    assert rate.reached_by <= rate.who


@given(ledgers(), st.integers(0, 41))
def test_waits_of_two_periods_are_those_of_the_whole(ledger: list[LedgerEntry], cut: int) -> None:
    """Each begins in one of them, and is followed to the same day."""
    whole = velocity(ledger, at(0), at(41), at(45))
    first, second = velocity(ledger, at(0), at(cut), at(45)), velocity(ledger, at(cut), at(41), at(45))
    assert [(item.origin, item.target) for item in whole] == list(STEPS)
    for one, other, both in zip(first, second, whole, strict=True):
        assert [x + y for x, y in zip(counts(one), counts(other), strict=True)] == counts(both)
        assert both.begun == both.arrived + both.left + both.open
        assert both.who["begun"] == both.who["arrived"] | both.who["left"] | both.who["open"]
        assert all(len(both.who[end]) <= getattr(both, end) for end in both.who)


def counts(pace: Pace) -> list[int]:
    return [pace.begun, pace.arrived, pace.left, pace.open]
