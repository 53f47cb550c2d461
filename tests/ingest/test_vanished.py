"""Which records are asked for, and what is believed of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from syncd.core.model import System
from syncd.jobs.pull import pull_stream
from syncd.jobs.vanished import BATCH, BATCHES_MAX, Vanished, awaited
from syncd.store.people import find_links
from tests.ingest.world import Desk, at, contact, hs


@dataclass
class Portal:
    """Says of the ids in `gone` that they are."""

    gone: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    system: System = System.HUBSPOT

    def vanished(self, ids: Sequence[str]) -> frozenset[str]:
        assert len(ids) <= BATCH
        self.asked += ids
        return frozenset(self.gone & set(ids))


def look(desk: Desk, portal: Portal, hours: float) -> None:
    """One sweep, so many hours after the beginning."""
    desk.clock.moment = at(hours)
    source = Vanished(desk.store, portal)
    (stream,) = source.streams()
    pull_stream(desk.store, source, stream, desk.clock, None, {}, desk.ingest)


def state(desk: Desk, number: int) -> str:
    with desk.store.read() as tx:
        return find_links(tx, [hs(number)])[hs(number)].state


def test_every_contact_held_as_present_is_asked_for_round_after_round(desk: Desk) -> None:
    """A sweep asks so much at most, the next goes on, and a new round waits its time."""
    count, portal = BATCH * BATCHES_MAX + 30, Portal()
    desk.take(*(contact(number) for number in range(1, count + 1)))
    look(desk, portal, 100)
    assert len(portal.asked) == BATCH * BATCHES_MAX
    look(desk, portal, 100.25)
    assert sorted(portal.asked) == sorted(str(number) for number in range(1, count + 1))
    look(desk, portal, 100.5)
    assert len(portal.asked) == count
    look(desk, portal, 106)
    assert len(portal.asked) == count + BATCH * BATCHES_MAX


def test_who_is_missed_is_archived_and_who_is_still_missed_a_day_later_erased(desk: Desk) -> None:
    desk.take(contact(1, "ada@acme.com"), contact(2, "bob@acme.com"))
    portal = Portal({"1"})
    look(desk, portal, 100)
    assert (state(desk, 1), state(desk, 2), awaited(desk.store)) == ("archived", "current", 1)
    look(desk, portal, 120)
    assert "ada@acme.com" in repr(desk.content())
    look(desk, portal, 124)
    assert (state(desk, 1), awaited(desk.store)) == ("deleted", 0)
    assert "ada@acme.com" not in repr(desk.content())
    assert "bob@acme.com" in repr(desk.content())


def test_who_was_missed_by_mistake_comes_back_whole(desk: Desk) -> None:
    """A wrong answer costs an archiving, which the next reading of the record undoes."""
    desk.take(contact(1, "ada@acme.com"))
    look(desk, Portal({"1"}), 100)
    desk.clock.moment = at(110)
    desk.take(contact(1, "ada@acme.com"))
    assert state(desk, 1) == "current"
    look(desk, Portal(), 125)
    assert (state(desk, 1), awaited(desk.store)) == ("current", 0)
    assert desk.snapshot(hs(1)).emails == ("ada@acme.com",)


def test_an_answer_that_nobody_is_there_is_not_believed(desk: Desk) -> None:
    """An empty answer is the mark of a fault, not of a thousand deletions."""
    desk.take(*(contact(number) for number in range(1, 31)))
    look(desk, Portal({str(number) for number in range(1, 31)}), 100)
    assert (state(desk, 1), awaited(desk.store)) == ("current", 0)
