"""What SQLAlchemy says differently for each database: append-only triggers, and the upsert.

The trigger statements are used by the migrations and by tests that build the schema at once.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

APPEND_ONLY = ("transitions", "requests")
"""Tables whose rows the database refuses to change or remove."""


def upsert(tx: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that knows ON CONFLICT, for the database behind `tx` (the two classes share no type)."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


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
