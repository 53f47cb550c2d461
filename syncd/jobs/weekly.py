"""`syncd report weekly`: the agenda of the hand-off meeting (S112, S113, S116, S118) on one page.

What a page cannot hold is counted and can be listed. Each number stands beside that of the period before.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from syncd.core import context, paths, weekly
from syncd.core.history import History
from syncd.core.model import Shape, Snapshot
from syncd.core.passes import Pass
from syncd.core.plain import plain
from syncd.core.playbook import Playbook
from syncd.core.profile import derived
from syncd.core.reported import Report
from syncd.core.sla import measures
from syncd.core.sla.clock import clocks, owner_of
from syncd.core.story import reason_label
from syncd.core.weekly import Tally, is_within
from syncd.jobs import chasing, weekly_page
from syncd.jobs.explain import name_of
from syncd.jobs.histories import histories
from syncd.jobs.weekly_page import Closed, Handed, Week
from syncd.store import arrivals, life, snapshots, traits
from syncd.store.bulk import chunks
from syncd.store.engine import Store
from syncd.store.occurred import occurred

DAYS: Final = 7
BATCH: Final = 200


def report(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, now: datetime
) -> Report:
    """The agenda of the period, of the last seven days where none is named."""
    start = since or until - timedelta(days=DAYS)
    begin = start - (until - start)
    with store.read() as tx:
        people = histories(tx)
        owed = chasing.missing(tx, playbook, now)
        taken = [_downloads(tx, playbook, begin, start), _downloads(tx, playbook, start, until)]
    tallies = weekly.tally(people, begin, start), weekly.tally(people, start, until)
    handed = _handed(store, playbook, people, (begin, start, until), now)
    closed = _closed(store, playbook, people, tallies[1], (start, until), now)
    won_by_us = sum(bool(people[lead_id].passes) for lead_id in tallies[1].won)
    made = Week(
        (begin, start, until), tallies[0], tallies[1], taken[0], taken[1], handed, owed, closed, won_by_us,
        measures.measure(handed.clocks_before, playbook, handed.names, now),
        measures.measure(handed.clocks, playbook, handed.names, now),
    )  # fmt: skip
    return weekly_page.page(made, playbook)


def _downloads(
    tx: sa.Connection, playbook: Playbook, since: datetime, until: datetime
) -> tuple[tuple[int, int], ...]:
    """Who took up what marketing offers, and how often."""

    def is_wanted(shape: Shape) -> bool:
        return weekly.is_download(shape, playbook)

    return occurred(tx, is_wanted, since, until)


# --- what was handed over --------------------------------------------------------------------------------


def _handed(
    store: Store,
    playbook: Playbook,
    people: Mapping[int, History],
    times: tuple[datetime, datetime, datetime],
    now: datetime,
) -> Handed:
    begin, start, until = times
    found = Handed()
    wanted = [
        lead_id
        for lead_id, history in people.items()
        if any(_was_with_sales(item, begin, until) for item in history.passes)
    ]
    for batch in chunks(sorted(wanted), BATCH):
        with store.read() as tx:
            loaded = snapshots.load_snapshots(tx, batch, now)
            unwritten = arrivals.not_written(tx, batch)
            given = [*life.set_aside(tx, batch)]
        for snapshot in loaded:
            found.names |= snapshot.owner_names
            _add_clocks(found, snapshot, playbook, times, now)
            for item in people[snapshot.lead_id].passes:
                is_now = is_within(item.handed_off_at, start, until)
                if not is_now and not is_within(item.handed_off_at, begin, start):
                    continue
                _add_context(found, snapshot, item, playbook, unwritten, is_now=is_now)
                mine = (one for one in given if one.lead_id == snapshot.lead_id)
                if any(_was_set_aside(one, item) for one in mine):
                    (found.set_aside if is_now else found.set_aside_before).append(snapshot.lead_id)
    return found


def _was_with_sales(item: Pass, since: datetime, until: datetime) -> bool:
    """Whether sales had it from us at some time of the period."""
    ended_at = item.ended_at or item.won_at
    return (
        item.handed_off_at is not None
        and item.handed_off_at < until
        and (ended_at is None or ended_at >= since)
    )


def _was_set_aside(waiver: Any, item: Pass) -> bool:
    return weekly.was_set_aside(waiver.given_at, waiver.until_at, waiver.revoked_at, item.qualified_at)


def _add_clocks(
    found: Handed,
    snapshot: Snapshot,
    playbook: Playbook,
    times: tuple[datetime, datetime, datetime],
    now: datetime,
) -> None:
    begin, start, until = times
    for clock in clocks(snapshot, snapshot.standing, playbook, now):
        if is_within(clock.span.started_at, start, until):
            found.clocks.append((snapshot.lead_id, clock))
        elif is_within(clock.span.started_at, begin, start):
            found.clocks_before.append((snapshot.lead_id, clock))


def _add_context(
    found: Handed,
    snapshot: Snapshot,
    item: Pass,
    playbook: Playbook,
    unwritten: Set[tuple[int, int]],
    *,
    is_now: bool,
) -> None:
    missing = set(context.lacks(snapshot, item, playbook, item.handed_off_at or item.qualified_at))
    missing |= {context.NOT_WRITTEN} if (snapshot.lead_id, item.number) in unwritten else set()
    if missing & context.COUNTED:
        (found.thin if is_now else found.thin_before).append(snapshot.lead_id)
    if is_now:
        for name in missing:
            found.lacking[name].append(snapshot.lead_id)


# --- what closed -----------------------------------------------------------------------------------------


def _closed(
    store: Store,
    playbook: Playbook,
    people: Mapping[int, History],
    told: Tally,
    period: tuple[datetime, datetime],
    now: datetime,
) -> tuple[Closed, ...]:
    """What was won and lost in the period, won first, then the newest. People of one deal are one line."""
    ends = dict.fromkeys(told.lost, False) | dict.fromkeys(told.won, True)
    found: dict[tuple[bool, str], Closed] = {}
    for batch in chunks(sorted(ends), BATCH):
        with store.read() as tx:
            loaded = snapshots.load_snapshots(tx, batch, now)
            first = traits.first_offers(tx, batch)
        for snapshot in loaded:
            is_won = ends[snapshot.lead_id]
            offer = first.get(snapshot.lead_id, "")
            one = _one_closed(snapshot, people[snapshot.lead_id], playbook, offer, period, is_won=is_won)
            key = is_won, str(one.deal.ref) if one.deal else f"lead:{snapshot.lead_id}"
            found[key] = _joined(found[key], one) if key in found else one
    return tuple(sorted(found.values(), key=lambda item: (not item.is_won, -item.at.timestamp())))


def _one_closed(
    snapshot: Snapshot,
    history: History,
    playbook: Playbook,
    offer: str,
    period: tuple[datetime, datetime],
    *,
    is_won: bool,
) -> Closed:
    cause = weekly.WON if is_won else weekly.LOST
    end = next(
        move for move in reversed(history.moves)
        if move.cause is cause and is_within(move.effective_at, *period)
    )  # fmt: skip
    until_end = [move for move in history.moves if move.effective_at <= end.effective_at]
    deals = [deal for deal in snapshot.opportunities if deal.is_closed and deal.is_won is is_won]
    deal = max(deals, key=lambda item: (item.closes_at or _LONG_AGO, str(item.ref)), default=None)
    owner = (deal.owner_id if deal else "") or owner_of(snapshot)
    return Closed(
        lead_ids=(snapshot.lead_id,),
        name=plain(name_of(snapshot), 60),
        company=plain(derived(snapshot.fields, snapshot.emails).get("person.company_name", ""), 60),
        is_won=is_won,
        at=end.effective_at,
        owner=plain(snapshot.owner_names.get(owner, ""), 60),
        stops=paths.path(until_end, snapshot.created_at, offer, playbook),
        passes=sum(item.qualified_at <= end.effective_at for item in history.passes),
        deal=deal,
        reason="" if is_won or not end.code else reason_label(end.code, playbook),
    )


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _joined(one: Closed, other: Closed) -> Closed:
    """Two people of one deal: told by who was handed over, else by who was known first."""
    first, second = sorted((one, other), key=lambda item: (item.passes == 0, item.lead_ids))
    return replace(first, lead_ids=(*first.lead_ids, *second.lead_ids))
