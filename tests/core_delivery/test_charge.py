"""S68: every lead is in exactly one place, with an owner and a next action; else that is a gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core import next_step
from syncd.core.charge import CHOOSING, IN_HAND, NO_OWNER, TEAMS, Charge, Team, charge
from syncd.core.desk import Assignment
from syncd.core.model import Opportunity, Position, Ref, SalesRecord, Snapshot, Stage, Standing, System
from tests.core_delivery.builders import NOW, PLAYBOOK, snapshot, verdict

ADA, BEN, QUEUE = "005000000000001AAA", "005000000000002AAA", "00G000000000001AAA"
NAMES = {ADA: "Ada Lovelace", BEN: "Ben Okri", QUEUE: "Inbound"}


def standing(stage: Stage) -> Standing:
    until = NOW + timedelta(days=90) if stage is Stage.RECYCLED else None
    level = PLAYBOOK.levels.mql[0].id if stage is Stage.MQL else ""
    return Standing(Position(stage, level), NOW, 1, "no_budget", "not_now", until, handed_off_at=NOW)


def record(owner: str, word: str = "lead", *, is_deleted: bool = False) -> SalesRecord:
    return SalesRecord(
        Ref(System.SALESFORCE, word, f"00{word}"), {"OwnerId": owner} if owner else {}, is_deleted=is_deleted
    )


def of(stage: Stage, **parts: object) -> Charge:
    lead: Snapshot = replace(snapshot(), owner_names=NAMES, **parts)  # type: ignore[arg-type]
    now = standing(stage)
    return charge(lead, now, next_step.choose(lead, verdict(), now, PLAYBOOK, None))


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_is_one_teams_and_has_a_next_action(stage: Stage) -> None:
    """Whatever is known of the records: there is no stage of which nobody can say whose it is."""
    for records in (
        (),
        (record(ADA),),
        (record(ADA, is_deleted=True),),
        (record(QUEUE), record(BEN, "contact")),
    ):
        found = of(stage, sales_records=records)
        assert found.team is TEAMS[stage]
        assert found.position.stage is stage
        assert found.action
        assert found.owner


def test_only_who_was_forgotten_is_nobodys() -> None:
    assert [stage for stage, team in TEAMS.items() if team is Team.NOBODY] == [Stage.ERASED]


@pytest.mark.parametrize(
    ("stage", "records", "owner", "gap"),
    [
        (Stage.HANDED_OFF, (record(ADA),), "Ada Lovelace", ""),
        (Stage.HANDED_OFF, (record(QUEUE),), "Inbound (a queue)", ""),
        (Stage.ACCEPTED, (record(ADA), record(BEN, "contact")), "Ben Okri", ""),
        (Stage.HANDED_OFF, (record(ADA, is_deleted=True),), "nobody", NO_OWNER),
        (Stage.ACCEPTED, (record(""),), "nobody", NO_OWNER),
        (Stage.OPPORTUNITY, (), "sales", ""),  # HubSpot's own deal: nobody in Salesforce to be asked
        (Stage.RECYCLED, (record(ADA),), "marketing", ""),
        (Stage.DISQUALIFIED, (record(ADA),), "marketing", ""),
        (Stage.MQL, (record(ADA),), "marketing", ""),
    ],
)
def test_who_has_it(stage: Stage, records: tuple[SalesRecord, ...], owner: str, gap: str) -> None:
    found = of(stage, sales_records=records)
    assert (found.owner, found.gap) == (owner, gap)


def test_a_gap_is_only_where_sales_has_it_in_hand() -> None:
    gone = (record(ADA, is_deleted=True),)
    assert {stage for stage in Stage if of(stage, sales_records=gone).gap} == IN_HAND


def test_of_a_deal_its_owner_has_it_and_of_a_customer_the_accounts() -> None:
    deal = Opportunity(Ref(System.SALESFORCE, "opportunity", "006A"), "Proposal", False, False, owner_id=BEN)
    assert (
        of(Stage.OPPORTUNITY, sales_records=(record(ADA, "contact"),), opportunities=(deal,)).owner
        == "Ben Okri"
    )
    assert of(Stage.CUSTOMER, account_records=(record(BEN, "account"),)).owner == "Ben Okri"


def test_on_its_way_to_sales_whoever_was_chosen_has_it() -> None:
    """A case that waits says who must act first."""
    assert of(Stage.SQL).owner == CHOOSING
    chosen = Assignment(1, ADA, "round_robin", NOW)
    assert of(Stage.SQL, assignment=chosen).owner == "Ada Lovelace"
    assert "syncd hold list" in of(Stage.SQL, assignment=chosen, open_hold=True).waits_for


def test_who_comes_back_on_a_day_says_the_day() -> None:
    assert of(Stage.RECYCLED).on is not None
