"""`decide`: what follows for one lead. Pure: everything it may know is in the snapshot, and `now` is given.

It walks from the last evaluation to now through every instant at which something could change, and makes each
move at its own instant; only the state it ends in gives effects. What has no date of its own (fields, a
retraction, another playbook) acts now: the standing was settled at the last evaluation, so a move that is due
there under today's facts can come from nothing else. The same walk, looking ahead, finds the due date.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core import adoption, chase, confirming, effects, headline, moves, qualify, router, story
from syncd.core.compiled import compiled
from syncd.core.engine.glance import Calm, Glances
from syncd.core.engine.program import program
from syncd.core.horizon import next_flip
from syncd.core.instants import from_ms, to_ms
from syncd.core.lead import Instant, Lead
from syncd.core.lifecycle import Step
from syncd.core.model import Cause, Decision, Snapshot, Stage, Standing, Transition, Verdict
from syncd.core.playbook import Playbook
from syncd.core.sla import clock
from syncd.core.view import View

MOVES_AT_ONCE_MAX = 16
"""Moves of one lead at one instant. More would be a circle in the table of moves: a broken assumption."""
STEPS_MAX = 100_000
"""Instants looked at in one catch-up: far beyond two years of the busiest lead."""
_SHOWN = frozenset({Stage.MQL, Stage.NEAR_SQL, Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED})
_IN_HAND = frozenset({Stage.HANDED_OFF, Stage.ACCEPTED})
LOOKAHEAD_MAX = 200
"""Answers that change without moving the lead, looked at for the due date; then the next is due, early."""


def decide(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Decision:
    """The verdict, moves, standing, effects and due date of one lead as of `now`."""
    walk = _Walk(snapshot, playbook, now)
    standing = walk.catch_up()
    due_at = walk.due_at(standing)
    instant = walk.lead.at(walk.now_ms)
    verdict = qualify.judge(instant, standing)
    letters_end_at = _words_end(snapshot, walk.made, standing, verdict, playbook)
    asks_at = chase.next_at(_with(snapshot, walk.made), standing, playbook, now)
    transitions = tuple(walk.made)
    return Decision(
        lead_id=snapshot.lead_id,
        verdict=verdict,
        transitions=transitions,
        standing=standing,
        intents=effects.intents(snapshot, verdict, transitions, standing, playbook, now),
        due_at=min((at for at in (due_at, letters_end_at, asks_at) if at is not None), default=None),
        letters_end_at=letters_end_at,
        reread_at=walk.reread_at(),
        headline=headline.write(verdict, standing, playbook),
        withdraw=_takes_back(transitions),
        releasable=walk.is_releasable(standing),
    )


def _with(snapshot: Snapshot, made: list[Transition]) -> Snapshot:
    """The snapshot with the moves of this decision in its ledger."""
    return replace(snapshot, history=(*snapshot.history, *made)) if made else snapshot


def next_change(snapshot: Snapshot, playbook: Playbook, now: datetime) -> datetime | None:
    """The exact next moment at which anything follows without new facts (`Decision.due_at`), or None."""
    return decide(snapshot, playbook, now).due_at


def _takes_back(transitions: tuple[Transition, ...]) -> bool:
    """Whether an SQL was left by another way than its confirmed hand-off."""
    return any(
        item.origin is not None and item.origin.stage is Stage.SQL and item.cause is not Cause.DELIVERED
        for item in transitions
    )


def _words_end(
    snapshot: Snapshot, made: list[Transition], standing: Standing, verdict: Verdict, playbook: Playbook
) -> datetime | None:
    """When something said of somebody marketing or sales works with ends: the first letter known ages out, or
    an answer is no longer waited for."""
    if standing.position.stage not in _SHOWN:
        return None
    ends = [item.expires_at for item in verdict.criteria if item.id.startswith("bant.")]
    if confirming.was_put_on((*snapshot.history, *made), playbook):
        known = _with(story.by_people(snapshot, verdict), made)
        ends.append(confirming.ends_at(known, playbook, verdict.at))
    return min((at for at in ends if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What a later instant is compared with: who stays the same by it is not due."""

    standing: Standing
    releasable: bool
    missing: tuple[str, ...]
    clocks_over: int


class _Walk:
    """One lead on its way from the last evaluation to now, and a look beyond."""

    def __init__(self, snapshot: Snapshot, playbook: Playbook, now: datetime) -> None:
        self.snapshot = snapshot
        self.playbook = playbook
        self.now_ms = to_ms(now)
        self.lead = Lead(snapshot, compiled(playbook))
        self.made: list[Transition] = []
        self._is_filtered = _kept_out_by_filter(snapshot, playbook)
        self._model = snapshot.evaluated_model
        self._glances = Glances(program(playbook), self.lead)
        self._glanced: tuple[Standing | None, int, Calm | None] = (None, 0, None)
        self._clocks: dict[Standing, tuple[int, ...]] = {}

    # --- to now ------------------------------------------------------------------------------------------

    def catch_up(self) -> Standing:
        """Where the lead stands at now, every move on the way made at its instant."""
        if self.snapshot.standing is None:
            return self._enter()
        standing = self.snapshot.standing
        start_ms = min(to_ms(self.snapshot.evaluated_at or standing.since_at), self.now_ms)
        self.lead.advance(start_ms)
        if self._calm(standing, start_ms) is None and self._move(standing, start_ms) is not None:
            self.lead.advance(self.now_ms)
            return self._settle(standing, self.now_ms, self._changed_playbook())
        self._changed_segment(start_ms)
        return self._step_through(standing, start_ms)

    def _enter(self) -> Standing:
        step = adoption.enter(self.snapshot, self.playbook, from_ms(self.now_ms))
        self.made.append(step.transition)
        start_ms = to_ms(step.standing.since_at)
        self.lead.advance(start_ms)
        return self._step_through(self._settle(step.standing, start_ms), start_ms)

    def _step_through(self, standing: Standing, at_ms: int) -> Standing:
        for _step in range(STEPS_MAX):
            calm = self._calm(standing, at_ms)
            if calm is None:
                ahead_ms = self._next_ms(standing, at_ms, self.now_ms)
            else:
                ahead_ms = None if calm.until_second is None else calm.until_second * 1000
                acts_ms = self._next_given_ms(at_ms)
                if acts_ms is not None and (ahead_ms is None or acts_ms < ahead_ms):
                    ahead_ms = acts_ms
            if ahead_ms is None or ahead_ms > self.now_ms:
                self.lead.advance(self.now_ms)
                return standing
            at_ms = ahead_ms
            self.lead.advance(at_ms)
            if self._calm(standing, at_ms) is None:
                standing = self._settle(standing, at_ms)
        raise AssertionError(f"lead {self.snapshot.lead_id}: no end after {STEPS_MAX} steps")

    def is_releasable(self, standing: Standing) -> bool:
        """Whether only the date of its evidence, or the lack of a go-live, keeps the lead from sales now. Who
        is calm claims nothing."""
        if self._calm(standing, self.now_ms) is not None:
            return False
        return moves.is_releasable(self.lead.at(self.now_ms), standing)

    def _calm(self, standing: Standing, at_ms: int) -> Calm | None:
        """Nothing moves a lead that stands here, as a short look can tell; None where it cannot."""
        if self._glanced[:2] != (standing, at_ms):
            calm = self._glances.calm(
                standing, at_ms, self._next_given_ms(at_ms), is_filtered=self._is_filtered
            )
            self._glanced = standing, at_ms, calm
        return self._glanced[2]

    def _next_given_ms(self, at_ms: int) -> int | None:
        """When the next fact acts, or the next word of a person begins or ends."""
        given = [self.lead.next_acts_ms, *self.lead.person.waiver_moments_ms]
        return min((ms for ms in given if ms is not None and ms > at_ms), default=None)

    def _settle(self, standing: Standing, at_ms: int, cause: Cause | None = None) -> Standing:
        """The standing after all moves that are due at this instant."""
        segment = self._changed_segment(at_ms)
        cause = cause or segment
        for _move in range(MOVES_AT_ONCE_MAX):
            step = self._move(standing, at_ms, cause)
            if step is None:
                return standing
            self.made.append(step.transition)
            self._is_filtered = step.transition.cause is Cause.FILTER
            standing = step.standing
        moved = ", ".join(str(item.target) for item in self.made[-4:])
        raise AssertionError(f"lead {self.snapshot.lead_id} moves in a circle: {moved}")

    def _move(self, standing: Standing, at_ms: int, cause: Cause | None = None) -> Step | None:
        return moves.next_move(self.lead.at(at_ms), standing, is_filtered=self._is_filtered, cause=cause)

    def _changed_playbook(self) -> Cause | None:
        before = self.snapshot.evaluated_version
        return Cause.PLAYBOOK_CHANGED if before and before != self.playbook.evaluation_version else None

    def _changed_segment(self, at_ms: int) -> Cause | None:
        """The cause of moves among levels at an instant at which another model begins to apply."""
        before, self._model = self._model, self.lead.at(at_ms).view.model.model.id
        return Cause.SEGMENT_CHANGED if before and before != self._model else None

    # --- beyond now --------------------------------------------------------------------------------------

    def due_at(self, standing: Standing) -> datetime | None:
        """The first instant after now at which the lead moves, becomes or stops being releasable, passes an
        SLA moment, a signal from the future acts, or, where it is a near-SQL, lacks something else."""
        if standing.position.stage is Stage.ERASED:
            return None
        at_ms = self.now_ms
        calm = self._calm(standing, at_ms)
        if calm is not None and calm.is_exact:
            given_ms = self._next_given_ms(at_ms)
            turns_ms = None if calm.until_second is None else calm.until_second * 1000
            ahead = [ms for ms in (given_ms, turns_ms) if ms is not None]
            return from_ms(min(ahead)) if ahead else None
        seen = self._outlook(standing, at_ms)
        given = {self.lead.next_acts_ms, *self.lead.person.waiver_moments_ms}
        for _answer in range(LOOKAHEAD_MAX):
            ahead_ms = self._next_ms(standing, at_ms, None)
            if ahead_ms is None:
                return None
            if ahead_ms in given or self._outlook(standing, ahead_ms) != seen:
                return from_ms(ahead_ms)
            at_ms = ahead_ms
        return from_ms(at_ms)

    def reread_at(self) -> datetime | None:
        """When the first thing said of colleagues ends on the facts as they are."""
        if not self.snapshot.account_signals:
            return None
        timeline, second = self.lead.timeline, self.now_ms // 1000
        held = [atom for atom in self.lead.book.account_atoms if atom.holds(timeline, second)]
        turns = (atom.turns_at(timeline, holds=True) for atom in held)
        return min((from_ms(turn * 1000) for turn in turns if turn is not None), default=None)

    def _outlook(self, standing: Standing, at_ms: int) -> _Outlook:
        instant = self.lead.at(at_ms)
        step = moves.next_move(instant, standing, is_filtered=self._is_filtered, cause=None)
        missing: tuple[str, ...] = ()
        if standing.position.stage is Stage.NEAR_SQL:
            missing = qualify.earned_position(instant.view)[1]
        return _Outlook(
            standing=standing if step is None else step.standing,
            releasable=moves.is_releasable(instant, standing),
            missing=missing,
            clocks_over=sum(at_ms >= clock for clock in self._sla_clocks(standing)),
        )

    def _next_ms(self, standing: Standing, at_ms: int, until_ms: int | None) -> int | None:
        """The next instant, up to `until_ms`, at which something may change for a lead standing here."""
        instant = self.lead.at(at_ms)
        fixed = [self.lead.next_acts_ms, self.lead.go_live_ms, *self.lead.person.waiver_moments_ms]
        fixed += self._guards(instant, standing)
        ahead = [ms for ms in fixed if ms is not None and ms > at_ms]
        nearest = min(ahead, default=None)
        if until_ms is not None:
            nearest = until_ms if nearest is None else min(nearest, until_ms)
        flip = next_flip(self._asked(instant, standing), None if nearest is None else nearest // 1000)
        if flip is not None:
            ahead.append(flip * 1000)
        found = min(ahead, default=None)
        return None if found is None or (until_ms is not None and found > until_ms) else found

    def _asked(self, instant: Instant, standing: Standing) -> tuple[View, ...]:
        """The views of this instant, asked everything that decides about a lead standing here."""
        moves.next_move(instant, standing, is_filtered=self._is_filtered, cause=None)
        moves.is_releasable(instant, standing)
        return instant.views

    def _guards(self, instant: Instant, standing: Standing) -> list[int]:
        found = list(self._sla_clocks(standing))
        if standing.until_at is not None:
            found.append(to_ms(standing.until_at))
        silence_ms = moves.silence_ends_ms(instant, standing)
        return found if silence_ms is None else [*found, silence_ms]

    def _sla_clocks(self, standing: Standing) -> tuple[int, ...]:
        """When the clock of what sales has in hand from us says something; never after a touch."""
        if standing.position.stage not in _IN_HAND or not standing.pass_number:
            return ()
        if standing not in self._clocks:
            lead = replace(self.snapshot, history=(*self.snapshot.history, *self.made))
            found = clock.current(lead, standing, self.playbook, from_ms(self.now_ms))
            ends = router.moments(self.snapshot, standing, self.playbook)
            moments = (*ends, *(() if found is None else found.moments))
            self._clocks[standing] = tuple(to_ms(at) for at in moments)
        return self._clocks[standing]


def _kept_out_by_filter(snapshot: Snapshot, playbook: Playbook) -> bool:
    """Whether the ledger's last word on a disqualified lead is a filter; without a ledger, whether its
    reason can only be one."""
    standing = snapshot.standing
    if standing is None or standing.position.stage is not Stage.DISQUALIFIED:
        return False
    is_filtered = None
    for move in snapshot.history:
        if move.target.stage is Stage.DISQUALIFIED and move.cause is not Cause.MERGED:
            is_filtered = move.cause is Cause.FILTER
    if is_filtered is not None:
        return is_filtered
    return standing.reason not in playbook.recycle.rules
