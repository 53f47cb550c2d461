"""What is seen of one lead at one instant: visible signals, their kinds and values, fields, waivers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.core import machine, profile
from syncd.core.model import Shape, Signal, Snapshot
from syncd.core.playbook import AttributeTest, Model, Playbook, SignalKind

MICRO = 1_000_000
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Fact:
    """A signal and the kinds it belongs to, in the playbook's order."""

    signal: Signal
    kinds: tuple[SignalKind, ...]


@dataclass(frozen=True, slots=True)
class World:
    """One lead and one playbook. `facts` are all there will ever be, each once, newest first; `fields` those
    of the snapshot, those derived of the person, and what Salesforce shows for the company."""

    playbook: Playbook
    snapshot: Snapshot
    facts: tuple[Fact, ...]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One lead at one instant, judged by one scoring model. `facts` are those that count, newest first."""

    world: World
    now: datetime
    model: Model
    facts: tuple[Fact, ...]

    @property
    def playbook(self) -> Playbook:
        return self.world.playbook

    @property
    def snapshot(self) -> Snapshot:
        return self.world.snapshot


def world_of(playbook: Playbook, snapshot: Snapshot) -> World:
    known = {item.key: item for item in (*snapshot.signals, *snapshot.account_signals)}
    in_order = sorted(known.values(), key=lambda item: (item.occurred_at, item.key), reverse=True)
    facts = tuple(Fact(item, kinds_of(playbook, item.shape)) for item in in_order)
    return World(playbook, snapshot, facts, fields_of(snapshot))


def case_of(world: World, now: datetime, model: Model) -> Case:
    """The case with the facts that count: what is seen by now, but for what a machine did."""
    found = seen(world, now)
    made_by_machines = machine_acts(world, now)
    return Case(world, now, model, tuple(one for one in found if one.signal.key not in made_by_machines))


def seen(world: World, now: datetime) -> list[Fact]:
    """Every fact from the later of its date and its knowing on."""
    return [one for one in world.facts if one.signal.occurred_at <= now and one.signal.known_at <= now]


def machine_acts(world: World, now: datetime) -> Mapping[int, str]:
    """What of the facts seen a machine did, with the reason; nothing while a person set that aside."""
    terms = world.playbook.machine
    if not terms.is_on or is_waived(world, now, "machine_clicks"):
        return {}
    return machine.judge([one.signal for one in seen(world, now)], terms)


def of_kinds(case: Case, names: tuple[str, ...]) -> list[Fact]:
    """The facts of any of these kinds, newest first, each once."""
    return [one for one in case.facts if is_of(one, names)]


def is_of(fact: Fact, names: tuple[str, ...]) -> bool:
    return any(kind.id in names for kind in fact.kinds)


def kinds_of(playbook: Playbook, shape: Shape) -> tuple[SignalKind, ...]:
    """The kinds a fact belongs to, in the playbook's order; our own facts belong to none."""
    if shape.source.startswith("syncd."):
        return ()
    return tuple(
        kind
        for kind in playbook.signals
        if any(
            match.source == shape.source and all(passes(test, shape) for test in match.where)
            for match in kind.sources
        )
    )


def passes(test: AttributeTest, shape: Shape) -> bool:
    value = shape.attributes.get(test.attribute)
    equals = value is not None and any(is_like(value, pattern) for pattern in test.patterns)
    return equals != test.negate


def is_like(text: str, pattern: str) -> bool:
    """Whether a text equals a glob of `*` and `?`, case ignored."""
    parts = [".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern.casefold()]
    return re.fullmatch("".join(parts), text.casefold(), re.DOTALL) is not None


def value_of(fact: Fact, names: tuple[str, ...], distinct: str) -> str:
    """What `distinct` tells facts apart by; blank where the fact has no such value."""
    kind = next(kind for kind in fact.kinds if kind.id in names)
    if distinct == "kind":
        return kind.id
    if distinct == "channel":
        return kind.channel
    if distinct == "offer":
        return kind.offer
    return fact.signal.shape.attributes.get(distinct, "")


def age_s(case: Case, fact: Fact) -> int:
    """The whole second of now less the whole second of the date."""
    return int(case.now.timestamp()) - int(fact.signal.occurred_at.timestamp())


def is_within(case: Case, fact: Fact, days: float | None) -> bool:
    return days is None or age_s(case, fact) <= round(days * DAY_S)


def fields_of(snapshot: Snapshot) -> dict[str, str]:
    return {
        **snapshot.fields,
        **profile.derived(snapshot.fields, snapshot.emails),
        "account.is_customer": "true" if snapshot.account_is_customer else "false",
        "account.has_open_deal": "true" if snapshot.account_open_deal else "false",
        "account.people": str(snapshot.account_people),
    }


def is_customer(world: World) -> bool:
    """Whether HubSpot says they have bought: then nobody hands them over as new."""
    return world.fields.get("contact.lifecyclestage", "").strip().casefold() == "customer"


def is_waived(world: World, now: datetime, name: str) -> bool:
    """Whether a person's word sets this filter, gate or need aside now."""
    return any(
        item.id == name
        and (item.at is None or item.at <= now)
        and (item.until_at is None or now < item.until_at)
        for item in world.snapshot.waivers
    )
