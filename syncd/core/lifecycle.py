"""Every move a lead can make: one table, one named constructor per move, and nothing else.

A constructor takes where the lead stands and returns the ledger entry together with the new standing; what
the table does not allow raises `IllegalMove`. Why a move happens is decided in `moves`; here it is only legal
or not. Moves go backward as well as forward, may repeat and may skip; every pass is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.core.model import Cause, Position, Stage, Standing, Transition
from syncd.core.playbook import RecycleRule

_BELOW = frozenset({Stage.MQL, Stage.NEAR_SQL})
_MARKETING = frozenset({Stage.LEAD, *_BELOW})
_WITH_SALES = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})
_OUT = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED})
_NURTURED = _BELOW | {Stage.RECYCLED}
_LIVING = frozenset(Stage) - {Stage.ERASED}
_REDEFINED = frozenset({Cause.PLAYBOOK_CHANGED, Cause.SEGMENT_CHANGED})
_QUALIFYING = frozenset({Cause.CRITERIA_MET}) | _REDEFINED
_LOSING = frozenset({Cause.CRITERIA_LOST}) | _REDEFINED
_REFUSING = frozenset({Cause.SALES_REJECTED, Cause.SALES_DISQUALIFIED, Cause.SALES_UNRESPONSIVE})


EVANGELIST = Position(Stage.CUSTOMER, "evangelist")
"""A customer who speaks for us (S15)."""


class IllegalMove(Exception):  # noqa: N818 - it reads as what it is
    """A move the table does not allow: a broken assumption of ours, never a matter of data."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where a move may start (None: from nothing), where it may end, and why it may happen."""

    name: str
    origins: frozenset[Stage | None]
    targets: frozenset[Stage]
    causes: frozenset[Cause]


def _move(
    name: str, origins: frozenset[Stage] | None, targets: frozenset[Stage] | Stage, *causes: Cause
) -> tuple[str, Move]:
    ends = frozenset({targets}) if isinstance(targets, Stage) else targets
    starts: frozenset[Stage | None] = frozenset({None}) if origins is None else frozenset(origins)
    return name, Move(name, starts, ends, frozenset(causes))


_ACTIVE = _MARKETING | {Stage.SQL} | _WITH_SALES
MOVES: Mapping[str, Move] = dict(
    (
        _move("create", None, Stage.LEAD, Cause.CREATED),
        _move(
            "adopt",
            None,
            _MARKETING | _WITH_SALES | _OUT | {Stage.OPPORTUNITY, Stage.CUSTOMER},
            Cause.ADOPTED,
        ),
        _move("raise_level", _MARKETING, _BELOW, *_QUALIFYING),
        _move("lower_level", _BELOW, _MARKETING, *_LOSING),
        _move(
            "qualify",
            _MARKETING | _WITH_SALES,
            Stage.SQL,
            Cause.DECISIVE_ACTION,
            Cause.THRESHOLD,
            Cause.RELEASED,
            *_REDEFINED,
        ),
        _move("withdraw", frozenset({Stage.SQL}), _MARKETING, *_LOSING),
        _move("block", _MARKETING | {Stage.SQL, Stage.RECYCLED}, Stage.DISQUALIFIED, Cause.FILTER),
        _move("lift", frozenset({Stage.DISQUALIFIED}), Stage.LEAD, Cause.FILTER_LIFTED),
        _move("deliver", _MARKETING | {Stage.SQL}, Stage.HANDED_OFF, Cause.DELIVERED),
        _move("accept", _ACTIVE - {Stage.ACCEPTED} | _OUT, Stage.ACCEPTED, Cause.SALES_ACCEPTED),
        _move(
            "open_opportunity",
            _LIVING - {Stage.OPPORTUNITY, Stage.CUSTOMER},
            Stage.OPPORTUNITY,
            Cause.OPPORTUNITY_OPENED,
        ),
        _move("win", _LIVING - {Stage.CUSTOMER}, Stage.CUSTOMER, Cause.OPPORTUNITY_WON),
        _move("speak_for_us", frozenset({Stage.CUSTOMER}), Stage.CUSTOMER, Cause.CRITERIA_MET),
        _move("drop_opportunity", frozenset({Stage.OPPORTUNITY}), Stage.ACCEPTED, Cause.CORRECTED),
        _move("lose", _ACTIVE | {Stage.OPPORTUNITY}, Stage.LOST, Cause.OPPORTUNITY_LOST),
        _move("reject", _ACTIVE, Stage.REJECTED, *_REFUSING),
        _move("recycle", frozenset({Stage.REJECTED, Stage.LOST}), Stage.RECYCLED, Cause.RECYCLED),
        _move(
            "disqualify",
            frozenset({Stage.REJECTED, Stage.LOST}),
            Stage.DISQUALIFIED,
            Cause.SALES_DISQUALIFIED,
        ),
        _move("amend", _OUT, _OUT, Cause.CORRECTED),
        _move("reopen", _OUT, Stage.HANDED_OFF, Cause.CORRECTED),
        _move("reenter", frozenset({Stage.RECYCLED}), _MARKETING | {Stage.SQL}, Cause.REENTERED),
        _move("undo", _LIVING, _LIVING, Cause.UNDONE),
        _move("merge", _LIVING, _LIVING, Cause.MERGED),
        _move("erase", _LIVING, Stage.ERASED, Cause.ERASED),
    )
)
"""The table of moves. A lead's ledger is a chain of these and of nothing else."""


def is_legal(origin: Stage | None, target: Stage, cause: Cause) -> bool:
    """Whether some move of the table leads from `origin` to `target` for `cause`."""
    return any(
        origin in move.origins and target in move.targets and cause in move.causes for move in MOVES.values()
    )


@dataclass(frozen=True, slots=True)
class Because:
    """When and why: what a constructor copies into the ledger entry."""

    at: datetime
    cause: Cause
    code: str = ""
    evidence: tuple[int, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One move made: the ledger entry and where the lead stands after it."""

    transition: Transition
    standing: Standing


# --- constructors ----------------------------------------------------------------------------------------


def create(at: datetime) -> Step:
    """Enter as a lead: first seen after the baseline."""
    standing = Standing(Position(Stage.LEAD), at)
    return _step("create", None, standing, Because(at, Cause.CREATED))


def enter_adopted(standing: Standing) -> Step:
    """Enter the ledger where both CRMs show the lead at the baseline."""
    because = Because(standing.since_at, Cause.ADOPTED, code=standing.reason)
    return _step("adopt", None, standing, because)


def raise_level(now: Standing, target: Position, because: Because, *, track: str = "") -> Step:
    """Up among the MQL levels, or to near-SQL."""
    return _step("raise_level", now, _to(now, target, because, track=track), because)


def lower_level(now: Standing, target: Position, because: Because, *, track: str = "") -> Step:
    """Down among the MQL levels, from near-SQL, or to an unqualified lead."""
    return _step("lower_level", now, _to(now, target, because, track=track), because)


def qualify(now: Standing, because: Because, *, floor_at: datetime | None = None) -> Step:
    """Become an SQL: the next pass begins. For somebody sales knew without us, `floor_at` says up to when
    what sales did belongs to the time before."""
    standing = _next_pass(now, because)
    if floor_at is not None:
        standing = replace(standing, evidence_floor_at=floor_at)
    return _step("qualify", now, standing, because)


def withdraw(now: Standing, target: Position, because: Because, *, track: str = "") -> Step:
    """Back from SQL before the hand-off was confirmed: what qualified it is no longer so."""
    return _step("withdraw", now, _to(now, target, because, track=track), because)


def block(now: Standing, because: Because) -> Step:
    """Kept out by the filter named in `because.code`; somebody out already, by an objection alone."""
    standing = _to(now, Position(Stage.DISQUALIFIED), because, reason=because.code)
    return _step("block", now, standing, because)


def lift(now: Standing, because: Because) -> Step:
    """The filter no longer matches: a lead again, judged anew."""
    return _step("lift", now, _to(now, Position(Stage.LEAD), because, reason=""), because)


def deliver(now: Standing, because: Because, *, handed_off_at: datetime) -> Step:
    """Salesforce has confirmed the hand-off of this pass."""
    standing = _to(now, Position(Stage.HANDED_OFF), because)
    return _step("deliver", now, replace(standing, handed_off_at=handed_off_at), because)


def accept(now: Standing, because: Because) -> Step:
    """Sales said yes."""
    return _step("accept", now, _to(now, Position(Stage.ACCEPTED), because, reason=""), because)


def open_opportunity(now: Standing, because: Because) -> Step:
    """Sales works a deal with this person."""
    return _step("open_opportunity", now, _to(now, Position(Stage.OPPORTUNITY), because, reason=""), because)


def drop_opportunity(now: Standing, because: Because) -> Step:
    """The deal is gone, or the person was taken off it: with sales as before, without one."""
    return _step("drop_opportunity", now, _to(now, Position(Stage.ACCEPTED), because), because)


def win(now: Standing, because: Because) -> Step:
    """A deal was won: a customer."""
    return _step("win", now, _to(now, Position(Stage.CUSTOMER), because, reason=""), because)


def speak_for_us(now: Standing, because: Because) -> Step:
    """A customer who speaks for us: an evangelist from here on."""
    return _step("speak_for_us", now, _to(now, EVANGELIST, because), because)


def lose(now: Standing, because: Because, *, ended_at: datetime) -> Step:
    """The deal was lost, for the reason in `because.code`; the pass ended at `ended_at`."""
    standing = _to(now, Position(Stage.LOST), because, reason=because.code)
    return _step("lose", now, replace(standing, evidence_floor_at=_floor(now, ended_at)), because)


def reject(now: Standing, because: Because, *, ended_at: datetime) -> Step:
    """Sales gave it back, for the reason in `because.code`; the pass ended at `ended_at`."""
    standing = _to(now, Position(Stage.REJECTED), because, reason=because.code)
    return _step("reject", now, replace(standing, evidence_floor_at=_floor(now, ended_at)), because)


def recycle(now: Standing, rule: RecycleRule, because: Because, *, until_at: datetime | None = None) -> Step:
    """Back to marketing: a track, and a day of return: the one given, else the end of the cool-down, so many
    days after the pass ended."""
    return _step("recycle", now, _recycled(now, rule, because, until_at), because)


def disqualify(now: Standing, because: Because) -> Step:
    """Out for good, by sales' final reason."""
    standing = _to(now, Position(Stage.DISQUALIFIED), because, reason=because.code)
    return _step("disqualify", now, standing, because)


def amend(
    now: Standing,
    rule: RecycleRule,
    because: Because,
    *,
    ended_at: datetime,
    until_at: datetime | None = None,
) -> Step:
    """Sales gave another reason, or another day, afterwards: track, day of return and finality follow it."""
    ended = replace(now, evidence_floor_at=ended_at)
    if rule.is_final:
        standing = _to(ended, Position(Stage.DISQUALIFIED), because, reason=rule.reason)
    else:
        standing = _recycled(ended, rule, because, until_at)
    return _step("amend", now, standing, because)


def reopen(now: Standing, because: Because) -> Step:
    """Sales took its refusal back and works the lead again."""
    return _step("reopen", now, _to(now, Position(Stage.HANDED_OFF), because, reason=""), because)


def reenter(now: Standing, target: Position, because: Because, *, track: str = "") -> Step:
    """Back in by new evidence, or because its day has come. Straight to SQL begins the next pass; the last
    reason stays on record."""
    if target.stage is Stage.SQL:
        return _step("reenter", now, _next_pass(now, because), because)
    return _step("reenter", now, _to(now, target, because, track=track), because)


def undo(now: Standing, before: Standing, because: Because) -> Step:
    """Back where it stood before a run that a person took back. The number of the pass is used up."""
    standing = replace(before, since_at=because.at, pass_number=now.pass_number)
    return _step("undo", now, standing, because)


def merge(survivor: Standing, loser: Standing, at: datetime) -> Step:
    """Two records of one person became one: the standing further along holds."""
    further = max((survivor, loser), key=lambda item: (_RANK[item.position.stage], item.since_at))
    floors = [item.evidence_floor_at for item in (survivor, loser) if item.evidence_floor_at is not None]
    standing = replace(
        further,
        since_at=at,
        pass_number=max(survivor.pass_number, loser.pass_number),
        evidence_floor_at=max(floors, default=None),
    )
    return _step("merge", survivor, standing, Because(at, Cause.MERGED))


def erase(now: Standing, at: datetime) -> Step:
    """Forgotten on request; nothing follows."""
    return _step("erase", now, Standing(Position(Stage.ERASED), at), Because(at, Cause.ERASED))


_RANK: Mapping[Stage, int] = {
    stage: rank
    for rank, stage in enumerate(
        (
            Stage.LEAD,
            Stage.MQL,
            Stage.NEAR_SQL,
            Stage.REJECTED,
            Stage.LOST,
            Stage.RECYCLED,
            Stage.DISQUALIFIED,
            Stage.SQL,
            Stage.HANDED_OFF,
            Stage.ACCEPTED,
            Stage.OPPORTUNITY,
            Stage.CUSTOMER,
            Stage.ERASED,
        )
    )
}


# --- how ---------------------------------------------------------------------------------------------------


def _to(
    now: Standing, target: Position, because: Because, *, track: str = "", reason: str | None = None
) -> Standing:
    return replace(
        now,
        position=target,
        since_at=because.at,
        track=track,
        until_at=None,
        reason=now.reason if reason is None else reason,
    )


def _floor(now: Standing, ended_at: datetime) -> datetime:
    """The end of a pass is never before it began, whenever sales' act is dated: what carried it is used."""
    return ended_at if now.qualified_at is None else max(ended_at, now.qualified_at)


def _next_pass(now: Standing, because: Because) -> Standing:
    standing = _to(now, Position(Stage.SQL), because)
    return replace(standing, pass_number=now.pass_number + 1, qualified_at=because.at, handed_off_at=None)


def _recycled(now: Standing, rule: RecycleRule, because: Because, until_at: datetime | None) -> Standing:
    ended_at = now.evidence_floor_at or because.at
    standing = _to(now, Position(Stage.RECYCLED), because, track=rule.track, reason=rule.reason)
    return replace(standing, until_at=until_at or ended_at + timedelta(days=rule.cool_down_days))


def _step(name: str, origin: Standing | None, standing: Standing, because: Because) -> Step:
    move = MOVES[name]
    start = None if origin is None else origin.position
    ok = (
        (start.stage if start else None) in move.origins
        and standing.position.stage in move.targets
        and because.cause in move.causes
    )
    if not ok:
        raise IllegalMove(f"{name}: {start} -> {standing.position} because {because.cause}")
    transition = Transition(
        effective_at=because.at,
        origin=start,
        target=standing.position,
        cause=because.cause,
        code=because.code,
        pass_number=standing.pass_number,
        evidence=because.evidence,
        numbers=because.numbers,
        track=standing.track if standing.position.stage in _NURTURED else "",
        until_at=standing.until_at,
    )
    return Step(transition, standing)
