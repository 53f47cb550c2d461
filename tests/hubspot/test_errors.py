"""What error answers mean, without a portal: recorded bodies over a loopback wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import structlog

from syncd.connectors.hubspot import HubSpot, HubSpotOptions
from syncd.connectors.hubspot.paths import path_table
from syncd.connectors.transport import TransportOptions
from syncd.ports import Failure, Recovery, SystemFailure
from tests.hubspot.conftest import pull
from tests.transport.wire import FakeTime, Step, Wire, answer

DETAILS = answer(200, {"portalId": 5, "timeZone": "Europe/Berlin", "accountType": "STANDARD"})


class Noon:
    """A clock that stands at noon in Berlin."""

    def now(self) -> datetime:
        return datetime(2026, 9, 1, 10, 0, tzinfo=UTC)


def connect(url: str, time: FakeTime, token: str = "pat-secret-token") -> HubSpot:
    options = TransportOptions(sleep=time.sleep, monotonic=time.monotonic, clock=Noon())
    return HubSpot(token, url, options=HubSpotOptions(web_behaviour="events"), transport=options)


def failure_of(*script: Step) -> tuple[Failure, FakeTime]:
    """What reading the owners fails with, after the account was asked for."""
    time = FakeTime()
    with Wire([DETAILS, *script]) as wire:
        connector = connect(wire.url, time)
        connector.account()
        with pytest.raises(SystemFailure) as raised:
            pull(connector, "owners", None, Noon().now())
        connector.close()
    return raised.value.failure, time


def limited(policy: str, message: str, headers: dict[str, str] | None = None) -> Step:
    body = {"status": "error", "message": message, "errorType": "RATE_LIMIT", "policyName": policy}
    return answer(429, body, headers=headers)


@pytest.mark.parametrize(
    ("policy", "message", "code", "wait_s"),
    [
        (
            "TEN_SECONDLY_ROLLING",
            "You have reached your ten_secondly_rolling limit.",
            "hubspot.burst_limit",
            10,
        ),
        ("SECONDLY", "You have reached your secondly limit.", "hubspot.search_limit", 1),
        ("", "You have reached your secondly limit.", "hubspot.search_limit", 1),
    ],
)
def test_a_429_waits_as_its_policy_says(policy: str, message: str, code: str, wait_s: float) -> None:
    """Retry-After is not promised."""
    failure, time = failure_of(limited(policy, message))
    assert (failure.code, failure.recovery) == (code, Recovery.TRANSIENT)
    assert wait_s <= time.slept_s[0] <= wait_s * 1.2


def test_a_429_with_retry_after_waits_that_long() -> None:
    _failure, time = failure_of(limited("TEN_SECONDLY_ROLLING", "", {"Retry-After": "3"}))
    assert 3 <= time.slept_s[0] <= 3.3


def test_the_daily_limit_halts_until_the_portal_s_midnight() -> None:
    """Not hammered: one call, twelve hours."""
    failure, time = failure_of(limited("DAILY", "You have reached your daily limit."))
    assert (failure.code, failure.recovery) == ("hubspot.daily_limit", Recovery.HALT)
    assert failure.retry_after_s == 12 * 3600
    assert time.slept_s == []


SCOPES = {"requiredGranularScopes": ["crm.objects.owners.read"]}


@pytest.mark.parametrize(
    ("status", "body", "code", "recovery", "words"),
    [
        (
            401,
            {"category": "INVALID_AUTHENTICATION"},
            "bad_token",
            Recovery.CONFIGURATION,
            "HUBSPOT_ACCESS_TOKEN",
        ),
        (530, b"error code: 1016", "bad_token", Recovery.CONFIGURATION, "HUBSPOT_ACCESS_TOKEN"),
        (
            403,
            {"category": "MISSING_SCOPES", "context": SCOPES},
            "missing_scope",
            Recovery.CONFIGURATION,
            "crm.objects.owners.read",
        ),
        (
            403,
            {"category": "MISSING_SCOPES", "errors": [{"context": SCOPES}]},
            "missing_scope",
            Recovery.CONFIGURATION,
            "crm.objects.owners.read",
        ),
        (403, b"<html>no</html>", "not_in_tier", Recovery.CONFIGURATION, "tier"),
        (477, {}, "portal_moving", Recovery.HALT, "ends by itself"),
        (
            400,
            {"message": 'Property values were not valid: [{"name": "budget_x"}]'},
            "invalid",
            Recovery.REJECTED,
            "",
        ),
        (
            400,
            {"errors": [{"code": "MISSING_REQUIRED_PROPERTY"}]},
            "required_by_portal",
            Recovery.REJECTED,
            "",
        ),
        (
            400,
            {"message": "validation error", "errors": ["The request body may not be null"]},
            "invalid",
            Recovery.REJECTED,
            "",
        ),
        (404, b"<html>404</html>", "not_found", Recovery.REJECTED, ""),
        (
            409,
            {"category": "CONFLICT", "message": "Contact already exists. Existing ID: 5"},
            "conflict",
            Recovery.REJECTED,
            "",
        ),
        (414, b"", "too_long", Recovery.REJECTED, ""),
    ],
)
def test_errors_are_named_by_recovery(
    status: int, body: object, code: str, recovery: Recovery, words: str
) -> None:
    """Shapes as recorded: JSON with and without category, HTML, errors as texts."""
    failure, _time = failure_of(answer(status, body))
    assert (failure.code, failure.recovery) == (f"hubspot.{code}", recovery)
    assert words in failure.cure


def test_an_answer_of_another_shape_is_named_by_its_place() -> None:
    failure, _time = failure_of(answer(200, {"results": [{"id": 5}]}))
    assert failure.code == "hubspot.unexpected_shape"
    assert "$.results[0].id" in failure.message


def test_a_poisoned_record_does_not_stop_its_page() -> None:
    """The others are read; the one is kept by name."""
    at = "2026-01-01T00:00:00.5Z"
    good = {"id": "1", "properties": {"name": "A"}, "createdAt": at, "updatedAt": at}
    undated, unnamed = (
        {**good, "id": "2", "updatedAt": "yesterday"},
        {**good, "id": "3", "properties": {"name": 5}},
    )
    page = {"results": [good, undated, unnamed]}
    with Wire([answer(200, page), answer(200, {"total": 0, "results": []})]) as wire:
        connector = connect(wire.url, FakeTime())
        found = pull(connector, "companies", None, Noon().now())
        connector.close()
    assert [record.ref.id for record in found.records] == ["1"]
    assert [problem.subject.id for problem in found.problems if problem.subject] == ["2", "3"]


def test_a_2xx_without_results_is_unknown() -> None:
    """HubSpot answers some malformed batches with success and does nothing (peers.md)."""
    from tests.hubspot.test_target import write

    empty = answer(200, {"status": "COMPLETE", "results": []})
    with Wire([empty]) as wire:
        connector = connect(wire.url, FakeTime())
        (outcome,) = connector.apply([write(1, "5", {"city": "Ulm"})])
        connector.close()
    assert outcome.result == "unknown"
    assert outcome.failure is not None
    assert outcome.failure.code == "hubspot.no_result"


def test_logs_hold_no_address_token_or_body() -> None:
    """Names of endpoints, statuses and times only."""
    with (
        structlog.testing.capture_logs() as logs,
        Wire([answer(400, {"message": "jo@acme.com is bad"})]) as wire,
    ):
        connector = connect(wire.url, FakeTime())
        with pytest.raises(SystemFailure):
            pull(connector, "forms", None, Noon().now())
        connector.close()
    text = repr(logs)
    assert "call.made" in text
    assert "acme" not in text
    assert "secret" not in text
    assert "127.0.0.1" not in text


def test_requests_carry_our_token_and_name() -> None:
    """Through the SDK and beside it."""
    with Wire([DETAILS, answer(200, {"results": []})]) as wire:
        connector = connect(wire.url, FakeTime())
        connector.account()
        pull(connector, "owners", None, Noon().now())
        connector.close()
    assert {seen.headers["authorization"] for seen in wire.seen} == {"Bearer pat-secret-token"}
    assert all(seen.headers["user-agent"].startswith("syncd") for seen in wire.seen)


def test_a_clock_that_is_ahead_loses_no_change() -> None:
    """The window ends at HubSpot's now, told by its answers, and doctor says that the clock is off."""
    theirs = {"Date": "Tue, 01 Sep 2026 09:50:00 GMT", "Content-Type": "application/json"}
    details = answer(200, {"portalId": 5}, headers=theirs)
    with Wire([details, answer(200, {"results": [], "total": 0}, headers=theirs)]) as wire:
        connector = connect(wire.url, FakeTime())
        connector.account()
        found = pull(connector, "companies", None, Noon().now())
        connector.close()
    assert found.pages[-1].covered_until_at == datetime(2026, 9, 1, 9, 45, tzinfo=UTC)


# --- paths -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "dated"),
    [
        ("/crm/v3/objects/contacts/search", "/crm/objects/2026-09/contacts/search"),
        (
            "/crm/v4/associations/contacts/companies/batch/read",
            "/crm/associations/2026-09/contacts/companies/batch/read",
        ),
        (
            "/crm/v4/objects/contacts/5/associations/companies",
            "/crm/objects/2026-09/contacts/5/associations/companies",
        ),
        ("/crm/v3/lists/5/memberships/add", "/crm/lists/2026-09/5/memberships/add"),
        ("/crm/v3/properties/contacts", "/crm/properties/2026-09/contacts"),
        ("/crm/v3/owners/", "/crm/owners/2026-09/"),
        ("/events/v3/events/", "/events/event-occurrences/2026-09/"),
        (
            "/marketing/v3/marketing-events/participations/5/breakdown",
            "/marketing/marketing-events/2026-09/participations/5/breakdown",
        ),
        ("/account-info/v3/details", "/account-info/2026-09/details"),
        ("/form-integrations/v1/submissions/forms/x", "/form-integrations/v1/submissions/forms/x"),
        ("/email/public/v1/events", "/email/public/v1/events"),
        ("/marketing/v3/forms/", "/marketing/v3/forms/"),
    ],
)
def test_paths_of_both_families(path: str, dated: str) -> None:
    """What has no dated successor stays."""
    assert path_table("2026-09")(path) == dated
    assert path_table("v3")(path) == path


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-9"):
        path_table("2026-9")
