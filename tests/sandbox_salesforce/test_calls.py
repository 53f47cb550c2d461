"""Many records or many calls in one: collections, composite, duplicates, limits, and the wire."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce as Client

from syncd.connectors.sandbox.salesforce.setup import DuplicateAction
from syncd.connectors.sandbox.salesforce.state import Salesforce
from tests.sandbox_salesforce.conftest import KEY, START_AT, Loopback, Served, lead

BASE = "/services/data/v66.0"
FALSE = {"Sforce-Auto-Assign": "FALSE"}


def typed(**fields: object) -> dict[str, object]:
    return {"attributes": {"type": "Lead"}, **lead(**fields)}


def upsert(client: Any, records: list[dict[str, object]], *, all_or_none: bool = False) -> Any:
    body = {"allOrNone": all_or_none, "records": records}
    return client.restful(f"composite/sobjects/Lead/{KEY}", method="PATCH", json=body)


# --- collections ---


def test_a_collection_answers_record_by_record_in_order(org: Salesforce, client: Any) -> None:
    """Errors inside say `statusCode`; the others are written all the same."""
    org.insert("Lead", lead())
    results = upsert(client, [
        typed(Company="New"), typed(**{KEY: "4711:2", "Title": "x" * 129}), typed(**{KEY: "4711:3"}),
    ])  # fmt: skip
    assert [(r["success"], r.get("created")) for r in results] == [(True, False), (False, None), (True, True)]
    assert results[1]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    assert results[1]["errors"][0]["fields"] == ["Title"]
    assert [r["Company"] for r in org.all("Lead")] == ["New", "Acme"]


def test_all_or_none_takes_everything_back(org: Salesforce, client: Any) -> None:
    results = upsert(client, [typed(), typed(**{KEY: "4711:2", "LastName": None})], all_or_none=True)
    codes = [r["errors"][0]["statusCode"] for r in results]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert (org.all("Lead"), org.writes) == ([], [])


def test_more_than_200_records_or_none_are_refused(served: Served) -> None:
    for records, code in (([typed(**{KEY: f"4711:{n}"}) for n in range(201)], "EXCEEDED_ID_LIMIT"),
                          ([], "REQUIRED_FIELD_MISSING")):  # fmt: skip
        answer = served.call("POST", "composite/sobjects", json={"records": records})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert served.org.all("Lead") == []
    assert [v.rule for v in served.org.violations] == ["too many records"]


def test_one_key_twice_in_a_collection_is_refused_for_both(client: Any, org: Salesforce) -> None:
    results = upsert(client, [typed(), typed(Company="Other")])
    assert [r["errors"][0]["statusCode"] for r in results] == ["DUPLICATE_VALUE"] * 2
    assert org.all("Lead") == []


def test_updates_by_id_name_the_missing_and_the_converted(org: Salesforce, client: Any) -> None:
    """A missing record is a broken reference here, not a 404."""
    converted = org.insert("Lead", lead())
    org.convert(converted)
    gone = org.insert("Lead", lead(**{KEY: "4711:2"}))
    org.delete("Lead", gone)
    never = gone[:12] + "999"
    body = {
        "records": [{"attributes": {"type": "Lead"}, "id": i, "Title": "x"} for i in (converted, gone, never)]
    }
    results = client.restful("composite/sobjects", method="PATCH", json=body)
    assert [r["errors"][0]["statusCode"] for r in results] == [
        "CANNOT_UPDATE_CONVERTED_LEAD", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY",
    ]  # fmt: skip


def test_a_refused_record_of_a_collection_leaves_nothing_half_done(served: Served) -> None:
    """Deleting a Lead takes its tasks first; one that is locked keeps all of them."""
    org = served.org
    kept, gone = org.insert("Lead", lead()), org.insert("Lead", lead(**{KEY: "4711:2"}))
    tasks = [org.insert("Task", {"Subject": "Call", "WhoId": kept}) for _ in range(2)]
    org.lock_row(tasks[1])
    results = served.call("DELETE", f"composite/sobjects?ids={kept},{gone}").json()
    assert [r["success"] for r in results] == [False, True]
    assert [r.id for r in org.all("Task")] == tasks
    assert [r.id for r in org.all("Lead")] == [kept]


def test_retrieve_gives_null_for_what_is_not_there(org: Salesforce, client: Any) -> None:
    made = org.insert("Lead", lead())
    body = {"ids": [made, made[:12] + "999"], "fields": ["Company"]}
    first, second = client.restful("composite/sobjects/Lead", method="POST", json=body)
    assert (first["Company"], second) == ("Acme", None)


# --- composite ---


def composite(served: Served, *parts: dict[str, object], all_or_none: bool = False) -> list[dict[str, Any]]:
    body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    answer = served.call("POST", "composite", json=body)
    assert answer.status_code == 200
    return list(answer.json()["compositeResponse"])


def part(name: str, method: str, path: str, body: object = None) -> dict[str, object]:
    given: dict[str, object] = {
        "referenceId": name,
        "method": method,
        "url": f"{BASE}/{path}",
        "httpHeaders": FALSE,
    }
    return given if body is None else {**given, "body": body}


def lead_and_task(**fields: object) -> tuple[dict[str, object], dict[str, object]]:
    values = {"LastName": "Ruiz", "Company": "Acme", **fields}
    task = {"Subject": "Call", "WhoId": "@{TheLead.id}", KEY: "4711:1:1:call"}
    return part("TheLead", "PATCH", f"sobjects/Lead/{KEY}/4711:1", values), part(
        "Call", "POST", "sobjects/Task", task
    )


def test_a_lead_and_its_task_go_in_one_call(served: Served) -> None:
    """The task refers to the id the upsert answered, and the whole counts once."""
    first, second = composite(served, *lead_and_task(), all_or_none=True)
    (task,) = served.org.all("Task")
    assert (first["httpStatusCode"], second["httpStatusCode"]) == (201, 201)
    assert task["WhoId"] == first["body"]["id"]
    assert served.org.meter.used() == 1
    assert served.org.violations == []


def test_all_or_none_halts_the_lead_when_the_task_fails(served: Served) -> None:
    who, task = lead_and_task()
    task["body"] = {"Subject": "x" * 300, KEY: "k"}
    first, second = composite(served, who, task, all_or_none=True)
    assert first["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert second["body"][0]["errorCode"] == "STRING_TOO_LONG"
    assert served.org.all("Lead") == []


def test_without_all_or_none_only_what_refers_to_the_failure_halts(served: Served) -> None:
    other = part("Other", "POST", "sobjects/Lead", lead(**{KEY: "4711:9"}))
    first, second, third = composite(served, *lead_and_task(LastName=None), other)
    assert first["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert second["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert third["httpStatusCode"] == 201


def test_headers_of_the_outer_call_do_not_reach_the_parts(served: Served) -> None:
    """The assignment header must stand in each part."""
    org = served.org
    queue = org.add_queue("Inbound")
    org.set_assignment_rule("Routing", queue)
    bare_part = part("TheLead", "POST", "sobjects/Lead", lead())
    del bare_part["httpHeaders"]
    answer = served.call("POST", "composite", json={"compositeRequest": [bare_part]}, headers=FALSE)
    assert answer.json()["compositeResponse"][0]["httpStatusCode"] == 201
    assert org.all("Lead")[0]["OwnerId"] == queue
    assert [v.rule for v in org.violations] == ["assignment header missing"]


def test_five_queries_fit_and_a_sixth_does_not(served: Served) -> None:
    queries = [part(f"q{n}", "GET", "query/?q=SELECT+Id+FROM+Lead") for n in range(6)]
    five = composite(served, *queries[:5])
    six = composite(served, *queries)
    assert [a["httpStatusCode"] for a in five] == [200] * 5
    assert six[0]["body"][0]["errorCode"] == "LIMIT_EXCEEDED"
    twenty_six = composite(served, *[part(f"l{n}", "GET", "limits") for n in range(26)])
    assert "more than 25" in twenty_six[0]["body"][0]["message"]


# --- duplicate rules ---


@pytest.mark.parametrize(
    ("action", "header", "saved"),
    [
        (DuplicateAction.REPORT, "", True),
        (DuplicateAction.ALERT, "", False),
        (DuplicateAction.ALERT, "allowSave=true; includeRecordDetails=true", True),
        (DuplicateAction.BLOCK, "allowSave=true", False),
    ],
)
def test_a_duplicate_rule_stops_what_its_action_says(
    served: Served, action: DuplicateAction, header: str, *, saved: bool
) -> None:
    """The detail sits under a misspelt key and names the records found."""
    org = served.org
    org.add_duplicate_rule("Same address", "Lead", action)
    there = org.insert("Contact", {"LastName": "Ruiz", "Email": "dana@acme.example"})
    headers = {**FALSE, **({"Sforce-Duplicate-Rule-Header": header} if header else {})}
    answer = served.call("POST", "sobjects/Lead", json=lead(Email="Dana@acme.example"), headers=headers)
    assert (answer.status_code == 201) is saved
    assert len(org.all("Lead")) == int(saved)
    if not saved:
        (error,) = answer.json()
        (match,) = error["duplicateResut"]["matchResults"]
        assert error["errorCode"] == "DUPLICATES_DETECTED"
        assert error["duplicateResut"]["allowSave"] is (action is DuplicateAction.ALERT)
        assert [m["record"]["Id"] for m in match["matchRecords"]] == [there]


def test_converted_leads_are_no_duplicates(served: Served) -> None:
    """What counts is the Contact the Lead became."""
    org = served.org
    org.add_duplicate_rule("Same address", "Lead", DuplicateAction.BLOCK)
    converted = org.insert("Lead", lead(Email="dana@acme.example"))
    _account, contact, _deal = org.convert(converted)
    ask = lead(**{KEY: "4711:2", "Email": "dana@acme.example"})
    (error,) = served.call("POST", "sobjects/Lead", json=ask, headers=FALSE).json()
    assert [m["entityType"] for m in error["duplicateResut"]["matchResults"]] == ["Contact"]
    org.delete("Contact", contact)
    assert served.call("POST", "sobjects/Lead", json=ask, headers=FALSE).status_code == 201


# --- sessions and limits ---


def test_the_token_endpoint_refuses_in_its_own_words(served: Served) -> None:
    tokens = served.org.tokens
    good = {
        "grant_type": "client_credentials",
        "client_id": tokens.client_id,
        "client_secret": tokens.client_secret,
    }
    for change, error in (({"client_id": "x"}, "invalid_client_id"), ({"client_secret": "x"},
    "invalid_client"),
                          ({"grant_type": "password"}, "unsupported_grant_type")):  # fmt: skip
        answer = served.call("POST", "/services/oauth2/token", data=good | change)
        assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_simple_salesforce_logs_in_by_itself(served: Served) -> None:
    """Its own client-credentials flow, Basic header and all, on an adapter that leads to the loopback."""
    tokens, session = served.org.tokens, requests.Session()
    session.mount("https://", Loopback(served.url))
    keys = {"consumer_key": tokens.client_id, "consumer_secret": tokens.client_secret}
    client = Client(**keys, domain="acme.my", session=session, version="66.0")
    assert client.query("SELECT Id FROM Organization")["records"][0]["Id"] == served.org.org_id


def test_a_session_ends_in_the_middle_of_a_run(served: Served) -> None:
    """By age, or when a test says so."""
    client = served.client()
    client.limits()
    served.org.expire_tokens()
    token = served.client().session_id
    served.org.kernel.advance_to(START_AT + timedelta(hours=3))
    for stale in (client.session_id, token):
        answer = served.call("GET", "limits", headers={"Authorization": f"Bearer {stale}"})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_the_day_is_counted_told_and_refused_when_spent(served: Served) -> None:
    """403 without Retry-After; the count falls as calls grow a day old."""
    meter = served.org.meter
    meter.limits, meter.api_calls_max = True, 3
    headers = [served.call("GET", "limits").headers["Sforce-Limit-Info"] for _ in range(3)]
    assert [h.split(";")[0] for h in headers] == ["api-usage=1/3", "api-usage=2/3", "api-usage=3/3"]
    assert all("; api-bursts=" in h and h.endswith("/750") for h in headers)
    refused = served.call("GET", "limits")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "Retry-After" not in refused.headers
    served.org.kernel.advance_to(START_AT + timedelta(hours=25))
    assert served.call("GET", "limits").json()["DailyApiRequests"] == {"Max": 3, "Remaining": 2}


def test_the_version_list_needs_no_session_and_is_not_counted(served: Served) -> None:
    answer = served.call("GET", "/services/data/", headers={"Authorization": ""})
    assert answer.json()[-1]["version"] == "68.0"
    assert served.org.meter.used() == 0
    assert "Sforce-Limit-Info" not in answer.headers
    assert served.call("GET", "/services/data/v25.0/limits").status_code == 410


def test_the_date_header_is_the_sandbox_clock(served: Served) -> None:
    answer = served.call("GET", "limits")
    assert parsedate_to_datetime(answer.headers["Date"]) == START_AT


def test_calls_keep_method_path_and_status(served: Served) -> None:
    served.call("GET", "sobjects/Nothing/describe/?x=secret")
    assert served.org.calls[-1][:3] == ("GET", f"{BASE}/sobjects/Nothing/describe/", 404)


def test_too_long_addresses_are_refused(served: Served) -> None:
    ids = ",".join(f"'00Q{n:015d}'" for n in range(800))
    answer = served.call("GET", f"query/?q=SELECT+Id+FROM+Lead+WHERE+Id+IN+({ids})")
    assert answer.status_code == 414
    assert [v.rule for v in served.org.violations] == ["request too long"]


def test_a_user_with_a_key_gets_a_session_by_jwt(served: Served) -> None:
    """The audience must be the org, the key the one that was pre-authorised."""
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65_537, 2_048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    user = served.org.record("User", served.org.integration_user_id)["Username"]
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = {"iss": served.org.tokens.client_id, "sub": user, "aud": served.url, "exp": 4_000_000_000}

    def ask(**changes: object) -> Any:
        assertion = jwt.encode(claims | changes, key, algorithm="RS256")
        return served.call(
            "POST", "/services/oauth2/token", data={"grant_type": grant, "assertion": assertion}
        ).json()

    assert ask()["error_description"] == "user hasn't approved this consumer"
    served.org.tokens.trust(str(user), public.decode())
    assert ask(aud="https://login.example")["error_description"] == "audience is invalid"
    token = ask()["access_token"]
    answer = served.call("GET", "limits", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
