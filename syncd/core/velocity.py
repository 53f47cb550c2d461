"""How long leads take from step to step, counted from the ledger, with those still on their way.

A wait begins when a lead comes to the step it starts from, and ends when it has come to the next one or
beyond. Who falls below, is sent back, lost or kept out has left: watched until then, and not any more. Who is
still there is watched until now. A lead that comes again waits again. Adopted and merged positions begin
nothing: nobody saw when they were reached.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from types import MappingProxyType
from typing import Final

from syncd.core.metrics import Funnel, LedgerEntry, Rate, not_undone
from syncd.core.model import Cause, Stage
from syncd.core.survival import Wait, curve, days_until, happened_share

_DAY_S = 86_400.0
_HEIGHT: Final[Mapping[str, int]] = MappingProxyType(
    {
        str(stage): height
        for height, stage in enumerate(
            (
                Stage.LEAD,
                Stage.MQL,
                Stage.NEAR_SQL,
                Stage.SQL,
                Stage.HANDED_OFF,
                Stage.ACCEPTED,
                Stage.OPPORTUNITY,
                Stage.CUSTOMER,
            )
        )
    }
)
_OUT = -1
STEPS: Final = (
    ("lead", "mql"),
    ("mql", "sql"),
    ("near_sql", "sql"),
    ("sql", "handed_off"),
    ("handed_off", "accepted"),
    ("accepted", "opportunity"),
    ("opportunity", "customer"),
    ("mql", "opportunity"),
    ("mql", "customer"),
    ("sql", "customer"),
)
"""The ways reported, by the stage they start from and the one they lead to."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One wait of one lead: when it began, for how many days it was watched, and how it ended (`arrived`,
    `left` or `open`)."""

    lead_id: int
    began_at: datetime
    days: float
    end: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one way takes. Days; None where so many have not arrived. `median_days` and `p90_days` count
    those still open; `arrived_median_days` is of those who arrived alone, and always faster."""

    origin: str
    target: str
    begun: int
    arrived: int
    left: int
    open: int
    median_days: float | None
    p90_days: float | None
    arrived_median_days: float | None
    arrived_share: float
    who: Mapping[str, Set[int]]

    @property
    def id(self) -> str:
        return f"{self.origin}-{self.target}"


def spells(entries: Iterable[LedgerEntry], origin: str, target: str, as_of: datetime) -> tuple[Spell, ...]:
    """Every wait from `origin` for `target`, by lead and time, as known at `as_of`."""
    by_record: defaultdict[int, list[LedgerEntry]] = defaultdict(list)
    ordered = sorted((entry for entry in entries if entry.effective_at <= as_of), key=_when)
    for entry in not_undone(ordered):
        by_record[entry.record or entry.lead_id].append(entry)
    found: list[Spell] = []
    for record in sorted(by_record):
        found += _of_one(by_record[record], _HEIGHT[origin], _HEIGHT[target], as_of)
    return tuple(found)


def _when(entry: LedgerEntry) -> datetime:
    return entry.effective_at


def _of_one(moves: Sequence[LedgerEntry], origin: int, target: int, as_of: datetime) -> list[Spell]:
    found: list[Spell] = []
    began_at: datetime | None = None
    for move in moves:
        height = _HEIGHT.get(str(move.to_stage), _OUT)
        is_seen = move.cause not in (Cause.ADOPTED, Cause.MERGED)
        if began_at is not None and (height >= target or height < origin or not is_seen):
            end = "arrived" if height >= target and is_seen else "left"
            found.append(_spell(move.lead_id, began_at, move.effective_at, end))
            began_at = None
        if began_at is None and height == origin and is_seen:
            began_at = move.effective_at
    if began_at is not None:
        found.append(_spell(moves[-1].lead_id, began_at, as_of, "open"))
    return found


def _spell(lead_id: int, began_at: datetime, ended_at: datetime, end: str) -> Spell:
    return Spell(lead_id, began_at, max(0.0, (ended_at - began_at).total_seconds() / _DAY_S), end)


def pace(origin: str, target: str, found: Sequence[Spell]) -> Pace:
    """The figures of these waits."""
    points = curve(Wait(spell.days, spell.end == "arrived") for spell in found)
    arrived = [spell.days for spell in found if spell.end == "arrived"]
    who: dict[str, Set[int]] = {"begun": {spell.lead_id for spell in found}}
    for end in ("arrived", "left", "open"):
        who[end] = {spell.lead_id for spell in found if spell.end == end}
    return Pace(
        origin=origin,
        target=target,
        begun=len(found),
        arrived=len(arrived),
        left=sum(spell.end == "left" for spell in found),
        open=sum(spell.end == "open" for spell in found),
        median_days=days_until(points, 0.5),
        p90_days=days_until(points, 0.9),
        arrived_median_days=median(arrived) if arrived else None,
        arrived_share=happened_share(points),
        who=who,
    )


def velocity(
    entries: Iterable[LedgerEntry], since: datetime | None, until: datetime, as_of: datetime
) -> tuple[Pace, ...]:
    """The pace of every way, of the waits that began in `since <= t < until`, followed until `as_of`."""
    known = list(entries)
    return tuple(
        pace(
            origin,
            target,
            [
                spell
                for spell in spells(known, origin, target, as_of)
                if (since is None or spell.began_at >= since) and spell.began_at < until
            ],
        )
        for origin, target in STEPS
    )


# --- how ripe a rate is ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ripe:
    """How ripe a rate is: everybody's median time for it, and who of its base has had as long. None, and
    nobody, while not half have arrived."""

    median_days: float | None
    who: Set[int]


def medians(
    entries: Iterable[LedgerEntry], rates: Iterable[Rate], now: datetime
) -> Mapping[tuple[str, str], float | None]:
    """Everybody's median time for each of these ways, those still open counted."""
    known = list(entries)
    ways = {(rate.origin, rate.target) for rate in rates}
    return {way: pace(*way, spells(known, *way, now)).median_days for way in ways}


def ripe(found: Funnel, rate: Rate, usual: Mapping[tuple[str, str], float | None], now: datetime) -> Ripe:
    """Who of a rate's base came to its origin, or beyond, at least the usual time ago."""
    days = usual[rate.origin, rate.target]
    if days is None:
        return Ripe(None, frozenset())
    latest = now - timedelta(days=days)
    begun = found.first_at[rate.origin]
    return Ripe(days, {lead_id for lead_id in rate.who if begun[lead_id] <= latest})
