"""Chooses the owner of each new pass, at its evaluation, in the transaction that stores the hand-off.

`decide` looks at one lead alone, and cannot know who has how much. So the choice is made here, one lead after
the other against the desk of the moment: each choice takes its turn before the next is made, and is kept with
the pass. A retry, a restart and a later look find it again; it is made anew only while the hand-off waits and
whom we chose cannot have it any more, or nobody was free.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from syncd.core import effects, hosting, owner_words, router, routing
from syncd.core.desk import Assignment, Desk, Skipped, Step
from syncd.core.model import Decision, Snapshot, Stage
from syncd.core.playbook import Playbook
from syncd.store import assignments, desks, holds, ledger
from syncd.store.engine import Store
from syncd.store.lease import Token

AGAIN_AFTER = timedelta(minutes=5)
"""When a lead nobody was free for is asked for again."""
NO_OWNER = "no_owner"
"""The kind of hold a hand-off waits in while nobody can have it."""

Made = Sequence[tuple[Snapshot, Decision]]


class Turn(NamedTuple):
    """A choice that was made and is not kept, which those after it must see."""

    chosen: Assignment
    lead_id: int
    name: str


def assign(
    tx: sa.Connection, made: Made, playbook: Playbook, now: datetime, turns: list[Turn] | None = None
) -> list[tuple[Snapshot, Decision]]:
    """These decisions with an owner for every hand-off that had none. `turns` are choices of a rehearsal, of
    which the store knows nothing; those made here join them."""
    waiting = [item[0].lead_id for item in made if _is_to_choose(*item, playbook, now)]
    if not waiting:
        return list(made)
    desk = desks.desk(tx, waiting, now, playbook.time_zone)
    for turn in turns or ():
        desk = routing.taken(desk, *turn)
    chosen: dict[int, tuple[Assignment, datetime | None]] = {}
    found: list[tuple[Snapshot, Decision]] = []
    for snapshot, decision in made:
        given_up = _given_up(snapshot, decision, playbook, now)
        host = hosting.successor(snapshot, decision.standing, playbook, desk, now)
        if (
            host is None
            and given_up is None
            and (not _hands_over(decision) or _stands(snapshot, decision, desk))
        ):
            found.append((snapshot, decision))
            continue
        number = decision.standing.pass_number
        item = host or routing.choose(snapshot, number, playbook, desk, now, given_up=given_up)
        if item.step == Step.NOBODY and given_up is not None and snapshot.assignment is not None:
            chosen[snapshot.lead_id] = snapshot.assignment, now + AGAIN_AFTER  # the router may yet choose
            found.append((snapshot, decision))
            continue
        turn = Turn(item, snapshot.lead_id, _name(snapshot))
        desk = routing.taken(desk, *turn)
        if turns is not None:
            turns.append(turn)
        chosen[snapshot.lead_id] = item, (now + AGAIN_AFTER if item.step == Step.NOBODY else None)
        found.append(_with(replace(snapshot, assignment=item), decision, playbook, now))
    assignments.save(tx, chosen)
    for lead_id, (item, _again_at) in chosen.items():
        if item.step != Step.NOBODY:
            holds.lift(tx, lead_id, NO_OWNER, now)
    return found


def ask_again(store: Store, token: Token | None, now: datetime) -> int:
    """Leads whose owner is to be chosen anew are looked at again. Returns how many."""
    with store.read() as tx:
        ids = assignments.to_ask_again(tx, now)
    if ids:
        with store.write(token) as tx:
            ledger.mark_dirty(tx, ids, now)
            assignments.asked(tx, ids)
    return len(ids)


class NotGiven(Exception):  # noqa: N818 - an outcome for the person who asked
    """Whom a person named cannot have the lead; the message says why."""


def give(tx: sa.Connection, lead_id: int, owner_id: str, now: datetime) -> None:
    """A person names who gets a hand-off nobody was free for. Raises NotGiven."""
    desk = desks.desk(tx, [lead_id], now, "UTC")
    user, why = desk.user(owner_id), desk.unfit(owner_id)
    if user is None:
        raise NotGiven(f"Salesforce has no user or queue {owner_id}")
    if why:
        raise NotGiven(owner_words.unfit(why, user.name))
    number = assignments.pass_of(tx, lead_id)
    before = assignments.of_leads(tx, {lead_id: number}, now).get(lead_id)
    passed_over = before.skipped if before is not None else ()
    given = Assignment(number, user.id, Step.PERSON, now, skipped=passed_over)
    assignments.save(tx, {lead_id: (given, None)})
    ledger.mark_dirty(tx, [lead_id], now)


def _hands_over(decision: Decision) -> bool:
    is_sql = decision.standing.position.stage is Stage.SQL
    return is_sql and any(intent.kind == "handoff" for intent in decision.intents)


def _is_to_choose(snapshot: Snapshot, decision: Decision, playbook: Playbook, now: datetime) -> bool:
    """Whether somebody may have to be chosen: for a hand-off, after a router, or for a meeting's sake."""
    if _hands_over(decision) or _is_left(snapshot, decision, playbook, now):
        return True
    return hosting.is_asked(snapshot, decision.standing, playbook, now)


def _is_left(snapshot: Snapshot, decision: Decision, playbook: Playbook, now: datetime) -> bool:
    """Whether another router had its time and chose nobody."""
    return router.is_over(snapshot, decision.standing, playbook, now)


def _given_up(snapshot: Snapshot, decision: Decision, playbook: Playbook, now: datetime) -> Skipped | None:
    """Why the router is not waited for any more, where that is so."""
    if playbook.routing.router is None or not _is_left(snapshot, decision, playbook, now):
        return None
    return Skipped(Step.ROUTER, router.CHOSE_NOBODY, playbook.routing.router.starts_with)


def _stands(snapshot: Snapshot, decision: Decision, desk: Desk) -> bool:
    """Whether the choice made before still holds."""
    before = routing.assigned(snapshot, decision.standing.pass_number)
    if before is None or before.step == Step.NOBODY:
        return False
    return not before.owner_id or not desk.unfit(before.owner_id)


def _with(
    snapshot: Snapshot, decision: Decision, playbook: Playbook, now: datetime
) -> tuple[Snapshot, Decision]:
    intents = effects.intents(
        snapshot, decision.verdict, decision.transitions, decision.standing, playbook, now
    )
    return snapshot, replace(decision, intents=intents)


def _name(snapshot: Snapshot) -> str:
    first, last = (snapshot.fields.get(f"contact.{name}", "") for name in ("firstname", "lastname"))
    return f"{first} {last}".strip()
