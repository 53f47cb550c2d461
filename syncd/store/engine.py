"""Opens the store and its transactions: SQLite in a file by default, PostgreSQL by URL.

A write begins by fencing: it proves that this process still holds the lease and renews it, so a holder that
was frozen and overtaken writes nothing. A read never blocks a write and is never blocked by one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.compiler import compiles

from syncd.store.bulk import json_text
from syncd.store.ddl import append_only_triggers
from syncd.store.tables import metadata

if TYPE_CHECKING:
    from syncd.store.lease import Token

BUSY_TIMEOUT_MS = 15_000
WAL_AUTOCHECKPOINT_PAGES = 20_000  # measured: the default of 1,000 doubles the wall time of a pull
CACHE_KIB = 2_048  # measured: 16 MB is no faster at 20,000 leads; the system caches the file anyway


_JSON: Mapping[str, Any] = {"json_serializer": json_text, "json_deserializer": msgspec.json.decode}
"""What reads and writes JSON columns: profiles are read by the thousand."""


class StoreUnavailable(Exception):  # noqa: N818 - names the state, not the class of error
    """The database cannot be opened: the message says which, why and what to do. Never holds the password."""


@compiles(sa.BigInteger, "sqlite")
@compiles(sa.Boolean, "sqlite")
def _strict_integer(_element: Any, _compiler: Any, **_kw: Any) -> str:
    return "INTEGER"  # STRICT tables know INTEGER, not BIGINT or BOOLEAN


@compiles(sa.JSON, "sqlite")
def _strict_text(_element: Any, _compiler: Any, **_kw: Any) -> str:
    return "TEXT"


class Store:
    """One tenant's store. Cheap to make; connects on first use.

    `url` is any SQLAlchemy URL of SQLite or PostgreSQL; `postgres://` and `postgresql://` mean psycopg 3.
    `is_throw_away` lets the last commits of an SQLite file be lost with the machine's power, never with the
    process: for a simulated world, which is gone then too.
    """

    def __init__(self, url: str, *, is_throw_away: bool = False) -> None:
        self.url = _with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _private_file(self.url.database)
        self._synchronous = "NORMAL" if is_throw_away else "FULL"
        self.engine = self._engine()

    def __repr__(self) -> str:
        return f"Store({self.url.render_as_string(hide_password=True)})"

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view for reading; what is written in it is rolled back."""
        with self._connect() as tx:
            if self.is_sqlite:
                tx.exec_driver_sql("BEGIN")
            try:
                yield tx
            finally:
                _rollback(tx)

    @contextmanager
    def write(self, token: Token | None) -> Iterator[sa.Connection]:
        """A transaction of the lease's holder, committed at the end of the block, fenced at its start.

        `token` None skips the fence: for people's own rows (`requests`), migrations and tests of queries.
        Raises LeaseLost when somebody else holds the lease or it has expired; then nothing was written.
        """
        with self._connect() as tx:
            if self.is_sqlite:
                tx.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                if token is not None:
                    token.fence(tx)
                yield tx
            except BaseException:
                _rollback(tx)
                raise
            tx.commit()
            if token is not None:
                token.mark_fenced()

    def create_all(self) -> None:
        """Every table, index and trigger at once, without migrations. For tests of what lies above."""
        with self.write(None) as tx:
            self.create_tables(tx)

    def create_tables(self, tx: sa.Connection) -> None:
        """Every table, index and trigger inside `tx`."""
        metadata.create_all(tx)
        for statement in append_only_triggers(self.is_sqlite):
            tx.execute(sa.text(statement))

    def checkpoint(self) -> None:
        """Fold SQLite's write-ahead log back into the file; nothing elsewhere."""
        if self.is_sqlite:
            with self._connect() as tx:
                tx.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def dispose(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        try:
            connection = self.engine.connect()
        except DatabaseError as error:  # no server, no rights, or a file that is no database
            raise StoreUnavailable(self._why(error)) from error
        with connection:
            yield connection

    def _why(self, error: DatabaseError) -> str:
        shown = self.url.render_as_string(hide_password=True)
        said = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        return f"cannot open the store {shown}: {said}. Check SYNCD_DATABASE_URL, and that it is there."

    def _engine(self) -> sa.Engine:
        """Errors tell no parameters: they are people's names and addresses, and errors are logged."""
        if self.is_sqlite:
            patience = {"timeout": BUSY_TIMEOUT_MS / 1000}
            engine = sa.create_engine(self.url, connect_args=patience, hide_parameters=True, **_JSON)
            event.listen(engine, "connect", partial(_configure_sqlite, self._synchronous))
            return engine
        engine = sa.create_engine(
            self.url, pool_pre_ping=True, connect_args={"connect_timeout": 10}, hide_parameters=True, **_JSON
        )
        event.listen(engine, "connect", _configure_postgres)
        event.listen(engine, "handle_error", _drop_details)
        return engine


def _with_driver(url: str) -> sa.URL:
    parsed = sa.make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _private_file(database: str | None) -> None:
    """Make the file before SQLite does, readable by its owner alone; its log files inherit the mode."""
    if not database or database == ":memory:":
        return
    path = Path(database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot open the store {path}: {error.strerror}. Check that the folder exists and is writable."
        ) from error


def _configure_sqlite(synchronous: str, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are ours: pysqlite would leave DDL outside of them
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"wal_autocheckpoint={WAL_AUTOCHECKPOINT_PAGES}",
        f"cache_size=-{CACHE_KIB}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _configure_postgres(connection: Any, _record: Any) -> None:
    """A frozen worker inside a transaction must not block its successor for longer than the lease lives."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '20s'")
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _drop_details(context: sa.ExceptionContext) -> None:
    """PostgreSQL quotes the failing row in the details of an error ("Error Message Style Guide", Detail)."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\nDETAIL")[0], *error.args[1:])


def _rollback(tx: sa.Connection) -> None:
    """Roll back; SQLite has already done so after a full disk, and then refuses a second time."""
    try:
        tx.rollback()
    except OperationalError as error:
        if "no transaction is active" not in str(error.orig):
            raise
