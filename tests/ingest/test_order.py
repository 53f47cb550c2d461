"""Order and repetition of arrival change nothing: properties over shuffled records."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.core.model import Ref, System
from syncd.ports import Record
from syncd.store.engine import Store
from tests.ingest.world import (
    KEY_FIELD,
    PORTAL,
    Desk,
    call,
    company,
    contact,
    form,
    hs,
    opens,
    opportunity,
    sales_contact,
    sales_lead,
    sf,
)

ACCOUNT = sf("001A", "account")
WORLD: tuple[Record, ...] = (
    company("77", "acme.com"),
    company("001A", "acme.com", system=System.SALESFORCE),
    contact(5, "ada@acme.com", "ada@home.example", company=hs("77", "company"), counters=(opens(3),)),
    contact(6, "ben@acme.com", company=hs("77", "company")),
    contact(30, "cleo@acme.com", merged_ids=("8", "12")),
    sales_lead("00Q1", "ada@acme.com"),
    sales_lead("00Q2", "ada@acme.com"),
    sales_contact("003A", "ada@home.example", company=ACCOUNT),
    sales_lead("00Q6", "someone@else.example", props={KEY_FIELD: f"{PORTAL}:6"}),
    sales_lead("00Q8", props={KEY_FIELD: f"{PORTAL}:8"}),
    sales_lead("00Q9", "only@sales.example"),
    sales_lead("00QC", "conv@acme.com", same_as=(sf("003C", "contact"),)),
    sales_contact("003C", "converted@acme.com"),
    call("c1", hs(5), hs(6), title="Intro"),
    call("c2", sf("00Q1"), hours=2),
    call("c3", hs(30), hours=2, is_ours=True),
    form("f1", "ada@home.example"),
    form("f2", "only@sales.example"),
    form("f3", "nobody@nowhere.example"),
    opportunity("006A", sf("003A", "contact"), hs(6), company=ACCOUNT),
)
EDITS: tuple[Record, ...] = (
    call("c1", hs(6), modified=9, attributes={"status": "busy"}),
    opportunity("006A", hs(6), hours=9, stage="Won", is_closed=True, is_won=True),
    contact(6, "ben@acme.com", hours=9, company=hs("77", "company"), props={"jobtitle": "CMO"}),
)


def _picture(desk: Desk) -> list[Any]:
    """The store's content without the ids it gives itself: per group of linked records, all that is known."""
    content = desk.content()
    groups: dict[int, list[str]] = {}
    for system, object_type, object_id, lead_id, state, _why, into in content["links"]:
        groups.setdefault(lead_id, []).append(f"{system}:{object_type}:{object_id} {state} {into}")
    shown = []
    for lead_id, refs in groups.items():
        snapshot = desk.snapshot(_ref(sorted(refs)[0]))
        assert snapshot.lead_id == lead_id
        shown.append(
            (
                sorted(refs),
                snapshot.key,
                sorted(snapshot.fields.items()),
                snapshot.emails,
                [(s.key, s.occurred_at, s.shape.source, s.count, s.detail) for s in snapshot.signals],
                snapshot.opportunities,
                (snapshot.account_people, snapshot.account_open_deal, snapshot.account_is_customer),
            )
        )
    waiting = sorted((row[0], row[1]) for row in content["waiting"])
    return [sorted(shown, key=repr), waiting]


def _ref(text: str) -> Ref:
    system, object_type, object_id = text.split(maxsplit=1)[0].split(":")
    return Ref(System(system), object_type, object_id)


def _arrive(pages: Sequence[Sequence[Record]]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder)}/syncd.db")
        store.create_all()
        desk = Desk(store)
        for page in pages:
            desk.take(*page)
        picture = _picture(desk)
        store.dispose()
    return picture


def _dealt(seed: int, records: Sequence[Record]) -> list[list[Record]]:
    """The records shuffled, a third of them twice, on pages of one to six."""
    chance = random.Random(seed)
    cards = [*records, *chance.sample(list(records), len(records) // 3)]
    chance.shuffle(cards)
    pages = []
    while cards:
        size = chance.randint(1, 6)
        pages.append(cards[:size])
        cards = cards[size:]
    return pages


EXPECTED = _arrive([WORLD])
EDITED = _arrive([WORLD, EDITS])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_records_in_any_order_and_number_end_in_the_same_store(seed: int) -> None:
    """Companies, people of both systems, what they did and their deals, each as last read."""
    assert _arrive(_dealt(seed, WORLD)) == EXPECTED


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_edits_mixed_with_repeated_older_copies_end_in_the_newest(seed: int) -> None:
    """An older copy read after the edit is the index lagging: it changes nothing."""
    chance = random.Random(seed)
    pages = [*_dealt(seed, WORLD), list(EDITS)]
    pages += _dealt(seed, chance.sample([*WORLD, *EDITS], 10))
    assert _arrive(pages) == EDITED
