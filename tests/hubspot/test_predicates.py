"""What a portal's facts carry is what the conditions of signals.yaml ask for, from the wire to the kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.connectors.hubspot import HubSpotOptions
from syncd.connectors.marks import Marks
from syncd.core.model import Shape
from syncd.core.playbook import AttributeTest, Playbook, SignalKind, SourceMatch
from syncd.core.signals import classify
from syncd.ports import Activity
from syncd.settings import default_config_dir, load
from tests.hubspot.conftest import Portal, pull
from tests.settings import small


@pytest.fixture(scope="module")
def shipped() -> Playbook:
    """The default playbook, to which kinds are added."""
    return load(default_config_dir(), small.HOME).playbook


MARKS = HubSpotOptions(marks=Marks({"budget": "Budget"}))


def asking(playbook: Playbook, source: str, **where: str) -> Playbook:
    """The playbook with one more kind: facts of this source with these attributes."""
    tests = tuple(AttributeTest(name, (pattern,)) for name, pattern in where.items())
    kind = SignalKind("asked", "Asked for", (SourceMatch(source, tests),))
    return replace(playbook, signals=(*playbook.signals, kind))


def logged(portal: Portal, stream: str, properties: dict[str, str]) -> Activity:
    (person,) = portal.contacts(1)
    portal.sandbox.hubspot.log(stream, properties, [person], [])
    found = pull(portal.connect(MARKS), stream, None, portal.now()).activities
    return next(item for item in found if item.source != "hubspot.meeting_booked")


def is_asked(playbook: Playbook, item: Activity, **where: str) -> bool:
    shape = Shape(item.source, item.attributes)
    return "asked" in classify(shape, asking(playbook, item.source, **where))


@pytest.mark.parametrize("outcome", ["COMPLETED", "NO_SHOW", "RESCHEDULED"])
def test_the_outcome_of_a_meeting(portal: Portal, shipped: Playbook, outcome: str) -> None:
    """Held and missed are two kinds; the vendor's capitals do not matter."""
    item = logged(portal, "meetings", {"hs_meeting_outcome": outcome})

    assert is_asked(shipped, item, outcome=outcome.lower())
    assert not is_asked(shipped, item, outcome="scheduled")


def test_the_disposition_of_a_call_is_its_label(portal: Portal, shipped: Playbook) -> None:
    """HubSpot keeps an id that differs from portal to portal; people name the label."""
    values = {"hs_call_direction": "OUTBOUND", "hs_call_status": "COMPLETED"}
    item = logged(portal, "calls", {**values, "hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7"})

    assert is_asked(shipped, item, disposition="connected", direction="outbound", status="completed")
    assert not is_asked(shipped, item, disposition="left*")


def test_the_type_and_status_of_a_task(portal: Portal, shipped: Playbook) -> None:
    """Open and done tell apart; so do a call to make and a mail to write."""
    item = logged(portal, "tasks", {"hs_task_type": "CALL", "hs_task_status": "COMPLETED"})

    assert is_asked(shipped, item, type="call", status="completed")
    assert not is_asked(shipped, item, status="not_started")


def test_a_mark_in_a_note(portal: Portal, shipped: Playbook) -> None:
    """`Budget: approved` is evidence for a letter; a note without it is none."""
    item = logged(portal, "notes", {"hs_note_body": "Budget: approved 50k"})

    assert is_asked(shipped, item, **{"mark.budget": "yes"})
    assert is_asked(shipped, item, **{"mark.budget_amount": "50k*"})
    assert not is_asked(shipped, item, **{"mark.budget": "no"})


def test_how_soon_a_click_came_and_by_what(portal: Portal, shipped: Playbook) -> None:
    """A team may make a kind of its own of what the judgement uses."""
    (person,) = portal.contacts(1)
    hubspot = portal.sandbox.hubspot
    hubspot.email_event(person, "Autumn", "sent")
    portal.wait(seconds=20)
    hubspot.email_event(person, "Autumn", "click", "https://acme.example/x", "Slackbot 1.0")
    (item,) = pull(portal.connect(), "email_events", None, portal.now()).activities

    assert is_asked(shipped, item, lag="11-30", agent="scanner", url="acme.example/*", campaign="Autumn")


def test_a_list_that_was_joined(portal: Portal, shipped: Playbook) -> None:
    """By the list's name as the playbook writes it."""
    (person,) = portal.contacts(1)
    lists = portal.sandbox.hubspot.lists
    lists.create("Event guests")
    lists.change(lists.named("Event guests"), [person], [], "user")
    options = HubSpotOptions(lists=("Event guests",))
    (item,) = pull(portal.connect(options), "lists", None, portal.now()).activities

    assert is_asked(shipped, item, list="Event guests", state="joined")
