"""A meeting booked while sales has the lead: who gets it then, what becomes of the task, who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.core import effects, hosting, owner_words
from syncd.core.desk import Assignment, Desk, Skipped, short
from syncd.core.model import (
    Intent,
    Position,
    Ref,
    SalesRecord,
    Shape,
    Signal,
    Snapshot,
    Stage,
    System,
)
from syncd.core.open_rules import News
from syncd.core.playbook import Playbook
from tests.core_delivery.builders import (
    NOW,
    demo,
    signal,
    snapshot,
    verdict,
    with_sales,
)
from tests.core_delivery.test_routing import ADA, BEN, CY, NAMES, QUEUE, book, desk, gone, meeting

HANDED_AT = NOW - timedelta(hours=5)
WITH_SALES, HISTORY = with_sales(HANDED_AT)
TURNS = Assignment(1, ADA, "round_robin", HANDED_AT)
BOOKED = meeting("77")
"""Tomorrow at noon, hosted by whom HubSpot knows as 77; learnt of now."""
HOSTS = {"77": CY, "78": BEN}


def told(**parts: Any) -> Playbook:
    found = book(**parts)
    return replace(found, alerts=replace(found.alerts, news=News(meeting=("sales",))))


def lead(*signals: Signal, owner: str = ADA, chosen: Assignment | None = TURNS, **parts: Any) -> Snapshot:
    records = (SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"OwnerId": owner} if owner else {}),)
    asked = replace(demo(HANDED_AT - timedelta(minutes=1)), known_at=HANDED_AT)
    return snapshot(
        signals=(asked, *(signals or (BOOKED,))), sales_records=records, assignment=chosen,
        history=HISTORY, standing=WITH_SALES, evaluated_at=HANDED_AT, owner_names=NAMES, **parts,
    )  # fmt: skip


def next_owner(
    of: Snapshot, playbook: Playbook | None = None, at: Desk | None = None, **standing: Any
) -> str:
    found = hosting.successor(
        of, replace(WITH_SALES, **standing), playbook or told(), at or desk(hosts=HOSTS), NOW
    )
    return found.owner_id if found else ""


def intended(of: Snapshot, playbook: Playbook | None = None, **standing: Any) -> dict[str, Intent]:
    standing_now = replace(WITH_SALES, **standing)
    found = effects.intents(of, verdict(), (), standing_now, playbook or told(), NOW)
    return {item.target: item for item in found}


# --- who gets it -----------------------------------------------------------------------------------------


def test_the_host_takes_over_from_whom_a_later_step_chose_and_the_reason_says_so() -> None:
    found = hosting.successor(lead(), WITH_SALES, told(), desk(hosts=HOSTS), NOW)
    assert found is not None
    assert (found.owner_id, found.step, found.about) == (CY, "meeting_host", BOOKED.occurred_at.isoformat())
    said = owner_words.reason(found, NAMES, "Europe/Berlin")
    assert said == (
        "Cy Young (hosts the meeting of Fri 4 Sep 14:00 CEST). "
        "Asked before: turns (Ada Lovelace had it until the meeting was booked)"
    )


CHANGED = replace(
    signal("salesforce.lead_change", NOW - timedelta(hours=1)),
    shape=Shape("salesforce.lead_change", {"property": "OwnerId", "value": BEN, "from": ADA}),
)
FIRST_SEEN = signal("salesforce.lead_change", NOW - timedelta(hours=4), property="OwnerId", value=ADA)
BY_RULES = Assignment(1, "", "org_rules", HANDED_AT)
RULES = {"mode": "org_rules", "order": ("meeting_host", "territory"), "owner_id": ""}

STAYS: list[tuple[str, Snapshot, dict[str, Any], dict[str, Any]]] = [
    ("somebody in sales gave it to another", lead(owner=BEN), {}, {}),
    ("sales has accepted it", lead(), {}, {"position": Position(Stage.ACCEPTED)}),
    ("sales has it no more", lead(), {}, {"position": Position(Stage.RECYCLED)}),
    ("the meeting was known at the hand-off", lead(replace(BOOKED, known_at=HANDED_AT)), {}, {}),
    ("the meeting was called off", lead(meeting("77", outcome="canceled")), {}, {}),
    ("the meeting is over", lead(meeting("77", hours=-1)), {}, {}),
    ("the playbook does not ask for hosts", lead(), {"order": ("round_robin",)}, {}),
    ("the playbook asks for hosts later", lead(), {"order": ("round_robin", "meeting_host")}, {}),
    ("they had the record before us", lead(chosen=Assignment(1, ADA, "present", HANDED_AT)), {}, {}),
    ("a person named them", lead(chosen=Assignment(1, ADA, "person", HANDED_AT)), {}, {}),
    ("they host a later meeting themselves", lead(BOOKED, meeting("79", hours=30)), {}, {}),
    ("nobody knows who has it yet", lead(owner=""), {}, {}),
    ("a person changed what the org's rules chose",
     lead(BOOKED, FIRST_SEEN, CHANGED, owner=BEN, chosen=BY_RULES), RULES, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("of", "routing", "standing"), [case[1:] for case in STAYS], ids=[case[0] for case in STAYS]
)
def test_the_owner_stays(of: Snapshot, routing: dict[str, Any], standing: dict[str, Any]) -> None:
    at = desk(hosts={**HOSTS, "79": ADA})
    assert next_owner(of, told(**routing), at, **standing) == ""


def test_a_host_who_may_not_have_it_or_is_unknown_gets_nothing() -> None:
    assert next_owner(lead(), at=desk(hosts=HOSTS, users=gone(CY))) == ""
    assert next_owner(lead(), at=desk(hosts={})) == ""


@pytest.mark.parametrize(
    ("of", "routing"),
    [
        (lead(BOOKED, FIRST_SEEN, chosen=BY_RULES), RULES),
        (lead(chosen=Assignment(1, ADA, "owner", HANDED_AT)), {}),
        (lead(owner=QUEUE, chosen=Assignment(1, QUEUE, "queue", HANDED_AT)), {}),
        (lead(chosen=Assignment(1, ADA, "meeting_host", HANDED_AT)), {}),  # of a meeting since called off
    ],
    ids=["the org's rules", "the named owner", "the queue", "another host"],
)
def test_the_host_also_takes_over_from(of: Snapshot, routing: dict[str, Any]) -> None:
    assert next_owner(of, told(**routing)) == CY


# --- what follows ----------------------------------------------------------------------------------------

GIVEN = replace(
    TURNS, owner_id=CY, step="meeting_host", about=BOOKED.occurred_at.isoformat(),
    skipped=(Skipped("round_robin", hosting.GAVE_WAY, ADA),),
)  # fmt: skip


def of_meeting(found: dict[str, Intent]) -> dict[str, Intent]:
    return {name: item for name, item in found.items() if "meet" in name or name.startswith("owner:")}


def test_first_the_record_changes_hands_then_the_task_follows_and_the_host_is_told() -> None:
    """A message before that would go to who had it, a task would be moved for nothing."""
    before = of_meeting(intended(lead(chosen=GIVEN)))
    assert list(before) == ["owner:42:900:1"]
    payload = before["owner:42:900:1"].payload
    assert (payload["fields"], payload["only_from"]) == ({"OwnerId": CY}, ADA)
    after = of_meeting(intended(lead(chosen=GIVEN, owner=CY)))
    assert list(after) == [
        f"task:42:900:1:follow_up:meets:20260904T1200:{short(CY)}",
        "alert:7:1:meeting_20260904T1200:sales",
    ]
    task, alert = after.values()
    line = "Requested a demo, Fri 4 Sep 14:00 CEST: prepare the meeting by 7 Sep"
    assert (task.payload["fields"], alert.payload["title"]) == ({"Subject": line}, line)
    assert task.payload["goes_on"] == {"while": "Not Started", "owner": {"id": CY, "from": ADA}}
    assert task.after == "task:42:900:1:follow_up"


def test_where_the_owner_stays_task_and_message_say_when_the_meeting_is() -> None:
    found = of_meeting(intended(lead(owner=BEN)))
    assert list(found) == [
        "task:42:900:1:follow_up:meets:20260904T1200",
        "alert:7:1:meeting_20260904T1200:sales",
    ]
    assert found["task:42:900:1:follow_up:meets:20260904T1200"].payload["goes_on"]["owner"] == {}  # type: ignore[index]


def test_who_was_given_it_since_is_not_overruled() -> None:
    """The change of owner is meant no more, and the task stays with whoever has it."""
    found = of_meeting(intended(lead(chosen=GIVEN, owner=BEN)))
    assert [name for name in found if name.startswith("owner:")] == []
    task = next(item for name, item in found.items() if name.startswith("task:"))
    assert task.payload["goes_on"]["owner"] == {}  # type: ignore[index]


def test_without_a_channel_nobody_is_told_and_what_was_handed_over_with_it_is_no_news() -> None:
    assert [name for name in intended(lead(), book()) if "alert" in name] == []
    assert of_meeting(intended(lead(replace(BOOKED, known_at=HANDED_AT)))) == {}


def test_the_next_meeting_stands_in_the_first_line_and_not_one_that_is_over() -> None:
    """HubSpot need not say that a meeting took place: who books the next one after it has begun shows it."""
    past = replace(meeting("77", hours=-3), known_at=NOW - timedelta(hours=4))
    later = meeting("77", hours=48)
    found = of_meeting(intended(lead(past, later, owner=BEN)))
    alert = next(item for name, item in found.items() if name.startswith("alert:"))
    assert ", Sat 5 Sep 14:00 CEST: " in str(alert.payload["title"])
