"""What is seen of one lead at one instant: visible signals, their kinds and values, fields, waivers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core import machine, profile
from syncd.core.model import Shape, Signal, Snapshot
from syncd.core.playbook import AttributeTest, Model, Playbook, SignalKind

MICRO = 1_000_000
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Case:
    """One lead at one instant, judged by one scoring model."""

    playbook: Playbook
    snapshot: Snapshot
    now: datetime
    model: Model


def visible(case: Case) -> list[Signal]:
    """The facts that count now, newest first: what is seen, but for what a machine did."""
    found = seen(case)
    made_by_machines = machine_acts(case, found)
    return [item for item in found if item.key not in made_by_machines]


def seen(case: Case) -> list[Signal]:
    """Every fact of the lead once, from the later of its date and its knowing on, newest first."""
    known = {item.key: item for item in (*case.snapshot.signals, *case.snapshot.account_signals)}
    found = [item for item in known.values() if item.occurred_at <= case.now and item.known_at <= case.now]
    return sorted(found, key=lambda item: (item.occurred_at, item.key), reverse=True)


def machine_acts(case: Case, found: Sequence[Signal]) -> Mapping[int, str]:
    """What of the visible facts a machine did, with the reason; nothing while a person set that aside."""
    if not case.playbook.machine.is_on or is_waived(case, "machine_clicks"):
        return {}
    return machine.judge(found, case.playbook.machine)


def of_kinds(case: Case, names: tuple[str, ...]) -> list[Signal]:
    """Visible facts of any of these kinds, newest first, each once."""
    return [item for item in visible(case) if any(kind.id in names for kind in kinds_of(case, item))]


def kinds_of(case: Case, signal: Signal) -> list[SignalKind]:
    """The kinds a fact belongs to, in the playbook's order; our own facts belong to none."""
    if signal.shape.source.startswith("syncd."):
        return []
    return [
        kind
        for kind in case.playbook.signals
        if any(
            match.source == signal.shape.source and all(passes(test, signal.shape) for test in match.where)
            for match in kind.sources
        )
    ]


def passes(test: AttributeTest, shape: Shape) -> bool:
    value = shape.attributes.get(test.attribute)
    equals = value is not None and any(is_like(value, pattern) for pattern in test.patterns)
    return equals != test.negate


def is_like(text: str, pattern: str) -> bool:
    """Whether a text equals a glob of `*` and `?`, case ignored."""
    parts = [".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern.casefold()]
    return re.fullmatch("".join(parts), text.casefold(), re.DOTALL) is not None


def value_of(case: Case, signal: Signal, names: tuple[str, ...], distinct: str) -> str:
    """What `distinct` tells facts apart by; blank where the fact has no such value."""
    kind = next(kind for kind in kinds_of(case, signal) if kind.id in names)
    if distinct == "kind":
        return kind.id
    if distinct == "channel":
        return kind.channel
    if distinct == "offer":
        return kind.offer
    return signal.shape.attributes.get(distinct, "")


def age_s(case: Case, signal: Signal) -> int:
    """The whole second of now less the whole second of the date."""
    return int(case.now.timestamp()) - int(signal.occurred_at.timestamp())


def is_within(case: Case, signal: Signal, days: float | None) -> bool:
    return days is None or age_s(case, signal) <= round(days * DAY_S)


def fields(case: Case) -> dict[str, str]:
    """The fields of the snapshot, those derived of the person, and what Salesforce shows for the company."""
    snapshot = case.snapshot
    return {
        **snapshot.fields,
        **profile.derived(snapshot.fields, snapshot.emails),
        "account.is_customer": "true" if snapshot.account_is_customer else "false",
        "account.has_open_deal": "true" if snapshot.account_open_deal else "false",
        "account.people": str(snapshot.account_people),
    }


def is_waived(case: Case, name: str) -> bool:
    """Whether a person's word sets this filter, gate or need aside now."""
    return any(
        item.id == name
        and (item.at is None or item.at <= case.now)
        and (item.until_at is None or case.now < item.until_at)
        for item in case.snapshot.waivers
    )
