"""Many rows at once: multi-row inserts as tuples through the driver, and reads by lists of references.

SQLAlchemy's own parameter handling costs three times the insert itself (measured), so the hot path builds
its statement once per table and hands tuples to the driver. Values are therefore as the database keeps them:
times as epoch milliseconds, JSON as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from syncd.core.model import Ref, System

CHUNK = 500
"""Values in one IN list: far below the limits of both databases."""

T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def json_text(value: Any) -> str:
    """JSON as the JSON columns keep it."""
    return msgspec.json.encode(value).decode()


def insert(
    tx: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    replace: Sequence[str] = (),
) -> int:
    """Insert rows; one whose primary key exists has `replace` overwritten, or is left alone without it.

    Returns how many rows were written. Rows are best sorted by key: random pages cost most.
    """
    if not rows:
        return 0
    statement = _insert_sql(table, tuple(columns), tuple(replace), "?" if _is_sqlite(tx) else "%s")
    return tx.exec_driver_sql(statement, list(rows)).rowcount


@lru_cache(maxsize=256)
def _insert_sql(table: sa.Table, columns: tuple[str, ...], replace: tuple[str, ...], mark: str) -> str:
    """Names come from our own tables; values only ever travel as parameters."""
    keys = ", ".join(_quoted(table.c[column.name]) for column in table.primary_key)
    names = ", ".join(_quoted(table.c[name]) for name in columns)
    marks = ", ".join([mark] * len(columns))
    changes = ", ".join(f"{_quoted(table.c[name])} = excluded.{_quoted(table.c[name])}" for name in replace)
    action = f"UPDATE SET {changes}" if replace else "NOTHING"
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT ({keys}) DO {action}"  # noqa: S608


def _quoted(column: sa.Column[Any]) -> str:
    return f'"{column.name}"'


def _is_sqlite(tx: sa.Connection) -> bool:
    return bool(tx.dialect.name == "sqlite")


def by_ref(
    tx: sa.Connection, table: sa.Table, columns: Sequence[sa.ColumnElement[Any]], refs: Iterable[Ref]
) -> Iterator[tuple[Ref, sa.Row[Any]]]:
    """Rows of `table` (keyed by system, object_type, object_id) for these references, with `columns`."""
    grouped: dict[tuple[System, str], set[str]] = {}
    for ref in refs:
        grouped.setdefault((ref.system, ref.object), set()).add(ref.id)
    for (system, object_type), ids in grouped.items():
        for batch in chunks(sorted(ids)):
            query = sa.select(table.c.object_id, *columns).where(
                table.c.system == system.value,
                table.c.object_type == object_type,
                table.c.object_id.in_(batch),
            )
            for row in tx.execute(query):
                yield Ref(system, object_type, row[0]), row
