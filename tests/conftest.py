"""What all tests share: a fresh store on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import HealthCheck, settings

from syncd.connectors.sandbox import violations
from syncd.store.engine import Store
from tests import postgres

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
"""How long an example takes is no behaviour: a busy machine fails no test."""


LONG = ("loop", "daemon")
"""Folders of tests of the whole loop."""

LOOPS_ON_BOTH = frozenset({"test_giving_way.py"})
"""Tests of the whole loop that run on both databases every time; the others run on PostgreSQL in the battery.
The store's own tests run on both."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests go first and whole loops next, so that all workers end at about the same time."""
    for item in items:
        is_loop = item.path.parent.name in LONG and item.path.name not in LOOPS_ON_BOTH
        if is_loop and "postgresql" in item.name:
            item.add_marker(pytest.mark.battery)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, item.path.parent.name not in (*LONG, "cli")))


@pytest.fixture(scope="module", autouse=True)
def logs_as_before() -> Iterator[None]:
    """Logging is one setting for the whole process: after each file it is as it was at the start, whatever
    the file had set, or a fixture that outlives it."""
    yield
    structlog.reset_defaults()


EMULATORS_OWN = ("tests/sandbox_hubspot/", "tests/sandbox_salesforce/")
"""There writes are made against the rules on purpose, to see them noted."""


@pytest.fixture(autouse=True)
def every_write_keeps_the_rules(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test is about: no emulator it used was written to against the documented rules."""
    yield
    broken = violations.taken()
    if not request.node.nodeid.startswith(EMULATORS_OWN):
        assert broken == [], "an emulator noted writes against the vendor's rules"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL server, found or started; skips with one line where none can be had."""
    try:
        return postgres.find()
    except postgres.NoPostgres as error:
        if os.environ.get("SYNCD_TEST_POSTGRES") == "required":
            pytest.fail(f"SYNCD_TEST_POSTGRES=required, but {error}")
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store on each database; a schema of its own on the server."""
    server = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with empty_database(tmp_path, server) as url:
        yield url


@contextmanager
def empty_database(folder: Path, server: str) -> Iterator[str]:
    """The URL of an empty store: a file in `folder`, or a schema of its own on the server if one is named."""
    if not server:
        yield f"sqlite:///{folder}/state/syncd.db"
        return
    schema = f"t{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    separator = "&" if "?" in server else "?"
    yield f"{server}{separator}options=-csearch_path%3D{schema}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store with all tables, on SQLite and on PostgreSQL in turn."""
    opened = Store(store_url)
    opened.create_all()
    yield opened
    opened.dispose()
