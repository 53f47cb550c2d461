"""Reading records one by one, by page and by batch, as the official client sees them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hubspot.crm.contacts import ApiException

from syncd.connectors.sandbox import Sandbox
from tests.sandbox_hubspot.conftest import Http, contact


def test_a_list_pages_by_id_until_a_page_without_a_cursor(sandbox: Sandbox, client: Any) -> None:
    """100 at most a page; the last page has no paging part."""
    ids = [contact(sandbox, f"p{n}@firm.com") for n in range(130)]
    api = client.crm.contacts.basic_api
    first = api.get_page(limit=100, properties=["email", "lastname"])
    second = api.get_page(limit=100, properties=["email", "lastname"], after=first.paging.next.after)
    assert [item.id for item in (*first.results, *second.results)] == ids
    assert second.paging is None
    assert first.results[0].properties["lastname"] is None
    assert set(first.results[0].properties) == {
        "createdate",
        "email",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }


def test_a_list_link_is_absolute_and_leads_to_the_next_page(sandbox: Sandbox, http: Http) -> None:
    """Clients of others follow the link instead of the cursor."""
    for n in range(3):
        contact(sandbox, f"p{n}@firm.com")
    page = http.call("GET", "/crm/v3/objects/contacts", limit=2, properties="email").json()
    rest = http.get(page["paging"]["next"]["link"], timeout=10).json()
    assert [item["properties"]["email"] for item in rest["results"]] == ["p2@firm.com"]


@pytest.mark.parametrize(("asked", "limit"), [("limit", 101), ("limit", 0)])
def test_a_page_size_out_of_bounds_is_refused(http: Http, asked: str, limit: int) -> None:
    answer = http.call("GET", "/crm/v3/objects/contacts", **{asked: limit})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_history_shows_every_version_newest_first_and_halves_the_page(sandbox: Sandbox, http: Http) -> None:
    """`propertiesWithHistory` limits a page to 50 (facts section 5)."""
    id_ = contact(sandbox, "a@firm.com", jobtitle="Analyst")
    sandbox.advance_to(sandbox.now + timedelta(days=1))
    sandbox.hubspot.update("contacts", id_, {"jobtitle": "Head of Planning"}, source="api")
    path = "/crm/v3/objects/contacts"
    assert http.call("GET", path, limit=51, propertiesWithHistory="jobtitle").status_code == 400
    shown = http.call("GET", f"{path}/{id_}", propertiesWithHistory="jobtitle").json()
    versions = shown["propertiesWithHistory"]["jobtitle"]
    assert [item["value"] for item in versions] == ["Head of Planning", "Analyst"]
    assert [item["sourceType"] for item in versions] == ["INTEGRATION", "CRM_UI"]


def test_a_missing_record_is_an_html_page_and_a_wrong_id_is_json(http: Http) -> None:
    """Recorded shapes: 197 bytes of HTML for a number, OBJECT_NOT_FOUND for anything else."""
    missing = http.call("GET", "/crm/v3/objects/contacts/999999")
    assert (missing.status_code, len(missing.content)) == (404, 197)
    assert missing.headers["Content-Type"].startswith("text/html")
    assert http.call("GET", "/crm/v3/objects/contacts/abc").json()["category"] == "OBJECT_NOT_FOUND"


def test_a_batch_read_says_which_ids_are_unknown(sandbox: Sandbox, client: Any) -> None:
    """207: results for those found, one error for all others; no exception, the caller must look."""
    id_ = contact(sandbox, "a@firm.com")
    answer = client.crm.contacts.batch_api.read(
        {"properties": ["email"], "inputs": [{"id": id_}, {"id": "77"}]}
    )
    assert [item.id for item in answer.results] == [id_]
    assert answer.num_errors == 1
    assert (answer.errors[0].category, answer.errors[0].context["ids"]) == ("OBJECT_NOT_FOUND", ["77"])


def test_a_batch_read_goes_by_address_too(sandbox: Sandbox, client: Any) -> None:
    id_ = contact(sandbox, "a@firm.com")
    body = {"properties": ["email"], "idProperty": "email", "inputs": [{"id": "A@firm.com"}]}
    assert [item.id for item in client.crm.contacts.batch_api.read(body).results] == [id_]


def test_a_batch_of_more_than_a_hundred_is_refused(http: Http, sandbox: Sandbox) -> None:
    body = {"inputs": [{"id": str(n)} for n in range(101)]}
    assert http.call("POST", "/crm/v3/objects/contacts/batch/read", body).status_code == 400
    assert len(sandbox.hubspot.violations) == 1


def test_an_archived_record_answers_only_to_those_who_ask_for_it(sandbox: Sandbox, client: Any) -> None:
    """Gone from the list and from a plain read, no date moved (airbyte 19838, 35017)."""
    id_ = contact(sandbox, "a@firm.com")
    before = sandbox.hubspot.record("contacts", id_).modified_at
    sandbox.advance_to(sandbox.now + timedelta(hours=1))
    api = client.crm.contacts.basic_api
    api.archive(id_)
    assert api.get_page().results == []
    with pytest.raises(ApiException) as refused:
        api.get_by_id(id_)
    assert refused.value.status == 404
    binned = api.get_page(archived=True).results[0]
    assert (binned.id, binned.archived, binned.archived_at.timestamp()) == (
        id_,
        True,
        sandbox.now.timestamp(),
    )
    assert sandbox.hubspot.record("contacts", id_).modified_at == before


def test_both_families_of_paths_answer_alike(sandbox: Sandbox, http: Http) -> None:
    """`/crm/objects/2026-09` is `/crm/v3/objects` under another name (facts section 3)."""
    id_ = contact(sandbox, "a@firm.com")
    firm = sandbox.hubspot.create("companies", {"name": "Firm"})
    sandbox.hubspot.associate("contacts", id_, "companies", firm)
    pairs = [
        (f"/crm/v3/objects/contacts/{id_}", f"/crm/objects/2026-09/contacts/{id_}"),
        (f"/crm/v4/objects/contacts/{id_}/associations/companies",
         f"/crm/objects/2026-09/contacts/{id_}/associations/companies"),
        ("/crm/v3/owners/", "/crm/owners/2026-03/"),
        ("/crm/v3/properties/contacts", "/crm/properties/2026-09/contacts"),
        ("/account-info/v3/details", "/account-info/2026-09/details"),
        ("/marketing/v3/marketing-events/", "/marketing/marketing-events/2026-09"),
        ("/events/v3/events/event-types", "/events/event-occurrences/2026-09/event-types"),
        ("/crm/v3/lists/21", "/crm/lists/2026-09/21"),
    ]  # fmt: skip
    for numbered, dated in pairs:
        answers = http.call("GET", numbered), http.call("GET", dated)
        assert (answers[0].status_code, answers[0].json()) == (200, answers[1].json()), dated
    assert http.call("GET", "/crm/objects/2025-01/contacts").status_code == 404


def test_a_url_too_long_is_refused(http: Http) -> None:
    """Reads that name every property in the URL end in 414 (airbyte 33976)."""
    names = ",".join(f"property_number_{n}" for n in range(900))
    assert http.call("GET", "/crm/v3/objects/contacts", properties=names).status_code == 414


def test_owners_are_found_by_address(client: Any) -> None:
    owners = client.crm.owners.owners_api.get_page(email="Kim.Osei@northwind.example").results
    assert [(item.first_name, item.last_name, item.archived) for item in owners] == [("Kim", "Osei", False)]


def test_a_property_definition_tells_type_options_and_whether_it_can_be_written(client: Any) -> None:
    core = client.crm.properties.core_api
    stage = core.get_by_name("contacts", "lifecyclestage")
    assert [item.value for item in stage.options][:3] == ["subscriber", "lead", "marketingqualifiedlead"]
    assert core.get_by_name("contacts", "hs_email_open").modification_metadata.read_only_value is True


def test_making_a_property_twice_is_a_conflict_and_changes_nothing(client: Any) -> None:
    core = client.crm.properties.core_api
    body = {
        "name": "tier",
        "label": "Tier",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    core.create("contacts", body)
    with pytest.raises(Exception, match="already exists") as refused:
        core.create("contacts", {**body, "label": "Other"})
    assert getattr(refused.value, "status", None) == 409
    assert core.get_by_name("contacts", "tier").label == "Tier"
