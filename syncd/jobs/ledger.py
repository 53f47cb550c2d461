"""`syncd ledger`: the entries, the passes, and the proof that both agree with where every lead stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.headline import cause_words, place
from syncd.core.model import Position
from syncd.core.passes import Pass, Reached, passes, reached, replay, skips
from syncd.core.playbook import Playbook
from syncd.core.reported import Cell, Column, Report, Section
from syncd.jobs.grouping import shown_leads
from syncd.jobs.ledger_beside import beside
from syncd.jobs.sales_acts import author_words
from syncd.store import ledger, life, sales_acts, snapshots
from syncd.store.engine import Store
from syncd.store.ledger import LedgerRow


def _histories(tx: sa.Connection, lead_id: int | None) -> Mapping[int, tuple[LedgerRow, ...]]:
    """The entries of each number a lead ever had; of everybody where none is named."""
    if lead_id is not None:
        return ledger.history(tx, life.numbers_of(tx, lead_id))
    found: defaultdict[int, list[LedgerRow]] = defaultdict(list)
    for row in ledger.entries(tx):
        found[row.recorded_of or row.lead_id].append(row)
    return {number: tuple(rows) for number, rows in sorted(found.items())}


def entries(
    store: Store, playbook: Playbook, lead_id: int | None, since: datetime | None, until: datetime
) -> Report:
    """Every entry recorded in the period, as it was recorded; each says which steps it jumped and who set
    what carried it. Beside the moves stand stages that others set, and cases."""

    def is_within(at: datetime) -> bool:
        return (since is None or at >= since) and at < until

    with store.read() as tx:
        histories, ids = _histories(tx, lead_id), None if lead_id is None else life.numbers_of(tx, lead_id)
        people, authors = ledger.people_of(tx), _authors(tx, ids)
        carried = {
            (lead_id or row.lead_id, key)
            for rows in histories.values()
            for row in rows
            for key in row.transition.evidence
        }
        others = [
            item for item in beside(tx, ids, carried, snapshots.user_names(tx)) if is_within(item.recorded_at)
        ]
    told = [
        (row, jumped)
        for rows in histories.values()
        for row, jumped in zip(rows, skips([row.transition for row in rows]), strict=True)
        if is_within(row.recorded_at)
    ]
    told.sort(key=lambda item: item[0].seq)
    others.sort(key=lambda item: (item.recorded_at, item.at, item.lead_id))
    data = [_entry_data(row, [str(stage) for stage in jumped], people, authors) for row, jumped in told]
    columns = (
        Column("seq", "", csv_only=True), Column("lead_id", "Lead"), Column("effective_at", "When", "moment"),
        Column("recorded_at", "", "moment", csv_only=True), Column("from", "From"), Column("to", "To"),
        Column("why", "Why"), Column("cause", "", csv_only=True), Column("code", "", csv_only=True),
        Column("pass", "Pass", "number"), Column("skipped", "Skipped"), Column("playbook", "", csv_only=True),
        Column("by", "By"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for (row, _jumped), item in zip(told, data, strict=True):
        move = row.transition
        rows.append(
            (
                row.seq, str(item["lead_id"]), move.effective_at, row.recorded_at,
                place(move.origin, playbook) if move.origin else None, place(move.target, playbook),
                cause_words(move.cause, move.code, playbook), str(move.cause), move.code, move.pass_number,
                ", ".join(f"{name} (inferred)" for name in item["skipped"]), row.playbook_version,
                item["by"] or "",
            )
        )  # fmt: skip
    rows += [
        (
            None, str(one.lead_id), one.at, one.recorded_at, one.was or None, one.shows or None, one.why,
            one.kind, "", None, "", "", one.by,
        )
        for one in others
    ]  # fmt: skip
    rows.sort(key=_recorded)
    answer = {"since": since, "until": until, "entries": data, "beside": [dict(one.data) for one in others]}
    return Report("Ledger", answer, [Section("", columns, rows)], since, until)


def _recorded(cells: tuple[Cell, ...]) -> datetime:
    """When a row was recorded; rows of one moment keep their order."""
    found = cells[3]
    assert isinstance(found, datetime), "every row has its moment"
    return found


def _authors(tx: sa.Connection, ids: Sequence[int] | None) -> Mapping[int, str]:
    """Who set what, by the key of the fact."""
    names = snapshots.user_names(tx)
    told = sales_acts.of_leads(tx, ids).values()
    return {act.signal_key: author_words(act, names) for acts in told for act in acts}


def _entry_data(
    row: LedgerRow,
    skipped: list[str],
    people: Mapping[int, str],
    authors: Mapping[int, str],
) -> dict[str, Any]:
    """The documented shape of one entry."""
    move = row.transition
    acted = (authors.get(key, "") for key in move.evidence)
    by = people.get(row.request_id) if row.request_id else next((name for name in acted if name), None)
    return {
        "seq": row.seq,
        "lead_id": row.lead_id,
        "recorded_of": row.recorded_of or row.lead_id,
        "effective_at": move.effective_at,
        "recorded_at": row.recorded_at,
        "from": _code(move.origin),
        "to": _code(move.target),
        "skipped": skipped,
        "cause": str(move.cause),
        "code": move.code,
        "pass": move.pass_number,
        "track": move.track,
        "until_at": move.until_at,
        "evidence": [str(key) for key in move.evidence],
        "numbers": dict(move.numbers),
        "playbook": row.playbook_version,
        "by": by,
    }


def _code(position: Position | None) -> str | None:
    return None if position is None else str(position)


# --- passes ----------------------------------------------------------------------------------------------


def all_passes(
    store: Store, playbook: Playbook, lead_id: int | None, since: datetime | None, until: datetime
) -> Report:
    """Every pass that began in the period, and when each of these leads first and last came to each step."""
    with store.read() as tx:
        histories = _histories(tx, lead_id)
    made: list[tuple[int, Pass]] = []
    steps: list[tuple[int, Reached]] = []
    for number, rows in histories.items():
        moves = [row.transition for row in rows]
        mine = [
            item
            for item in passes(moves)
            if (since is None or item.qualified_at >= since) and item.qualified_at < until
        ]
        made += [(number, item) for item in mine]
        if mine or lead_id is not None:
            steps += [(number, item) for item in reached(moves)]
    names = shown_leads(store, playbook, {number for number, _item in made})
    data = {
        "since": since,
        "until": until,
        "passes": [
            {"lead_id": number, "name": names[number].name, **_pass_data(item)} for number, item in made
        ],
        "steps": [
            {
                "lead_id": number,
                "step": str(item.stage),
                "first_at": item.first_at,
                "latest_at": item.latest_at,
                "times": item.times,
                "inferred": item.is_inferred,
            }
            for number, item in steps
        ],
    }
    return Report("Passes", data, [_pass_section(playbook, made, names)], since, until)


def _pass_data(item: Pass) -> dict[str, Any]:
    return {
        "pass": item.number,
        "cause": str(item.cause),
        "code": item.code,
        "evidence": [str(key) for key in item.evidence],
        "qualified_at": item.qualified_at,
        "handed_off_at": item.handed_off_at,
        "accepted_at": item.accepted_at,
        "opportunity_at": item.opportunity_at,
        "won_at": item.won_at,
        "ended_at": item.ended_at,
        "outcome": str(item.outcome) if item.outcome else None,
        "reason": item.reason,
        "undone": item.is_undone,
    }


def _pass_section(playbook: Playbook, made: Sequence[tuple[int, Pass]], names: Mapping[int, Any]) -> Section:
    columns = (
        Column("lead_id", "Lead"), Column("name", "Name"), Column("pass", "Pass", "number"),
        Column("qualified_at", "SQL", "moment"), Column("why", "Carried by"),
        Column("handed_off_at", "", "moment", csv_only=True),
        Column("accepted_at", "", "moment", csv_only=True),
        Column("opportunity_at", "", "moment", csv_only=True), Column("won_at", "", "moment", csv_only=True),
        Column("ended_at", "", "moment", csv_only=True), Column("came_to", "Came to"),
        Column("reason", "", csv_only=True),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (
            str(number), names[number].name, item.number, item.qualified_at,
            cause_words(item.cause, item.code, playbook), item.handed_off_at, item.accepted_at,
            item.opportunity_at, item.won_at, item.ended_at, _came_to(item), item.reason,
        )
        for number, item in made
    ]  # fmt: skip
    return Section("", columns, rows, note="" if rows else "No pass began in the period.")


def _came_to(item: Pass) -> str:
    """How far a pass came, in words."""
    if item.is_undone:
        return "taken back"
    if item.outcome is not None:
        reason = f" ({item.reason.replace('_', ' ')})" if item.reason else ""
        return f"{str(item.outcome).replace('_', ' ')}{reason}"
    if item.won_at:
        return "won"
    if item.opportunity_at:
        return "opportunity"
    if item.accepted_at:
        return "accepted"
    return "with sales" if item.handed_off_at else "on its way to sales"


# --- the proof -------------------------------------------------------------------------------------------


def disagreements(store: Store) -> tuple[dict[str, Any], ...]:
    """Every lead whose entries, told again from the first, do not lead to where its row says it stands, or
    whose chain is broken. There are none; the day there is one, something wrote past the ledger."""
    with store.read() as tx:
        histories = _histories(tx, None)
        standings = ledger.standings(tx, histories)
    return tuple(_compared(histories, standings))


def _compared(
    histories: Mapping[int, tuple[LedgerRow, ...]], standings: Mapping[int, Any]
) -> Iterable[dict[str, Any]]:
    for number, rows in histories.items():
        found, standing = replay(row.transition for row in rows), standings.get(number)
        stands = standing.position if standing else None
        if found.position != stands or found.breaks:
            yield {
                "lead_id": number,
                "by_the_ledger": _code(found.position),
                "by_the_lead": _code(stands),
                "broken_at": [rows[place_of].seq for place_of in found.breaks],
            }
