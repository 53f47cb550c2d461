"""The funnel, counted from the ledger: cohort, period and snapshot beside each other, never blended.

A *cohort* are the leads first seen in a period, and how far they came; a *period* are the steps taken in it,
by whomever; a *snapshot* is where everybody stands at its end. Adopted positions were never reached under our
eyes and are counted apart. SQL, handed off and accepted stay three numbers. Who skipped a step has passed it,
and is counted in `inferred`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TypeAlias

from syncd.core.model import Cause, Position, Stage
from syncd.core.survival import wilson

_LADDER = (
    Stage.NEAR_SQL,
    Stage.SQL,
    Stage.HANDED_OFF,
    Stage.ACCEPTED,
    Stage.OPPORTUNITY,
    Stage.CUSTOMER,
)
"""The steps above the MQL levels, lowest first."""

_OPTIONAL = frozenset({Stage.NEAR_SQL})
"""Steps that a lead may properly do without; skipping one is not inferred as having passed it."""

_ASIDE = (Stage.REJECTED, Stage.LOST, Stage.RECYCLED, Stage.DISQUALIFIED)
"""Ways out of the ladder, counted but part of no conversion."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row of the ledger, as counting needs it."""

    lead_id: int
    effective_at: datetime
    to_stage: Stage | str
    to_level: str = ""
    cause: Cause | str = ""
    pass_number: int = 0
    undoes: int = 0  # how many entries of the lead before it a reversing entry takes back
    record: int = 0  # the lead it was recorded of, where that was merged into `lead_id` since; else 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `leads` who passed it (people, not times), of whom `inferred` skipped it; `times` it was
    reached, repeats counted. `who` and `skipped_by` are those people."""

    id: str
    leads: int
    inferred: int
    times: int
    who: Set[int] = field(default=frozenset(), repr=False)
    skipped_by: Set[int] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Rate:
    """Share of those at `origin` who came to `target`. `value` is None while nobody is at `origin`."""

    origin: str
    target: str
    reached: int
    base: int
    who: Set[int] = field(default=frozenset(), repr=False)  # at `origin`
    reached_by: Set[int] = field(default=frozenset(), repr=False)

    @property
    def value(self) -> float | None:
        return self.reached / self.base if self.base else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies with 95 % confidence; None of nobody."""
        return wilson(self.reached, self.base)


@dataclass(frozen=True, slots=True)
class Counts:
    """Steps of the ladder in order, then the ways out."""

    steps: tuple[Step, ...]

    def step(self, step_id: str) -> Step:
        """The named step; one of nobody where no lead came near it."""
        return next((step for step in self.steps if step.id == step_id), Step(step_id, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class Funnel:
    """The funnel of a period. Step ids: `lead`, `mql`, `mql:<level>`, then the names of the stages.

    `cohort`: leads first seen in the period (not adopted), with all they did since, as far as the entries go;
    `rates` are the cohort's. `period`: what was reached within the period, by whomever: no rates, since those
    at two steps are different people. `snapshot`: where everybody stands at `until`, by position. `adopted`:
    leads taken over at the baseline in the period, by the position both CRMs showed.
    """

    since: datetime
    until: datetime
    cohort: Counts
    rates: tuple[Rate, ...]
    period: Counts
    snapshot: Mapping[str, int]
    adopted: Mapping[str, int]
    standing: Mapping[str, Set[int]] = field(default_factory=dict, repr=False)  # who, by position
    adopted_at: Mapping[str, Set[int]] = field(default_factory=dict, repr=False)
    first_at: Mapping[str, Mapping[int, datetime]] = field(default_factory=dict, repr=False)
    """Of the cohort, by step: when each lead had first come to it or beyond."""


def funnel(
    entries: Iterable[LedgerEntry], since: datetime, until: datetime, levels: Sequence[str] = ()
) -> Funnel:
    """The funnel of `since <= t < until`. `levels` are the MQL levels, lowest first; where not given, the
    levels met are taken in the order in which the ledger first names them. What was taken back was not
    reached; the snapshot is as the ledger says."""
    ordered = sorted(entries, key=lambda entry: entry.effective_at)  # stable: the ledger's order breaks ties
    ladder = _ladder(levels or _levels_met(ordered))
    everything, ordered = ordered, not_undone(ordered)
    first: dict[int, LedgerEntry] = {}
    for entry in ordered:
        first.setdefault(entry.lead_id, entry)
    adopted = {lead for lead, entry in first.items() if entry.cause == Cause.ADOPTED}
    within = [entry for entry in ordered if since <= entry.effective_at < until]
    entered = {entry.lead_id for entry in within if entry is first[entry.lead_id]} - adopted
    own = [entry for entry in ordered if entry.lead_id in entered]
    cohort = _passed(own)
    moved = _passed(entry for entry in within if entry.cause != Cause.ADOPTED)
    earlier = _passed(entry for entry in ordered if entry.effective_at < since)
    standing = _positions(entry for entry in everything if entry.effective_at < until)
    taken_over = _positions(entry for entry in within if entry.cause == Cause.ADOPTED)
    return Funnel(
        since,
        until,
        cohort=Counts(tuple(_steps(cohort, _skipped(cohort, ladder), ladder))),
        rates=tuple(_rates(cohort, _skipped(cohort, ladder), ladder)),
        period=Counts(tuple(_steps(moved, _skipped(moved, ladder, earlier, adopted), ladder))),
        snapshot={position: len(who) for position, who in standing.items()},
        adopted={position: len(who) for position, who in taken_over.items()},
        standing=standing,
        adopted_at=taken_over,
        first_at=_first_at(own, ladder),
    )


def not_undone(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The entries that count as steps: what was taken back was not reached, and going back is no step."""
    left: dict[int, list[int]] = defaultdict(list)
    for number, entry in enumerate(entries):
        mine = left[entry.lead_id]
        if entry.cause == Cause.UNDONE:
            del mine[max(0, len(mine) - entry.undoes) :]
        else:
            mine.append(number)
    kept = {number for mine in left.values() for number in mine}
    return [entry for number, entry in enumerate(entries) if number in kept]


def _levels_met(entries: Iterable[LedgerEntry]) -> list[str]:
    return list(dict.fromkeys(e.to_level for e in entries if e.to_stage == Stage.MQL and e.to_level))


def _ladder(levels: Iterable[str]) -> tuple[str, ...]:
    return ("lead", "mql", *(f"mql:{level}" for level in levels), *map(str, _LADDER))


def _reached(entry: LedgerEntry) -> tuple[str, ...]:
    """The steps one entry reaches: an MQL level is also an MQL."""
    if entry.to_stage == Stage.MQL:
        return ("mql", f"mql:{entry.to_level}") if entry.to_level else ("mql",)
    return (str(entry.to_stage),)


_People: TypeAlias = Mapping[str, Counter[int]]
"""By step: how often each lead reached it."""


def _passed(entries: Iterable[LedgerEntry]) -> _People:
    passed: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for entry in entries:
        for step in () if entry.cause == Cause.MERGED else _reached(entry):
            passed[step][entry.lead_id] += 1
    return passed


def _skipped(
    passed: _People, ladder: Sequence[str], earlier: _People | None = None, adopted: Set[int] = frozenset()
) -> Mapping[str, Set[int]]:
    """By step: who reached a higher one without it, now or `earlier`. Somebody `adopted` half-way up did not
    skip what lies below."""
    skipped: dict[str, Set[int]] = {}
    above: set[int] = set()
    for step in reversed(ladder):
        here = set(passed.get(step, ()))
        before = set((earlier or {}).get(step, ()))
        skipped[step] = frozenset() if step in _OPTIONAL else above - here - before - adopted
        above |= here
    return skipped


def _steps(passed: _People, skipped: Mapping[str, Set[int]], ladder: Sequence[str]) -> Iterator[Step]:
    for step in (*ladder, *map(str, _ASIDE)):
        people = passed.get(step, Counter())
        jumped = skipped.get(step, frozenset())
        who = frozenset(people) | jumped
        yield Step(step, len(who), len(jumped), people.total(), who, jumped)


def _rates(passed: _People, skipped: Mapping[str, Set[int]], ladder: Sequence[str]) -> Iterator[Rate]:
    """From each step to the next, levels and optional steps left out; and from MQL to the end."""
    chain = [step for step in ladder if step not in _OPTIONAL and not step.startswith("mql:")]
    for low, high in (*pairwise(chain), ("mql", "opportunity"), ("mql", "customer")):
        base, reached = ({*passed.get(step, ()), *skipped[step]} for step in (low, high))
        yield Rate(low, high, len(base & reached), len(base), base, base & reached)


def _positions(entries: Iterable[LedgerEntry]) -> Mapping[str, Set[int]]:
    """Which leads stand at each position, by the last of their `entries`."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for entry in {entry.lead_id: entry for entry in entries}.values():
        found[str(Position(Stage(entry.to_stage), entry.to_level))].add(entry.lead_id)
    return dict(sorted(found.items()))


def _first_at(entries: Iterable[LedgerEntry], ladder: Sequence[str]) -> Mapping[str, Mapping[int, datetime]]:
    """By step: when each lead first came to it or, having skipped it, beyond."""
    height = {step: number for number, step in enumerate(ladder)}
    found: dict[str, dict[int, datetime]] = {step: {} for step in ladder}
    for entry in entries:
        top = max((height[step] for step in _reached(entry) if step in height), default=-1)
        for step in ladder[: top + 1]:
            found[step].setdefault(entry.lead_id, entry.effective_at)
    return found
