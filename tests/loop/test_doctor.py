"""`syncd doctor` names all that can be set up wrongly, with its cure, on one screen. It writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.salesforce.state import Salesforce
from tests.loop.terminal import Said, Terminal, terminal

SCREEN_LINES = 90
"""A portal and an org in which nothing was prepared: nearly fifty things, grouped."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One well-kept installation for all: every test puts back what it broke."""
    with terminal(tmp_path_factory.mktemp("doctor")) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Terminal]:
    with terminal(tmp_path) as made:
        yield made


def doctor(shop: Terminal, code: int) -> Said:
    """The screen: at most 80 columns wide, without logs, with a verdict, and no write behind it."""
    before = shop.writes
    said = shop.run("doctor")
    assert said.code == code, said.out + said.err
    assert max(len(line) for line in said.out.splitlines()) <= 80
    assert said.err == ""
    assert "call.made" not in said.out
    assert shop.writes == before
    return said


def test_a_well_kept_portal_and_org_have_all_that_is_needed(shop: Terminal) -> None:
    said = doctor(shop, 0)
    assert said.out.endswith("Everything needed is there.\n")
    assert "MISSING" not in said.out


@pytest.mark.parametrize(
    ("name", "value", "named", "cure"),
    [
        ("HUBSPOT_ACCESS_TOKEN", "pat-eu1-0000aaaa-0000-0000-0000-00000000cafe", "(401)", "service key"),
        ("HUBSPOT_ACCESS_TOKEN", "cafe-malformed", "(530)", "service key"),
        ("SALESFORCE_CLIENT_SECRET", "cafe-secret", "invalid_client", "check SALESFORCE_CLIENT_SECRET"),
        ("SALESFORCE_CLIENT_ID", "cafe-id", "invalid_client_id", "check SALESFORCE_CLIENT_ID"),
        ("HUBSPOT_BASE_URL", "http://127.0.0.1:9", "no connection", "HUBSPOT_BASE_URL"),
        ("SALESFORCE_LOGIN_URL", "http://127.0.0.1:9", "no connection", "SALESFORCE_LOGIN_URL"),
    ],
)
def test_what_does_not_let_us_in_is_named_and_the_other_system_is_still_checked(
    shop: Terminal, name: str, value: str, named: str, cure: str
) -> None:
    said = doctor(shop.having(**{name: value}), 1)
    assert named in said.flat
    assert cure in said.flat
    assert "1 thing missing: nothing is written until then." in said.out
    assert f"ok  {'salesforce' if name.startswith('HUBSPOT') else 'hubspot'}: " in said.out
    if "cafe" in value:
        assert "cafe" not in said.out, "a credential is shown"


NEEDED_SCOPES = (
    "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.companies.read",
    "crm.objects.owners.read", "crm.lists.read", "crm.lists.write", "crm.schemas.contacts.read",
)  # fmt: skip
USEFUL_SCOPES = (
    "crm.objects.deals.read", "crm.objects.marketing_events.read", "sales-email-read", "forms", "content",
    "business-intelligence",
)  # fmt: skip


@pytest.mark.parametrize("scope", [*NEEDED_SCOPES, *USEFUL_SCOPES])
def test_every_scope_that_is_missing_is_named(shop: Terminal, scope: str) -> None:
    """Those without which nothing can be delivered stop writing; the others are shown as what they cost."""
    shop.sandbox.hubspot.scopes -= {scope}
    try:
        said = doctor(shop, 1 if scope in NEEDED_SCOPES else 0)
    finally:
        shop.sandbox.hubspot.scopes |= {scope}
    assert f"Add the scope {scope} to" in said.flat
    assert ("MISSING" in said.out) == (scope in NEEDED_SCOPES)


def _not_unique(org: Salesforce) -> None:
    org.change_field("Contact", "Syncd_Key__c", is_unique=False)


def _not_external(org: Salesforce) -> None:
    org.change_field("Lead", "Syncd_Key__c", is_external_id=False)


def _read_only(org: Salesforce) -> None:
    org.make_read_only("Lead", "Syncd_Brief__c")


def _restricted(org: Salesforce) -> None:
    org.change_field("Lead", "LeadSource", values=("Phone", "Other"), is_restricted=True)


def _no_rule(org: Salesforce) -> None:
    org.set_assignment_rule("None", org.add_queue("Nobody"), is_active=False)


def _required(org: Salesforce) -> None:
    org.change_field("Lead", "Industry", is_required=True)


def _no_statuses(org: Salesforce) -> None:
    org.change_field("Lead", "Status", values=("New", "Working - Contacted", "Closed - Converted"))


@pytest.mark.parametrize(
    ("mistake", "named", "cure"),
    [
        (lambda org: org.drop_field("Lead", "Syncd_Level__c"), "Lead.Syncd_Level__c", "Fields > New"),
        (lambda org: org.hide("Contact", "Syncd_Score__c"), "Contact.Syncd_Score__c", "field-level security"),
        (lambda org: org.drop_field("Task", "Syncd_Key__c"), "Task.Syncd_Key__c", "Fields > New"),
        (lambda org: org.hide("Lead", "Syncd_Key__c"), "Text(64), External ID, Unique", "the grant"),
        (lambda org: org.hide("Task"), "Task does not exist or is hidden", "grant read, create and edit"),
        (_not_unique, "Contact.Syncd_Key__c is not both External ID and Unique", "tick External ID"),
        (_not_external, "Lead.Syncd_Key__c is not both External ID and Unique", "tick External ID"),
        (_read_only, "Lead.Syncd_Brief__c may not be written", "grant edit access"),
        (_restricted, "Lead.LeadSource lacks 1 value the playbook names Web", "LeadSource > Values"),
        (_required, "Lead.Industry is required by the org and not sent", "map the field"),
        (_no_rule, "no assignment rule for Leads is active", "activate a rule"),
        (_no_statuses, "Lead Status lacks Accepted, Nurture, Unqualified", "feedback.statuses"),
    ],
)
def test_what_an_org_lacks_is_named_with_its_cure(
    fresh: Terminal, mistake: Callable[[Salesforce], None], named: str, cure: str
) -> None:
    mistake(fresh.sandbox.salesforce)
    said = doctor(fresh, 1)
    assert named in said.flat
    assert cure in said.flat


def test_an_owner_who_has_left_is_named(fresh: Terminal) -> None:
    gone = fresh.sandbox.salesforce.add_user("Olga", "Old", is_active=False)
    fresh.edit("routing.yaml", "mode: org_rules", f'mode: owner\nowner: "{gone}"')
    said = doctor(fresh, 1)
    assert f"the owner {gone} is not active" in said.flat
    assert "name another user or queue under routing" in said.flat


def _no_property(portal: Sandbox) -> None:
    del portal.hubspot.definitions["contacts"]["syncd_track"]


def _wrong_type(portal: Sandbox) -> None:
    portal.hubspot.definitions["contacts"]["syncd_pass"].type = "string"


def _no_list(portal: Sandbox) -> None:
    del portal.hubspot.lists.by_id[portal.hubspot.lists.named("syncd nurture - near SQL").id]


def _dynamic_list(portal: Sandbox) -> None:
    portal.hubspot.lists.named("syncd nurture - near SQL").processing_type = "DYNAMIC"


@pytest.mark.parametrize(
    ("mistake", "named", "cure"),
    [
        (_no_property, "syncd_track: there is no such contact property", "Settings > Properties"),
        (_wrong_type, "The contact property syncd_pass is of type string", "make syncd_pass anew as number"),
        (
            _no_list,
            "List 'syncd nurture - near SQL' cannot take members it does not exist",
            "static (manual)",
        ),
        (_dynamic_list, "is DYNAMIC: it fills itself", "static (manual)"),
    ],
)
def test_what_a_portal_lacks_is_named_with_its_cure(
    fresh: Terminal, mistake: Callable[[Sandbox], None], named: str, cure: str
) -> None:
    mistake(fresh.sandbox)
    said = doctor(fresh, 1)
    assert named in said.flat
    assert cure in said.flat


def test_a_portal_without_page_events_is_shown_and_is_no_failure(tmp_path: Path) -> None:
    with terminal(tmp_path, tier="professional") as made:
        said = doctor(made, 0)
    assert "NOTE hubspot: Stream page_events is not available" in said.flat
    assert "Everything needed is there." in said.out


def test_a_portal_and_an_org_in_which_nothing_was_prepared_fit_on_a_screen(fresh: Terminal) -> None:
    """Fields that lack the same thing stand together under one cure; each is still named."""
    portal, org = fresh.sandbox.hubspot, fresh.sandbox.salesforce
    names = [name for name in portal.definitions["contacts"] if name.startswith("syncd_")]
    for name in names:
        del portal.definitions["contacts"][name]
    portal.lists.by_id.clear()
    fields = [f"Syncd_{it}__c" for it in ("Key", "Level", "Grade", "Score", "Reason", "Brief", "Pass")]
    for record in ("Lead", "Contact"):
        for field in fields:
            org.drop_field(record, field)
    org.drop_field("Task", "Syncd_Key__c")
    said = doctor(fresh, 1)
    wanted = [*names, "Task.Syncd_Key__c", *(f"{r}.{f}" for r in ("Lead", "Contact") for f in fields)]
    assert [name for name in wanted if name not in said.out] == []
    assert len(said.out.splitlines()) <= SCREEN_LINES
    assert f"{len(wanted) + 6} things missing: nothing is written until then." in said.out


def test_another_portal_is_refused_until_a_person_says_it_is_meant(fresh: Terminal) -> None:
    """A swapped token would write yesterday's links into a stranger's portal."""
    assert fresh.run("sync", "--once").code == 0
    old, fresh.sandbox.hubspot.portal_id = fresh.sandbox.hubspot.portal_id, 99_000_001
    said = doctor(fresh, 1)
    assert f"belongs to hubspot portal {old}, but the credentials answer for portal 99000001" in said.flat
    assert "run `syncd rebind`" in said.flat
    refused = fresh.run("sync", "--once")
    assert (refused.code, refused.out, fresh.writes) == (2, "", 0)
    assert fresh.run("go-live", "--yes", "--by", "Ann").code == 3
    assert fresh.run("rebind", "--by", "Ann").code == 0
    doctor(fresh, 0)
    assert fresh.run("sync", "--once").code == 0


# --- two owners ------------------------------------------------------------------------------------------


@pytest.fixture
def synced(fresh: Terminal) -> Terminal:
    """A portal whose contacts carry ids that HubSpot's own Salesforce sync wrote."""
    fresh.sandbox.hubspot.create(
        "contacts", {"email": "kim@fitting.example", "salesforceleadid": "00Q000000000001AAA"}
    )
    assert fresh.run("sync", "--once").code == 0
    return fresh


def test_every_field_and_stage_with_two_owners_is_listed_and_going_live_refused(synced: Terminal) -> None:
    said = doctor(synced, 1)
    for name in ("Lead.Title", "Lead.LastName", "Contact.Phone", "Lead.HasOptedOutOfEmail",
                 "contact.lifecyclestage", "contact.hs_lead_status"):  # fmt: skip
        assert name in said.out
    assert "Lead.Country" not in said.out, "given at creation only, then theirs"
    assert "Lead.Syncd_Level__c" not in said.out, "ours alone"
    refused = synced.run("go-live", "--yes", "--by", "Ann")
    assert (refused.code, synced.writes) == (3, 0)
    assert "Lead.Title" in refused.out


def test_going_live_works_when_our_side_gives_the_fields_up(synced: Terminal) -> None:
    """Values at creation only, the stage left to the other sync, no lead status: one owner each."""
    mapping = synced.config / "mapping.yaml"
    text = mapping.read_text().replace("write: fill_once", "write: on_create")
    for rule in ("until_touched", "tick_only"):
        text = text.replace(f"write: {rule}", "write: on_create")
    text = text.replace("write: true", "write: false")
    mapping.write_text(text)
    said = synced.run("go-live", "--yes", "--by", "Ann")
    assert said.code == 3, "one is left"
    assert "contact.hs_lead_status" in said.flat
    assert "Lead.Title" not in said.out
    recycle = synced.config / "recycle.yaml"
    lines = recycle.read_text().splitlines()
    recycle.write_text("\n".join(_without_status(line) for line in lines) + "\n")
    assert synced.run("go-live", "--yes", "--by", "Ann").code == 0


def _without_status(line: str) -> str:
    head, mark, tail = line.partition(", lead_status: ")
    return line if not mark else head + tail[len(tail.partition("}")[0].partition(",")[0]) :]


@pytest.mark.parametrize("others", ["[]", "[Industry, Rating]"])
def test_going_live_works_when_the_other_sync_is_said_not_to_write_them(
    synced: Terminal, others: str
) -> None:
    path = synced.config / "connections.yaml"
    head, mark, rest = path.read_text().partition("  native_sync_writes:")
    assert mark
    path.write_text(f"{head}{mark} {others}\n{rest.partition(']')[2]}")
    assert "has two owners" not in synced.run("doctor").flat
    assert synced.run("go-live", "--yes", "--by", "Ann").code == 0


def test_what_our_writes_set_off_is_listed_and_blocks_nothing(fresh: Terminal) -> None:
    """Whoever may not read it is told so: no right is needed for it."""
    org, portal = fresh.sandbox.salesforce, fresh.sandbox.hubspot
    org.add_flow("Welcome a lead", "Lead")
    org.hide("ValidationRule")
    portal.scopes -= {"automation"}
    said = doctor(fresh, 0)
    assert "Welcome a lead: a flow that our writes set off on Lead, after the save" in said.flat
    assert "validation rules that our writes set off: could not be read" in said.flat
    assert "grant View Setup and Configuration" in said.flat
    assert "add the scope automation" in said.flat
    assert said.out.endswith("Everything needed is there.\n")
