"""What sales marks in the descriptions of tasks and events."""

from __future__ import annotations

from syncd.connectors.marker import mark
from syncd.connectors.marks import Marks
from syncd.connectors.salesforce import Salesforce, SalesforceOptions, feeds
from syncd.ports import Activity
from tests.salesforce.conftest import KEY, Desk

BANT = Marks({"budget": "Budget", "timeline": "Timeline"})


def marking(desk: Desk) -> Salesforce:
    return desk.connector(SalesforceOptions(marks=BANT))


def facts(desk: Desk, sf: Salesforce) -> dict[str, Activity]:
    return {item.ref.object: item for item in desk.records(sf, "changes") if isinstance(item, Activity)}


def test_a_line_in_a_description_is_part_of_the_fact(desk: Desk) -> None:
    """A call log is a completed Task; a meeting an Event. The description itself is let go."""
    lead = desk.lead()
    text = "Went well.\nBudget: freigegeben, 120.000 EUR\nZeitplan: in 6 Wochen"
    desk.org.insert("Task", {"WhoId": lead, "Subject": "Call", "Status": "Completed", "Description": text})
    held = {"Subject": "Demo", "DurationInMinutes": 30, "ActivityDateTime": "2026-09-01T10:00:00Z"}
    desk.org.insert("Event", {"WhoId": lead, "Description": "#timeline tbd #budget frozen", **held})
    found = facts(desk, marking(desk))

    assert {
        "mark.budget": "yes",
        "mark.budget_amount": "50k_250k",
        "mark.timeline": "yes",
    }.items() <= found["task"].attributes.items()
    marks = {name: value for name, value in found["event"].attributes.items() if name.startswith("mark.")}
    assert marks == {"mark.budget": "no"}
    assert "freigegeben" not in repr(found)


def test_our_own_task_marks_nothing(desk: Desk) -> None:
    """By its key, and by the marker where somebody has copied its text."""
    lead = desk.lead()
    ours = {"WhoId": lead, "Subject": "Follow up", KEY: "7:1:1:task", "Description": "Budget: approved"}
    desk.org.insert("Task", ours)
    copied = {"WhoId": lead, "Subject": "Fw", "Description": f"Budget: approved {mark('7:1:1:task')}"}
    desk.org.insert("Task", copied)
    tasks = [item for item in desk.records(marking(desk), "changes") if isinstance(item, Activity)]

    assert [(item.is_ours, "mark.budget" in item.attributes) for item in tasks] == [(True, False)] * 2


def test_marks_are_not_read_where_nothing_asks_for_them(desk: Desk, sf: Salesforce) -> None:
    """No letter to mark, nothing kept; the text is still looked at, or a copy of our own task would count."""
    desk.org.insert("Task", {"WhoId": desk.lead(), "Subject": "Call", "Description": "Budget: approved"})
    (task,) = [item for item in desk.records(sf, "changes") if isinstance(item, Activity)]

    assert "mark.budget" not in task.attributes
    for feed in (feeds.tasks, feeds.events):
        assert "Description" in feed(SalesforceOptions()).wanted
    desk.org.insert(
        "Task", {"WhoId": desk.lead(), "Subject": "Fw", "Description": f"Hi {mark('7:1:1:task')}"}
    )
    *_others, copied = [item for item in desk.records(sf, "changes") if isinstance(item, Activity)]
    assert copied.is_ours
