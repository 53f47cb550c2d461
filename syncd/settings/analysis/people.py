"""Runs the worked examples through the evaluation itself: for each that fails, what it got and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from syncd.core import criteria
from syncd.core.model import Baseline, Criterion, Ref, Shape, Signal, Snapshot, Stage, System, Verdict
from syncd.core.person_fields import ACCOUNT
from syncd.core.playbook import Playbook, SignalKind
from syncd.core.qualify import verdict
from syncd.core.signals import classify
from syncd.settings.analysis.filters import STOPPING
from syncd.settings.analysis.sites import Map, Place
from syncd.settings.analysis.witness import witness
from syncd.settings.problems import Problem
from syncd.settings.shapes.examples import ActShape, ExampleShape

NOW: Final = datetime(2026, 6, 3, 12, tzinfo=UTC)
"""The moment examples are looked at: a working day, so that no result depends on the day it is run."""

COLLEAGUE: Final = "account."


def failing_examples(places: Map) -> Iterator[Problem]:
    """One problem per example that does not come out as it says."""
    for index, example in enumerate(places.loaded.examples):
        place = places.item("examples.yaml", f"example '{example.name}'", "examples", index)
        for number, act in enumerate(example.did):
            if act.signal is not None and _shape(act, places.loaded.playbook, 1) is None:
                at = places.item("examples.yaml", place.name, "examples", index, "did", number)
                message = f"{place.name}: no fact can be made up that counts as '{act.signal}'"
                written = "{source: hubspot.form_submission, attributes: {form: Request a demo}, days_ago: 3}"
                yield at.problem("error", message, allowed="the fact as it arrives", example=written)
                break
        else:
            yield from _compared(example, place, places.loaded.playbook)


def snapshot_of(example: ExampleShape, playbook: Playbook) -> Snapshot:
    """The person of an example as the store would show them."""
    own: list[Signal] = []
    theirs: list[Signal] = []
    for act in example.did:
        for days in sorted(act.days_ago, reverse=True):
            number = len(own) + len(theirs) + 1
            shape = _shape(act, playbook, number)
            assert shape is not None, "examples whose facts cannot be made up are said before"
            at = NOW - timedelta(days=days)
            mine = theirs if shape.source.startswith(COLLEAGUE) else own
            mine.append(Signal(key=number, occurred_at=at, known_at=at, shape=shape))
    account = {name: value for name, value in example.person.items() if name in ACCOUNT}
    oldest = max((days for act in example.did for days in act.days_ago), default=0.0)
    created_at = NOW - timedelta(days=oldest + 30)
    return Snapshot(
        lead_id=1,
        key="1:1",
        fields={name: value for name, value in example.person.items() if value},
        emails=tuple(filter(None, [example.person.get("contact.email", "")])),
        signals=_in_order(own),
        account_signals=_in_order(theirs),
        standing=None,
        baseline=Baseline(created_at - timedelta(days=2), created_at - timedelta(days=1)),
        hubspot=Ref(System.HUBSPOT, "contact", "1"),
        created_at=created_at,
        account_people=int(criteria.number(account.get("account.people", "")) or 0),
        account_open_deal=account.get("account.has_open_deal") == "true",
        account_is_customer=account.get("account.is_customer") == "true",
    )


def _in_order(signals: list[Signal]) -> tuple[Signal, ...]:
    return tuple(sorted(signals, key=lambda signal: (signal.occurred_at, signal.key)))


def _shape(act: ActShape, playbook: Playbook, number: int) -> Shape | None:
    if act.source is not None:
        return Shape(act.source, dict(act.attributes))
    shape = witness(_kind(playbook, act.signal or ""), playbook, number)
    if shape is not None and shape.source.startswith(COLLEAGUE):
        return Shape(shape.source, {**shape.attributes, "person": f"colleague {number}"})
    return shape


def _kind(playbook: Playbook, name: str) -> SignalKind:
    return next(kind for kind in playbook.signals if kind.id == name)


# --- what came out ---------------------------------------------------------------------------------------


def _compared(example: ExampleShape, place: Place, playbook: Playbook) -> Iterator[Problem]:
    """Judged at one moment, by itself: what was handed over and answered long ago is not part of it."""
    snapshot = snapshot_of(example, playbook)
    found = verdict(snapshot, playbook, NOW)
    matched = {item.id: item.outcome for item in found.filters if item.matched}
    kept_out = next((name for name, outcome in matched.items() if outcome in STOPPING), "")
    got = f"filtered: {kept_out}" if kept_out else _level(found)
    wanted = example.expected_level
    if example.expected_filter in matched or wanted == got:
        return
    if example.expected_filter:
        allowed = f"filtered: {example.expected_filter}"
        message = f"{place.name} should be kept out by '{example.expected_filter}', and it does not match"
    else:
        short_of = _short_of(found, snapshot, playbook)
        why = _kept_out(found, kept_out) if kept_out else _why(found, playbook, wanted, short_of)
        allowed = f"gives: {wanted}"
        message = f"{place.name} should give {wanted} and gives {got}: {why}"
    yield place.problem("error", message, found=f"{got} ({_numbers(found)})", allowed=allowed)


def _level(found: Verdict) -> str:
    position = found.earned
    return position.level if position.stage is Stage.MQL else str(position.stage)


def _numbers(found: Verdict) -> str:
    scores = (("fit", found.fit), ("engagement", found.engagement), ("intent", found.intent))
    said = ", ".join(f"{name} {score.points:.1f}" for name, score in scores)
    return f"{said}, grade {found.grade}, model {found.model}"


def _why(found: Verdict, playbook: Playbook, wanted: str, short_of: str) -> str:
    """What carried the person past the level wanted, or what is missing for it."""
    got = _level(found)
    order = ["lead", *(level.id for level in playbook.levels.mql), "near_sql", "sql"]
    if order.index(got) > order.index(wanted):
        if got == "sql" and found.decisive:
            return f"'{found.decisive}' hands over on its own"
        met = _labels(found, got, playbook, {"met"})
        return f"met are {met}" if met else "nothing is asked for it"
    if wanted == "sql" and short_of:
        return short_of
    lacking = _labels(found, wanted, playbook, {"missing", "unknown"})
    return f"missing are {lacking}" if lacking else "its criteria are met, and something else stops it"


def _kept_out(found: Verdict, name: str) -> str:
    evidence = next(item.evidence for item in found.filters if item.id == name)
    return f"the filter matches on {evidence}" if evidence else "the filter matches"


def _short_of(found: Verdict, snapshot: Snapshot, playbook: Playbook) -> str:
    """Why a decisive action did not hand over; empty where there was none."""
    if found.decisive and found.blocked_by:
        return f"'{found.blocked_by}' stops '{found.decisive}'"
    decisive = playbook.levels.decisive
    for signal in reversed(snapshot.signals):
        is_fresh = NOW - signal.occurred_at <= timedelta(days=decisive.within_days)
        done = [name for name in classify(signal.shape, playbook) if name in decisive.signals]
        needs = _labels(found, "decisive", playbook, {"missing", "unknown"})
        if is_fresh and done and needs:
            return f"'{done[0]}' hands over only with {needs}"
    return ""


def _labels(found: Verdict, level: str, playbook: Playbook, states: set[str]) -> str:
    """The criteria of a level in these states, by their labels; for near-SQL those of SQL as well."""
    is_mql = level in {item.id for item in playbook.levels.mql}
    prefixes = (
        (f"mql.{level}.",) if is_mql else (f"{level}.", "sql.") if level == "near_sql" else (f"{level}.",)
    )
    chosen = [item for item in found.criteria if item.id.startswith(prefixes) and item.state in states]
    return ", ".join(map(_label, chosen))


def _label(item: Criterion) -> str:
    return f"'{item.label}'" + (" (not known)" if item.state == "unknown" else "")
