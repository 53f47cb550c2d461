"""The way a person came, from the first answer to what became of them, in dated stops (S116)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from syncd.core.headline import place
from syncd.core.model import Cause, Stage, Transition
from syncd.core.plain import plain
from syncd.core.playbook import Playbook
from syncd.core.story import reason_label

STOP_CHARS_MAX: Final = 60
_UP: Final = frozenset({Stage.MQL, Stage.NEAR_SQL, Stage.ACCEPTED, Stage.OPPORTUNITY, Stage.CUSTOMER})
_REASONED: Final = frozenset({Stage.LOST, Stage.REJECTED})


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: when, and what it was."""

    at: datetime
    text: str


def path(
    moves: Iterable[Transition], created_at: datetime | None, offer: str, playbook: Playbook
) -> tuple[Stop, ...]:
    """First seen, each step when it was first come to, every hand-over with what carried it, every end with
    its reason. `offer` is the first thing they answered, blank where nobody knows."""
    found: list[Stop] = []
    known: set[str] = set()
    for move in moves:
        text = _text(move, playbook)
        if not text or text in known:
            continue
        if move.target.stage in _UP:
            known.add(text)
        found.append(Stop(move.effective_at, plain(text, STOP_CHARS_MAX)))
    if created_at is not None:
        first = f"first seen: {offer}" if offer else "first seen"
        found.insert(0, Stop(min([created_at, *(stop.at for stop in found)]), plain(first, STOP_CHARS_MAX)))
    return tuple(found)


def _text(move: Transition, playbook: Playbook) -> str:
    stage = move.target.stage
    if move.cause in (Cause.MERGED, Cause.ERASED):
        return ""
    if move.cause is Cause.ADOPTED:
        return "" if stage is Stage.LEAD else f"taken over as {place(move.target, playbook)}"
    if stage is Stage.SQL:
        why = reason_label(move.code, playbook) if move.code else "all criteria met"
        return f"SQL: {why}"
    if stage in _REASONED:
        word = "lost" if stage is Stage.LOST else "given back"
        return f"{word}: {reason_label(move.code, playbook)}" if move.code else word
    return place(move.target, playbook) if stage in _UP else ""
