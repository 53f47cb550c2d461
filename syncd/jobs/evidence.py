"""A case laid out for whoever settles it: the person and each candidate side by side, and what was said.

Names and addresses are shown to the person at the terminal (or on a page) and nowhere else. Every value is
from the store: the candidates as the delivery read them, or as pulled since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncd.core.likeness import CERTAIN_MIN, LIKELY_MIN
from syncd.core.model import Ref, Snapshot
from syncd.jobs import settling
from syncd.jobs.explain import name_of
from syncd.store import holds, pairs, people, snapshots
from syncd.store.engine import Store
from syncd.store.holds import Hold
from syncd.store.pairs import Pair, ref_of

FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Name", ("FirstName", "LastName")),
    ("E-mail", ("Email",)),
    ("Company", ("Company", "_account_name", "Name")),
    ("Title", ("Title",)),
    ("Phone", ("Phone", "MobilePhone")),
    ("Website", ("Website",)),
    ("Country", ("Country", "country")),
    ("Status", ("Status", "Type")),
)
"""Rows of the page, and the Salesforce fields each shows: all of a name, else the first that is filled."""


@dataclass(frozen=True, slots=True)
class Column:
    """One side of the page: the person, or one candidate."""

    ref: str
    what: str  # lead, contact, account, person
    values: Mapping[str, str]
    owner_id: str = ""
    owner: str = ""
    modified_at: str = ""
    percent: int = 0
    why: str = ""
    url: str = ""

    @property
    def sureness(self) -> str:
        """How sure it is, in a word."""
        if not self.percent:
            return ""
        if self.percent >= CERTAIN_MIN:
            return "certain"
        return "likely" if self.percent >= LIKELY_MIN else "unlikely"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A case with all there is to settle it by."""

    hold: Hold
    person: Column
    candidates: tuple[Column, ...]
    answers: tuple[str, ...]
    said: tuple[Pair, ...] = field(default=())

    def as_dict(self) -> dict[str, object]:
        """The documented shape of `syncd hold show --json`."""
        hold = self.hold
        return {
            "hold_id": hold.hold_id,
            "lead_id": hold.lead_id,
            "kind": hold.kind,
            "reason": hold.reason,
            "opened_at": hold.opened_at,
            "resolved_at": hold.resolved_at,
            "resolution": hold.resolution,
            "resolved_by": hold.resolved_by,
            "answers": list(self.answers),
            "person": _column_data(self.person),
            "candidates": [_column_data(item) for item in self.candidates],
            "decisions": [_pair_data(item) for item in self.said],
        }


def _column_data(column: Column) -> dict[str, object]:
    return {
        "ref": column.ref,
        "what": column.what,
        "fields": dict(column.values),
        "owner_id": column.owner_id,
        "owner": column.owner,
        "modified_at": column.modified_at,
        "percent": column.percent,
        "sureness": column.sureness,
        "why": column.why,
        "url": column.url,
    }


def _pair_data(pair: Pair) -> dict[str, object]:
    return {
        "ref": str(pair.ref),
        "says": pair.says,
        "by": pair.said_by,
        "at": pair.said_at,
        "hold_id": pair.hold_id,
        "taken_back_at": pair.taken_back_at,
        "taken_back_by": pair.taken_back_by,
    }


def evidence_of(store: Store, hold_id: int, now: datetime) -> Evidence | None:
    """The case of this number with its evidence; None where there is none."""
    with store.read() as tx:
        hold = holds.one(tx, hold_id)
        if hold is None:
            return None
        loaded = snapshots.load_snapshots(tx, [hold.lead_id], now)
        refs = [ref_of(str(item["ref"])) for item in hold.candidates]
        stored = people.find_properties(tx, refs, {name for _row, names in FIELDS for name in names})
        said = pairs.history(tx, hold.lead_id)
        names = snapshots.user_names(tx)
        answers = [] if hold.resolved_at else _answers(hold)
        columns = [_candidate(item, stored, names) for item in hold.candidates]
    person = _person(loaded[0]) if loaded else Column("", "person", {})
    return Evidence(hold, person, tuple(columns), tuple(answers), said)


def _answers(hold: Hold) -> list[str]:
    if hold.kind == holds.UNDONE:
        return [holds.RELEASE, holds.DECLINED]
    return [*settling.answers(hold.kind, hold.candidates), holds.DECLINED]


def _person(snapshot: Snapshot) -> Column:
    """The person as HubSpot has them."""
    fields = snapshot.fields

    def first(*names: str) -> str:
        return next((text for name in names if (text := fields.get(name, ""))), "")

    shown = {
        "Name": name_of(snapshot),
        "E-mail": ", ".join(snapshot.emails),
        "Company": first("contact.company", "company.name"),
        "Title": first("contact.jobtitle"),
        "Phone": first("contact.phone", "contact.mobilephone"),
        "Website": first("company.domain", "contact.website"),
        "Country": first("contact.country", "company.country"),
        "Status": first("contact.hs_lead_status", "contact.lifecyclestage"),
    }
    values = {name: value for name, value in shown.items() if value}
    ref = str(snapshot.hubspot) if snapshot.hubspot else ""
    return Column(ref, "person", values, modified_at=first("contact.lastmodifieddate"))


def _candidate(
    item: Mapping[str, Any], stored: Mapping[Ref, Mapping[str, str]], names: Mapping[str, str]
) -> Column:
    ref = ref_of(str(item["ref"]))
    told: dict[str, str] = {**stored.get(ref, {}), **item.get("fields", {})}
    values = {row: text for row, wanted in FIELDS if (text := _shown(told, row, wanted))}
    owner_id = told.get("OwnerId", "")
    return Column(
        str(ref),
        ref.object,
        values,
        owner_id,
        names.get(owner_id, ""),
        told.get("modified_at", ""),
        int(item.get("percent", 0)),
        str(item.get("why", "")),
        str(item.get("url", "")),
    )


def _shown(told: Mapping[str, str], row: str, wanted: Sequence[str]) -> str:
    found = [told[name] for name in wanted if told.get(name)]
    return " ".join(found) if row == "Name" else next(iter(found), "")


@dataclass(frozen=True, slots=True)
class Settled:
    """A case that a person settled, with the name of its lead."""

    hold: Hold
    name: str

    def as_dict(self) -> dict[str, object]:
        """The documented shape of a settled entry of `syncd hold list --all --json`."""
        hold = self.hold
        return {
            "hold_id": hold.hold_id,
            "lead_id": hold.lead_id,
            "name": self.name,
            "kind": hold.kind,
            "reason": hold.reason,
            "candidates": [{"ref": item["ref"], "why": item.get("why", "")} for item in hold.candidates],
            "opened_at": hold.opened_at,
            "resolved_at": hold.resolved_at,
            "resolution": hold.resolution,
            "resolved_by": hold.resolved_by,
        }


def settled_cases(store: Store, now: datetime, limit: int) -> tuple[Settled, ...]:
    """The cases settled last, the newest first."""
    with store.read() as tx:
        found = [hold for hold in holds.all_holds(tx, only_open=False) if hold.resolved_at is not None]
        newest = sorted(found, key=lambda hold: (hold.resolved_at or now, hold.hold_id), reverse=True)[:limit]
        loaded = snapshots.load_snapshots(tx, sorted({hold.lead_id for hold in newest}), now)
    names = {snapshot.lead_id: name_of(snapshot) for snapshot in loaded}
    return tuple(Settled(hold, names.get(hold.lead_id, "")) for hold in newest)
