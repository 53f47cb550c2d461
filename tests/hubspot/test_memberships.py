"""Joining a HubSpot list as a fact: whole, dated, and at one call per list while nobody joins."""

from __future__ import annotations

from syncd.connectors.hubspot import HubSpotOptions
from syncd.core.model import Ref, System
from syncd.ports import FieldNeed, Needs
from tests.hubspot.conftest import Portal, pull

GUESTS = HubSpotOptions(lists=("Event guests",))


def guests(portal: Portal, count: int) -> list[str]:
    """Ids of people on the list, each joining a second after the other."""
    ids = portal.contacts(count)
    lists = portal.sandbox.hubspot.lists
    for id_ in ids:
        portal.wait(seconds=1)
        lists.change(lists.named("Event guests"), [id_], [], "user")
    return ids


def test_each_membership_is_a_fact_at_the_moment_of_joining(portal: Portal) -> None:
    """The list by the name the playbook gives it; whom, and since when."""
    portal.sandbox.hubspot.lists.create("Event guests")
    (id_,) = guests(portal, 1)
    (item,) = pull(portal.connect(GUESTS), "lists", None, portal.now()).activities

    assert item.source == "hubspot.list_membership"
    assert item.attributes == {"list": "Event guests", "state": "joined"}
    assert (item.people, item.occurred_at) == ((Ref(System.HUBSPOT, "contact", id_),), portal.now())


def test_no_stream_and_no_call_without_a_kind_that_asks(portal: Portal) -> None:
    """A playbook that names no list spends nothing on lists."""
    assert "lists" not in [stream.name for stream in portal.connect().streams()]
    assert "lists" in [stream.name for stream in portal.connect(GUESTS).streams()]


def test_a_sweep_goes_on_where_the_last_one_ended(portal: Portal) -> None:
    """All members once, then only those who joined; a quiet list costs one call."""
    portal.sandbox.hubspot.lists.create("Event guests")
    first = guests(portal, 260)
    connector = portal.connect(GUESTS)
    found = pull(connector, "lists", None, portal.now())
    assert {item.people[0].id for item in found.activities} == set(first)

    later = guests(portal, 3)
    mark = portal.mark
    more = pull(connector, "lists", found.cursor, portal.now())
    assert {item.people[0].id for item in more.activities} >= set(later)
    assert len(portal.calls_since(mark)) == 1


def test_what_leaving_hides_is_found_within_a_day(portal: Portal) -> None:
    """Somebody who leaves moves the pages; once a day the list is read from its beginning."""
    portal.sandbox.hubspot.lists.create("Event guests")
    ids = guests(portal, 255)
    connector = portal.connect(GUESTS)
    found = pull(connector, "lists", None, portal.now())
    lists = portal.sandbox.hubspot.lists
    lists.change(lists.named("Event guests"), [], ids[:20], "user")
    late = guests(portal, 4)
    portal.wait(hours=24)
    again = pull(connector, "lists", found.cursor, portal.now())

    assert {item.people[0].id for item in again.activities} == {*ids[20:], *late}


def test_a_list_that_is_not_there_is_named_and_the_others_are_read(portal: Portal) -> None:
    """It costs neither the sweep nor the other lists; it is read as soon as it is there."""
    portal.sandbox.hubspot.lists.create("Event guests")
    guests(portal, 2)
    connector = portal.connect(HubSpotOptions(lists=("Absent", "Event guests")))
    found = pull(connector, "lists", None, portal.now())

    assert [problem.code for problem in found.problems] == ["hubspot.list_unknown"]
    assert len(found.activities) == 2
    portal.sandbox.hubspot.lists.create("Absent")
    assert pull(connector, "lists", found.cursor, portal.now()).problems == []


def test_doctor_names_a_list_that_cannot_be_read(portal: Portal) -> None:
    """Any kind of list will do, but it must be there."""
    portal.sandbox.hubspot.lists.create("Event guests", "DYNAMIC")
    needs = Needs(
        fields=(FieldNeed("contact", "email", is_written=False),), lists_read=("Event guests", "No")
    )
    found = {item.title: item.code for item in portal.connect().inspect(needs)}

    assert found["List 'Event guests' can be read"] == "hubspot.list_read"
    assert found["List 'No' cannot be read"] == "hubspot.list_unknown"


def test_without_the_scope_the_stream_is_unavailable(portal: Portal) -> None:
    """A shown state, not a failure."""
    portal.sandbox.hubspot.scopes -= {"crm.lists.read"}
    found = pull(portal.connect(GUESTS), "lists", None, portal.now())

    assert found.pages[-1].unavailable
