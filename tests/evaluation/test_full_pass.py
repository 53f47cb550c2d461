"""A changed definition: everybody is looked at once, from packs, and ends where a full decision would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from syncd.core.engine import program
from syncd.core.model import Cause
from syncd.core.playbook import Playbook
from syncd.jobs import fullpass
from syncd.jobs.evaluate import Evaluated, evaluate
from syncd.jobs.verify import verify
from syncd.store import snapshots, work
from syncd.store.tables import leads, scores, transitions
from tests.evaluation.world import PLAYBOOK, asking, named, with_points
from tests.ingest.world import Desk, at, form, hs


def settle(desk: Desk, playbook: Playbook = PLAYBOOK, pass_max: int | None = None) -> Evaluated:
    return evaluate(desk.store, None, playbook, desk.clock, pass_max)


def change(desk: Desk, playbook: Playbook, *, hours: float = 1) -> None:
    """A new definition is in force from now on."""
    desk.clock.moment += timedelta(hours=hours)
    with desk.store.write(None) as tx:
        parts = (playbook.evaluation_version, playbook.delivery_version)
        work.save_playbook(tx, playbook.version, parts, {}, desk.clock.now())
        fullpass.begin(tx, playbook)


def everybody(desk: Desk) -> list[tuple[Any, ...]]:
    """Where each lead stands, with its numbers and due date."""
    columns = (leads.c.lead_id, leads.c.stage, leads.c.level, leads.c.due_at, leads.c.evaluated_at)
    numbers = (scores.c.fit_micro, scores.c.engagement_micro, scores.c.intent_micro, scores.c.grade)
    with desk.store.read() as tx:
        query = sa.select(*columns, *numbers, scores.c.model, scores.c.playbook_version)
        return [tuple(row) for row in tx.execute(query.join(scores).order_by(leads.c.lead_id))]


def moves(desk: Desk, playbook: Playbook) -> list[tuple[int, str]]:
    with desk.store.read() as tx:
        query = sa.select(transitions.c.lead_id, transitions.c.cause).where(
            transitions.c.playbook_version == playbook.version
        )
        return [(lead_id, cause) for lead_id, cause in tx.execute(query)]


@pytest.mark.parametrize("factor", [1.0, 0.5, 2.0])
def test_a_pass_ends_where_deciding_everybody_would(desk: Desk, factor: float) -> None:
    """Same standings, numbers and due dates, whoever was screened and whoever was decided."""
    settle(desk)
    other = with_points(PLAYBOOK, factor, "other")
    change(desk, other)
    done = settle(desk, other)
    assert done.screened + done.leads >= 40
    assert done.screened > 0
    passed, moved = everybody(desk), moves(desk, other)
    with desk.store.write(None) as tx:
        tx.execute(leads.update().values(dirty_at=desk.clock.now()))
    assert settle(desk, other).transitions == 0
    assert everybody(desk) == passed
    assert moves(desk, other) == moved
    assert {cause for _lead, cause in moved} <= {Cause.PLAYBOOK_CHANGED}


def test_who_moves_by_a_changed_definition_says_so(desk: Desk) -> None:
    """Half the points: some fall, with the cause `playbook_changed`."""
    settle(desk)
    other = with_points(PLAYBOOK, 0.2, "other")
    change(desk, other)
    assert settle(desk, other).transitions > 0
    assert {cause for _lead, cause in moves(desk, other)} == {Cause.PLAYBOOK_CHANGED}


def test_packs_and_facts_agree_on_everybody(desk: Desk) -> None:
    """Rescored both ways there is no difference, on the day and weeks later."""
    settle(desk)
    found = verify(desk.store, PLAYBOOK, desk.clock.now())
    assert (found.leads, found.unscreened, found.differences) == (40, 0, ())
    later = verify(desk.store, PLAYBOOK, desk.clock.now() + timedelta(days=9))
    assert later.differences == ()


def test_verifying_sees_a_pack_that_is_wrong(desk: Desk) -> None:
    """A check that cannot fail would prove nothing."""
    settle(desk)
    with desk.store.write(None) as tx:
        rows = tx.execute(sa.text("SELECT lead_id, signals FROM packs")).all()
        full, empty = (pick(rows, key=lambda row: len(row.signals)) for pick in (max, min))
        tx.execute(
            sa.text("UPDATE packs SET signals = :blob WHERE lead_id = :lead"),
            {"blob": empty.signals, "lead": full.lead_id},
        )
    found = verify(desk.store, PLAYBOOK, desk.clock.now())
    assert {item.lead_id for item in found.differences} == {full[0]}


def test_an_interrupted_pass_goes_on_where_it_stood(desk: Desk) -> None:
    """Nobody is left out, and what was done is not done again."""
    settle(desk)
    other = named(PLAYBOOK, "other")
    change(desk, other)
    first = settle(desk, other, pass_max=15)
    with desk.store.read() as tx:
        assert fullpass.position(tx, other) is not None
    assert first.screened + first.leads == 15
    second = settle(desk, other)
    assert second.screened + second.leads == 25
    with desk.store.read() as tx:
        assert fullpass.position(tx, other) is None
    assert settle(desk, other).screened == 0


def test_new_facts_overtake_a_pass(desk: Desk) -> None:
    """Who is dirty is decided first, under the new definition, and the pass leaves them alone."""
    settle(desk)
    other = named(PLAYBOOK, "other")
    change(desk, other)
    desk.take(form("late", "p7@firm7.example", hours=24 * 22))
    assert settle(desk, other, pass_max=0).leads >= 1
    with desk.store.read() as tx:
        [snapshot] = snapshots.load_snapshots(tx, [desk.lead_of(hs(7))], desk.clock.now())
    assert snapshot.evaluated_version == "other"


@pytest.mark.parametrize(("field", "is_packed"), [("person.seniority", True), ("contact.favourite", False)])
def test_a_new_question_is_answered_from_packed_fields_or_from_all_facts(
    desk: Desk, field: str, *, is_packed: bool
) -> None:
    """A field the packs hold suffices; one they do not hold needs the profile."""
    assert (field in program(PLAYBOOK).fields_tested) is is_packed
    settle(desk)
    other = asking(PLAYBOOK, field, "other")
    change(desk, other)
    assert bool(settle(desk, other).screened) is is_packed
    assert verify(desk.store, other, desk.clock.now()).differences == ()
    change(desk, named(other, "third"))
    assert settle(desk, named(other, "third")).screened > 0


def test_the_moment_of_a_past_pack_is_the_pass_itself(desk: Desk) -> None:
    """Whoever stays was evaluated at the time of the pass: nothing before it is walked through again."""
    settle(desk)
    other = named(PLAYBOOK, "other")
    change(desk, other, hours=30)
    settle(desk, other)
    assert {row[4] for row in everybody(desk)} == {desk.clock.now()}
    assert at(24 * 22) < desk.clock.now()
