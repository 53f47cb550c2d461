"""A house to run daemons in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.daemon.house import House


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> Iterator[House]:
    """A sandbox in real time and an empty database, SQLite and PostgreSQL in turn."""
    with Sandbox(world="empty", start_at=datetime.now(UTC).replace(microsecond=0)) as sandbox:
        built = House(sandbox, tmp_path, store_url)
        try:
            yield built
        finally:
            built.close()
