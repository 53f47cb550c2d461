"""A stage that somebody else sets in HubSpot: seen, attributed, set back once, and not fought over."""

from __future__ import annotations

from pathlib import Path

from syncd.jobs.status import CONTESTED, errors_of
from syncd.store import edits
from syncd.store.edits import Edit
from tests.loop.harness import Loop, loop
from tests.loop.test_open_leads import EMAIL, hand_over

STAGE = "lifecyclestage"


def shown(it: Loop, contact: str) -> str:
    return it.sandbox.hubspot.record("contacts", contact).properties.get(STAGE, "")


def seen(it: Loop) -> list[Edit]:
    with it.store.read() as tx:
        return list(edits.of_lead(tx, it.lead_id(EMAIL)))


def change(it: Loop, contact: str, stage: str, source: str) -> None:
    """Somebody sets the stage; backward it takes two steps, as in HubSpot's own pages."""
    it.advance(minutes=5)
    it.sandbox.hubspot.update("contacts", contact, {STAGE: ""}, source=source)
    it.sandbox.hubspot.update("contacts", contact, {STAGE: stage}, source=source)
    it.sync(minutes=10)
    it.sync(minutes=1)


def test_a_stage_set_by_others_is_set_back_once_and_then_left(tmp_path: Path, store_url: str) -> None:
    """A user moves a lead that is with sales back to subscriber: ours is written back. An import does so too:
    another writer, once more. The user again within the day: left, and named with the cure."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        contact = hand_over(it)
        it.sync(minutes=10)
        assert shown(it, contact) == "salesqualifiedlead"
        change(it, contact, "subscriber", "user")
        (first,) = seen(it)
        assert (first.ours, first.theirs) == ("salesqualifiedlead", "subscriber")
        assert (first.by_kind, first.outcome) == ("user", "written_back")
        assert shown(it, contact) == "salesqualifiedlead"
        change(it, contact, "lead", "import")
        assert (seen(it)[-1].by_kind, seen(it)[-1].outcome) == ("import", "written_back")
        change(it, contact, "subscriber", "user")
        assert seen(it)[-1].outcome == "left"
        it.sync(hours=2)
        assert shown(it, contact) == "subscriber"
        assert len(seen(it)) == 3
        (stuck,) = [item for item in errors_of(it.store, it.loaded.playbook) if item.code == CONTESTED]
        assert "by a user" in stuck.message


def test_a_stage_moved_further_by_a_person_is_theirs(tmp_path: Path, store_url: str) -> None:
    """Forward of ours it says more than we know: it stays, and the edit says who."""
    with loop(tmp_path, store_url, one_owner=True) as it:
        contact = hand_over(it)
        it.sync(minutes=10)
        it.sandbox.hubspot.update("contacts", contact, {STAGE: "opportunity"}, source="sync")
        it.sync(minutes=10)
        it.sync(minutes=1)
        (found,) = seen(it)
        assert (found.by_kind, found.outcome) == ("native_sync", "adopted")
        assert shown(it, contact) == "opportunity"
