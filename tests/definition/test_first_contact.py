"""The promise of both sides (docs/behaviour.md, B-72 to B-75): what is passed, how soon sales is in touch."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from syncd.core.model import Decision, Signal, Stage
from syncd.core.sentences import sentences
from syncd.core.sla.clock import Clock, State, current
from tests.definition.people import BUYER, MISFIT, NOW, STRANGER, Story, demo_request, fact, s55, shipped

HOUR = timedelta(hours=1)


def handed_over() -> Story:
    """Somebody who asked for a demo on Thursday at noon, and has been with sales since 12:01."""
    story = Story()
    story.until(NOW, demo_request(0))
    delivered = fact("syncd.delivered", -1 / 1440, kind="handoff", object="Lead", created="true")
    story.until(NOW + timedelta(minutes=1), delivered)
    assert story.standing.position.stage is Stage.HANDED_OFF
    return story


def told(found: Decision) -> list[str]:
    """Messages of the clock that are due now."""
    events = [str(item.payload["event"]) for item in found.intents if item.kind == "alert"]
    return [event.partition(":")[0] for event in events if event.startswith("sla_")]


def clock(story: Story, at: datetime) -> Clock:
    found = current(story.snapshot, story.standing, story.playbook, at)
    assert found is not None
    return found


def call(hours: float, **attributes: str) -> Signal:
    return fact("hubspot.call", -hours / 24, direction="outbound", **attributes)


def test_both_promises_stand_in_the_definition() -> None:
    """B-72: what makes an SQL, and how soon sales is in touch, are sentences to sign."""
    found = {section.key: section for section in sentences(shipped())}
    promised = [sentence.text for sentence in found["first_contact"].sentences]
    assert any("within 8 business hours of the confirmed hand-off" in text for text in promised)
    assert any("the owner is reminded" in text and "asked to reassign" in text for text in promised)
    assert found["sql"].sentences


@pytest.mark.parametrize(
    ("known", "acts"),
    [(BUYER, [demo_request(0)]), (BUYER, s55()), (MISFIT, [demo_request(0)]), (STRANGER, s55())],
)
def test_nothing_goes_to_sales_without_the_criteria(known: dict[str, str], acts: list[Signal]) -> None:
    """B-73: every move to SQL names what carried it, and is made only where the verdict is SQL."""
    story = Story(known=known)
    found = story.until(NOW, *acts)
    moves = [item for item in found.transitions if item.target.stage is Stage.SQL]
    assert bool(moves) == (found.verdict.earned.stage is Stage.SQL)
    assert all(item.evidence and (item.code or item.cause == "threshold") for item in moves)
    handed = [item for item in found.intents if item.kind in {"handoff", "task"}]
    assert bool(handed) == bool(moves)


def test_sales_is_reminded_and_its_manager_told() -> None:
    """B-74: due on Friday at 12:01, breached on Monday; each message at its moment and none before."""
    story = handed_over()
    friday, monday, tuesday = (NOW + timedelta(days=days, minutes=1) for days in (1, 4, 5))
    agreed = clock(story, NOW + HOUR).terms
    assert (agreed.due_at, agreed.breach_at) == (friday, monday)
    minute = timedelta(minutes=1)
    for at, wanted in (
        (friday - 2 * HOUR - minute, []),
        (friday - 2 * HOUR, ["sla_reminder"]),
        (monday, ["sla_breach"]),
        (tuesday - minute, ["sla_breach"]),
        (tuesday, ["sla_reassign"]),
    ):
        assert told(story.until(at)) == wanted, at


def test_the_lead_is_looked_at_when_a_message_falls_due() -> None:
    """B-74: nothing new has to happen for it."""
    story = handed_over()
    found = story.until(NOW + HOUR)
    assert found.due_at == clock(story, NOW + HOUR).remind_at


@pytest.mark.parametrize(
    ("act", "tried", "spoke"),
    [
        (call(1, status="completed", disposition="connected"), True, True),
        (call(1, status="completed"), True, True),
        (call(1, status="no_answer"), True, False),
        (call(1, status="completed", disposition="left voicemail"), True, False),
        (fact("hubspot.call", -1 / 24, direction="inbound", status="missed"), False, False),
        (fact("hubspot.email", -1 / 24, direction="outbound", status="sent"), True, False),
        (fact("hubspot.email", -1 / 24, direction="outbound", sequence="true"), False, False),
        (fact("hubspot.email", -1 / 24, direction="inbound"), False, False),
        (fact("hubspot.email", -1 / 24, direction="inbound", automatic="true"), False, False),
        (fact("hubspot.meeting", -1 / 24, outcome="completed"), True, True),
        (fact("hubspot.meeting", -1 / 24, outcome="scheduled"), False, False),
        (fact("hubspot.communication", -1 / 24, channel="sms"), True, False),
        (fact("hubspot.note", -1 / 24), False, False),
        (fact("salesforce.task", -1 / 24, subtype="Call", is_closed="true"), True, False),
        (fact("salesforce.task", -1 / 24, subtype="Call", is_closed="false"), False, False),
        (fact("salesforce.task", -1 / 24, is_closed="true", disposition="Connected - demo set"), True, True),
        (fact("salesforce.task", -1 / 24, is_closed="true", disposition="Not connected"), True, False),
        (fact("salesforce.task", -1 / 24, subtype="ListEmail", is_closed="true"), False, False),
        (fact("salesforce.task", -1 / 24, subtype="Cadence", is_closed="true"), False, False),
        (fact("salesforce.task", -1 / 24, subtype="Call", is_closed="true", owner="00G1"), False, False),
        (fact("salesforce.task", -1 / 24, is_closed="true", type="Other"), False, False),
        (fact("salesforce.event", -1 / 24), True, True),
        (
            fact("salesforce.lead_change", -1 / 24, property="Status", value="Working - Contacted"),
            True,
            False,
        ),
        (fact("salesforce.lead_change", -1 / 24, property="Rating", value="Hot"), False, False),
    ],
    ids=lambda value: (
        value.shape.source + str(dict(value.shape.attributes)) if isinstance(value, Signal) else ""
    ),
)
def test_what_a_touch_is(act: Signal, tried: bool, spoke: bool) -> None:
    """B-75: tried and spoken, told apart, by the shipped rules."""
    story = handed_over()
    at = NOW + 2 * HOUR
    story.until(at, act)
    found = clock(story, at)
    assert (found.work.attempt is not None, found.work.contact is not None) == (tried, spoke)
    assert found.state is (State.MET if tried else State.RUNNING)


def test_after_a_touch_nothing_more_is_said() -> None:
    """B-74: a call that nobody answers ends reminder, alarm and request."""
    story = handed_over()
    story.until(NOW + 2 * HOUR, call(1, status="no_answer"))
    assert [told(story.until(NOW + timedelta(days=days))) for days in (1, 4, 6)] == [[], [], []]
