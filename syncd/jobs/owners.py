"""What an effect says of owners, read against what is there: who takes over from somebody who has left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.core.desk import QUEUE_PREFIX, short


def note(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a record we create has the owner it has."""
    why = payload.get("owner", {}).get("why", "")
    return (f"owner: {why}",) if why else ()


def successor(payload: Mapping[str, Any], fresh: Mapping[str, str], *, is_contact: bool) -> str:
    """Who gets a record whose owner can have none any more; blank where the owner stays. A Contact is never
    owned by a queue ("Contact", OwnerId, Object Reference)."""
    owner = payload.get("owner", {})
    chosen, present = str(owner.get("id") or ""), fresh.get("OwnerId", "")
    is_gone = bool(present) and short(present) in {short(item) for item in owner.get("gone", ())}
    if not chosen or not is_gone or short(chosen) == short(present):
        return ""
    return "" if is_contact and chosen.startswith(QUEUE_PREFIX) else chosen


def left_behind(payload: Mapping[str, Any], fresh: Mapping[str, str]) -> str:
    """Why a record would stay with somebody who can have it no more: nobody takes over. Blank where it need
    not."""
    owner, present = payload.get("owner", {}), fresh.get("OwnerId", "")
    is_left = bool(present) and short(present) in {short(item) for item in owner.get("left", ())}
    return (
        str(owner.get("why") or "Nobody can have it now") if is_left and owner.get("mode") == "hold" else ""
    )


def moved_on(payload: Mapping[str, Any], fresh: Mapping[str, str]) -> str:
    """Who has a record that was to be taken from another owner; blank where it may still be taken."""
    wanted_from = str(payload.get("only_from") or "")
    present = fresh.get("OwnerId", "")
    return present if wanted_from and short(present) != short(wanted_from) else ""
