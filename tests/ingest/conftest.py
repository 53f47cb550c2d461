"""A desk on a fresh store, on each database."""

from __future__ import annotations

import pytest

from syncd.store.engine import Store
from tests.ingest.world import Desk


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)
