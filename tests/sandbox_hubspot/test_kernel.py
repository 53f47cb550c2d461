"""Virtual time: order of acts, standing still, named chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from syncd.connectors.sandbox.kernel import Kernel

START = datetime(2026, 9, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_acts_run_at_their_instant_in_order_of_time_and_then_of_scheduling() -> None:
    kernel = Kernel(1, START)
    seen: list[tuple[str, datetime]] = []

    def note(name: str) -> None:
        seen.append((name, kernel.now))

    for name, hours in (("late", 3), ("first", 1), ("second", 1)):
        kernel.at(START + HOUR * hours, partial(note, name))
    assert kernel.advance_to(START + HOUR * 2) == 2
    assert seen == [("first", START + HOUR), ("second", START + HOUR)]
    assert kernel.now == START + HOUR * 2


def test_an_act_may_schedule_another_within_the_same_advance() -> None:
    kernel, seen = Kernel(1, START), []
    kernel.at(START + HOUR, lambda: kernel.at(START + HOUR, lambda: seen.append(kernel.now)))
    kernel.advance_to(START + HOUR)
    assert seen == [START + HOUR]


def test_the_clock_never_goes_back() -> None:
    kernel = Kernel(1, START)
    seen: list[datetime] = []
    kernel.at(START - HOUR, lambda: seen.append(kernel.now))
    kernel.advance_to(START - HOUR * 2)
    assert (kernel.now, seen) == (START, [])
    kernel.advance_to(START)
    assert seen == [START]


def test_a_repeated_act_keeps_its_interval() -> None:
    kernel, seen = Kernel(1, START), []
    kernel.every(HOUR, lambda: seen.append(kernel.now))
    kernel.advance_to(START + HOUR * 3)
    assert seen == [START + HOUR * n for n in (1, 2, 3)]


def test_streams_of_chance_do_not_disturb_each_other() -> None:
    one, two = Kernel(7, START), Kernel(7, START)
    two.random("other").random()
    assert one.random("mine").random() == two.random("mine").random()
    assert one.random("mine").random() != Kernel(8, START).random("mine").random()


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="UTC"):
        Kernel(1, datetime(2026, 9, 1))  # noqa: DTZ001 - the mistake under test
