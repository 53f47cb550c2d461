"""Houses to run daemons in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.daemon.house import House


@contextmanager
def opened(folder: Path, store_url: str) -> Iterator[House]:
    """A sandbox in real time and an empty database."""
    with Sandbox(world="empty", start_at=datetime.now(UTC).replace(microsecond=0)) as sandbox:
        built = House(sandbox, folder, store_url)
        try:
            yield built
        finally:
            built.close()


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> Iterator[House]:
    """On SQLite and on PostgreSQL in turn."""
    with opened(tmp_path, store_url) as built:
        yield built


@pytest.fixture
def one_house(tmp_path: Path) -> Iterator[House]:
    """On SQLite: for what has nothing to do with the database."""
    with opened(tmp_path, f"sqlite:///{tmp_path}/state/syncd.db") as built:
        yield built
