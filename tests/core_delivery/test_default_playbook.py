"""The shipped playbook, from facts to intents: what a portal and an org would really be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncd.core.decide import decide
from syncd.core.model import Decision, Intent, Signal, Snapshot, Stage, System
from syncd.core.playbook import Playbook
from syncd.core.values import DECAYING_NAMES, SYNCD_NAMES
from syncd.settings import default_config_dir, load
from syncd.settings.fields import SYNCD_VALUES
from tests.core_delivery.builders import NOW, signal, snapshot, with_fields

CREATED_AT = NOW - timedelta(days=20)


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load(default_config_dir(), {}).playbook


def lead(*signals: Signal) -> Snapshot:
    """A fitting person who came after go-live."""
    fields = with_fields(
        contact__email="dana@acme.example",
        company__numberofemployees="412",
        company__industry="COMPUTER_SOFTWARE",
        company__country="Germany",
    )
    ordered = tuple(sorted(signals, key=lambda item: (item.occurred_at, item.key)))
    return snapshot(fields=fields, signals=ordered, created_at=CREATED_AT)


def evaluator() -> tuple[Signal, ...]:
    """Webinar, pricing twice, five opens (S55), and nothing decisive."""
    return (
        signal("hubspot.marketing_event", NOW - timedelta(days=10), event="Webinar", state="attended"),
        signal("hubspot.page_view", NOW - timedelta(days=3), url="www.acme.example/pricing", title="Pricing"),
        signal("hubspot.page_view", NOW - timedelta(days=2), url="www.acme.example/pricing", title="Pricing"),
        signal("hubspot.email_open", NOW - timedelta(days=4), times=5),
    )


def asked_for_a_demo() -> Signal:
    return signal(
        "hubspot.form_submission",
        NOW - timedelta(minutes=5),
        form="Request a demo",
        quote="Decision by November.",
    )


def again(found: Decision, before: Snapshot, at: datetime) -> Snapshot:
    """The same lead with this decision stored, nothing else."""
    return replace(
        before, standing=found.standing, history=(*before.history, *found.transitions), evaluated_at=at
    )


def to_hubspot(found: Decision) -> list[Intent]:
    return [item for item in found.intents if item.system is System.HUBSPOT]


def test_the_two_tables_of_our_values_are_one(playbook: Playbook) -> None:
    """What the settings allow in a mapping is what the core can render."""
    assert {f"syncd.{name}" for name in SYNCD_VALUES} == SYNCD_NAMES
    assert not {item.source for item in playbook.mapping.contact} & DECAYING_NAMES


def test_a_demo_request_reaches_sales_with_its_context(playbook: Playbook) -> None:
    """S29, S63: the person, why, what they did and said, what to do, and until when."""
    found = decide(lead(*evaluator(), asked_for_a_demo()), playbook, NOW)
    by_kind = {item.kind: item for item in found.intents}
    assert found.standing.position.stage is Stage.SQL
    assert {"handoff", "task", "contact"} <= by_kind.keys()
    shown = by_kind["handoff"].payload["fields"]
    assert isinstance(shown, dict)
    assert (shown["LastName"], shown["Company"], shown["Email"]) == ("Ruiz", "Acme", "dana@acme.example")
    page = str(shown["Syncd_Brief__c"])
    assert "“Decision by November.” (form Request a demo, 3 Sep 2026)" in page
    assert "* 1 Sep 2026  Looked at the prices, 2 times: Pricing" in page
    assert str(shown["Syncd_Reason__c"]).startswith("Requested a demo (SQL on 3 Sep 2026)")


def test_a_waiting_hand_off_is_intended_again_and_alerted_once(playbook: Playbook) -> None:
    """The state is repeated until it is confirmed; the message is not."""
    person = lead(*evaluator(), asked_for_a_demo())
    first = decide(person, playbook, NOW)
    second = decide(again(first, person, NOW), playbook, NOW)
    assert [item for item in first.intents if item.kind != "alert"] == list(second.intents)


@pytest.mark.parametrize("signals", [(), (asked_for_a_demo(),)], ids=["MQL", "SQL"])
def test_decay_alone_sends_nothing_to_hubspot(playbook: Playbook, signals: tuple[Signal, ...]) -> None:
    """Day after day, until the lead moves or a criterion is lost: the same payload, hence no write."""
    person = lead(*evaluator(), *signals)
    found = decide(person, playbook, NOW)
    person, days = again(found, person, NOW), 0
    for day in range(1, 40):
        at = NOW + timedelta(days=day)
        later = decide(person, playbook, at)
        if later.transitions or later.verdict.missing != found.verdict.missing:
            break
        days = day
        assert later.verdict.engagement.points_micro < found.verdict.engagement.points_micro
        assert to_hubspot(later) == [item for item in to_hubspot(found) if item.kind != "alert"]
    assert days >= 1, "at least one day on which only decay happened"


def test_somebody_who_only_reads_is_left_alone(playbook: Playbook) -> None:
    """S71: one download is written nowhere."""
    found = decide(lead(signal("hubspot.form_submission", NOW, form="Ebook: Pipelines")), playbook, NOW)
    assert found.intents == ()
