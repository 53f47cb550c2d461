# ruff: noqa: E501 - messages stay in few pieces
"""sla.yaml: what is built of it, and what people read when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.playbook import AttributeTest, Playbook, SlaStep, Tier
from syncd.settings import load
from syncd.settings.holidays import public_holidays
from tests.core.test_sla_cases import ENGLAND, GERMANY, STATES
from tests.settings.small import HOME, edit, only

TOUCHES = "touches:\n"

MISTAKES = [
    # what is wrong, what stands there, what is put there, the whole message
    (
        "a tier nobody reaches",
        "touches:\n",
        "tiers: [{id: hot, label: Hot, signals: [pricing_viewed], target_hours: 4, breach_hours: 8}]\ntouches:\n",
        "sla.yaml, line 2: 'pricing_viewed' is no decisive action, so this tier is never reached by it. Found: 'pricing_viewed'. Allowed: demo_requested.",
    ),
    (
        "a tier's breach before its target",
        "touches:\n",
        "tiers: [{id: hot, label: Hot, signals: [demo_requested], target_hours: 8, breach_hours: 4}]\ntouches:\n",
        "sla.yaml, line 2: the breach comes before the target. Found: a block with id, label, signals, target_hours, breach_hours. Allowed: breach_hours at least target_hours. Example: breach_hours: 48",
    ),
    (
        "a team without leads",
        "touches:\n",
        "teams: [{id: us, label: US desk}]\ntouches:\n",
        "sla.yaml, line 2: no lead would ever be this team's. Found: a block with id, label. Allowed: owners, a `when`, or both. Example: when: {field: person.country, is: US}",
    ),
    (
        "an owner in two teams",
        "touches:\n",
        'teams:\n  - {id: us, label: US, owners: ["005000000000001AAA"]}\n  - {id: uk, label: UK, owners: ["005000000000001"]}\ntouches:\n',
        "sla.yaml, line 4: 005000000000001 is in team 'us' already (line 3); a lead has one clock. Found: '005000000000001'. Allowed: each owner once.",
    ),
    (
        "a team's test that is none of fields",
        "touches:\n",
        "teams: [{id: us, label: US, when: {signal: demo_requested}}]\ntouches:\n",
        "sla.yaml, line 2: a `signal` condition cannot stand in a test of the profile. Found: a block with signal. Allowed: all, any, field, not. Example: when: {field: person.country, is: US}",
    ),
    (
        "a reminder to a channel that is not there",
        "touches:\n",
        "steps: {reminder: {hours_before: 2, channels: [sales]}}\ntouches:\n",
        "sla.yaml, line 2: there is no channel 'sales'. Found: the text 'sales'. Allowed: log. Example: channels: [sales]",
    ),
    (
        "what sales does not do",
        "source: salesforce.task",
        "source: hubspot.page_view",
        "sla.yaml, line 4: 'hubspot.page_view' is nothing sales does; did you mean 'hubspot.email'? Found: the text 'hubspot.page_view'. Allowed: hubspot.call, hubspot.communication, hubspot.email, hubspot.email_reply, hubspot.meeting, hubspot.meeting_booked, hubspot.note, hubspot.task, salesforce.contact_change, salesforce.event, salesforce.lead_change, salesforce.task. Example: source: salesforce.task",
    ),
    (
        "an attribute a task has not",
        "is_closed:",
        "closed:",
        "sla.yaml, line 4: facts of salesforce.task carry no 'closed'; did you mean 'is_closed'? Found: a block with source, where, counts. Allowed: call_type, creator, disposition, is_closed, owner, status, subtype, type, mark.<letter>. Example: - {source: salesforce.task, where: {subtype: Call}, counts: attempt}",
    ),
    (
        "a value an attribute never has",
        'is_closed: "true"',
        'is_closed: "yes"',
        "sla.yaml, line 4: 'is_closed' of salesforce.task is never 'yes'. Found: a block with source, where, counts. Allowed: false, true. Example: - {source: salesforce.task, where: {subtype: Call}, counts: attempt}",
    ),
    (
        "a subject of what has none",
        '{source: salesforce.task, where: {is_closed: "true"}',
        '{source: hubspot.note, subject: "*x*"',
        "sla.yaml, line 4: facts of hubspot.note have no subject. Found: a block with source, subject, counts. Allowed: a source of: hubspot.call, hubspot.email, hubspot.meeting, hubspot.task, salesforce.event, salesforce.task. Example: - {source: salesforce.task, where: {subtype: Call}, counts: attempt}",
    ),
    (
        "an unknown way to count",
        "counts: attempt",
        "counts: touch",
        "sla.yaml, line 4: 'counts' cannot be this. Found: the text 'touch'. Allowed: attempt, contact, reply or nothing. Example: counts: attempt",
    ),
    (
        "a queue that is to make rows",
        "  rules:\n",
        '  integration_users: [{user: "00G000000000001AAA", label: Dialer, rows: owner}]\n  rules:\n',
        "sla.yaml, line 3: '00G000000000001AAA' is the id of a queue, and queues make nothing. Found: the text '00G000000000001AAA'. Allowed: the id of a user, which begins with 005. Example: user: \"005000000000009AAA\"",
    ),
    (
        "no word on what is a touch",
        'touches:\n  rules:\n    - {source: salesforce.task, where: {is_closed: "true"}, counts: attempt}\n',
        "",
        "sla.yaml, line 1: 'touches' is missing here. Allowed: What counts as a touch. Example: touches: {rules: [...]}",
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "text"), [case[1:] for case in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_a_mistake_is_answered_with_place_finding_and_cure(
    folder: Path, old: str, new: str, text: str
) -> None:
    """One mistake gives one problem: its whole text stands here."""
    edit(folder, "sla.yaml", old, new)
    assert str(only(folder)) == text


def playbook(folder: Path) -> Playbook:
    return load(folder, HOME).playbook


def test_tiers_are_counted_as_they_say(folder: Path) -> None:
    """In open hours of their own, or as first contact is."""
    tiers = """tiers:
  - {id: hot, label: Hot, signals: [demo_requested], target_hours: 4, breach_hours: 8, counted_in: open_hours}
  - {id: warm, label: Warm, signals: [demo_requested], target_hours: 12, breach_hours: 24}
"""
    edit(folder, "sla.yaml", TOUCHES, tiers + TOUCHES)
    assert playbook(folder).sla.tiers == (
        Tier("hot", "Hot", ("demo_requested",), 4, 8),
        Tier("warm", "Warm", ("demo_requested",), 4, 8),
    )


def test_a_teams_working_day_is_its_own(folder: Path) -> None:
    """A target of one working day is twelve hours at a desk that is open for twelve; the rest is everybody's."""
    team = """steps: {manager: Ada, reminder: {hours_before: 2, channels: [log]}}
teams:
  - id: late
    label: Late shift
    owners: ["00G000000000001AAA"]
    business_hours: {time_zone: America/New_York, opens: "08:00", closes: "20:00", holidays_of: [US]}
"""
    edit(folder, "sla.yaml", TOUCHES, team + TOUCHES)
    (late,) = playbook(folder).sla.teams
    assert (late.target_hours, late.breach_hours, late.hours.time_zone) == (12, 24, "America/New_York")
    assert late.steps.manager == "Ada"
    assert late.steps.remind == SlaStep(2, ("log",))
    assert playbook(folder).sla.target_hours == 8


def test_users_that_are_no_people_are_told_apart(folder: Path) -> None:
    users = """  integration_users:
    - {user: "005000000000008AAA", label: Dialer, rows: owner}
    - {user: "005000000000009AAA", label: Marketing, rows: nobody}
"""
    edit(folder, "sla.yaml", TOUCHES, TOUCHES + users)
    touches = playbook(folder).sla.touches
    assert touches.for_owner == {"005000000000008AAA"}
    assert touches.of_nobody == {"005000000000009AAA"}
    assert touches.rules[0].match.where == (AttributeTest("is_closed", ("true",)),)


@pytest.mark.parametrize(
    ("place", "days"), [("DE", GERMANY), ("GB-ENG", ENGLAND), ("US", STATES)], ids=["DE", "GB-ENG", "US"]
)
def test_public_holidays_are_those_on_the_wall(place: str, days: frozenset[object]) -> None:
    """The holidays that the clock's cases were worked out with are those a playbook gets for the country."""
    found = {day for day in public_holidays(place, [2026]) if day.weekday() < 5}
    assert found == {day for day in days if day.year == 2026 and day.weekday() < 5}  # type: ignore[attr-defined]
