"""Tokens, scopes and limits, in the words recorded elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncd.connectors.sandbox import Sandbox
from tests.sandbox_hubspot.conftest import Http, contact

WRONG = "pat-eu1-00000000-0000-0000-0000-000000000000"


@pytest.fixture
def limited() -> Iterator[Sandbox]:
    with Sandbox(world="empty", limits=True) as running:
        yield running


@pytest.mark.parametrize(
    ("authorization", "status"),
    [(f"Bearer {WRONG}", 401), ("", 401), (f"bearer {WRONG}", 401), ("Bearer nonsense", 530)],
)
def test_a_wrong_token_is_401_and_a_malformed_one_530(http: Http, authorization: str, status: int) -> None:
    http.headers["Authorization"] = authorization
    answer = http.call("GET", "/account-info/v3/details")
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["category"] == "INVALID_AUTHENTICATION"
    else:
        assert answer.headers["Content-Type"].startswith("text/html")


def test_account_details_answer_without_any_scope(sandbox: Sandbox, http: Http) -> None:
    sandbox.hubspot.scopes.clear()
    details = http.call("GET", "/account-info/v3/details").json()
    assert (details["portalId"], details["timeZone"]) == (sandbox.hubspot.portal_id, "Europe/Berlin")


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/crm/v3/objects/contacts", "crm.objects.contacts.read"),
        ("/crm/v3/objects/companies/77", "crm.objects.companies.read"),
        ("/crm/v3/objects/emails", "sales-email-read"),
        ("/crm/v3/owners", "crm.objects.owners.read"),
        ("/crm/v3/lists/21", "crm.lists.read"),
        ("/marketing/v3/forms", "forms"),
        ("/email/public/v1/events", "content"),
        ("/marketing/v3/marketing-events", "crm.objects.marketing_events.read"),
    ],
)
def test_a_missing_scope_is_named_before_the_record_is_looked_up(
    sandbox: Sandbox, http: Http, path: str, scope: str
) -> None:
    """In `context` on older routes, inside `errors` on newer ones."""
    sandbox.hubspot.scopes.discard(scope)
    answer = http.call("GET", path)
    body = answer.json()
    assert (answer.status_code, body["category"]) == (403, "MISSING_SCOPES")
    context = body.get("context") or body["errors"][0]["context"]
    assert context == {"requiredGranularScopes": [scope]}


def test_a_write_needs_the_write_scope(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.hubspot.scopes.discard("crm.objects.contacts.write")
    body = {"inputs": [{"id": id_, "properties": {"jobtitle": "x"}}]}
    assert http.call("POST", "/crm/v3/objects/contacts/batch/update", body).status_code == 403
    assert http.call("GET", f"/crm/v3/objects/contacts/{id_}").status_code == 200


def test_the_burst_limit_refuses_by_its_policy_without_retry_after(limited: Sandbox) -> None:
    limited.hubspot.limiter.burst_max = 3
    with Http(limited) as http:
        answers = [http.call("GET", "/crm/v3/owners") for _n in range(4)]
        free = http.call("POST", "/crm/v3/objects/contacts/search", {})
    assert [item.status_code for item in answers] == [200, 200, 200, 429]
    assert [item.headers["X-HubSpot-RateLimit-Remaining"] for item in answers] == ["2", "1", "0", "0"]
    assert answers[3].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert "Retry-After" not in answers[3].headers
    assert free.status_code == 200, "search has a bucket of its own"


def test_search_takes_five_a_second(limited: Sandbox) -> None:
    with Http(limited) as http:
        answers = [http.call("POST", "/crm/v3/objects/contacts/search", {}) for _n in range(6)]
    assert [item.status_code for item in answers[:5]] == [200] * 5
    assert answers[5].json()["policyName"] == "SECONDLY"


def test_the_daily_limit_ends_at_midnight_of_the_portals_zone(limited: Sandbox) -> None:
    """22:00 UTC is midnight in Berlin in summer."""
    limited.hubspot.limiter.daily_max = 1
    with Http(limited) as http:
        assert http.call("GET", "/crm/v3/owners").status_code == 200
        assert http.call("GET", "/crm/v3/owners").json()["policyName"] == "DAILY"
        limited.advance_to(limited.now.replace(hour=21, minute=59))
        assert http.call("GET", "/crm/v3/owners").status_code == 429
        limited.advance_to(limited.now + timedelta(minutes=1))
        assert http.call("GET", "/crm/v3/owners").status_code == 200


def test_every_call_is_kept_with_its_status_and_virtual_time(sandbox: Sandbox, http: Http) -> None:
    http.call("GET", "/crm/v3/owners")
    http.call("GET", "/crm/v3/objects/contacts/77")
    assert [tuple(call) for call in sandbox.hubspot.calls] == [
        ("GET", "/crm/v3/owners", 200, sandbox.now),
        ("GET", "/crm/v3/objects/contacts/77", 404, sandbox.now),
    ]


def test_the_date_header_shows_virtual_time(http: Http) -> None:
    assert http.call("GET", "/crm/v3/owners").headers["Date"] == "Tue, 01 Sep 2026 06:00:00 GMT"
