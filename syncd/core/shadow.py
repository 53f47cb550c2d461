"""Our hand-offs against what reached sales by other ways: both, only we, only they, and what became of it.

An *arrival* is one time a person reached sales. It begins with the first event, ours or theirs, and takes in
every further one within the window: so each event is in exactly one arrival, and arrivals of neighbouring
periods add up. Who made a record is read from the record; what cannot be told is called unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from syncd.core.model import Cause, Shape, Signal, Stage, Transition
from syncd.core.sla.touches import QUEUE_PREFIX, is_among
from syncd.core.undoing import in_force

IMPORTED_TOGETHER: Final = 10
"""Records one user made within one minute from which on they count as an import: nobody types so fast."""
_ANSWER_LOST: Final = timedelta(minutes=15)
"""How far apart our clock at a write whose answer was lost and the date of the record it made may be."""


class Way(StrEnum):
    """How a person reached sales. `WOULD` is ours, reckoned for a time at which nothing was handed over."""

    PASS = "pass"  # noqa: S105 - a hand-off, no password
    WOULD = "would"
    PERSON = "person"
    IMPORT = "import"
    INTEGRATION = "integration"
    ASSIGNED = "assigned"
    UNKNOWN = "unknown"


OURS: Final = frozenset({Way.PASS, Way.WOULD})
WAYS: Final = {
    Way.PERSON: "Made in Salesforce by a person",
    Way.IMPORT: "Imported into Salesforce",
    Way.INTEGRATION: "Made by another integration",
    Way.ASSIGNED: "Given to a person out of a queue",
    Way.UNKNOWN: "Made by nobody we know",
}
"""The other ways, in words."""


class Group(StrEnum):
    """Who brought a person to sales."""

    SAME = "same"
    ONLY_WE = "only_we"
    ONLY_THEY = "only_they"


OUTCOMES: Final = ("open", "accepted", "opportunity", "won", "lost", "given_back")
"""What became of an arrival, as sales shows it."""


# --- how it reached sales --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MadeRecord:
    """A Lead or Contact of one person in Salesforce: who made it when, and the Contact it became. `is_ours`:
    our own write made it."""

    lead_id: int
    kind: str
    id: str
    made_at: datetime
    maker: str = ""
    became: str = ""
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One way of one person to sales."""

    at: datetime
    way: Way


def is_our_make(made_at: datetime, sent: Iterable[datetime]) -> bool:
    """Whether a record came to be when a write of ours went out whose answer never came."""
    return any(abs(made_at - at) <= _ANSWER_LOST for at in sent)


def imports(records: Iterable[MadeRecord]) -> Set[tuple[str, datetime]]:
    """Maker and minute of every import."""
    made = Counter((item.maker, _minute(item.made_at)) for item in records if item.maker)
    return {key for key, count in made.items() if count >= IMPORTED_TOGETHER}


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def made_by_others(
    records: Sequence[MadeRecord], imported: Set[tuple[str, datetime]], integrations: Set[str]
) -> tuple[Event, ...]:
    """Each record of one person that others made. A Contact that one of the Leads became is no news."""
    leads = [item for item in records if item.kind == "lead"]
    return tuple(
        Event(item.made_at, _way(item, imported, integrations))
        for item in records
        if not item.is_ours
        and not any(lead.became == item.id and lead.made_at <= item.made_at for lead in leads)
    )


def _way(record: MadeRecord, imported: Set[tuple[str, datetime]], integrations: Set[str]) -> Way:
    if is_among(record.maker, integrations):
        return Way.INTEGRATION
    if (record.maker, _minute(record.made_at)) in imported:
        return Way.IMPORT
    return Way.PERSON if record.maker else Way.UNKNOWN


_OWNER_CHANGES: Final = frozenset({"salesforce.lead_change", "salesforce.contact_change"})


def given_by_hand(
    signals: Iterable[Signal], passed_at: Sequence[datetime], integrations: Set[str]
) -> tuple[Event, ...]:
    """Each time a record went from a queue or a machine to a person before we had handed it over: what a rep
    takes from the queue after our hand-off is our hand-off."""
    return tuple(
        Event(signal.occurred_at, Way.ASSIGNED)
        for signal in signals
        if is_given(signal.shape, integrations) and not any(at <= signal.occurred_at for at in passed_at)
    )


def is_given(shape: Shape, integrations: Set[str]) -> bool:
    """Whether a fact is a record going from a queue or a machine to a person."""
    told = shape.attributes
    if shape.source not in _OWNER_CHANGES or told.get("property") != "OwnerId":
        return False
    before, after = told.get("from", ""), told.get("value", "")
    return (
        bool(before and after) and _is_nobodys(before, integrations) and not _is_nobodys(after, integrations)
    )


def _is_nobodys(owner: str, integrations: Set[str]) -> bool:
    return owner.startswith(QUEUE_PREFIX) or is_among(owner, integrations)


# --- arrivals --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrival:
    """One time a person reached sales: when by us, when by others and how; None for not. `until_at` is when
    the next arrival of the person began. `was_known`: sales had a record of them from an earlier one."""

    lead_id: int
    began_at: datetime
    ours_at: datetime | None
    theirs_at: datetime | None
    way: Way | None
    is_reckoned: bool
    was_known: bool
    until_at: datetime | None = None

    @property
    def group(self) -> Group:
        if self.ours_at is None:
            return Group.ONLY_THEY
        return Group.ONLY_WE if self.theirs_at is None else Group.SAME


def arrivals(lead_id: int, events: Iterable[Event], window: timedelta) -> tuple[Arrival, ...]:
    """The arrivals of one person, oldest first. `is_reckoned`: none of ours in it was a real hand-off."""
    parts: list[list[Event]] = []
    for event in sorted(events, key=lambda item: (item.at, item.way)):
        if parts and event.at - parts[-1][0].at <= window:
            parts[-1].append(event)
        else:
            parts.append([event])
    found: list[Arrival] = []
    was_known = False
    for number, part in enumerate(parts):
        later = parts[number + 1][0].at if number + 1 < len(parts) else None
        found.append(_arrival(lead_id, part, later, was_known=was_known))
        was_known = was_known or any(event.way not in OURS for event in part)
    return tuple(found)


def _arrival(lead_id: int, part: Sequence[Event], later: datetime | None, *, was_known: bool) -> Arrival:
    ours = [event for event in part if event.way in OURS]
    theirs = [event for event in part if event.way not in OURS]
    return Arrival(
        lead_id=lead_id,
        began_at=part[0].at,
        ours_at=ours[0].at if ours else None,
        theirs_at=theirs[0].at if theirs else None,
        way=theirs[0].way if theirs else None,
        is_reckoned=bool(ours) and all(event.way is Way.WOULD for event in ours),
        was_known=was_known,
        until_at=later,
    )


# --- what became of it -----------------------------------------------------------------------------------

_TELLS: Final = {
    Stage.SQL: "open",
    Stage.HANDED_OFF: "open",
    Stage.ACCEPTED: "accepted",
    Stage.OPPORTUNITY: "opportunity",
    Stage.CUSTOMER: "won",
    Stage.LOST: "lost",
    Stage.REJECTED: "given_back",
}
_ENDED: Final = frozenset({"lost", "given_back"})


def outcome(
    moves: Iterable[Transition], began_at: datetime, until_at: datetime | None, *, had_lost_deal: bool = False
) -> str:
    """What the ledger shows of an arrival, one of OUTCOMES: the last word of sales on it. `had_lost_deal`
    says why somebody was already out of sales' hands when we first looked."""
    told = "open"
    for move in in_force(moves):
        is_within = move.effective_at >= began_at and (until_at is None or move.effective_at < until_at)
        if not is_within or told == "won":
            continue
        stage = move.target.stage
        if stage in _TELLS:
            told = _TELLS[stage]
        elif stage in (Stage.RECYCLED, Stage.DISQUALIFIED) and told not in _ENDED:
            if move.cause is Cause.ADOPTED and had_lost_deal:
                told = "lost"
            elif move.cause is not Cause.FILTER:
                told = "given_back"
    return told


# --- counting --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shadowed:
    """One arrival, with what became of it and, where only others brought it, why we did not: a code, and what
    people call it."""

    arrival: Arrival
    outcome: str
    name: str = ""
    reason: str = ""
    label: str = ""


def counts(items: Sequence[Shadowed]) -> dict[str, int]:
    """How many arrivals, and how many by outcome."""
    found = Counter(item.outcome for item in items)
    return {"arrivals": len(items)} | {name: found[name] for name in OUTCOMES}


def besides(items: Iterable[Shadowed]) -> dict[str, int]:
    """How many of ours were only reckoned, and of whom sales had a record from an earlier arrival."""
    known = list(items)
    return {
        "reckoned": sum(item.arrival.is_reckoned for item in known),
        "known_before": sum(item.arrival.was_known for item in known),
    }


def same(items: Iterable[Shadowed]) -> int:
    """How many of these reached sales by us too."""
    return sum(item.arrival.group is Group.SAME for item in items)


def first(both: Iterable[Shadowed]) -> dict[str, float | int | None]:
    """Who was first where both were, and by how many days in the middle; at the same moment it was us."""
    ahead = [days_ahead(item.arrival) for item in both]
    we, they = [days for days in ahead if days >= 0], [-days for days in ahead if days < 0]
    return {
        "we": len(we),
        "they": len(they),
        "we_days_median": round(median(we), 2) if we else None,
        "they_days_median": round(median(they), 2) if they else None,
    }


def days_ahead(arrival: Arrival) -> float:
    """Days by which we were first where both were; negative where they were."""
    assert arrival.ours_at is not None, "both are there"
    assert arrival.theirs_at is not None, "both are there"
    return (arrival.theirs_at - arrival.ours_at).total_seconds() / 86_400
