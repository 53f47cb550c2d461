"""The version of a playbook: a hash of what it means, not of how it is written.

Taken from the built playbook, so comments, order of keys, omitted defaults and `30` against `30.0` make no
difference. Two parts are hashed apart: what decides who is qualified, and what is written and sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, time
from typing import Any, Final

from syncd.core.playbook import Playbook

VERSION_DIGITS: Final = 12

EVALUATION: Final = (
    "signals", "models", "filters", "levels", "feedback", "recycle", "sales_cycle_days", "machine",
)  # fmt: skip
DELIVERY: Final = (
    "tracks", "sla", "routing", "alerts", "mapping", "time_zone", "quote_chars_max", "undo",
    "chase", "objections", "content",
)  # fmt: skip


def versions(playbook: Playbook) -> Playbook:
    """The same playbook with its three versions filled in."""
    parts = normalised(playbook)
    return replace(
        playbook,
        version=_digest(parts),
        evaluation_version=_digest(parts["evaluation"]),
        delivery_version=_digest(parts["delivery"]),
    )


def normalised(playbook: Playbook) -> dict[str, dict[str, Any]]:
    """The meaning of a playbook as plain data that JSON can hold: `{"evaluation": ..., "delivery": ...}`."""
    return {
        "evaluation": {name: _plain(getattr(playbook, name)) for name in EVALUATION},
        "delivery": {name: _plain(getattr(playbook, name)) for name in DELIVERY},
    }


def _plain(value: object) -> Any:
    if is_dataclass(value):
        named = {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
        return {"kind": type(value).__name__, **named}
    match value:
        case bool() | str() | None:
            return value
        case int() | float():
            return float(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in sorted(value.items())}
        case frozenset():
            return sorted(_plain(item) for item in value)
        case tuple():
            return [_plain(item) for item in value]
        case date() | time():
            return value.isoformat()
        case _:
            raise AssertionError(f"a playbook holds no {type(value).__name__}: say how it is written down")


def _digest(data: object) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:VERSION_DIGITS]
