"""No call is made for nothing."""

from __future__ import annotations

from syncd.core.model import Ref, System
from syncd.ports import Result, Write
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
