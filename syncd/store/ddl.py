"""What SQLAlchemy says differently for each database: append-only triggers, partial indexes, and the upsert.

The trigger statements are used by the migrations and by tests that build the schema at once. A database's own
part of SQLAlchemy is imported only where that database is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex

APPEND_ONLY = ("transitions", "requests")
"""Tables whose rows the database refuses to change or remove."""


def upsert(tx: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that knows ON CONFLICT, for the database behind `tx` (the two classes share no type)."""
    return import_module(f"sqlalchemy.dialects.{tx.dialect.name}").insert(table)


@compiles(CreateIndex)
def _partial_index(element: CreateIndex, compiler: Any, **kw: Any) -> str:
    """An index with a `where` among its `info` covers only the rows where that is true."""
    made: str = compiler.visit_create_index(element, **kw)
    where = element.element.info.get("where")
    return f"{made} WHERE {where}" if where else made


def append_only_triggers(is_sqlite: bool) -> list[str]:
    """Statements that create the triggers on this database."""
    return _sqlite_triggers() if is_sqlite else _postgres_triggers()


def _sqlite_triggers() -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in APPEND_ONLY
        for verb in ("update", "delete")
    ]


def _postgres_triggers() -> list[str]:
    function = (
        "CREATE FUNCTION syncd_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    return [function] + [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION syncd_append_only()"
        for table in APPEND_ONLY
    ]
