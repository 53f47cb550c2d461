"""The clock of one hand-off: when it started, what is due, who had it when, when sales first touched it.

Read from the ledger and the facts, never stored. The team's clock starts when Salesforce confirms the
hand-off, and nothing but a touch or the end of the pass stops it; a pass that sales takes up again gets a new
one, and so does a meeting that did not take place: what was done before it is no answer to that. The person's
clock starts when the lead becomes theirs: by reassignment, or when somebody takes it from a queue. So a lead
is no less late for having changed hands, and nobody answers for the time of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from syncd.core import owned, routing
from syncd.core.model import Cause, Snapshot, Stage, Standing, Transition
from syncd.core.playbook import Playbook, Sla, Team, Tier
from syncd.core.routing import Holds, answers
from syncd.core.sla.calendar import due_at
from syncd.core.sla.touches import QUEUE_PREFIX, Touch, Work, is_among, restarts, work
from syncd.core.undoing import in_force

_TAKEN = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})
_DEALS = frozenset({Stage.OPPORTUNITY, Stage.CUSTOMER})
owner_of = owned.owner_of
"""Who has the person in Salesforce now."""


class State(StrEnum):
    """How a clock stands. `late` is touched after the target and by the breach; `breached` stays so, whatever
    comes after; `ended` was given back untouched before the breach."""

    RUNNING = "running"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"
    BREACHED = "breached"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Span:
    """One stay with sales: when it qualified, when Salesforce confirmed it, when and how it ended. `number`
    counts the stays of one pass from 0: a higher one was taken up again. `again` counts the clocks of one
    stay from 0: a higher one started anew, and the one before ended with no outcome."""

    pass_number: int
    number: int
    began_at: datetime
    started_at: datetime
    cause: Cause
    code: str = ""
    evidence: tuple[int, ...] = ()
    deal_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Stage | None = None
    again: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed for a clock that starts at one moment: whose calendar, how soon."""

    team: Team
    tier: Tier | None
    started_at: datetime
    due_at: datetime
    breach_at: datetime


@dataclass(frozen=True, slots=True)
class Owned:
    """From when on somebody had the lead: a user or a queue, blank where nobody is known."""

    owner: str
    since_at: datetime

    @property
    def is_person(self) -> bool:
        return bool(self.owner) and not self.owner.startswith(QUEUE_PREFIX)


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as of a moment. `owners` begin with whoever had the lead at the start; `person` is the clock
    of who has it now, where that is a person. Steps the playbook has not are None."""

    span: Span
    terms: Terms
    owners: tuple[Owned, ...]
    person: Terms | None
    work: Work
    touch: Touch | None
    state: State
    remind_at: datetime | None
    reassign_at: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether a touch is still waited for."""
        return self.touch is None and self.span.ended_at is None

    @property
    def is_breached(self) -> bool:
        return self.state is State.BREACHED

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When something follows from it without new facts; none once it has stopped."""
        if not self.is_running:
            return ()
        due = (self.remind_at, self.terms.due_at, self.terms.breach_at, self.reassign_at)
        return tuple(sorted({at for at in due if at is not None}))


def current(snapshot: Snapshot, standing: Standing, playbook: Playbook, now: datetime) -> Clock | None:
    """The clock of the last stay with sales; None for who never was there through us. `snapshot.history` has
    all moves up to where the lead stands."""
    found = clocks(snapshot, standing, playbook, now, newest_only=True)
    return found[-1] if found else None


def clocks(
    snapshot: Snapshot,
    standing: Standing | None,
    playbook: Playbook,
    now: datetime,
    *,
    newest_only: bool = False,
) -> tuple[Clock, ...]:
    """Every clock of one lead as of `now`, oldest first."""
    stays = _own(spans(snapshot.history, standing), snapshot)
    if newest_only:
        stays = stays[-1:]
    if not stays:
        return ()
    holds = answers(snapshot, playbook, now)
    parts = [part for stay in stays for part in _parts(stay, snapshot, playbook.sla, now)]
    if newest_only:
        parts = parts[-1:]
    return tuple(_clock(part, snapshot, playbook, holds, now) for part in parts)


def _own(stays: Sequence[Span], snapshot: Snapshot) -> Sequence[Span]:
    """Without the stay in which the record was merged into another lead's: its clock is that lead's, once."""
    followed = snapshot.followed
    if followed is None:
        return stays
    return [
        stay
        for stay in stays
        if stay.started_at > followed.since_at
        or (stay.ended_at is not None and stay.ended_at <= followed.since_at)
    ]


def agreed(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> Terms | None:
    """The terms of the last stay with sales, or, while its hand-off is not confirmed, those it would have had
    it been confirmed when the lead qualified. None for who never qualified."""
    stays = spans(snapshot.history, standing)
    if stays and standing.position.stage is not Stage.SQL:
        stay = _parts(stays[-1], snapshot, playbook.sla, None)[-1]
        owner = _owners(snapshot, stay, stay.started_at)[0].owner
        team = team_of(owner, playbook.sla, answers(snapshot, playbook, stay.started_at))
        return terms(team, stay.code, stay.started_at)
    start = standing.qualified_at
    if start is None:
        return None
    moves = [item for item in snapshot.history if item.target.stage is Stage.SQL]
    owner = owner_of(snapshot) or routing.owner_id(snapshot, standing.pass_number, playbook, start)
    team = team_of(owner, playbook.sla, answers(snapshot, playbook, start))
    return terms(team, moves[-1].code if moves else "", start)


# --- the ledger ------------------------------------------------------------------------------------------


def spans(history: Iterable[Transition], standing: Standing | None = None) -> tuple[Span, ...]:
    """The stays with sales that we handed over, oldest first. What sales had before us has none, nor has what
    was taken back."""
    found: list[Span] = []
    began: Transition | None = None
    opener: Transition | None = None
    for move in in_force(history):
        stage, at = move.target.stage, move.effective_at
        is_open = bool(found) and found[-1].ended_at is None
        if stage is Stage.SQL:
            began = move
        if stage in _TAKEN and move.pass_number:
            if not is_open:
                found.append(_opened(move, began, found))
                opener = move
        elif is_open and stage in _DEALS:
            ended_at = at if stage is Stage.CUSTOMER else None
            deal_at = found[-1].deal_at or at
            found[-1] = replace(found[-1], deal_at=deal_at, ended_at=ended_at, outcome=stage)
        elif is_open:
            found[-1] = replace(found[-1], ended_at=at, outcome=stage)
    merged = opener is not None and opener.cause is Cause.MERGED
    if merged and standing is not None and standing.handed_off_at and found[-1].ended_at is None:
        # The hand-off stands in the ledger of the lead that was merged into this one.
        began_at = standing.qualified_at or standing.handed_off_at
        found[-1] = replace(found[-1], began_at=began_at, started_at=standing.handed_off_at)
    return tuple(found)


def _opened(move: Transition, began: Transition | None, before: Sequence[Span]) -> Span:
    """A stay begins: by a confirmed hand-off, or by sales taking up again what it had given back."""
    number = sum(item.pass_number == move.pass_number for item in before)
    start = move if began is None or began.pass_number != move.pass_number or number else began
    return Span(
        move.pass_number,
        number,
        start.effective_at,
        move.effective_at,
        start.cause,
        before[-1].code if number else start.code,
        start.evidence,
    )


def _parts(stay: Span, snapshot: Snapshot, sla: Sla, now: datetime | None) -> list[Span]:
    """The stay, cut where its clock started anew by `now` (None: whenever). A deal ends that: it was won by
    having spoken."""
    ends = [at for at in (stay.ended_at, stay.deal_at) if at is not None]
    until_at = min(ends, default=None)
    found = [stay]
    for at in restarts(snapshot.signals, sla.touches):
        is_within = stay.started_at < at and (until_at is None or at < until_at)
        if not is_within or (now is not None and at > now):
            continue
        last = found[-1]
        found[-1] = replace(last, ended_at=at, outcome=None, deal_at=None)
        found.append(replace(stay, began_at=at, started_at=at, again=last.again + 1))
    return found


# --- one clock -------------------------------------------------------------------------------------------


def _clock(span: Span, snapshot: Snapshot, playbook: Playbook, holds: Holds, now: datetime) -> Clock:
    sla = playbook.sla
    until_at = min(now, span.ended_at) if span.ended_at is not None else now
    owners = _owners(snapshot, span, until_at)
    of_team = terms(team_of(owners[0].owner, sla, holds), span.code, span.started_at)
    done = work(snapshot.signals, sla.touches, _counts_from(span, snapshot), until_at, span.deal_at)
    touch = done.contact if sla.met_by == "contact" else done.attempt
    person = _person(owners[-1], span, of_team, sla)
    return Clock(
        span=span,
        terms=of_team,
        owners=owners,
        person=person,
        work=done,
        touch=touch,
        state=_state(of_team, touch, span, now),
        remind_at=remind_at(person or of_team),
        reassign_at=_reassign_at(of_team, person),
    )


def of_owner(clock: Clock, playbook: Playbook, now: datetime) -> tuple[str, Terms, State]:
    """Who answers for the clock, and how it stands by their own: whoever had the lead at the first touch,
    else who had it last. Blank where that is nobody."""
    touched = [item for item in clock.owners if clock.touch is not None and item.since_at <= clock.touch.at]
    answers_for = (touched or (clock.owners[:1] if clock.touch else clock.owners))[-1]
    own = _person(answers_for, clock.span, clock.terms, playbook.sla) or clock.terms
    return answers_for.owner, own, _state(own, clock.touch, clock.span, now)


def team_of(owner: str, sla: Sla, holds: Holds) -> Team:
    """The first team that has this owner, else the first whose test holds, else everybody's."""
    for team in sla.teams:
        if is_among(owner, team.owners):
            return team
    for team in sla.teams:
        if team.when is not None and holds(team.when):
            return team
    return sla.everybody


def terms(team: Team, code: str, started_at: datetime) -> Terms:
    """What is due when, for a clock of this team that starts at this moment."""
    tier = next((item for item in team.tiers if code in item.kinds), None)
    agreed = tier or team
    return Terms(
        team,
        tier,
        started_at,
        due_at(started_at, team.hours, agreed.target_hours),
        due_at(started_at, team.hours, agreed.breach_hours),
    )


def _person(last: Owned, span: Span, agreed: Terms, sla: Sla) -> Terms | None:
    """The clock of who has the lead now, by their own team's hours where they are in one."""
    if not last.is_person:
        return None
    own = next((team for team in sla.teams if is_among(last.owner, team.owners)), agreed.team)
    return terms(own, span.code, max(last.since_at, span.started_at))


def remind_at(agreed: Terms) -> datetime | None:
    """Before the target, at an hour at which somebody is there; half-way where the target is no longer than
    that."""
    step = agreed.team.steps.remind
    if step is None:
        return None
    target = (agreed.tier or agreed.team).target_hours
    left = step.hours if step.hours < target else target / 2
    hours = agreed.team.hours
    return due_at(due_at(agreed.started_at, hours, target - left), hours, 0)


def _reassign_at(agreed: Terms, person: Terms | None) -> datetime | None:
    """After the breach; later where who has the lead now has had it for less than their own target."""
    step = agreed.team.steps.reassign
    if step is None:
        return None
    at = due_at(agreed.breach_at, agreed.team.hours, step.hours)
    return at if person is None else max(at, person.due_at)


def _state(agreed: Terms, touch: Touch | None, span: Span, now: datetime) -> State:
    if touch is not None:
        if touch.at <= agreed.due_at:
            return State.MET
        return State.LATE if touch.at <= agreed.breach_at else State.BREACHED
    seen_at = min(now, span.ended_at) if span.ended_at is not None else now
    if seen_at >= agreed.breach_at:
        return State.BREACHED
    if span.ended_at is not None:
        return State.ENDED
    return State.OVERDUE if now >= agreed.due_at else State.RUNNING


def _counts_from(span: Span, snapshot: Snapshot) -> datetime:
    """After which moment work counts: the newest evidence that carried the pass. A rep who calls while we
    have not yet handed over has called; one who called before the person asked has not called about this."""
    if span.number or span.again:
        return span.started_at
    if span.cause is Cause.RELEASED:
        return span.began_at
    keys = set(span.evidence)
    carried = [item.occurred_at for item in snapshot.signals if item.key in keys]
    return min(max(carried), span.began_at) if carried else span.began_at


# --- who had it when -------------------------------------------------------------------------------------


def _owners(snapshot: Snapshot, span: Span, until_at: datetime) -> tuple[Owned, ...]:
    """Who had the lead from the start of the span on, as the changes of its owner tell."""
    changes = [item for item in owned.changes(snapshot) if item.occurred_at <= until_at]
    before = [item for item in changes if item.occurred_at <= span.started_at]
    after = [item for item in changes if item.occurred_at > span.started_at]
    if before:
        first = owned.value(before[-1])
    elif after:
        first = owned.former(after[0]) or owned.value(after[0])
    else:
        first = owner_of(snapshot)
    found = [Owned(first, span.started_at)]
    for item in after:
        if owned.value(item) != found[-1].owner:
            found.append(Owned(owned.value(item), item.occurred_at))
    return tuple(found)
