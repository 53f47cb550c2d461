"""People sales knows or has thrown away: who is handed over once more, and who comes back to marketing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.model import SalesRecord, Snapshot, Stage
from tests.core.builders import BASELINE_AT, Journey, at, delivered, demo_request, person, sales_lead

OLD = BASELINE_AT - timedelta(days=200)


def known(record: SalesRecord) -> Snapshot:
    return person(created=OLD, sales_records=(record,))


def with_records(journey: Journey, *records: SalesRecord) -> None:
    journey.snapshot = replace(journey.snapshot, sales_records=records)


@pytest.mark.parametrize("record", [sales_lead("Closed - Converted", converted=True), sales_lead("Accepted")])
def test_somebody_sales_accepted_before_us_is_handed_over_when_they_ask(record: SalesRecord) -> None:
    """Converted long ago without a deal, or accepted and let rest: nobody else would tell sales."""
    journey = Journey(known(record))
    journey.until(at(), demo_request(at(-0.5)))
    assert journey.path == ["accepted", "sql"]
    journey.until(at(0, 1), delivered(at(0, 0.5)))
    assert journey.path[-1] == "handed_off"
    assert journey.standing.pass_number == 1


def test_somebody_accepted_in_this_pass_is_not_handed_over_again() -> None:
    """They are talking: a second request is for the rep who has the Lead."""
    journey = Journey(person()).handed_over(at())
    journey.snapshot = replace(
        journey.snapshot,
        standing=replace(journey.standing, position=replace(journey.standing.position, stage=Stage.ACCEPTED)),
    )
    journey.until(at(3), demo_request(at(2)))
    assert journey.stage is Stage.ACCEPTED
    assert journey.standing.pass_number == 1


def test_a_handed_over_lead_in_the_bin_is_a_no_without_a_reason() -> None:
    """A rep deletes it instead of saying why: marketing takes the person back."""
    journey = Journey(person()).handed_over(at())
    with_records(journey, replace(sales_lead("New"), is_deleted=True, modified_at=at(1)))
    journey.until(at(2))
    assert journey.path[-2:] == ["rejected", "recycled"]
    assert journey.standing.reason == "no_reason_given"


def test_a_lead_in_the_bin_from_before_says_nothing_of_a_new_pass() -> None:
    """They threw the first one away; the second is handed over and not read yet."""
    journey = Journey(person()).handed_over(at())
    before = replace(sales_lead("New"), is_deleted=True, modified_at=at() - timedelta(days=3))
    with_records(journey, before)
    journey.until(at(2))
    assert journey.stage is Stage.HANDED_OFF
    with_records(journey, before, replace(sales_lead("New"), is_deleted=True, modified_at=at(3)))
    journey.until(at(3))
    assert journey.path[-2:] == ["rejected", "recycled"]


def test_a_deleted_lead_says_nothing_while_another_record_of_the_person_is_there() -> None:
    """Somebody tidied up twins: sales still has the person."""
    journey = Journey(person()).handed_over(at())
    other = sales_lead("New")
    with_records(journey, replace(other, is_deleted=True), replace(other, ref=replace(other.ref, id="00Q2")))
    journey.until(at(2))
    assert journey.stage is Stage.HANDED_OFF


def test_nobody_we_did_not_hand_over_comes_back_because_of_the_bin() -> None:
    """Their Lead, their bin: adopted people stay where they were."""
    journey = Journey(known(sales_lead("Working - Contacted")))
    journey.until(at())
    with_records(journey, replace(sales_lead("Working - Contacted"), is_deleted=True))
    journey.until(at(1))
    assert journey.stage is Stage.HANDED_OFF
