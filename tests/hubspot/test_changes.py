"""Changes are read completely, whatever search does: equal times, disorder, gaps, lag, edits, restarts."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from syncd.connectors.hubspot import HubSpot, HubSpotOptions
from syncd.connectors.hubspot.changes import Window, advance, halves, last_id
from syncd.connectors.hubspot.wire import Rows
from syncd.connectors.sandbox import PASSING, Fault, Sandbox
from syncd.core.model import MICRO
from syncd.ports import Recovery, SystemFailure
from tests.hubspot.conftest import Portal, pull

SEARCHES = "POST /crm/v3/objects/contacts/search"


def loaded(portal: Portal, options: HubSpotOptions | None = None) -> tuple[HubSpot, str]:
    """A connector and the cursor after everything was read and has become old."""
    connector = portal.connect(options)
    cursor = pull(connector, "contacts", None, portal.now()).cursor
    portal.wait(minutes=30)
    return connector, pull(connector, "contacts", cursor, portal.now()).cursor


def edit(portal: Portal, ids: list[str], title: str = "Head of Operations") -> None:
    for id_ in ids:
        portal.sandbox.hubspot.update("contacts", id_, {"jobtitle": title})


def test_the_first_load_brings_everybody(portal: Portal) -> None:
    """By listing, a hundred a page, associations a thousand at a time."""
    ids = set(portal.contacts(1_250))
    connector = portal.connect()
    mark = portal.mark
    pulled = pull(connector, "contacts", None, portal.now())
    assert ids == pulled.ids
    assert pulled.pages[-1].is_complete
    calls = portal.calls_since(mark)
    assert sum(call.startswith("GET /crm/v3/objects/contacts") for call in calls) == 13


def test_a_load_resumes_at_every_page(portal: Portal) -> None:
    """A pull begun again from any stored cursor misses nothing, with another connector too."""
    ids = set(portal.contacts(2_300))
    cursor: str | None = None
    seen: set[str] = set()
    for _turn in range(30):
        connector = portal.connect()
        page = next(iter(connector.pull("contacts", cursor, portal.now())))
        seen |= {record.ref.id for record in page.records}
        cursor = page.cursor
        if page.is_complete:
            break
    assert ids == seen


def test_nothing_new_costs_one_call(portal: Portal) -> None:
    """What is known beyond the horizon is recognised by its count and print."""
    portal.contacts(40)
    connector = portal.connect()
    cursor = pull(connector, "contacts", None, portal.now()).cursor
    for _poll in range(12):
        portal.wait(minutes=1)
        mark = portal.mark
        pulled = pull(connector, "contacts", cursor, portal.now())
        cursor = pulled.cursor
        assert portal.calls_since(mark) == [SEARCHES]
        assert pulled.records == []


@pytest.mark.slow
def test_2030_changed_of_20000_cost_at_most_25_calls() -> None:
    """The bar of the whole connector: changes with their companies, then engagement of six types."""
    with Sandbox(world="bulk", contacts=20_000) as sandbox:
        portal = Portal(sandbox)
        connector = portal.connect()
        types = ("calls", "emails", "meetings", "notes", "tasks", "communications")
        streams = ("contacts", *types)
        cursors = {name: pull(connector, name, None, portal.now()).cursor for name in streams}
        portal.wait(minutes=30)
        cursors = {name: pull(connector, name, cursors[name], portal.now()).cursor for name in streams}
        ids = [record.id for record in sandbox.hubspot.all("contacts")]
        random.Random(1).shuffle(ids)
        edit(portal, ids[:2_030])
        mark = portal.mark
        pulled = pull(connector, "contacts", cursors["contacts"], portal.now())
        assert set(ids[:2_030]) == pulled.ids
        assert portal.mark - mark <= 25
        for number, id_ in enumerate(ids[:500]):
            sandbox.hubspot.log(
                types[number % 6], {"hs_timestamp": sandbox.hubspot.now_text()}, contacts=[id_]
            )
        mark = portal.mark
        fresh = [pull(connector, name, cursors[name], portal.now()) for name in types]
        found = {person.id for pulled in fresh for item in pulled.activities for person in item.people}
        assert found == set(ids[:500])
        assert portal.mark - mark <= 25
        assert sandbox.hubspot.violations == []
        connector.close()


def test_12000_with_one_modification_time_end_and_are_complete(portal: Portal) -> None:
    """A bulk edit stamps them all alike: paging by date would go round for ever."""
    ids = portal.contacts(12_000)
    connector, cursor = loaded(portal)
    edit(portal, ids)
    mark = portal.mark
    pulled = pull(connector, "contacts", cursor, portal.now())
    assert set(ids) == pulled.ids
    assert sum(call == SEARCHES for call in portal.calls_since(mark)) <= 62
    portal.wait(minutes=1)
    mark = portal.mark
    assert pull(connector, "contacts", pulled.cursor, portal.now()).records == []
    assert portal.mark - mark == 2


def spread(portal: Portal, ids: list[str], minutes: int = 60) -> None:
    """Edit them evenly over the next minutes."""
    step = timedelta(minutes=minutes) / len(ids)
    for id_ in ids:
        portal.sandbox.advance_to(portal.sandbox.now + step)
        edit(portal, [id_])


DISORDERS = {
    "shuffled": {"shuffles_pages": True},
    "ids as text": {"ids_as_text": True},
    "shuffled ids as text": {"shuffles_pages": True, "ids_as_text": True},
    "short and empty pages": {"ghost_share": 0.2},
    "short pages, ids as text, shuffled": {"ghost_share": 0.2, "ids_as_text": True, "shuffles_pages": True},
    "rows out of place": {"misplaced_share": 0.02},
    "most rows out of place": {"misplaced_share": 0.7},
}


@pytest.mark.parametrize("disorder", DISORDERS.values(), ids=DISORDERS.keys())
@pytest.mark.parametrize("at_once", [True, False], ids=["one time", "spread"])
def test_disorder_in_search_loses_nobody(portal: Portal, disorder: dict[str, object], at_once: bool) -> None:
    """Order is never relied on: every page is held against the total, and a window that does not add up is
    split until each part is one page."""
    portal.contacts(60)
    for number in (9_990, 99_990):  # ids of several lengths, so that text and number order differ
        portal.sandbox.hubspot._numbers["contacts"] = iter(range(number, number + 10_000))
        ids = portal.contacts(600)
    connector, cursor = loaded(portal)
    for name, value in disorder.items():
        setattr(portal.sandbox.hubspot.index, name, value)
    ids = [record.id for record in portal.sandbox.hubspot.all("contacts")][30:-30]
    if at_once:
        edit(portal, ids)
    else:
        spread(portal, ids)
    mark = portal.mark
    pulled = pull(connector, "contacts", cursor, portal.now())
    assert set(ids) == pulled.ids
    assert portal.mark - mark < 120


def test_what_search_shows_late_is_not_lost(portal: Portal) -> None:
    """The read goes up to now; the cursor only to what search surely shows."""
    ids = portal.contacts(300)
    connector, cursor = loaded(portal)
    portal.sandbox.hubspot.index.delay = timedelta(minutes=4)
    chance, found, edited = random.Random(4), set(), set()
    for poll in range(40):
        if poll < 30:
            some = chance.sample(ids, 5)
            edited |= set(some)
            edit(portal, some, f"Title {poll}")
        pulled = pull(connector, "contacts", cursor, portal.now())
        found |= {(person.ref.id, person.properties["jobtitle"]) for person in pulled.people}
        cursor = pulled.cursor
        portal.wait(minutes=1)
    truth = {(id_, portal.sandbox.hubspot.record("contacts", id_).properties["jobtitle"]) for id_ in edited}
    assert truth <= found


def test_one_edit_per_request_loses_no_untouched_contact(portal: Portal) -> None:
    """Paging by offset over a set that shrinks skips rows; going on by id does not."""
    ids = portal.contacts(6_000)
    _connector, cursor = loaded(portal)
    edit(portal, ids)
    portal.wait(minutes=10)
    chance, touched = random.Random(7), []

    def somebody_edits() -> None:
        portal.sandbox.advance_to(portal.sandbox.now + timedelta(milliseconds=5))
        touched.append(chance.choice(ids))
        edit(portal, touched[-1:], "Edited meanwhile")

    busy = portal.connect(guard=somebody_edits)
    pulled = pull(busy, "contacts", cursor, portal.now())
    assert len(touched) >= 30
    assert set(ids) - set(touched) <= pulled.ids
    after = pull(portal.connect(), "contacts", pulled.cursor, portal.now())
    titles = {person.ref.id: person.properties["jobtitle"] for person in after.people}
    assert all(titles[id_] == "Edited meanwhile" for id_ in touched)


def test_a_pass_has_a_bound_and_resumes(portal: Portal) -> None:
    """What a pass cannot reach within its calls, the next one goes on with: nothing twice but the overlap."""
    ids = portal.contacts(3_000)
    _connector, cursor = loaded(portal)
    edit(portal, ids)
    found: list[str] = []
    turns = 0
    while True:
        turns += 1
        connector = portal.connect(HubSpotOptions(search_calls_max=4))
        pulled = pull(connector, "contacts", cursor, portal.now())
        assert pulled.repeats == 0
        found += [person.ref.id for person in pulled.people]
        cursor = pulled.cursor
        if pulled.pages[-1].is_complete:
            break
    assert set(ids) == set(found)
    assert len(found) == len(ids)
    assert turns >= 3


def test_a_long_pass_shows_fresh_forms_first(portal: Portal) -> None:
    """Somebody who asks for a demo does not wait behind an import."""
    ids = portal.contacts(3_000)
    _connector, cursor = loaded(portal)
    edit(portal, ids[:2_900])
    portal.wait(minutes=1)
    asked = portal.sandbox.hubspot.record("contacts", ids[-1]).properties["email"]
    portal.sandbox.hubspot.submit_form("Request a demo", asked, {}, "https://acme.example/demo")
    connector = portal.connect(HubSpotOptions(search_calls_max=4))
    first = next(iter(connector.pull("contacts", cursor, portal.now())))
    assert [record.ref.id for record in first.records] == [ids[-1]]


def test_what_search_withholds_is_found_by_the_comparison(portal: Portal) -> None:
    """Search can hide a record altogether and count without it; listing does not."""
    ids = portal.contacts(250)
    connector, cursor = loaded(portal)
    portal.sandbox.hubspot.index.withheld = {ids[7]}
    edit(portal, ids)
    assert ids[7] not in pull(connector, "contacts", cursor, portal.now()).ids
    begun = pull(connector, "contacts_compare", None, portal.now())
    assert begun.ids == set(), "the first load has just listed them all"
    portal.wait(hours=1)
    compared = pull(connector, "contacts_compare", begun.cursor, portal.now())
    assert set(ids) == compared.ids
    portal.wait(hours=1)
    again = pull(connector, "contacts_compare", compared.cursor, portal.now())
    assert set(ids) == again.ids


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_both_families_of_paths_read_the_same(portal: Portal, version: str) -> None:
    """The version is one setting; nothing above the transport knows it."""
    ids = portal.contacts(250)
    connector, cursor = loaded(portal, HubSpotOptions(api_version=version))
    edit(portal, ids[:220])
    pulled = pull(connector, "contacts", cursor, portal.now())
    assert set(ids[:220]) == pulled.ids
    dated = [call for call in portal.calls_since(0) if "2026-09" in call]
    assert bool(dated) is (version != "v3")


def test_a_property_list_too_long_for_search_is_read_by_id(portal: Portal) -> None:
    """A body over 3,000 characters is refused, a URL over 8,000 too."""
    ids = portal.contacts(130, jobtitle="Buyer")
    wide = HubSpotOptions(properties=frozenset(f"a_rather_long_property_name_{n:04}" for n in range(300)))
    connector, cursor = loaded(portal, wide)
    edit(portal, ids, "Head of Buying")
    pulled = pull(connector, "contacts", cursor, portal.now())
    assert {person.properties["jobtitle"] for person in pulled.people} == {"Head of Buying"}
    assert set(ids) == pulled.ids


# --- the walk itself -------------------------------------------------------------------------------------


def rows_of(ids: list[str], total: int, after: str = "") -> Rows:
    return Rows((), tuple(ids), after, total)


def test_fewer_rows_to_come_than_promised_are_missing() -> None:
    """300 promised, 200 shown: 100 must come, not 90."""
    window = Window(0, 1)
    advance(window, rows_of([str(number) for number in range(200)], 300))
    advance(window, rows_of(["205"], 90))
    assert (window.total, window.missing, window.left) == (300, 10, 89)


def test_more_rows_than_promised_mean_another_order() -> None:
    """Rows that come again show that ids are ordered as text."""
    window = Window(0, 1)
    advance(window, rows_of(["10", "9"], 10))
    advance(window, rows_of(["11"], 9))
    assert window.by_text
    assert window.missing == 0


@pytest.mark.parametrize(
    ("ids", "by_text", "expected"),
    [
        (["9", "10", "11"], False, "11"),
        (["10", "11", "9"], False, "9"),  # in order as text: the last is the last
        (["11", "9", "10"], False, "11"),
        (["11", "9", "10"], True, "9"),
    ],
)
def test_the_last_id_of_a_page(ids: list[str], by_text: bool, expected: str) -> None:
    """The last row of a page in order; in a shuffled one the greatest."""
    assert last_id(ids, by_text=by_text) == expected


def test_a_window_splits_by_time_then_by_id_then_not() -> None:
    """Splitting ends: at one page, at one id, at the depth allowed."""
    by_time = halves(Window(0, 9, total=300, pivot_at=4))
    assert [(part.low, part.high) for part in by_time] == [(0, 4), (5, 9)]
    by_id = halves(Window(5, 5, total=300, pivot="150", pivot_at=5))
    assert [(part.beyond, part.upto) for part in by_id] == [("", "150"), ("150", "")]
    assert halves(Window(0, 9, total=200, pivot_at=4)) == []
    assert halves(Window(5, 5, total=300, pivot="150", upto="150")) == []
    assert halves(Window(0, 9, total=300, pivot_at=4, depth=500)) == []


def test_a_cursor_is_small_and_readable(portal: Portal) -> None:
    """It is stored with every page."""
    portal.contacts(10)
    _connector, cursor = loaded(portal)
    assert len(cursor) < 300
    assert msgspec.json.decode(cursor)["since"] > MICRO


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_faults_on_the_way_lose_nobody(portal: Portal, seed: int) -> None:
    """A third of all answers fail in every way that passes: the load and the changes are complete."""
    ids = portal.contacts(1_500)
    portal.sandbox.faults.seed, portal.sandbox.faults.rate = seed, 0.33
    portal.sandbox.faults.kinds = tuple(kind for kind in PASSING if kind is not Fault.SLOW)
    connector = portal.connect()
    found, cursor = until_complete(portal, connector, None)
    assert set(ids) == found
    portal.wait(hours=1)
    edit(portal, ids[:900])
    found, _cursor = until_complete(portal, connector, cursor)
    assert set(ids[:900]) <= found
    assert portal.sandbox.faults.struck


def until_complete(portal: Portal, connector: HubSpot, cursor: str | None) -> tuple[set[str], str]:
    """Who was read, going on from the stored cursor whenever a pull gives up, and the cursor reached."""
    found: set[str] = set()
    for _turn in range(50):
        try:
            for page in connector.pull("contacts", cursor, portal.now()):
                found |= {record.ref.id for record in page.records}
                cursor = page.cursor
                if page.is_complete:
                    return found, page.cursor
        except SystemFailure as error:
            if error.failure.recovery is not Recovery.TRANSIENT:
                raise
    raise AssertionError("no pull came through in fifty turns")
