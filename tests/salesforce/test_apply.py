"""Delivering to an emulated org: one object there for each effect, and a reason for each that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.connectors.salesforce import Salesforce
from syncd.connectors.sandbox.salesforce.setup import DuplicateAction
from syncd.ports import Outcome, Recovery, Result, Write
from tests.salesforce.conftest import KEY, Desk, code, handoff, look, ref, task


def one(sf: Salesforce, write: Write) -> Outcome:
    return sf.apply([write])[0]


# --- hand-offs -------------------------------------------------------------------------------------------


def test_a_new_person_becomes_a_lead_under_our_key(desk: Desk, sf: Salesforce) -> None:
    outcome = one(sf, handoff(1, "7:1", Title="CTO"))
    assert (outcome.result, outcome.is_created) == (Result.DONE, True)
    lead = desk.org.find("Lead", **{KEY: "7:1"})
    assert [ref("lead", item.id) for item in lead] == [outcome.ref]
    assert lead[0]["Title"] == "CTO"


def test_the_same_hand_off_again_changes_the_same_lead(desk: Desk, sf: Salesforce) -> None:
    """An upsert on a unique key: a repeat after a lost answer makes no second Lead."""
    first = one(sf, handoff(1, "7:1"))
    second = one(sf, handoff(1, "7:1", Title="CTO"))
    assert (second.ref, second.is_created) == (first.ref, False)
    assert len(desk.org.all("Lead")) == 1


def test_two_hundred_hand_offs_are_one_call_and_come_back_by_position(desk: Desk, sf: Salesforce) -> None:
    before = len(desk.org.calls)
    outcomes = sf.apply([handoff(n, f"7:{n}") for n in range(200)])
    assert [item for item in desk.calls(before) if "composite" in item] == [
        f"PATCH composite/sobjects/Lead/{KEY}"
    ]
    assert [outcome.effect_id for outcome in outcomes] == list(range(200))
    assert {outcome.ref.id: n for n, outcome in enumerate(outcomes) if outcome.ref} == {
        item.id: int(str(item[KEY]).partition(":")[2]) for item in desk.org.all("Lead")
    }


def test_an_existing_lead_and_a_contact_are_changed_by_id_in_one_call(desk: Desk, sf: Salesforce) -> None:
    lead, contact = desk.lead(), desk.contact()
    before = len(desk.org.calls)
    outcomes = sf.apply(
        [
            handoff(1, "7:1", ref("lead", lead), **{KEY: "7:1"}),
            handoff(2, "7:2", ref("contact", contact), Syncd_Grade__c="A"),
        ]
    )
    assert [call for call in desk.calls(before) if "composite" in call] == ["PATCH composite/sobjects"]
    assert [(item.result, item.is_created) for item in outcomes] == [(Result.DONE, False)] * 2
    assert desk.org.record("Lead", lead)[KEY] == "7:1"
    assert desk.org.record("Contact", contact)["Syncd_Grade__c"] == "A"


def test_assignment_rules_stay_off_unless_the_playbook_asks_for_them(desk: Desk, sf: Salesforce) -> None:
    """Our owner stays on creates and updates; only a create by the org's rules turns them on."""
    queue, rep = desk.org.add_queue("Inbound"), desk.org.add_user("Rita", "Rep")
    desk.org.set_assignment_rule("All", queue)
    ours = Write(
        1,
        "handoff",
        "lead",
        "7:1",
        None,
        {"LastName": "A", "Company": "B"},
        {"owner": {"mode": "owner", "id": rep}},
    )
    ruled = Write(
        2, "handoff", "lead", "7:2", None, {"LastName": "A", "Company": "B"}, {"owner": {"mode": "org_rules"}}
    )
    first, second = sf.apply([ours, ruled])
    assert first.ref is not None
    assert second.ref is not None
    assert desk.org.record("Lead", first.ref.id)["OwnerId"] == rep
    assert desk.org.record("Lead", second.ref.id)["OwnerId"] == queue
    assert second.note == f"owner chosen by the org's assignment rules: {queue}"
    one(sf, Write(2, "handoff", "lead", "7:2", second.ref, {"Title": "CTO", "OwnerId": rep}, ruled.payload))
    assert desk.org.record("Lead", second.ref.id)["OwnerId"] == rep


# --- what goes wrong with one record ---------------------------------------------------------------------


def test_a_record_that_is_refused_stops_no_other(desk: Desk, sf: Salesforce) -> None:
    """Fields by name, a cure, and not a word of what the record says. A value that the org as described would
    have taken is fitted anew once."""
    writes = [
        handoff(1, "7:1"),
        handoff(2, "7:2", Title="secret " * 40),
        handoff(3, "7:3", Email="no address"),
        handoff(4, "7:4", LastName=None),
        handoff(5, "7:5", Disqualification_Reason__c="No such reason"),
        handoff(6, "7:6"),
    ]
    first, outcomes = sf.apply(writes), sf.apply(writes)
    assert first[1].failure is not None
    assert first[1].failure.recovery is Recovery.TRANSIENT
    assert [code(item) for item in outcomes] == [
        "",
        "salesforce.too_long",
        "salesforce.bad_email",
        "salesforce.required_field",
        "salesforce.picklist_value",
        "",
    ]
    too_long = outcomes[1].failure
    assert too_long is not None
    assert (too_long.recovery, too_long.fields) == (Recovery.REJECTED, ("Title",))
    assert "at most 128 characters" in too_long.message
    assert "secret" not in repr(outcomes)


def test_a_field_that_is_not_there_stops_its_own_record_only(desk: Desk, sf: Salesforce) -> None:
    """It makes the whole answer an error; the record is found by halving. The describe is read again."""
    writes = [handoff(n, f"7:{n}") for n in range(12)]
    writes[5] = handoff(5, "7:5", Nope__c="x")
    outcomes = sf.apply(writes)
    assert [code(item) for item in outcomes] == [""] * 5 + ["salesforce.field_missing"] + [""] * 6
    failure = outcomes[5].failure
    assert failure is not None
    assert (failure.recovery, failure.fields) == (Recovery.CONFIGURATION, ("Nope__c",))


def test_a_duplicate_rule_names_the_records_it_found(desk: Desk, sf: Salesforce) -> None:
    """Ids only, so that a person or the next look can choose one."""
    there = desk.contact(Email="dana@acme.example")
    desk.org.add_duplicate_rule("Standard", "Lead", DuplicateAction.BLOCK)
    outcome = one(sf, handoff(1, "7:1", Email="dana@acme.example"))
    assert code(outcome) == "salesforce.duplicates_detected"
    assert outcome.failure is not None
    assert outcome.failure.subject == ref("contact", there)
    assert there in outcome.failure.message
    assert "dana" not in repr(outcome)


def test_a_key_another_record_carries_is_named_with_that_record(desk: Desk, sf: Salesforce) -> None:
    holder, other = desk.lead("Holder", **{KEY: "7:1"}), desk.lead("Other")
    outcome = one(sf, handoff(1, "7:1", ref("lead", other), **{KEY: "7:1"}))
    assert code(outcome) == "salesforce.duplicate_value"
    assert outcome.failure is not None
    assert holder in outcome.failure.message


def test_a_key_that_is_not_unique_and_hits_two_records_writes_on_neither(desk: Desk, sf: Salesforce) -> None:
    """The field was made without Unique: nothing is guessed, both records are named."""
    desk.org.change_field("Lead", KEY, is_unique=False)
    twins = [desk.lead("One", **{KEY: "7:1"}), desk.lead("Two", **{KEY: "7:1"})]
    outcome = one(sf, handoff(1, "7:1", Title="CTO"))
    assert code(outcome) == "salesforce.duplicate_key"
    assert [desk.org.record("Lead", twin)["Title"] for twin in twins] == [None, None]


def test_a_locked_row_waits_for_the_outbox(desk: Desk, sf: Salesforce) -> None:
    """Transient: it never counts against the record, and the next try goes through."""
    lead = desk.lead()
    desk.org.lock_row(lead)
    write = handoff(1, "7:1", ref("lead", lead), Title="CTO")
    first, second = one(sf, write), one(sf, write)
    assert (code(first), first.result) == ("salesforce.row_locked", Result.FAILED)
    assert first.failure is not None
    assert first.failure.recovery is Recovery.TRANSIENT
    assert second.result is Result.DONE


def test_a_lead_converted_since_the_look_is_transient_and_the_next_look_finds_the_contact(
    desk: Desk, sf: Salesforce
) -> None:
    lead = desk.lead(**{KEY: "7:1"})
    _, contact, _ = desk.org.convert(lead, opportunity=False)
    outcome = one(sf, handoff(1, "7:1", ref("lead", lead), Title="CTO"))
    assert code(outcome) == "salesforce.moved"
    assert outcome.failure is not None
    assert outcome.failure.recovery is Recovery.TRANSIENT
    assert ref("contact", contact) in {item.ref for item in sf.read([look(1, "7:1")])[0].candidates}


def test_a_record_deleted_since_the_look_is_transient(desk: Desk, sf: Salesforce) -> None:
    lead = desk.lead()
    desk.org.delete("Lead", lead)
    outcome = one(sf, handoff(1, "7:1", ref("lead", lead), Title="CTO"))
    assert (code(outcome), outcome.result) == ("salesforce.gone", Result.FAILED)


def test_an_inactive_owner_parks_the_record_with_its_cure(desk: Desk, sf: Salesforce) -> None:
    gone = desk.org.add_user("Olga", "Old", is_active=False)
    outcome = one(sf, handoff(1, "7:1", OwnerId=gone))
    assert code(outcome) == "salesforce.inactive_owner"
    assert outcome.failure is not None
    assert "routing" in outcome.failure.cure


# --- tasks -----------------------------------------------------------------------------------------------


def test_a_task_goes_on_the_person_of_its_key_and_to_their_owner(desk: Desk, sf: Salesforce) -> None:
    rep = desk.org.add_user("Rita", "Rep")
    lead = desk.lead(OwnerId=rep, **{KEY: "7:1"})
    outcome = one(sf, task(1, "7:1:1:follow_up"))
    assert outcome.ref is not None
    made = desk.org.record("Task", outcome.ref.id)
    assert (made["WhoId"], made["OwnerId"], made[KEY]) == (lead, rep, "7:1:1:follow_up")


def test_a_task_of_a_queued_lead_goes_to_the_queue_where_it_takes_tasks(desk: Desk, sf: Salesforce) -> None:
    """Where it does not, the receipt says that the task has no owner in sales."""
    both, leads_only = desk.org.add_queue("Both", ("Lead", "Task")), desk.org.add_queue("Leads")
    desk.lead(OwnerId=both, **{KEY: "7:1"})
    desk.lead(OwnerId=leads_only, **{KEY: "7:2"})
    first, second = sf.apply([task(1, "7:1:1:x"), task(2, "7:2:1:x")])
    assert first.ref is not None
    assert second.ref is not None
    assert desk.org.record("Task", first.ref.id)["OwnerId"] == both
    assert desk.org.record("Task", second.ref.id)["OwnerId"] == desk.org.integration_user_id
    assert (first.note, second.note) == (
        "",
        "owned by the integration user, as the queue of the Lead takes no tasks",
    )


def test_a_task_is_never_made_twice(desk: Desk, sf: Salesforce) -> None:
    """A task has no external id: it is looked up by its key right before it is created."""
    desk.lead(**{KEY: "7:1"})
    first = one(sf, task(1, "7:1:1:follow_up"))
    again = one(desk.connector(), task(1, "7:1:1:follow_up"))
    assert (again.ref, again.is_created, again.note) == (first.ref, False, "was there already")
    assert len(desk.org.all("Task")) == 1


def test_a_task_follows_a_lead_that_was_converted(desk: Desk, sf: Salesforce) -> None:
    """Named by the record its hand-off went on: a converted Lead takes no tasks, its Contact does."""
    lead = desk.lead(**{KEY: "7:1"})
    _, contact, _ = desk.org.convert(lead, opportunity=False)
    write = Write(1, "task", "task", "7:1:1:x", None, {"Subject": "Call"}, {"who": f"salesforce:lead:{lead}"})
    outcome = one(sf, write)
    assert outcome.ref is not None
    assert desk.org.record("Task", outcome.ref.id)["WhoId"] == contact


def test_a_task_whose_person_is_not_there_waits(desk: Desk, sf: Salesforce) -> None:
    outcome = one(sf, task(1, "7:1:1:follow_up"))
    assert (code(outcome), outcome.result) == ("salesforce.person_not_there", Result.FAILED)
    assert outcome.failure is not None
    assert outcome.failure.recovery is Recovery.TRANSIENT


def test_hand_offs_and_their_tasks_in_one_batch_find_each_other(desk: Desk, sf: Salesforce) -> None:
    writes = [
        handoff(1, "7:1"),
        handoff(2, "7:2", Email="no address"),
        task(3, "7:1:1:x"),
        task(4, "7:2:1:x"),
    ]
    outcomes = sf.apply(writes)
    assert [item.result for item in outcomes] == [Result.DONE, Result.FAILED, Result.DONE, Result.FAILED]
    assert code(outcomes[3]) == "salesforce.person_not_there"
    assert outcomes[0].ref is not None
    assert outcomes[2].ref is not None
    assert desk.org.record("Task", outcomes[2].ref.id)["WhoId"] == outcomes[0].ref.id


def test_an_extra_task_is_closed_by_id(desk: Desk, sf: Salesforce) -> None:
    made = desk.org.insert("Task", {"Subject": "Call", "WhoId": desk.lead()})
    write = Write(1, "task", "task", "", ref("task", made), {"Status": "Completed"})
    assert one(sf, write).result is Result.DONE
    assert desk.org.record("Task", made)["Status"] == "Completed"


# --- a lone fresh SQL ------------------------------------------------------------------------------------


def urgent(desk: Desk, sf: Salesforce, **task_fields: object) -> list[Write]:
    """A fresh SQL and its task, after the look that found neither."""
    sf.read([look(1, "7:1"), look(2, "7:1:1:x", kind="task")])
    person = handoff(1, "7:1", OwnerId=desk.org.admin_id)
    fields = {"Subject": "Call", **task_fields}
    return [
        Write(1, "handoff", "lead", "7:1", None, person.fields, {}, priority=0),
        Write(2, "task", "task", "7:1:1:x", None, fields, {"who": ""}, priority=0),
    ]


def test_a_lone_fresh_sql_and_its_task_are_one_call(desk: Desk, sf: Salesforce) -> None:
    writes = urgent(desk, sf)
    before = len(desk.org.calls)
    person, made = sf.apply(writes)
    assert desk.calls(before) == ["POST composite"]
    assert person.is_created
    assert person.ref is not None
    assert made.ref is not None
    assert desk.org.record("Task", made.ref.id)["WhoId"] == person.ref.id
    assert desk.org.record("Task", made.ref.id)["OwnerId"] == desk.org.admin_id


def test_a_task_that_is_refused_does_not_hold_back_its_lead(desk: Desk, sf: Salesforce) -> None:
    """Both are rolled back together, then go one by one: sales gets the Lead, the task shows its fault."""
    person, made = sf.apply(urgent(desk, sf, Subject="x" * 300))
    assert person.result is Result.DONE
    assert (made.result, code(made)) == (Result.FAILED, "salesforce.too_long")
    assert len(desk.org.all("Lead")) == 1


def test_a_lead_of_our_key_that_came_in_between_is_changed(desk: Desk, sf: Salesforce) -> None:
    writes = urgent(desk, sf)
    there = desk.lead(**{KEY: "7:1"})
    person, made = sf.apply(writes)
    assert (person.ref, person.is_created, made.result) == (ref("lead", there), False, Result.DONE)


@pytest.mark.parametrize("repeat", [1, 2])
def test_the_one_call_is_not_used_again_without_a_look(desk: Desk, sf: Salesforce, repeat: int) -> None:
    """A look is good for one create: the second try looks the task up itself."""
    writes = urgent(desk, sf)
    sf.apply(writes)
    for _ in range(repeat):
        assert [item.result for item in sf.apply(writes)] == [Result.DONE, Result.DONE]
    assert (len(desk.org.all("Lead")), len(desk.org.all("Task"))) == (1, 1)


# --- events ----------------------------------------------------------------------------------------------


def test_a_past_meeting_is_an_event_made_once_beside_tasks_in_one_call(desk: Desk, sf: Salesforce) -> None:
    """Looked up by its key like a task; with the person's owner where that is a user, and never a queue's."""
    queue, rep = desk.org.add_queue("Inbound"), desk.org.add_user("Rita", "Rep")
    desk.lead(OwnerId=rep, **{KEY: "7:1"})
    desk.lead("Roe", OwnerId=queue, **{KEY: "7:2"})

    def met(effect_id: int, key: str) -> Write:
        fields = {
            "Subject": "Met us", "Description": "From HubSpot", KEY: key,
            "StartDateTime": "2026-08-30T10:00:00Z", "EndDateTime": "2026-08-30T10:30:00Z",
        }  # fmt: skip
        return Write(effect_id, "task", "event", key, None, fields, {"object": "event"})

    done = {"Status": "Completed", KEY: "7:1:0:did-3"}
    writes = [met(1, "7:1:0:did-1"), met(2, "7:2:0:did-2"), task(3, "7:1:0:did-3", **done)]
    outcomes = sf.apply(writes)
    assert [(item.result, item.is_created) for item in outcomes] == [(Result.DONE, True)] * 3
    assert [item.ref.object if item.ref else "" for item in outcomes] == ["event", "event", "task"]
    first, second = (desk.org.find("Event", **{KEY: f"7:{n}:0:did-{n}"})[0] for n in (1, 2))
    assert (first["OwnerId"], first["DurationInMinutes"]) == (rep, 30)
    assert not str(second["OwnerId"]).startswith("00G")
    desk.time.sleep(60)
    again = sf.apply(writes)
    assert [(item.ref, item.is_created) for item in again] == [(item.ref, False) for item in outcomes]
    lookup = replace(look(1, "7:1:0:did-1", kind="task"), payload={"object": "event"}, fields=("Subject",))
    (found,) = sf.read([lookup])
    assert [item.ref for item in found.candidates] == [outcomes[0].ref]
    assert len(desk.org.all("Event")) == 2
