"""The rolling comparison of contacts: what search withholds is found by the sweeps, at a bounded price."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.connectors.hubspot.comparing import DAILY_LIMIT, PAGES_MIN, limit_of, pages_of
from syncd.core.model import System
from syncd.ports import Budget, Cadence
from tests.hubspot.conftest import Portal, pull

QUARTER = timedelta(minutes=15)


def lists(portal: Portal, mark: int) -> int:
    """How many listing calls were made since."""
    return sum(1 for call in portal.calls_since(mark) if call == "GET /crm/v3/objects/contacts")


def test_a_withheld_contact_is_found_within_the_sweeps_of_an_hour(portal: Portal) -> None:
    """Search neither shows nor counts it; no night has to pass."""
    ids = portal.contacts(250)
    connector = portal.connect()
    assert {item.name: item.cadence for item in connector.streams()}["contacts_compare"] is Cadence.SWEEP
    cursor = pull(connector, "contacts", None, portal.now()).cursor
    compare = pull(connector, "contacts_compare", None, portal.now()).cursor
    portal.wait(minutes=10)
    portal.sandbox.hubspot.index.withheld = {ids[7]}
    portal.sandbox.hubspot.update("contacts", ids[7], {"jobtitle": "Chief"})
    portal.wait(minutes=10)
    assert ids[7] not in pull(connector, "contacts", cursor, portal.now()).ids

    found: set[str] = set()
    for _sweep in range(4):
        portal.wait(minutes=15)
        step = pull(connector, "contacts_compare", compare, portal.now())
        compare, found = step.cursor, found | step.ids
    assert ids[7] in found


def test_a_small_portal_is_compared_whole_and_at_most_once_an_hour(portal: Portal) -> None:
    """Three calls an hour for 250 contacts, however often one sweeps."""
    portal.contacts(250)
    connector = portal.connect()
    cursor = pull(connector, "contacts_compare", None, portal.now()).cursor
    mark = portal.mark
    for _sweep in range(12):
        portal.wait(minutes=15)
        step = pull(connector, "contacts_compare", cursor, portal.now())
        cursor = step.cursor
        assert step.pages[-1].is_complete
    assert lists(portal, mark) == 3 * 3


def test_a_round_goes_on_over_several_sweeps_and_a_restart(portal: Portal) -> None:
    """A step reads its share and leaves its place in the cursor; another process goes on from there. Only
    the end of the round says that nothing is missing."""
    portal.sandbox.hubspot.limiter.daily_max = 20_000
    ids = portal.contacts(100 * PAGES_MIN + 150)
    cursor = pull(portal.connect(), "contacts_compare", None, portal.now()).cursor
    portal.wait(hours=1)
    connector = portal.connect()
    connector.account()  # the answer tells the portal's daily limit
    first = pull(connector, "contacts_compare", cursor, portal.now())
    portal.wait(minutes=15)
    second = pull(portal.connect(), "contacts_compare", first.cursor, portal.now())

    assert len(first.ids) == 100 * PAGES_MIN
    assert first.ids | second.ids == set(ids)
    assert first.pages[-1].covered_until_at is None
    assert second.pages[-1].covered_until_at == portal.now() - QUARTER


@pytest.mark.parametrize(
    ("limit", "contacts", "hours"),
    [(250_000, 5_000, 0.25), (250_000, 20_000, 1.0), (250_000, 1_000_000, 49), (1_000_000, 1_000_000, 13)],
)
def test_what_a_round_takes(limit: int, contacts: int, hours: float) -> None:
    """Sweeping every quarter of an hour, on the smallest tier and on the largest."""
    steps = -(-contacts // 100 // pages_of(limit, QUARTER))

    assert steps * QUARTER <= timedelta(hours=hours)


@pytest.mark.parametrize("every", [timedelta(minutes=6), QUARTER, timedelta(hours=1), timedelta(hours=6)])
def test_the_share_of_the_day_does_not_depend_on_how_often_one_sweeps(every: timedelta) -> None:
    """Two calls in a hundred for listing, and a quarter of that for associations."""
    a_day = timedelta(days=1) / every * pages_of(DAILY_LIMIT, every)

    assert a_day <= 0.0201 * DAILY_LIMIT


def test_the_portals_own_limit_counts_when_it_is_known() -> None:
    """HubSpot tells it in a header; until then the smallest tier's is assumed."""
    told = Budget(System.HUBSPOT, "daily", 10, 625_000, "day")

    assert limit_of((told,)) == 625_000
    assert limit_of(()) == DAILY_LIMIT


def test_a_contradiction_of_search_begins_a_round_at_once(portal: Portal) -> None:
    """Search counted more than it showed: the next sweep compares, rested or not; and it does so once."""
    ids = portal.contacts(300)
    connector = portal.connect()
    cursor = pull(connector, "contacts", None, portal.now()).cursor
    compare = pull(connector, "contacts_compare", None, portal.now()).cursor
    portal.wait(minutes=10)
    for id_ in ids:
        portal.sandbox.hubspot.update("contacts", id_, {"jobtitle": "Chief"})
    portal.wait(minutes=1)
    portal.sandbox.hubspot.index.swallowed = {ids[7]}
    found = pull(connector, "contacts", cursor, portal.now())
    assert "hubspot.search_incomplete" in {problem.code for problem in found.problems}

    step = pull(connector, "contacts_compare", compare, portal.now())
    assert step.ids == set(ids)
    assert pull(connector, "contacts_compare", step.cursor, portal.now()).ids == set()


def test_a_cursor_of_the_nightly_comparison_is_taken_up(portal: Portal) -> None:
    """A store from before goes on: its cursor means a round long ago."""
    ids = portal.contacts(5)
    step = pull(portal.connect(), "contacts_compare", '{"since":1758000000000}', portal.now())

    assert step.ids == set(ids)
