"""Config folders to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings import default_config_dir, load
from syncd.settings.loading import Loaded
from tests.settings import small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the smallest valid files."""
    return small.write(tmp_path)


@pytest.fixture(scope="session")
def shipped() -> Loaded:
    """The shipped defaults, loaded once."""
    return load(default_config_dir(), small.HOME)
