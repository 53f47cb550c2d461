"""What the playbook asks of each system, as `doctor` checks it."""

from __future__ import annotations

from pathlib import Path

from syncd.core.model import System
from syncd.ports import FieldNeed, Needs
from syncd.settings import load
from syncd.settings.loading import Loaded
from syncd.settings.needs import needs
from tests.settings.small import HOME, edit


def asked(loaded: Loaded, system: System) -> Needs:
    return needs(loaded.playbook, loaded.settings)[system]


def field(found: Needs, object_type: str, name: str) -> FieldNeed:
    (one,) = [need for need in found.fields if (need.object_type, need.field) == (object_type, name)]
    return one


def test_both_crms_are_asked_and_nobody_else(shipped: Loaded) -> None:
    assert set(needs(shipped.playbook, shipped.settings)) == {System.HUBSPOT, System.SALESFORCE}


def test_the_external_id_must_be_unique_on_lead_and_contact(shipped: Loaded) -> None:
    for target in ("Lead", "Contact"):
        key = field(asked(shipped, System.SALESFORCE), target, "Syncd_Key__c")
        assert (key.is_written, key.type, key.must_be_unique) == (True, "text", True)


def test_the_key_on_tasks_need_not_be_unique(shipped: Loaded) -> None:
    key = field(asked(shipped, System.SALESFORCE), "Task", "Syncd_Key__c")
    assert (key.is_written, key.must_be_unique) == (True, False)


def test_written_fields_carry_their_type_and_place(shipped: Loaded) -> None:
    score = field(asked(shipped, System.SALESFORCE), "Lead", "Syncd_Score__c")
    assert (score.is_written, score.type, score.used_by) == (True, "number", "mapping.yaml, salesforce.lead")
    date = field(asked(shipped, System.HUBSPOT), "contact", "syncd_recycle_date")
    assert (date.is_written, date.type, date.used_by) == (True, "date", "mapping.yaml, hubspot.contact")


def test_fields_that_are_only_tested_are_read(shipped: Loaded) -> None:
    size = field(asked(shipped, System.HUBSPOT), "company", "numberofemployees")
    assert (size.is_written, size.type) == (False, "number")
    assert not field(asked(shipped, System.HUBSPOT), "contact", "hs_email_optout").is_written


def test_what_a_mapping_reads_is_read_too(shipped: Loaded) -> None:
    assert not field(asked(shipped, System.HUBSPOT), "contact", "mobilephone").is_written


def test_picklists_must_hold_what_the_playbook_names(shipped: Loaded) -> None:
    found = asked(shipped, System.SALESFORCE)
    assert "No Budget" in field(found, "Lead", "Disqualification_Reason__c").values
    assert "Missing Feature" in field(found, "Opportunity", "Loss_Reason__c").values
    assert set(field(found, "Lead", "LeadSource").values) == {"Web", "Other"}
    assert "Unqualified" in found.lead_statuses


def test_lists_stages_and_statuses_are_named(shipped: Loaded) -> None:
    found = asked(shipped, System.HUBSPOT)
    assert "syncd nurture - win back" in found.lists
    assert {"marketingqualifiedlead", "salesqualifiedlead", "other"} <= set(found.lifecycle_stages)
    assert "BAD_TIMING" in found.lead_statuses


def test_stages_are_not_asked_for_when_somebody_else_writes_them(folder: Path) -> None:
    edit(folder, "mapping.yaml", "lifecycle:", "lifecycle:\n    write: false")
    assert asked(load(folder, HOME), System.HUBSPOT).lifecycle_stages == ()


def test_owners_and_assignment_rules(folder: Path, shipped: Loaded) -> None:
    assert asked(shipped, System.SALESFORCE).org_rules
    (folder / "routing.yaml").write_text('mode: owner\nowner: "005000000000001AAA"\n')
    found = asked(load(folder, HOME), System.SALESFORCE)
    assert (found.org_rules, found.owners) == (False, ("005000000000001AAA",))


def test_watched_properties_are_read(folder: Path) -> None:
    edit(
        folder, "signals.yaml", 'source: hubspot.page_view, where: {url: "*/pricing*"}',
        "source: hubspot.contact_change, where: {property: [hs_lead_status, 'hs_*']}",
    )  # fmt: skip
    names = {need.field for need in asked(load(folder, HOME), System.HUBSPOT).fields}
    assert "hs_lead_status" in names
    assert "hs_*" not in names
