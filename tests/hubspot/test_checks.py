"""What doctor finds in a portal: each check with its cure, and nothing written."""

from __future__ import annotations

import pytest

from syncd.connectors.hubspot import HubSpotOptions
from syncd.connectors.sandbox import Fault
from syncd.ports import FieldNeed, Finding, Level, Needs
from tests.hubspot.conftest import Portal


def findings(portal: Portal, needs: Needs | None = None) -> list[Finding]:
    found = portal.connect().inspect(needs or Needs())
    assert portal.sandbox.hubspot.writes == []
    return [item for item in found if item.level is not Level.OK]


def test_a_good_portal_has_no_problems(portal: Portal) -> None:
    needs = Needs(
        fields=(
            FieldNeed("contact", "jobtitle", is_written=False, type="text"),
            FieldNeed("contact", "lifecyclestage", is_written=True, type="picklist", values=("lead",)),
            FieldNeed("company", "industry", is_written=False),
        ),
        lists=("syncd nurture - not now",),
        lifecycle_stages=("marketingqualifiedlead",),
        lead_statuses=("BAD_TIMING",),
    )
    assert findings(portal, needs) == []


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_the_account_is_known_by_its_portal(portal: Portal, version: str) -> None:
    account = portal.connect(HubSpotOptions(api_version=version)).account()
    assert (account.id, account.time_zone) == (str(portal.sandbox.hubspot.portal_id), "Europe/Berlin")


@pytest.mark.parametrize("token", ["pat-eu1-00000000-0000-0000-0000-000000000000", "rubbish"])
def test_a_bad_token_is_the_one_finding(portal: Portal, token: str) -> None:
    """401 or 530: the same cure, and nothing else is asked."""
    (finding,) = portal.connect(token=token).inspect(Needs(lists=("x",)))
    assert finding.level is Level.PROBLEM
    assert "HUBSPOT_ACCESS_TOKEN" in finding.cure
    assert token not in repr(finding)


@pytest.mark.parametrize(
    ("scope", "level"),
    [
        ("crm.objects.contacts.write", Level.PROBLEM),
        ("crm.lists.write", Level.PROBLEM),
        ("crm.objects.owners.read", Level.PROBLEM),
        ("crm.objects.deals.read", Level.WARNING),
        ("sales-email-read", Level.WARNING),
    ],
)
def test_a_missing_scope_is_named(portal: Portal, scope: str, level: Level) -> None:
    """Writing scopes too, without writing."""
    portal.sandbox.hubspot.scopes -= {scope}
    (finding,) = findings(portal)
    assert (finding.level, finding.code) == (level, "hubspot.scope")
    assert scope in finding.cure


@pytest.mark.parametrize(
    ("need", "code", "level"),
    [
        (FieldNeed("contact", "no_such", is_written=True, type="text"), "missing_property", Level.PROBLEM),
        (FieldNeed("contact", "no_such", is_written=False), "missing_property", Level.WARNING),
        (FieldNeed("contact", "jobtitle", is_written=True, type="number"), "wrong_type", Level.PROBLEM),
        (
            FieldNeed("contact", "hs_lead_status", is_written=True, type="picklist", values=("NOPE",)),
            "missing_option",
            Level.BEFORE_GO_LIVE,
        ),
    ],
)
def test_a_field_that_does_not_fit(portal: Portal, need: FieldNeed, code: str, level: Level) -> None:
    (finding,) = findings(portal, Needs(fields=(need,)))
    assert (finding.code, finding.level) == (f"hubspot.{code}", level)
    assert need.field in f"{finding.title} {finding.cure}"


def test_stages_and_statuses_that_are_not_there(portal: Portal) -> None:
    """Portals edit their options; custom stages have numeric names."""
    found = findings(portal, Needs(lifecycle_stages=("lead", "warm"), lead_statuses=("ASLEEP",)))
    assert [item.code for item in found] == ["hubspot.missing_option"] * 2
    assert "warm" in found[0].title
    assert "ASLEEP" in found[1].title


def test_lists_missing_or_of_the_wrong_kind(portal: Portal) -> None:
    found = findings(portal, Needs(lists=("nowhere", "Opened an e-mail in the last 30 days")))
    assert ["static (manual)" in item.cure for item in found] == [True, True]
    assert {item.level for item in found} == {Level.PROBLEM}


def test_the_native_salesforce_sync_is_noticed_when_it_works(portal: Portal) -> None:
    portal.contacts(3, salesforceleadid="00Q000000000001")
    (finding,) = findings(portal)
    assert finding.code == "hubspot.native_sync"
    assert "3 contacts" in finding.detail


def test_a_missing_tier_is_a_shown_state(professional: Portal) -> None:
    """Page events need Enterprise; the rest works on."""
    (finding,) = findings(professional)
    assert (finding.code, finding.level) == ("hubspot.stream_unavailable", Level.WARNING)
    assert "page_events" in finding.title


def test_checks_do_not_raise_while_the_portal_is_down(portal: Portal) -> None:
    portal.sandbox.faults.plan(Fault.UNAVAILABLE, times=500)
    found = portal.connect().inspect(Needs(lists=("x",)))
    assert found[0].level is Level.PROBLEM
    portal.sandbox.faults.planned.clear()
