"""Screening from packed state: what it says is what a decision on the same facts finds."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.decide import decide
from syncd.core.engine import Held, Program, Screened, held, pack, program, unpack
from syncd.core.instants import from_ms, to_ms
from syncd.core.lead import known_fields
from syncd.core.model import Baseline, MachineAct, Shape, Signal, Snapshot, Stage, Verdict
from syncd.core.playbook import Playbook
from syncd.core.qualify import verdict
from tests.core import small
from tests.core.builders import (
    at,
    attended,
    default_playbook,
    demo_request,
    explained,
    follow,
    opened,
    page,
    person,
    signal,
    standing,
)
from tests.core.test_scoring import histories
from tests.core.test_time import FIELDS
from tests.properties.harness import for_all
from tests.properties.lives import people, tick
from tests.properties.playbooks import playbooks as any_playbook

ticks = st.integers(-160, 400).map(tick)
rows = st.lists(
    st.tuples(
        st.integers(0, 3_400_000_000_000),  # up to 2077
        st.integers(0, 2**32 - 1),
        st.sampled_from((1, 1, 1, 7, 70_000)),
        st.integers(-(2**63), 2**63 - 1),
    ),
    max_size=12,
)


@given(rows)
def test_what_is_packed_comes_out_again_newest_first(signals: list[tuple[int, int, int, int]]) -> None:
    """Every signal, whole, in the order of (time, key) from the newest."""
    found = unpack(pack(signals))
    given_ = sorted(signals, key=lambda row: (row[0], row[3]), reverse=True)
    assert list(zip(found.times_ms, found.shapes, found.weights, found.keys, strict=True)) == given_


@given(st.integers(-(2**45), 2**47))
def test_an_instant_is_exact_to_the_millisecond(ms: int) -> None:
    """Before 1970, now, and in a thousand years."""
    assert from_ms(ms) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    assert to_ms(from_ms(ms)) == ms


def test_a_torn_blob_is_refused() -> None:
    """Half a column is an error with its cure, not a number."""
    blob = pack([(1_000, 1, 1, 1), (2_000, 2, 1, 2)])
    with pytest.raises(ValueError, match="pack it again"):
        unpack(blob[:-3])


class Store:
    """What the store keeps of shapes: a number for each."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.numbers: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        self.classes: list[int] = []

    def number(self, shape: Shape) -> int:
        key = shape.source, tuple(sorted(shape.attributes.items()))
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers)
            self.classes.append(self.program.class_of(shape))
        return self.numbers[key]

    def packed(self, signals: tuple[Signal, ...], left_out: frozenset[int], now: datetime) -> bytes:
        return pack(
            [
                (to_ms(item.occurred_at), self.number(item.shape), item.count, item.key)
                for item in {item.key: item for item in signals}.values()
                if item.key not in left_out and max(item.occurred_at, item.known_at) <= now
            ]
        )


def from_pack(
    someone: Snapshot, playbook: Playbook, now: datetime, machine: tuple[MachineAct, ...]
) -> Verdict:
    """The verdict from packed state alone; the acts of machines are left out of it."""
    made = program(playbook)
    store = Store(made)
    left_out = frozenset(item.key for item in machine)
    packed = store.packed((*someone.signals, *someone.account_signals), left_out, now)
    shapes = [Shape(source, dict(attributes)) for source, attributes in store.numbers]
    bare = replace(someone, signals=(), account_signals=(), fields=known_fields(someone))
    return explained(made, packed, shapes, bare, now, machine)


def screened(
    snapshot: Snapshot, playbook: Playbook, standing: Held, now: datetime, left_out: frozenset[int]
) -> Screened:
    made = program(playbook)
    store = Store(made)
    packed = store.packed((*snapshot.signals, *snapshot.account_signals), left_out, now)
    answers = made.answers_of(known_fields(snapshot))
    second = to_ms(now) // 1000
    return made.screen(packed, store.classes, answers, standing, second, want_due=True)


def assert_like_a_decision(
    snapshot: Snapshot, before: Playbook, after: Playbook, decided: datetime, now: datetime
) -> None:
    """Decided under one playbook, screened and decided again under another."""
    first = decide(snapshot, before, decided)
    settled = replace(
        follow(snapshot, first, decided, before), evaluated_model=first.verdict.model, evaluated_at=now
    )
    decision = decide(settled, after, now)
    expected = decision.verdict
    left_out = frozenset(item.key for item in expected.machine)
    known = held(snapshot, first)
    if known.until_second is not None and now.timestamp() > known.until_second - 1:
        return  # due within this second: screening knows whole seconds only
    found = screened(settled, after, known, now, left_out)
    numbers = found.fit_micro, found.engagement_micro, found.intent_micro
    assert numbers == tuple(
        score.points_micro for score in (expected.fit, expected.engagement, expected.intent)
    )
    assert (found.grade, found.model, found.cell) == (expected.grade, expected.model, expected.cell)
    if found.stays:
        assert decision.transitions == ()
        assert (expected.earned, expected.missing) == (first.verdict.earned, first.verdict.missing)
        due = None if decision.due_at is None else -(-to_ms(decision.due_at) // 1000)
        assert found.due_second == due


@small.PROPERTY
@given(small.playbooks(), histories())
def test_explaining_from_packed_state_is_the_verdict(playbook: Playbook, signals: tuple[Signal, ...]) -> None:
    """All of it: scores with reasons, criteria, filters, evidence."""
    snapshot = person(*signals, fields=FIELDS, created=at(-30))
    expected = verdict(snapshot, playbook, at())
    assert from_pack(snapshot, playbook, at(), ()) == expected


@pytest.mark.parametrize("seed", range(8))
def test_a_long_life_is_explained_from_packed_state(seed: int) -> None:
    """Hundreds of signals, of which most are never shown: the same verdict."""
    playbook, rng = default_playbook(), random.Random(seed)
    visits = ["/pricing", "/preise", "/case-studies/a", "/blog/b", "/", "/docs/c", "/careers"]
    lived = [page(rng.choice(visits), at(-(rng.random() ** 3) * 300)) for _ in range(300)]
    lived += [opened(at(-rng.random() * 200), f"mail {number}") for number in range(100)]
    lived += [attended(at(-rng.random() * 200), f"Webinar {number}") for number in range(seed)]
    snapshot = person(*lived, fields=FIELDS, created=at(-300))
    expected = verdict(snapshot, playbook, at())
    assert from_pack(snapshot, playbook, at(), expected.machine) == expected


@pytest.mark.parametrize("asked_days_ago", [20, 1])
@pytest.mark.parametrize("floor_days_ago", [None, 30, 10])
@pytest.mark.parametrize("is_released", [False, True])
def test_a_claim_to_be_an_sql_is_explained_from_packed_state(
    asked_days_ago: int, floor_days_ago: int | None, is_released: bool
) -> None:
    """What carries it, or which date stops it: go-live, the end of the last pass, a release."""
    floor_at = None if floor_days_ago is None else at(-floor_days_ago)
    playbook = default_playbook()
    visits = [page("/pricing", at(-day, hours=hour)) for day in (2, 12, 25, 45) for hour in (1, 2, 3)]
    release = [signal("syncd.released", at(-1))] if is_released else []
    baseline = Baseline(at(-60), at(-5))
    snapshot = replace(
        person(demo_request(at(-asked_days_ago)), *visits, *release, baseline=baseline),
        standing=standing(Stage.MQL, at(-50), "engaged", evidence_floor_at=floor_at),
    )
    expected = verdict(snapshot, playbook, at())
    assert from_pack(snapshot, playbook, at(), ()) == expected


@small.PROPERTY
@given(small.playbooks(), small.playbooks(), histories(), st.integers(0, 40 * 86_400))
def test_screening_says_what_a_decision_says(
    before: Playbook, after: Playbook, signals: tuple[Signal, ...], seconds: int
) -> None:
    """Numbers always; who stays would not be moved, and is due to the second when a decision says so."""
    snapshot = person(*signals, fields=FIELDS, created=at(-30))
    assert_like_a_decision(snapshot, before, before, at(), at())
    assert_like_a_decision(snapshot, before, after, at(), at(seconds=seconds))


@for_all(any_playbook(), any_playbook(), people(machine=True), ticks, ticks, examples=100)
def test_screening_any_life_under_any_playbook(
    before: Playbook, after: Playbook, someone: Snapshot, decided: datetime, now: datetime
) -> None:
    """Sequences, idleness, breadth, steps, counters, cells, segments, colleagues, waivers: all the same."""
    decided, now = min(decided, now), max(decided, now)
    assert_like_a_decision(someone, before, after, decided, decided)
    assert_like_a_decision(someone, before, before, decided, now)
    assert_like_a_decision(someone, before, after, decided, now)


@for_all(any_playbook(), people(), ticks, examples=60)
def test_explaining_any_life_from_packed_state(playbook: Playbook, someone: Snapshot, now: datetime) -> None:
    """The verdict is the same from packed state and from all facts."""
    expected = verdict(someone, playbook, now)
    assert from_pack(someone, playbook, now, expected.machine) == expected


def test_somebody_of_the_shipped_playbook_stays() -> None:
    """The check can hold: a quiet engaged lead is screened as staying, with its due date."""
    snapshot = person(*(page("/pricing", at(-day)) for day in (1, 2, 3)))
    playbook = default_playbook()
    first = decide(snapshot, playbook, at())
    found = screened(snapshot, playbook, held(snapshot, first), at(), frozenset())
    assert found.stays
    assert first.due_at is None or found.due_second == to_ms(first.due_at) // 1000
