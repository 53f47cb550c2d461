"""People for the tests of what is read: acts are named by their kind and made of shapes of that kind."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncd.core.decide import decide
from syncd.core.hypothetical import act_of, sample
from syncd.core.model import Baseline, Detail, Ref, Signal, Snapshot, System
from syncd.core.playbook import Playbook
from syncd.settings import default_config_dir, load

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
LIVE = Baseline(NOW - timedelta(days=200), NOW - timedelta(days=190))
OBSERVING = Baseline(NOW - timedelta(days=200), None)

FITTING: Mapping[str, str] = {
    "contact.email": "dana@acme.example",
    "contact.firstname": "Dana",
    "contact.lastname": "Ruiz",
    "contact.jobtitle": "VP Operations",
    "company.name": "Acme",
    "company.numberofemployees": "412",
    "company.industry": "COMPUTER_SOFTWARE",
    "company.country": "Germany",
}

Did = tuple[str, float]  # kind, days ago


@functools.cache
def shipped(variant: str = "") -> Playbook:
    """The playbook the product ships, or one of its variants."""
    folder = default_config_dir()
    return load(folder / "examples" / variant if variant else folder, {}).playbook


def variants() -> list[str]:
    """The shipped playbook and every variant beside it."""
    examples = Path(default_config_dir()) / "examples"
    return ["", *sorted(item.parent.name for item in examples.glob("*/levels.yaml"))]


def did(playbook: Playbook, acts: tuple[Did, ...], now: datetime = NOW) -> tuple[Signal, ...]:
    """One signal for each act, of a shape that its kind has; acts of one kind are told apart."""
    kinds = {kind.id: kind for kind in playbook.signals}
    found: list[Signal] = []
    for number, (name, days_ago) in enumerate(acts):
        shape = sample(kinds[name], playbook)
        assert shape is not None, f"the playbook has no fact that is a {name}"
        shapes = act_of(kinds[name], shape, playbook).shapes
        at = now - timedelta(days=days_ago)
        shape = shapes[[act[0] for act in acts[:number]].count(name) % len(shapes)]
        found.append(Signal(1000 + number, at, at, shape, detail=Detail(title=kinds[name].label)))
    return tuple(sorted(found, key=lambda signal: (signal.occurred_at, signal.key)))


def person(
    *acts: Did,
    playbook: Playbook | None = None,
    fields: Mapping[str, str] | None = None,
    baseline: Baseline = LIVE,
    settled: bool = True,
) -> Snapshot:
    """Somebody who did this, standing where the playbook puts them; with `settled=False`, never evaluated."""
    book = playbook or shipped()
    known = dict(FITTING if fields is None else fields)
    snapshot = Snapshot(
        lead_id=7,
        key="1:7",
        fields=known,
        emails=(known["contact.email"],) if "contact.email" in known else (),
        signals=did(book, acts),
        standing=None,
        baseline=baseline,
        hubspot=Ref(System.HUBSPOT, "contact", "7"),
        created_at=NOW - timedelta(days=150),
    )
    if not settled:
        return snapshot
    decision = decide(snapshot, book, NOW)
    return replace(
        snapshot,
        standing=decision.standing,
        evaluated_at=NOW,
        evaluated_version=book.evaluation_version,
        evaluated_model=decision.verdict.model,
        history=decision.transitions,
    )
