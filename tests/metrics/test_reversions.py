"""What came back: counted so that it adds up, and a likely cause named only where chance cannot be it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from syncd.core import reversions, suspects
from syncd.core.model import Cause, Stage, Transition
from syncd.core.passes import passes
from syncd.core.reversions import KINDS, Passed, fate_of, kind_of
from syncd.core.suspects import Feature, Looked, Suspect
from tests.metrics.kinds_reversions import OBJECTIONS, UNKNOWN, passed, passes_of
from tests.metrics.test_passes import moves

NAMES = [item.id for item in OBJECTIONS]
BEGUN = (
    (1, Stage.LEAD, Cause.CREATED, 0),
    (1, Stage.SQL, Cause.DECISIVE_ACTION, 1),
    (1.1, Stage.HANDED_OFF, Cause.DELIVERED, 1),
)


def look(found: list[Passed]) -> Looked:
    return suspects.look(found, UNKNOWN, NAMES)


# --- how a pass stands -----------------------------------------------------------------------------------

ENDS = [
    ((), "open", ""),
    (((2, Stage.ACCEPTED, Cause.SALES_ACCEPTED, 1),), "accepted", ""),
    (((2, Stage.OPPORTUNITY, Cause.OPPORTUNITY_OPENED, 1),), "accepted", ""),
    (((2, Stage.CUSTOMER, Cause.OPPORTUNITY_WON, 1),), "accepted", ""),
    (((2, Stage.REJECTED, Cause.SALES_REJECTED, 1, "no_need"),), "given_back", "rejected"),
    (((2, Stage.REJECTED, Cause.SALES_DISQUALIFIED, 1, "student"),), "given_back", "disqualified"),
    (((2, Stage.REJECTED, Cause.SALES_UNRESPONSIVE, 1, "unresponsive"),), "given_back", "unanswered"),
    (
        (
            (2, Stage.OPPORTUNITY, Cause.OPPORTUNITY_OPENED, 1),
            (3, Stage.LOST, Cause.OPPORTUNITY_LOST, 1, "price"),
            (3, Stage.RECYCLED, Cause.RECYCLED, 1, "price"),
        ),
        "given_back",
        "lost",
    ),
    (
        (
            (2, Stage.REJECTED, Cause.SALES_REJECTED, 1, "no_need"),
            (2, Stage.RECYCLED, Cause.RECYCLED, 1, "no_need"),
            (3, Stage.HANDED_OFF, Cause.CORRECTED, 1, "reopened"),
        ),
        "open",
        "",
    ),
    (
        (
            (2, Stage.ACCEPTED, Cause.SALES_ACCEPTED, 1),
            (3, Stage.REJECTED, Cause.SALES_REJECTED, 1, "no_need"),
        ),
        "given_back",
        "rejected",
    ),
]


@pytest.mark.parametrize(("steps", "fate", "kind"), ENDS)
def test_a_pass_stands_as_sales_left_it(
    steps: tuple[tuple[float, Stage, Cause, int]], fate: str, kind: str
) -> None:
    """Taken up again it is open; accepted first and refused then, it came back."""
    ledger = moves(*BEGUN, *steps)
    (found,) = passes(ledger)
    assert fate_of(found) == fate
    assert not kind or kind_of(ledger, 1) == kind


def test_a_record_thrown_away_is_a_way_back_of_its_own() -> None:
    ledger = moves(*BEGUN, (2, Stage.REJECTED, Cause.SALES_REJECTED, 1, "no_reason_given"))
    thrown: list[Transition] = [*ledger[:-1], replace(ledger[-1], numbers={"record_deleted": 1})]
    assert (kind_of(ledger, 1), kind_of(thrown, 1)) == ("rejected", "deleted")


def test_every_way_of_dividing_adds_up_to_the_whole() -> None:
    """By reason, objection, kind and value of any dimension, whatever came back."""
    chance = random.Random(7)
    found = [_any(chance, number) for number in range(400)]
    whole = reversions.tally(found)
    back = whole.counts["given_back"]
    assert whole.handed_over == 400
    for items in (reversions.by_reason(found), reversions.by_objection(found)):
        assert sum(item.given_back for item in items) == back
        assert all(sum(item.kinds.values()) == item.given_back for item in items)
    for dimension in ("offer", "channel", "owner"):
        parts = reversions.by_value(found, dimension)
        assert sum(reversions.tally(part).handed_over for part in parts.values()) == 400
        assert sum(reversions.tally(part).counts["given_back"] for part in parts.values()) == back


def _any(chance: random.Random, lead_id: int) -> Passed:
    how = chance.choice(
        [
            "taken",
            "open",
            *(f"back {kind} {chance.choice('abc')} {chance.choice(['money', '-'])}" for kind in KINDS),
        ]
    )
    values = (
        f"offer={chance.choice('XYZ')}",
        f"channel={chance.choice('PQ')}",
        f"budget={chance.randrange(3)}",
    )
    return passed(lead_id, 1, *how.split(), *values)


# --- likely causes ---------------------------------------------------------------------------------------


def test_newcombes_interval_is_that_of_his_paper() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 by method 10 (Table II)."""
    low, high = suspects.difference(56, 70, 48, 80, suspects.z_of(1))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_chance_alone_is_rarely_called_a_cause() -> None:
    """Whatever has nothing to do with coming back, looked at together, is named in at most one report of
    twenty: here of 200 portfolios with 25 values each."""
    chance, named = random.Random(20), 0
    for _portfolio in range(200):
        found = [_noise(chance, number) for number in range(120)]
        looked = look(found)
        assert looked.comparisons > 10
        named += bool(looked.found)
    assert named <= 10


def _noise(chance: random.Random, lead_id: int) -> Passed:
    how = "taken" if chance.random() < 0.5 else f"back rejected no {chance.choice(['money', 'timing', '-'])}"
    letters = [f"{name}={int(chance.random() < 0.4)}" for name in ("budget", "need", "timeline", "authority")]
    groups = (f"offer={chance.choice('ABCDEF')}", f"channel={chance.choice('ABCD')}")
    return passed(lead_id, 1, *how.split(), *letters, *groups)


def test_a_real_cause_is_found_and_named_with_its_numbers() -> None:
    """B-89: Budget counted as known where sales wrote that there is none; the sentence has every number."""
    found = passes_of(
        [
            "26 people: back rejected no_budget money budget=1 need=1",
            "4 people: back rejected no_budget money budget=0 need=1",
            "12 people: back rejected no_need - budget=0 need=0",
            "10 people: taken budget=1 need=1",
            "50 people: taken budget=0 need=1",
        ]
    )
    looked = look(found)
    surest = looked.found[0]
    assert len({item.feature for item in looked.found}) == len(looked.found), "a value is named once"
    assert (surest.feature, surest.objection) == (Feature("letter", "budget"), "money")
    assert (surest.back, surest.back_base, surest.kept, surest.kept_base) == (26, 30, 10, 60)
    assert surest.who == set(range(1, 27))
    told = suspects.sentence(surest, {surest.feature: "Budget"}, "Money", looked.comparisons)
    assert told.startswith(
        'Budget counted as known for 26 of 30 (87%) given back for "Money" and 10 of 60 (17%)'
    )
    assert f"70 points more, {surest.low:.0%}".rstrip("%") in told
    assert f"all {looked.comparisons} comparisons together" in told
    assert "may take too little for a yes" in told


def test_an_offer_behind_one_objection_is_told_to_lack_content() -> None:
    found = passes_of(
        [
            "25 people: back lost price money offer=Webinar",
            "30 people: back rejected no_need - offer=Guide",
            "60 people: taken offer=Guide",
            "6 people: taken offer=Webinar",
        ]
    )
    (webinar,) = [item for item in look(found).found if item.objection == "money"]
    assert 'Content that answers "Money" may be missing' in suspects.sentence(webinar, {}, "Money", 4)
    assert "Look at what it promises" in suspects.sentence(replace(webinar, objection=""), {}, "", 1)


def test_nothing_is_said_of_few_people() -> None:
    """One less than the minimum on either side, and nothing is even compared."""
    for given, taken in ((19, 40), (40, 19)):
        looked = look(
            passes_of([f"{given} people: back rejected a money budget=1", f"{taken} people: taken budget=0"])
        )
        assert (looked.comparisons, looked.found, looked.has_enough) == (0, (), False)
    assert look([]).found == ()


def test_a_person_counts_once_however_often_they_came_back() -> None:
    """Ten people handed over twice in vain are ten, not twenty."""
    twice = "10 people: back rejected a money budget=1; back rejected a money budget=1"
    assert not look(passes_of([twice, "40 people: taken budget=0"])).has_enough
    later = passes_of(
        ["30 people: back rejected a money budget=1; taken budget=1", "40 people: taken budget=0"]
    )
    assert look(later).given_back == 0


def test_what_was_never_claimed_is_in_neither_share() -> None:
    """Passes from before claims were kept say nothing about a letter."""
    found = passes_of(
        [
            "25 people: back rejected a money budget=1",
            "30 people: back rejected a money",
            "5 people: back rejected a money budget=0",
            "8 people: taken budget=1",
            "40 people: taken budget=0",
            "90 people: taken",
        ]
    )
    (alone,) = [item for item in look(found).found if item.objection == ""]
    assert (alone.back, alone.back_base, alone.kept, alone.kept_base) == (25, 30, 8, 48)


def test_what_goes_with_being_accepted_is_no_suspect() -> None:
    found = passes_of(
        ["40 people: back rejected a money budget=0", "40 people: taken budget=1", "6 people: taken budget=0"]
    )
    found += passes_of(["6 people: back rejected a money budget=1"])
    assert look(_numbered(found)).found == ()


def _numbered(found: list[Passed]) -> list[Passed]:
    return [replace(item, lead_id=number) for number, item in enumerate(found)]


@pytest.mark.parametrize(
    "sort", ["letter", "criterion", "grade", "carried", "level", "band", "offer", "channel"]
)
def test_every_sort_of_value_has_its_sentence(sort: suspects.Sort) -> None:
    """Without a label its own name is shown; hostile words stay words."""
    item = Suspect(Feature(sort, "{0} [bold]%s"), "", 20, 40, 5, 50, 0.2, 0.55, frozenset({1}))
    told = suspects.sentence(item, {}, "", 1)
    assert "{0} [bold]%s" in told
    assert "20 of 40 (50%)" in told
    assert "for one comparison" in told


# --- sales and the model ---------------------------------------------------------------------------------


def test_who_was_wrong_is_counted_from_claims_alone() -> None:
    """An open pass, or one without a claim, is on nobody's side."""
    found = passes_of(["Ada: back rejected a money", "Ben: open budget=2", "Cem: back rejected a - budget=2"])
    (money, timing) = reversions.clashes(found, OBJECTIONS)
    assert (money.back, money.known, money.was_known, money.sales_wrong) == (0, 1, 0, None)
    assert (money.model_wrong, timing.model_wrong) == (0, None)
