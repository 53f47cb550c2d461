"""The scripted marketing team, told by what it leaves behind in the portal."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from syncd.connectors.sandbox.hubspot.provision import provision
from syncd.connectors.sandbox.hubspot.state import HubSpot
from syncd.connectors.sandbox.kernel import Kernel
from syncd.connectors.sandbox.world.marketing_team import MarketingTeam

START_AT = datetime(2026, 9, 7, 6, tzinfo=UTC)  # a Monday


def at_work(days: int, seed: int = 1) -> MarketingTeam:
    """A portal of thirty people, and the team some time later."""
    hubspot = HubSpot(Kernel(seed, START_AT))
    provision(hubspot)
    hubspot.add_owner("kim.osei@northwind.example", "Kim", "Osei")
    for number in range(30):
        given = {"email": f"pat{number}@plant{number}.example", "firstname": "Pat", "lastname": f"Nr{number}"}
        hubspot.create("contacts", given | {"lifecyclestage": "lead"})
    team = MarketingTeam(hubspot)
    team.start()
    hubspot.kernel.advance_to(START_AT + timedelta(days=days))
    return team


def test_a_year_holds_everything_marketing_does() -> None:
    """Each kind of edit, refusals left out; nothing on weekends; nothing goes through the API."""
    team = at_work(365)
    done = Counter(deed.what for deed in team.deeds)
    assert set(done) >= {
        "sets_stage", "takes_off_list", "puts_on_list", "corrects", "enters_twice", "archives", "imports",
        "gives_address", "opts_out", "changes_owner", "merges", "restores",
    }  # fmt: skip
    assert {deed.at.weekday() for deed in team.deeds} <= set(range(5))
    assert team.hubspot.writes == []
    assert [deed for deed in team.deeds if "refus" in deed.note.lower()] == []


def test_the_same_seed_is_the_same_year() -> None:
    assert at_work(60).deeds == at_work(60).deeds
    assert at_work(60).deeds != at_work(60, seed=2).deeds
