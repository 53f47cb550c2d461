"""Queries over REST: first pages, next pages, and how much is left of the limits.

A page has 2,000 rows unless `Sforce-Query-Options` asks for fewer; the rest waits under a locator (REST
guide, "Query" and "Query Options Header").
"""

from __future__ import annotations

import re

from syncd.connectors.sandbox.salesforce import soql
from syncd.connectors.sandbox.salesforce.api_types import Answer, Call, method_not_allowed
from syncd.connectors.sandbox.salesforce.errors import Refusal, not_found
from syncd.connectors.sandbox.salesforce.state import Salesforce

PAGE_ROWS_MAX = 2_000
PAGE_ROWS_MIN = 200
CURSORS_MAX = 50


TOOLING = frozenset({"apextrigger", "validationrule", "entitydefinition"})
"""Objects the Tooling API tells of, and ordinary queries do not."""


def answer(org: Salesforce, call: Call, *, tooling: bool = False) -> Answer:
    """The answer to `query`, `queryAll`, or the next page of either, of either API. Raises Refusal."""
    if call.method != "GET":
        raise method_not_allowed(call, "GET", "HEAD")
    if len(call.parts) == 2:
        return _next_page(org, call)
    if len(call.parts) != 1:
        raise not_found()
    text = call.params.get("q", "")
    if not text:
        raise Refusal("MALFORMED_QUERY", "A query string has to be specified")
    _require_told(text, tooling=tooling)
    if not tooling:
        org.queries.append(text)
    total, records = soql.run(
        org, text, call.session.permissions, call.session.version, with_deleted=call.parts[0] == "queryAll"
    )
    return _page(org, call, total, records, 0, "")


def _require_told(text: str, *, tooling: bool) -> None:
    """Raise Refusal for an object of the other API."""
    named = re.search(r"\bFROM\s+(\w+)", text, re.IGNORECASE)
    name = named.group(1) if named else ""
    if name and (name.lower() in TOOLING) != tooling:
        raise Refusal("INVALID_TYPE", f"sObject type '{name}' is not supported.")


def limits(org: Salesforce) -> Answer:
    """What `limits` tells; the daily allowance is the one that counts here."""
    most, used = org.meter.api_calls_max, org.meter.used()
    day = {"Max": most, "Remaining": max(0, most - used)}
    storage = {"Max": 10_240, "Remaining": 9_000}
    return Answer(200, {"DailyApiRequests": day, "DataStorageMB": storage, "FileStorageMB": storage})


def _next_page(org: Salesforce, call: Call) -> Answer:
    locator, _dash, start = call.parts[1].rpartition("-")
    if locator not in org.cursors or not start.isdigit():
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
    total, records = org.cursors[locator]
    return _page(org, call, total, records, int(start), locator)


def _page(
    org: Salesforce, call: Call, total: int, records: list[dict[str, object]], start: int, locator: str
) -> Answer:
    asked = re.search(r"batchSize\s*=\s*(\d+)", call.headers.get("sforce-query-options", ""), re.IGNORECASE)
    size = min(max(int(asked.group(1)), PAGE_ROWS_MIN), PAGE_ROWS_MAX) if asked else PAGE_ROWS_MAX
    body: dict[str, object] = {"totalSize": total, "done": start + size >= len(records)}
    if not body["done"]:
        locator = locator or _keep(org, total, records)
        body["nextRecordsUrl"] = f"/services/data/{call.session.version}/query/{locator}-{start + size}"
    return Answer(200, body | {"records": records[start : start + size]})


def _keep(org: Salesforce, total: int, records: list[dict[str, object]]) -> str:
    """The locator of a kept result; the oldest of too many is dropped, as the platform does."""
    org.cursor_count += 1
    locator = f"01g{org.instance}{org.cursor_count:012d}"
    org.cursors[locator] = (total, records)
    while len(org.cursors) > CURSORS_MAX:
        del org.cursors[next(iter(org.cursors))]
    return locator
