"""What a lead's criteria earn, and whether that may go to sales: levels, gates, decisive actions, evidence.

Earning and handing over are two questions. Levels count all evidence; a hand-off must be carried by evidence
newer than the end of the last pass and than go-live alone. No filter, failed ICP gate or guard is passed, and
whatever stopped a decisive action or an SQL score is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.core import report
from syncd.core.compiled import CompiledFilter, compiled
from syncd.core.engine.telling import Decided
from syncd.core.instants import to_ms
from syncd.core.lead import Carried, Instant, Lead
from syncd.core.model import Cause, Position, Snapshot, Stage, Standing, Verdict
from syncd.core.playbook import Playbook
from syncd.core.scoring import EVIDENCE_MAX
from syncd.core.timeline import Entry
from syncd.core.undoing import passes_counted
from syncd.core.view import Numbers, View

STOPPING = frozenset({"block", "divert", "hold", "stop"})
"""Outcomes of a filter that keep somebody from sales; `no_nurture` does not."""
BLOCKING = frozenset({"block", "stop"})
"""Outcomes that disqualify."""
OBJECTING = frozenset({"stop"})
"""An objection: also ends what marketing still does, and nobody can set it aside."""

BLOCKED_BY_ICP = "icp"
BLOCKED_AS_CUSTOMER = "is_customer"
BLOCKED_WITHOUT_CONTACT = "no_contact"
BLOCKED_BY_OLD_EVIDENCE = "old_evidence"
BLOCKED_BY_LIMIT = "pass_limit"
BLOCKED_BY_GO_LIVE = "go_live"
BLOCKED_WHILE_OBSERVING = "observing"
BLOCKED_BY_UNDO = "undone"
GUARDS: Mapping[str, str] = {
    BLOCKED_BY_ICP: "Outside the ideal customer profile",
    BLOCKED_AS_CUSTOMER: "Already a customer",
    BLOCKED_WITHOUT_CONTACT: "Known to Salesforce alone: there is nothing to hand over",
    BLOCKED_BY_OLD_EVIDENCE: "Nothing new since sales gave it back",
    BLOCKED_BY_LIMIT: "Handed over as often as the playbook allows",
    BLOCKED_BY_GO_LIVE: "Qualifies on evidence from before go-live: waits for a release",
    BLOCKED_WHILE_OBSERVING: "Qualifies, but the profile still observes",
    BLOCKED_BY_UNDO: "Taken back by a person: waits for a release, or for newer evidence",
}
"""Values of `Verdict.blocked_by` that are not a filter or a criterion, in words."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Whether a lead goes to sales now. `carried` says so; `blocked_by` names what stopped one that would;
    `is_releasable` that only go-live stands between."""

    carried: Carried | None = None
    blocked_by: str = ""
    is_releasable: bool = False


def verdict(snapshot: Snapshot, playbook: Playbook, now: datetime) -> Verdict:
    """The evaluation of one lead at one instant, with every reason."""
    lead = Lead(snapshot, compiled(playbook))
    now_ms = to_ms(now)
    lead.advance(now_ms)
    return judge(lead.at(now_ms), snapshot.standing)


def judge(instant: Instant, standing: Standing | None) -> Verdict:
    """The verdict at this instant for a lead that stands here."""
    from syncd.core.engine.program import program  # noqa: PLC0415 - it asks this module what a claim becomes

    made = program(instant.lead.book.playbook)
    known = made.told(instant.lead, instant.at_ms)
    return made.teller.tell(known, lambda numbers: decided(instant, standing, numbers))


def decided(instant: Instant, standing: Standing | None, numbers: Numbers) -> Decided:
    """What becomes of a claim to be an SQL, by somebody with these scores."""
    view = instant.view
    view.know(numbers)
    earned, missing = earned_position(view)
    over = handover(instant, standing)
    decisive = decisive_entry(view)
    carrier = sql_carried(instant, None)
    evidence = carrier.evidence if carrier else report.evidence(view)
    return Decided(
        earned=earned,
        missing=missing,
        decisive=kind_of(instant.lead, decisive) if decisive else "",
        evidence=keys_of(evidence),
        evidence_ms=evidence[0].occurred_ms if evidence else None,
        cause=carrier.cause if carrier else Cause.CRITERIA_MET,
        blocked_by=over.blocked_by,
    )


# --- what is earned --------------------------------------------------------------------------------------


def earned_position(view: View) -> tuple[Position, tuple[str, ...]]:
    """Where the criteria alone put the lead, without regard to where it stood, and the ids of the SQL
    criteria that near-SQL lacks."""
    if is_sql(view) and gate(view) == "":
        return Position(Stage.SQL), ()
    return position_below_sql(view, None)


def is_sql(view: View) -> bool:
    """Whether a decisive action or the SQL criteria are there; gates are not asked here."""
    return decisive_entry(view) is not None or view.book.sql_check(view) is True


def position_below_sql(view: View, held: Position | None) -> tuple[Position, tuple[str, ...]]:
    """The highest level below SQL, given the one held, and the SQL criteria that near-SQL lacks.

    A level is entered when all its criteria hold, and kept until its `leave` holds; who stands above a level
    has it too.
    """
    met = [item.check(view) for item in view.book.sql]
    enough = sum(answer is True for answer in met) >= view.book.playbook.levels.near_sql.at_least
    if enough and view.book.near_check(view):
        lacking = zip(view.book.sql, met, strict=True)
        return Position(Stage.NEAR_SQL), tuple(f"sql.{item.named.id}" for item, one in lacking if not one)
    highest = _height(view, held)
    for number in range(len(view.book.levels) - 1, -1, -1):
        kept = number <= highest and view.level_left(number) is not True
        if kept or view.level_entered(number):
            return Position(Stage.MQL, view.book.levels[number].level.id), ()
    return Position(Stage.LEAD), ()


def _height(view: View, held: Position | None) -> int:
    """The number of the highest MQL level that a position includes; -1 for none."""
    if held is None or held.stage is Stage.LEAD:
        return -1
    if held.stage is Stage.MQL:
        return view.book.level_numbers.get(held.level, -1)
    return len(view.book.levels) - 1 if held.stage in (Stage.NEAR_SQL, Stage.SQL) else -1


def track_of(view: View, position: Position) -> str:
    """The nurture track of a position below SQL, as of a move to it: the one that asks, for who is to be
    asked; else that of its cell where it has one, else of its level."""
    confirm = view.book.playbook.levels.confirm
    if confirm is not None and _is_to_be_asked(view, position, near_sql=confirm.near_sql):
        return confirm.track
    if view.book.cell_tracks and (track := view.book.cell_tracks.get(view.cell, "")):
        return track
    if position.stage is Stage.NEAR_SQL:
        return view.book.playbook.levels.near_sql.track
    if position.stage is Stage.MQL:
        return view.book.levels[view.book.level_numbers[position.level]].level.track
    return ""


def _is_to_be_asked(view: View, position: Position, *, near_sql: bool) -> bool:
    """Whether somebody who comes here is borderline, or only learns."""
    if position.stage is Stage.NEAR_SQL and near_sql:
        return True
    is_below = position.stage in (Stage.MQL, Stage.NEAR_SQL)
    return is_below and any(item.check(view) is True for item in view.book.confirm)


# --- gates -----------------------------------------------------------------------------------------------


def stopping_filter(view: View, outcomes: frozenset[str] = STOPPING) -> CompiledFilter | None:
    """The first filter with one of these outcomes that matches; an unknown answer does not match, nor does
    a filter a person has set aside."""
    if outcomes not in view.stopping:
        asked = (
            item
            for item in view.book.filters
            if item.filter.outcome in outcomes and not is_set_aside(item, view)
        )
        view.stopping[outcomes] = next((item for item in asked if item.check(view)), None)
    return view.stopping[outcomes]


def is_set_aside(item: CompiledFilter, view: View) -> bool:
    """Whether a person's word keeps this filter from stopping the lead."""
    return item.filter.id in view.waived and item.filter.outcome not in OBJECTING


def gate(view: View) -> str:
    """What keeps the lead from SQL whatever it does: a filter's id, the failed ICP gate, or nothing."""
    stopping = stopping_filter(view)
    if stopping is not None:
        return stopping.filter.id
    return BLOCKED_BY_ICP if view.icp is False and BLOCKED_BY_ICP not in view.waived else ""


# --- what carries a hand-off -----------------------------------------------------------------------------


def decisive_entry(view: View) -> Entry | None:
    """The newest decisive action inside its window, when all that it needs holds."""
    if not did_decisive(view) or _needs_unmet(view):
        return None
    atom = view.book.decisive
    return None if atom is None else view.timeline.nth_newest(atom.pick, 1)


def did_decisive(view: View) -> bool:
    """Whether a decisive action is inside its window, whatever else it needs."""
    return view.book.decisive is not None and view.signal_holds(view.book.decisive)


def _needs_unmet(view: View) -> str:
    needs = (item for item in view.book.decisive_needs if item.named.id not in view.waived)
    return next((item.named.id for item in needs if item.check(view) is not True), "")


def sql_carried(instant: Instant, floor_ms: int | None) -> Carried | None:
    """What qualifies the lead as SQL by evidence newer than the floor alone; gates are not asked here.

    By score, the SQL criteria must hold when only newer signals count, and one of them must speak for the
    lead. A record younger than the floor needs no signal: that it is there is new.
    """
    if floor_ms not in instant.carried:
        instant.carried[floor_ms] = _sql_carried(instant, floor_ms)
    return instant.carried[floor_ms]


def _sql_carried(instant: Instant, floor_ms: int | None) -> Carried | None:
    entry = decisive_entry(instant.view)
    if entry is not None and (floor_ms is None or entry.occurred_ms > floor_ms):
        return Carried(Cause.DECISIVE_ACTION, kind_of(instant.lead, entry), (entry,))
    if not instant.view.book.sql_check(instant.view):
        return None
    view = instant.after(floor_ms)
    if not view.book.sql_check(view):
        return None
    evidence = report.evidence(view)
    if not evidence and floor_ms is not None and not _is_younger(instant.lead, floor_ms):
        return None
    return Carried(Cause.THRESHOLD, "", evidence)


def _is_younger(lead: Lead, floor_ms: int) -> bool:
    return lead.created_ms is not None and lead.created_ms > floor_ms


def kind_of(lead: Lead, entry: Entry) -> str:
    """The decisive kind a signal belongs to."""
    catalogue = lead.book.catalogue
    kinds = catalogue.kinds_of(lead.signal(entry.key).shape)
    return next(catalogue.kinds[number].id for number in kinds if number in lead.book.decisive_kinds)


def handover(instant: Instant, standing: Standing | None) -> Handover:
    """Whether this lead, standing here, is to go to sales at this instant, and what stops it if not."""
    if standing not in instant.handovers:
        instant.handovers[standing] = _handover(instant, standing)
    return instant.handovers[standing]


def _handover(instant: Instant, standing: Standing | None) -> Handover:
    view = instant.view
    claimed = sql_carried(instant, None)
    if claimed is None:
        return Handover(blocked_by=_needs_unmet(view) if did_decisive(view) else "")
    blocked_by = gate(view) or _guard(instant, standing)
    if blocked_by:
        return Handover(blocked_by=blocked_by)
    floor_ms = floor_of(standing)
    carried = sql_carried(instant, floor_ms)
    if carried is None:
        return Handover(blocked_by=BLOCKED_BY_OLD_EVIDENCE)
    if not _is_newer_than_undo(instant):
        return Handover(blocked_by=BLOCKED_BY_UNDO)
    go_live_ms = instant.lead.go_live_ms
    if go_live_ms is None or not instant.is_live:
        return Handover(blocked_by=BLOCKED_WHILE_OBSERVING, is_releasable=True)
    since = go_live_ms if floor_ms is None else max(floor_ms, go_live_ms)
    fresh = sql_carried(instant, since)
    if fresh is not None:
        return Handover(fresh)
    if instant.is_released:
        return Handover(Carried(Cause.RELEASED, carried.code, carried.evidence))
    return Handover(blocked_by=BLOCKED_BY_GO_LIVE, is_releasable=True)


def _is_newer_than_undo(instant: Instant) -> bool:
    """Whether what a person took back may go to sales again: by a decisive action known since, or by a score
    earned since. A fact counts from when it is known."""
    undone_ms = instant.lead.undone_ms
    if undone_ms is None:
        return True
    entry = decisive_entry(instant.view)
    if entry is not None and entry.key in instant.lead.known_after(undone_ms):
        return True
    return sql_carried(instant, undone_ms) is not None


def floor_of(standing: Standing | None) -> int | None:
    """The moment before which evidence may not carry a hand-off: the end of the last pass."""
    if standing is None or standing.evidence_floor_at is None:
        return None
    return to_ms(standing.evidence_floor_at)


def _guard(instant: Instant, standing: Standing | None) -> str:
    if instant.lead.is_customer:
        return BLOCKED_AS_CUSTOMER
    if instant.lead.snapshot.key is None:
        return BLOCKED_WITHOUT_CONTACT
    limit = instant.lead.book.playbook.recycle.pass_limit
    if standing is not None and passes_counted(instant.lead.snapshot.history, standing) >= limit > 0:
        return BLOCKED_BY_LIMIT
    return ""


def keys_of(evidence: tuple[Entry, ...]) -> tuple[int, ...]:
    """The newest keys, as many as a ledger entry holds."""
    return tuple(entry.key for entry in evidence[:EVIDENCE_MAX])
