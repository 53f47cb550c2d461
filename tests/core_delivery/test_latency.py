"""How long hand-offs took: figures worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncd.core.latency import HandOff, hops, whole_s

AT = datetime(2026, 9, 7, 9, tzinfo=UTC)


def after(*seconds: float | None) -> HandOff:
    """Instants that many seconds after AT: stamped, known, decided, sent, confirmed, alerted."""
    stamped, known, decided, sent, confirmed, alerted = (
        None if item is None else AT + timedelta(seconds=item) for item in seconds
    )
    assert decided is not None, "without a decision there is no hand-off"
    return HandOff(stamped, known, decided, sent, confirmed, alerted)


def test_every_hop_begins_where_the_one_before_it_ends() -> None:
    found = {hop.id: hop.median_s for hop in hops([after(0, 20, 21, 22, 24, 25)])}
    assert found == {"read": 20, "decide": 1, "send": 1, "confirm": 2, "alert": 4, "all": 25}


def test_the_whole_ends_with_whichever_of_record_and_message_comes_last() -> None:
    assert whole_s(after(0, 1, 2, 3, 9, 4)) == 9
    assert whole_s(after(0, 1, 2, 3, 9, 14)) == 14


def test_what_did_not_happen_counts_in_no_figure() -> None:
    """Released by a person: nothing was stamped. Held back: nothing was sent."""
    found = {hop.id: (hop.count, hop.median_s) for hop in hops([after(None, None, 5, 6, 8, None)])}
    assert found["read"] == found["decide"] == found["alert"] == found["all"] == (0, None)
    assert (found["send"], found["confirm"]) == ((1, 1), (1, 2))


def test_a_clock_that_is_ahead_makes_no_hop_negative() -> None:
    assert {hop.id: hop.median_s for hop in hops([after(3, 0, 1, 1, 1, 1)])}["read"] == 0


def test_the_slow_end_is_the_smallest_figure_that_95_of_100_do_not_exceed() -> None:
    (read, *_rest) = hops([after(0, number, 200, None, None, None) for number in range(1, 101)])
    assert (read.median_s, read.p95_s, read.slowest_s) == (50.5, 95, 100)
