"""Every pass that sales got from us in a period, as it stands now, with all a report may ask of it.

Read from the ledger; the facts only say what sales wrote, who had the lead, and what lay behind the pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from syncd.core import origin, written
from syncd.core.headline import place
from syncd.core.model import MICRO, Snapshot, Stage, Transition
from syncd.core.passes import Pass, passes
from syncd.core.plain import plain
from syncd.core.playbook import Playbook
from syncd.core.reversions import Passed, fate_of, kind_of
from syncd.core.sla.clock import clocks
from syncd.core.sla.words import name_of
from syncd.jobs.grouping import NAME_CHARS_MAX, UNKNOWN, groups
from syncd.store import ledger, snapshots
from syncd.store.bulk import chunks
from syncd.store.engine import Store
from syncd.store.ledger import LedgerRow

BATCH: Final = 200
"""Leads whose facts are held at once."""
OF_LEADS: Final = ("channel", "source", "segment")
"""Dimensions in which a lead has one value, whichever pass; the others are of the pass."""
DIMENSIONS: Final = (*OF_LEADS, "offer", "owner", "playbook", "level", "band", "carried")
POINTS_STEP: Final = 25
"""Width of a band of the total where the playbook has no matrix."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One pass of one record: its moves, the pass, the move it began with, and when the next one began."""

    lead_id: int
    moves: tuple[Transition, ...]
    found: Pass
    began: LedgerRow
    next_at: datetime | None


def passed(
    store: Store, playbook: Playbook, since: datetime | None, until: datetime, now: datetime
) -> list[Passed]:
    """The passes handed over in the period, by lead and number. What a person took back is not among them."""
    with store.read() as tx:
        told = [item for item in _told(tx) if _is_within(item.found.handed_off_at, since, until)]
        ids = sorted({item.lead_id for item in told})
        of_leads = {by: groups(tx, playbook, by, ids) for by in OF_LEADS}
    by_lead: defaultdict[int, list[_Told]] = defaultdict(list)
    for item in told:
        by_lead[item.lead_id].append(item)
    objection = written.reader(playbook.objections)
    made: list[Passed] = []
    for batch in chunks(ids, BATCH):
        with store.read() as tx:
            loaded = snapshots.load_snapshots(tx, batch, now)
        for snapshot in loaded:
            of_lead = {by: found[snapshot.lead_id] for by, found in of_leads.items()}
            for item in by_lead[snapshot.lead_id]:
                made.append(_passed(item, snapshot, playbook, of_lead, objection, now))
    return made


def _is_within(at: datetime | None, since: datetime | None, until: datetime) -> bool:
    return at is not None and (since is None or at >= since) and at < until


# --- the ledger ------------------------------------------------------------------------------------------


def _told(tx: sa.Connection) -> Iterator[_Told]:
    """Every pass that Salesforce confirmed, told of the lead that is there now."""
    records: defaultdict[int, list[LedgerRow]] = defaultdict(list)
    of_lead: defaultdict[int, list[LedgerRow]] = defaultdict(list)
    for row in ledger.entries(tx):
        records[row.recorded_of or row.lead_id].append(row)
        of_lead[row.lead_id].append(row)
    for rows in records.values():
        whole = [*rows, *_went_on(rows, of_lead[rows[0].lead_id])]
        moves = tuple(row.transition for row in whole)
        yield from _of_record(rows[0].lead_id, rows, moves)


def _went_on(rows: Sequence[LedgerRow], of_lead: Sequence[LedgerRow]) -> list[LedgerRow]:
    """What became of the last pass of a record that was merged into another since: the entries of the
    survivor with its number, where none of the survivor's own passes has that."""
    if not rows[-1].recorded_of:
        return []
    number, last = rows[-1].transition.pass_number, rows[-1].seq
    later = [row for row in of_lead if row.seq > last and row.recorded_of != rows[-1].recorded_of]
    others = (row for row in of_lead if row.recorded_of != rows[-1].recorded_of)
    if any(_begins(row.transition) and row.transition.pass_number == number for row in others):
        return []
    return [row for row in later if row.transition.pass_number == number]


def _begins(move: Transition) -> bool:
    return move.target.stage is Stage.SQL


def _of_record(lead_id: int, rows: Sequence[LedgerRow], moves: tuple[Transition, ...]) -> Iterator[_Told]:
    began = {row.transition.pass_number: row for row in reversed(rows) if _begins(row.transition)}
    known = passes(moves)
    is_over = rows[-1].recorded_of != 0 and len(moves) == len(rows)
    is_erased = bool(moves) and moves[-1].target.stage is Stage.ERASED
    for place_of, found in enumerate(known):
        next_at = known[place_of + 1].qualified_at if place_of + 1 < len(known) else None
        is_open = fate_of(found) == "open"
        if found.is_undone or found.handed_off_at is None:
            continue
        if is_open and (is_erased or is_over):
            continue  # nobody can say anything of it any more; the survivor's own pass tells how it went
        yield _Told(lead_id, moves, found, began[found.number], next_at)


# --- one pass --------------------------------------------------------------------------------------------


def _passed(
    item: _Told,
    snapshot: Snapshot,
    playbook: Playbook,
    of_lead: Mapping[str, str],
    objection: Callable[[str], str],
    now: datetime,
) -> Passed:
    found, fate = item.found, fate_of(item.found)
    assert found.handed_off_at is not None, "only what Salesforce confirmed is told"
    is_back = fate == "given_back"
    kind = kind_of(item.moves, found.number) if is_back else ""
    words = _written(item, snapshot, playbook, kind) if is_back else ""
    yes_at = found.accepted_at or found.opportunity_at or found.won_at
    return Passed(
        lead_id=item.lead_id,
        number=found.number,
        handed_off_at=found.handed_off_at,
        fate=fate,
        decided_at=found.ended_at if is_back else yes_at,
        kind=kind,
        reason=found.reason if is_back else "",
        objection=objection(words) if is_back else "",
        written=plain(words, written.WORDS_CHARS_MAX),
        groups={**of_lead, **_groups(item, snapshot, playbook, now)},
        claims=item.began.transition.numbers,
    )


def _written(item: _Told, snapshot: Snapshot, playbook: Playbook, kind: str) -> str:
    since, until = item.found.qualified_at, item.next_at
    if kind == "lost":
        return written.on_deal(snapshot.signals, snapshot.opportunities, since, until)
    return written.on_lead(snapshot.signals, since, until, playbook.feedback)


def _groups(item: _Told, snapshot: Snapshot, playbook: Playbook, now: datetime) -> dict[str, str]:
    """The value of the pass in each dimension that is not the lead's."""
    began = item.began.transition
    asked = replace(snapshot, history=item.moves)
    offer = _offer(asked, item.found.number)
    return {
        "offer": plain(offer, NAME_CHARS_MAX) or UNKNOWN,
        "owner": _owner(asked, item.found.number, playbook, now),
        "playbook": item.began.playbook_version,
        "level": place(began.origin, playbook) if began.origin else UNKNOWN,
        "band": band(began.numbers, playbook),
        "carried": carried(began.code, playbook),
    }


def _offer(snapshot: Snapshot, number: int) -> str:
    standing = snapshot.standing
    if standing is None:
        return ""
    return origin.offer(snapshot.signals, replace(standing, pass_number=number), snapshot.history)


def _owner(snapshot: Snapshot, number: int, playbook: Playbook, now: datetime) -> str:
    """The last person who had the lead in this pass; the queue where no person did."""
    mine = [item for item in clocks(snapshot, None, playbook, now) if item.span.pass_number == number]
    had = [owned for clock in mine for owned in clock.owners if owned.owner]
    people = [owned for owned in had if owned.is_person]
    last = next(iter(reversed(people or had)), None)
    return UNKNOWN if last is None else plain(name_of(last.owner, snapshot.owner_names), NAME_CHARS_MAX)


def carried(code: str, playbook: Playbook) -> str:
    """What carried a pass, as people call it: the decisive action, or the scores."""
    if not code:
        return "Scores and criteria"
    return next((kind.label for kind in playbook.signals if kind.id == code), code.replace("_", " "))


def band(numbers: Mapping[str, int], playbook: Playbook) -> str:
    """The score a pass began with, as a band of the playbook's matrix, else of the total."""
    matrix = playbook.levels.matrix
    score: str = "total" if matrix is None else matrix.score
    if score not in numbers:
        return UNKNOWN
    points = numbers[score] / MICRO
    if matrix is None:
        least = points // POINTS_STEP * POINTS_STEP
        return f"{score} {least:g} to under {least + POINTS_STEP:g}"
    above: float | None = None
    for _name, border in sorted(matrix.bands, key=lambda item: -item[1]):
        if points >= border:
            return (
                f"{score} {border:g} or more" if above is None else f"{score} {border:g} to under {above:g}"
            )
        above = border
    return UNKNOWN if above is None else f"{score} under {above:g}"
