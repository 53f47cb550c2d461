"""Which move a lead makes next at one instant, if any: the policy over the table of moves.

Sales' acts come before our own judgement, what happened before what is only due. Every rule looks at the
facts as they are and at where the lead stands, never at what was looked at before; asked again after each
move until nothing moves, it ends in the same place however often it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from syncd.core import chase, claims, feedback, lifecycle, qualify, recycling, report
from syncd.core.instants import days_to_ms, from_ms, to_ms
from syncd.core.lead import Carried, Instant
from syncd.core.lifecycle import Because, Step
from syncd.core.model import Cause, Position, Stage, Standing
from syncd.core.playbook import RecycleRule
from syncd.core.timeline import Entry

_MARKETING = frozenset({Stage.LEAD, Stage.MQL, Stage.NEAR_SQL})
_ACTIVE = _MARKETING | {Stage.SQL, Stage.HANDED_OFF, Stage.ACCEPTED}
_OUT = frozenset({Stage.RECYCLED, Stage.DISQUALIFIED})
_ENDED = frozenset({Stage.REJECTED, Stage.LOST})
_HEIGHT: Mapping[Stage, int] = {Stage.LEAD: 0, Stage.MQL: 1, Stage.NEAR_SQL: 2}


def next_move(instant: Instant, standing: Standing, *, is_filtered: bool, cause: Cause | None) -> Step | None:
    """The next move of a lead that stands here, or None.

    `is_filtered` says that a filter, not sales, keeps a disqualified lead out. `cause` replaces the cause of
    moves among levels, for a playbook or a segment that changed.
    """
    if standing.position.stage is Stage.ERASED:
        return None
    asked = (standing, is_filtered, cause)
    if asked not in instant.steps:
        instant.steps[asked] = _first_move(instant, standing, is_filtered, cause)
    return instant.steps[asked]


def _first_move(instant: Instant, standing: Standing, is_filtered: bool, cause: Cause | None) -> Step | None:
    return (
        _conclude(instant, standing)
        or _confirm(instant, standing)
        or _follow_deals(instant, standing, is_filtered)
        or _follow_status(instant, standing, is_filtered)
        or _follow_removal(instant, standing)
        or _follow_return(instant, standing)
        or _follow_date(instant, standing)
        or _end_silence(instant, standing)
        or _filter(instant, standing, is_filtered)
        or _unless_undone(instant, _judge(instant, standing, cause))
    )


def _unless_undone(instant: Instant, step: Step | None) -> Step | None:
    """Our own judgement leaves somebody where a person's undo put them, until a newer fact carries a move."""
    undone_ms = instant.lead.undone_ms
    if step is None or undone_ms is None:
        return step
    return step if instant.lead.known_after(undone_ms) & set(step.transition.evidence) else None


def is_releasable(instant: Instant, standing: Standing) -> bool:
    """Whether only the date of its evidence, or the lack of a go-live, keeps this lead from sales."""
    stage = standing.position.stage
    if stage not in _MARKETING:
        rule = instant.lead.book.playbook.recycle.rules.get(standing.reason)
        is_decisive = qualify.decisive_entry(instant.view) is not None
        if stage is not Stage.RECYCLED or is_cooling(instant, standing):
            return False
        if not recycling.lets_back(rule, is_cooling=False, is_decisive=is_decisive):
            return False
    return qualify.handover(instant, standing).is_releasable


def is_cooling(instant: Instant, standing: Standing) -> bool:
    return standing.until_at is not None and instant.at_ms < to_ms(standing.until_at)


def silence_ends_ms(instant: Instant, standing: Standing) -> int | None:
    """When sales' silence on what we handed over becomes an answer; None when no clock runs."""
    days = instant.lead.book.playbook.recycle.unresponsive_after_days
    if standing.position.stage is not Stage.HANDED_OFF or standing.handed_off_at is None or days <= 0:
        return None
    since_ms = feedback.quiet_since_ms(instant.lead.timeline, to_ms(standing.handed_off_at))
    return since_ms + days_to_ms(days)


def _because(instant: Instant, cause: Cause, code: str = "", evidence: tuple[int, ...] = ()) -> Because:
    return Because(from_ms(instant.at_ms), cause, code, evidence, report.numbers(instant.view))


def _keys(*keys: int | None) -> tuple[int, ...]:
    return tuple(key for key in keys if key is not None)


# --- what sales did --------------------------------------------------------------------------------------


def _conclude(instant: Instant, standing: Standing) -> Step | None:
    """From rejected or lost, what its reason's rule says."""
    if standing.position.stage not in _ENDED:
        return None
    rule = feedback.rule_of(standing.reason, instant.lead.book.playbook)
    if rule.is_final:
        return lifecycle.disqualify(standing, _because(instant, Cause.SALES_DISQUALIFIED, rule.reason))
    ended_at = standing.evidence_floor_at or from_ms(instant.at_ms)
    because = _because(instant, Cause.RECYCLED, rule.reason)
    return lifecycle.recycle(standing, rule, because, until_at=_returns_at(instant, rule, ended_at))


def _returns_at(instant: Instant, rule: RecycleRule, ended_at: datetime) -> datetime:
    lead = instant.lead
    return recycling.returns_at(lead.snapshot.fields, rule, ended_at, lead.book.playbook)


def _confirm(instant: Instant, standing: Standing) -> Step | None:
    """The hand-off of this pass has arrived, also when it was taken back too late."""
    waits = standing.position.stage in _MARKETING | {Stage.SQL}
    if not waits or standing.qualified_at is None or standing.handed_off_at is not None:
        return None
    confirmed = feedback.latest_handoff(instant.lead.timeline)
    if confirmed is None or confirmed[0] < to_ms(standing.qualified_at):
        return None
    at_ms, key = confirmed
    because = _because(instant, Cause.DELIVERED, evidence=(key,))
    return lifecycle.deliver(standing, because, handed_off_at=from_ms(at_ms))


def _follow_deals(instant: Instant, standing: Standing, is_filtered: bool) -> Step | None:
    stage = standing.position.stage
    if stage is Stage.CUSTOMER:
        return None
    deals = feedback.deals_of(instant.lead)
    if deals.won is not None:
        return lifecycle.win(
            standing, _because(instant, Cause.OPPORTUNITY_WON, evidence=_keys(deals.won.key))
        )
    if deals.open is not None:
        if stage is Stage.OPPORTUNITY:
            return None
        because = _because(instant, Cause.OPPORTUNITY_OPENED, evidence=_keys(deals.open.key))
        return lifecycle.open_opportunity(standing, because)
    lost, floor_ms = deals.lost, qualify.floor_of(standing)
    if lost is None and stage is Stage.OPPORTUNITY:
        return lifecycle.drop_opportunity(standing, _because(instant, Cause.CORRECTED, "deal_gone"))
    if lost is not None and stage in _OUT and not is_filtered:
        return _amend_loss(instant, standing, lost)
    if lost is None or (stage is not Stage.OPPORTUNITY and stage not in _ACTIVE):
        return None
    if stage is not Stage.OPPORTUNITY and floor_ms is not None and lost.at_ms <= floor_ms:
        return None
    because = _because(instant, Cause.OPPORTUNITY_LOST, _rule_id(instant, lost.reason), _keys(lost.key))
    if not lost.has_reason and instant.lead.book.playbook.feedback.lost_reason_field:
        because = replace(because, numbers={**because.numbers, chase.NO_REASON: 1})
    return lifecycle.lose(standing, because, ended_at=from_ms(lost.at_ms))


def _amend_loss(instant: Instant, standing: Standing, lost: feedback.DealFact) -> Step | None:
    """The reason sales gave after the deal was lost, where that is what ended the last pass, and sales said
    nothing of the Lead meanwhile. The pass ended when it was lost: the cool-down runs from there."""
    playbook, ended_at = instant.lead.book.playbook, standing.evidence_floor_at
    rule = feedback.rule_of(lost.reason, playbook)
    is_news = lost.has_reason and rule.reason != standing.reason and chase.is_end_of_pass(lost, standing)
    if not is_news or ended_at is None:
        return None
    said = feedback.latest_status(instant.lead.timeline, playbook)
    if said is not None and said.meaning in feedback.REFUSALS and said.at_ms >= to_ms(ended_at):
        return None
    because = _because(instant, Cause.CORRECTED, rule.reason, _keys(lost.said_by))
    until_at = _returns_at(instant, rule, ended_at)
    return lifecycle.amend(standing, rule, because, ended_at=ended_at, until_at=until_at)


def _follow_status(instant: Instant, standing: Standing, is_filtered: bool) -> Step | None:
    stage = standing.position.stage
    fact = feedback.latest_status(instant.lead.timeline, instant.lead.book.playbook)
    if fact is None or stage not in _ACTIVE | _OUT:
        return None
    floor_ms = qualify.floor_of(standing)
    is_new = floor_ms is None or fact.at_ms > floor_ms
    if fact.meaning in feedback.REFUSALS:
        if stage in _OUT:
            return None if is_filtered else _amend(instant, standing, fact, floor_ms)
        return _reject(instant, standing, fact) if is_new else None
    if not is_new:
        return None
    if fact.meaning == "accepted" and stage is not Stage.ACCEPTED:
        return lifecycle.accept(standing, _because(instant, Cause.SALES_ACCEPTED, evidence=(fact.key,)))
    if fact.meaning in ("new", "working") and stage in _OUT and not is_filtered:
        return lifecycle.reopen(standing, _because(instant, Cause.CORRECTED, "reopened", (fact.key,)))
    return None


def _reject(instant: Instant, standing: Standing, fact: feedback.StatusFact) -> Step:
    cause = feedback.REFUSALS[fact.meaning]
    because = _because(instant, cause, _rule_id(instant, fact.reason), (fact.key,))
    if not fact.has_reason:
        because = replace(because, numbers={**because.numbers, chase.NO_REASON: 1})
    return lifecycle.reject(standing, because, ended_at=from_ms(fact.at_ms))


def _amend(
    instant: Instant, standing: Standing, fact: feedback.StatusFact, floor_ms: int | None
) -> Step | None:
    """The reason sales gave after it had given the lead back, or after silence had answered for it."""
    rule = feedback.rule_of(fact.reason, instant.lead.book.playbook)
    if rule.reason == standing.reason or (floor_ms is not None and fact.at_ms < floor_ms):
        return None
    because, ended_at = _because(instant, Cause.CORRECTED, rule.reason, (fact.key,)), from_ms(fact.at_ms)
    until_at = _returns_at(instant, rule, ended_at)
    return lifecycle.amend(standing, rule, because, ended_at=ended_at, until_at=until_at)


def _follow_date(instant: Instant, standing: Standing) -> Step | None:
    """The day the prospect named, entered or changed after the lead came back. A day taken away changes
    nothing, and one that is over calls nobody back."""
    playbook, now = instant.lead.book.playbook, from_ms(instant.at_ms)
    rule, ended_at = playbook.recycle.rules.get(standing.reason), standing.evidence_floor_at
    if standing.position.stage is not Stage.RECYCLED or rule is None or ended_at is None:
        return None
    named_at = recycling.named_at(instant.lead.snapshot.fields, rule, ended_at, playbook)
    if named_at is None or named_at == standing.until_at:
        return None
    if max(named_at, standing.until_at or named_at) <= now:
        return None
    because = _because(instant, Cause.CORRECTED, rule.reason)
    return lifecycle.amend(standing, rule, because, ended_at=ended_at, until_at=named_at)


def _follow_removal(instant: Instant, standing: Standing) -> Step | None:
    """What we handed over is in Salesforce's bin, and nothing else of the person is left there: a no without
    a reason. What was in the bin before is what an earlier pass left: the new record is not read yet."""
    records, handed_off_at = instant.lead.snapshot.sales_records, standing.handed_off_at
    if standing.position.stage not in {Stage.HANDED_OFF, Stage.ACCEPTED} or handed_off_at is None:
        return None
    if any(not record.is_deleted for record in records):
        return None
    if not any(record.modified_at is None or record.modified_at >= handed_off_at for record in records):
        return None
    code = instant.lead.book.playbook.feedback.default_reason
    because = _because(instant, Cause.SALES_REJECTED, _rule_id(instant, code))
    because = replace(because, numbers={**because.numbers, chase.NO_REASON: 1, chase.DELETED: 1})
    return lifecycle.reject(standing, because, ended_at=from_ms(instant.at_ms))


def _follow_return(instant: Instant, standing: Standing) -> Step | None:
    """A record sales had thrown away is out of the bin again: it goes on where it was."""
    lead = instant.lead.snapshot
    is_back = any(not record.is_deleted for record in lead.sales_records)
    if standing.position.stage not in _OUT or not is_back or standing.handed_off_at is None:
        return None
    if not chase.was_removed(lead.history, standing):
        return None
    return lifecycle.reopen(standing, _because(instant, Cause.CORRECTED, "undeleted"))


def _end_silence(instant: Instant, standing: Standing) -> Step | None:
    ends_ms = silence_ends_ms(instant, standing)
    if ends_ms is None or instant.at_ms < ends_ms:
        return None
    days_ms = days_to_ms(instant.lead.book.playbook.recycle.unresponsive_after_days)
    if instant.lead.was_touched(ends_ms - days_ms, instant.at_ms):
        return None  # no silence, though that was not known then
    code = _rule_id(instant, feedback.UNRESPONSIVE)
    because = _because(instant, Cause.SALES_UNRESPONSIVE, code)
    return lifecycle.reject(standing, because, ended_at=from_ms(instant.at_ms))


def _rule_id(instant: Instant, code: str) -> str:
    return feedback.rule_of(code, instant.lead.book.playbook).reason


# --- filters ---------------------------------------------------------------------------------------------


def _filter(instant: Instant, standing: Standing, is_filtered: bool) -> Step | None:
    stage = standing.position.stage
    if stage not in _MARKETING | {Stage.SQL, Stage.DISQUALIFIED, Stage.RECYCLED}:
        return None
    outcomes = qualify.OBJECTING if stage is Stage.RECYCLED else qualify.BLOCKING
    blocking = qualify.stopping_filter(instant.view, outcomes)
    if stage is not Stage.DISQUALIFIED:
        if blocking is None:
            return None
        return lifecycle.block(standing, _because(instant, Cause.FILTER, blocking.filter.id))
    if blocking is not None or not is_filtered:
        return None
    return lifecycle.lift(standing, _because(instant, Cause.FILTER_LIFTED, standing.reason))


# --- our own judgement -----------------------------------------------------------------------------------


def _judge(instant: Instant, standing: Standing, cause: Cause | None) -> Step | None:
    match standing.position.stage:
        case Stage.LEAD | Stage.MQL | Stage.NEAR_SQL:
            return _qualify(instant, standing, cause) or _relevel(instant, standing, cause)
        case Stage.SQL:
            return _withdraw(instant, standing, cause)
        case Stage.HANDED_OFF | Stage.ACCEPTED:
            return _hand_over_known(instant, standing)
        case Stage.RECYCLED:
            return _reenter(instant, standing)
        case Stage.CUSTOMER:
            return _speak_for_us(instant, standing)
        case _:
            return None


def _qualify(instant: Instant, standing: Standing, cause: Cause | None) -> Step | None:
    carried = qualify.handover(instant, standing).carried
    if carried is None:
        return None
    if cause is Cause.SEGMENT_CHANGED and carried.cause is not Cause.THRESHOLD:
        cause = None  # what the person did would have carried it in any segment
    return lifecycle.qualify(standing, _carried(instant, cause or carried.cause, carried))


def _speak_for_us(instant: Instant, standing: Standing) -> Step | None:
    """A customer who does all the playbook asks of an evangelist is one, and stays one."""
    view = instant.view
    if standing.position.level or not view.book.evangelist or view.book.evangelist_check(view) is not True:
        return None
    evidence = qualify.keys_of(report.evidence_of(view, view.book.carrying_evangelist))
    return lifecycle.speak_for_us(standing, _because(instant, Cause.CRITERIA_MET, "evangelist", evidence))


def _carried(instant: Instant, cause: Cause, carried: Carried) -> Because:
    because = _because(instant, cause, carried.code, qualify.keys_of(carried.evidence))
    return replace(because, numbers={**because.numbers, **claims.claimed(instant.view)})


def _relevel(instant: Instant, standing: Standing, cause: Cause | None) -> Step | None:
    target, _missing = qualify.position_below_sql(instant.view, standing.position)
    if target == standing.position:
        return None
    track = qualify.track_of(instant.view, target)
    if _height(instant, target) > _height(instant, standing.position):
        evidence = qualify.keys_of(report.evidence(instant.view))
        because = _because(instant, cause or Cause.CRITERIA_MET, target.level, evidence)
        return lifecycle.raise_level(standing, target, because, track=track)
    because = _because(instant, cause or Cause.CRITERIA_LOST, standing.position.level)
    return lifecycle.lower_level(standing, target, because, track=track)


def _height(instant: Instant, position: Position) -> tuple[int, int]:
    return _HEIGHT[position.stage], instant.lead.book.level_numbers.get(position.level, -1)


def _withdraw(instant: Instant, standing: Standing, cause: Cause | None) -> Step | None:
    """Back when a gate closed, or when what qualified the lead is gone. Fading alone takes nothing back: as
    of the moment it qualified, it still would."""
    qualified_ms = instant.at_ms if standing.qualified_at is None else to_ms(standing.qualified_at)
    code = qualify.gate(instant.view) or (qualify.BLOCKED_AS_CUSTOMER if instant.lead.is_customer else "")
    if not code:
        if qualify.is_sql(instant.view) or qualify.is_sql(instant.lead.in_the_past(qualified_ms)):
            return None
        code = "evidence_gone"
    target, _missing = qualify.position_below_sql(instant.view, standing.position)
    because = _because(instant, cause or Cause.CRITERIA_LOST, code)
    track = qualify.track_of(instant.view, target)
    return lifecycle.withdraw(standing, target, because, track=track)


def _hand_over_known(instant: Instant, standing: Standing) -> Step | None:
    """Somebody sales had before us, in hand or converted without a deal, is handed over when they take a
    decisive action: nobody else would tell sales of it."""
    if standing.qualified_at is not None:
        return None
    carried = qualify.handover(instant, standing).carried
    if carried is None or carried.cause is not Cause.DECISIVE_ACTION:
        return None
    newest: Entry = carried.evidence[0]
    if newest.occurred_ms <= to_ms(standing.since_at):
        return None
    floor_at = from_ms(newest.occurred_ms - 1)
    return lifecycle.qualify(standing, _carried(instant, carried.cause, carried), floor_at=floor_at)


def _reenter(instant: Instant, standing: Standing) -> Step | None:
    """Back in by new evidence, as the reason's rule lets it; or, where the rule says so, because the day has
    come: then among marketing's leads, since a day is no evidence."""
    if qualify.stopping_filter(instant.view, qualify.BLOCKING) is not None:
        return None
    rule = instant.lead.book.playbook.recycle.rules.get(standing.reason)
    carried = qualify.handover(instant, standing).carried
    cooling = is_cooling(instant, standing)
    is_decisive = carried is not None and carried.cause is Cause.DECISIVE_ACTION
    if carried is not None and recycling.lets_back(rule, is_cooling=cooling, is_decisive=is_decisive):
        return lifecycle.reenter(standing, Position(Stage.SQL), _carried(instant, Cause.REENTERED, carried))
    if cooling:
        return None
    if rule is not None and rule.way_back == "date_only":
        return _return_on_day(instant, standing)
    if recycling.lets_back(rule, is_cooling=False, is_decisive=False):
        return _reenter_below(instant, standing)
    return None


def _return_on_day(instant: Instant, standing: Standing) -> Step:
    target, _missing = qualify.position_below_sql(instant.view, None)
    track = qualify.track_of(instant.view, target)
    return lifecycle.reenter(standing, target, _because(instant, Cause.REENTERED, target.level), track=track)


def _reenter_below(instant: Instant, standing: Standing) -> Step | None:
    """Among the levels, where what is new since the last pass earns one by itself."""
    view, fresh = instant.view, instant.after(qualify.floor_of(standing))
    evidence = report.evidence(fresh)
    earned, _missing = qualify.position_below_sql(fresh, None)
    target, _lacking = qualify.position_below_sql(view, None)
    if not evidence or Stage.LEAD in (earned.stage, target.stage):
        return None
    because = _because(instant, Cause.REENTERED, target.level, qualify.keys_of(evidence))
    return lifecycle.reenter(standing, target, because, track=qualify.track_of(view, target))
