"""Holds the bulk back when a run would write for too many leads, says so once, and lets it go again.

Looked at before every delivery, and each effect once: what is few enough goes, and what belongs to a decisive
hand-off or to something a person asked for goes always. What is held back waits for `syncd queue`, or leaves
hour by hour where the installation says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from syncd.core.blast import BlastLimit, likely_cause
from syncd.core.desk import NO_LOAD, Load, short
from syncd.core.model import MICRO
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.logs import structlog
from syncd.store import capacity, notices, queue, work
from syncd.store.engine import Store
from syncd.store.lease import Token
from syncd.store.queue import Waiting
from syncd.store.work import RequestRow

WINDOW = timedelta(hours=1)
"""What comes within this time of a bulk held back belongs to it."""
DECIDED_WITHIN = timedelta(days=1)
"""How long a person's word about one lead keeps it out of any bulk."""
HELD_AT, RELEASED_AT = "bulk_held_at", "bulk_released_at"

_log = structlog.get_logger("syncd.limiting")


class NothingHeld(Exception):  # noqa: N818 - an outcome for the person who asked
    """Nothing is held back, or nothing of it can go now; the message says which."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A bulk that was held back just now."""

    leads: int
    allowed: int
    text: str


def limit(
    store: Store, token: Token | None, playbook: Playbook, blast: BlastLimit, now: datetime
) -> Stopped | None:
    """Look at everything intended since the last delivery; what was held back, or None."""
    with store.read() as tx:
        live_at = work.baseline(tx).go_live_at
        fresh = [] if live_at is None else queue.fresh_leads(tx, live_at)
        was_held = work.get_meta(tx, HELD_AT)
    if live_at is None or (not fresh and not was_held):
        return None
    with store.write(token) as tx:
        stopped = _look(tx, fresh, playbook, blast, now) if fresh else None
        queue.clear(tx, now)
        _let_go_by_the_hour(tx, playbook, blast, now)
        _tell_if_well(tx, playbook, now)
    return stopped


def _look(
    tx: sa.Connection, fresh: list[int], playbook: Playbook, blast: BlastLimit, now: datetime
) -> Stopped | None:
    asked = queue.asked_for(tx, fresh, now - DECIDED_WITHIN)
    queue.let_go(tx, asked, now)  # what waited for them belongs to what they asked for
    bulk = sorted(set(fresh) - asked)
    allowed = blast.allowed(queue.kept_leads(tx))
    before = queue.held_since(tx, now - WINDOW)
    if not bulk or len(bulk) + before <= allowed:
        return None
    cause = likely_cause(queue.bulk_of(tx, bulk, now - DECIDED_WITHIN))
    held = queue.hold_back(tx, bulk, cause.code, now)
    _log.warning("bulk.held", leads=len(bulk), effects=held, cause=cause.code)
    stopped = Stopped(len(bulk), allowed, cause.text)
    if not work.get_meta(tx, HELD_AT):
        work.set_meta_at(tx, HELD_AT, now)
        body = (
            f"A run would have written for {counted(len(bulk), 'lead')}; {allowed} are allowed at once. "
            f"{cause.text[:1].upper()}{cause.text[1:]}.\nDecisive hand-offs go on. See what waits with: "
            "syncd queue list; let it go with: syncd queue release N (or --all); or: syncd queue drop"
        )
        _tell(tx, playbook, "bulk_held", "Many writes are held back", body, now)
    return stopped


def _tell_if_well(tx: sa.Connection, playbook: Playbook, now: datetime) -> None:
    """One message when nothing is held back any more."""
    if not work.get_meta(tx, HELD_AT) or queue.held_leads(tx):
        return
    work.set_meta(tx, HELD_AT, "")
    _tell(tx, playbook, "bulk_over", "Nothing is held back any more", "All writes go on as usual.", now)


def _tell(tx: sa.Connection, playbook: Playbook, event: str, title: str, body: str, now: datetime) -> None:
    """A message about the state of things: once when it changes, never per run."""
    channels = playbook.alerts.system.channels or playbook.alerts.on_hold
    notices.notice(tx, event, f"{now:%Y%m%dT%H%M%S}", channels, (title, body), now)


# --- what waits ------------------------------------------------------------------------------------------

CAUSES: Mapping[str, str] = {
    "import": "an import",
    "playbook": "a changed playbook",
    "backfill": "a backfill",
    "many": "many changes at once",
}
"""Causes of what is held back, in words."""


@dataclass(frozen=True, slots=True)
class Held:
    """One lead whose writes are held back. `waits_for_owner`: its owner has no room for it now."""

    lead_id: int
    name: str
    points: int
    held_at: datetime
    cause: str
    kinds: Mapping[str, int]
    owner: str
    waits_for_owner: bool

    def as_dict(self) -> dict[str, object]:
        """The documented shape of one entry of `syncd queue list --json`."""
        return {name: getattr(self, name) for name in self.__slots__}


def held(store: Store, playbook: Playbook, now: datetime) -> tuple[Held, ...]:
    """Everybody who waits, the best first."""
    from syncd.jobs.explain import names_of  # noqa: PLC0415 - the daemon does without it

    with store.read() as tx:
        found = queue.waiting(tx)
        names = names_of(tx, [item.lead_id for item in found], now)
        room = rooms(tx, playbook, now)
    return tuple(
        Held(
            item.lead_id,
            names.get(item.lead_id, f"lead {item.lead_id}"),
            item.rank // MICRO,
            item.held_at,
            item.cause,
            item.kinds,
            item.owner,
            item.has_handoff and room.get(short(item.owner), 1) <= 0,
        )
        for item in found
    )


# --- letting go ------------------------------------------------------------------------------------------


def tranche(tx: sa.Connection, playbook: Playbook, limit_to: int | None, now: datetime) -> list[Waiting]:
    """The best of those held back, at most so many. With a number, a hand-off waits while its owner has no
    room; without one, all go."""
    found = queue.waiting(tx)
    if limit_to is None:
        return list(found)
    room = rooms(tx, playbook, now)
    chosen: list[Waiting] = []
    for item in found:
        if len(chosen) >= limit_to:
            break
        owner = short(item.owner)
        if item.has_handoff and owner in room:
            if room[owner] <= 0:
                continue
            room[owner] -= 1
        chosen.append(item)
    return chosen


def rooms(tx: sa.Connection, playbook: Playbook, now: datetime) -> dict[str, int]:
    """How many more leads each owner whose capacity is known can take now, by the short id."""
    turns = playbook.routing.round_robin
    members = turns.pool if turns is not None else ()
    limited = [item for item in members if item.open_max is not None or item.per_day_max is not None]
    if not limited:
        return {}
    loads = {short(owner): load for owner, load in capacity.loads(tx, now, playbook.time_zone).items()}
    waiting: dict[str, int] = {}
    for item in queue.waiting(tx):  # chosen already, and not in anybody's hands yet
        if item.has_handoff:
            waiting[short(item.owner)] = waiting.get(short(item.owner), 0) + 1
    return {
        short(item.user): _room(
            loads.get(short(item.user), NO_LOAD),
            item.open_max,
            item.per_day_max,
            waiting.get(short(item.user), 0),
        )
        for item in limited
    }


def _room(load: Load, open_max: int | None, per_day_max: int | None, waiting: int) -> int:
    left = [
        most - max(0, taken - waiting)
        for most, taken in ((open_max, load.open), (per_day_max, load.today))
        if most is not None
    ]
    return max(0, min(left))


def _let_go_by_the_hour(tx: sa.Connection, playbook: Playbook, blast: BlastLimit, now: datetime) -> None:
    """Where the installation says so, so many go every hour by themselves, the first an hour after."""
    since = work.get_meta_at(tx, RELEASED_AT) if work.get_meta(tx, RELEASED_AT) else None
    held_at = work.get_meta_at(tx, HELD_AT) if work.get_meta(tx, HELD_AT) else None
    if not blast.release_per_hour or held_at is None or now - max(since or held_at, held_at) < WINDOW:
        return
    chosen = tranche(tx, playbook, blast.release_per_hour, now)
    queue.let_go(tx, [item.lead_id for item in chosen], now)
    work.set_meta_at(tx, RELEASED_AT, now)
    _log.info("bulk.released", leads=len(chosen))


def release(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """Let the best N go, or all. Raises NothingHeld."""
    most = request.arguments.get("most")
    everybody = queue.waiting(tx)
    if not everybody:
        raise NothingHeld("nothing is held back")
    chosen = tranche(tx, playbook, None if most is None else int(most), now)
    if not chosen:
        raise NothingHeld(
            "every owner of those held back has as many leads as they can take: give owners room in "
            "routing.yaml, or say --all"
        )
    count = queue.let_go(tx, [item.lead_id for item in chosen], now)
    left = len(everybody) - len(chosen)
    return f"{counted(len(chosen), 'lead')} let go ({counted(count, 'write')}); {left} still held back"


def drop(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """What is held back is not sent. Raises NothingHeld."""
    everybody = queue.waiting(tx)
    if not everybody:
        raise NothingHeld("nothing is held back")
    count = queue.drop(tx, [item.lead_id for item in everybody], now)
    return (
        f"{counted(count, 'write')} for {counted(len(everybody), 'lead')} dropped; what is still meant is "
        "intended again when something new is known of a lead"
    )
