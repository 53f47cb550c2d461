"""Search: filters, bounds, the traps recorded by others, and the ways a test can make it lie."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hubspot.crm.contacts import ApiException

from syncd.connectors.sandbox import Sandbox
from syncd.connectors.sandbox.hubspot.records import epoch_ms
from tests.sandbox_hubspot.conftest import Http, contact

PATH = "/crm/v3/objects/contacts/search"


def where(*filters: tuple[str, str, object], **more: object) -> dict[str, object]:
    """A search of one group: (property, operator, value)."""
    shown = [
        {"propertyName": name, "operator": operator}
        | ({"values": value} if isinstance(value, list) else {"value": value} if value is not None else {})
        for name, operator, value in filters
    ]
    return {"filterGroups": [{"filters": shown}], "limit": 200, **more}


def ids(http: Http, body: Mapping[str, object]) -> list[str]:
    answer = http.call("POST", PATH, body)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["results"]]


def key_set(http: Http, filters: list[tuple[str, str, object]]) -> list[str]:
    """Every id found by paging on `hs_object_id > last`, the way that survives."""
    found: list[str] = []
    last = "0"
    for _page in range(400):
        sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        page = ids(http, where(*filters, ("hs_object_id", "GT", last), sorts=sorts))
        if not page:
            return found
        found += page
        last = page[-1]
    raise AssertionError("paging did not end")


def test_the_official_client_searches(sandbox: Sandbox, client: Any) -> None:
    contact(sandbox, "other@firm.com")
    id_ = contact(sandbox, "anna@firm.com", lastname="Müller")
    found = client.crm.contacts.search_api.do_search(
        where(("email", "EQ", "ANNA@firm.com"), properties=["lastname"])
    )
    assert (found.total, found.results[0].id) == (1, id_)
    assert found.results[0].properties["lastname"] == "Müller"


@pytest.mark.parametrize(
    ("operator", "value", "matches"),
    [
        ("EQ", "analyst", {"a"}),
        ("NEQ", "analyst", {"b", "c"}),
        ("IN", ["analyst", "buyer"], {"a", "b"}),
        ("IN", ["Analyst"], set()),  # text values must be lower case here
        ("NOT_IN", ["analyst"], {"b", "c"}),
        ("HAS_PROPERTY", None, {"a", "b"}),
        ("NOT_HAS_PROPERTY", None, {"c"}),
        ("CONTAINS_TOKEN", "ana*", {"a"}),
        ("NOT_CONTAINS_TOKEN", "ana*", {"b", "c"}),
        ("GT", "analyst", {"b"}),
    ],
)
def test_a_missing_property_matches_the_negative_operators_only(
    sandbox: Sandbox, http: Http, operator: str, value: object, matches: set[str]
) -> None:
    """Text is compared without case (recorded semantics)."""
    made = {
        "a": contact(sandbox, jobtitle="Analyst"),
        "b": contact(sandbox, jobtitle="Buyer"),
        "c": contact(sandbox, firstname="C"),
    }
    assert set(ids(http, where(("jobtitle", operator, value)))) == {made[name] for name in matches}


def test_enumerations_are_compared_exactly(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, hs_lead_status="NEW")
    assert ids(http, where(("hs_lead_status", "EQ", "NEW"))) == [id_]
    assert ids(http, where(("hs_lead_status", "EQ", "new"))) == []


def test_dates_go_by_epoch_milliseconds_and_by_iso_text(sandbox: Sandbox, http: Http) -> None:
    early = contact(sandbox, "a@firm.com")
    sandbox.advance_to(sandbox.now + timedelta(hours=1))
    late = contact(sandbox, "b@firm.com")
    now_ms = str(epoch_ms(sandbox.now))
    assert ids(http, where(("lastmodifieddate", "GTE", now_ms))) == [late]
    assert ids(http, where(("lastmodifieddate", "LT", sandbox.now.isoformat()))) == [early]
    between = {"propertyName": "createdate", "operator": "BETWEEN", "value": "0", "highValue": now_ms}
    body = {"filterGroups": [{"filters": [between]}]}
    assert set(ids(http, body)) == {early, late}


def test_groups_are_joined_by_or_and_rows_come_once(sandbox: Sandbox, http: Http) -> None:
    both = contact(sandbox, "a@firm.com", firstname="Anna")
    other = contact(sandbox, "b@firm.com", firstname="Bo")
    groups = [
        {"filters": [{"propertyName": "firstname", "operator": "EQ", "value": "anna"}]},
        {"filters": [{"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "*@firm.com"}]},
    ]
    assert ids(http, {"filterGroups": groups}) == [both, other]


def test_the_modified_date_under_the_wrong_name_finds_nothing_and_says_nothing(
    sandbox: Sandbox, http: Http
) -> None:
    """Contacts go by `lastmodifieddate`, all else by `hs_lastmodifieddate` (airbyte pull request 85019)."""
    contact(sandbox, "a@firm.com")
    sandbox.hubspot.create("companies", {"name": "Firm"})
    assert ids(http, where(("hs_lastmodifieddate", "GTE", "0"))) == []
    companies = "/crm/v3/objects/companies/search"
    assert http.call("POST", companies, where(("lastmodifieddate", "GTE", "0"))).json()["total"] == 0
    assert http.call("POST", companies, where(("hs_lastmodifieddate", "GTE", "0"))).json()["total"] == 1
    assert len(sandbox.hubspot.violations) == 2


def test_an_engagement_is_found_by_its_contact(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    call = sandbox.hubspot.log("calls", {"hs_call_title": "Call"}, contacts=[id_])
    sandbox.hubspot.log("calls", {"hs_call_title": "Other"})
    found = http.call(
        "POST", "/crm/v3/objects/calls/search", where(("associations.contact", "EQ", id_))
    ).json()
    assert [item["id"] for item in found["results"]] == [call]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9801"},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 7}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 5}] * 4},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE", "value": "x"}]}]},
        {"filterGroups": [{"filters": [{"propertyName": "nope", "operator": "EQ", "value": "x"}]}]},
        {"sorts": ["email", "lastname"]},
    ],
)  # fmt: skip
def test_a_search_out_of_bounds_is_refused(http: Http, body: dict[str, object]) -> None:
    """200 rows, 10,000 results, 5 groups of 6 filters, 18 in all, one sort (facts section 6)."""
    assert http.call("POST", PATH, body).status_code == 400


def test_ten_thousand_results_are_the_end_of_paging(sandbox: Sandbox, client: Any) -> None:
    search = client.crm.contacts.search_api.do_search
    assert search({"limit": 200, "after": "9800"}).results == []
    with pytest.raises(ApiException) as refused:
        search({"limit": 200, "after": "10000"})
    assert refused.value.status == 400


def test_archived_records_never_show_and_associations_never_come(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    gone = contact(sandbox, "b@firm.com")
    firm = sandbox.hubspot.create("companies", {"name": "Firm"})
    sandbox.hubspot.associate("contacts", id_, "companies", firm)
    sandbox.hubspot.archive("contacts", gone)
    answer = http.call("POST", PATH, {"limit": 10}).json()
    assert [item["id"] for item in answer["results"]] == [id_]
    assert "associations" not in answer["results"][0]


def test_search_answers_carry_the_daily_headers_only(http: Http) -> None:
    """Three recordings show just these two."""
    headers = http.call("POST", PATH, {}).headers
    shown = {name.lower() for name in headers if name.lower().startswith("x-hubspot-ratelimit")}
    assert shown == {"x-hubspot-ratelimit-daily", "x-hubspot-ratelimit-daily-remaining"}
    assert "X-HubSpot-RateLimit-Max" in http.call("GET", "/crm/v3/owners").headers


# --- the ways it lies --------------------------------------------------------------------------------------


def test_a_change_shows_only_after_the_delay(sandbox: Sandbox, http: Http) -> None:
    """Search serves the record as it was; a plain read serves it as it is."""
    id_ = contact(sandbox, "a@firm.com", firstname="Old")
    sandbox.hubspot.index.delay = timedelta(minutes=2)
    sandbox.hubspot.update("contacts", id_, {"firstname": "New"})
    fresh = contact(sandbox, "b@firm.com", firstname="New")
    new = where(("firstname", "EQ", "new"))
    assert ids(http, new) == []
    assert ids(http, where(("firstname", "EQ", "old"))) == [id_]
    sandbox.advance_to(sandbox.now + timedelta(minutes=2))
    assert ids(http, new) == [id_, fresh]


def test_ids_can_be_compared_as_text(sandbox: Sandbox, http: Http) -> None:
    """Then 1001 comes before 951, and `GT 951` hides it; key-set paging still sees every row."""
    made = [contact(sandbox, f"p{n}@firm.com") for n in range(450)]
    assert {len(id_) for id_ in made} == {3, 4, 5, 11}
    sandbox.hubspot.index.ids_as_text = True
    assert "1001" not in ids(http, where(("hs_object_id", "GT", "951")))
    assert sorted(key_set(http, [])) == sorted(made)


def test_rows_can_come_unordered_within_a_page(sandbox: Sandbox, http: Http) -> None:
    made = [contact(sandbox, f"p{n}@firm.com") for n in range(150)]
    sandbox.hubspot.index.shuffles_pages = True
    page = ids(http, {"limit": 100, "sorts": ["hs_object_id"]})
    assert page != made[:100]
    assert sorted(page) == sorted(made[:100])


def test_pages_can_come_short_or_empty_with_a_cursor_and_lose_nothing(sandbox: Sandbox, http: Http) -> None:
    made = [contact(sandbox, f"p{n}@firm.com") for n in range(400)]
    sandbox.hubspot.index.ghost_share = 0.5
    found: list[str] = []
    sizes: list[int] = []
    after = "0"
    while after:
        answer = http.call("POST", PATH, {"limit": 50, "after": after, "sorts": ["hs_object_id"]}).json()
        assert answer["total"] == 400
        sizes.append(len(answer["results"]))
        found += [item["id"] for item in answer["results"]]
        after = answer.get("paging", {}).get("next", {}).get("after", "")
    assert found == made
    assert min(sizes) == 0
    assert any(0 < size < 50 for size in sizes[:-1])


def test_rows_can_come_far_from_their_place_so_that_key_set_paging_misses_some(
    sandbox: Sandbox, http: Http
) -> None:
    """Noticed by `total`, which stays true (estuary pull request 5180)."""
    made = [contact(sandbox, f"p{n}@firm.com") for n in range(600)]
    sandbox.hubspot.index.misplaced_share = 0.05
    total = http.call("POST", PATH, {"limit": 1}).json()["total"]
    found = key_set(http, [])
    assert total == len(made)
    assert len(set(found)) < total


def test_rows_can_be_withheld_until_they_are_let_go(sandbox: Sandbox, http: Http) -> None:
    made = [contact(sandbox, f"p{n}@firm.com") for n in range(3)]
    sandbox.hubspot.index.withheld.add(made[1])
    assert ids(http, {"limit": 10}) == [made[0], made[2]]
    sandbox.hubspot.index.withheld.clear()
    assert ids(http, {"limit": 10}) == made
