"""What the definition can say beyond counts and scores, by hand: when each answer turns, to the second."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncd.core.decide import decide
from syncd.core.model import Cause, Signal, Stage, Waiver
from syncd.core.playbook import (
    AllOf,
    Bant,
    BehaviourRule,
    Filter,
    IdleTest,
    ModelTest,
    NotOf,
    PatternRule,
    Playbook,
    SequenceTest,
    SignalTest,
    Test,
)
from tests.core import small
from tests.core.builders import Journey, at, deal, page, person, signal

STEADY = BehaviourRule("steady", "Steady", ("k3",), 20.0)


def pattern(when: Test, points: float = 40.0, **more: Any) -> Playbook:
    """Twenty points for `k3`, and these while the pattern holds."""
    rule = PatternRule("p", "P", when, points, **more)
    return small.playbook(small.model([STEADY], [rule], **more))


def stage_of(journey: Journey) -> str:
    return str(journey.standing.position)


def test_a_sequence_holds_until_its_first_step_is_too_old() -> None:
    """`k0` then `k1` within ten days of the first: over one second after ten days."""
    playbook = pattern(SequenceTest((("k0",), ("k1",)), 10.0))
    journey = Journey(person(page("/k0", at()), page("/k1", at(1))), playbook)
    decision = journey.until(at(1))
    assert stage_of(journey) == "mql:warm"
    assert decision.due_at == at(10, seconds=1)
    journey.until(at(10, seconds=1))
    assert stage_of(journey) == "lead"


def test_a_lead_is_due_when_a_letter_is_no_longer_known() -> None:
    """What marketing and sales are told of budget is told until it ages out, whatever the level does."""
    known = Bant("budget", "Budget", SignalTest(("k1",), 1, 5.0))
    playbook = pattern(SignalTest(("k0",), 1, 30.0))
    told = replace(playbook, levels=replace(playbook.levels, bant=(known,)))
    acts = page("/k0", at()), page("/k1", at(1))
    dues = [Journey(person(*acts), book).until(at(1)).due_at for book in (playbook, told)]
    assert dues == [at(30, seconds=1), at(6, seconds=1)]


def test_a_sequence_in_the_other_order_is_none() -> None:
    """What comes first must come first."""
    playbook = pattern(SequenceTest((("k0",), ("k1",)), 10.0))
    journey = Journey(person(page("/k1", at()), page("/k0", at(1))), playbook)
    journey.until(at(2))
    assert stage_of(journey) == "lead"


@pytest.mark.parametrize(
    ("points", "before", "after"), [(40.0, "lead", "mql:warm"), (-25.0, "mql:warm", "lead")]
)
def test_silence_raises_and_lowers_without_a_new_fact(points: float, before: str, after: str) -> None:
    """Idle for five days from one second after the fifth, with gains as with losses."""
    playbook = pattern(IdleTest(("k0",), 5.0), points)
    seen = [page("/k0", at()), *([page("/k3", at()), page("/k3", at(seconds=1))] if points < 0 else [])]
    journey = Journey(person(*seen), playbook)
    decision = journey.until(at(1))
    assert (stage_of(journey), decision.due_at) == (before, at(5, seconds=1))
    journey.until(at(5, seconds=1))
    assert stage_of(journey) == after


def test_breadth_counts_each_value_once_and_ends_with_the_oldest_of_the_newest() -> None:
    """Three addresses within a week; a second look at the first renews it."""
    visits = [page("/a/k0", at()), page("/b/k0", at(1)), page("/c/k0", at(2)), page("/a/k0", at(3))]
    playbook = pattern(SignalTest(("k0",), 3, 7.0, distinct="url"))
    journey = Journey(person(*visits), playbook)
    decision = journey.until(at(3))
    assert (stage_of(journey), decision.due_at) == ("mql:warm", at(8, seconds=1))


def test_steps_fade_by_the_second() -> None:
    """Forty points for three days, twenty for ten, then nothing: under 20 one second after the tenth."""
    rule = BehaviourRule("r", "R", ("k0",), 40.0, steps=((3.0, 1.0), (10.0, 0.5)))
    journey = Journey(person(page("/k0", at())), small.playbook(small.model([rule])))
    decision = journey.until(at(1))
    assert (stage_of(journey), decision.due_at) == ("mql:warm", at(10, seconds=1))


def test_a_waiver_ends_by_the_second() -> None:
    """Kept in by a person's word until it ends; then the filter is right again."""
    rival = Filter("rival", "Rival", small.is_field("contact.role", "rival"))
    someone = person(fields={"contact.role": "rival"}, waivers=(Waiver("rival", until_at=at(4)),))
    journey = Journey(someone, small.playbook(filters=[rival]))
    decision = journey.until(at(1))
    assert (stage_of(journey), decision.due_at) == ("lead", at(4))
    journey.until(at(4))
    assert journey.stage is Stage.DISQUALIFIED


def test_an_objection_cannot_be_set_aside_and_ends_recycling() -> None:
    """It stops who waits in a pause, too."""
    objection = Filter("objection", "Objected", small.is_field("contact.role", "no"), outcome="stop")
    playbook = small.playbook(filters=[objection])
    waived = person(fields={"contact.role": "no"}, waivers=(Waiver("objection"),))
    assert decide(waived, playbook, at()).standing.position.stage is Stage.DISQUALIFIED
    journey = Journey(person(deal("lost", at(), reason="Price")), playbook)
    journey.until(at(1))
    assert journey.stage is Stage.RECYCLED
    journey.snapshot = replace(journey.snapshot, fields={"contact.role": "no"})
    journey.until(at(2))
    assert (journey.stage, journey.standing.reason) == (Stage.DISQUALIFIED, "objection")


def test_another_segment_is_a_cause() -> None:
    """The same facts give another level when another model applies; a model may be asked for."""
    gains = [BehaviourRule("r", "R", ("k0",), 35.0)]
    big = small.model(gains, id="big", when=small.is_field("contact.size", "big"))
    rest = small.model([BehaviourRule("r", "R", ("k0",), 5.0)], id="rest")
    playbook = small.playbook(big, rest)
    journey = Journey(person(page("/k0", at()), fields={"contact.size": "small"}), playbook)
    journey.until(at(1))
    journey.snapshot = replace(journey.snapshot, evaluated_model="rest", fields={"contact.size": "big"})
    decision = journey.until(at(2))
    assert (stage_of(journey), journey.causes[-1]) == ("mql:warm", Cause.SEGMENT_CHANGED)
    assert [(item.model, item.earned.stage) for item in decision.verdict.others] == [("rest", Stage.LEAD)]
    asked = replace(playbook, filters=(Filter("big", "Big", ModelTest(("big",))),))
    assert decide(journey.snapshot, asked, at(2)).verdict.filters[0].matched


def test_a_customer_who_does_all_of_it_is_an_evangelist_and_stays_one() -> None:
    """Entered once, from customer alone, and never left by itself."""
    playbook = small.playbook()
    praises = small.named("praises", SignalTest(("k0",), 1, 3.0))
    playbook = replace(playbook, levels=replace(playbook.levels, evangelist=(praises,)))
    journey = Journey(person(deal("won", at()), page("/k0", at(1))), playbook)
    journey.until(at(2))
    assert (stage_of(journey), journey.causes[-1]) == ("customer:evangelist", Cause.CRITERIA_MET)
    journey.until(at(30))
    assert stage_of(journey) == "customer:evangelist"


def colleague(name: str, when_days: float) -> Signal:
    return signal("account.activity", at(when_days), {"person": name, "url": "x/k0"})


def test_colleagues_count_and_never_speak_for_the_lead() -> None:
    """Three people of the company raise the level; none of their acts is the lead's evidence."""
    playbook = pattern(SignalTest(("team",), 3, 30.0, distinct="person"))
    team = replace(small.kind("k0"), id="team")
    team = replace(team, sources=(replace(team.sources[0], source="account.activity", where=()),))
    playbook = replace(playbook, signals=(*playbook.signals, team))
    acts = tuple(colleague(name, -day) for day, name in enumerate(("a", "b", "b", "c"), 1))
    decision = decide(person(account_signals=acts), playbook, at())
    assert str(decision.standing.position) == "mql:warm"
    assert decision.verdict.evidence == ()
    (reason,) = decision.verdict.engagement.reasons
    assert len(reason.evidence) == 3


def test_what_is_said_of_colleagues_is_asked_again_when_it_ends() -> None:
    """Also where it changes no level: whoever is not woken by a further act must be looked at by then."""
    playbook = pattern(SignalTest(("team",), 1, 30.0), points=1.0)
    team = replace(small.kind("k0"), id="team")
    team = replace(team, sources=(replace(team.sources[0], source="account.activity", where=()),))
    playbook = replace(playbook, signals=(*playbook.signals, team))
    decision = decide(person(account_signals=(colleague("a", -3), colleague("b", -1))), playbook, at())
    assert str(decision.standing.position) == "lead"
    assert (decision.due_at, decision.reread_at) == (None, at(29, seconds=1))


def test_what_never_happened_is_not_idle() -> None:
    """Silence needs somebody who spoke."""
    playbook = pattern(AllOf((NotOf(SignalTest(("k1",), 1, 1.0)), IdleTest(("k0",), 1.0))))
    decision = decide(person(), playbook, at(50))
    assert (str(decision.standing.position), decision.due_at) == ("lead", None)
