"""Writes the history as CSV: for whoever goes on without us, or keeps it elsewhere.

A text that a spreadsheet would take for a formula is made inert. The files hold people's data and are
readable by their owner alone.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from syncd.core.plain import inert
from syncd.store import export as rows
from syncd.store.engine import Store

FILES: tuple[tuple[str, Sequence[str], Callable[[sa.Connection], Iterator[rows.Cells]]], ...] = (
    ("ledger.csv", rows.MOVES, rows.moves),
    ("values.csv", rows.VALUES, rows.values),
    ("records.csv", rows.RECORDS, rows.records),
    ("links.csv", rows.LINKS, rows.known),
)


def export(store: Store, folder: Path) -> dict[str, int]:
    """How many rows each file got. All of one moment: one transaction that only reads."""
    folder.mkdir(parents=True, exist_ok=True)
    with store.read() as tx:
        return {name: _write(folder / name, head, read(tx)) for name, head, read in FILES}


def _write(path: Path, head: Sequence[str], lines: Iterator[rows.Cells]) -> int:
    count = 0
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for line in lines:
            writer.writerow([_text(cell) for cell in line])
            count += 1
    return count


def _text(cell: object) -> object:
    """Numbers as they are, texts inert, anything nested as JSON; nothing for none."""
    if isinstance(cell, str):
        return inert(cell)
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, sort_keys=True)
    return "" if cell is None else cell
