"""The clocks of one lead, and of everybody handed over in a period: read from the ledger, stored nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.core.playbook import Playbook
from syncd.core.sla import measures, words
from syncd.core.sla.clock import Clock, State, clocks
from syncd.core.sla.measures import Measure, Spread
from syncd.jobs.explain import name_of
from syncd.jobs.grouping import groups, parted
from syncd.store import ledger, snapshots
from syncd.store.bulk import chunks
from syncd.store.engine import Store

BATCH = 200
"""Leads whose facts are held at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """The clocks of one lead, oldest first, with the names their words need."""

    name: str
    clocks: tuple[Clock, ...]
    names: Mapping[str, str]


def of_lead(store: Store, playbook: Playbook, lead_id: int, now: datetime) -> Told:
    """Every clock of one lead as of now."""
    with store.read() as tx:
        (snapshot,) = snapshots.load_snapshots(tx, [lead_id], now)
    found = clocks(snapshot, snapshot.standing, playbook, now)
    return Told(name_of(snapshot), found, snapshot.owner_names)


def report(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, now: datetime
) -> tuple[Measure, ...]:
    """How soon sales was in touch with what was handed over in the period, as far as is known now."""
    found, names = _within(store, playbook, since, until, now)
    return measures.measure(found, playbook, names, now)


def report_by(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, now: datetime, by: str
) -> Lines:
    """The same, and the same again for each group of leads."""
    found, names = _within(store, playbook, since, until, now)
    with store.read() as tx:
        group_of = groups(tx, playbook, by, {lead_id for lead_id, _clock in found}) if by else {}
    parts = parted(found, lambda item: group_of[item[0]], lambda item: item[0]) if by else {}
    return Lines(
        measures.measure(found, playbook, names, now),
        {group: measures.measure(mine, playbook, names, now) for group, mine in parts.items()},
        by,
    )


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of everybody, and by group where the report was asked for by one."""

    whole: tuple[Measure, ...]
    groups: Mapping[str, tuple[Measure, ...]]
    by: str = ""


def _within(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, now: datetime
) -> tuple[list[measures.Whose], Mapping[str, str]]:
    """The clocks that started in the period, and the names of owners."""
    found: list[measures.Whose] = []
    names: dict[str, str] = {}
    with store.read() as tx:
        ids = ledger.passed_leads(tx)
    for batch in chunks(ids, BATCH):
        with store.read() as tx:
            loaded = snapshots.load_snapshots(tx, batch, now)
        for snapshot in loaded:
            names |= snapshot.owner_names
            every = clocks(snapshot, snapshot.standing, playbook, now)
            mine = [item for item in every if _is_within(item.span.started_at, since, until)]
            found += [(snapshot.lead_id, item) for item in mine]
    return found, names


def _is_within(at: datetime, since: datetime | None, until: datetime) -> bool:
    return (since is None or at >= since) and at < until


# --- as plain data ---------------------------------------------------------------------------------------


def clock_data(told: Told, clock: Clock) -> dict[str, Any]:
    """The documented shape of one entry of `syncd sla show --json`."""
    terms, attempt, contact = clock.terms, clock.work.attempt, clock.work.contact
    return {
        "pass": clock.span.pass_number,
        "stay": clock.span.number,
        "again": clock.span.again,
        "state": str(clock.state),
        "team": terms.team.label,
        "tier": terms.tier.label if terms.tier else "",
        "qualified_at": clock.span.began_at,
        "started_at": clock.span.started_at,
        "due_at": terms.due_at,
        "breach_at": terms.breach_at,
        "remind_at": clock.remind_at,
        "reassign_at": clock.reassign_at,
        "ended_at": clock.span.ended_at,
        "first_attempt_at": attempt.at if attempt else None,
        "first_contact_at": contact.at if contact else None,
        "touches": [
            {"source": item.source, "counts": item.counts, "times": item.times} for item in clock.work.depth
        ],
        "owners": [
            {"id": item.owner, "name": words.name_of(item.owner, told.names), "since_at": item.since_at}
            for item in clock.owners
        ],
        "owner_due_at": clock.person.due_at if clock.person else None,
        "verdict": words.verdict(clock),
        "lines": [{"at": at, "text": text} for at, text in dated(clock, told.names)],
    }


def dated(clock: Clock, names: Mapping[str, str]) -> list[tuple[datetime, str]]:
    """The lines of a clock in the order they happened."""
    return sorted(words.lines(clock, names), key=lambda line: line[0])


COLUMNS = (
    "group", "name", "clocks", "met", "late", "breached", "running", "overdue", "ended", "met_share",
    "attempts", "attempt_hours_median", "attempt_hours_p90", "contacts", "contact_hours_median",
    "contact_hours_p90", "system_delay_s_median", "system_delay_s_p90",
)  # fmt: skip
"""Keys of one line of `syncd report sla`, in the order of its CSV."""


def line_data(line: Measure) -> dict[str, Any]:
    """One line of the report, by `COLUMNS`."""
    states = {str(state): line.states[state] for state in State}
    made: dict[str, Any] = {"group": line.group, "name": line.name, "clocks": line.clocks, **states}
    made["met_share"] = _rounded(line.met_share, 4)
    made |= {"attempts": line.attempt_hours.count, "contacts": line.contact_hours.count}
    spreads = (
        ("attempt_hours", line.attempt_hours),
        ("contact_hours", line.contact_hours),
        ("system_delay_s", line.system_delay_s),
    )
    made |= {key: value for name, spread in spreads for key, value in _spread(name, spread)}
    assert made.keys() == set(COLUMNS), "every column has its value"
    return {name: made[name] for name in COLUMNS}


def _spread(name: str, spread: Spread) -> Iterator[tuple[str, float | None]]:
    yield f"{name}_median", _rounded(spread.median, 2)
    yield f"{name}_p90", _rounded(spread.p90, 2)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
