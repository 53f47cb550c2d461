"""What stands in the ledger beside the moves: stages and statuses that others set, and cases people settled.

None of it moves a lead by itself; what follows from it is an entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.core.plain import plain
from syncd.jobs.edits import FIELDS, OUTCOMES, writer_words
from syncd.jobs.sales_acts import OURS, author_words
from syncd.store import edits, life, sales_acts
from syncd.store.edits import Edit
from syncd.store.sales_acts import SalesAct

REASON_CHARS_MAX = 120
_STAGES: Mapping[str, str] = {
    "marketingqualifiedlead": "Marketing qualified lead",
    "salesqualifiedlead": "Sales qualified lead",
}
"""HubSpot's own stages whose names are no words."""
_ACTS: Mapping[str, str] = {"lead": "Lead Status", "opportunity": "Opportunity stage"}


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing beside the moves: an `edit` or a `case`. `was` and `shows` are values; `data` its JSON."""

    kind: str
    at: datetime
    recorded_at: datetime
    lead_id: int
    was: str
    shows: str
    why: str
    by: str
    data: Mapping[str, Any]


def beside(
    tx: sa.Connection, ids: Sequence[int] | None, carried: set[tuple[int, int]], names: Mapping[str, str]
) -> Iterator[Beside]:
    """Of these leads, of everybody where none is named. Acts of sales that carried a move, by lead and fact,
    stand with that move."""
    for mine in edits.of_leads(tx, ids).values():
        yield from map(_edited, mine)
    for acts in sales_acts.of_leads(tx, ids).values():
        for act in acts:
            if act.by_kind != OURS and (act.lead_id, act.signal_key) not in carried:
                yield _acted(act, names)
    for case in life.cases(tx, ids):
        yield from _case(case)


def _edited(edit: Edit) -> Beside:
    """A stage or status of the HubSpot contact that we had set, and somebody set to something else."""
    name = FIELDS.get(edit.field, edit.field)
    by = writer_words(edit.by_kind, edit.by_name) if edit.by_kind else ""
    why = f"{name}: {OUTCOMES[edit.outcome]}" if edit.outcome else f"{name}: looked into next"
    data = {
        "system": edit.system,
        "record": edit.object_id,
        "field": edit.field,
        "from": edit.ours,
        "to": edit.theirs,
        "by_kind": edit.by_kind,
        "by": edit.by_name,
        "outcome": edit.outcome,
    }
    values = (_STAGES.get(edit.ours, edit.ours), _STAGES.get(edit.theirs, edit.theirs) or "blank")
    return _made("edit", edit.edited_at, edit.seen_at, edit.lead_id, values, why, by, data)


def _acted(act: SalesAct, names: Mapping[str, str]) -> Beside:
    """A status or stage in Salesforce that moved nobody here."""
    what, by = _ACTS[act.object_type], author_words(act, names)
    data = {
        "system": "salesforce",
        "record": act.object_id,
        "field": "Status" if act.object_type == "lead" else "StageName",
        "from": None,
        "to": act.value,
        "by_kind": act.by_kind,
        "by": by,
        "outcome": "adopted",
    }
    why = f"{what}: sales' own, it stays"
    return _made("edit", act.acted_at, act.acted_at, act.lead_id, ("", act.value), why, by, data)


def _case(case: sa.Row[Any]) -> Iterator[Beside]:
    name = f"case {case.hold_id} ({case.kind.replace('_', ' ')})"
    why = f"{name} opened: {plain(case.reason, REASON_CHARS_MAX)}"
    data = {"case": case.hold_id, "case_kind": case.kind, "act": "opened", "said": case.reason, "by": None}
    yield _made("case", case.opened_at, case.opened_at, case.lead_id, ("", ""), why, "", data)
    if case.resolved_at is not None:
        said, by = case.resolution, case.resolved_by
        data = {
            "case": case.hold_id,
            "case_kind": case.kind,
            "act": "settled",
            "said": said,
            "by": by or None,
        }
        why = f"{name} settled: {plain(said, REASON_CHARS_MAX)}"
        yield _made("case", case.resolved_at, case.resolved_at, case.lead_id, ("", ""), why, by, data)


def _made(
    kind: str, at: datetime, recorded_at: datetime, lead_id: int, values: tuple[str, str], why: str, by: str,
    data: Mapping[str, Any],
) -> Beside:  # fmt: skip
    was, shows = values
    told = {"kind": kind, "lead_id": lead_id, "at": at, "recorded_at": recorded_at, **data}
    return Beside(kind, at, recorded_at, lead_id, was, shows, why, by, told)
