"""Faults on demand: what each looks like on the wire, whether the write happened, and that chance repeats."""

from __future__ import annotations

import time

import pytest
import requests

from syncd.connectors.sandbox import PASSING, Fault, Faults, Sandbox
from tests.sandbox_hubspot.conftest import Http, contact

OWNERS = "/crm/v3/owners"


def update(http: Http, id_: str, title: str = "Buyer") -> requests.Response:
    body = {"inputs": [{"id": id_, "properties": {"jobtitle": title}}]}
    return http.call("POST", "/crm/v3/objects/contacts/batch/update", body)


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        (Fault.BURST, 429, "TEN_SECONDLY_ROLLING"),
        (Fault.SECONDLY, 429, "SECONDLY"),
        (Fault.DAILY, 429, "DAILY"),
        (Fault.SERVER_ERROR, 500, "internal error"),
        (Fault.BAD_GATEWAY, 502, "<html>"),
        (Fault.UNAVAILABLE, 503, "internal error"),
        (Fault.ORIGIN_DOWN, 523, "<html>"),
        (Fault.LOCKED, 423, "locked"),
        (Fault.MIGRATING, 477, "migrated"),
        (Fault.CLOUDFLARE, 530, "<html>"),
    ],
)
def test_an_answer_in_the_portals_place_means_nothing_was_done(
    sandbox: Sandbox, http: Http, fault: Fault, status: int, word: str
) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.faults.plan(fault)
    answer = update(http, id_)
    assert (answer.status_code, word in answer.text) == (status, True)
    assert sandbox.hubspot.writes == []
    assert sandbox.hubspot.calls[-1].status == status


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [(Fault.ERROR_AFTER, 500, "internal error"), (Fault.PAGE_AFTER, 502, "<html>")],
)
def test_an_error_may_come_after_the_write_was_done(
    sandbox: Sandbox, http: Http, fault: Fault, status: int, word: str
) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.faults.plan(fault)
    answer = update(http, id_)
    assert (answer.status_code, word in answer.text) == (status, True)
    assert [write.id for write in sandbox.hubspot.writes] == [id_]


@pytest.mark.parametrize(("fault", "asked"), [(Fault.BURST_RETRY_AFTER, True), (Fault.BURST, False)])
def test_retry_after_comes_with_some_and_not_with_others(
    sandbox: Sandbox, http: Http, fault: Fault, asked: bool
) -> None:
    sandbox.faults.plan(fault)
    assert ("Retry-After" in http.call("GET", OWNERS).headers) == asked


@pytest.mark.parametrize(("fault", "happened"), [(Fault.RESET_BEFORE, 0), (Fault.RESET_AFTER, 1)])
def test_a_reset_connection_leaves_open_whether_the_write_happened(
    sandbox: Sandbox, http: Http, fault: Fault, happened: int
) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.faults.plan(fault, method="POST")
    with pytest.raises(requests.ConnectionError):
        update(http, id_)
    assert len(sandbox.hubspot.writes) == happened
    assert update(http, id_).status_code == 200


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.EMPTY])
def test_a_cut_answer_hides_a_write_that_happened(sandbox: Sandbox, http: Http, fault: Fault) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.faults.plan(fault)
    answer = update(http, id_)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(sandbox.hubspot.writes) == 1


def test_a_slow_answer_comes_after_the_write(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    sandbox.faults.slow_s = 0.2
    sandbox.faults.plan(Fault.SLOW)
    began = time.monotonic()
    assert update(http, id_).status_code == 200
    assert time.monotonic() - began >= 0.2
    assert len(sandbox.hubspot.writes) == 1


def test_a_partial_failure_takes_one_input_out_of_a_batch(sandbox: Sandbox, http: Http) -> None:
    """The one left out is named, transient, and untouched; the others are written."""
    ids = [contact(sandbox, f"p{n}@firm.com") for n in range(3)]
    sandbox.faults.plan(Fault.PARTIAL)
    inputs = [{"id": id_, "properties": {"jobtitle": "Buyer"}} for id_ in ids]
    answer = http.call("POST", "/crm/v3/objects/contacts/batch/update", {"inputs": inputs})
    body = answer.json()
    assert (answer.status_code, body["numErrors"]) == (207, 1)
    assert [item["id"] for item in body["results"]] == [ids[0], ids[2]]
    assert body["errors"][0]["context"] == {"ids": [ids[1]]}
    assert "jobtitle" not in sandbox.hubspot.record("contacts", ids[1]).properties


def test_a_plan_strikes_the_request_it_names_and_no_other(sandbox: Sandbox, http: Http) -> None:
    sandbox.faults.plan(Fault.SERVER_ERROR, path_contains="/lists/", skip=1, times=2)
    statuses = [http.call("GET", path).status_code for path in (OWNERS, *["/crm/v3/lists/21"] * 4)]
    assert statuses == [200, 200, 500, 500, 200]


def test_salesforce_fails_in_its_own_words(sandbox: Sandbox) -> None:
    sandbox.faults.plan(Fault.QUOTA, system="salesforce")
    sandbox.faults.plan(Fault.UNAVAILABLE, system="salesforce")
    answers = [requests.get(f"{sandbox.salesforce_url}/services/data/", timeout=10) for _n in range(3)]
    assert [item.status_code for item in answers] == [403, 503, 200]
    assert answers[0].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


def test_chance_repeats_by_seed_and_number() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        faults = Faults(rate=0.3, seed=seed)
        return [faults.choose("hubspot", "GET", "/x", n) for n in range(500)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 100 < sum(fault is not None for fault in drawn(1)) < 200


def test_chance_keeps_to_the_systems_kinds_paths_and_number_it_was_given() -> None:
    faults = Faults(
        rate=1.0,
        kinds=(Fault.LOCKED, Fault.SERVER_ERROR),
        systems=("salesforce",),
        most=2,
        spared=("/oauth",),
    )
    assert faults.choose("hubspot", "GET", "/x", 1) is None
    assert faults.choose("salesforce", "GET", "/oauth2/token", 1) is None
    drawn = [faults.choose("salesforce", "GET", "/x", n) for n in range(5)]
    assert drawn == [Fault.SERVER_ERROR, Fault.SERVER_ERROR, None, None, None], "423 is HubSpot's own"


def test_the_passing_kinds_are_those_a_retry_gets_over() -> None:
    assert not {Fault.DAILY, Fault.QUOTA, Fault.CLOUDFLARE, Fault.MIGRATING} & set(PASSING)
