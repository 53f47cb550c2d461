"""What apply writes is what the plan showed, field by field; or nothing, where anything has moved.

Small random worlds: people who ask for something, records of theirs that reps made, edits on both sides. What
is compared is the plan as it was saved and the journals of both emulators.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from syncd.core.ownership import is_blank, same
from syncd.jobs.foreseen import Act, Change, Foreseen
from tests.loop.harness import Loop, loop
from tests.loop.test_plan import apply, make, pause, steps_of

NAMES = ("Ines", "Tom", "Ada", "Zoë", "O'Neil", "李", "Ana\\Maria", "=SUM(1)", "<b>Kim</b>", '100%_"x"')
TITLES = ("VP Operations", "Chief Operating Officer", "Head of IT", "", "Engineer")
DERIVED = frozenset({"Name", "LastActivityDate"})
"""Fields the org works out from others."""

Lines = Mapping[tuple[str, str, str], object]  # system, record, field -> value


def people(it: Loop, chance: random.Random) -> list[tuple[str, str]]:
    """Contacts of one or two companies, most of whom ask for a demo; some are known to sales."""
    made = []
    for number in range(chance.randint(1, 4)):
        domain = f"quayside{chance.randint(1, 2)}-works.com"
        company = it.sandbox.hubspot.create(
            "companies", {"name": "Quayside", "domain": domain, "numberofemployees": "400"}
        )
        email = f"person{number}@{domain}"
        contact = it.sandbox.hubspot.create(
            "contacts",
            {
                "email": email,
                "firstname": chance.choice(NAMES),
                "lastname": chance.choice(NAMES),
                "jobtitle": chance.choice(TITLES),
            },
        )
        it.sandbox.hubspot.associate("contacts", contact, "companies", company)
        for _known in range(chance.choice((0, 0, 0, 1, 1, 2))):
            fields = {"LastName": chance.choice(NAMES), "Company": "Known", "Email": email}
            it.sandbox.salesforce.insert("Lead", fields)
        if chance.random() < 0.8:
            page = "https://www.fernhill.io/demo"
            it.sandbox.hubspot.submit_form(
                "Request a demo", email, {"email": email}, page, contact_id=contact
            )
        made.append((email, contact))
    return made


def edit(it: Loop, chance: random.Random, made: list[tuple[str, str]]) -> None:
    """One change at a source, of any kind; some of them matter to the plan and some do not."""
    email, contact = chance.choice(made)
    leads = it.sandbox.salesforce.find("Lead", Email=email)
    match chance.randint(0, 4):
        case 0:
            stage = chance.choice(("lead", "marketingqualifiedlead", "customer"))
            it.sandbox.hubspot.update("contacts", contact, {"lifecyclestage": stage})
        case 1:
            it.sandbox.hubspot.update("contacts", contact, {"jobtitle": chance.choice(TITLES)})
        case 2:
            it.sandbox.salesforce.insert("Lead", {"LastName": "Late", "Company": "Late", "Email": email})
        case 3 if leads:
            record = str(chance.choice(leads)["Id"])
            it.sandbox.salesforce.update("Lead", record, {"Title": chance.choice(TITLES) or None})
        case _ if leads:
            record = str(chance.choice(leads)["Id"])
            it.sandbox.salesforce.update("Lead", record, {"Syncd_Reason__c": "somebody's words"})


# --- what was to be written, and what was ----------------------------------------------------------------


def planned(steps: Iterable[Foreseen]) -> Lines:
    """Every field that was to be written. A record that is to be made goes by its key."""
    return {
        (step.system, step.object_id or step.key, change.name): _worded(step, change)
        for step in steps
        if step.is_leaving
        for change in step.changes
        if not (step.act is Act.CREATE and is_blank(change.after))
    }


def _worded(step: Foreseen, change: Change) -> object:
    """A new task's description ends with our marker, as the plan notes."""
    if step.kind == "task" and step.act is Act.CREATE and change.name == "Description":
        assert any(f"[syncd {step.key}]" in note for note in step.notes)
        return f"{change.after}\n\n[syncd {step.key}]"
    return change.after


def written(it: Loop, before: tuple[int, int], own: Mapping[str, frozenset[str]], meant: Lines) -> Lines:
    """Every field that was written, by the emulators' journals, without what the org fills in by itself where
    nothing else is meant."""
    found: dict[tuple[str, str, str], object] = {}
    for write in it.sandbox.salesforce.writes[before[0] :]:
        is_new = write.verb == "create"
        record = str(write.fields.get("Syncd_Key__c", "")) if is_new else write.record_id
        for name, value in write.fields.items():
            is_own = is_new and (name in own[write.object] or is_blank(value))
            if name in DERIVED or (is_own and ("salesforce", record, name) not in meant):
                continue
            found["salesforce", record, name] = value
    for change in it.sandbox.hubspot.writes[before[1] :]:
        for name, value in change.after.items():
            if not (name == "lifecyclestage" and is_blank(value)):  # cleared on the way to an earlier one
                found["hubspot", change.id, name] = value
    return found


def org_fills(it: Loop) -> Mapping[str, frozenset[str]]:
    """Fields that are there on the barest record, and what the connector puts on a task."""
    lead = it.sandbox.salesforce.insert("Lead", {"LastName": "Bare", "Company": "Bare"})
    task = it.sandbox.salesforce.insert("Task", {"WhoId": lead, "Subject": "Bare"})
    found = {}
    for name, record_id, given in (
        ("Lead", lead, {"LastName", "Company"}),
        ("Task", task, {"Subject", "Status", "Priority"}),
    ):
        (row,) = it.sandbox.salesforce.find(name, Id=record_id)
        found[name] = frozenset(field for field, value in row.fields.items() if value is not None) - given
    it.sandbox.salesforce.delete("Task", task)
    it.sandbox.salesforce.delete("Lead", lead)
    return found


def differences(left: Lines, right: Lines) -> list[str]:
    """Where one has what the other has not, or has otherwise."""
    return sorted(
        f"{key}: {left.get(key)!r} against {right.get(key)!r}"
        for key in left.keys() | right.keys()
        if key not in left or key not in right or not _equal(left[key], right[key])
    )


def _equal(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        one, other = one.replace("\r\n", "\n"), other.replace("\r\n", "\n")
    return same(one, other)


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(s, marks=pytest.mark.battery) for s in range(2, 40))]
)
def test_what_is_applied_is_what_was_shown_or_nothing(tmp_path: Path, seed: int) -> None:
    """B-172: over three rounds of the same world, each with an edit between look and write or without."""
    chance = random.Random(seed)
    url = f"sqlite:///{tmp_path}/syncd.db"
    with loop(tmp_path, url, one_owner=chance.random() < 0.5) as it:
        it.advance(minutes=30)
        pause(it)
        own = org_fills(it)
        made = people(it, chance)
        it.sync(minutes=30)
        for _round in range(3):
            plan = make(it)
            steps = steps_of(it, plan.plan_id)
            if chance.random() < 0.5:
                edit(it, chance, made)
            before = len(it.sandbox.salesforce.writes), len(it.sandbox.hubspot.writes)
            result, message = apply(it, plan.plan_id)
            meant = {} if result == "refused" else planned(steps)
            assert differences(meant, written(it, before, own, meant)) == [], message
            it.sync(minutes=20)
        assert it.sandbox.salesforce.violations == []
        assert it.sandbox.hubspot.violations == []
