"""The sandbox as another process drives it: one line of JSON, then `/_sandbox/`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import requests

from syncd.connectors.sandbox import Sandbox
from tests.sandbox_hubspot.conftest import Http, contact


def control(sandbox: Sandbox, verb: str, body: object = None) -> Any:
    """The answer of one of the sandbox's own endpoints; no body means a GET."""
    method = "GET" if body is None else "POST"
    return requests.request(method, f"{sandbox.salesforce_url}/_sandbox/{verb}", json=body, timeout=10).json()


def test_time_advances_by_request(sandbox: Sandbox) -> None:
    answer = control(sandbox, "advance", {"to": "2026-09-02T06:00:00+00:00"})
    assert answer == {"now": "2026-09-02T06:00:00Z", "acts": 0}


def test_faults_change_by_request_and_never_strike_the_control(sandbox: Sandbox, http: Http) -> None:
    control(sandbox, "faults", {"rate": 1, "kinds": ["server_error"]})
    assert http.call("GET", "/crm/v3/owners").status_code == 500
    assert control(sandbox, "state")["faults"] == {"server_error": 1}
    control(sandbox, "faults", {"rate": 0})
    assert http.call("GET", "/crm/v3/owners").status_code == 200


def test_state_counts_records_calls_and_writes(sandbox: Sandbox, http: Http) -> None:
    id_ = contact(sandbox, "a@firm.com")
    http.call("PATCH", f"/crm/v3/objects/contacts/{id_}", {"properties": {"jobtitle": "x"}})
    state = control(sandbox, "state")["hubspot"]
    assert (state["records"]["contacts"], state["writes"], state["violations"]) == (1, 1, [])
    assert state["calls"] == {"PATCH /crm/v3/objects/contacts/*": 1}


def test_a_mistake_is_answered_with_what_is_wrong(sandbox: Sandbox) -> None:
    assert "hurricane" in control(sandbox, "faults", {"kinds": ["hurricane"]})["error"]
    assert "to" in control(sandbox, "advance", {})["error"]
    assert "GET state" in control(sandbox, "reset", {})["error"]


def test_the_command_serves_both_systems_and_ends_when_told() -> None:
    arguments = [sys.executable, "-m", "syncd.connectors.sandbox", "--world", "empty", "--seed", "4"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        headers = {"Authorization": f"Bearer {said['hubspot_token']}"}
        details = requests.get(f"{said['hubspot_url']}/account-info/v3/details", headers=headers, timeout=10)
        assert details.json()["portalId"] == said["hubspot_portal_id"]
        form = {"grant_type": "client_credentials", "client_id": said["salesforce_client_id"],
                "client_secret": said["salesforce_client_secret"]}  # fmt: skip
        token = requests.post(f"{said['salesforce_url']}/services/oauth2/token", data=form, timeout=10)
        assert token.json()["instance_url"] == said["salesforce_url"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
