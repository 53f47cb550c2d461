"""What an org runs when we write: told kind by kind, and said where it may not be read."""

from __future__ import annotations

import pytest

from syncd.connectors.salesforce.org import OrgSetup
from syncd.connectors.salesforce.tokens import ClientCredentials
from syncd.ports import Finding, Level
from tests.salesforce.conftest import Desk


def found(desk: Desk) -> list[Finding]:
    grant = ClientCredentials(desk.org.tokens.client_id, desk.org.tokens.client_secret)
    setup = OrgSetup(grant, desk.url, "66.0")
    try:
        return list(setup.automations())
    finally:
        setup.close()


def test_flows_triggers_and_rules_on_what_we_write_are_named(desk: Desk) -> None:
    desk.org.add_flow("Welcome a lead", "Lead")
    desk.org.add_flow("Tidy names", "Contact", "RecordBeforeSave")
    desk.org.add_flow("Invoices", "Account")
    desk.org.add_flow("Every night", "Lead", "Scheduled")
    desk.org.add_trigger("LeadRouter", "Lead")
    desk.org.add_trigger("Old", "Lead", is_active=False)
    desk.org.add_trigger("Orders", "Order")
    desk.org.tell_validation_rule("Phone_needed", "Lead", "A lead needs a phone number")
    desk.org.tell_validation_rule("Deal_size", "Opportunity", "Too small")
    told = found(desk)
    assert [(item.level, item.title, item.detail) for item in told] == [
        (Level.WARNING, "Welcome a lead: a flow that our writes set off", "on Lead, after the save"),
        (Level.WARNING, "Tidy names: a flow that our writes set off", "on Contact, before the save"),
        (
            Level.WARNING, "LeadRouter: a trigger that our writes set off",
            "on Lead, before create, before update",
        ),
        (
            Level.WARNING, "Phone_needed: a validation rule that our writes set off",
            "on Lead, refuses with: A lead needs a phone number",
        ),
    ]  # fmt: skip
    assert desk.org.violations == []


def test_an_org_without_any_says_so(desk: Desk) -> None:
    assert {item.level for item in found(desk)} == {Level.OK}


@pytest.mark.parametrize(
    ("object_type", "named"),
    [
        ("FlowDefinitionView", "flows"),
        ("ApexTrigger", "triggers"),
        ("ValidationRule", "validation rules"),
    ],
)
def test_what_may_not_be_read_is_named_and_the_rest_is_told(desk: Desk, object_type: str, named: str) -> None:
    desk.org.hide(object_type)
    (unread,) = [item for item in found(desk) if item.level is not Level.OK]
    assert (unread.level, unread.code) == (Level.WARNING, "salesforce.automation_unread")
    assert unread.title == f"{named} that our writes set off: could not be read"
    assert "View Setup and Configuration" in unread.cure
