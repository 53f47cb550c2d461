"""What people set aside for one lead, and the list of who asked for sales and was stopped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.model import Stage
from syncd.jobs.asked import execute_requests
from syncd.jobs.evaluate import evaluate
from syncd.store import hand_raises, lease, work
from syncd.store.hand_raises import HandRaiseRow
from syncd.store.tables import leads
from tests.evaluation.world import PLAYBOOK
from tests.ingest.world import Desk, at, contact, form, hs

NOW = 24 * 22.0


@pytest.fixture
def student(desk: Desk) -> int:
    """A student of a fitting company asks for a demo."""
    desk.take(
        contact(99, "ida@firm1.example", company=hs(1, "company"), props={"jobtitle": "Student"}),
        form("demo", "ida@firm1.example", hours=NOW - 2),
    )
    settle(desk)
    return desk.lead_of(hs(99))


def settle(desk: Desk) -> None:
    evaluate(desk.store, None, PLAYBOOK, desk.clock)


def ask(desk: Desk, verb: str, **arguments: object) -> tuple[str, str]:
    """What a command does, with the lease in hand."""
    with desk.store.write(None) as tx:
        request_id = work.ask(tx, verb, "Ada", arguments, desk.clock.now())
    token = lease.take(desk.store, lease.owner_name(), 60)
    assert token is not None
    execute_requests(desk.store, token, desk.clock.now(), PLAYBOOK)
    token.release()
    with desk.store.read() as tx:
        answered = work.answered(tx, request_id)
    assert answered is not None
    return answered


def listed(desk: Desk, days: float = 1) -> tuple[HandRaiseRow, ...]:
    now = desk.clock.now()
    with desk.store.read() as tx:
        return hand_raises.between(tx, now - timedelta(days=days), now)


def stage(desk: Desk, lead_id: int) -> str:
    with desk.store.read() as tx:
        return str(tx.execute(leads.select().where(leads.c.lead_id == lead_id)).one().stage)


def test_a_decisive_action_that_was_stopped_is_on_the_list(desk: Desk, student: int) -> None:
    """With its reason, once, and still there after it was handed over, which is said."""
    expected = HandRaiseRow(student, "demo_requested", at(NOW - 2), "student", None)
    assert listed(desk) == (expected,)
    assert ask(desk, "override", lead_id=student, id="student", why="works there, studies at night") == (
        "done",
        "student is set aside for this lead for good",
    )
    desk.clock.moment = at(NOW + 1)
    settle(desk)
    [row] = listed(desk)
    assert row.handed_over_at is not None
    assert stage(desk, student) == Stage.SQL


def test_an_action_heard_of_late_is_on_the_list_of_the_day_it_was_heard_of(desk: Desk, student: int) -> None:
    """Nobody is lost in silence because a record came late."""
    desk.clock.moment = at(NOW + 72)
    desk.take(contact(98, "joe@firm2.example", company=hs(2, "company"), props={"jobtitle": "Student"}))
    desk.take(form("late", "joe@firm2.example", hours=NOW))
    settle(desk)
    assert [row.lead_id for row in listed(desk)] == [desk.lead_of(hs(98))]
    assert {row.lead_id for row in listed(desk, days=5)} == {student, desk.lead_of(hs(98))}


def test_a_waiver_is_shown_with_who_why_and_until_when(desk: Desk, student: int) -> None:
    until = at(NOW + 48)
    ask(desk, "override", lead_id=student, id="student", why="first", until_at=None)
    ask(desk, "override", lead_id=student, id="student", why="second", until_at=until.isoformat())
    [waiver] = desk.snapshot(hs(99)).waivers
    assert (waiver.id, waiver.by, waiver.why, waiver.until_at) == ("student", "Ada", "second", until)
    assert [item.why for item in desk.snapshot(hs(99), known_by=at(NOW - 1)).waivers] == []


def test_a_waiver_ended_counts_no_longer_and_was_there_before(desk: Desk, student: int) -> None:
    ask(desk, "override", lead_id=student, id="student", why="met her")
    given = desk.clock.moment
    desk.clock.moment = at(NOW + 5)
    assert ask(desk, "override_end", lead_id=student, id="student")[0] == "done"
    assert desk.snapshot(hs(99)).waivers == ()
    assert [item.id for item in desk.snapshot(hs(99), known_by=given).waivers] == ["student"]
    assert student in desk.dirty()
    assert ask(desk, "override_end", lead_id=student, id="student")[0] == "refused"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"why": " "}, "why"),
        ({"until_at": "soon"}, "no date"),
        ({"until_at": "2026-01-01"}, "is over"),
        ({"lead_id": 4711}, "no lead"),
        ({"id": "studnet"}, "is nothing that can be set aside. These can:"),
        ({"id": ""}, "is nothing that can be set aside"),
        ({"id": "objected"}, "is an objection: nobody can set it aside"),
    ],
)
def test_an_override_that_cannot_be_is_refused(
    desk: Desk, student: int, given: dict[str, object], says: str
) -> None:
    """The message says why; nothing is set aside."""
    arguments: dict[str, object] = {"lead_id": student, "id": "student", "why": "met her"} | given
    result, message = ask(desk, "override", **arguments)
    assert (result, says in message) == ("refused", True)
    assert desk.snapshot(hs(99)).waivers == ()
