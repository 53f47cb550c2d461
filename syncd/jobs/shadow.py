"""`syncd report shadow`: our hand-offs against what reached sales by other ways, with what became of each.

Works while the profile observes too. For the time before go-live the definition in force is replayed over
everybody it may have wanted (`core.replayed`): what it would have handed over stands beside what did reach
sales. From go-live on only real hand-offs are ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from syncd.core import shadow
from syncd.core.decide import decide
from syncd.core.headline import place
from syncd.core.history import History
from syncd.core.model import Cause, Decision, Snapshot, Stage
from syncd.core.passes import Pass
from syncd.core.playbook import Playbook
from syncd.core.qualify import BLOCKED_AS_CUSTOMER, BLOCKED_BY_GO_LIVE, BLOCKED_WITHOUT_CONTACT, STOPPING
from syncd.core.replayed import as_if_new
from syncd.core.reported import Cell, Column, Report, Section
from syncd.core.shadow import OUTCOMES, WAYS, Arrival, Event, Group, MadeRecord, Shadowed, Way
from syncd.core.signals import classify
from syncd.core.timeline import SALES_SOURCES
from syncd.core.why_not import stopper
from syncd.jobs.explain import name_of
from syncd.jobs.histories import histories
from syncd.store import arrivals, snapshots, work
from syncd.store.bulk import chunks
from syncd.store.engine import Store
from syncd.store.occurred import occurred

BATCH = 200
"""Leads whose facts are held at once."""
NOTHING_DONE = "nothing_done"
_NO_HISTORY = History()


def report(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, now: datetime
) -> Report:
    """The report of the arrivals that began in the period; without a first day, in one sales cycle."""
    window = timedelta(days=playbook.sales_cycle_days)
    start = since or until - window
    with store.read() as tx:
        live_at = work.baseline(tx).go_live_at
    found = _arrivals(store, playbook, (start, min(until, now)), now)
    return _report(found, start, until, live_at, playbook.sales_cycle_days)


# --- finding them ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read of everybody at once: how they came to be in Salesforce, their ledger, whom we wanted."""

    made: Mapping[int, tuple[Event, ...]]
    histories: Mapping[int, History]
    wanted: Set[int]
    integrations: Set[str]
    live_at: datetime | None

    def passed(self, lead_id: int) -> tuple[Event, ...]:
        mine = self.histories.get(lead_id, _NO_HISTORY).passes
        return tuple(Event(item.qualified_at, Way.PASS) for item in mine if _reached_sales(item))


def _reached_sales(item: Pass) -> bool:
    """Whether a pass is with sales, or on its way; not one that was withdrawn before it arrived."""
    return item.handed_off_at is not None or item.ended_at is None


def _known(tx: sa.Connection, playbook: Playbook) -> _Known:
    touches = playbook.sla.touches
    integrations = touches.for_owner | touches.of_nobody
    ours, unanswered = arrivals.made_by_us(tx), arrivals.unanswered(tx)
    records: defaultdict[int, list[MadeRecord]] = defaultdict(list)
    for row in arrivals.sales_records(tx):
        is_ours = row.id in ours or shadow.is_our_make(row.made_at, unanswered.get(row.lead_id, ()))
        records[row.lead_id].append(
            MadeRecord(row.lead_id, row.kind, row.id, row.made_at, row.maker, row.became, is_ours)
        )
    imported = shadow.imports(item for mine in records.values() for item in mine if not item.is_ours)
    return _Known(
        {lead_id: shadow.made_by_others(mine, imported, integrations) for lead_id, mine in records.items()},
        histories(tx),
        arrivals.wanted(tx),
        integrations,
        work.baseline(tx).go_live_at,
    )


def _arrivals(
    store: Store, playbook: Playbook, period: tuple[datetime, datetime], now: datetime
) -> tuple[Shadowed, ...]:
    """Every arrival that began in the period, the oldest first."""
    since, until = period
    window = timedelta(days=playbook.sales_cycle_days)
    latest = until + window  # what we began, they may have ended so late
    with store.read() as tx:
        known = _known(tx, playbook)
        given = occurred(tx, lambda shape: shadow.is_given(shape, known.integrations), since, latest)
    asked = {lead_id for lead_id, _times in given} | {
        lead_id for lead_id, mine in known.made.items() if any(since <= event.at < latest for event in mine)
    }
    asked |= {lead_id for lead_id in known.histories if known.passed(lead_id)} | known.wanted
    found: list[Shadowed] = []
    for batch in chunks(sorted(asked), BATCH):
        with store.read() as tx:
            loaded = snapshots.load_snapshots(tx, batch, now)
        for snapshot in loaded:
            if snapshot.standing is None or snapshot.standing.position.stage is not Stage.ERASED:
                found += _of_one(snapshot, known, playbook, (since, until), now)
    return tuple(sorted(found, key=lambda item: (item.arrival.began_at, item.arrival.lead_id)))


def _of_one(
    snapshot: Snapshot,
    known: _Known,
    playbook: Playbook,
    period: tuple[datetime, datetime],
    now: datetime,
) -> Iterable[Shadowed]:
    lead_id = snapshot.lead_id
    passed = known.passed(lead_id)
    by_hand = shadow.given_by_hand(snapshot.signals, [item.at for item in passed], known.integrations)
    would = _would(snapshot, playbook, known.live_at or now)
    events = (*passed, *would, *known.made.get(lead_id, ()), *by_hand)
    for arrival in shadow.arrivals(lead_id, events, timedelta(days=playbook.sales_cycle_days)):
        is_guess = arrival.group is Group.ONLY_WE and arrival.is_reckoned and lead_id not in known.wanted
        if period[0] <= arrival.began_at < period[1] and not is_guess:
            yield _shadowed(arrival, snapshot, known, playbook)


def _would(snapshot: Snapshot, playbook: Playbook, end: datetime) -> tuple[Event, ...]:
    """When the definition in force would have made an SQL of the lead by `end`, until which nothing was
    handed over. Who had done nothing by then could be none."""
    if snapshot.key is None or not _has_done(snapshot, playbook, end):
        return ()
    moves = _replayed(snapshot, playbook, end).transitions
    return tuple(Event(move.effective_at, Way.WOULD) for move in moves if move.target.stage is Stage.SQL)


def _replayed(snapshot: Snapshot, playbook: Playbook, at: datetime) -> Decision:
    return decide(replace(as_if_new(snapshot), undone_at=None), playbook, at)


# --- what became of it, and why not ----------------------------------------------------------------------


def _shadowed(arrival: Arrival, snapshot: Snapshot, known: _Known, playbook: Playbook) -> Shadowed:
    moves = known.histories.get(arrival.lead_id, _NO_HISTORY).moves
    had_lost_deal = any(deal.is_closed and not deal.is_won for deal in snapshot.opportunities)
    told = shadow.outcome(moves, arrival.began_at, arrival.until_at, had_lost_deal=had_lost_deal)
    found = Shadowed(arrival, told, name_of(snapshot))
    if arrival.group is not Group.ONLY_THEY:
        return found
    reason, label = _held_back(arrival, snapshot, known, playbook)
    return replace(found, reason=reason, label=label)


def _held_back(arrival: Arrival, snapshot: Snapshot, known: _Known, playbook: Playbook) -> tuple[str, str]:
    """Why we had not handed somebody over when others did: a code, and what people call it."""
    at = arrival.began_at
    if snapshot.key is None:
        return BLOCKED_WITHOUT_CONTACT, stopper(BLOCKED_WITHOUT_CONTACT, playbook)
    moves = known.histories.get(arrival.lead_id, _NO_HISTORY).moves
    stood = [move for move in moves if move.effective_at <= at and move.cause is not Cause.ERASED]
    if stood and stood[-1].target.stage is Stage.CUSTOMER:
        return BLOCKED_AS_CUSTOMER, stopper(BLOCKED_AS_CUSTOMER, playbook)
    if not _has_done(snapshot, playbook, at):
        return NOTHING_DONE, "Nothing known that they had done by then"
    decided = _replayed(snapshot, playbook, at)
    verdict, position = decided.verdict, decided.standing.position
    matched = next((item.id for item in verdict.filters if item.matched and item.outcome in STOPPING), "")
    code = verdict.blocked_by or matched
    if code:
        return code, stopper(code, playbook)
    if position.stage is Stage.SQL:
        return BLOCKED_BY_GO_LIVE, stopper(BLOCKED_BY_GO_LIVE, playbook)
    return f"at:{position}", f"Not enough for SQL: stood at {place(position, playbook)}"


def _has_done(snapshot: Snapshot, playbook: Playbook, at: datetime) -> bool:
    """Whether the person had done anything by then that the playbook has a word for."""
    return any(
        signal.occurred_at <= at
        and signal.shape.source not in SALES_SOURCES
        and bool(classify(signal.shape, playbook))
        for signal in snapshot.signals
    )


# --- as a report -----------------------------------------------------------------------------------------

_GROUPS: Final = {Group.SAME: "Both", Group.ONLY_WE: "Only we", Group.ONLY_THEY: "Only they"}
_OUTCOME_COLUMNS = (
    Column("arrivals", "All", "count"), Column("open", "Open", "count"),
    Column("accepted", "Accepted", "count"), Column("opportunity", "Deal", "count"),
    Column("won", "Won", "count"), Column("lost", "Lost", "count"), Column("given_back", "Back", "count"),
)  # fmt: skip
_NOTE = (
    "An arrival is one time a person reached sales, with everything within {days:g} days of its beginning: "
    "by us (SQL), or by a record others made in Salesforce or an owner they set. Open, accepted, deal, won, "
    "lost, back (given back): the last word of sales on it. "
)
_OBSERVING = (
    "Nothing is handed over yet: ours is what the definition in force would have handed over, reckoned from "
    "all that is known today. Whom only we have, nobody in sales has seen. Whom only they have and who was "
    "won, the definition would have missed."
)
_MIXED = (
    "Before go-live ours is reckoned by the definition in force; from then on it is what was handed over."
)


def _report(
    found: Sequence[Shadowed], since: datetime, until: datetime, live_at: datetime | None, days: float
) -> Report:
    groups = {group: [item for item in found if item.arrival.group is group] for group in Group}
    theirs = [item for item in found if item.arrival.way is not None]
    ways = {way: [item for item in theirs if item.arrival.way is way] for way in WAYS}
    reasons = _by_reason(groups[Group.ONLY_THEY])
    first = shadow.first(groups[Group.SAME])
    data = {
        "since": since,
        "until": until,
        "live_at": live_at,
        "window_days": days,
        "groups": [
            {"id": str(group), "label": _GROUPS[group], **shadow.counts(items), **shadow.besides(items)}
            for group, items in groups.items()
        ],
        "ways": [
            {"id": str(way), "label": WAYS[way], **shadow.counts(items), "same": shadow.same(items)}
            for way, items in ways.items()
        ],
        "reasons": [
            {"id": code, "label": items[0].label, **shadow.counts(items)} for code, items in reasons.items()
        ],
        "first": first,
        "leads": [_lead(item) for item in found],
    }
    note = _NOTE.format(days=days) + (_OBSERVING if live_at is None else _MIXED if live_at > since else "")
    sections = [
        _groups_section(groups),
        _ways_section(ways),
        _reasons_section(reasons),
        _first_section(groups, first),
    ]
    return Report("What reached sales, with us and without", data, sections, since, until, note=note.rstrip())


def _by_reason(items: Iterable[Shadowed]) -> dict[str, list[Shadowed]]:
    """By the reason we held back, the most frequent first."""
    found: defaultdict[str, list[Shadowed]] = defaultdict(list)
    for item in items:
        found[item.reason].append(item)
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def _lead(item: Shadowed) -> dict[str, Any]:
    arrival = item.arrival
    return {
        "lead_id": arrival.lead_id,
        "name": item.name,
        "group": str(arrival.group),
        "ours_at": arrival.ours_at,
        "theirs_at": arrival.theirs_at,
        "kind": str(arrival.way) if arrival.way else None,
        "outcome": item.outcome,
        "reason": item.reason or None,
    }


def _people(items: Iterable[Shadowed]) -> Set[int]:
    return {item.arrival.lead_id for item in items}


def _leads_of(prefix: str, items: Sequence[Shadowed]) -> dict[str, Set[int]]:
    """The leads of a line as a whole and by outcome."""
    return {prefix: _people(items)} | {
        f"{prefix}.{name}": _people(item for item in items if item.outcome == name) for name in OUTCOMES
    }


def _groups_section(groups: Mapping[Group, Sequence[Shadowed]]) -> Section:
    columns = (Column("id", "", csv_only=True), Column("label", "Who brought them"), *_OUTCOME_COLUMNS,
               Column("reckoned", "", "count", csv_only=True),
               Column("known_before", "", "count", csv_only=True))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (str(group), _GROUPS[group], *shadow.counts(items).values(), *shadow.besides(items).values())
        for group, items in groups.items()
    ]
    leads: dict[str, Set[int]] = {}
    for group, items in groups.items():
        leads |= _leads_of(str(group), items)
        leads[f"{group}.reckoned"] = _people(item for item in items if item.arrival.is_reckoned)
        leads[f"{group}.known_before"] = _people(item for item in items if item.arrival.was_known)
    return Section("Who brought them", columns, rows, leads, _of_only_we(groups[Group.ONLY_WE]))


def _of_only_we(items: Sequence[Shadowed]) -> str:
    """What the numbers of this line do not say."""
    told = shadow.besides(items)
    parts = []
    if told["reckoned"]:
        parts.append(f"only reckoned, and seen by nobody in sales, {told['reckoned']:,}")
    if told["known_before"]:
        parts.append(f"on record in Salesforce from long before, {told['known_before']:,}")
    return f"Of those only we brought: {'; '.join(parts)}." if parts else ""


def _ways_section(ways: Mapping[Way, Sequence[Shadowed]]) -> Section:
    columns = (Column("id", "", csv_only=True), Column("label", "Without us"), *_OUTCOME_COLUMNS,
               Column("same", "We too", "count"))  # fmt: skip
    shown = {way: items for way, items in ways.items() if items}
    rows: list[tuple[Cell, ...]] = [
        (str(way), WAYS[way], *shadow.counts(items).values(), shadow.same(items))
        for way, items in shown.items()
    ]
    leads: dict[str, Set[int]] = {}
    for way, items in ways.items():
        leads |= _leads_of(f"way.{way}", items)
    note = "" if rows else "Nobody reached sales by another way."
    return Section("How they reached sales without us", columns, rows, leads, note)


def _reasons_section(reasons: Mapping[str, Sequence[Shadowed]]) -> Section:
    columns = (Column("id", "", csv_only=True), Column("label", "Why not by us"), *_OUTCOME_COLUMNS)
    rows: list[tuple[Cell, ...]] = [
        (code, items[0].label, *shadow.counts(items).values()) for code, items in reasons.items()
    ]
    leads: dict[str, Set[int]] = {}
    for code, items in reasons.items():
        leads |= _leads_of(f"reason.{code}", items)
    return Section("Only they: why we held back", columns, rows, leads, "" if rows else "Nobody.")


def _first_section(groups: Mapping[Group, Sequence[Shadowed]], first: Mapping[str, Any]) -> Section:
    columns = (Column("id", "", csv_only=True), Column("label", "Both: who was first"),
               Column("arrivals", "All", "count"), Column("days_median", "Earlier by", "days"))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (who, label, first[who], first[f"{who}_days_median"])
        for who, label in (("we", "We"), ("they", "They"))
    ]
    both = groups[Group.SAME]
    leads = {
        "first.we": _people(item for item in both if shadow.days_ahead(item.arrival) >= 0),
        "first.they": _people(item for item in both if shadow.days_ahead(item.arrival) < 0),
    }
    return Section("Both: who was first", columns, rows if both else [], leads, "" if both else "Nobody.")
