"""No call is made for nothing, and no answer is taken for more than it says."""

from __future__ import annotations

from syncd.connectors.sandbox import Fault
from syncd.core.model import Ref, System
from syncd.ports import Lookup, Recovery, Result, Write
from tests.hubspot.conftest import Portal


def test_a_stage_forward_makes_no_batch_without_inputs(portal: Portal) -> None:
    """HubSpot answers an empty batch with an error: nothing to write means no call."""
    (contact_id,) = portal.contacts(1, lifecyclestage="lead")
    ref = Ref(System.HUBSPOT, "contact", contact_id)
    fields = {"lifecyclestage": "salesqualifiedlead"}
    write = Write(1, "contact", "contact", "", ref, fields, {}, 5)

    (outcome,) = portal.connect().apply([write])

    assert outcome.result is Result.DONE
    assert portal.sandbox.hubspot.violations == []


def test_a_contact_left_out_of_a_batch_for_now_is_not_gone(portal: Portal) -> None:
    """A batch read answered partly (207) names the input it could not serve: that one is asked again."""
    lookups = [
        Lookup(n, "contact", "", (Ref(System.HUBSPOT, "contact", id_),), (), ("jobtitle",), {}, 5)
        for n, id_ in enumerate(portal.contacts(3, jobtitle="Buyer"))
    ]
    portal.sandbox.faults.plan(Fault.PARTIAL, path_contains="contacts/batch/read")

    first, left_out, last = portal.connect().read(lookups)

    assert left_out.failure is not None
    assert left_out.failure.recovery is Recovery.TRANSIENT
    assert [first.failure, last.failure] == [None, None]


def test_a_stage_is_moved_later_when_its_contact_was_left_out_for_now(portal: Portal) -> None:
    """The read before a stage is moved may leave one out, too: nothing says that it is gone."""
    writes = [
        Write(n, "contact", "contact", "", Ref(System.HUBSPOT, "contact", id_), fields, {}, 5)
        for n, id_ in enumerate(portal.contacts(3, lifecyclestage="lead"))
        for fields in [{"lifecyclestage": "salesqualifiedlead"}]
    ]
    portal.sandbox.faults.plan(Fault.PARTIAL, path_contains="contacts/batch/read")

    outcomes = portal.connect().apply(writes)

    assert [item.result for item in outcomes] == [Result.DONE, Result.FAILED, Result.DONE]
    assert outcomes[1].failure is not None
    assert outcomes[1].failure.recovery is Recovery.TRANSIENT
