"""What sales does comes back: delivery, acceptance, refusal with its reason, deals, silence, corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.decide import decide
from syncd.core.model import Position, Signal, Stage
from tests.core.builders import (
    FITTING,
    Journey,
    at,
    deal,
    default_playbook,
    delivered,
    demo_request,
    form,
    page,
    person,
    signal,
    status,
)

REASON_FIELD = "Disqualification_Reason__c"


def handed_over() -> Journey:
    return Journey(person()).handed_over(at())


def reason(value: str, days: float) -> Signal:
    return signal("salesforce.lead_change", at(days), {"property": REASON_FIELD, "value": value})


# --- delivery --------------------------------------------------------------------------------------------


def test_an_sql_is_handed_off_when_salesforce_confirms() -> None:
    """SQL, handed off and accepted are three numbers."""
    journey = Journey(person())
    decision = journey.until(at(), demo_request(at()))
    assert (journey.stage, decision.withdraw) == (Stage.SQL, False)
    journey.until(at(0, 1), delivered(at(0, 0.5)))
    assert journey.stage is Stage.HANDED_OFF
    assert journey.standing.handed_off_at == at(0, 0.5)
    journey.until(at(1), status("Accepted", at(0.9)))
    assert journey.path == ["lead", "sql", "handed_off", "accepted"]


@pytest.mark.parametrize("keys", [(1, 2), (2, 1)])
def test_of_two_answers_in_one_second_the_one_learnt_later_counts(keys: tuple[int, int]) -> None:
    """Salesforce dates a record in whole seconds: what stood there first was read first."""
    journey = handed_over()
    made = replace(status("New", at(1)), key=keys[0])
    refused = replace(status("Unqualified", at(1)), key=keys[1], known_at=at(1, 0.1))
    journey.until(at(1, 0.2), made, refused)
    assert journey.stage is Stage.RECYCLED


def test_only_a_confirmed_hand_off_counts() -> None:
    """A confirmed task or contact update is no hand-off."""
    journey = Journey(person())
    journey.until(at(), demo_request(at()))
    journey.until(at(1), signal("syncd.delivered", at(0.5), {"kind": "task", "object": "Task"}))
    assert journey.stage is Stage.SQL


def test_the_confirmation_of_the_last_pass_is_not_that_of_this_one() -> None:
    """Each pass is confirmed for itself."""
    journey = handed_over()
    journey.until(at(2), status("Unqualified", at(2), reason="No Budget"))
    journey.until(at(10), demo_request(at(10)))
    assert (journey.stage, journey.standing.pass_number) == (Stage.SQL, 2)
    assert journey.standing.handed_off_at is None


def test_an_acceptance_in_the_same_poll_passes_through_handed_off() -> None:
    """Both facts come at once: both are in the ledger."""
    journey = Journey(person())
    journey.until(at(), demo_request(at()))
    journey.until(at(1), delivered(at(0, 1)), replace(status("Accepted", at(0, 2)), known_at=at(0.9)))
    assert journey.path[-2:] == ["handed_off", "accepted"]


def test_an_sql_that_a_filter_takes_back_is_withdrawn() -> None:
    """The competitor's address turned up before anything was sent."""
    journey = Journey(person())
    journey.until(at(), demo_request(at()))
    fields = {**FITTING, "contact.email": "x@rival.example"}
    journey.snapshot = replace(journey.snapshot, fields=fields, emails=("x@rival.example",))
    decision = journey.until(at(0, 1))
    assert decision.withdraw
    assert (journey.stage, journey.standing.reason) == (Stage.DISQUALIFIED, "competitor")


def test_an_sql_whose_evidence_is_taken_back_is_withdrawn() -> None:
    """The form was deleted at the source: the store has applied the retraction."""
    journey = Journey(person())
    journey.until(at(), demo_request(at()))
    journey.snapshot = replace(journey.snapshot, signals=())
    decision = journey.until(at(0, 1))
    assert decision.withdraw
    assert (journey.stage, journey.snapshot.history[-1].code) == (Stage.LEAD, "evidence_gone")


def test_an_sql_is_not_withdrawn_because_time_passes() -> None:
    """Salesforce was away for two months: what qualified then is still to be handed over."""
    journey = Journey(person())
    journey.until(at(), demo_request(at()))
    decision = journey.until(at(60))
    assert (journey.stage, decision.withdraw) == (Stage.SQL, False)


def test_an_edited_form_keeps_its_sql() -> None:
    """An edit takes the first fact back and brings another."""
    journey = Journey(person())
    journey.until(at(), demo_request(at()))
    edited = replace(demo_request(at()), key=99, known_at=at(0, 1))
    journey.snapshot = replace(journey.snapshot, signals=(edited,))
    assert not journey.until(at(0, 2)).withdraw
    assert journey.stage is Stage.SQL


def test_a_hand_off_taken_back_too_late_is_handed_off_all_the_same() -> None:
    """It was being sent: what Salesforce has, it has."""
    journey = Journey(person())
    journey.until(at(), demo_request(at()))
    journey.snapshot = replace(journey.snapshot, signals=())
    journey.until(at(0, 1))
    journey.until(at(0, 3), delivered(at(0, 0.9)))
    assert journey.path[-2:] == ["lead", "handed_off"]


# --- status ----------------------------------------------------------------------------------------------


def test_a_touch_is_not_acceptance() -> None:
    """Working says that sales has begun, not that it said yes."""
    journey = handed_over()
    journey.until(at(1), status("Working - Contacted", at(1)))
    assert journey.stage is Stage.HANDED_OFF


def test_conversion_is_acceptance() -> None:
    """A Lead that became a Contact was found good."""
    journey = handed_over()
    journey.until(
        at(1), signal("salesforce.lead_change", at(1), {"property": "IsConverted", "value": "true"})
    )
    assert journey.stage is Stage.ACCEPTED


@pytest.mark.parametrize(
    ("value", "code", "stage", "track"),
    [
        ("No Budget", "no_budget", Stage.RECYCLED, "not_now"),
        ("no budget", "no_budget", Stage.RECYCLED, "not_now"),
        ("Unresponsive", "unresponsive", Stage.RECYCLED, "middle_stage"),
        ("", "no_reason_given", Stage.RECYCLED, "middle_stage"),
        ("Something new", "no_reason_given", Stage.RECYCLED, "middle_stage"),
        ("Student", "student", Stage.DISQUALIFIED, ""),
        ("Not a Fit", "not_a_fit", Stage.DISQUALIFIED, ""),
    ],
)
def test_every_refusal_has_a_reason_and_a_way_on(value: str, code: str, stage: Stage, track: str) -> None:
    """Reason -> track, or out for good; without a reason, the playbook's default."""
    journey = handed_over()
    journey.until(at(2), status("Unqualified", at(2), reason=value))
    assert journey.path[-2:] == ["rejected", str(stage)]
    assert (journey.standing.reason, journey.standing.track) == (code, track)


def test_a_status_nobody_named_says_nothing() -> None:
    """A value the playbook does not know moves nobody."""
    journey = handed_over()
    journey.until(at(2), status("Parked", at(2)))
    assert journey.stage is Stage.HANDED_OFF


def test_a_reason_given_afterwards_counts() -> None:
    """Unqualified first, the reason an hour later: track and cool-down follow it."""
    journey = handed_over()
    journey.until(at(2), status("Unqualified", at(2)))
    journey.until(at(3), reason("No Budget", 2.1))
    assert (journey.path[-1], journey.causes[-1]) == ("recycled", "corrected")
    assert (journey.standing.reason, journey.standing.until_at) == ("no_budget", at(2) + timedelta(days=90))
    journey.until(at(4), reason("Student", 3.5))
    assert (journey.stage, journey.standing.reason) == (Stage.DISQUALIFIED, "student")


def test_a_refusal_taken_back_gives_the_lead_back_to_sales() -> None:
    """The rep clicked wrong and corrected it."""
    journey = handed_over()
    journey.until(at(2), status("Unqualified", at(2), reason="No Budget"))
    journey.until(at(3), status("Working - Contacted", at(2.1)))
    assert (journey.path[-1], journey.causes[-1]) == ("handed_off", "corrected")
    assert journey.standing.pass_number == 1


def test_a_correction_made_before_the_refusal_was_known_counts() -> None:
    """Both came in one poll, five minutes late: the newest holds."""
    journey = handed_over()
    late = at(2, 1)
    refused = status("Unqualified", at(2), reason="No Budget", known=late)
    journey.until(at(2, 2), refused, status("Working - Contacted", at(2, 0.5), known=late))
    assert journey.stage is Stage.HANDED_OFF


def test_a_refusal_seen_again_does_not_recycle_twice() -> None:
    """The fact of the last pass is not the answer to this one."""
    journey = handed_over()
    journey.until(at(2), status("Unqualified", at(2), reason="No Budget"))
    journey.until(at(10), demo_request(at(10)))
    journey.until(at(10, 2), delivered(at(10, 1)))
    journey.until(at(20))
    assert journey.stage is Stage.HANDED_OFF


def test_a_lead_refused_in_salesforce_before_we_handed_it_over_is_recycled() -> None:
    """Made by the native sync, thrown out by a rep: we do not hand over what sales has just refused."""
    journey = Journey(person())
    journey.until(at(1), status("Unqualified", at(0.5), reason="No Need"))
    assert (journey.path, journey.standing.pass_number) == (["lead", "rejected", "recycled"], 0)


def test_silence_is_an_answer_after_so_many_days() -> None:
    """Nobody worked it for 30 days: back as unanswered, to the second."""
    journey = handed_over()
    decision = journey.until(at(31))
    assert journey.path[-2:] == ["rejected", "recycled"]
    assert journey.causes[-2] == "sales_unresponsive"
    assert journey.snapshot.history[-1].effective_at == at(30) + timedelta(minutes=1)
    assert not decision.withdraw


def test_work_on_the_lead_breaks_the_silence() -> None:
    """A logged call starts the count anew."""
    journey = handed_over()
    journey.until(at(29), signal("salesforce.task", at(20), {"type": "Call", "status": "Completed"}))
    journey.until(at(45))
    assert journey.stage is Stage.HANDED_OFF
    journey.until(at(51))
    assert journey.path[-1] == "recycled"


def test_work_that_was_read_late_breaks_the_silence_too() -> None:
    """Called on the last day, and read after it: there was no silence, whatever we knew then."""
    journey = handed_over()
    called = signal("salesforce.task", at(29.9), {"type": "Call", "status": "Completed"}, known=at(30.5))
    journey.until(at(31), called)
    assert journey.stage is Stage.HANDED_OFF
    journey.until(at(60))
    assert journey.path[-1] == "recycled"
    assert journey.snapshot.history[-1].effective_at == at(59.9)


def test_an_answer_that_was_read_late_is_the_answer() -> None:
    """Refused on the last day with a reason: that counts, not the silence after it."""
    journey = handed_over()
    said = status("Unqualified", at(29.9), reason="No Budget", known=at(30.5))
    journey.until(at(31), said)
    assert (journey.standing.reason, journey.causes[-2]) == ("no_budget", "sales_rejected")


def test_a_reason_given_after_the_silence_replaces_it() -> None:
    """Sales says late what it was."""
    journey = handed_over()
    journey.until(at(31))
    journey.until(at(33), status("Unqualified", at(32), reason="Bad Timing"))
    assert (journey.standing.reason, journey.standing.until_at) == ("bad_timing", at(32) + timedelta(days=90))


# --- deals -----------------------------------------------------------------------------------------------


def test_an_opportunity_is_opened_and_won() -> None:
    """Customer, and nothing moves after that."""
    journey = handed_over()
    journey.until(at(1), status("Accepted", at(1)))
    journey.until(at(5), deal("open", at(5)))
    journey.until(at(50), deal("won", at(50)))
    assert journey.path[-3:] == ["accepted", "opportunity", "customer"]
    journey.until(at(60), demo_request(at(60)), deal("lost", at(59), ref="006B"))
    assert journey.stage is Stage.CUSTOMER


def test_a_lost_opportunity_is_recycled_with_its_reason() -> None:
    """Lost on price: win back, after the cool-down."""
    journey = handed_over()
    journey.until(at(5), deal("open", at(5)))
    journey.until(at(50), deal("lost", at(50), reason="Price"))
    assert journey.path[-3:] == ["opportunity", "lost", "recycled"]
    assert (journey.standing.reason, journey.standing.track) == ("price", "win_back")


def test_two_deals_are_lost_only_together() -> None:
    """While one is open, the person is in an opportunity."""
    journey = handed_over()
    journey.until(at(5), deal("open", at(4)), deal("open", at(5), ref="006B"))
    journey.until(at(9), deal("lost", at(9)))
    assert journey.stage is Stage.OPPORTUNITY
    journey.until(at(12), deal("lost", at(12), ref="006B", reason="Timing"))
    assert (journey.stage, journey.standing.reason) == (Stage.RECYCLED, "bad_timing")


def test_a_reopened_deal_brings_the_person_back() -> None:
    """Lost, then open again: an opportunity, whatever the cool-down."""
    journey = handed_over()
    journey.until(at(5), deal("open", at(5)))
    journey.until(at(9), deal("lost", at(9), reason="Price"))
    journey.until(at(12), deal("open", at(12)))
    assert journey.stage is Stage.OPPORTUNITY


def test_a_deal_that_is_gone_leaves_the_person_with_sales() -> None:
    """Deleted, or the person taken off it."""
    journey = handed_over()
    journey.until(at(5), deal("open", at(5)))
    facts = tuple(item for item in journey.snapshot.signals if item.shape.source != "salesforce.deal")
    journey.snapshot = replace(journey.snapshot, signals=facts)
    journey.until(at(6))
    assert (journey.path[-1], journey.causes[-1]) == ("accepted", "corrected")


# --- and back in -----------------------------------------------------------------------------------------


def interest(start: float) -> list[Signal]:
    """What makes a fitting person an MQL within a week."""
    found = [page("/pricing", at(start + day)) for day in range(6)]
    return found + [page("/compare/rival", at(start + day)) for day in range(6)]


def refused(text: str = "No Budget", until: float = 2) -> Journey:
    journey = handed_over()
    journey.until(at(until), status("Unqualified", at(until), reason=text))
    return journey


def test_old_evidence_brings_nobody_back() -> None:
    """After the cool-down nothing happens by itself."""
    journey = refused()
    decision = journey.until(at(200))
    assert journey.stage is Stage.RECYCLED
    assert decision.due_at is None
    assert decision.transitions == ()


def test_new_evidence_brings_somebody_back_after_the_cool_down() -> None:
    """As far as it earns, and the level says on what evidence."""
    journey = refused()
    journey.until(at(107), *interest(100))
    assert journey.causes[-1] == "reentered"
    assert journey.stage is Stage.MQL
    assert journey.snapshot.history[-1].evidence


def test_evidence_within_the_cool_down_waits_for_its_end() -> None:
    """No ping-pong."""
    journey = refused()
    journey.until(at(67), *interest(60))
    assert journey.stage is Stage.RECYCLED


def test_a_decisive_action_may_break_the_cool_down() -> None:
    """They ask for a demo themselves: pass 2, at once."""
    journey = refused()
    decision = journey.until(at(20), demo_request(at(20)))
    assert (journey.path[-1], journey.causes[-1]) == ("sql", "reentered")
    assert journey.standing.pass_number == 2
    assert decision.verdict.decisive == "demo_requested"


def test_where_the_reason_forbids_it_a_decisive_action_waits() -> None:
    """`decisive_breaks` is the playbook's to say; after the cool-down the same action counts."""
    playbook = default_playbook()
    rule = replace(playbook.recycle.rules["no_budget"], decisive_breaks=False, cool_down_days=20)
    rules = {**playbook.recycle.rules, "no_budget": rule}
    playbook = replace(playbook, recycle=replace(playbook.recycle, rules=rules))
    journey = Journey(person(), playbook).handed_over(at())
    journey.until(at(2), status("Unqualified", at(2), reason="No Budget"))
    decision = journey.until(at(10), demo_request(at(10)))
    assert (journey.stage, decision.due_at) == (Stage.RECYCLED, at(22))
    journey.until(at(22))
    assert journey.stage is Stage.SQL


def test_after_so_many_passes_a_person_decides() -> None:
    """The limit stops the fourth hand-off and says so."""
    journey = handed_over()
    for number in range(1, 4):
        journey.until(at(10 * number), status("Unqualified", at(10 * number), reason="No Budget"))
        decision = journey.until(at(10 * number + 5), demo_request(at(10 * number + 5)))
        if number < 3:
            journey.until(at(10 * number + 6), delivered(at(10 * number + 6)))
    assert journey.standing.pass_number == 3
    assert journey.stage is Stage.RECYCLED
    assert decision.verdict.blocked_by == "pass_limit"


def test_somebody_disqualified_for_good_never_comes_back() -> None:
    """Sales said student: not by any evidence, only by sales itself."""
    journey = refused("Student")
    journey.until(at(300), demo_request(at(299)))
    assert journey.stage is Stage.DISQUALIFIED
    journey.until(at(310), status("Accepted", at(305)))
    assert journey.path[-1] == "accepted"


def test_after_coming_back_the_next_hand_off_needs_new_evidence_too() -> None:
    """The score of the first pass does not hand over the second."""
    journey = Journey(person())
    strong = [*interest(-7), form("ROI calculator", at(-1)), form("Start free trial", at(-1))]
    strong += [signal("hubspot.marketing_event", at(-2), {"event": "W", "state": "attended"})]
    journey.until(at(), *strong)
    assert journey.path == ["lead", "sql"]
    journey.until(at(0, 1), delivered(at(0, 1)))
    journey.until(at(1), status("Unqualified", at(1), reason="No Authority"))
    decision = journey.until(at(32), page("/pricing", at(31.9)), page("/pricing", at(31)))
    assert journey.stage is Stage.RECYCLED
    assert not decision.releasable


def test_a_recycled_person_is_not_handed_over_by_a_merge_of_facts() -> None:
    """Facts from before the refusal that arrive after it are old evidence."""
    journey = refused()
    late = replace(demo_request(at(1)), known_at=at(5))
    decision = journey.until(at(6), late)
    assert journey.stage is Stage.RECYCLED
    assert decision.verdict.blocked_by == "old_evidence"


def test_erased_is_the_end() -> None:
    """No fact moves them, nothing is due."""
    gone = replace(handed_over().standing, position=Position(Stage.ERASED))
    snapshot = replace(person(demo_request(at(1))), standing=gone, evaluated_at=at())
    decision = decide(snapshot, default_playbook(), at(3))
    assert (decision.transitions, decision.due_at) == ((), None)
