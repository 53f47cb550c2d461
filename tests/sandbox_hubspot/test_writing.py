"""Writing: what is refused and how, what is silently ignored, what moves a date, what a batch answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hubspot.crm.contacts import ApiException

from syncd.connectors.sandbox import Sandbox
from tests.sandbox_hubspot.conftest import Http, contact

BATCH = "/crm/v3/objects/contacts/batch"


def test_an_update_moves_the_modified_date_and_is_kept_with_before_and_after(
    sandbox: Sandbox, client: Any
) -> None:
    id_ = contact(sandbox, "a@firm.com", jobtitle="Analyst")
    sandbox.advance_to(sandbox.now + timedelta(hours=1))
    client.crm.contacts.basic_api.update(id_, {"properties": {"jobtitle": "Buyer"}})
    record = sandbox.hubspot.record("contacts", id_)
    assert record.modified_at == sandbox.now
    written = sandbox.hubspot.writes[-1]
    assert (written.operation, written.before, written.after) == (
        "update", {"jobtitle": "Analyst"}, {"jobtitle": "Buyer"},
    )  # fmt: skip


def test_an_empty_text_clears_a_property(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com", jobtitle="Analyst")
    client.crm.contacts.basic_api.update(id_, {"properties": {"jobtitle": ""}})
    assert "jobtitle" not in sandbox.hubspot.record("contacts", id_).properties


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("no_such", "x", "PROPERTY_DOESNT_EXIST"),
        ("lifecyclestage", "Lead", "INVALID_OPTION"),
        ("hs_lead_status", "new", "INVALID_OPTION"),
        ("syncd_pass", "1,000", "INVALID_DOUBLE"),
        ("syncd_recycle_date", "2026-09-01T10:00:00Z", "INVALID_DATE"),
        ("syncd_first_mql_at", "soon", "INVALID_DATE"),
        ("hs_email_open", "3", "READ_ONLY_VALUE"),
        ("hs_marketable_status", "true", "READ_ONLY_VALUE"),
        ("email", "not-an-address", "INVALID_EMAIL"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_nothing_is_written(
    sandbox: Sandbox, http: Http, name: str, value: str, code: str
) -> None:
    """The recorded shape: a list as text in `message`, the same in `errors`."""
    id_ = contact(sandbox, "a@firm.com")
    answer = http.call(
        "PATCH", f"/crm/v3/objects/contacts/{id_}", {"properties": {name: value, "jobtitle": "Buyer"}}
    )
    body = answer.json()
    assert (answer.status_code, body["category"]) == (400, "VALIDATION_ERROR")
    assert body["message"].startswith("Property values were not valid: [")
    assert [(item["code"], item["context"]) for item in body["errors"]] == [(code, {"propertyName": [name]})]
    assert sandbox.hubspot.writes == []
    assert "jobtitle" not in sandbox.hubspot.record("contacts", id_).properties


def test_a_second_contact_with_an_address_is_a_conflict_that_names_the_first(
    sandbox: Sandbox, client: Any
) -> None:
    id_ = contact(sandbox, "a@firm.com")
    with pytest.raises(ApiException) as refused:
        client.crm.contacts.basic_api.create({"properties": {"email": "A@firm.com"}})
    assert refused.value.status == 409
    assert f"Existing ID: {id_}" in refused.value.body


def test_a_write_that_changes_nothing_moves_no_date(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com", jobtitle="Analyst")
    before = sandbox.now
    sandbox.advance_to(before + timedelta(hours=1))
    client.crm.contacts.basic_api.update(id_, {"properties": {"jobtitle": "Analyst"}})
    assert sandbox.hubspot.record("contacts", id_).modified_at == before


# --- lifecycle stage ---------------------------------------------------------------------------------------


def test_a_stage_set_backward_by_the_api_is_accepted_and_ignored(sandbox: Sandbox, client: Any) -> None:
    """Facts 8.1: success, nothing changed, nothing dated; the other properties of the write are taken."""
    id_ = contact(sandbox, "a@firm.com", lifecyclestage="salesqualifiedlead")
    api = client.crm.contacts.basic_api
    api.update(id_, {"properties": {"lifecyclestage": "lead", "jobtitle": "Buyer"}})
    properties = sandbox.hubspot.record("contacts", id_).properties
    assert (properties["lifecyclestage"], properties["jobtitle"]) == ("salesqualifiedlead", "Buyer")
    assert len(sandbox.hubspot.violations) == 1


def test_a_stage_cleared_first_can_be_set_to_any(sandbox: Sandbox, client: Any) -> None:
    """Two requests; the `hs_v2` dates of later stages survive."""
    id_ = contact(sandbox, "a@firm.com", lifecyclestage="salesqualifiedlead")
    sandbox.advance_to(sandbox.now + timedelta(hours=1))
    batch = client.crm.contacts.batch_api
    for stage in ("", "lead"):
        batch.update({"inputs": [{"id": id_, "properties": {"lifecyclestage": stage}}]})
    record = sandbox.hubspot.record("contacts", id_)
    assert record.properties["lifecyclestage"] == "lead"
    assert (
        record.properties["hs_v2_date_entered_lead"]
        > record.properties["hs_v2_date_entered_salesqualifiedlead"]
    )
    assert [item.value for item in record.versions("lifecyclestage")] == ["salesqualifiedlead", "", "lead"]
    assert sandbox.hubspot.violations == []


def test_a_person_may_set_any_stage_which_clears_legacy_dates_of_later_ones(sandbox: Sandbox) -> None:
    id_ = contact(sandbox, "a@firm.com", lifecyclestage="salesqualifiedlead")
    sandbox.hubspot.update("contacts", id_, {"lifecyclestage": "lead"}, source="user")
    properties = sandbox.hubspot.record("contacts", id_).properties
    assert properties["lifecyclestage"] == "lead"
    assert "hs_lifecyclestage_salesqualifiedlead_date" not in properties
    assert "hs_v2_date_entered_salesqualifiedlead" in properties


# --- batches -----------------------------------------------------------------------------------------------


def test_an_update_batch_does_the_known_and_names_the_unknown(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com")
    body = {"inputs": [{"id": one, "properties": {"jobtitle": "Buyer"}} for one in (id_, "77", "78")]}
    answer = client.crm.contacts.batch_api.update(body)
    assert [item.id for item in answer.results] == [id_]
    assert answer.errors[0].context["ids"] == ["77", "78"]
    assert sandbox.hubspot.record("contacts", id_).properties["jobtitle"] == "Buyer"


def test_one_wrong_value_fails_a_whole_batch_without_trace_ids(sandbox: Sandbox, http: Http) -> None:
    good, bad = contact(sandbox, "a@firm.com"), contact(sandbox, "b@firm.com")
    inputs = [{"id": good, "properties": {"jobtitle": "x"}}, {"id": bad, "properties": {"no_such": "x"}}]
    assert http.call("POST", f"{BATCH}/update", {"inputs": inputs}).status_code == 400
    assert sandbox.hubspot.writes == []


def test_trace_ids_let_the_good_through_and_name_the_bad(sandbox: Sandbox, http: Http) -> None:
    """A conflict inside a batch create carries the trace id and the id already there."""
    taken = contact(sandbox, "a@firm.com")
    inputs = [
        {"objectWriteTraceId": "0", "properties": {"email": "a@firm.com"}},
        {"objectWriteTraceId": "1", "properties": {"email": "new@firm.com"}},
    ]
    answer = http.call("POST", f"{BATCH}/create", {"inputs": inputs})
    body = answer.json()
    assert (answer.status_code, body["numErrors"], len(body["results"])) == (207, 1, 1)
    assert body["errors"][0]["category"] == "CONFLICT"
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["0"], "existingId": [taken]}


def test_a_record_named_twice_in_a_batch_is_refused(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    inputs = [{"id": id_, "properties": {"jobtitle": title}} for title in ("x", "y")]
    answer = http.call("POST", f"{BATCH}/update", {"inputs": inputs})
    assert (answer.status_code, answer.json()["context"]) == (400, {"ids": [id_]})
    assert answer.json()["message"].startswith("Duplicate IDs found in batch input")


def test_a_batch_without_inputs_succeeds_and_does_nothing(sandbox: Sandbox, http: Http) -> None:
    """A malformed body is a silent no-op: success, no results, no errors."""
    answer = http.call("POST", f"{BATCH}/update", {"records": []})
    assert (answer.status_code, answer.json()["results"]) == (200, [])
    assert len(sandbox.hubspot.violations) == 1


def test_an_upsert_by_address_says_what_is_new(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com")
    inputs = [
        {"id": email, "idProperty": "email", "properties": {"email": email, "lastname": "L"}}
        for email in ("a@firm.com", "b@firm.com")
    ]
    results = client.crm.contacts.batch_api.upsert({"inputs": inputs}).results
    assert [(item.id == id_, item.new) for item in results] == [(True, False), (False, True)]


def test_required_properties_are_enforced_on_dated_paths_only(sandbox: Sandbox, http: Http) -> None:
    """Changelog, write validation enforcement: 2026-09 refuses, v3 lets through."""
    sandbox.hubspot.required["contacts"].add("lastname")
    body = {"properties": {"email": "a@firm.com"}}
    answer = http.call("POST", "/crm/objects/2026-09/contacts", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "MISSING_REQUIRED_PROPERTY")
    made = http.call("POST", "/crm/v3/objects/contacts", body | {"properties": {"lastname": "L"}}).json()[
        "id"
    ]
    cleared = {"inputs": [{"id": made, "properties": {"lastname": ""}}]}
    assert http.call("POST", "/crm/objects/2026-09/contacts/batch/update", cleared).status_code == 400
    assert http.call("POST", f"{BATCH}/update", cleared).status_code == 200
    assert http.call("POST", "/crm/v3/objects/contacts", body).status_code == 201


# --- merges and privacy ------------------------------------------------------------------------------------


def test_a_merge_makes_a_new_id_and_the_old_ones_resolve_to_it(sandbox: Sandbox, client: Any) -> None:
    """The primary's values win; a read by an old id answers with another id."""
    first = contact(sandbox, "a@firm.com", jobtitle="Buyer")
    second = contact(sandbox, "b@firm.com", jobtitle="Analyst", phone="1")
    firm = sandbox.hubspot.create("companies", {"name": "Firm"})
    sandbox.hubspot.associate("contacts", second, "companies", firm)
    api = client.crm.contacts.basic_api
    merged = api.merge({"primaryObjectId": first, "objectIdToMerge": second})
    assert merged.id not in {first, second}
    names = ["jobtitle", "phone", "hs_merged_object_ids", "hs_calculated_merged_vids", "hs_additional_emails"]
    for old in (first, second):
        read = api.get_by_id(old, properties=[*names, "associatedcompanyid"])
        assert read.id == merged.id
    assert (read.properties["jobtitle"], read.properties["phone"]) == ("Buyer", "1")
    assert read.properties["hs_merged_object_ids"] == f"{first};{second}"
    assert read.properties["hs_calculated_merged_vids"].startswith(f"{first}:1788")
    assert read.properties["hs_additional_emails"] == "b@firm.com"
    assert read.properties["associatedcompanyid"] == firm
    assert [item.id for item in api.get_page().results] == [merged.id]


def test_a_merge_of_a_merge_keeps_all_ids(sandbox: Sandbox) -> None:
    a, b, c = (contact(sandbox, f"{name}@firm.com") for name in "abc")
    once = sandbox.hubspot.merge("contacts", a, b)
    twice = sandbox.hubspot.merge("contacts", c, once)
    record = sandbox.hubspot.record("contacts", a)
    assert record.id == twice
    assert record.properties["hs_merged_object_ids"] == f"{c};{a};{b};{once}"


def test_an_address_of_a_merged_contact_stays_taken(sandbox: Sandbox, http: Http) -> None:
    a, b = contact(sandbox, "a@firm.com"), contact(sandbox, "b@firm.com")
    sandbox.hubspot.merge("contacts", a, b)
    answer = http.call("POST", "/crm/v3/objects/contacts", {"properties": {"email": "b@firm.com"}})
    assert answer.status_code == 409


def test_a_privacy_deletion_leaves_nothing(sandbox: Sandbox, client: Any, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.hubspot.submit_form(
        "Get a quote", "a@firm.com", {"lastname": "L"}, "https://n.example/quote", id_
    )
    client.crm.contacts.basic_api.purge({"objectId": "a@firm.com", "idProperty": "email"})
    assert http.call("GET", f"/crm/v3/objects/contacts/{id_}", archived="true").status_code == 404
    assert sandbox.hubspot.marketing.forms["Get a quote"].submissions == []


# --- associations ------------------------------------------------------------------------------------------


def test_associations_are_read_a_thousand_at_a_time_and_none_is_an_error(
    sandbox: Sandbox, client: Any
) -> None:
    """One target may carry two types: primary and unlabelled."""
    with_firm, alone = contact(sandbox, "a@firm.com"), contact(sandbox, "b@firm.com")
    firms = [sandbox.hubspot.create("companies", {"name": f"Firm {n}"}) for n in range(2)]
    for firm in firms:
        sandbox.hubspot.associate("contacts", with_firm, "companies", firm)
    body = {"inputs": [{"id": with_firm}, {"id": alone}]}
    answer = client.crm.associations.v4.batch_api.get_page("contacts", "companies", body)
    ends = answer.results[0].to
    assert [str(end.to_object_id) for end in ends] == firms
    assert [[kind.type_id for kind in end.association_types] for end in ends] == [[1, 279], [279]]
    assert answer.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert answer.errors[0].context["fromObjectId"] == [alone]


def test_more_than_a_thousand_ids_are_refused(http: Http) -> None:
    body = {"inputs": [{"id": str(n)} for n in range(1_001)]}
    assert http.call("POST", "/crm/v4/associations/contacts/companies/batch/read", body).status_code == 400


def test_an_association_moves_no_date(sandbox: Sandbox, client: Any) -> None:
    """So a pure modified-date feed misses it (airbyte 27199, 44554)."""
    id_, call = contact(sandbox, "a@firm.com"), sandbox.hubspot.log("calls", {"hs_call_title": "Call"})
    firm = sandbox.hubspot.create("companies", {"name": "Firm"})
    before = sandbox.now
    sandbox.advance_to(before + timedelta(hours=1))
    client.crm.associations.v4.basic_api.create_default("contacts", id_, "calls", call)
    client.crm.associations.v4.basic_api.create_default("contacts", id_, "companies", firm)
    for kind, one in (("contacts", id_), ("calls", call), ("companies", firm)):
        assert sandbox.hubspot.record(kind, one).modified_at == before
    assert sandbox.hubspot.record("contacts", id_).properties["associatedcompanyid"] == firm


def test_an_activity_logged_for_a_contact_moves_its_date(sandbox: Sandbox) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.advance_to(sandbox.now + timedelta(hours=1))
    sandbox.hubspot.log("emails", {"hs_email_direction": "INCOMING_EMAIL"}, contacts=[id_])
    record = sandbox.hubspot.record("contacts", id_)
    assert record.modified_at == sandbox.now
    assert record.properties["hs_sales_email_last_replied"] == sandbox.hubspot.now_text()


def test_a_record_can_be_made_together_with_its_associations(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    body = {"properties": {"hs_note_body": "Met", "hs_timestamp": "2026-09-01T06:00:00Z"},
            "associations": [{"to": {"id": id_}, "types": types}]}  # fmt: skip
    note = client.crm.objects.notes.basic_api.create(body)
    page = client.crm.associations.v4.basic_api.get_page("notes", note.id, "contacts")
    assert [str(end.to_object_id) for end in page.results] == [id_]
