"""People for the tests of the shipped definition: who they are, what they did, and where that puts them.

Everything goes through `decide` with the shipped playbook, as for a real lead. `Story` keeps between two
evaluations what the store keeps.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.core.decide import decide
from syncd.core.model import (
    Baseline,
    Decision,
    Ref,
    Shape,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
)
from syncd.core.playbook import Playbook
from syncd.core.signals import signal_key
from syncd.settings import default_config_dir, load

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
CREATED_AT = NOW - timedelta(days=400)
LIVE = Baseline(CREATED_AT - timedelta(days=30), CREATED_AT - timedelta(days=20))

BUYER: Mapping[str, str] = {
    "contact.email": "dana.ruiz@acme.example",
    "contact.firstname": "Dana",
    "contact.lastname": "Ruiz",
    "contact.jobtitle": "Director of Marketing Operations",
    "company.name": "Acme",
    "company.numberofemployees": "412",
    "company.industry": "COMPUTER_SOFTWARE",
    "company.country": "Germany",
}
"""Fits in every way: grade A, ICP met."""

SPECIALIST = {
    **BUYER,
    "contact.jobtitle": "Logistics Specialist",
    "company.industry": "",
    "company.country": "",
}
"""Fits well enough: grade B, ICP not failed."""

STRANGER = {"contact.email": "somebody@unheard-of.example"}
"""A business address and nothing else."""

MISFIT = {
    "contact.email": "kai@tiny.example",
    "contact.jobtitle": "Clerk",
    "company.name": "Tiny",
    "company.numberofemployees": "3",
    "company.industry": "GAMBLING_CASINOS",
}
"""A firm we cannot serve: ICP failed."""


@functools.cache
def shipped() -> Playbook:
    """The playbook the product ships."""
    return load(default_config_dir(), {}).playbook


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def fact(source: str, days: float, **attributes: str) -> Signal:
    """One fact, so many days ago. Attributes named `field__x` are answers on a form."""
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    version = f"{days}|{sorted(named.items())}"
    system = System.HUBSPOT if source.startswith("account.") else System(source.partition(".")[0])
    where = Ref(system, "fact", version)
    at = ago(days)
    return Signal(signal_key(where, source, version), at, at, Shape(source, named), ref=where)


def form(name: str, days: float = 1, **answers: str) -> Signal:
    fields = {f"field__{key}": value for key, value in answers.items()}
    return fact("hubspot.form_submission", days, form=name, **fields)


def page(path: str, *days: float) -> list[Signal]:
    return [fact("hubspot.page_view", day, url=f"www.own-company.example{path}") for day in days]


def visits(*days: float) -> list[Signal]:
    return [fact("hubspot.visit", day) for day in days]


def opened(*days: float) -> list[Signal]:
    return [fact("hubspot.email_open", day, campaign=f"Letter {day}", lag="later") for day in days]


def clicked(*days: float, campaign: str = "") -> list[Signal]:
    return [
        fact("hubspot.email_click", day, campaign=campaign or f"Letter {day}", lag="later", url="x.example/a")
        for day in days
    ]


def webinar(days: float = 1, state: str = "attended", event: str = "Forecasting live") -> Signal:
    return fact("hubspot.marketing_event", days, event=event, state=state)


def demo_request(days: float = 1) -> Signal:
    return form("Request a demo", days)


def colleague(person: str, days: float, seniority: str = "manager", function: str = "it") -> Signal:
    return fact("account.activity", days, person=person, seniority=seniority, function=function)


def joined(person: str, days: float, seniority: str = "manager") -> Signal:
    return fact("account.person_joined", days, person=person, seniority=seniority)


def s55() -> list[Signal]:
    """A webinar, the prices twice, five e-mails opened."""
    return [webinar(10), *page("/pricing", 3, 7), *opened(1, 2, 4, 8, 12)]


def person(*signals: Signal, known: Mapping[str, str] = BUYER, **more: Any) -> Snapshot:
    """Somebody known for a year, with acts since; facts of colleagues are put where they belong."""
    fields = {name: value for name, value in known.items() if value}
    email = fields.get("contact.email", "")
    return Snapshot(
        lead_id=1,
        key="77:101",
        fields=fields,
        emails=(email,) if email else (),
        signals=ordered(item for item in signals if not is_colleagues(item)),
        account_signals=ordered(item for item in signals if is_colleagues(item)),
        standing=None,
        baseline=LIVE,
        hubspot=Ref(System.HUBSPOT, "contact", "101"),
        created_at=CREATED_AT,
        **more,
    )


def is_colleagues(signal: Signal) -> bool:
    return signal.shape.source.startswith("account.")


def ordered(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    return tuple(sorted(signals, key=lambda item: (item.occurred_at, item.key)))


def decided(
    *signals: Signal, known: Mapping[str, str] = BUYER, playbook: Playbook | None = None, at: datetime = NOW
) -> Decision:
    """What follows for this person now."""
    return decide(person(*signals, known=known), playbook or shipped(), at)


def where(
    *signals: Signal, known: Mapping[str, str] = BUYER, playbook: Playbook | None = None, at: datetime = NOW
) -> str:
    """Where they stand now: `lead`, `mql:engaged`, `near_sql`, `sql`."""
    return str(decided(*signals, known=known, playbook=playbook, at=at).standing.position)


def reasons(found: Decision) -> dict[str, float]:
    """Points of every reason under engagement and intent, by rule."""
    both = (*found.verdict.engagement.reasons, *found.verdict.intent.reasons)
    return {item.rule: item.points_micro / 1_000_000 for item in both}


def letters(found: Decision) -> dict[str, str]:
    """Each letter of the framework: confirmed, inferred or unknown."""
    return {
        item.id.removeprefix("bant."): item.confidence or "unknown"
        for item in found.verdict.criteria
        if item.id.startswith("bant.")
    }


def matched(found: Decision) -> set[str]:
    return {item.id for item in found.verdict.filters if item.matched}


class Story:
    """One person through time: facts come in, they are evaluated, what the store keeps is kept."""

    def __init__(self, *signals: Signal, known: Mapping[str, str] = BUYER, playbook: Playbook | None = None):
        self.playbook = playbook or shipped()
        self.snapshot = person(*signals, known=known)

    def until(self, at: datetime, *signals: Signal) -> Decision:
        """Learn these facts, then evaluate at that time."""
        snapshot = replace(self.snapshot, signals=ordered((*self.snapshot.signals, *signals)))
        found = decide(snapshot, self.playbook, at)
        self.snapshot = replace(
            snapshot,
            standing=found.standing,
            evaluated_at=at,
            evaluated_version=self.playbook.evaluation_version,
            evaluated_model=found.verdict.model,
            history=(*snapshot.history, *found.transitions),
        )
        return found

    @property
    def standing(self) -> Standing:
        assert self.snapshot.standing is not None, "nothing was decided yet"
        return self.snapshot.standing

    @property
    def path(self) -> list[str]:
        return [str(item.target) for item in self.snapshot.history]


def at_or_above_mql(found: Decision) -> bool:
    return found.standing.position.stage in (Stage.MQL, Stage.NEAR_SQL, Stage.SQL)
