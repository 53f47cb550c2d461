"""The baseline: everybody enters where both CRMs show them, and nobody is handed over for being there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.decide import decide
from syncd.core.model import Baseline, Decision, SalesRecord, Snapshot, Stage
from tests.core.builders import (
    BASELINE_AT,
    FITTING,
    GO_LIVE_AT,
    LIVE,
    Journey,
    at,
    attended,
    deal,
    default_playbook,
    delivered,
    demo_request,
    form,
    opportunity,
    page,
    person,
    sales_lead,
    signal,
    status,
)

OLD = BASELINE_AT - timedelta(days=200)
OBSERVING = Baseline(BASELINE_AT, None)


def known(**more: object) -> Snapshot:
    """Somebody who was there long before the baseline."""
    fields = {**FITTING, **more.pop("fields", {})}  # type: ignore[dict-item]
    return person(fields=fields, created=OLD, **more)  # type: ignore[arg-type]


def first(snapshot: Snapshot) -> Decision:
    return decide(snapshot, default_playbook(), at())


def lifecycle_stage(value: str) -> dict[str, str]:
    return {"contact.lifecyclestage": value}


def lead(value: str, reason: str = "", *, converted: bool = False) -> tuple[SalesRecord, ...]:
    return (sales_lead(value, reason, converted=converted),)


@pytest.mark.parametrize(
    ("snapshot", "stage"),
    [
        (known(fields=lifecycle_stage("customer")), Stage.CUSTOMER),
        (known(opportunities=(opportunity(closed=True, won=True),)), Stage.CUSTOMER),
        (known(opportunities=(opportunity(),), sales_records=lead("New")), Stage.OPPORTUNITY),
        (known(sales_records=lead("Accepted")), Stage.ACCEPTED),
        (known(sales_records=lead("Closed - Converted", converted=True)), Stage.ACCEPTED),
        (known(sales_records=lead("New")), Stage.HANDED_OFF),
        (known(sales_records=lead("Working - Contacted")), Stage.HANDED_OFF),
        (known(sales_records=lead("Unqualified", "No Budget")), Stage.RECYCLED),
        (known(sales_records=lead("Unqualified")), Stage.RECYCLED),
        (known(sales_records=lead("Nurture")), Stage.RECYCLED),
        (known(sales_records=lead("Unqualified", "Not a Fit")), Stage.DISQUALIFIED),
        (known(opportunities=(opportunity(closed=True, lost_reason="Price"),)), Stage.RECYCLED),
        (known(), Stage.LEAD),
    ],
)
def test_adopted_where_both_systems_show_them(snapshot: Snapshot, stage: Stage) -> None:
    """Deals outdo Lead Status, sales outdoes marketing, open outdoes closed."""
    decision = first(snapshot)
    entry = decision.transitions[0]
    assert (entry.target.stage, entry.cause) == (stage, "adopted")
    assert entry.effective_at == BASELINE_AT
    assert decision.standing.pass_number == 0


def test_a_converted_lead_whose_deal_was_lost_is_recycled() -> None:
    """How it ended outdoes how it began."""
    records = lead("Closed - Converted", converted=True)
    found = first(
        known(sales_records=records, opportunities=(opportunity(closed=True, lost_reason="Price"),))
    )
    assert (found.standing.position.stage, found.standing.reason) == (Stage.RECYCLED, "price")


def test_an_open_lead_beside_a_refused_one_is_in_hand() -> None:
    """Two Salesforce leads of one person: the one that sales works counts."""
    refused = replace(sales_lead("Unqualified"), ref=replace(sales_lead("New").ref, id="00Q2"))
    found = first(known(sales_records=(refused, sales_lead("New"))))
    assert found.standing.position.stage is Stage.HANDED_OFF


def test_a_deleted_lead_does_not_count() -> None:
    """What Salesforce has thrown away says nothing."""
    gone = replace(sales_lead("Working - Contacted"), is_deleted=True)
    assert first(known(sales_records=(gone,))).standing.position.stage is Stage.LEAD


def test_marketing_stages_are_adopted_and_then_judged_by_this_playbook() -> None:
    """An MQL of old is adopted as one; with nothing to show for it, it is a lead in the same instant."""
    found = first(known(fields=lifecycle_stage("marketingqualifiedlead")))
    assert [(str(move.target), move.cause) for move in found.transitions] == [
        ("mql:engaged", "adopted"),
        ("lead", "criteria_lost"),
    ]


def test_the_cool_down_of_the_adopted_runs_from_when_sales_gave_up() -> None:
    """No Budget cools for 90 days from the last change of the Lead."""
    records = (sales_lead("Unqualified", "No Budget", modified=BASELINE_AT - timedelta(days=30)),)
    found = first(known(sales_records=records)).standing
    assert found.until_at == BASELINE_AT + timedelta(days=60)
    assert found.evidence_floor_at == BASELINE_AT - timedelta(days=30)


def test_no_clock_runs_for_what_sales_had_before_us() -> None:
    """No SLA, no silence: an adopted hand-off is never due by itself."""
    assert first(known(sales_records=lead("Working - Contacted"))).due_at is None


def test_somebody_first_seen_after_the_baseline_enters_as_a_lead() -> None:
    """Cause created, at the time the record was made."""
    entry = decide(person(created=at(-2)), default_playbook(), at()).transitions[0]
    assert (str(entry.target), entry.cause, entry.effective_at) == ("lead", "created", at(-2))


# --- evidence and go-live --------------------------------------------------------------------------------


def test_nothing_is_handed_over_while_observing() -> None:
    """Who would be, is releasable and shown with the reason."""
    found = first(person(demo_request(at(-1)), baseline=OBSERVING))
    assert found.standing.position.stage is not Stage.SQL
    assert found.releasable
    assert found.verdict.earned.stage is Stage.SQL
    assert found.verdict.blocked_by == "observing"


def test_a_release_does_not_end_observing() -> None:
    """Nothing leaves before go-live, whoever released it."""
    found = first(person(demo_request(at(-1)), baseline=replace(OBSERVING, is_released=True)))
    assert found.standing.position.stage is not Stage.SQL


def test_evidence_from_before_go_live_waits_for_a_release() -> None:
    """A demo request of August does not go out in September by itself."""
    asked = demo_request(GO_LIVE_AT - timedelta(days=3))
    journey = Journey(replace(known(), signals=(asked,)))
    decision = journey.until(GO_LIVE_AT + timedelta(days=1))
    assert decision.releasable
    assert decision.verdict.blocked_by == "go_live"
    assert journey.stage is Stage.MQL
    journey.snapshot = replace(journey.snapshot, baseline=replace(LIVE, is_released=True, released_by="Kim"))
    decision = journey.until(GO_LIVE_AT + timedelta(days=2))
    assert (journey.path[-1], journey.causes[-1]) == ("sql", "released")
    assert not decision.releasable


def test_a_release_is_also_a_fact_with_a_date() -> None:
    """The signal `syncd.released` acts from its time on."""
    asked = demo_request(GO_LIVE_AT - timedelta(days=3))
    released = signal("syncd.released", GO_LIVE_AT + timedelta(days=2))
    journey = Journey(replace(known(), signals=(asked, released)))
    journey.until(GO_LIVE_AT + timedelta(days=5))
    assert journey.snapshot.history[-1].effective_at == GO_LIVE_AT + timedelta(days=2)
    assert journey.causes[-1] == "released"


def test_a_score_of_old_evidence_hands_nobody_over_with_one_new_click() -> None:
    """New evidence must carry the hand-off alone; the old still counts for the level."""
    before = GO_LIVE_AT - timedelta(days=2)
    busy = [attended(before, f"Webinar {number}") for number in range(3)]
    busy += [page("/pricing", before - timedelta(days=day)) for day in range(4)]
    busy += [page("/compare/x", before - timedelta(days=day)) for day in range(4)]
    busy += [form("ROI calculator", before), form("Start free trial", before)]
    journey = Journey(replace(known(), signals=tuple(busy)))
    decision = journey.until(GO_LIVE_AT + timedelta(hours=1))
    assert decision.releasable
    decision = journey.until(
        GO_LIVE_AT + timedelta(hours=3), page("/pricing", GO_LIVE_AT + timedelta(hours=2))
    )
    assert decision.releasable
    assert decision.verdict.blocked_by == "go_live"
    assert journey.stage is Stage.NEAR_SQL


def test_new_evidence_hands_over_somebody_adopted() -> None:
    """A demo request after go-live is as good as anybody's."""
    journey = Journey(known())
    journey.until(at(), demo_request(at(-0.5)))
    assert journey.path == ["lead", "sql"]


def test_a_lead_in_sales_hands_is_handed_over_by_a_decisive_action() -> None:
    """Made by the native sync, untouched in New; the person asks for a demo: sales must hear of it."""
    journey = Journey(known(sales_records=lead("New")))
    journey.until(at(), demo_request(at(-0.5)))
    assert journey.path == ["handed_off", "sql"]
    journey.until(at(0, 1), delivered(at(0, 0.5)))
    assert journey.path[-1] == "handed_off"
    assert journey.standing.pass_number == 1


def test_a_score_alone_does_not_disturb_what_sales_works() -> None:
    """They have the lead; only an action of its own is news."""
    busy = [page("/pricing", at(-day)) for day in range(6)] + [
        page("/compare/x", at(-day)) for day in range(6)
    ]
    busy += [attended(at(-day)) for day in range(3)] + [form("ROI calculator", at(-1))]
    journey = Journey(known(sales_records=lead("Working - Contacted")))
    journey.until(at(), *busy)
    assert journey.path == ["handed_off"]


@pytest.mark.parametrize(
    "snapshot",
    [
        known(fields=lifecycle_stage("customer")),
        known(opportunities=(opportunity(),)),
        known(opportunities=(opportunity(closed=True, won=True),)),
        known(sales_records=lead("Unqualified", "Not a Fit")),
    ],
)
def test_customers_open_deals_and_the_finally_refused_are_not_handed_over(snapshot: Snapshot) -> None:
    """Not even by a demo request: it is somebody else's to answer."""
    journey = Journey(snapshot)
    journey.until(at(), demo_request(at(-1)))
    assert len(journey.path) == 1


def test_somebody_salesforce_alone_knows_is_not_handed_over_to_it() -> None:
    """There is no HubSpot contact to hand over, and nobody to deliver to."""
    snapshot = replace(person(signal("hubspot.meeting_booked", at(-0.5))), key=None, hubspot=None)
    found = first(snapshot)
    assert found.standing.position.stage is not Stage.SQL
    assert found.verdict.blocked_by == "no_contact"


def test_a_status_seen_at_the_first_evaluation_moves_a_new_lead() -> None:
    """A rep made the Lead and accepted it at once: created, then accepted."""
    journey = Journey(person(status("Accepted", at(-0.5)), created=at(-1)))
    journey.until(at())
    assert journey.path == ["lead", "accepted"]


def test_a_deal_seen_only_as_a_record_counts() -> None:
    """Salesforce shows an open opportunity without a dated fact about it."""
    journey = Journey(person(demo_request(at(-0.5)), opportunities=(opportunity(),)))
    journey.until(at())
    assert journey.path[-1] == "opportunity"
    assert "sql" not in journey.path


def test_a_dated_fact_outdoes_the_record() -> None:
    """The record already says won; the ledger dates the winning by its fact."""
    won = opportunity(closed=True, won=True)
    journey = Journey(person(created=at(-5)))
    journey.until(at(-4), deal("open", at(-4)))
    journey.snapshot = replace(journey.snapshot, opportunities=(won,))
    journey.until(at(1), deal("won", at(0.5)))
    assert journey.path == ["lead", "opportunity", "customer"]
    assert journey.snapshot.history[-1].effective_at == at(0.5)
