"""What would lift a lead: every set named really lifts, no part of it does, and no gate is passed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest

from syncd.core import lift as lifting
from syncd.core.decide import decide
from syncd.core.hypothetical import Act, acts_of, sample, with_acts
from syncd.core.lift import Lift, height, lift
from syncd.core.model import Position, Signal, Snapshot, Stage, Standing
from syncd.core.signals import classify
from tests.explain.people import FITTING, NOW, OBSERVING, person, shipped, variants

NEAR = (("webinar_attended", 20.0), ("pricing_viewed", 3.0), ("pricing_viewed", 5.0), ("email_opened", 1.0))
PEOPLE = {
    "nothing done": person(),
    "one download": person(("content_downloaded", 3)),
    "interested": person(("webinar_attended", 9), ("content_downloaded", 5), ("pricing_viewed", 2)),
    "near": person(*NEAR, ("roi_calculated", 4), ("case_study_viewed", 2), ("comparison_viewed", 2)),
    "no title": person(*NEAR, fields={k: v for k, v in FITTING.items() if k != "contact.jobtitle"}),
    "private address": person(*NEAR, fields={"contact.email": "dana@gmail.com"}),
    "observing": person(*NEAR, baseline=OBSERVING),
}


def stands(snapshot: Snapshot) -> Position:
    """Where a full decision puts somebody; before go-live, where the criteria do."""
    decision = decide(snapshot, shipped(), NOW)
    is_live = snapshot.baseline.go_live_at is not None
    return decision.standing.position if is_live else decision.verdict.earned


def single(acts: tuple[Act, ...]) -> list[Act]:
    """Each act once, as often as it is to be done."""
    return [replace(act, count=1) for act in acts for _time in range(act.count)]


@pytest.mark.parametrize("who", PEOPLE)
def test_each_set_lifts_and_no_part_of_it_does(who: str) -> None:
    """The set is added to the facts and decided in full; so is every proper subset."""
    snapshot, book = PEOPLE[who], shipped()
    found = lift(snapshot, book, NOW)
    assert found.ways, "somebody below SQL can be lifted by something"
    before = height(found.start, book)
    for way in found.ways:
        acts = single(way.acts)
        assert stands(with_acts(snapshot, acts, NOW)) == way.reaches
        assert height(way.reaches, book) > before
        parts = (part for size in range(1, len(acts)) for part in combinations(acts, size))
        for part in parts:
            after = stands(with_acts(snapshot, part, NOW))
            assert height(after, book) <= before, f"{[act.label for act in part]} is enough"


def test_a_decisive_action_is_said_once_with_all_that_do_as_well() -> None:
    """Six ways to ask for sales are one line, the playbook's first named first."""
    book = shipped()
    first = lift(PEOPLE["nothing done"], book, NOW).ways[0]
    labels = {kind.id: kind.label for kind in book.signals}
    named = [first.acts[-1].label, *first.acts[-1].others]
    assert named == [labels[name] for name in book.levels.decisive.signals if labels[name] in named]
    assert len(named) > 1
    assert first.reaches == Position(Stage.SQL)


def test_nothing_lifts_past_a_filter() -> None:
    """Somebody a filter stops from sales may rise below SQL; what stands in the way is named."""
    fields = {**FITTING, "contact.email": "dana@partner.example"}
    found = lift(person(fields=fields), shipped(), NOW)
    assert [way for way in found.ways if way.reaches.stage is Stage.SQL] == []
    assert "partner" in found.obstacles


def test_who_is_kept_out_is_not_lifted_at_all() -> None:
    fields = {**FITTING, "contact.email": "dana@rival.example"}
    found = lift(person(fields=fields), shipped(), NOW)
    assert (found.target, found.ways) == (None, ())


def test_nothing_lifts_past_a_failed_gate() -> None:
    """Too small a company: failed, not unknown."""
    fields = {**FITTING, "company.numberofemployees": "4"}
    found = lift(person(*NEAR, fields=fields), shipped(), NOW)
    assert [way for way in found.ways if way.reaches.stage is Stage.SQL] == []
    assert "icp" in found.obstacles


def test_a_missing_fact_is_part_of_a_set() -> None:
    """With a private address and no company a demo request hands nobody over: the company must be known."""
    found = lift(PEOPLE["private address"], shipped(), NOW)
    to_sql = next(way for way in found.ways if way.reaches.stage is Stage.SQL)
    assert [act.kind for act in to_sql.acts] == ["fact", "act"]
    assert "company" in to_sql.acts[0].label


def test_a_known_field_is_never_supposed_otherwise() -> None:
    """Facts only fill blanks."""
    for snapshot in PEOPLE.values():
        facts = [act for act in acts_of(snapshot, shipped(), NOW) if act.kind == "fact"]
        assert [act for act in facts if any(snapshot.fields.get(name) for name in act.fields)] == []


@pytest.mark.parametrize("stage", [Stage.HANDED_OFF, Stage.ACCEPTED, Stage.OPPORTUNITY, Stage.CUSTOMER])
def test_with_sales_there_is_nothing_to_be_lifted_to(stage: Stage) -> None:
    standing = Standing(Position(stage), NOW - timedelta(days=3), pass_number=1)
    found = lift(replace(person(), standing=standing), shipped(), NOW)
    assert (found.target, found.ways, found.trials) == (None, (), 0)


def test_who_was_given_back_is_lifted_by_what_brings_them_back() -> None:
    """During the pause only what may break it does."""
    book = shipped()
    rule = next(rule for rule in book.recycle.rules.values() if rule.decisive_breaks and not rule.is_final)
    standing = Standing(
        Position(Stage.RECYCLED), NOW - timedelta(days=2), pass_number=1, reason=rule.reason,
        until_at=NOW + timedelta(days=30), evidence_floor_at=NOW - timedelta(days=2),
    )  # fmt: skip
    found = lift(replace(person(*NEAR), standing=standing), book, NOW)
    assert [way.reaches.stage for way in found.ways] == [Stage.SQL]
    assert {act.id for act in found.ways[0].acts} <= set(book.levels.decisive.signals)


def test_the_same_lead_always_gets_the_same_answer() -> None:
    """The order in which facts arrived changes nothing."""
    snapshot = PEOPLE["interested"]
    turned = replace(snapshot, signals=tuple(reversed(snapshot.signals)))
    assert lift(snapshot, shipped(), NOW) == lift(turned, shipped(), NOW)


def test_a_second_act_is_told_apart_where_equals_count_once() -> None:
    """The shipped playbook counts each form of a download once: two downloads are of two forms."""
    acts = [act for act in acts_of(person(), shipped(), NOW) if act.id == "content_downloaded"]
    twice = with_acts(person(), [*acts, *acts], NOW)
    assert len({signal.shape.attributes["form"] for signal in twice.signals}) == 2
    once = with_acts(person(), acts, NOW)
    scores = [decide(item, shipped(), NOW).verdict.engagement.points_micro for item in (once, twice)]
    assert scores[1] > scores[0]


def test_the_work_is_bounded_for_a_busy_lead() -> None:
    """Two thousand facts: fewer trials, and the answer says that not all was tried."""
    quiet = person(("blog_read", 3), fields={"contact.email": "dana@gmail.com"})
    shape = quiet.signals[0].shape
    many = tuple(
        Signal(number, NOW - timedelta(hours=number), NOW - timedelta(hours=number), shape)
        for number in range(1, 2001)
    )
    found: Lift = lift(replace(quiet, signals=many), shipped(), NOW)
    assert found.trials <= lifting.TRIALS_MIN + 2**lifting.ACTS_MAX


@pytest.mark.parametrize("variant", variants())
def test_every_kind_that_can_speak_for_a_lead_can_be_tried(variant: str) -> None:
    """A made-up fact of the kind classifies as that kind, in the shipped playbook and its variants."""
    book = shipped(variant)
    for kind in book.signals:
        shape = sample(kind, book)
        assert shape is not None, kind.id
        assert kind.id in classify(shape, book)
