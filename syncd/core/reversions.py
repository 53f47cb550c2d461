"""What came back from sales, counted: how, why, from where, and against what the model had claimed.

One *pass* is one hand-over that Salesforce confirmed, as it stands now: accepted (or further along), given
back, or open. It belongs to the period in which it was handed over, so periods add up. A share is of the
decided passes alone: who has said nothing yet is in neither half. Nothing here guesses: a reason and an
objection are what sales wrote, as the playbook reads it, and a claim is what the ledger kept of the moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from syncd.core import chase, claims
from syncd.core.model import Cause, Stage, Transition
from syncd.core.passes import Pass
from syncd.core.playbook import Objection
from syncd.core.survival import wilson

Fate = Literal["accepted", "given_back", "open"]
FATES: Final[tuple[Fate, ...]] = ("accepted", "given_back", "open")
KINDS: Final = ("rejected", "disqualified", "unanswered", "lost", "deleted", "returned")
"""How a pass came back: sales said no, ruled it out, never answered, lost the deal, threw the record away; or
it is back for none of these, as after a merge."""

_KIND_OF: Final[Mapping[Cause, str]] = {
    Cause.SALES_REJECTED: "rejected",
    Cause.SALES_DISQUALIFIED: "disqualified",
    Cause.SALES_UNRESPONSIVE: "unanswered",
    Cause.OPPORTUNITY_LOST: "lost",
}
_BACK: Final = frozenset({Stage.REJECTED, Stage.LOST})


@dataclass(frozen=True, slots=True)
class Passed:
    """One pass, as the report counts it. `kind`, `reason`, `objection` and `written` are of one given back:
    how, our code, the objection's id or the words as they stand, and what sales wrote. `groups` say by
    dimension where it belongs; `claims` are the numbers the ledger kept when it began."""

    lead_id: int
    number: int
    handed_off_at: datetime
    fate: Fate
    decided_at: datetime | None = None
    kind: str = ""
    reason: str = ""
    objection: str = ""
    written: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, int] = field(default_factory=dict)


def fate_of(found: Pass) -> Fate:
    """How a pass stands. One taken up again after a no has not come back."""
    if found.outcome is not None:
        return "given_back"
    has_said_yes = found.accepted_at or found.opportunity_at or found.won_at
    return "accepted" if has_said_yes else "open"


def kind_of(moves: Iterable[Transition], number: int) -> str:
    """How the pass of this number came back the last time it did."""
    ends = [move for move in moves if move.pass_number == number and move.target.stage in _BACK]
    if not ends:
        return "returned"
    return "deleted" if ends[-1].numbers.get(chase.DELETED) else _KIND_OF.get(ends[-1].cause, "returned")


# --- counts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """How some passes stand: numbers of passes, and whose they are."""

    counts: Mapping[Fate, int]
    who: Mapping[str, Set[int]]

    @property
    def handed_over(self) -> int:
        return sum(self.counts.values())

    @property
    def decided(self) -> int:
        return self.counts["accepted"] + self.counts["given_back"]

    @property
    def share(self) -> float | None:
        """Of the decided passes, those given back; None while none is decided."""
        return self.counts["given_back"] / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies with 95 % confidence."""
        return wilson(self.counts["given_back"], self.decided)


def tally(found: Sequence[Passed]) -> Tally:
    """How these passes stand."""
    who: dict[str, Set[int]] = {"handed_over": {item.lead_id for item in found}}
    who |= {fate: {item.lead_id for item in found if item.fate == fate} for fate in FATES}
    return Tally({fate: sum(item.fate == fate for item in found) for fate in FATES}, who)


def by_value(found: Iterable[Passed], dimension: str) -> Mapping[str, list[Passed]]:
    """The passes by their value of one dimension: most given back first, then by name."""
    parts: dict[str, list[Passed]] = {}
    for item in found:
        parts.setdefault(item.groups[dimension], []).append(item)
    return {name: parts[name] for name in sorted(parts, key=lambda name: (-_back(parts[name]), name))}


def _back(found: Iterable[Passed]) -> int:
    return sum(item.fate == "given_back" for item in found)


@dataclass(frozen=True, slots=True)
class Why:
    """One reason or objection: how many passes came back for it, by kind, and whose."""

    id: str
    given_back: int
    kinds: Mapping[str, int]
    who: Set[int]


def by_reason(found: Iterable[Passed]) -> tuple[Why, ...]:
    """What came back by our reason codes, the most frequent first."""
    return _whys((item.reason, item) for item in found if item.fate == "given_back")


def by_objection(found: Iterable[Passed]) -> tuple[Why, ...]:
    """What came back by objection, the most frequent first."""
    return _whys((item.objection, item) for item in found if item.fate == "given_back")


def _whys(named: Iterable[tuple[str, Passed]]) -> tuple[Why, ...]:
    parts: dict[str, list[Passed]] = {}
    for name, item in named:
        parts.setdefault(name, []).append(item)
    made = []
    for name in sorted(parts, key=lambda name: (-len(parts[name]), name)):
        kinds = Counter(item.kind for item in parts[name])
        who = {item.lead_id for item in parts[name]}
        made.append(Why(name, len(parts[name]), {kind: kinds[kind] for kind in KINDS}, who))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Wrote:
    """One thing sales wrote: what it means to us, and how often it stands on a pass given back."""

    text: str
    reason: str
    objection: str
    times: int
    who: Set[int]


def by_words(found: Iterable[Passed]) -> tuple[Wrote, ...]:
    """What sales wrote, the most frequent first. One word may mean two reasons: on a Lead, on a deal."""
    parts: dict[tuple[str, str, str], list[int]] = {}
    for item in found:
        if item.fate == "given_back" and item.written:
            parts.setdefault((item.written, item.reason, item.objection), []).append(item.lead_id)
    ordered = sorted(parts, key=lambda words: (-len(parts[words]), words))
    return tuple(Wrote(*words, len(parts[words]), frozenset(parts[words])) for words in ordered)


# --- sales and the model ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clash:
    """What sales says of one objection against what the model had claimed of the letter it contradicts. All
    are passes with a claim kept.

    `back` came back for the objection, `was_known` of them though the letter counted as known (`confirmed` of
    these outright). Of all decided passes, `known` had the letter known and `unknown` had not;
    `unknown_accepted` of the latter sales took all the same. `overturned`: of `back`, those whom sales
    accepted on a later pass.
    """

    objection: str
    letter: str
    back: int
    was_known: int
    confirmed: int
    known: int
    unknown: int
    unknown_accepted: int
    overturned: int
    who: Mapping[str, Set[int]]

    @property
    def model_wrong(self) -> float | None:
        """Of the decided passes with the letter known, those that came back for it."""
        return self.was_known / self.known if self.known else None

    @property
    def too_strict(self) -> float | None:
        """Of the decided passes without it, those that sales took."""
        return self.unknown_accepted / self.unknown if self.unknown else None

    @property
    def sales_wrong(self) -> float | None:
        """Of those that came back for it, those whom sales accepted later."""
        return self.overturned / self.back if self.back else None


def clashes(found: Sequence[Passed], objections: Iterable[Objection]) -> tuple[Clash, ...]:
    """One for each objection that contradicts a letter, in the playbook's order."""
    last_yes: dict[int, datetime] = {}
    for item in found:
        if item.fate == "accepted":
            last_yes[item.lead_id] = max(item.handed_off_at, last_yes.get(item.lead_id, item.handed_off_at))
    decided = [item for item in found if item.fate != "open"]
    return tuple(_clash(item, decided, last_yes) for item in objections if item.contradicts)


def _clash(objection: Objection, decided: Iterable[Passed], last_yes: Mapping[int, datetime]) -> Clash:
    name = objection.contradicts
    claimed = [(item, level) for item in decided if (level := claims.letter(item.claims, name)) is not None]
    back = [(item, level) for item, level in claimed if item.objection == objection.id]
    known = [item for item, level in claimed if level > claims.NOT_KNOWN]
    unknown = [item for item, level in claimed if level == claims.NOT_KNOWN]
    was_known = [item for item, level in back if level > claims.NOT_KNOWN]
    accepted = [item for item in unknown if item.fate == "accepted"]
    overturned = [
        item
        for item, _level in back
        if item.lead_id in last_yes and last_yes[item.lead_id] > item.handed_off_at
    ]
    who = {
        "back": [item for item, _level in back],
        "was_known": was_known,
        "known": known,
        "unknown": unknown,
        "unknown_accepted": accepted,
        "overturned": overturned,
    }
    return Clash(
        objection.id,
        name,
        back=len(back),
        was_known=len(was_known),
        confirmed=sum(level == claims.CONFIRMED for _item, level in back),
        known=len(known),
        unknown=len(unknown),
        unknown_accepted=len(accepted),
        overturned=len(overturned),
        who={part: {item.lead_id for item in items} for part, items in who.items()},
    )
