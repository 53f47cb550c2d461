"""Doctor on an emulated org: each thing an admin can get wrong is named, with its cure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.connectors.salesforce import Salesforce
from syncd.connectors.sandbox.salesforce.setup import DuplicateAction
from syncd.connectors.transport import TransportOptions
from syncd.core.model import System
from syncd.ports import FieldNeed, Finding, Level, Needs, SystemFailure
from syncd.settings import default_config_dir, load
from syncd.settings.needs import needs
from tests.salesforce.conftest import KEY, Desk

STATUSES = ("New", "Working - Contacted", "Accepted", "Nurture", "Unqualified", "Closed - Converted")
NEEDED = Needs(
    fields=(
        FieldNeed("Lead", "LastName", is_written=True, type="text"),
        FieldNeed("Lead", "Company", is_written=True, type="text"),
        FieldNeed("lead", "Syncd_Score__c", is_written=True, type="number", used_by="mapping.yaml line 12"),
        FieldNeed("sfcontact", "Syncd_Grade__c", is_written=True, type="text"),
        FieldNeed("Lead", "Disqualification_Reason__c", is_written=False, values=("No Budget",)),
    ),
    lead_statuses=STATUSES,
)


def problems(found: tuple[Finding, ...], level: Level = Level.PROBLEM) -> dict[str, Finding]:
    return {finding.code: finding for finding in found if finding.level is level}


def test_an_org_as_it_should_be_has_no_problem_and_no_warning(desk: Desk, sf: Salesforce) -> None:
    found = sf.inspect(NEEDED)
    assert {finding.level for finding in found} == {Level.OK}
    assert {finding.system for finding in found} == {System.SALESFORCE}
    assert found[0].title.startswith("logged in to Northwind Demo (00D")


def test_the_shipped_playbook_finds_all_it_needs_in_the_sandbox_org(desk: Desk, sf: Salesforce) -> None:
    """The fields the default mapping writes are the ones the org is provisioned with."""
    desk.org.set_assignment_rule("All", desk.org.add_queue("Inbound"))
    loaded = load(default_config_dir(), {})
    found = sf.inspect(needs(loaded.playbook, loaded.settings)[System.SALESFORCE])
    assert problems(found) == {}


def _hide(desk: Desk) -> None:
    desk.org.hide("Lead", "Syncd_Score__c")


def _read_only(desk: Desk) -> None:
    desk.org.make_read_only("Lead", "Syncd_Score__c")


def _no_key(desk: Desk) -> None:
    desk.org.hide("Contact", KEY)


def _no_task_key(desk: Desk) -> None:
    desk.org.hide("Task", KEY)


def _not_unique(desk: Desk) -> None:
    desk.org.change_field("Lead", KEY, is_unique=False)


def _picklist(desk: Desk) -> None:
    desk.org.change_field("Lead", "Disqualification_Reason__c", values=("Other",))


def _required(desk: Desk) -> None:
    desk.org.change_field("Lead", "Industry", is_required=True)


def _no_object(desk: Desk) -> None:
    desk.org.hide("Opportunity")


@pytest.mark.parametrize(
    ("mistake", "code", "named", "cure"),
    [
        (_hide, "salesforce.field_missing", "Lead.Syncd_Score__c", "field-level security"),
        (_read_only, "salesforce.field_read_only", "Lead.Syncd_Score__c", "grant edit access"),
        (_no_key, "salesforce.field_missing", f"Contact.{KEY}", "External ID, Unique"),
        (_no_task_key, "salesforce.field_missing", f"Task.{KEY}", "Text(120)"),
        (_not_unique, "salesforce.key_not_unique", f"Lead.{KEY}", "tick External ID and Unique"),
        (_picklist, "salesforce.picklist_value", "Lead.Disqualification_Reason__c", "Values"),
        (_required, "salesforce.required_field", "Lead.Industry", "map the field"),
        (_no_object, "salesforce.object_missing", "Opportunity", "grant read on Opportunity"),
    ],
)
def test_what_an_admin_forgot_is_named_with_its_cure(
    desk: Desk, sf: Salesforce, mistake: Callable[[Desk], None], code: str, named: str, cure: str
) -> None:
    mistake(desk)
    finding = problems(sf.inspect(NEEDED))[code]
    assert named in finding.title
    assert cure in f"{finding.detail} {finding.cure}"


def test_a_grant_just_given_is_seen_at_once(desk: Desk, sf: Salesforce) -> None:
    """Doctor never answers from what was described before."""
    desk.org.hide("Lead", "Syncd_Score__c")
    assert "salesforce.field_missing" in problems(sf.inspect(NEEDED))
    desk.org.show("Lead", "Syncd_Score__c")
    assert problems(sf.inspect(NEEDED)) == {}


def test_a_field_of_the_wrong_type_says_who_wants_what(desk: Desk, sf: Salesforce) -> None:
    need = FieldNeed("Lead", "Syncd_Reason__c", is_written=True, type="number", used_by="mapping.yaml line 9")
    fields = (*NEEDED.fields, need)
    finding = problems(sf.inspect(Needs(fields=fields, lead_statuses=STATUSES)))["salesforce.field_type"]
    assert finding.title == "Lead.Syncd_Reason__c is of type string, not number"
    assert "mapping.yaml line 9" in finding.detail


def test_lead_statuses_are_compared_both_ways(desk: Desk, sf: Salesforce) -> None:
    """One the org lacks, and one the playbook gives no meaning: both leave a Lead without an answer."""
    named = ("Neu", *STATUSES[1:])
    found = sf.inspect(Needs(NEEDED.fields, lead_statuses=named))
    assert "Neu" in problems(found, Level.BEFORE_GO_LIVE)["salesforce.lead_status"].title
    assert problems(found, Level.WARNING)["salesforce.lead_status_unmapped"].title.endswith(": New")


def test_owners_must_be_there_and_active(desk: Desk, sf: Salesforce) -> None:
    """Users and queues alike; also by the 15-character id of an address bar."""
    rep, gone = desk.org.add_user("Rita", "Rep"), desk.org.add_user("Olga", "Old", is_active=False)
    queue = desk.org.add_queue("Inbound")
    fine = Needs(NEEDED.fields, lead_statuses=STATUSES, owners=(rep, queue, rep[:15]))
    assert problems(sf.inspect(fine)) == {}
    bad = Needs(NEEDED.fields, lead_statuses=STATUSES, owners=(rep, gone, "005000000000009AAA"))
    titles = [finding.title for finding in sf.inspect(bad) if finding.level is Level.PROBLEM]
    assert titles == [f"the owner {gone} is not active", "the owner 005000000000009AAA does not exist here"]


def test_spare_owners_are_warned_of_and_stop_nothing(desk: Desk, sf: Salesforce) -> None:
    """Others take their place meanwhile: each with its id, why, and the cure."""
    reader, blind = desk.org.add_user("Rita", "Rep"), desk.org.add_user("Bo", "Blind")
    gone = desk.org.add_user("Olga", "Old", is_active=False)
    tasks, empty = desk.org.add_queue("Tasks", ("Task",)), desk.org.add_queue("Empty", members=())
    desk.org.show_rights((reader,), (blind,))
    named = (reader, blind, gone, tasks, empty)
    found = sf.inspect(Needs(NEEDED.fields, lead_statuses=STATUSES, spare_owners=named))
    assert problems(found) == {}
    told = {
        item.subject: item.code for item in found if item.level is Level.WARNING and item.subject in named
    }
    assert told == {
        blind: "salesforce.owner_no_right",
        gone: "salesforce.owner_inactive",
        tasks: "salesforce.owner_no_leads",
        empty: "salesforce.owner_empty",
    }
    assert all(item.cure for item in found if item.subject in named)
    routed = Needs(NEEDED.fields, lead_statuses=STATUSES, spare_owners=(empty,), unattended_owners=(empty,))
    assert empty not in {item.subject for item in sf.inspect(routed)}, "another router empties it"


def test_rights_that_may_not_be_read_speak_against_nobody(desk: Desk, sf: Salesforce) -> None:
    """Most integration users see no permission sets of others."""
    rep = desk.org.add_user("Rita", "Rep")
    found = sf.inspect(Needs(NEEDED.fields, lead_statuses=STATUSES, spare_owners=(rep,)))
    assert [item.title for item in found if item.code == "salesforce.owner"] == [
        "all 1 owners named are there and can have Leads"
    ]


def test_routing_by_the_orgs_rules_needs_an_active_rule(desk: Desk, sf: Salesforce) -> None:
    needed = Needs(NEEDED.fields, lead_statuses=STATUSES, org_rules=True)
    assert "salesforce.assignment_rule" in problems(sf.inspect(needed))
    desk.org.set_assignment_rule("All", desk.org.add_queue("Inbound"))
    assert problems(sf.inspect(needed)) == {}


def test_an_active_duplicate_rule_is_pointed_out(desk: Desk, sf: Salesforce) -> None:
    desk.org.add_duplicate_rule("Standard Lead Rule", "Lead", DuplicateAction.BLOCK)
    found = problems(sf.inspect(NEEDED), Level.WARNING)
    assert found["salesforce.duplicate_rule"].title == "an active duplicate rule on Lead: Standard_Lead_Rule"


def test_a_scarce_quota_is_a_warning_and_a_spent_one_a_problem(desk: Desk, sf: Salesforce) -> None:
    desk.org.meter.spend_elsewhere(75_000)
    assert "salesforce.quota" in problems(sf.inspect(NEEDED), Level.WARNING)
    desk.org.meter.spend_elsewhere(86_000)
    assert "salesforce.quota" in problems(desk.connector().inspect(NEEDED))


@pytest.mark.parametrize(("version", "level"), [("31.0", Level.WARNING), ("99.0", Level.PROBLEM)])
def test_an_api_version_is_compared_with_what_the_org_offers(desk: Desk, version: str, level: Level) -> None:
    """One that is near its end still answers; one the org does not have fails at once."""
    tokens = desk.org.tokens
    sf = Salesforce(
        client_id=tokens.client_id,
        client_secret=tokens.client_secret,
        login_url=desk.url,
        api_version=version,
        transport=TransportOptions(sleep=desk.time.sleep),
    )
    found = sf.inspect(NEEDED)
    sf.close()
    hit = [finding for finding in found if finding.code == "salesforce.api_version"]
    assert [finding.level for finding in hit] == [level]
    assert "salesforce.api_version" in hit[0].cure


def test_a_refused_login_is_the_only_finding(desk: Desk) -> None:
    """Nothing else can be asked; the cure names the setting."""
    sf = Salesforce(
        client_id=desk.org.tokens.client_id,
        client_secret="wrong",
        login_url=desk.url,
        transport=TransportOptions(sleep=desk.time.sleep),
    )
    found = sf.inspect(NEEDED)
    sf.close()
    assert [(item.level, item.code) for item in found] == [(Level.PROBLEM, "salesforce.login_refused")]
    assert "SALESFORCE_CLIENT_SECRET" in found[0].cure
    with pytest.raises(SystemFailure):
        sf.account()


def test_the_account_is_bound_by_org_id(desk: Desk, sf: Salesforce) -> None:
    account = sf.account()
    assert (account.id, account.name, account.is_sandbox) == (desk.org.org_id, "Northwind Demo", True)
    assert account.time_zone == "Europe/Berlin"


def test_the_schema_tells_what_may_be_written_on_an_object(desk: Desk, sf: Salesforce) -> None:
    """By our word for it; types, lengths, picklist values and rights as the org shows them to us."""
    lead = sf.schema("lead")
    assert (lead["Title"].type, lead["Title"].length) == ("string", 128)
    assert lead["Disqualification_Reason__c"].restricted
    assert "No Budget" in lead["Disqualification_Reason__c"].values
    assert not lead["IsConverted"].is_updateable
    assert lead["Syncd_Score__c"].scale == 0
    assert sf.schema("sfcontact") == sf.schema("contact")
