"""`syncd setup` in a portal: what is missing is made, what is there stays, and once is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests

from syncd.connectors.hubspot.portal import Portal as Setup
from syncd.connectors.sandbox.hubspot.definitions import Definition
from syncd.connectors.transport import TransportOptions
from syncd.connectors.transport_budget import Budgets
from syncd.ports import Act, FieldDefinition, SetupStep, SystemFailure
from tests.hubspot.conftest import Portal

STAGE = FieldDefinition(
    "contact", "acme_stage", "Stage", "text", "Where somebody stands.", 40, (("lead", "Lead"), ("sql", "SQL"))
)
WHY = FieldDefinition("contact", "acme_why", "Why", "text", "Why.", 255)
DUE = FieldDefinition("contact", "acme_due", "Due", "datetime", "When.")
WANTED = (STAGE, WHY, DUE)


@contextmanager
def setup(portal: Portal, version: str = "v3", guard: Callable[[], None] | None = None) -> Iterator[Setup]:
    how = TransportOptions(
        timeout_s=(2.0, 10.0), clock=portal, budgets=Budgets(is_enforced=False), guard=guard
    )
    how = replace(how, sleep=portal.time.sleep, monotonic=portal.time.monotonic)
    made = Setup(portal.sandbox.hubspot_token, portal.sandbox.hubspot_url, version, how)
    try:
        yield made
    finally:
        made.close()


def properties(portal: Portal) -> dict[str, Definition]:
    return portal.sandbox.hubspot.definitions["contacts"]


def by_people(portal: Portal, **body: object) -> None:
    """What somebody does in HubSpot's settings."""
    url = f"{portal.sandbox.hubspot_url}/crm/v3/properties/contacts"
    given: Mapping[str, object] = {"groupName": "contactinformation", "label": "Theirs", **body}
    headers = {"Authorization": f"Bearer {portal.sandbox.hubspot_token}"}
    assert requests.post(url, json=given, headers=headers, timeout=5).status_code == 201


def acts(steps: tuple[SetupStep, ...]) -> dict[str, Act]:
    return {step.name: step.act for step in steps}


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_what_is_missing_is_made_once(portal: Portal, version: str) -> None:
    """The group first, then every property; the second time there is nothing to do and nothing is sent."""
    with setup(portal, version) as made:
        assert set(acts(made.plan(WANTED)).values()) == {Act.MAKE}
        assert portal.sandbox.hubspot.writes == []
        assert [step.name for step in made.apply(WANTED)] == ["syncd", "acme_stage", "acme_why", "acme_due"]
        writes = len(portal.sandbox.hubspot.writes)
        assert writes == 4
        assert set(acts(made.apply(WANTED)).values()) == {Act.LEAVE}
        assert len(portal.sandbox.hubspot.writes) == writes


def test_a_property_is_made_as_the_mapping_needs_it(portal: Portal) -> None:
    with setup(portal) as made:
        made.apply(WANTED)
    found = properties(portal)
    stage, why, due = (found[item.name] for item in WANTED)
    assert (stage.type, stage.field_type, stage.options) == (
        "enumeration", "select", [("lead", "Lead"), ("sql", "SQL")],
    )  # fmt: skip
    assert (why.type, why.field_type) == ("string", "textarea")
    assert (due.type, due.field_type) == ("datetime", "date")
    assert {item.group for item in (stage, why, due)} == {"syncd"}
    assert why.description == "Why. Made by syncd."


def test_options_are_added_to_ours_and_those_there_stay_as_they_are(portal: Portal) -> None:
    """Sending a list replaces the whole list: what a person renamed or added is sent along."""
    with setup(portal) as made:
        made.apply(WANTED)
        properties(portal)["acme_stage"].options = [("lead", "Brand new"), ("theirs", "Theirs")]
        (step,) = [item for item in made.plan(WANTED) if item.act is not Act.LEAVE]
        assert (step.act, step.before, step.after) == (Act.ADD_OPTIONS, "dropdown of 2", "+ SQL")
        made.apply(WANTED)
        assert properties(portal)["acme_stage"].options == [
            ("lead", "Brand new"), ("theirs", "Theirs"), ("sql", "SQL"),
        ]  # fmt: skip
        assert set(acts(made.plan(WANTED)).values()) == {Act.LEAVE}


def test_what_a_person_made_is_not_touched(portal: Portal) -> None:
    """Text will do for a dropdown; a type that does not fit, and options of theirs, are theirs to change."""
    by_people(portal, name="acme_why", type="string", fieldType="text")
    by_people(portal, name="acme_due", type="number", fieldType="number")
    option = {"value": "lead", "label": "Lead"}
    by_people(portal, name="acme_stage", type="enumeration", fieldType="select", options=[option])
    mark = len(portal.sandbox.hubspot.writes)
    with setup(portal) as made:
        steps = {step.name: step for step in made.apply(WANTED)}
        assert made.made() == ()
    assert len(portal.sandbox.hubspot.writes) == mark
    assert steps["acme_why"].act is Act.LEAVE
    assert (steps["acme_due"].act, steps["acme_due"].before, steps["acme_due"].after) == (
        Act.PERSON, "number", "date and time",
    )  # fmt: skip
    assert "Map another property" in steps["acme_due"].cure
    assert (steps["acme_stage"].act, steps["acme_stage"].after) == (Act.PERSON, "+ SQL")
    assert "add these options" in steps["acme_stage"].cure


def test_a_property_of_ours_that_a_person_took_over_is_theirs(portal: Portal) -> None:
    """The end of the description is the mark."""
    with setup(portal) as made:
        made.apply(WANTED)
        assert [name for name, _label in made.made()] == ["acme_due", "acme_stage", "acme_why"]
        properties(portal)["acme_stage"].description = "Ours now (marketing)"
        properties(portal)["acme_stage"].options.pop()
        assert [name for name, _label in made.made()] == ["acme_due", "acme_why"]
        assert acts(made.plan(WANTED))["acme_stage"] is Act.PERSON


def test_an_archived_property_comes_back_with_what_it_lacks(portal: Portal) -> None:
    with setup(portal) as made:
        made.apply(WANTED)
        properties(portal)["acme_stage"].archived = True
        properties(portal)["acme_stage"].options.pop()
        (step,) = [item for item in made.plan(WANTED) if item.act is not Act.LEAVE]
        assert (step.act, step.before) == (Act.RESTORE, "archived dropdown of 1")
        made.apply(WANTED)
        assert [value for value, _label in properties(portal)["acme_stage"].options] == ["lead", "sql"]
        assert set(acts(made.plan(WANTED)).values()) == {Act.LEAVE}


def test_an_archived_property_of_another_type_is_not_brought_back(portal: Portal) -> None:
    """It would come back as it was, and refuse every write."""
    by_people(portal, name="acme_due", type="number", fieldType="number")
    properties(portal)["acme_due"].archived = True
    with setup(portal) as made:
        (step,) = [item for item in made.apply(WANTED) if item.name == "acme_due"]
    assert step.act is Act.PERSON
    assert "for good" in step.cure
    assert properties(portal)["acme_due"].archived


def test_the_scope_that_is_missing_is_named_and_nothing_is_made(portal: Portal) -> None:
    portal.sandbox.hubspot.scopes -= {"crm.schemas.contacts.write"}
    with setup(portal) as made:
        assert acts(made.plan(WANTED))["acme_why"] is Act.MAKE
        with pytest.raises(SystemFailure) as refused:
            made.apply(WANTED)
    assert "crm.schemas.contacts.write" in refused.value.failure.cure
    assert portal.sandbox.hubspot.writes == []


def test_somebody_who_is_faster_does_not_stop_us(portal: Portal) -> None:
    """A name that is there by now is a conflict (409): it stays as it is, and the rest is made."""
    calls = iter(range(100))

    def meanwhile() -> None:
        if next(calls) == 4:  # after what is read, and the group
            by_people(portal, name="acme_stage", type="string", fieldType="text")

    with setup(portal, guard=meanwhile) as made:
        made.apply(WANTED)
        assert properties(portal)["acme_stage"].label == "Theirs"
        assert set(acts(made.plan(WANTED)).values()) == {Act.LEAVE}
