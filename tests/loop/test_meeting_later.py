"""A meeting booked while sales has the lead, in the whole loop: host, task, brief and message."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncd.core.sla import clock
from syncd.core.story import moment
from syncd.jobs.timeline import timeline
from syncd.store import outbox
from tests.loop.harness import Loop, loop
from tests.loop.test_alerts import lines
from tests.loop.test_owners import TURNS, ask, ask_for_demo, lead_of, owner_of, routing, step_of, task_owners

ANNA, BEN = "anna@one.com", "ben@two.com"


def books(it: Loop, contact: str, host: str, starts_at: datetime) -> None:
    starts = starts_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    values = {
        "hs_meeting_title": "Demo", "hs_meeting_start_time": starts, "hs_timestamp": starts,
        "hs_meeting_outcome": "SCHEDULED", "hubspot_owner_id": host,
    }  # fmt: skip
    it.sandbox.hubspot.log("meetings", values, [contact])


@pytest.mark.slow
def test_a_meeting_booked_after_the_hand_off_makes_its_host_the_owner(tmp_path: Path, store_url: str) -> None:
    """B-65: the host has Lead and task, and is told when it is, before it begins; the clock is theirs. Where
    a rep has given the Lead to somebody else, that stays. An undo gives back what is still as we wrote it."""
    with loop(tmp_path, store_url, prepare=routing(TURNS)) as it:
        org, reps = it.sandbox.salesforce, it.sandbox.cast.org.rep_ids
        host = reps[4]
        it.advance(hours=4)
        at_hubspot = it.sandbox.hubspot.add_owner(str(org.record("User", host)["Email"]), "Jonas", "Becker")
        it.sync(minutes=20)
        anna, ben = ask_for_demo(it, ANNA), ask_for_demo(it, BEN)
        it.sync(minutes=10)
        before = owner_of(it, ANNA)
        assert host not in {before, owner_of(it, BEN)}
        org.update("Lead", lead_of(it, BEN)["Id"], {"OwnerId": reps[5]}, by=reps[0])
        it.sync(minutes=2)
        starts_at = it.now + timedelta(minutes=40)
        for contact in (anna, ben):
            books(it, contact, at_hubspot, starts_at)
        run = it.sync(minutes=2)
        it.sync(minutes=1)

        said = moment(starts_at, it.loaded.playbook.time_zone)
        lead = lead_of(it, ANNA)
        assert (lead["OwnerId"], step_of(it, ANNA), task_owners(it, ANNA)) == (host, "meeting_host", [host])
        (task,) = org.find("Task", WhoId=lead["Id"])
        assert said in str(task["Subject"])
        it.sync(minutes=8)  # the brief had been written within the hour: the meeting makes it go early
        assert said in str(lead_of(it, ANNA)["Syncd_Brief__c"]).splitlines()[0]
        assert (owner_of(it, BEN), task_owners(it, BEN)) == (reps[5], [before_of(it, BEN)])
        told = [item for item in lines(tmp_path, "alerts") if item["event"].startswith("meeting_")]
        assert [owner_told(it, email) for email in (ANNA, BEN)] == [host, reps[5]]
        assert all(said in item["title"] for item in told)
        it.sync(hours=1)
        told = [item for item in lines(tmp_path, "alerts") if item["event"].startswith("meeting_")]
        assert len(told) == 2, "once for each"

        found = it.explain(ANNA)
        now = clock.current(found.snapshot, found.decision.standing, it.loaded.playbook, it.now)
        assert now is not None
        assert [item.owner for item in now.owners] == [before, host]
        spoken = [item.text for item in timeline(it.store, it.loaded.playbook, it.lead_id(ANNA), it.now)]
        assert any("until the meeting was booked" in text for text in spoken)

        ask(it, "undo", run_id=run.run_id, why="a test")
        it.sync(minutes=2)
        it.sync(minutes=2)
        assert owner_of(it, ANNA) == before


def owner_told(it: Loop, email: str) -> str:
    """Whom the message about the meeting was for."""
    with it.store.read() as tx:
        found = outbox.of_lead(tx, it.lead_id(email))
    (told,) = [item for item in found if ":meeting_" in item.target]
    return str(told.payload["owner"])


def before_of(it: Loop, email: str) -> str:
    """Whom we had chosen for a hand-off."""
    chosen = it.explain(email).snapshot.assignment
    assert chosen is not None
    return chosen.owner_id
