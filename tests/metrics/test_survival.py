"""How long things take while some are still open: against worked examples and an independent reference."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.survival import Wait, curve, days_until, happened_share, wilson


def waits(text: str) -> list[Wait]:
    """`6 6 6+ 7`: days, with a plus for who is still open."""
    return [Wait(float(part.rstrip("+")), not part.endswith("+")) for part in text.split()]


REMISSION = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
"""Weeks in remission under 6-MP: Freireich and others (1963), the textbook example."""


def test_the_textbook_example_comes_out() -> None:
    """As printed in Kleinbaum and Klein, "Survival Analysis", to three digits."""
    found = [
        (point.days, point.at_risk, point.events, round(point.waiting, 3))
        for point in curve(waits(REMISSION))
    ]
    assert found == [
        (6, 21, 3, 0.857), (7, 17, 1, 0.807), (10, 15, 1, 0.753), (13, 12, 1, 0.690),
        (16, 11, 1, 0.627), (22, 7, 1, 0.538), (23, 6, 1, 0.448),
    ]  # fmt: skip
    assert days_until(curve(waits(REMISSION)), 0.5) == 23
    assert days_until(curve(waits(REMISSION)), 0.9) is None
    assert happened_share(curve(waits(REMISSION))) == pytest.approx(0.552, abs=0.001)


@pytest.mark.parametrize(
    ("text", "median", "p90"),
    [
        ("", None, None),  # nobody
        ("3+ 5+", None, None),  # all still open
        ("4", 4, 4),
        ("1 2", 1, 2),  # half of two is one
        ("1 2 3", 2, 3),
        ("5 5 5", 5, 5),  # ties
        ("5 5+", 5, None),  # who stops being watched at that day was at risk at it
        ("1 2+ 3+ 4+", None, None),
        ("0 0 0+", 0, None),  # at once
        ("1 2 3 4 5 6 7 8 9 10", 5, 9),
    ],
)
def test_worked_examples(text: str, median: float | None, p90: float | None) -> None:
    """The first duration by which it has happened to half, and to nine in ten."""
    points = curve(waits(text))
    assert (days_until(points, 0.5), days_until(points, 0.9)) == (median, p90)


def redistributed(known: list[Wait]) -> list[tuple[float, Fraction]]:
    """Efron's reading of the same: everybody weighs alike, and who is censored leaves their weight to those
    watched longer, in equal parts. Exact, and by another way."""
    ordered = sorted(known, key=lambda wait: (wait.days, not wait.happened))
    weights = [Fraction(1, len(ordered) or 1)] * len(ordered)
    happened: dict[float, Fraction] = {}
    for place, wait in enumerate(ordered):
        if wait.happened:
            happened[wait.days] = happened.get(wait.days, Fraction(0)) + weights[place]
            continue
        later = range(place + 1, len(ordered))
        for other in later:
            weights[other] += weights[place] / len(later)
    left, found = Fraction(1), []
    for days in sorted(happened):
        left -= happened[days]
        found.append((days, left))
    return found


WAITS = st.lists(st.builds(Wait, st.integers(0, 12).map(float), st.booleans()), max_size=25)


@given(WAITS)
def test_it_equals_redistribution_to_the_right(known: list[Wait]) -> None:
    """Ties, all censored and nobody among them."""
    expected = redistributed(known)
    points = curve(known)
    assert [days for days, _left in expected] == [point.days for point in points]
    assert [point.waiting for point in points] == pytest.approx([float(left) for _days, left in expected])


@given(st.lists(st.integers(0, 12).map(float), min_size=1, max_size=25))
def test_with_nobody_open_it_is_the_plain_share(days: list[float]) -> None:
    """Then the method has nothing to add."""
    points = curve(Wait(item, happened=True) for item in days)
    for point in points:
        assert point.waiting == pytest.approx(sum(item > point.days for item in days) / len(days), abs=1e-9)
    assert days_until(points, 0.5) == sorted(days)[(len(days) + 1) // 2 - 1]


@given(WAITS)
def test_still_open_waits_never_make_it_faster(known: list[Wait]) -> None:
    """Leaving them out is the mistake this is for."""
    arrived = [wait for wait in known if wait.happened]
    whole, alone = days_until(curve(known), 0.5), days_until(curve(arrived), 0.5)
    assert whole is None or (alone is not None and alone <= whole)


@pytest.mark.parametrize(
    ("reached", "base", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share(reached: int, base: int, low: float, high: float) -> None:
    """Newcombe (1998), table I, method 3, and by hand."""
    assert wilson(reached, base) == pytest.approx((low, high), abs=0.0001)


def test_a_share_of_nobody_has_no_interval() -> None:
    assert wilson(0, 0) is None
