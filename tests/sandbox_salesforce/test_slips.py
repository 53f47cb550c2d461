"""What sales does besides its hand-offs, told by the team's diary and the records."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.salesforce.state import Salesforce
from syncd.connectors.sandbox.world import org as world_org
from syncd.connectors.sandbox.world.sales_slips import REP_LEAVES_AFTER, SalesSlips
from syncd.connectors.sandbox.world.sales_team import SalesTeam

START_AT = datetime(2026, 9, 1, 6, tzinfo=UTC)


def at_work(days: int, seed: int = 1) -> tuple[SalesTeam, Salesforce]:
    """A team with sixty hand-offs, some time later."""
    kernel = Kernel(seed, START_AT)
    hubspot, salesforce = HubSpot(kernel), Salesforce(kernel)
    org = world_org.add_staff(salesforce)
    team = SalesTeam(salesforce, org)
    for number in range(60):
        email = f"new{number}@new{number}.example"
        hubspot.create("contacts", {"email": email, "firstname": "Pat", "lastname": f"Nr{number}"})
        fields = {
            "LastName": f"Nr{number}", "Company": f"Firm {number}", "Email": email,
            "OwnerId": org.rep_ids[number % 6], "Syncd_Key__c": f"4711:{number}", "Syncd_Pass__c": 1,
        }  # fmt: skip
        salesforce.insert("Lead", fields, by=salesforce.integration_user_id)
    team.start()
    SalesSlips(team, hubspot).start()
    kernel.advance_to(START_AT + timedelta(days=days))
    return team, salesforce


def test_a_year_holds_every_slip() -> None:
    """Each kind of slip, by people only; whoever left makes nothing any more their own."""
    team, salesforce = at_work(300)
    done = Counter(deed.what for deed in team.deeds if not deed.note)
    assert set(done) >= {
        "enter", "reopen", "correct", "delete", "undelete", "edit", "reassign", "reject", "merge",
    }  # fmt: skip
    assert salesforce.writes == []
    leaver = team.org.rep_ids[-1]
    assert salesforce.record("User", leaver)["IsActive"] is False
    left_at = START_AT + timedelta(days=REP_LEAVES_AFTER + 2)
    given = [c for c in salesforce.engine.changes if c.field == "OwnerId" and c.new == leaver]
    assert [change for change in given if change.at > left_at] == []


def test_the_same_seed_is_the_same_story() -> None:
    assert at_work(40)[0].deeds == at_work(40)[0].deeds
