"""`syncd report funnel` and `syncd report velocity`: the ledger's numbers, whole or by group, in sections.

A group's funnel is that of its leads alone, so groups add up to the whole. How old a cohort must be to be
ripe is judged by everybody's pace: a group of three has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from syncd.core import metrics, velocity
from syncd.core.metrics import Counts, Funnel, LedgerEntry, Rate
from syncd.core.playbook import Playbook
from syncd.core.reported import Cell, Column, Report, Section
from syncd.core.velocity import Pace, Ripe
from syncd.jobs.grouping import UNKNOWN, groups, parted
from syncd.jobs.reports import ledger_entries
from syncd.store.engine import Store


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is counted: all entries, the period, the group of each lead (none: everybody), and now."""

    entries: Sequence[LedgerEntry]
    since: datetime
    until: datetime
    now: datetime
    by: str
    group_of: Mapping[int, str]

    def by_group(self) -> Mapping[str, list[LedgerEntry]]:
        """The entries of each group, the largest group first."""
        return parted(
            self.entries,
            lambda entry: self.group_of.get(entry.lead_id, UNKNOWN),
            lambda entry: entry.lead_id,
        )


def _asked(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, now: datetime, by: str
) -> _Asked:
    with store.read() as tx:
        entries = [entry for entry in ledger_entries(tx) if entry.effective_at <= now]
        found = groups(tx, playbook, by, {entry.lead_id for entry in entries}) if by else {}
    start = since or min((entry.effective_at for entry in entries), default=until)
    return _Asked(entries, start, until, now, by, found)


# --- the funnel ------------------------------------------------------------------------------------------


def funnel(
    store: Store,
    playbook: Playbook,
    since: datetime | None,
    until: datetime,
    now: datetime,
    *,
    by: str = "",
) -> Report:
    """How far leads came, and where everybody stands: cohort, period and snapshot beside each other."""
    asked = _asked(store, playbook, since, until, now, by)
    levels = [level.id for level in playbook.levels.mql]
    whole = metrics.funnel(asked.entries, asked.since, until, levels)
    usual = velocity.medians(asked.entries, whole.rates, now)

    def ripe(found: Funnel, rate: Rate) -> Ripe:
        return velocity.ripe(found, rate, usual, now)

    parts = {
        group: metrics.funnel(entries, asked.since, until, levels)
        for group, entries in (asked.by_group() if by else {}).items()
    }
    label = labels(playbook)
    data = {
        "since": asked.since,
        "until": until,
        "by": by or None,
        **_funnel_data(whole, ripe),
        "groups": [{"group": group, **_funnel_data(part, ripe)} for group, part in parts.items()],
    }
    sections = [
        section
        for title, part in (parts or {"": whole}).items()
        for section in _funnel_sections(title, part, label, ripe)
    ]
    nobody = "" if asked.entries else "Nobody is known yet."
    return Report("Funnel", data, sections, asked.since, until, by or "section", _FUNNEL_NOTE, nobody)


_FUNNEL_NOTE = (
    "New: first seen in the period, and how far they came since; skipped: of these, who jumped the step and "
    "passed it all the same. Moves: steps taken in the period by anybody. Stand: at its end. Adopted: taken "
    "over at the first load, in no rate. Ripe: of those a rate is of, who has had the median time; a rate of "
    "few, or of few who are ripe, says little."
)

_Ripeness = Callable[[Funnel, Rate], Ripe]


def _funnel_data(found: Funnel, ripe: _Ripeness) -> dict[str, Any]:
    """The documented shape of one funnel."""
    return {
        "cohort": _steps(found.cohort),
        "rates": [_rate_data(rate, ripe(found, rate)) for rate in found.rates],
        "period": _steps(found.period),
        "snapshot": dict(found.snapshot),
        "adopted": dict(found.adopted),
    }


def _steps(counts: Counts) -> list[dict[str, Any]]:
    return [
        {"step": step.id, "leads": step.leads, "inferred": step.inferred, "times": step.times}
        for step in counts.steps
    ]


def _rate_data(rate: Rate, ripe: Ripe) -> dict[str, Any]:
    low, high = rate.interval or (None, None)
    return {
        "from": rate.origin,
        "to": rate.target,
        "reached": rate.reached,
        "base": rate.base,
        "value": rate.value,
        "low": low,
        "high": high,
        "median_days": ripe.median_days,
        "mature": None if ripe.median_days is None else len(ripe.who),
        "maturity": len(ripe.who) / rate.base if ripe.median_days is not None and rate.base else None,
    }


_STEP_COLUMNS = (
    Column("step", "", csv_only=True), Column("name", "Step"), Column("leads", "New", "count"),
    Column("inferred", "Skipped", "count"), Column("moves", "Moves", "count"),
    Column("standing", "Stand", "count"), Column("adopted", "Adopted", "count"),
)  # fmt: skip
_RATE_COLUMNS = (
    Column("from", "", csv_only=True), Column("to", "", csv_only=True), Column("rate", "Conversion"),
    Column("value", "Rate", "share"), Column("reached", "Came", "count"), Column("base", "Of", "count"),
    Column("low", "Low", "share"), Column("high", "High", "share"),
    Column("median_days", "Median", "days"), Column("maturity", "Ripe", "share"),
)  # fmt: skip


def _funnel_sections(
    title: str, found: Funnel, label: Callable[[str], str], ripe: _Ripeness
) -> tuple[Section, Section]:
    rates = [(rate, _rate_data(rate, ripe(found, rate))) for rate in found.rates]
    shown: list[tuple[Cell, ...]] = [
        (
            data["from"], data["to"], f"{_short(label(rate.origin))} to {_short(label(rate.target))}",
            *(data[name] for name in ("value", "reached", "base", "low", "high", "median_days", "maturity")),
        )
        for rate, data in rates
    ]  # fmt: skip
    return (
        Section(title or "Steps", _STEP_COLUMNS, _step_rows(found, label), _step_leads(found)),
        Section(title or "Rates, with 95 % intervals", _RATE_COLUMNS, shown, _rate_leads(found, ripe)),
    )


def _step_rows(found: Funnel, label: Callable[[str], str]) -> list[tuple[Cell, ...]]:
    steps = {step.id for step in found.cohort.steps}
    rows: list[tuple[Cell, ...]] = [
        (
            step.id,
            label(step.id),
            step.leads,
            step.inferred,
            found.period.step(step.id).times,
            found.snapshot.get(step.id, 0),
            found.adopted.get(step.id, 0),
        )
        for step in found.cohort.steps
    ]
    rows += [
        (name, label(name), None, None, None, found.snapshot.get(name, 0), found.adopted.get(name, 0))
        for name in sorted({*found.snapshot, *found.adopted} - steps)
    ]
    return rows


def _step_leads(found: Funnel) -> dict[str, Set[int]]:
    listed: dict[str, Set[int]] = {}
    for step in found.cohort.steps:
        listed[f"cohort.{step.id}"] = step.who
        listed[f"inferred.{step.id}"] = step.skipped_by
        period = found.period.step(step.id)
        listed[f"period.{step.id}"] = period.who - period.skipped_by
    listed |= {f"snapshot.{name}": who for name, who in found.standing.items()}
    return listed | {f"adopted.{name}": who for name, who in found.adopted_at.items()}


def _rate_leads(found: Funnel, ripe: _Ripeness) -> dict[str, Set[int]]:
    listed: dict[str, Set[int]] = {}
    for rate in found.rates:
        way = f"{rate.origin}-{rate.target}"
        listed[f"reached.{way}"] = rate.reached_by
        listed[f"base.{way}"] = rate.who
        listed[f"mature.{way}"] = ripe(found, rate).who
    return listed


def _short(text: str) -> str:
    return text.partition(" (")[0]


def labels(playbook: Playbook) -> Callable[[str], str]:
    """What people call a step or position of the ledger."""
    words = {**{f"mql:{level.id}": f"MQL {level.label}" for level in playbook.levels.mql}, **_WORDS}
    return lambda name: words.get(name) or name.replace("_", " ").capitalize()


_WORDS: Final[Mapping[str, str]] = {
    "mql": "MQL (any level)",
    "near_sql": "near-SQL",
    "sql": "SQL",
    "lead": "Lead",
    "customer:evangelist": "Customer who speaks for us",
}

# --- velocity --------------------------------------------------------------------------------------------


def pace(
    store: Store,
    playbook: Playbook,
    since: datetime | None,
    until: datetime,
    now: datetime,
    *,
    by: str = "",
) -> Report:
    """How long leads take from step to step, with those still on their way."""
    asked = _asked(store, playbook, since, until, now, by)
    whole = velocity.velocity(asked.entries, since, until, now)
    parts = {
        group: velocity.velocity(entries, since, until, now)
        for group, entries in (asked.by_group() if by else {}).items()
    }
    label = labels(playbook)
    data = {
        "since": since,
        "until": until,
        "by": by or None,
        "ways": _pace_data(whole),
        "groups": [{"group": group, "ways": _pace_data(part)} for group, part in parts.items()],
    }
    sections = [_pace_section(title, part, label) for title, part in (parts or {"": whole}).items()]
    nobody = "" if any(item.begun for item in whole) else "Nobody came to any step in this time."
    return Report("Velocity", data, sections, since, until, by or "section", _PACE_NOTE, nobody)


_PACE_NOTE = (
    "Waits begun in the period, watched until now. Median and 90 % count those still open (Kaplan-Meier): by "
    "then it has happened to half, and to nine in ten; a dash where so many have not arrived. Came alone: "
    "the median of those who did, which is always too fast. Left: fell below, given back, lost or kept out."
)
_PACE_NUMBERS = (
    "begun", "arrived", "left", "open", "median_days", "p90_days", "arrived_median_days", "arrived_share",
)  # fmt: skip
_PACE_COLUMNS = (
    Column("from", "", csv_only=True), Column("to", "", csv_only=True), Column("way", "Way"),
    Column("begun", "Begun", "count"), Column("arrived", "Came", "count"), Column("left", "Left", "count"),
    Column("open", "Open", "count"), Column("median_days", "Median", "days"),
    Column("p90_days", "90 %", "days"), Column("arrived_median_days", "Came alone", "days"),
    Column("arrived_share", "", "share", csv_only=True),
)  # fmt: skip


def _pace_data(found: Iterable[Pace]) -> list[dict[str, Any]]:
    return [
        {"from": item.origin, "to": item.target} | {name: getattr(item, name) for name in _PACE_NUMBERS}
        for item in found
    ]


def _pace_section(title: str, found: Sequence[Pace], label: Callable[[str], str]) -> Section:
    rows = [
        (
            item.origin,
            item.target,
            f"{_short(label(item.origin))} to {_short(label(item.target))}",
            *(getattr(item, name) for name in _PACE_NUMBERS),
        )
        for item in found
    ]
    listed = {f"{item.id}.{name}": who for item in found for name, who in item.who.items()}
    return Section(title, _PACE_COLUMNS, rows, listed)
