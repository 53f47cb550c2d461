"""Where a lead came from, what it answered to, and what may be done with the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core import campaigns, origin
from syncd.core.model import Cause, Signal, Stage
from syncd.core.playbook import CampaignRule, Consent
from tests.core_delivery.builders import AS_SQL, NOW, PLAYBOOK, SQL_MOVE, move, signal, snapshot, with_fields
from tests.core_delivery.test_values import values

EBOOK = signal("hubspot.form_submission", NOW - timedelta(days=9), form="E-book: buyer's guide")
DEMO = signal("hubspot.form_submission", NOW - timedelta(hours=1), form="Request a demo")
VISIT = signal("hubspot.page_view", NOW - timedelta(hours=2), url="acme.example/pricing")


@pytest.mark.parametrize(
    ("signals", "evidence", "shown"),
    [
        ((EBOOK, VISIT, DEMO), (DEMO.key,), "Request a demo"),
        ((EBOOK, VISIT, DEMO), (EBOOK.key, VISIT.key), "E-book: buyer's guide"),
        ((EBOOK, VISIT), (VISIT.key,), "E-book: buyer's guide"),  # the newest answer before it
        ((VISIT,), (VISIT.key,), ""),
        ((), (), ""),
    ],
)
def test_the_converting_offer_is_the_one_behind_the_pass(
    signals: tuple[Signal, ...], evidence: tuple[int, ...], shown: str
) -> None:
    """Of the evidence the newest that has a name."""
    history = (replace(SQL_MOVE, evidence=evidence, effective_at=NOW),)
    assert origin.offer(signals, AS_SQL, history) == shown


def test_an_answer_after_qualifying_is_not_what_converted() -> None:
    """And who never qualified has none."""
    late = signal("hubspot.form_submission", NOW + timedelta(days=1), form="Newsletter")
    history = (replace(SQL_MOVE, evidence=()),)
    assert origin.offer((EBOOK, late), AS_SQL, history) == "E-book: buyer's guide"
    assert origin.offer((EBOOK,), AS_SQL, (move(Stage.MQL, NOW, cause=Cause.CRITERIA_MET),)) == ""


def test_first_touch_direction_and_basis_are_in_words() -> None:
    """HubSpot's codes as its own pages call them; markup and formulas of strangers arrive inert."""
    fields = with_fields(
        contact__hs_analytics_source="PAID_SEARCH",
        contact__hs_analytics_source_data_1="<b>=brand</b>",
        contact__hs_analytics_source_data_2="berlin",
        contact__hs_legal_basis="Freely given consent;Performance of a contract",
        contact__consent_date="1788393600000",
    )
    consent = Consent(lawful_basis="contact.hs_legal_basis", lawful_basis_date="contact.consent_date")
    found = origin.values(
        snapshot(fields=fields), AS_SQL, (), {"person.direction": "inbound"}, consent, "Europe/Berlin"
    )
    assert found["syncd.original_source"] == "Paid search"
    assert found["syncd.original_source_detail"] == "'=brand / berlin"
    assert found["syncd.direction"] == "Inbound"
    assert found["syncd.lawful_basis"] == "Freely given consent, Performance of a contract"
    assert found["syncd.lawful_basis_date"] == "2026-09-03"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"lead__DoNotCall": "true"}, True),
        ({"sfcontact__DoNotCall": "true"}, True),
        ({"contact__no_calls": "yes"}, True),
        ({"lead__DoNotCall": "false"}, False),
        ({}, False),
    ],
)
def test_either_side_may_say_not_to_call(fields: dict[str, str], shown: bool) -> None:
    """Salesforce by its own box, HubSpot by the property the playbook names."""
    consent = Consent(do_not_call=("contact.no_calls",))
    assert origin.may_not_be_called(with_fields(**fields), consent) is shown


def test_nothing_known_is_blank_and_not_invented() -> None:
    """No default source, no default basis."""
    found = values()
    assert not any(found[name] for name in origin.NAMES - {"syncd.converting_offer"})


def test_a_hand_off_joins_the_campaigns_of_its_rules_once_each() -> None:
    """By offer and by source; the first rule of a campaign counts."""
    rules = (
        CampaignRule("701A00000000001", "Responded", ("*demo*",)),
        CampaignRule("701A00000000001", "Sent"),
        CampaignRule("701A00000000002", "Sent", (), ("Paid *",)),
        CampaignRule("701A00000000003", "Sent", ("*webinar*",)),
    )
    playbook = replace(PLAYBOOK, mapping=replace(PLAYBOOK.mapping, campaigns=rules))
    shown = {"syncd.converting_offer": "Request a demo", "syncd.original_source": "Paid search"}
    found = list(campaigns.intents(snapshot(), AS_SQL, playbook, shown))
    assert [(item.payload["campaign"], item.payload["status"]) for item in found] == [
        ("701A00000000001", "Responded"),
        ("701A00000000002", "Sent"),
    ]
    assert {item.after for item in found} == {"lead:42:900"}
