"""The numbers of the weekly hand-off meeting (S112), counted from the ledger: passed, answered, given back,
closed; and the sentences that say what to talk about.

Every number is of one period and stands beside that of the period before, which is as long. Each is a list of
lead ids, one per occurrence, so that the leads behind it can be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from syncd.core.history import History
from syncd.core.model import Cause, Shape, Stage, Transition
from syncd.core.passes import Pass
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.core.signals import classify
from syncd.core.sla.clock import State
from syncd.core.sla.measures import Measure
from syncd.core.survival import wilson

_BACK: Final = frozenset({Stage.REJECTED, Stage.RECYCLED, Stage.DISQUALIFIED})
_GROUNDS: Final = frozenset(
    {
        Cause.DECISIVE_ACTION,
        Cause.THRESHOLD,
        Cause.REENTERED,
        Cause.RELEASED,
        Cause.PLAYBOOK_CHANGED,
        Cause.SEGMENT_CHANGED,
    }
)
"""Causes that say the criteria of SQL were met."""
WON: Final = Cause.OPPORTUNITY_WON
LOST: Final = Cause.OPPORTUNITY_LOST
"""Causes by which a deal closes."""
LATE: Final = (State.LATE, State.BREACHED, State.OVERDUE)
"""States of a clock that is past its target, whatever came after."""
_CONTENT: Final = frozenset({"awareness", "consideration"})


@dataclass(slots=True)
class Tally:
    """What happened in one period. Lead ids, one per occurrence; `reasons` are those of `given_back`."""

    passed: list[int] = field(default_factory=list)
    without_criteria: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)
    given_back: list[int] = field(default_factory=list)
    opportunities: list[int] = field(default_factory=list)
    won: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    reasons: dict[str, list[int]] = field(default_factory=dict)

    @property
    def acceptance(self) -> float | None:
        """Of what sales answered in the period, the share it accepted; None where it answered nothing."""
        answered = len(self.accepted) + len(self.given_back)
        return len(self.accepted) / answered if answered else None


def tally(people: Mapping[int, History], since: datetime, until: datetime) -> Tally:
    """What everybody's ledger shows of `since <= t < until`."""
    found = Tally()
    for lead_id, history in people.items():
        for item in history.passes:
            _count_pass(found, lead_id, item, since, until)
        for move in history.moves:
            if since <= move.effective_at < until:
                _count_move(found, lead_id, move, history)
    return found


def _count_pass(found: Tally, lead_id: int, item: Pass, since: datetime, until: datetime) -> None:
    if is_within(item.handed_off_at, since, until):
        found.passed.append(lead_id)
    if is_within(accepted_at(item), since, until):
        found.accepted.append(lead_id)
    if is_within(item.opportunity_at, since, until):
        found.opportunities.append(lead_id)
    if item.handed_off_at and item.outcome in _BACK and is_within(item.ended_at, since, until):
        found.given_back.append(lead_id)
        found.reasons.setdefault(item.reason, []).append(lead_id)


def accepted_at(item: Pass) -> datetime | None:
    """When sales said yes: by its word, or by opening a deal."""
    said = (item.accepted_at, item.opportunity_at, item.won_at)
    return min((at for at in said if at is not None), default=None)


def is_within(at: datetime | None, since: datetime, until: datetime) -> bool:
    return at is not None and since <= at < until


def _count_move(found: Tally, lead_id: int, move: Transition, history: History) -> None:
    if move.cause is Cause.DELIVERED and not meets_criteria(move, history):
        found.without_criteria.append(lead_id)
    if move.cause is WON:
        found.won.append(lead_id)
    if move.cause is LOST:
        found.lost.append(lead_id)


def meets_criteria(delivered: Transition, history: History) -> bool:
    """Whether a confirmed hand-off stands on the criteria: it began with them, by named evidence where an act
    carried it, and they still held when it arrived."""
    began = next((item for item in history.passes if item.number == delivered.pass_number), None)
    if began is None or began.cause not in _GROUNDS:
        return False
    is_named = bool(began.evidence) or began.cause is not Cause.DECISIVE_ACTION
    return is_named and delivered.origin is not None and delivered.origin.stage is Stage.SQL


# --- beside the ledger -----------------------------------------------------------------------------------


def is_download(shape: Shape, playbook: Playbook) -> bool:
    """Whether a fact is an answer to one of marketing's offers: of a kind with an offer, before buying, that
    hands nobody over."""
    offers = {
        kind.id
        for kind in playbook.signals
        if kind.offer and kind.phase in _CONTENT and kind.id not in playbook.levels.decisive.signals
    }
    return any(kind in offers for kind in classify(shape, playbook))


def late_of(lines: Sequence[Measure]) -> int:
    """How many clocks of everybody are past their target. `lines` are of `report sla`: everybody first."""
    return sum(lines[0].states[state] for state in LATE) if lines else 0


def late_leads(line: Measure) -> frozenset[int]:
    """Whose clocks of this line are past their target."""
    return frozenset().union(*(line.leads[str(state)] for state in LATE))


def was_set_aside(
    given_at: datetime, until_at: datetime | None, revoked_at: datetime | None, at: datetime
) -> bool:
    """Whether a person's word held then, though taken back or run out since."""
    ends = [end for end in (until_at, revoked_at) if end is not None]
    return given_at <= at and all(at < end for end in ends)


# --- what to talk about ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weeks:
    """The numbers of a period and of the one before. `late` are clocks past their target, `decided` those
    that are touched or breached, `met` of them in time; `owed` are reasons missing now; `won_by_us` are of
    those won who had been handed over."""

    now: Tally
    before: Tally
    downloads: int
    downloads_before: int
    decided: int
    met: int
    late: int
    thin: int
    owed: int
    set_aside: int
    won_by_us: int


def points(weeks: Weeks, label: Mapping[str, str]) -> tuple[str, ...]:
    """The agenda, sentence by sentence: both promises, what went wrong and why, and what to celebrate."""
    return tuple(line for line in (*_promises(weeks), *_troubles(weeks, label), *_joys(weeks)) if line)


def _promises(weeks: Weeks) -> Iterable[str]:
    passed, bad = len(weeks.now.passed), len(weeks.now.without_criteria)
    if not passed and not bad:
        yield "Nobody was handed over."
    elif bad:
        yield (
            f"Marketing's promise is broken: {bad:,} of {passed:,} reached sales without meeting the "
            "criteria. It must be 0."
        )
    else:
        yield f"Marketing's promise holds: all of the {passed:,} handed over met the criteria."
    if weeks.set_aside:
        yield f"{counted(weeks.set_aside, 'hand-off')} went by a person's word that set something aside."
    if weeks.decided or weeks.late:
        yield (
            f"Sales' promise: {weeks.met:,} of {weeks.decided:,} were contacted in time; "
            f"{weeks.late:,} late, breached or overdue."
        )


def _troubles(weeks: Weeks, label: Mapping[str, str]) -> Iterable[str]:
    yield quality_warning(weeks)
    most = max(weeks.now.reasons.items(), key=lambda pair: (len(pair[1]), pair[0]), default=None)
    if most is not None:
        back, why = len(weeks.now.given_back), label.get(most[0], most[0])
        yield f"Sales gave {back:,} back, most often for: {why} ({len(most[1]):,})."
    if weeks.owed:
        owed = counted(weeks.owed, "lead")
        yield f"{owed} came back without a reason: nobody can learn from that until it is given."
    if weeks.thin:
        yield f"{weeks.thin:,} of {len(weeks.now.passed):,} went over without full context."


def quality_warning(weeks: Weeks) -> str:
    """The sign of S118: more downloads while sales takes less of what it gets. Blank where it is not so."""
    now, before = weeks.now.acceptance, weeks.before.acceptance
    if weeks.downloads <= weeks.downloads_before or now is None or before is None or now >= before:
        return ""
    words = (
        f"Downloads rose from {weeks.downloads_before:,} to {weeks.downloads:,} while sales accepted less of "
        f"what it answered: {_share(weeks.now)} after {_share(weeks.before)}. That points to quality, not to "
        "demand."
    )
    return words if is_sure(weeks.now, weeks.before) else f"{words} With so few it may still be chance."


def _share(found: Tally) -> str:
    return f"{len(found.accepted):,} of {len(found.accepted) + len(found.given_back):,}"


def is_sure(now: Tally, before: Tally) -> bool:
    """Whether the shares accepted differ beyond chance: their 95 % intervals do not meet."""
    lower = wilson(len(now.accepted), len(now.accepted) + len(now.given_back))
    upper = wilson(len(before.accepted), len(before.accepted) + len(before.given_back))
    return lower is not None and upper is not None and lower[1] < upper[0]


def _joys(weeks: Weeks) -> Iterable[str]:
    won = len(weeks.now.won)
    if won:
        ours = f", {weeks.won_by_us:,} of them handed over by us" if weeks.won_by_us else ""
        yield f"New customers: {won:,}{ours}. How they came is below: celebrate it together."


def most_first(items: Mapping[str, Sequence[int]]) -> list[tuple[str, Sequence[int]]]:
    """Groups by size, the largest first."""
    return sorted(items.items(), key=lambda pair: (-len(pair[1]), pair[0]))
