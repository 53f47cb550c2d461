"""Deliveries to a portal: one outcome per write, stages backward in two steps, nothing twice or lost."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncd.connectors.hubspot import HubSpot
from syncd.connectors.hubspot.target import Update, rounds
from syncd.connectors.sandbox import Fault
from syncd.core.model import Ref, System
from syncd.ports import Lookup, Outcome, Recovery, Result, Write
from tests.hubspot.conftest import Portal

LIST = "syncd nurture - not now"


def contact(id_: str) -> Ref:
    return Ref(System.HUBSPOT, "contact", id_)


def write(effect_id: int, id_: str, fields: Mapping[str, object], **payload: object) -> Write:
    return Write(effect_id, "contact", "contact", "", contact(id_), fields, payload)


def member(effect_id: int, id_: str, name: str = LIST, *, is_member: bool = True) -> Write:
    payload = {"list": name, "member": is_member}
    return Write(effect_id, "membership", "contact", "", contact(id_), {}, payload)


def stage_of(portal: Portal, id_: str) -> str:
    return portal.sandbox.hubspot.record("contacts", id_).properties.get("lifecyclestage", "")


def code(outcome: Outcome) -> str:
    assert outcome.failure is not None, "this outcome should have a failure"
    return outcome.failure.code


# --- properties ------------------------------------------------------------------------------------------


def test_properties_are_written_a_hundred_at_a_time(portal: Portal) -> None:
    ids = portal.contacts(230)
    mark = portal.mark
    writes = [write(n, id_, {"jobtitle": f"T{n}"}) for n, id_ in enumerate(ids)]
    outcomes = portal.connect().apply(writes)
    assert [outcome.effect_id for outcome in outcomes] == list(range(230))
    assert {outcome.result for outcome in outcomes} == {Result.DONE}
    assert portal.calls_since(mark) == ["POST /crm/v3/objects/contacts/batch/update"] * 3
    assert portal.sandbox.hubspot.record("contacts", ids[229]).properties["jobtitle"] == "T229"


def test_one_bad_record_does_not_stop_its_batch(portal: Portal) -> None:
    """A refused batch names its first culprit only, so it is halved until each culprit stands alone."""
    ids = portal.contacts(100)
    fields: list[dict[str, object]] = [{"jobtitle": "CFO"} for _ in ids]
    fields[13] = {"no_such_property": "x"}
    fields[77] = {"hs_lead_status": "NO_SUCH_STATUS"}
    outcomes = portal.connect().apply([write(n, id_, fields[n]) for n, id_ in enumerate(ids)])
    failed = {outcome.effect_id: outcome.failure for outcome in outcomes if outcome.result is Result.FAILED}
    assert set(failed) == {13, 77}
    assert failed[13] is not None
    assert (failed[13].code, failed[13].subject) == ("hubspot.unknown_property", contact(ids[13]))
    assert failed[13].fields == ("no_such_property",)
    assert failed[77] is not None
    assert failed[77].recovery is Recovery.REJECTED


def test_an_unknown_contact_in_a_batch_is_named(portal: Portal) -> None:
    """207: the others are done."""
    (id_,) = portal.contacts(1)
    done, gone = portal.connect().apply(
        [write(1, id_, {"city": "Ulm"}), write(2, "999999999", {"city": "Ulm"})]
    )
    assert (done.result, done.ref) == (Result.DONE, contact(id_))
    assert (gone.result, code(gone)) == (Result.FAILED, "hubspot.not_found")


def test_one_contact_is_never_twice_in_a_batch(portal: Portal) -> None:
    """HubSpot refuses duplicates; the later write goes later."""
    (id_,) = portal.contacts(1)
    outcomes = portal.connect().apply([write(1, id_, {"city": "Ulm"}), write(2, id_, {"city": "Bonn"})])
    assert [outcome.result for outcome in outcomes] == [Result.DONE, Result.DONE]
    assert portal.sandbox.hubspot.record("contacts", id_).properties["city"] == "Bonn"


def test_rounds_keep_the_order_of_a_contact() -> None:
    updates = [Update(n, str(n % 3), {}) for n in range(7)]
    assert [[item.effect_id for item in batch] for batch in rounds(updates)] == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.TRUNCATED, Fault.EMPTY, Fault.SERVER_ERROR])
def test_a_lost_answer_is_settled_by_the_same_update_again(portal: Portal, fault: Fault) -> None:
    """Properties by record id: twice is the same as once."""
    (id_,) = portal.contacts(1)
    portal.sandbox.faults.plan(fault, path_contains="batch/update")
    (outcome,) = portal.connect().apply([write(1, id_, {"city": "Ulm"})])
    assert outcome.result is Result.DONE


def test_an_answer_lost_for_good_is_unknown(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    portal.sandbox.faults.plan(Fault.RESET_AFTER, path_contains="batch/update", times=9)
    (outcome,) = portal.connect().apply([write(1, id_, {"city": "Ulm"})])
    assert outcome.result is Result.UNKNOWN
    portal.sandbox.faults.planned.clear()


def test_a_part_that_fails_is_that_record_s(portal: Portal) -> None:
    """One input of a batch fails for HubSpot's own reasons: the others are done."""
    ids = portal.contacts(5)
    portal.sandbox.faults.plan(Fault.PARTIAL, path_contains="batch/update")
    outcomes = portal.connect().apply([write(n, id_, {"city": "Ulm"}) for n, id_ in enumerate(ids)])
    assert sorted(outcome.result for outcome in outcomes) == ["done"] * 4 + ["failed"]


def test_the_daily_limit_is_no_fault_of_the_record(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    portal.sandbox.faults.plan(Fault.DAILY, path_contains="batch/update")
    (outcome,) = portal.connect().apply([write(1, id_, {"city": "Ulm"})])
    assert outcome.failure is not None
    assert outcome.failure.recovery is Recovery.HALT


# --- stages ----------------------------------------------------------------------------------------------


def test_a_stage_moves_forward_in_one_step(portal: Portal) -> None:
    (id_,) = portal.contacts(1, lifecyclestage="lead")
    connector = portal.connect()
    (outcome,) = connector.apply([write(1, id_, {"lifecyclestage": "salesqualifiedlead"})])
    assert outcome.result is Result.DONE
    assert stage_of(portal, id_) == "salesqualifiedlead"
    assert len(portal.sandbox.hubspot.writes) == 1


def test_a_stage_moves_backward_in_two_steps_and_is_read_back(portal: Portal) -> None:
    """Clearing and setting are two requests; everything else goes with the second."""
    ids = portal.contacts(3, lifecyclestage="salesqualifiedlead")
    fields = {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "BAD_TIMING"}
    mark = portal.mark
    outcomes = portal.connect().apply([write(n, id_, fields) for n, id_ in enumerate(ids)])
    assert {outcome.result for outcome in outcomes} == {Result.DONE}
    assert {stage_of(portal, id_) for id_ in ids} == {"marketingqualifiedlead"}
    assert portal.sandbox.hubspot.record("contacts", ids[0]).properties["hs_lead_status"] == "BAD_TIMING"
    verbs = [call.rsplit("/", 1)[1] for call in portal.calls_since(mark)]
    assert verbs == ["contacts", "read", "update", "update", "read"]


def test_a_move_cut_off_between_its_steps_is_finished_by_the_next_run(portal: Portal) -> None:
    """A blank stage with an intended one means that only setting remains."""
    (id_,) = portal.contacts(1, lifecyclestage="salesqualifiedlead")
    fields = {"lifecyclestage": "marketingqualifiedlead"}
    portal.sandbox.faults.plan(Fault.UNAVAILABLE, path_contains="batch/update", skip=1, times=9)
    (cut,) = portal.connect().apply([write(1, id_, fields)])
    assert cut.result is not Result.DONE
    assert stage_of(portal, id_) == ""
    portal.sandbox.faults.planned.clear()
    (outcome,) = portal.connect().apply([write(1, id_, fields)])
    assert outcome.result is Result.DONE
    assert stage_of(portal, id_) == "marketingqualifiedlead"


@pytest.mark.parametrize("stage", ["opportunity", "customer", "evangelist"])
def test_a_customer_is_never_moved_back(portal: Portal, stage: str) -> None:
    """Whatever was decided before: the stage on the record now counts. The rest is written, with a note."""
    (id_,) = portal.contacts(1, lifecyclestage=stage)
    fields = {"lifecyclestage": "marketingqualifiedlead", "city": "Ulm"}
    (outcome,) = portal.connect().apply([write(1, id_, fields)])
    assert stage_of(portal, id_) == stage
    assert outcome.result is Result.DONE
    assert outcome.note
    assert portal.sandbox.hubspot.record("contacts", id_).properties["city"] == "Ulm"


def test_a_guarded_stage_alone_sends_nothing(portal: Portal) -> None:
    """Where nothing but the stage was to be written, no empty batch goes out."""
    (id_,) = portal.contacts(1, lifecyclestage="customer")
    (outcome,) = portal.connect().apply([write(1, id_, {"lifecyclestage": "lead"})])
    assert outcome.result is Result.DONE
    assert portal.sandbox.hubspot.writes == []


def test_a_lost_deal_may_be_left(portal: Portal) -> None:
    (id_,) = portal.contacts(1, lifecyclestage="opportunity")
    fields = {"lifecyclestage": "marketingqualifiedlead"}
    (outcome,) = portal.connect().apply([write(1, id_, fields, may_leave=["opportunity"])])
    assert outcome.result is Result.DONE
    assert stage_of(portal, id_) == "marketingqualifiedlead"


def test_an_unknown_stage_is_refused_before_anything_is_cleared(portal: Portal) -> None:
    (id_,) = portal.contacts(1, lifecyclestage="customer")
    (outcome,) = portal.connect().apply([write(1, id_, {"lifecyclestage": "no_such_stage"})])
    assert code(outcome) == "hubspot.unknown_stage"
    assert portal.sandbox.hubspot.writes == []


def test_a_stage_of_somebody_gone_is_rejected(portal: Portal) -> None:
    """The fresh read finds nobody, so nothing is written."""
    (gone,) = portal.connect().apply([write(1, "424242424242", {"lifecyclestage": "lead"})])
    assert (gone.result, code(gone)) == (Result.FAILED, "hubspot.not_found")


# --- membership ------------------------------------------------------------------------------------------


def test_membership_is_added_and_taken_away(portal: Portal) -> None:
    ids = portal.contacts(3)
    connector = portal.connect()
    outcomes = connector.apply([member(n, id_) for n, id_ in enumerate(ids)])
    assert all(outcome.is_created for outcome in outcomes)
    assert portal.sandbox.hubspot.members(LIST) == set(ids)
    (again,) = connector.apply([member(1, ids[0])])
    assert (again.result, again.is_created) == (Result.DONE, False)
    connector.apply([member(1, ids[0], is_member=False)])
    assert portal.sandbox.hubspot.members(LIST) == set(ids[1:])


def test_membership_of_somebody_gone_is_rejected(portal: Portal) -> None:
    (id_,) = portal.contacts(1)
    gone, done = portal.connect().apply([member(1, "999999999"), member(2, id_)])
    assert (gone.result, code(gone)) == (Result.FAILED, "hubspot.not_found")
    assert done.result is Result.DONE


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no such list", "hubspot.list_missing"),
        ("Opened an e-mail in the last 30 days", "hubspot.list_not_manual"),
    ],
)
def test_a_list_that_takes_no_members_is_configuration(portal: Portal, name: str, expected: str) -> None:
    """Named, with the cure; nothing is sent."""
    (id_,) = portal.contacts(1)
    (outcome,) = portal.connect().apply([member(1, id_, name)])
    assert code(outcome) == expected
    assert outcome.failure is not None
    assert outcome.failure.recovery is Recovery.CONFIGURATION
    assert name in outcome.failure.cure
    assert portal.sandbox.hubspot.writes == []


def test_contacts_and_members_in_one_delivery_keep_their_places(portal: Portal) -> None:
    (id_,) = portal.contacts(1, lifecyclestage="salesqualifiedlead")
    writes = [
        member(1, id_),
        write(2, id_, {"city": "Ulm"}),
        write(3, id_, {"lifecyclestage": "lead"}),
    ]
    outcomes = portal.connect().apply(writes)
    assert [outcome.effect_id for outcome in outcomes] == [1, 2, 3]
    assert {outcome.result for outcome in outcomes} == {Result.DONE}


# --- looking ---------------------------------------------------------------------------------------------


def look(connector: HubSpot, *ids: str) -> list[list[tuple[str, str, str]]]:
    lookups = [Lookup(n, "contact", known=(contact(id_),), fields=("jobtitle",)) for n, id_ in enumerate(ids)]
    return [
        [
            (
                item.fields.get("jobtitle", ""),
                item.fields["lifecyclestage"],
                item.moved_to.id if item.moved_to else "",
            )
            for item in found.candidates
        ]
        for found in connector.read(lookups)
    ]


def test_a_look_brings_fresh_fields_by_position(portal: Portal) -> None:
    first, second = portal.contacts(2, jobtitle="CFO")
    found = look(portal.connect(), second, "999999999", first, second)
    assert found == [[("CFO", "lead", "")], [], [("CFO", "lead", "")], [("CFO", "lead", "")]]


def test_a_look_at_a_merged_contact_shows_where_it_went(portal: Portal) -> None:
    first, second = portal.contacts(2)
    merged = portal.sandbox.hubspot.merge("contacts", first, second)
    ((_, _, moved_to),) = look(portal.connect(), second)[0:1][0]
    assert moved_to == merged


def test_a_merged_contact_takes_an_update_under_its_new_id(portal: Portal) -> None:
    first, second = portal.contacts(2)
    merged = portal.sandbox.hubspot.merge("contacts", first, second)
    (outcome,) = portal.connect().apply([write(1, second, {"city": "Ulm"})])
    assert (outcome.result, outcome.ref) == (Result.DONE, contact(merged))
