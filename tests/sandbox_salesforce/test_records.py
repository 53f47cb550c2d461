"""Single records through simple-salesforce: what the org fills in, answers and refuses."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

from syncd.connectors.sandbox.salesforce.setup import DuplicateAction, ValidationRule
from syncd.connectors.sandbox.salesforce.state import Salesforce
from tests.sandbox_salesforce.conftest import KEY, Served, lead


def test_a_created_lead_has_what_the_platform_fills_in(org: Salesforce, client: Any) -> None:
    """Status, owner, name and stamps come by themselves; the header FALSE leaves the owner to the caller."""
    made = client.Lead.create(lead(FirstName=" Dana ", Title=""))
    row = client.Lead.get(made["id"])
    assert made["success"] is True
    assert (row["Name"], row["FirstName"], row["Title"]) == ("Dana Ruiz", "Dana", None)
    assert (row["Status"], row["OwnerId"]) == ("New", org.integration_user_id)
    assert row["SystemModstamp"] == "2026-09-01T06:00:00.000+0000"


def test_upsert_answers_201_then_200_and_writes_one_record(org: Salesforce, client: Any) -> None:
    """The key decides; it stands in the address and not in the body."""
    first = client.Lead.upsert(f"{KEY}/4711:1", {"LastName": "Ruiz", "Company": "Acme"}, raw_response=True)
    second = client.Lead.upsert(
        f"{KEY}/4711:1", {"LastName": "Ruiz", "Company": "Acme Ltd"}, raw_response=True
    )
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()["created"]) == (200, False)
    assert first.json()["id"] == second.json()["id"]
    assert [r["Company"] for r in org.all("Lead")] == ["Acme Ltd"]


def test_upsert_with_the_key_in_the_body_is_refused(client: Any) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.upsert(f"{KEY}/4711:1", lead())
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"


def test_upsert_that_matches_two_records_is_300_with_their_addresses(org: Salesforce, client: Any) -> None:
    """That can only be where the external id is not unique."""
    org.change_field("Lead", KEY, is_unique=False)
    ids = [org.insert("Lead", lead()) for _ in range(2)]
    with pytest.raises(SalesforceMoreThanOneRecord) as found:
        client.Lead.upsert(f"{KEY}/4711:1", {"Company": "Other"})
    assert found.value.content == [f"/services/data/v66.0/sobjects/Lead/{i}" for i in ids]


def test_upsert_by_a_field_hidden_from_the_integration_user_is_404(org: Salesforce, client: Any) -> None:
    org.hide("Lead", KEY)
    with pytest.raises(SalesforceResourceNotFound):
        client.Lead.upsert(f"{KEY}/4711:1", {"LastName": "Ruiz", "Company": "Acme"})
    assert KEY not in {f["name"] for f in client.Lead.describe()["fields"]}


REFUSALS = [
    ({"Company": None}, "REQUIRED_FIELD_MISSING", ["Company"]),
    ({"Title": "x" * 129}, "STRING_TOO_LONG", ["Title"]),
    ({"Email": "not an address"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
    ({"Disqualification_Reason__c": "Other"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
     ["Disqualification_Reason__c"]),
    ({"NumberOfEmployees": 10**9}, "NUMBER_OUTSIDE_VALID_RANGE", ["NumberOfEmployees"]),
    ({"Syncd_SLA_Due__c": "tomorrow"}, "JSON_PARSER_ERROR", None),
    ({"DoNotCall": "perhaps"}, "JSON_PARSER_ERROR", None),
    ({"OwnerId": "nobody"}, "MALFORMED_ID", ["OwnerId"]),
    ({"Shoe_Size__c": 43}, "INVALID_FIELD", None),
    ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsConverted"]),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "code", "named"), REFUSALS, ids=[code for _f, code, _n in REFUSALS])
def test_bad_data_is_refused_by_name(
    org: Salesforce, client: Any, fields: dict[str, object], code: str, named: list[str] | None
) -> None:
    """One refusal names its code and fields, and nothing is written."""
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.create(lead(**fields))
    error = refused.value.content[0]
    assert (error["errorCode"], error.get("fields")) == (code, named)
    assert org.all("Lead") == []
    assert org.writes == []


def test_a_second_record_with_the_key_is_a_duplicate_value(org: Salesforce, client: Any) -> None:
    first = org.insert("Lead", lead())
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.create(lead(**{KEY: "4711:1"}))
    assert refused.value.content[0]["errorCode"] == "DUPLICATE_VALUE"
    assert first[:15] in refused.value.content[0]["message"]


def test_an_inactive_owner_is_refused(org: Salesforce, client: Any) -> None:
    gone = org.add_user("Ola", "Gone", is_active=False)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.create(lead(OwnerId=gone))
    assert refused.value.content[0]["errorCode"] == "INACTIVE_OWNER_OR_USER"


def test_a_queue_owns_only_what_it_takes(org: Salesforce, client: Any) -> None:
    """A queue may own Leads where it lists them; it can never own a Contact."""
    queue = org.add_queue("Inbound")
    made = client.Lead.create(lead(OwnerId=queue))
    assert org.record("Lead", made["id"])["OwnerId"] == queue
    with pytest.raises(SalesforceMalformedRequest):
        client.Contact.create({"LastName": "Ruiz", KEY: "4711:2", "OwnerId": queue})


def test_deleted_records_say_so(org: Salesforce, client: Any) -> None:
    gone = org.insert("Lead", lead())
    org.delete("Lead", gone)
    with pytest.raises(SalesforceResourceNotFound) as refused:
        client.Lead.update(gone, {"Company": "New"})
    assert refused.value.content[0]["errorCode"] == "ENTITY_IS_DELETED"
    org.undelete("Lead", gone)
    assert client.Lead.update(gone, {"Company": "New"}) == 204


def test_a_locked_row_is_refused_until_the_lock_clears(org: Salesforce, client: Any) -> None:
    held = org.insert("Lead", lead())
    org.lock_row(held, refusals=1)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.update(held, {"Company": "New"})
    assert refused.value.content[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"
    assert client.Lead.update(held, {"Company": "New"}) == 204


def test_assignment_rules_take_the_owner_unless_the_header_says_false(served: Served) -> None:
    """The default of the header is TRUE, on creates and on updates."""
    org = served.org
    queue, rep = org.add_queue("Inbound"), org.add_user("Kim", "Osei")
    org.set_assignment_rule("Round robin", queue)
    kept = served.client().Lead.create(lead(OwnerId=rep))["id"]
    careless = served.client(**{"Sforce-Auto-Assign": "TRUE"})
    assert org.record("Lead", kept)["OwnerId"] == rep
    careless.Lead.update(kept, {"Company": "New"})
    assert org.record("Lead", kept)["OwnerId"] == queue
    assert [v.rule for v in org.violations] == ["assignment rules on update"]
    routed = careless.Lead.create(lead(**{KEY: "4711:2"}))["id"]
    assert org.record("Lead", routed)["OwnerId"] == queue
    assert len(org.violations) == 1  # asking for the org's rules on a create is allowed


def test_writes_that_break_the_rules_for_integrations_are_noted(served: Served) -> None:
    """The API takes them; the emulator keeps the list tests assert empty."""
    client = served.client()
    del client.session.headers["Sforce-Auto-Assign"]
    client.Lead.create({"LastName": "Ruiz", "Company": "Acme"})
    client.Task.create({"Subject": "Call"})
    assert sorted(v.rule for v in served.org.violations) == [
        "assignment header missing", "create without key", "create without key",
    ]  # fmt: skip


def test_a_validation_rule_of_the_org_refuses_until_it_is_mended(org: Salesforce, client: Any) -> None:
    """The way customers' orgs refuse what the API would take."""
    rule = ValidationRule("Lead", "Say where", lambda row: not row["LeadSource"], ("LeadSource",))
    org.add_validation_rule(rule)
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.Lead.create(lead())
    (error,) = refused.value.content
    assert (error["errorCode"], error["fields"]) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", ["LeadSource"])
    org.engine.validation_rules.remove(rule)
    assert client.Lead.create(lead())["success"] is True


def test_orgs_differ_in_ways_a_client_must_bear(served: Served) -> None:
    """204 on an upsert that updates, duplicates spelt right, converted Leads that take writes."""
    org, client = served.org, served.client()
    org.quirks.upsert_update_is_204 = org.quirks.converted_leads_take_writes = True
    org.quirks.duplicates_spelt_right = True
    made = org.insert("Lead", lead(Email="dana@acme.example"))
    org.convert(made)
    updated = client.Lead.upsert(f"{KEY}/4711:1", {"Title": "Ghost"}, raw_response=True)
    assert (updated.status_code, updated.content) == (204, b"")
    assert org.record("Lead", made)["Title"] == "Ghost"
    org.add_duplicate_rule("Same address", "Lead", DuplicateAction.BLOCK)
    answer = served.call("POST", "sobjects/Lead", json=lead(**{KEY: "4711:2", "Email": "dana@acme.example"}))
    assert "duplicateResult" in answer.json()[0]


def test_a_refreshed_sandbox_is_another_org(served: Served) -> None:
    """The records are the same; the id in the Organization row and in new tokens is not."""
    org, before = served.org, served.org.org_id
    client = served.client()
    assert org.refresh_sandbox() != before
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Organization")
    (row,) = served.client().query("SELECT Id, IsSandbox FROM Organization")["records"]
    assert (row["Id"], row["IsSandbox"]) == (org.org_id, True)
    assert served.token().startswith(org.org_id[:15])


def test_writes_record_what_stood_there_before(org: Salesforce, client: Any) -> None:
    made = client.Lead.create(lead())["id"]
    client.Lead.update(made, {"Company": "New"})
    created, updated = org.writes
    assert (created.verb, created.fields["Company"], created.before["Company"]) == ("create", "Acme", None)
    assert (updated.verb, updated.fields, updated.before) == (
        "update",
        {"Company": "New"},
        {"Company": "Acme"},
    )


def test_describe_tells_what_a_doctor_needs(org: Salesforce, client: Any) -> None:
    org.make_read_only("Lead", "Status")
    described = client.Lead.describe()
    fields = {f["name"]: f for f in described["fields"]}
    assert (fields["LastName"]["nillable"], fields["LastName"]["length"]) == (False, 80)
    assert (fields[KEY]["unique"], fields[KEY]["externalId"]) == (True, True)
    assert fields["Disqualification_Reason__c"]["restrictedPicklist"] is True
    assert "Student" in [v["value"] for v in fields["Disqualification_Reason__c"]["picklistValues"]]
    assert (fields["Status"]["updateable"], fields["Status"]["defaultedOnCreate"]) == (False, True)
    assert "Lead" in {o["name"] for o in client.describe()["sobjects"]}
