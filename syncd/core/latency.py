"""How long a hand-off took, hop by hop: from the change in HubSpot to the record and the message.

Seconds of real time. The 95th percentile is the smallest figure that 95 of 100 do not exceed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class HandOff:
    """The instants of one hand-off; None for what did not happen. `stamped_at` is when its source stamped the
    newest evidence, `known_at` when we had it."""

    stamped_at: datetime | None
    known_at: datetime | None
    decided_at: datetime
    sent_at: datetime | None
    confirmed_at: datetime | None
    alerted_at: datetime | None
    lead_id: int = 0
    pass_number: int = 1


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop over many hand-offs. `count` are those that made it; figures in seconds, None without any."""

    id: str
    label: str
    count: int
    median_s: float | None
    p95_s: float | None
    slowest_s: float | None


_HOPS = (
    ("read", "Read: from the change to having it", "stamped_at", "known_at"),
    ("decide", "Decide: from having it to SQL", "known_at", "decided_at"),
    ("send", "Send: until it left for Salesforce", "decided_at", "sent_at"),
    ("confirm", "Confirm: until Salesforce had it", "sent_at", "confirmed_at"),
    ("alert", "Alert: from SQL to the message", "decided_at", "alerted_at"),
)


def hops(found: Sequence[HandOff]) -> tuple[Hop, ...]:
    """Every hop, and `all`: from the change to whichever of record and message came last."""
    lines = [
        _hop(id_, label, [_between(item, begin, end) for item in found]) for id_, label, begin, end in _HOPS
    ]
    return (*lines, _hop("all", "All: from the change to both", [whole_s(item) for item in found]))


def whole_s(item: HandOff) -> float | None:
    """Seconds from the change until Salesforce had the record and sales the message; None while either is
    missing."""
    if item.stamped_at is None or item.confirmed_at is None or item.alerted_at is None:
        return None
    return max(0.0, (max(item.confirmed_at, item.alerted_at) - item.stamped_at).total_seconds())


def _between(item: HandOff, begin: str, end: str) -> float | None:
    first, last = getattr(item, begin), getattr(item, end)
    return None if first is None or last is None else max(0.0, (last - first).total_seconds())


def _hop(id_: str, label: str, seconds: Sequence[float | None]) -> Hop:
    known = sorted(item for item in seconds if item is not None)
    if not known:
        return Hop(id_, label, 0, None, None, None)
    return Hop(id_, label, len(known), median(known), known[ceil(len(known) * 0.95) - 1], known[-1])
