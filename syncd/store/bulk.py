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


def update(
    tx: sa.Connection, table: sa.Table, key: str, column: str, rows: Sequence[tuple[Any, Any]]
) -> None:
    """Set one column of the rows with these (key, value)."""
    if rows:
        mark = "?" if _is_sqlite(tx) else "%s"
        names = _quoted(table.c[column]), _quoted(table.c[key])
        statement = f"UPDATE {table.name} SET {names[0]} = {mark} WHERE {names[1]} = {mark}"  # noqa: S608
        tx.exec_driver_sql(statement, [(value, found) for found, value in rows])


def _quoted(column: sa.Column[Any]) -> str:
    return f'"{column.name}"'


def _is_sqlite(tx: sa.Connection) -> bool:
    return bool(tx.dialect.name == "sqlite")


def among(tx: sa.Connection, column: sa.Column[Any], values: Iterable[Any]) -> sa.ColumnElement[bool]:
    """True where `column` is one of `values`: one parameter, so that the statement stays the same for any
    number of them and is compiled once (an expanded IN list is rendered anew each time: measured, 0.4 ms)."""
    wanted = sorted(set(values))
    if _is_sqlite(tx):
        listed = sa.func.json_each(json_text(wanted)).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    return column == sa.any_(sa.literal(wanted, sa.ARRAY(column.type)))


def raw_rows(tx: sa.Connection, statement: str, values: tuple[Any, ...]) -> list[Any]:
    """Rows as the driver makes them, of a statement with `?` for its values.

    It goes straight to the driver inside `tx`: SQLAlchemy's share of one small query is more than the query's
    own, and wrapping a million rows costs a second (measured).
    """
    driver: Any = tx.connection.driver_connection
    return list(driver.execute(marked(tx, statement), values).fetchall())


def marked(tx: sa.Connection, statement: str) -> str:
    """A statement with the marks of the driver behind `tx`."""
    return statement if _is_sqlite(tx) else statement.replace("?", "%s")


def listed(tx: sa.Connection, column: str, values: Iterable[int]) -> tuple[str, Any]:
    """A test that `column` is one of `values`, and the one value that goes with it."""
    wanted = sorted(set(values))
    if _is_sqlite(tx):
        return f"{column} IN (SELECT value FROM json_each(?))", json_text(wanted)  # noqa: S608 - names are ours
    return f"{column} = ANY(?)", wanted


def next_ids(tx: sa.Connection, table: sa.Table, count: int) -> list[int]:
    """Ids for `count` new rows of a table keyed by one number, so that they can be inserted together.

    SQLAlchemy can return the ids of a multi-row insert in order, but on SQLite only row by row. On SQLite the
    transaction holds the write lock since it began, so nobody else takes the same; PostgreSQL has a sequence.
    """
    if not count:
        return []
    [key] = table.primary_key
    if _is_sqlite(tx):
        last = tx.execute(sa.select(sa.func.coalesce(sa.func.max(key), 0))).scalar_one()
        return list(range(last + 1, last + 1 + count))
    taken = sa.text("SELECT nextval(pg_get_serial_sequence(:name, :key)) FROM generate_series(1, :count)")
    return sorted(tx.execute(taken, {"name": table.name, "key": key.name, "count": count}).scalars())


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
                among(tx, table.c.object_id, batch),
            )
            for row in tx.execute(query):
                yield Ref(system, object_type, row[0]), row
