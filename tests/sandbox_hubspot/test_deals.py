"""Deals move the stage of the people on them, forward only."""

from __future__ import annotations

from datetime import timedelta

from syncd.connectors.sandbox import Sandbox
from tests.sandbox_hubspot.conftest import contact


def test_a_deal_makes_its_people_opportunities_and_a_won_one_customers(sandbox: Sandbox) -> None:
    """The portal does so by itself, which moves the contact's date; a lost deal takes nothing back."""
    id_ = contact(sandbox, "a@firm.com")
    deal = sandbox.hubspot.create("deals", {"dealname": "D", "dealstage": "qualifiedtobuy", "amount": "9000"})
    sandbox.advance_to(sandbox.now + timedelta(hours=1))
    sandbox.hubspot.associate("deals", deal, "contacts", id_)
    record = sandbox.hubspot.record("contacts", id_)
    assert (record.properties["lifecyclestage"], record.modified_at) == ("opportunity", sandbox.now)
    assert (record.properties["num_associated_deals"], record.properties["recent_deal_amount"]) == (
        "1",
        "9000",
    )
    sandbox.hubspot.update("deals", deal, {"dealstage": "closedlost"})
    assert record.properties["lifecyclestage"] == "opportunity"
    sandbox.hubspot.update("deals", deal, {"dealstage": "closedwon"})
    assert record.properties["lifecyclestage"] == "customer"
    assert sandbox.hubspot.record("deals", deal).properties["hs_is_closed_won"] == "true"
