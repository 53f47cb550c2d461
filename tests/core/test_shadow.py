"""How people reached sales: whose doing a record is, which events are one arrival, what became of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.model import Cause, Position, Shape, Signal, Stage, Transition
from syncd.core.shadow import (
    IMPORTED_TOGETHER,
    Event,
    Group,
    MadeRecord,
    Way,
    arrivals,
    given_by_hand,
    imports,
    is_our_make,
    made_by_others,
    outcome,
)

START = datetime(2026, 9, 1, tzinfo=UTC)
WINDOW = timedelta(days=90)
REP, ROBOT, QUEUE = "005000000000001AAA", "005000000000009AAA", "00G000000000001AAA"


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def record(days: float, *, kind: str = "lead", id_: str = "00Q1", maker: str = REP, became: str = "",
           ours: bool = False) -> MadeRecord:  # fmt: skip
    return MadeRecord(1, kind, id_, at(days), maker, became, ours)


def ways(*records: MadeRecord) -> list[Way]:
    return [event.way for event in made_by_others(records, imports(records), {ROBOT})]


def test_a_record_came_by_whoever_made_it() -> None:
    """By a person, by an integration however its id is written, or by nobody we know."""
    assert ways(record(0)) == [Way.PERSON]
    assert ways(record(0, maker=ROBOT[:15])) == [Way.INTEGRATION]
    assert ways(record(0, maker="")) == [Way.UNKNOWN]
    assert ways(record(0, ours=True)) == []


def test_many_by_one_user_in_a_minute_are_an_import() -> None:
    """One less is a fast typist; of many users it is a busy minute."""
    many = [record(0, id_=f"00Q{number}") for number in range(IMPORTED_TOGETHER)]
    assert set(ways(*many)) == {Way.IMPORT}
    assert set(ways(*many[1:])) == {Way.PERSON}
    spread = [record(0, id_=f"00Q{number}", maker=f"005{number:015}") for number in range(20)]
    assert set(ways(*spread)) == {Way.PERSON}


def test_the_contact_a_lead_became_is_no_second_arrival() -> None:
    """One that was there before the Lead is."""
    lead = record(5, became="0031")
    assert ways(lead, record(9, kind="contact", id_="0031")) == [Way.PERSON]
    assert len(ways(lead, record(1, kind="contact", id_="0031"))) == 2


def test_a_record_made_when_our_answer_was_lost_is_ours() -> None:
    assert is_our_make(at(1), [at(1) - timedelta(minutes=10)])
    assert not is_our_make(at(1), [at(1) - timedelta(hours=1)])
    assert not is_our_make(at(1), [])


def owner_change(days: float, before: str, after: str) -> Signal:
    told = {"property": "OwnerId", "from": before, "value": after}
    return Signal(1, at(days), at(days), Shape("salesforce.lead_change", told))


def test_out_of_a_queue_into_somebodys_hands_is_a_way_to_sales() -> None:
    """From one rep to the next is not, nor what a rep takes from the queue after our hand-off."""
    assert given_by_hand([owner_change(3, QUEUE, REP)], [], {ROBOT}) == (Event(at(3), Way.ASSIGNED),)
    assert given_by_hand([owner_change(3, ROBOT, REP)], [at(5)], {ROBOT}) == (Event(at(3), Way.ASSIGNED),)
    assert given_by_hand([owner_change(3, REP, "005000000000002AAA")], [], {ROBOT}) == ()
    assert given_by_hand([owner_change(3, QUEUE, ROBOT)], [], {ROBOT}) == ()
    assert given_by_hand([owner_change(3, QUEUE, REP)], [at(2)], {ROBOT}) == ()


def test_events_of_one_sales_cycle_are_one_arrival() -> None:
    """Counted from its beginning, so that a chain of events does not go on for ever."""
    events = [Event(at(0), Way.WOULD), Event(at(60), Way.PERSON), Event(at(100), Way.PASS)]
    both, later = arrivals(1, events, WINDOW)
    assert (both.group, both.is_reckoned, both.until_at) == (Group.SAME, True, at(100))
    assert (later.group, later.is_reckoned, later.was_known) == (Group.ONLY_WE, False, True)


_EVENTS = st.lists(st.tuples(st.integers(0, 400), st.sampled_from(list(Way))), max_size=12)


@given(_EVENTS, st.integers(0, 400))
def test_arrivals_of_a_split_period_add_up(told: list[tuple[int, Way]], cut: int) -> None:
    """Each event is in exactly one arrival, and each arrival in exactly one part."""
    events = [Event(at(day), way) for day, way in told]
    found = arrivals(1, events, WINDOW)
    before = [item for item in found if item.began_at < at(cut)]
    after = [item for item in found if item.began_at >= at(cut)]
    assert [*before, *after] == list(found)
    ends = [*(item.began_at for item in found[1:]), None]
    assert [item.until_at for item in found] == ends[: len(found)]
    for event in events:
        homes = [
            item for item in found
            if item.began_at <= event.at and (item.until_at is None or event.at < item.until_at)
        ]  # fmt: skip
        assert len(homes) == 1
        assert event.at - homes[0].began_at <= WINDOW


def move(days: float, stage: Stage, cause: Cause = Cause.CRITERIA_MET) -> Transition:
    return Transition(at(days), None, Position(stage), cause)


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ([], "open"),
        ([move(1, Stage.SQL), move(1, Stage.HANDED_OFF)], "open"),
        ([move(1, Stage.ACCEPTED), move(2, Stage.OPPORTUNITY), move(3, Stage.CUSTOMER)], "won"),
        ([move(3, Stage.CUSTOMER), move(4, Stage.OPPORTUNITY)], "won"),
        ([move(2, Stage.OPPORTUNITY), move(3, Stage.LOST), move(3, Stage.RECYCLED)], "lost"),
        ([move(2, Stage.REJECTED), move(2, Stage.DISQUALIFIED)], "given_back"),
        ([move(2, Stage.REJECTED), move(9, Stage.SQL), move(9, Stage.HANDED_OFF)], "open"),
        ([move(2, Stage.RECYCLED, Cause.ADOPTED)], "lost"),
        ([move(2, Stage.ACCEPTED, Cause.ADOPTED)], "accepted"),
        ([move(2, Stage.DISQUALIFIED, Cause.FILTER)], "open"),
        ([move(-1, Stage.ACCEPTED), move(50, Stage.CUSTOMER)], "open"),
    ],
)
def test_the_last_word_of_sales_counts(moves: list[Transition], told: str) -> None:
    """Within the arrival; who had lost a deal before we came was lost."""
    assert outcome(moves, at(0), at(40), had_lost_deal=True) == told


def test_what_was_taken_back_did_not_happen() -> None:
    undone = Transition(at(3), None, Position(Stage.SQL), Cause.UNDONE, numbers={"moves_undone": 1})
    assert outcome([move(1, Stage.SQL), move(2, Stage.ACCEPTED), undone], at(0), None) == "open"
