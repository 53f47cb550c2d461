"""simple-salesforce on our transport: the five calls we use, with answers as values.

The library is used in its direct flow only (a token and an address), because its own renewal drops headers
and may recurse without end; renewal, retries, time-outs and metering are the transport's. It always speaks
https, so a loopback sandbox gets an adapter that turns the scheme back.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import BaseAdapter

from syncd.connectors.salesforce import sdk
from syncd.connectors.salesforce.answers import PartAnswer, classify, decoded, named, part_failure
from syncd.connectors.salesforce.tokens import TokenSource
from syncd.connectors.transport import Transport, TransportOptions
from syncd.connectors.transport_budget import Budgets
from syncd.core.model import System
from syncd.ports import Failure, Recovery, SystemFailure, Usage

Row: TypeAlias = Mapping[str, Any]
"""One record as the API sends it; decimals are `Decimal`."""

COMPOSITE_PARTS_MAX = 25
COMPOSITE_QUERIES_MAX = 5
"""Of 25 parts at most five may be queries or collections ("Composite", REST guide)."""
COLLECTION_MAX = 200
""" "sObject Collections", REST guide."""

NO_ASSIGNMENT = {"Sforce-Auto-Assign": "FALSE"}
BY_ORG_RULES = {"Sforce-Auto-Assign": "TRUE"}
DUPLICATES = {"Sforce-Duplicate-Rule-Header": "allowSave=false; includeRecordDetails=true"}
ALLOW_DUPLICATES = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
"""Gets past rules that only alert; a rule that blocks stays a block (the same page)."""
WRITE_HEADERS = {**NO_ASSIGNMENT, **DUPLICATES}
"""Without the first, REST runs assignment rules on creates and updates ("Assignment Rule Header", REST
guide); the second makes a duplicate rule name the records it found ("Duplicate Rule Header")."""

BUDGETS = Budgets(daily_floor=0.15, urgent_floor=0.05)
"""Ordinary calls stop at 85 % of what the whole org may use in a day, fresh SQLs at 95 %."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of a query. `at` is the server's clock; `next_url` leads on when not `done`."""

    records: tuple[Row, ...]
    done: bool
    total: int
    next_url: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A query to be sent with others in one call. `include_deleted` uses queryAll."""

    text: str
    include_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One subrequest of a composite call. `path` is relative to the API version."""

    name: str
    method: str
    path: str
    body: Mapping[str, object] | None = None
    headers: Mapping[str, str] | None = None


class Client:
    """The calls we make. Safe to share between threads; each has its own library object and session."""

    def __init__(
        self, tokens: TokenSource, api_version: str, options: TransportOptions | None = None
    ) -> None:
        self.tokens = tokens
        self.api_version = api_version
        self.transport = Transport(
            System.SALESFORCE,
            tokens.login_url,
            headers=self._authorization,
            classify=classify,
            options=options,
            budgets=BUDGETS,
            renew=self._renew,
        )
        self._local = threading.local()

    # --- reading -----------------------------------------------------------------------------------------

    def query(self, query: Query, endpoint: str) -> Rows:
        """The first page of `query`. Raises SystemFailure."""
        if len(query.text) > 4_000:  # the URL may have 16 kB encoded, 2 kB are advised (help 000386264)
            return self.queries((query,), endpoint)[0]
        with self.transport.calling(endpoint, reads=True), named(is_read=True):
            answer = self._library().query(query.text, include_deleted=query.include_deleted)
        return self._rows(answer)

    def more(self, rows: Rows, endpoint: str) -> Rows:
        """The page after `rows`. Raises SystemFailure; an expired cursor is transient."""
        with self.transport.calling(endpoint, reads=True), named(is_read=True):
            answer = self._library().query_more(rows.next_url, identifier_is_url=True)
        return self._rows(answer)

    def all_rows(self, query: Query, endpoint: str, pages_max: int = 50) -> tuple[Row, ...]:
        """Every record of a bounded query. Raises SystemFailure."""
        return self.rest_of(self.query(query, endpoint), endpoint, pages_max)

    def rest_of(self, rows: Rows, endpoint: str, pages_max: int = 50) -> tuple[Row, ...]:
        """The records of `rows` and of all pages after it. Raises SystemFailure."""
        records = list(rows.records)
        for _ in range(pages_max):
            if rows.done:
                return tuple(records)
            rows = self.more(rows, endpoint)
            records.extend(rows.records)
        raise AssertionError(f"{endpoint}: more than {pages_max} pages for a query that is bounded")

    def queries(self, queries: Sequence[Query], endpoint: str) -> tuple[Rows, ...]:
        """First pages of queries, five in one call, by position. Raises SystemFailure for one that fails."""
        found: list[Rows] = []
        for start in range(0, len(queries), COMPOSITE_QUERIES_MAX):
            parts = [
                Part(f"q{start + offset}", "GET", self._query_path(query))
                for offset, query in enumerate(queries[start : start + COMPOSITE_QUERIES_MAX])
            ]
            for answer in self.composite(parts, endpoint, reads=True):
                if answer.status >= 300:
                    raise SystemFailure(part_failure(answer))
                found.append(self._rows(answer.body))
        return tuple(found)

    def tooling(self, text: str, endpoint: str) -> tuple[Row, ...]:
        """Every record of a bounded query of the Tooling API. Raises SystemFailure."""
        with self.transport.calling(endpoint, reads=True), named(is_read=True):
            answer = self._library().restful("tooling/query/", params={"q": text})
        return self.rest_of(self._rows(answer or {}), endpoint)

    def describe(self, object_name: str) -> Row:
        """What the org and our permissions make of an object. Raises SystemFailure."""
        return self._get(f"sobjects/{object_name}/describe", "GET sobjects/describe")

    def limits(self) -> Row:
        return self._get("limits", "GET limits")

    def versions(self) -> tuple[str, ...]:
        """API versions the org offers, oldest first; the list is not counted against the quota."""
        token = self.tokens.current()
        with self.transport.calling("GET services/data", reads=True):
            response = self._session(token.instance_url).get(
                f"{_https(token.instance_url)}/services/data/", headers={"Accept": "application/json"}
            )
        body = decoded(response.content)
        items = body if isinstance(body, list) else []
        return tuple(str(item["version"]) for item in items if isinstance(item, dict) and "version" in item)

    # --- writing -----------------------------------------------------------------------------------------

    def collection(
        self,
        method: str,
        path: str,
        records: Sequence[Mapping[str, object]],
        endpoint: str,
        *,
        idempotent: bool,
        headers: Mapping[str, str] | None = None,
    ) -> list[object]:
        """One result per record, as far as the answer has them. Raises SystemFailure."""
        assert 0 < len(records) <= COLLECTION_MAX, "a collection has 1 to 200 records"
        body = {"allOrNone": False, "records": list(records)}
        with self.transport.calling(endpoint, idempotent=idempotent), named(is_read=False):
            answer = self._library().restful(path, method=method, json=body, headers=dict(headers or {}))
        return answer if isinstance(answer, list) else []

    def composite(
        self, parts: Sequence[Part], endpoint: str, *, reads: bool = False, all_or_none: bool = False
    ) -> tuple[PartAnswer, ...]:
        """The answers to several subrequests sent as one call, by position. Raises SystemFailure.

        A part that is missing in the answer raises too: what became of it is unknown.
        """
        assert 0 < len(parts) <= COMPOSITE_PARTS_MAX, "a composite call has 1 to 25 parts"
        body = {
            "allOrNone": all_or_none,
            "compositeRequest": [self._subrequest(part, is_write=not reads) for part in parts],
        }
        with self.transport.calling(endpoint, reads=reads), named(is_read=reads):
            answer = self._library().restful("composite", method="POST", json=body)
        answers = answer.get("compositeResponse") if isinstance(answer, dict) else None
        found = {
            str(item["referenceId"]): PartAnswer(
                str(item["referenceId"]), int(item["httpStatusCode"]), item.get("body")
            )
            for item in answers or ()
        }
        if any(part.name not in found for part in parts):
            recovery = Recovery.TRANSIENT if reads else Recovery.UNKNOWN
            raise SystemFailure(
                Failure(recovery, System.SALESFORCE, "salesforce.short_answer", f"{endpoint} lacks an answer")
            )
        return tuple(found[part.name] for part in parts)

    def day_share(self) -> float:
        """Which part of the day's calls the whole org has used, as last seen; 0 before that."""
        day = [item for item in self.transport.budgets() if item.window == "day"]
        return day[0].used / day[0].limit if day and day[0].limit else 0.0

    def usage(self) -> tuple[Usage, ...]:
        return self.transport.usage() + self.tokens.transport.usage()

    def close(self) -> None:
        self._local = threading.local()
        self.transport.close()
        self.tokens.transport.close()

    # --- beneath -----------------------------------------------------------------------------------------

    def _get(self, path: str, endpoint: str) -> Row:
        with (
            self.transport.calling(endpoint, reads=True, accepts=frozenset({404})),
            named(is_read=True, missing=path),
        ):
            answer = self._library().restful(path)
        if not isinstance(answer, dict):
            raise SystemFailure(
                Failure(
                    Recovery.TRANSIENT, System.SALESFORCE, "salesforce.empty_answer", f"{endpoint} is empty"
                )
            )
        return answer

    def _subrequest(self, part: Part, *, is_write: bool) -> dict[str, object]:
        request: dict[str, object] = {
            "method": part.method,
            "url": f"/services/data/v{self.api_version}/{part.path}",
            "referenceId": part.name,
        }
        if part.body is not None:
            request["body"] = dict(part.body)
        if is_write:  # headers of the outer call do not reach the parts ("Composite", REST guide)
            request["httpHeaders"] = {**WRITE_HEADERS, **(part.headers or {})}
        return request

    def _query_path(self, query: Query) -> str:
        resource = "queryAll" if query.include_deleted else "query"
        return f"{resource}/?{urlencode({'q': query.text})}"

    def _rows(self, answer: Any) -> Rows:
        return Rows(
            records=tuple(answer.get("records") or ()),
            done=bool(answer.get("done", True)),
            total=int(answer.get("totalSize") or 0),
            next_url=str(answer.get("nextRecordsUrl") or ""),
            at=getattr(self._local, "answered_at", None),
        )

    def _authorization(self) -> Mapping[str, str]:
        token = self.tokens.current()
        self._local.token = token.value
        return {"Authorization": f"Bearer {token.value}"}

    def address_of(self, record_id: str) -> str:
        """Where a person can look at a record: the org's own address leads on to its page."""
        return f"{self.tokens.current().instance_url.rstrip('/')}/{record_id}"

    def _renew(self) -> None:
        self.tokens.drop(getattr(self._local, "token", ""))

    def _library(self) -> Any:
        """This thread's simple-salesforce object for the instance the token is good for."""
        url = self.tokens.current().instance_url
        held: tuple[str, Any] | None = getattr(self._local, "library", None)
        if held is None or held[0] != url:
            library = sdk.library().Salesforce(
                session_id="kept-by-the-transport",
                instance_url=url,
                version=self.api_version,
                session=self._session(url),
                parse_float=Decimal,
                object_pairs_hook=None,
            )
            library.headers.pop("X-PrettyPrint", None)  # larger answers for nobody
            held = (url, library)
            self._local.library = held
        return held[1]

    def _session(self, instance_url: str) -> requests.Session:
        """This thread's session, with the headers every write needs, able to reach a plain-http sandbox."""
        session = self.transport.session()
        if getattr(self._local, "session", None) is not session:
            session.headers.update(WRITE_HEADERS)
            session.hooks["response"].append(self._note_clock)
            self._local.session = session
        if instance_url.startswith("http://"):
            prefix = f"{_https(instance_url)}/"
            if not isinstance(session.get_adapter(prefix), PlainHttp):
                session.mount(prefix, PlainHttp(session.get_adapter(instance_url)))
        return session

    def _note_clock(self, response: requests.Response, *_: object, **__: object) -> None:
        self._local.answered_at = _server_clock(response.headers.get("Date", ""))


class PlainHttp(BaseAdapter):
    """Sends what is addressed to https over http, for a sandbox on this machine."""

    def __init__(self, below: BaseAdapter) -> None:
        super().__init__()
        self._below = below

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = "http" + (request.url or "").removeprefix("https")
        return self._below.send(request, *args, **kwargs)

    def close(self) -> None:
        self._below.close()


def _server_clock(header: str) -> datetime | None:
    """The `Date` of an answer. Where a proxy added a second one, requests joins both: the first counts."""
    day, comma, rest = header.partition(",")
    try:
        at = parsedate_to_datetime(f"{day}{comma}{rest.split(',')[0]}")
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _https(url: str) -> str:
    return f"https://{urlsplit(url).netloc}"
