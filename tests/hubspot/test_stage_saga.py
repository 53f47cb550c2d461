"""A stage moved backward, cut off at any of its calls: the next run ends right, and nothing is skipped."""

from __future__ import annotations

import pytest

from syncd.connectors.sandbox import Fault
from syncd.ports import Result
from tests.hubspot.conftest import Portal
from tests.hubspot.test_target import stage_of, write

CALLS = ["stages", "read", "clear", "set", "read back"]
"""What the first move of a connector asks, in this order."""
FIELDS = {"lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "BAD_TIMING"}


@pytest.mark.parametrize("kind", [Fault.UNAVAILABLE, Fault.RESET_AFTER, Fault.ERROR_AFTER], ids=str)
@pytest.mark.parametrize("number", range(len(CALLS)), ids=CALLS)
@pytest.mark.parametrize("meanwhile", ["", "salesqualifiedlead"], ids=["left alone", "moved forward"])
def test_cut_off_at_any_call_it_ends_right(portal: Portal, number: int, kind: Fault, meanwhile: str) -> None:
    """Nothing after the cut is heard of any more; then another process begins again, on whatever is there,
    also after somebody else has moved the contact forward between."""
    ids = portal.contacts(2, lifecyclestage="salesqualifiedlead")
    writes = [write(n, id_, FIELDS, moves_back=True) for n, id_ in enumerate(ids)]
    portal.sandbox.faults.plan(kind, system="hubspot", skip=number, times=200)
    portal.connect().apply(writes)
    portal.sandbox.faults.planned.clear()
    for id_ in ids:
        assert stage_of(portal, id_) in {"salesqualifiedlead", "", "marketingqualifiedlead"}
        if meanwhile:
            portal.sandbox.hubspot.update("contacts", id_, {"lifecyclestage": meanwhile})
    outcomes = portal.connect().apply(writes)
    assert {outcome.result for outcome in outcomes} == {Result.DONE}
    assert {stage_of(portal, id_) for id_ in ids} == {"marketingqualifiedlead"}
    shown = {portal.sandbox.hubspot.record("contacts", id_).properties["hs_lead_status"] for id_ in ids}
    assert shown == {"BAD_TIMING"}


def test_a_customer_made_between_the_steps_is_not_moved_back(portal: Portal) -> None:
    """Cleared, and then won: the stage somebody set since is a guarded one, so it stays."""
    (id_,) = portal.contacts(1, lifecyclestage="salesqualifiedlead")
    item = write(1, id_, FIELDS, moves_back=True)
    portal.sandbox.faults.plan(Fault.UNAVAILABLE, system="hubspot", skip=3, times=200)
    portal.connect().apply([item])
    portal.sandbox.faults.planned.clear()
    assert stage_of(portal, id_) == ""
    portal.sandbox.hubspot.update("contacts", id_, {"lifecyclestage": "customer"})
    (outcome,) = portal.connect().apply([item])
    assert outcome.result is Result.DONE
    assert "customer" in outcome.note
    assert stage_of(portal, id_) == "customer"
