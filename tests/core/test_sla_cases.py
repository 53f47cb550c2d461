# ruff: noqa: E501 - a case is a line, as far as it can be
"""The SLA clock on real calendars and real weeks: every case a sentence, every instant worked out by hand.

`CALENDAR` holds business time alone; `STORIES` one hand-off with what sales did. Moments carry the offset of
the place, so that each can be checked against a calendar on the wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core import sla
from syncd.core.model import (
    Cause,
    Detail,
    Position,
    Ref,
    SalesRecord,
    Shape,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
    Transition,
)
from syncd.core.playbook import (
    AttributeTest,
    BusinessHours,
    FieldTest,
    Operator,
    Sla,
    SlaStep,
    SlaSteps,
    SourceMatch,
    Team,
    Tier,
    Touches,
    TouchRule,
)
from syncd.core.sla.clock import Clock, State, clocks
from tests.core_delivery.builders import PLAYBOOK
from tests.core_delivery.builders import snapshot as lead

# --- calendars, their holidays as they stand on the wall -------------------------------------------------


def days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


GERMANY = days(
    "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-10-03",
    "2026-12-25", "2026-12-26", "2027-01-01",
)  # fmt: skip
ENGLAND = days(
    "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25",
    "2026-12-28",
)  # fmt: skip
STATES = days(
    "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-03", "2026-07-04",
    "2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25",
)  # fmt: skip

WEEK, DAILY = (0, 1, 2, 3, 4), tuple(range(7))
NINE, FIVE = time(9), time(17)
DESKS: Mapping[str, BusinessHours] = {
    "Berlin": BusinessHours("Europe/Berlin", WEEK, NINE, FIVE, GERMANY),
    "London": BusinessHours("Europe/London", WEEK, NINE, FIVE, ENGLAND),
    "New York": BusinessHours("America/New_York", WEEK, NINE, FIVE, STATES),
    "Sydney": BusinessHours("Australia/Sydney", WEEK, NINE, FIVE),
    "Kolkata": BusinessHours("Asia/Kolkata", WEEK, time(10), time(18)),
    "Riyadh": BusinessHours("Asia/Riyadh", (6, 0, 1, 2, 3), time(8), time(16)),
    "four days": BusinessHours("Europe/Berlin", (0, 1, 2, 3), NINE, FIVE),
    "long days": BusinessHours("Europe/Berlin", WEEK, time(8, 30), time(17, 30)),
    "round the clock": BusinessHours("Europe/Berlin", DAILY, time(0), time(0)),
    "nights": BusinessHours("Europe/Berlin", DAILY, time(22), time(6)),
    "NY nights": BusinessHours("America/New_York", WEEK, time(22), time(6), STATES),
    "Christmas Eve off": BusinessHours("Europe/Berlin", WEEK, NINE, FIVE, GERMANY | days("2026-12-24")),
}

CALENDAR = [
    # the day
    ("an hour of an open morning is an hour", "Berlin", "2026-09-01T09:30+02:00", 2, "2026-09-01T11:30+02:00"),
    ("what fills the day ends when it closes", "Berlin", "2026-09-01T09:00+02:00", 8, "2026-09-01T17:00+02:00"),
    ("a minute more is the next morning's", "Berlin", "2026-09-01T09:01+02:00", 8, "2026-09-02T09:01+02:00"),
    ("before the door opens nothing runs", "Berlin", "2026-09-01T06:15+02:00", 1, "2026-09-01T10:00+02:00"),
    ("at closing time the day is over", "Berlin", "2026-09-01T17:00+02:00", 1, "2026-09-02T10:00+02:00"),
    ("an evening counts nothing", "Berlin", "2026-09-01T22:40+02:00", 8, "2026-09-02T17:00+02:00"),
    ("a third of an hour runs over the night", "Berlin", "2026-09-01T16:50+02:00", 1 / 3, "2026-09-02T09:10+02:00"),
    ("half hours at both ends count", "long days", "2026-09-01T17:00+02:00", 9, "2026-09-02T17:00+02:00"),
    ("a start in another zone is the same moment", "Berlin", "2026-09-01T07:30+00:00", 2, "2026-09-01T11:30+02:00"),
    ("a zone of half hours", "Kolkata", "2026-09-04T17:30+05:30", 1, "2026-09-07T10:30+05:30"),
    # weekends
    ("Friday's last hour goes on on Monday", "Berlin", "2026-09-04T16:00+02:00", 2, "2026-09-07T10:00+02:00"),
    ("Saturday counts nothing", "Berlin", "2026-09-05T11:00+02:00", 4, "2026-09-07T13:00+02:00"),
    ("nor does Sunday up to its last minute", "Berlin", "2026-09-06T23:59+02:00", 8, "2026-09-07T17:00+02:00"),
    ("two working days over a weekend", "Berlin", "2026-09-03T14:00+02:00", 16, "2026-09-07T14:00+02:00"),
    ("five working days are a week", "Berlin", "2026-09-02T12:00+02:00", 40, "2026-09-09T12:00+02:00"),
    ("where the week begins on Sunday", "Riyadh", "2026-09-03T15:00+03:00", 2, "2026-09-06T09:00+03:00"),
    ("where Friday is free", "four days", "2026-09-03T16:00+02:00", 2, "2026-09-07T10:00+02:00"),
    # Germany
    ("New Year's Day, a Thursday", "Berlin", "2025-12-31T16:00+01:00", 2, "2026-01-02T10:00+01:00"),
    ("Good Friday to Easter Monday", "Berlin", "2026-04-02T16:00+02:00", 2, "2026-04-07T10:00+02:00"),
    ("the First of May, a Friday", "Berlin", "2026-04-30T15:00+02:00", 4, "2026-05-04T11:00+02:00"),
    ("Ascension, a Thursday", "Berlin", "2026-05-13T16:30+02:00", 1, "2026-05-15T09:30+02:00"),
    ("Whit Monday", "Berlin", "2026-05-22T13:00+02:00", 8, "2026-05-26T13:00+02:00"),
    ("a holiday on a Saturday costs nothing", "Berlin", "2026-10-02T16:00+02:00", 2, "2026-10-05T10:00+02:00"),
    ("Christmas on Friday and Saturday", "Berlin", "2026-12-24T10:00+01:00", 8, "2026-12-28T10:00+01:00"),
    ("what comes on a holiday starts after it", "Berlin", "2026-12-25T12:00+01:00", 4, "2026-12-28T13:00+01:00"),
    ("over the turn of the year", "Berlin", "2026-12-31T16:00+01:00", 2, "2027-01-04T10:00+01:00"),
    ("a day off of one's own", "Christmas Eve off", "2026-12-23T16:00+01:00", 2, "2026-12-28T10:00+01:00"),
    # United States
    ("Martin Luther King Day", "New York", "2026-01-16T16:00-05:00", 2, "2026-01-20T10:00-05:00"),
    ("Memorial Day", "New York", "2026-05-22T17:00-04:00", 1, "2026-05-26T10:00-04:00"),
    ("Juneteenth, a Friday", "New York", "2026-06-18T16:00-04:00", 8, "2026-06-22T16:00-04:00"),
    ("Independence Day observed on Friday", "New York", "2026-07-02T12:00-04:00", 8, "2026-07-06T12:00-04:00"),
    ("Labor Day", "New York", "2026-09-04T15:00-04:00", 3, "2026-09-08T10:00-04:00"),
    ("Veterans Day in mid-week", "New York", "2026-11-10T14:00-05:00", 8, "2026-11-12T14:00-05:00"),
    ("Thanksgiving, and Friday is open", "New York", "2026-11-25T16:00-05:00", 2, "2026-11-27T10:00-05:00"),
    ("Christmas, and no second day of it", "New York", "2026-12-24T09:00-05:00", 16, "2026-12-28T17:00-05:00"),
    # England
    ("Early May bank holiday", "London", "2026-05-01T16:00+01:00", 2, "2026-05-05T10:00+01:00"),
    ("Summer bank holiday", "London", "2026-08-28T12:00+01:00", 8, "2026-09-01T12:00+01:00"),
    ("Boxing Day made good on Monday", "London", "2026-12-24T15:00+00:00", 4, "2026-12-29T11:00+00:00"),
    ("no hours at all: the first open moment", "London", "2026-04-02T17:00+01:00", 0, "2026-04-07T09:00+01:00"),
    # one moment, three countries
    ("14:00 UTC before Whit Monday", "Berlin", "2026-05-22T14:00+00:00", 2, "2026-05-26T10:00+02:00"),
    ("14:00 UTC before Spring bank holiday", "London", "2026-05-22T14:00+00:00", 4, "2026-05-26T11:00+01:00"),
    ("14:00 UTC before Memorial Day", "New York", "2026-05-22T14:00+00:00", 8, "2026-05-26T10:00-04:00"),
    ("London is closed on 31 August", "London", "2026-08-31T10:00+01:00", 4, "2026-09-01T13:00+01:00"),
    ("and Berlin is open", "Berlin", "2026-08-31T10:00+02:00", 4, "2026-08-31T14:00+02:00"),
    ("the First of May is a day like any in New York", "New York", "2026-05-01T10:00-04:00", 4, "2026-05-01T14:00-04:00"),
    # clocks forward and back, over a weekend
    ("Berlin goes forward", "Berlin", "2026-03-27T16:00+01:00", 2, "2026-03-30T10:00+02:00"),
    ("a working day after it has eight hours", "Berlin", "2026-03-30T09:00+02:00", 8, "2026-03-30T17:00+02:00"),
    ("Berlin goes back", "Berlin", "2026-10-23T16:00+02:00", 2, "2026-10-26T10:00+01:00"),
    ("New York goes forward", "New York", "2026-03-06T16:00-05:00", 2, "2026-03-09T10:00-04:00"),
    ("New York goes back", "New York", "2026-10-30T16:00-04:00", 2, "2026-11-02T10:00-05:00"),
    ("between both changes London is four hours ahead", "New York", "2026-03-10T15:00+00:00", 2, "2026-03-10T13:00-04:00"),
    ("Sydney goes back in April", "Sydney", "2026-04-03T16:00+11:00", 2, "2026-04-06T10:00+10:00"),
    ("Sydney goes forward in October", "Sydney", "2026-10-02T16:00+10:00", 2, "2026-10-05T10:00+11:00"),
    # clocks forward and back, while open
    ("round the clock, the hour that is missing", "round the clock", "2026-03-28T23:00+01:00", 4, "2026-03-29T04:00+02:00"),
    ("round the clock, the hour that comes twice", "round the clock", "2026-10-24T23:00+02:00", 4, "2026-10-25T02:00+01:00"),
    ("the short night has seven hours", "nights", "2026-03-28T22:00+01:00", 7, "2026-03-29T06:00+02:00"),
    ("an eighth is the next night's", "nights", "2026-03-28T22:00+01:00", 8, "2026-03-29T23:00+02:00"),
    ("the long night has nine", "nights", "2026-10-24T22:00+02:00", 9, "2026-10-25T06:00+01:00"),
    ("from the first half past two to the second", "nights", "2026-10-25T02:30+02:00", 1, "2026-10-25T02:30+01:00"),
    ("and from the second on", "nights", "2026-10-25T02:30+01:00", 1, "2026-10-25T03:30+01:00"),
    ("a night belongs to the day it began on, holiday or not", "NY nights", "2026-11-26T05:00-05:00", 2, "2026-11-27T23:00-05:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("desk", "start", "hours", "due"), [case[1:] for case in CALENDAR], ids=[c[0] for c in CALENDAR]
)
def test_business_time(desk: str, start: str, hours: float, due: str) -> None:
    """S74 on the calendars of three countries, over weekends, nights and both clock changes."""
    assert len(CALENDAR) >= 60
    found = sla.due_at(at(start), DESKS[desk], hours)
    assert found == at(due)
    assert sla.elapsed(at(start), found, DESKS[desk]) == pytest.approx(hours)


# --- the same, minute by minute --------------------------------------------------------------------------


def is_open(moment: datetime, hours: BusinessHours) -> bool:
    """Whether the desk is open in the minute that begins at `moment`, asked of the clock on its wall."""
    local = moment.astimezone(ZoneInfo(hours.time_zone))
    clock, day = local.time().replace(second=0, microsecond=0), local.date()

    def works(which: date) -> bool:
        return which.weekday() in hours.days and which not in hours.holidays

    if hours.opens < hours.closes:
        return works(day) and hours.opens <= clock < hours.closes
    return (works(day) and clock >= hours.opens) or (works(day - timedelta(days=1)) and clock < hours.closes)


def walked(start: datetime, hours: BusinessHours, minutes: int) -> datetime:
    """When so many open minutes have passed, walking minute by minute."""
    moment, left = start, minutes
    while left or (not minutes and not is_open(moment, hours)):
        if is_open(moment, hours):
            left -= 1
        moment += timedelta(minutes=1)
    return moment


MINUTES = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda number: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
)
CHANGES = st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2027-03-28"]).flatmap(
    lambda day: st.integers(-1_600, 1_600).map(
        lambda minute: at(f"{day}T01:00+00:00") + timedelta(minutes=minute)
    )
)


@settings(max_examples=60)
@given(
    desk=st.sampled_from(sorted(DESKS)), start=st.one_of(MINUTES, CHANGES), minutes=st.integers(0, 20 * 60)
)
def test_business_time_is_what_one_walks_minute_by_minute(desk: str, start: datetime, minutes: int) -> None:
    """An independent, slow reference: it knows nothing of shifts, only whether the door is open."""
    hours = DESKS[desk]
    assert sla.due_at(start, hours, minutes / 60) == walked(start, hours, minutes)


# --- stories of one hand-off -----------------------------------------------------------------------------

ADA, BEN, CY = "005000000000001AAA", "005000000000002AAA", "005000000000003AAA"  # Cy works in New York
QUEUE, US_QUEUE = "00G000000000001AAA", "00G000000000002AAA"
DIALER, MARKETING = "005000000000008AAA", "005000000000009AAA"


def rule(source: str, counts: Any, subject: str = "", *, restarts: bool = False, **where: str) -> TouchRule:
    tests = tuple(AttributeTest(name, (value,)) for name, value in where.items())
    return TouchRule(SourceMatch(source, tests), counts, (subject,) if subject else (), restarts)


TOUCHES = Touches(
    rules=(
        rule("hubspot.email", "nothing", sequence="true"),
        rule("hubspot.email", "attempt", direction="outbound"),
        rule("hubspot.email", "reply", direction="inbound"),
        rule("hubspot.call", "contact", status="completed"),
        rule("hubspot.call", "attempt", status="no_answer"),
        rule("hubspot.meeting", "contact", outcome="completed"),
        rule("hubspot.meeting", "attempt", outcome="no_show", restarts=True),
        rule("hubspot.meeting", "nothing", outcome="cancel*", restarts=True),
        rule("salesforce.task", "nothing", is_closed="false"),
        rule("salesforce.task", "nothing", subject="*[sequence]*"),
        rule("salesforce.task", "contact", disposition="connected"),
        rule("salesforce.task", "attempt", subtype="call"),
    ),
    for_owner=frozenset({DIALER}),
    of_nobody=frozenset({MARKETING}),
)
STEPS = SlaSteps("Grace", SlaStep(2, ("log",)), SlaStep(0, ("log",)), SlaStep(8, ("log",)))
US = Team(
    "us", "US desk", DESKS["New York"], 8, 16, steps=STEPS, owners=frozenset({CY, US_QUEUE}),
    when=FieldTest("contact.country", Operator.IS, ("US",)),
)  # fmt: skip
AGREED = Sla(
    8, 16, DESKS["Berlin"], "", "High", "Not Started", steps=STEPS, teams=(US,), touches=TOUCHES,
    tiers=(Tier("asked", "Asked for sales", ("demo_requested",), 4, 8),),
)  # fmt: skip


def at(text: str) -> datetime:
    """A moment; of the week of 7 September 2026 in Berlin where only `Mon 10:00` is given."""
    if text[0].isdigit():
        return datetime.fromisoformat(text).astimezone(UTC)
    name, _, clock = text.partition(" ")
    week = ("Fri-", "Sat-", "Sun-", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon+", "Tue+", "Wed+")
    day = date(2026, 9, 4) + timedelta(days=week.index(name))
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo("Europe/Berlin")).astimezone(UTC)


Fact = tuple[str, str, Mapping[str, str]]


def did(when: str, source: str, subject: str = "", known: str = "", **attributes: str) -> Fact:
    return when, source, {"subject": subject, "known": known, **attributes}


def task(when: str, owner: str = ADA, creator: str = "", **parts: str) -> Fact:
    told = {"subtype": "Call", "is_closed": "true", "owner": owner, "creator": creator or owner} | parts
    return did(when, "salesforce.task", **told)


def owner(when: str, to: str, before: str = "") -> Fact:
    return did(
        when, "salesforce.lead_change", property="OwnerId", value=to, **({"from": before} if before else {})
    )


def meeting(when: str, outcome: str, known: str = "") -> Fact:
    return did(when, "hubspot.meeting", known=known, outcome=outcome, host="77")


def word(when: str, says: str, known: str) -> Fact:
    return did(when, "syncd.touch_corrected", subject="Grace", known=known, says=says)


HANDED_OFF = (("Mon 09:50", Stage.SQL, Cause.THRESHOLD), ("Mon 10:00", Stage.HANDED_OFF, Cause.DELIVERED))


@dataclass(frozen=True, slots=True)
class Story:
    """A hand-off on Monday at 10:00 to Ada: due on Tuesday, breached on Wednesday, both at 10:00."""

    sentence: str
    asked: str
    expected: Mapping[str, Any]
    facts: tuple[Fact, ...] = ()
    moves: tuple[tuple[str, Stage, Cause], ...] = HANDED_OFF
    owner: str = ADA
    code: str = ""
    country: str = "DE"
    terms: Mapping[str, Any] = field(default_factory=dict)


def tells(state: State, **parts: Any) -> Mapping[str, Any]:
    return {"state": state, **parts}


RUNNING, OVERDUE, MET, LATE, BREACHED, ENDED = State
STORIES = [
    # the target and the breach
    Story("nobody called, and there is time", "Tue 09:59", tells(RUNNING, due="Tue 10:00", breach="Wed 10:00")),
    Story("the target passes", "Tue 10:00", tells(OVERDUE, attempt=None)),
    Story("overdue up to the last minute", "Wed 09:59", tells(OVERDUE)),
    Story("the breach", "Wed 10:00", tells(BREACHED, attempt=None, contact=None)),
    Story("a call on Monday", "Mon 12:00", tells(MET, attempt="Mon 11:00", contact="Mon 11:00"),
          (task("Mon 11:00", disposition="Connected"),)),
    Story("a call at the very target", "Thu 12:00", tells(MET, attempt="Tue 10:00"), (task("Tue 10:00"),)),
    Story("a call a minute later", "Thu 12:00", tells(LATE, attempt="Tue 10:01"), (task("Tue 10:01"),)),
    Story("a call at the very breach", "Thu 12:00", tells(LATE, attempt="Wed 10:00"), (task("Wed 10:00"),)),
    Story("a call after the breach mends nothing", "Thu 12:00", tells(BREACHED, attempt="Wed 10:01"),
          (task("Wed 10:01"),)),
    Story("a call logged late counts when it was made", "Thu 12:00", tells(MET, attempt="Mon 16:00"),
          (task("Mon 16:00", known="Thu 09:00"),)),
    Story("on Friday afternoon, due on Monday", "Fri 16:30", tells(RUNNING, due="Mon+ 16:00", breach="Tue+ 16:00"),
          moves=(("Fri 15:00", Stage.SQL, Cause.THRESHOLD), ("Fri 16:00", Stage.HANDED_OFF, Cause.DELIVERED))),
    # tried and spoken
    Story("nobody answered: tried, not spoken", "Mon 12:00", tells(MET, attempt="Mon 11:00", contact=None),
          (task("Mon 11:00", disposition="No answer"),)),
    Story("tried twice, then spoken: both are kept", "Tue 12:00",
          tells(MET, attempt="Mon 11:00", contact="Tue 11:00"),
          (task("Mon 11:00"), task("Mon 15:00"), task("Tue 11:00", disposition="Connected"))),
    Story("where sales is to have spoken, a try stops nothing", "Tue 11:00",
          tells(OVERDUE, attempt="Mon 11:00", contact=None), (task("Mon 11:00"),), terms={"met_by": "contact"}),
    Story("their mail before anybody wrote is no contact", "Mon 12:00", tells(RUNNING, attempt=None),
          (did("Mon 11:00", "hubspot.email", direction="inbound"),)),
    Story("their answer to a rep's mail is", "Mon 12:00", tells(MET, attempt="Mon 10:30", contact="Mon 11:00"),
          (did("Mon 10:30", "hubspot.email", direction="outbound"),
           did("Mon 11:00", "hubspot.email", direction="inbound"))),
    Story("a meeting booked for Thursday is none yet", "Mon 12:00", tells(RUNNING),
          (did("Thu 11:00", "hubspot.meeting", known="Mon 11:00", outcome="scheduled"),)),
    Story("a meeting held is", "Thu 12:00", tells(BREACHED, contact="Thu 11:00"),
          (did("Thu 11:00", "hubspot.meeting", outcome="completed"),)),
    Story("a deal is not opened without having spoken", "Tue 12:00", tells(MET, contact="Tue 09:30"),
          moves=(*HANDED_OFF, ("Tue 09:30", Stage.OPPORTUNITY, Cause.OPPORTUNITY_OPENED))),
    Story("to accept is not to call", "Tue 12:00", tells(OVERDUE, attempt=None),
          moves=(*HANDED_OFF, ("Mon 11:00", Stage.ACCEPTED, Cause.SALES_ACCEPTED))),
    # what is no touch
    Story("an open task is none", "Mon 12:00", tells(RUNNING, attempt=None), (task("Mon 11:00", is_closed="false"),)),
    Story("a sequence's mail is none", "Mon 12:00", tells(RUNNING, attempt=None),
          (did("Mon 11:00", "hubspot.email", direction="outbound", sequence="true"),
           task("Mon 11:30", subject="Step 2 [Sequence] Hello"))),
    Story("a dialer's row counts for the task's owner", "Mon 12:00", tells(MET, attempt="Mon 11:00", by=ADA),
          (task("Mon 11:00", creator=DIALER),)),
    Story("a dialer's row of its own is nobody's", "Mon 12:00", tells(RUNNING, attempt=None),
          (task("Mon 11:00", owner=DIALER),)),
    Story("marketing automation works for nobody", "Mon 12:00", tells(RUNNING, attempt=None),
          (task("Mon 11:00", creator=MARKETING),)),
    Story("ids of 15 characters are those of 18", "Mon 12:00", tells(RUNNING, attempt=None),
          (task("Mon 11:00", creator=MARKETING[:15]),)),
    Story("a queue calls nobody", "Mon 12:00", tells(RUNNING, attempt=None), (task("Mon 11:00", owner=QUEUE),)),
    # before the hand-off
    Story("a call in HubSpot between qualifying and hand-off counts", "Mon 12:00",
          tells(MET, attempt="Mon 09:55", contact="Mon 09:55"),
          (did("Mon 09:55", "hubspot.call", status="completed"),)),
    Story("so does one in Salesforce", "Mon 12:00", tells(MET, attempt="Mon 09:52"), (task("Mon 09:52"),)),
    Story("a call before they asked was about something else", "Mon 12:00", tells(RUNNING, attempt=None),
          (task("Mon 09:00"),)),
    # who has it
    Story("reassigned: the person's clock starts again, the team's does not", "Tue 09:00",
          tells(RUNNING, due="Tue 10:00", owner=BEN, own_due="Tue 16:00", remind="Tue 14:00"),
          (owner("Mon 16:00", BEN, ADA),)),
    Story("reassigned and late all the same", "Tue 10:00", tells(OVERDUE, owner=BEN, own_due="Tue 17:00"),
          (owner("Tue 09:00", BEN, ADA),)),
    Story("back to the first owner", "Tue 12:00", tells(OVERDUE, owner=ADA, own_due="Wed 11:00"),
          (owner("Mon 12:00", BEN, ADA), owner("Tue 11:00", ADA, BEN))),
    Story("the first value of an owner is no reassignment", "Mon 12:00", tells(RUNNING, owner=ADA, own_due="Tue 10:00"),
          (owner("Mon 10:01", ADA),)),
    Story("an owner from before the hand-off has it from the start", "Mon 12:00",
          tells(RUNNING, owner=BEN, own_due="Tue 10:00"), (owner("Fri- 12:00", BEN, ADA),)),
    Story("in a queue only the team's clock runs", "Mon 12:00",
          tells(RUNNING, owner=QUEUE, own_due=None, remind="Mon 16:00", reassign="Thu 10:00"), owner=QUEUE),
    Story("from the queue to a person, whose clock starts then", "Tue 09:00",
          tells(RUNNING, owner=BEN, due="Tue 10:00", own_due="Tue 15:00", remind="Tue 13:00"),
          (owner("Mon 15:00", BEN, QUEUE),)),
    Story("nobody is asked to give away what they have only just got", "Thu 10:00",
          tells(BREACHED, owner=BEN, reassign="Thu 16:00"), (owner("Wed 16:00", BEN, ADA),)),
    Story("who called before it changed hands has called", "Tue 12:00", tells(MET, attempt="Mon 11:00", owner=BEN),
          (task("Mon 11:00"), owner("Mon 15:00", BEN, ADA))),
    # given back, taken up again, the next pass
    Story("given back untouched in time", "Thu 12:00", tells(ENDED, attempt=None),
          moves=(*HANDED_OFF, ("Tue 12:00", Stage.REJECTED, Cause.SALES_REJECTED))),
    Story("given back untouched after the breach", "Fri 12:00", tells(BREACHED, attempt=None),
          moves=(*HANDED_OFF, ("Thu 12:00", Stage.REJECTED, Cause.SALES_REJECTED))),
    Story("a call after it was given back is not about this pass", "Thu 12:00", tells(ENDED, attempt=None),
          (task("Tue 13:00"),), moves=(*HANDED_OFF, ("Tue 12:00", Stage.REJECTED, Cause.SALES_REJECTED))),
    Story("reopened: a new clock, and the call of before is not its", "Wed 15:00",
          tells(RUNNING, due="Thu 14:00", attempt=None, number=1), (task("Mon 11:00"),),
          moves=(*HANDED_OFF, ("Mon 12:00", Stage.REJECTED, Cause.SALES_REJECTED),
                 ("Mon 12:00", Stage.RECYCLED, Cause.RECYCLED), ("Wed 14:00", Stage.HANDED_OFF, Cause.CORRECTED))),
    Story("reopened and called", "Wed 16:00", tells(MET, attempt="Wed 15:30", number=1),
          (task("Mon 11:00"), task("Wed 15:30")),
          moves=(*HANDED_OFF, ("Mon 12:00", Stage.REJECTED, Cause.SALES_REJECTED),
                 ("Mon 12:00", Stage.RECYCLED, Cause.RECYCLED), ("Wed 14:00", Stage.HANDED_OFF, Cause.CORRECTED))),
    # tiers and teams
    Story("who asked for sales waits half a day", "Mon 15:00", tells(OVERDUE, due="Mon 14:00", breach="Tue 10:00"),
          code="demo_requested"),
    Story("a short target is reminded of two hours before", "Mon 11:00", tells(RUNNING, remind="Mon 12:00"),
          code="demo_requested"),
    Story("a reminder never comes at a closed desk", "Mon 12:00", tells(RUNNING, remind="Tue 09:00", due="Tue 11:00"),
          moves=(("Mon 09:50", Stage.SQL, Cause.THRESHOLD), ("Mon 11:00", Stage.HANDED_OFF, Cause.DELIVERED))),
    Story("an American owner's desk opens on Tuesday after Labor Day", "Mon 18:00",
          tells(RUNNING, due="2026-09-08T17:00-04:00", breach="2026-09-09T17:00-04:00"), owner=CY),
    Story("so does the territory's, whoever owns it", "Mon 18:00",
          tells(RUNNING, due="2026-09-08T17:00-04:00", own_due="2026-09-08T17:00-04:00"), country="US"),
    Story("given to New York: the team's hours stay, the person's are theirs", "Tue 09:00",
          tells(RUNNING, due="Tue 10:00", own_due="2026-09-08T17:00-04:00"), (owner("Mon 16:00", CY, ADA),)),
    # a manager's word
    Story("corrected: she rang from her own phone", "Thu 12:00", tells(MET, attempt="Mon 15:00", contact="Mon 15:00"),
          (word("Mon 15:00", "contact", "Thu 09:00"),)),
    Story("corrected: they did not speak before Tuesday", "Thu 12:00",
          tells(MET, attempt="Mon 11:00", contact="Tue 15:00"),
          (task("Mon 11:00", disposition="Connected"), word("Tue 15:00", "contact", "Thu 09:00"))),
    Story("corrected: that was no call at all", "Tue 11:00", tells(OVERDUE, attempt=None),
          (task("Mon 11:00"), word("Mon 12:00", "none", "Tue 09:00"))),
    Story("corrected: the first try was later", "Thu 12:00", tells(LATE, attempt="Tue 15:00", contact=None),
          (task("Mon 11:00", disposition="Connected"), word("Tue 15:00", "attempt", "Thu 09:00"))),
    Story("what follows a correction counts as before", "Thu 12:00", tells(MET, attempt="Mon 16:00"),
          (task("Mon 11:00"), word("Mon 12:00", "none", "Tue 09:00"), task("Mon 16:00"))),
    Story("of two corrections the newer one holds", "Thu 12:00", tells(LATE, attempt="Tue 16:00"),
          (word("Mon 15:00", "contact", "Wed 09:00"), word("Tue 16:00", "contact", "Wed 10:00"))),
    # meetings that do not take place
    Story("a no-show starts the clock anew, and the call before is no answer to it", "Wed 15:00",
          tells(RUNNING, due="Thu 11:00", breach="Fri 11:00", attempt=None, again=1, number=0),
          (task("Mon 11:00"), meeting("Wed 11:00", "no_show", "Wed 12:00"))),
    Story("the wait of the no-show itself is no touch of the new clock", "Thu 12:00", tells(OVERDUE, attempt=None),
          (meeting("Wed 11:00", "no_show", "Wed 12:00"),)),
    Story("a no-show and a call after it", "Fri 12:00", tells(MET, attempt="Wed 14:00", again=1),
          (task("Mon 11:00"), meeting("Wed 11:00", "no_show", "Wed 12:00"), task("Wed 14:00"))),
    Story("a no-show nobody follows up is breached", "Fri 12:00", tells(BREACHED, due="Thu 11:00", attempt=None),
          (task("Mon 11:00"), meeting("Wed 11:00", "no_show", "Wed 12:00"))),
    Story("a no-show on a Friday is due on Monday", "Fri 16:30", tells(RUNNING, due="Mon+ 16:00", remind="Mon+ 14:00"),
          (task("Mon 11:00"), meeting("Fri 16:00", "no_show"))),
    Story("a no-show at a closed desk", "Tue 20:00", tells(RUNNING, due="Wed 17:00"),
          (task("Mon 11:00"), meeting("Tue 19:00", "no_show"))),
    Story("who asked for sales is owed the short target again", "Wed 12:00", tells(RUNNING, due="Wed 15:00"),
          (task("Mon 11:00"), meeting("Wed 11:00", "no_show", "Wed 11:30")), code="demo_requested"),
    Story("called off ahead: from when that is known", "Wed 10:00", tells(RUNNING, due="Wed 14:00", attempt=None),
          (task("Mon 11:00"), meeting("Thu 10:00", "canceled", "Tue 14:00"))),
    Story("called off, in the other spelling", "Wed 10:00", tells(RUNNING, due="Wed 14:00", again=1),
          (task("Mon 11:00"), meeting("Thu 10:00", "cancelled", "Tue 14:00"))),
    Story("noted after its hour that it was off: from its hour", "Wed 09:30",
          tells(RUNNING, due="Wed 10:00", breach="Thu 10:00", attempt=None),
          (task("Mon 11:00"), meeting("Tue 10:00", "canceled", "Wed 09:00"))),
    Story("called off, with another booked by then: nothing starts anew", "Wed 10:00",
          tells(MET, attempt="Mon 11:00", again=0),
          (task("Mon 11:00"), meeting("Thu 10:00", "canceled", "Tue 14:00"),
           meeting("Fri 10:00", "scheduled", "Tue 13:00"))),
    Story("one booked later does not take that back", "Wed 10:00", tells(RUNNING, due="Wed 14:00", again=1),
          (task("Mon 11:00"), meeting("Thu 10:00", "canceled", "Tue 14:00"),
           meeting("Fri 10:00", "scheduled", "Tue 15:00"))),
    Story("two no-shows: the last one counts", "Wed 16:00", tells(RUNNING, due="Thu 15:00", again=2),
          (task("Mon 11:00"), meeting("Tue 11:00", "no_show"), meeting("Wed 15:00", "no_show"))),
    Story("a meeting that was held is contact, and starts nothing", "Thu 12:00",
          tells(MET, attempt="Mon 11:00", contact="Wed 11:00", again=0),
          (task("Mon 11:00"), meeting("Wed 11:00", "completed"))),
    Story("a no-show of before the hand-off starts nothing", "Mon 12:00", tells(RUNNING, due="Tue 10:00", again=0),
          (meeting("Mon 09:30", "no_show"),)),
    Story("nor does one once there is a deal", "Thu 12:00", tells(LATE, contact="Tue 12:00", again=0),
          (meeting("Wed 11:00", "no_show"),), moves=(*HANDED_OFF, ("Tue 12:00", Stage.OPPORTUNITY, Cause.OPPORTUNITY_OPENED))),
    Story("nor one of after the lead was given back", "Thu 12:00", tells(MET, attempt="Mon 11:00", again=0),
          (task("Mon 11:00"), meeting("Wed 11:00", "no_show")),
          moves=(*HANDED_OFF, ("Tue 12:00", Stage.REJECTED, Cause.SALES_REJECTED))),
    Story("who has the lead at the no-show answers for the new clock", "Wed 12:00",
          tells(RUNNING, due="Thu 11:00", own_due="Thu 11:00", owner=BEN),
          (owner("Mon 16:00", BEN, ADA), task("Tue 09:30", owner=BEN), meeting("Wed 11:00", "no_show"))),
]  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.sentence)
def test_one_hand_off(story: Story) -> None:
    """S72 to S75: who had how long, what counts as touch, and how the clock stands."""
    found = clock_of(story)
    person = found.person
    told = {
        "state": found.state,
        "due": found.terms.due_at,
        "breach": found.terms.breach_at,
        "attempt": found.work.attempt and found.work.attempt.at,
        "contact": found.work.contact and found.work.contact.at,
        "by": found.work.attempt and found.work.attempt.by,
        "owner": found.owners[-1].owner,
        "own_due": person and person.due_at,
        "remind": found.remind_at,
        "reassign": found.reassign_at,
        "number": found.span.number,
        "again": found.span.again,
    }
    assert {name: told[name] for name in story.expected} == {
        name: _moment(value) if name in _MOMENTS else value for name, value in story.expected.items()
    }


_MOMENTS = frozenset({"due", "breach", "attempt", "contact", "own_due", "remind", "reassign"})


def _moment(value: Any) -> datetime | None:
    return None if value is None else at(value)


def clock_of(story: Story) -> Clock:
    playbook = replace(PLAYBOOK, sla=replace(AGREED, **story.terms))
    found = clocks(person_of(story), None, playbook, at(story.asked))
    return found[-1]


def person_of(story: Story) -> Snapshot:
    """What is known of the lead when it is asked about."""
    asked_at = at(story.asked)
    signals = [_signal(number, fact) for number, fact in enumerate(story.facts, 1)]
    record = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"OwnerId": _last_owner(story)})
    moves = tuple(
        Transition(at(when), None, Position(stage), cause, story.code if stage is Stage.SQL else "", 1)
        for when, stage, cause in story.moves
    )
    return lead(
        fields={"contact.country": story.country},
        signals=tuple(item for item in signals if item.known_at <= asked_at),
        sales_records=(record,),
        history=moves,
    )


def _last_owner(story: Story) -> str:
    given = [fact[2]["value"] for fact in story.facts if fact[2].get("property") == "OwnerId"]
    return given[-1] if given else story.owner


def _signal(number: int, fact: Fact) -> Signal:
    when, source, told = fact
    known_at = at(told["known"]) if told["known"] else at(when)
    attributes = {name: value for name, value in told.items() if name not in {"subject", "known"} and value}
    detail = Detail(told["subject"]) if told["subject"] else None
    return Signal(number, at(when), known_at, Shape(source, attributes), detail=detail)


def test_a_second_pass_has_a_clock_of_its_own() -> None:
    """Each is judged by its own start; the call of the first is not the second's."""
    story = Story("", "Fri 12:00", {}, (task("Mon 11:00"),))
    first = person_of(story)
    second = (
        Transition(at("Tue 09:00"), None, Position(Stage.REJECTED), Cause.SALES_REJECTED, pass_number=1),
        Transition(at("Thu 09:00"), None, Position(Stage.SQL), Cause.REENTERED, "demo_requested", 2),
        Transition(at("Thu 09:00"), None, Position(Stage.HANDED_OFF), Cause.DELIVERED, "", 2),
    )
    person = replace(first, history=(*first.history, *second))
    found = clocks(person, None, replace(PLAYBOOK, sla=AGREED), at("Fri 12:00"))
    assert [(item.span.pass_number, item.state) for item in found] == [(1, State.MET), (2, State.BREACHED)]
    assert found[1].terms.due_at == at("Thu 13:00")


def test_a_no_show_leaves_the_clock_before_it_as_it_was() -> None:
    """The first clock was met by the call; the second is its own, and both are measured."""
    story = Story("", "Wed 15:00", {}, (task("Mon 11:00"), meeting("Wed 11:00", "no_show", "Wed 12:00")))
    found = clocks(person_of(story), None, replace(PLAYBOOK, sla=AGREED), at("Wed 15:00"))
    assert [(item.span.again, item.state) for item in found] == [(0, State.MET), (1, State.RUNNING)]
    assert [item.span.began_at == item.span.started_at for item in found] == [False, True], "no delay of ours"


def test_a_no_show_is_not_known_before_it_is() -> None:
    """At a moment before the meeting the first clock is the only one."""
    story = Story("", "Wed 15:00", {}, (task("Mon 11:00"), meeting("Wed 11:00", "no_show", "Wed 12:00")))
    found = clocks(person_of(story), None, replace(PLAYBOOK, sla=AGREED), at("Wed 10:59"))
    assert [(item.span.again, item.state) for item in found] == [(0, State.MET)]


def test_a_playbook_without_restarts_has_none() -> None:
    """Folders from before go on as they were."""
    rules = tuple(replace(item, restarts=False) for item in TOUCHES.rules)
    agreed = replace(AGREED, touches=replace(TOUCHES, rules=rules))
    story = Story("", "Wed 15:00", {}, (task("Mon 11:00"), meeting("Wed 11:00", "no_show", "Wed 12:00")))
    found = clocks(person_of(story), None, replace(PLAYBOOK, sla=agreed), at("Wed 15:00"))
    assert [(item.span.again, item.state) for item in found] == [(0, State.MET)]


def test_who_sales_had_before_us_has_no_clock() -> None:
    """Adopted with sales: no hand-off of ours, no promise."""
    moves = (Transition(at("Mon 09:00"), None, Position(Stage.HANDED_OFF), Cause.ADOPTED),)
    assert clocks(lead(history=moves), None, replace(PLAYBOOK, sla=AGREED), at("Fri 12:00")) == ()


def test_a_merged_lead_keeps_the_clock_of_the_hand_off() -> None:
    """The ledger of the survivor shows a merge; its standing says when the hand-off was confirmed."""
    moves = (Transition(at("Wed 09:00"), None, Position(Stage.HANDED_OFF), Cause.MERGED, "", 1),)
    standing = Standing(
        Position(Stage.HANDED_OFF), at("Wed 09:00"), 1, qualified_at=at("Mon 09:50"),
        handed_off_at=at("Mon 10:00"),
    )  # fmt: skip
    (found,) = clocks(lead(history=moves), standing, replace(PLAYBOOK, sla=AGREED), at("Wed 09:30"))
    assert (found.terms.due_at, found.state) == (at("Tue 10:00"), State.OVERDUE)
