"""People, signals and playbooks for tests of the decision, as short as the point they make.

`follow` does what the store does between two evaluations: it keeps standing, ledger and time.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.core.decide import decide
from syncd.core.engine import Program
from syncd.core.model import (
    Baseline,
    Decision,
    MachineAct,
    Opportunity,
    Position,
    Ref,
    SalesRecord,
    Shape,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
    Verdict,
)
from syncd.core.playbook import Playbook
from syncd.core.signals import signal_key
from syncd.settings import default_config_dir, load

BASELINE_AT = datetime(2026, 8, 1, tzinfo=UTC)
GO_LIVE_AT = datetime(2026, 9, 1, tzinfo=UTC)
START = datetime(2026, 10, 5, 9, tzinfo=UTC)
LIVE = Baseline(BASELINE_AT, GO_LIVE_AT)

FITTING: Mapping[str, str] = {
    "contact.email": "dana@acme.example",
    "contact.firstname": "Dana",
    "contact.lastname": "Ruiz",
    "contact.jobtitle": "VP Operations",
    "contact.company": "Acme",
    "company.name": "Acme",
    "company.numberofemployees": "412",
    "company.industry": "COMPUTER_SOFTWARE",
    "company.country": "Germany",
}


@functools.cache
def default_playbook() -> Playbook:
    """The playbook the product ships."""
    return load(default_config_dir(), {}).playbook


def at(days: float = 0, hours: float = 0, seconds: float = 0) -> datetime:
    """A moment after START."""
    return START + timedelta(days=days, hours=hours, seconds=seconds)


def signal(
    source: str,
    when: datetime,
    attributes: Mapping[str, str] | None = None,
    *,
    known: datetime | None = None,
    count: int = 1,
    ref: str = "",
    object_: str = "fact",
) -> Signal:
    """One fact, known when it happened unless said otherwise."""
    named = dict(attributes or {})
    version = f"{when.isoformat()}|{sorted(named.items())}"
    said_by = source.partition(".")[0]
    system = System.SYNCD if said_by == "account" else System(said_by)
    where = Ref(system, object_, ref or version)
    return Signal(signal_key(where, source, version), when, known or when, Shape(source, named), count, where)


def form(name: str, when: datetime, known: datetime | None = None, **fields: str) -> Signal:
    answers = {f"field.{field}": value for field, value in fields.items()}
    return signal("hubspot.form_submission", when, {"form": name, **answers}, known=known)


def page(path: str, when: datetime) -> Signal:
    return signal("hubspot.page_view", when, {"url": f"www.own-company.example{path}"})


def opened(when: datetime, campaign: str = "October") -> Signal:
    return signal("hubspot.email_open", when, {"campaign": campaign})


def attended(when: datetime, event: str = "Webinar") -> Signal:
    return signal("hubspot.marketing_event", when, {"event": event, "state": "attended"})


def demo_request(when: datetime) -> Signal:
    return form("Request a demo", when)


def status(value: str, when: datetime, *, reason: str = "", known: datetime | None = None) -> Signal:
    extra = {"reason": reason} if reason else {}
    shown = {"property": "Status", "value": value, **extra}
    return signal("salesforce.lead_change", when, shown, known=known)


def deal(outcome: str, when: datetime, *, ref: str = "006A", reason: str = "") -> Signal:
    extra = {"reason": reason} if reason else {}
    shown = {"stage": outcome, "outcome": outcome, **extra}
    return signal("salesforce.deal", when, shown, ref=ref, object_="opportunity")


def delivered(when: datetime) -> Signal:
    return signal("syncd.delivered", when, {"kind": "handoff", "object": "Lead", "created": "true"})


def person(
    *signals: Signal,
    fields: Mapping[str, str] | None = None,
    created: datetime | None = None,
    baseline: Baseline = LIVE,
    **more: Any,
) -> Snapshot:
    """Somebody never evaluated before; by default a fitting buyer who came after go-live."""
    known = dict(FITTING if fields is None else fields)
    email = known.get("contact.email", "")
    return Snapshot(
        lead_id=1,
        key="4711:101",
        fields=known,
        emails=(email,) if email else (),
        signals=ordered(signals),
        standing=None,
        baseline=baseline,
        hubspot=Ref(System.HUBSPOT, "contact", "101"),
        created_at=created or at(-1),
        **more,
    )


def ordered(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    return tuple(sorted(signals, key=lambda item: (item.occurred_at, item.key)))


def with_signals(snapshot: Snapshot, *signals: Signal) -> Snapshot:
    return replace(snapshot, signals=ordered((*snapshot.signals, *signals)))


def follow(snapshot: Snapshot, decision: Decision, now: datetime, playbook: Playbook) -> Snapshot:
    """The snapshot as the store gives it back after this decision."""
    return replace(
        snapshot,
        standing=decision.standing,
        evaluated_at=now,
        evaluated_version=playbook.evaluation_version,
        history=(*snapshot.history, *decision.transitions),
    )


class Journey:
    """One lead through time: facts come in, it is evaluated, what the store keeps is kept."""

    def __init__(self, snapshot: Snapshot, playbook: Playbook | None = None) -> None:
        self.playbook = playbook or default_playbook()
        self.snapshot = snapshot
        self.last: Decision | None = None

    def until(self, now: datetime, *signals: Signal) -> Decision:
        """Learn these facts, then evaluate at `now`."""
        self.snapshot = with_signals(self.snapshot, *signals)
        self.last = decide(self.snapshot, self.playbook, now)
        self.snapshot = follow(self.snapshot, self.last, now, self.playbook)
        return self.last

    @property
    def stage(self) -> Stage:
        assert self.snapshot.standing is not None
        return self.snapshot.standing.position.stage

    @property
    def standing(self) -> Standing:
        assert self.snapshot.standing is not None
        return self.snapshot.standing

    @property
    def path(self) -> list[str]:
        """Every position of the ledger, in order."""
        return [str(item.target) for item in self.snapshot.history]

    @property
    def causes(self) -> list[str]:
        return [str(item.cause) for item in self.snapshot.history]

    def handed_over(self, when: datetime) -> Journey:
        """A demo request at `when`, qualified at once and confirmed by Salesforce a minute later."""
        self.until(when, demo_request(when))
        self.until(when + timedelta(minutes=1), delivered(when + timedelta(minutes=1)))
        return self


def standing(stage: Stage, since: datetime, level: str = "", **more: Any) -> Standing:
    return Standing(Position(stage, level), since, **more)


def sales_lead(
    status_value: str, reason: str = "", *, modified: datetime | None = None, converted: bool = False
) -> SalesRecord:
    shown = {"Status": status_value, "IsConverted": str(converted).lower()}
    if reason:
        shown["Disqualification_Reason__c"] = reason
    return SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), shown, modified or BASELINE_AT)


def opportunity(*, closed: bool = False, won: bool = False, lost_reason: str | None = None) -> Opportunity:
    return Opportunity(
        Ref(System.SALESFORCE, "opportunity", "006A"),
        "Closed" if closed else "Proposal",
        closed,
        won,
        closes_at=BASELINE_AT - timedelta(days=10),
        modified_at=BASELINE_AT - timedelta(days=9),
        lost_reason=lost_reason,
    )


def explained(
    made: Program,
    packed: bytes,
    shapes: Sequence[Shape] | Mapping[int, Shape],
    lead: Snapshot,
    now: datetime,
    machine: tuple[MachineAct, ...] = (),
) -> Verdict:
    """The verdict on a lead from its packed state."""
    return made.explain(packed, shapes, lead.fields, lambda: lead, now, waivers=lead.waivers, machine=machine)
