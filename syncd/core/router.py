"""Another router chooses in Salesforce: what waits for it, until when, and what follows if it chose nobody.

A Lead begins with the owner its router takes Leads from. Whoever has it later was chosen. The follow-up task
waits for that, since a task does not go along when a Lead changes hands ("Changing OwnerId", facts/salesforce
3.4). After the agreed time the steps of the playbook choose, and the Lead is given to whom they name, unless
a fresh read shows that it has moved by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from syncd.core import routing
from syncd.core.desk import Assignment, Step, short
from syncd.core.model import Intent, Snapshot, Stage, Standing, System
from syncd.core.playbook import Ownership, Playbook
from syncd.core.sla import clock

CHOSE_NOBODY = "chose_nobody"
"""Why the router is passed over when its time is up."""
OWNER_PRIORITY = 3


def is_over(snapshot: Snapshot, standing: Standing, playbook: Playbook, now: datetime) -> bool:
    """Whether the router has had its time and the Lead is still where it began."""
    until_at = _until(snapshot, standing, playbook)
    return until_at is not None and now >= until_at and _is_untouched(snapshot, playbook)


def moments(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> tuple[datetime, ...]:
    """When something follows without new facts: the end of the router's time."""
    until_at = _until(snapshot, standing, playbook)
    return () if until_at is None else (until_at,)


def is_task_due(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> bool:
    """Whether the follow-up task can be made: it is known who has the lead."""
    chosen = routing.assigned(snapshot, standing.pass_number)
    stage = standing.position.stage
    if playbook.routing.router is None or chosen is None:
        return stage is Stage.SQL
    if chosen.step == Step.ROUTER:
        return stage is Stage.HANDED_OFF and bool(clock.owner_of(snapshot)) and not _is_untouched(
            snapshot, playbook
        )  # fmt: skip
    return stage is Stage.SQL or (stage is Stage.HANDED_OFF and is_after(chosen))


def is_after(chosen: Assignment) -> bool:
    """Whether the steps chose after the router had not."""
    return any(item.step == Step.ROUTER and item.code == CHOSE_NOBODY for item in chosen.skipped)


def target(snapshot: Snapshot, standing: Standing) -> str:
    """What the change of owner is called among effects."""
    return f"owner:{snapshot.key}:{standing.pass_number}"


def before_task(snapshot: Snapshot, standing: Standing) -> str:
    """What must be done before the follow-up task: the hand-off, or the change of owner that follows it."""
    chosen = routing.assigned(snapshot, standing.pass_number)
    is_late = chosen is not None and bool(chosen.owner_id) and is_after(chosen)
    return target(snapshot, standing) if is_late else f"lead:{snapshot.key}"


def takes_over(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> Iterator[Intent]:
    """The Lead goes to whom the steps named, from where the router takes its Leads and from nobody else."""
    chosen = routing.assigned(snapshot, standing.pass_number)
    if chosen is None or not chosen.owner_id or not is_after(chosen) or playbook.routing.router is None:
        return
    if standing.position.stage is not Stage.HANDED_OFF or not _is_untouched(snapshot, playbook):
        return
    yield given(snapshot, standing, chosen.owner_id, playbook.routing.router.starts_with)


def given(
    snapshot: Snapshot, standing: Standing, owner_id: str, only_from: str, *, with_contact: bool = False
) -> Intent:
    """The record goes to this owner, unless somebody else than `only_from` has it by then."""
    fields: dict[str, object] = {"OwnerId": owner_id}
    rules = {"OwnerId": str(Ownership.OURS)}
    payload: dict[str, object] = {
        "key": snapshot.key,
        "known": sorted(str(item.ref) for item in snapshot.sales_records if not item.is_deleted),
        "fields": fields,
        "rules": rules,
        "contact_fields": fields if with_contact else {},
        "contact_rules": rules if with_contact else {},
        "only_from": only_from,
    }
    name = target(snapshot, standing)
    return Intent(System.SALESFORCE, "record", name, payload, standing.pass_number, OWNER_PRIORITY)


def _until(snapshot: Snapshot, standing: Standing, playbook: Playbook) -> datetime | None:
    """The end of the router's time, while it is waited for."""
    router, chosen = playbook.routing.router, routing.assigned(snapshot, standing.pass_number)
    is_waited_for = standing.position.stage is Stage.HANDED_OFF and chosen is not None
    if router is None or chosen is None or not is_waited_for or chosen.step != Step.ROUTER:
        return None
    began_at = standing.handed_off_at
    return None if began_at is None else began_at + timedelta(minutes=router.wait_minutes)


def _is_untouched(snapshot: Snapshot, playbook: Playbook) -> bool:
    """Whether the record is still with whom the router takes its Leads from."""
    router = playbook.routing.router
    return router is not None and short(clock.owner_of(snapshot)) == short(router.starts_with)
