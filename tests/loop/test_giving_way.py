"""An import keeps nobody waiting: who is new goes first, and the rest is through all the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from syncd.core.model import Stage
from syncd.jobs.reports import handoff
from syncd.jobs.verify import verify
from syncd.store import work
from syncd.store.tables import leads
from tests.loop.harness import Loop, loop
from tests.loop.test_holds import ask_for_demo

IMPORTED = 900
POLLS_MAX = 40
NO_TIME_S = 0.0
"""Nothing but one step of each kind for what is not new."""


def an_import(it: Loop, *, after: str = "") -> None:
    """Hundreds of contacts at once, as a list brings them: each new at its lifecycle stage."""
    for number in range(IMPORTED):
        email = f"p{number}{after}@plant-{number % 90}.example"
        it.sandbox.hubspot.create(
            "contacts",
            {"email": email, "lastname": "Li", "jobtitle": "Head of Operations", "lifecyclestage": "lead"},
        )


def known(it: Loop) -> int:
    with it.store.read() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(leads)).scalar_one())


def stage_of(it: Loop, email: str) -> Stage:
    return it.position(email).stage


def test_a_demo_request_in_the_middle_of_an_import_is_handed_over_by_the_next_poll(
    tmp_path: Path, store_url: str
) -> None:
    with loop(tmp_path, store_url) as it:
        it.sync(minutes=30)
        an_import(it)
        ask_for_demo(it, "ines@harbour-works.example")
        an_import(it, after="b")
        it.advance(minutes=6)
        summary = it.cycle.poll(NO_TIME_S)
        assert stage_of(it, "ines@harbour-works.example") is Stage.HANDED_OFF
        assert len(it.sandbox.salesforce.find("Lead", Email="ines@harbour-works.example")) == 1
        assert summary.has_more
        assert known(it) < IMPORTED


def test_polls_in_small_steps_end_where_one_without_a_limit_ends(tmp_path: Path, store_url: str) -> None:
    with loop(tmp_path, store_url) as it:
        it.sync(minutes=30)
        an_import(it)
        ask_for_demo(it, "ines@harbour-works.example")
        it.advance(minutes=6)
        polls = 1
        while it.cycle.poll(NO_TIME_S).has_more:
            polls += 1
            assert polls < POLLS_MAX
        assert polls > 3
        assert known(it) == IMPORTED + 1
        with it.store.read() as tx:
            rows = {(row.system, row.stream): row for row in work.all_cursors(tx)}
            undecided = tx.execute(sa.select(leads.c.lead_id).where(leads.c.stage.is_(None))).all()
        assert undecided == []
        contacts = rows["hubspot", "contacts"]
        assert contacts.completed_at == it.now
        assert verify(it.store, it.cycle.parts.playbook, it.now).differences == ()
        assert it.sync(minutes=30).evaluated == 0


def test_every_hop_of_a_hand_off_is_kept(tmp_path: Path, store_url: str) -> None:
    """From the change in HubSpot to record and message; the second sight of a pass changes none of it."""
    email = "ines@harbour-works.example"
    with loop(tmp_path, store_url) as it:
        it.sync(minutes=30)
        ask_for_demo(it, email)
        asked_at = it.now
        it.sync(minutes=5)
        found = handoff(it.store, it.loaded.playbook, None, it.now + timedelta(milliseconds=1))
        (line,) = found["leads"]
        assert (line["lead_id"], line["pass"]) == (it.lead_id(email), 1)
        assert line["stamped_at"] == asked_at
        assert line["known_at"] == line["decided_at"] == line["confirmed_at"] == line["alerted_at"] == it.now
        assert line["whole_s"] == timedelta(minutes=5).total_seconds()
        it.sync(hours=2)
        assert handoff(it.store, it.loaded.playbook, None, it.now)["leads"] == [line]
