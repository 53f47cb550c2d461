"""People for the worked examples: what they are, what they did, and where that puts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from syncd.core.decide import decide
from syncd.core.model import Baseline, Decision, Ref, Shape, Signal, Snapshot, System
from syncd.core.playbook import Playbook

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
CREATED = NOW - timedelta(days=120)

BUYER = {
    "contact.firstname": "Dana",
    "contact.lastname": "Ruiz",
    "contact.email": "dana.ruiz@acme.example",
    "contact.jobtitle": "Director of Marketing Operations",
    "company.name": "Acme",
    "company.numberofemployees": "412",
    "company.industry": "COMPUTER_SOFTWARE",
    "company.country": "Germany",
}
"""Fits in every way: grade A, ICP met."""


@dataclass(frozen=True)
class Did:
    """One thing somebody did, `days_ago`."""

    source: str
    days_ago: float
    attributes: Mapping[str, str] = field(default_factory=dict)
    count: int = 1


def form(name: str, days_ago: float = 1, **values: str) -> Did:
    fields = {f"field.{key}": value for key, value in values.items()}
    return Did("hubspot.form_submission", days_ago, {"form": name, "url": "www.acme.example/x", **fields})


def page(path: str, days_ago: float = 1) -> Did:
    return Did("hubspot.page_view", days_ago, {"url": f"www.vendor.example{path}"})


def webinar(state: str = "attended", days_ago: float = 1) -> Did:
    return Did("hubspot.marketing_event", days_ago, {"event": "Forecasting live", "state": state})


def opened(days_ago: float = 1, count: int = 1) -> Did:
    return Did("hubspot.email_open", days_ago, {"campaign": "Autumn"}, count)


def person(*acts: Did, known: Mapping[str, str] = BUYER, email: str = "", **changed: str) -> Snapshot:
    """Somebody known for four months, with acts since; `changed` are contact properties."""
    fields = {**known, **{f"contact.{name}": value for name, value in changed.items()}}
    if email:
        fields["contact.email"] = email
    signals = sorted(
        (
            Signal(
                key=index + 1,
                occurred_at=NOW - timedelta(days=act.days_ago),
                known_at=NOW - timedelta(days=act.days_ago),
                shape=Shape(act.source, dict(act.attributes)),
                count=act.count,
            )
            for index, act in enumerate(acts)
        ),
        key=lambda signal: (signal.occurred_at, signal.key),
    )
    return Snapshot(
        lead_id=1,
        key="77:101",
        fields={name: value for name, value in fields.items() if value},
        emails=tuple(value for name, value in fields.items() if name == "contact.email" and value),
        signals=tuple(signals),
        standing=None,
        baseline=Baseline(baseline_at=CREATED - timedelta(days=30), go_live_at=CREATED - timedelta(days=20)),
        hubspot=Ref(System.HUBSPOT, "contact", "101"),
        created_at=CREATED,
    )


def decided(snapshot: Snapshot, playbook: Playbook) -> Decision:
    """What follows now."""
    return decide(snapshot, playbook, NOW)


def where(snapshot: Snapshot, playbook: Playbook) -> str:
    """Where they stand now: `mql:engaged`, `sql`, ..."""
    return str(decided(snapshot, playbook).standing.position)
