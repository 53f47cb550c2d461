"""Time: the due date is exact to the second, and when evaluation happens changes nothing.

Early, late, twice or once a month later: the same moves at the same instants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.decide import decide, next_change
from syncd.core.horizon import first_crossing
from syncd.core.model import Signal, Snapshot, Stage, Transition
from syncd.core.playbook import (
    AllOf,
    BehaviourRule,
    Cell,
    Filter,
    Level,
    Matrix,
    NotOf,
    Playbook,
    SignalTest,
)
from tests.core import small
from tests.core.builders import (
    Journey,
    at,
    default_playbook,
    delivered,
    demo_request,
    follow,
    page,
    person,
    signal,
    status,
)
from tests.core.test_scoring import histories

SECOND = timedelta(seconds=1)


def due_after(snapshot: Snapshot, playbook: Playbook, now: datetime) -> datetime | None:
    decision = decide(snapshot, playbook, now)
    assert next_change(snapshot, playbook, now) == decision.due_at
    return decision.due_at


# --- worked by hand --------------------------------------------------------------------------------------


def test_the_second_at_which_decay_crosses_the_line() -> None:
    """40 points with a half-life of 10 days are under 20 just after 10 days: the level is left then."""
    playbook = small.playbook(small.model([BehaviourRule("r", "R", ("k0",), 40.0, half_life_days=10.0)]))
    due_at = due_after(person(page("/k0", at())), playbook, at(hours=1))
    # 20.0000005 points still round up to 20, so the crossing is a second later.
    assert due_at == at(10, seconds=1)


def test_the_second_after_the_window_ends() -> None:
    """A window holds to its last second; what hangs on it changes one second later."""
    playbook = small.playbook(small.model([BehaviourRule("r", "R", ("k0",), 40.0, window_days=7.0)]))
    assert due_after(person(page("/k0", at())), playbook, at(hours=1)) == at(7, seconds=1)


def test_a_cell_that_changes_moves_nobody_and_its_track_waits_for_a_move() -> None:
    """Bands have no gap between entering and leaving: a track that followed them would enrol people again
    and again by fading alone. So the cell shows at once, and its track is taken with the next move."""
    fades = small.model([BehaviourRule("r", "R", ("k0",), 40.0, half_life_days=10.0)])
    base = small.playbook(fades, mql=small.levels().mql[:1])
    cells = (Cell("C1", "Call", track="near_sql"), Cell("C2", "Write", track="middle_stage"))
    matrix = Matrix("engagement", (("1", 30.0), ("2", 0.0)), cells)
    playbook = replace(base, levels=replace(base.levels, matrix=matrix))
    journey = Journey(person(page("/k0", at())), playbook)
    first = journey.until(at(hours=1))
    assert (first.verdict.cell, first.standing.track, first.due_at) == ("C1", "near_sql", at(10, seconds=1))
    faded = journey.until(at(6))
    assert (faded.verdict.cell, faded.standing, faded.due_at) == ("C2", first.standing, first.due_at)
    fallen = journey.until(at(10, seconds=1))
    assert (journey.stage, fallen.standing.track) == (Stage.LEAD, "middle_stage")


def test_a_claim_that_ends_is_due_for_a_near_sql_that_may_not_be_handed_over() -> None:
    """A customer asks: nothing is lacking for as long as asking is enough, and the criteria are asked again
    in the second after."""
    playbook = small.playbook(small.model([BehaviourRule("r", "R", ("k0",), 90.0)]))
    fields = {**FIELDS, "contact.lifecyclestage": "customer"}
    journey = Journey(person(page("/k0", at()), page("/ask", at()), fields=fields), playbook)
    asked = journey.until(at(hours=1))
    assert (journey.stage, asked.verdict.blocked_by) == (Stage.NEAR_SQL, "is_customer")
    assert (asked.verdict.missing, asked.due_at) == ((), at(30, seconds=1))
    assert journey.until(at(30)).verdict.missing == ()
    assert journey.until(at(30, seconds=1)).verdict.missing == ("sql.intent",)


def test_what_criteria_make_of_somebody_kept_out_is_no_reason_to_look_again() -> None:
    """Who is disqualified is due when the filter ends; before it, what near-SQL would lack comes and goes as
    scores do."""
    fades = small.model([BehaviourRule("r", "R", ("k0",), 90.0, half_life_days=10.0)])
    hunt = Filter("hunt", "Job hunt", SignalTest(("k3",), 1, 30.0))
    journey = Journey(person(page("/k0", at()), page("/k3", at())), small.playbook(fades, filters=[hunt]))
    first = journey.until(at(hours=1))
    assert (journey.stage, first.verdict.missing) == (Stage.DISQUALIFIED, ("sql.intent",))
    assert first.due_at == at(30, seconds=1)
    later = journey.until(at(29))
    assert (later.standing, later.verdict.missing) == (first.standing, ())
    assert later.due_at == first.due_at


def test_losses_that_fade_raise_a_lead_without_a_new_fact() -> None:
    """45 points less 20 that fade with a half-life of one day are 30 again when the loss is 15."""
    gain = BehaviourRule("gain", "Gain", ("k0",), 45.0)
    loss = BehaviourRule("loss", "Loss", ("k1",), -20.0, half_life_days=1.0)
    playbook = small.playbook(small.model([gain, loss]))
    snapshot = person(page("/k0", at()), page("/k1", at()))
    journey = Journey(snapshot, playbook)
    decision = journey.until(at(hours=1))
    assert journey.stage is Stage.LEAD
    assert decision.due_at is not None
    assert at(hours=9) < decision.due_at < at(hours=10.2)
    journey.until(decision.due_at - SECOND)
    assert journey.stage is Stage.LEAD
    journey.until(decision.due_at)
    assert journey.path[-1] == "mql:warm"


def test_a_lead_with_nothing_that_can_change_is_never_due() -> None:
    """No signal, no window, no clock: no due date."""
    assert due_after(person(), default_playbook(), at()) is None


def test_a_signal_from_the_future_is_due_at_its_time() -> None:
    """Nothing happens before the meeting takes place."""
    held = signal("hubspot.meeting", at(3), {"outcome": "scheduled"}, known=at(-1))
    assert due_after(person(held), default_playbook(), at()) == at(3)


def test_sla_moments_are_due_while_sales_has_the_lead() -> None:
    """Handed over Monday at nine: the reminder, 24 hours by the playbook, 48, the request, then silence."""
    journey = Journey(person()).handed_over(at())
    clocks = []
    decision = journey.last
    for _moment in range(5):
        assert decision is not None
        assert decision.due_at is not None
        clocks.append(decision.due_at)
        decision = journey.until(decision.due_at)
    *steps, silence = clocks
    assert [at(), *steps, silence] == sorted({at(), *steps, silence})
    assert silence == at(30, seconds=60)
    assert journey.stage is Stage.RECYCLED


def test_a_cool_down_that_can_let_somebody_back_is_due_at_its_end() -> None:
    """New evidence during the cool-down waits for its end; the lead is back in that instant."""
    journey = Journey(person()).handed_over(at())
    journey.until(at(2), status("Unqualified", at(2), reason="No Budget"))
    evidence = [page("/pricing", at(80 + day)) for day in range(6)]
    evidence += [page("/compare/rival", at(80 + day)) for day in range(6)]
    decision = journey.until(at(86), *evidence)
    assert journey.stage is Stage.RECYCLED
    assert decision.due_at == at(92)
    journey.until(at(92))
    assert journey.causes[-1] == "reentered"


def test_what_is_due_for_ever_early_is_bounded() -> None:
    """A score that crawls along its threshold names an early second instead of searching without end."""
    calls = 0

    def crawling(gains_at: int, losses_at: int) -> int:
        nonlocal calls
        calls += 1
        return 1_000 - gains_at + losses_at

    found = first_crossing(crawling, 1_000, True, 0, 10_000_000)
    assert found is not None
    assert calls <= 10_000


def test_a_late_signal_moves_the_lead_when_it_is_known() -> None:
    """The ledger says when the condition became true for us, and is never rewritten."""
    journey = Journey(person())
    journey.until(at(1))
    journey.until(at(3), replace(demo_request(at(0)), known_at=at(2)))
    assert journey.snapshot.history[-1].effective_at == at(2)


def test_a_changed_field_acts_now_and_not_in_the_past() -> None:
    """What has no date of its own cannot have moved anybody before it was seen."""
    visits = [page("/pricing", at(-day)) for day in range(1, 7)]
    visits += [page("/compare/x", at(-day)) for day in range(1, 7)]
    journey = Journey(person(*visits, fields={"contact.email": "x@gmail.com"}))
    journey.until(at())
    before = journey.stage
    journey.snapshot = replace(journey.snapshot, fields=person().fields)
    journey.until(at(1, hours=5))
    assert before is Stage.LEAD
    assert journey.snapshot.history[-1].effective_at == at(1, hours=5)


def test_a_changed_playbook_is_named_as_the_cause() -> None:
    """A lead that another definition moves says so in the ledger."""
    strict, lax = (
        small.playbook(
            small.model([BehaviourRule("r", "R", ("k0",), 10.0)]),
            mql=(Level("warm", "Warm", (small.named("i", small.score("engagement", least)),)),),
        )
        for least in (30, 10)
    )
    lax = replace(lax, evaluation_version="lax")
    journey = Journey(person(page("/k0", at(-1))), strict)
    journey.until(at())
    journey.playbook = lax
    journey.until(at(1))
    assert (journey.path[-1], journey.causes[-1]) == ("mql:warm", "playbook_changed")
    assert journey.snapshot.history[-1].effective_at == at(1)


@pytest.mark.parametrize("days", [1, 3])
def test_evaluating_twice_does_nothing_the_second_time(days: int) -> None:
    """A settled lead stays where it is."""
    journey = Journey(person(*(page("/pricing", at(-day)) for day in range(5)), demo_request(at(-0.5))))
    journey.until(at(days))
    again = decide(journey.snapshot, journey.playbook, at(days))
    assert again.transitions == ()
    assert again.standing == journey.standing


# --- for all playbooks and histories ---------------------------------------------------------------------

acts = st.lists(
    st.tuples(
        st.integers(-20 * 86_400, 25 * 86_400),
        st.sampled_from(("Unqualified", "Accepted", "Working - Contacted", "New", "delivered", "ask", "ask")),
    ),
    max_size=5,
)
splits = st.lists(
    st.integers(0, 40 * 86_400_000).map(lambda ms: at() + timedelta(milliseconds=ms)), max_size=6
)


def with_acts(signals: tuple[Signal, ...], done: Sequence[tuple[int, str]]) -> tuple[Signal, ...]:
    found = list(signals)
    for second, what in done:
        when = at(seconds=second)
        if what == "ask":
            found.append(page("/ask", when))
        elif what == "delivered":
            found.append(delivered(when))
        else:
            found.append(status(what, when, reason="No Budget"))
    return tuple({item.key: item for item in found}.values())


def known_by(snapshot: Snapshot, now: datetime) -> Snapshot:
    return replace(snapshot, signals=tuple(item for item in snapshot.signals if item.known_at <= now))


def moves_of(snapshot: Snapshot, playbook: Playbook, moments: Sequence[datetime]) -> list[Transition]:
    """The ledger of somebody evaluated at these moments, with what was known by each."""
    history: list[Transition] = []
    for now in moments:
        decision = decide(known_by(snapshot, now), playbook, now)
        history += decision.transitions
        snapshot = follow(snapshot, decision, now, playbook)
    return history


FIELDS = {"contact.role": "vp", "contact.email": "a@acme.example", "contact.company": "Acme"}


@small.PROPERTY
@given(small.playbooks(), histories(), acts, splits)
def test_any_split_of_time_gives_the_same_moves_at_the_same_instants(
    playbook: Playbook, signals: tuple[Signal, ...], done: list[tuple[int, str]], moments: list[datetime]
) -> None:
    """Evaluating at every moment or only at the last one is the same."""
    snapshot = person(*with_acts(signals, done), fields=FIELDS, created=at(-30))
    last = at(41)
    often = moves_of(snapshot, playbook, [*sorted(moments), last])
    assert often == moves_of(snapshot, playbook, [last])


@small.PROPERTY
@given(small.playbooks(), histories(), acts, st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4))
def test_nothing_changes_before_the_due_date(
    playbook: Playbook, signals: tuple[Signal, ...], done: list[tuple[int, str]], where: list[float]
) -> None:
    """Between an evaluation and its due date no evaluation finds anything."""
    snapshot = person(*with_acts(signals, done), fields=FIELDS, created=at(-30))
    first = decide(snapshot, playbook, at())
    settled = follow(snapshot, first, at(), playbook)
    end = first.due_at or at(2_000)
    assert end > at()
    ahead = [at() + (end - SECOND - at()) * part for part in where] + [end - SECOND]
    for now in ahead:
        if at() <= now < end:
            found = decide(settled, playbook, now)
            assert found.transitions == ()
            assert (found.standing, found.releasable) == (first.standing, first.releasable)


@small.PROPERTY
@given(small.playbooks(), histories())
def test_something_may_change_at_the_due_date_and_waking_only_then_is_enough(
    playbook: Playbook, signals: tuple[Signal, ...]
) -> None:
    """Evaluating at due dates alone gives the ledger of one catch-up at the end."""
    snapshot = person(*signals, fields=FIELDS, created=at(-41))
    end = at(60)
    moments = [at(-41)]
    current = snapshot
    for _round in range(200):
        decision = decide(current, playbook, moments[-1])
        current = follow(current, decision, moments[-1], playbook)
        if decision.due_at is None or decision.due_at > end:
            break
        assert decision.due_at > moments[-1]
        moments.append(decision.due_at)
    assert [*moves_of(snapshot, playbook, [end])] == list(current.history)


def test_a_filter_that_expires_lets_somebody_back_in_that_second() -> None:
    """Kept out by three careers pages in five days, back one second after the third leaves the window."""
    hunt = Filter("hunt", "Job hunt", SignalTest(("k3",), 3, 5.0))
    playbook = small.playbook(filters=[hunt])
    journey = Journey(person(*(page("/k3", at(hours=-hour)) for hour in (1, 2, 3))), playbook)
    decision = journey.until(at())
    assert (journey.stage, journey.standing.reason) == (Stage.DISQUALIFIED, "hunt")
    assert decision.due_at == at(5, hours=-3, seconds=1)
    journey.until(at(6))
    assert (journey.path[-1], journey.causes[-1]) == ("lead", "filter_lifted")
    assert journey.snapshot.history[-1].effective_at == decision.due_at


def test_what_kept_somebody_out_before_is_forgotten_once_it_is_lifted() -> None:
    """Found by the split property: a filter lifted, a refusal and its taking back, all in one catch-up."""
    hunt = Filter(
        "hunt", "Job hunt", AllOf((SignalTest(("k3",), 1, 5.0), NotOf(SignalTest(("k0",), 1, 3.0))))
    )
    playbook = small.playbook(filters=[hunt])
    seen = (page("/k3", at(seconds=-1)), page("/k0", at()))
    refused = (status("Unqualified", at(), reason="No Budget"), status("Working - Contacted", at(seconds=1)))
    journey = Journey(person(*seen, *refused), playbook)
    journey.until(at(1))
    assert journey.path == ["lead", "disqualified", "lead", "rejected", "recycled", "handed_off"]
