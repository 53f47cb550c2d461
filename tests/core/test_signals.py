"""Facts: their keys, their kinds, and which properties have to be watched for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.model import Ref, Shape, System
from syncd.core.playbook import AttributeTest, SourceMatch
from syncd.core.signals import classify, signal_key, watched
from tests.core import small
from tests.core.builders import default_playbook

CALL = Ref(System.HUBSPOT, "call", "77")


def test_a_key_is_the_same_for_ever() -> None:
    """Stored keys outlive every release: these values may never change."""
    assert signal_key(CALL, "hubspot.call", "v1") == 368870070835312982  # as b2sum -l 64 says
    assert signal_key(CALL, "hubspot.call", "") == -3281091048040136031


@small.PROPERTY
@given(st.text(st.characters(), max_size=20), st.text(max_size=20), st.text(max_size=20))
@example("\ud83d", "hubspot.call", "v1")
def test_a_key_fits_the_store(object_id: str, source: str, version: str) -> None:
    """Signed 64 bits, also for half an emoji."""
    key = signal_key(replace(CALL, id=object_id), source, version)
    assert -(2**63) <= key < 2**63


def test_every_part_makes_another_fact() -> None:
    """System, object, id, source and version."""
    keys = {
        signal_key(CALL, "hubspot.call", "v1"),
        signal_key(replace(CALL, id="78"), "hubspot.call", "v1"),
        signal_key(replace(CALL, object="email"), "hubspot.call", "v1"),
        signal_key(replace(CALL, system=System.SALESFORCE), "hubspot.call", "v1"),
        signal_key(CALL, "hubspot.email", "v1"),
        signal_key(CALL, "hubspot.call", "v2"),
    }
    assert len(keys) == 6


@pytest.mark.parametrize(
    ("source", "attributes", "kinds"),
    [
        ("hubspot.form_submission", {"form": "Request a Demo"}, {"demo_requested"}),
        ("hubspot.form_submission", {"form": "Watch the recorded demo"}, {"demo_watched"}),
        ("hubspot.form_submission", {"form": "Start free trial"}, {"trial_started"}),
        ("hubspot.page_view", {"url": "www.x.example/pricing"}, {"pricing_viewed", "key_page_viewed"}),
        ("hubspot.page_view", {"url": "www.x.example/about"}, set()),
        ("hubspot.page_view", {}, set()),
        ("hubspot.call", {"direction": "inbound", "status": "completed"}, {"called_us"}),
        ("hubspot.call", {"direction": "outbound", "status": "completed"}, {"called_by_us"}),
        ("hubspot.nothing", {}, set()),
        ("syncd.delivered", {"kind": "handoff"}, set()),
    ],
)
def test_a_shape_is_of_all_kinds_whose_predicates_hold(
    source: str, attributes: dict[str, str], kinds: set[str]
) -> None:
    """In the words of the playbook that is shipped."""
    assert set(classify(Shape(source, attributes), default_playbook())) == kinds


def test_two_playbooks_classify_for_themselves() -> None:
    """What one has remembered is nothing to the other, even under the same version."""
    shape = Shape("hubspot.page_view", {"url": "x/k0"})
    first = small.playbook()
    renamed = tuple(replace(kind, id=kind.id.upper()) for kind in first.signals)
    levels = replace(first.levels, decisive=replace(first.levels.decisive, signals=()))
    other = replace(first, signals=renamed, models=(small.model(),), levels=levels)
    assert (classify(shape, first), classify(shape, other)) == (("k0",), ("K0",))


def test_negation_also_holds_where_the_attribute_is_absent() -> None:
    """Everything but careers pages includes what has no address."""
    kind = small.kind("k0")
    match = SourceMatch("hubspot.page_view", (AttributeTest("url", ("*/careers*",), negate=True),))
    playbook = replace(
        small.playbook(), signals=(replace(kind, sources=(match,)), *small.playbook().signals[1:])
    )
    assert classify(Shape("hubspot.page_view", {}), playbook) == ("k0",)
    assert classify(Shape("hubspot.page_view", {"url": "x/careers/a"}), playbook) == ()


def test_what_has_to_be_watched() -> None:
    """What the feedback loop needs, and what a kind names."""
    found = watched(default_playbook())
    assert {"Status", "OwnerId", "IsConverted", "Disqualification_Reason__c"} <= found[
        "salesforce.lead_change"
    ]
    assert "hs_email_optout" in found["hubspot.contact_change"]


def test_a_pattern_watches_the_known_fields_that_match_it() -> None:
    """`hs_email_*` means the fields the playbook reads."""
    match = SourceMatch("hubspot.contact_change", (AttributeTest("property", ("hs_email_*",)),))
    playbook = default_playbook()
    kinds = (*playbook.signals, replace(small.kind("k0"), sources=(match,)))
    found = watched(replace(playbook, signals=kinds))["hubspot.contact_change"]
    assert "hs_email_optout" in found
    assert not any("*" in name for name in found)
