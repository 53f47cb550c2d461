"""Pacing, the vendor's meters, the reserved share, and what is counted."""

from __future__ import annotations

import threading

import pytest
import requests
import simple_salesforce

from syncd.connectors.transport import Transport, TransportOptions
from syncd.connectors.transport_budget import Budgets, Meter, Window, read_meters
from syncd.connectors.transport_names import endpoint_of
from syncd.core.model import System
from syncd.ports import Budget, Recovery, SystemFailure, Usage
from tests.transport.wire import FakeTime, Wire, answer

OK = answer(200, {"ok": True})


def build(url: str, time: FakeTime, budgets: Budgets | None = None) -> Transport:
    options = TransportOptions(sleep=time.sleep, monotonic=time.monotonic, user_agent="syncd/test")
    return Transport(System.HUBSPOT, url, headers={"X-Ours": "1"}, options=options, budgets=budgets)


def test_a_bucket_paces_its_calls() -> None:
    """Four searches a second: the fifth waits until the first is a second old."""
    time = FakeTime()
    with Wire([OK]) as wire:
        transport = build(wire.url, time, Budgets(buckets={"search": Window(4, 1.0)}, reserve=0.0))
        for _ in range(9):
            transport.request("POST", "/search", reads=True, bucket="search")
        transport.close()
    assert 2.0 <= sum(time.slept_s) <= 2.2


def test_the_window_follows_the_vendors_header() -> None:
    """A portal with a smaller limit is found out by its first answer, not by being throttled."""
    time = FakeTime()
    limits = {
        "X-HubSpot-RateLimit-Max": "8",
        "X-HubSpot-RateLimit-Remaining": "7",
        "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
    }
    with Wire([answer(200, {}, headers=limits)]) as wire:
        transport = build(wire.url, time, Budgets(burst_share=0.5, reserve=0.0))
        for _ in range(1 + 4 + 1):
            transport.request("GET", "/x")
        transport.close()
    assert 10.0 <= sum(time.slept_s) <= 10.2
    assert transport.budgets() == (Budget(System.HUBSPOT, "burst", 1, 8, "10 seconds"),)


def test_priority_0_uses_the_reserved_share() -> None:
    """A fresh SQL does not wait behind a backfill."""
    time = FakeTime()
    with Wire([OK]) as wire:
        transport = build(wire.url, time, Budgets(general=Window(10, 10.0), reserve=0.2))
        for _ in range(8):
            transport.request("GET", "/x")
        with transport.priority(0):
            transport.request("GET", "/x")
            transport.request("GET", "/x")
        assert time.slept_s == []
        transport.request("GET", "/x")
        transport.close()
    assert sum(time.slept_s) >= 10.0


@pytest.mark.parametrize(
    "headers",
    [
        {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "90"},
        {"Sforce-Limit-Info": "api-usage=910/1000; api-bursts=1/750"},
    ],
)
def test_the_daily_floor_stops_ordinary_calls_only(headers: dict[str, str]) -> None:
    """Other apps share the day: we leave them a tenth, and keep it for what is urgent."""
    time = FakeTime()
    with Wire([answer(200, {}, headers=headers)]) as wire:
        transport = build(wire.url, time, Budgets(daily_floor=0.10, urgent_floor=0.02))
        transport.request("GET", "/x")
        with pytest.raises(SystemFailure) as raised:
            transport.request("GET", "/x")
        assert raised.value.failure.recovery is Recovery.HALT
        with transport.priority(0):
            transport.request("GET", "/x")
        assert len(wire.seen) == 2
        time.at_s += 301
        transport.request("GET", "/x")
        transport.close()
    assert len(wire.seen) == 3


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, ()),
        ({"Sforce-Limit-Info": "api-usage=18/5000"}, (Meter("api-usage", 18, 5000, "day"),)),
        (
            {"Sforce-Limit-Info": "api-usage=18/5000; api-bursts=1/750"},
            (Meter("api-usage", 18, 5000, "day"), Meter("api-bursts", 1, 750, "burst")),
        ),
        (
            {"Sforce-Limit-Info": "api-usage=25/5000; per-app-api-usage=17/250(appName=sample)"},
            (Meter("api-usage", 25, 5000, "day"),),
        ),
        (
            {"X-HubSpot-RateLimit-Daily": "250000", "X-HubSpot-RateLimit-Daily-Remaining": "249990"},
            (Meter("daily", 10, 250000, "day"),),
        ),
        ({"X-HubSpot-RateLimit-Max": "0", "X-HubSpot-RateLimit-Remaining": "0"}, ()),
        ({"X-HubSpot-RateLimit-Max": "x", "X-HubSpot-RateLimit-Remaining": "1"}, ()),
    ],
)
def test_meters_are_read_in_every_form(headers: dict[str, str], expected: tuple[Meter, ...]) -> None:
    """Both vendors, the burst form included; nonsense is no meter."""
    assert expected == read_meters(requests.structures.CaseInsensitiveDict(headers))


def test_usage_counts_every_request_sent() -> None:
    """A repeat costs a call too, and an error is counted as one."""
    time = FakeTime()
    with Wire([answer(502), OK]) as wire:
        transport = build(wire.url, time)
        transport.request("GET", "/x", endpoint="things.list")
        transport.request("GET", "/crm/v3/objects/contacts/12345")
        transport.close()
    assert transport.usage() == (
        Usage(System.HUBSPOT, "GET /crm/v3/objects/contacts/*", 1, 0, 0),
        Usage(System.HUBSPOT, "things.list", 2, 1, 1),
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/crm/objects/2026-09/contacts/123/x", "GET /crm/objects/2026-09/contacts/*/x"),
        ("/data/v66.0/sobjects/Lead/Syncd_Key__c/4711:12", "GET /data/v66.0/sobjects/Lead/Syncd_Key__c/*"),
        ("/data/v66.0/sobjects/Lead/00Q5e000001AbCdEAK", "GET /data/v66.0/sobjects/Lead/*"),
        ("/x/jo@example.com", "GET /x/*"),
        ("/x/jo%40example.com", "GET /x/*"),
        ("/communication-preferences/v4", "GET /communication-preferences/v4"),
    ],
)  # fmt: skip
def test_endpoint_names_hold_no_ids(path: str, expected: str) -> None:
    """Names are few, and nobody's address is among them."""
    assert endpoint_of("GET", path) == expected


def test_a_vendors_client_gets_the_same_treatment_through_the_session() -> None:
    """simple-salesforce retries nothing by itself; below our session a read of its is sent again."""
    time = FakeTime()
    page = {"totalSize": 0, "done": True, "records": []}
    meter = {"Sforce-Limit-Info": "api-usage=5/1000"}
    with Wire([answer(503), answer(200, page, headers=meter)]) as wire:
        transport = build(wire.url, time)
        client = simple_salesforce.Salesforce(
            session_id="x", instance_url=wire.url, session=transport.session(), version="66.0"
        )
        client.base_url = f"{wire.url}/services/data/v66.0/"
        assert client.query("SELECT Id FROM Lead")["totalSize"] == 0
        transport.close()
    assert [seen.headers["x-ours"] for seen in wire.seen] == ["1", "1"]
    assert [seen.headers["user-agent"] for seen in wire.seen] == ["syncd/test"] * 2
    assert transport.budgets() == (Budget(System.HUBSPOT, "api-usage", 5, 1000, "day"),)


def test_sessions_belong_to_threads() -> None:
    """One connection each: nothing of a session is shared between threads."""
    transport = build("http://127.0.0.1:9", FakeTime())
    others: list[requests.Session] = []
    thread = threading.Thread(target=lambda: others.append(transport.session()))
    thread.start()
    thread.join()
    assert transport.session() is transport.session()
    assert transport.session() is not others[0]


def test_netrc_does_not_replace_our_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """requests reads ~/.netrc by itself and would send that instead."""
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Wire([OK]) as wire:
        transport = Transport(System.HUBSPOT, wire.url, headers={"Authorization": "Bearer ours"})
        transport.request("GET", "/x")
        transport.close()
    assert wire.seen[0].headers["authorization"] == "Bearer ours"


def test_the_guard_runs_before_every_attempt() -> None:
    """A holder that lost its lease sends nothing more, not even a repeat."""
    time, allowed = FakeTime(), [True, False]

    def guard() -> None:
        if not allowed.pop(0):
            raise RuntimeError("lease lost")

    with Wire([answer(503), OK]) as wire:
        options = TransportOptions(sleep=time.sleep, monotonic=time.monotonic, guard=guard)
        transport = Transport(System.HUBSPOT, wire.url, headers={}, options=options)
        with pytest.raises(RuntimeError, match="lease lost"):
            transport.request("GET", "/x")
        transport.close()
    assert len(wire.seen) == 1
