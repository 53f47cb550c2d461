"""What is kept of the API's traffic: every call, and every write that was accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Call(NamedTuple):
    """One request answered. `path` is without its query; `at` is virtual time."""

    method: str
    path: str
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ApiWrite:
    """One write the API accepted. `before` and `after` hold the properties that were sent."""

    at: datetime
    operation: str
    type: str
    id: str
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
