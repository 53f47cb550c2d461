"""The table of moves: what is in it, what each constructor leaves behind, and that nothing else is legal."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from syncd.core import lifecycle
from syncd.core.lifecycle import MOVES, Because, IllegalMove, Step, is_legal
from syncd.core.model import Cause, Position, Signal, Stage, Standing
from syncd.core.playbook import Playbook, RecycleRule
from tests.core import small
from tests.core.builders import at, person, standing
from tests.core.test_scoring import histories
from tests.core.test_time import FIELDS, acts, moves_of, with_acts

RULE = RecycleRule("no_budget", "No budget", "not_now", 90)
FINAL = RecycleRule("student", "Student", "", 0, is_final=True)
MQL = Position(Stage.MQL, "warm")


def because(cause: Cause, code: str = "") -> Because:
    return Because(at(1), cause, code, evidence=(7,), numbers={"fit": 5})


def handed_off() -> Standing:
    return standing(
        Stage.HANDED_OFF, at(), pass_number=1, qualified_at=at(-1), handed_off_at=at(), track="middle_stage"
    )


MADE: dict[str, Callable[[], Step]] = {
    "create": lambda: lifecycle.create(at(1)),
    "adopt": lambda: lifecycle.enter_adopted(standing(Stage.ACCEPTED, at(1))),
    "raise_level": lambda: lifecycle.raise_level(
        standing(Stage.LEAD, at()), MQL, because(Cause.CRITERIA_MET), track="early_interest"
    ),
    "lower_level": lambda: lifecycle.lower_level(
        standing(Stage.NEAR_SQL, at()), MQL, because(Cause.CRITERIA_LOST)
    ),
    "qualify": lambda: lifecycle.qualify(
        standing(Stage.MQL, at(), "warm"), because(Cause.DECISIVE_ACTION, "ask")
    ),
    "withdraw": lambda: lifecycle.withdraw(standing(Stage.SQL, at()), MQL, because(Cause.CRITERIA_LOST)),
    "block": lambda: lifecycle.block(standing(Stage.SQL, at()), because(Cause.FILTER, "competitor")),
    "lift": lambda: lifecycle.lift(standing(Stage.DISQUALIFIED, at()), because(Cause.FILTER_LIFTED)),
    "deliver": lambda: lifecycle.deliver(
        standing(Stage.SQL, at()), because(Cause.DELIVERED), handed_off_at=at(0.5)
    ),
    "accept": lambda: lifecycle.accept(handed_off(), because(Cause.SALES_ACCEPTED)),
    "open_opportunity": lambda: lifecycle.open_opportunity(handed_off(), because(Cause.OPPORTUNITY_OPENED)),
    "drop_opportunity": lambda: lifecycle.drop_opportunity(
        standing(Stage.OPPORTUNITY, at()), because(Cause.CORRECTED)
    ),
    "win": lambda: lifecycle.win(standing(Stage.OPPORTUNITY, at()), because(Cause.OPPORTUNITY_WON)),
    "speak_for_us": lambda: lifecycle.speak_for_us(
        standing(Stage.CUSTOMER, at()), because(Cause.CRITERIA_MET, "evangelist")
    ),
    "lose": lambda: lifecycle.lose(
        standing(Stage.OPPORTUNITY, at()), because(Cause.OPPORTUNITY_LOST, "price"), ended_at=at(0.5)
    ),
    "reject": lambda: lifecycle.reject(
        handed_off(), because(Cause.SALES_REJECTED, "no_budget"), ended_at=at(0.5)
    ),
    "recycle": lambda: lifecycle.recycle(
        standing(Stage.REJECTED, at(), evidence_floor_at=at(0.5)), RULE, because(Cause.RECYCLED)
    ),
    "disqualify": lambda: lifecycle.disqualify(
        standing(Stage.REJECTED, at()), because(Cause.SALES_DISQUALIFIED, "student")
    ),
    "amend": lambda: lifecycle.amend(
        standing(Stage.RECYCLED, at(), reason="no_reason_given"),
        RULE,
        because(Cause.CORRECTED, "no_budget"),
        ended_at=at(0.5),
    ),
    "reopen": lambda: lifecycle.reopen(standing(Stage.RECYCLED, at()), because(Cause.CORRECTED)),
    "reenter": lambda: lifecycle.reenter(standing(Stage.RECYCLED, at()), MQL, because(Cause.REENTERED)),
    "undo": lambda: lifecycle.undo(
        handed_off(), standing(Stage.MQL, at(-2), "warm"), because(Cause.UNDONE, "run:7")
    ),
    "merge": lambda: lifecycle.merge(handed_off(), standing(Stage.LEAD, at()), at(1)),
    "erase": lambda: lifecycle.erase(handed_off(), at(1)),
}


def test_every_move_of_the_table_has_its_constructor() -> None:
    """One named constructor per move; only adoption's is named for what it takes."""
    constructors = {
        name
        for name, made in inspect.getmembers(lifecycle, inspect.isfunction)
        if not name.startswith("_") and inspect.signature(made).return_annotation == "Step"
    }
    assert constructors - {"enter_adopted"} | {"adopt"} == set(MOVES) == set(MADE)


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_constructor_makes_the_move_it_is_named_for(name: str) -> None:
    """Entry and standing agree, and the table allows what was made."""
    step = MADE[name]()
    move = step.transition
    origin = None if move.origin is None else move.origin.stage
    assert origin in MOVES[name].origins
    assert move.target.stage in MOVES[name].targets
    assert move.cause in MOVES[name].causes
    assert (move.target, move.effective_at) == (step.standing.position, step.standing.since_at)
    assert move.pass_number == step.standing.pass_number


ILLEGAL: dict[str, Callable[[], Step]] = {
    "an SQL is not accepted twice": lambda: lifecycle.accept(
        standing(Stage.ACCEPTED, at()), because(Cause.SALES_ACCEPTED)
    ),
    "a customer is not qualified": lambda: lifecycle.qualify(
        standing(Stage.CUSTOMER, at()), because(Cause.THRESHOLD)
    ),
    "a disqualified person is not qualified": lambda: lifecycle.qualify(
        standing(Stage.DISQUALIFIED, at()), because(Cause.DECISIVE_ACTION)
    ),
    "a recycled person does not just qualify": lambda: lifecycle.qualify(
        standing(Stage.RECYCLED, at()), because(Cause.DECISIVE_ACTION)
    ),
    "an open opportunity is not recycled": lambda: lifecycle.recycle(
        standing(Stage.OPPORTUNITY, at()), RULE, because(Cause.RECYCLED)
    ),
    "what sales works is not blocked": lambda: lifecycle.block(handed_off(), because(Cause.FILTER)),
    "nothing follows erasure": lambda: lifecycle.win(
        standing(Stage.ERASED, at()), because(Cause.OPPORTUNITY_WON)
    ),
    "a cause belongs to its move": lambda: lifecycle.accept(handed_off(), because(Cause.DELIVERED)),
    "a level is not raised to SQL": lambda: lifecycle.raise_level(
        standing(Stage.LEAD, at()), Position(Stage.SQL), because(Cause.CRITERIA_MET)
    ),
}


@pytest.mark.parametrize("why", sorted(ILLEGAL))
def test_what_the_table_does_not_allow_is_refused(why: str) -> None:
    """An illegal move is a broken assumption, loud and without personal data."""
    with pytest.raises(IllegalMove, match="because"):
        ILLEGAL[why]()


def test_nothing_leads_out_of_erasure() -> None:
    """Whatever the cause."""
    assert not any(is_legal(Stage.ERASED, target, cause) for target in Stage for cause in Cause)


def test_only_entry_moves_start_from_nothing() -> None:
    """Created or adopted."""
    starts = {name for name, move in MOVES.items() if None in move.origins}
    assert starts == {"create", "adopt"}


# --- what is left behind ---------------------------------------------------------------------------------


def test_qualifying_begins_the_next_pass() -> None:
    """The pass is counted when it begins, and nothing of the last one is taken for confirmed."""
    before = standing(Stage.MQL, at(), "warm", pass_number=1, qualified_at=at(-9), handed_off_at=at(-8))
    after = lifecycle.qualify(before, because(Cause.THRESHOLD)).standing
    assert (after.pass_number, after.qualified_at, after.handed_off_at) == (2, at(1), None)


def test_the_cool_down_is_counted_from_the_end_of_the_pass() -> None:
    """Not from when we learned of it."""
    rejected = lifecycle.reject(handed_off(), because(Cause.SALES_REJECTED, "no_budget"), ended_at=at(0.5))
    step = lifecycle.recycle(rejected.standing, RULE, because(Cause.RECYCLED, "no_budget"))
    assert step.standing.until_at == at(0.5) + timedelta(days=90)
    assert step.standing.evidence_floor_at == at(0.5)
    assert (step.transition.track, step.transition.until_at) == ("not_now", step.standing.until_at)


def test_amending_to_a_final_reason_disqualifies() -> None:
    """Sales says afterwards that it was a student."""
    before = standing(Stage.RECYCLED, at(), reason="no_reason_given", until_at=at(60), track="middle_stage")
    after = lifecycle.amend(before, FINAL, because(Cause.CORRECTED, "student"), ended_at=at(0.5)).standing
    assert (after.position.stage, after.reason, after.until_at, after.track) == (
        Stage.DISQUALIFIED,
        "student",
        None,
        "",
    )


def test_reentering_as_sql_begins_the_next_pass_and_keeps_the_last_reason() -> None:
    """The last pass stays attached (S88)."""
    before = standing(Stage.RECYCLED, at(), reason="no_budget", pass_number=1, until_at=at(60))
    after = lifecycle.reenter(before, Position(Stage.SQL), because(Cause.REENTERED)).standing
    assert (after.pass_number, after.reason, after.until_at) == (2, "no_budget", None)


def test_a_merge_keeps_the_standing_further_along() -> None:
    """Two records of one person: what sales has wins, the later end of a pass holds."""
    ahead = replace(handed_off(), evidence_floor_at=at(-5))
    behind = standing(Stage.RECYCLED, at(), pass_number=2, evidence_floor_at=at(-2))
    for first, second in ((ahead, behind), (behind, ahead)):
        merged = lifecycle.merge(first, second, at(1)).standing
        assert merged.position.stage is Stage.HANDED_OFF
        assert (merged.pass_number, merged.evidence_floor_at, merged.since_at) == (2, at(-2), at(1))


@small.PROPERTY
@given(small.playbooks(), histories(), acts)
def test_every_ledger_is_a_chain_of_legal_moves(
    playbook: Playbook, signals: tuple[Signal, ...], done: list[tuple[int, str]]
) -> None:
    """Each entry starts where the last ended, not before it, and by a move of the table; passes only rise."""
    snapshot = person(*with_acts(signals, done), fields=FIELDS, created=at(-30))
    history = moves_of(snapshot, playbook, [at(), at(10), at(41)])
    position, when, passes = None, at(-30), 0
    for move in history:
        assert move.origin == position
        assert move.effective_at >= when
        assert move.pass_number >= passes
        assert is_legal(None if position is None else position.stage, move.target.stage, move.cause)
        position, when, passes = move.target, move.effective_at, move.pass_number
