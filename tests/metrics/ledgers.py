"""Ledgers as people write them: `Ada: 1 lead, 2 mql:engaged, 5 sql`, in days since the first of September."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from syncd.core.metrics import LedgerEntry
from syncd.core.model import Cause, Stage

START = datetime(2026, 9, 1, tzinfo=UTC)


def at(days: float) -> datetime:
    """The moment so many days after the start."""
    return START + timedelta(days=days)


def entries(lines: Iterable[str]) -> list[LedgerEntry]:
    """The entries of these lines; each line is one lead, numbered from 1. A step after `adopted` was taken
    over, one after `undone:2` takes two entries back."""
    found: list[LedgerEntry] = []
    for number, line in enumerate(lines, 1):
        _name, _colon, told = line.partition(":")
        found += [_entry(number, *part.split()) for part in told.split(",")]
    return found


def _entry(lead_id: int, days: str, *words: str) -> LedgerEntry:
    stage, _colon, level = words[-1].partition(":")
    note = words[0] if len(words) > 1 else ""
    cause, undoes = Cause.CREATED if stage == "lead" and not note else Cause.CRITERIA_MET, 0
    if note == "adopted":
        cause = Cause.ADOPTED
    elif note.startswith("undone:"):
        cause, undoes = Cause.UNDONE, int(note.removeprefix("undone:"))
    return LedgerEntry(lead_id, at(float(days)), Stage(stage), level, cause, undoes=undoes)
