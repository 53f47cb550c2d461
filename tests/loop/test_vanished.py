"""A contact deleted for privacy in HubSpot leaves no trace there; here it is noticed, stopped and erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncd.connectors.sandbox import Fault, Faults
from syncd.core.model import Cause, Stage
from syncd.jobs.explain import find
from syncd.store import ledger
from syncd.store.tables import effects, leads, metadata
from tests.loop.harness import Loop, loop
from tests.loop.test_holds import ask_for_demo

EMAIL = "ines.moreau@harbour-works.com"


@pytest.fixture
def it(tmp_path: Path, store_url: str) -> Iterator[Loop]:
    """Live, with one person who is about to ask for a demo."""
    with loop(tmp_path, store_url) as made:
        made.advance(minutes=30)
        ask_for_demo(made, EMAIL)
        yield made


def contact_id(it: Loop) -> str:
    found = it.sandbox.hubspot.contact_by_email(EMAIL)
    assert found is not None
    return found.id


def stored(it: Loop) -> str:
    """Everything in the store that was ever a text."""
    with it.store.read() as tx:
        return repr([tx.execute(sa.select(table)).all() for table in metadata.sorted_tables])


def stage(it: Loop, lead_id: int) -> str:
    with it.store.read() as tx:
        return str(tx.execute(sa.select(leads.c.stage).where(leads.c.lead_id == lead_id)).scalar_one())


def test_who_was_deleted_for_privacy_is_erased_a_day_after_it_was_noticed(it: Loop) -> None:
    """No name or address is left, the ledger says why, nobody is found by name, the books are even."""
    it.sync(minutes=30)
    lead_id = it.lead_id(EMAIL)
    it.sandbox.hubspot.purge(contact_id(it))
    it.sync(hours=7)
    noticed = it.tie_out()
    assert (noticed.missed, noticed.erased, stage(it, lead_id) != Stage.ERASED) == (1, 0, True)
    assert "contact" not in {line.object_type for line in noticed.differences}
    it.sync(hours=25)
    assert stage(it, lead_id) == Stage.ERASED
    with it.store.read() as tx:
        last = ledger.history(tx, [lead_id])[lead_id][-1].transition
    assert (last.cause, str(last.target)) == (Cause.ERASED, "erased")
    assert (it.tie_out().missed, it.tie_out().erased) == (0, 1)
    assert not find(it.store, EMAIL)
    assert "Ines" not in stored(it)
    assert EMAIL not in stored(it)


def test_what_was_on_its_way_to_sales_is_withdrawn_when_the_deletion_is_noticed(it: Loop) -> None:
    """Salesforce cannot be written while it happens: nothing is handed over once it can."""
    it.sandbox.faults = Faults(rate=1.0, kinds=(Fault.QUOTA,), systems=("salesforce",))
    it.sync(minutes=30)
    it.sandbox.hubspot.purge(contact_id(it))
    it.sync(hours=7)
    it.sandbox.faults = Faults()
    it.sync(hours=1)
    it.sync(hours=25)
    assert it.sandbox.salesforce.find("Lead", Email=EMAIL) == []
    with it.store.read() as tx:
        states = set(tx.execute(sa.select(effects.c.state).where(effects.c.kind == "handoff")).scalars())
    assert states <= {"cancelled"}


def test_who_is_in_the_bin_or_merged_is_not_erased(it: Loop) -> None:
    """An archived contact can be restored for 90 days, and a merged one answers by its new id."""
    it.sync(minutes=30)
    hubspot = it.sandbox.hubspot
    other = hubspot.create("contacts", {"email": "i.moreau@harbour-works.com", "lastname": "Moreau"})
    binned = hubspot.create("contacts", {"email": "bin@harbour-works.com", "lastname": "Binned"})
    it.sync(hours=2)
    hubspot.merge("contacts", contact_id(it), other)
    hubspot.archive("contacts", binned)
    for _day in range(3):
        it.sync(hours=25)
    assert (it.tie_out().missed, it.tie_out().erased) == (0, 0)
    assert "Moreau" in stored(it)
    assert "Binned" in stored(it)


def test_who_is_taken_out_of_the_bin_goes_to_sales_after_all(it: Loop) -> None:
    """What was withdrawn for somebody archived is decided anew when they are back."""
    it.sandbox.faults = Faults(rate=1.0, kinds=(Fault.QUOTA,), systems=("salesforce",))
    it.sync(minutes=30)
    binned = contact_id(it)
    it.sandbox.hubspot.archive("contacts", binned)
    it.sync(hours=1)
    it.sandbox.faults = Faults()
    it.sync(hours=1)
    assert it.sandbox.salesforce.find("Lead", Email=EMAIL) == []
    it.sandbox.hubspot.restore("contacts", binned)
    it.sync(hours=2)
    it.sync(hours=2)
    assert len(it.sandbox.salesforce.find("Lead", Email=EMAIL)) == 1
