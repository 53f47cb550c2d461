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
from syncd.core.model import MICRO
from syncd.core.plain import counted
from syncd.core.playbook import Playbook
from syncd.jobs import tranches
from syncd.logs import structlog
from syncd.store import assignments, notices, queue, work
from syncd.store.engine import Store
from syncd.store.lease import Token
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
        found = [*tranches.fits(tx, playbook, now)]
        names = names_of(tx, [item.waiting.lead_id for item in found], now)
    return tuple(
        Held(
            item.lead_id,
            names.get(item.lead_id, f"lead {item.lead_id}"),
            item.rank // MICRO,
            item.held_at,
            item.cause,
            item.kinds,
            owner,
            not has_room,
        )
        for item, owner, has_room in found
    )


# --- letting go ------------------------------------------------------------------------------------------


def _let_go_by_the_hour(tx: sa.Connection, playbook: Playbook, blast: BlastLimit, now: datetime) -> None:
    """Where the installation says so, so many go every hour by themselves, the first an hour after."""
    since = work.get_meta_at(tx, RELEASED_AT) if work.get_meta(tx, RELEASED_AT) else None
    held_at = work.get_meta_at(tx, HELD_AT) if work.get_meta(tx, HELD_AT) else None
    if not blast.release_per_hour or held_at is None or now - max(since or held_at, held_at) < WINDOW:
        return
    went = tranches.let_go(tx, playbook, blast.release_per_hour, now)
    work.set_meta_at(tx, RELEASED_AT, now)
    _log.info("bulk.released", leads=went.leads, without_room=went.without_room)


def release(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """Let the best N go, or all. Raises NothingHeld."""
    most = request.arguments.get("most")
    if not queue.held_leads(tx):
        raise NothingHeld("nothing is held back")
    went = tranches.let_go(tx, playbook, None if most is None else int(most), now)
    if not went.leads:
        raise NothingHeld(
            "every owner of those held back has as many leads as they can take: give owners room in "
            "routing.yaml, or say --all"
        )
    why = f", {went.without_room} of them because their owners have no room now" if went.without_room else ""
    told = f"{counted(went.leads, 'lead')} let go ({counted(went.writes, 'write')})"
    return f"{told}; {went.left} still held back{why}"


def drop(tx: sa.Connection, request: RequestRow, now: datetime, playbook: Playbook) -> str:
    """What is held back is not sent. Raises NothingHeld."""
    everybody = queue.waiting(tx)
    if not everybody:
        raise NothingHeld("nothing is held back")
    ids = [item.lead_id for item in everybody]
    count = queue.drop(tx, ids, now)
    assignments.forget(tx, [item.lead_id for item in everybody if item.has_handoff])
    return (
        f"{counted(count, 'write')} for {counted(len(everybody), 'lead')} dropped; what is still meant is "
        "intended again when something new is known of a lead"
    )
