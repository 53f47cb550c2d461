"""The agenda of the hand-off meeting as a page: what to talk about, the numbers, and the parts behind them.

One page: a part shows its first lines and counts the rest, which `--list` names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from syncd.core import context, weekly
from syncd.core.model import Opportunity
from syncd.core.paths import Stop
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.core.reported import Cell, Column, Report, Section
from syncd.core.sla import measures
from syncd.core.sla.clock import State
from syncd.core.sla.measures import Measure
from syncd.core.story import day, reason_label
from syncd.core.weekly import Tally, Weeks
from syncd.jobs.chasing import Missing

LINES_MAX: Final = 5
CLOSED_MAX: Final = 8
"""Lines of a part that a page shows; the rest is counted."""
_ID = Column("id", "", csv_only=True)


@dataclass(slots=True)
class Handed:
    """What is known of the hand-offs of a period and of the one before: clocks, and what was missing."""

    clocks: list[measures.Whose] = field(default_factory=list)
    clocks_before: list[measures.Whose] = field(default_factory=list)
    lacking: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    thin: list[int] = field(default_factory=list)
    thin_before: list[int] = field(default_factory=list)
    set_aside: list[int] = field(default_factory=list)
    set_aside_before: list[int] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Closed:
    """One deal that closed, or one person where no deal is known: who, how, and the way there. `lead_ids`
    begin with whom the line tells of."""

    lead_ids: tuple[int, ...]
    name: str
    company: str
    is_won: bool
    at: datetime
    owner: str
    stops: tuple[Stop, ...]
    passes: int
    deal: Opportunity | None
    reason: str

    @property
    def days(self) -> float | None:
        """From the first stop to the end."""
        return (self.at - self.stops[0].at).total_seconds() / 86_400 if self.stops else None


@dataclass(frozen=True, slots=True)
class Week:
    """All that the page is made of. `times` are the beginning of the period before, of this one, and its
    end; `lines` are the measures of first contact, everybody first."""

    times: tuple[datetime, datetime, datetime]
    before: Tally
    now: Tally
    downloads_before: Sequence[tuple[int, int]]
    downloads: Sequence[tuple[int, int]]
    handed: Handed
    owed: Sequence[Missing]
    closed: Sequence[Closed]
    won_by_us: int
    lines_before: Sequence[Measure]
    lines: Sequence[Measure]


@dataclass(frozen=True, slots=True)
class _Number:
    """One number of the page, beside that of the period before, and whose it is."""

    id: str
    label: str
    value: float | None
    before: float | None
    who: Set[int] = frozenset()


def page(week: Week, playbook: Playbook) -> Report:
    """The page, in every form."""
    begin, start, until = week.times
    labels = {code: _reason(code, playbook) for code in week.now.reasons}
    said = weekly.points(_weeks(week), labels)
    numbers = _numbers(week)
    data = {
        "since": start,
        "until": until,
        "before_since_at": begin,
        "points": [{"text": text} for text in said],
        "numbers": {item.id: {"value": item.value, "before": item.before} for item in numbers},
        "reasons": [
            {"id": code, "label": labels[code], "passes": len(who)}
            for code, who in weekly.most_first(week.now.reasons)
        ],
        "late": [{"name": line.name, **_states(line)} for line in _late_owners(week.lines)],
        "context": [
            {"id": name, "label": label, "passes": len(week.handed.lacking.get(name, ()))}
            for name, label in context.LABELS.items()
        ],
        "owed": [
            {"name": name or None, "leads": len(items), "since_at": min(item.since_at for item in items)}
            for name, items in _owed_by(week.owed)
        ],
        "closed": [_closed_data(item) for item in week.closed],
    }
    sections = [
        Section("", (Column("point", "To talk about"),), [(text,) for text in said]),
        _numbers_section(numbers),
        _reasons_section(week, labels),
        _late_section(week),
        _context_section(week),
        _owed_section(week),
        _closed_section(week, playbook),
    ]
    zone = playbook.time_zone
    last = until - timedelta(milliseconds=1)
    title = f"Hand-off meeting: {day(start, zone)} to {day(last, zone)}"
    return Report(title, data, sections, start, until, note=_NOTE)


_NOTE = (
    "Late: past the target when touched, breached, or still open past it. Without full context: no dated "
    "act, no story, no title, no company, or a field that could not be written. Any number names its leads: "
    "syncd report weekly --list ID."
)


def _reason(code: str, playbook: Playbook) -> str:
    return reason_label(code, playbook) if code else "no reason"


def _count(leads: Sequence[tuple[int, int]]) -> int:
    return sum(times for _lead, times in leads)


def _of(lines: Sequence[Measure], *states: State) -> int:
    """Clocks of everybody in these states."""
    return sum(lines[0].states[state] for state in states) if lines else 0


def _weeks(week: Week) -> Weeks:
    return Weeks(
        now=week.now,
        before=week.before,
        downloads=_count(week.downloads),
        downloads_before=_count(week.downloads_before),
        decided=_of(week.lines, State.MET, State.LATE, State.BREACHED),
        met=_of(week.lines, State.MET),
        late=weekly.late_of(week.lines),
        thin=len(week.handed.thin),
        owed=len(week.owed),
        set_aside=len(week.handed.set_aside),
        won_by_us=week.won_by_us,
    )


def _numbers(week: Week) -> tuple[_Number, ...]:
    now, before, handed = week.now, week.before, week.handed
    late = weekly.late_leads(week.lines[0]) if week.lines else frozenset()

    def ledger(name: str, label: str) -> _Number:
        mine: list[int] = getattr(now, name)
        return _Number(name, label, len(mine), len(getattr(before, name)), set(mine))

    return (
        _Number(
            "downloads", "Downloads and other content", _count(week.downloads),
            _count(week.downloads_before), {lead for lead, _times in week.downloads},
        ),
        ledger("passed", "Handed over"),
        ledger("without_criteria", "Of these without the criteria"),
        _Number("set_aside", "Of these by a person's word", len(handed.set_aside),
                len(handed.set_aside_before), set(handed.set_aside)),
        _Number("context_missing", "Of these without full context", len(handed.thin),
                len(handed.thin_before), set(handed.thin)),
        _Number("late", "Late with first contact", weekly.late_of(week.lines),
                weekly.late_of(week.lines_before), late),
        ledger("accepted", "Accepted"),
        ledger("given_back", "Given back"),
        _Number("acceptance_percent", "Accepted of those answered, %", _percent(now.acceptance),
                _percent(before.acceptance), {*now.accepted, *now.given_back}),
        _Number("no_reason", "Reasons owed today", len(week.owed), None,
                {item.lead_id for item in week.owed}),
        ledger("opportunities", "Opportunities opened"),
        ledger("won", "Became customers"),
        ledger("lost", "Lost a deal"),
    )  # fmt: skip


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


# --- the parts -------------------------------------------------------------------------------------------


def _numbers_section(numbers: Sequence[_Number]) -> Section:
    columns = (Column("id", "Number"), Column("label", "What"), Column("value", "Now", "number"),
               Column("before", "Before", "number"))  # fmt: skip
    rows = [(item.id, item.label, item.value, item.before) for item in numbers]
    return Section("In numbers", columns, rows, {item.id: item.who for item in numbers})


def _rest(shown: int, of: int) -> str:
    return f"And {of - shown:,} more." if of > shown else ""


_REVERSIONS: Final = "What goes with coming back: syncd report reversions."


def _reasons_section(week: Week, labels: Mapping[str, str]) -> Section:
    found = weekly.most_first(week.now.reasons)
    rows = [(code, labels[code], len(who)) for code, who in found[:LINES_MAX]]
    leads = {f"reason.{code or 'none'}": set(who) for code, who in found}
    note = f"{_rest(len(rows), len(found))} {_REVERSIONS}".strip() if found else "Nobody was given back."
    columns = (Column("code", "", csv_only=True), Column("reason", "Given back because"),
               Column("passes", "Leads", "count"))  # fmt: skip
    return Section("Given back, and why", columns, rows, leads, note)


def _late_owners(lines: Sequence[Measure]) -> list[Measure]:
    """Owners with something late, who has most first."""
    owners = [
        line for line in lines if line.group == "owner" and any(line.states[item] for item in weekly.LATE)
    ]
    return sorted(owners, key=lambda line: (-sum(_states(line).values()), line.name))


def _states(line: Measure) -> dict[str, int]:
    return {str(state): line.states[state] for state in weekly.LATE}


def _late_section(week: Week) -> Section:
    found = _late_owners(week.lines)
    columns = (Column("owner", "Late with first contact"),
               *(Column(str(state), str(state).capitalize(), "count") for state in weekly.LATE))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [(line.name, *_states(line).values()) for line in found[:LINES_MAX]]
    note = _rest(len(rows), len(found)) if found else "Nobody is late."
    leads = {f"late.{line.name}": weekly.late_leads(line) for line in found}
    return Section("Late, by owner (judged by the owner's own clock)", columns, rows, leads, note)


def _context_section(week: Week) -> Section:
    columns = (_ID, Column("label", "Missing when handed over"), Column("passes", "Leads", "count"))
    lacking = week.handed.lacking
    rows = [(name, label, len(lacking[name])) for name, label in context.LABELS.items() if lacking.get(name)]
    leads = {f"context.{name}": set(lacking.get(name, ())) for name in context.LABELS}
    note = "" if rows else "Nothing was missing."
    return Section("Full context, or only a name", columns, rows, leads, note)


def _owed_by(owed: Sequence[Missing]) -> list[tuple[str, list[Missing]]]:
    """By who owes them, who owes most first."""
    found: defaultdict[str, list[Missing]] = defaultdict(list)
    for item in owed:
        found[item.owner].append(item)
    return sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _owed_section(week: Week) -> Section:
    found = _owed_by(week.owed)
    columns = (Column("owner", "Owes a reason"), Column("leads", "Leads", "count"),
               Column("since_at", "Since", "moment"))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (name or "Nobody we know", len(items), min(item.since_at for item in items))
        for name, items in found[:LINES_MAX]
    ]
    note = _rest(len(rows), len(found)) if found else "None is owed."
    return Section("Reasons owed today", columns, rows, {}, note)


# --- what closed -----------------------------------------------------------------------------------------


def _closed_section(week: Week, playbook: Playbook) -> Section:
    columns = (Column("outcome", "Closed"), Column("who", "Who"), Column("path", "The way there"),
               Column("days", "Took", "days"))  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        ("won" if item.is_won else "lost", _who(item), _way(item, playbook), _days(item))
        for item in week.closed[:CLOSED_MAX]
    ]
    note = _rest(len(rows), len(week.closed)) if rows else "Nothing closed."
    return Section("What closed, and how it came there", columns, rows, {}, note)


def _who(item: Closed) -> str:
    others = len(item.lead_ids) - 1
    more = f" and {counted(others, 'colleague')}" if others else ""
    amount = (
        f"{item.deal.amount} {item.deal.currency or ''}".strip() if item.deal and item.deal.amount else ""
    )
    parts = (f"{item.name}{more}", item.company, amount, f"with {item.owner}" if item.owner else "")
    return ", ".join(part for part in parts if part)


def _way(item: Closed, playbook: Playbook) -> str:
    return "; ".join(f"{day(stop.at, playbook.time_zone)} {stop.text}" for stop in item.stops)


def _days(item: Closed) -> float | None:
    return None if item.days is None else round(item.days, 2)


def _closed_data(item: Closed) -> dict[str, Any]:
    return {
        "lead_id": item.lead_ids[0],
        "leads": [{"lead_id": lead_id} for lead_id in item.lead_ids],
        "name": item.name,
        "company": item.company,
        "outcome": "won" if item.is_won else "lost",
        "reason": item.reason or None,
        "by": item.owner or None,
        "closed_at": item.at,
        "days": _days(item),
        "passes": item.passes,
        "amount": item.deal.amount if item.deal else None,
        "unit": item.deal.currency if item.deal else None,
        "path": [{"reached_at": stop.at, "text": stop.text} for stop in item.stops],
    }
