"""Quiet logs: a run of weeks logs a line per call, which nobody reads and which costs more than the calls."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(scope="module", autouse=True)
def quiet_logs() -> Iterator[None]:
    """Only warnings are logged while these tests run."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(**before)
