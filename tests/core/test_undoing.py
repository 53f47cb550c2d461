"""What a person took back: where the lead stands, what no longer counts, and what moves it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.core import metrics, story, undoing
from syncd.core.decide import decide
from syncd.core.metrics import LedgerEntry
from syncd.core.model import Cause, Signal, Snapshot, Stage, Transition
from syncd.core.sla.clock import spans
from tests.core.builders import (
    Journey,
    at,
    default_playbook,
    delivered,
    demo_request,
    page,
    person,
    status,
)


def after(lead: Snapshot, when: datetime, *signals: Signal) -> Snapshot:
    """The lead evaluated at `when`, knowing these facts too."""
    journey = Journey(lead)
    journey.until(when, *signals)
    return journey.snapshot


def handed_over() -> Snapshot:
    """Somebody who asked for a demo and was handed over a minute later."""
    journey = Journey(person())
    journey.until(at(-0.5))
    lead = journey.handed_over(at()).snapshot
    assert lead.standing is not None
    assert lead.standing.position.stage is Stage.HANDED_OFF
    return lead


def taken_back(lead: Snapshot, when: datetime, since: datetime) -> Snapshot:
    """The lead after an undo of the run that made its moves since then."""
    assert lead.standing is not None
    made = [move.effective_at >= since for move in lead.history]
    step = undoing.reversal(lead.history, made, lead.standing, when, 7)
    assert step is not None
    return replace(lead, history=(*lead.history, step.transition), standing=step.standing, undone_at=when)


def test_a_lead_stands_where_it_stood_before_the_run() -> None:
    """The entry says how many moves it takes back; the pass's number is used up."""
    before = after(person(), at(-0.5))
    lead = taken_back(handed_over(), at(1), at())
    assert before.standing is not None
    assert lead.standing is not None
    assert lead.standing.position == before.standing.position
    assert lead.standing.pass_number == 1
    assert lead.standing.qualified_at is None
    entry = lead.history[-1]
    assert (entry.cause, entry.code, entry.numbers) == (Cause.UNDONE, "run:7", {"moves_undone": 2})


def test_a_delivery_alone_takes_its_whole_pass_back() -> None:
    """The run only confirmed the hand-off: what the pass made is used up, so the pass is over."""
    lead = handed_over()
    assert lead.standing is not None
    made = [move.target.stage is Stage.HANDED_OFF for move in lead.history]
    step = undoing.reversal(lead.history, made, lead.standing, at(1), 7)
    assert step is not None
    assert step.transition.numbers == {"moves_undone": 2}
    assert step.standing.position.stage in {Stage.LEAD, Stage.MQL}


def test_old_evidence_moves_nobody_who_was_taken_back() -> None:
    """Nothing moves by the facts that were known, at once or later; the verdict says why."""
    lead = taken_back(handed_over(), at(1), at())
    for days in (1, 2, 20):
        decision = decide(lead, default_playbook(), at(days))
        assert decision.transitions == ()
    assert decide(lead, default_playbook(), at(1)).verdict.blocked_by == "undone"


def test_a_release_lets_the_same_evidence_count() -> None:
    lead = replace(taken_back(handed_over(), at(1), at()), undone_at=None)
    moves = decide(lead, default_playbook(), at(2)).transitions
    assert moves[-1].target.stage is Stage.SQL
    assert moves[-1].pass_number == 2


def test_a_new_decisive_action_hands_over_again() -> None:
    lead = taken_back(handed_over(), at(1), at())
    lead = replace(lead, signals=(*lead.signals, demo_request(at(3))))
    assert decide(lead, default_playbook(), at(4)).transitions[-1].target.stage is Stage.SQL


def test_a_decisive_action_known_only_after_the_undo_counts() -> None:
    """It happened before, and nobody knew."""
    lead = taken_back(handed_over(), at(1), at())
    late = replace(demo_request(at(0, hours=20)), known_at=at(1, hours=2))
    lead = replace(lead, signals=(*lead.signals, late))
    assert decide(lead, default_playbook(), at(2)).transitions[-1].target.stage is Stage.SQL


def test_a_page_view_is_no_reason_to_hand_over_again() -> None:
    lead = taken_back(handed_over(), at(1), at())
    lead = replace(lead, signals=(*lead.signals, page("/blog", at(3))))
    moves = decide(lead, default_playbook(), at(4)).transitions
    assert all(move.target.stage is not Stage.SQL for move in moves)


def test_sales_own_answer_is_never_undone() -> None:
    """Who was accepted since stays accepted."""
    lead = after(handed_over(), at(0.6), status("Accepted", at(0.5)))
    assert lead.standing is not None
    assert lead.standing.position.stage is Stage.ACCEPTED
    made = [move.effective_at >= at() for move in lead.history]
    assert undoing.reversal(lead.history, made, lead.standing, at(1), 7) is None


def test_a_run_that_moved_nobody_reverses_nothing() -> None:
    lead = handed_over()
    assert lead.standing is not None
    assert undoing.reversal(lead.history, [False] * len(lead.history), lead.standing, at(1), 7) is None


def test_what_was_taken_back_is_no_pass_and_has_no_clock() -> None:
    lead = taken_back(handed_over(), at(1), at())
    assert story.passes(lead.history) == ()
    assert spans(lead.history) == ()
    assert undoing.passes_counted(lead.history, lead.standing) == 0  # type: ignore[arg-type]


def test_two_undos_take_back_two_stretches() -> None:
    """The count of an entry is of moves still in force."""
    lead = taken_back(handed_over(), at(1), at())
    again = after(replace(lead, undone_at=None, evaluated_at=at(1)), at(2))
    again = after(again, at(2.2), delivered(at(2.1)))
    again = taken_back(again, at(3), at(1.5))
    assert undoing.in_force(again.history) == undoing.in_force(lead.history)


def entry(lead_id: int, move: Transition) -> LedgerEntry:
    undoes = move.numbers.get(undoing.MOVES_UNDONE, 0)
    target = move.target
    return LedgerEntry(
        lead_id, move.effective_at, target.stage, target.level, move.cause, move.pass_number, undoes
    )


def test_the_funnel_counts_no_hand_off_that_was_taken_back() -> None:
    """Nor the way back as a step; where everybody stands is as the ledger says."""
    kept, gone = handed_over(), taken_back(handed_over(), at(1), at())
    entries = [entry(1, move) for move in kept.history] + [entry(2, move) for move in gone.history]
    found = metrics.funnel(entries, at(-30), at(30))
    assert found.cohort.step("handed_off").leads == 1
    assert found.period.step("sql").times == 1
    assert found.snapshot["handed_off"] == 1
    assert sum(found.snapshot.values()) == 2


def merged(lead: Snapshot, when: datetime) -> Snapshot:
    """The lead after somebody who was handed over was merged into it, and it took their standing."""
    theirs = handed_over()
    assert lead.standing is not None
    assert theirs.standing is not None
    move = Transition(
        when, lead.standing.position, theirs.standing.position, Cause.MERGED, "from:9", pass_number=1
    )
    return replace(lead, history=(*lead.history, move), standing=replace(theirs.standing, since_at=when))


def test_who_stands_where_a_merged_record_was_put_stands_as_before_the_merge() -> None:
    """The run wrote for the other record; the merge alone is taken back."""
    before = after(person(), at(-0.5))
    lead = merged(before, at(1))
    assert lead.standing is not None
    made = [False] * len(before.history) + [True]
    step = undoing.reversal(lead.history, made, lead.standing, at(2), 7)
    assert step is not None
    assert before.standing is not None
    assert step.standing.position == before.standing.position
    assert step.transition.numbers == {"moves_undone": 1}
    assert undoing.in_force((*lead.history, step.transition)) == before.history


def test_a_merge_that_the_run_has_nothing_to_do_with_stays() -> None:
    lead = merged(after(person(), at(-0.5)), at(1))
    assert lead.standing is not None
    made = [move.cause is not Cause.MERGED for move in lead.history]
    assert undoing.reversal(lead.history, made, lead.standing, at(2), 7) is None
