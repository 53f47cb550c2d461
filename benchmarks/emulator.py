"""The sandbox as a process of its own, and what people do there meanwhile, by its public API.

The measured process must not hold the emulator's memory or share its interpreter, so everything goes over
HTTP; these calls are not the product's, and nobody counts them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

TO_CONTACT = {
    "calls": 194, "emails": 198, "meetings": 200, "notes": 202, "tasks": 204, "communications": 81,
}  # fmt: skip  # docs/guides/api/crm/associations/associations-v4, "Association type ID values"
TO_COMPANY = 279  # of a contact, the same page
ENGAGEMENTS = tuple(TO_CONTACT)
INPUTS_MAX = 100  # of one batch
SEARCH_PAGE = 200


@dataclass
class Emulator:
    """A running sandbox. `said` is what it printed: addresses and credentials. `now` is its clock."""

    said: Mapping[str, Any]
    now: datetime

    def environ(self, state_dir: Path) -> dict[str, str]:
        """The environment of an installation that talks to it."""
        return {
            "HUBSPOT_ACCESS_TOKEN": self.said["hubspot_token"],
            "HUBSPOT_BASE_URL": self.said["hubspot_url"],
            "SALESFORCE_CLIENT_ID": self.said["salesforce_client_id"],
            "SALESFORCE_CLIENT_SECRET": self.said["salesforce_client_secret"],
            "SALESFORCE_LOGIN_URL": self.said["salesforce_url"],
            "SYNCD_STATE_DIR": str(state_dir),
        }

    def advance(self, **span: float) -> None:
        """Let its time pass."""
        self.to(self.now + timedelta(**span))

    def to(self, at: datetime) -> None:
        """Let its time pass until then."""
        self.now = at
        self._ask("/_sandbox/advance", {"to": at.isoformat()})

    def filled(self, type_: str) -> frozenset[str]:
        """Names of the properties that the first object of a type has values in."""
        names = [item["name"] for item in self._ask(f"/crm/v3/properties/{type_}")["results"]]
        [row] = self._search(type_, 1, "", names)
        return frozenset(name for name, value in row["properties"].items() if value)

    def ids(self, type_: str, count: int) -> list[str]:
        """Ids of the first objects of a type."""
        found: list[str] = []
        while len(found) < count:
            rows = self._search(type_, SEARCH_PAGE, found[-1] if found else "0", [])
            assert rows, f"there are only {len(found)} {type_}"
            found += [row["id"] for row in rows]
        return found[:count]

    def edit(self, ids: Sequence[str], properties: Mapping[str, str]) -> None:
        """Give these contacts other properties."""
        self._batches("contacts", "update", [{"id": id_, "properties": properties} for id_ in ids])

    def log(self, ids: Sequence[str]) -> None:
        """One engagement with each of these contacts, of the six types in turn."""
        for number, type_ in enumerate(ENGAGEMENTS):
            made = [
                {"properties": {"hs_timestamp": self.now.isoformat()}, "associations": [_with(type_, id_)]}
                for id_ in ids[number :: len(ENGAGEMENTS)]
            ]
            self._batches(type_, "create", made)

    def made(
        self,
        type_: str,
        rows: Sequence[Mapping[str, str]],
        beside: Mapping[str, Sequence[str]] | None = None,
    ) -> list[str]:
        """New objects, at most some hundreds; ids in the order given. `beside`: with which object of a type
        each is associated."""
        inputs = [
            {
                "properties": dict(row),
                "associations": [
                    {"to": {"id": ids[at]}, "types": [_kind(type_, other)]}
                    for other, ids in (beside or {}).items()
                ],
                "objectWriteTraceId": str(at),
            }
            for at, row in enumerate(rows)
        ]
        found: dict[int, str] = {}
        for start in range(0, len(inputs), INPUTS_MAX):
            body = {"inputs": inputs[start : start + INPUTS_MAX]}
            answer = self._ask(f"/crm/v3/objects/{type_}/batch/create", body)
            found |= {start + at: row["id"] for at, row in enumerate(answer["results"])}
        return [found[at] for at in range(len(inputs))]

    def _batches(self, type_: str, verb: str, inputs: Sequence[object]) -> None:
        for start in range(0, len(inputs), INPUTS_MAX):
            body = {"inputs": inputs[start : start + INPUTS_MAX]}
            self._ask(f"/crm/v3/objects/{type_}/batch/{verb}", body)

    def _search(self, type_: str, limit: int, beyond: str, names: Sequence[str]) -> list[dict[str, Any]]:
        beyond_it = {"propertyName": "hs_object_id", "operator": "GT", "value": beyond or "0"}
        body = {
            "filterGroups": [{"filters": [beyond_it]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": names,
            "limit": limit,
        }
        results: list[dict[str, Any]] = self._ask(f"/crm/v3/objects/{type_}/search", body)["results"]
        return results

    def _ask(self, path: str, body: object = None) -> Any:
        request = urllib.request.Request(
            self.said["hubspot_url"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.said['hubspot_token']}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())


def _with(type_: str, contact_id: str) -> dict[str, object]:
    return {"to": {"id": contact_id}, "types": [_kind(type_, "contacts")]}


def _kind(type_: str, other: str) -> dict[str, object]:
    number = TO_COMPANY if (type_, other) == ("contacts", "companies") else TO_CONTACT[type_]
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}


@contextmanager
def emulator(contacts: int, start_at: datetime | None = None) -> Iterator[Emulator]:
    """A sandbox with that many contacts of 60 properties, a fifth as many companies, limits off."""
    command = [sys.executable, "-m", "syncd.connectors.sandbox"]
    command += ["--world", "bulk", "--contacts", str(contacts)]
    command += ["--start-at", start_at.isoformat()] if start_at else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None, "it was given a pipe"
            said = json.loads(running.stdout.readline())
            yield Emulator(said, datetime.fromisoformat(said["now"]))
        finally:
            running.terminate()
