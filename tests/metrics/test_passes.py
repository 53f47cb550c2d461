"""What the ledger of one lead says: where it stands, every pass, first and latest; skips marked."""

from __future__ import annotations

from syncd.core.decide import decide
from syncd.core.model import Cause, Position, Snapshot, Stage, Transition
from syncd.core.passes import first_and_latest, passes, reached, replay, skips
from syncd.core.playbook import Playbook
from syncd.core.undoing import MOVES_UNDONE
from tests.metrics.ledgers import at
from tests.properties.harness import for_all
from tests.properties.lives import END
from tests.properties.test_with_sales import lives_with_sales, quick_playbooks


def moves(*steps: tuple[float, Stage, Cause, int] | tuple[float, Stage, Cause, int, str]) -> list[Transition]:
    """A chain of entries: day, stage, cause, pass, code."""
    found: list[Transition] = []
    for day, stage, cause, number, *code in steps:
        origin = found[-1].target if found else None
        numbers = {MOVES_UNDONE: int(code[0])} if cause is Cause.UNDONE else {}
        told = "" if cause is Cause.UNDONE or not code else str(code[0])
        found.append(Transition(at(day), origin, Position(stage), cause, told, number, numbers=numbers))
    return found


TWO_PASSES = moves(
    (1, Stage.LEAD, Cause.CREATED, 0),
    (1, Stage.SQL, Cause.DECISIVE_ACTION, 1, "demo_requested"),
    (1.1, Stage.HANDED_OFF, Cause.DELIVERED, 1),
    (3, Stage.REJECTED, Cause.SALES_REJECTED, 1, "other"),
    (3, Stage.RECYCLED, Cause.RECYCLED, 1, "other"),
    (4, Stage.RECYCLED, Cause.CORRECTED, 1, "no_budget"),
    (50, Stage.MQL, Cause.REENTERED, 1),
    (60, Stage.SQL, Cause.THRESHOLD, 2),
    (60.1, Stage.HANDED_OFF, Cause.DELIVERED, 2),
    (61, Stage.OPPORTUNITY, Cause.OPPORTUNITY_OPENED, 2),
)


def test_every_pass_is_told_from_beginning_to_end() -> None:
    """What carried it, how far it came, how it ended; the reason sales gave afterwards is the reason."""
    first, latest = passes(TWO_PASSES)
    assert (first.qualified_at, first.cause, first.code) == (at(1), Cause.DECISIVE_ACTION, "demo_requested")
    assert (first.ended_at, first.outcome, first.reason) == (at(3), Stage.REJECTED, "no_budget")
    assert (latest.number, latest.handed_off_at, latest.accepted_at) == (2, at(60.1), None)
    assert (latest.opportunity_at, latest.ended_at, latest.outcome) == (at(61), None, None)


def test_first_and_latest_are_known_for_every_step() -> None:
    """And how often; a step that was jumped has no date of its own."""
    assert first_and_latest(TWO_PASSES, Stage.SQL) == (at(1), at(60))
    assert first_and_latest(TWO_PASSES, Stage.MQL) == (at(50), at(50))
    assert first_and_latest(TWO_PASSES, Stage.ACCEPTED) == (None, None)
    told = {item.stage: item for item in reached(TWO_PASSES)}
    assert (told[Stage.ACCEPTED].is_inferred, told[Stage.ACCEPTED].first_at) == (True, at(61))
    assert (told[Stage.HANDED_OFF].times, told[Stage.HANDED_OFF].is_inferred) == (2, False)
    assert (told[Stage.MQL].first_at, told[Stage.MQL].times) == (at(50), 1)  # jumped at first, come to later


def test_skips_are_inferred_at_the_move_that_jumped_them() -> None:
    """Once: what was passed by inference is not jumped again."""
    assert [found for found in skips(TWO_PASSES) if found] == [(Stage.MQL,), (Stage.ACCEPTED,)]
    adopted = moves((1, Stage.ACCEPTED, Cause.ADOPTED, 0), (2, Stage.CUSTOMER, Cause.OPPORTUNITY_WON, 0))
    assert skips(adopted) == ((), (Stage.OPPORTUNITY,))


def test_what_was_taken_back_was_not_reached_and_keeps_its_number() -> None:
    """The pass stays on record, marked; the next one is the second."""
    ledger = moves(
        (1, Stage.LEAD, Cause.CREATED, 0),
        (2, Stage.SQL, Cause.THRESHOLD, 1),
        (2.1, Stage.HANDED_OFF, Cause.DELIVERED, 1),
        (3, Stage.LEAD, Cause.UNDONE, 1, "2"),
        (9, Stage.SQL, Cause.THRESHOLD, 2),
    )
    assert [(item.number, item.is_undone) for item in passes(ledger)] == [(1, True), (2, False)]
    assert first_and_latest(ledger, Stage.SQL) == (at(9), at(9))
    assert replay(ledger).position == Position(Stage.SQL)


def test_a_broken_chain_is_found() -> None:
    """An entry that starts elsewhere than the one before it ended."""
    assert replay(TWO_PASSES).breaks == ()
    assert replay([*TWO_PASSES[:3], *TWO_PASSES[4:]]).breaks == (3,)
    assert replay([]).position is None


@for_all(lives_with_sales(), quick_playbooks(), examples=15)
def test_replaying_the_ledger_gives_the_current_stage(person: Snapshot, playbook: Playbook) -> None:
    """Whatever a lead and sales did; and no pass is told that was not."""
    decided = decide(person, playbook, END)
    found = replay(decided.transitions)
    assert found.breaks == ()
    assert found.position == decided.standing.position
    assert found.since_at == decided.standing.since_at
    assert found.pass_number == decided.standing.pass_number
    numbers = [item.number for item in passes(decided.transitions)]
    assert numbers == list(range(1, decided.standing.pass_number + 1))
    assert all(item.first_at <= item.latest_at for item in reached(decided.transitions))
