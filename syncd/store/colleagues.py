"""What the colleagues of leads did, read from their signals: nothing is stored twice, so nothing can drift.

How far back to look is kept with the tenant (`account_days`), as the playbook in force has it; 0 means that
nothing looks at colleagues, and then nothing is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from math import isinf
from typing import Any

import sqlalchemy as sa

from syncd.core import profile
from syncd.core.colleagues import ACTS, AUTOMATIC, DAY_MS, Colleague, Day, facts
from syncd.core.model import Signal, Stage, System
from syncd.store import work
from syncd.store.bulk import among, chunks
from syncd.store.tables import SAME_RECORD, leads, links, profiles, shapes, signals, to_ms

ACCOUNT_DAYS = "account_days"
NEWS_DAYS = "account_news_days"
_TITLE = {("hubspot", "contact"): "contact.jobtitle", ("salesforce", "lead"): "lead.Title"} | {
    ("salesforce", "contact"): "sfcontact.Title"
}


def watched_days(tx: sa.Connection) -> float:
    """How many days back acts of colleagues can count; 0 for not at all."""
    return float(work.get_meta(tx, ACCOUNT_DAYS) or 0)


def news_days(tx: sa.Connection) -> int:
    """For how many days further acts of a colleague are no news to the others."""
    return int(work.get_meta(tx, NEWS_DAYS) or 1)


def account_signals(
    tx: sa.Connection, homes: Mapping[int, int], since: datetime, known_by: datetime, days: float
) -> dict[int, tuple[Signal, ...]]:
    """Per lead, what its colleagues did from `days` before `since` on, as known then. `homes` are the
    accounts of the leads."""
    if not days or not homes:
        return {}
    start_ms = 0 if isinf(days) else to_ms(since) - int(timedelta(days=days).total_seconds() * 1000) - DAY_MS
    active: dict[int, list[Day]] = defaultdict(list)
    for account_id, day in _days(tx, set(homes.values()), start_ms, to_ms(known_by)):
        active[account_id].append(day)
    people = _people(tx, {day.person for found in active.values() for day in found}, to_ms(known_by))
    return {
        lead_id: found
        for lead_id, account_id in homes.items()
        if account_id in active and (found := facts(lead_id, active[account_id], people))
    }


def first_acts(tx: sa.Connection, acts: Iterable[tuple[int, int]], days: int) -> set[int]:
    """Leads of those (lead id, occurred ms) who did nothing else that UTC day or so many days to it, as far
    as is stored."""
    wanted = {(lead_id, occurred_ms // DAY_MS) for lead_id, occurred_ms in acts}
    known: set[tuple[int, int]] = set()
    for batch in chunks(sorted({lead_id for lead_id, _day in wanted})):
        first, last = min(day for _lead, day in wanted) - days + 1, max(day for _lead, day in wanted)
        query = (
            sa.select(signals.c.lead_id, _occurred_ms())
            .join(shapes, shapes.c.shape_id == signals.c.shape_id)
            .where(
                among(tx, signals.c.lead_id, batch),
                _occurred_ms() >= first * DAY_MS,
                _occurred_ms() < (last + 1) * DAY_MS,
                _is_act(),
            )
        )
        known |= {(lead_id, occurred_ms // DAY_MS) for lead_id, occurred_ms in tx.execute(query)}
    return {
        lead_id
        for lead_id, day in wanted
        if not any((lead_id, earlier) in known for earlier in range(day - days + 1, day + 1))
    }


def _occurred_ms() -> sa.ColumnElement[int]:
    return sa.type_coerce(signals.c.occurred_at, sa.BigInteger)


def _is_act() -> sa.ColumnElement[bool]:
    """The shapes that `syncd.core.colleagues.is_act` is true of."""
    plain = [source for source, asked in ACTS.items() if asked is None]
    told = [
        (shapes.c.source == source) & (shapes.c.attributes[asked[0]].as_string() == asked[1])
        for source, asked in ACTS.items()
        if asked is not None
    ]
    automatic = sa.func.coalesce(shapes.c.attributes[AUTOMATIC].as_string(), "")
    return sa.or_(shapes.c.source.in_(plain), *told) & (automatic == "")


def _in_force(known_ms: int) -> sa.ColumnElement[bool]:
    """Acts known by then and not taken back by then. A retraction has the date of what it takes back."""
    back = signals.alias("back")
    taken_back = sa.exists().where(
        back.c.lead_id == signals.c.lead_id,
        back.c.occurred_at == signals.c.occurred_at,
        back.c.retracts == signals.c.signal_key,
        sa.type_coerce(back.c.known_at, sa.BigInteger) <= known_ms,
    )
    known_at = sa.type_coerce(signals.c.known_at, sa.BigInteger)
    return signals.c.retracts.is_(None) & (known_at <= known_ms) & _is_act() & ~taken_back


def _days(
    tx: sa.Connection, account_ids: Collection[int], start_ms: int, known_ms: int
) -> Iterable[tuple[int, Day]]:
    known_at = sa.type_coerce(signals.c.known_at, sa.BigInteger)
    for batch in chunks(sorted(account_ids)):
        query = (
            sa.select(leads.c.account_id, leads.c.lead_id, sa.func.min(_occurred_ms()), sa.func.min(known_at))
            .join(signals, signals.c.lead_id == leads.c.lead_id)
            .join(shapes, shapes.c.shape_id == signals.c.shape_id)
            .where(
                among(tx, leads.c.account_id, batch),
                leads.c.merged_into.is_(None),
                sa.func.coalesce(leads.c.stage, "") != Stage.ERASED,
                _occurred_ms() >= start_ms,
                _in_force(known_ms),
            )
            .group_by(leads.c.account_id, leads.c.lead_id, _occurred_ms() // sa.literal_column(str(DAY_MS)))
        )
        for account_id, lead_id, occurred_ms, known in tx.execute(query):
            yield account_id, Day(lead_id, occurred_ms, known)


def _people(tx: sa.Connection, lead_ids: Collection[int], known_ms: int) -> dict[int, Colleague]:
    """Who the active ones are, and when each was first seen to act."""
    found: dict[int, Colleague] = {}
    for batch in chunks(sorted(lead_ids)):
        titles = _titles(tx, batch)
        query = (
            sa.select(signals.c.lead_id, sa.func.min(_occurred_ms()))
            .join(shapes, shapes.c.shape_id == signals.c.shape_id)
            .where(among(tx, signals.c.lead_id, batch), _in_force(known_ms))
            .group_by(signals.c.lead_id)
        )
        for lead_id, joined_ms in tx.execute(query):
            told = profile.derived(titles.get(lead_id, {}), ())
            seniority, function = told.get("person.seniority", ""), told.get("person.function", "")
            found[lead_id] = Colleague(lead_id, joined_ms, seniority, function)
    return found


def _titles(tx: sa.Connection, lead_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The job titles of each lead by field name, of the newest record of each kind."""
    query = (
        sa.select(links.c.lead_id, links.c.system, links.c.object_type, _title("jobtitle"), _title("Title"))
        .join(profiles, SAME_RECORD)
        .where(among(tx, links.c.lead_id, lead_ids), links.c.state.not_in(("merged", "deleted")))
        .order_by(links.c.state != "current", profiles.c.modified_at.desc(), links.c.object_id)
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for lead_id, system, kind, hubspot, salesforce in tx.execute(query):
        name = _TITLE.get((system, kind))
        if name is not None:
            text = hubspot if system == System.HUBSPOT else salesforce
            found[lead_id].setdefault(name, text or "")
    return found


def _title(name: str) -> sa.ColumnElement[Any]:
    found: sa.ColumnElement[Any] = profiles.c.properties[name].as_string()
    return found
