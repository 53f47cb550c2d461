"""Which workflows our writes set off: told for those that are on, and said where they may not be read."""

from __future__ import annotations

from syncd.ports import FieldNeed, Finding, Level, Needs
from tests.hubspot.conftest import Portal
from tests.hubspot.test_provisioning import setup

LIST = "syncd nurture - not now"
NEEDS = Needs(
    fields=(
        FieldNeed("contact", "syncd_stage", is_written=True),
        FieldNeed("contact", "jobtitle", is_written=False),
    ),
    lists=(LIST, "nowhere"),
    lifecycle_stages=("lead",),
)


def on_property(name: str) -> dict[str, object]:
    filters = [{"property": name, "operation": {"operator": "IS_KNOWN"}, "filterType": "PROPERTY"}]
    branch = {"filterBranchType": "OR", "filterBranches": [{"filterBranches": [], "filters": filters}]}
    return {"type": "LIST_BASED", "shouldReEnroll": True, "listFilterBranch": branch}


def on_change(name: str) -> dict[str, object]:
    operation = {"operator": "IS_EQUAL_TO", "value": name, "operationType": "STRING"}
    filters = [{"property": "hs_name", "operation": operation, "filterType": "PROPERTY"}]
    branches = [{"eventTypeId": "4-655002", "filters": filters, "filterBranches": []}]
    return {"type": "EVENT_BASED", "eventFilterBranches": branches}


def on_list(list_id: str) -> dict[str, object]:
    filters = [{"listId": list_id, "operator": "IN_LIST", "filterType": "IN_LIST"}]
    return {"type": "LIST_BASED", "listFilterBranch": {"filterBranches": [], "filters": filters}}


def add(portal: Portal, name: str, criteria: dict[str, object], **more: object) -> None:
    at = "2026-08-01T06:00:00.000Z"
    flows = portal.sandbox.hubspot.flows
    flows.append(
        {"id": str(900 + len(flows)), "isEnabled": True, "flowType": "WORKFLOW", "objectTypeId": "0-1",
         "revisionId": "1", "createdAt": at, "updatedAt": at, "name": name, "actions": [],
         "enrollmentCriteria": criteria, **more}
    )  # fmt: skip


def found(portal: Portal) -> list[Finding]:
    with setup(portal) as made:
        listed = list(made.automations(NEEDS))
    assert portal.sandbox.hubspot.writes == []
    return listed


def test_workflows_that_start_on_what_we_write_are_named(portal: Portal) -> None:
    """A property, a property's change, the stage, a list: however deep it stands in the conditions."""
    add(portal, "Welcome", on_property("syncd_stage"))
    add(portal, "Score", on_change("lifecyclestage"))
    add(portal, "Nurture", on_list(portal.sandbox.hubspot.lists.named(LIST).id))
    assert [(item.level, item.subject, item.detail) for item in found(portal)] == [
        (Level.WARNING, "Welcome", "starts on syncd_stage"),
        (Level.WARNING, "Score", "starts on lifecyclestage"),
        (Level.WARNING, "Nurture", f"starts on the list '{LIST}'"),
    ]


def test_others_are_not(portal: Portal) -> None:
    """What is off, about companies, on what we only read, or on another list."""
    add(portal, "Off", on_property("syncd_stage"), isEnabled=False)
    add(portal, "Companies", on_property("syncd_stage"), objectTypeId="0-2")
    add(portal, "Title", on_property("jobtitle"))
    add(portal, "List", on_list("1"))
    (finding,) = found(portal)
    assert (finding.level, finding.title) == (Level.OK, "None of 2 workflows starts on what we write")


def test_more_than_a_page_of_them_are_read(portal: Portal) -> None:
    for number in range(230):
        add(portal, f"Flow {number}", on_property("syncd_stage" if number == 229 else "city"))
    assert [item.subject for item in found(portal)] == ["Flow 229"]


def test_a_missing_scope_is_said_and_is_no_problem(portal: Portal) -> None:
    portal.sandbox.hubspot.scopes -= {"automation"}
    (finding,) = found(portal)
    assert (finding.level, finding.code) == (Level.WARNING, "hubspot.workflows_unread")
    assert "scope automation" in finding.cure
