"""A new pass: who had the lead before is known, and what recycling set is taken away again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.core import lifecycle_stage, owned, routing
from syncd.core.desk import Assignment, Step
from syncd.core.effects import intents
from syncd.core.model import (
    Cause,
    Position,
    Ref,
    SalesRecord,
    Shape,
    Signal,
    Snapshot,
    Stage,
    Standing,
    System,
    Transition,
)
from syncd.core.ownership import diff
from syncd.core.playbook import Routing
from tests.core_delivery.builders import NOW, PLAYBOOK, snapshot, verdict
from tests.core_delivery.test_routing import ADA, BEN, CY, DEE, POOL, QUEUE, desk, gone

ENDED = NOW - timedelta(days=40)
STATUS = lifecycle_stage.STATUS_PROPERTY


def move(
    origin: Stage | None, target: Stage, cause: Cause, days: float, code: str = "", number: int = 1
) -> Transition:
    start = Position(origin) if origin else None
    return Transition(ENDED + timedelta(days=days), start, Position(target), cause, code, number)


PAST = (
    move(None, Stage.LEAD, Cause.CREATED, -30, number=0),
    move(Stage.LEAD, Stage.SQL, Cause.DECISIVE_ACTION, -10),
    move(Stage.SQL, Stage.HANDED_OFF, Cause.DELIVERED, -10),
    move(Stage.HANDED_OFF, Stage.REJECTED, Cause.SALES_REJECTED, 0, "no_budget"),
    move(Stage.REJECTED, Stage.RECYCLED, Cause.RECYCLED, 0, "no_budget"),
)
BACK = (*PAST, move(Stage.RECYCLED, Stage.SQL, Cause.REENTERED, 40, number=2))


def owner_change(days: float, before: str, after: str) -> Signal:
    at = ENDED + timedelta(days=days)
    shape = Shape("salesforce.lead_change", {"property": "OwnerId", "value": after, "from": before})
    return Signal(int(days * 1000) + 7, at, at, shape)


def given_back(owner: str, *changes: Signal, is_deleted: bool = False, **more: Any) -> Snapshot:
    """Somebody whose Lead shows this owner now, after one pass."""
    lead = SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"OwnerId": owner}, is_deleted=is_deleted)
    standing = Standing(Position(Stage.RECYCLED), ENDED, 1, "no_budget", evidence_floor_at=ENDED)
    return replace(
        snapshot(), sales_records=(lead,), signals=changes, standing=standing, history=PAST, **more
    )


def chosen(lead: Snapshot, *order: str, users: dict[str, Any] | None = None) -> Assignment:
    steps = order or ("last_owner", "round_robin")
    book = replace(PLAYBOOK, routing=Routing("owner", DEE, order=steps, queue_id=QUEUE, round_robin=POOL))
    at = desk(users=users) if users else desk()
    return routing.choose(lead, 2, book, at, NOW)


# --- who had it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead", "had"),
    [
        (given_back(BEN), BEN),
        (given_back(QUEUE, owner_change(0, BEN, QUEUE)), BEN),  # put into a queue as it was given back
        (given_back(QUEUE, owner_change(5, BEN, QUEUE)), BEN),  # or later
        (given_back(CY, owner_change(-5, BEN, CY)), CY),  # handed on during the pass
        (given_back(QUEUE, owner_change(-5, BEN, CY), owner_change(1, CY, QUEUE)), CY),
        (given_back(BEN, is_deleted=True), BEN),  # the record was thrown away since
        (
            snapshot(sales_records=(SalesRecord(Ref(System.SALESFORCE, "lead", "00Q1"), {"OwnerId": BEN}),)),
            "",
        ),
    ],
)
def test_who_had_the_lead_when_the_last_pass_ended(lead: Snapshot, had: str) -> None:
    assert owned.last_owner(lead) == had


def test_who_had_the_lead_last_gets_it_again_where_the_playbook_says_so() -> None:
    """Out of the queue it was put into; the queue's Lead changes hands, since that is not whose it is."""
    found = chosen(given_back(QUEUE, owner_change(0, BEN, QUEUE)))
    assert (found.owner_id, found.step) == (BEN, Step.LAST_OWNER)
    assert [(item.step, item.code) for item in found.skipped] == [(Step.PRESENT, "put_back")]


def test_who_took_it_since_keeps_it() -> None:
    """A person has it now: somebody decided that."""
    found = chosen(given_back(CY, owner_change(3, BEN, CY)))
    assert (found.owner_id, found.step) == (CY, Step.PRESENT)


def test_without_the_step_the_queue_keeps_it() -> None:
    found = chosen(given_back(QUEUE, owner_change(0, BEN, QUEUE)), "round_robin")
    assert (found.owner_id, found.step) == (QUEUE, Step.PRESENT)


def test_a_last_owner_who_has_left_is_passed_over() -> None:
    found = chosen(given_back(QUEUE, owner_change(0, BEN, QUEUE)), users=gone(BEN))
    assert (found.owner_id, found.step) == (ADA, Step.ROUND_ROBIN)


def test_a_last_owner_that_was_a_queue_names_nobody() -> None:
    found = chosen(given_back(QUEUE), users=None)
    assert found.step == Step.ROUND_ROBIN
    assert (Step.LAST_OWNER, "was_in_queue") in [(item.step, item.code) for item in found.skipped]


def test_in_a_first_pass_there_is_no_last_owner() -> None:
    found = chosen(snapshot())
    assert (found.owner_id, found.step) == (ADA, Step.ROUND_ROBIN)
    assert (Step.LAST_OWNER, "no_pass") in [(item.step, item.code) for item in found.skipped]


def test_a_record_thrown_away_is_made_anew_for_who_had_it() -> None:
    found = chosen(given_back(BEN, is_deleted=True))
    assert (found.owner_id, found.step) == (BEN, Step.LAST_OWNER)


# --- what recycling set ----------------------------------------------------------------------------------


def shown(
    history: tuple[Transition, ...], stage: Stage, reason: str = "no_budget"
) -> lifecycle_stage.StageMove:
    rule = replace(PLAYBOOK.recycle.rules["no_budget"], lead_status="BAD_TIMING")
    rules = {**PLAYBOOK.recycle.rules, "no_budget": rule}
    book = replace(PLAYBOOK, recycle=replace(PLAYBOOK.recycle, rules=rules))
    standing = Standing(Position(stage), NOW, 2, reason, evidence_floor_at=ENDED, qualified_at=NOW)
    return lifecycle_stage.intended(replace(snapshot(), history=history), standing, book)


def test_the_lead_status_of_recycling_goes_with_it() -> None:
    """Set while recycled; taken away once back, and only while it shows what we set."""
    assert shown(PAST, Stage.RECYCLED).fields[STATUS] == "BAD_TIMING"
    back = shown(BACK, Stage.SQL)
    assert (back.fields[STATUS], sorted(back.until_touched)) == ("", [STATUS])
    assert STATUS not in shown(BACK[:3], Stage.HANDED_OFF).fields


@pytest.mark.parametrize(
    ("there", "written"),
    [("BAD_TIMING", {STATUS: None}), ("CONNECTED", {}), ("", {})],
)
def test_a_lead_status_somebody_else_set_stays(there: str, written: dict[str, object]) -> None:
    back = shown(BACK, Stage.SQL)
    found = diff(
        {STATUS: back.fields[STATUS]},
        {STATUS: "until_touched"},
        {STATUS: there},
        {STATUS: "BAD_TIMING"},
        is_new=False,
    )
    assert (found.write, found.kept) == (written, ())


def test_another_reason_without_a_status_takes_the_first_ones_away() -> None:
    amended = (*PAST, move(Stage.RECYCLED, Stage.RECYCLED, Cause.CORRECTED, 1, "no_need"))
    assert shown(amended, Stage.RECYCLED, "no_need").fields[STATUS] == ""


def test_reason_track_and_day_are_blank_once_somebody_is_back() -> None:
    """The summary of the last pass stays, and the number of the pass is the new one."""
    standing = Standing(Position(Stage.SQL), NOW, 2, "no_budget", evidence_floor_at=ENDED, qualified_at=NOW)
    lead = replace(snapshot(), history=BACK[:-1], standing=standing)
    (contact,) = [
        item
        for item in intents(lead, verdict(), BACK[-1:], standing, PLAYBOOK, NOW)
        if item.kind == "contact"
    ]
    fields = contact.payload["fields"]
    assert isinstance(fields, dict)
    named = {item.source: item.target for item in PLAYBOOK.mapping.contact}
    for source in ("syncd.track", "syncd.recycle_reason", "syncd.recycle_date"):
        if source in named:
            assert not fields.get(named[source]), source
