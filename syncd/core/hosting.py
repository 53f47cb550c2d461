"""A meeting booked while sales has the lead: its host takes over, and its time is told before it begins.

The host gets the lead where the playbook asks for a meeting's host before the step that chose the owner, and
only from the owner that step chose: whoever a person in sales gave it to, or who has accepted it, keeps it.
So does an owner who hosts a meeting with the person themselves. The follow-up task goes along while nobody
has begun it; the message goes to whoever has the lead once that is settled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.core import router, routing
from syncd.core.desk import QUEUE_PREFIX, Assignment, Desk, Skipped, Step, short
from syncd.core.model import Intent, Signal, Snapshot, Stage, Standing, System
from syncd.core.playbook import Ownership, Playbook
from syncd.core.sla import clock

GAVE_WAY = "gave_way"
"""Why the owner before the host has the lead no more."""
TASK_PRIORITY = 3
_CHANGES = frozenset({"salesforce.lead_change", "salesforce.contact_change"})


@dataclass(frozen=True, slots=True)
class Told:
    """A message about the meeting: its name, when it was learnt, where it goes."""

    event: str
    at: datetime
    channels: tuple[str, ...]


def booked_since(snapshot: Snapshot, standing: Standing, now: datetime) -> Signal | None:
    """The next meeting, where sales got the lead before it was known; None for what was handed over with it,
    and for who is not in hand from us."""
    if standing.position.stage not in {Stage.HANDED_OFF, Stage.ACCEPTED} or not standing.pass_number:
        return None
    meeting = routing.next_meeting(snapshot, now)
    if meeting is None or standing.handed_off_at is None or meeting.known_at <= standing.handed_off_at:
        return None
    return meeting


# --- who gets the lead -----------------------------------------------------------------------------------


def is_asked(snapshot: Snapshot, standing: Standing, playbook: Playbook, now: datetime) -> bool:
    """Whether a host may have to take over: what can be told without knowing who the host is."""
    chosen = routing.assigned(snapshot, standing.pass_number)
    if chosen is None or standing.position.stage is not Stage.HANDED_OFF:
        return False
    if not _comes_first(chosen, snapshot, playbook) or booked_since(snapshot, standing, now) is None:
        return False
    return _is_as_chosen(snapshot, chosen, standing)


def successor(
    snapshot: Snapshot, standing: Standing, playbook: Playbook, desk: Desk, now: datetime
) -> Assignment | None:
    """The choice of the meeting's host for this pass; None where the owner stays."""
    chosen = routing.assigned(snapshot, standing.pass_number)
    if chosen is None or not is_asked(snapshot, standing, playbook, now):
        return None
    meetings = routing.meetings_ahead(snapshot, now)
    hosts = [desk.hosts.get(item.shape.attributes.get("host", ""), "") for item in meetings]
    host, present = hosts[0], clock.owner_of(snapshot)
    if not host or desk.unfit(host) or short(present) in {short(item) for item in hosts if item}:
        return None
    gave_way = Skipped(chosen.step, GAVE_WAY, present)
    return Assignment(
        pass_number=standing.pass_number,
        owner_id=host,
        step=Step.MEETING_HOST,
        chosen_at=now,
        about=meetings[0].occurred_at.isoformat(),
        skipped=(*chosen.skipped[: routing.SKIPPED_MAX - 1], gave_way),
        employer=desk.employers.get(snapshot.lead_id),
    )


def _comes_first(chosen: Assignment, snapshot: Snapshot, playbook: Playbook) -> bool:
    """Whether the host would have been asked before the step that chose."""
    asked = routing.steps(snapshot, playbook, is_routed=router.is_after(chosen))
    if Step.MEETING_HOST not in asked or chosen.step in {Step.PERSON, Step.NOBODY}:
        return False
    step = Step(chosen.step)
    return step not in asked or asked.index(Step.MEETING_HOST) <= asked.index(step)


def _is_as_chosen(snapshot: Snapshot, chosen: Assignment, standing: Standing) -> bool:
    """Whether nobody has given the lead to somebody else since. Where the org's own rules chose, the first
    owner we saw is theirs, and any change after that is a person's."""
    present = clock.owner_of(snapshot)
    if chosen.owner_id or not present:
        return bool(present) and short(present) == short(chosen.owner_id)
    return not any(
        item.shape.source in _CHANGES
        and item.shape.attributes.get("property") == "OwnerId"
        and item.shape.attributes.get("from")
        and standing.handed_off_at is not None
        and item.occurred_at > standing.handed_off_at
        for item in snapshot.signals
    )


def _before(snapshot: Snapshot, standing: Standing) -> tuple[str, str]:
    """The host who took over in this pass, and who had the lead before; blank where nobody did."""
    chosen = routing.assigned(snapshot, standing.pass_number)
    if chosen is None or chosen.step != Step.MEETING_HOST:
        return "", ""
    gave_way = [item.whom for item in chosen.skipped if item.code == GAVE_WAY]
    return (chosen.owner_id, gave_way[-1]) if gave_way else ("", "")


# --- what follows elsewhere ------------------------------------------------------------------------------


def intents(
    snapshot: Snapshot, standing: Standing, playbook: Playbook, subject: str, now: datetime
) -> Iterator[Intent]:
    """The lead goes to the host; once it is there, the follow-up task says when the meeting is, and goes
    along. `subject` is what the task is to be called."""
    if standing.position.stage is not Stage.HANDED_OFF:
        return
    host, before = _before(snapshot, standing)
    present = clock.owner_of(snapshot)
    if host and short(present) == short(before):
        yield router.given(snapshot, standing, host, before, with_contact=True)
        return
    meeting = booked_since(snapshot, standing, now)
    if meeting is not None and present:
        owner = {"id": host, "from": before} if host and short(present) == short(host) else {}
        yield _task(snapshot, standing, playbook, subject, meeting, owner)


def message(snapshot: Snapshot, standing: Standing, playbook: Playbook, now: datetime) -> Told | None:
    """The news of the meeting, for whoever has the lead: once for each moment it is booked for."""
    meeting, channels = booked_since(snapshot, standing, now), playbook.alerts.news.meeting
    host, before = _before(snapshot, standing)
    present = clock.owner_of(snapshot)
    is_settled = bool(present) and not (host and short(present) == short(before))
    if meeting is None or not channels or not is_settled:
        return None
    return Told(f"meeting_{_stamp(meeting)}", meeting.known_at, channels)


def _task(
    snapshot: Snapshot,
    standing: Standing,
    playbook: Playbook,
    subject: str,
    meeting: Signal,
    owner: dict[str, str],
) -> Intent:
    """What becomes of the follow-up task, once per meeting and owner; see `jobs.handing_on`."""
    key = f"{snapshot.key}:{standing.pass_number}:follow_up"
    name = f"task:{key}:meets:{_stamp(meeting)}:{short(owner.get('id', ''))}".rstrip(":")
    payload: dict[str, object] = {
        "key": key,
        "about": f"lead:{snapshot.key}",
        "fields": {"Subject": subject},
        "rules": {"Subject": str(Ownership.UNTIL_TOUCHED)},
        "goes_on": {"while": playbook.sla.task_status, "owner": owner},
    }
    number = standing.pass_number
    return Intent(System.SALESFORCE, "task", name, payload, number, TASK_PRIORITY, f"task:{key}")


def was_queue(owner: str) -> bool:
    """Whether an owner is a queue, whose tasks nobody has taken."""
    return owner.startswith(QUEUE_PREFIX)


def _stamp(meeting: Signal) -> str:
    return f"{meeting.occurred_at.astimezone(UTC):%Y%m%dT%H%M}"
