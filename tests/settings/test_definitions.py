"""The fields of ours, told from the mapping: what `setup`, the doctor and the uninstaller all go by."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.model import Stage
from syncd.core.playbook import FieldMap, Playbook
from syncd.core.values import SYNCD_NAMES
from syncd.ports import FieldDefinition
from syncd.settings.definitions import _WORDS, closed_set, hubspot_definitions, salesforce_definitions
from syncd.settings.loading import Loaded


def by_name(found: tuple[FieldDefinition, ...], object_type: str) -> dict[str, FieldDefinition]:
    return {item.name: item for item in found if item.object_type == object_type}


def mapped(playbook: Playbook, contact: tuple[FieldMap, ...], lead: tuple[FieldMap, ...] = ()) -> Playbook:
    """The playbook with other fields mapped on HubSpot's contact and on Lead."""
    return replace(playbook, mapping=replace(playbook.mapping, contact=contact, lead=lead))


def test_every_property_of_ours_in_the_mapping_is_made_and_none_of_the_vendors(shipped: Loaded) -> None:
    found = by_name(hubspot_definitions(shipped.playbook), "contact")
    assert set(found) == {item.target for item in shipped.playbook.mapping.contact}
    assert found["syncd_recycle_date"].type == "date"
    assert found["syncd_first_sql_at"].type == "datetime"
    assert found["syncd_pass"].type == "number"


def test_a_property_of_the_vendors_is_never_ours_to_make(shipped: Loaded) -> None:
    targets = ("hs_lead_status", "jobtitle", "acme_why")
    contact = tuple(FieldMap(name, "syncd.reason") for name in targets)
    (found,) = hubspot_definitions(mapped(shipped.playbook, contact))
    assert found.name == "acme_why"


def test_what_a_playbook_tells_completely_is_a_dropdown(shipped: Loaded) -> None:
    found = by_name(hubspot_definitions(shipped.playbook), "contact")
    assert ("handed_off", "Handed off") in found["syncd_stage"].options
    assert ("near_sql", "Near SQL") in found["syncd_stage"].options
    assert [value for value, _label in found["syncd_fit_grade"].options] == ["A", "B", "C", "D"]
    assert ("Win back", "Win back") in found["syncd_track"].options
    assert found["syncd_reason"].options == ()


def test_every_stage_somebody_can_be_shown_in_is_an_option(shipped: Loaded) -> None:
    """A value that is no option would have the whole contact refused."""
    item = FieldMap("syncd_stage", "syncd.stage")
    values = {value for value, _label in closed_set(shipped.playbook, item)}
    assert values == {str(stage) for stage in Stage} - {"erased"}  # nothing is written about the erased


def test_a_translated_value_has_no_closed_set(shipped: Loaded) -> None:
    item = FieldMap("syncd_stage", "syncd.stage", values={"lead": "Cold"})
    assert closed_set(shipped.playbook, item) == ()


def test_the_external_id_is_on_lead_and_contact_and_the_key_on_tasks(shipped: Loaded) -> None:
    found = salesforce_definitions(shipped.playbook)
    for name, length, is_unique in (("Lead", 64, True), ("Contact", 64, True), ("Task", 120, False)):
        key = by_name(found, name)["Syncd_Key__c"]
        assert (key.type, key.length, key.is_unique) == ("text", length, is_unique)


def test_salesforces_own_fields_and_those_of_packages_are_left_out(shipped: Loaded) -> None:
    lead = (FieldMap("acme__Reason__c", "syncd.reason"), FieldMap("Title", "contact.jobtitle"))
    found = by_name(salesforce_definitions(mapped(shipped.playbook, (), lead)), "Lead")
    assert set(found) == {"Syncd_Key__c"}


def test_what_is_too_long_for_text_is_long_text(shipped: Loaded) -> None:
    brief = by_name(salesforce_definitions(shipped.playbook), "Lead")["Syncd_Brief__c"]
    assert (brief.type, brief.length) == ("long_text", 32_000)


def test_a_field_holds_the_longest_name_the_playbook_gives(shipped: Loaded) -> None:
    long = "Marketing engaged and evaluating with the whole team"
    first, *rest = shipped.playbook.levels.mql
    levels = replace(shipped.playbook.levels, mql=(replace(first, label=long), *rest))
    playbook = replace(shipped.playbook, levels=levels)
    assert by_name(salesforce_definitions(playbook), "Lead")["Syncd_Level__c"].length == len(long)


def test_people_read_words_on_every_value_of_ours() -> None:
    assert set(_WORDS) == {name.removeprefix("syncd.") for name in SYNCD_NAMES}


def test_labels_fit_what_salesforce_takes(shipped: Loaded) -> None:
    """40 characters ("CustomField", Metadata API)."""
    found = hubspot_definitions(shipped.playbook) + salesforce_definitions(shipped.playbook)
    assert max(len(item.label) for item in found) <= 40
    assert all(item.description and item.label for item in found)
