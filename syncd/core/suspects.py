"""Which criterion or piece of content goes with what comes back: shares compared, and said only if sure.

Among the people sales gave back, and among those it accepted, a value has a share each: a letter that
counted as known, an offer, a source. The difference is said when enough people are decided and its interval
leaves no room for chance, however many values were looked at: the more comparisons, the wider each interval,
so that all hold together with 95 % confidence (Bonferroni). Newcombe, "Interval estimation for the difference
between independent proportions", method 10 (1998). Each person counts once, by the pass decided last: those
of one person are no independent evidence. What goes together is not yet a cause; the sentence says where to
look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final, Literal

from syncd.core import claims
from syncd.core.reversions import Passed
from syncd.core.survival import wilson

PEOPLE_MIN: Final = 20
"""Decided people on either side below which nothing is compared."""
SEEN_MIN: Final = 5
"""People with the value, and without it, below which it is not compared."""
SAID_MAX: Final = 8
"""Sentences in one report: the surest."""
CONFIDENCE: Final = 0.95

Sort = Literal["letter", "criterion", "offer", "channel", "level", "band", "grade", "carried"]
CONTENT: Final = frozenset({"offer"})
_GROUPED: Final[tuple[Sort, ...]] = ("offer", "channel", "level", "band", "carried")


@dataclass(frozen=True, slots=True, order=True)
class Feature:
    """One value that a pass may have: of a letter or criterion its id, else the value as people read it."""

    sort: Sort
    name: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """One value that goes with coming back, for one objection or (blank) for all. `back` of `back_base`
    people given back had it, `kept` of `kept_base` accepted ones; `low` and `high` bound the difference of
    the shares. `who` are the people given back who had it."""

    feature: Feature
    objection: str
    back: int
    back_base: int
    kept: int
    kept_base: int
    low: float
    high: float
    who: Set[int]

    @property
    def difference(self) -> float:
        return self.back / self.back_base - self.kept / self.kept_base


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in how many comparisons: each value once, where it is surest, and the surest first.
    `given_back` and `accepted` are the people there were to compare."""

    found: tuple[Suspect, ...]
    comparisons: int
    given_back: int
    accepted: int

    @property
    def has_enough(self) -> bool:
        return min(self.given_back, self.accepted) >= PEOPLE_MIN


def difference(back: int, back_base: int, kept: int, kept_base: int, z: float) -> tuple[float, float]:
    """Where the true difference of the two shares lies (Newcombe); both bases are more than none."""
    mine, theirs = wilson(back, back_base, z), wilson(kept, kept_base, z)
    assert mine is not None
    assert theirs is not None
    first, second = back / back_base, kept / kept_base
    apart = first - second
    low = apart - sqrt((first - mine[0]) ** 2 + (theirs[1] - second) ** 2)
    return low, apart + sqrt((mine[1] - first) ** 2 + (second - theirs[0]) ** 2)


def z_of(comparisons: int) -> float:
    """How many standard deviations an interval needs, for so many to hold together with 95 % confidence."""
    return NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * max(1, comparisons)))


# --- looking ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pair:
    """One comparison: who was given back (for the objection) and accepted, and of both who has the value."""

    feature: Feature
    objection: str
    back: Set[int]
    kept: Set[int]
    has: Set[int]


def look(found: Iterable[Passed], unknown: str, objections: Iterable[str] = ()) -> Looked:
    """Every value against coming back at all, and for each of these objections alone. `unknown` is what
    a dimension says where nothing is known: that is no value."""
    people = _latest(found)
    back = [item for item in people if item.fate == "given_back"]
    kept = [item for item in people if item.fate == "accepted"]
    given = {"": back} | {name: [item for item in back if item.objection == name] for name in objections}
    pairs = [
        pair
        for objection, mine in given.items()
        if min(len(mine), len(kept)) >= PEOPLE_MIN
        for pair in _pairs(objection, mine, kept, unknown)
    ]
    z = z_of(len(pairs))
    surest: dict[Feature, Suspect] = {}
    for suspect in sorted(filter(None, (_judge(pair, z) for pair in pairs)), key=_order):
        surest.setdefault(suspect.feature, suspect)
    return Looked(tuple(surest.values())[:SAID_MAX], len(pairs), len(back), len(kept))


def _order(item: Suspect) -> tuple[float, str, Feature]:
    return -item.low, item.objection, item.feature


def _latest(found: Iterable[Passed]) -> list[Passed]:
    """One decided pass for each person: the last."""
    last: dict[int, Passed] = {}
    for item in sorted(found, key=lambda item: (item.handed_off_at, item.number)):
        if item.fate != "open":
            last[item.lead_id] = item
    return [last[lead_id] for lead_id in sorted(last)]


def _pairs(objection: str, back: Sequence[Passed], kept: Sequence[Passed], unknown: str) -> Iterable[_Pair]:
    """The comparisons worth making. Which they are depends on how often a value occurs, never on where."""
    asked = {item.lead_id: features(item, unknown) for item in (*back, *kept)}
    every = sorted({feature for mine in asked.values() for feature in mine})
    everybody = {name: frozenset(item.lead_id for item in side) for name, side in (("b", back), ("k", kept))}
    for feature in every:
        # Where a claim was not kept, nobody knows whether it would have been made.
        is_claim = feature.sort in ("letter", "criterion")
        told = {who for who, mine in asked.items() if not is_claim or feature in mine}
        has = frozenset(who for who in told if asked[who].get(feature))
        mine, theirs = everybody["b"] & told, everybody["k"] & told
        is_seen = SEEN_MIN <= len(has) <= len(told) - SEEN_MIN
        if is_seen and min(len(mine), len(theirs)) >= PEOPLE_MIN:
            yield _Pair(feature, objection, mine, theirs, has)


def _judge(pair: _Pair, z: float) -> Suspect | None:
    """What is to be said of one comparison; None where chance may be all there is, or where the value goes
    with being accepted."""
    who = pair.back & pair.has
    counts = len(who), len(pair.back), len(pair.kept & pair.has), len(pair.kept)
    low, high = difference(*counts, z)
    if low <= 0 or len(who) < SEEN_MIN:
        return None
    return Suspect(pair.feature, pair.objection, *counts, low, high, who)


def features(item: Passed, unknown: str) -> Mapping[Feature, bool]:
    """What a pass has and has not, as far as that was kept."""
    made: dict[Feature, bool] = {}
    for name, value in item.claims.items():
        if name.startswith(claims.LETTER):
            made[Feature("letter", name.removeprefix(claims.LETTER))] = value > claims.NOT_KNOWN
        elif name.startswith(claims.CRITERION):
            made[Feature("criterion", name.removeprefix(claims.CRITERION))] = bool(value)
        elif name.startswith(claims.GRADE):
            made[Feature("grade", name.removeprefix(claims.GRADE))] = True
    for sort in _GROUPED:
        value_of = item.groups.get(sort, unknown)
        if value_of != unknown:
            made[Feature(sort, value_of)] = True
    return made


# --- in words --------------------------------------------------------------------------------------------


def sentence(item: Suspect, labels: Mapping[Feature, str], objection: str, comparisons: int) -> str:
    """What was found as one sentence with its numbers, and one that says where to look. `objection` is its
    label, blank for all."""
    name = labels.get(item.feature, item.feature.name)
    for_it = f' for "{objection}"' if objection else ""
    points = f"{item.difference:.0%}".rstrip("%")
    low, high = (f"{value:.0%}".rstrip("%") for value in (item.low, item.high))
    together = "one comparison" if comparisons == 1 else f"all {comparisons:,} comparisons together"
    return (
        f"{_SAID[item.feature.sort].format(name)} {_share(item.back, item.back_base)} given back{for_it} and "
        f"{_share(item.kept, item.kept_base)} accepted: {points} points more, {low} to {high} with 95 % "
        f"confidence for {together}. {_advice(item.feature, objection)}"
    )


def _share(count: int, base: int) -> str:
    return f"{count:,} of {base:,} ({count / base:.0%})"


_SAID: Final[Mapping[Sort, str]] = {
    "letter": "{} counted as known for",
    "criterion": 'The criterion "{}" held for',
    "grade": "{} was the grade of",
    "carried": '"{}" carried',
    "level": 'Before the hand-over "{}" was the level of',
    "band": '"{}" was the score of',
    "offer": 'The offer "{}" stood behind',
    "channel": '"{}" was the source of',
}


def _advice(feature: Feature, objection: str) -> str:
    if feature.sort in CONTENT:
        if objection:
            return f'Content that answers "{objection}" may be missing behind it.'
        return "Look at what it promises, and whom it draws."
    if feature.sort == "channel":
        return "Look at whom it draws: a case for nurture before sales."
    return "The definition may take too little for a yes here."
