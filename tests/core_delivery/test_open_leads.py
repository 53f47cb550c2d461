"""What is kept current on an open record, which news its owner hears, and what history is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.core import effects, kept
from syncd.core.model import Intent, Position, Ref, SalesRecord, Signal, Snapshot, Stage, System
from syncd.core.open_rules import ActivityHistory, News
from syncd.core.playbook import FieldMap, Ownership, Playbook, SignalKind, SourceMatch
from tests.core_delivery.builders import (
    NOW,
    PLAYBOOK,
    demo,
    signal,
    snapshot,
    verdict,
    with_sales,
)

HANDED_AT = NOW - timedelta(days=20)
IN_HAND, HISTORY = with_sales(HANDED_AT)
TELLING = replace(
    PLAYBOOK,
    alerts=replace(PLAYBOOK.alerts, news=News(7, ("sales",), ("sales", "log"))),
    mapping=replace(PLAYBOOK.mapping, history=ActivityHistory(is_on=True, max_per_pass=3)),
)


FIRST = replace(demo(HANDED_AT - timedelta(minutes=1)), known_at=HANDED_AT)


def lead(*signals: Signal, **parts: Any) -> Snapshot:
    """Handed over twenty days ago; looked at last a day ago."""
    return snapshot(
        signals=tuple(sorted((FIRST, *signals), key=lambda item: item.occurred_at)),
        history=HISTORY, standing=IN_HAND, evaluated_at=NOW - timedelta(days=1), **parts,
    )  # fmt: skip


def intended(of: Snapshot, playbook: Playbook = TELLING, **parts: Any) -> dict[str, Intent]:
    found = effects.intents(of, verdict(), (), replace(IN_HAND, **parts), playbook, NOW)
    return {item.target: item for item in found}


def news(of: Snapshot, **parts: Any) -> dict[str, object]:
    """Titles of news by target."""
    found = intended(of, **parts)
    return {name: item.payload["title"] for name, item in found.items() if ":news_" in name}


# --- kept current ----------------------------------------------------------------------------------------


def test_the_story_of_an_open_record_is_kept_current_and_the_score_is_not() -> None:
    """Ours only, and nothing that fades."""
    payload = intended(lead())["record:42:900:told"].payload
    fields = payload["fields"]
    assert isinstance(fields, dict)
    assert set(fields) == {"Syncd_Brief__c", "Syncd_Reason__c"}
    assert payload["every_s"] == 3600
    assert payload["open_since"] == HANDED_AT.date().isoformat()


def test_fields_people_may_take_over_are_not_kept() -> None:
    maps = (FieldMap("Description", "syncd.brief", Ownership.UNTIL_TOUCHED), FieldMap("A__c", "syncd.line"))
    assert [item.target for item in kept.told(maps)] == ["A__c"]


@pytest.mark.parametrize(
    ("record", "standing"),
    [
        ({"Status": "Unqualified"}, {}),
        ({"Status": "New", "IsConverted": "true", "ConvertedDate": NOW.date().isoformat()}, {}),
        ({"Status": "New", "IsConverted": "true"}, {}),
        ({"Status": "New"}, {"position": Position(Stage.OPPORTUNITY)}),
        ({"Status": "New"}, {"position": Position(Stage.RECYCLED), "reason": "no_budget"}),
        ({"Status": "New"}, {"position": Position(Stage.SQL)}),
    ],
)
def test_a_record_that_is_over_is_not_kept(record: dict[str, str], standing: dict[str, Any]) -> None:
    refusing = replace(TELLING, feedback=replace(TELLING.feedback, statuses={"Unqualified": "rejected"}))
    known = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), record)
    assert "record:42:900:told" not in intended(lead(sales_records=(known,)), refusing, **standing)


def test_a_lead_converted_before_the_hand_off_is_the_past_of_its_contact() -> None:
    """Who was converted last year and is handed over as a Contact now is open."""
    fields = {"IsConverted": "true", "ConvertedDate": "2025-01-05"}
    records = (
        SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), fields),
        SalesRecord(Ref(System.SALESFORCE, "contact", "0031"), {}),
    )
    assert "record:42:900:told" in intended(lead(sales_records=records))
    payload = {"open_since": HANDED_AT.date().isoformat(), "closed": ["Unqualified"]}
    assert kept.why_over(payload, [("lead", fields), ("contact", {})]) == ""
    assert kept.why_over(payload, [("lead", {"Status": "unqualified"})]) != ""
    assert kept.why_over({}, [("lead", {"Status": "unqualified"})]) == ""


def test_the_same_facts_give_the_same_payload_on_another_day() -> None:
    """Else the outbox would write to every open record for ever."""
    first = intended(lead())["record:42:900:told"].payload
    later = effects.intents(
        lead(), replace(verdict(), at=NOW + timedelta(days=9)), (), IN_HAND, TELLING, NOW + timedelta(days=9)
    )
    assert next(item for item in later if item.target == "record:42:900:told").payload == first


# --- news ------------------------------------------------------------------------------------------------


def test_a_quiet_lead_that_does_something_decisive_is_news_to_its_owner() -> None:
    found = news(lead(demo(NOW - timedelta(hours=2))))
    assert found == {
        "alert:7:1:news_decisive:sales": "Your open lead is back after 19 days: Requested a demo"
    }


@pytest.mark.parametrize(
    "between",
    [
        demo(NOW - timedelta(days=3)),  # decisive, and told then
        replace(signal("hubspot.call", NOW - timedelta(days=6)), shape=signal("hubspot.call", NOW).shape),
    ],
    ids=["decisive before", "a call that counts nothing"],
)
def test_only_what_was_heard_breaks_the_quiet(between: Signal) -> None:
    found = news(lead(between, demo(NOW - timedelta(hours=2))))
    assert bool(found) == (between.shape.source == "hubspot.call")


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        (NOW - timedelta(days=2), Stage.HANDED_OFF),  # known at the last look
        (NOW - timedelta(hours=2), Stage.OPPORTUNITY),
        (NOW - timedelta(hours=2), Stage.RECYCLED),
        (NOW + timedelta(hours=2), Stage.HANDED_OFF),  # has not happened yet
    ],
)
def test_old_news_and_leads_no_longer_in_hand_are_told_to_nobody(at: Any, stage: Stage) -> None:
    assert news(lead(demo(at)), position=Position(stage), reason="no_budget") == {}


def test_a_fresh_hand_off_is_not_quiet() -> None:
    fresh = replace(IN_HAND, handed_off_at=NOW - timedelta(days=2))
    of = lead(demo(NOW - timedelta(hours=2)))
    found = effects.intents(of, verdict(), (), fresh, TELLING, NOW)
    assert not [item for item in found if ":news_" in item.target]


def test_a_colleague_who_joins_is_news_by_role_in_every_channel() -> None:
    joined = signal(
        "account.person_joined", NOW - timedelta(hours=3), person="9", seniority="vp", function="finance"
    )
    found = news(lead(account_signals=(joined,)))
    assert set(found) == {"alert:7:1:news_colleague:sales", "alert:7:1:news_colleague:log"}
    assert set(found.values()) == {"A colleague joined your open lead at Acme: VP, finance"}


def test_without_channels_there_is_no_news() -> None:
    assert not [name for name in intended(lead(demo(NOW - timedelta(hours=2))), PLAYBOOK) if ":news_" in name]


# --- history ---------------------------------------------------------------------------------------------


def did(of: Snapshot, playbook: Playbook = TELLING) -> list[Intent]:
    return [item for item in intended(of, playbook).values() if ":0:did-" in item.target]


def test_history_is_one_completed_task_per_act_capped_newest_first() -> None:
    pages = tuple(
        signal("hubspot.page_view", HANDED_AT - timedelta(days=day), title=f"Page {day}")
        for day in range(1, 9)
    )
    found = did(lead(*pages))
    assert [item.payload["fields"]["Subject"] for item in found] == [  # type: ignore[index]
        "Requested a demo: Request a demo", "Pricing page: Page 1", "Pricing page: Page 2",
    ]  # fmt: skip
    first = found[0].payload["fields"]
    assert isinstance(first, dict)
    assert (first["Status"], first["ActivityDate"]) == ("Completed", "2026-08-14")
    assert first["Description"] == "“We need this by October.”"
    assert {item.after for item in found} == {"lead:42:900"}
    assert found == did(lead(*pages))


def test_what_comes_later_is_added_until_the_cap_and_takes_nothing_back() -> None:
    later = signal("hubspot.page_view", NOW - timedelta(hours=1), title="Later")
    before, after = did(lead()), did(lead(later))
    assert {item.target for item in before} < {item.target for item in after}
    pages = tuple(signal("hubspot.page_view", HANDED_AT - timedelta(days=day)) for day in range(1, 9))
    assert {item.target for item in did(lead(*pages))} == {item.target for item in did(lead(*pages, later))}


def test_history_is_off_unless_asked_for_and_follows_the_kinds_named() -> None:
    view = signal("hubspot.page_view", HANDED_AT - timedelta(days=1))
    assert did(lead(view), PLAYBOOK) == []
    named = replace(TELLING.mapping, history=ActivityHistory(is_on=True, kinds=("pricing_page",)))
    found = did(lead(view), replace(TELLING, mapping=named))
    assert [item.payload["fields"]["Subject"] for item in found] == ["Pricing page"]  # type: ignore[index]


MEETING = signal(
    "hubspot.meeting", HANDED_AT - timedelta(days=2), title="Discovery", quote="They decide in March",
    outcome="completed",
)  # fmt: skip
HELD = SignalKind("meeting_held", "Met us", (SourceMatch("hubspot.meeting"),), phase="sales", intent="strong")


@pytest.mark.parametrize("tasks", [True, False], ids=["with the tasks", "alone"])
def test_meetings_that_took_place_are_events_of_the_calendar_where_asked_for(tasks: bool) -> None:
    """One each, keyed like a task; what did not take place is no event, nor is anything else."""
    off = replace(MEETING, key=77, shape=replace(MEETING.shape, attributes={"outcome": "no_show"}))
    rules = ActivityHistory(is_on=tasks, has_events=True, event_minutes=45)
    playbook = replace(
        TELLING, signals=(HELD, *TELLING.signals), mapping=replace(TELLING.mapping, history=rules)
    )
    found = did(lead(MEETING, off), playbook)
    events = [item for item in found if item.payload.get("object") == "event"]
    assert [item.payload["fields"] for item in events] == [
        {
            "Subject": "Met us: Discovery",
            "Description": "“They decide in March”",
            "StartDateTime": "2026-08-12T12:00:00Z",
            "EndDateTime": "2026-08-12T12:45:00Z",
            "Syncd_Key__c": f"42:900:0:did-{MEETING.key:016x}",
        }
    ]
    assert len(found) == (3 if tasks else 1), "the demo and the missed meeting are tasks"


def test_hostile_titles_are_one_inert_line_of_a_subject() -> None:
    view = signal(
        "hubspot.page_view", HANDED_AT - timedelta(days=1), title="=HYPERLINK(1)<b>x</b>\n" + "y" * 400
    )
    subject = did(lead(view))[-1].payload["fields"]["Subject"]  # type: ignore[index]
    assert len(subject) <= 255
    assert "\n" not in subject
    assert "<b>" not in subject
